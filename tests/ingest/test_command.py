"""`python -m ingest` as a person runs it."""

import json
import re
import subprocess
import sys

import pytest

from ingest.writer import Writer
from rag import store

from .desk import PROJECT, FakeEmbedder, command, contents

TEXT = "# {0} 보고서\n\n{0}에 관한 글이다.\n"


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "내 보고서 (2023)"
    folder.mkdir()
    for name in ("가", "나"):
        (folder / f"{name} 글.md").write_text(TEXT.format(name), encoding="utf-8")
    return folder


@pytest.fixture(scope="module", autouse=True)
def busy(tmp_path_factory):
    """A command at an index that we are writing: it waits for ten seconds while the other tests run, then gives up."""
    index = tmp_path_factory.mktemp("색인")
    with Writer(index, FakeEmbedder()):
        yield subprocess.Popen([sys.executable, "-m", "ingest", "corpus", "--index", index], cwd=PROJECT, encoding="utf-8",
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def one_line(text: str) -> bool:
    return text.endswith("\n") and text.count("\n") == 1 and bool(re.search("[가-힣]", text))


def test_a_life_of_an_index(folder, tmp_path):
    index = tmp_path / "색인 폴더"
    done = command(folder, "--index", index, PYTHONIOENCODING="ascii")  # whatever the terminal says, Korean is written
    assert (done.returncode, done.stdout) == (0, "추가 2 · 변경 0 · 삭제 0 · 그대로 0 · 실패 0\n")
    before = contents(index)

    (folder / "빈 글.md").touch()
    (folder / "다 글.txt").write_text(TEXT.format("다"), encoding="cp949")
    done = command("--index", index, "--json")  # no path: every known folder
    tally = json.loads(done.stdout)
    assert {key: tally[key] for key in ("added", "changed", "removed", "unchanged")} == {
        "added": 1, "changed": 0, "removed": 0, "unchanged": 2}
    assert (done.returncode, [source for source, _ in tally["failed"]]) == (1, ["내 보고서 (2023)/빈 글.md"])
    assert done.stderr.splitlines()[-1].startswith("실패: 내 보고서 (2023)/빈 글.md: 빈 파일입니다.")

    done = command("--status", "--json", "--index", index)
    assert done.returncode == 0
    assert [report["source"] for report in json.loads(done.stdout)["reports"]] == [
        f"내 보고서 (2023)/{name}" for name in ("가 글.md", "나 글.md", "다 글.txt")]

    line = f"'{sys.executable}' -m ingest --show '다 글' --index '{index}' | head -1"
    piped = subprocess.run(["bash", "-c", line], cwd=PROJECT, capture_output=True,
                           encoding="utf-8", timeout=60)
    assert (piped.stdout, piped.stderr) == ("내 보고서 (2023)/다 글.txt · 다 보고서\n", "")

    done = command("--remove", "다 글.txt", "--json", "--index", index)
    assert (done.returncode, json.loads(done.stdout)) == (0, {"removed": "내 보고서 (2023)/다 글.txt"})
    assert contents(index) == before

    # a damaged library: one line; with a path, --rebuild mends it and keeps the damaged file
    library = index / store.FILE
    library.write_bytes(b"garbage" * 5000)
    for arguments in (["--status"], [folder], ["--rebuild"]):
        done = command(*arguments, "--index", index)
        assert (done.returncode, done.stdout, one_line(done.stderr)) == (1, "", True), done.stderr
        assert "--rebuild --index" in done.stderr
    (folder / "빈 글.md").unlink()
    (folder / "다 글.txt").unlink()
    done = command(folder, "--rebuild", "--index", index)
    assert (done.returncode, done.stdout) == (0, "추가 2 · 변경 0 · 삭제 0 · 그대로 0 · 실패 0\n")
    assert contents(index) == before
    kept, = index.glob(f"damaged-*/{store.FILE}")
    assert kept.read_bytes() == b"garbage" * 5000

    # the folders that a damaged library still tells are read again without a path
    data = library.read_bytes()
    with store.reading(index) as db:
        root, = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'passages'").fetchone()
    library.write_bytes(data[:(root - 1) * 4096] + b"\xff" * 4096 + data[root * 4096:])
    done = command("--status", "--index", index)
    assert (done.returncode, one_line(done.stderr)) == (1, True)
    done = command("--rebuild", "--index", index)
    assert (done.returncode, done.stdout) == (0, "추가 2 · 변경 0 · 삭제 0 · 그대로 0 · 실패 0\n"), done.stderr
    assert contents(index) == before


@pytest.mark.parametrize(("arguments", "code", "words"), [
    (["--status"], 1, "색인이 없습니다"), (["--remove", "x"], 1, "색인이 없습니다"),
    (["없는 폴더"], 1, "폴더나 파일이 없습니다: 없는 폴더"), (["pyproject.toml"], 2, "읽을 수 없는 종류의 파일입니다"),
    (["--stat"], 2, "모르는 옵션입니다: --stat"), (["--status", "--rebuild"], 2, "함께 쓸 수 없습니다"),
    (["--show"], 2, "값이 필요합니다")])
def test_errors_are_one_korean_line(tmp_path, arguments, code, words):
    done = command(*arguments, "--index", tmp_path / "색인")
    assert (done.returncode, done.stdout, one_line(done.stderr)) == (code, "", True), done.stderr
    assert words in done.stderr


def test_an_index_that_another_program_writes(busy):
    out, error = busy.communicate(timeout=60)
    assert (busy.returncode, out, one_line(error)) == (1, "", True), error
    assert "다른 프로그램이 이 색인을 고치고 있습니다" in error
