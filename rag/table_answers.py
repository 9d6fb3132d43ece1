"""Questions over a whole table: the most and the least, how many, the sum, the difference, all of them.

Where it is not plain which table, column and rows are meant there is no answer here: search is to give it.
"""

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from rag.answer_type import of_type
from rag.answers import Answer, Citation, unnumbered
from rag.documents import NAME, Hit
from rag.figures import plain
from rag.index import Snapshot
from rag.morphemes import kiwi, normalise
from rag.names import WHO
from rag.question import COUNTED, wanted
from rag.table_question import (
    BOUND,
    CHANGED,
    CLEAR,
    COUNT,
    DATE,
    KINDS,
    LACKING,
    SIDE_BY_SIDE,
    SINCE,
    Question,
    Reply,
    chosen_rows,
    closing,
    topic,
)
from rag.table_ranks import EXTREME, MORE_OF, MOST, OTHERS, WHICH_MOVED, implied, most, moved
from rag.table_sums import ADDED, AVERAGE, BEFORE, TOTAL_OF, average, change, difference, total
from rag.tables import UNITS_OVER, Row, Table, amount, shown, squeeze, tables
from rag.wording import particle

LONGEST, HITS = 400, 8  # characters; passages looked at
MORE = re.compile("이상|초과|넘|많|큰|크|높")
ASKS, CELL_ROOM = re.compile(r"몇|얼마|언제|무엇|뭐|누구|어디|어느|알려|[은는]\s?\??$"), 60
SUM = re.compile(rf"(?:전체|총)\s.*(?:얼마|몇)|{ADDED.pattern}|{TOTAL_OF.pattern}")
DIFFERENCE = re.compile(rf"차이(?!점)|격차|차액|보다.{{0,25}}?(?:더|몇|얼마)|몇\s?배|비교(?!적)|{MORE_OF.pattern}")
ALL = re.compile(r"(?:모두|전부|빠짐없이|\b다)\s?(?:나열|열거|알려|말해|보여|적어|뽑아|써|뭐|무엇)|나열|열거")
LESS = re.compile(r"(?:기타|나머지|그 밖)\S*\s(?:빼고|제외하고|말고)")  # which no ranking holds
# asks for what the cells do not say: what is left out, what is usual, bounds, reasons
BEYOND = re.compile(r"아닌|아니|제외|빼고|빼면|말고|외에|이외|없는|않|평균(?=[도치]|적으로)|배나|몇\s?배|왜|이유|까닭|어떻게|이상|이하|초과|미만|넘[는은긴]|보다|어떤\s?차이|무슨\s?차이|처음|최근|먼저|과반|절반|대부분")
NO_CELL = re.compile(f"{EXTREME.pattern}|비교|차이")  # what no one cell tells
WHEN = re.compile(r"(?<![\d])(?<!\d\s)(분기)(?!\s?\d)|((?<![가-힣])(?:해|연도|년도)(?![가-힣]{2}))|((?<![가-힣])달(?![러라]))|(?<![가-힣])(?:때|시기|시점)|언제")  # what is ranked is a time
NUMBERED = re.compile(r"^[\[〈<(]?표\s?[\dIVXⅠ-Ⅹ-]+[\]〉>).:]*\s*")  # before a table's name
TIME_FIRST = re.compile(r"['‘’]?\d[\d.~\s년월분기QHFE()말기준실적]*[이가을를은는에]\s")  # words that do not say what is measured
APART = re.compile(f"{CHANGED.pattern}|{DIFFERENCE.pattern}")
AND_HOW = re.compile(r"\s(?:뭐|무엇|어디|누구|언제)(?:이)?(?:고|며)\s(?:며칠|몇|얼마)\S*(?:\s\S+)?\W*$")  # which the most of all tells anyway
MARKER = re.compile(r"(\[\d+\])")
UNSPACED, YEARS_AGO = re.compile(r"\S{8,}"), re.compile(r"\d+년\s?전\s?\(([^()]+)\)")
PLAIN = frozenset(["있다", "되다", "하다", "이다", "나오다", "나가다", "들다", "들어가다", "들어오다", "실리다", "적히다", "보이다", "다루다"])  # predicates that leave nothing out
Say = Callable[[Question, Table], Reply | None]


def over_table(question: str, hits: Sequence[Hit], snapshot: Snapshot, beside: Citation | None = None) -> Answer | None:
    """The answer where a question plainly asks something of a whole table that the passages found, best first, are of; of the
    table alone that a row that was cited is of, where one is."""
    started = time.perf_counter()
    text = normalise(question).strip()
    text = kiwi().space(text) if UNSPACED.fullmatch(text) else YEARS_AGO.sub(r" \1", text)
    text = AND_HOW.sub("", text) if MOST.search(text) else text
    less, asked = bool(LESS.search(text)), Question(LESS.sub(" ", text).strip())
    kinds: list[tuple[re.Pattern[str], Say]] = [
        (BOUND, _bounded), (SUM, total), (MOST, most), (WHICH_MOVED, moved), (APART, change), (DIFFERENCE, difference), (COUNT, _count),
        (ALL, _all), (ASKS, _cells)]
    says = [say for pattern, say in kinds if (pattern.search(asked.text) or say is _cells and _ends_in_noun(asked.text)) and not (say is _cells and NO_CELL.search(asked.text))]
    if MOST.search(asked.text):  # of all rows, not of one
        says = [say for say in says if say is not change]
    if AVERAGE.search(asked.text):
        says = [average]
    elif "평균" in asked.text:
        says.insert(0, average)
    if not says or BEYOND.search(DIFFERENCE.sub(" ", LACKING.sub(" ", BOUND.sub(" ", SINCE.sub(" ", BEFORE.sub(" ", asked.text)))))):
        return None
    says = [partial(_count, sentences=_counting(asked, hits)) if say is _count else say for say in says]
    when = WHEN.search(asked.text)
    ranks_times = when and (MOST.search(asked.text) or WHICH_MOVED.search(asked.text))
    part = next((kind for kind, word in zip("qym", when.groups(), strict=True) if word), "t") if when else ""
    part_of_series = "t" if SUM.search(asked.text) or "평균" in asked.text else part
    replies = []
    for table in tables(hits[:HITS], snapshot):
        if beside and not any((row.passage.id, row.sentence.start) == (beside.passage.id, beside.start) for row in [*table.rows, *table.totals]):
            continue
        if less:  # a total would hold them
            table = replace(table, rows=[row for row in table.rows if not OTHERS.fullmatch(next(iter(row.values.values())))], totals=[])
        table.unit = next((unit for unit in table.units if re.search(rf"몇\s?{re.escape(unit)}", asked.text) and not (
            unit == "%" and CHANGED.search(asked.text))), table.unit)
        timed = any(re.search(r"\d년|\d월|분기", next(iter(row.values.values()))) for row in table.rows)
        reply = next((said for say in says if (said := say(asked, table))), None) if timed or not ranks_times else None
        if reply is None and (turned := table.turned(_series(asked, table), part_of_series)):  # a series, as of years
            reply = next((said for say in says if say is not _cells and (said := say(asked, turned))), None)
            reply = reply and (reply[0] - 1, *reply[1:])
        if reply:
            named = reply[0] + (len(table.heading) > 3 and squeeze(table.heading) in asked.squeezed)
            fitting = sum(word in squeeze(table.caption) for word in asked.words if len(word) > 1) + sum(map(asked.stands, table.columns))
            replies.append((named, fitting, table, reply[1:]))
    if not replies:
        return None
    named, _, table, (lead, items, end) = max(replies, key=lambda reply: reply[:2])  # of equals the one found first
    name = NUMBERED.sub("", UNITS_OVER.sub("", table.caption)).strip(" ([<〈")
    name = name if len(name) > 3 and not re.search(r"[다:.]$", name) else table.heading
    if (sum(reply[0] == named for reply in replies) > 1 or TIME_FIRST.match(lead)) and 0 < len(name) <= 40:
        lead = f"'{name}' 표에서 {lead.removeprefix('표에 나온 ')}"
    lead = unnumbered(lead)
    comma = "; " if any(", " in words for words, _ in items) else ", "
    parts: list[str] = []
    cited: dict[tuple[str, int], Citation] = {}
    for words, row in items:
        start, stop = row.sentence.start, row.sentence.end
        place = (row.passage.id, start)
        number = cited[place].number if place in cited else len(cited) + 1
        part = f"{unnumbered(words)} [{number}]"
        if len(lead) + sum(len(p) + 2 for p in parts) + len(part) + len(end) + 2 > LONGEST:
            break
        parts.append(part)
        cited.setdefault(place, Citation(number, row.passage, row.passage.text[start:stop], start, stop))
    if not parts:
        return None
    end = f" 등{end}" if len(parts) < len(items) else end
    if len(cited) == 1:  # one row says it all
        bare = (part.removesuffix(" [1]") for part in parts)
        text = f"{lead}{comma.join(bare)}{end} [1]"
    else:
        text = f"{lead}{comma.join(parts)}{end}"
    return Answer(question, question, text, True, "extractive", tuple(cited.values()), tuple(hits), None, time.perf_counter() - started)


def each_over_table(questions: Sequence[str], hits: Sequence[Hit], snapshot: Snapshot) -> Answer | None:
    """The answers to several questions as one, where tables answer each of them."""
    answers: list[Answer] = []
    for question in questions:
        answer = (over_table(question, hits, snapshot, answers[0].citations[0]) if answers else None) or over_table(question, hits, snapshot)
        if answer is None:
            return None
        answers.append(answer)
    if len({answer.text for answer in answers}) < len(answers):
        return None
    cited: dict[tuple[str, int], Citation] = {}
    lines = []
    for answer in answers:
        for citation in answer.citations:
            cited.setdefault((citation.passage.id, citation.start), replace(citation, number=len(cited) + 1))
        numbers = {f"[{citation.number}]": f"[{cited[citation.passage.id, citation.start].number}]" for citation in answer.citations}
        lines.append("".join(numbers.get(piece, piece) for piece in MARKER.split(answer.text)))
    text = "\n".join(lines)
    return replace(answers[0], text=text, citations=tuple(cited.values()), seconds=sum(answer.seconds for answer in answers)) if len(text) <= LONGEST else None


def _series(asked: Question, table: Table) -> Row | None:
    """The row that a question is about: the one that is named, or that an adjective implies."""
    named, hinted = asked.row(table), Question(implied(asked)).row(table)
    return named if named and (hinted is None or asked.stands(next(iter(named.values.values())))) else hinted


def unheard(question: str, lost: frozenset[str], hits: Sequence[Hit], snapshot: Snapshot) -> bool:
    """Whether a question asks a table for what no report tells of: for a row by an unknown name, or by a measure that none has.
    `lost` are the words that stand in no passage."""
    text = normalise(question).strip()
    names = {word for word in lost if len(word) > 1 and not word.endswith("다")}
    if not names or BEYOND.search(text) or not (ASKS.search(text) or MOST.search(text) or _ends_in_noun(text)):
        return False
    rest = Question(re.sub("|".join(rf"(?<!\S){re.escape(word)}\S*" for word in names), " ", text, flags=re.IGNORECASE))
    if rest.text.lower().split() == text.lower().split():  # written otherwise than it is analysed
        return False
    for table in tables(hits[:HITS], snapshot):
        labels = squeeze(" ".join(next(iter(row.values.values())) for row in table.rows))
        if any(word[:2] in labels for word in names) or not rest.about(table, []):
            continue
        column = rest.column(table.columns)
        if MOST.search(text):
            if column == table.columns[0] and not any(rest.says(c) >= CLEAR for c in table.amounts):
                return True
        elif column in table.columns[1:] and not rest.conditions(table) and (rest.says(column) >= CLEAR or any(
                len(word) > 1 and word in squeeze(table.caption) and not word.isdigit() and word not in KINDS for word in rest.words)):
            return True
    return False


def _ends_in_noun(text: str) -> bool:
    """Whether a question is the mere name of what is asked: "도담은행 영업점 수"."""
    tokens = kiwi().tokenize(re.sub(r"\s*각각[\s?!.~]*$|[\s?!.~]+$", "", text))
    return bool(tokens) and tokens[-1].tag in ("NNG", "NNP", "NNB", "XSN", "SL", "SN")


def _cells(asked: Question, table: Table) -> Reply | None:
    """One cell, or a few of a row or of a column, where the question names the rows and the columns and says nothing else."""
    named, first = asked.conditions(table), table.columns[0]
    if several := asked.several([row.values[first] for row in table.rows if first in row.values]):  # "매출이랑 영업이익"
        named[first] = set(several)
    others = [c for c in table.columns if c not in named]
    columns = asked.several(others) or [asked.whole(table, column) for column in [asked.column(others)] if column]
    chosen = chosen_rows(asked, table, *columns, named=named) if named and columns else None
    if chosen is None:
        return None
    rows = [table.rows[n] for n in chosen[0] if all(c in table.rows[n].values for c in columns)]
    values = [(shown(c, "")[0], table.figure(row, c)) for row in rows for c in columns]
    whole = len(rows) == len(chosen[0]) and (len(rows) == 1 or len(columns) == 1 and len(rows) <= SIDE_BY_SIDE and sum(map(len, chosen[1].values())) == len(rows))
    asks_when = wanted(asked.text).kind == "date"
    if asks_when and not any(of_type(asked.text, f"{name}{NAME}{value}", row=True) for name, value in values):
        return None
    if WHO.search(asked.text) and any(amount(value) or DATE.fullmatch(value) for _, value in values):
        return None
    if not rows or not whole or any(len(value) > CELL_ROOM or re.search(r"[다요]\.$", value) for _, value in values):
        return None
    if len(rows) > 1:
        name = values[0][0]
        said = [(f"{table.subject(row, None, set())} {value}", row) for row, (_, value) in zip(rows, values, strict=True)]
        return len(chosen[1]), f"{name}{particle(name, '은', '는')} ", said, "입니다."
    subject = " ".join(value for values in chosen[1].values() for value in sorted(values))
    if len(columns) == 1:
        return len(chosen[1]), f"{subject}의 {values[0][0]}{particle(values[0][0], '은', '는')} ", [(values[0][1], rows[0])], "입니다."
    words = ", ".join(f"{name}{particle(name, '이', '가')} {value}" for name, value in values)
    return len(chosen[1]), f"{subject}{particle(subject, '은', '는')} ", [(words, rows[0])], "입니다."


def _bounded(asked: Question, table: Table) -> Reply | None:
    named = [squeeze(column) for column in table.columns]  # "3차 이상" is over a column
    match = next((found for found in reversed(list(BOUND.finditer(asked.text))) if not any(squeeze(found[0]) in name for name in named)), None)
    bound = amount(match[1]) if match else None
    column = asked.column(list(table.amounts))
    if match is None or bound is None or column is None:
        return None
    chosen = chosen_rows(Question(asked.text.replace(match[0], " ")), table, column)
    if chosen is None:
        return None
    sign, equal = (1 if MORE.search(match[2]) else -1), match[2] in ("이상", "이하")
    limit = bound[0] / (table.scale(column) if re.search("[천백십만억조]", match[1]) else 1)
    rows = [table.rows[n] for n in chosen[0] if (value := table.amounts[column][n]) is not None and not OTHERS.fullmatch(next(iter(table.rows[n].values.values())))
            and (sign * value > sign * limit or equal and value == limit)]
    if not rows:
        return None
    bare, _ = shown(column, "")
    items = [(f"{table.subject(row, None, set())}({table.figure(row, column)})", row) for row in rows]
    end = "넘는" if match[2].startswith("넘") else f"{match[2]}인"
    return (len(chosen[1]), f"{topic(bare)}{match[1].strip()} {end} 것은 ", items, closing(asked, items))


def _count(asked: Question, table: Table, sentences: Sequence[str] = ()) -> Reply | None:
    """How many rows there are of what is asked; `sentences` tell that too, of a table that may hold but some of them."""
    match = COUNT.search(asked.text)
    counted = Question(" ".join(_things_counted(match) if match else ()))
    chosen = chosen_rows(asked, table)
    column, nouns = counted.column([c for c in table.names if not c.endswith("번호")]), [word for word in counted.words if not (len(word) > 1 and word.endswith("다"))]
    if not match or not chosen or any(counted.says(c) >= CLEAR for c in table.amounts if c not in chosen[1]) or not (column or chosen[1] and nouns):
        return None  # a value is asked for, or it is not plain what is counted
    if sentences and len(chosen[0]) < 2 or any(all(any(squeeze(value) in text for value in values) for values in chosen[1].values()) for text in sentences):
        return None
    if not chosen[1] and not PLAIN.issuperset(word for word in asked.words if len(word) > 1 and word.endswith("다")):
        return None  # not all of them: "늦어진 단계는 몇 개"
    told = {c for c, values in chosen[1].items() if len(values) == 1}
    column = None if column in told else column
    things: dict[str, Row] = {}
    for row in (table.rows[n] for n in chosen[0]):
        if column is None or column in row.values:
            things.setdefault(row.values[column] if column else table.subject(row, None, told), row)
    over = squeeze(table.over)  # which may tell how many, unless of others too
    others = {int(number) for number in re.findall(rf"(\d+)\s?{match[2]}", table.over)} if all(squeeze(v) in over for values in chosen[1].values() for v in values) else set()
    few = column is None and len(things) < 2 and table.amounts.keys().isdisjoint(chosen[1])  # one that is named is no answer
    if not things or column and any(amount(value) for value in things) or others - {len(things)} or few:
        return None
    met = [f"{shown(c, '')[0]} {table.figure(row, c)}인" if c in table.amounts else row.values[c] for c in chosen[1] if c in told for row in list(things.values())[:1]]
    noun = " ".join([*met, *([shown(column, "")[0] if column else nouns[0]] if column or nouns[0] not in squeeze(" ".join(met)) else [])])
    return (len(chosen[1]), f"표에 나온 {noun}{particle(noun, '은', '는')} ", list(things.items()),
            closing(asked, list(things.items())))


def _counting(asked: Question, hits: Sequence[Hit]) -> list[str]:
    """The sentences, squeezed, that tell how many there are of what is counted."""
    match = COUNT.search(asked.text)
    if match is None or not (nouns := _things_counted(match)) or len(nouns[0]) < 2:
        return []
    count = re.compile(rf"\d\s?(?:{COUNTED.get(match[2], match[2])})(?![가-힣]*\s?(?:째|이상|이하))")
    texts = (hit.passage.text[s.start:s.end] for hit in hits[:HITS] for s in hit.passage.sentences if s.kind != "row")
    return [squeeze(text) for text in texts if squeeze(nouns[0]) in squeeze(text) and count.search(plain(text))]


def _things_counted(match: re.Match[str]) -> list[str]:
    """The words of a match of COUNT for what is counted, the nearest first, without particles."""
    return [re.sub(r"(?:에서|에|은|는|이|가|을|를|의)$", "", word) for word in (match[3], match[1]) if word]


def _all(asked: Question, table: Table) -> Reply | None:
    chosen = chosen_rows(asked, table)
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
