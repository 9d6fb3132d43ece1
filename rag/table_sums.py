"""What is worked out from the cells of a table: sums, and how far two of them are apart."""

import re
from decimal import Decimal

from rag.table_question import CHANGED, Question, Reply, chosen_rows
from rag.tables import Table, amount, said, shown, squeeze
from rag.wording import particle

BEFORE = re.compile(r"전년|작년|지난해|직전|한 해 (?:전|사이)|1년 (?:전|사이)")
TIMES = re.compile(r"몇\s?배")


def total(asked: Question, table: Table) -> Reply | None:
    column = asked.column(list(table.amounts))
    chosen = chosen_rows(asked, table, column) if column else None
    if column is None or chosen is None:
        return None
    bare, _ = shown(column, "")
    if not chosen[1] and len(table.totals) == 1 and column in table.totals[0].values:
        return 0, f"{bare} 합계는 ", [(table.figure(table.totals[0], column), table.totals[0])], "입니다."
    rows, values = [table.rows[n] for n in chosen[0]], [table.amounts[column][n] for n in chosen[0]]
    numbers = [value for value in values if value is not None]
    if len(rows) < 2 or len(numbers) < len(rows):
        return None
    items = [(f"{table.subject(row, None, set())} {table.figure(row, column)}", row) for row in rows]
    return len(chosen[1]), f"{bare}{particle(bare, '을', '를')} 합치면 {said(sum(numbers, Decimal(0)), column, rows, table.unit)}입니다: ", items, ""


def difference(asked: Question, table: Table) -> Reply | None:
    """Of two rows in a column: how far apart they are, or how many times the one is the other."""
    column = asked.column(list(table.amounts))
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
    return len(chosen[1]), _apart(asked, bare, one, other, said(abs(one - other), column, [first, second], table.unit)), items, ""


def change(asked: Question, table: Table) -> Reply | None:
    """Of two columns in a row, as two years: how far the one is from the other."""
    bare = Question(CHANGED.sub(" ", TIMES.sub(" ", asked.text)))
    columns = [column for column in table.amounts if bare.says(column) >= 1.0]
    if len(columns) == 1 and BEFORE.search(asked.text):
        years = {year: column for column in table.amounts if (year := re.search(r"20\d\d", column))}
        year = re.search(r"20\d\d", columns[0])
        columns = [column for found, column in years.items() if year and int(found[0]) == int(year[0]) - 1] + columns
    named = {c: values for c, values in bare.conditions(table).items() if c not in columns}
    rows = [row for row in table.rows if all(row.values.get(c) in values for c, values in named.items())] if named else []
    row = rows[0] if len(rows) == 1 else bare.row(table)
    met = [value for values in named.values() for value in sorted(values)] if len(rows) == 1 else [next(iter(row.values.values()))] if row else []
    if len(columns) != 2 or row is None or not bare.about(table, [*met, *columns]):
        return None
    before, after = (pair and pair[0] for pair in (amount(row.values.get(column, ""), column) for column in columns))
    if before is None or after is None:
        return None
    subject, (early, late) = " ".join(shown(value, "")[0] for value in met), [shown(column, "")[0] for column in columns]
    words = f"{early} {table.figure(row, columns[0])}, {late} {table.figure(row, columns[1])}"
    lead = f"{subject}{particle(subject, '은', '는')} "
    distance = said(abs(after - before), columns[0], [row], table.unit_of(row))
    if TIMES.search(asked.text):
        return len(met), _apart(asked, subject, after, before, distance), [(words, row)], ""
    way = f"{distance} {'늘었습니다' if after > before else '줄었습니다'}" if after != before else "변하지 않았습니다"
    return len(met), lead, [(words, row)], f"{particle(words, '으로', '로')} {way}."


def _apart(asked: Question, what: str, one: Decimal, other: Decimal, distance: str) -> str:
    """The lead of an answer that sets two amounts beside each other."""
    if TIMES.search(asked.text) and one and other:
        large, small = max(abs(one), abs(other)), min(abs(one), abs(other))
        times = (large / small).quantize(Decimal("0.1")).normalize()
        return f"{what}{particle(what, '을', '를')} 비교하면 {'' if times * small == large else '약 '}{times:f}배입니다: "
    return f"{what} 차이는 {distance}입니다: "
