"""What a question says of a table: which column, which rows, and whether it says anything else."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from rag.lexicon import Term, alternatives
from rag.morphemes import content, morphemes
from rag.periods import parts_of, periods, without_periods, year_parts
from rag.tables import DAY, TOTAL, Row, Table, amount, shown, squeeze
from rag.wording import UNIT, particle

CLEAR, APART = 0.5, 0.15  # a column's match, and its lead on the next
YEAR, QUARTER = re.compile(r"(?:19|20)\d\d"), re.compile(r"(?<![\d.])([1-4])\s?(?:분기|Q(?![A-Za-z]))", re.IGNORECASE)
NUMBER = re.compile(r"(?<![\d.])\d[\d,.]*\d\s?[천백십만억조]*|(?<![\d.])\d\s?[천백십만억조]*")
RANKED = re.compile(r"\d{1,2}\s?위(?![가-힣](?<![은는이가을를랑와의까]))")
BOUND = re.compile(r"(?<![\d.])(\d[\d,.]*\s?[천백십]*[조억만]*\s?(?:[가-힣]{1,4}?|[A-Za-z/]{1,5}|[%℃㎡])?)\s?(?:을|를|이|가)?\s?"
                   r"(이상|이하|초과|미만|넘(?=[는은긴게어었])|보다\s?(?:많|큰|크|높|적|작|낮))(?:인(?=\s))?")
COUNT = re.compile(r"(?:(\S*[가-힣A-Za-z])\s)?(?:(?:모두|전부|총|표에|대략)\s?)*몇\s?(개국|개사|개|곳|군데|가지|종|명|팀|편|권|건|사람|번(?!째)|회|차례)(?:의)?(?:\s([가-힣A-Za-z]{2,}))?")
HOW_MANY = re.compile(r"(몇\s?[가-힣]{1,2})(?<!분)야(?=\W|$)")
LACKING, NONE = re.compile(r"(?:[이가은는도]|\s)\s?없(?:는|던)(?=\s)"), re.compile(r"(?:없음|없다|해당\s?없음|미[가-힣]{2}|[-–×xX])(?=\W|$)|[-–×]")
DATE = re.compile(r"['’]?\d{2,4}\s?[년.\-/][\d\s년월일.\-/]*(?:초|말|예정)?")
GLOSSED = re.compile(r"([가-힣]+)\(([A-Za-z][^()]*)\)")  # "할인(Discount)"
SUM_IS = re.compile(r"(\d\s?[천백십만억조]*\s?원)인(?=\s)")  # no cause (원인): "매출이 320억 원인 지점"
DATED = re.compile(r"['‘’]?(?<!\d)((?:19|20)?\d\d)(?:년도?|\.(?=\d\s?Q)|(?=$|\s))\s?(?:([1-4])\s?(?:Q|분기))?(?:(\d{1,2})월)?(?:\s?(?:실적|기준|말|결산))?", re.IGNORECASE)  # over a column
IN_YEAR = re.compile(r"(?<!\d)([1-4])\s?(?:Q|분기|학기)|(?<!\d)(\d{1,2})월|([상하])반기", re.IGNORECASE)  # over a column, of a year that is not said
PART_OF_YEAR = re.compile(r"(20\d\d)년?\s?[\d~∼–월분기상하반QH/().\s]*(?:까지|말|기준|누계|누적)?\)?")  # a column that is nothing else
FORECAST = re.compile(r"\((?:F|E|P)\)|전망|예상|예측|추정|계획|목표|예산|전제", re.IGNORECASE)
CHANGED = re.compile(r"(?:늘|줄|인[상하][액폭된한]|증가|감소|성장|올[랐라렸]|오르|오른|내[렸리린]|떨어|높아|낮아|더\s?[쓴썼]|덜\s?[쓴썼]|좋아|나아|나빠|빠[졌진]|뛰[었]|상승|하락|증액|감액|변화|증감|차이|차액|개선|오름|내림|많아|적어(?!\s?(?:줘|주|라|달|봐))|커[졌진]|작아|불어|급증|급감)[가-힣]*")
CHANGE = re.compile(r"늘[어었린]|증가|줄[어었인]|감소|성장|오른|올랐|상승|하락|떨어|변화|개선|급증|급감")
JOINED, SIDE_BY_SIDE = re.compile(r"(?:랑|하고|[와과]|및|그리고)(?=\s)|,|·|각각"), 4  # what stands between things, and how many of them are told
BY = re.compile(r"(?<![가-힣])([가-힣]{1,4}?)별(?:로)?(?=\s|$)")  # "구별": what the rows of a table are
ON_DAY = re.compile(r"(?<![\d/.])(\d{1,2})(?:월\s?|/|\.)(\d{1,2})(?:일|(?=[\s?]|$))")
SINCE = re.compile(r"(?:\d년|\d년도|분기|반기|월|\dQ)(?:에\s?비해|\s?대비|\s?보다|\s?이후|부터|에서)")
WHOLE_OR_ONE = re.compile(r"^(?:총|전체|연간|1(?:건|인|명|회|대|개|톤|마리|가구)당?)\s?(?=\S{2})")  # what a column's name may be asked without
MEASURED = {"건": "건수", "회": "횟수", "대": "대수", "명": "명수 인원 인원수 사람", "개": "개수", "원": "금액 액수", "분": "시간", "초": "시간", "일": "기간", "개월": "기간", "점": "점수 평점"}  # in units
# words of a question that its table need not hold
ASIDE = frozenset([
    "나", "가장", "제일", "젤", "많이", "많다", "적다", "크다", "작다", "높다", "낮다", "비싸다", "싸다", "저렴", "길다", "짧다", "무겁다", "가볍다", "넓다", "좁다",
    "최대", "최고", "최소", "최저", "최다", "꼴찌", "꼴등", "순", "순위", "위", "번째", "상위", "하위", "top", "표", "중", "가운데", "개", "곳", "명", "가지", "종", "건", "팀", "편",
    "권", "군데", "사람", "개국", "개사", "모두", "전부", "나열", "다", "총", "합", "합계", "합산", "총합", "차이", "격차", "값", "이름", "보고서", "자료", "혹시",
    "빠짐없이", "빠짐", "사이", "목록", "배", "얼마", "차액", "계산", "대비", "비교", "전년", "작년", "지난해", "직전", "동안", "명단", "포인트", "%포인트", "p", "%p", "세다", "센", "강하다", "빠르다", "조용", "오래", "기타", "빼다", "번", "회", "차례", "퍼센트", "프로", "본", "머야", "더", "쪽", "순서", "등수", "정도", "각각", "전체", "대로", "까지다", "까지", "오히려", "덜",
    "빨리", "자주", "일찍", "점", "데이터", "샘플", "예시", "화면", "시트", "행", "줄", "기준"])
ENDS = frozenset("반조군측쪽팀층급서")  # what may be put behind a name: "시범반"
NO_KINDS = frozenset(["특", "개", "차", "각", "판", "식", "이", "송", "작", "선"])
KINDS = frozenset([  # what the rows of a table may be called
    "회사", "기업", "업체", "모델", "제품", "항목", "상품", "기관", "지역", "시군", "자치구", "나라", "국가", "해", "연도", "때", "분기", "종류", "단계", "분야",
    "날", "날짜", "일자", "달", "시기", "직종", "품종", "진료과", "노선", "과", "팀",
    "부문", "부서", "브랜드", "채널", "업종", "품목", "도시", "학과", "학교", "은행", "종목", "데"])

Reply = tuple[int, str, list[tuple[str, Row]], str]  # how many cells were named; lead, (words, row) for each, end


@dataclass(frozen=True)
class Question:
    text: str

    @cached_property
    def words(self) -> list[str]:
        return content(morphemes([HOW_MANY.sub(r"\1 ", SUM_IS.sub(r"\1 ", self.text))])[0])

    @cached_property
    def periods(self) -> set[str]:
        """Parts of years that are named; "4분기" is of the one year that is named."""
        named = {period[:4] for period in periods(self.text)}
        return year_parts(self.text) | {f"{year}q{quarter}" for year in named if len(named) == 1 for quarter in QUARTER.findall(self.text)}

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
        for variant in {phrase, WHOLE_OR_ONE.sub("", phrase), re.sub(r"\([^()]*\)|\[[^\]]*\]", "", phrase), *re.findall(r"\(([^()]*)\)", phrase)}:
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

    def stands(self, name: str) -> bool:
        """Whether a name stands in the question as it is, but for its year."""
        return (_bare(DATED.sub("", name)) or _bare(name)) in self.squeezed

    def _holds(self, word: str) -> float:
        if word in self.words or len(word) > 1 and word in self.squeezed:
            return 1.0
        if any((word,) in others for others in self.same.values()):
            return 0.9
        return 0.7 if any(len(own) > 1 and word.startswith(own) for own in self.words) else 0.0

    def _met(self, word: str) -> set[str]:
        """The words of the question that stand for a word."""
        return {own for own in self.words if own == word or (word,) in self.same.get(own, ()) or len(own) > 1 and word.startswith(own)}

    def column(self, names: Sequence[str]) -> str | None:
        """The one column that is plainly named; of "매출" and "매출 증가율" the longer."""
        if not self.periods and (quarters := set(QUARTER.findall(self.text))):  # of no year: the last one
            bare = [(periods(name), name) for name in names if {period[5:] for period in year_parts(name)} == quarters and not DATED.sub("", name).strip()]
            if bare:
                return max(bare)[1]
        ranked = sorted(((self.says(name), self.stands(name), len(_bare(name)), name) for name in names), reverse=True)
        if not ranked or ranked[0][0] < CLEAR:
            return self._of_year(names) or self._latest(names, "")
        score, whole, _, best = ranked[0]
        rivals = [name for other, also, _, name in ranked[1:] if other > score - APART and _bare(name) not in _bare(best)
                  and (also or not whole or not _bare(name).startswith(_bare(best)))]  # "영업이익" is not "영업이익률"
        return self._latest([best, *rivals], DATED.sub("", best).strip()) if rivals else best

    def whole(self, table: Table, column: str) -> str:
        """The column of totals, where another one is named by nothing but what all of the table is of: of "PF 잔액" not "본PF"."""
        totals = [name for name in table.amounts if TOTAL.fullmatch(squeeze(name))]
        named = [word for word in content(morphemes([UNIT.sub(r"\1", column)])[0]) if self._holds(word)]
        return totals[0] if len(totals) == 1 and self.says(column) < 1 and all(squeeze(word) in squeeze(table.caption) for word in named) else column

    def _latest(self, names: Sequence[str], measure: str) -> str | None:
        """Of columns that differ by their year or quarter alone, none of which the question names, the last that is no forecast."""
        if self.years or self.periods:
            return None
        last = sorted((found[0], name) for name in names if DATED.search(name) and not FORECAST.search(name) and (found := _when(name)) and found[1].strip() == measure)
        return last[-1][1] if len({when for when, _ in last}) > 1 else None

    def span(self, names: Sequence[str]) -> list[str]:
        """The two columns of one measure between which something changed: those of the two years that are named, of one that is
        named and the one before it (or, where it is what is gone from, the last), or else the last two; none where that is not plain."""
        measures: dict[str, list[tuple[tuple[int, int, int], str]]] = {}
        for name in names:
            if found := _when(name):
                measures.setdefault(shown(found[1].strip(), "")[0], []).append((found[0], name))
        several = {measure: sorted(columns) for measure, columns in measures.items() if len(columns) > 1}
        told = {measure: columns for measure, columns in several.items() if len(several) == 1 or not measure or self.says(measure) >= CLEAR}
        if len(told) != 1:
            return []
        columns = next(iter(told.values()))
        quarters = {(columns[-1][0][0], int(quarter)) for quarter in QUARTER.findall(self.text)} if not self.years else set()  # of the last year
        parts = {found[0][1:] for text in IN_YEAR.finditer(self.text) if (found := _when(text[0]))}
        asked = [n for n, (when, name) in enumerate(columns) if when[0] == columns[-1][0][0] and when[1:] in parts and not self.years or when[:2] in quarters or (
            year_parts(name) & self.periods if self.periods and when[1] else f"20{when[0]:02}" in self.words)]
        if len(asked) == 2:
            return [columns[n][1] for n in asked]
        if len(parts) > len(asked):  # of a time that the table does not tell of
            return []
        last = max((n for n, (_, name) in enumerate(columns) if not FORECAST.search(name)), default=0)
        if len(asked) == 1 and SINCE.search(self.text) and asked[0] < last:
            return [columns[asked[0]][1], columns[last][1]]
        at = asked[0] if asked else last
        return [columns[at - 1][1], columns[at][1]] if at and len(asked) < 2 and not (self.years and not asked) else []

    def several(self, names: Sequence[str]) -> list[str]:
        """The columns that are named beside each other, in the order of the table: each by words that no other one has."""
        if not JOINED.search(self.text):
            return []
        held = {name: {own for w in content(morphemes([UNIT.sub(r"\1", name)])[0]) for own in self._met(w)} for name in names if self.says(name) >= CLEAR}
        kept: list[str] = []
        for name in sorted(held, key=lambda name: (self.says(name), self.stands(name), len(_bare(name))), reverse=True):
            if held[name] - {word for other in kept for word in held[other]}:
                kept.append(name)
        tied = any(held[name] == held[other] and self.says(name) == self.says(other) and self.stands(name) == self.stands(other) for name in held if name not in kept for other in kept)
        return [name for name in names if name in kept] if 1 < len(kept) <= SIDE_BY_SIDE and not tied else []

    def _of_year(self, names: Sequence[str]) -> str | None:
        """The one column of the year that is named, though it tells of a part of that year."""
        found = [name for name in names if (year := PART_OF_YEAR.fullmatch(name)) and year[1] in self.words]
        return found[0] if len(found) == 1 and not self.periods else None

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
                alike = _alike(values) if column == table.columns[0] else ""
                named = {v for v in values if self.names(v)} or {v for v in values if alike and v.endswith(alike) and self.begins(v.removesuffix(alike))}
                named -= {v for v in named if any(v != w and squeeze(v) in squeeze(w) for w in named)}
                if not named and column != table.columns[0] and self.says(column) >= CLEAR:
                    named = {v for v in values if NONE.match(v)} if LACKING.search(self.text) else {v for v in values if self._in_time(v)}
            if named:
                found[column] = named
        shared = [c for c in found if any(found[c] == found[other] for other in found if other != c)]
        if any(self.says(c) >= CLEAR for c in shared):  # "AAA" stands in several columns, one of which is named
            found = {c: values for c, values in found.items() if c not in shared or self.says(c) >= CLEAR}
        return found

    def _in_time(self, value: str) -> bool:
        """Whether a cell that is a day or a month is of the year, or the part of a year, that the question names."""
        asked = self.periods or set(filter(YEAR.fullmatch, self.words))
        return bool(asked and DATE.fullmatch(value) and asked <= {*periods(value), *YEAR.findall(value)})

    def begins(self, name: str) -> bool:
        """Whether a word of the question is a name, and nothing but a particle after it."""
        return len(name) > 1 and bool(re.search(rf"(?<!\w){re.escape(name)}(?=\W|$|[이]?랑\s|하고\s|[와과은는이가의에도]\s)", self.text))

    @cached_property
    def numbers(self) -> set[Decimal]:
        return {pair[0] for text in NUMBER.findall(RANKED.sub(" ", QUARTER.sub(" ", ON_DAY.sub(" ", BOUND.sub(" ", self.text))))) if (pair := amount(text))}

    @cached_property
    def days(self) -> set[tuple[int, int]]:
        return {(int(month), int(day)) for month, day in ON_DAY.findall(self.text)}

    def names(self, value: str) -> bool:
        if self.days and DAY.fullmatch(value):
            return tuple(map(int, re.findall(r"\d+", value)[-2:])) in self.days
        bare = squeeze(re.sub(r"(?<=\S)\s?\([^()]*\)$", "", value))
        if len(bare) < 2:
            return bool(bare) and bool(re.search(rf"(?<!\w){re.escape(value.strip())}(?![A-Za-z0-9])", self.text))
        after = "(?![0-9])" if bare[-1].isdigit() else "(?![a-z])" if bare[-1].isascii() else ""
        before = "(?<![a-z0-9])" if bare[0].isascii() else ""
        return bool(re.search(f"{before}{bare}{after}", self.squeezed))

    def about(self, table: Table, met: Sequence[str]) -> bool:
        """Whether each word of the question stands over the table, in a column's name, or in what was met."""
        there = squeeze(" ".join([table.over, *table.columns, *met]))
        by = [kind for kind in BY.findall(self.text) if kind not in NO_KINDS]
        if any(not table.columns[0].removesuffix("명").endswith(kind) and f"{kind}별" not in there for kind in by):
            return False
        words = set(morphemes([" ".join([table.over, *table.columns, *met])])[0])
        words |= {part for period in self.periods & words for part in parts_of(period)}
        names = [squeeze(value) for value in met if len(value) > 1]
        words |= {w for w in self.words if any(name and w.startswith(name) for name in names)}  # "누리시랑"
        words |= {year[2:] for year in words.intersection(periods(self.text)) if len(year) == 4}
        words |= {word for quarter in QUARTER.findall(self.text) if any(period.endswith(f"q{quarter}") for period in words) for word in (quarter, "분기")}
        if any(DAY.fullmatch(value) for value in met):
            words |= {"월", "일"} | {w for w in self.words if w[0].isdigit()}
        words |= {"년", "년도"} if any(YEAR.search(column) for column in table.columns) else set()
        words |= {"비중", "비율"} if table.unit == "%" else set()
        units = {table.unit, *table.units, *(unit[3] for column in table.columns if (unit := UNIT.fullmatch(column)))}
        words |= {word for unit in units for word in MEASURED.get(unit.lstrip("천백십만억조"), "").split()}
        words |= {word for name, latin in GLOSSED.findall(self.text) if squeeze(latin) in there for word in content(morphemes([name])[0])}
        begun = {start for spaced in self.text.split() for end in range(2, len(spaced) + 1) if (start := spaced[:end]) in there}  # "발전원이"
        words |= {w for w in self.words if len(w) == 1 and any(w in start or w in ENDS and len(start) > 1 and f"{start}{w}" in self.text for start in begun)}
        asked = self.words if not self.periods or not self.periods <= words else content(morphemes([without_periods(self.text)])[0])
        missing = [w for w in asked if w not in ASIDE | KINDS and w.removesuffix("별") not in by and w not in words and not (len(w) > 1 and not w.isdigit() and w in there)
                   and not any(words.issuperset(term) for term in self.same.get(w, ())) and not (len(w) > 1 and w.endswith("다"))]
        return not missing and (not CHANGE.search(self.text) or bool(CHANGE.search(" ".join(met))))


def closing(asked: Question, items: Sequence[tuple[str, Row]]) -> str:
    """How an answer that tells all things of a kind ends: with how many they are, where that is asked."""
    counted = COUNT.search(asked.text)
    return f"{', ' if len(items) == 1 else '까지 '}모두 {len(items)}{'개' if counted[2] == '사람' else counted[2]}입니다." if counted else "입니다."


def _when(name: str) -> tuple[tuple[int, int, int], str] | None:
    """When a column is of, as year, quarter and month (0 where not said), and its name without that; None of one that is of no time."""
    if year := DATED.search(name):
        return (int(year[1]) % 100, int(year[2] or 0), int(year[3] or 0)), DATED.sub("", name)
    if part := IN_YEAR.search(name):
        return (0, int(part[1] or "상하".index(part[3]) + 1 if part[3] or part[1] else 0), int(part[2] or 0)), IN_YEAR.sub("", name)
    return None


def topic(name: str) -> str:
    """A column's name as the subject of a sentence; of one that is a time alone, "2024년에"."""
    name = f"{name}년" if YEAR.fullmatch(name) else name
    return f"{name}에 " if not DATED.sub("", name).strip() or PART_OF_YEAR.fullmatch(name) else f"{name}{particle(name, '이', '가')} "


def _bare(name: str) -> str:
    """A column's name without its unit and spaces."""
    return squeeze(UNIT.sub(r"\1", name))


def _alike(values: set[str]) -> str:
    """What most names of a column end in: "도서관"."""
    endings = Counter(value[n:] for value in values if " " not in value for n in range(1, len(value)))
    common = [ending for ending, count in endings.items() if count >= max(3, 0.6 * len(values))]
    return max(common, key=len, default="")


def chosen_rows(asked: Question, table: Table, *columns: str, named: dict[str, set[str]] | None = None) -> tuple[list[int], dict[str, set[str]]] | None:
    """The rows that meet the conditions of a question (or those `named`), where all else that it says stands over the table."""
    named = {c: values for c, values in (asked.conditions(table) if named is None else named).items() if c not in columns}
    met = [value for values in named.values() for value in values]
    if not asked.about(table, [*met, *columns]):
        return None
    return [n for n, row in enumerate(table.rows) if all(row.values.get(c) in values for c, values in named.items())], named
