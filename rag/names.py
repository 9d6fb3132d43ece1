"""Proper names that a question asks about: what is said where they do not stand tells of others."""

import re
from collections.abc import Sequence

from rag.documents import Candidate, Passage
from rag.index import Snapshot
from rag.lists import CLOSE
from rag.morphemes import bigrams, content, morphemes
from rag.query import HANGUL, Frequencies, Query
from rag.question import EACH
from rag.statement import read

HERE = frozenset(["한국", "대한민국", "우리나라", "국내"])  # what a Korean report need not say that it is of
ADDED = re.compile(r"(?<=..)(?:님|씨|들|측|쪽|꺼|랑|하고)$")
ASKED = re.compile(r"누구|누가|성함|이름|제목|(?:어느|어떤|무슨)\s?(?:회사|기업|업체|기관|나라|은행|병원|대학|학교|지역|도시)|(?:회사|기업|업체|기관|나라|은행|병원|대학|지역|도시)[는가은이]?\s?어디")
QUOTED = re.compile(r"['‘“\"「『《<]([^'’”\"」』》>]{2,30})['’”\"」』》>]")
ROLE = re.compile("[장관]$|(?:위원|의원|의사|교수|대표|교사)$")
OPENING = 2  # passages of a report that may say whom all of it is of


def named(question: str, frequencies: Frequencies) -> dict[str, list[str]]:
    """The proper names of a question in Korean, without what is written behind them, each with its morphemes: such as a dictionary
    has, and others of words that stand in the reports; a slip is none."""
    if not HANGUL.search(question) or EACH.search(question):
        return {}
    found: dict[str, list[str]] = {}
    common: set[str] = set()
    for stem, tokens in read(question).stems:
        name = ADDED.sub("", stem)
        if any(token.tag == "NNP" for token in tokens) and len(name) > 1 and name not in HERE and HANGUL.search(name) and not re.search(r"\d", name):
            found[name] = content(morphemes([name])[0])
            if len(tokens) == 1 and tokens[0].tag == "NNP" and not tokens[0].oov:
                common.add(name)
    counts = frequencies("body", {word for words in found.values() for word in words})
    return {name: words for name, words in found.items() if words and (name in common or all(counts[word] for word in words))}


def names_another(question: str, text: str) -> bool:
    """Whether a text names someone or something that the question does not: a proper name, a compound, a title, what stands in
    quotes."""
    asked = re.sub(r"\s", "", question).lower()
    for stem, tokens in read(text).stems:
        known = [token.form in asked for token in tokens]
        nouns = sum(token.tag in ("NNG", "NNP", "NNB", "XSN") for token in tokens)
        if len(stem) > 1 and stem not in asked and (not all(known) and any(token.oov or token.tag in ("NNP", "SL") for token in tokens) or ROLE.search(stem)
                                                    or nouns > 1 and len(stem) > 2 and not known[-1] and not re.search(r"\d", stem)):
            return True
    return any(re.sub(r"\s", "", quoted).lower() not in asked for quoted in QUOTED.findall(text))


def told(names: dict[str, list[str]], query: Query, passages: Sequence[Passage], snapshot: Snapshot) -> bool:
    """Whether passages, their sections, titles and what opens their reports have each of the names, in one of its spellings."""
    left = _left(names, query, passages)
    for passage in passages if left else ():
        report = snapshot.passages_of(passage.source)
        at = next((n for n, other in enumerate(report) if other.id == passage.id), 0)
        left = _left(left, query, [*report[:OPENING], *report[max(at - 1, 0):at], *(other for other in report if other.heading == passage.heading)])
    return not left


def _left(names: dict[str, list[str]], query: Query, passages: Sequence[Passage]) -> dict[str, list[str]]:
    """The names that stand in none of the passages."""
    text = "".join(re.sub(r"[\W_]", "", f"{p.text}{p.heading}{p.title}{p.source}").lower() for p in passages)
    there = {word for p in passages for words in (p.topic, *(s.morphemes for s in p.sentences)) for word in words}
    pairs = set(bigrams(text))
    return {name: words for name, words in names.items() if 2 * sum(pair in pairs for pair in bigrams(name)) < len(name) - 1
            and not all(query.met(word, there) for word in words)}


def telling(names: dict[str, list[str]], query: Query, candidates: Sequence[Candidate], snapshot: Snapshot) -> list[Candidate]:
    """The candidates without those, of the near ones to the best, that tell of others; none where all of these do."""
    texts = [candidate for candidate in candidates if candidate.sentence.kind != "heading"]
    near = [candidate for candidate in texts if candidate.score >= CLOSE * texts[0].score]
    if not near:
        return list(candidates)
    known = {candidate.passage.id: told(names, query, [candidate.passage], snapshot) for candidate in {c.passage.id: c for c in near}.values()}
    others = {id(candidate) for candidate in near if not known[candidate.passage.id]}
    return [candidate for candidate in candidates if id(candidate) not in others] if len(others) < len(near) else []
