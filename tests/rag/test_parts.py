"""Where a question of two parts is cut, and that both parts are answered."""

import pytest

from rag.answers import Part
from rag.documents import Candidate, Passage, Sentence
from rag.extractive import each_its_own
from rag.morphemes import morphemes
from rag.parts import asks_apart, divisions, names_both, names_its_own, parts, tells_both


@pytest.mark.parametrize(("question", "cut"), [
    ("매출은 얼마이고 직원은 몇 명이야?", ["매출은 얼마야?", "직원은 몇 명이야?"]),
    ("위원장은 누구고 임기는 몇 년이죠", ["위원장은 누구야?", "임기는 몇 년이죠"]),
    ("사업 기간이랑 예산 알려줘", ["사업 기간", "예산 알려줘?"]),
    ("연체율하고 대출 잔액은 모두 얼마야?", ["연체율", "대출 잔액은 얼마야?"]),
    ("매출과 영업이익이 각각 얼마나 늘었어?", ["매출은 얼마나 늘었어?", "영업이익은 얼마나 늘었어?"]),
    ("구글 바드와 챗GPT는 출시일이 각각 언제야?", ["구글 바드는 출시일이 언제야?", "챗GPT는 출시일이 언제야?"]),
    ("비휴먼하고 PaLM은 각각 뭘 할 수 있어?", ["비휴먼은 뭘 할 수 있어?", "PaLM는 뭘 할 수 있어?"]),
    ("PoC, MES 각각 무슨 뜻인가요", ["PoC는 무슨 뜻인가요", "MES는 무슨 뜻인가요"]),
    ("환자수, 사망자수, 치명률 알려줘", ["환자수", "사망자수", "치명률 알려줘?"]), ("재학생 수랑 취업률", ["재학생 수", "취업률"]),
    ("점유율과 매출 규모를 같이 알려줘", ["점유율", "매출 규모를 알려줘?"]),
    ("1분기와 2분기 매출은 각각 얼마야?", ["1분기 매출은 얼마야?", "2분기 매출은 얼마야?"]),
    ("남자와 여자의 평균 키는 각각 몇 cm야?", ["남자의 평균 키는 몇 cm야?", "여자의 평균 키는 몇 cm야?"]),
    ("누가 만들었어? 그리고 언제 나왔어?", ["누가 만들었어?", "언제 나왔어?"]),
    ("PoC가 뭐야 그리고 비용은 얼마나 줄였어?", ["PoC가 뭐야?", "비용은 얼마나 줄였어?"]),
    ("AI 비중 10년 뒤 전망치는? 2025년으로는 얼마로 봐?", ["AI 비중 10년 뒤 전망치는", "2025년으로는 얼마로 봐?"]),
    ("2025년엔 몇 %고 10년 뒤에는 몇 %야?", ["2025년엔 몇 %야?", "10년 뒤에는 몇 %야?"]),
    ("대표가 누군지, 직원은 몇인지 궁금", ["대표가 누구야?", "직원은 몇인지 궁금"]),
    ("가장 긴 다리랑 차가 젤 많은 다리", ["가장 긴 다리", "차가 젤 많은 다리"]),
    ("왜 줄였는지, 얼마나 줄였는지 알려줘", ["왜 줄였어?", "얼마나 줄였는지 알려줘?"]),
    ("기록은 며칠 보관하고 어긴 곳은 몇 곳이야?", ["기록은 며칠 보관해?", "어긴 곳은 몇 곳이야?"]),
    ("등록비가 얼마나 늘었고, 회사는 그 나라에 제품을 보내나요?", ["등록비가 얼마나 늘었어?", "회사는 그 나라에 제품을 보내나요?"]),
    ("기준 금액이 2021년 말과 2022년 6월에 각각 얼마야?", ["기준 금액이 2021년 말에 얼마야?", "기준 금액이 2022년 6월에 얼마야?"]),
    ("매출을 연구소와 조사단은 각각 얼마로 봤나?", ["매출을 연구소는 얼마로 봤나?", "매출을 조사단은 얼마로 봤나?"]),
    ("나래 대출 3월 말이랑 6월 말 잔액은 각각 얼마야?", ["나래 대출 3월 말 잔액은 얼마야?", "나래 대출 6월 말 잔액은 얼마야?"]),
    ("공사비 증가율과 위원의 확인이 필요한 기준은 각각 몇 %야?", ["공사비 증가율은 몇 %야?", "위원의 확인이 필요한 기준은 몇 %야?"]),
    ("조사와 지원사업에서 나이를 각각 몇 살로 보나요?", ["조사에서 나이를 몇 살로 보나요?", "지원사업에서 나이를 몇 살로 보나요?"]),
    ("QX-1하고 QX-2 대조군의 발생 비율은 각각 몇 %였나요?", ["QX-1 대조군의 발생 비율은 몇 %였나요?", "QX-2 대조군의 발생 비율은 몇 %였나요?"]),
    ("소방관과 산불 진화대의 평균 나이는 각각 몇 살이야?", ["소방관의 평균 나이는 몇 살이야?", "산불 진화대의 평균 나이는 몇 살이야?"]),
    ("나래랑 가람은 아이가 걷는 때를 각각 언제로 봤어?", ["나래는 아이가 걷는 때를 언제로 봤어?", "가람은 아이가 걷는 때를 언제로 봤어?"]),
    ("기준금리를 나래 전망하고 가람 전망하고 각각 얼마로 봐?", ["기준금리를 나래 전망은 얼마로 봐?", "기준금리를 가람 전망은 얼마로 봐?"]),
    ("이름은 뭐고 어떤 구조를 써? 자료 합쳐서 답해줘", ["이름은 뭐야?", "어떤 구조를 써?"]),
    ("나온다던 예상 시기하고 실제로 나온 날짜는?", ["나온다던 예상 시기", "실제로 나온 날짜는?"]),
    ("자부담은 몇 %이고 한도는 얼마야?", ["자부담은 몇 %야?", "한도는 얼마야?"]),
    ("특허 만료와 허가 신청 목표를 각각 말해 주세요", ["특허 만료", "허가 신청 목표를 말해 주세요"]),
])
def test_two_questions_are_cut(question, cut):
    assert [part.rstrip("?") for part in parts(question)] == [part.rstrip("?") for part in cut]


@pytest.mark.parametrize("question", [
    "서울과 부산의 인구 차이는 얼마야?", "삼성과 애플의 점유율은?", "매출이 얼마인지 알려줘", "회의는 언제 열리나요? 급해요",
    "2021년에 문을 열고 2023년에 닫은 공장은?", "무엇을 만들고 있어?", "안녕",
    "공사비가 계획 보고서와 안내 책자에 각각 얼마로 나와?", "서울과 부산의 차이는 각각 얼마야?", "합격한 사람과 떨어진 사람은 각각?",
    "어떤 회사가 문을 열고 닫았나요?", "다친 비율이 2023년과 2024년에 얼마야?",
    "누구 잘못인지 가리려고 약속한 내용은 뭐야?", "누군지 안 밝히고 몇 번 물을 수 있어?", "규모와 수를 늘린 이유는?", "변수와 상수의 개수는?", "2023년, 2024년 매출은?", "서울, 부산의 인구수는?"])
def test_one_question_stays_whole(question):
    assert parts(question) == [question]


def test_both_parts_are_answered_each_with_its_citation(assistant):
    answer = assistant.ask("아라 요금제는 한 달에 얼마이고 데이터는 몇 기가바이트를 줘?")
    assert "29,000원" in answer.text and "15기가바이트" in answer.text
    assert len(answer.citations) == 2 and answer.notice is None


def test_the_part_that_no_report_answers_is_named(assistant):
    answer = assistant.ask("모란시의 시장은 누구이고 화성 착륙선의 엔진은 몇 개야?")
    assert answer.found and "한지우" in answer.text and len(answer.citations) == 1
    assert "화성 착륙선" in answer.notice


def test_of_two_things_each_is_asked_whatever_tells_them_apart():
    assert parts("5월에 가입한 사람이랑 나간 사람 각각 몇 명이야?") == ["5월에 가입한 사람은 몇 명이야?", "나간 사람은 몇 명이야?"]


@pytest.mark.parametrize(("question", "ways"), [
    ("대회를 여는 사람과 상담을 이끄는 사람 이름", [["대회를 여는 사람", "상담을 이끄는 사람 이름"]]),
    ("삼성과 애플의 점유율은?", [["삼성의 점유율은?", "애플의 점유율은?"]]),
    ("다친 비율이 2023년과 2024년에 얼마야?", [["다친 비율이 2023년에 얼마야?", "다친 비율이 2024년에 얼마야?"]]),
    ("업계 이직률과 하랑제약의 이직률을 비교하면?", [["업계 이직률", "하랑제약의 이직률"]]),
    ("가람이랑 나래 중에 누가 더 빨리 백만 명을 모았어?", [["가람이 빨리 백만 명을 모았어?", "나래 빨리 백만 명을 모았어?"]]),
    ("기호주의랑 연결주의 뜻 알려줘", [["기호주의 뜻 알려줘", "연결주의 뜻 알려줘"]]),
    ("가람과 함께 만든 약은?", []), ("한빛 2단이랑 붙었던 기사는 누구야?", []), ("나래와 맺은 계약은 얼마야?", []), ("위원장은 누구야?", []), ("계획서와 안내서에 예산이 각각 얼마로 나와?", [])])
def test_the_ways_in_which_a_question_may_be_two(question, ways):
    assert [[part.rstrip("?") for part in way] for way in divisions(question)] == [[part.rstrip("?") for part in way] for way in ways]


def test_a_later_part_that_has_a_name_of_its_own_may_ask_of_another_thing():
    assert names_its_own("MES는 뭐야?", "PoC가 뭐야?") and names_its_own("빙 매출은?", "빙 점유율")
    assert not names_its_own("직원은 몇 명이야?", "나래병원 병상 수")


def test_one_sentence_that_tells_of_both_needs_no_division():
    division = ["삼성의 점유율은?", "애플의 점유율은?"]
    assert tells_both(division, morphemes(["삼성은 21%, 애플은 18%의 점유율을 보였다."])[0])
    assert not tells_both(division, morphemes(["삼성의 점유율은 21%이다."])[0])


def test_one_sentence_that_has_both_of_what_is_asked_answers_both():
    division = ["일본 계약의 총액은 얼마야?", "계약금은 얼마야?"]
    assert names_both(division, morphemes(["총액은 30억 원이고 계약금 2억 원은 이미 받았다."])[0])
    assert not names_both(division, morphemes(["총액은 30억 원이다."])[0])
    assert not names_both(["산불 피해는 얼마야?", "전체 피해는 얼마야?"], morphemes(["전체 피해는 9억 원이고 산불 피해가 절반이다."])[0])  # what is asked is the same


@pytest.mark.parametrize(("question", "apart"), [
    ("가람의 여성 비율과 나래의 여성 비율을 비교해 줘", True), ("재고량과 매출액은?", True), ("다친 비율이 2023년과 2024년에 얼마야?", True),
    ("기호주의랑 연결주의 뜻 알려줘", False), ("대회를 여는 사람과 상담을 이끄는 사람 이름", False)])
def test_whether_a_question_sets_its_parts_apart(question, apart):
    assert asks_apart(question, divisions(question)[0]) is apart


def test_what_stands_in_two_places_is_told_in_two_sentences(tmp_path):
    from ingest.run import ingest
    from rag.chain import assemble
    from rag.settings import Settings

    (tmp_path / "보고서").mkdir()
    (tmp_path / "보고서" / "식품.md").write_text(
        "# 다솜시 식품 안전 보고서\n\n## 점검\n식품안전과장 육지원이 개선 계획을 총괄하고 분기마다 의회에 보고한다.\n\n"
        "## 검사\n김밥과 도시락 11건에서 대장균이 기준을 넘었다.\n\n## 상담\n진흥원의 상담은 센터장 마은섭이 이끄는 상담원 여섯 명이 맡는다.\n", encoding="utf-8")
    settings = Settings(index=tmp_path / "index")
    ingest(settings, [tmp_path / "보고서"])
    assistant = assemble(settings)
    answer = assistant.ask("개선 계획을 총괄하는 사람과 상담을 이끄는 사람 이름")
    assert "육지원" in answer.text and "마은섭" in answer.text and len(answer.citations) == 2
    answer = assistant.ask("개선 계획을 총괄하는 사람은 누구이고 부산의 상담원은 몇 명이야?")  # what is told of another place answers no part
    assert "육지원" in answer.text and "여섯 명" not in answer.text and "부산" in answer.notice


def test_each_of_two_questions_has_a_sentence_of_its_own_unless_one_tells_of_both():
    def found(part: str, *scored: tuple[str, float]) -> Part:
        candidates = (Candidate(Passage(text, "s.md", "제목", None, "", "", text, 0, len(text), (sentence := Sentence(
            0, len(text), "paragraph", 0, tuple(morphemes([text])[0])),)), sentence, score, 1.0) for text, score in scored)
        return Part(part, tuple(candidates), 0.9)

    halal, vegan, both = "할랄 인증에는 7개월이 든다.", "비건 인증은 6개월이 걸린다.", "할랄 인증은 7개월, 비건 인증은 6개월이 걸린다."
    first, second = each_its_own([found("할랄 인증은 몇 달 걸려?", (vegan, 0.5), (halal, 0.2)), found("비건 인증은 몇 달 걸려?", (vegan, 0.7), (halal, 0.04))])
    assert first.candidates[0].text == halal and second.candidates[0].text == vegan
    first, second = each_its_own([found("할랄 인증은 몇 달 걸려?", (halal, 0.7), (vegan, 0.1)), found("비건 인증은 몇 달 걸려?", (halal, 0.8), (vegan, 0.3))])
    assert first.candidates[0].text == halal and second.candidates[0].text == vegan  # .7 x .3 is likelier than .1 x .8
    first, second = each_its_own([found("할랄 인증은 몇 달 걸려?", (both, 0.5), (halal, 0.2)), found("비건 인증은 몇 달 걸려?", (both, 0.7))])
    assert first.candidates[0].text == second.candidates[0].text == both


def test_of_several_reports_each_is_ranked_by_itself(tmp_path):
    from ingest.run import ingest
    from rag.chain import assemble
    from rag.settings import Settings

    (tmp_path / "보고서").mkdir()
    (tmp_path / "보고서" / "연보.md").write_text("# 다솜병원 연보\n\n다솜병원의 투약 오류는 288건으로 집계되었다.\n", encoding="utf-8")
    (tmp_path / "보고서" / "지침.md").write_text("# 다솜병원 안전 지침\n\n투약 오류 293건을 살펴 지침을 고쳤다.\n\n낙상은 77건이다.\n", encoding="utf-8")
    settings = Settings(index=tmp_path / "index")
    ingest(settings, [tmp_path / "보고서"])
    answer = assemble(settings).ask("다솜병원 투약 오류가 연보와 지침에서 각각 몇 건으로 나오나요?")
    assert "288건" in answer.text and "293건" in answer.text and {c.passage.source for c in answer.citations} == {"보고서/연보.md", "보고서/지침.md"}


def test_what_a_word_stands_for_is_told_by_the_sentence_that_says_so(tmp_path):
    from ingest.run import ingest
    from rag.chain import assemble
    from rag.settings import Settings

    (tmp_path / "보고서").mkdir()
    (tmp_path / "보고서" / "항만.md").write_text(
        "# 청람항 검토서\n\n## 용어\n- 비용편익비: 편익을 비용으로 나눈 값\n- 고박: 짐을 배에 묶는 일\n\n## 결과\n총사업비가 15% 오르면 비용편익비는 1.06으로 낮아진다.\n\n"
        "비용편익비는 1.21로 사업을 할 만하다.\n\n야간 고박을 미룬 곳은 한 곳이다.\n", encoding="utf-8")
    settings = Settings(index=tmp_path / "index")
    ingest(settings, [tmp_path / "보고서"])
    assistant = assemble(settings)
    assert "나눈 값" in assistant.ask("비용편익비가 뭐예요?").text
    both = assistant.ask("비용편익비랑 고박 뜻 알려줘").text
    assert "나눈 값" in both and "배에 묶는" in both
