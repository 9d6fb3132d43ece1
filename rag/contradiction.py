"""Whether a report's words say otherwise than a statement does: another figure, column, time, name, direction, or a denial."""

import re

from rag.documents import cells
from rag.figures import CLASS, COUNTERS, FIGURE, UNITS, Figure, derived, digits, figures, plain, share, stands
from rag.periods import periods, without_periods, year_parts
from rag.question import DATES
from rag.statement import DATED, Reading, read
from rag.table_question import CLEAR

QUOTED = re.compile(r"['‘“\"「]([^'’”\"」]{2,20})['’”\"」]")
KINDS = "과팀부청실원구시군호동점처관"  # the last letter of names of offices and places
CHANGE = re.compile("증감|차이|변화|변동|대비")
# a figure that tells how far two others are apart
APART = re.compile(FIGURE.pattern + r"(?:(?:이나|나|가|이|은|는|만큼|쯤|정도|가량)?\s(?:더\s)?(?:줄|늘|오[르른]|올[라랐]|내[리려렸]|뛰|높|낮|많|적|짧|길|빠르|빨라|늦|떨어|증가|감소|상승|하락|단축|연장|개선|악화|차이|앞서|뒤)|(?<=배)|\s?차)")
MORE = re.compile(r"배(?:를|가|도)?\s(?:넘|이상|웃돌)")
GLOSS = re.compile(r"([\w.-]+)\s?\(([^()]{2,30})\)")  # "바드(Bard)"
GLOSSES = re.compile(rf"{GLOSS.pattern}(?:\s?[,·/]\s?(?:[\w.-]+\s)?{GLOSS.pattern})+")
FREE = re.compile("공짜|무료|무상")  # what denies a price
RATHER = re.compile(r"라기\s?보다")
BEFORE = re.compile(r"전년|지난해|작년|(?:한|1)\s?(?:해|년)\s?전")
SAME = 0.2  # of the nouns before two words that go up or down: how near they must stand for the words to be of the same thing
ASIDE = 0.2  # of a clause's words: who holds no more of them, beside one that holds more, may be of something else
# from one figure to another: "9명에서 14명으로"
SERIES = re.compile(r"(?<![\d.])(\d+(?:\.\d+)?)(?![\d.]*년)[^\d,.]{0,6}에서\s(?:\S+\s){0,3}?(\d+(?:\.\d+)?)(?![\d.]*\s?[년월])[^\d,.]{0,6}로")


def contradicts(statement: Reading, place: Reading, above: str, row: bool) -> bool:
    """Whether a place in a report, under what stands `above` it, says otherwise, or lacks a figure or a time of the
    statement."""
    above = plain(above)
    return (_other_figures(statement, place, above) or row and (_other_cell(statement, place.text) or _other_trend(statement, place.text)) or _other_time(statement, place.text, above)
            or _other_gloss(statement, place) or _other_way(statement, place) or _denied_otherwise(statement, place))


def denies(question: str, sentence: str) -> bool:
    """Whether a sentence denies what a question that denies nothing asks, or says that it goes the other way: of "연장 되나요?" "연장은 불가하다"."""
    asked, told = read(re.sub(r"[\s?？]+$", ".", question)), read(sentence)
    return not FREE.search(question) and not any(denied for _, denied in asked.clauses) and (_denied_otherwise(asked, told) or _other_way(asked, told))


def _other_figures(statement: Reading, place: Reading, above: str) -> bool:
    """Whether a figure of the statement does not stand in the place, with its unit; a unit may stand over it, and a year may."""
    over = f"{place.text} {above}"
    dates = {(number.lstrip("0"), unit) for date in DATES.finditer(place.text if DATES.search(place.text) else over)
             for number, its in re.findall(r"(\d+)\s?([년월일]?)", date[0]) for unit in (its or "년월일")}
    years = {period[:4] for period in periods(over)} | set(re.findall(r"(?:19|20)\d\d", over))

    def told(figure: Figure) -> bool:
        number, unit = str(figure.value), figure.unit
        return (number in years and unit in ("년", "") or (number, unit) in dates or unit == "분기" and f"{number}분기" in over
                or number == "1" and bool(unit) and any(f"{other}당" in place.text for other in UNITS[CLASS[unit]].split()) or unit == "점" and f"{number}점 만점" in statement.text or unit in COUNTERS and figure.value == statement.text.count(",") + 1  # of a list
                or unit == "%" and number == "50" and "절반" in over or figure in apart and derived(figure, place.figures, statement.figures, bool(MORE.search(statement.text))))

    apart = {figure for match in APART.finditer(statement.text) for figure in figures(match[0])}
    shares = share(statement.text, place.figures)
    return not all(told(figure) or figure.value in shares or stands(figure, place.figures, over) for figure in statement.figures)


def other_name(statement: Reading, known: str) -> bool:
    """Whether a statement gives a name that is not known: in quotes, or a word of several nouns that begins with another one
    (물빛초등학교 for 물결초등학교), falls to pieces that no dictionary has, or names an office."""
    squeezed = re.sub(r"\s", "", known)
    for name, tokens in statement.stems:
        if len(tokens) < 2 or len(name) < 3 or name in squeezed or re.search(r"\d", name) or tokens[0].tag in ("NR", "NP", "XPN") or tokens[0].form in CLASS:
            continue
        pieces = [token.form for token in tokens if len(token.form) == 1 and token.tag[:2] in ("NN", "MM")]
        first, last = tokens[0].form, tokens[-1].form
        if len(pieces) > 1 or any(piece not in squeezed for piece in pieces) or name[-1] in KINDS or len(last) > 1 and re.search(f"[가-힣]{last}", known) or first not in squeezed and not any(
                "".join(term) in squeezed for term in statement.question.same.get(first, ())):
            return True
    return any(quoted not in known for quoted in QUOTED.findall(statement.text))


def _other_cell(statement: Reading, row: str) -> bool:
    """Whether a figure of the statement stands in another column than the one that the statement names."""
    pairs = [(column, value) for column, value in cells(row)[1:] if column]
    named = {column for column, _ in pairs if statement.question.says(column) >= 1.0}
    said = {digits(figure) for figure in statement.figures if figure.unit not in DATED} - {digits(figure) for column, _ in pairs for figure in figures(column)}
    told = {column: {digits(figure) for figure in figures(plain(value))} for column, value in pairs}
    for number in said:
        holding = {column for column, numbers in told.items() if number in numbers}
        rivals = {column for column in named if told[column] and not told[column] & said} - holding
        if holding and rivals and not any(statement.question.says(column) >= CLEAR and not any(
                rival in column and statement.question.says(column) < 1.0 for rival in rivals) or statement.turns and CHANGE.search(column) for column in holding):
            return True
    return False


def _other_gloss(statement: Reading, place: Reading) -> bool:
    """Whether a statement of one of several names gives what stands behind another in brackets: of "A(가람), B(나래)" "A는 나래"."""
    for listed in GLOSSES.finditer(place.text):
        pairs = GLOSS.findall(listed[0])
        mine = [name in statement.text for name, _ in pairs]
        given = [gloss in statement.text for _, gloss in pairs]
        if any(mine) and any(given) and not any(named and glossed for named, glossed in zip(mine, given, strict=True)):
            return True
    return False


def _other_trend(statement: Reading, row: str) -> bool:
    """Whether what the statement says of two years, or of one against the year before, goes the other way in a row of years."""
    signs = {sign for sign, about, _ in statement.turns if abs(sign) == 1 and about[:1] != ("가장",)}
    told = {year[0]: found[0].value for column, value in cells(row)[1:] if (year := re.search(r"(?:19|20)\d\d", column)) and len(found := figures(plain(value))) == 1}
    years = sorted(year for year in told if year in statement.text)
    if len(years) == 1 and BEFORE.search(statement.text):
        years = [*sorted(year for year in told if year < years[0])[-1:], *years]
    if len(signs) != 1 or len(years) < 2:
        return False
    change = told[years[-1]] - told[years[0]]
    return change != 0 and (1 if change > 0 else -1) not in signs


def _other_time(statement: Reading, place: str, above: str) -> bool:
    """Whether the statement names a part of a year that neither the place nor what is above it names."""
    there, here = year_parts(f"{place} {above}"), year_parts(place)
    alone = year_parts(re.sub(r"(?<!\d)(?=[1-4]분기|[상하]반기|1?\d월)", "2000년 ", without_periods(place)))  # its year stands elsewhere
    there = {period for period in there if period in here or not any(other[4] == period[4] for other in here | alone)}  # what it names itself counts
    return any(period not in there and not (f"2000{period[4:]}" in alone and (period[:4] in place or not re.search(r"20\d\d", place)))
               and any(other[4] == period[4] for other in there | alone) for period in statement.question.periods)


def _other_way(statement: Reading, place: Reading) -> bool:
    """Whether what the statement says goes up goes down in the place, or the other way round."""
    signs = {sign for sign, *_ in statement.turns}
    if (series := SERIES.search(statement.text)) and signs in ({1}, {-1}):
        first, last = float(series[1]), float(series[2])
        if first != last and (1 if last > first else -1) not in signs:
            return True
    for sign, about, _ in statement.turns:
        overlaps = [(sum(1 / (1 + about.index(word)) / (1 + its.index(word)) for word in set(about) & set(its)), its_sign) for its_sign, its, _ in place.turns if abs(its_sign) == abs(sign)]
        most = max((overlap for overlap, _ in overlaps), default=0.0)
        if most > SAME and sign not in {its_sign for overlap, its_sign in overlaps if overlap == most}:
            return True
    return False


def _denied_otherwise(statement: Reading, place: Reading) -> bool:
    """Whether what a clause of the statement denies stands in clauses of the place that do not, or the other way round.

    Clauses of the statement that stand in the same clauses of the place are held against them together.
    """
    if not any(token.tag[:2] in ("VV", "VA", "VX", "VC") or token.tag in ("XSV", "XSA") for token in statement.tokens) and not any(denies for _, denies in statement.clauses):
        return False  # a name alone: "독일 개인정보 감독기구"
    if any(RATHER.search(one.text) and "보다는" in other.text for one, other in ((statement, place), (place, statement))):
        return False  # "도구라기보다" and "도구보다는"
    groups: list[tuple[set[int], bool]] = []  # the clauses of the place that hold it, and whether it denies
    for forms, denies in statement.clauses:
        left, needed = set(forms), set[int]()
        while place.clauses:
            met = [{word for word in left if word in its or not its.isdisjoint(statement.same.get(word, ()))} for its, _ in place.clauses]
            most = max(range(len(met)), key=lambda n: (len(met[n]), -len(place.clauses[n][0])))
            if not met[most] or needed and len(met[most]) <= ASIDE * len(forms):
                break
            needed.add(most)
            left -= met[most]
        for group in [group for group in groups if group[0] & needed]:
            groups.remove(group)
            needed, denies = needed | group[0], denies or group[1]
        groups.append((needed, denies))
    return any(needed and denies != any(place.clauses[n][1] for n in needed) for needed, denies in groups)
