"""Whether the words of an LLM stand in the reports: each sentence is held against the passage that it cites."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import PurePath

from rag import sentences
from rag.answers import Citation
from rag.contradiction import GLOSS, contradicts, other_name
from rag.documents import CELL, NAME, Passage, Sentence, cells
from rag.figures import CLASS, OF_SO_MANY, digits, plain
from rag.lexicon import Term, alternatives
from rag.morphemes import PARTICLE, bigrams, content, half_spelt, morphemes
from rag.question import DATES
from rag.sounds import sound
from rag.statement import LIGHT, read
from rag.wording import NUMBER

MARKER = re.compile(r"\s*\[\s*(\d+(?:\s*,\s*\d+)*)\s*\]")
UNFINISHED = re.compile(r"\s*\[[\[\s\d,]*$")  # a marker that a model broke off
LAYOUT = re.compile(r"\*\*|^(?:[-*•·]|\d{1,2}[.)])\s+")
BESIDE = re.compile(r"\n(?!- )")  # what is no item of a list goes on in the same line
SHARED = 0.55  # of a sentence's content words that the words it cites, or what stands over them, must hold
BEFORE = 2  # sentences before the one cited in which its subject may be named
NEAR = 0.02  # places that hold so much less of a statement than the best one are of something else
# what a word counts that another stands for, one half of whose letters stand there, and one that stands a sentence before
OVER, SWAPPED, SPELT, EARLY = 0.8, 0.8, 0.6, 0.5
ACTS = 0.5  # what a word counts that is no noun in its sentence: verbs and adverbs may be put in another way
NAMING = frozenset(["NNG", "NNP", "SL", "SN", "SH", "XR", "NR", "W_SERIAL"])
LEAST = 0.45  # the same where the two mean alike
Alike = Callable[[str, str], bool]
Found = tuple[Passage, Sentence] | None
IN_UNITS = re.compile(r"(.+?)\s*[(\[](?:단위\s*:?\s*)?([^()\[\]]{1,8})[)\]]")  # "가격(만원)"
SUFFIX = re.compile("([가-힣]{2,})[값형식용측률율액량급]")  # what is taken for a part of a name
ASIDE = frozenset(["년", "월", "일", "0", "가운데", "중", "가량", "정도", "총", "약"])  # words of a figure
TOGETHER = 0.1  # by how much more two sentences must hold than any one does


def check(text: str, passages: tuple[Passage, ...], memo: dict[str, Found] | None = None, alike: Alike | None = None) -> tuple[str, tuple[Citation, ...]]:
    """The sentences of `text` that a passage bears out, with markers that resolve to exact words, and the citations."""
    *_, last = [("", ()), *checked(sentences_of(text), passages, memo, alike)]
    return last


def sentences_of(text: str) -> list[str]:
    """The sentences of a draft, each with the markers that belong to it."""
    # markers that a model put behind the full stop go before it, into the sentence that they belong to
    inside = re.sub(r"([.!?。])((?:\s*\[\s*\d+(?:\s*,\s*\d+)*\s*\])+)", r"\2\1", text)
    return [line[start:end] for line in inside.splitlines() for start, end in sentences.spans(line)]


def words_of(sentence: str) -> str:
    """A drafted sentence without markers and layout."""
    while MARKER.search(sentence):  # a marker may stand within another's brackets
        sentence = MARKER.sub("", sentence)
    return LAYOUT.sub("", UNFINISHED.sub("", sentence).strip())


def checked(drafted: Iterable[str], passages: tuple[Passage, ...], memo: dict[str, Found] | None = None,
            alike: Alike | None = None) -> Iterator[tuple[str, tuple[Citation, ...]]]:
    """The text and citations so far, after each sentence that a passage bears out.

    A sentence is held against the passages whose markers it carries, then against all; what none holds is left out.
    Whoever checks a draft again and again as it grows hands the same empty `memo` each time: no sentence is then held twice.
    `alike` tells whether two texts mean alike, where too few words are shared to tell.
    """
    memo = {} if memo is None else memo
    kept: dict[str, None] = {}  # in order, and each once: small models repeat themselves
    citations: list[Citation] = []
    for sentence in drafted:
        numbers = [int(n) for group in MARKER.findall(sentence) for n in group.split(",") if len(n) < 9]
        words = words_of(sentence)
        cited = [passages[n - 1] for n in dict.fromkeys(numbers) if 0 < n <= len(passages)]
        if sentence not in memo:
            memo[sentence] = support(words, cited, [passage for passage in passages if passage not in cited], alike)
        if (found := memo[sentence]) is None:
            continue
        passage, at = found
        citation = next((c for c in citations if c.passage == passage and (c.start, c.end) == (at.start, at.end)), None)
        if citation is None:
            citation = Citation(len(citations) + 1, passage, passage.text[at.start:at.end], at.start, at.end)
            citations.append(citation)
        kept[f"{'- ' if LAYOUT.match(sentence.strip()) else ''}{words} [{citation.number}]"] = None
        yield BESIDE.sub(" ", "\n".join(kept)), tuple(citations)


@dataclass(frozen=True)
class Place:
    """A sentence of a passage, or two that stand together, with what stands over and before it."""

    passage: Passage
    sentence: Sentence
    heading: str
    before: str

    @cached_property
    def text(self) -> str:
        return self.passage.text[self.sentence.start:self.sentence.end]

    @cached_property
    def told(self) -> str:
        """Its words; the figures of a row with the units that stand over their columns."""
        if self.sentence.kind != "row":
            return self.text
        pairs = [(name, value, IN_UNITS.fullmatch(name)) for name, value in cells(self.text)]
        return CELL.join(f"{of[1]}{NAME}{value}{of[2]}" if of and NUMBER.fullmatch(value) and of[2].lstrip("조억만천백 ").lower() in CLASS else
                         f"{name}{NAME}{value}" if name else value for name, value, of in pairs)

    @cached_property
    def above(self) -> str:
        return f"{self.heading} {self.passage.heading} {self.passage.title} {PurePath(self.passage.source).stem}"

    @cached_property
    def here(self) -> set[str]:
        return set(self.sentence.morphemes)

    @cached_property
    def numbers(self) -> set[str]:
        """Those of dates such as 2025-04-01, which are one word there."""
        return {number.lstrip("0") for date in DATES.findall(plain(self.text)) for number in re.findall(r"\d+", date)}

    @cached_property
    def over(self) -> set[str]:
        return {*self.passage.topic, *morphemes([self.heading])[0]}

    @cached_property
    def early(self) -> set[str]:
        return set(morphemes([self.before])[0])

    @cached_property
    def known(self) -> str:
        return plain(f"{self.text} {self.above} {self.before}")

    @cached_property
    def letters(self) -> set[str]:
        return set(bigrams(f"{self.text} {self.above}"))

    def holds(self, word: str, same: frozenset[Term], name: str) -> float:
        """How far a word stands there, or the `name` that it is a part of, or one that stands for it."""
        if word in self.here or word in self.numbers or name and name in read(self.text).text:
            return 1.0
        if word in self.over:
            return OVER
        around = self.here | self.over
        if any(around.issuperset(term) for term in same):
            return SWAPPED
        return SPELT if len(word) > 2 and half_spelt(word, self.letters) else EARLY if word in self.early else 0.0

    def gives(self, name: str, same: Iterable[Term]) -> bool:
        """Whether a name stands there or near, or what stands for it: another spelling."""
        return name in self.known or any((self.here | self.over | self.early).issuperset(term) for term in same)


def support(words: str, cited: Sequence[Passage], others: Sequence[Passage] = (), alike: Alike | None = None) -> Found:
    """The sentence of the passages, of those cited if one does, that bears a statement out best: it holds most of its words, or
    words that stand for them, and says nothing against it; or two sentences that hold more of them together than either does; or
    one that holds fewer and means alike."""
    statement = read(words)
    rounded = {number for pair in OF_SO_MANY.findall(statement.text) for number in pair}
    numbers = {digits(figure) for figure in statement.figures if not figure.about and str(figure.value) not in rounded}
    own = [word for word in content(morphemes([statement.unfigured])[0]) if word not in ASIDE and word not in LIGHT]
    same = alternatives(own)
    nouns = " ".join(token.form.lower() for token in statement.tokens if token.tag in NAMING)
    weights = {word: 1.0 if word in nouns else ACTS for word in own}
    within = {word: name for name, _ in statement.stems for word in own if len(word) < len(name) > 2 and word in name}
    names = {name: {*alternatives([name]).get(name, ()), (sound(name) or name,)} for token in statement.tokens if (token.tag in ("NNP", "SL") or token.oov)
             and len(name := _bare(token.form)) > 1 and name in statement.text and name not in CLASS}
    glossed = {name: other for pair in GLOSS.findall(statement.text) for name, other in (pair, pair[::-1])}

    def scored(places: Iterable[Place]) -> list[tuple[float, Place]]:
        held = [((sum(weight * place.holds(word, same.get(word, frozenset()), within.get(word, "")) for word, weight in weights.items())
                  + len(numbers & read(place.text).digits)) / (sum(weights.values()) + len(numbers)), place) for place in places]
        return sorted((pair for pair in held if pair[0] >= LEAST), key=lambda pair: -pair[0])

    def agrees(place: Place) -> bool:
        return all(place.gives(name, others) or glossed.get(name, "\0") in place.known for name, others in names.items()) and not (
            _another_row(own, place) or other_name(statement, place.known)
            or contradicts(statement, read(place.told), place.above, place.sentence.kind == "row"))

    best = 0.0
    less: list[tuple[float, Place]] = []
    for passages in (cited, others) if own or numbers else ():
        singles = scored(place for passage in passages for place in _places(passage)[0])
        less += [pair for pair in singles if pair[0] < SHARED]
        singles = [pair for pair in singles if pair[0] >= SHARED]
        doubles = [pair for pair in scored(place for passage in passages for place in _places(passage)[1]) if pair[0] >= SHARED]
        best = max([best, *(share for share, _ in singles[:1]), *(share - TOGETHER for share, _ in doubles[:1])])
        for place in (*(place for share, place in singles if share >= best - NEAR), *(place for share, place in doubles if share >= best + TOGETHER)):
            if agrees(place):
                return place.passage, place.sentence
    if alike and not best:
        most = max((share for share, _ in less), default=0.0)
        for share, place in less:
            if share >= most - NEAR and agrees(place) and alike(words, place.text):
                return place.passage, place.sentence
    return None


def _another_row(own: list[str], place: Place) -> bool:
    """Whether a statement names what stands in another row of the table, not in its own nor over it."""
    rows = [sentence for sentence in place.passage.sentences if sentence.kind == place.sentence.kind == "row" and sentence != place.sentence]
    named = [content(morphemes([value])[0]) for row in rows for _, value in cells(place.passage.text[row.start:row.end])[:3]]
    return any(words and set(words) <= set(own) and any(word not in place.here | place.over and len(word) > 1 and not word.isdigit() for word in words)
               for words in named)


def _bare(name: str) -> str:
    """A name without the particle that was taken for a part of it."""
    particle = PARTICLE.fullmatch(name) or SUFFIX.fullmatch(name)
    return particle[1] if particle else name


@lru_cache(maxsize=64)
def _places(passage: Passage) -> tuple[list[Place], list[Place]]:
    """The sentences of a passage, and those that follow each other two by two."""
    singles: list[Place] = []
    doubles: list[Place] = []
    heading, before = "", list[str]()
    leads: list[tuple[int, str]] = []  # what introduces a list, and the items that an item stands under, with their levels
    for sentence in passage.sentences:
        text = passage.text[sentence.start:sentence.end]
        if sentence.kind == "heading":
            heading = text
            continue
        last = singles[-1] if singles else None
        apart = sentence.kind == "item" and not (last and last.sentence.kind == "item" and "\n" not in passage.text[last.sentence.end:sentence.start])
        if apart:  # the other items are of something else
            leads = [lead for lead in leads if lead[0] < sentence.level]
            before = [lead for _, lead in leads]
            leads.append((sentence.level, text))
        elif sentence.kind == "paragraph":
            leads = [(-1, text)]
        singles.append(Place(passage, sentence, heading, " ".join(before)))
        if last and last.heading == heading and "row" not in (sentence.kind, last.sentence.kind) and not (apart and last.sentence.kind == "item"):
            both = Sentence(last.sentence.start, sentence.end, sentence.kind, sentence.level, (*last.sentence.morphemes, *sentence.morphemes))
            doubles.append(Place(passage, both, heading, last.before))
        if sentence.kind != "row":  # a row stands under what is said before its table
            before = [*before[1 - BEFORE:], text]
    return singles, doubles
