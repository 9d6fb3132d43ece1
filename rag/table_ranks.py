"""The most, the least and the n-th over a column of a table, and what changed most."""

import re
from decimal import Decimal

from rag.table_question import CHANGED, FORECAST, Question, Reply, chosen_rows
from rag.tables import Table, shown
from rag.wording import particle

PRICE, LENGTH = "가격 요금 비용 금액 단가 이용료", "길이 기간 시간"
DEGREES = {  # stem: (the word as it is said, whether the most is meant, names of columns that it implies)
    "많": ("많은", True, ""), "적": ("적은", False, ""), "큰": ("큰", True, ""), "크": ("큰", True, ""), "컸": ("큰", True, ""),
    "작": ("작은", False, ""), "높": ("높은", True, ""), "낮": ("낮은", False, ""), "비싸": ("비싼", True, PRICE),
    "비싼": ("비싼", True, PRICE), "싼": ("싼", False, PRICE), "싸": ("싼", False, PRICE), "저렴": ("싼", False, PRICE),
    "긴": ("긴", True, LENGTH), "길": ("긴", True, LENGTH), "짧": ("짧은", False, LENGTH), "넓": ("넓은", True, "넓이 면적"),
    "좁": ("좁은", False, "넓이 면적"), "무거": ("무거운", True, "무게 중량"), "가벼": ("가벼운", False, "무게 중량"),
    "센": ("센", True, ""), "강한": ("강한", True, ""), "약한": ("약한", False, ""), "빠른": ("빠른", True, ""), "느린": ("느린", False, ""),
    "꼴찌": ("낮은", False, ""), "꼴등": ("낮은", False, ""), "최다": ("많은", True, ""), "최대": ("큰", True, ""), "최고": ("높은", True, ""), "최소": ("작은", False, ""), "최저": ("낮은", False, "")}
STEMS = "|".join(DEGREES)
MOST = re.compile(rf"(?:가장|제일|젤)\s?({STEMS})|(최[다대소고저]|꼴[찌등])(?!한)|({STEMS})\S{{1,2}}\s?순|번째로\s({STEMS})|상위|하위|top\s?\d|\d\s?위(?!안|원|권|험)", re.IGNORECASE)
RATE = re.compile(r"[가-힣]+[률율]")  # a measure: what has the highest 성장률 need not have changed most
RANK = re.compile(r"(?<![\d.])(\d{1,2}|두|세|네|다섯)\s?(?:번째로|위(?!안|원|권|험))")
SEVERAL = re.compile(rf"(?:상위|하위|top|(?:{STEMS})\S{{1,2}}\s?순(?:으로|위)?|(?:가장|제일|젤) (?:{STEMS})\S*(?:\s[가-힣]+){{0,2}})\s?(\d{{1,2}}|두|세|네|다섯)"
                     r"(?!\s?(?:번째|년|월|일|분기|차|호|주)|\d|위)", re.IGNORECASE)
WORDS = {"두": 2, "세": 3, "네": 4, "다섯": 5}
OTHERS = re.compile(r"기타|그\s?외|나머지|그 밖|others?", re.IGNORECASE)
RISING = re.compile(r"늘|증가|성장|올[랐라렸]|오르|오른|높아|상승|많아|커[졌진]|급증")
MOVED = re.compile(r"증감(?:률|율|폭)?|증가(?:율|률|폭)?|변화(?:율|량)?|성장률|상승(?:률|폭)?|등락률|전년\s?(?:대비|比)")  # a column that says how far


def most(asked: Question, table: Table) -> Reply | None:
    if CHANGED.search(RATE.sub(" ", asked.text)):
        return _moved_most(asked, table)
    match, several = MOST.search(asked.text), SEVERAL.search(asked.text)
    stem = next(filter(None, match.groups()), "") if match else ""
    word, most, implied = DEGREES.get(stem, ("작은", False, "") if "하위" in asked.text else ("큰", True, ""))
    ranks = {WORDS.get(number) or int(number) for number in RANK.findall(asked.text)}
    rank, count = next(iter(ranks), 1), (WORDS.get(several[1]) or int(several[1])) if several else 1
    numbers = list(table.amounts)
    column = asked.column(numbers) or (Question(implied).column(numbers) if implied else None)
    if column is None or len(ranks) > 1 or ranks and "순위" in table.columns:
        return None
    chosen = chosen_rows(Question(RANK.sub(" ", SEVERAL.sub(" ", asked.text))), table, column)
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
        name, figure = table.subject(row, which, set()), table.figure(row, column)
        items.append((f"{name}{particle(name, '으로', '로')} {figure}" if len(best) == 1 else f"{name}({figure})", row))
    order = "" if several else "가장 " if rank == 1 else f"{rank}번째로 "
    return (len(chosen[1]), f"{bare}{particle(bare, '이', '가')} {order}{word} {'순서는' if several else '것은'} ", items, "입니다.")


def _moved_most(asked: Question, table: Table) -> Reply | None:
    """The row that rose or fell most: by the column that says so, or else from the one year that is told of to the other."""
    rising = bool(RISING.search(asked.text))
    column = next((c for c in table.amounts if MOVED.match(c)), None)
    bare = Question(MOST.sub(" ", CHANGED.sub(" ", asked.text)))
    named = [c for c in table.amounts if bare.says(c) >= 1.0]
    years = {c: year.start() for c in table.amounts if (year := re.search(r"20\d\d|'\d\d", c))}
    told_of = sorted((c for c in years if not FORECAST.search(c)), key=lambda c: c[years[c]:])[-2:]
    pair = named if len(named) == 2 else [*years] if len(years) == 2 else told_of if not named and len(told_of) == 2 else None
    chosen = chosen_rows(bare, table, column or "", *(years if column else pair or ()))
    if chosen is None or not (column or pair):
        return None
    moved: list[tuple[Decimal, int]] = []
    for n in chosen[0]:
        if OTHERS.fullmatch(next(iter(table.rows[n].values.values()))):
            continue
        if column:
            value = table.amounts[column][n]
        else:
            assert pair
            before, after = (table.amounts[c][n] for c in pair)
            value = after - before if before is not None and after is not None else None
        if value is not None:
            moved.append((value, n))
    if len(moved) < 2 or 2 * len(moved) < len(chosen[0]):
        return None
    value, n = (max if rising else min)(moved)
    if (value <= 0) if rising else (value >= 0):
        return None
    row = table.rows[n]
    figures = [(c, table.figure(row, c)) for c in (*(pair or ()), *([column] if column else ()))]
    told = ", ".join(f"{shown(c, '')[0]} {figure}" for c, figure in figures)
    name = table.subject(row, None, set())
    return len(chosen[1]), f"가장 많이 {'늘어난' if rising else '줄어든'} 것은 ", [(f"{name}({told})", row)], "입니다."
