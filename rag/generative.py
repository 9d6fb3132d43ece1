"""The answer of an LLM: its sentences as they pass the check, in place of the reports' own words that stand there first."""

import re
import time
from collections.abc import Iterator
from dataclasses import replace

from langchain_core.language_models import BaseChatModel
from langchain_core.runnables import Runnable, RunnableConfig

from rag import prompts
from rag.answers import MEANWHILE, NO_ANSWER, Answer, Evidence, compose, refuse
from rag.checking import check, checked, sentences_of, words_of
from rag.errors import ModelUnavailable
from rag.extractive import ExtractiveAnswerer
from rag.morphemes import normalise

THOUGHT = re.compile(r"<think>.*?(?:</think>|\Z)|\A(?:(?!<think>).)*</think>", re.DOTALL)
UNFINISHED = re.compile(r"(?:\s|\[[\d\s,]*|<[/think]*)+\Z")  # what a draft ends in where a marker or tag may follow
PULSE = 0.3  # seconds after which what stands is given again, so that whoever reads may stop the work
FALLBACK = "LLM의 답을 보고서에서 확인하지 못해, 보고서의 문장을 그대로 옮겼습니다."
WRITING = "LLM이 쓰고 있습니다. 확인된 문장부터 보입니다."
WITHHELD = "LLM이 쓴 문장 가운데 보고서에서 확인되지 않은 {}개는 뺐습니다."


class GenerativeAnswerer(Runnable[Evidence, Answer]):
    """Streams an LLM's draft and ends with what of it stands in the passages, or else with the extractive answer."""

    def __init__(self, model: BaseChatModel, answerer: str, context: int = 3000) -> None:
        self.model, self.answerer, self.context = model, answerer, context

    def invoke(self, input: Evidence, config: RunnableConfig | None = None, **_: object) -> Answer:
        return list(self.stream(input, config))[-1]

    def stream(self, input: Evidence, config: RunnableConfig | None = None, **_: object) -> Iterator[Answer]:
        """First the extractive answer, labelled; then the sentences of the LLM that a passage bears out, as they are
        finished; last the answer that counts."""
        if not input.hits:
            yield refuse(input, self.answerer, "질문과 맞닿은 대목을 찾지 못했습니다.")
            return
        shown = self._extractive(input, MEANWHILE)
        yield shown
        passages = prompts.fitting(input, self._count, self.context)
        draft, known, last = "", 0, time.monotonic()
        try:
            for chunk in self.model.stream(prompts.messages(input, passages), config):
                draft += chunk.text
                *finished, _last = sentences_of(UNFINISHED.sub("", THOUGHT.sub("", draft))) or [""]
                if len(finished) > known and (answers := list(checked(finished, passages))):
                    shown = compose(input, self.answerer, *answers[-1], WRITING)
                elif time.monotonic() - last < PULSE:
                    continue
                known, last = len(finished), time.monotonic()
                yield shown
        except ModelUnavailable as error:
            yield self._extractive(input, f"{error} 그동안은 보고서의 문장을 그대로 옮깁니다.")
            return
        text = normalise(THOUGHT.sub("", draft)).strip()
        if _squeezed(NO_ANSWER) in _squeezed(text):
            yield refuse(input, self.answerer, "LLM이 대목들에서 답을 찾지 못했습니다.")
            return
        drafted = sentences_of(text)
        text, citations = check(text, passages)
        if not citations:
            yield self._extractive(input, FALLBACK)
            return
        left = sum(words not in text for words in map(words_of, drafted))
        yield compose(input, self.answerer, text, citations, WITHHELD.format(left) if left else None)

    def _count(self, text: str) -> int:
        # a server's tokeniser is unknown; Korean text has fewer tokens than characters in all current ones
        return self.model.get_num_tokens(text) if self.model._llm_type == "transformers" else len(text)

    def _extractive(self, evidence: Evidence, notice: str) -> Answer:
        answer = ExtractiveAnswerer().invoke(evidence)
        return replace(answer, notice=" ".join(filter(None, (notice, answer.notice))))


def _squeezed(text: str) -> str:
    return re.sub(r"\W", "", text)
