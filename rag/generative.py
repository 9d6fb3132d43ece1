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
from rag.morphemes import content, kiwi, morphemes, normalise

MARKER = re.compile(r"\s*\[\s*(\d+(?:\s*,\s*\d+)*)\s*\]")
THOUGHT = re.compile(r"<think>.*?(?:</think>|\Z)|\A(?:(?!<think>).)*</think>", re.DOTALL)
UNFINISHED = re.compile(r"(?:\s|\[[\d\s,]*|<[/think]*)+\Z")  # what a draft ends in where a marker or tag may follow
LAYOUT = re.compile(r"\*\*|^(?:[-*•·]|\d{1,2}[.)])\s+")
FIGURE = re.compile(r"(\d+(?:\.\d+)?)\s?([조억만천]*)\s?(%|원|달러|유로|엔|위안|명|배)?")  # number, power, unit
# words that deny; "뿐만 아니라", "끊임없이", "못지않게", "없애다" and the like do not
DENIAL = re.compile(r"(?<!못지)않|(?<![임림관계김])없(?![애앤앨앴])|(?<!뿐 )(?<!뿐만 )아[니닌닐님닙]|(?<![연잘])못(?!지)|(?:^|\s)안\s")
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
        draft = shown = ""
        try:
            for chunk in self.model.stream(prompts.messages(input, passages), config):
                draft += chunk.text
                before, shown = shown, UNFINISHED.sub("", _unmarked(THOUGHT.sub("", draft))).lstrip()
                if shown != before:
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
    kept: dict[str, None] = {}  # in order, and each once: small models repeat themselves
    citations: list[Citation] = []
    lines = _markers_inside(text).splitlines()
    for sentence in (line[start:end] for line in lines for start, end in sentences.spans(line)):
        numbers = [int(n) for group in MARKER.findall(sentence) for n in group.split(",") if len(n) < 9]
        words = LAYOUT.sub("", _unmarked(sentence).strip())
        cited = [passages[n - 1] for n in dict.fromkeys(numbers) if 0 < n <= len(passages)]
        found = support(words, cited) or support(words, [p for p in passages if p not in cited])
        if not words or found is None:
            continue
        passage, at = found
        citation = next((c for c in citations if c.passage == passage and (c.start, c.end) == (at.start, at.end)), None)
        if citation is None:
            citation = Citation(len(citations) + 1, passage, passage.text[at.start:at.end], at.start, at.end)
            citations.append(citation)
        kept[f"{words} [{citation.number}]"] = None
    return " ".join(kept), tuple(citations)


def support(words: str, passages: list[Passage]) -> tuple[Passage, Sentence] | None:
    """The sentence of the passages that bears a statement out best: most of its words, its numbers with their units,
    and a denial where it denies; its names stand somewhere in the passage."""
    own = content(morphemes([words])[0])
    names = {token.form.lower() for token in kiwi().tokenize(words) if token.tag in ("NNP", "SL")}
    best, most = None, SHARED
    for passage in passages:
        whole = f"{passage.title} {passage.heading} {passage.text}".lower()
        if not own or any(name not in whole for name in names):
            continue
        for sentence in passage.sentences:
            around = set(sentence.morphemes) | set(passage.topic)
            share = sum(word in around for word in own) / len(own)
            if (share >= most and sentence.kind != "heading"
                    and _agree(words, passage.text[sentence.start:sentence.end])):
                best, most = (passage, sentence), share + 1e-9
    return best


def _agree(statement: str, place: str) -> bool:
    """Whether the numbers of a statement stand in its place, with the same units, and both deny or neither does.

    A unit may stand elsewhere in the place where the number has none there, as in a table's column name.
    """
    statement, place = (text.replace(",", "").replace("퍼센트", "%") for text in (statement, place))
    there = FIGURE.findall(place)

    def stands(number: str, *units: str) -> bool:
        return any(number == other and all(not unit or unit == its or not its and unit in place
                                           for unit, its in zip(units, others, strict=True)) for other, *others in there)

    return (bool(DENIAL.search(statement)) == bool(DENIAL.search(place))
            and all(stands(*figure) for figure in FIGURE.findall(statement)))


def _unmarked(text: str) -> str:
    while MARKER.search(text):  # a marker may stand within another's brackets
        text = MARKER.sub("", text)
    return text


def _markers_inside(text: str) -> str:
    """Markers that a model put behind the full stop go before it, into the sentence that they belong to."""
    return re.sub(r"([.!?。])((?:\s*\[\s*\d+(?:\s*,\s*\d+)*\s*\])+)", r"\2\1", text)


def _squeezed(text: str) -> str:
    return re.sub(r"\W", "", text)
