"""The most, the least and the n-th over a column of a table, what rose or fell, and what did so most."""

import re
from decimal import Decimal

from rag.table_question import CHANGED, CLEAR, DATED, KINDS, Question, Reply, chosen_rows, closing, topic
from rag.tables import Row, Table, shown, squeeze
from rag.wording import particle

PRICE, LENGTH, PACE = "가격 요금 비용 금액 단가 이용료", "길이 기간 시간", "시간 기간 소요"
DEGREES = {  # stem: (the word as it is said, whether the most is meant, names of columns that it implies, and of those that it is the least of)
    "많": ("많은", True, "", ""), "적": ("적은", False, "", ""), "큰": ("큰", True, "", ""), "크": ("큰", True, "", ""), "컸": ("큰", True, "", ""),
    "작": ("작은", False, "", ""), "높": ("높은", True, "", ""), "낮": ("낮은", False, "", ""), "비싸": ("비싼", True, PRICE, ""),
    "비싼": ("비싼", True, PRICE, ""), "싼": ("싼", False, PRICE, ""), "싸": ("싼", False, PRICE, ""), "저렴": ("싼", False, PRICE, ""),
    "긴": ("긴", True, LENGTH, ""), "길": ("긴", True, LENGTH, ""), "짧": ("짧은", False, LENGTH, ""), "넓": ("넓은", True, "넓이 면적", ""),
    "좁": ("좁은", False, "넓이 면적", ""), "무거": ("무거운", True, "무게 중량", ""), "가벼": ("가벼운", False, "무게 중량", ""),
    "센": ("센", True, "", ""), "강한": ("강한", True, "강도", ""), "약한": ("약한", False, "강도", ""),
    "빠른": ("빠른", True, "속도", PACE), "빨": ("빠른", True, "속도", PACE), "느린": ("느린", False, "속도", PACE),
    "오래 걸": ("오래 걸린", True, PACE, ""), "조용": ("조용한", False, "소음", ""), "시끄러": ("시끄러운", True, "소음", ""),
    "두꺼": ("두꺼운", True, "두께", ""), "얇": ("얇은", False, "두께", ""), "깊": ("깊은", True, "깊이 수심", ""), "먼": ("먼", True, "거리", ""), "가까": ("가까운", False, "거리", ""),
    "더운": ("더운", True, "기온 온도", ""), "추운": ("추운", False, "기온 온도", ""), "어린": ("어린", False, "나이 연령", ""), "젊": ("젊은", False, "나이 연령", ""),
    "꼴찌": ("낮은", False, "", ""), "꼴등": ("낮은", False, "", ""), "최다": ("많은", True, "", ""), "최대": ("큰", True, "", ""), "최고": ("높은", True, "", ""),
    "최소": ("작은", False, "", ""), "최저": ("낮은", False, "", "")}
STEMS = "|".join(DEGREES)
MOST = re.compile(rf"(?:가장|제일|젤)\s?({STEMS})|(최[다대소고저]|꼴[찌등])(?!한)|({STEMS})\S{{1,2}}\s?순|번째로\s({STEMS})|상위|하위|top\s?\d|\d\s?위(?!안|원|권|험)|순위|순서대로|등수", re.IGNORECASE)
MORE_OF = re.compile(rf"(?:더|(?:어디|누구|뭐|무엇|어느\s?(?:쪽|것|게|곳))\S*(?:\s더)?)\s({STEMS})")
WHERE, PLACE = re.compile(r"(?<![가-힣])곳|어디"), re.compile(r"장소|시설|기관|지점|현장|사업장|위치|곳$")  # asked for, and what columns of it are called
IN_ORDER, EXTREME = re.compile(r"순위|순서대로|순으로|등수"), re.compile(rf"가장|제일|(?<![가-힣])젤(?=\s|{STEMS})")  # all of them; what no one cell tells
AT_ONCE = 10  # rows that are put in order
RATE = re.compile(r"[가-힣]+[률율]")  # a measure: what has the highest 성장률 need not have changed most
RANK = re.compile(r"(?<![\d.])(\d{1,2}|두|세|네|다섯)\s?(?:번째로|위(?!안|원|권|험|까지))")
SEVERAL = re.compile(rf"(?:상위|하위|top|순위로?|순서대로|(?:{STEMS})\S{{1,2}}\s?순(?:으로|위)?(?:\s[가-힣]+){{0,1}}|(?:가장|제일|젤) (?:{STEMS})\S*(?:\s[가-힣]+){{0,2}})\s?(\d{{1,2}}|(?:두|세|네|다섯)(?=\s|개|곳|가지|명|군데|건))"
                     r"(?!\s?(?:번째|년|월|일|분기|차|호|주)|\d|위(?!까지))", re.IGNORECASE)
WORDS = {"두": 2, "세": 3, "네": 4, "다섯": 5}
OTHERS = re.compile(r"기타|그\s?외|나머지|그 밖|others?", re.IGNORECASE)
PROFIT = "영업이익 영업손익 순이익 순손익 손익 이익 수지"
WHICH_MOVED = re.compile(r"((?:늘어[난나]|늘|증가[한하]|오[른르]|올[라랐]|상승[한하]|줄어[든드]|줄|감소[한하]|내[린려]|떨어[진지]|하락[한하]|더\s?쓴|덜\s?쓴|적자|흑자|마이너스|플러스)[가-힣]{0,2})\s([가-힣A-Za-z]+)")
THING = re.compile("곳|것|건|게|데|지역|사람|항목|사업|사고")
RISING = re.compile(r"흑자|플러스|더\s?[쓴썼]|늘|증가|성장|올[랐라렸]|오르|오른|높아|상승|많아|커[졌진]|급증")
MOVED = re.compile(r"증감(?:률|율|폭)?|증가(?:율|률|폭)?|변화(?:율|량)?|성장률|상승(?:률|폭)?|등락률|전년\s?(?:대비|比)")  # a column that says how far


def most(asked: Question, table: Table) -> Reply | None:
    if CHANGED.search(RATE.sub(" ", asked.text)):
        return _moved_most(asked, table)
    match, several = MOST.search(asked.text), SEVERAL.search(asked.text)
    stem = next(filter(None, match.groups()), "") if match else ""
    word, most, names, turned = DEGREES.get(stem, ("작은", False, "", "") if "하위" in asked.text else ("큰", True, "", ""))
    ranks = {WORDS.get(number) or int(number) for number in RANK.findall(asked.text)}
    rank, count = next(iter(ranks), 1), (WORDS.get(several[1]) or int(several[1])) if several else 1
    numbers = list(table.amounts)
    column = measure(asked, numbers, names)
    if column is None and turned or column and turned and Question(turned).says(column) >= CLEAR:
        column, most = column or measure(asked, numbers, turned), not most
    if column is None or len(ranks) > 1 or ranks and "순위" in table.columns:
        return None
    chosen = chosen_rows(Question(RANK.sub(" ", SEVERAL.sub(" ", asked.text))), table, column)
    if chosen is None:
        return None
    ordered = sorted(((value, n) for n in chosen[0] if not OTHERS.fullmatch(next(iter(table.rows[n].values.values()))) and (value := table.amounts[column][n]) is not None),
                     key=lambda pair: -pair[0] if most else pair[0])
    listed = not several and not ranks and bool(IN_ORDER.search(asked.text)) and not EXTREME.search(asked.text)
    count = min(AT_ONCE, len(ordered)) if listed else count
    if len({table.unit_of(table.rows[n], column) for _, n in ordered}) > 1:
        return None
    if not 0 < rank <= len(ordered) or not 0 < count <= len(ordered) or len(ordered) < 2 or 2 * len(ordered) < len(chosen[0]):
        return None
    best = ordered[:count] if several or listed else [pair for pair in ordered if pair[0] == ordered[rank - 1][0]]
    if len(best) > max(count, 3):
        return None
    told_apart = [c for c in table.names if len(chosen[1].get(c, ())) != 1]
    which = asked.column(told_apart) or next((c for c in told_apart if WHERE.search(asked.text) and PLACE.search(c)), None)
    bare, hinted = shown(column, "")[0], bool(names or turned) and asked.says(column) < CLEAR  # by the adjective alone
    items = []
    for row in (table.rows[n] for _, n in best):
        name, figure = table.subject(row, which, set()), table.figure(row, column)
        figure = f"{bare} {figure}" if hinted else figure
        items.append((f"{name}{particle(name, '으로', '로')} {figure}" if len(best) == 1 else f"{name}({figure})", row))
    order = "" if several or listed else "가장 " if rank == 1 else f"{rank}번째로 "
    lead = "" if hinted else topic(bare)
    return (len(chosen[1]), f"{lead}{order}{word} {'순서는' if several or listed else '것은'} ", items, "입니다.")


def implied(asked: Question) -> str:
    """The names of columns that an adjective of the question implies: of "가장 조용한" the noise."""
    match = MOST.search(asked.text) or MORE_OF.search(asked.text)
    return DEGREES[stem][2] if match and (stem := next(filter(None, match.groups()), "")) else ""


def measure(asked: Question, numbers: list[str], names: str) -> str | None:
    """The column that is named, or else the one that an adjective implies: of "가벼운" the weight."""
    hinted = [c for c in numbers if any(word in c for word in names.split())]
    named = max(map(asked.says, numbers), default=0.0)
    if names and (named < CLEAR or hinted and named < 1.0):
        return max(hinted, key=asked.says, default=None)
    return asked.column(numbers)


def _movements(asked: Question, table: Table, bare: Question) -> tuple[int, list[tuple[Decimal, int]], list[str]] | None:
    """How far each row rose or fell: by the column that says so, or else from the one year that is told of to the other. With
    how many conditions are met, and the columns to show."""
    named = [c for c in table.amounts if bare.says(c) >= 1.0]
    signed = [c for c in named if len({value > 0 for value in table.amounts[c] if value}) == 2 and DATED.sub("", c).strip()]  # some rise, some fall
    column = signed[0] if len(signed) == 1 else next((c for c in table.amounts if MOVED.match(c)), None)
    years = [c for c in table.amounts if re.search(r"20\d\d|'\d\d", c)]
    pair = named if len(named) == 2 else years if len(years) == 2 else asked.span(list(table.amounts))
    years = years or pair
    chosen = chosen_rows(bare, table, column or "", *(years if column else pair))
    if chosen is None or not (column or pair):
        return None
    moved: list[tuple[Decimal, int]] = []
    for n in chosen[0]:
        if OTHERS.fullmatch(next(iter(table.rows[n].values.values()))):
            continue
        if column:
            value = table.amounts[column][n]
        else:
            before, after = (table.amounts[c][n] for c in pair)
            value = after - before if before is not None and after is not None else None
        if value is not None:
            moved.append((value, n))
    told = [column] if column in signed else [*pair, *([column] if column else ())]
    return (len(chosen[1]), moved, told) if len(moved) > 1 and 2 * len(moved) >= len(chosen[0]) else None


def _told(table: Table, n: int, columns: list[str]) -> tuple[str, Row]:
    """A row with its figures in these columns."""
    row = table.rows[n]
    figures = ", ".join(f"{shown(c, '')[0]} {table.figure(row, c)}" for c in columns if c in row.values)
    return f"{table.subject(row, None, set())}({figures})", row


def _moved_most(asked: Question, table: Table) -> Reply | None:
    """The row that rose or fell most."""
    rising = bool(RISING.search(asked.text))
    found = _movements(asked, table, Question(MOST.sub(" ", CHANGED.sub(" ", asked.text))))
    if found is None:
        return None
    value, n = (max if rising else min)(found[1])
    if (value <= 0) if rising else (value >= 0):
        return None
    return found[0], f"가장 많이 {'늘어난' if rising else '줄어든'} 것은 ", [_told(table, n, found[2])], "입니다."


def moved(asked: Question, table: Table) -> Reply | None:
    """All rows that rose, or that fell, or that are in the red."""
    match = WHICH_MOVED.search(asked.text)
    if match is None or MOST.search(asked.text):
        return None
    which = Question(match[2])
    if not (THING.match(match[2]) or KINDS.intersection(which.words) or table.names and which.says(table.names[0]) >= CLEAR
            or all(word in squeeze(f"{table.heading} {table.caption}") for word in which.words)):
        return None
    rising, balance = bool(RISING.search(match[1])), re.match("적자|흑자|마이너스|플러스", match[1])
    bare = Question(WHICH_MOVED.sub(r" \2", asked.text))
    if balance:
        column = measure(bare, list(table.amounts), PROFIT)
        chosen = chosen_rows(bare, table, column) if column else None
        if column is None or chosen is None:
            return None
        found = len(chosen[1]), [(value, n) for n in chosen[0] if (value := table.amounts[column][n]) is not None], [column]
    elif (movements := _movements(asked, table, bare)) is None:
        return None
    else:
        found = movements
    rows = [n for value, n in found[1] if (value > 0 if rising else value < 0)]
    if not rows:
        return None
    said = f"{balance[0]}인" if balance else "늘어난" if rising else "줄어든"
    items = [_told(table, n, found[2]) for n in rows]
    return found[0], f"{said} 것은 ", items, closing(asked, items)
