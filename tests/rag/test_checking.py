"""What of a model's words is kept: by hand, case by case, and for any words at all."""

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage

from rag.answers import MEANWHILE, NO_ANSWER, READING
from rag.checking import check
from rag.documents import Passage, Sentence
from rag.generative import BESIDES, FALLBACK, PARTIAL, UNSURE, WITHHELD, GenerativeAnswerer
from rag.morphemes import morphemes
from tests.rag import facts
from tests.rag.test_answerers import check_answer


def passage(number: int, *lines: str, title: str = "산업 보고서") -> Passage:
    """A passage of these lines, each a sentence of its own."""
    text, found = "\n".join(lines), []
    for line, words in zip(lines, morphemes(lines), strict=True):
        start = text.index(line)
        found.append(Sentence(start, start + len(line), "row" if "|" in line else "paragraph", 0, tuple(words)))
    return Passage(f"p-{number}", "산업.md", title, None, "1쪽", "", text, 0, len(text), tuple(found))


SALES, STAFF, GROWTH = ("가람전자의 2023년 매출은 3,120억 원으로 집계되었다.", "가람전자의 직원은 4,800명이다.",
                        "수출은 작년보다 줄어들지 않았다.")
TABLE = "제품: 냉장고 | 판매량(만 대): 54 | 비중: 41%"
PASSAGES = (passage(1, SALES, "영업이익은 210억 원이었다."), passage(2, STAFF, GROWTH), passage(3, TABLE))


@pytest.mark.parametrize(("said", "shown", "quotes"), [
    # kept, wherever the marker stands
    ("가람전자의 2023년 매출은 3,120억 원입니다 [1].", "가람전자의 2023년 매출은 3,120억 원입니다. [1]", [SALES]),
    ("가람전자의 2023년 매출은 3,120억 원입니다. [1]", "가람전자의 2023년 매출은 3,120억 원입니다. [1]", [SALES]),
    ("가람전자의 2023년 매출은 3,120억 원입니다.[1]", "가람전자의 2023년 매출은 3,120억 원입니다. [1]", [SALES]),
    ("가람전자의 [1] 2023년 매출은 3120억원입니다.", "가람전자의 2023년 매출은 3120억원입니다. [1]", [SALES]),
    ("가람전자의 2023년 매출은 3,120억 원입니다[ 1 ].", "가람전자의 2023년 매출은 3,120억 원입니다. [1]", [SALES]),
    # corrected: another's number, one out of range, none, several
    ("가람전자의 2023년 매출은 3,120억 원입니다 [2].", "가람전자의 2023년 매출은 3,120억 원입니다. [1]", [SALES]),
    ("가람전자의 2023년 매출은 3,120억 원입니다 [7].", "가람전자의 2023년 매출은 3,120억 원입니다. [1]", [SALES]),
    ("가람전자의 2023년 매출은 3,120억 원입니다 [0].", "가람전자의 2023년 매출은 3,120억 원입니다. [1]", [SALES]),
    (f"가람전자의 2023년 매출은 3,120억 원입니다 [{'9' * 5000}].", "가람전자의 2023년 매출은 3,120억 원입니다. [1]", [SALES]),
    ("가람전자의 2023년 매출은 3,120억 원입니다.", "가람전자의 2023년 매출은 3,120억 원입니다. [1]", [SALES]),
    ("가람전자의 2023년 매출은 3,120억 원입니다 [1, 2].", "가람전자의 2023년 매출은 3,120억 원입니다. [1]", [SALES]),
    ("가람전자의 2023년 매출은 3,120억 원입니다 [2][1].", "가람전자의 2023년 매출은 3,120억 원입니다. [1]", [SALES]),
    ("가람전자의 2023년 매출은 3,120억 원입니다 [[2]1].", "가람전자의 2023년 매출은 3,120억 원입니다. [1]", [SALES]),
    # numbered in the order in which they are cited, each place once
    ("직원은 4,800명입니다 [2]. 가람전자의 2023년 매출은 3,120억 원입니다 [1].",
     "직원은 4,800명입니다. [1] 가람전자의 2023년 매출은 3,120억 원입니다. [2]", [STAFF, SALES]),
    ("가람전자 직원은 4,800명입니다 [2]. 직원이 4,800명인 회사입니다 [2].",
     "가람전자 직원은 4,800명입니다. [1] 직원이 4,800명인 회사입니다. [1]", [STAFF]),
    ("직원은 4,800명입니다 [2]. 직원은 4,800명입니다. [2] 직원은 4,800명입니다 [2].", "직원은 4,800명입니다. [1]", [STAFF]),
    # a marker that the model broke off
    ("가람전자의 직원은 4,800명이다 [ [2", "가람전자의 직원은 4,800명이다 [1]", [STAFF]),
    # a list, and what Markdown adds
    ("- 가람전자의 **직원**은 4,800명 [2]\n- 영업이익은 210억 원 [1]",
     "- 가람전자의 직원은 4,800명 [1]\n- 영업이익은 210억 원 [2]", [STAFF, "영업이익은 210억 원이었다."]),
    ("다음과 같습니다.\n1. 가람전자의 직원은 4,800명이다 [2].", "- 가람전자의 직원은 4,800명이다. [1]", [STAFF]),
    # dropped: another number, unit, name; a denial added or lost; no word of it; nothing but a marker
    ("가람전자의 2023년 매출은 3,210억 원입니다 [1].", "", []),
    ("가람전자의 2023년 매출은 3,120만 원입니다 [1].", "", []),
    ("가람전자의 2023년 매출은 3,120억 달러입니다 [1].", "", []),
    ("삼성전자의 2023년 매출은 3,120억 원으로 집계되었습니다 [1].", "", []),
    ("Samsung의 2023년 매출은 3,120억 원으로 집계되었습니다 [1].", "", []),
    ("가람전자의 2023년 매출은 3,120억 원이 아닙니다 [1].", "", []),
    ("수출은 작년보다 줄어들었다 [2].", "", []),
    ("수출은 작년보다 줄어들지 않았습니다 [2].", "수출은 작년보다 줄어들지 않았습니다. [1]", [GROWTH]),
    ("본사는 달의 뒷면으로 이전할 계획이라고 밝혔다 [1].", "", []),
    ("[1]", "", []),
    ("", "", []),
    # a unit in the column's name counts; another unit does not
    ("냉장고의 판매량은 54만 대입니다 [3].", "냉장고의 판매량은 54만 대입니다. [1]", [TABLE]),
    ("냉장고의 판매량 비중은 41퍼센트입니다 [3].", "냉장고의 판매량 비중은 41퍼센트입니다. [1]", [TABLE]),
    ("냉장고의 판매량은 54억 대입니다 [3].", "", []),
    # what stands is kept where its neighbour falls
    ("직원은 4,800명입니다 [2]. 직원은 9,900명입니다 [2].", "직원은 4,800명입니다. [1]", [STAFF]),
])
def test_a_sentence_is_kept_corrected_or_dropped(said, shown, quotes):
    text, citations = check(said, PASSAGES)
    assert (text, [citation.quote for citation in citations]) == (shown, quotes)


def test_who_made_a_report_may_stand_in_the_name_of_its_file_alone():
    ours = passage(1, "우리는 올해 성장률을 1.8%로 보았다.", title="연간 전망")
    said = "온새미증권은 올해 성장률을 1.8%로 보았습니다 [1]."
    assert check(said, (ours,)) == ("", ())
    assert check(said, (replace(ours, source="전망/온새미증권_2025년.pdf"),))[0] == "온새미증권은 올해 성장률을 1.8%로 보았습니다. [1]"


def test_a_growing_draft_holds_each_sentence_once(monkeypatch):
    from rag import checking

    held: list[str] = []
    support = checking.support
    monkeypatch.setattr(checking, "support", lambda words, *places: held.append(words) or support(words, *places))
    drafted = [f"{STAFF} [2]", "달에는 토끼가 산다 [1].", f"{GROWTH} [2]"]
    memo: dict = {}
    growing = [list(checking.checked(drafted[:n], PASSAGES, memo)) for n in (1, 2, 3)]
    assert len(held) == 3 and growing[-1] == list(checking.checked(drafted, PASSAGES))


@pytest.mark.parametrize(("told", "said", "stands"), [
    # which way, whatever the word
    ("대기 시간은 11일에서 6일로 짧아졌다.", "대기 시간은 6일로 단축되었습니다.", True),
    ("대기 시간은 11일에서 6일로 짧아졌다.", "대기 시간은 6일로 길어졌습니다.", False),
    ("금리 차는 연말에 40bp로 벌어질 전망이다.", "금리 차는 연말에 40bp로 좁혀질 전망입니다.", False),
    ("비용을 줄여 수익을 높였다.", "비용을 줄여 수익이 낮아졌습니다.", False),
    ("수출이 큰 폭으로 줄었다.", "수출이 크게 감소했습니다.", True),
    # a denial belongs to its clause
    ("공장은 늘었고 창고는 짓지 않았다.", "공장은 늘었습니다.", True),
    ("공장은 늘었고 창고는 짓지 않았다.", "창고는 지었습니다.", False),
    ("예산안은 회의에서 부결되었다.", "예산안은 회의에서 부결되지 않았습니다.", False),
    ("시각을 저녁이 아니라 아침으로 입력했다.", "시각을 아침으로 입력했습니다.", True),
    ("완성에는 닷새밖에 걸리지 않았다.", "완성에는 닷새가 걸렸습니다.", True),
    # another name in the same place
    ("풍력 분석은 민재호 연구위원이 맡았다.", "풍력 분석은 조은섭 연구위원이 맡았습니다.", False),
    ("배달은 지역자활센터가 맡는다.", "배달은 노인복지관이 맡습니다.", False),
    # another name in a list, in the place of its neighbour's, or at the end of a word that stands there
    ("첨가제는 유당수화물, 셀룰로오스, 탤크이다.", "첨가제는 유당수화물, 셀룰로오스, 이산화티타늄입니다.", False),
    ("단속은 교통정책과가 맡는다.", "단속은 교통안전과가 맡습니다.", False),
    ("하이드로바는 수전해 설비를 만든다.", "Hydrova는 수전해 설비를 만듭니다.", True),
    # amounts however they are written, rounded where it says so
    ("가입자는 4만 1천 명이다.", "가입자는 41,000명입니다.", True),
    ("가입자는 4만 1천 명이다.", "가입자는 14,000명입니다.", False),
    ("예산은 4,260백만원이다.", "예산은 42억 6천만 원입니다.", True),
    ("예산은 4,260백만원이다.", "예산은 426억 원입니다.", False),
    ("인구는 410,372명이다.", "인구는 약 41만 명입니다.", True),
    ("인구는 410,372명이다.", "인구는 41만 명입니다.", False),
    ("방은 하루 세 번 환기한다.", "방은 하루 3회 환기합니다.", True),
    ("회사: 세움 | 순이익(억원): 12,400", "세움의 순이익은 1조 2,400억 원입니다.", True),
    ("회사: 세움 | 순이익(억원): 12,400", "세움의 순이익은 12,400만 원입니다.", False),
    ("재원 기간은 평균 8.6일(2023년 9.8일)이다.", "평균 재원 기간은 8.6일로 2023년에는 9.8일이었습니다.", True),
    # better or worse, whichever way the scale goes
    ("농도는 2.9에서 2.7로 낮아졌다.", "농도는 2.9에서 2.7로 개선되었습니다.", True),
    # what is done for a purpose does not go up or down
    ("부담이 커지면서 회사는 현지 조립을 검토한다.", "회사는 부담을 덜기 위해 현지 조립을 검토합니다.", True),
    # how far two figures are apart, how many times one is of the other, in words of everyday
    ("계약은 2024년 39건에서 2025년 88건으로 늘었다.", "계약은 2025년 88건으로 두 배를 넘었습니다.", True),
    ("계약은 2024년 39건에서 2025년 88건으로 늘었다.", "계약은 2025년 88건으로 세 배를 넘었습니다.", False),
    ("발전원: 석탄 | 2023년(GW): 39.1 | 2025년(GW): 36.9", "석탄은 2025년 36.9GW로 2023년보다 2.2GW 줄었습니다.", True),
    ("발전원: 석탄 | 2023년(GW): 39.1 | 2025년(GW): 36.9", "석탄은 2025년 36.9GW로 2023년보다 2.2GW 늘었습니다.", False),
    ("발전원: 석탄 | 2023년(GW): 39.1 | 2025년(GW): 36.9", "석탄은 2025년 36.9MW입니다.", False),
    ("퇴사자는 한 해 여덟 명에서 세 명으로 줄었다.", "퇴사자는 한 해 8명에서 5명으로 줄었습니다.", False),
    ("쓰는 기업은 41.7%이다.", "쓰는 기업은 열 곳 가운데 네 곳꼴인 41.7%입니다.", True),
    ("전기료는 두 해 사이 43% 뛰었다.", "전기료는 2년 사이 43% 올랐습니다.", True),
    ("전기료는 두 해 사이 43% 뛰었다.", "전기료는 2년 사이 43% 내렸습니다.", False),
    ("청약은 열흘 안에 물릴 수 있다.", "청약은 10일 안에 물릴 수 있습니다.", True),
    ("비율은 2027년까지 절반을 유지한다.", "비율은 2027년까지 50%를 유지합니다.", True),
    ("기름은 리터당 1만 2,000원이 든다.", "기름은 1리터에 12,000원이 듭니다.", True),
    ("상담 | 만족도(점): 3.0", "상담 만족도는 5점 만점에 3.0점입니다.", True),
    ("2022년 11월에 공개했고 47일 만에 이용자 1억 명을 넘었다.", "공개한 지 47주 만에 이용자 1억 명을 넘었습니다.", False),
    ("회사: 세움 | 매출(억 달러): 2,870", "세움은 2024 회계연도에 매출 2,870억 달러를 거두었습니다.", False),  # the year stands nowhere
    ("2024 회계연도에 세움은 매출 2,870억 달러를 거두었다.", "세움은 2024 회계연도에 매출 2,870억 달러를 거두었습니다.", True),
    ("전환율은 목표 20%에 못 미치는 11.4%이다.", "전환율은 11.4%로 목표 20%를 밑돌았습니다.", True),
    ("전환율은 목표 20%에 못 미치는 11.4%이다.", "전환율은 11.4%로 목표 20%를 웃돌았습니다.", False),
    ("시운전 | 당초: 2025-04-01 | 변경: 2025-06-16", "시운전은 2025년 4월 1일에서 2025년 6월 16일로 미뤄졌습니다.", True),
    # another month than the place's own, whatever stands over it; another column; another's brackets
    ("지난 12월 사전을 버전2로 올렸다.", "사전은 2023년 1월 버전2로 올렸습니다.", False),
    ("나라: Mexico | Gross Sales: $138 | Sales: $130", "Mexico의 매출(Sales) 금액은 138달러입니다.", False),
    ("나라: Mexico | Gross Sales: $138 | Sales: $130", "Mexico의 Gross Sales 금액은 138달러입니다.", True),
    ("중국: Wudao(BAAI), Pangu(화웨이)", "Pangu는 BAAI의 모델입니다.", False),
    ("중국: Wudao(BAAI), Pangu(화웨이)", "Pangu는 화웨이의 모델입니다.", True),
    # a name alone denies nothing, and one of two spellings is enough
    ("독일 감독기구가 접속 금지를 검토하지 않았다.", "독일 감독기구", True),
    ("Bard는 정보를 찾는 도구라기보다는 쓰는 도구이다.", "바드(Bard)는 정보를 찾는 도구보다는 쓰는 도구입니다.", True),
    ("화재 점수는 리튬전지가 아닌 흐름전지를 쓴 하람전력이 만점이다.", "화재 점수는 흐름전지를 쓴 하람전력이 만점입니다.", True),
    # a bound is no turn, nor is rain that falls; a prefix makes no other name; a name counts whole
    ("지원금은 세대당 700만원을 넘을 수 없다.", "지원금은 세대당 아무리 많아도 700만원을 넘을 수 없습니다.", True),
    ("사업자는 과징금을 절반까지 깎아 준다.", "사업자는 과징금을 최대 절반까지 깎아 줍니다.", True),
    ("비가 잦아 관람객이 늘었다.", "비가 자주 내려 관람객이 늘었습니다.", True),
    ("방문 비율은 26.8%로 떨어졌다.", "재방문 비율은 26.8%로 떨어졌습니다.", True),
    ("'부름버스'의 하루 평균 이용객은 287명이다.", "하루에 부름버스를 타는 승객은 평균 287명입니다.", True),
    # what was the cause is a clause of its own
    ("베트남산 자몽에서 과실파리를 찾아 넉 달 동안 반입을 멈추었다.", "베트남산 자몽은 과실파리가 나온 바람에 넉 달 동안 반입하지 못했습니다.", True),
    ("일본만 줄었다.", "일본만 감소했습니다.", True),
    ("일본만 줄었다.", "일본만 증가했습니다.", False),
    # two sentences as one
    ("한빛호는 3월에 진수했다.\n울산에서 건조하였고 길이는 90m이다.", "한빛호는 3월에 진수했고 길이는 90m입니다.", True),
])
def test_what_a_place_says_otherwise(told, said, stands):
    assert bool(check(f"{said} [1]", (passage(1, *told.split("\n"), title="2023년 1월 동향"),))[0]) == stands


def test_fewer_words_are_enough_where_the_two_mean_alike():
    told = passage(1, "물결이 1.5m를 넘으면 배는 뜨지 못한다.")
    said = "파도가 1.5m보다 높으면 배는 다닐 수 없습니다."
    assert check(said, (told,)) == ("", ()) == check(said, (told,), alike=lambda one, other: False)
    assert check(said, (told,), alike=lambda one, other: other in told.text)[0] == f"{said} [1]"
    assert check("서버는 지하 창고에 보관합니다.", (told,), alike=lambda one, other: True) == ("", ())  # but not none


def answered(evidence, *pieces: str):
    """All answers of the stream, the last of which counts, where a model gives these pieces."""

    class Model(GenericFakeChatModel):
        def _stream(self, *args, **kwargs):
            from langchain_core.messages import AIMessageChunk
            from langchain_core.outputs import ChatGenerationChunk

            for piece in pieces:
                yield ChatGenerationChunk(message=AIMessageChunk(content=piece))

    return list(GenerativeAnswerer(Model(messages=iter([AIMessage("")])), "fake").stream(evidence))


@pytest.mark.parametrize("thought", [
    "<think>\n\n</think>\n\n", "<think>매출은 9조 원일까? [3]</think>", "매출은 9조 원일까? [3]\n</think>\n\n",
])
def test_thoughts_are_no_answer(evidence_of, thought):
    *_, last = answered(evidence_of(facts.QUESTION), *thought, *(facts.SENTENCE[:-1] + " [1]."))
    check_answer(last)
    assert last.text == facts.SENTENCE + " [1]"


def test_an_unfinished_thought_falls_back(evidence_of):
    meanwhile, last = answered(evidence_of(facts.QUESTION), "<thi", "nk>매출은 ", "9조 원일까? ")
    check_answer(last)
    assert (meanwhile.answerer, meanwhile.notice) == ("extractive", MEANWHILE)
    assert (last.answerer, last.notice) == ("extractive", FALLBACK)


@pytest.mark.parametrize("said", ["", "   \n", "무슨 말인지 모르겠네요.", "달에는 토끼가 산다 [1]."])
def test_what_nothing_bears_out_is_replaced_and_says_so(evidence_of, said):
    *_, last = answered(evidence_of(facts.QUESTION), said)
    check_answer(last)
    assert (last.answerer, last.notice) == ("extractive", FALLBACK)
    assert "3,120억" in last.text


def test_where_the_reports_words_answer_nothing_it_is_not_said_that_they_do(evidence_of):
    first, *_, last = answered(evidence_of(facts.UNANSWERABLE), "달에는 토끼가 산다 [1].")
    assert not first.found and first.notice.startswith(READING) and not last.found and last.notice.startswith(UNSURE)


@pytest.mark.parametrize("said", [NO_ANSWER, f" {NO_ANSWER} ", "보고서에는 이 질문에 대한 내용이 없습니다", f"{NO_ANSWER} [1]"])
def test_a_models_refusal_is_ours(evidence_of, said):
    *_, last = answered(evidence_of(facts.QUESTION), *said)
    check_answer(last)
    assert not last.found and last.answerer == "fake" and last.notice


@pytest.mark.parametrize("pieces", [
    f"{facts.SENTENCE} [1] 가람전자의 2023년 매출은 9,999억 원이다. [1] {facts.SENTENCE[:-1]}고 한다. [2]\n\n직원은 [x] 많다. [3] <b>",
    [facts.SENTENCE[:5], facts.SENTENCE[5:], " ", "[", "1", "]", " 그리고", " [", "[2", "]1", "]", "끝. 또"],
    ["<", "think", ">생각. 더 생각.", "</", "think>", "\n\n", facts.SENTENCE, "[1]", " <", "1 이다."],
])
def test_the_reports_own_words_stand_first_and_checked_sentences_replace_them(evidence_of, pieces):
    first, *growing = answered(evidence_of(facts.QUESTION), *pieces)
    check_answer(first)
    assert (first.answerer, first.notice) == ("extractive", MEANWHILE)
    for answer in growing:
        check_answer(answer)
        assert answer.answerer == "fake" and answer.text.startswith(facts.SENTENCE[:-1]) and answer.citations
    texts = [answer.text for answer in growing]
    assert texts and all(later.startswith(text) for text, later in zip(texts, texts[1:], strict=False))
    assert "9,999" not in texts[-1] and "think" not in texts[-1]


def test_how_many_sentences_were_withheld_is_said(evidence_of):
    *_, last = answered(evidence_of(facts.QUESTION), f"{facts.SENTENCE} [1] 본사는 달에 있다 [1]. 직원은 9명이다 [1].")
    assert last.text == f"{facts.SENTENCE} [1]" and last.notice == WITHHELD.format(2)


def test_the_prompts_own_lines_and_the_question_are_no_answer_but_a_reports_numbered_lines_are(evidence_of):
    evidence = evidence_of(facts.QUESTION)
    first = evidence.hits[0].passage
    listed = replace(first, text=f"특징은 다음과 같다.\n1. {facts.SENTENCE}", sentences=passage(1, "특징은 다음과 같다.", f"1. {facts.SENTENCE}").sentences)
    hits = tuple(replace(hit, passage=listed) if hit.passage == first else hit for hit in evidence.hits)
    *_, last = answered(replace(evidence, hits=hits), f"[1] {first.title} · {first.place}\n{facts.QUESTION}\n1. {facts.SENTENCE}")
    assert last.text == f"- {facts.SENTENCE} [1]" and last.notice is None


@pytest.mark.parametrize(("question", "said", "notice"), [
    ("가람전자 매출은 얼마야?", "가람전자의 매출 [1]", FALLBACK),  # nothing but the question's own words
    ("가람전자 매출은 언제 집계되었어?", "가람전자의 매출은 3,120억 원입니다 [1].", BESIDES),
    ("가람전자의 매출은 왜 집계되었어?", "가람전자의 매출은 3,120억 원입니다 [1].", BESIDES),  # no cause
    ("딥페이크 피해 사례 알려줘", f"{facts.SENTENCE} [1]", UNSURE),  # of something else
    ("가람전자의 전화번호는 뭐야?", "가람전자의 매출은 3,120억 원입니다 [1].", UNSURE),
    ("가람전자의 매출은 얼마이고 바람골 발전기는 몇 기야?", f"{facts.SENTENCE} [1]", PARTIAL),
])
def test_what_does_not_answer_gives_way_to_the_reports_words(evidence_of, question, said, notice):
    *_, last = answered(evidence_of(question), said)
    assert last.answerer == "extractive" and last.notice and last.notice.startswith(notice)


def test_a_reports_own_question_is_not_taken_for_the_one_that_is_asked(evidence_of):
    evidence = evidence_of(facts.QUESTION)
    first = evidence.hits[0].passage
    interview = replace(first, text=f"질문: 매출은?\n{first.text}", sentences=passage(1, "질문: 매출은?", *first.text.split("\n")).sentences)
    hits = tuple(replace(hit, passage=interview) if hit.passage == first else hit for hit in evidence.hits)
    *_, last = answered(replace(evidence, hits=hits), f"{facts.SENTENCE} [1]")
    assert last.text == f"{facts.SENTENCE} [1]"


@pytest.mark.parametrize("rest", ["가람전자의 영업이익은", "가람전자의 매출이 집계되었고", "가람전자가 집계한"])
def test_a_sentence_that_is_broken_off_is_left_out(evidence_of, rest):
    *_, last = answered(evidence_of(facts.QUESTION), f"{facts.SENTENCE} [1] {rest}")
    assert last.text == f"{facts.SENTENCE} [1]" and last.notice is None


PIECES = st.sampled_from([
    SALES, STAFF, GROWTH, TABLE, "매출", "3,120억 원", "않", ".", "! ", "? ", "\n", " ", "[", "]", "[[", "]]", "[1]", "[2] ",
    "[3, 1]", "[0]", "[99]", "[-1]", "[1-3]", "[ 2 ]", "[١]", "[１]", "[²]", "<think>", "</think>", "**", "- ", "1. ", NO_ANSWER,
    "1", ",", "[1", "2]", "보고서", "\u200b", "\ud7a3",
])


@settings(max_examples=150)
@given(st.lists(PIECES | st.text(max_size=4), max_size=14).map("".join))
def test_no_marker_is_left_that_does_not_resolve(said):
    text, citations = check(said, PASSAGES)
    markers = [int(n) for n in re.findall(r"\[\s*(\d+)\s*\]", text)]
    assert list(dict.fromkeys(markers)) == [citation.number for citation in citations]
    assert [citation.number for citation in citations] == [*range(1, len(citations) + 1)]
    assert bool(text) == bool(citations)
    assert all(c.passage.text[c.start:c.end] == c.quote for c in citations)


@pytest.mark.parametrize(("split", "caught", "number", "withheld"), [
    ("train", 0.95, 0.95, 0.05), ("dev", 0.95, 0.95, 0.05),
    ("test", 0.9, 0.94, 0.1),  # held out
    ("far", 0.92, 0.95, 0.15), ("far_test", 0.85, 0.9, 0.25),  # worded as far from the report as can be; the latter held out
])
def test_planted_faults_are_caught_and_true_sentences_kept(split, caught, number, withheld):
    from tests.bench.checking import measure

    found = measure(split)
    assert found.caught["all"] >= caught and found.caught["number"] >= number and found.withheld <= withheld
    assert found.caught["citation"] >= 0.95 and found.caught["year"] >= 0.94 and found.caught["unit"] >= (0.65 if split == "far_test" else 0.94)
