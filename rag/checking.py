"""Whether the words of an LLM stand in the reports: each sentence is held against the passage that it cites."""

import re
from collections.abc import Iterable, Iterator

from rag import sentences
from rag.answers import Citation
from rag.documents import Passage, Sentence
from rag.morphemes import content, kiwi, morphemes
from rag.periods import periods
from rag.verdict import WAY

MARKER = re.compile(r"\s*\[\s*(\d+(?:\s*,\s*\d+)*)\s*\]")
LAYOUT = re.compile(r"\*\*|^(?:[-*•·]|\d{1,2}[.)])\s+")
COUNTED = "%p|%|원|달러|유로|엔|위안|명|배|개월|개|건|대|곳|톤|년|월|일|시간|분|초|점|위|차|호|회|권|편|가구|세대|km|kg|GB|MW|㎡|℃"
FIGURE = re.compile(rf"(\d+(?:\.\d+)?)\s?([조억만천백]*)\s?({COUNTED})?")  # number, power, unit
# words that deny; "뿐만 아니라", "끊임없이", "못지않게", "없애다" and the like do not
DENIAL = re.compile(r"(?<!못지)않|(?<![임림관계김])없(?![애앤앨앴])|(?<!뿐 )(?<!뿐만 )아[니닌닐님닙]|(?<![연잘])못(?!지)|(?:^|\s)안\s")
SHARED = 0.5  # of a sentence's content words that the words it cites must hold


def check(text: str, passages: tuple[Passage, ...]) -> tuple[str, tuple[Citation, ...]]:
    """The sentences of `text` that a passage bears out, with markers that resolve to exact words, and the citations."""
    *_, last = [("", ()), *checked(sentences_of(text), passages)]
    return last


def sentences_of(text: str) -> list[str]:
    """The sentences of a draft, each with the markers that belong to it."""
    # markers that a model put behind the full stop go before it, into the sentence that they belong to
    inside = re.sub(r"([.!?。])((?:\s*\[\s*\d+(?:\s*,\s*\d+)*\s*\])+)", r"\2\1", text)
    return [line[start:end] for line in inside.splitlines() for start, end in sentences.spans(line)]


def checked(drafted: Iterable[str], passages: tuple[Passage, ...]) -> Iterator[tuple[str, tuple[Citation, ...]]]:
    """The text and citations so far, after each sentence that a passage bears out.

    A sentence is held against the passages whose markers it carries, then against all; what none holds is left out.
    """
    kept: dict[str, None] = {}  # in order, and each once: small models repeat themselves
    citations: list[Citation] = []
    for sentence in drafted:
        numbers = [int(n) for group in MARKER.findall(sentence) for n in group.split(",") if len(n) < 9]
        words = words_of(sentence)
        cited = [passages[n - 1] for n in dict.fromkeys(numbers) if 0 < n <= len(passages)]
        found = support(words, cited) or support(words, [p for p in passages if p not in cited])
        if not words or found is None:
            continue
        passage, at = found
        citation = next((c for c in citations if c.passage == passage and (c.start, c.end) == (at.start, at.end)), None)
        if citation is None:
            citation = Citation(len(citations) + 1, passage, passage.text[at.start:at.end], at.start, at.end)
            citations.append(citation)
        kept[f"{words} [{citation.number}]"] = None
        yield " ".join(kept), tuple(citations)


def words_of(sentence: str) -> str:
    """A drafted sentence without markers and layout."""
    while MARKER.search(sentence):  # a marker may stand within another's brackets
        sentence = MARKER.sub("", sentence)
    return LAYOUT.sub("", sentence.strip())


def support(words: str, passages: list[Passage]) -> tuple[Passage, Sentence] | None:
    """The sentence of the passages that bears a statement out best: most of its words, its numbers with their units, its
    direction, and a denial where it denies; its names stand there or above it."""
    own = content(morphemes([words])[0])
    names = {token.form.lower() for token in kiwi().tokenize(words) if token.tag in ("NNP", "SL")}
    best, most = None, SHARED
    for passage in passages:
        whole = f"{passage.title} {passage.heading} {passage.text}".lower()
        if not own or any(name not in whole for name in names):
            continue
        heading = ""
        for sentence in passage.sentences:
            place = passage.text[sentence.start:sentence.end]
            if sentence.kind == "heading":
                heading = place
                continue
            around = set(sentence.morphemes) | set(passage.topic)
            share = sum(word in around for word in own) / len(own)
            if share >= most and agree(words, place, f"{heading} {passage.heading} {passage.title}"):
                best, most = (passage, sentence), share + 1e-9
    return best


def agree(statement: str, place: str, above: str = "") -> bool:
    """Whether the numbers of a statement stand in its place, with the same units, both say the same direction (증가, 감소),
    and both deny or neither does. Years may stand `above` the place.

    A unit may stand elsewhere in the place where the number has none there, as in a table's column name.
    """
    statement, place, above = (text.replace(",", "").replace("퍼센트", "%") for text in (statement, place, above))
    there = FIGURE.findall(place)
    years = {period[:4] for period in periods(f"{place} {above}")} | set(re.findall(r"(?:19|20)\d\d", f"{place} {above}"))

    def stands(number: str, *units: str) -> bool:
        if number in years and units[1] in ("년", ""):
            return True
        return any(number == other and all(not unit or unit == its or not its and unit in f"{place} {above}"
                                           for unit, its in zip(units, others, strict=True)) for other, *others in there)

    return (bool(DENIAL.search(statement)) == bool(DENIAL.search(place)) and not _opposed(statement, place)
            and all(stands(*figure) for figure in FIGURE.findall(statement)))


def _opposed(statement: str, place: str) -> bool:
    """Whether a statement says one side of a pair of opposites of which its place says only the other."""
    said, told = (_ways(text) for text in (statement, place))
    return any((pair, 1 - side) in told and (pair, side) not in told for pair, side in said)


def _ways(text: str) -> set[tuple[int, int]]:
    return {WAY[token.form] for token in kiwi().tokenize(text) if token.form in WAY}

