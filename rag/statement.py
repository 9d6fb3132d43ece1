"""What a sentence says of figures, times, direction and denial, and whether a report's words say otherwise."""

import re
from functools import cached_property, lru_cache
from typing import Any

from rag.documents import cells
from rag.figures import CLASS, COUNTERS, FIGURE, UNITS, Figure, derived, digits, figures, plain, share, stands
from rag.morphemes import kiwi
from rag.periods import periods, without_periods, year_parts
from rag.question import DATES
from rag.table_question import CLEAR, Question

DATED = ("년", "월", "일", "분기", "주", "주차")  # a date may be written without
# words that go up and down, or stand at such an end of a scale; verbs and adjectives end in 다
UP = frozenset(["증가", "증대", "증액", "증원", "증설", "증편", "급증", "폭증", "확대", "확장", "확충", "상승", "급등", "반등", "상향", "인상", "개선", "호전", "향상", "제고", "가속", "가속화", "성장", "신장", "강화", "심화", "추월", "초과", "돌파", "상회", "능가", "연장", "회복", "활발", "활성화", "고조", "증폭", "호황", "강세", "우세", "우위", "우수", "최고", "최대", "최다", "최장", "늘다", "늘어나다", "늘리다", "불어나다", "오르다", "올라가다", "올라서다", "올리다", "끌어올리다", "치솟다", "높다", "높아지다", "높이다", "크다", "커지다", "키우다", "넓다", "넓어지다", "넓히다", "많다", "많아지다", "좋다", "좋아지다", "나아지다", "빠르다", "빨라지다", "일찍", "앞당기다", "앞서다", "앞지르다", "미치다", "뛰다", "뛰어오르다", "뛰어넘다", "넘다", "넘어서다", "웃돌다", "길다", "길어지다", "벌어지다", "벌리다", "두껍다", "두꺼워지다", "깊다", "깊어지다", "무겁다", "무거워지다", "비싸다", "비싸지다", "강하다", "강해지다", "세다", "심하다", "심해지다", "순매수", "매수", "흑자", "안정", "안정적", "유리", "조이다", "이상"])
DOWN = frozenset(["감소", "감축", "감액", "감원", "급감", "절감", "절약", "삭감", "경감", "축소", "하락", "급락", "하향", "인하", "악화", "저하", "지연", "둔화", "위축", "약화", "완화", "단축", "침체", "약세", "쇠퇴", "후퇴", "부진", "미달", "하회", "열세", "열위", "저조", "최저", "최소", "최단", "줄다", "줄어들다", "줄이다", "내리다", "내려가다", "내려앉다", "떨어지다", "떨어뜨리다", "끌어내리다", "낮다", "낮아지다", "낮추다", "작다", "작아지다", "좁다", "좁아지다", "좁히다", "적다", "적어지다", "나쁘다", "나빠지다", "느리다", "느려지다", "늦다", "늦어지다", "늦추다", "뒤지다", "뒤처지다", "밑돌다", "짧다", "짧아지다", "얇다", "얇아지다", "얕다", "얕아지다", "가볍다", "가벼워지다", "싸다", "싸지다", "저렴", "약하다", "약해지다", "아끼다", "깎다", "깎이다", "덜다", "덜하다", "꺾이다", "순매도", "매도", "적자", "불안정", "불리", "느슨", "이하", "미만"])
JUDGED = frozenset(["개선", "호전", "악화", "좋다", "좋아지다", "나아지다", "나쁘다", "나빠지다", "우수", "저조", "부진"])  # of which the scale may go either way
# words that say by themselves that something is not so, or is kept from being so
DENIALS = frozenset(["않다", "아니하다", "못하다", "없다", "없이", "아니다", "말다", "못", "안", "불가", "불가능", "금지", "불허", "불법", "거부", "거절", "반려", "무산", "취소", "중단", "부결", "실패", "반대", "제외", "생략", "면제", "결측", "부재", "다르다", "드물다", "빠지다", "빼다", "미달", "미흡", "비상장", "삼가다", "피하다", "없애다", "모르다", "마비", "폐지", "철회", "기각", "무효", "불참", "불응", "부적합", "부적절", "불충분", "불일치", "금기", "예외", "멈추다", "거두어들이다", "거둬들이다", "빠뜨리다", "누락", "면하다", "중지", "정지", "그만두다"])
PREFIXED = ("미", "불", "부")  # before a noun: 미분양, 부적합; 비 and 무 make names of things
HARD = ("어렵", "힘들", "이르", "곤란")  # behind 기: as good as denied
BOUNDS = ("이상", "초과", "이하", "미만")  # a bound where more follows, a statement where the sentence ends
DECIDED = ("결정", "결론", "판단", "판정", "명령", "지시", "처분", "진단", "평가")  # what is handed down (내리다) does not fall
MINUS = re.compile(r"(?:△|▲|(?<![\d\w)])[-−–])\s?(\d[\d.]*)")

QUOTED = re.compile(r"['‘“\"「]([^'’”\"」]{2,20})['’”\"」]")
KINDS = "과팀부청실원구시군호동점처관"  # the last letter of names of offices and places
NOUNS = ("NNG", "NNP", "SL", "XR", "SN", "XSN")
CHANGE = re.compile("증감|차이|변화|변동|대비")
# a figure that tells how far two others are apart
APART = re.compile(FIGURE.pattern + r"(?:(?:이나|나|가|이|은|는|만큼|쯤|정도|가량)?\s(?:더\s)?(?:줄|늘|오[르른]|올[라랐]|내[리려렸]|뛰|높|낮|많|적|짧|길|빠르|빨라|늦|떨어|증가|감소|상승|하락|단축|연장|개선|악화|차이|앞서|뒤)|(?<=배)|\s?차)")
MORE = re.compile(r"배(?:를|가|도)?\s(?:넘|이상|웃돌)")
GLOSS = re.compile(r"([\w.-]+)\s?\(([^()]{2,30})\)")  # "바드(Bard)"
GLOSSES = re.compile(rf"{GLOSS.pattern}(?:\s?[,·/]\s?(?:[\w.-]+\s)?{GLOSS.pattern})+")
RATHER = re.compile("라기\\s?보다")
BEFORE = re.compile("전년|지난해|작년|(?:한|1)\\s?(?:해|년)\\s?전")
SAME = 0.2  # of the nouns before two words that go up or down: how near they must stand for the words to be of the same thing
LINKS = ("고", "며", "지만", "나", "데", "면서", "므로", "니까", "면", "거나")
BREAKS = ("|", ",", ";", "→", "/", "-")
WINDOW = 8  # nouns and figures before what goes up or down that tell what does
ASIDE = 0.2  # of a clause's words: who holds no more of them, beside one that holds more, may be of something else
LIGHT = frozenset(["하다", "되다", "있다", "없다", "이다", "않다", "위하다", "대하다", "따르다", "통하다", "보이다", "밝히다", "말하다", "나타나다", "이르다", "주다", "받다", "보다", "가다", "오다", "두다", "지다", "어렵다", "힘들다"])
# from one figure to another: "9명에서 14명으로"
SERIES = re.compile(r"(?<![\d.])(\d+(?:\.\d+)?)(?![\d.]*년)[^\d,.]{0,6}에서\s(?:\S+\s){0,3}?(\d+(?:\.\d+)?)(?![\d.]*\s?[년월])[^\d,.]{0,6}로")


class Reading:
    """A sentence taken apart, once: a statement, or a report's sentence that it is held against."""

    def __init__(self, text: str) -> None:
        self.text = plain(text)

    @cached_property
    def tokens(self) -> list[Any]:
        return kiwi().tokenize(self.text, oov_handling="rule")

    @cached_property
    def words(self) -> list[str]:
        """Each token's form, verbs and adjectives with 다."""
        return [token.form + "다" if token.tag[:2] in ("VV", "VA", "VX", "VC") else token.form for token in self.tokens]

    @cached_property
    def figures(self) -> list[Figure]:
        return figures(without_periods(self.text))

    @cached_property
    def digits(self) -> set[tuple[int, ...]]:
        return {digits(figure) for figure in self.figures}

    @cached_property
    def unfigured(self) -> str:
        """The text with 0 for its figures but dates."""
        return FIGURE.sub(lambda match: match[0] if match[2] in DATED else f"0{match[2] or ''}", self.text)

    @cached_property
    def question(self) -> Question:
        return Question(self.text)

    @cached_property
    def same(self) -> dict[str, set[str]]:
        """The single words that may stand for its words."""
        return {word: {term[0] for term in others if len(term) == 1} for word, others in self.question.same.items()}

    @cached_property
    def stems(self) -> list[tuple[str, list[Any]]]:
        """The words between spaces and signs that are or end in a noun, without their particles, each with its tokens."""
        found = []
        for match in re.finditer(r"[0-9a-z가-힣]+", self.text):
            tokens = [token for token in self.tokens if match.start() <= token.start < match.end()]
            behind = ""
            while tokens and (tokens[-1].tag[0] in "JEV" or tokens[-1].tag in ("XSV", "XSA", "XSN")) and not (
                    tokens[-1].form == "과" and behind in ("JKS", "JKO")):  # "정책과가": no particle
                behind = tokens.pop().tag
            if tokens and (tokens[-1].tag[:2] in ("NN", "SL", "XS") or tokens[-1].oov or tokens[-1].form == "과"):
                found.append((self.text[match.start():tokens[-1].start + tokens[-1].len], tokens))
        return found

    def _denied(self, at: int) -> list[int]:
        """Where the verb, adjective or noun at a place is denied: "줄지 않다", "줄일 수 없다", "감소가 없다", "안 늘다"."""
        if at and self.words[at - 1] in ("못", "안"):
            return [at - 1]
        found = []
        for n in range(at + 1, len(self.tokens)):
            if self.words[n] in ("않다", "못하다", "없다", "아니다", "아니하다", "말다"):
                found.append(n)
            elif self.tokens[n].tag[0] in "NVM" and self.tokens[n].tag[:2] not in ("NNB", "VX") and self.tokens[n].form not in ("수", "것") or self.tokens[n].tag == "SF":
                break
        return found

    @cached_property
    def turns(self) -> list[tuple[int, tuple[str, ...], list[int]]]:
        """What goes up (1) or down (-1), gets better (2) or worse (-2), each with the nouns and figures before it, the nearest first, and where it is denied."""
        found: list[tuple[int, tuple[str, ...], list[int]]] = []
        nouns: list[str] = []
        for n, (token, word) in enumerate(zip(self.tokens, self.words, strict=True)):
            after = self.tokens[n + 1] if n + 1 < len(self.tokens) else None
            if word in UP or word in DOWN:
                if not (word == "미치다" and not self._denied(n) or token.form == "크" and after and (after.form == "게" or self.words[n + 2:n + 3] == ["폭"]) or after and after.form == "폭"
                        or word in BOUNDS and after and after.tag[:2] not in ("VC", "SF", "XS") or word == "내리다" and nouns[-1:] and nouns[-1] in DECIDED
                        or self.words[n + 1:n + 3] == ["기", "위하다"] or after and after.form in ("률", "율")):
                    denied = self._denied(n)
                    rank = ["가장"] if self.words[n - 1] in ("가장", "제일") else []
                    way = 1 if (word in UP) != (len(denied) % 2 == 1) else -1
                    found.append((way * 2 if word in JUDGED else way, (*rank, *nouns[:-WINDOW - 1:-1]), denied))
                    nouns = []
            elif token.tag in NOUNS and token.form not in CLASS and not (after and (after.form == "보다" or after.form == "대비")):
                nouns.append(token.form)
        return [*found, *((-1, (number,), []) for number in MINUS.findall(self.text))]

    @cached_property
    def clauses(self) -> list[tuple[frozenset[str], bool]]:
        """The words of each clause, or of each cell of a row, and whether it denies; what is denied ends one."""
        turned = {n for _, _, denied in self.turns for n in denied}
        found: list[tuple[frozenset[str], bool, bool]] = []  # the last: whether it stands by itself, however short
        forms: list[str] = []
        denies = over = False
        for n, (token, word) in enumerate(zip(self.tokens, self.words, strict=True)):
            after = self.tokens[n + 1] if n + 1 < len(self.tokens) else None
            over = over and token.form != ":"  # "예외: A, B"
            if n not in turned and self._denies(n):
                denies, over = not denies, True
                if after and (token.form == "라기" or word == "아니다" and after.form in ("라", "고", "ᆫ")):  # "A가 아니라 B": no more than A
                    nearest = 1 if word == "아니다" else 2
                    found += [(frozenset(forms[:-nearest]), False, True), (frozenset(forms[-nearest:]), True, True)]
                    forms, denies, over = [], False, False
            elif token.tag[:2] in ("NN", "VV", "VA", "SN", "SL", "XR") and token.tag != "NNB" and word not in LIGHT:
                if over and self.tokens[n - 1].tag != "XPN":
                    found.append((frozenset(forms), denies, False))
                    forms, denies, over = [], False, False
                forms.append(word)
            if after is None or token.form in BREAKS or token.tag == "SF" or token.tag == "EC" and (len(forms) > 1 or not token.form.endswith("면")) and (
                    after.tag[:2] != "VX" and token.form.endswith(LINKS) or token.form in ("어", "어서") and after.tag[0] in "NMS"):
                found.append((frozenset(forms), denies, False))
                forms, denies, over = [], False, False
        clauses: list[tuple[frozenset[str], bool]] = []
        for words, denied, apart in found:
            if apart or len(words) > 1 or any(word[0].isdigit() for word in words) or not clauses:
                clauses.append((words, denied))
            else:  # said of the words before
                clauses[-1] = (clauses[-1][0] | words, clauses[-1][1] != denied)
        return clauses

    def _denies(self, n: int) -> bool:
        token, word = self.tokens[n], self.words[n]
        before = self.tokens[n - 1] if n else None
        after = self.tokens[n + 1] if n + 1 < len(self.tokens) else None
        if token.tag == "XPN" or token.form == "미" and token.tag == "NNG":
            return token.form in PREFIXED and after is not None and after.tag == "NNG" and after.start == token.start + token.len
        if token.tag == "ETN":
            rest = self.tokens[n + 1:n + 3]
            return token.form == "기" and any(other.form in HARD for other in rest) or token.form == "라기" and after is not None and after.form == "보다"
        if token.tag == "SN":
            return token.form == "0" and after is not None and after.tag == "NNB"
        if word == "아니다" and before is not None and before.form in ("뿐", "만"):
            return False  # "뿐만 아니라"
        if word in ("못", "안"):
            return token.tag == "MAG"
        return word == "밖에" or word in DENIALS and (token.tag[:2] in ("VV", "VA", "VX", "VC") or not word.endswith("다"))


@lru_cache(maxsize=2000)
def read(text: str) -> Reading:
    """A sentence taken apart; those of passages are held against one statement after another."""
    return Reading(text)


def contradicts(statement: Reading, place: Reading, above: str, row: bool) -> bool:
    """Whether a place in a report, under what stands `above` it, says otherwise, or lacks a figure or a time of the
    statement."""
    above = plain(above)
    return (_other_figures(statement, place, above) or row and (_other_cell(statement, place.text) or _other_trend(statement, place.text)) or _other_time(statement, place.text, above)
            or _other_gloss(statement, place) or _other_way(statement, place) or _denied_otherwise(statement, place))


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
        if len(tokens) < 2 or len(name) < 3 or name in squeezed or re.search(r"\d", name) or tokens[0].tag in ("NR", "NP") or tokens[0].form in CLASS:
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
