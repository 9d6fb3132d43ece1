"""The chain: question -> understood -> passages -> evidence -> answerer -> Answer, in LCEL."""

import time
from collections.abc import Generator, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from langchain_core.runnables import Runnable, RunnableLambda, RunnablePassthrough

from rag import ranking
from rag.answers import Answer, Evidence, Part, Turn
from rag.collection import Whole, respond
from rag.comparison import compare
from rag.definitions import asked_to_define
from rag.dialogue import AMONG, anew, understand
from rag.documents import Candidate, Hit
from rag.embeddings import Embedder, load_embedder
from rag.errors import ModelUnavailable, WrongUsage
from rag.extractive import NEXT, each_its_own
from rag.index import Index, Snapshot
from rag.lists import CLOSE
from rag.morphemes import normalise
from rag.names import named, telling, told
from rag.numbered import unknown
from rag.overview import summarise
from rag.parts import asks_apart, divisions, names_its_own, parts, tells_both
from rag.query import Query, analyse, repaired
from rag.retriever import HybridRetriever
from rag.settings import Settings
from rag.sides import one_of, sides
from rag.table_answers import each_over_table, over_table, unheard

LONGEST_QUESTION = 2000  # characters
POOL = 20  # passages whose sentences are compared
Ranked = tuple[Query, list[Candidate], float]  # what was ranked, best first, and how likely the best one answers
ALONE = 0.3  # of the log likelihood of a sentence for what leans on another question: what it is for that question by itself
SPLIT = 0.3  # how likely each part of a question is told, where only that tells that there are parts


@dataclass(frozen=True, slots=True)
class Question:
    """What a person asks. Raises WrongUsage where there is nothing to ask, or far too much."""

    text: str
    history: tuple[Turn, ...] = ()
    sources: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        text = normalise(self.text).strip()
        if not any(c.isalnum() for c in text):
            raise WrongUsage("질문이 비어 있습니다. 알고 싶은 것을 글로 써 주세요. 예: 챗GPT는 언제 나왔어?")
        if len(text) > LONGEST_QUESTION:
            raise WrongUsage(f"질문이 너무 깁니다({len(text):,}자). {LONGEST_QUESTION:,}자 안으로 줄여서 다시 물어보세요.")


@dataclass(frozen=True)
class Assistant:
    """The chain with what it runs on; `chain` takes a Question and gives (or streams) Answers."""

    index: Index
    embedder: Embedder
    answerer: Runnable[Evidence, Answer]
    chain: Runnable[Question, Answer]

    def ask(self, question: str, history: Iterable[Turn] = (), sources: Iterable[str] = ()) -> Answer:
        return self.chain.invoke(Question(question, tuple(history), tuple(sources)))

    def stream(self, question: str, history: Iterable[Turn] = (), sources: Iterable[str] = ()) -> Generator[Answer]:
        """Growing answers, the last of which counts; closing the iterator stops the work."""
        yield from self.chain.stream(Question(question, tuple(history), tuple(sources)))

    def summarise(self, source: str) -> Generator[Answer]:
        """A report by its sections, as growing answers. Raises UnknownSource."""
        yield from summarise(self.index, self.answerer, source)

    def compare(self, sources: Iterable[str], topic: str) -> Generator[Answer]:
        """What reports say about a topic as a table, as growing answers. Raises UnknownSource, WrongUsage."""
        yield from compare(self.index, self.embedder, self.answerer, tuple(sources), topic)


def assemble(settings: Settings) -> Assistant:
    """The assistant that the settings describe. Raises ModelUnavailable; the index is opened with the first question."""
    embedder = load_embedder(settings.embedder)
    index = Index(settings.index)
    answerer = make_answerer(settings, embedder)
    return Assistant(index, embedder, answerer, make_chain(index, embedder, answerer, settings.k))


def make_answerer(settings: Settings, embedder: Embedder | None = None) -> Runnable[Evidence, Answer]:
    """The answerer of the settings. An LLM is loaded with the first question; until one can be, the reports' words stand in.
    What it writes is held against the reports by words, and where an `embedder` is given by meaning too."""
    from rag.extractive import ExtractiveAnswerer

    if settings.llm == "extractive":
        return ExtractiveAnswerer()
    from rag.generative import GenerativeAnswerer
    from rag.llm import chat_model

    if settings.llm.startswith("openai:"):
        with suppress(ModelUnavailable):  # but what cannot be meant, or is not allowed, is told at once
            chat_model(settings)
    return GenerativeAnswerer(lambda: chat_model(settings), settings.llm, settings.llm_context, embedder.alike if embedder else None)


def _nothing(field: str, words: Iterable[str]) -> dict[str, int]:
    """How often words stand in an index without passages."""
    return dict.fromkeys(words, 0)


def make_chain(index: Index, embedder: Embedder, answerer: Runnable[Evidence, Answer],
               k: int) -> Runnable[Question, Answer]:
    retriever = HybridRetriever(index=index, embedder=embedder, k=max(POOL, k))

    def begin(question: Question) -> dict:
        return {"question": question, "started": time.perf_counter(), "parts": parts(question.text),
                "understood": understand(question.text, question.history), "analysed": {}, "ranked": {}}

    def analysed(state: dict, text: str, context: str, snapshot: Snapshot) -> Query:  # once, as the embedding takes its time
        known: dict[tuple[str, str], Query] = state["analysed"]
        if (text, context) not in known:
            frequencies = snapshot.caches.frequencies if snapshot.caches else _nothing
            known[text, context] = analyse(text, context, embedder, frequencies, snapshot.passages)
        return known[text, context]

    def found_for(state: dict, searched: Iterable[str], hits: Iterable[Hit] = ()) -> list[Hit]:
        found = {hit.passage.id: hit for hit in hits}
        for text in (f"{state['understood'].context} {text}".strip() for text in searched):
            with index.snapshot() as snapshot:
                query = analysed(state, text, "", snapshot)
                documents = retriever.invoke(text, sources=state["question"].sources, analysed=query)
            for document in documents:
                hit: Hit = document.metadata["hit"]
                if hit.passage.id not in found or found[hit.passage.id].score < hit.score:
                    found[hit.passage.id] = hit
        return sorted(found.values(), key=lambda hit: -hit.score)

    def retrieve(state: dict) -> list[Hit]:
        return found_for(state, [state["question"].text, *(state["parts"] if len(state["parts"]) > 1 else ())])

    def queried(state: dict, part: str, context: str = "") -> Query:
        with index.snapshot() as snapshot:
            return analysed(state, one_of(part), f"{state['understood'].context} {context}".strip(), snapshot)

    def ranked(state: dict, part: str, context: str, hits: list[Hit]) -> Ranked:  # once, as reading takes its time
        known: dict[tuple[str, ...], Ranked] = state["ranked"]
        key = (part, context, *(hit.passage.id for hit in hits))
        if key not in known:
            query = repaired(queried(state, part, context), [hit.passage for hit in hits])
            known[key] = (query, *ranking.rank(query, hits))
        return known[key]

    def followed(state: dict, part: str, hits: list[Hit]) -> Ranked:
        """What is ranked for a question that leans on what was said before: by itself it counts too."""
        query, candidates, likely = leaning = ranked(state, part, "", hits)
        if not state["understood"].context or state["sides"]:  # each report is ranked by itself
            return leaning
        with index.snapshot() as snapshot:
            own = repaired(analysed(state, one_of(part), "", snapshot), [hit.passage for hit in hits])
        return query, ranking.mixed(candidates, ranking.rank(own, hits)[0], ALONE), likely

    def later(state: dict, first: str, part: str, hits: list[Hit]) -> Ranked:
        """What is ranked for a later part of a question. It leans on the first one: "A의 매출은 얼마이고 직원은 몇 명이야?"; but what answers
        the first one is likely with both, so that by itself it counts too, and more where it has another name."""
        query, candidates, likely = alone = ranked(state, part, "", hits)
        if asked_to_define(part):
            return alone
        query, with_first, leaning = ranked(state, part, first, hits)
        return query, ranking.mixed(with_first, candidates, ALONE), max(likely, leaning) if names_its_own(part, first) else leaning

    def divide(state: dict) -> dict:
        """The state, its question cut where the reports tell its parts in different places, and each is likely told."""
        question, hits = state["question"].text, state["hits"]
        ways = divisions(question) if len(state["parts"]) == 1 else []
        best = ranked(state, question, "", hits)[1][:1] if ways else []
        for division in ways if best else ():
            if not asked_to_define(division[0]) and tells_both(division, (*best[0].passage.topic, *best[0].sentence.morphemes)):
                break
            found = found_for(state, division, hits)
            (_, first, likely), (_, second, as_likely) = ranked(state, division[0], "", found), later(state, division[0], division[1], found)
            if min(likely, as_likely) >= SPLIT and (first[0].text != second[0].text or not sides(question, hits) and asks_apart(question, division) and apart(division, first, second)):
                return state | {"parts": division, "hits": found}
        return state

    def apart(division: list[str], *ranked: list[Candidate]) -> bool:
        own = each_its_own([Part(part, tuple(candidates), 1.0) for part, candidates in zip(division, ranked, strict=True)])
        firsts = [next((c.text for c in part.candidates if c.sentence.kind != "heading"), "") for part in own]
        return len(set(firsts)) == len(firsts)

    def look_up(state: dict) -> dict:
        """The state with the reports that are set against each other, what tables answer, and whether nothing is said of a thing."""
        question, hits, asked = state["question"].text, state["hits"], state["parts"]
        apart, context = sides(question, hits) if len(asked) == 1 else (), state["understood"].context
        with index.snapshot() as snapshot:
            answer = None if apart or context and not AMONG.search(question) else over_table(question, hits, snapshot)
            if answer is None and len(asked) > 1:
                answer = each_over_table(asked, hits, snapshot)
            absent = answer is None and not apart and not context and len(asked) == 1 and (
                unknown(question, [hit.passage.text for hit in hits]) or unheard(question, queried(state, question).lost, hits, snapshot))
        return state | {"sides": apart, "over_table": answer, "absent": absent}

    def weigh(state: dict) -> Evidence | Answer:
        question, understood, hits, asked, answer = state["question"], state["understood"], state["hits"], state["parts"], state["over_table"]
        alone = not state["sides"] and not understood.context
        with index.snapshot() as snapshot:
            unread = snapshot.unread()
            frequencies = snapshot.caches.frequencies if snapshot.caches and alone else None
            if answer is not None:
                names = named(question.text, frequencies, True) if frequencies and len(asked) == 1 else {}
                if not names or told(names, repaired(queried(state, question.text), [hit.passage for hit in hits]), [citation.passage for citation in answer.citations], snapshot):
                    return answer
            weighed: list[Part] = []
            orders: list[list[Hit]] = []
            for n, part in enumerate(asked):
                query, candidates, answerable = later(state, asked[0], part, hits) if n else followed(state, part, hits)
                candidates = anew(candidates, query, question.history) if understood.context else candidates
                if frequencies and (names := named(query.text, frequencies, len(asked) == 1)):
                    kept = telling(names, query, candidates, snapshot, NEXT if len(asked) > 1 else CLOSE)
                    candidates, answerable = kept or candidates, answerable if kept else 0.0
                for source in state["sides"] or ("",):
                    theirs = [hit for hit in hits if source in ("", hit.passage.source)]
                    if source:
                        _, candidates, answerable = ranked(state, part, "", theirs)
                    weighed.append(Part(one_of(part) if source else part, tuple(candidates), 0.0 if state["absent"] else answerable, source))
                    orders.append(ranking.folded(ranking.reorder(theirs, candidates)))
        best = ranking.in_turn(orders)[:max(10, k)]
        shown = {hit.passage.id for hit in best[:k]}
        told_of = tuple(replace(part, candidates=tuple(c for c in part.candidates if c.passage.id in shown)) for part in weighed)
        same = understood.text == normalise(question.text).strip()
        return Evidence(question.text, question.text if same else understood.text, tuple(best), told_of, question.history, k,
                        state["started"], unread)

    def say(weighed: Evidence | Answer) -> Any:
        return weighed if isinstance(weighed, Answer) else answerer

    search = (RunnableLambda(begin) | RunnablePassthrough.assign(hits=RunnableLambda(retrieve)) | RunnableLambda(divide)
              | RunnableLambda(look_up) | RunnableLambda(weigh) | RunnableLambda(say))

    def route(question: Question) -> Any:  # an Answer, or the Runnable that gives it
        with index.snapshot() as snapshot:
            found = respond(question.text, snapshot, question.sources)
        return RunnableLambda(partial(tell, found)) if isinstance(found, Whole) else found or search

    def tell(asked: Whole, question: Question) -> Iterator[Answer]:
        if asked.topic:
            yield from compare(index, embedder, answerer, asked.sources, asked.topic, question.text)
        else:
            yield from summarise(index, answerer, asked.sources[0], question.text)

    return RunnableLambda(route)
