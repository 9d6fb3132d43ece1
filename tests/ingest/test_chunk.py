"""Passages: what holds for any report, where they are cut, and how the real reports come out."""

import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest import readers
from ingest.chunk import LIMIT, chunk
from ingest.markup import read
from rag.documents import Block, Report

SENTENCE = "보고서의 이 문장은 서른 글자쯤 되는 평범한 문장이다. "
REPORTS = ["000_279cff3edfb4f5ae.txt", "001_14cf8c75260baba5.txt", "002_399ead60f118087a.txt", "003_8bcef10be3f5cd1d.txt"]


def check(report):
    """What holds for the passages of any report; returns them."""
    passages = chunk(report)
    covered = [False] * len(report.text)
    for passage in passages:
        assert report.text[passage.start:passage.end] == passage.text
        assert passage.text.strip() == passage.text != ""
        assert len(passage.text) <= LIMIT or [kind for *_, kind, _ in passage.sentences] == ["row"]
        covered[passage.start:passage.end] = [True] * len(passage.text)
        ends = [0]
        for start, end, _, _ in passage.sentences:
            assert ends[-1] <= start < end <= len(passage.text)
            assert not passage.text[ends[-1]:start].strip()  # no word between two sentences
            ends.append(end)
        assert ends[-1] == len(passage.text)
    assert all(done or c.isspace() for done, c in zip(covered, report.text, strict=True))
    assert [p.start for p in passages] == sorted({p.start for p in passages})
    assert [p.end for p in passages] == sorted({p.end for p in passages})
    position = 0
    for block in report.blocks:
        end = position + len(block.text)
        assert any(p.start < end and p.end > position for p in passages)
        position = end + 1
    return passages


WORDS = st.lists(st.one_of(st.sampled_from(["말", "보고서는", "3조원이다.", "2023.04. 10", "(끝)”", "가" * 790, "나" * 50]),
                           st.text("가나다.!? ", min_size=1, max_size=400)), min_size=1, max_size=30)
BLOCK = st.builds(Block, st.sampled_from(["heading", "paragraph", "item", "row"]),
                  WORDS.map(lambda words: " ".join(" ".join(words).split()) or "말"), st.integers(0, 8))


@given(st.lists(BLOCK, max_size=12))
@settings(max_examples=100)
def test_passages_of_any_report(blocks):
    check(Report("제목", tuple(blocks)))


LINES = st.lists(st.one_of(st.text(max_size=120), st.sampled_from(
    ["", "# 제목", "## 절", "- 항목", "1. 하나", "가\t나", "| a | b |", "|---|---|", SENTENCE * 40, "길" * 900, "말 " * 500])), max_size=30)


@given(LINES.map("\n".join))
@settings(max_examples=100)
def test_passages_of_any_text(text):
    check(read(text, "이름"))


def test_a_cut_sentence_does_not_overlap_within_a_passage():
    # one space early, one where the first part must end, and one exactly LIMIT characters from the start
    words = "가" * 10 + " " + "나" * 391 + " " + "다" * 397 + " " + "라" * 400
    assert words[LIMIT] == " "
    passages = check(Report("제목", (Block("paragraph", words),)))
    assert passages[0].text == words[:LIMIT]


def test_a_long_paragraph_is_cut_at_sentence_ends():
    text = (SENTENCE * 60).strip()
    passages = check(Report("제목", (Block("paragraph", text),)))
    assert all(p.text.endswith("문장이다.") and p.text.startswith("보고서의") for p in passages)
    assert len(passages) == -(-len(text) // (LIMIT // len(SENTENCE) * len(SENTENCE)))


def test_only_a_single_long_row_may_be_longer_than_the_limit():
    row = "열: " + "값 " * 600 + "끝"
    passages = check(Report("제목", (Block("heading", "표", 2), Block("paragraph", "다음 표와 같다."), Block("row", row),
                                  Block("row", "열: 둘"))))
    assert [len(p.text) > LIMIT for p in passages] == [False, True, False]
    assert passages[1].text == row


def test_what_introduces_a_list_goes_with_it():
    filler = Block("paragraph", SENTENCE.strip() * 25)
    passages = check(Report("제목", (filler, Block("heading", "추진 과제", 5), Block("paragraph", "과제는 다음과 같다."),
                                  Block("item", "첫째 과제는 데이터를 모으는 일이다."), Block("item", "둘째 과제"))))
    assert [p.text.splitlines()[0] for p in passages] == [filler.text, "추진 과제"]
    assert passages[1].text.splitlines() == ["추진 과제", "과제는 다음과 같다.", "첫째 과제는 데이터를 모으는 일이다.", "둘째 과제"]


def test_the_path_of_headings_and_the_place():
    report = read("# 보고서\n\n## 1장\n\n### 절\n\n글이다.\n\n## 2장\n\n다른 글이다.\n", "이름")
    passages = check(report)
    assert [(p.heading, p.place, p.page) for p in passages] == [("1장 > 절", "1장 > 절", None), ("2장", "2장", None)]
    paged = Report("제목", (Block("heading", "1장", 1, 11, "11쪽"), Block("paragraph", "글이다.", page=12, place="12쪽")))
    assert [(p.place, p.page) for p in check(paged)] == [("11쪽", 11), ("12쪽", 12)]
    sheet = Report("제목", (Block("row", "값: 1", place="시트 매출 5행"), Block("row", "값: 2", place="시트 매출 6행")))
    assert [(p.place, p.page) for p in check(sheet)] == [("시트 매출 5-6행", None)]


def test_a_report_without_blocks_has_no_passages():
    assert chunk(Report("제목", ())) == []


@pytest.mark.parametrize("name", REPORTS)
def test_real_reports_keep_their_words(shared, name):
    file: Path = shared / "reports" / name
    report = readers.read(file.read_bytes(), file)
    check(report)
    original, kept = syllables(file.read_text(encoding="utf-8")), syllables(report.text + report.title)
    lost = sum(max(0, count - kept.get(syllable, 0)) for syllable, count in original.items())
    assert lost <= 0.05 * sum(original.values())


def syllables(text: str) -> dict[str, int]:
    text = unicodedata.normalize("NFC", re.sub(r"!\[[^\]]*\]\([^)]*\)|%[0-9A-F]{2}", "", text))
    counts: dict[str, int] = {}
    for syllable in re.findall("[가-힣]", text):
        counts[syllable] = counts.get(syllable, 0) + 1
    return counts


@pytest.mark.parametrize(("name", "row"), [
    (REPORTS[2], "기업명: 오픈AI | 대표 초거대 AI: GPT-3 | 학습 매개변수 (파라미터): 1750억"),
    (REPORTS[0], "제조사: 샤오미 | 2018년 점유율: 6.9% | 2019년 점유율: 9.2% | 2020년 점유율: 11.2% | 2021년 점유율: 10.1%"),
    (REPORTS[0], "기업명: 구글 | 모델: LaMDA | 파라미터수(억개): 1,370 | 공개 연도: 2022.01."),
    (REPORTS[0], "From: 텍스트 | To: 이미지"),
    (REPORTS[0], "ML Type: Unsupervised Learning (비지도학습) | 기술: GAN"),
    (REPORTS[0], "기술 구조: 트랜스포머 | 기술 with: RLHF"),
])
def test_rows_of_real_tables_carry_the_names_of_their_columns(shared, name, row):
    file = shared / "reports" / name
    rows = [block.text for block in readers.read(file.read_bytes(), file).blocks if block.kind == "row"]
    assert any(row in text for text in rows)


ROWS = [Block("row", f"연도: {2000 + n} | 매출: {n}조원" + " | 비고: 없음" * 8) for n in range(20)]


def test_every_part_of_a_split_table_is_under_its_title():
    title = Block("paragraph", "표 3. 연도별 매출")
    passages = check(Report("제목", (Block("heading", "실적", 2), title, *ROWS, Block("paragraph", "이상이다."))))
    assert len(passages) > 2 and passages[0].text.splitlines()[:2] == ["실적", title.text]
    assert passages[0].heading == "실적"
    assert {p.heading for p in passages[1:]} == {"실적 > 표 3. 연도별 매출"}
    long = Block("paragraph", SENTENCE * 6)
    assert {p.heading for p in check(Report("제목", (Block("heading", "실적", 2), long, *ROWS)))} == {"실적"}


def test_every_part_of_a_split_list_is_under_what_introduces_it():
    items = [block for n in range(8) for block in
             (Block("item", f"{n}번 과제", 0), *(Block("item", f"{n}-{m} " + "일을 한다 " * 12 + "끝", 1) for m in range(4)))]
    passages = check(Report("제목", (Block("paragraph", "과제는 다음과 같다."), *items)))
    for passage in passages[1:]:
        first = passage.text.splitlines()[0]
        parent = f" > {first[0]}번 과제" if first[1] == "-" else ""
        assert passage.heading == "과제는 다음과 같다." + parent
    assert any("번 과제" in passage.heading for passage in passages)


def test_the_rest_of_a_split_table_is_a_passage_of_its_own():
    after = Block("paragraph", "국내 기업의 표는 다음과 같다.")
    passages = check(Report("제목", (Block("heading", "해외", 4), Block("paragraph", "해외 기업의 표"), *ROWS, Block("heading", "국내", 4),
                                  after, Block("row", "기업: 가람"))))
    last = next(p for p in passages if after.text in p.text)
    assert last.heading == "국내" and last.text.startswith("국내\n")


def test_a_title_of_a_table_is_no_statement():
    report = read("# 보고\n\n□ 지원 실적 (단위: 세대)\n\n| 해 | 세대 |\n| --- | --- |\n| 2023 | 120 |\n| 2024 | 140 |\n\n실적은 아래와 같다.\n\n| 가 | 나 |\n| --- | --- |\n| 1 | 2 |\n| 3 | 4 |\n", "보고.md")
    kinds = {one.text[a:b]: kind for one in chunk(report) for a, b, kind, _ in one.sentences}
    assert next(kind for text, kind in kinds.items() if "단위" in text) == "heading"
    assert kinds["실적은 아래와 같다."] == "paragraph"


def test_a_label_stays_with_what_it_opens():
    report = read("# 문답\n\n- 문. 신청은 언제까지인가? 답. 6월 말까지이다. 늦으면 받지 않는다.\n- 문. 어디에 내는가? 답. 구청이다.\n", "문답.md")
    assert [one.text[a:b].lstrip("- ") for one in chunk(report) for a, b, kind, _ in one.sentences if kind != "heading"] == [
        "문. 신청은 언제까지인가?", "답. 6월 말까지이다.", "늦으면 받지 않는다.", "문. 어디에 내는가?", "답. 구청이다."]
