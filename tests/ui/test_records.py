"""What the page keeps: each owner's own, findable, deletable for good, and of use to `python -m rag.evaluate`."""

import json
import sqlite3
import unicodedata

import pytest

from ingest.run import open_assistant
from rag import evaluate
from rag.errors import IndexDamaged, WrongUsage
from rag.measures import load_questions
from rag.settings import Settings
from ui import records


@pytest.fixture(scope="session")
def assistant(index):
    return open_assistant(Settings(index=index), create=False)


def turn(question: str, answer: str = "") -> dict:
    return {"question": question, "answer": {"answer": answer} if answer else None}


def test_conversations_are_found_by_their_words_newest_first(tmp_path):
    for n, (title, said) in enumerate((("다리", "예산은 37억 원입니다."), ("도서관", "월요일에 쉽니다."), ("AI 동향", "ChatGPT가 나왔습니다."))):
        records.save_conversation(tmp_path, "가람", str(n), title, [turn(f"{title}에 대해?", said), turn("중지한 질문")])
    ids = lambda search="": [id for id, _, _ in records.conversations(tmp_path, "가람", search)]  # noqa: E731
    assert ids() == ["2", "1", "0"]
    records.save_conversation(tmp_path, "가람", "0", "다리", [turn("예산은?", "37억 원입니다.")])
    assert ids() == ["0", "2", "1"]
    assert ids("chatgpt") == ["2"] and ids(unicodedata.normalize("NFD", "월요일")) == ["1"] and ids("중지한 동향") == ["2"]
    assert ids("37억 %") == [] and ids("월요일 37억") == []
    assert records.load_conversation(tmp_path, "가람", "0") == [turn("예산은?", "37억 원입니다.")]


def test_nobody_sees_or_deletes_what_another_owns(tmp_path):
    records.save_conversation(tmp_path, "가람", "1", "내 것", [turn("비밀")])
    records.save_conversation(tmp_path, "나래", "1", "남의 것", [turn("다른 비밀")])
    assert records.load_conversation(tmp_path, "다솜", "1") is None and records.conversations(tmp_path, "다솜", "비밀") == []
    assert [title for _, title, _ in records.conversations(tmp_path, "가람", "비밀")] == ["내 것"]
    records.delete_conversation(tmp_path, "다솜", "1")
    records.delete_all(tmp_path, "나래")
    assert records.load_conversation(tmp_path, "가람", "1") == [turn("비밀")] and records.load_conversation(tmp_path, "나래", "1") is None


def test_what_is_deleted_is_in_no_file_any_more(tmp_path):
    records.save_conversation(tmp_path, "가람", "1", "제목", [turn("아무도모르는말", "가" * 20_000)])
    assert any("아무도모르는말".encode() in file.read_bytes() for file in tmp_path.iterdir())
    records.delete_conversation(tmp_path, "가람", "1")
    assert not any("아무도모르는말".encode() in file.read_bytes() for file in tmp_path.iterdir())


def test_so_many_are_kept_and_none_too_long(tmp_path, monkeypatch):
    monkeypatch.setattr(records, "KEPT", 3)
    for n in range(5):
        records.save_conversation(tmp_path, "가람", str(n), "", [])
    records.save_conversation(tmp_path, "나래", "0", "", [])
    assert [id for id, _, _ in records.conversations(tmp_path, "가람")] == ["4", "3", "2"]
    assert len(records.conversations(tmp_path, "나래")) == 1
    with pytest.raises(WrongUsage, match="새 대화"):
        records.save_conversation(tmp_path, "가람", "5", "", [turn("가" * records.LARGEST)])


def test_a_file_that_is_none_of_ours_is_told(tmp_path):
    (tmp_path / records.FILE).write_text("가나다" * 1000, encoding="utf-8")
    with pytest.raises(IndexDamaged, match=records.FILE):
        records.conversations(tmp_path, "가람")


@pytest.mark.parametrize("question", ["한빛대교의 보수 예산은 얼마야?", "화성 이주 계획의 우주선 이름은 뭐야?", "보고서 목록 보여줘"])
def test_an_answer_is_restored_as_it_was(assistant, question):
    answer = assistant.ask(question)
    kept = json.loads(json.dumps(answer.as_json()))
    again = records.restored(kept)
    assert again.as_json() == kept
    assert [(c.number, c.quote, c.passage.note) for c in again.citations] == [(c.number, c.quote, c.passage.note) for c in answer.citations]


def test_a_record_that_was_tampered_with_is_not_restored(assistant):
    kept = assistant.ask("한빛대교의 보수 예산은 얼마야?").as_json()
    kept["citations"][0]["quote"] = "38억 원"
    with pytest.raises(ValueError, match="quote is not at"):
        records.restored(kept)


def test_a_rating_replaces_the_one_before_and_can_be_taken_back(assistant, tmp_path):
    answer, other = (assistant.ask(q).as_json() for q in ("한빛대교의 보수 예산은 얼마야?", "한빛대교의 길이는 얼마야?"))
    records.rate(tmp_path, "가람", answer, True)
    records.rate(tmp_path, "가람", answer, False, " 틀렸어요 ")
    records.rate(tmp_path, "나래", answer, True)
    records.rate(tmp_path, "가람", other, True)
    mine = records.feedback(tmp_path, "가람")
    assert [(one["answer"]["question"], one["liked"], one["note"]) for one in mine] == [
        (answer["question"], False, "틀렸어요"), (other["question"], True, "")]
    records.rate(tmp_path, "가람", other, None)
    assert len(records.feedback(tmp_path)) == 2
    records.delete_feedback(tmp_path, "가람")
    assert records.feedback(tmp_path, "가람") == [] and len(records.feedback(tmp_path)) == 1


def test_feedback_is_a_question_set_that_evaluate_answers(assistant, index, tmp_path, monkeypatch, capsys):
    liked = {"한빛대교의 보수 예산은 얼마야?": [["37억 원"]], "한빛대교는 언제 개통되었어?": [["2011년"], ["5월"]],
             "화성 이주 계획의 우주선 이름은 뭐야?": []}
    for question in liked:
        records.rate(tmp_path, "가람", assistant.ask(question).as_json(), True)
    records.rate(tmp_path, "가람", assistant.ask("안녕").as_json(), True)  # cites nothing
    records.rate(tmp_path, "가람", assistant.ask("한빛대교의 길이는?").as_json(), False, "너무 짧아요")
    records.rate(tmp_path, "가람", assistant.ask("점검의 책임자는 누구야?").as_json(), False, "정답: 오세린 / 오세린 과장")
    records.rate(tmp_path, "가람", assistant.ask("한빛대교의 색은?").as_json(), False, "정답: 없음")
    file = tmp_path / "feedback.jsonl"
    file.write_text(records.as_questions(tmp_path), encoding="utf-8")
    found = {one["question"]: one for one in load_questions(file)}
    assert list(found) == [*liked, "점검의 책임자는 누구야?", "한빛대교의 색은?"]
    for question, groups in liked.items():
        one = found[question]
        assert (one["type"], one.get("answers_all") or ([one["answers"]] if one["answers"] else [])) == ("feedback-up", groups)
        assert bool(one["evidence"]) is bool(one["sources"]) is bool(groups)
    assert found["점검의 책임자는 누구야?"]["answers"] == ["오세린", "오세린 과장"] and found["한빛대교의 색은?"]["answers"] == []
    monkeypatch.setattr("sys.argv", ["evaluate", str(file), "--index", str(index), "--json"])
    assert evaluate.main() == 0
    result = json.loads(capsys.readouterr().out)
    assert result["by_type"]["feedback-up"]["correct"]["mean"] == 1.0 and result["by_type"]["feedback-up"]["all@10"]["mean"] == 1.0


def test_a_statement_without_a_figure_is_its_own_answer(assistant):
    answer = assistant.ask("마루도서관의 어린이 열람실은 무슨 요일에 쉬어?").as_json()
    (variants,) = records.variants(answer)
    assert answer["citations"][0]["quote"] in variants and any("월요일" in one for one in variants)


@pytest.mark.parametrize("time", range(20))  # each begins a file, where they are most in each other's way
def test_ten_pages_at_once_lose_nothing(tmp_path, time):
    import threading

    threads = [threading.Thread(target=lambda n=n: [records.save_conversation(tmp_path, f"사람{n}", str(i), "", []) for i in range(5)])
               for n in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with sqlite3.connect(tmp_path / records.FILE) as db:
        assert db.execute("SELECT count(*) FROM conversations").fetchone() == (50,)
