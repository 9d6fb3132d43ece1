"""A question analysed once: its words, what may stand for them in a report, and how rare each of them is."""

import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from itertools import pairwise

from rag.documents import Passage
from rag.embeddings import Embedder
from rag.lexicon import Term, alternatives
from rag.morphemes import bigrams, content, morphemes, normalise
from rag.periods import parts_of
from rag.sounds import lettered, sound, spelt

Frequencies = Callable[[str, Iterable[str]], dict[str, int]]  # (field, words) -> in how many passages each stands
CONTEXT, VERB = 0.4, 0.5  # the weight of a word that only the history has, and of a verb or a part of a year beside a noun
HANGUL = re.compile("[가-힣]")
PRECISE = re.compile(r"[0-9a-z]")  # figures, years and names in Latin letters
ALIKE = 0.8  # of the letters of two words, in order, where one is a slip of the other
PERIOD = re.compile(r"20\d\d[qhm]\d+")
KIND_ASKED = frozenset(["이름", "날짜", "날", "시기", "연도", "년도", "개", "명", "곳", "가지", "퍼센트", "%", "원", "달러", "년", "월", "일", "번", "배", "개월", "시간", "정도", "종류", "회사", "기업", "사람", "나라", "제목"])
# endings as they are typed in haste: "남앗어", "누구엿더라", "어딧어요"
MENDED = dict(zip("앗엇엿잇겟햇됫왓딧댓봣줫졋셧렷켯썻", "았었였있겠했됐왔딨댔봤줬졌셨렸켰썼", strict=True))
SLIP = re.compile("(?:[앗엿겟햇됫왓딧댓봣줫졋셧렷켯썻]|(?<!무)엇)(?=[어나지는던음니냐습을다고대데더])|잇(?=[나니냐음어습])")
WHEN_OUT = re.compile("언제나(?=[온왔와])")  # no word that stands for always
BECOMES = re.compile("돼(?=[요?!.\\s]|$)")  # a word that ends so is not always known for a verb: "처리돼?"
BUT_FOR = re.compile(r"\S+ 말고 (?=\S)")  # what is not asked for
# "언제 나왔어?" asks for a release; elsewhere the verb says nothing: "뭐라고 나와?"
CAME_OUT = re.compile(r"(?:언제|며칠|몇\s?[년월일]).{0,12}?나[왔온]|나온\s?(?:날|때|시기|해|연도|건)")
RUN, LONGEST_WORD = re.compile("[가-힣]{6,}"), 8  # syllables in which words may run together, and of a word among them
LONG, SHORT = re.compile("[가-힣]{4,}(?<!다)"), re.compile("[가-힣]{2,}(?<!다)")
SWAPPED = 0.7  # what an alternative is worth where it stands instead of the word


@dataclass(frozen=True, slots=True)
class Query:
    """`words` and `pairs` (of characters) carry their weight, by rarity. `same` names for a word the terms that may
    stand instead of it; `lost` are the words that stand in no passage of the index, `unknown` their share of the weight. `focus` is
    what is asked of the subject, in Korean the last words: "가격" of "H100 가격이 얼마야?"; `context` what a follow-up leans on. `span` are the
    cosines of `vector` with texts that do not, and that do, answer.
    """

    text: str
    words: dict[str, float]
    pairs: dict[str, float]
    vector: tuple[float, ...]
    span: tuple[float, float] = (0.0, 1.0)
    same: dict[str, frozenset[Term]] = field(default_factory=dict)
    unknown: float = 0.0
    focus: frozenset[str] = frozenset()
    lost: frozenset[str] = frozenset()
    context: str = ""

    @property
    def whole(self) -> str:
        """The question, and behind it what it leans on: of what is long the end is not read."""
        return f"{self.text} {self.context}".strip()

    def met(self, word: str, words: set[str]) -> float:
        """How far a word of the question is met by a set of words: 1, SWAPPED or 0; a translation is as good as the word."""
        if word in words:
            return 1.0
        terms = self.same.get(word)
        return (SWAPPED if HANGUL.search(self.text) else 1.0) if terms and any(words.issuperset(term) for term in terms) else 0.0


def respaced(text: str, frequencies: Frequencies) -> str:
    """The text with spaces around the index's own words where words run together: "수소하루에최대몇톤만드러요". A run stays as it is
    where its morphemes cover as much of it."""
    def spaced(run: re.Match[str]) -> str:
        whole = run[0]
        cuts = [(a, b) for b in range(2, len(whole) + 1) for a in range(max(0, b - LONGEST_WORD), b - 1)]
        own = content(morphemes([whole])[0])
        counts = frequencies("body", {*(whole[a:b] for a, b in cuts), *own})
        best: list[tuple[int, tuple[tuple[int, int], ...]]] = [(0, ())] * (len(whole) + 1)  # up to each place: worth, words
        for end in range(1, len(whole) + 1):
            ways = [(best[a][0] + (b - a) ** 2, (*best[a][1], (a, b))) for a, b in cuts if b == end and counts[whole[a:b]]]
            best[end] = max([best[end - 1], *ways], key=lambda way: way[0])
        words = best[-1][1]
        covered = sum(b - a for a, b in words)
        if 3 * covered < len(whole) or covered <= sum(len(word) for word in own if len(word) > 1 and counts[word] and word in whole):
            return whole
        places = sorted({0, *(place for cut in words for place in cut), len(whole)})
        return " ".join(whole[a:b] for a, b in pairwise(places))

    return RUN.sub(spaced, text)


def analyse(question: str, context: str, embedder: Embedder, frequencies: Frequencies, passages: int) -> Query:
    """`context` is what a follow-up leans on: its words count by CONTEXT of their weight, and it takes no part in the
    other measures. A word that no passage has weighs what its most frequent alternative weighs."""
    text = respaced(BECOMES.sub("되어", SLIP.sub(lambda slip: MENDED[slip[0]], lettered(WHEN_OUT.sub("언제 나", normalise(question))))), frequencies)
    meant = BUT_FOR.sub("", f"{text} 출시" if CAME_OUT.search(text) else text)
    own, leant = (content(words) for words in morphemes([meant, normalise(context)]))
    same = alternatives([*own, *leant])
    for period in filter(PERIOD.fullmatch, own):  # what it is written with is met where it stands in another form
        for word in parts_of(period).intersection(own):
            same[word] = same.get(word, frozenset()) | {(period,)}
    sounds = {word: heard for word in {*own, *leant} if (heard := sound(word))}
    for word in {*own, *leant}:
        if letters := spelt(word):
            same[word] = same.get(word, frozenset()) | {letters}
    for word, term in _spaced(own):
        same[word] = same.get(word, frozenset()) | {term}
    counts = frequencies("body", {*own, *leant, *sounds.values(), *(o for terms in same.values() for term in terms for o in term)})
    for word, heard in sounds.items():  # a name in another spelling
        if counts[heard] > counts[word]:
            same[word] = same.get(word, frozenset()) | {(heard,)}
    same = {word: present for word, terms in same.items()
            if (present := frozenset(term for term in terms if all(counts[other] for other in term)))}
    weights = {word: idf(passages, counts[word] or max((min(counts[o] for o in term) for term in same.get(word, ())), default=0))
               * (VERB if len(word) > 1 and word.endswith("다") or PERIOD.fullmatch(word) else 1.0) for word in [*own, *leant]}
    words = {word: weights[word] * CONTEXT for word in leant} | {word: weights[word] for word in own}
    lost = frozenset(word for word in own if not counts[word] and word not in same)
    pairs = list(dict.fromkeys(bigrams(text)))
    return Query(text, words, {pair: idf(passages, count) for pair, count in frequencies("pairs", pairs).items()},
                 tuple(embedder.embed_query(f"{context} {text}".strip())), (embedder.far, embedder.near), same,
                 sum(weights[word] for word in lost) / (sum(weights[word] for word in own) or 1.0),
                 frozenset([word for word in own if word not in KIND_ASKED and not word.isdigit()][-2:]), lost, context)


def _spaced(words: Sequence[str]) -> Iterator[tuple[str, Term]]:
    """Words of a question, each with what it is where it is spaced in another way: 허깅페이스 as 허깅 페이스, and the other way round."""
    for word in words:
        if LONG.fullmatch(word):
            yield from ((word, (word[:n], word[n:])) for n in range(2, len(word) - 1))
    for one, other in pairwise(words):
        if SHORT.fullmatch(one) and SHORT.fullmatch(other):
            yield from ((word, (one + other,)) for word in (one, other))


def repaired(query: Query, passages: Iterable[Passage]) -> Query:
    """The query whose lost words of three syllables or more may be met by words, or two in a row, of the passages found
    that are written almost alike: 도담캐피털, 도담캐피탈."""
    lost = {word: unicodedata.normalize("NFD", word) for word in query.lost if len(word) >= 3 and not PRECISE.search(word)}
    if not lost:
        return query
    terms: dict[str, Term] = {}
    for passage in passages:
        for words in (passage.topic, *(sentence.morphemes for sentence in passage.sentences)):
            terms |= {word: (word,) for word in words} | {one + two: (one, two) for one, two in pairwise(words)}
    alike: dict[str, Term] = {}
    for word, spelt_out in lost.items():
        matcher = SequenceMatcher(b=spelt_out, autojunk=False)
        best = ALIKE
        for other, term in terms.items():
            if abs(len(other) - len(word)) < 2:
                matcher.set_seq1(unicodedata.normalize("NFD", other))
                if matcher.real_quick_ratio() > best and matcher.quick_ratio() > best and (ratio := matcher.ratio()) > best:
                    alike[word], best = term, ratio
    return replace(query, same=query.same | {word: frozenset([term]) for word, term in alike.items()}, lost=query.lost - alike.keys(),
                   unknown=query.unknown * (1 - sum(query.words[w] for w in alike) / (sum(query.words[w] for w in query.lost) or 1.0)))


def idf(passages: int, count: int) -> float:
    """BM25's inverse document frequency (Robertson & Zaragoza 2009), as tantivy has it."""
    return math.log(1 + (passages - count + 0.5) / (count + 0.5))
