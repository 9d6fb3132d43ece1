"""Yes or no: whether a question asks for it, and whether a sentence of a report says it."""

import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise, takewhile
from typing import Any

from rag.morphemes import kiwi

QUESTION_WORD = re.compile(r"누구(?!나|든|라도)|누가|언제(?!나 |든|라도)|어디(?!서나|나 |든)|무엇(?!이든|보다)|뭐|뭘|뭔|무슨|"
                           r"(?<![가-힣])왜(?![가-힣])|어떻|어떤|어떠|어때|어느|얼마|몇|아니면|알 수 [있없]")
ASKING = re.compile(r"나요?|던가요?|[ᆫ는은]가요?|[ᆯ을]까요?|[ᆸ습]니까|느?냐|니|[ᆫ는은]지요?|[ᆯ을]지요?")
ASKING_ALOUD = re.compile(r"[어아야죠]|[어아에예]요|지요?|이에요")  # a question only with its mark
OPPOSITES = [("증가 늘 늘어나", "감소 줄 줄어들"), ("상승 오르", "하락 내리 떨어지"), ("확대", "축소"), ("찬성", "반대"),
             ("흑자", "적자"), ("강화", "완화"), ("허용", "금지"), ("합법", "불법"), ("성공", "실패"), ("개선", "악화"),
             ("높", "낮"), ("가결", "부결"), ("유료", "무료"), ("많", "적"), ("승소", "패소"), ("인상", "인하")]
WAY = {word: (n, side) for n, sides in enumerate(OPPOSITES) for side, words in enumerate(sides) for word in words.split()}
NEGATIVE = {"안", "못", "않", "없", "아니", "아니하", "못하", "말", "불", "비", "미"}
LIMITING = {"일부", "만", "제외", "경우", "예외", "한하", "한정", "면", "으면", "ᆫ다면", "는다면", "다면", "어야", "더라도", "어도", "거나"}
NEEDLESS = {"혹시", "정말", "과연", "실제로", "실제", "이", "그", "해당", "것", "수"}  # what an answer need not repeat
WORDS = ("NN", "NR", "SL", "SN", "SH", "XR", "VV", "VA", "MA", "MM", "W_")


def yes_no(question: str) -> bool:
    """Whether a question asks for yes or no."""
    return _question(question) is not None


def verdict(question: str, sentence: str) -> bool | None:
    """Whether a sentence answers a question of yes or no with yes or with no; None where that is not certain.

    A clause must hold all words of the question, each in its role, and the same predicate in the same tense: yes; or
    all but one negation or one opposite: no.
    """
    tokens = _question(question)
    asked = _clause(tokens, question) if tokens else None
    if asked is None or sentence.rstrip().endswith("?") or len(_clauses(tokens or [])) != 1:
        return None
    told = (_clause(tokens, sentence) for tokens in _clauses(_words(sentence)))
    verdicts = {_compared(asked, clause) for clause in told if clause} - {None}
    return verdicts.pop() if len(verdicts) == 1 else None


@dataclass(frozen=True, slots=True)
class Clause:
    """One predicate with what is said of it."""

    predicate: tuple[str, ...]  # with its auxiliaries and tenses, without negation
    negated: bool
    words: frozenset[str]
    numbers: frozenset[str]  # with their units
    roles: frozenset[tuple[str, ...]]  # nouns that stand together, without leading names, and their particle
    named: frozenset[tuple[str, ...]]  # the same, also with leading names
    limits: Counter[str]  # negations and conditions beside the predicate


def _words(text: str) -> list[Any]:
    return [token for token in kiwi().tokenize(text)
            if (token.tag[0] != "S" or token.tag in ("SL", "SN", "SH")) and (token.form, token.tag) != ("요", "JX")]


def _question(question: str) -> list[Any] | None:
    """The morphemes of a question of yes or no up to the ending that asks, None for any other question."""
    if QUESTION_WORD.search(question):
        return None
    tokens = _words(question)
    for n, token in enumerate(tokens):
        if token.form[-1:] == "지" and token.tag == "EC" and {t.form for t in tokens[n:]} & {"알리", "궁금하", "궁금", "말하", "알"}:
            tokens = tokens[:n + 1]
            break
    if len(tokens) < 2 or tokens[-1].tag not in ("EF", "EC") or any(
            token.form in ("주", "달") and token.tag == "VX" for token in tokens):  # "알려 주실 수 있나요?" is a request
        return None
    ends = [bool(ASKING.fullmatch(token.form)) for token in tokens if token.tag in ("EF", "EC")]
    aloud = question.rstrip().endswith("?") and ASKING_ALOUD.fullmatch(tokens[-1].form)
    return tokens if (ends[-1] or aloud) and sum(ends[:-1]) == 0 else None


def _clauses(tokens: list[Any]) -> list[list[Any]]:
    """The tokens cut where "…고", "…지만" and the like join two statements."""
    cuts = [n + 1 for n, (token, after) in enumerate(pairwise(tokens)) if after.tag[:2] != "VX" and (
        token.tag == "EF" or token.tag == "EC" and token.form in ("고", "며", "으며", "지만", "으나", "되", "으되", "는데", "ᆫ데", "은데"))]
    return [tokens[a:b] for a, b in pairwise([0, *cuts, len(tokens)])]


def _clause(tokens: list[Any], text: str) -> Clause | None:
    if not tokens or tokens[-1].tag not in ("EF", "EC"):
        return None
    n = len(tokens) - 1
    while n and tokens[n - 1].tag == "EP":
        n -= 1
    chain, negated = [token.form for token in tokens[n:-1]], False
    if n > 2 and tokens[n - 1].form in ("않", "못하", "아니하") and tokens[n - 1].tag[:2] == "VX":
        n -= 2 if tokens[n - 2].tag == "EC" else 3  # "…지 않", "…지는 않"
        negated = True
    elif n and tokens[n - 1].form in ("없", "아니") and tokens[n - 1].tag[0] == "V":
        chain.insert(0, "있" if tokens[n - 1].form == "없" else "이")
        n -= 2 if n > 1 and tokens[n - 2].tag == "JKC" else 1
        negated = True
    elif n > 2 and tokens[n - 1].form == "되" and tokens[n - 1].tag == "VV":  # "…도 되", "…서는 안 되"
        before = n - 1
        forbidden = tokens[before - 1].form == "안"
        before -= forbidden + (tokens[before - 1 - forbidden].form == "는")
        if tokens[before - 1].form in (("어서", "면", "으면") if forbidden else ("어도",)):
            n, negated, chain = before - 1, forbidden, ["어도되", *chain]
    whole = negated and chain[:1] == ["있"] and (n == 0 or tokens[n - 1].form != "수")
    while n and not whole:  # back to the verb or noun that the auxiliaries and suffixes stand by
        n -= 1
        token = tokens[n]
        chain.insert(0, token.form)
        whole = token.tag[:2] in ("NN", "VV", "VA", "XR", "SL", "SN", "NR") and not (
            token.tag == "NNB" or token.form == "있" and n and tokens[n - 1].form == "수")
    if n and tokens[n - 1].form in ("안", "못", "불") and tokens[n - 1].tag in ("MAG", "XPN"):
        if negated:
            return None
        n, negated = n - 1, True
    if chain and chain[0] in WAY:
        chain = [form for form in chain if form not in ("하", "되")]
    rest, said = tokens[:n], text[tokens[0].start:tokens[-1].start]
    numbers = (re.sub(r"\s", "", number) for number in re.findall(r"\d(?:[\d,.]*\d)?\s?[가-힣%A-Za-z]?", said))
    roles, named = _roles(rest)
    return Clause(tuple(chain), negated, frozenset(t.form for t in rest if t.tag[:2] in WORDS) - NEEDLESS,
                  frozenset(numbers), roles, named, Counter(
                      t.form for t in rest if t.form in LIMITING or (t.form in NEGATIVE and t.tag[0] != "N")))


def _roles(tokens: list[Any]) -> tuple[frozenset[tuple[str, ...]], frozenset[tuple[str, ...]]]:
    roles, named = set(), set()
    for n, mark in enumerate(tokens):
        run = list(takewhile(lambda token: token.tag[:2] in ("NN", "NR", "SN", "SL", "XS", "XP"), reversed(tokens[:n])))[::-1]
        if not run or mark.tag not in ("JKS", "JKC", "JKO", "JKB", "JX") or (mark.form == "에" and run[0].tag == "SN"):
            continue
        role = {"JKS": "은", "JKC": "은", "JKO": "을"}.get(mark.tag, mark.form.replace("는", "은"))
        forms = [f"±{WAY[token.form][0]}" if token.form in WAY else token.form for token in run]
        leading = len(list(takewhile(lambda token: token.tag in ("NNP", "SL", "SN", "NR", "NNB"), run[:-1])))
        roles.add((*forms[leading:], role))
        named |= {(*forms[first:], role) for first in range(leading + 1)}
    return frozenset(roles), frozenset(named)


def _compared(asked: Clause, told: Clause) -> bool | None:
    if asked.limits != told.limits or not asked.numbers <= told.numbers or not asked.roles <= told.named:
        return None
    head, other = asked.predicate[:1], told.predicate[:1]
    if asked.predicate[1:] != told.predicate[1:] or not head or not other:
        return None
    turns = int(asked.negated != told.negated)
    missing = [(word, told.words) for word in asked.words - told.words]
    if head != other:
        missing.append((head[0], frozenset(other)))
    for word, there in missing:
        ways = {WAY[w] for w in there if w in WAY}
        if word not in WAY or not {WAY[word], (WAY[word][0], 1 - WAY[word][1])} & ways:
            return None
        turns += WAY[word] not in ways
    another_time = any(number[-1] in "년월" for number in told.numbers - asked.numbers)
    if turns > 1 or (turns and (asked.negated or another_time)):
        return None
    return not turns
