"""What people give to the page: names made safe, one root of their own, replaced, refused, removed, read again."""

import shutil
import unicodedata

import pytest

from ingest.run import ingest, original, read_again, remove, status
from ingest.sync import Tally
from ingest.uploads import safe_name, upload
from ingest.writer import Writer
from rag.embeddings import load_embedder
from rag.errors import FolderMissing, IndexBusy, UnknownSource, WrongUsage
from rag.settings import Settings

TEXT = "# {0} 보고서\n\n{0}에 관한 글이다.\n"


@pytest.fixture
def settings(tmp_path) -> Settings:
    return Settings(index=tmp_path / "색인")


@pytest.fixture
def given(tmp_path):
    """A function that puts a file where a web server would, under a name of no meaning."""
    def given(name: str, data: str | bytes):
        file = tmp_path / f"temporary-{len(list(tmp_path.iterdir()))}"
        file.write_bytes(data.encode() if isinstance(data, str) else data)
        return name, file
    return given


def seen(settings) -> tuple[list[str], list[str]]:
    """Sources of the reports, and of the files that could not be read."""
    found = status(settings)
    return [report["source"] for report in found["reports"]], [failure["source"] for failure in found["failed"]]


def kept(settings) -> list[str]:
    return sorted(file.name for file in (settings.index / "files").iterdir())


@pytest.mark.parametrize(("name", "safe"), [
    ("보고서(최종) 2.pdf", "보고서(최종) 2.pdf"),
    (unicodedata.normalize("NFD", "보고서.pdf"), "보고서.pdf"),
    ("../../etc/passwd.txt", "passwd.txt"),
    ("..\\..\\C:\\비밀.txt", "비밀.txt"),
    ("가\u202egpj.md", "가gpj.md"),
    ("가\u200b나\x00\n다\ufeff.md", "가나다.md"),
    ("<img src=x onerror=alert(1)>.md", "_img src=x onerror=alert(1)_.md"),
    ("CON.txt", "_CON.txt"), ("com1.tar.md", "_com1.tar.md"), ("console.md", "console.md"),
    (".숨은.md", "숨은.md"), (".md", "md"), ("", "보고서"), ("가.md. ", "가.md"), ("\u3000 .pdf", "pdf"),
])
def test_a_name_is_made_safe_and_stays_what_it_was(name, safe):
    assert safe_name(name) == safe == safe_name(safe)


def test_a_long_name_keeps_its_kind_and_whole_syllables():
    name = safe_name("가" * 500 + ".hwpx")
    assert name.endswith("가.hwpx") and 190 < len(name.encode()) <= 200 and "\ufffd" not in name


def test_uploads_are_read_replaced_and_removed(settings, given):
    steps = []
    tally = upload(settings, [given("가.md", TEXT.format("가")), given("나.md", TEXT.format("나"))],
                   lambda *step: steps.append(step))
    assert tally == Tally(added=2) and ("나.md", 1, 2) in steps
    assert seen(settings) == (["올린 파일/가.md", "올린 파일/나.md"], [])
    assert [report["uploaded"] for report in status(settings)["reports"]] == [True, True]
    assert upload(settings, [given("가.MD".lower(), TEXT.format("다른"))]) == Tally(changed=1)
    assert [report["title"] for report in status(settings)["reports"]] == ["다른 보고서", "나 보고서"]
    assert upload(settings, [given("나.md", TEXT.format("나"))]) == Tally(unchanged=1)
    assert original(settings, "올린 파일/가.md").read_text("utf-8") == TEXT.format("다른")
    assert remove(settings, "가.md") == "올린 파일/가.md"
    assert (seen(settings), kept(settings)) == ((["올린 파일/나.md"], []), ["나.md"])
    with pytest.raises(UnknownSource):
        original(settings, "올린 파일/가.md")


def test_a_disk_that_does_not_tell_capitals_apart_gets_one_file(settings, given):
    upload(settings, [given("Report.md", TEXT.format("가"))])
    assert upload(settings, [given("REPORT.MD", TEXT.format("나"))]) == Tally(changed=1)
    assert kept(settings) == ["Report.md"]


def test_what_cannot_be_read_is_told_and_either_listed_or_not_kept(settings, given):
    tally = upload(settings, [given("좋은.md", TEXT.format("가")), given("깨진.pdf", b"%PDF-1.4 nothing"),
                              given("실행.exe", b"MZ"), given("빈.txt", b""), given("폴더/좋은.md", TEXT.format("나"))])
    reasons = dict(tally.failed)
    assert tally.added == 1 and "PDF" in reasons["올린 파일/깨진.pdf"] and "빈 파일" in reasons["올린 파일/빈.txt"]
    assert "종류" in reasons["올린 파일/실행.exe"] and "같은 이름" in reasons["올린 파일/좋은.md"]
    assert seen(settings) == (["올린 파일/좋은.md"], ["올린 파일/깨진.pdf", "올린 파일/빈.txt"])
    assert kept(settings) == ["깨진.pdf", "빈.txt", "좋은.md"]  # each is listed
    assert status(settings)["reports"][0]["title"] == "가 보고서"
    assert remove(settings, "올린 파일/깨진.pdf") == "올린 파일/깨진.pdf"
    assert upload(settings, [given("빈.txt", "이제는 글이 있다.")]) == Tally(added=1)
    assert (seen(settings)[1], kept(settings)) == ([], ["빈.txt", "좋은.md"])


def test_a_file_that_is_too_large_or_gone_is_not_taken(settings, given, monkeypatch, tmp_path):
    from ingest import readers

    monkeypatch.setattr(readers, "LARGEST", 10)
    tally = upload(settings, [given("큰.md", "가" * 20), ("없는.md", tmp_path / "없음")])
    assert [reason.split("(")[0] for _, reason in tally.failed] == ["파일을 복사하지 못했습니다", "너무 큰 파일입니다"]
    assert kept(settings) == []


def test_no_run_over_folders_touches_uploads_and_a_rebuild_keeps_them(settings, given, tmp_path):
    folder = tmp_path / "보고서"
    folder.mkdir()
    (folder / "다.md").write_text(TEXT.format("다"), encoding="utf-8")
    upload(settings, [given("가.md", TEXT.format("가"))])
    assert ingest(settings, [folder]) == Tally(added=1)
    (settings.index / "files" / "가.md").write_text("바뀐 글이다.", encoding="utf-8")
    assert ingest(settings, []) == Tally(unchanged=1)
    assert status(settings)["folders"] == [str(folder)]
    assert ingest(settings, [tmp_path]) == Tally(unchanged=1)  # the index within it is not walked; the folder moves up
    assert seen(settings)[0] == [f"{tmp_path.name}/보고서/다.md", "올린 파일/가.md"]
    assert ingest(settings, [], rebuild=True).changed == 1
    (settings.index / "library.sqlite3").write_bytes(b"no library")
    shutil.rmtree(settings.index / "gen-1", ignore_errors=True)
    assert ingest(settings, [folder], rebuild=True) == Tally(added=2)
    assert seen(settings)[0] == ["보고서/다.md", "올린 파일/가.md"]


def test_uploads_move_with_their_index(settings, given, tmp_path):
    upload(settings, [given("가.md", TEXT.format("가"))])
    settings.index.rename(tmp_path / "다른 자리")
    moved = Settings(index=tmp_path / "다른 자리")
    assert original(moved, "올린 파일/가.md").is_file()
    assert upload(moved, [given("가.md", TEXT.format("나"))]) == Tally(changed=1)


def test_a_copy_of_a_run_that_was_stopped_comes_in_with_the_next(settings, given):
    upload(settings, [given("가.md", TEXT.format("가"))])
    (settings.index / "files" / "나.md").write_text(TEXT.format("나"), encoding="utf-8")
    (settings.index / "files" / ".part").write_text("half")
    assert upload(settings, [given("다.md", TEXT.format("다"))]) == Tally(added=2)


def test_one_report_is_read_again(settings, given, tmp_path):
    folder = tmp_path / "보고서"
    folder.mkdir()
    (folder / "다.md").write_text(TEXT.format("다"), encoding="utf-8")
    ingest(settings, [folder])
    upload(settings, [given("빈.txt", b"")])
    assert read_again(settings, "보고서/다.md") == Tally(unchanged=1)
    (folder / "다.md").write_text(TEXT.format("라"), encoding="utf-8")
    before = {report["source"]: report["id"] for report in status(settings)["reports"]}
    assert read_again(settings, "보고서/다.md") == Tally(changed=1)
    after = {report["source"]: report["id"] for report in status(settings)["reports"]}
    assert [source for source in before if before[source] != after[source]] == ["보고서/다.md"], "what shows it sees that it was read anew"
    assert status(settings)["reports"][0]["title"] == "라 보고서"
    (settings.index / "files" / "빈.txt").write_text("채운 글이다.", encoding="utf-8")
    assert read_again(settings, "올린 파일/빈.txt") == Tally(added=1) and seen(settings)[1] == []
    (folder / "다.md").unlink()
    with pytest.raises(FolderMissing, match="없습니다"):
        read_again(settings, "보고서/다.md")
    with pytest.raises(FolderMissing, match="없습니다"):
        original(settings, "보고서/다.md")
    with pytest.raises(WrongUsage):
        read_again(settings, "없는 보고서")


def test_the_original_is_never_a_file_outside_its_folder(settings, tmp_path):
    folder = tmp_path / "보고서"
    folder.mkdir()
    (tmp_path / "비밀.md").write_text(TEXT.format("비밀"), encoding="utf-8")
    (folder / "다.md").symlink_to(tmp_path / "비밀.md")
    ingest(settings, [folder])
    with pytest.raises(FolderMissing):
        original(settings, "보고서/다.md")
    for name in ("../비밀.md", "보고서/../비밀.md", str(tmp_path / "비밀.md"), "다.md", ""):
        with pytest.raises(UnknownSource):
            original(settings, name)


def test_a_busy_index_is_told(settings, given, monkeypatch):
    upload(settings, [given("가.md", TEXT.format("가"))])
    monkeypatch.setattr("ingest.writer.Writer.__init__.__defaults__", (lambda *step: None, 0.1))
    with Writer(settings.index, load_embedder(settings.embedder)), pytest.raises(IndexBusy):
        upload(settings, [given("나.md", TEXT.format("나"))])
    assert kept(settings) == ["가.md"]
