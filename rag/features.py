"""What is known of a sentence as an answer to a question: the numbers that the ranker looks at."""

import re
from collections.abc import Iterator, Sequence
from unicodedata import normalize

import numpy as np

from rag.documents import Hit, Passage, Sentence, cells
from rag.morphemes import content, morphemes
from rag.query import PRECISE, Query
from rag.question import DATE_TEXT, NUMBER_TEXT, fits, only_names_a_source, wanted

# what a word of the question is worth where it stands, seen from a sentence
HERE, ABOVE, BESIDE, ELSEWHERE = 1.0, 0.7, 0.5, 0.3
KINDS = ("heading", "paragraph", "item", "row")
ASKED = ("number", "date", "list", "person", "other")
YEAR = re.compile(r"(?:19|20)\d\d")
FIGURE = re.compile(r"(\d+)\s?([가-힣]{1,2}|%)")  # with what it counts: "40대", "제7차", "3등급"
HOW_MANY = ("가지", "개", "곳", "군데", "줄", "문장", "명", "년", "월", "일")  # how much of an answer is wanted, or dates
SIGN = re.compile(r"[\W_]+")
NAMES = (
    "reach", "own", "above", "beside", "passage", "precise_here", "precise_passage", "heaviest_missing", "pairs",
    "pairs_above", "longest_run", "focus_own", "focus_above", "focus_passage", "missing_above", "other_year", "other_figure", "figures", "row_named",
    "column_named", "meaning", "sense", "sense_behind", "hit", "hit_rank", "hit_share", "fits", "date_in_it", "number_in_it", "length",
    "position", "sentences", "lead_in", "source_line", "question_words", "unknown", "share_of_best", "rank_of_reach",
    *KINDS, *ASKED)


def features(query: Query, hits: Sequence[Hit]) -> tuple[list[tuple[Hit, Sentence]], np.ndarray]:
    """The sentences, list items and rows of the passages found, and (sentences, NAMES) float32 of them."""
    found: list[tuple[Hit, Sentence]] = []
    values: list[list[float]] = []
    want = wanted(query.text)
    asked = [float(want.kind == kind) for kind in ASKED]
    best = max((hit.score for hit in hits), default=0.0) or 1.0
    senses = [_senses(query, hit) for hit in hits]
    nearest = max((sense.max(initial=-1.0) for sense in senses), default=0.0)
    for rank, hit in enumerate(hits):
        for (sentence, measures), sense in zip(_of_passage(query, hit.passage), senses[rank], strict=True):
            text = hit.passage.text[sentence.start:sentence.end]
            found.append((hit, sentence))
            values.append([
                *measures, hit.meaning, sense, nearest - sense, hit.score, rank, hit.score / best, fits(want, text),
                float(bool(DATE_TEXT.search(text))), float(bool(NUMBER_TEXT.search(text))), len(text),
                sentence.start / max(len(hit.passage.text), 1), len(hit.passage.sentences),
                float(text.rstrip().endswith((":", "다음과 같다.", "아래와 같다."))), float(only_names_a_source(query.text, text)),
                len(query.words), query.unknown, 0.0, 0.0, *(float(sentence.kind == kind) for kind in KINDS), *asked])
    table = np.asarray(values, dtype=np.float32).reshape(-1, len(NAMES))
    if found:
        reach = table[:, 0]
        table[:, NAMES.index("share_of_best")] = reach / max(float(reach.max()), 1e-6)
        table[:, NAMES.index("rank_of_reach")] = np.argsort(np.argsort(-reach, kind="stable"), kind="stable")
    return found, table


def _senses(query: Query, hit: Hit) -> np.ndarray:
    """(sentences,) what the question and each sentence where it stands have of one meaning, as `hit.meaning` has it of the whole passage."""
    sentences, width = hit.passage.sentences, len(query.vector)
    if not all(len(sentence.vector) == width for sentence in sentences):
        return np.full(len(sentences), hit.meaning)
    vectors = np.frombuffer(b"".join(sentence.vector for sentence in sentences), dtype=np.int8).reshape(-1, width).astype(np.float32)
    cosines = vectors @ np.asarray(query.vector, dtype=np.float32) / np.maximum(np.linalg.norm(vectors, axis=1), 1.0)
    far, near = query.span
    return np.minimum((cosines - far) / (near - far), 1.0)


def _of_passage(query: Query, passage: Passage) -> Iterator[tuple[Sentence, list[float]]]:
    """Each sentence with what its own words, its headings, neighbours and passage share with the question."""
    total, total_pairs = sum(query.words.values()) or 1.0, sum(query.pairs.values()) or 1.0
    precise = [word for word in query.words if PRECISE.search(word)]
    years = {word for word in query.words if YEAR.fullmatch(word)}
    figures = {pair for pair in FIGURE.findall(query.text) if not pair[1].startswith(HOW_MANY)}
    focus = sum(query.words[word] for word in query.focus) or 1.0
    squeezed = SIGN.sub("", query.text).lower()
    topic = set(passage.topic)
    everywhere = topic.union(*(sentence.morphemes for sentence in passage.sentences))
    met_here = {word: query.met(word, everywhere) for word in query.words}
    in_passage = sum(weight * met_here[word] for word, weight in query.words.items()) / total
    precise_passage = sum(word in everywhere for word in precise) / len(precise) if precise else 1.0
    missing = max((weight for word, weight in query.words.items() if not met_here[word]), default=0.0)
    # what the whole passage lacks, no sentence of it has
    present = [(word, weight, word in query.focus) for word, weight in query.words.items() if met_here[word]]
    parents: list[Sentence] = []  # the items that an item hangs under
    heading: set[str] = set()
    heading_pairs: set[str] = set()
    heading_text = passage.heading
    focus_passage = sum(query.words[word] * met_here[word] for word in query.focus) / focus
    for n, sentence in enumerate(passage.sentences):
        text = passage.text[sentence.start:sentence.end]
        own, letters = set(sentence.morphemes), normalize("NFKC", text).lower()
        pairs = {pair for pair in query.pairs if pair in letters}
        if sentence.kind == "heading":
            heading, heading_pairs, heading_text = own, pairs, text
        parents = [parent for parent in parents if sentence.kind == parent.kind == "item" and parent.level < sentence.level]
        above = heading.union(topic, *(parent.morphemes for parent in parents))
        neighbours = set().union(*(passage.sentences[m].morphemes for m in (n - 1, n + 1)
                                   if 0 <= m < len(passage.sentences)))
        here = covered = beside = reach = focus_own = focus_above = 0.0
        missing_above = missing
        for word, weight, in_focus in present:
            if met := query.met(word, own):
                focus_own, focus_above = focus_own + met * weight * in_focus, focus_above + met * weight * in_focus
                here, covered, beside, reach = (value + met * weight for value in (here, covered, beside, reach))
            elif met := query.met(word, above):
                focus_above += met * weight * in_focus
                covered, beside, reach = covered + met * weight, beside + met * weight, reach + ABOVE * met * weight
            elif met := query.met(word, neighbours):
                missing_above = max(missing_above, weight)
                beside, reach = beside + met * weight, reach + BESIDE * met * weight
            else:
                missing_above = max(missing_above, weight)
                reach += ELSEWHERE * met_here[word] * weight
        parents.append(sentence)
        paired = sum(query.pairs[pair] for pair in pairs)
        paired_above = sum(query.pairs[pair] for pair in pairs | heading_pairs)
        yield sentence, [
            reach / total, here / total, covered / total, beside / total, in_passage,
            sum(word in own or word in above for word in precise) / len(precise) if precise else 1.0, precise_passage,
            missing, paired / total_pairs, paired_above / total_pairs, _run(sentence.morphemes, query.words), focus_own / focus, focus_above / focus,
            focus_passage, missing_above, float(bool(years) and years.isdisjoint(own | above) and any(
                map(YEAR.fullmatch, own | heading))), *_figures(figures, text, heading_text, passage.text), *(_cell(query, squeezed, text) if sentence.kind == "row" else (0.0, 0.0))]


def _figures(asked: set[tuple[str, str]], text: str, heading: str, passage: str) -> tuple[float, float]:
    """Whether a sentence counts, in the question's unit, only to other figures; and the share of the question's figures that
    stand in it, its heading or (by half) its passage."""
    if not asked:
        return 0.0, 1.0
    here, around = FIGURE.findall(f"{text} {heading}"), FIGURE.findall(passage)
    stands = [1.0 if pair in here else 0.5 if pair in around else 0.0 for pair in asked]
    other = any(value < 1.0 and any(unit == pair[1] for _, unit in here) for pair, value in zip(asked, stands, strict=True))
    return float(other), sum(stands) / len(stands)


def _cell(query: Query, asked: str, row: str) -> tuple[float, float]:
    """Whether the question names the row, by its first cell, and how far it names one of the other columns."""
    (_, first), *others = cells(row)
    name = SIGN.sub("", first).lower()
    columns = (content(morphemes([column])[0]) for column, _ in others if column)
    known = {*query.words, *(word for terms in query.same.values() for term in terms for word in term)}
    shares = (sum(word in known or len(word) > 1 and word in asked for word in words) / len(words) for words in columns if words)
    return float(len(name) > 1 and name in asked), max(shares, default=0.0)


def _run(words: Sequence[str], asked: dict[str, float]) -> float:
    """How many words in a row of a sentence are words of the question, at most."""
    longest = run = 0
    for word in words:
        if word[0] == "~":
            continue
        run = run + 1 if word in asked else 0
        longest = max(longest, run)
    return float(longest)


BEST = ("own", "above", "beside", "passage", "focus_own", "focus_above", "focus_passage", "missing_above", "other_year", "other_figure", "figures", "precise_here", "precise_passage", "heaviest_missing", "pairs", "pairs_above",
        "meaning", "sense", "hit", "fits", "lead_in", "row")
ANYWHERE = ("own", "above", "beside", "passage", "focus_above", "focus_passage", "pairs", "meaning", "sense", "precise_passage")
QUESTION_NAMES = (*(f"best {name}" for name in BEST), *(f"any {name}" for name in ANYWHERE), "first", "second", "third",
                  "question_words", "unknown", *ASKED)


def of_question(table: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """(1, QUESTION_NAMES) float32: what the sentences found, of which `scores` tells the best, say of the question."""
    column = {name: table[:, n] for n, name in enumerate(NAMES)}
    order = np.argsort(-scores, kind="stable")
    top = [float(scores[n]) for n in order[:3]]
    return np.asarray([[*(column[name][order[0]] for name in BEST), *(column[name].max() for name in ANYWHERE),
                        *top, *[0.0] * (3 - len(top)), column["question_words"][0], column["unknown"][0],
                        *(column[kind][0] for kind in ASKED)]], dtype=np.float32)
