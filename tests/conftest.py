"""What holds for the whole suite: an empty home, no model hub, no network; and where the data beside the project is."""

import os
from pathlib import Path

import hypothesis
import pytest

from rag.settings import SAMPLES, Settings
from tests import netguard

hypothesis.settings.register_profile("untimed", deadline=None)  # a busy machine is no fault of the code
hypothesis.settings.load_profile("untimed")

HOMES = {"HOME": ".", "USERPROFILE": ".", "XDG_CACHE_HOME": ".cache", "XDG_CONFIG_HOME": ".config",
         "XDG_DATA_HOME": ".local/share", "XDG_STATE_HOME": ".local/state"}


@pytest.fixture(scope="session", autouse=True)
def isolated(tmp_path_factory):
    """Every test, and every process that one starts, has a home of its own and cannot leave this machine.

    TMPDIR stays: pytest's own folders lie there.
    """
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        for name, folder in HOMES.items():
            patch.setenv(name, str(home / folder))
        for name in [name for name in os.environ if name.startswith("RAG_") and name != "RAG_SHARED"]:
            patch.delenv(name)
        patch.setenv("HF_HUB_OFFLINE", "1")
        patch.setenv("NETGUARD_LOG", str(home.parent / f"{home.name}-network.log"))
        for name in ("connect", "connect_ex"):
            patch.setattr(netguard.socket.socket, name, getattr(netguard.socket.socket, name))
        patch.setattr(netguard.socket, "getaddrinfo", netguard.socket.getaddrinfo)
        netguard.guard()
        yield home


@pytest.fixture(autouse=True)
def no_network(isolated):
    """A test fails that tried to reach another machine, even where something swallowed the refusal."""
    log = Path(os.environ["NETGUARD_LOG"])
    log.unlink(missing_ok=True)
    yield
    assert not log.exists(), log.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def corpus_index(tmp_path_factory) -> Path:
    """The folder of an index over corpus/; read only."""
    return indexed(tmp_path_factory.mktemp("corpus-index"), SAMPLES)


@pytest.fixture(scope="session")
def originals_index(shared, tmp_path_factory) -> Path:
    """The folder of an index over the original reports; read only."""
    return indexed(tmp_path_factory.mktemp("originals-index"), shared / "reports")


def indexed(folder: Path, reports: Path) -> Path:
    from ingest.run import ingest

    tally = ingest(Settings(index=folder), [reports])
    assert tally.added == 4 and not tally.failed
    return folder


@pytest.fixture(scope="session")
def shared():
    """The data that lies beside the project."""
    folder = Path(os.environ.get("RAG_SHARED", Path(__file__).parent.parent.parent / "shared"))
    if not folder.is_dir():
        pytest.skip(f"no {folder} (RAG_SHARED)")
    return folder.resolve()
