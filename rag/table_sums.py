"""What is worked out from the cells of a table: sums and averages, and how far two of them are apart."""

import re
from decimal import Decimal

from rag.table_question import CHANGED, CLEAR, MEASURED, Question, Reply, chosen_rows, topic
from rag.table_ranks import DEGREES, MORE_OF, measure
from rag.tables import PER, Table, amount, said, shown, squeeze
from rag.wording import particle

BEFORE = re.compile(r"(?:전년|작년|지난해|직전|한 해 (?:전|사이)|1년 (?:전|사이))(?:에\s?비해|\s?보다|\s?대비)?")
YEARLY = re.compile(r"\d\d|\d\s?(?:분기|Q|월|차|학기)")  # in a column's name: a time
HOW_FAR = re.compile(r"얼마|몇|차이|격차")
AVERAGE = re.compile(r"평균(?=[은이을값]|\s?(?:얼마|몇|구해|내면|내)|으로|\W*$)")
TOTAL_OF = re.compile(r"총\s?몇\s?([가-힣]+?)(?=[이인야을]|\W|$)")  # "총 몇 회": a sum where the figures count just that
ADDED = re.compile(r"합치|합쳐|합계|합산|더하|더한|더해|총합|합하|합한|합은|합이")
SUMMED = re.compile(rf"{ADDED.pattern}|총\s?얼마")
RANGE = re.compile(r"(?<![\d.])(\d{1,2})\s?(?:월|분기)?\s?[~∼–-]\s?(\d{1,2})\s?(?:월|분기)")
YEARS_OF = re.compile(r"(?<!\d)(\d{1,2})\s?(?:개년|년\s?치|년\s?간|년\s?동안)")  # all the years of a table
MEAN = re.compile("평균|average", re.IGNORECASE)
PERCENT = re.compile(r"몇\s?(?:%|퍼센트|프로)")
TIMES = re.compile(r"몇\s?배")


def average(asked: Question, table: Table) -> Reply | None:
    """The mean of a column, each row counted once; the table's own where it has one."""
    if any("평균" in c and asked.says(c) >= CLEAR for c in table.columns):  # a column tells it
        return None
    return total(Question(re.sub(r"평균(?:(?:[은는이가을를도값]|으로)*(?=\W|$))?", " ", asked.text)), table, mean=True)


def total(asked: Question, table: Table, mean: bool = False) -> Reply | None:
    counted, span = TOTAL_OF.search(asked.text), RANGE.search(asked.text)
    years = YEARS_OF.search(asked.text)
    asked = Question(YEARS_OF.sub(" ", RANGE.sub(" ", asked.text)))
    column = asked.column(list(table.amounts)) or (counted and next((c for c in table.amounts if c == MEASURED.get(counted[1], "-").split()[0]), None))
    column = column and asked.whole(table, column)
    chosen = chosen_rows(asked, table, column) if column else None
    if column is None or chosen is None or len({PER.sub("", row.values[column], 1) == row.values[column] for row in table.rows if column in row.values}) > 1:
        return None
    bare, unit = shown(column, "0")
    if counted and not (unit[1:].strip() or table.unit).endswith(counted[1]):
        return None
    own = [row for row in table.totals if column in row.values and bool(MEAN.search(next(iter(row.values.values())))) == mean]
    if not chosen[1] and len(own) == 1:
        return 0, f"{bare} {'평균은' if mean else '합계는'} ", [(table.figure(own[0], column), own[0])], "입니다."
    if not mean and not SUMMED.search(asked.text) and not counted:  # "전체 예산은 얼마": of a total that stands there
        return None
    within = [n for n in chosen[0] if span is None or _in_range(next(iter(table.rows[n].values.values())), span)]
    rows, values = [table.rows[n] for n in within], [table.amounts[column][n] for n in within]
    numbers = [value for value in values if value is not None]
    if len(rows) < 2 or len(numbers) < len(rows) or years and int(years[1]) != len(rows):
        return None
    if len({table.unit_of(row, column) for row in rows}) > 1:
        return None
    items = [(f"{table.subject(row, None, set())} {table.figure(row, column)}", row) for row in rows]
    if mean:
        exact = sum(numbers, Decimal(0)) / len(numbers)
        places = min(value.normalize().as_tuple().exponent for value in numbers)
        rounded = exact.quantize(Decimal(1).scaleb(min(int(places), 0) - 1))
        return (len(chosen[1]), f"{bare}{particle(bare, '을', '를')} 단순 평균하면 {'' if rounded == exact else '약 '}"
                f"{said(rounded, column, rows, table.unit_under(column))}입니다: ", items, "")
    return len(chosen[1]), f"{bare}{particle(bare, '을', '를')} 합치면 {said(sum(numbers, Decimal(0)), column, rows, table.unit_under(column))}입니다: ", items, ""


def _in_range(label: str, span: re.Match[str]) -> bool:
    """Whether a row is of a month or quarter of "3~5월"."""
    part = re.search(r"(\d{1,2})\s?(?:월|분기|Q)", label)
    return part is not None and int(span[1]) <= int(part[1]) <= int(span[2])


def difference(asked: Question, table: Table) -> Reply | None:
    """Of two rows in a column: how far apart they are, how many times the one is the other, or which is the more."""
    more = MORE_OF.search(asked.text)
    word, most, names, _ = DEGREES[more[1]] if more else ("", True, "", "")
    column = measure(asked, list(table.amounts), names)
    chosen = chosen_rows(Question(CHANGED.sub(" ", asked.text)), table, column) if column else None
    if column is None or chosen is None or len(chosen[0]) != 2 or all(len(values) < 2 for values in chosen[1].values()):
        return None
    pairs = [(table.rows[n], table.amounts[column][n]) for n in chosen[0]]
    pairs.sort(key=lambda pair: min((at for value in pair[0].values.values() if (at := asked.squeezed.find(squeeze(value))) >= 0), default=0))
    (first, one), (second, other) = pairs
    if one is None or other is None:
        return None
    bare, _ = shown(column, "")
    items = [(f"{table.subject(row, None, set())} {table.figure(row, column)}", row) for row in (first, second)]
    if more and one != other and not HOW_FAR.search(asked.text):
        name = table.subject(first if (one > other) == most else second, None, set())
        return len(chosen[1]), f"{topic(bare)}더 {word} 것은 {name}입니다: ", items, ""
    return len(chosen[1]), _apart(asked, bare, one, other, re.sub("%$", "%p", said(abs(one - other), column, [first, second], table.unit_under(column)))), items, ""


def change(asked: Question, table: Table) -> Reply | None:
    """Of two columns in a row, as two years: how far the one is from the other."""
    bare = Question(CHANGED.sub(" ", TIMES.sub(" ", asked.text)))
    columns = [column for column in table.amounts if bare.says(column) >= 1.0]
    columns = columns if len(columns) == 2 else asked.span(list(table.amounts))
    named = {c: values for c, values in bare.conditions(table).items() if c not in columns}
    rows = [row for row in table.rows if all(row.values.get(c) in values for c, values in named.items())] if named else []
    row = rows[0] if len(rows) == 1 else bare.row(table)
    met = [value for values in named.values() for value in sorted(values)] if len(rows) == 1 else [next(iter(row.values.values()))] if row else []
    if len(columns) != 2 or not all(map(YEARLY.search, columns)) or row is None or not bare.about(table, [*met, *columns]):
        return None
    before, after = (pair and pair[0] for pair in (amount(row.values.get(column, ""), column) for column in columns))
    if before is None or after is None:
        return None
    subject, (early, late) = " ".join(shown(value, "")[0] for value in met), [shown(column, "")[0] for column in columns]
    words = f"{early} {table.figure(row, columns[0])}, {late} {table.figure(row, columns[1])}"
    lead = f"{subject}{particle(subject, '은', '는')} "
    distance = re.sub("%$", "%p", said(abs(after - before), columns[0], [row], table.unit_of(row, columns[0])))
    if TIMES.search(asked.text):
        return len(met), _apart(asked, subject, after, before, distance), [(words, row)], ""
    if PERCENT.search(asked.text) and not distance.endswith("%p") and before:
        distance = f"{(abs(after - before) / abs(before) * 100).quantize(Decimal('0.1'))}%({distance})"
    way = f"{distance} {'늘었습니다' if after > before else '줄었습니다'}" if after != before else "변하지 않았습니다"
    return len(met), lead, [(words, row)], f"{particle(words, '으로', '로')} {way}."


def _apart(asked: Question, what: str, one: Decimal, other: Decimal, distance: str) -> str:
    """The lead of an answer that sets two amounts beside each other."""
    if TIMES.search(asked.text) and one and other:
        large, small = max(abs(one), abs(other)), min(abs(one), abs(other))
        times = (large / small).quantize(Decimal("0.1")).normalize()
        return f"{what}{particle(what, '을', '를')} 비교하면 {'' if times * small == large else '약 '}{times:f}배입니다: "
    return f"{what} 차이는 {distance}입니다: "
