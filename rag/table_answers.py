"""Questions over a whole table: the most and the least, how many, the sum, the difference, all of them.

Where it is not plain which table, column and rows are meant there is no answer here: search is to give it.
"""

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from rag.answers import Answer, Citation
from rag.documents import Hit
from rag.index import Snapshot
from rag.lexicon import Term, alternatives
from rag.morphemes import content, morphemes, normalise
from rag.periods import parts_of, periods
from rag.tables import SCALES, Row, Table, amount, said, shown, squeeze, tables
from rag.wording import UNIT, particle

LONGEST, HITS, CLEAR, APART = 400, 8, 0.6, 0.15  # characters; passages looked at; a column's match, and its lead on the next
PRICE, LENGTH = "가격 요금 비용 금액 단가 이용료", "길이 기간 시간"
DEGREES = {  # stem: (the word as it is said, whether the most is meant, names of columns that it implies)
    "많": ("많은", True, ""), "적": ("적은", False, ""), "큰": ("큰", True, ""), "크": ("큰", True, ""), "컸": ("큰", True, ""),
    "작": ("작은", False, ""), "높": ("높은", True, ""), "낮": ("낮은", False, ""), "비싸": ("비싼", True, PRICE),
    "비싼": ("비싼", True, PRICE), "싼": ("싼", False, PRICE), "싸": ("싼", False, PRICE), "저렴": ("싼", False, PRICE),
    "긴": ("긴", True, LENGTH), "길": ("긴", True, LENGTH), "짧": ("짧은", False, LENGTH), "넓": ("넓은", True, "넓이 면적"),
    "좁": ("좁은", False, "넓이 면적"), "무거": ("무거운", True, "무게 중량"), "가벼": ("가벼운", False, "무게 중량"),
    "최다": ("많은", True, ""), "최대": ("큰", True, ""), "최고": ("높은", True, ""), "최소": ("작은", False, ""), "최저": ("낮은", False, "")}
STEMS = "|".join(DEGREES)
MOST = re.compile(rf"(?:가장|제일|젤)\s?({STEMS})|(최[다대소고저])(?!한)|({STEMS})\S{{1,2}}\s?순|번째로\s({STEMS})|상위|하위|top\s?\d|\d\s?위(?!안|원|권|험)", re.IGNORECASE)
RANK = re.compile(r"(?<![\d.])(\d{1,2}|두|세|네|다섯)\s?(?:번째로|위(?!안|원|권|험))")
SEVERAL = re.compile(rf"(?:상위|하위|top|(?:가장|제일) (?:{STEMS})\S*)\s?(\d{{1,2}}|두|세|네|다섯)(?!\s?번째|\d|위)", re.IGNORECASE)
WORDS = {"두": 2, "세": 3, "네": 4, "다섯": 5}
COUNT = re.compile(r"(?:(\S*[가-힣A-Za-z])\s)?(?:(?:모두|전부|총|표에|대략)\s?)*몇\s?(개국|개사|개|곳|군데|가지|종|명|팀|편|권|건|사람)(?:의)?(?:\s([가-힣A-Za-z]{2,}))?")
BOUND = re.compile(r"(?<![\d.])(\d[\d,.]*\s?[천백십]*[조억만]*\s?(?:개|원|명|대|건|곳|배|점|%|퍼센트|달러|억\s?원|만\s?원)?)\s?(?:을|를|이|가)?\s?"
                   r"(이상|이하|초과|미만|넘(?=[는은긴게어었])|보다\s?(?:많|큰|크|높|적|작|낮))(?:인(?=\s))?")
OTHERS = re.compile(r"기타|그\s?외|나머지|그 밖|others?", re.IGNORECASE)
MORE = re.compile("이상|초과|넘|많|큰|크|높")
SCALED = re.compile(r".*\((?:단위\s*:?\s*)?([조억만])\s?[가-힣]*\)")
ASKS, CELL_ROOM = re.compile(r"몇|얼마|언제|무엇|뭐|누구|어디|어느|알려|[은는]\s?\??$"), 60
SUM = re.compile(r"합치|합계|합산|더하|더한|총합|합하|합한|합은|합이")
DIFFERENCE = re.compile(r"차이(?!점)|격차")
ALL = re.compile(r"(?:모두|전부|빠짐없이|\b다)\s?(?:나열|열거|알려|말해|보여|적어|뽑아|써|뭐|무엇)|나열|열거")
# asks for what the cells do not say: what is left out, averages, change, bounds, reasons
BEYOND = re.compile(r"아닌|아니|제외|빼고|빼면|말고|외에|이외|없는|않|평균|배나|몇\s?배|왜|이유|까닭|어떻게|이상|이하|초과|미만|넘[는은긴]|보다|어떤\s?차이|무슨\s?차이|처음|최근|먼저|과반|절반|대부분")
CHANGE = re.compile(r"늘[어었린]|증가|줄[어었인]|감소|성장|오른|올랐|상승|하락|떨어|변화|개선|급증|급감")
# words of a question that its table need not hold
ASIDE = frozenset([
    "가장", "제일", "젤", "많이", "많다", "적다", "크다", "작다", "높다", "낮다", "비싸다", "싸다", "저렴", "길다", "짧다", "무겁다", "가볍다", "넓다", "좁다",
    "최대", "최고", "최소", "최저", "최다", "순", "순위", "위", "번째", "상위", "하위", "top", "표", "중", "가운데", "개", "곳", "명", "가지", "종", "건", "팀", "편",
    "권", "군데", "사람", "개국", "개사", "모두", "전부", "나열", "다", "총", "합", "합계", "합산", "총합", "차이", "격차", "값", "이름", "보고서", "자료", "혹시",
    "빠짐없이", "빠짐", "사이", "목록"])
KINDS = frozenset(["회사", "기업", "업체", "모델", "제품", "항목", "상품"])  # what the rows of a table may be called

Reply = tuple[int, str, list[tuple[str, Row]], str]  # how many cells were named; lead, (words, row) for each, end
Say = Callable[["Question", Table], Reply | None]


@dataclass(frozen=True)
class Question:
    text: str

    @cached_property
    def words(self) -> list[str]:
        return content(morphemes([self.text])[0])

    @cached_property
    def periods(self) -> set[str]:
        return {period for period in periods(self.text) if len(period) > 4}

    @cached_property
    def squeezed(self) -> str:
        return squeeze(self.text)

    @cached_property
    def same(self) -> dict[str, frozenset[Term]]:
        return alternatives(self.words)

    def says(self, phrase: str) -> float:
        """How far the question names a column: the share of the column's words that it holds, all of its numbers."""
        best = 0.0
        for variant in {phrase, re.sub(r"\([^()]*\)|\[[^\]]*\]", "", phrase), *re.findall(r"\(([^()]*)\)", phrase)}:
            words = [w for w in content(morphemes([variant])[0]) if w not in ("년", "월", "명", "이름")] or [squeeze(variant)]
            named = {period for period in periods(variant) if len(period) > 4}
            if not named <= self.periods or not named and any(w in words for w in {p[:4] for p in self.periods}):
                continue  # another part of the year, or all of it
            words = [w for w in words if not any(w in {period, *parts_of(period)} for period in named)] + sorted(named)
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
            return None
        score, _, best = ranked[0]
        rivals = [name for other, _, name in ranked[1:] if other > score - APART and squeeze(UNIT.sub(r"\1", name)) not in squeeze(best)]
        return None if rivals else best

    def conditions(self, table: Table) -> dict[str, set[str]]:
        """The cells that are named, by column."""
        found = {}
        for column in table.columns:
            if column in table.amounts:
                continue
            values = {row.values[column] for row in table.rows if column in row.values}
            named = {v for v in values if self.names(v)}
            named -= {v for v in named if any(v != w and squeeze(v) in squeeze(w) for w in named)}
            if named:
                found[column] = named
        return found

    def names(self, value: str) -> bool:
        bare = squeeze(value)
        if len(bare) < 2:
            return bool(bare) and bool(re.search(rf"(?<!\w){re.escape(value.strip())}(?![A-Za-z0-9])", self.text))
        return bool(re.search(rf"(?<![a-z0-9]){bare}(?![0-9]|(?<=[a-z])[a-z])", self.squeezed))

    def about(self, table: Table, met: Sequence[str]) -> bool:
        """Whether each word of the question stands over the table, in a column's name, or in what was met."""
        there = squeeze(" ".join([table.over, *table.columns, *met]))
        words = set(morphemes([" ".join([table.over, *table.columns, *met])])[0])
        words |= {part for period in self.periods & words for part in parts_of(period)}
        missing = [w for w in self.words if w not in ASIDE | KINDS and w not in words and not (len(w) > 1 and w in there)
                   and not any(words.issuperset(term) for term in self.same.get(w, ())) and not (len(w) > 1 and w.endswith("다"))]
        return not missing and (not CHANGE.search(self.text) or bool(CHANGE.search(" ".join(met))))


def over_table(question: str, hits: Sequence[Hit], snapshot: Snapshot) -> Answer | None:
    """The answer where a question plainly asks something of a whole table that the passages found, best first, are of."""
    started = time.perf_counter()
    asked = Question(normalise(question).strip())
    kinds: list[tuple[re.Pattern[str], Say]] = [(BOUND, _bounded), (SUM, _sum), (DIFFERENCE, _difference), (COUNT, _count), (MOST, _most), (ALL, _all),
                                                (ASKS, _cell)]
    says = [say for pattern, say in kinds if pattern.search(asked.text)]
    if not says or BEYOND.search(BOUND.sub(" ", asked.text)):
        return None
    replies = []
    for table in tables(hits[:HITS], snapshot):
        if reply := next((said for say in says if (said := say(asked, table))), None):
            replies.append((reply[0] + (len(table.heading) > 3 and squeeze(table.heading) in asked.squeezed), table, reply[1:]))
    if not replies:
        return None
    named, table, (lead, items, end) = max(replies, key=lambda reply: reply[0])  # of equals the one found first
    if sum(reply[0] == named for reply in replies) > 1 and 0 < len(table.heading) <= 30:
        lead = f"'{table.heading}' 표에서 {lead.removeprefix('표에 나온 ')}"
    comma = "; " if any(", " in words for words, _ in items) else ", "
    parts: list[str] = []
    for words, _ in items:
        part = f"{words} [{len(parts) + 1}]"
        if len(lead) + sum(len(p) + 2 for p in parts) + len(part) + len(end) + 2 > LONGEST:
            break
        parts.append(part)
    if not parts:
        return None
    end = f" 등{end}" if len(parts) < len(items) else end
    text = f"{lead}{items[0][0]}{end} [1]" if len(items) == 1 else f"{lead}{comma.join(parts)}{end}"
    citations = []
    for number, (_, row) in enumerate(items[:len(parts)], 1):
        start, stop = row.sentence.start, row.sentence.end
        citations.append(Citation(number, row.passage, row.passage.text[start:stop], start, stop))
    return Answer(question, question, text, True, "extractive", tuple(citations), tuple(hits), None, time.perf_counter() - started)


def _chosen(asked: Question, table: Table, column: str | None) -> tuple[list[int], dict[str, set[str]]] | None:
    """The rows that meet the conditions of a question, where all else that it says stands over the table."""
    named = {c: values for c, values in asked.conditions(table).items() if c != column}
    met = [value for values in named.values() for value in values]
    if not asked.about(table, [*met, column or ""]):
        return None
    return [n for n, row in enumerate(table.rows) if all(row.values.get(c) in values for c, values in named.items())], named


def _most(asked: Question, table: Table) -> Reply | None:
    match, several = MOST.search(asked.text), SEVERAL.search(asked.text)
    stem = next(filter(None, match.groups()), "") if match else ""
    word, most, implied = DEGREES.get(stem, ("작은", False, "") if "하위" in asked.text else ("큰", True, ""))
    ranks = {WORDS.get(number) or int(number) for number in RANK.findall(asked.text)}
    rank, count = next(iter(ranks), 1), (WORDS.get(several[1]) or int(several[1])) if several else 1
    numbers = list(table.amounts)
    column = asked.column(numbers) or (Question(implied).column(numbers) if implied else None)
    if column is None or len(ranks) > 1 or ranks and "순위" in table.columns:
        return None
    chosen = _chosen(Question(RANK.sub(" ", SEVERAL.sub(" ", asked.text))), table, column)
    if chosen is None:
        return None
    ordered = sorted(((value, n) for n in chosen[0] if not OTHERS.fullmatch(next(iter(table.rows[n].values.values()))) and (value := table.amounts[column][n]) is not None),
                     key=lambda pair: -pair[0] if most else pair[0])
    if not 0 < rank <= len(ordered) or not 0 < count <= len(ordered) or len(ordered) < 2 or 2 * len(ordered) < len(chosen[0]):
        return None
    best = ordered[:count] if several else [pair for pair in ordered if pair[0] == ordered[rank - 1][0]]
    if len(best) > max(count, 3):
        return None
    which = asked.column([c for c in table.names if len(chosen[1].get(c, ())) != 1])
    bare, _ = shown(column, "")
    items = []
    for row in (table.rows[n] for _, n in best):
        name, figure = table.subject(row, which, set()), shown(column, row.values[column])[1]
        items.append((f"{name}{particle(name, '으로', '로')} {figure}" if len(best) == 1 else f"{name}({figure})", row))
    order = "" if several else "가장 " if rank == 1 else f"{rank}번째로 "
    return (len(chosen[1]), f"{bare}{particle(bare, '이', '가')} {order}{word} {'순서는' if several else '것은'} ", items, "입니다.")


def _cell(asked: Question, table: Table) -> Reply | None:
    """One cell, where the question names its row and its column and says nothing else."""
    named = asked.conditions(table)
    column = asked.column([c for c in table.columns if c not in named])
    chosen = _chosen(asked, table, column) if named and column else None
    if column is None or chosen is None or len(chosen[0]) != 1 or column not in table.rows[chosen[0][0]].values:
        return None
    row = table.rows[chosen[0][0]]
    name, value = shown(column, row.values[column])
    if len(value) > CELL_ROOM or re.search(r"[다요]\.$", value):
        return None
    subject = " ".join(value for values in chosen[1].values() for value in values)
    return len(chosen[1]), f"{subject}의 {name}{particle(name, '은', '는')} ", [(value, row)], "입니다."


def _bounded(asked: Question, table: Table) -> Reply | None:
    match = BOUND.search(asked.text)
    bound = amount(match[1]) if match else None
    column = asked.column(list(table.amounts))
    if match is None or bound is None or column is None:
        return None
    chosen = _chosen(Question(BOUND.sub(" ", asked.text)), table, column)
    if chosen is None:
        return None
    sign, equal = (1 if MORE.search(match[2]) else -1), match[2] in ("이상", "이하")
    scale = SCALED.fullmatch(column)
    limit = bound[0] / (SCALES.get(scale[1], 1) if scale and re.search("[조억만]", match[1]) else 1)
    rows = [table.rows[n] for n in chosen[0] if (value := table.amounts[column][n]) is not None
            and (sign * value > sign * limit or equal and value == limit)]
    if not rows:
        return None
    bare, _ = shown(column, "")
    items = [(f"{table.subject(row, None, set())}({shown(column, row.values[column])[1]})", row) for row in rows]
    end = "넘는" if match[2].startswith("넘") else f"{match[2]}인"
    return (len(chosen[1]), f"{bare}{particle(bare, '이', '가')} {match[1].strip()} {end} 것은 ", items, "입니다.")


def _count(asked: Question, table: Table) -> Reply | None:
    match = COUNT.search(asked.text)
    nouns = [re.sub(r"(?:에서|에|은|는|이|가|을|를|의)$", "", word) for word in (match[3], match[1]) if word] if match else []
    counted = Question(" ".join(nouns))
    chosen = _chosen(asked, table, None)
    column, kinds = counted.column(table.names), sorted(KINDS.intersection(counted.words))
    if not match or not chosen or any(counted.says(c) >= CLEAR for c in table.amounts) or not (column or chosen[1] and kinds):
        return None  # a value is asked for, or it is not plain what is counted
    told = {c for c, values in chosen[1].items() if len(values) == 1}
    column = None if column in told else column
    things: dict[str, Row] = {}
    for row in (table.rows[n] for n in chosen[0]):
        if column is None or column in row.values:
            things.setdefault(row.values[column] if column else table.subject(row, None, told), row)
    others = {int(number) for number in re.findall(rf"(\d+)\s?{match[2]}", table.over)}
    if not things or others - {len(things)} or (column is None and len(things) < 2):
        return None
    noun = " ".join([value for c in told for value in chosen[1][c]] + [shown(column, "")[0] if column else (kinds or ["항목"])[0]])
    counter = "개" if match[2] == "사람" else match[2]
    return (len(chosen[1]), f"표에 나온 {noun}{particle(noun, '은', '는')} ", list(things.items()),
            f"{', ' if len(things) == 1 else '까지 '}모두 {len(things)}{counter}입니다.")


def _sum(asked: Question, table: Table) -> Reply | None:
    column = asked.column(list(table.amounts))
    chosen = _chosen(asked, table, column) if column else None
    if column is None or chosen is None:
        return None
    bare, _ = shown(column, "")
    if not chosen[1] and len(table.totals) == 1 and column in table.totals[0].values:
        return 0, f"{bare} 합계는 ", [(shown(column, table.totals[0].values[column])[1], table.totals[0])], "입니다."
    rows, values = [table.rows[n] for n in chosen[0]], [table.amounts[column][n] for n in chosen[0]]
    numbers = [value for value in values if value is not None]
    if len(rows) < 2 or len(numbers) < len(rows):
        return None
    items = [(f"{table.subject(row, None, set())} {shown(column, row.values[column])[1]}", row) for row in rows]
    return len(chosen[1]), f"{bare}{particle(bare, '을', '를')} 합치면 {said(sum(numbers, Decimal(0)), column, rows)}입니다: ", items, ""


def _difference(asked: Question, table: Table) -> Reply | None:
    column = asked.column(list(table.amounts))
    chosen = _chosen(asked, table, column) if column else None
    if column is None or chosen is None or len(chosen[0]) != 2 or all(len(values) < 2 for values in chosen[1].values()):
        return None
    rows, (one, other) = [table.rows[n] for n in chosen[0]], [table.amounts[column][n] for n in chosen[0]]
    if one is None or other is None:
        return None
    bare, _ = shown(column, "")
    items = [(f"{table.subject(row, None, set())} {shown(column, row.values[column])[1]}", row) for row in rows]
    return len(chosen[1]), f"{bare} 차이는 {said(abs(one - other), column, rows)}입니다: ", items, ""


def _all(asked: Question, table: Table) -> Reply | None:
    chosen = _chosen(asked, table, None)
    if not chosen or len(chosen[0]) < 2:
        return None
    told = {c for c, values in chosen[1].items() if len(values) == 1}
    column = Question(re.sub(r"\S+별", " ", asked.text)).column([c for c in table.names if c not in told])
    if column is None and not (told and KINDS.intersection(asked.words)):
        return None
    things: dict[str, Row] = {}
    for row in (table.rows[n] for n in chosen[0]):
        if column is None or column in row.values:
            things.setdefault(row.values[column] if column else table.subject(row, None, told), row)
    noun = " ".join([value for c in told for value in chosen[1][c]] + [shown(column, "")[0] if column else sorted(KINDS.intersection(asked.words))[0]])
    return len(chosen[1]), f"표에 나온 {noun}{particle(noun, '은', '는')} ", list(things.items()), "입니다."
