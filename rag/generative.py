"""The answer of an LLM, each sentence of which is held against the passage that it cites."""

import re
from collections.abc import Iterator
from dataclasses import replace

from langchain_core.language_models import BaseChatModel
from langchain_core.runnables import Runnable, RunnableConfig

from rag import prompts, sentences
from rag.answers import NO_ANSWER, Answer, Citation, Evidence, compose, refuse
from rag.documents import Passage, Sentence
from rag.errors import ModelUnavailable
from rag.extractive import ExtractiveAnswerer
from rag.morphemes import content, morphemes, normalise

MARKER = re.compile(r"\s*\[\s*(\d+(?:\s*,\s*\d+)*)\s*\]")
THOUGHT = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL)
SHARED = 0.5  # of a sentence's content words that the words it cites must hold
FALLBACK = "LLM의 답을 보고서에서 확인하지 못해, 보고서의 문장을 그대로 옮겼습니다."


class GenerativeAnswerer(Runnable[Evidence, Answer]):
    """Streams an LLM's draft and ends with what of it stands in the passages, or else with the extractive answer."""

    def __init__(self, model: BaseChatModel, answerer: str, context: int = 3000) -> None:
        self.model, self.answerer, self.context = model, answerer, context

    def invoke(self, input: Evidence, config: RunnableConfig | None = None, **_: object) -> Answer:
        return list(self.stream(input, config))[-1]

    def stream(self, input: Evidence, config: RunnableConfig | None = None, **_: object) -> Iterator[Answer]:
        """Growing drafts without citations, then the answer that counts."""
        if not input.hits:
            yield refuse(input, self.answerer, "질문과 맞닿은 대목을 찾지 못했습니다.")
            return
        passages = prompts.fitting(input, self._count, self.context)
        draft = ""
        try:
            for chunk in self.model.stream(prompts.messages(input, passages), config):
                draft += chunk.text
                shown = MARKER.sub("", THOUGHT.sub("", draft)).lstrip()
                if shown:
                    yield compose(input, self.answerer, shown, ())
        except ModelUnavailable as error:
            yield self._extractive(input, f"{error} 그동안은 보고서의 문장을 그대로 옮깁니다.")
            return
        text = normalise(THOUGHT.sub("", draft)).strip()
        if _squeezed(NO_ANSWER) in _squeezed(text):
            yield refuse(input, self.answerer, "LLM이 대목들에서 답을 찾지 못했습니다.")
            return
        text, citations = check(text, passages)
        yield compose(input, self.answerer, text, citations) if citations else self._extractive(input, FALLBACK)

    def _count(self, text: str) -> int:
        # a server's tokeniser is unknown; Korean text has fewer tokens than characters in all current ones
        return self.model.get_num_tokens(text) if self.model._llm_type == "transformers" else len(text)

    def _extractive(self, evidence: Evidence, notice: str) -> Answer:
        answer = ExtractiveAnswerer().invoke(evidence)
        return replace(answer, notice=" ".join(filter(None, (notice, answer.notice))))


def check(text: str, passages: tuple[Passage, ...]) -> tuple[str, tuple[Citation, ...]]:
    """The sentences of `text` that a passage bears out, with markers that resolve to exact words, and the citations.

    A sentence is held against the passages whose markers it carries, then against all; what none holds is left out.
    """
    kept: list[str] = []
    citations: list[Citation] = []
    text = _markers_inside(text)
    for start, end in sentences.spans(text):
        sentence = text[start:end]
        numbers = [int(n) for group in MARKER.findall(sentence) for n in group.split(",")]
        words = MARKER.sub("", sentence).strip()
        cited = [passages[n - 1] for n in dict.fromkeys(numbers) if 0 < n <= len(passages)]
        found = support(words, cited) or support(words, [p for p in passages if p not in cited])
        if not words or found is None:
            continue
        passage, at = found
        citation = next((c for c in citations if c.passage == passage and (c.start, c.end) == (at.start, at.end)), None)
        if citation is None:
            citation = Citation(len(citations) + 1, passage, passage.text[at.start:at.end], at.start, at.end)
            citations.append(citation)
        kept.append(f"{words} [{citation.number}]")
    return " ".join(kept), tuple(citations)


def support(words: str, passages: list[Passage]) -> tuple[Passage, Sentence] | None:
    """The sentence of the passages that bears a statement out best: most of its words, and all of its numbers."""
    own = content(morphemes([words])[0])
    figures = set(re.findall(r"\d+(?:\.\d+)?", words.replace(",", "")))
    best, most = None, SHARED
    for passage in passages:
        for sentence in passage.sentences:
            if sentence.kind == "heading" or not own:
                continue
            place = passage.text[sentence.start:sentence.end].replace(",", "")
            around = set(sentence.morphemes) | set(passage.topic)
            share = sum(word in around for word in own) / len(own)
            if share >= most and figures <= set(re.findall(r"\d+(?:\.\d+)?", place)):
                best, most = (passage, sentence), share + 1e-9
    return best


def _markers_inside(text: str) -> str:
    """Markers that a model put behind the full stop go before it, into the sentence that they belong to."""
    return re.sub(r"([.!?。])((?:\s*\[\s*\d+(?:\s*,\s*\d+)*\s*\])+)", r"\2\1", text)


def _squeezed(text: str) -> str:
    return re.sub(r"\W", "", text)
