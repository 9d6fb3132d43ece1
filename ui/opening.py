"""Opening the assistant while the page is already there: reports may have to be read first."""

import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, islice, zip_longest
from typing import Any

from ingest.run import open_assistant, progress_bar, show, status
from rag.chain import Assistant, make_answerer, make_chain
from rag.chain import Question as Asked
from rag.errors import GeungeoError
from rag.extractive import ExtractiveAnswerer
from rag.generative import GenerativeAnswerer
from rag.settings import Settings, save

EXAMPLES = 4
TRIED = 12  # headings that are tried before a report goes without an example
NOUN = re.compile(r"(?<![다요])[가-힣A-Za-z0-9)]$")  # how a heading ends that is no sentence
NUMBERING = re.compile(r"^(?:제?\s?[\dIVXⅠ-Ⅻ]+\s?[.)장절부]|[가-하][.)])\s*")


class Opening:
    """The assistant, once it is open; until then, how far that is. `done` is set when there is no more to wait for."""

    def __init__(self, settings: Settings, create: bool) -> None:
        self.settings, self.create = settings, create
        self.assistant: Assistant | None = None
        self.error: GeungeoError | None = None
        self.examples: list[str] = []
        self.step: tuple[str, int, int] = ("", 0, 0)
        self.done = threading.Event()
        self._switching = threading.Lock()

    def start(self, after: float = 0.0) -> None:
        """Open in the background, `after` so many seconds. An error that we did not foresee ends the thread with its traceback."""
        timer = threading.Timer(after, self._open)
        timer.daemon = True
        timer.start()

    def _open(self) -> None:
        try:
            with progress_bar() as on_terminal:
                def progress(step: str, done: int, of: int) -> None:
                    self.step = (step, done, of)
                    on_terminal(step, done, of)

                assistant = open_assistant(self.settings, progress, create=self.create)
            sources = [report["source"] for report in status(self.settings)["reports"]]
            self.examples = example_questions(assistant, self.settings, sources[:EXAMPLES])
            self.assistant = assistant
        except GeungeoError as error:
            self.error = error
        finally:
            self.done.set()

    def switch(self, values: dict[str, Any]) -> None:
        """Answer by other settings from the next question on, and remember them; who is being answered is not disturbed.

        Raises ModelUnavailable or WrongUsage, and then all is as it was. What could not be opened is opened again.
        """
        with self._switching:
            self.done.wait()
            before, old = self.settings, self.assistant
            self.settings = replace(before, **values)
            try:
                if old is None:
                    self.error = None
                    self._open()
                    self.result()
                else:
                    answerer = old.answerer if self.settings.llm == before.llm else make_answerer(self.settings, old.embedder)
                    if isinstance(answerer, GenerativeAnswerer):
                        _ = answerer.model  # loaded now: what cannot be is told to whoever chose it
                    self.assistant = Assistant(old.index, old.embedder, answerer,
                                               make_chain(old.index, old.embedder, answerer, self.settings.k))
            except GeungeoError:
                self.settings = before
                raise
            save(before.index, values)

    @property
    def line(self) -> str:
        """What is being done, for people."""
        step, done, of = self.step
        return f"보고서를 읽고 있습니다. {step} ({done:,}/{of:,})" if of else "보고서를 여는 중입니다."

    def result(self) -> Assistant:
        """The assistant, waited for. Raises what opening it raised."""
        self.done.wait()
        if self.assistant is None:
            raise self.error or GeungeoError("보고서를 열지 못했습니다. 터미널에 나온 오류를 보세요.")
        return self.assistant


def example_questions(assistant: Assistant, settings: Settings, names: list[str]) -> list[str]:
    """Questions about headings of these reports which the reports' own words answer, by turns from each."""
    answerable = make_chain(assistant.index, assistant.embedder, ExtractiveAnswerer(), settings.k)

    def of_report(name: str) -> Iterator[str]:
        headings = {NUMBERING.sub("", passage["heading"].rpartition(" > ")[2])
                    for passage in show(settings, name)["passages"]}
        telling = sorted((h for h in headings if 5 <= len(h) <= 26 and " " in h and NOUN.search(h)), key=lambda h: (-len(h), h))
        for heading in telling[:TRIED]:
            answer = answerable.invoke(Asked(f"{heading}에 대해 알려 주세요."))
            if answer.found and heading in answer.citations[0].passage.heading:
                yield answer.question

    by_turns = chain.from_iterable(zip_longest(*(of_report(name) for name in names)))
    return list(islice(filter(None, by_turns), EXAMPLES))
