"""What `python -m ingest`, `python -m rag.ask` at its first start, and the page do with an index."""

import json
import shutil
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from ingest.analysis import CHUNKER
from ingest.roots import FILES, Root, roots, uploads
from ingest.sync import Tally, forget, reread, synchronise
from ingest.writer import Progress, Writer, quiet
from rag import store
from rag.chain import Assistant, assemble
from rag.embeddings import load_embedder
from rag.errors import FolderMissing, IndexDamaged, IndexMissing, UnknownSource
from rag.morphemes import kiwi
from rag.settings import SAMPLES, Settings


def ingest(settings: Settings, paths: list[Path], progress: Progress = quiet, *, prune: bool = False,
           rebuild: bool = False) -> Tally:
    """Synchronise `paths`, or every known folder, or the samples where there is none yet.

    `rebuild` starts from an empty library and reads everything again; a library that cannot be read is kept aside.
    """
    embedder = load_embedder(settings.embedder)
    if rebuild:
        paths = paths or _roots_of_damaged(settings.index)
    try:
        return _ingest(settings, embedder, paths, progress, prune, rebuild)
    except IndexDamaged:
        if not rebuild or not paths:
            raise
        aside = settings.index / f"damaged-{datetime.now():%Y%m%d-%H%M%S}"
        aside.mkdir()
        for file in settings.index.glob(f"{store.FILE}*"):
            shutil.move(file, aside / file.name)
        return _ingest(settings, embedder, paths, progress, prune, rebuild)


def _ingest(settings: Settings, embedder, paths: list[Path], progress: Progress, prune: bool, rebuild: bool) -> Tally:
    with Writer(settings.index, embedder, progress) as writer:
        if rebuild:
            store.check(writer.db, settings.index)
            if (settings.index / FILES).is_dir():
                uploads(writer)
        writer.refresh()
        if not paths and not roots(writer):
            paths = [samples()]
        tally = synchronise(writer, paths, prune=prune, anew=rebuild)
        if rebuild:
            writer.publish(anew=True)
        else:
            writer.repair()
        return tally


def _roots_of_damaged(index: Path) -> list[Path]:
    """The folders that a library still tells, or none."""
    try:
        with store.reading(index) as db:
            return [Path(path) for path, in db.execute("SELECT path FROM roots WHERE kind != 'upload'")]
    except (IndexDamaged, IndexMissing):
        return []


def samples() -> Path:
    """The folder of our own sample reports."""
    if not SAMPLES.is_dir():
        raise FolderMissing("예시 보고서 폴더(corpus)가 없습니다. 보고서 폴더를 주세요: python -m ingest 보고서-폴더")
    return SAMPLES


def remove(settings: Settings, name: str, progress: Progress = quiet) -> str:
    """Take a report out of the index; returns its source."""
    with _changing(settings, progress) as writer:
        return forget(writer, name)


def read_again(settings: Settings, name: str, progress: Progress = quiet) -> Tally:
    """Read one file again, unchanged or not."""
    with _changing(settings, progress) as writer:
        return reread(writer, name)


def _changing(settings: Settings, progress: Progress) -> Writer:
    """A Writer of an index that is there."""
    store.connect(settings.index).close()
    return Writer(settings.index, load_embedder(settings.embedder), progress)


def open_assistant(settings: Settings, progress: Progress = quiet, *, create: bool) -> Assistant:
    """The assistant over an index that is fit to be asked.

    An index is made from the samples where there is none and `create` allows it; one that another chunker or embedder
    made is indexed again from its library; damaged caches are rebuilt. Raises IndexMissing, IndexDamaged, IndexBusy.
    """
    threading.Thread(target=kiwi, daemon=True).start()  # a second of loading, beside everything else
    if not create:
        store.connect(settings.index).close()
    assistant = assemble(settings)
    if create and not _made(settings.index):
        ingest(settings, [], progress)
    elif not _fit(settings, assistant):
        with Writer(settings.index, assistant.embedder, progress) as writer:
            if not writer.refresh():
                writer.repair()
    return assistant


def _made(index: Path) -> bool:
    """Whether an index was ever published: the run that was to make it may have been stopped."""
    try:
        with store.reading(index) as db:
            return store.live_generation(db) > 0
    except IndexMissing:
        return False


def _fit(settings: Settings, assistant: Assistant) -> bool:
    """Whether the index was made by today's chunker and this embedder, and opens."""
    with store.reading(settings.index) as db:
        made = (store.meta(db, "embedder"), store.meta(db, "chunker"))
        if store.live_generation(db) > 0 and made != (assistant.embedder.name, CHUNKER):
            return False
    try:
        with assistant.index.snapshot():
            return True
    except IndexDamaged:
        return False


def status(settings: Settings) -> dict[str, Any]:
    """The folders, reports and failures of an index. `pages` is None where a format has no exact pages; a report that is read again
    has another `id`."""
    with store.reading(settings.index) as db:
        live = store.live_generation(db)
        reports = [{"id": row, "source": source, "title": title, "pages": pages, "passages": passages, "added": added,
                    "state": "일부만 읽음" if unread != "[]" else "읽음", "unread": json.loads(unread),
                    "uploaded": kind == "upload"}
                   for row, source, title, pages, passages, added, unread, kind in db.execute(
                       "SELECT r.id, source, title, max(p.page), count(*), added, unread, kind FROM reports r JOIN passages p "
                       "ON p.report = r.id JOIN roots ON roots.id = r.root "
                       f"WHERE {store.LIVE} GROUP BY r.id ORDER BY source", {"live": live})]
        failed = [{"source": Root(0, name, Path(), kind).source(path), "reason": reason, "uploaded": kind == "upload"}
                  for name, kind, path, reason in
                  db.execute("SELECT name, kind, f.path, reason FROM failures f JOIN roots ON roots.id = f.root ORDER BY 1, 3")]
        folders = [path for path, in db.execute("SELECT path FROM roots WHERE kind != 'upload' ORDER BY id")]
        return {"index": str(settings.index), "generation": live, "embedder": store.meta(db, "embedder"),
                "folders": folders, "reports": reports, "failed": failed}


def version(settings: Settings) -> tuple[int, int]:
    """Another value whenever the reports, or the files that could not be read, have changed."""
    with store.reading(settings.index) as db:
        return store.live_generation(db), hash(tuple(db.execute("SELECT root, path, reason FROM failures ORDER BY 1, 2")))


def show(settings: Settings, name: str) -> dict[str, Any]:
    """How a report was read: its passages with their places."""
    with store.reading(settings.index) as db:
        found = store.find_source(db, store.live_generation(db), name)
        if not found:
            raise UnknownSource(f"색인에 그런 보고서가 없습니다: {name}. 목록 보기: python -m ingest --status")
        row, source = found[0]
        numbers = [n for n, in db.execute("SELECT id FROM passages WHERE report = ? ORDER BY number", (row,))]
        passages = store.load_passages(db, numbers)
        return {"source": source, "title": store.load_report(db, row).title,
                "passages": [{"id": p.id, "place": p.place, "heading": p.heading, "start": p.start, "end": p.end,
                              "text": p.text} for _, p in sorted(passages.items())]}


def original(settings: Settings, source: str) -> Path:
    """The file that a report of the index was read from. Raises UnknownSource; FolderMissing where it is gone."""
    with store.reading(settings.index) as db:
        found = db.execute("SELECT name, roots.path, kind, r.path FROM reports r JOIN roots ON roots.id = r.root "
                           f"WHERE source = :source AND {store.LIVE}",
                           {"source": source, "live": store.live_generation(db)}).fetchone()
    if not found:
        raise UnknownSource(f"색인에 그런 보고서가 없습니다: {source}. 목록 보기: python -m ingest --status")
    name, path, kind, relative = found
    root = Root(0, name, settings.index.resolve() / path, kind)
    file = (root.files(relative) or root.files()).get(relative)  # on the disk its name may be written in another form
    if file is None or not file.resolve().is_relative_to(root.path.resolve()):
        raise FolderMissing(f"원본 파일이 그 자리에 없습니다: {source}. 옮겼거나 지웠으면 폴더와 맞추세요: python -m ingest")
    return file


def as_text(result: dict[str, Any]) -> str:
    """The status, or a report as it was read, for people."""
    if "reports" in result:
        lines = [f"색인 {result['index']} · 세대 {result['generation']} · 임베딩 {result['embedder']}"]
        lines += [f"폴더 {folder}" for folder in result["folders"]]
        for r in result["reports"]:
            pages = f"{r['pages']}쪽 · " if r["pages"] else ""
            lines.append(f"{r['source']} · {r['title']} · {pages}대목 {r['passages']} · {r['added']} · {r['state']}")
            lines += [f"    {part}" for part in r["unread"]]
        lines += [f"읽지 못함: {f['source']}: {f['reason']}" for f in result["failed"]]
        return "\n".join(lines)
    return "\n\n".join([f"{result['source']} · {result['title']}"]
                       + [f"[{p['id']}] {p['place']} ({p['start']}-{p['end']})\n{p['text']}" for p in result["passages"]])


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """A progress bar on standard error; where that is no terminal, one line for each round of work."""
    from tqdm import tqdm

    bar: tqdm | None = None

    def show_progress(step: str, done: int, of: int) -> None:
        nonlocal bar
        if bar is None or bar.total != of or done < bar.n:
            if bar is not None:
                bar.close()
            bar = tqdm(total=of, unit="건", mininterval=0.5, leave=False, dynamic_ncols=True, disable=None)
            if bar.disable:
                print(f"처리 중: {step} 외 {of}건" if of > 1 else f"처리 중: {step}", file=sys.stderr, flush=True)
        bar.set_description_str(step[-40:], refresh=False)
        bar.update(done - bar.n)

    try:
        yield show_progress
    finally:
        if bar is not None:
            bar.close()
