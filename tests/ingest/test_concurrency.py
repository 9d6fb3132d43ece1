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
from .office import MAKERS
from .processes import Process, read, write, write_apart

QUERIES = ["판본 보고서의 수치", "3호 보고서 둘째 장", "17호의 5째 수치", "가나다라"]


def save(folder: Path, number: int, version: int) -> None:
    """A report of three pages, each with the word of its version; its number tells what kind of file it is."""
    suffix = [*MAKERS][number % len(MAKERS)]
    (folder / f"{number}호.{suffix}").write_bytes(MAKERS[suffix]([
        "\n".join([f"{number}호 보고서 {chapter}장 판본{version} 입니다."]
                  + [f"판본{version} 은 {number}호의 {chapter}째 수치를 {version * 7 + line}퍼센트로 적는다." for line in range(8)])
        for chapter in range(3)]))


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
        save(folder, number, 0)
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
        save(folder, number, 1)
    code, log = Process(write, place / "writer.log", index, folder).end()
    assert (code, log.splitlines()[-1]) == (0, "추가 0 · 변경 15 · 삭제 0 · 그대로 15 · 실패 0")
    asked = readers.finish()
    assert all(questions > 5 and generations > 2 for questions, generations in asked), asked
    run.ingest(Settings(index=index), [folder])  # clears what the readers held
    contents(index)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_forty_readers_for_ten_minutes(place):
    """Reports change, come and go all the time, and forty processes ask meanwhile."""
    folder, index = place / "내 보고서", place / "색인"
    readers, chance = Readers(index, 40), random.Random(40)
    begun, version = time.monotonic(), 0
    while time.monotonic() < begun + 600:
        for number in chance.sample(range(36), 6):
            version += 1
            files = [*folder.glob(f"{number}호.*")]
            if files and chance.random() < 0.2:
                files[0].unlink()
            else:
                save(folder, number, version)
        assert Process(write, place / "writer.log", index, folder).end()[0] == 0
    asked = readers.finish()
    print(f"{sum(questions for questions, _ in asked)} questions, {version} changes")
    assert all(questions > 20 and generations > 5 for questions, generations in asked), asked
    run.ingest(Settings(index=index), [folder])  # clears what the readers held
    contents(index)


def test_two_writers_take_turns(place):
    folder, index = place / "내 보고서", place / "색인"
    other = place / "다른 보고서"
    other.mkdir()
    for number in range(3):
        save(other, number, 0)
    save(folder, 0, 1)
    for process in [Process(write, place / f"{path.name}.log", index, path) for path in (folder, other)]:
        code, log = process.end()
        assert code == 0 or (code == 1 and "다른 프로그램이 이 색인을 고치고 있습니다" in log), log
    run.ingest(Settings(index=index), [folder, other])
    fresh = place / "새 색인"
    run.ingest(Settings(index=fresh), [folder, other])
    assert contents(index) == contents(fresh)


@pytest.mark.parametrize("kills", [7, pytest.param(220, marks=[pytest.mark.slow, pytest.mark.timeout(3000)])])
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
            files = [*folder.glob(f"{number}호.*")]
            if files and chance.random() < 0.2:
                files[0].unlink()
            else:
                save(folder, number, version)
        writer = Process(write_apart if turn % 3 == 1 else write, place / "writer.log", index, folder)
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
