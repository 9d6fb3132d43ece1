"""Figures with their units as reports write them, and whether one says the same as another: 1조 2,400억 원 and, in a column
"(억원)", 12,400."""

import re
import unicodedata
from collections.abc import Sequence
from decimal import Decimal
from itertools import permutations
from math import prod
from typing import NamedTuple

from rag.tables import SCALES, amount

UNITS = ("%p %포인트 퍼센트포인트", "% 퍼센트 프로", "원 ₩", "달러 불 $", "유로 €", "엔", "위안", "명 인 사람", "배", "개월 달", "개 곳 군데 개소 가지 종 개사 개국", "건", "대", "동 채 호", "톤", "년",
         "월", "일", "분기", "주", "시간", "분", "초", "점", "위", "차 차례 회 번", "권", "편", "가구 세대", "평", "bp", "km 킬로미터", "m 미터", "cm", "mm", "kg 킬로그램", "mg", "g 그램", "㎍", "t", "ml", "l 리터", "㎡ m2", "㎥ m3",
         "kb", "mb", "gb", "tb", "pb", "w", "kw", "mw", "gw", "kwh", "mwh", "gwh", "twh", "hz", "mhz", "ghz", "ppm", "ppb", "ha", "a 아르", "nm", "pa", "db", "℃ 도", "상자", "도즈", "정 알", "식 끼", "주차")
COUNTERS = frozenset(["곳", "군데", "개", "개소", "가지", "건", "명", "인", "사람"])  # what a table need not say that it counts in
CLASS = {unit: n for n, units in enumerate(UNITS) for unit in units.split()}
ONE = r"\d+(?:\.\d+)?(?![\d.]*\d)\s?[조억만천백]*"
FIGURE = re.compile(rf"(?<![\d.])({ONE}(?:(?<=[조억만천])\s?\d{{1,4}}(?!\d|\.\d|년)\s?[억만천백]*)*)(?:\s?("
                    + "|".join(re.escape(unit) for unit in sorted(CLASS, key=len, reverse=True)) + r")(?![a-z])(?<!\s[회인대동호주점위분일건종정평초배차번편식도](?=[가-힣])(?![은는이가을를의에도과와로만부까마씩쯤꼴당간째정인입])))?")
DAYS = {"하루": 1, "이틀": 2, "사흘": 3, "나흘": 4, "닷새": 5, "엿새": 6, "이레": 7, "여드레": 8, "아흐레": 9, "열흘": 10, "보름": 15}
SPELT_DAYS = re.compile(rf"(?<![가-힣\d])({'|'.join(list(DAYS)[1:])})(?=$|[^가-힣]|[이가을를은는에의도간만째쯤밖]|동안|까지|부터|안에|마다|정도)")
SPELT = {"두": 2, "세": 3, "석": 3, "네": 4, "넉": 4, "다섯": 5, "여섯": 6, "일곱": 7, "여덟": 8, "아홉": 9, "열": 10}
YEARS = re.compile(rf"(?<![가-힣\d])({'|'.join(SPELT)})\s해(?=$|[^가-힣]|[간째가를의만동사연])")
COUNTED = re.compile(rf"(?<![가-힣\d])({'|'.join(SPELT)})\s(?=(?:번|차례|곳|군데|가지|명|사람|개|달|대|척|건|종|배|단계|부분|팀|알|시간|주(?!\w))(?!로|표))")
ABOUT = re.compile(r"(?:가량|정도|남짓|쯤|안팎|여\s)")
OF_SO_MANY = re.compile(r"(\d+)\s?(?:곳|명|개|가구|건|사람)?\s?(?:중|가운데|에)\s(\d+)\s?(?:곳|명|개|가구|건|사람)")  # "열 곳 가운데 네 곳"


class Figure(NamedTuple):
    value: Decimal
    power: str  # the powers of ten that are written in words
    unit: str
    about: bool  # "약", "가량": rounded, as far as it is written


def plain(text: str) -> str:
    """A text with its signs in one form: no commas within figures, ㎝ as cm, 세 번 as 3번, 열흘 as 10일."""
    text = re.sub(r"(?<=\d),(?=\d)", "", unicodedata.normalize("NFKC", text).lower())
    text = SPELT_DAYS.sub(lambda match: f"{DAYS[match[1]]}일", YEARS.sub(lambda match: f"{SPELT[match[1]]}년", text))
    text = re.sub(r"\$\s?(\d[\d.]*(?:\s?[조억만천백]+)?)(?![\d.])|(\d)\$", r"\1\2달러", COUNTED.sub(lambda match: str(SPELT[match[1]]), text))
    return re.sub(r"(?<!\d)((?:19|20)\d\d)-(\d\d)-(\d\d)(?!\d)", r"\1년 \2월 \3일", text)


def figures(text: str) -> list[Figure]:
    """The figures of a plain text."""
    return [Figure(value[0], re.sub(r"[\d.\s]", "", match[1]), match[2] or "", text[:match.start()].endswith(("약 ", "약")) or bool(ABOUT.match(text, match.end())))
            for match in FIGURE.finditer(text) if (value := amount(match[1]))]


def digits(figure: Figure) -> tuple[int, ...]:
    """What stays the same of a figure, whatever its power of ten."""
    return figure.value.normalize().as_tuple().digits


def stands(figure: Figure, there: Sequence[Figure], over: str) -> bool:
    """Whether a figure stands among others, with its unit; that of a bare number may stand over it, as in a table's title."""
    value, power, unit, about = figure
    counted = rf"*)\s?(?:{'|'.join(map(re.escape, UNITS[CLASS[unit]].split()))})" if unit else r"+)[가-힣]{0,2}"
    scales = [prod(SCALES[letter] for letter in letters) for letters in re.findall(rf"(?<![가-힣a-z\d])([조억만천백십]{counted}(?![가-힣a-z])", over)] if unit or power else []
    if not scales and (not unit or unit in COUNTERS or "단위" not in over):
        scales = [1]
    near = Decimal(10) ** int(value.normalize().as_tuple().exponent) / 2 if about else 0
    return any(abs(other.value * scale - value) <= near for other in there if not unit or not other.unit or CLASS[unit] == CLASS[other.unit]
               for scale in ([1] if other.power or other.unit else scales))


def derived(figure: Figure, there: Sequence[Figure], told: Sequence[Figure], over: bool) -> bool:
    """Whether a figure is the difference of two others of its unit, or tells how many times, or by how many percent, one is of the
    other, as far as it is written. One of the two is `told` beside it where other figures are; `over`: more than so many times."""
    value, _, unit, about = figure
    beside = {other.value for other in told if other != figure and other.unit != "년"}
    near = Decimal(10) ** int(value.normalize().as_tuple().exponent) / 2
    for one, other in permutations((other for other in there if other.value and other.unit != "년"), 2):
        if one.unit and other.unit and CLASS[one.unit] != CLASS[other.unit] or beside and not beside & {one.value, other.value}:
            continue
        gap, times = abs(one.value - other.value), one.value / other.value
        if unit == "배":
            if value <= times < value + 1 if over else abs(times - value) <= near:
                return True
        elif unit == "%":
            if gap and abs(gap * 100 / other.value - value) <= near:
                return True
        elif (unit and {one.unit, other.unit} & {unit, ""} or unit in ("%p", "%포인트") and "%" in (one.unit, other.unit)) and gap and abs(gap - value) <= (near if about else 0):
            return True
    return False


def share(text: str, there: Sequence[Figure]) -> set[Decimal]:
    """The numbers of a text that tell a share in round figures ("열 곳 가운데 네 곳") where its percentage stands."""
    return {Decimal(number) for all_, some in OF_SO_MANY.findall(text) if int(all_) and any(
        other.unit == "%" and abs(other.value - 100 * Decimal(some) / int(all_)) <= 50 / Decimal(all_) for other in there) for number in (all_, some)}
