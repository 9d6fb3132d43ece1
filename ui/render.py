"""An answer as safe Markdown for the chat and as safe HTML for the sources beside it.

Whatever comes from a report, a question or a model is escaped here, all of it; what remains is our own.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from rag.answers import Answer, Citation
from rag.documents import Passage

MARKER = re.compile(r"\[(\d{1,4})\]")
# all that Markdown (GFM, with its bare links) reads as more than text; the rest stays, for screen readers get it raw
MEANINGFUL = re.compile(r"[\\`*_\[\]<>#&|~$@=]|^ ?(?:[-+]|\d+[.)])|:(?=//)|www\.", re.I | re.M)
NEAREST = 3  # passages shown beside a refusal


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question of a conversation, its answer as far as there is one, and what else is to be said about it."""

    question: str
    answer: Answer | None = None
    remark: str = ""
    busy: bool = False


def plain(text: str) -> str:
    """Text as Markdown that shows just this text: what could mean more is written as entities."""
    lines = (re.sub(r"\s+", " ", line) for line in text.split("\n"))
    return MEANINGFUL.sub(_entities, "\n".join(lines))


def _entities(found: re.Match[str]) -> str:
    return "".join(c if c.isalnum() or c == " " else f"&#{ord(c)};" for c in found[0])


def messages(exchanges: Sequence[Exchange]) -> list[dict[str, str]]:
    """A conversation in the form of gr.Chatbot, all of it safe Markdown."""
    return [{"role": role, "content": content} for turn, exchange in enumerate(exchanges, 1)
            for role, content in (("user", plain(exchange.question)), ("assistant", message(exchange, turn)))]


def message(exchange: Exchange, turn: int) -> str:
    """The answering side of an exchange as Markdown; its markers lead to the sources of turn number `turn`."""
    answer, parts = exchange.answer, []
    if answer is not None:
        numbers = {citation.number for citation in answer.citations}
        parts += [_linked(line, numbers, turn) for line in answer.text.split("\n") if line.strip()]
        if answer.understood != answer.question:
            parts.append(_aside(f"이렇게 이해했습니다: {answer.understood}"))
        if answer.notice:
            parts.append(_aside(answer.notice))
        if not answer.found and answer.hits:
            parts.append(f"[가장 가까운 대목 보기](#near-{turn})")
    if exchange.remark:
        parts.append(_aside(exchange.remark))
    return "\n\n".join(parts)


def _linked(line: str, numbers: set[int], turn: int) -> str:
    """A line of an answer; the numbers that cite something are links, any other bracket is text."""
    bullet = "- " if line.startswith("- ") else ""  # an answerer's own list
    pieces = MARKER.split(line.removeprefix(bullet).strip())
    for n, piece in enumerate(pieces):
        if n % 2 and int(piece) in numbers:
            pieces[n] = f"[&#91;{piece}&#93;](#cit-{turn}-{int(piece)} \"근거 {piece} 보기\")"
        else:
            pieces[n] = plain(f"[{piece}]" if n % 2 else piece)
    return bullet + "".join(pieces)


def _aside(text: str) -> str:
    return f"<small>{plain(text).strip()}</small>"


def sources(exchanges: Sequence[Exchange]) -> str:
    """The sources of a whole conversation as HTML: a set for each answer, of which the style sheet shows one.

    Shown is the set that a marker leads into (`:target`), else the last.
    """
    return "".join(_set(turn, exchange.answer) for turn, exchange in enumerate(exchanges, 1) if exchange.answer)


def _set(turn: int, answer: Answer) -> str:
    if answer.found:
        title, cards = "근거", [_card(turn, group[0].passage, group) for group in grouped(answer.citations)]
    else:
        title, cards = "가장 가까운 대목", [_card(turn, hit.passage, []) for hit in answer.hits[:NEAREST]]
    if not cards:
        return ""
    asked = f"<p class='asked'>{escape(answer.question)}<a href='#left'>↑ 대화로</a></p>"
    return f"<div class='set' id='near-{turn}' tabindex='-1'><h3>{title}</h3>{asked}{''.join(cards)}</div>"


def grouped(citations: Sequence[Citation]) -> list[list[Citation]]:
    """Citations of one passage together, as far as they do not overlap, so that its text is shown once."""
    groups: list[list[Citation]] = []
    for citation in citations:
        for group in groups:
            if group[0].passage.id == citation.passage.id and all(
                    citation.end <= other.start or other.end <= citation.start for other in group):
                group.append(citation)
                break
        else:
            groups.append([citation])
    return groups


def _card(turn: int, passage: Passage, citations: list[Citation]) -> str:
    """A passage under its report and place, with the words marked that these citations quote."""
    text, position = "", 0
    for citation in sorted(citations, key=lambda citation: citation.start):
        text += (f"{escape(passage.text[position:citation.start])}<mark id='cit-{turn}-{citation.number}' tabindex='-1' "
                 f"data-n='{citation.number}'>{escape(citation.quote)}</mark>")
        position = citation.end
    text += escape(passage.text[position:])
    links = (f"<a href='#cit-{turn}-{c.number}' title='근거 {c.number} 보기'>[{c.number}]</a>" for c in citations)
    where = " · ".join(dict.fromkeys(filter(None, (passage.place, passage.heading))))
    note = f"<p class='note'>{escape(passage.note)}</p>" if passage.note else ""
    return ("<section class='card'><header>"
            f"<div class='title'>{''.join(links)}<b>{escape(passage.title)}</b></div>"
            f"<div class='where'>{escape(where)}</div><div class='file'>{escape(passage.source)}</div></header>"
            f"<div class='passage'>{text}</div>{note}</section>")
