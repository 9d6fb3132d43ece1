"""A whole report in short: under each of its sections the statements that carry it, every one cited."""

import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import zip_longest

import numpy as np
from langchain_core.runnables import Runnable

from rag.answers import MEANWHILE, NO_ANSWER, Answer, Citation, Evidence, Part
from rag.documents import Candidate, Hit, Passage
from rag.embeddings import light
from rag.extractive import ExtractiveAnswerer, Statement, stated
from rag.index import Index
from rag.morphemes import kiwi
from rag.wording import polite

MOST, ROOM, FEW = 12, 16, 5  # sections of a summary at most; statements in all, about; sections that are few, where those below them are more
OWN, LONG = 5, 170  # statements of a report's own summary; characters of a statement at most
HEADING = 0.4  # what nearness to title and headings counts beside nearness to the middle of a section
CLOSE, ALIKE = 0.6, 0.75  # of the best value: what is chosen beside it; similarity of two statements that say the same
OPENS, LED, LATE, URGED = 1.25, 0.75, 0.3, 1.4  # what a statement gains as the first under a heading, loses in a list, or at the end,
# and gains where it urges something in a conclusion
NAME = 20  # characters of a heading that is named among topics
SECTION = re.compile(r"^(?:제?\d+(?:\.\d+)*[장절.)]?|[IVXⅠ-Ⅹ]+\.|[가-힣]\.)\s+")
NO_TOPIC = re.compile(r"^[\[(〈<*“\"'‘]|예시|[?!:]|머리말|맺음말|https?|\d{4}[.년]")
SIDE = re.compile(r"참고\s?문헌|출처|목차|차례|저자|작성자|문의처|연락처|약어|각주|일러두기|링크|\bindex\b|references?|contents|@", re.IGNORECASE)
SUMMARISED = re.compile(r"\W*(?:슬라이드\s?)?(?:[\dIVXⅠ-Ⅹ.]+\W*)*(?:\S{2,4}\s)?(?:요약|핵심|주요\s?(?:내용|결과|성과|메시지)|한눈에|(?:executive )?summary|highlights?|key (?:points|findings))", re.IGNORECASE)
# what says nothing: sources, leads to a list, a table or a picture, what is said of the report
EMPTY = re.compile(
    r"출처|참고|https?:|원문|(?:다음|아래|위)[^.]{0,12}(?:표|그림|가지|증상)|(?:다음|아래)(?:와|과) 같|(?:다음|아래) (?:기능|내용|사항|전제|사양|기준|세 |네 |두 )|(?:표|그림|도표)\s?[은는\d]|\[표|(?:표|그림)에 없|\?$|:$"
    r"|[이본] (?:자료|보고서|조사|책|글|문서)[은는의]|가지가 있|장에 (?:간략|따로)|별도 표기|따로 밝히|예시에서|^(?:보고일|일시|장소|작성일|참석|핵심어|키워드)\s?:|작성자|편집자|페이지|쪽수|rights reserved")
# what leans on the words before it, or is half of something
LEANS = re.compile(
    r"^(?:이|두|또|둘|앞|여기|따라서|하지만|그러나|반면|반대로|즉|한편|이처럼|이와 같은|이러한|또한|특히|예를|예컨대|다만|이에|이때|아울러|우선|먼저|첫째|둘째|셋째|마지막으로|네)[은는를의로에도]?,?\s|^그|^\W*[\"“‘']"
    r"|^\W*(?:문|답|Q|A|주)\d*\s?[.:()]|^[*※]|^\W*\d[.)]?\s둘째|각 호|(?:기준|현재)이다\.?$|담았다|다루었|다룬다|다룹니다|^제\d+장")
SAID = re.compile(r"(?:다|음|함|임|됨|요|것|중)\.?(?:\s?\([^()]*\))?$|예정$|전망$|필요$|가능$|(?:증가|감소|상승|하락|확대|축소|개선|완료|달성|초과|도입)(?:\W|$)")
CARRIES = re.compile(r"늘[었어]|줄[었어]|증가|감소|상승|하락|커[졌지]|확대|축소|개선|악화|전망|예상|목표|가장|처음|최대|최저|최초|1위|필요|해야|핵심|중요|보다|대비|결과|의결|이르렀|차지")
CONCLUDES, URGES = re.compile(r"제언|제안|결론|맺음|시사점|과제|conclusion", re.IGNORECASE), re.compile(r"[해어]야|하여야|필요|제안|권고|要|바람직")
LABELLED = re.compile(r"^[^:]{1,20}\s?:\s")
NUMBERED = re.compile(r"^(?:(?:\d{1,2}[.)]\s|[①-⑳]|[-–•·▪■□○●※☞:])\s*)+")
SIGN = re.compile(r"^[-–•·▪■□○●※☞👉\s]+")
NOTE = re.compile(r"\s?\[\^?\d+\]")  # a footnote of the report, which would look like a marker
WORDLESS = "요약할 문장이 없는 보고서입니다. 알고 싶은 것을 질문으로 써 주세요."
SAYS = re.compile(r"(.+?)\s*\[(\d+)\]\s*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Group:
    """What is said under a heading: the reports' sentences, best first, and the words for them in reading order."""

    heading: str
    candidates: tuple[Candidate, ...]
    statements: tuple[Statement, ...]


def weight(candidate: Candidate) -> float:
    """How well a sentence stands alone and carries a text, by its form; 0 where it is no statement."""
    text, sentence = candidate.text, candidate.sentence
    listed = sentence.kind == "item"
    if sentence.kind not in ("paragraph", "item") or not 15 <= len(text) <= LONG or EMPTY.search(text) or LEANS.search(text):
        return 0.0
    if not (SAID.search(text) or listed and re.search(r"\d", text)):
        return 0.0
    worth = 1.2 if re.search(r"\d", NUMBERED.sub("", text)) else 1.0
    worth *= 1.2 if CARRIES.search(text) else 1.0
    worth *= 1.0 if not listed else 0.72 if LABELLED.match(text) or sentence.level else 0.85
    return worth * (0.8 if len(text) < 25 else 1.0)


def central(passages: Sequence[Passage], over: str, most: int) -> list[Candidate]:
    """At most so many statements that carry a section, best first, with their value: near its middle and what stands over it,
    early, and each of something else."""
    found = [Candidate(passage, sentence, n / len(passages), 0.0) for n, passage in enumerate(passages) for sentence in passage.sentences]
    place: dict[int, float] = {}  # what a sentence gains where it opens a section, and an item loses where a sentence leads to its list
    before = "heading"
    for candidate in found:
        kind = candidate.sentence.kind
        place[id(candidate.sentence)] = LED if kind == "item" and before == "paragraph" else OPENS if before == "heading" and kind != "item" else 1.0
        before = before if kind == "item" else kind
    found = [candidate for candidate in found if weight(candidate)]
    if not found:
        return []
    vectors = np.asarray(light().embed_documents([candidate.text for candidate in found]))
    middle = vectors.mean(axis=0)
    near = vectors @ middle / (np.linalg.norm(middle) or 1.0) + HEADING * vectors @ np.asarray(light().embed_query(over))
    urged = URGED if CONCLUDES.search(over) else 1.0
    worth = [weight(c) * place[id(c.sentence)] * (urged if URGES.search(c.text) else 1.0) * (1 - LATE * c.score) for c in found]
    values = near * worth
    chosen: list[Candidate] = []
    while len(chosen) < most and values.max() > (CLOSE * chosen[0].score if chosen else 0):
        best = int(values.argmax())
        chosen.append(replace(found[best], score=float(values[best])))
        alike = vectors @ vectors[best]
        values = np.where(alike > ALIKE, 0.0, values * (1 - 0.4 * alike.clip(0, 1)))
    return chosen


def own_summary(passages: Sequence[Passage]) -> list[Candidate]:
    """What a report says of itself in short, where one of its first sections is a summary: its statements in order."""
    candidates = [Candidate(passage, sentence, 1.0, 0.0) for passage in passages for sentence in passage.sentences
                  if any(SUMMARISED.match(part) for part in passage.heading.split(" > "))]
    return [c for c in candidates if c.sentence.kind in ("paragraph", "item") and 12 <= len(c.text) <= LONG and not EMPTY.search(c.text) and not LEANS.search(c.text)
            and re.search(r"\d|" + SAID.pattern, c.text)]


def sections(passages: Sequence[Passage]) -> list[tuple[str, list[Passage]]]:
    """Runs of passages under the same heading, of the highest level that has three or more, or of the next one where that
    gives few; an even cut of a report without headings."""
    passages = [p for p in passages if not any(SIDE.search(part) and len(part) < 20 for part in p.heading.split(" > "))] or passages
    paths = [passage.heading.split(" > ") for passage in passages]
    levels: list[list[tuple[str, list[Passage]]]] = []
    for depth in range(max(map(len, paths), default=0)):
        found: dict[tuple[str, ...], list[Passage]] = {}
        for path, passage in zip(paths, passages, strict=True):
            found.setdefault(tuple(path[:depth + 1]), []).append(passage)
        runs = [(path[-1], group) for path, group in found.items()]
        if len({head for head, _ in runs} - {""}) >= 3:
            levels.append(runs)
    if levels:
        deeper = len(levels) > 1 and len(levels[0]) < FEW < len(levels[1]) <= ROOM
        return levels[deeper]
    size = max(1, -(-len(passages) // FEW))
    return [("", list(passages[n:n + size])) for n in range(0, len(passages), size)]


def topics(passages: Sequence[Passage], said: str) -> list[Candidate]:
    """The headings below those of the sections that are not among what is `said`, the first of each section, then the second of each."""
    found: list[list[Candidate]] = []
    for head, part in sections(passages):
        under = [Candidate(passage, sentence, 0.0, 0.0) for passage in part for sentence in passage.sentences if sentence.kind == "heading"]
        names = {NUMBERED.sub("", SECTION.sub("", c.text)).strip(): c for c in under if c.text not in (head, c.passage.title)}
        found.append([c for name, c in names.items() if 2 <= len(name) <= NAME and not SIDE.search(name) and not NO_TOPIC.search(name) and name not in said])
    return [candidate for row in zip_longest(*found) for candidate in row if candidate]


def overview(passages: Sequence[Passage], most: int = MOST, least: int = 1) -> list[Group]:
    """The sections of a report in reading order, with what carries each, at `least` so many statements: longer sections give more. Of more than
    `most` sections those that say most."""
    groups: list[tuple[float, Group]] = []
    parts = sections(passages)
    size = sum(len(passage.text) for _, part in parts for passage in part) or 1
    for head, part in parts:
        share = round(ROOM * sum(len(passage.text) for passage in part) / size)
        chosen = own_summary(part)[:OWN] or central(part, f"{part[0].title} {head}", max(least, min(share, 4)))
        if chosen:
            ordered = sorted(chosen, key=lambda c: (c.passage.start, c.sentence.start))
            groups.append((chosen[0].score, Group(head, tuple(chosen), tuple(_words(c, head) for c in ordered))))
    named = [pair for pair in groups if pair[1].heading]
    groups = named if len(named) >= FEW - 1 else groups  # what stands before the first heading is not what a report is about
    bar = sorted((value for value, _ in groups), reverse=True)[:most][-1:]
    return [group for value, group in groups if value >= bar[0]][:most]


def _words(candidate: Candidate, head: str) -> Statement:
    """A candidate in polite words; an item without a subject under the small heading right over it, which names that."""
    passage, sentence = candidate.passage, candidate.sentence
    above = passage.sentences[passage.sentences.index(sentence) - 1]
    over = passage.text[above.start:above.end]
    headed = above.kind == "heading" and above.start < sentence.start and over != head and len(over) < 30 and not SUMMARISED.match(over)
    if headed and sentence.kind == "item" and not any(t.tag in ("JKS", "JX") or t.form == ":" for t in kiwi().tokenize(candidate.text)):
        return stated(candidate, [])
    return Statement(polite(NUMBERED.sub("", candidate.text)), passage, sentence.start, sentence.end)


def cited(groups: Sequence[Group]) -> tuple[list[list[str]], tuple[Citation, ...]]:
    """The statements of each group with their markers, and the citations of all."""
    found: dict[tuple[str, int, int], Citation] = {}
    texts: list[list[str]] = []
    for group in groups:
        texts.append([])
        for s in group.statements:
            at = (s.passage.id, s.start, s.end)
            found.setdefault(at, Citation(len(found) + 1, s.passage, s.passage.text[s.start:s.end], s.start, s.end))
            texts[-1].append(f"{NOTE.sub(r'', s.text)} [{found[at].number}]")
    return texts, tuple(found.values())


def answer(question: str, started: float, text: str, citations: tuple[Citation, ...], answerer: str, notice: str | None) -> Answer:
    """An answer about whole reports; NO_ANSWER where nothing is cited."""
    hits = {citation.passage.id: Hit(citation.passage, 1.0) for citation in citations}
    return Answer(question, question, text if citations else NO_ANSWER, bool(citations), answerer, citations, tuple(hits.values()), notice,
                  time.perf_counter() - started)


Show = Callable[[Sequence[Group], str, str | None], Answer]  # groups, answerer, notice


def told(groups: Sequence[Group], answerer: Runnable[Evidence, Answer], ask: Callable[[Group], str], show: Show) -> Iterator[Answer]:
    """The answer in the reports' words; with an LLM then again as it words one group after the other, the last counts. Where
    nothing of its words stands in the reports, the reports' own stay."""
    if isinstance(answerer, ExtractiveAnswerer):
        yield show(groups, answerer.answerer, None)
        return
    from rag.generative import FALLBACK

    own, groups = ExtractiveAnswerer.answerer, list(groups)
    name, kept, notice = own, 0, None
    yield show(groups, own, MEANWHILE)
    for n, group in enumerate(groups):
        if not group.candidates:
            continue
        question = ask(group)
        hits = {c.passage.id: Hit(c.passage, 1.0) for c in group.candidates}
        last = None
        for last in answerer.stream(Evidence(question, question, tuple(hits.values()), (Part(question, group.candidates),))):
            if last.found and last.answerer != own:
                at = {str(c.number): c for c in last.citations}
                groups[n] = replace(group, statements=tuple(Statement(words, at[number].passage, at[number].start, at[number].end)
                                                            for words, number in SAYS.findall(last.text)))
                name = last.answerer
            yield show(groups, own, MEANWHILE)
        if last is not None and (last.answerer == own or not last.found):
            groups[n], kept = group, kept + 1
            if last.answerer == own and last.notice != FALLBACK:  # no model to ask any more
                notice = last.notice
                break
    yield show(groups, name, notice or (f"{kept}곳은 LLM의 문장을 보고서에서 확인하지 못해, 보고서의 문장을 그대로 옮겼습니다." if kept else None))


def summarise(index: Index, answerer: Runnable[Evidence, Answer], source: str,
              question: str = "") -> Iterator[Answer]:
    """A report section by section: its title, then "### heading" and "- statement [n]" lines. Raises UnknownSource."""
    started = time.perf_counter()
    with index.snapshot() as snapshot:
        there, title = snapshot.titles([source])[0]
        passages = snapshot.passages_of(there)
    groups = overview(passages)
    left = len(sections(passages)) - len(groups)
    brief = f"표나 목록뿐이거나 짧은 절 {left}개는 뺐습니다." if left else None
    show = partial(_summary, question or f"「{title}」 요약", started, title, brief)
    yield from told(groups, answerer, lambda group: f"'{group.heading or title}'에서 중요한 것을 한두 문장으로 요약해 줘.", show)


def _summary(question: str, started: float, title: str, brief: str | None, groups: Sequence[Group], answerer: str,
             notice: str | None) -> Answer:
    texts, citations = cited(groups)
    parts = ["\n".join([*([f"### {SIGN.sub('', NOTE.sub('', group.heading))[:60]}"] if group.heading else ()), *(f"- {' '.join(text.split())}" for text in lines)])
             for group, lines in zip(groups, texts, strict=True)]
    return answer(question, started, "\n\n".join([NOTE.sub("", title), *parts]), citations, answerer, notice or brief if citations else WORDLESS)
