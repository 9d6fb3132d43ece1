"""What a question asks for, told by its words: a number, a date, a name, a list, yes or no."""

import re
from dataclasses import dataclass
from typing import Literal

from rag.figures import UNITS, figures, plain
from rag.periods import without_periods

Asked = Literal["number", "date", "list", "person", "other"]

LIST = re.compile(r"(?:두|세|네|다섯|여섯|\d+|몇)\s?(?:가지|단계|개의)|(?:두|세|네|다섯|\d+)\s?(?:개|곳|군데)(?:는|를|은)?\s?(?:뭐|무엇|알려|\?|$)|이름들|가지는|가지\??$|무엇무엇|나열|"
                  r"구성\s?요소|빠짐없이|다 (?:말해|알려|적어|나열)|어떤 것들|뭐뭐|부분들|어디어디|누구누구|어떤\s?거\s?어떤\s?거")
# so many of something, of which no more is said than that they are to be told: "키워드 3개가 뭐야", "거점 네 곳 이름은?"
SO_MANY = re.compile(r"(?<![\d.,])(두|세|네|다섯|여섯|일곱|여덟|[2-9]|1[0-2])\s?(?:개[사국]?|곳|군데|가지|종|권|편|명|사|팀|건|항목|단계|과목|분야|부문)[은는이가을를의]?\s?"
                     r"(?:(?:이름|제목|명칭|항목|내용|목록)[은는이가을를]?\s?)?(?:(?:좀|다|각각|모두|전부|간단히)\s)?(?:뭐|뭔|무엇(?!\s?때문)|무슨|어디|누구|어떤|알려|적어|말해|말씀|정리|나열|설명|소개|요약|궁금|\W*$)")
LISTS = re.compile(r"(?:어떤|무슨)\s?(?:[가-힣A-Za-z]+\s){0,2}?(?:게|것[이들]|거|[가-힣]+[이가])\s있|(?:뭐|무엇)[가이]?\s?있|단계를?|종류|목록|들은|들을|들이|명단|모두|전부|원칙|특징")  # the same, where no one thing is asked of them
ONE_THING = re.compile(r"언제|며칠|몇|얼마|얼만|누구|누가")
EACH = re.compile(r"각각|각자|둘 ?다|서로|비교|차이|자료마다|보고서마다|다르(?:던데|게|다)|엇갈리")
DATE = re.compile(r"언제|며칠|(?<=[가-힣])[는은던낸된난한린온간될]\s해(?=[는가이랑를와]|\s|\?|$)|몇\s?년|몇\s?월|날짜|날은|시기|출시일|(?<!\d)(?<!\d[가-힣])(?<!\d[가-힣]{2})[년연]도|\bwhen\b|(?:what|which) (?:year|date|month)", re.IGNORECASE)
NUMBER = re.compile(r"몇|얼마|얼만|[개갯건횟대권]수(?!록)|비율|퍼센트|%|규모|가격|요금|매출|금액|수치|수는|수가|점수|성적|비중|점유율|배수|인원|기간|how (?:many|much)|percent|price", re.IGNORECASE)
PERSON = re.compile(r"누구|누가|사람 이름|저자|작성자|대표|사장|CEO|교수 이름|\bwho\b", re.IGNORECASE)
DATE_TEXT = re.compile(r"\d{4}년|\d{1,2}월|\d{1,2}일|['‘’`]\d{2}\.|\d{4}\.\s?\d{1,2}|\d{2}\.\d{2}\.\d{2}")
# what may tell when, without a date
WHEN_TEXT = re.compile(r"['‘’`]\d\d(?!\d)|\d\s?(?:세기|년|개월|월|주|일|시|분기|분)|하루|이틀|사흘|나흘|닷새|엿새|이레|여드레|아흐레|열흘|보름|[가-힣]\s[전후](?=[,·에까부]|$)|요일|매[일주월년달해]|주말|평일|오전|오후|정오|자정|새벽|아침|저녁|봄|여름|가을|겨울|분기|반기|올해|내년|작년|"
                       r"지난[해달주]|이듬해|연[초말]|월[초말]|세기|무렵|즈음|당시|직[전후]|이[전후]|[전후]에|때|날\b|날에|해에|오늘|어제|내일")
NUMBER_TEXT = re.compile(r"\d|[일이삼사오육칠팔구십백천만억조]{2,}|절반|두 배|한 달|두 달")
SPELT = re.compile(r"(?:한|두|세|네|다섯|여섯|일곱|여덟|아홉|열|스물|서른|마흔|쉰|예순|일흔|여든|아흔|수|몇)\s?(?:십|백|천|만|배|명|사람|개|곳|군데|가지|건|번|차례|문장|장|권|대|시간|달|해|주|살|분)|"
                   r"절반|[일이삼사오육칠팔구십백천만]{2,}|없[다음었으습]")
DATES = re.compile(r"['‘’`]?(?:\d{2}|\d{4})\.\s?\d{1,2}(?:\.\s?\d{1,2})?\.?(?!\d)|['‘’`]\d{2}(?!\d)|\d{4}년|\d{1,2}월|\d{1,2}일|(?:19|20)\d\d(?!\d)")
REFERENCE = re.compile(r"\W*(?:\d+\W+)?(?:출처|자료|참고\s?문헌|참고\s?자료|참조|Sources?|References?)\s*[:：)]", re.IGNORECASE)
ABOUT_SOURCES = re.compile(r"출처|자료|문헌|논문|기사|참고|참조|인용|source|reference", re.IGNORECASE)
# what is counted after "몇", and what may stand for it in a report
COUNTED = {unit: "|".join(map(re.escape, units.split())) for units in (
    *UNITS, "대 기 척 량", "마리 두 수", "톤 t", "살 세", "킬로미터 킬로 km", "층 겹 단", "글자 자", "줄 행", "통", "표", "팀", "학점", "문항", "병상 침상", "좌석 석",
    "기가와트 gw", "메가와트 mw", "킬로와트 kw", "기가 gb", "가구 세대 집 호 채", "해 년 개년") for unit in units.split()} | {
    "개": "개|건|곳|종|가지|억|만|조|B", "퍼": "%|퍼센트|프로", "장": "장|개", "곳": "곳|개", "군데": "곳|개|군데|명|사", "종": "종|가지|개", "건": "건|개|회|번", "동": "동|개", "주차": "주",
    "시": "시(?!간)|:", "부": "부(?!터)"}
BEHIND = r"(?=\W|$|[은는이가을를도의에로만씩쯤째중당더인임였죠지니냐]|으로|까지|부터|정도|짜리|마다|밖에|동안|이상|이하|예요|에요|야(?=\W|$)|나(?!라)|라고|래|랑|와|과|꼴)"
UNIT = re.compile(r"몇\s?(?:(퍼센트|%|프로|개월|개|명|배|년|장|억|만|위|번|가지|건|곳|쪽|시간|분(?!야)|초|달러|원|점|단계|일)|"
                  + f"({'|'.join(sorted(map(re.escape, COUNTED), key=len, reverse=True))}){BEHIND})", re.IGNORECASE)
MONEY = re.compile(r"얼마에(?![여요])|(?<!대비 )(?<!비해 )얼마를|가격|요금(?!제)|금액|매출|비용|투자[금액]|연봉|예산|몸값|시가총액|영업이익|순이익|돈|구독|유료|월급|급여|임금|보증금|보조금|지원금|장려금|상금|벌금|과징금|과태료|"
                   r"(?:이용|사용|구독|입장|관람|임대|수수|보험|수강|등록|대관|주차|통행|진료|수업|회)[료비](?=[는은가이를도의\s?]|$)|(?:관리|인건|교육|연구|사업|공사|배송|활동|치료|건축|수리|식)비(?=[는은가이를도의\s?]|$)|"
                   r"[가-힣](?<![재자의완종음연진])료(?=[는은가이를도의\s?]|$)|[가-힣](?<![대정장설준예구소방난경무])비(?=[는은가이를도의\s?]|$)|"
                   r"(?<![가-힣])(?<!실제 )(?<!측정 )(?<!추정 )(?<!예상 )(?<!목표 )(?<!최종 )(?<![한된인은던잰] )값(?=[이은을도\s?]|$)")
# what else is measured: of "매출에서 광고 비중" the last word is what is asked for
MEASURE = re.compile(r"비중|비율|점유율|순위|등수|건수|횟수|인원|기간|배수|개수|[가-힣][율률](?=[은는이가을를도의\s?]|$)")
WHY = re.compile(r"왜(?=\s|$)|어째서|이유|까닭|어떻게|어떤\s?(?:식|방식|방법)|\b(?:why|how)\b(?! (?:many|much))", re.IGNORECASE)
REASON = re.compile(r"왜(?=\s|$)|어째서|이유|까닭")
# what may tell why: a word for a cause or an aim, an ending that joins a cause to what came of it
CAUSE = re.compile(r"때문|이유|까닭|사유|원인|탓|덕|위해|위하여|위한|목적|므로|[어아해여라]서|니까|따라|인해|으로써|면서|려고|도록|기에|결과|영향|배경|힘입|통해|[가-힣]로\s|[가-힣]야\s?(?:해|하므로|하여)[,\s]|"
                   r"(?:않아|없어|어려워|못해|달라|부족해|높아|낮아|많아|적어|늘어|줄어)[,\s]")
# the same for how to reach someone: what is asked, and what tells it
CONTACT = ((re.compile(r"전화\s?번호|연락처|내선|몇\s?번으로\s전화"), re.compile(r"\d{2,4}[-)]\s?\d{3,4}|내선|(?<![\d,.])\d{4}-\d{4}|(?<![\d,.])1\d{2}(?![\d,.])")),
           (re.compile(r"이메일|메일\s?주소|e-?mail", re.IGNORECASE), re.compile(r"@")),
           (re.compile(r"(?:홈페이지|누리집|사이트|웹|링크)\s?주소|\bURL\b", re.IGNORECASE), re.compile(r"https?://|www\.|\.(?:kr|com|org|net|io|ai)\b")))
# what a figure is asked by: a word for it, or at the end of the question the name of what is measured
FIGURE_ASKED = re.compile(r"몇|얼마|얼만|how (?:many|much)|(?:비중|[가-힣](?<![자법규선])[율률액]|[건횟대권]수|\s수|가격|요금|면적|높이|길이|넓이|무게|매출|비용|인원|점수)[은는이가을를]?"
                          r"(?:\s(?:각각|함께|같이|모두|좀|다))*(?:\s(?:알려|말해|보여|궁금|설명|정리|비교)\S*(?:\s\S{1,4})?)?\W*$", re.IGNORECASE)
# how far something goes up or down is told in money as well as in percent
BY_HOW_MUCH = re.compile(r"얼마나\s?(?:더\s|덜\s)?(?:줄|늘|올[랐라리]|오르|내[리렸]|떨어|아[끼꼈]|절감|절약|증가|감소|상승|하락|인상|인하|빠[지졌]|커[지졌]|뛰|깎|낮|높|싸|비싸|저렴|개선|성장|확대|축소)")
FREE = re.compile(r"[$₩€]|무료|공짜|무상|없[다음었으습]")
MONEY_UNIT = "원|달러|유로|위안|엔|불"


@dataclass(frozen=True, slots=True)
class Wanted:
    """The kind of answer asked for, and the pattern of its unit where the question names one."""

    kind: Asked
    unit: str = ""


def wanted(question: str) -> Wanted:
    if LIST.search(question) or SO_MANY.search(question) or LISTS.search(question) and not ONE_THING.search(question):
        return Wanted("list")
    if DATE.search(question):
        return Wanted("date")
    if NUMBER.search(question) and (FIGURE_ASKED.search(question) or not WHY.search(question)):
        if unit := UNIT.search(question):
            return Wanted("number", COUNTED.get((unit[1] or unit[2]).lower(), unit[1]))
        money, other = (max((found.start() for found in kind.finditer(question)), default=-1) for kind in (MONEY, MEASURE))
        return Wanted("number", MONEY_UNIT if money > other and not BY_HOW_MUCH.search(question) else "")
    if PERSON.search(question):
        return Wanted("person")
    return Wanted("other")


def fits(want: Wanted, text: str) -> float:
    """How well a text can hold such an answer: 0 (not), 0.5 (nothing known against it), 1 (well)."""
    if want.kind == "date":
        return 1.0 if DATE_TEXT.search(text) else 0.0
    if want.kind == "number":
        text = DATES.sub(" ", text) if want.unit not in ("년", "월", "일") else text
        if not NUMBER_TEXT.search(text):
            return 0.0
        return 1.0 if not want.unit or re.search(rf"\d\s?[억만천조백십]*\s?(?:{want.unit})", text, re.IGNORECASE) or (
            want.unit == MONEY_UNIT and "$" in text) else 0.6
    return 0.5


def counts(want: Wanted, text: str) -> bool:
    """Whether a text holds a figure in the unit that is asked for; true where none is."""
    if want.kind != "number" or not want.unit:
        return True
    if re.search(rf"\d\s?[억만천조백십여]*\s?(?:{want.unit})", text, re.IGNORECASE):
        return True
    if want.unit == MONEY_UNIT:
        return bool(FREE.search(text)) or any(figure.power and not figure.unit for figure in figures(plain(text)))  # "3,120억"
    return bool(SPELT.search(text))


def figures_another(question: str, text: str) -> bool:
    """Whether a text has a number that a question for a number does not give itself."""
    given, text = {figure.value for figure in figures(plain(question))}, plain(text)
    told = (figure for figure in figures(without_periods(text)) if figure.unit not in ("년", "월", "일") and not (not figure.unit and 1900 <= figure.value < 2100))
    return not given or any(figure.value not in given for figure in told) or bool(SPELT.search(text))


def only_names_a_source(question: str, text: str) -> bool:
    """Whether a text is a line of references, which answers nothing but a question about sources."""
    return bool(REFERENCE.match(text)) and not ABOUT_SOURCES.search(question)
