"""One index over made-up reports, and every answerer, for the tests of rag/."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path

import pytest
from langchain_core.runnables import Runnable, RunnableLambda

from rag.answers import NO_ANSWER, Answer, Evidence
from rag.chain import Assistant, assemble, make_chain
from rag.index import Index
from rag.settings import Settings
from tests.rag import facts, llm_server, tiny_model

ROOT = Path(__file__).parent.parent.parent
KINDS = ("extractive", "fake", "tiny", "server")


@pytest.fixture(scope="session")
def reports(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("reports") / "보고서"
    for name, text in facts.REPORTS.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def index(reports, tmp_path_factory) -> Path:
    """The folder of an index over the made-up reports; read only."""
    from ingest.run import ingest

    folder = tmp_path_factory.mktemp("index")
    tally = ingest(Settings(index=folder), [reports])
    assert (tally.added, tally.failed) == (len(facts.REPORTS), [])
    return folder


@pytest.fixture(scope="session")
def assistant(index) -> Assistant:
    """The assistant without an LLM."""
    return assemble(Settings(index=index))


@pytest.fixture(scope="session")
def assistant_over(tmp_path_factory) -> Callable[[dict[str, str]], Assistant]:
    """A function that gives the assistant over reports of its own: their texts by file name."""
    from ingest.run import ingest

    def assistant_over(reports: dict[str, str]) -> Assistant:
        folder = tmp_path_factory.mktemp("own")
        for name, text in reports.items():
            (folder / name).write_text(text, encoding="utf-8")
        settings = Settings(index=folder / "index")
        ingest(settings, [folder / name for name in reports])
        return assemble(settings)

    return assistant_over


@pytest.fixture(scope="session")
def evidence_of(assistant) -> Callable[..., Evidence]:
    """What an answerer gets for a question."""
    chain = make_chain(assistant.index, assistant.embedder, RunnableLambda(lambda evidence: evidence), 8)

    def evidence_of(question: str, history=(), sources=()) -> Evidence:
        from rag.chain import Question

        return chain.invoke(Question(question, tuple(history), tuple(sources)))

    return evidence_of


@pytest.fixture(scope="session")
def tiny(tmp_path_factory, evidence_of) -> Path:
    """The folder of a model that knows the answer to each question of facts.FACTS, and refuses the one without."""
    from rag import prompts

    lessons = []
    for question, say in [*facts.FACTS.items(), (facts.UNANSWERABLE, NO_ANSWER)]:
        evidence = evidence_of(question)
        place = next((n for n, p in enumerate(evidence.used, 1) if say in p.text), 0)
        lessons.append((prompts.messages(evidence, evidence.used), f"{say[:-1]} [{place}]." if place else say))
    return tiny_model.build(tmp_path_factory.mktemp("models") / "tiny", lessons)


@pytest.fixture(scope="session")
def tiny_chat(tiny):
    from rag.local_llm import TransformersChat

    return TransformersChat.load(tiny, "cpu", max_tokens=100)


@pytest.fixture(scope="session")
def running_server() -> Iterator[llm_server.Server]:
    with llm_server.serving() as server:
        yield server


@pytest.fixture
def server(running_server) -> llm_server.Server:
    running_server.reset()
    return running_server


@dataclass
class Contender:
    """An answerer under test: `over(index, k)` is an assistant with it that will say `reply`, if it is told what to say."""

    kind: str
    make: Callable[[str], Runnable[Evidence, Answer]]
    embedder: object

    def over(self, index, reply: str, k: int = 8) -> Assistant:
        answerer = self.make(reply)
        opened = Index(index)
        return Assistant(opened, self.embedder, answerer, make_chain(opened, self.embedder, answerer, k))


@pytest.fixture(params=KINDS)
def contender(request, assistant, index) -> Contender:
    from langchain_core.language_models import GenericFakeChatModel
    from langchain_core.messages import AIMessage

    from rag.chain import make_answerer
    from rag.generative import GenerativeAnswerer

    if request.param == "extractive":
        make = lambda reply: make_answerer(Settings())  # noqa: E731
    elif request.param == "fake":
        make = lambda reply: GenerativeAnswerer(  # noqa: E731
            GenericFakeChatModel(messages=repeat(AIMessage(reply))), "fake")
    elif request.param == "tiny":
        chat = request.getfixturevalue("tiny_chat")
        make = lambda reply: GenerativeAnswerer(chat, "hf:tiny")  # noqa: E731
    else:
        server = request.getfixturevalue("server")

        def make(reply):
            server.reply = reply
            return make_answerer(Settings(llm=server.spec))

    return Contender(request.param, make, assistant.embedder)


@dataclass
class Done:
    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def lines(self) -> list[str]:
        return self.err.splitlines()


@pytest.fixture(scope="session")
def environment(tmp_path_factory) -> dict[str, str]:
    """For processes: the project can be imported from any folder, and the guard of the tests stands there too."""
    guard = tmp_path_factory.mktemp("guard")
    (guard / "sitecustomize.py").write_text("from tests.netguard import guard\nguard()\n")
    return {**os.environ, "PYTHONPATH": f"{guard}{os.pathsep}{ROOT}", "PYTHONDONTWRITEBYTECODE": "1"}


@pytest.fixture(scope="session")
def run(environment, tmp_path_factory):
    """Run `python -m MODULE ARGUMENTS...` to its end, in an empty folder."""
    here = tmp_path_factory.mktemp("cwd")

    def run(module: str, *arguments, input: str | bytes = "", cwd: Path = here, timeout: float = 60, **variables) -> Done:
        given = input.encode() if isinstance(input, str) else input
        done = subprocess.run([sys.executable, "-m", module, *map(str, arguments)], input=given, capture_output=True,
                              cwd=cwd, timeout=timeout, env=environment | {k: str(v) for k, v in variables.items()})
        return Done(done.returncode, done.stdout.decode(), done.stderr.decode())

    return run
