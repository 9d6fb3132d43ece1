"""The file of those who may log in, and the command that changes it."""

import json
import os
import stat
import subprocess
import sys
import unicodedata

import pytest

from rag.errors import WrongUsage
from rag.settings import Settings
from tests.ui.conftest import PROJECT
from ui import users

PASSWORD = "맞는 비밀번호 1"


@pytest.fixture
def cheap(monkeypatch):
    """Hashes that cost little; what they are made with stands in each of them."""
    monkeypatch.setattr(users, "N", 2**4)


def test_a_hash_fits_its_password_alone_and_never_the_same_twice():
    one, two = users.hashed(PASSWORD), users.hashed(PASSWORD)
    assert one != two and PASSWORD not in one and users.fits(PASSWORD, one) and users.fits(PASSWORD, two)
    assert users.fits(unicodedata.normalize("NFD", PASSWORD), one)  # as some keyboards write Hangul
    assert not users.fits(f"{PASSWORD}.", one) and not users.fits("", one)
    assert one.startswith("scrypt$32768$8$1$") and not users.fits(PASSWORD, users.NOBODY)


def test_the_file_is_its_owners_alone_and_the_same_name_replaces(tmp_path, cheap):
    file = tmp_path / "새 폴더" / "users.json"
    for name, password in (("가람", PASSWORD), ("nari", PASSWORD), (unicodedata.normalize("NFD", "가람"), "새로 바꾼 비밀번호")):
        users.add(file, name, password)
        assert stat.S_IMODE(file.stat().st_mode) == 0o600 or os.name == "nt"
    kept = users.read(file)
    assert sorted(kept) == ["nari", "가람"] and users.fits("새로 바꾼 비밀번호", kept["가람"]) and users.fits(PASSWORD, kept["nari"])
    assert PASSWORD not in file.read_text("utf-8") and [path.name for path in file.parent.iterdir()] == ["users.json"]
    users.remove(file, "가람")
    assert list(users.read(file)) == ["nari"]
    with pytest.raises(WrongUsage, match="가람.*nari"):
        users.remove(file, "가람")


@pytest.mark.parametrize(("name", "password", "words"), [
    ("", PASSWORD, "이름"), ("  ", PASSWORD, "이름"), ("가:나", PASSWORD, "쌍점"), ("가\n나", PASSWORD, "이름"),
    ("가\u202e나", PASSWORD, "보이지 않는"), ("가" * 65, PASSWORD, "64"), ("가", "일곱자리밖에", "8자"), ("가", " " * 9, "8자")])
def test_what_will_not_do_is_told(tmp_path, cheap, name, password, words):
    with pytest.raises(WrongUsage, match=words):
        users.add(tmp_path / "users.json", name, password)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["", "[]", "{", '{"가": 1}', '{"가": "비밀번호"}', '{"가": "scrypt$1$2$3$zz$zz"}'])
def test_a_file_that_is_none_of_ours_lets_nobody_in(tmp_path, text):
    file = tmp_path / "users.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(WrongUsage, match="--add-user"):
        users.required(Settings(users=str(file)))


def test_a_file_that_is_named_but_empty_or_gone_is_no_open_door(tmp_path):
    assert not users.required(Settings(index=tmp_path))  # none is named, none is there: nobody has to log in
    for text in (None, "{}"):
        if text:
            (tmp_path / "named.json").write_text(text)
        with pytest.raises(WrongUsage, match="아무도 없습니다.*--add-user"):
            users.required(Settings(index=tmp_path, users=str(tmp_path / "named.json")))


def command(tmp_path, *arguments: str, typed: str = "", **variables: str) -> tuple[int, str, str]:
    done = subprocess.run([sys.executable, "-m", "ui", *arguments], cwd=tmp_path, input=typed, capture_output=True, encoding="utf-8",
                          env=os.environ | {"PYTHONPATH": str(PROJECT), "PYTHONIOENCODING": "utf-8"} | variables, timeout=60)
    return done.returncode, done.stdout, done.stderr


def test_the_command_adds_and_removes(tmp_path):
    file = tmp_path / "사용자.json"
    code, out, err = command(tmp_path, "--add-user", "가람", typed=f"{PASSWORD}\n", RAG_USERS=str(file))
    assert (code, err) == (0, "") and "가람" in out and "--host 0.0.0.0" in out
    assert users.fits(PASSWORD, json.loads(file.read_text("utf-8"))["가람"])
    assert [path.name for path in tmp_path.iterdir()] == ["사용자.json"]
    assert command(tmp_path, "--remove-user", "가람", RAG_USERS=str(file))[0] == 0 and users.read(file) == {}
    code, out, err = command(tmp_path, "--add-user", "가람", typed="짧다\n", RAG_USERS=str(file))
    assert (code, out, err.count("\n")) == (2, "", 1) and "8자" in err
    assert command(tmp_path, "--add-user", "가", "--remove-user", "나")[0] == 2
    assert command(tmp_path, "--add-user", "가람", typed=f"{PASSWORD}\n")[0] == 0  # kept with the index where no file is named
    assert users.required(Settings(index=tmp_path / ".index"))


def test_elsewhere_is_refused_until_there_is_somebody_with_a_password(tmp_path):
    for host in ("0.0.0.0", "::", "192.0.2.1", "reports.example"):
        code, out, err = command(tmp_path, "--host", host)
        assert (code, out, err.count("\n")) == (2, "", 1) and "python -m ui --add-user" in err
    assert list(tmp_path.iterdir()) == []
