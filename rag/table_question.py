"""What a question says of a table: which column, which rows, and whether it says anything else."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from rag.lexicon import Term, alternatives
from rag.morphemes import content, morphemes
from rag.periods import parts_of, without_periods, year_parts
from rag.tables import Row, Table, amount, squeeze
from rag.wording import UNIT

CLEAR, APART = 0.5, 0.15  # a column's match, and its lead on the next
YEAR = re.compile(r"(?:19|20)\d\d")
NUMBER = re.compile(r"(?<![\d.])\d[\d,.]*\d\s?[천백십만억조]*|(?<![\d.])\d\s?[천백십만억조]*")
BOUND = re.compile(r"(?<![\d.])(\d[\d,.]*\s?[천백십]*[조억만]*\s?(?:개|원|명|대|건|곳|배|점|년|%|퍼센트|달러|억\s?원|만\s?원)?)\s?(?:을|를|이|가)?\s?"
                   r"(이상|이하|초과|미만|넘(?=[는은긴게어었])|보다\s?(?:많|큰|크|높|적|작|낮))(?:인(?=\s))?")
SUM_IS = re.compile(r"(\d\s?[천백십만억조]*\s?원)인(?=\s)")  # no cause (원인): "매출이 320억 원인 지점"
DATED = re.compile(r"['‘’]?(?<!\d)((?:19|20)?\d\d)(?:년도?|\.(?=\d\s?Q)|(?=$|\s))\s?(?:([1-4])\s?(?:Q|분기))?(?:\s?(?:실적|기준|말|결산))?", re.IGNORECASE)  # over a column
FORECAST = re.compile(r"\((?:F|E|P)\)|전망|예상|예측|추정|계획|목표|예산|전제", re.IGNORECASE)
CHANGED = re.compile(r"(?:늘|줄|증가|감소|성장|올[랐라렸]|오르|오른|내[렸리린]|떨어|높아|낮아|상승|하락|증액|감액|변화|증감|차이|차액|개선|많아|적어|커[졌진]|작아|불어|급증|급감)[가-힣]*")
CHANGE = re.compile(r"늘[어었린]|증가|줄[어었인]|감소|성장|오른|올랐|상승|하락|떨어|변화|개선|급증|급감")
# words of a question that its table need not hold
ASIDE = frozenset([
    "나", "가장", "제일", "젤", "많이", "많다", "적다", "크다", "작다", "높다", "낮다", "비싸다", "싸다", "저렴", "길다", "짧다", "무겁다", "가볍다", "넓다", "좁다",
    "최대", "최고", "최소", "최저", "최다", "꼴찌", "꼴등", "순", "순위", "위", "번째", "상위", "하위", "top", "표", "중", "가운데", "개", "곳", "명", "가지", "종", "건", "팀", "편",
    "권", "군데", "사람", "개국", "개사", "모두", "전부", "나열", "다", "총", "합", "합계", "합산", "총합", "차이", "격차", "값", "이름", "보고서", "자료", "혹시",
    "빠짐없이", "빠짐", "사이", "목록", "배", "얼마", "차액", "계산", "대비", "비교", "전년", "작년", "지난해", "직전", "동안", "명단", "포인트", "%포인트", "p", "%p", "세다", "센", "강하다", "빠르다", "기타", "빼다", "번", "회", "차례", "퍼센트", "프로",
    "데이터", "샘플", "예시", "화면", "시트", "행", "줄", "기준"])
KINDS = frozenset([  # what the rows of a table may be called
    "회사", "기업", "업체", "모델", "제품", "항목", "상품", "기관", "지역", "시군", "자치구", "나라", "국가", "해", "연도", "때", "분기", "종류", "단계", "분야",
    "부문", "부서", "브랜드", "채널", "업종", "품목", "도시", "학과", "학교", "은행", "종목", "데"])

Reply = tuple[int, str, list[tuple[str, Row]], str]  # how many cells were named; lead, (words, row) for each, end


@dataclass(frozen=True)
class Question:
    text: str

    @cached_property
    def words(self) -> list[str]:
        return content(morphemes([SUM_IS.sub(r"\1 ", self.text)])[0])

    @cached_property
    def periods(self) -> set[str]:
        return year_parts(self.text)

    @cached_property
    def years(self) -> bool:
        return any(map(YEAR.fullmatch, self.words))

    @cached_property
    def squeezed(self) -> str:
        return squeeze(self.text)

    @cached_property
    def same(self) -> dict[str, frozenset[Term]]:
        return alternatives(self.words)

    def says(self, phrase: str) -> float:
        """How far the question names a column: the share of the column's words that it holds, all of its numbers."""
        best = 0.0
        for variant in {phrase, re.sub(r"^(?:총|전체|연간)\s?(?=\S{2})", "", phrase), re.sub(r"\([^()]*\)|\[[^\]]*\]", "", phrase), *re.findall(r"\(([^()]*)\)", phrase)}:
            words = [w for w in content(morphemes([variant])[0]) if w not in ("년", "월", "명", "이름")] or [squeeze(variant)]
            if not self.years:  # of the one year that is told of
                words = [w for w in words if not YEAR.fullmatch(w)]
                if not words:
                    continue
            named = year_parts(variant)
            if not named <= self.periods or not named and any(w in words for w in {p[:4] for p in self.periods}):
                continue  # another part of the year, or all of it
            if named:
                words = [w for w in content(morphemes([without_periods(variant)])[0]) if w not in ("분기", "월", "반기", "말")] + sorted(named)
            if any(w.isdigit() and w not in self.words for w in words) or UNIT.fullmatch(f"x({variant})"):
                continue
            best = max(best, sum(map(self._holds, words)) / len(words))
        return best

    def _holds(self, word: str) -> float:
        if word in self.words or len(word) > 1 and word in self.squeezed:
            return 1.0
        if any((word,) in others for others in self.same.values()):
            return 0.9
        return 0.7 if any(len(own) > 1 and word.startswith(own) for own in self.words) else 0.0

    def column(self, names: Sequence[str]) -> str | None:
        """The one column that is plainly named; of "매출" and "매출 증가율" the longer."""
        ranked = sorted(((self.says(name), len(name), name) for name in names), reverse=True)
        if not ranked or ranked[0][0] < CLEAR:
            return self._latest(names, "")
        score, _, best = ranked[0]
        rivals = [name for other, _, name in ranked[1:] if other > score - APART and squeeze(UNIT.sub(r"\1", name)) not in squeeze(best)]
        return self._latest([best, *rivals], DATED.sub("", best).strip()) if rivals else best

    def _latest(self, names: Sequence[str], measure: str) -> str | None:
        """Of columns that differ by their year or quarter alone, none of which the question names, the last that is no forecast."""
        if self.years or self.periods:
            return None
        dated = [(year, name) for name in names if (year := DATED.search(name)) and DATED.sub("", name).strip() == measure and not FORECAST.search(name)]
        last = sorted((int(year[1]) % 100, int(year[2] or 0), name) for year, name in dated)
        return last[-1][2] if len({pair[:2] for pair in last}) > 1 else None

    def row(self, table: Table) -> Row | None:
        """The one row that is plainly named by its first cell, in full or by most of its words."""
        scored = sorted(((self.says(label) + self.names(label), len(label), n) for n, row in enumerate(table.rows)
                         if (label := next(iter(row.values.values())))), reverse=True)
        if not scored or scored[0][0] < CLEAR:
            return None
        score, _, best = scored[0]
        name = squeeze(next(iter(table.rows[best].values.values())))
        rivals = [n for other, _, n in scored[1:] if other > score - APART and squeeze(next(iter(table.rows[n].values.values()))) not in name]
        return None if rivals else table.rows[best]

    def conditions(self, table: Table) -> dict[str, set[str]]:
        """The cells that are named, by column; figures only of a column that is named too."""
        found = {}
        for column in table.columns:
            values = {row.values[column] for row in table.rows if column in row.values}
            if column in table.amounts:
                if self.says(column) < CLEAR or not self.numbers:
                    continue
                scale = table.scale(column)
                named = {row.values[column] for row, value in zip(table.rows, table.amounts[column], strict=True)
                         if value is not None and {value, value * scale} & self.numbers}
            else:
                named = {v for v in values if self.names(v)}
                named -= {v for v in named if any(v != w and squeeze(v) in squeeze(w) for w in named)}
            if named:
                found[column] = named
        shared = [c for c in found if any(found[c] == found[other] for other in found if other != c)]
        if any(self.says(c) >= CLEAR for c in shared):  # "AAA" stands in several columns, one of which is named
            found = {c: values for c, values in found.items() if c not in shared or self.says(c) >= CLEAR}
        return found

    @cached_property
    def numbers(self) -> set[Decimal]:
        return {pair[0] for text in NUMBER.findall(BOUND.sub(" ", self.text)) if (pair := amount(text))}

    def names(self, value: str) -> bool:
        bare = squeeze(re.sub(r"(?<=\S)\s?\([^()]*\)$", "", value))
        if len(bare) < 2:
            return bool(bare) and bool(re.search(rf"(?<!\w){re.escape(value.strip())}(?![A-Za-z0-9])", self.text))
        after = "(?![0-9])" if bare[-1].isdigit() else "(?![a-z])" if bare[-1].isascii() else ""
        before = "(?<![a-z0-9])" if bare[0].isascii() else ""
        return bool(re.search(f"{before}{bare}{after}", self.squeezed))

    def about(self, table: Table, met: Sequence[str]) -> bool:
        """Whether each word of the question stands over the table, in a column's name, or in what was met."""
        there = squeeze(" ".join([table.over, *table.columns, *met]))
        words = set(morphemes([" ".join([table.over, *table.columns, *met])])[0])
        words |= {part for period in self.periods & words for part in parts_of(period)}
        names = [squeeze(value) for value in met if len(value) > 1]
        words |= {w for w in self.words if any(name and w.startswith(name) for name in names)}  # "누리시랑"
        words |= {"비중", "비율"} if table.unit == "%" else set()
        missing = [w for w in self.words if w not in ASIDE | KINDS and w not in words and not (len(w) > 1 and w in there)
                   and not any(words.issuperset(term) for term in self.same.get(w, ())) and not (len(w) > 1 and w.endswith("다"))]
        return not missing and (not CHANGE.search(self.text) or bool(CHANGE.search(" ".join(met))))


def chosen_rows(asked: Question, table: Table, *columns: str) -> tuple[list[int], dict[str, set[str]]] | None:
    """The rows that meet the conditions of a question, where all else that it says stands over the table."""
    named = {c: values for c, values in asked.conditions(table).items() if c not in columns}
    met = [value for values in named.values() for value in values]
    if not asked.about(table, [*met, *columns]):
        return None
    return [n for n, row in enumerate(table.rows) if all(row.values.get(c) in values for c, values in named.items())], named
