"""Lists of a report: which one a question asks for, and what stands in it."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise, takewhile

from rag.documents import Candidate, Passage, Sentence, cells
from rag.morphemes import content, kiwi, morphemes
from rag.question import FIGURE_ASKED, REFERENCE, SO_MANY, only_names_a_source

CLOSE = 0.45  # of the best sentence's likelihood, where another one is told beside it
NEAR, LISTED, BESIDE, OTHER, HELD, MEANT = 0.1, 0.5, 0.6, 0.25, 0.3, 0.5  # of the best sentence's, where one leads to a list; of the sentence's before; of a list of
# another number than is asked for; of one whose lead has no word of the question
FIRST = 5  # sentences that may belong to it
HOW_MANY = re.compile(r"(?<!\d)(\d{1,2}|두|세|네|다섯|여섯|일곱|여덟)(?:가지|개(?![월년사])|단계|종류|곳|군데)")  # items of a list, in a question without spaces
NUMERALS = {word: n for n, word in enumerate(("두", "세", "네", "다섯", "여섯", "일곱", "여덟"), 2)}
JOINED = re.compile(r"[,·、/→]|[가-힣A-Za-z]-[가-힣A-Za-z]|[와과]\s|이?랑\s|하고\s|\s및\s")
NUMBER = re.compile(r"\(?(\d{1,2})[.)]\s")  # of an item
MARKS, NUMBERED = "△▲▷▶", re.compile("[①-⑳]")  # each stands before one of several things
# the place of an item among its like: "③", "3.", "(3)", "5.2.3", "제언 3.", "3단계", "시나리오 C"
PLACE = re.compile(r"\(?(?:[가-힣A-Za-z]{1,5}\s?)?(?:\d{1,2}[.-])*(\d{1,2})(?:[.):]|\s|단계|주차|(?=[가-힣A-Z]))")
LETTERED = re.compile(r"(?:[가-힣]{1,5}\s?)?([A-H])\s?[.:)]")
Item = tuple[Passage, Sentence]
List = tuple[list[Item], list[str]]  # the items, and what to say of each


def chosen(candidates: Sequence[Candidate], rows: bool, question: str) -> List:
    """The list that the best candidates belong to, stand over or name within a sentence: one of as many items as are asked for,
    and whose lead holds most of the question's words. Its items, or (`rows`) the first cells of a table's rows; of rows that have
    what the question names in a cell, those alone; of a sentence that names them all, itself. No item where there is none."""
    first, best = next(((c.sentence, c.score) for c in candidates if c.sentence.kind != "heading"), (None, 0.0))
    asked = squeezed(question)
    number = _told(SO_MANY.search(question) or HOW_MANY.search(asked))
    words = [word for word in content(morphemes([question])[0]) if not word.endswith("다")]
    passages = list({c.passage.id: c.passage for c in candidates}.values())
    found: list[tuple[float, List]] = []

    def leads_there(items: Sequence[Item]) -> bool:  # what answers best stands in the list, or right over it
        passage, top = items[0]
        return any(first is item for _, item in items) or first in passage.sentences[max(passage.sentences.index(top) - 1, 0):][:1]

    def offer(score: float, many: int, lead: str, told: List) -> None:
        held = sum(word in squeezed(lead) for word in words) / max(len(words), 1)
        if held < MEANT and (many != number and not leads_there(told[0]) if number else not told[1]):
            return
        fits = 1.0 if not number or many == number else OTHER
        found.append((score * fits * (HELD + (1 - HELD) * held), told))

    def led(items: Sequence[Item]) -> int:
        """How many of the words, and whether the number, stand right over a list, less those by which one item, with others below it, is told from the rest."""
        if not items:
            return 0
        passage, texts = items[0][0], [_text(*item) for item in items]
        over = next((_text(passage, one) for one in passage.above(items[0][1])), "") or next((one for one in reversed(passage.heading.split(" > ")) if one not in texts), "")
        held = [sum(word in text for word in words) + 2 * (number > 0 and _told(HOW_MANY.search(text)) == number) for text in map(squeezed, (
            over, *(text for text, (p, s) in zip(texts, items, strict=True) if s.kind == "heading" or under(p, s))))]
        return max(0, held[0] - max(held[1:], default=0) + min(held[1:], default=0))

    for candidate in candidates[:FIRST]:
        passage, kind = candidate.passage, candidate.sentence.kind
        position = passage.sentences.index(candidate.sentence)
        score = candidate.score if kind != "heading" else best
        if score < (NEAR if number else LISTED) * best:
            break
        within = 0
        for at, worth in ((position, 1.0), (position + 1, BESIDE)):  # what is named in the sentence, or right behind it
            sentence = passage.sentences[at] if at < len(passage.sentences) else None
            if rows and not FIGURE_ASKED.search(question) and sentence and (sentence.kind in ("paragraph", "item") or sentence is candidate.sentence):
                text = _text(passage, sentence)
                many = 0 if only_names_a_source(question, text) else max(enumerated(value) for _, value in cells(text)) if sentence.kind == "row" else enumerated(text)
                within = max(within, many * (at == position))
                if many == number if number else many > 2:
                    offer(score * worth, many, f"{_lead(passage, at)} {text}", ([(passage, sentence)], []))
        runs = [under(passage, candidate.sentence), _around(passage, position, ("item", "row") if rows else ("item",)), *_further_up(passage, position)]
        lists = [_gone_on(passage, run, passages) for one in runs for run in (_in_turn(passage, one, position), one) if run] or [[]]
        items = max(lists, key=lambda one: (len(one) == number if number else len(one) > 1, led(one)))
        heads = _gone_on(passage, _heads(passage, position), passages) if rows else []
        if heads and (len(heads) == number and led(heads) > 1 or len(heads) > 2 and _spread(candidates, passage, [s for _, s in heads], 2 if len(heads) == number else 3)) and (
                not number or len(items) != number or led(items) <= led(heads)):
            items = heads
        if within > 2 and not number and items is not heads:
            continue  # it stands within the sentence
        texts = [_text(*item) for item in items]
        if items and items[0][1].kind == "row":
            named = {(column, value) for text in texts for column, value in cells(text)[1:] if len(squeezed(value)) > 1 and squeezed(value) in asked}
            meeting = [(item, text) for item, text in zip(items, texts, strict=True) if named.intersection(cells(text))]
            if len(meeting) > 1:
                items, texts = [item for item, _ in meeting], [text for _, text in meeting]
            elif kind == "row" and not (len(items) == number or _all_asked(candidates, [s for _, s in items], asked)):
                continue
            texts = [next((value for _, value in cells(text) if value), text) for text in texts]
        if len(items) > 1 and (score >= LISTED * best or len(items) == number or items is heads):
            offer(score, len(items), _lead(items[0][0], items[0][0].sentences.index(items[0][1])), (items, texts))
    return max(found, key=lambda pair: pair[0])[1] if found else ([], [])


def _text(passage: Passage, sentence: Sentence) -> str:
    return passage.text[sentence.start:sentence.end]


def _place(text: str) -> int:
    """The number that an item bears among its like; 0 for none."""
    if circled := NUMBERED.search(text[:12]):
        return ord(circled[0]) - ord("①") + 1
    place, letter = PLACE.match(text), LETTERED.match(text)
    return int(place[1]) if place else ord(letter[1]) - ord("A") + 1 if letter else 0


def _gone_on(passage: Passage, items: Sequence[Sentence], passages: Sequence[Passage]) -> list[Item]:
    """Items of a passage, with those of the passages right before and after it that bear the numbers before and after theirs."""
    own = [(passage, item) for item in items]
    places = [_place(_text(*item)) for item in own]
    if not own or own[0][1].kind == "row" or any(place != places[0] + n for n, place in enumerate(places)):
        return own
    kind, first, last = own[0][1].kind, places[0], places[-1]
    after = next((p for p in passages if p.source == passage.source and 0 <= p.start - passage.end <= 2), None)
    if after and first:
        for s in after.sentences:
            if s.kind == kind and _place(_text(after, s)) == last + 1:
                own.append((after, s))
                last += 1
            elif s.kind == "heading" and s.level <= (own[-1][1].level if kind == "heading" else 99):
                break
    before = next((p for p in passages if p.source == passage.source and 0 <= passage.start - p.end <= 2), None)
    if before:
        for s in reversed(before.sentences):
            if s.kind == kind and _place(_text(before, s)) == first - 1 > 0:
                own.insert(0, (before, s))
                first -= 1
    return own


def enumerated(text: str) -> int:
    """How many things a sentence names side by side: "나침반, 칼과 밧줄" are three, and so are "△나침반 △칼 △밧줄"; 0 where it names but one."""
    if (marked := max(len(set(NUMBERED.findall(text))), *(text.count(mark) for mark in MARKS))) > 1:
        return marked
    if not JOINED.search(text):
        return 0
    tokens, most, run = kiwi().tokenize(text), 0, 0
    for before, token in pairwise(tokens):
        noun = before.tag[:2] in ("NN", "SL", "SN", "SH", "XS", "NR", "XR") or before.form in (")", "%", "'", "’", '"', "”", "」") or before.tag == "SW"
        if noun and (token.form in (",", "·", "、", "/") or token.form in ("-", "→") and before.tag != "SN" or token.tag == "JC" or token.tag == "MAJ" and token.form == "및"):
            run += 1
            most = max(most, run)
        elif token.tag in ("EC", "EF"):
            run = 0
    return most + 1 if most else 0


def squeezed(text: str) -> str:
    return re.sub(r"\W", "", text).lower()


def under(passage: Passage, sentence: Sentence) -> list[Sentence]:
    """The items right under one that they belong to."""
    position = passage.sentences.index(sentence)
    below = passage.sentences[position + 1:position + 2]
    if sentence.kind != "item" or not below or below[0].kind != "item" or below[0].level <= sentence.level:
        return []
    run = list(takewhile(lambda s: s.kind == "item" and s.level > sentence.level, passage.sentences[position + 1:]))
    return [s for s in run if s.level == below[0].level]


def _around(passage: Passage, position: int, below: tuple[str, ...]) -> list[Sentence]:
    """The run of list items around a sentence, or the run of what may stand `below` right after it where it is a heading
    or a lead-in."""
    sentences = passage.sentences
    kinds: tuple[str, ...] = below if sentences[position].kind == "row" else ("item",)
    if sentences[position].kind in ("heading", "paragraph"):
        position, kinds = position + 1, below
        while position < len(sentences) and sentences[position].kind == "heading":
            position += 1
    if position >= len(sentences) or sentences[position].kind not in kinds:
        return []
    kind, level = sentences[position].kind, sentences[position].level
    first = last = position
    while first and sentences[first - 1].kind == kind and sentences[first - 1].level >= level:
        first -= 1
    while last + 1 < len(sentences) and sentences[last + 1].kind == kind and sentences[last + 1].level >= level:
        last += 1
    return [sentence for sentence in sentences[first:last + 1]
            if sentence.level == level and not REFERENCE.match(passage.text[sentence.start:sentence.end])]


def _further_up(passage: Passage, position: int) -> Iterator[list[Sentence]]:
    """The runs of items that an item's parents stand in, the nearest first."""
    level = passage.sentences[position].level
    for n in range(position - 1, -1, -1):
        if not passage.sentences[n + 1].kind == passage.sentences[n].kind == "item":
            return
        if passage.sentences[n].level < level:
            level = passage.sentences[n].level
            yield _around(passage, n, ("item",))


def _in_turn(passage: Passage, items: Sequence[Sentence], position: int) -> list[Sentence]:
    """Of a run of items those that are numbered in turn, among which, or under one of which, a sentence stands, or which follow it."""
    own: list[Sentence] = []
    last = 0
    for item in items:
        numbered = NUMBER.match(passage.text, item.start)
        if not numbered:
            continue
        if own and int(numbered[1]) != last + 1:
            if passage.sentences.index(item) > position:
                break
            own = []
        own.append(item)
        last = int(numbered[1])
    return own


def _heads(passage: Passage, position: int) -> list[Sentence]:
    """The small headings beside the one that a sentence stands under, or right over, with itself; each has something under it."""
    sentences, sentence = passage.sentences, passage.sentences[position]
    below = next((one for one in sentences[position + 1:position + 2] if one.kind == "heading" and sentence.kind != "item"), None)
    above = below or next((one for one in passage.above(sentence) if one.kind == "heading"), None)
    if above is None or sentence.kind == "heading" and below is None:
        return []
    first = max((n + 1 for n, one in enumerate(sentences[:sentences.index(above)]) if one.kind == "heading" and one.level < above.level), default=0)
    last = next((n for n, one in enumerate(sentences) if n > first and one.kind == "heading" and one.level < above.level), len(sentences))
    return [one for one, under_ in pairwise(sentences[first:last]) if one.kind == "heading" and under_.kind != "heading" and one.level == above.level]


def _spread(candidates: Sequence[Candidate], passage: Passage, heads: Sequence[Sentence], least: int) -> bool:
    """Whether so many of the best candidates stand right under the headings, most under one of their own."""
    texts = [c for c in candidates if c.sentence.kind != "heading"]
    near = [c for c in texts[:len(heads)] if c.score >= CLOSE * texts[0].score]
    under = {passage.sentences[passage.sentences.index(c.sentence) - 1] for c in near if c.passage is passage}
    return len(near) >= least and under <= set(heads) and 2 * len(under) >= len(near)


def _lead(passage: Passage, position: int) -> str:
    """What stands over a list: the passage's heading, the last small heading and the sentence before its first item."""
    before = passage.sentences[:position]
    heading = next((s for s in reversed(before) if s.kind == "heading"), None)
    return " ".join([passage.heading, *(passage.text[s.start:s.end] for s in {heading, *before[-1:]} if s)])


def _all_asked(candidates: Sequence[Candidate], rows: Sequence[Sentence], asked: str) -> bool:
    """Whether the question names what the rows of a table are, and tells none of them from the others."""
    first = [c for c in candidates if c.sentence.kind != "heading"][:min(3, len(rows))]
    names = {squeezed(name) for c in first for name, _ in cells(c.text)[:1]}
    return all(c.sentence in rows and c.score >= CLOSE * first[0].score for c in first) and all(len(name) > 1 and name.removesuffix("명") in asked for name in names)


def _told(number: re.Match[str] | None) -> int:
    """How many are asked for; 0 where that is not said."""
    return NUMERALS.get(number[1]) or int(number[1]) if number else 0
