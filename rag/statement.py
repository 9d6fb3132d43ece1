"""What a sentence says of figures, times, direction and denial."""

import re
from functools import cached_property, lru_cache
from typing import Any

from rag.figures import CLASS, FIGURE, Figure, digits, figures, plain
from rag.morphemes import kiwi
from rag.periods import without_periods
from rag.table_question import Question

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
# what is handed down, or comes down from the sky (내리다), does not fall
DECIDED = ("결정", "결론", "판단", "판정", "명령", "지시", "처분", "진단", "평가", "비", "눈", "서리", "우박")
UTMOST = ("최대", "최고", "최장", "최다", "최소", "최저", "최단")  # before a figure, a bound
MINUS = re.compile(r"(?:△|▲|(?<![\d\w)])[-−–])\s?(\d[\d.]*)")

NOUNS = ("NNG", "NNP", "SL", "XR", "SN", "XSN")
LINKS = ("고", "며", "지만", "나", "데", "면서", "므로", "니까", "면", "거나")
CAUSES = ("바람", "때문", "탓", "덕", "덕분", "까닭")
BREAKS = ("|", ",", ";", "→", "/", "-")
WINDOW = 8  # nouns and figures before what goes up or down that tell what does
LIGHT = frozenset(["하다", "되다", "있다", "없다", "이다", "않다", "위하다", "대하다", "따르다", "통하다", "보이다", "밝히다", "말하다", "나타나다", "이르다", "주다", "받다", "보다", "가다", "오다", "두다", "지다", "어렵다", "힘들다"])


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
        """The text with 0 for its figures and their units but dates."""
        return FIGURE.sub(lambda match: match[0] if match[2] in DATED else "0", self.text)

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
                        or self.words[n + 1:n + 3] == ["기", "위하다"] or after and after.form in ("률", "율")
                        or after and after.form in ("어도", "어야") and "하다" not in self.words[n + 2:n + 4] or word in UTMOST and after and (after.tag in ("SN", "NR") or after.form == "절반")):
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
            if after is None or token.form in BREAKS or token.tag == "SF" or token.form in ("에", "으로") and self.words[n - 1] in CAUSES or token.tag == "EC" and (len(forms) > 1 or not token.form.endswith("면")) and (
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
