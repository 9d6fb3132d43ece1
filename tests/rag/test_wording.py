"""What the words of an extractive answer keep: every fact of the report, in polite Korean."""

import re

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.contradiction import denies
from rag.sentences import spans
from rag.verdict import verdict, yes_no
from rag.wording import bullets, particle, polite, row

POLITE = """
보증금은 3천만 원이다. -> 보증금은 3천만 원입니다.
연체율이 전년보다 늘었다. -> 연체율이 전년보다 늘었습니다.
상품은 6월에 출시될 예정임 -> 상품은 6월에 출시될 예정입니다.
판매 지역이 급격히 확대됨 -> 판매 지역이 급격히 확대됩니다.
신고서는 전자 문서를 사용함 -> 신고서는 전자 문서를 사용합니다.
수요가 증가할 것으로 전망 -> 수요가 증가할 것으로 전망됩니다.
국내 신용카드 시장 규모 43억달러 -> 국내 신용카드 시장 규모 43억달러입니다.
이사회는 배당을 결의하였다. -> 이사회는 배당을 결의하였습니다.
임차인은 통지하여야 한다. -> 임차인은 통지하여야 합니다.
원고의 청구는 이유 없다. -> 원고의 청구는 이유 없습니다.
이 조항은 적용되지 아니한다. -> 이 조항은 적용되지 아니합니다.
소급하여 적용하지 않는다. -> 소급하여 적용하지 않습니다.
이는 위법이 아니다. -> 이는 위법이 아닙니다.
환자는 운전을 해서는 안 된다. -> 환자는 운전을 해서는 안 됩니다.
항생제는 바이러스에 듣지 못한다. -> 항생제는 바이러스에 듣지 못합니다.
통증이 줄고 열이 내렸다! -> 통증이 줄고 열이 내렸습니다!
1일 최대 용량은 4g이다. -> 1일 최대 용량은 4g입니다.
핵심 부품은 GPU다. -> 핵심 부품은 GPU입니다.
응답률은 12.5%다. -> 응답률은 12.5%입니다.
위원장은 ‘신뢰’다. -> 위원장은 ‘신뢰’입니다.
원인은 고금리였다. -> 원인은 고금리였습니다.
혈압을 낮추기 위해서다. -> 혈압을 낮추기 위해서입니다.
회사가 업계를 이끈다. -> 회사가 업계를 이끕니다.
위원회가 이를 돕는다. -> 위원회가 이를 돕습니다.
절차가 까다롭다 -> 절차가 까다롭습니다.
이런 사례는 드물다. -> 이런 사례는 드뭅니다.
대상이 아님 -> 대상이 아닙니다.
별도의 근거가 없음. -> 별도의 근거가 없습니다.
이용 건수가 20% 줄어듦 -> 이용 건수가 20% 줄어듭니다.
민원이 전년보다 줄었음 -> 민원이 전년보다 줄었습니다.
내년에 도입하겠다. -> 내년에 도입하겠습니다.
하반기에 회복될 수 있을 것이다. -> 하반기에 회복될 수 있을 것입니다.
이익이 늘었다(표 3). -> 이익이 늘었습니다(표 3).
점유율이 올랐다 (2023년 기준) -> 점유율이 올랐습니다 (2023년 기준).
이익은 늘었다. 부채는 줄었다. -> 이익은 늘었습니다. 부채는 줄었습니다.
그는 "매우 높다"고 말했다. -> 그는 "매우 높다"고 말했습니다.
“빚이 늘었다. 이익도 늘었다.”고 밝혔다. -> “빚이 늘었다. 이익도 늘었다.”고 밝혔습니다.
당국이 규제를 강화할 방침 -> 당국이 규제를 강화할 방침입니다.
보완 입법 추진 중 -> 보완 입법 추진 중입니다.
수요가 줄었기 때문 -> 수요가 줄었기 때문입니다.
의사의 처방이 필요 -> 의사의 처방이 필요합니다.
예산 3조원, 인건비 2,000억 원 -> 예산 3조원, 인건비 2,000억 원입니다.
"""
KEPT = """
반도체 시장 전망|향후 추진 계획|결론 및 시사점|제3조|2023년|Ⅱ. 재무 현황|상반기 중|확인 필요|만 65세 이상
이미 접수되었습니다.|신청하세요.|그렇군요|접수할까요?|과연 줄었는가?|이익은 늘었다...|늘었다…
"이익이 늘었다."|“이익이 늘었다.”|‘안전하다’|(부채가 늘었다.)|「민법」|https://example.kr/a?b=1|www.example.kr 참조
Sales grew by 5%.|The court held for A.|전자 투표함|분리 보관함|우편함|중국의 판다|주요 수출국 캐나다|익명 함수 람다
자금 조달의 어려움|큰 어려움|철강의 쓰임|국가의 부름|주가의 움직임|사업의 흐름|손해배상 책임|대표이사 선임|업무 위임|시스템|다음
목표를 3조원|공장을 준공|전년 대비 12% 증가|매출:|습지가 답이다(한지우, 2019)|냉장고\t3대\t41%|1. |–|%|다|이다|임|함|음|좋을 거다.|같이 가자.|제출하라.
"""


@pytest.mark.parametrize("line", POLITE.strip().splitlines())
def test_a_sentence_ends_politely(line):
    plain, wanted = line.split(" -> ")
    assert polite(plain) == wanted
    assert polite(wanted) == wanted


@pytest.mark.parametrize("text", [text for line in KEPT.strip().splitlines() for text in line.split("|")])
def test_what_is_polite_quoted_asked_or_a_heading_stays(text):
    assert polite(text) == text


def test_each_line_is_a_sentence_of_its_own():
    assert polite(" 부채가 늘었음\n\n향후 계획\n이익은 줄었음 ") == " 부채가 늘었습니다.\n\n향후 계획\n이익은 줄었습니다. "
    assert polite("") == ""


ENDINGS = ["이다", "늘었다", "아님", "확대됨", "예정", "3조원", "12%", "한다", "없다.", "않는다.", "GPU다.", "말했다", "”고 한다", "중", "필요", "(표 3)", "전망"]
PIECES = st.sampled_from([*ENDINGS, "매출은 ", "2023년 ", " ", ". ", "\n", "“", "”", '"', "(", ")", "1,234", "GPT-4", "을 ", "가 ", "의 ", "?", "할 ", "것으로 "])
TEXTS = st.lists(PIECES | st.text(max_size=4) | st.text("가나다라이입니음함됨임.%( )", max_size=6), max_size=12).map("".join)


@hypothesis.settings(max_examples=200)
@given(TEXTS)
def test_only_the_last_word_of_a_sentence_changes(text):
    changed = polite(text)
    assert polite(changed) == changed
    assert re.findall(r"\d[\d,.]*\d|\d", changed) == re.findall(r"\d[\d,.]*\d|\d", text)
    assert re.findall("[A-Za-z]+", changed) == re.findall("[A-Za-z]+", text)
    last = {end for start, end in spans(text)} | {match.start() for match in re.finditer(r"\s*(?:\n|$)", text)}
    words = list(re.finditer(r"\S+", text))
    assert len(words) == len(changed.split())
    for word, new in zip(words, changed.split(), strict=True):
        if new != word[0]:
            tail = text[word.end():]
            assert word.end() in last or re.match(r" ?\([^()]*\)[.!。]?\s*", tail) or re.search(r"\([^()]*$", text[:word.end()])


@pytest.mark.parametrize("word, wanted", [
    ("네이버", "는"), ("삼성", "은"), ("2040", "은"), ("2021", "은"), ("2", "는"), ("3", "은"), ("5", "는"), ("100", "은"), ("1,000,000,000,000", "는"),
    ("GPT", "는"), ("LLM", "은"), ("URL", "은"), ("AI", "는"), ("Google", "은"), ("Amazon", "은"), ("5kg", "은"), ("3km", "는"), ("12%", "는"),
    ("서울(2023)", "은"), ("‘신뢰’", "는"), ("", "는"), ("℃", "는")])
def test_a_particle_follows_the_word_as_read(word, wanted):
    assert particle(word, "은", "는") == wanted


def test_ro_follows_l_without_final():
    assert [particle(word, "으로", "로") for word in ("서울", "부산", "대구", "7", "3", "URL")] == ["로", "으로", "로", "로", "으로", "로"]


BANK = [("은행", "한강은행"), ("대출금(억원)", "5,400"), ("연체율(%)", "0.42"), ("설립 연도", "1998년"), ("평가", "위험이 줄었다.")]


@pytest.mark.parametrize("cells, asked, wanted", [
    (BANK, ["한강은행", "대출금"], "한강은행의 대출금은 5,400억 원입니다."),
    (BANK, [], "한강은행: 대출금 5,400억 원, 연체율 0.42%, 설립 연도 1998년, 평가 위험이 줄었다."),
    (BANK, ["연체율"], "한강은행의 연체율은 0.42%입니다."),
    (BANK, ["연체율", "설립"], "한강은행은 연체율이 0.42%, 설립 연도가 1998년입니다."),
    (BANK, ["평가"], "한강은행의 평가: 위험이 줄었습니다."),
    (BANK[:2], [], "한강은행의 대출금은 5,400억 원입니다."),
    ([("회사", "A사"), ("2022년 매출", "3조 원"), ("2023년 매출", "4조 원")], ["2023", "매출"], "A사의 2023년 매출은 4조 원입니다."),
    ([("회사", "A사"), ("2022년 매출", "3조 원"), ("2023년 매출", "4조 원")], ["매출"], "A사는 2022년 매출이 3조 원, 2023년 매출이 4조 원입니다."),
    ([("회사", "A사"), ("공개 연도", "2020년"), ("특징", "연구자에게만 공개한 가장 큰 모델"), ("비고", "없음")], ["공개"], "A사는 공개 연도가 2020년, 특징이 연구자에게만 공개한 가장 큰 모델입니다."),
    ([("공장", "나래 공장"), ("설립 연도", "2020년"), ("내용", "나래 공장의 둘째 동"), ("비고", "없음")], ["나래", "공장", "설립"], "나래 공장의 설립 연도는 2020년입니다."),
    ([("번호", "7"), ("병원", "가온"), ("병상(단위: 개)", "300")], ["병상"], "가온의 병상은 300개입니다."),
    ([("연도", "2023"), ("예산 [백만원]", "5,200")], ["예산"], "2023년의 예산은 5,200백만 원입니다."),
    ([("약", "가나정"), ("제조사", "LLM"), ("용량(mg)", "미정")], ["llm", "용량"], "가나정은 제조사가 LLM, 용량(mg)이 미정입니다."),
    ([("", ""), ("법률", "민법"), ("시행일", "2024년 1월")], ["시행일"], "시행일은 2024년 1월입니다."),
    ([("", ""), ("법률", "민법"), ("시행일", "")], [], "법률은 민법입니다."),
    ([("", "대표"), ("", "한지우")], [], "대표: 한지우"),
    ([("기관", "가온"), ("업무", "심사, 조정"), ("비고", "-")], [], "가온: 업무 심사, 조정; 비고 -"),
    ([("기관", "가온")], [], "기관은 가온입니다."), ([("기관", "")], [], ""), ([], [], "")])
def test_a_row_is_a_sentence(cells, asked, wanted):
    assert row(cells, asked) == wanted


def test_a_row_of_which_nothing_is_asked_stays_short():
    assert len(row([(f"항목{n}", "가나다라 " * 4 + "값") for n in range(40)], [])) <= 260


CELLS = st.lists(st.tuples(st.text("가나 (억원)%A1", max_size=8), st.text("가나다 1,.%A-", max_size=12)), max_size=6)


@hypothesis.settings(max_examples=100)
@given(CELLS, st.lists(st.text("가나A1", min_size=1, max_size=3), max_size=3))
def test_a_row_says_nothing_that_is_not_in_it(cells, asked):
    said, there = row(cells, asked), " ".join(f"{name} {value}" for name, value in cells)
    assert bool(said) == any(value.strip() for _, value in cells)
    assert set(re.findall("[1A]", said)) <= set(there)


@hypothesis.settings(max_examples=200)
@given(st.lists(st.text("가나 다라ab.,", max_size=60), max_size=15), st.integers(0, 400))
def test_bullets_fit(items, limit):
    lines = bullets(items, limit)
    assert len("\n".join(lines)) <= limit or not lines
    full = [" ".join(item.split()) for item in items if item.strip()]
    if len("\n".join(f"- {text}" for text in full)) <= limit:
        assert lines == [f"- {text}" for text in full]
    for line, text in zip(lines, full, strict=False):
        assert line == f"- {text}" or (line.endswith("…") and text.startswith(line[2:-1].rstrip()))


def test_the_longest_items_are_cut_first_and_between_words():
    items = ["• 공장 자동화", "- 부품 국산화를 통한 원가 절감과 공급망의 안정적 확보", "해외 지사 설립"]
    assert bullets(items, 47) == ["- 공장 자동화", "- 부품 국산화를 통한 원가 절감과 공급망의…", "- 해외 지사 설립"]
    assert len(bullets(["가" * 40] * 20, 200)) == 20
    assert 0 < len(bullets(["가" * 40] * 20, 90)) < 20


@pytest.mark.parametrize("question", [
    "매출이 늘었나요?", "이 계약은 무효인가요?", "항소할 수 있나요", "임산부도 먹어도 되나요?", "법이 시행됐는지 알려줘", "적자야?", "시행됩니까?", "누구나 신청할 수 있나요?",
    "언제든지 해지할 수 있나요?", "통계가 왜곡되었나요?", "효과가 있는지 궁금합니다", "금리가 오를까?", "담보가 필요한가요?"])
def test_a_question_of_yes_or_no(question):
    assert yes_no(question)


@pytest.mark.parametrize("question", [
    "매출이 얼마나 늘었나요?", "대표는 누구인가요?", "왜 줄었나요?", "언제 시행되나요?", "몇 명인가요?", "어느 나라인가요?", "장점은 무엇인가요?", "매출은?", "요약해 줘", "매출을 알려줘",
    "설명해 줄 수 있나요?", "연락처를 알 수 있을까요?", "매출이 늘었다.", "찬성인가요 반대인가요?", "오르나요, 아니면 내리나요?", "어떤 약인가요?", "어디에 있나요?", ""])
def test_any_other_question(question):
    assert not yes_no(question)
    assert verdict(question, "매출이 늘었다.") is None


VERDICTS = """
직원도 면담을 하나요? | 모임에는 관여한 직원을 넣지 않되, 면담은 반드시 한다. | None
가온의 매출은 증가했나요? | 가온의 매출은 증가했다. | True
가온의 매출은 증가했나요? | 가온의 매출은 12% 증가하였다. | True
가온의 매출은 증가했나요? | 가온의 매출은 증가하지 않았다. | False
가온의 매출은 증가했나요? | 가온의 매출은 감소하였다. | False
가온의 매출은 늘었나요? | 가온의 매출은 감소하지 않았다. | None
가온의 매출은 늘었나요? | 나래의 매출은 늘었다. | None
가온의 매출은 늘었나요? | 가온의 매출은 늘어날 전망이다. | None
가온의 매출은 늘었나요? | 가온의 매출은 2019년 줄었다. | None
매출은 늘었나요? | 매출 원가는 늘었다. | None
매출은 늘었나요? | 해외 매출은 늘었다. | None
매출이 늘었나요? | 매출이 아니라 이익이 늘었다. | None
매출이 늘었나요? | 매출이 늘었다는 보도는 사실이 아니다. | None
매출이 10% 늘었나요? | 매출이 10% 늘었다. | True
매출이 10% 늘었나요? | 매출이 12% 늘었다. | None
임기는 5년인가요? | 임기는 3년이고 위원은 5명이다. | None
영업이익은 증가했나요? | 매출은 증가했고 영업이익은 감소했다. | False
매출은 증가했나요? | 매출은 증가했고 영업이익은 감소했다. | True
회사는 흑자를 냈나요? | 회사는 적자를 냈다. | False
위원회는 안건에 찬성했나요? | 위원회는 안건에 반대했다. | False
회원이 찬성했나요? | 일부 회원이 찬성했다. | None
가람이 나래를 인수했나요? | 나래가 가람을 인수했다. | None
A는 B보다 높나요? | B는 A보다 높다. | None
계약을 취소할 수 있나요? | 계약을 취소할 수 있다. | True
계약을 취소할 수 있나요? | 계약을 취소할 수 없습니다. | False
계약을 취소할 수 있나요? | 계약을 취소하지 못할 수 있다. | None
계약을 취소할 수 있나요? | 14일이 지나면 계약을 취소할 수 없다. | None
서류를 내야 하나요? | 서류를 내야 합니다. | True
임산부가 복용해도 되나요? | 임산부는 복용해서는 안 된다. | False
임산부가 복용하면 안 되나요? | 임산부가 복용하면 안 된다. | True
신고해도 되나요? | 신고하지 않아도 된다. | None
학생이 대상인가요? | 학생은 대상이 아니다. | False
이용이 가능한가요? | 이용이 불가능하다. | False
근거가 있나요? | 근거가 없다. | False
근거가 없나요? | 근거가 없다. | True
근거가 없나요? | 근거가 있다. | None
법은 시행됐나요? | 법은 시행될 예정이다. | None
법은 시행됐나요? | 법은 시행되었는가? | None
법은 시행됐나요? | 법 시행 | None
"""


@pytest.mark.parametrize("line", VERDICTS.strip().splitlines())
def test_a_verdict_is_given_only_where_it_is_certain(line):
    question, sentence, wanted = line.split(" | ")
    assert str(verdict(question, sentence)) == wanted


@pytest.mark.parametrize(("question", "sentence", "denied"), [
    ("지역주민도 대출을 연장할 수 있나요?", "신분: 지역주민 | 기간: 10일 | 대출 연장: 불가", True), ("집단감염 때 사망자 나왔어?", "입원은 7명이었고 사망자는 없었다.", True),
    ("지역주민도 대출을 연장할 수 있나요?", "지역주민은 대출을 한 번 연장할 수 있다.", False), ("사망자는 없었어?", "사망자는 없었다.", False),
    ("등록금은 무료인가요?", "등록금을 받지 않는다.", False)])  # what denies a price
def test_whether_a_sentence_denies_what_is_asked(question, sentence, denied):
    assert denies(question, sentence) is denied


def test_what_a_sentence_denies_is_answered_no(assistant_over):
    assistant = assistant_over({"도서관.md": "# 도서관 안내\n\n## 대출\n\n지역주민은 대출을 연장할 수 없다. 재학생은 대출을 두 번 연장할 수 있다.\n"})
    assert assistant.ask("지역주민도 대출을 연장할 수 있나요?").text.startswith("아니요, ")
    assert not assistant.ask("재학생은 대출을 몇 번 연장할 수 있어?").text.startswith("아니요")


@hypothesis.settings(max_examples=100)
@given(TEXTS, TEXTS)
def test_a_verdict_can_be_asked_of_any_texts(question, sentence):
    assert verdict(question, sentence) in (None, True, False)
    assert verdict(f"{question} 늘었나요?", f"{sentence} 늘었다.") in (None, True, False)
