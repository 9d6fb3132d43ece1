"""Figures with their units as reports write them, and whether one says the same as another: 1조 2,400억 원 and, in a column
"(억원)", 12,400."""

import re
import unicodedata
from collections.abc import Sequence
from decimal import Decimal
from math import prod
from typing import NamedTuple

from rag.tables import SCALES, amount

UNITS = ("%p %포인트 퍼센트포인트", "% 퍼센트 프로", "원 ₩", "달러 불 $", "유로 €", "엔", "위안", "명 인 사람", "배", "개월 달", "개 곳 군데 개소 가지 종 개사 개국", "건", "대", "동 채 호", "톤", "년",
         "월", "일", "분기", "주", "시간", "분", "초", "점", "위", "차 차례 회 번", "권", "편", "가구 세대", "평", "bp", "km", "m", "cm", "mm", "kg", "mg", "g", "㎍", "t", "ml", "l", "㎡ m2", "㎥ m3",
         "kb", "mb", "gb", "tb", "pb", "w", "kw", "mw", "gw", "kwh", "mwh", "gwh", "twh", "hz", "mhz", "ghz", "ppm", "ppb", "ha", "nm", "pa", "db", "℃ 도", "상자", "도즈", "정 알", "식 끼", "주차")
COUNTERS = frozenset(["곳", "군데", "개", "개소", "가지", "건", "명", "인", "사람"])  # what a table need not say that it counts in
CLASS = {unit: n for n, units in enumerate(UNITS) for unit in units.split()}
ONE = r"\d+(?:\.\d+)?(?![\d.]*\d)\s?[조억만천백]*"
FIGURE = re.compile(rf"(?<![\d.])({ONE}(?:(?<=[조억만천])\s?\d{{1,4}}(?!\d|\.\d|년)\s?[억만천백]*)*)(?:\s?("
                    + "|".join(re.escape(unit) for unit in sorted(CLASS, key=len, reverse=True)) + r")(?![a-z]))?")
SPELT = {"두": 2, "세": 3, "석": 3, "네": 4, "넉": 4, "다섯": 5, "여섯": 6, "일곱": 7, "여덟": 8, "아홉": 9, "열": 10}
COUNTED = re.compile(rf"(?<![가-힣\d])({'|'.join(SPELT)})\s(?=(?:번|차례|곳|군데|가지|명|사람|개|달|대|척|건|종|배|단계|부분|팀|알|시간|주(?!\w))(?!로|표))")
ABOUT = re.compile(r"(?:가량|정도|남짓|쯤|안팎|여\s)")


class Figure(NamedTuple):
    value: Decimal
    power: str  # the powers of ten that are written in words
    unit: str
    about: bool  # "약", "가량": rounded, as far as it is written


def plain(text: str) -> str:
    """A text with its signs in one form: no commas within figures, ㎝ as cm, 세 번 as 3번."""
    text = re.sub(r"(?<=\d),(?=\d)", "", unicodedata.normalize("NFKC", text).lower())
    text = re.sub(r"\$\s?(\d[\d.]*\s?[조억만천백]*)(?![\d.])|(\d)\$", r"\1\2달러", COUNTED.sub(lambda match: str(SPELT[match[1]]), text))
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
