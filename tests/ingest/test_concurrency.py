"""Several processes at one index: two writers, readers meanwhile, and writers that are killed at any instant."""

import os
import random
import shutil
import signal
import time
from pathlib import Path

import pytest

from ingest import run
from rag.embeddings import load_embedder
from rag.settings import Settings

from .desk import contents, hits
from .processes import Process, read, write

QUERIES = ["판본 보고서의 수치", "3호 보고서 둘째 장", "17호의 5째 수치", "가나다라"]


def report(name: str, version: int) -> str:
    """Three passages, each with the word of its version."""
    return f"# {name} 보고서\n\n" + "".join(
        f"## {chapter}장\n\n" + f"판본{version} 은 {name}의 {chapter}째 수치를 {version * 7 + chapter}퍼센트로 적는다. " * 8 + "\n\n"
        for chapter in range(3))


class Readers:
    """Processes that ask all the time; none may fail."""

    def __init__(self, index: Path, number: int) -> None:
        self.stop = index.parent / "stop"
        self.processes = [Process(read, index.parent / f"reader-{n}.log", index, self.stop) for n in range(number)]
        for process in self.processes:
            process.begun.wait(60)

    def finish(self) -> list[tuple[int, ...]]:
        """(questions, generations seen) of each."""
        self.stop.touch()
        ended = [process.end() for process in self.processes]
        assert [code for code, _ in ended] == [0] * len(ended), ended
        return [tuple(map(int, log.split())) for _, log in ended]


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """A folder of thirty reports and its index: copied, never changed."""
    place = tmp_path_factory.mktemp("base")
    folder = place / "내 보고서"
    folder.mkdir()
    for number in range(30):
        (folder / f"{number}호.md").write_text(report(f"{number}호", 0), encoding="utf-8")
    run.ingest(Settings(index=place / "색인"), [folder])
    return place


@pytest.fixture
def place(base, tmp_path):
    shutil.copytree(base, tmp_path / "자리")
    (tmp_path / "자리").rename(tmp_path / "옮긴 자리")
    place = tmp_path / "옮긴 자리"
    shutil.rmtree(place / "색인")
    run.ingest(Settings(index=place / "색인"), [place / "내 보고서"])
    return place


def test_readers_meanwhile_never_fail_and_see_whole_versions(place):
    folder, index = place / "내 보고서", place / "색인"
    readers = Readers(index, 2)
    for number in range(0, 30, 2):
        (folder / f"{number}호.md").write_text(report(f"{number}호", 1), encoding="utf-8")
    code, log = Process(write, place / "writer.log", index, folder).end()
    assert (code, log.splitlines()[-1]) == (0, "추가 0 · 변경 15 · 삭제 0 · 그대로 15 · 실패 0")
    asked = readers.finish()
    assert all(questions > 5 and generations > 2 for questions, generations in asked), asked
    run.ingest(Settings(index=index), [folder])  # clears what the readers held
    contents(index)


def test_two_writers_take_turns(place):
    folder, index = place / "내 보고서", place / "색인"
    other = place / "다른 보고서"
    other.mkdir()
    for number in range(3):
        (other / f"{number}.md").write_text(report(f"다른 {number}호", 0), encoding="utf-8")
    (folder / "0호.md").write_text(report("0호", 1), encoding="utf-8")
    for process in [Process(write, place / f"{path.name}.log", index, path) for path in (folder, other)]:
        code, log = process.end()
        assert code == 0 or (code == 1 and "다른 프로그램이 이 색인을 고치고 있습니다" in log), log
    run.ingest(Settings(index=index), [folder, other])
    fresh = place / "새 색인"
    run.ingest(Settings(index=fresh), [folder, other])
    assert contents(index) == contents(fresh)


@pytest.mark.parametrize("kills", [15, pytest.param(220, marks=[pytest.mark.slow, pytest.mark.timeout(3000)])])
def test_a_writer_killed_at_any_instant_does_no_harm(place, kills):
    """Each run finds reports changed, added and gone, and is killed by SIGKILL at a random instant of its work."""
    folder, index = place / "내 보고서", place / "색인"
    chance = random.Random(kills)
    version, struck, longest = 0, 0, 2.0
    readers = Readers(index, 1)
    for turn in range(kills):
        for _ in range(4):
            version += 1
            number = chance.randrange(36)
            file = folder / f"{number}호.md"
            if chance.random() < 0.2 and file.exists():
                file.unlink()
            else:
                file.write_text(report(f"{number}호", version), encoding="utf-8")
        writer = Process(write, place / "writer.log", index, folder)
        assert writer.begun.wait(60)
        began = time.monotonic()
        if turn % 8 == 0:  # how long does it take when nothing disturbs it?
            assert writer.end()[0] == 0, writer.end()
            longest = time.monotonic() - began
            continue
        time.sleep(chance.uniform(0, longest))
        struck += writer.running()
        writer.kill()
        assert writer.end()[0] in (0, -signal.SIGKILL), writer.end()
        wait_for_the_end_of_group(writer.pid)
    assert struck > kills // 3
    for _ in range(2):  # the second finds nothing to do
        code, log = Process(write, place / "writer.log", index, folder).end()
        assert code == 0, log
    assert log.splitlines()[-1].startswith("추가 0 · 변경 0 · 삭제 0 ")
    [(questions, generations)] = readers.finish()
    assert questions > kills and generations > 3
    run.ingest(Settings(index=index), [folder])  # clears what the readers held
    fresh = place / "새 색인"
    run.ingest(Settings(index=fresh), [folder])
    assert contents(index) == contents(fresh)
    embedder = load_embedder(Settings().embedder)
    for query in QUERIES:
        assert sorted(hits(index, embedder, query, 400)) == sorted(hits(fresh, embedder, query, 400))
    assert [path.name for path in index.glob("gen-*")] == [f"gen-{run.status(Settings(index=index))['generation']}"]
    assert [*(index / "leases").glob("*")] == []


def wait_for_the_end_of_group(group: int) -> None:
    """What a killed writer had started ends by itself."""
    for _ in range(200):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    raise AssertionError("a worker outlived its writer")
