"""The order of passages, how likely a question is answered, the curve of refusals, and statements that stand side by side."""

import numpy as np
import pytest

from rag import ranking
from rag.documents import Candidate, Hit, Passage, Sentence
from rag.extractive import Statement, _gone_on, _joined, stated
from rag.features import NAMES, QUESTION_NAMES, features
from rag.measures import refusals
from rag.query import Query
from rag.ranking import folded, in_turn, shortened
from rag.trees import Linear, load, save


def hit(name: str, source: str, score: float = 0.5) -> Hit:
    return Hit(Passage(name, source, "제목", None, "", "", "글", 0, 1), score)


def names(hits) -> list[str]:
    return [one.passage.id for one in hits]


def test_lists_are_taken_in_turn_and_every_passage_once():
    first, second = [hit("가", "1"), hit("나", "1"), hit("다", "2")], [hit("나", "1"), hit("라", "2")]
    assert names(in_turn([first, second])) == ["가", "나", "라", "다"]
    assert names(in_turn([])) == [] and names(in_turn([first])) == ["가", "나", "다"]
    turns = in_turn([[hit("가", "1", 0.4), hit("나", "1", 0.3)], [hit("다", "1", 0.1), hit("라", "1", 0.05)]])
    assert [(one.passage.id, one.score) for one in turns] == [("가", 0.4), ("다", 0.1), ("나", 0.1), ("라", 0.05)]


def test_likelihoods_for_two_questions_are_mixed_by_their_logarithms():
    passage = hit("가", "1").passage
    first, second = (Sentence(n, n + 1, "paragraph", 0, ()) for n in (0, 1))
    leaning = [Candidate(passage, first, 0.64, 0.0), Candidate(passage, second, 0.25, 0.0)]
    alone = [Candidate(passage, second, 0.81, 0.0), Candidate(passage, first, 0.01, 0.0)]
    assert [(c.sentence.start, round(c.score, 3)) for c in ranking.mixed(leaning, alone, 0.5)] == [(1, 0.45), (0, 0.08)]
    assert [c.score for c in ranking.mixed(leaning, alone, 0.0)] == [0.64, 0.25]


def test_a_copy_comes_last_unless_a_figure_differs():
    def told(name: str, words: str) -> Hit:
        return Hit(Passage(name, name, "제목", None, "", "", "글", 0, 1, sentences=(Sentence(0, 1, "paragraph", 0, tuple(words.split())),)), 0.5)

    text = "매출 2023 120 억 원 전년 대비 늘다 사업 부문 수출 판매"
    hits = [told("가", text), told("사본", f"{text} 붙임"), told("고침", text.replace("120", "130")), told("나", "직원 채용")]
    assert names(folded(hits)) == ["가", "고침", "나", "사본"]


def test_of_a_long_row_the_cells_that_are_asked_for_are_read():
    row = "서비스: 하늘말 | 기업: 가온전자 | 구분: 언어 모델 | 파라미터 수: 2,040억 개 | 공개: 2021년 5월 | 현황: 한국어 자료를 지피티의 6,500배 학습"
    assert shortened(row, ["한국어", "배", "자료"]).endswith("현황: 한국어 자료를 지피티의 6,500배 학습")
    assert shortened(row, ["기업"]).startswith("서비스: 하늘말 | 기업: 가온전자")
    assert shortened("서비스: 하늘말 | 기업: 가온전자", []) == "서비스: 하늘말 | 기업: 가온전자"


def test_a_linear_classifier_by_hand(tmp_path):
    model = Linear(np.array([1.0, 0.0]), np.array([2.0, 1.0]), np.array([1.0, -1.0]), np.float64(0.5))
    table = np.array([[1.0, 0.5], [3.0, -0.5]], dtype=np.float32)
    assert model.probabilities(table) == pytest.approx([0.5, 1 / (1 + np.exp(-2.0))])
    save(tmp_path / "one.npz", {"one": model})
    assert load(tmp_path / "one.npz")["one"].probabilities(table) == pytest.approx(model.probabilities(table))


def test_the_curve_of_refusals_by_hand():
    questions = [{"answers": ["ㄱ"]}] * 4 + [{"answers": []}] * 2
    answers = [{"answerable": value} for value in (0.2, 0.6, 0.8, 0.9, 0.1, 0.7)]
    result = refusals(questions, answers)
    assert result["auc"] == pytest.approx(6 / 8)
    assert [0.2, 0.0, 0.5] in result["curve"] and [0.6, 0.25, 0.5] in result["curve"]
    assert refusals(questions[:4], answers[:4]) == {"auc": None, "curve": []}


TEXT = "첫 문장이다. 둘째 문장이다. 셋째 문장이다."
SPANS = ((0, 7), (8, 16), (17, 25))
PASSAGE = Passage("가", "1", "제목", None, "", "", TEXT, 0, len(TEXT),
                  tuple(Sentence(a, b, "paragraph", 0, ()) for a, b in SPANS))


def statement(n: int, passage: Passage = PASSAGE) -> Statement:
    start, end = SPANS[n]
    return Statement(f"{n}째입니다.", passage, start, end)


def test_neighbours_become_one_statement_over_all_their_words():
    assert _joined([statement(1), statement(0)]) == [Statement("0째입니다. 1째입니다.", PASSAGE, 0, 16)]
    one, = _joined([statement(0), statement(2)])  # with the short sentence between them
    assert (one.start, one.end) == (0, 25) and one.text == "0째입니다. 둘째 문장입니다. 2째입니다."


def test_what_is_broken_off_is_shown_with_what_stands_behind_it():
    text = "가람로보 대표,\n김한솔\n직원은 40명임."
    passage = Passage("가", "가.md", "제목", None, "", "", text, 0, len(text), (
        Sentence(0, 8, "paragraph", 0, ("가람", "로보", "대표")), Sentence(9, 12, "paragraph", 0, ("김한솔",)), Sentence(13, 22, "paragraph", 0, ("직원", "40", "명"))))

    def shown(n: int, *asked: str) -> Statement:
        candidate = Candidate(passage, passage.sentences[n], 0.9, 1.0)
        return _gone_on(stated(candidate, []), candidate, asked)

    assert (shown(0).text, shown(0).start, shown(0).end) == ("가람로보 대표, 김한솔", 0, 12)
    assert shown(1).text == "김한솔" and shown(1, "김한솔").text == "김한솔 직원은 40명입니다."
    assert shown(2).text == shown(2, "직원", "40", "명").text == "직원은 40명입니다."


def test_what_an_item_hangs_under_counts_as_its_heading():
    text = "누리셀\n매출 50억 원\n한빛\n매출 90억 원"
    levels, words = (0, 1, 0, 1), (("누리셀",), ("매출", "50", "억", "원"), ("한빛",), ("매출", "90", "억", "원"))
    ends = [(0, 3), (4, 12), (13, 15), (16, 24)]
    items = tuple(Sentence(a, b, "item", level, own) for (a, b), level, own in zip(ends, levels, words, strict=True))
    query = Query("누리셀 매출은?", {"누리셀": 2.0, "매출": 1.0}, {}, (1.0,))
    _, table = features(query, [Hit(Passage("가", "가.md", "제목", None, "", "", text, 0, 24, items), 0.5)])
    assert [float(value) for value in table[:, NAMES.index("above")]] == pytest.approx([2 / 3, 1.0, 0.0, 1 / 3])


def test_rows_and_other_passages_stay_apart():
    rows = Passage("나", "1", "제목", None, "", "", TEXT, 0, len(TEXT), tuple(Sentence(a, b, "row", 0, ()) for a, b in SPANS))
    assert len(_joined([statement(0, rows), statement(1, rows)])) == 2
    assert len(_joined([statement(0), statement(1, rows)])) == 2


class Read:
    """A reader that finds a text the likelier the more often it says 가."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def chances(self, question: str, texts: list[str]) -> np.ndarray:
        self.asked += [question, *texts]
        weights = np.array([1.0, *(text.count("가") for text in texts)])
        return weights / weights.sum()


def test_what_words_leave_open_is_read(monkeypatch):
    texts = ["나나나나.", "가나나나.", "가가나나.", "제목 글."]
    passage = Passage("p", "s", "제목", None, "", "장 > 절", "".join(texts), 0, 20, sentences=tuple(
        Sentence(5 * n, 5 * n + 5, "heading" if n == 3 else "paragraph", 0, ("말",)) for n in range(4)))
    reader, plain = Read(), Linear(np.zeros(2), np.ones(2), np.array([0.5, 1.0]), np.float64(-1.0))
    monkeypatch.setattr(ranking, "opened", lambda folder: reader)
    monkeypatch.setattr(ranking, "model", lambda: {
        "sentence": By(lambda table: [best, 0.1, 0.05, 0.15]), "question": By(lambda table: [0.6]), "question straight": By(lambda table: [0.6]), "subject": By(lambda table: [0.5]),
        "read sentence": plain, "read question": Linear(np.zeros(6), np.ones(6), np.array([0.5, 0.0, 1.0, 0.0, 0.0, 0.0]), np.float64(0.0))})
    best = 0.2
    query = Query("물음", {"말": 1.0}, {}, (1.0, 0.0), context="앞선 말")
    candidates, likely = ranking.rank(query, [Hit(passage, 0.5, 0.5)])
    assert reader.asked == ["물음 앞선 말", *(f"절: {text}" for text in texts[:3])], "a heading is not read"
    # chances of 1/4 for none, 0, 1/4 and 2/4: log odds of the ranker by half, of the reader by one, less 1
    odds = [-1 + np.log(0.2 / 0.8) / 2 + np.log(1e-4 / (1 - 1e-4)), -1 + np.log(0.1 / 0.9) / 2 + np.log(1 / 3), -1 + np.log(0.05 / 0.95) / 2]
    assert [c.text for c in candidates] == [texts[2], texts[1], texts[0], texts[3]]
    assert [c.score for c in candidates[:3]] == pytest.approx([1 / (1 + np.exp(-value)) for value in odds[::-1]])
    assert candidates[3].score == candidates[2].score, "what was not read is no likelier than what was"
    assert likely == pytest.approx(1 / (1 + np.exp(-(np.log(0.6 / 0.4) + np.log(3) / 2))))
    best = 0.95
    candidates, likely = ranking.rank(query, [Hit(passage, 0.5, 0.5)])
    assert [c.score for c in candidates] == pytest.approx([0.95, 0.15, 0.1, 0.05]) and likely == pytest.approx(0.6), "words have told"


@pytest.mark.parametrize(("scores", "read"), [
    ([0.95, 0.9, 0.0], []),  # words have told
    ([0.9, 0.1, 0.2], [0, 2]),
    ([0.06, 0.4, 0.05, 0.2], [1, 3, 0]),  # a share of 0.15 of the best one
    ([0.4] + [0.3 - 0.01 * n for n in range(9)], [0, 1, 2, 3, 4, 5]),
    ([0.01, 0.34, 0.02, 0.03, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01], [1, 9, 3, 8, 2, 7, 6, 5, 4]),  # in turn with those that lie nearest
    ([], [])])
def test_the_less_words_tell_the_more_is_read(scores, read):
    assert list(ranking.worth_reading(np.array(scores), np.arange(len(scores)) / 10, np.array([[1.0, 0.3, 0.1]]))) == read
    assert not len(ranking.worth_reading(np.array(scores), np.arange(len(scores)) / 10, np.array([[1.0, 0.2, -0.3]]))), "no passage is about it"


def test_as_much_is_read_as_there_is_room_for():
    """Of each at most 70 characters count, and 14 around it: as many characters as six long ones have."""
    rows = np.array([5, 2, 7, 1, 0, 9, 8, 3, 4])
    assert list(ranking.fitting(rows, ["가" * 200] * 9)[0]) == [5, 2, 7, 1, 0, 9]
    assert list(ranking.fitting(rows, ["가" * 42] * 9)[0]) == list(rows) and list(ranking.fitting(rows, ["가" * 43] * 9)[0]) == list(rows[:8])
    assert ranking.fitting(rows[:2], ["가", "나"])[1] == ["가", "나"]


def test_what_reading_says_of_a_question_comes_beside_what_is_known_of_it():
    sentences, question = ranking.reading(np.array([0.5, 0.2]), np.array([[1.5, 0.4, 0.3]]), np.array([0.5, 0.1, 0.4]))
    assert sentences == pytest.approx(np.log(np.array([[1, 1 / 9], [1 / 4, 2 / 3]])))
    assert question == pytest.approx(np.array([[0.0, np.log(2 / 12), 1.5, 0.4, 0.3, 0.7]]))


def test_a_sentence_is_compared_with_the_question_where_it_stands():
    """By its cosine between what is far and near; as its passage is, where it has no vector."""
    def passage(*vectors: bytes) -> Passage:
        return Passage("p", "s", "제목", None, "", "", "글" * len(vectors), 0, len(vectors), sentences=tuple(
            Sentence(n, n + 1, "paragraph", 0, ("글",), vector) for n, vector in enumerate(vectors)))

    query = Query("물음", {"글": 1.0}, {}, (1.0, 0.0), span=(0.2, 0.7))
    # cosines of 0.6 and -0.6: (0.6 - 0.2) / (0.7 - 0.2); a cosine of 1 is as near as can be
    _, table = features(query, [Hit(passage(bytes([3, 4]), bytes([253, 4]), bytes([9, 0])), 0.5, 0.3), Hit(passage(b"", b""), 0.5, 0.4)])
    assert table[:, NAMES.index("sense")] == pytest.approx([0.8, -1.6, 1.0, 0.4, 0.4])
    assert table[:, NAMES.index("sense_behind")] == pytest.approx([0.2, 2.6, 0.0, 0.6, 0.6])


@pytest.mark.parametrize(("held", "meaning", "about"), [(0.4, -0.5, False), (0.0, 0.11, True), (0.3, -0.2, True), (0.05, -0.06, False)])
def test_what_is_of_another_subject_is_not_answered(held, meaning, about):
    """Neither the words of a question stand in a passage, nor does the embedding see what it asks."""
    table = np.zeros((1, len(QUESTION_NAMES)), dtype=np.float32)
    table[0, QUESTION_NAMES.index("any passage")], table[0, QUESTION_NAMES.index("any meaning")] = held, meaning
    model = {"question": By(lambda table: [0.8]), "question straight": By(lambda table: [0.8]), "subject": By(lambda table: [0.5])}
    assert ranking.answerable(model, table)[0] == pytest.approx(0.8 * about)  # type: ignore[arg-type]


class By:
    """A classifier that says what it is told to."""

    def __init__(self, told) -> None:
        self.told = told

    def probabilities(self, table: np.ndarray) -> np.ndarray:
        return np.array(self.told(table))
