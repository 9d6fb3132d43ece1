"""Files that people give to the page: kept in a folder of the index, a root that no folder's run touches."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from ingest import readers
from ingest.sync import Tally, synchronise
from ingest.writer import Progress, Writer, quiet
from rag import store
from rag.embeddings import load_embedder
from rag.settings import Settings


def upload(settings: Settings, files: Sequence[tuple[str, Path]], progress: Progress = quiet) -> Tally:
    """Copy files, each as (name as people see it, where it lies now), into the index and read just these."""
    folder = (settings.index / "files").resolve()
    folder.mkdir(parents=True, exist_ok=True)
    refused = [(name, "읽을 수 없는 종류의 파일입니다.") for name, _ in files if not readers.readable(Path(name))]
    for name, file in files:
        if readers.readable(Path(name)):
            shutil.copyfile(file, folder / Path(name).name)
    with Writer(settings.index, load_embedder(settings.embedder), progress) as writer:
        with store.transaction(writer.db):
            writer.db.execute("INSERT OR IGNORE INTO roots(name, path, kind) VALUES ('files', ?, 'upload')", (str(folder),))
        tally = synchronise(writer, [folder])
    tally.failed += refused
    return tally
