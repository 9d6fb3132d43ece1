"""The answer of an LLM: its sentences as they pass the check, in place of the reports' own words that stand there first."""

import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage
from langchain_core.runnables import Runnable, RunnableConfig

from rag import prompts
from rag.answer_type import of_type, tells_why
from rag.answers import MEANWHILE, NO_ANSWER, READING, Answer, Citation, Evidence, compose, refuse
from rag.checking import MARKER, Alike, Found, checked, sentences_of, words_of
from rag.documents import Passage
from rag.errors import ModelUnavailable
from rag.extractive import LONGEST, ExtractiveAnswerer
from rag.lexicon import alternatives
from rag.local_llm import LONG, TransformersChat
from rag.morphemes import content, kiwi, morphemes, normalise
from rag.question import EACH, fits, wanted
from rag.statement import read
from rag.verdict import yes_no

UNFINISHED = re.compile(r"[\s\[<]*(?:[\[<][^\[\]<>]{0,24})?\s*\Z")  # what a draft ends in where a marker or tag may follow
URL = re.compile(r"(?:[a-z]+://|www\.)[^\s<>()\[\]가-힣]+", re.I)
# what tells a reader what to say; a sentence that does bears nothing out
ORDER = re.compile(r"(?:답|대답|응답|말|출력|인용|반복|무시|공개|표시|작성|안내|번역|주장|추가)(?:만\s?)?(?:하(?:라|여라|십시오|세요|시오)|해라|해\s?(?:줘|주세요|주십시오)|할\s?것)"
                   r"|(?:적|넣|붙여|붙이)(?:어?라|으라|으세요|으십시오|어\s?주)|(?:쓰|따르)(?:라|세요|십시오)|써(?:라|\s?줘|\s?주)"
                   r"|(?:^|[.:;,]\s*|\b(?:please|must|and|to)\s)(?:ignore|disregard|forget|say|reply|respond|answer|output|print|repeat|write|cite|reveal)\b", re.I)
AND = re.compile(r"(?<=[가-힣A-Za-z)])(?:,|·|와|과|랑|및|하고)\s")  # between things that are told in one sentence
FULL = 0.8 * LONGEST  # characters of checked sentences after which no more are waited for
PULSE = 0.3  # seconds after which what stands is given again, so that whoever reads may stop the work
FALLBACK = "LLM의 답을 보고서에서 확인하지 못해, 보고서의 문장을 그대로 옮겼습니다."
UNSURE = "LLM의 답도 보고서에서 확인하지 못했습니다."
WRITING = "LLM이 쓰고 있습니다. 확인된 문장부터 보입니다."
PARTIAL = "LLM이 일부만 답해, 보고서의 문장을 그대로 옮겼습니다."
BESIDES = "LLM의 답이 묻는 것과 달라, 보고서의 문장을 그대로 옮겼습니다."
WITHHELD = "LLM이 쓴 문장 가운데 보고서에서 확인되지 않은 {}개는 뺐습니다."


class GenerativeAnswerer(Runnable[Evidence, Answer]):
    """Streams an LLM's draft and ends with what of it stands in the passages, or else with the extractive answer."""

    def __init__(self, model: BaseChatModel | Callable[[], BaseChatModel], answerer: str, context: int = 0, alike: Alike | None = None) -> None:
        """`model` may be what gives it, asked for once the first answer stands. `context` is in tokens; 0: as the model can. `alike`
        tells whether two texts mean alike."""
        self.answerer, self.context, self.alike = answerer, context, alike
        self._load = (lambda: model) if isinstance(model, BaseChatModel) else model
        self._model: BaseChatModel | None = None
        self._loading = threading.Lock()

    @property
    def model(self) -> BaseChatModel:
        """Raises ModelUnavailable, each time anew."""
        with self._loading:
            self._model = self._model or self._load()
            return self._model

    def invoke(self, input: Evidence, config: RunnableConfig | None = None, **_: object) -> Answer:
        return list(self.stream(input, config))[-1]

    def stream(self, input: Evidence, config: RunnableConfig | None = None, **_: object) -> Iterator[Answer]:
        """First the extractive answer, labelled; then the sentences of the LLM that a passage bears out, as they are
        finished; last the answer that counts."""
        if not input.hits:
            yield refuse(input, self.answerer, "질문과 맞닿은 대목을 찾지 못했습니다.")
            return
        own = ExtractiveAnswerer().invoke(input)
        shown = _labelled(own, input, MEANWHILE, READING)
        yield shown
        draft, known, last = "", 0, time.monotonic()
        try:
            model = self.model
            passages, excerpts = prompts.fitting(input, *_measure(model, self.context))
            told = prompts.messages(input, passages, excerpts)
            sentences = _reader(told, passages, input.understood)
            telling = tuple(replace(p, sentences=tuple(s for s in p.sentences if not ORDER.search(p.text[s.start:s.end]))) for p in passages)
            grounded = partial(_grounded, passages=passages, telling=telling, memo={}, alike=self.alike)
            with closing(model.stream(told, config)) as pieces:  # type: ignore[type-var]  # a generator, all the same
                for piece in pieces:
                    draft += piece.text
                    *finished, _last = sentences(UNFINISHED.sub("", draft)) or [""]
                    if len(finished) > known and (answers := list(grounded(finished))):
                        shown = compose(input, self.answerer, *answers[-1], WRITING)
                    elif time.monotonic() - last < PULSE:
                        continue
                    known, last = len(finished), time.monotonic()
                    yield shown
                    if len(shown.text) > FULL and shown.answerer == self.answerer:
                        break
        except ModelUnavailable as error:
            yield _labelled(own, input, f"{str(error).rstrip('.')}. 그동안은 보고서의 문장을 그대로 옮깁니다.")
            return
        drafted = sentences(draft)
        refusal = _squeezed(NO_ANSWER)  # which a report may order
        if refusal in _squeezed(" ".join(drafted)) and not any(refusal in _squeezed(p.text) for p in passages):
            yield refuse(input, self.answerer, "LLM이 대목들에서 답을 찾지 못했습니다.")
            return
        drafted = drafted[:-1] if len(drafted) > 1 and _broken_off(words_of(drafted[-1])) else drafted
        text, citations = [("", ()), *grounded(drafted)][-1]
        want = wanted(input.question)
        if not citations:
            yield _labelled(own, input, FALLBACK, UNSURE)
            return
        said = MARKER.sub("", text)
        if len(input.parts) == 1 and not (of_type(input.question, said) and tells_why(input.question, said) and fits(want, said)
                                          and _about(input.understood, said, citations)):
            yield _labelled(own, input, BESIDES, UNSURE)
            return
        several = want.kind == "list" or len(input.parts) > 1 or EACH.search(input.question)
        things = max(len(citations), len(AND.findall(text)) + 1)
        if several and len(own.citations) > things:
            yield _labelled(own, input, PARTIAL)
            return
        left = sum(words not in text for words in map(words_of, drafted))
        yield compose(input, self.answerer, text, citations, WITHHELD.format(left) if left else None)


def _labelled(answer: Answer, evidence: Evidence, notice: str, refused: str = "") -> Answer:
    """An extractive answer as it stands now, with a notice before its own: another one where it is a refusal."""
    notices = (notice if answer.found else refused or notice, answer.notice)
    return replace(answer, notice=" ".join(filter(None, notices)), seconds=time.perf_counter() - evidence.started)


def _measure(model: BaseChatModel, asked: int) -> tuple[Callable[[list[BaseMessage]], int], int]:
    """How long a prompt is for a model, and how long it may be."""
    if isinstance(model, TransformersChat):
        return model.get_num_tokens_from_messages, model.room(asked)
    # a server's tokeniser is unknown; Korean text has fewer tokens than characters in all current ones
    return lambda told: sum(len(message.text) for message in told), asked or LONG


def _reader(told: list[BaseMessage], passages: Iterable[Passage], question: str) -> Callable[[str], list[str]]:
    """What gives the sentences of a draft that are meant for the reader: not the rules, nor the prompt's own lines around the
    passages or its question, nor addresses that no passage gives."""
    rules, refusal = _squeezed(prompts.RULES), _squeezed(NO_ANSWER)
    may_echo = yes_no(question)
    asked, known = {_squeezed(text) for text in (question, *sentences_of(question))}, set(content(morphemes([question])[0]))
    frame = asked | {_squeezed(words_of(line)) for line in told[-1].text.splitlines()} - {
        _squeezed(words_of(line)) for passage in passages for line in prompts.material(passage.text).splitlines()}

    def read(draft: str) -> list[str]:
        text = URL.sub(lambda url: url[0] if any(url[0] in p.text for p in passages) else "", prompts.spoken(draft))
        text = "\n".join(line for line in normalise(text).splitlines() if _squeezed(words_of(line)) not in frame)
        return [sentence for sentence in sentences_of(text)
                if (words := _squeezed(words_of(sentence))) in refusal or words not in rules and words not in frame and (
                    may_echo or not echoes(words_of(sentence)))]

    def echoes(sentence: str) -> bool:
        """Whether a sentence says nothing that the question does not say."""
        said = content(morphemes([sentence])[0])
        return bool(said) and set(said) <= known

    return read


def _grounded(drafted: Iterable[str], passages: tuple[Passage, ...], telling: tuple[Passage, ...],
              memo: dict[str, Found], alike: Alike | None) -> Iterator[tuple[str, tuple[Citation, ...]]]:
    """The sentences that a passage bears out by what it tells, not by what it orders, as many as an answer may have."""
    whole = {p.id: p for p in passages}
    for text, citations in checked(drafted, telling, memo, alike):
        if len(text) > LONGEST:
            return
        yield text, tuple(replace(citation, passage=whole[citation.passage.id]) for citation in citations)


def _about(question: str, said: str, citations: Iterable[Citation]) -> bool:
    """Whether what is said, what it cites or the headings over that have any of the nouns of a question, or what may stand for it."""
    there = set(morphemes([" ".join([said, *(f"{citation.quote} {citation.passage.heading}" for citation in citations)])])[0])
    asked = [words for stem, _ in read(question).stems if (words := content(morphemes([stem])[0]))]
    return not asked or any(there.issuperset(words) or any(there.issuperset(term) for terms in alternatives(words).values() for term in terms)
                            for words in asked)


def _broken_off(sentence: str) -> bool:
    """Whether a sentence ends in the middle, as where a model has no tokens left: in a particle, or a verb that goes on."""
    tokens = kiwi().tokenize(sentence)
    return bool(tokens) and (tokens[-1].tag[0] == "J" or tokens[-1].tag in ("EC", "ETM"))


def _squeezed(text: str) -> str:
    return re.sub(r"\W", "", text)
