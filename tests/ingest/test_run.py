"""Opening the assistant, and the other things that the commands and the page do with an index."""

import shutil

import pytest

import ingest.writer
from ingest import run
from ingest.sync import Tally
from ingest.writer import Writer
from rag import store
from rag.chain import assemble
from rag.embeddings import load_embedder
from rag.errors import FolderMissing, IndexBusy, IndexDamaged, IndexMissing, UnknownSource, WrongUsage
from rag.settings import SHIPPED_EMBEDDER, Settings

from .desk import contents

REPORTS = {
    "반도체.md": "# 반도체 보고서\n\n## 매출\n\n2022년 반도체 매출은 129조원이다.\n\n## 전망\n\n- 2023년에는 줄어든다\n- 2024년에는 늘어난다\n",
    "배터리.md": "# 배터리 보고서\n\n## 생산\n\n배터리 공장은 헝가리에 짓는다.\n\n| 회사 | 용량 |\n|---|---|\n| 가나전자 | 30GWh |\n",
}
QUESTION, ANSWER = "2022년 반도체 매출은 얼마야?", "129조원"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """An index that is copied, never changed; its reports are deleted."""
    place = tmp_path_factory.mktemp("made")
    folder = place / "내 보고서"
    folder.mkdir()
    for name, text in REPORTS.items():
        (folder / name).write_text(text, encoding="utf-8")
    assert run.ingest(Settings(index=place / "색인"), [folder]) == Tally(added=2)
    shutil.rmtree(folder)
    return place / "색인"


@pytest.fixture
def copied(made, tmp_path):
    shutil.copytree(made, tmp_path / "색인 폴더")
    return Settings(index=tmp_path / "색인 폴더")


@pytest.fixture
def samples(tmp_path, monkeypatch):
    folder = tmp_path / "예시"
    folder.mkdir()
    (folder / "반도체.md").write_text(REPORTS["반도체.md"], encoding="utf-8")
    monkeypatch.setattr(run, "SAMPLES", folder)
    return folder


def ask(settings, **options):
    assistant = run.open_assistant(settings, create=False, **options)
    try:
        return assistant.ask(QUESTION)
    finally:
        assistant.index.close()


def test_an_index_that_is_fit_is_opened_as_it_is(copied):
    with Writer(copied.index, load_embedder(copied.embedder)):  # another program writes: that is no matter
        answer = ask(copied)
    assert answer.found and ANSWER in answer.text
    assert answer.citations[0].passage.source == "내 보고서/반도체.md"


@pytest.mark.parametrize("harm", ["gen", "manifest", "chroma", "leases"])
def test_damaged_caches_are_rebuilt_without_the_reports(made, copied, harm):
    live = copied.index / "gen-1"
    if harm == "manifest":
        (live / "manifest.json").write_text("{", encoding="utf-8")
    elif harm == "chroma":
        (live / "chroma" / "chroma.sqlite3").write_bytes(b"x" * 9000)
    else:
        shutil.rmtree(live if harm == "gen" else copied.index / "leases", ignore_errors=True)
    before = ask(Settings(index=made))
    after = ask(copied)
    assert ANSWER in after.text
    assert (after.text, after.citations) == (before.text, before.citations)
    assert contents(copied.index) == contents(made)


def test_an_index_that_is_being_written_cannot_be_repaired_at_once(copied, monkeypatch):
    shutil.rmtree(copied.index / "gen-1")
    monkeypatch.setattr(Writer.__init__, "__defaults__", (*Writer.__init__.__defaults__[:-1], 0.1))
    with Writer(copied.index, load_embedder(copied.embedder)), pytest.raises(IndexBusy, match="다시 실행하세요"):
        ask(copied)


@pytest.mark.parametrize("what", ["embedder", "chunker"])
def test_what_another_embedder_or_chunker_made_is_indexed_again(made, copied, what, monkeypatch, tmp_path):
    if what == "embedder":
        shutil.copytree(SHIPPED_EMBEDDER, tmp_path / "다른 임베딩")
        copied = Settings(index=copied.index, embedder=str(tmp_path / "다른 임베딩"))
    else:
        monkeypatch.setattr(run, "CHUNKER", "chunk-2")
        monkeypatch.setattr(ingest.writer, "CHUNKER", "chunk-2")
    assert ANSWER in ask(copied).text
    with store.reading(copied.index) as db:
        assert store.live_generation(db) == 2
        assert store.meta(db, "embedder").startswith("다른 임베딩" if what == "embedder" else "encoder_ko")
        assert store.meta(db, "chunker") == (ingest.writer.CHUNKER if what == "embedder" else "chunk-2")
    assert [row[:10] for row in contents(copied.index)] == [row[:10] for row in contents(made)]
    ask(copied)
    with store.reading(copied.index) as db:
        assert store.live_generation(db) == 2  # once is enough


def test_no_index(tmp_path, samples):
    settings = Settings(index=tmp_path / "없는 색인")
    with pytest.raises(IndexMissing, match="python -m ingest 보고서-폴더"):
        run.open_assistant(settings, create=False)
    for use in (run.status, lambda settings: run.show(settings, "x"), lambda settings: run.remove(settings, "x")):
        with pytest.raises(IndexMissing):
            use(settings)
    assert not settings.index.exists()
    assert ANSWER in run.open_assistant(settings, create=True).ask(QUESTION).text
    assert [report["source"] for report in run.status(settings)["reports"]] == ["예시/반도체.md"]


@pytest.mark.parametrize("stopped", ["empty file", "no table", "no report"])
def test_an_index_whose_making_was_stopped_is_made(tmp_path, samples, stopped):
    settings = Settings(index=tmp_path / "색인")
    settings.index.mkdir()
    if stopped == "empty file":
        (settings.index / store.FILE).touch()
    elif stopped == "no table":
        import sqlite3

        db = sqlite3.connect(settings.index / store.FILE)
        db.execute("PRAGMA journal_mode=WAL")
        db.close()
    else:
        store.connect(settings.index, create=True).close()
    if stopped != "no report":
        with pytest.raises(IndexMissing):
            run.status(settings)
    assert ANSWER in run.open_assistant(settings, create=True).ask(QUESTION).text


def test_no_samples(tmp_path, monkeypatch):
    monkeypatch.setattr(run, "SAMPLES", tmp_path / "없음")
    with pytest.raises(FolderMissing, match="corpus"):
        run.ingest(Settings(index=tmp_path / "색인"), [])


def test_a_damaged_library_is_an_error_that_says_what_to_type(copied):
    (copied.index / store.FILE).write_bytes(b"garbage" * 999)
    for use in (ask, run.status, lambda settings: run.show(settings, "반도체"), lambda settings: run.ingest(settings, []),
                lambda settings: run.remove(settings, "반도체"), lambda settings: run.ingest(settings, [], rebuild=True)):
        with pytest.raises(IndexDamaged, match="python -m ingest 보고서-폴더 --rebuild --index"):
            use(copied)


def test_status_show_and_remove(copied):
    status = run.status(copied)
    assert [(r["source"], r["title"], r["pages"]) for r in status["reports"]] == [
        ("내 보고서/반도체.md", "반도체 보고서", None), ("내 보고서/배터리.md", "배터리 보고서", None)]
    assert (status["failed"], status["generation"]) == ([], 1)
    assert "내 보고서/배터리.md · 배터리 보고서" in run.as_text(status)
    shown = run.show(copied, "배터리")
    assert shown["source"] == "내 보고서/배터리.md"
    assert any("회사: 가나전자 | 용량: 30GWh" in passage["text"] for passage in shown["passages"])
    assert "가나전자" in run.as_text(shown)
    for name in ("배터리", "배터리.md", "내 보고서/배터리.md"):
        assert run.show(copied, name) == shown
    assert run.remove(copied, "배터리.md") == "내 보고서/배터리.md"
    with pytest.raises(WrongUsage, match="--status"):
        run.remove(copied, "배터리.md")
    with pytest.raises(UnknownSource, match="--status"):
        run.show(copied, "배터리.md")


def test_an_open_assistant_takes_up_what_is_new(copied, tmp_path):
    assistant = run.open_assistant(copied, create=False)
    question = "양자컴퓨터의 큐비트는 몇 개야?"
    assert "433개" not in assistant.ask(question).text
    file = tmp_path / "양자.md"
    file.write_text("# 양자컴퓨터 보고서\n\n양자컴퓨터의 큐비트는 433개이다.\n", encoding="utf-8")
    run.ingest(copied, [file])
    assert "433개" in assistant.ask(question).text
    run.remove(copied, "양자.md")
    assert "433개" not in assistant.ask(question).text
    for report in ("반도체", "배터리"):
        run.remove(copied, report)
    assert not assistant.ask(QUESTION).found
    assistant.index.close()


def test_a_failed_single_file_has_the_same_name_everywhere(tmp_path):
    file = tmp_path / "빈 글.md"
    file.touch()
    settings = Settings(index=tmp_path / "색인")
    [(source, reason)] = run.ingest(settings, [file]).failed
    assert run.status(settings)["failed"] == [{"source": "빈 글.md", "reason": reason, "uploaded": False}]
    assert source == "빈 글.md"
    assert f"읽지 못함: 빈 글.md: {reason}" in run.as_text(run.status(settings))


def test_a_refusal_names_what_could_not_be_read(tmp_path):
    folder, settings = tmp_path / "보고서", Settings(index=tmp_path / "색인")
    folder.mkdir()
    (folder / "가.md").write_text("# 습지 보고서\n\n두루미 습지의 넓이는 32헥타르이다.\n", encoding="utf-8")
    (folder / "스캔.pdf").write_bytes(b"%PDF-1.7 broken")
    run.ingest(settings, [folder])
    assistant = assemble(settings)
    refused = assistant.ask("가람전자의 2030년 영업이익은 얼마인가?")
    assert not refused.found and "읽지 못한 파일 1건은 확인하지 못했습니다" in refused.notice
    (folder / "스캔.pdf").unlink()
    run.ingest(settings, [])
    again = assistant.ask("가람전자의 2030년 영업이익은 얼마인가?")
    assert not again.found and "읽지 못한" not in again.notice
    assistant.index.close()
