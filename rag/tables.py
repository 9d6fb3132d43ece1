"""The tables of a report, whole over however many passages they are split, and the amounts in their cells."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from itertools import takewhile
from math import prod

from rag.documents import Hit, Passage, Sentence, cells
from rag.index import Snapshot
from rag.periods import periods
from rag.wording import COUNTER, NUMBER, UNIT

COUNTED_IN = {  # unit: what the columns are called that it is of
    "명": r"인원|직원|정원|현원|환자|학생|[가-힣]{2}자(?:\s?수)?$", "%": r"[율률]$|비중|비율", "건": r"건수?$", "회": r"횟수|회수", "원": r"매출|이익|예산|비용|금액|[가-힣]액$|수입|지출|자산|부채|요금|단가|가격|수익"}
TOTAL = re.compile(r"총?합계|총계|계|소계|전체|총합|평균|total|average|sum")
PER = re.compile(r"(?:1?[가-힣]{1,2}당|[월연일주]|1\s?(?:일|회|인|건|시간|개월|월|년|명|팀))\s+(?=\d[\d,.]*\s*(?:[천백십만억조]*\s*원|$|\())")  # before what a cell holds for each
AMOUNT = re.compile(rf"(?:{PER.pattern})?" r"(?:약|총|대략)?\s*([-−△+]?)((?:\d[\d,]*(?:\.\d+)?\s?[천백십]*[조억만]*\s?)+)([KMBT](?![A-Za-z]))?\s*([^\d\s()~∼,:;|/–]{0,6}(?: [가-힣]{1,2})?)\s*(?:\([^()]*\))?")
RATIO = re.compile(r"(\d[\d,]*(?:\.\d+)?)\s?(?::|대)\s?1")  # "9.2:1"
PART = re.compile(r"(\d[\d,]*(?:\.\d+)?)\s?([천백십]*)([조억만]*)")
UNITS_OVER = re.compile(r"단위\s*[:：]?\s*([^()〉>\]]{1,40})[)\]〉>]")
ONLY_UNITS = re.compile(r"[(\[〈<]?\s*단위[^()]{1,40}[)\]〉>]?")  # a line of its own under a table's name
YEAR = re.compile(r"(?:19|20)\d\d년?")
DAY = re.compile(r"['’]?(?:\d{2,4}\s?[년.\-/]\s?)?\d{1,2}\s?[월.\-/]\s?\d{1,2}\s?[일.]?")  # what a row may begin with, but is not about
ORDINALS = {"월", "위", "분기", "호", "차", "단계", "번", "등급", "이상", "이하", "미만", "초과"}  # no amounts
KEYS = COUNTER | {"순위", "월", "분기", "연도", "년도", "년", "학년", "코드"}  # columns that hold none
SCALES = {"천": 10**3, "백": 100, "십": 10, "만": 10**4, "억": 10**8, "조": 10**12, "K": 10**3, "M": 10**6, "B": 10**9, "T": 10**12}


@dataclass(frozen=True, slots=True)
class Row:
    """A row where it stands, with its values by column."""

    passage: Passage
    sentence: Sentence
    values: dict[str, str]


@dataclass
class Table:
    """The rows of a table, their total apart; `over` is what stands over it: title, headings, `caption` the line right over it."""

    over: str
    heading: str
    caption: str = ""
    units: tuple[str, ...] = ()  # that stand over it, as in "(단위: 명, 억원)"
    unit: str = ""  # the one of them that is meant
    rows: list[Row] = field(default_factory=list)
    totals: list[Row] = field(default_factory=list)

    @cached_property
    def columns(self) -> list[str]:
        return list(dict.fromkeys(name for row in self.rows for name in row.values))

    @cached_property
    def amounts(self) -> dict[str, list[Decimal | None]]:
        """The amounts in each column where most cells hold one and their units are the same."""
        found = {}
        for column in self.columns:
            parsed = [amount(row.values.get(column, ""), column) for row in self.rows]
            numbers, filled = [pair for pair in parsed if pair], sum(column in row.values for row in self.rows)
            if {unit for _, unit in numbers if unit} == {column}:  # "3병동" under "병동" is a name
                continue
            if 2 * len(numbers) > filled and len({unit for _, unit in numbers if unit}) < 2 and column.lower() not in KEYS and not column.endswith("번호"):
                found[column] = [pair and pair[0] for pair in parsed]
        return found

    def figure(self, row: Row, column: str) -> str:
        """A cell as it is said, with its unit wherever that stands."""
        name, value = shown(column, row.values[column])
        return f"{value}{self.unit_of(row, column)}" if NUMBER.fullmatch(value) and name == column else value

    def unit_of(self, row: Row, column: str) -> str:
        """The unit of a row's bare number: in its column of units, behind its name, or over the table."""
        label = UNIT.fullmatch(next(iter(row.values.values())))
        return row.values.get("단위") or (label[2] + label[3] if label else "") or self.unit_under(column)

    def unit_under(self, column: str) -> str:
        """The unit over the table that is meant in a column: of several the one that its name tells."""
        fitting = [unit for unit in self.units if re.search(COUNTED_IN.get(unit.lstrip("조억만천백십"), "$^"), column)]
        return self.unit or (fitting[0] if len(fitting) == 1 else "")

    def scale(self, column: str) -> int:
        """What a bare number in a column stands for: 10,000 under "(만원)"."""
        unit = UNIT.fullmatch(column)
        letters = takewhile("조억만천백십".__contains__, unit[2] if unit else self.unit)
        return prod((SCALES[letter] for letter in letters), start=1)

    def turned(self, row: Row | None, part: str = "") -> "Table | None":
        """One row as a table of its own: a row for each column that holds an amount of the row's unit. `part` tells what the
        columns are to be: "q", "y" or "m" for quarters, years or months, "t" for any of these, "" for none of them."""
        if row is None:
            return None
        label = next(iter(row.values.values()))
        first = next(iter(row.values))
        found = {column: amount(value, column) for column, value in list(row.values.items())[1:]}
        units = {pair[1] for pair in found.values() if pair and pair[1]}
        parts = {column: next((period[4:5] or "y" for period in periods(column)), "y" * bool(re.search(r"20\d\d", column)))
                 for column, pair in found.items() if pair}  # a half year is not ranked among years
        columns = [column for column, part in parts.items() if list(parts.values()).count(part) * 2 > len(parts)]
        over = {unit[2] + unit[3] if (unit := UNIT.fullmatch(column)) else "" for column in columns}
        if len(columns) < 3 or len(units) > 1 or len(over) > 1 or (parts[columns[0]] not in "qymh" if part == "t" else parts[columns[0]] != part):
            return None
        rows = [Row(row.passage, row.sentence, {first: column, label: row.values[column]}) for column in columns]
        return Table(self.over, self.heading, self.caption, self.units, row.values.get("단위", "") or self.unit, rows=rows)

    @cached_property
    def names(self) -> list[str]:
        """The columns that say what a row is about."""
        return [c for c in self.columns if c not in self.amounts and c.lower() not in COUNTER | {"순위"}]

    def subject(self, row: Row, asked: str | None, told: set[str]) -> str:
        """What a row is about: its first cell, and a second that tells it from other rows or was asked for; without what
        is `told` already."""
        first, *others = [c for c in self.names if c in row.values] or [next(iter(row.values))]
        firsts = [other.values[first] for other in self.rows if first in other.values]
        doubled = len(set(firsts)) < len(firsts)
        name = row.values[first]
        dated = bool(DAY.fullmatch(name))
        second = asked if asked in others else others[0] if others and (doubled or dated or first in told) else None
        if name.isdecimal():
            name = f"{name}년" if "년" in first + "년" * first.endswith("연도") and len(name) == 4 else f"{first} {name}"
        if second is None or len(row.values[second]) > 30:
            return name
        return row.values[second] if first in told else f"{name}{'' if dated else '의'} {row.values[second]}"


def tables(hits: Sequence[Hit], snapshot: Snapshot) -> Iterator[Table]:
    """The tables that passages are of, each whole and once."""
    reports: dict[str, list[Passage]] = {}
    seen: set[tuple] = set()
    for passage in (hit.passage for hit in hits):
        around, first = [passage], 0
        if "row" in (passage.sentences[0].kind, passage.sentences[-1].kind):  # the table may go on
            if passage.source not in reports:
                reports[passage.source] = snapshot.passages_of(passage.source)
            around = reports[passage.source]
            first = next(n for n, other in enumerate(around) if other.id == passage.id)
        last = first
        while first and around[first].sentences[0].kind == around[first - 1].sentences[-1].kind == "row":
            first -= 1
        while last + 1 < len(around) and around[last].sentences[-1].kind == around[last + 1].sentences[0].kind == "row":
            last += 1
        for table in _runs(around[first:last + 1]):
            key = (passage.source, *((r.passage.start, r.sentence.start) for r in table.rows[:1]))
            if len(table.rows) > 1 and key not in seen and any(r.passage.id == passage.id for r in table.rows):
                seen.add(key)
                yield table


def _runs(passages: Sequence[Passage]) -> Iterator[Table]:
    """The tables in passages that follow each other."""
    table: Table | None = None
    lead, known = "", set[str]()
    for passage in passages:
        for sentence in passage.sentences:
            text = passage.text[sentence.start:sentence.end]
            values = {name: value for name, value in cells(text) if name} if sentence.kind == "row" else {}
            if table and not (next(iter(values), "") in known and 2 * len(known & values.keys()) >= len(values)):
                yield table
                table = None
            if not values:
                lead = "" if sentence.kind == "row" else f"{lead} {text}" if ONLY_UNITS.fullmatch(text.strip()) else text
                continue
            if table is None:
                heading = next((part for part in reversed(passage.heading.split(" > ")) if not re.search("[.다:]$", part)), "")
                over = UNITS_OVER.search(lead or passage.heading.split(" > ")[-1])
                units = tuple(re.split(r"\s*[,·/]\s*", over[1].strip())) if over else ()
                table, known = Table(f"{passage.title} {passage.heading} {lead}", heading, lead, units, units[0] if len(units) == 1 else ""), set()
            known |= values.keys()
            row = Row(passage, sentence, values)
            (table.totals if TOTAL.fullmatch(squeeze(next(iter(values.values())))) else table.rows).append(row)
    if table:
        yield table


def squeeze(text: str) -> str:
    """The letters and digits of a text, whatever its spacing and case."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text)).lower()


def amount(value: str, column: str = "") -> tuple[Decimal, str] | None:
    """A cell's amount and unit; None for a range, a list, a year or month, words."""
    if ratio := RATIO.fullmatch(value.strip()):
        return Decimal(ratio[1].replace(",", "")), ":1"
    match = AMOUNT.fullmatch(value.strip())
    if not match or match[4].strip() in ORDINALS or YEAR.fullmatch(value.strip()) and ("년" in value or "년" in column):
        return None
    whole, group = Decimal(0), Decimal(0)
    for number, small, large in PART.findall(match[2]):
        part = Decimal(number.replace(",", ""))
        for letter in small:
            part *= SCALES[letter]
        group += part
        for letter in large:
            group *= SCALES[letter]
        if large:
            whole, group = whole + group, Decimal(0)
    whole = (whole + group) * SCALES.get(match[3] or "", 1)
    return -whole if match[1] not in ("", "+") else whole, match[4].strip()


def shown(name: str, value: str) -> tuple[str, str]:
    """A column's name and value as they are said; a unit in the name goes to the value."""
    unit = UNIT.fullmatch(name)
    if not unit:
        return name, value
    if not NUMBER.fullmatch(value):
        return unit[1], value
    return unit[1], f"{value}{unit[2]}{' ' if unit[2] and unit[3] else ''}{unit[3]}"


def said(number: Decimal, column: str, rows: Sequence[Row], unit: str = "") -> str:
    """A computed amount, written as the cells of its column are; `unit` is the one that stands over the table."""
    values = [row.values[column] for row in rows]
    told = next(filter(None, (found[1] for value in values if (found := amount(value, column)))), "")
    if unit and not told:
        return f"{number.normalize():,f}{unit}"
    unit = told
    if not any(re.search("[조억만]", value) for value in values):
        return shown(column, f"{number.normalize():,f}")[1] + (f" {unit}" if len(unit) > 1 or unit[:1] >= "가" else unit)
    parts = []
    for letter in "조억만":
        count, number = divmod(number, SCALES[letter])
        parts += [f"{int(count):,}{letter}"] if count else []
    parts += [f"{number.normalize():,f}"] if number else []
    return f"{' '.join(parts) or '0'} {unit}".strip()
