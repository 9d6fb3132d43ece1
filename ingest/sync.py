"""Making the index equal to folders: what is new, changed or gone, told by content hash and never by time stamp."""

import hashlib
import time
from collections.abc import Generator, Iterable
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

from ingest import roots as places
from ingest import worker
from ingest.analysis import Analysed, ahead, analyse
from ingest.decode import nfc
from ingest.roots import Root, root_of, roots
from ingest.worker import Parsed
from ingest.writer import Staged, Writer
from rag import store
from rag.errors import FolderMissing, WrongUsage

TOGETHER, AHEAD = 100_000, 16  # characters of reports that are analysed and staged at once; how many times that ahead
PATIENCE = 5.0  # seconds after which what was read goes on although it is less than that
PUBLISH_FIRST, PUBLISH_EVERY = 15.0, 60.0  # seconds to the first publication within a run, and between later ones


@dataclass
class Tally:
    """What a run did: numbers of reports, and (source, reason) of those that failed."""

    added: int = 0
    changed: int = 0
    removed: int = 0
    unchanged: int = 0
    failed: list[tuple[str, str]] = field(default_factory=list)

    def line(self) -> str:
        return (f"추가 {self.added} · 변경 {self.changed} · 삭제 {self.removed} · 그대로 {self.unchanged} · "
                f"실패 {len(self.failed)}")


@dataclass(frozen=True, slots=True)
class Job:
    """A file to be read: where it belongs, and the content hash that the index holds of it, if any."""

    root: Root
    relative: str
    file: Path
    known: str | None

    @property
    def source(self) -> str:
        return self.root.source(self.relative)


def synchronise(writer: Writer, paths: Iterable[Path], *, prune: bool = False, anew: bool = False) -> Tally:
    """Bring the reports under `paths` (none: every root, uploads apart) into the index and publish them.

    `prune` allows that a folder which held reports is now empty or gone; `anew` reads unchanged files again too. Raises
    FolderMissing for a path that is not there, before anything is changed; one unreadable file stops nothing.
    """
    tally, chosen = Tally(), list(paths)
    places.check(chosen)
    work = ([root_of(writer, path) for path in places.outermost(chosen)]
            or [(root, "") for root in roots(writer) if root.kind != "upload"])
    if not prune:
        places.check([root.path for root, _ in work])
    if anew:
        work += [(root, "") for root in roots(writer) if root.kind == "upload" and (root, "") not in work]
    found = [(root, nfc(below), root.files(below), _known(writer, root, nfc(below))) for root, below in work]
    for root, _, files, known in found:
        if known and not files and root.kind == "folder" and not prune:
            raise FolderMissing(f"폴더가 비었습니다: {root.path}. 정말 다 지우려면: python -m ingest {root.path} --prune")
    jobs: list[Job] = []
    for root, below, files, known in found:
        for gone in known.keys() - files.keys():
            tally.removed += writer.remove(root.id, gone)
        _forget_failures(writer, root, below, files.keys())
        candidates = [Job(root, relative, file, known.get(relative)) for relative, file in sorted(files.items())]
        jobs += [job for job in candidates if anew or not _unchanged(writer, job, tally)]
    read(writer, jobs, tally, anew=anew)
    if prune:
        places.forget_vanished(writer)
    return tally


def read(writer: Writer, jobs: list[Job], tally: Tally, *, anew: bool = False) -> None:
    """Read these files and publish all that is staged; `anew` reads what is known of their content again too."""
    _read(writer, _parsed(writer, jobs, anew), len(jobs), tally)
    if writer.staged():
        writer.publish()


def _unchanged(writer: Writer, job: Job, tally: Tally) -> bool:
    """Whether the index holds a file as it is now."""
    same = job.known is not None and _content(job.file) == job.known
    if same:
        tally.unchanged += 1
        writer.db.execute("DELETE FROM failures WHERE root = ? AND path = ?", (job.root.id, job.relative))
    return same


def _parsed(writer: Writer, jobs: list[Job], anew: bool) -> Generator[Parsed, None, None]:
    """Every file read: in a worker process, unless (`anew` apart) the index holds a file of the same content."""
    held = {content: (row, path) for row, path, content in writer.db.execute("SELECT id, path, hash FROM reports")}
    unread = []
    for job in jobs:
        content = "" if anew or not held or job.known is not None else _content(job.file)
        row, path = held.get(content, (0, ""))
        if not row or Path(path).suffix != job.file.suffix:
            unread.append(job)
            continue
        report = store.load_report(writer.db, row)
        if report.title == nfc(Path(path).stem):  # it had no other
            report = replace(report, title=nfc(job.file.stem))
        yield Parsed(job, content, report)
    yield from worker.parse((job, job.file) for job in unread)


def _content(file: Path) -> str:
    """The content hash of a file; "" where it cannot be opened, which is left to the reader to tell."""
    try:
        with file.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError:
        return ""


def _read(writer: Writer, files: Generator[Parsed, None, None], number: int, tally: Tally) -> None:
    """Stage files as they are read; publish now and then, so that they can be asked about."""
    due, done, passages = time.monotonic() + min(PUBLISH_FIRST, PUBLISH_EVERY), 0, 0
    for batch in ahead(_batches(files, number), AHEAD):
        read = []
        for parsed, found in batch:
            job: Job = parsed.key
            if parsed.report is not None:
                read.append(Staged(job.root.id, job.relative, job.source, parsed.content, parsed.report, found))
                tally.added += job.known is None
                tally.changed += job.known not in (None, parsed.content)
                tally.unchanged += job.known == parsed.content
                continue
            if parsed.content:  # it was opened, and what it no longer says must not be cited
                writer.remove(job.root.id, job.relative)
            writer.fail(job.root.id, job.relative, parsed.content, parsed.reason)
            tally.failed.append((job.source, parsed.reason))
        writer.add(read)
        done += len(batch)
        passages += sum(len(found) for _, found in batch)
        writer.progress(f"{job.source} (대목 {passages:,}개)" if passages > 1 else job.source, done, number)
        if time.monotonic() > due and writer.staged():
            writer.publish()
            due = time.monotonic() + PUBLISH_EVERY
    tally.failed.sort()


def _batches(files: Generator[Parsed, None, None], number: int) -> Generator[list[tuple[Parsed, list[Analysed]]], None, None]:
    """Files with their passages, some at a time."""
    waiting: list[Parsed] = []
    letters, since = 0, time.monotonic()
    with closing(files):
        for done, parsed in enumerate(files, 1):
            waiting.append(parsed)
            letters += len(parsed.report.text) if parsed.report else 0
            if letters > TOGETHER or time.monotonic() > since + PATIENCE or done == number:
                analysed = iter(analyse([file.report for file in waiting if file.report is not None]))
                yield [(file, [] if file.report is None else next(analysed)) for file in waiting]
                waiting, letters, since = [], 0, time.monotonic()


def _forget_failures(writer: Writer, root: Root, below: str, present: Iterable[str]) -> None:
    """Failures of files that are gone are no failures."""
    failed = {path for path, in writer.db.execute("SELECT path FROM failures WHERE root = ?", (root.id,))}
    for path in failed - set(present):
        if not below or path == below or path.startswith(f"{below}/"):
            writer.db.execute("DELETE FROM failures WHERE root = ? AND path = ?", (root.id, path))


def _known(writer: Writer, root: Root, below: str) -> dict[str, str]:
    """Content hash by path of what the index holds of a root, at or under `below`."""
    rows = writer.db.execute("SELECT path, hash FROM reports WHERE root = ? AND died IS NULL", (root.id,))
    return {path: content for path, content in rows
            if not below or path == below or path.startswith(f"{below}/")}


def forget(writer: Writer, name: str) -> str:
    """Take the report that a user calls `name` out of the index, or out of the list of those that could not be read;
    returns its source. The copy of one that was uploaded goes with it. Raises WrongUsage."""
    root, path = locate(writer, name)
    if root.kind == "upload":
        (root.path / path).unlink(missing_ok=True)  # first: a copy without a report would come in again
    writer.remove(root.id, path)
    writer.db.execute("DELETE FROM failures WHERE root = ? AND path = ?", (root.id, path))
    if writer.staged():
        writer.publish()
    return root.source(path)


def reread(writer: Writer, name: str) -> Tally:
    """Read the file of a report again, or of one that could not be read. Raises WrongUsage, FolderMissing."""
    root, path = locate(writer, name)
    file = (root.files(path) or root.files()).get(path)  # the name on the disk may be written in another form
    if file is None:
        raise FolderMissing(f"파일이 없습니다: {root.source(path)}. 있던 자리에 다시 두거나, 색인에서 빼세요.")
    tally = Tally()
    read(writer, [Job(root, path, file, _known(writer, root, path).get(path))], tally, anew=True)
    return tally


def locate(writer: Writer, name: str) -> tuple[Root, str]:
    """The root and path of the one report that a user calls `name`. Raises WrongUsage."""
    by_id = {root.id: root for root in roots(writer)}
    found = [writer.db.execute("SELECT root, path FROM reports WHERE id = ?", (row,)).fetchone()
             for row, _ in store.find_source(writer.db, writer.live, name)]
    found = found or [(root, path) for root, path in writer.db.execute("SELECT root, path FROM failures")
                      if by_id[root].source(path) == name]
    if len(found) != 1:
        what = f"같은 이름이 {len(found)}개입니다" if found else "색인에 그런 보고서가 없습니다"
        raise WrongUsage(f"{what}: {name}. 목록을 보고 전체 이름을 쓰세요: python -m ingest --status")
    return by_id[found[0][0]], found[0][1]
