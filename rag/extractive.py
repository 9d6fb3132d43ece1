"""The answer without an LLM: the reports' own words, chosen and put together, one citation a statement."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import prod

from langchain_core.runnables import Runnable, RunnableConfig

from rag import lists
from rag.answer_type import of_type, tells_why
from rag.answers import Answer, Citation, Evidence, Part, compose, refuse, unnumbered
from rag.contradiction import denies
from rag.documents import Candidate, Passage, cells
from rag.lexicon import alternatives
from rag.lists import CLOSE, squeezed
from rag.morphemes import content, morphemes
from rag.names import WHO
from rag.numbered import numbered, tells_of_others
from rag.parts import names_both, tells_both
from rag.question import EACH, REASON, only_names_a_source, wanted
from rag.sounds import sound, spelt
from rag.statement import read
from rag.tables import amount
from rag.verdict import verdict, yes_no
from rag.wording import bullets, particle, polite, row

LONGEST = 400  # characters of an answer, markers included
STATEMENTS, APART = 3, 0.1  # at most so many, of another report each as likely as this share of the best
ENOUGH = 0.24  # below this chance that the best sentence answers, the reports do not say
TRUSTED = 0.85  # as likely as this a sentence answers though nothing in it shows that it is of the type that is asked for
GAP, SPAN = 80, 260  # characters between two statements that are shown as one, and of both
# the same for one of several reports that are asked; of the best one's likelihood; share of the words met where figures are set against each other
SIDE, FAINT, SURE = 0.1, 0.005, 0.5
NEXT = 0.02  # of the best sentence's likelihood: what else answers, where that sentence tells of another thing, or answers another question
OPTIONS = 5  # sentences of a part that are weighed against those of another one
TOLD = 0.5  # of the words of a list that fit into an answer; of a longer one only stumps would be left
MARKER = 6  # characters of a marker and its line break
SHORT = 160  # characters of a row that is shown whole
LEAD = re.compile(r"(?:다음|아래)[을를]\s[^.]{0,20}(?:다|[함임음됨])[.:]?$|(?:다음|아래)[^.]{0,40}(?:같|있|표|그림|가지|나뉜|정리|보여)[^.]{0,14}[.:]?$|:$")  # what leads to a list, a table, a picture
ASKED = re.compile(r"\?\W*$|(?:[은는]가|[까요]까|을까|일까|인가)[?.]?$")
LEANING = re.compile(r"^(?:또|또한|그리고|한편|아울러|하지만|그러나|그런데|따라서|그래서|이어),?\s+")  # on what stood before it
WHOLE = 0.75  # of a question's words that a sentence or what stands around it must hold to deny it
FIGURE = re.compile(r"\d[\d,.]*\d(?:\s?[천백십]*[조억만]+)*|\d(?:\s?[천백십]*[조억만]+)*")
NAME = re.compile(r"(?<!몇)(?<!몇 )[A-Za-z][A-Za-z0-9.-]{3,}|[A-Za-z]+-?\d[\d.]*")  # the same thing in every report


@dataclass(frozen=True, slots=True)
class Statement:
    """Words to show and the slice of the passage that grounds them."""

    text: str
    passage: Passage
    start: int
    end: int


class ExtractiveAnswerer(Runnable[Evidence, Answer]):
    """Sentences, rows and list items that answer, at most 400 characters; refuses where the evidence is weak."""

    answerer = "extractive"

    def invoke(self, input: Evidence, config: RunnableConfig | None = None, **_: object) -> Answer:
        """The answer from the evidence's ranked sentences; of several parts of a question, those that it answers."""
        parts = [(part, [c for c in part.candidates if c.sentence.kind != "heading"]) for part in each_its_own(_apart(input.parts))]
        best = next((candidates[0] for _, candidates in parts if candidates), None)
        if best is None:
            return refuse(input, self.answerer, "색인에 보고서가 없거나, 질문과 맞닿은 대목을 찾지 못했습니다.")
        answered = {part: told for part, candidates in parts if candidates and part.answerable >= (SIDE if part.source else ENOUGH)
                    and (told := said(part))}
        if not answered:
            return refuse(input, self.answerer, _nearest(input, best))
        titles = {hit.passage.source: _title(hit.passage) for hit in input.hits}
        left = [f"「{titles[part.source]}」" if part.source else f"'{part.text}'" for part, _ in parts if part not in answered]
        notice = f"{', '.join(left)}의 답은 보고서에서 찾지 못했습니다." if left else None
        return write(input, self.answerer, statements(answered), notice)


def _apart(parts: Sequence[Part]) -> list[Part]:
    """The parts; of several reports that are asked, what is likely enough beside the best sentence of all, and is about the same
    foreign or numbered name: KoGPT, GPT-4."""
    best = max((c for part in parts for c in part.candidates if part.source), key=lambda c: c.score, default=None)
    if best is None:
        return list(parts)
    named = {name for name in map(squeezed, NAME.findall(parts[0].text)) if name in squeezed(best.text)}
    return [replace(part, candidates=tuple(c for c in part.candidates if c.score >= FAINT * best.score and all(
        name in squeezed(c.text) for name in named))) for part in parts]


def each_its_own(parts: Sequence[Part]) -> Sequence[Part]:
    """The parts; where one sentence is the best for several questions and does not tell of all of them, the likeliest choice of a
    sentence of its own for each."""
    if len(parts) == 1 or any(part.source for part in parts):
        return parts
    options = {part.text: texts for part in parts if (texts := _options(part))}
    firsts = [texts[0] for texts in options.values()]
    asked, best = [part.text for part in parts], [c.text for c in firsts]
    if all(best.count(c.text) == 1 or names_both(asked, c.sentence.morphemes) or tells_both(asked, (*c.passage.topic, *c.sentence.morphemes)) for c in firsts):
        return parts
    ways = [way for way in product(*options.values()) if len({c.text for c in way}) == len(way)]
    own = dict(zip(options, max(ways, key=lambda way: prod([c.score for c in way])), strict=True)) if ways else {}
    taken = {c.text for c in own.values()}
    return [replace(part, candidates=(own[part.text], *(c for c in part.candidates if c.text not in taken))) if part.text in own else part
            for part in parts]


def _options(part: Part) -> list[Candidate]:
    """The few sentences that may answer a part, best first, none far less likely than the best one."""
    texts = [c for c in part.candidates if c.sentence.kind != "heading"]
    near = list({c.text: c for c in texts if c.score >= NEXT * texts[0].score}.values())
    return [c for c in near if of_type(part.text, c.text, c.sentence.kind == "row")][:OPTIONS] or near[:1]


def _title(passage: Passage) -> str:
    return re.split("[:(]", passage.title[:30], maxsplit=1)[0].strip(" 「」『』<>《》")


def statements(answered: Mapping[Part, list[Statement]]) -> list[Statement]:
    """What to say, best first, from what there is to say to each question: of several questions the best statement for each, of
    several reports one line each."""
    if len(answered) == 1:
        return next(iter(answered.values()))
    if all(part.source for part in answered):
        return _side_by_side([told[0] for told in answered.values()], all(part.candidates[0].coverage >= SURE for part in answered))
    chosen: dict[Part, list[Statement]] = {}
    for part in sorted(answered, key=lambda part: -part.candidates[0].score):  # what answers two questions is said to the likelier one
        told = [squeezed(statement.text) for statements in chosen.values() for statement in statements]
        fresh = [statement for statement in answered[part] if all(squeezed(statement.text) not in text for text in told)]
        chosen[part] = fresh if wanted(part.text).kind == "list" else fresh[:1]
    return [statement for part in answered for statement in chosen[part]]


def said(part: Part) -> list[Statement]:
    """What to say to a question: a whole list where one is asked for, else the few best sentences; nothing where none of these is of
    the type that is asked for."""
    answering = [c for c in part.candidates if c.sentence.kind != "heading"]
    answering = [c for c in answering if not only_names_a_source(part.text, c.text)] or answering
    answering = [c for c in answering if not ASKED.search(c.text)] or answering  # a report's own question answers none
    if not part.source and answering and (named := numbered(part.text)):  # "1호점" is not told of by what is said of "2호점"
        own = [c for c in answering if not tells_of_others(named, (c.text, c.passage.heading, c.passage.title))]
        first = answering[0]
        answering = _meeting(answering, lambda c: c in own) or [
            c for c in own if c.coverage >= first.coverage and c.score >= NEXT * first.score and numbered(c.text) & named]
    want, whether = wanted(part.text), yes_no(part.text)
    if not whether:
        answering = _meeting(answering, lambda c: c.score >= TRUSTED or of_type(part.text, c.text, c.sentence.kind == "row"))
    if REASON.search(part.text):
        answering = _reasons(part.text, answering)
    if not answering:
        return []
    asked = content(morphemes([part.text])[0])
    leads = answering[0].sentence.kind != "row" and bool(LEAD.search(answering[0].text) or (want.kind == "list" or want.kind == "other" and _only_names(answering[0], asked)) and len(
        lists.under(answering[0].passage, answering[0].sentence)) > 1)
    leads = leads and not (WHO.search(part.text) and of_type(part.text, answering[0].text))  # "대표 한지우가 말한 것은 다음과 같다." tells who
    many = want.kind == "list" and not whether
    if leads or many:
        items, texts = lists.chosen(answering[:1] if leads else part.candidates, many, part.text)
        if items and not texts:  # named within a sentence
            return [stated(replace(answering[0], passage=items[0][0], sentence=items[0][1]), [])]
        lines = bullets(texts, LONGEST - MARKER * len(items))
        if lines and sum(map(len, lines)) >= TOLD * sum(map(len, texts)):
            return [Statement(line, passage, s.start, s.end) for line, (passage, s) in zip(lines, items, strict=False)]
    answering = [c for c in answering if not leads or c is not answering[0]] or answering
    chosen: list[Statement] = []
    close = CLOSE
    if EACH.search(part.text):  # what the reports say apart comes from each of them
        answering, close = _in_turn(answering), APART
    for candidate in answering:
        if len(chosen) == STATEMENTS:
            break
        if candidate.score < close * answering[0].score or LEAD.search(candidate.text) and candidate is not answering[0]:
            continue
        statement = _gone_on(stated(candidate, asked), candidate, asked)
        if all(squeezed(statement.text) not in squeezed(other.text) for other in chosen):
            chosen.append(statement)
    chosen = [replace(statement, text=LEANING.sub("", statement.text)) for statement in _joined(chosen)]
    if yes_no(part.text):
        first = answering[0]
        verdict_ = verdict(part.text, first.text)
        if verdict_ is None and first.coverage >= WHOLE and denies(part.text, first.text):
            verdict_ = False
        if verdict_ is not None:
            chosen[0] = replace(chosen[0], text=f"{'네' if verdict_ else '아니요'}, {chosen[0].text}")
    return chosen


def _only_names(candidate: Candidate, asked: Collection[str]) -> bool:
    """Whether a candidate says little but what is asked, so that what hangs under it is the answer."""
    words = content(candidate.sentence.morphemes)
    return 2 * sum(word in asked for word in words) >= len(words)


def _gone_on(statement: Statement, candidate: Candidate, asked: Collection[str]) -> Statement:
    """A statement that says nothing but what is asked, or is broken off, with what stands right behind it: "가람 대표," "김한솔"."""
    passage, sentence = candidate.passage, candidate.sentence
    after = passage.sentences[passage.sentences.index(sentence) + 1:][:1]
    more = [word for word in content(sentence.morphemes) if word not in asked]
    if sentence.kind == "row" or not after or after[0].kind in ("heading", "row") or more and not candidate.text.endswith(","):
        return statement
    return replace(statement, text=f"{candidate.text} {polite(passage.text[after[0].start:after[0].end])}", end=after[0].end)


def _meeting(answering: list[Candidate], meets: Callable[[Candidate], bool]) -> list[Candidate]:
    """The candidates, of those near the best one only what meets a need or leads to what may; none where nothing does."""
    near = [c for c in answering if c.score >= CLOSE * answering[0].score]
    met = [c for c in near if meets(c) or LEAD.search(c.text)]
    return met + answering[len(near):] if met else []


def _reasons(question: str, answering: list[Candidate]) -> list[Candidate]:
    """The candidates, of those near the best one only what may tell why, or stands beside a sentence that does, and that sentence."""
    def beside(candidate: Candidate) -> Iterator[Candidate]:
        there = candidate.passage.sentences
        at = there.index(candidate.sentence)
        for other in (*there[at + 1:at + 2], *there[max(at - 1, 0):at]):
            if other.kind == candidate.sentence.kind != "row" and tells_why(question, candidate.passage.text[other.start:other.end]):
                yield replace(candidate, sentence=other)

    near = [c for c in answering if c.score >= CLOSE * answering[0].score]
    told: list[Candidate] = []
    for candidate in near:
        if tells_why(question, candidate.text) or LEAD.search(candidate.text):
            told.append(candidate)
        elif other := next(beside(candidate), None):
            told += [candidate, other]
    return told + answering[len(near):] if told else []


def _joined(chosen: list[Statement]) -> list[Statement]:
    """The statements, those that stand side by side in a passage, or with a short sentence between them, as one."""
    joined: list[Statement] = []
    for statement in chosen:
        for n, other in enumerate(joined):
            first, last = sorted((other, statement), key=lambda one: one.start)
            between = [s.kind for s in other.passage.sentences if first.start < s.end and s.start < last.end]
            if other.passage.id == statement.passage.id and last.start - first.end <= GAP and last.end - first.start <= SPAN \
                    and "row" not in between and "heading" not in between[1:]:
                gap = polite(other.passage.text[first.end:last.start].strip())
                words = " ".join(filter(None, (first.text, gap, last.text)))
                joined[n] = Statement(words, other.passage, first.start, last.end)
                break
        else:
            joined.append(statement)
    return joined


def _side_by_side(chosen: list[Statement], sure: bool) -> list[Statement]:
    """One line a report, under its name, and whether their figures differ, where it is `sure` that they are of one thing."""
    figures = [{found[0] for figure in FIGURE.findall(NAME.sub(" ", statement.text)) if (found := amount(figure))} for statement in chosen]
    apart = sure and all(figures) and not set.intersection(*figures)
    named = [replace(s, text=f"「{_title(s.passage)}」 {s.text}") for s in chosen]
    return [replace(named[0], text=f"보고서마다 다릅니다. {named[0].text}"), *named[1:]] if apart else named


def _in_turn(candidates: list[Candidate]) -> list[Candidate]:
    """The best candidate of each report, then the second best of each, and so on."""
    turns: dict[str, int] = {}
    ranked = []
    for candidate in candidates:
        turns[candidate.passage.source] = turns.get(candidate.passage.source, 0) + 1
        ranked.append((turns[candidate.passage.source], candidate))
    return [candidate for _, candidate in sorted(ranked, key=lambda pair: pair[0])]


def write(evidence: Evidence, answerer: str, chosen: list[Statement], notice: str | None = None) -> Answer:
    """The statements as text with their markers, as many as fit."""
    lines: list[str] = []
    citations: list[Citation] = []
    for statement in chosen:
        number = len(citations) + 1
        room = LONGEST - sum(len(line) + 1 for line in lines) - len(f" [{number}]")
        text = unnumbered(statement.text)
        if len(text) > room:
            if lines:
                break
            text = text[:room - 1].rstrip() + "…"
        lines.append(f"{text} [{number}]")
        citations.append(Citation(number, statement.passage, statement.passage.text[statement.start:statement.end],
                                  statement.start, statement.end))
    return compose(evidence, answerer, "\n".join(lines), tuple(citations), notice)


def _nearest(evidence: Evidence, best: Candidate) -> str:
    """Why the nearest passage does not answer, and where it is."""
    passage = best.passage
    there = set(passage.topic).union(*(sentence.morphemes for sentence in passage.sentences))
    asked = {stem: content(morphemes([stem])[0]) for stem, _ in read(evidence.question).stems if len(stem) > 1}
    missing = ", ".join([stem for stem, words in asked.items() if not _stands(words, there)][:3])
    why = f" 질문의 '{missing}'{particle(missing, '이', '가')} 거기에 없습니다." if missing else ""
    place = passage.place.rpartition(" > ")[2].rstrip(". ")
    return f"정확한 답은 찾지 못했습니다. 가장 가까운 대목: {', '.join(filter(None, (passage.title, place)))}.{why}"


def _stands(words: Sequence[str], there: Collection[str]) -> bool:
    """Whether each of the words, or what may be written instead of it, is among those that are there."""
    same = alternatives(words)
    return all(word in there or sound(word) in there or any(set(term) <= set(there) for term in (spelt(word) or ("",), *same.get(word, ())))
               for word in words)


def stated(candidate: Candidate, asked: list[str]) -> Statement:
    """A candidate as words that stand alone: under its small heading, or as the cells of its row."""
    passage, sentence = candidate.passage, candidate.sentence
    if sentence.kind == "row":
        whole = len(candidate.text) <= SHORT
        return Statement(row(cells(candidate.text), () if whole else asked), passage, sentence.start, sentence.end)
    position = passage.sentences.index(sentence)
    above = passage.sentences[position - 1] if position else None
    if above is not None and above.kind == "heading" and sentence.end - above.start <= LONGEST - 30:
        heading = passage.text[above.start:above.end]
        return Statement(f"{heading}: {polite(candidate.text)}", passage, above.start, sentence.end)
    return Statement(polite(candidate.text), passage, sentence.start, sentence.end)
