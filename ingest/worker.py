"""Reading files in processes of their own, so that a file that kills or hangs its reader costs that file only.

`python -m ingest.worker` is the child: it takes paths on standard input and gives frames on standard output, each a
length and a pickle: ("tick",) as a sign of life, then ("done", content hash, Report) or ("failed", hash, reason).
"""

import hashlib
import os
import pickle
import queue
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
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


class Worker:
    """A child process and the thread that listens to it."""

    def __init__(self, events: "queue.Queue[tuple[Worker, tuple]]") -> None:
        self.process = subprocess.Popen([sys.executable, "-m", "ingest.worker"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                        cwd=Path(__file__).parent.parent)
        self.key: Any = None
        self.busy, self.heard = False, time.monotonic()
        self._events = events
        threading.Thread(target=self._listen, daemon=True).start()

    def start(self, key: Any, path: Path) -> None:
        self.key, self.busy, self.heard = key, True, time.monotonic()
        assert self.process.stdin
        send(self.process.stdin, str(path.absolute()))

    def _listen(self) -> None:
        assert self.process.stdout
        while (frame := receive(self.process.stdout)) is not None:
            self._events.put((self, frame))
        self._events.put((self, ("died", self.process.wait())))

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()


def parse(jobs: Iterable[tuple[Any, Path]], workers: int | None = None) -> Iterator[Parsed]:
    """Read each (key, path) in one of the worker processes; results come as they are done.

    `workers` defaults to the number of processors. No more files are read ahead than there are workers.
    """
    waiting = iter(jobs)
    events: queue.Queue[tuple[Worker, tuple]] = queue.Queue()
    crew: list[Worker] = []
    limit = workers or os.cpu_count() or 1
    try:
        while True:
            _hire(crew, waiting, events, limit)
            if not any(worker.busy for worker in crew):
                return
            try:
                worker, frame = events.get(timeout=1.0)
            except queue.Empty:
                for worker in crew:
                    if worker.busy and time.monotonic() - worker.heard > SILENCE:
                        worker.stop()  # its death comes as an event
                continue
            worker.heard = time.monotonic()
            if frame[0] == "tick":
                continue
            busy, worker.busy = worker.busy, False
            if frame[0] == "died":
                crew.remove(worker)
                if busy:
                    why = "메모리나 시간 한도를 넘어" if frame[1] < 0 else "갑자기"
                    yield Parsed(worker.key, "", None, DIED.format(why=why))
            elif frame[0] == "done":
                yield Parsed(worker.key, frame[1], frame[2])
            else:
                yield Parsed(worker.key, frame[1], None, frame[2])
    finally:
        for worker in crew:
            worker.stop()


def _hire(crew: list[Worker], waiting: Iterator[tuple[Any, Path]], events: "queue.Queue[tuple[Worker, tuple]]",
          limit: int) -> None:
    """Give every idle worker, and new ones up to the limit, a file."""
    idle = [worker for worker in crew if not worker.busy]
    while idle or len(crew) < limit:
        job = next(waiting, None)
        if job is None:
            return
        worker = idle.pop() if idle else Worker(events)
        if worker not in crew:
            crew.append(worker)
        worker.start(*job)


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
        send(out, ("tick",))

    while (path := receive(sys.stdin.buffer)) is not None:
        content = ""
        tick()
        try:
            data = Path(path).read_bytes()
            content = hashlib.sha256(data).hexdigest()
            answer: tuple = ("done", content, readers.read(data, Path(path), tick))
        except UnreadableFile as error:
            answer = ("failed", content, str(error))
        except MemoryError:
            answer = ("failed", content, DIED.format(why="메모리 한도를 넘어"))
        except OSError as error:
            answer = ("failed", content, f"파일을 열 수 없습니다({error.strerror}). 권한을 확인하거나 다른 프로그램에서 닫으세요.")
        except Exception as error:  # noqa: BLE001 the boundary of a process: the parent remembers and shows it
            answer = ("failed", content, f"이 파일을 읽다가 프로그램 오류가 났습니다({type(error).__name__}: {error}).")
        send(out, answer)


if __name__ == "__main__":
    main()
