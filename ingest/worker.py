"""Reading files in processes of their own, so that a file that kills or hangs its reader costs that file only.

`python -m ingest.worker` is the child: it takes paths on standard input and gives frames on standard output, each a
length and a pickle: () as a sign of life, then what Parsed says of the file.
"""

import hashlib
import os
import pickle
import queue
import struct
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Any

from ingest import limits, readers
from rag.documents import Report
from rag.errors import UnreadableFile

SILENCE = 60.0  # seconds without a sign of life after which a worker is killed
DIED = "이 파일을 읽던 프로세스가 {why} 멈췄습니다. 파일이 손상되었거나 너무 큽니다. 원래 프로그램에서 나누어 다시 저장해 보세요."


@dataclass(frozen=True, slots=True)
class Parsed:
    """One file read: its content hash ("" if not even that), and the Report or the reason why there is none."""

    key: Any
    content: str
    report: Report | None
    reason: str = ""


def parse(jobs: Iterable[tuple[Any, Path]], workers: int | None = None) -> Iterator[Parsed]:
    """Read each (key, path) in one of the worker processes; results come as they are done.

    `workers` defaults to the number of processors. No more files are read ahead than there are workers.
    """
    waiting, limit = iter(jobs), workers or os.cpu_count() or 1
    crew: list[subprocess.Popen[bytes]] = []
    idle: queue.SimpleQueue[subprocess.Popen[bytes]] = queue.SimpleQueue()
    threads = ThreadPoolExecutor(limit)  # each waits for one process
    try:
        running = {threads.submit(_read, crew, idle, *job) for job in islice(waiting, limit)}
        while running:
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                running |= {threads.submit(_read, crew, idle, *job) for job in islice(waiting, 1)}
                yield future.result()
    finally:
        for child in crew:
            child.kill()
        threads.shutdown(cancel_futures=True)
        for child in crew:  # one may have been started meanwhile
            child.kill()
            child.wait()


def _read(crew: list[subprocess.Popen[bytes]], idle: "queue.SimpleQueue[subprocess.Popen[bytes]]", key: Any, path: Path) -> Parsed:
    """Have an idle worker, or a new one, read a file."""
    try:
        child = idle.get_nowait()
    except queue.Empty:
        child = subprocess.Popen([sys.executable, "-m", "ingest.worker"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                 stderr=subprocess.DEVNULL, cwd=Path(__file__).parent.parent)
        crew.append(child)
    assert child.stdin and child.stdout
    frame: tuple | None = ()
    with suppress(BrokenPipeError):
        send(child.stdin, str(path.absolute()))
    while frame == ():
        silent = threading.Timer(SILENCE, child.kill)
        silent.start()
        frame = receive(child.stdout)
        silent.cancel()
    if frame is None:
        why = "메모리나 시간 한도를 넘어" if child.wait() < 0 else "갑자기"
        return Parsed(key, "", None, DIED.format(why=why))
    idle.put(child)
    return Parsed(key, *frame)


def send(stream: IO[bytes], value: object) -> None:
    """Write a value as a frame."""
    data = pickle.dumps(value)
    stream.write(struct.pack("<Q", len(data)) + data)
    stream.flush()


def receive(stream: IO[bytes]) -> Any:
    """The next value, or None at the end of the stream."""
    head = stream.read(8)
    if len(head) < 8:
        return None
    data = stream.read(struct.unpack("<Q", head)[0])
    return pickle.loads(data)


def main() -> None:
    """The child: read files until standard input ends."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not reach the frames
    limits.confine()

    def tick() -> None:
        limits.allow()
        send(out, ())

    while (path := receive(sys.stdin.buffer)) is not None:
        content = ""
        tick()
        try:
            data = Path(path).read_bytes()
            content = hashlib.sha256(data).hexdigest()
            answer: tuple = (content, readers.read(data, Path(path), tick))
        except UnreadableFile as error:
            answer = (content, None, str(error))
        except MemoryError:
            answer = (content, None, DIED.format(why="메모리 한도를 넘어"))
        except OSError as error:
            answer = (content, None, f"파일을 열 수 없습니다({error.strerror}). 권한을 확인하거나 다른 프로그램에서 닫으세요.")
        except Exception as error:  # noqa: BLE001 the boundary of a process: the parent remembers and shows it
            answer = (content, None, f"이 파일을 읽다가 프로그램 오류가 났습니다({type(error).__name__}: {error}).")
        send(out, answer)


if __name__ == "__main__":
    main()
