"""One visitor's conversation: an exchange that grows until it is whole or stopped."""

from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace

from rag.answers import Answer, Turn
from rag.chain import Assistant
from rag.errors import GeungeoError
from ui.opening import Opening
from ui.render import Exchange
from ui.words import Words

WORDS: Words = {"ko": {"searching": "보고서에서 찾고 있습니다…", "stopped": "여기에서 멈췄습니다."},
                "en": {"searching": "Searching the reports…", "stopped": "Stopped here."}}
Asking = Callable[[Assistant, list[Turn]], Generator[Answer]]  # what is asked, with the conversation before it


@dataclass
class Talk:
    """What a click may change while an answer is in the making. One answer at a time, and it ends itself: cancelled
    from outside, its last words could come after those that follow it.
    """

    running: bool = False
    stopping: bool = False
    conversation: str = ""  # the id under which it is kept, once there is something to keep


def answering(opening: Opening, question: str, asking: Asking, before: tuple[Exchange, ...], talk: Talk,
              words: Mapping[str, str]) -> Iterator[Exchange]:
    """An exchange as it grows, until it is whole or to be stopped; the last one is not busy."""
    exchange = Exchange(question, busy=True)
    while not opening.done.wait(0.5):
        if talk.stopping:
            yield replace(exchange, remark=words["stopped"], busy=False)
            return
        yield replace(exchange, remark=opening.line)
    yield replace(exchange, remark=words["searching"])
    history = [Turn(earlier.question, earlier.answer.text) for earlier in before if earlier.answer]
    try:
        answers = asking(opening.result(), history)
        with closing(answers):
            for answer in answers:
                exchange = replace(exchange, answer=answer)
                yield exchange
                if talk.stopping:
                    exchange = replace(exchange, remark=words["stopped"])
                    break
    except GeungeoError as error:
        exchange = replace(exchange, remark=str(error))
    yield replace(exchange, busy=False)
