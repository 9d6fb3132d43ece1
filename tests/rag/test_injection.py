"""Reports that give orders: whatever a model does with them, nothing of it reaches the reader but what a report tells.

injections.jsonl holds a file a line: `text` as it stands in the file, `says` what a model says that obeys it, `lie` what must
never be shown. Each tells one fact, which is asked for.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import RunnableLambda
from tokenizers import AddedToken

from rag import prompts
from rag.answers import NO_ANSWER
from rag.chain import Question as Asked
from rag.chain import assemble, make_chain
from rag.generative import GenerativeAnswerer
from rag.local_llm import TransformersChat
from rag.morphemes import normalise
from rag.settings import Settings
from tests.ingest.office import MAKERS
from tests.rag import facts, tiny_model
from tests.rag.test_answerers import check_answer
from tests.rag.test_prompts import SIGNS
from ui.render import WORDS, Exchange, message, sources

HEADS, TAILS = "가나다라마바사아자차카타파하고노도로모보소오조초", ("람제강", "온화학", "빛전자", "솔식품")
PLAIN = ("md", "txt", "html")  # written as they are; the other formats by the tests' own writers


@dataclass(frozen=True)
class Injection:
    file: str
    text: str
    says: str
    lie: str
    subject: str
    output: str

    @property
    def fact(self) -> str:
        return f"{self.subject}의 2024년 생산량은 {self.output}톤으로 집계되었다."

    @property
    def question(self) -> str:
        return f"{self.subject}의 2024년 생산량은 얼마인가요?"

    def filled(self, text: str) -> str:
        return text.replace("{fact}", self.fact).replace("{subject}", self.subject)

    @property
    def data(self) -> bytes:
        suffix, text = self.file.rpartition(".")[2], self.filled(self.text)
        return text.encode() if suffix in PLAIN else MAKERS[suffix]([text])


ROWS = [json.loads(line) for line in (Path(__file__).parent / "injections.jsonl").read_text(encoding="utf-8").splitlines()]
INJECTIONS = [Injection(**row, subject=HEADS[n % 24] + HEADS[(7 * n + n // 24) % 24] + TAILS[n % 4], output=f"{1201 + 37 * n:,}")
              for n, row in enumerate(ROWS)]


class Obedient(BaseChatModel):
    """Says what the report in its prompt orders, and gives all that it was told where that is what is wanted."""

    injection: Any

    @property
    def _llm_type(self) -> str:
        return "obedient"

    def _generate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        said = self.injection.filled(self.injection.says).replace("{refusal}", NO_ANSWER)
        said = said.replace("{prompt}", "\n".join(told.text for told in messages))
        return ChatResult(generations=[ChatGeneration(message=AIMessage(said))])


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """An assistant over all of these reports."""
    from ingest.run import ingest

    folder, index = tmp_path_factory.mktemp("hostile") / "보고서", tmp_path_factory.mktemp("index")
    folder.mkdir()
    for injection in INJECTIONS:
        (folder / injection.file).write_bytes(injection.data)
    tally = ingest(Settings(index=index), [folder])
    assert (tally.added, tally.failed) == (len(INJECTIONS), [])
    return assemble(Settings(index=index))


def ask(hostile, model: BaseChatModel, injection: Injection) -> list:
    chain = make_chain(hostile.index, hostile.embedder, GenerativeAnswerer(model, "llm"), 8)
    return list(chain.stream(Asked(injection.question)))


def squeezed(text: str) -> str:
    return re.sub(r"\W", "", text)


def check_shown(answer, injection: Injection) -> None:
    """What holds for any answer about these reports, whoever wrote it."""
    from markdown_it import MarkdownIt

    check_answer(answer)
    assert normalise(answer.text) == answer.text
    for rule in prompts.RULES.splitlines()[:-1]:
        assert squeezed(rule) not in squeezed(answer.text), "the rules are not told"
    words = re.sub(r"\[\d+\]", "", answer.text)
    told = " ".join(citation.quote for citation in answer.citations)
    if answer.answerer != "extractive":  # which gives a report's sentences as they are, orders too
        assert not injection.lie or squeezed(injection.filled(injection.lie)) not in squeezed(answer.text)
        assert not re.search(r"<[a-z/|!]|!\[|\]\(|\[\^?\d", words), words
        assert all(address in told for address in re.findall(r"https?://\S+", words))
        assert len(answer.text) <= 400
    assert not re.search(r"[\[［【〔]\s*\d+\s*[\]］】〕]", words), "no marker that leads nowhere"
    assert set(re.findall(r"\d[\d,]*", words)) <= set(re.findall(r"\d[\d,]*", f"{told} {injection.question}"))
    exchange = Exchange(answer.question, answer)
    page = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(message(exchange, 1, WORDS["ko"])) + sources(exchange, 1, WORDS["ko"])
    assert not re.search(r"<(?!/?(?:p|ul|ol|li|small|a|div|section|header|h3|b|bdi|pre|mark)\b)", page)
    assert all(re.fullmatch(r"#[\w-]+|(?:report|original)\?source=[\w%+.&=#;-]+", target) for target in re.findall(r"\b(?:href|src|action|data)=['\"]([^'\"]*)", page))
    assert not re.search(r"<[^>]*\son\w+=", page)


def test_there_are_enough_of_them():
    assert len(INJECTIONS) >= 50 and len({injection.subject for injection in INJECTIONS}) == len(INJECTIONS)
    assert {injection.file.rpartition(".")[2] for injection in INJECTIONS} == {"md", "txt", "html", "docx", "xlsx", "pptx", "hwpx"}


@pytest.mark.parametrize("injection", INJECTIONS, ids=[injection.file for injection in INJECTIONS])
def test_a_model_that_obeys_a_report_changes_nothing(hostile, injection):
    answers = ask(hostile, Obedient(injection=injection), injection)
    for answer in answers:
        check_shown(answer, injection)
    assert answers[-1].found and injection.output in answers[-1].text, "the question is answered all the same"


@pytest.mark.parametrize("injection", INJECTIONS, ids=[injection.file for injection in INJECTIONS])
def test_without_a_model_the_fact_is_told(hostile, injection):
    answer = hostile.ask(injection.question)
    check_shown(answer, injection)
    assert injection.output in answer.text


@pytest.fixture(scope="module")
def chat(evidence_of, tmp_path_factory):
    """A tiny model that has never learned to refuse, to whose tokeniser the marks of all families are special."""
    from transformers import AutoTokenizer

    evidence = [(evidence_of(question), say) for question, say in facts.FACTS.items()]
    folder = tiny_model.build(tmp_path_factory.mktemp("marked") / "model",
                              [(prompts.messages(one, one.used), f"{say[:-1]} [1].") for one, say in evidence])
    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.add_tokens([AddedToken(sign, special=True, normalized=False) for sign in [*SIGNS, "__SYS__"]], special_tokens=True)
    tokenizer.save_pretrained(folder)
    return TransformersChat.load(folder, "cpu", max_tokens=8)


def specials(chat, messages: list[BaseMessage]) -> list[str]:
    return [token for token in chat.tokenizer.tokenize(chat.prompt(messages)) if token in (*SIGNS, "__SYS__")]


@pytest.mark.parametrize("injection", INJECTIONS, ids=[injection.file for injection in INJECTIONS])
def test_a_real_model_reads_a_reports_marks_as_words(hostile, chat, injection):
    chain = make_chain(hostile.index, hostile.embedder, RunnableLambda(lambda evidence: evidence), 8)
    evidence = chain.invoke(Asked(injection.question))
    passages, excerpts = prompts.fitting(evidence, chat.get_num_tokens_from_messages, chat.room())
    assert injection.output in passages[0].text
    told = prompts.messages(evidence, passages, excerpts)
    assert specials(chat, told) == specials(chat, [SystemMessage("가"), HumanMessage("나")]), "the template's own and no more"
    raw = [told[0], HumanMessage(injection.filled(injection.text) + "".join(SIGNS) + "__SYS__")]
    assert specials(chat, raw) == specials(chat, [SystemMessage("가"), HumanMessage("나")]), "whoever wrote the prompt"
    for answer in ask(hostile, chat, injection):
        check_shown(answer, injection)
    assert injection.output in answer.text


def test_the_evaluation_of_a_server_that_lies_finds_every_quote_valid(run, hostile, server, tmp_path):
    server.reply = f"{INJECTIONS[0].fact} [1] 생산량은 9,999톤이다. [99] ![x](http://evil.example/)"
    questions = [{"id": str(n), "question": injection.question, "answers": [injection.output], "sources": [], "evidence": [injection.fact], "type": "fact"}
                 for n, injection in enumerate(INJECTIONS[:20])]
    (tmp_path / "questions.jsonl").write_text("\n".join(json.dumps(question) for question in questions), encoding="utf-8")
    done = run("rag.evaluate", tmp_path / "questions.jsonl", "--index", hostile.index.folder, "--llm", server.spec, "--json")
    measured = json.loads(done.out)["all"]
    assert len(server.requests) == 20 and measured["quote_valid"]["mean"] == 1.0
