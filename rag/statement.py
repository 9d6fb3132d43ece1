"""What a sentence says of figures, times, direction and denial, and whether a report's words say otherwise."""

import re
import unicodedata
from functools import cached_property
from itertools import pairwise
from typing import Any

from rag.documents import CELL, cells
from rag.morphemes import kiwi
from rag.periods import periods, without_periods, year_parts
from rag.question import DATES
from rag.table_question import CLEAR, Question

UNITS = ("%p %포인트 퍼센트포인트", "% 퍼센트 프로", "원", "달러 불", "유로", "엔", "위안", "명 인 사람", "배", "개월 달", "개 곳 군데 개소 가지 종 개사 개국", "건", "대", "동 채 호", "톤", "년",
         "월", "일", "주", "시간", "분", "초", "점", "위", "차 차례 회 번", "권", "편", "가구 세대", "평", "bp", "km", "m", "cm", "mm", "kg", "mg", "g", "㎍", "t", "ml", "l", "㎡ m2", "㎥ m3",
         "gb", "mb", "tb", "mw", "kw", "gwh", "mwh", "kwh", "pa", "db", "℃ 도", "상자", "도즈", "정 알", "식 끼", "주차")
CLASS = {unit: n for n, units in enumerate(UNITS) for unit in units.split()}
DATED = ("년", "월", "일", "주", "주차")  # a date may be written without
FIGURE = re.compile(r"(?<![\d.])(\d+(?:\.\d+)?)(?![\d.]*\d)\s?([조억만천백]*)(?:\s?("
                    + "|".join(re.escape(unit) for unit in sorted(CLASS, key=len, reverse=True)) + r")(?![a-z]))?")
# words that deny; "뿐만 아니라", "끊임없이", "못지않게", "없애다" and the like do not
DENIAL = re.compile(r"(?<!못지)않|(?<![임림관계김])(?<!밖에 )(?<!밖에)없(?![애앤앨앴])|(?<!뿐 )(?<!뿐만 )아[니닌닐님닙]|(?<![연잘])못(?!지)|(?:^|\s)안\s|지\s(?:마[세시라십]|말[아고라])|불가(?!피)|기(?:는|가)?\s(?:어렵|어려[운움웠워]|힘[들든듦])"
                    r"|기(?:는|에는)?\s이르|미(?:달|흡|정(?!책)|확인|포함|적용|실시|완료|지정|공개|지원|지급|분양|도입|편성|설치|가입|접종|신청|사용|납|검출|보고|착수|응답|참여|이행|준수)|부결|면제|제외|생략|금지|거절|거부|무산|취소|중단|반대|결측"
                    r"|(?<![\d.])0\s?[건명개회](?![가-힣])|다르[다고며]|다른\s(?:것|개념|뜻)|빠[졌진]|빼[고놓]|뺀|실패|비상장|드물")
UP = frozenset(["증가", "늘", "늘어나", "늘리", "상승", "오르", "올라가", "올리", "높", "높아지", "높이", "커지", "크", "확대", "넓", "넓어지", "넓히", "많", "많아지", "강화", "급증", "불어나", "상향", "인상", "개선", "좋", "좋아지", "나아지", "향상", "빠르", "빨라지", "가속", "성장", "매수", "순매수", "추월", "앞서", "앞지르", "초과", "넘", "넘어서", "웃돌", "안정", "흑자", "이상", "유료", "찬성", "허용", "합법", "가결", "이기"])
DOWN = frozenset(["감소", "줄", "줄어들", "줄이", "하락", "내리", "내려가", "낮", "낮아지", "낮추", "작아지", "작", "축소", "좁", "좁아지", "적", "적어지", "완화", "급감", "하향", "인하", "악화", "나쁘", "나빠지", "저하", "느리", "느려지", "둔화", "위축", "매도", "순매도", "뒤지", "뒤처지", "미만", "밑돌", "불안정", "적자", "떨어지", "이하", "무료", "반대", "금지", "불법", "부결", "지"])


QUOTED = re.compile(r"['‘“\"「]([^'’”\"」]{2,20})['’”\"」]")
TITLES = "부장|팀장|과장|국장|실장|단장|연구위원|수석연구원|책임연구원|연구원|교수|전무|상무|부사장|사장|대표이사|대표|회장|주무관|최고\\S+책임자|위원장|의원|장관|이사|애널리스트|cfo|ceo|cto"
PERSON = re.compile(rf"(?<![가-힣])([가-힣]{{2,4}})\s?({TITLES})")
KINDS = "과팀부청국실원구시군호동점처관"  # the last letter of names of offices and places
TELLING = ("NN", "VV", "VA", "SN", "SL", "XR")
WINDOW = 4  # nouns before what goes up or down that tell what does
CLAUSE = 0.1  # clauses that hold so much less of a statement than the best ones are of something else
# from one figure to another: "9명에서 14명으로"
SERIES = re.compile(r"(?<![\d.])(\d+(?:\.\d+)?)(?![\d.]*년)[^\d\s]{0,6}에서\s(?:\S+\s){0,3}?(\d+(?:\.\d+)?)(?![\d.]*[년월])[^\d\s]{0,6}(?:로|까지)")


class Statement:
    """A sentence as it is held against a report's: read once, compared with many places."""

    def __init__(self, text: str) -> None:
        self.text = plain(text)

    @cached_property
    def forms(self) -> set[str]:
        return _forms(kiwi().tokenize(self.text))

    @cached_property
    def figures(self) -> list[tuple[str, str, str]]:
        return figures(without_periods(self.text))

    @cached_property
    def turns(self) -> list[tuple[bool, frozenset[str]]]:
        return _turns(self.text)

    @cached_property
    def denies(self) -> bool:
        return _denies(self.text)

    @cached_property
    def compounds(self) -> set[str]:
        return _compounds(self.text)

    @cached_property
    def question(self) -> Question:
        return Question(self.text)


def plain(text: str) -> str:
    """A text with its signs in one form: no commas within figures, ㎝ as cm."""
    return re.sub(r"(?<=\d),(?=\d)", "", unicodedata.normalize("NFKC", text).lower())


def figures(text: str) -> list[tuple[str, str, str]]:
    return [(number.removesuffix(".0"), power, unit or "") for number, power, unit in FIGURE.findall(text)]


def contradicts(statement: Statement, place: str, above: str, row: bool) -> bool:
    """Whether a place in a report, under what stands `above` it, says otherwise, or lacks a figure or a time of the statement."""
    place, above = plain(place), plain(above)
    return _other_figures(statement, place, above) or row and _other_cell(statement, place) or _other_time(statement, place, above) or _other_way(statement, place)


def _other_figures(statement: Statement, place: str, above: str) -> bool:
    """Whether a figure of the statement does not stand in the place, with its unit; a unit may stand over it, and a year may."""
    there = figures(place)
    over = f"{place} {above}"
    dated = {number.lstrip("0") for date in DATES.finditer(place if DATES.search(place) else over) for number in re.findall(r"\d+", date[0])}
    years = {period[:4] for period in periods(over)} | set(re.findall(r"(?:19|20)\d\d", over))

    def stands(number: str, power: str, unit: str) -> bool:
        if number in years and unit in ("년", "") or unit in DATED and number in dated:
            return True
        for other, its_power, its_unit in there:
            if other != number:
                continue
            if not its_power and not its_unit and (power or unit):  # in a table's title or column, as a whole word
                if re.search(rf"(?<![가-힣a-z]){re.escape(power)}\s?{re.escape(unit)}(?![가-힣a-z])", over) or not power and (unit in over or "단위" not in over):
                    return True
            elif its_power == power and (not unit or not its_unit or CLASS[unit] == CLASS[its_unit]):
                return True
        return False

    return not all(stands(*figure) for figure in statement.figures)


def other_name(statement: Statement, place: str, known: str) -> bool:
    """Whether a statement gives another name of the same kind than its place does: 물빛초등학교 for 물결초등학교, 백 부장 for
    함 팀장, or what stands in quotes and nowhere near the place."""
    if any(quoted not in known for quoted in QUOTED.findall(statement.text)):
        return True
    people = {name for name, _ in PERSON.findall(place)}
    if people and any(name not in place and name not in known.partition(place)[2] and name not in people for name, _ in PERSON.findall(statement.text)):
        return True
    there = _compounds(place)
    for name in statement.compounds - there:
        if name not in known and any(other not in statement.text and _akin(name, other) for other in there):
            return True
    return False


def _compounds(text: str) -> set[str]:
    """The names that are made of several nouns, or that no dictionary has."""
    found, run = set(), []
    tokens = kiwi().tokenize(text, oov_handling="rule")
    for token, after in zip(tokens, [*tokens[1:], None], strict=True):
        if token.tag in ("NNG", "NNP", "XPN", "XSN", "XR"):
            run.append(token)
            if after is not None and after.start == token.start + token.len:
                continue
        if run:
            name = text[run[0].start:run[-1].start + run[-1].len]
            if len(name) >= 3 and (len(run) > 1 or run[0].oov or run[0].tag == "NNP"):
                found.add(name)
        run = []
    return found


def _akin(one: str, other: str) -> bool:
    """Whether two names end alike, as those of two schools or offices do, and are not the same one in part."""
    same = next((n for n, (a, b) in enumerate(zip(reversed(one), reversed(other), strict=False)) if a != b), min(len(one), len(other)))
    return (same >= 2 or same == 1 and one[-1] in KINDS) and same < min(len(one), len(other))


def _other_cell(statement: Statement, row: str) -> bool:
    """Whether a figure of the statement stands in another column than the one that the statement names."""
    pairs = [(column, value) for column, value in cells(row)[1:] if column]
    named = {column for column, _ in pairs if statement.question.says(column) >= 1.0}
    said = {number for number, _, unit in statement.figures if unit not in DATED}
    for number in said:
        holding = {column for column, value in pairs if any(number == other for other, *_ in figures(value))}
        rivals = {column for column, value in pairs if column in named and (there := {other for other, *_ in figures(value)})
                  and not there & said} - holding
        if holding and rivals and not any(statement.question.says(column) >= CLEAR for column in holding):
            return True
    return False


def _other_time(statement: Statement, place: str, above: str) -> bool:
    """Whether the statement names a part of a year that neither the place nor what is above it names."""
    there = year_parts(f"{place} {above}")
    return any(period not in there and any(other[4] == period[4] for other in there) for period in statement.question.periods)


def _other_way(statement: Statement, place: str) -> bool:
    """Whether a place goes another way, or the clauses of it that the statement is of deny where it does not."""
    signs = {sign for sign, _ in statement.turns}
    if (series := SERIES.search(statement.text)) and len(signs) == 1:
        first, last = float(series[1]), float(series[2])
        if first != last and (last > first) not in signs:
            return True
    turns = _turns(place)
    for sign, about in statement.turns:
        overlaps = [(len(about & its), its_sign) for its_sign, its in turns]
        most = max((overlap for overlap, _ in overlaps), default=0)
        if most and sign not in {its_sign for overlap, its_sign in overlaps if overlap == most}:
            return True
    clauses = _clauses(place)
    own = statement.forms
    runs = [(" ".join(text for text, _ in clauses[a:b]), set().union(*(forms for _, forms in clauses[a:b])))
            for a in range(len(clauses)) for b in range(a + 1, len(clauses) + 1)]
    shares = [len(own & forms) / (len(own) or 1) for _, forms in runs]
    return not any(share >= max(shares) - CLAUSE and statement.denies == _denies(told)
                   for (told, _), share in zip(runs, shares, strict=True))


def _turns(text: str) -> list[tuple[bool, frozenset[str]]]:
    """What goes up (True) or down, each with the nouns before it."""
    found: list[tuple[bool, frozenset[str]]] = []
    nouns: list[str] = []
    for token in kiwi().tokenize(text):
        if token.form in UP | DOWN and token.tag[:2] in TELLING:
            found.append((token.form in UP, frozenset(nouns[-WINDOW:])))
        elif token.tag[:2] in ("NN", "SL", "XR") and token.tag != "NNB":
            nouns.append(token.form)
    return found


def _clauses(text: str) -> list[tuple[str, set[str]]]:
    """The clauses of a sentence, or the cells of a row, with the words of each."""
    if CELL in text:
        return [clause for cell in text.split(CELL) for clause in _clauses(cell)]
    tokens = kiwi().tokenize(text)
    cuts = [0, *(n + 1 for n, (token, after) in enumerate(pairwise(tokens)) if after.tag[:2] != "VX" and (
        token.tag == "EC" and token.form in ("고", "며", "으며", "지만", "으나", "나", "는데", "ᆫ데", "은데"))), len(tokens)]
    found = []
    for a, b in pairwise(cuts):
        if a < b:
            start, end = tokens[a].start, tokens[b - 1].start + tokens[b - 1].len
            found.append((text[start:end], _forms(tokens[a:b])))
    return found


def _forms(tokens: list[Any]) -> set[str]:
    return {token.form for token in tokens if token.tag[:2] in TELLING}


def _denies(text: str) -> bool:
    """Whether a text denies: what is denied twice is not."""
    return len(DENIAL.findall(text)) % 2 == 1
