"""An answer as safe Markdown for the chat and as safe HTML for the sources beside it.

Whatever comes from a report, a question or a model is escaped here, all of it; what remains is our own.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape, unescape
from urllib.parse import urlencode

from rag.answers import Answer, Citation
from rag.documents import Passage
from ui.reading import address
from ui.words import Words

WORDS: Words = {
    "ko": {"grounds": "근거", "nearest": "가장 가까운 대목", "see_nearest": "가장 가까운 대목 보기", "see_ground": "근거 {} 보기",
           "understood": "이렇게 이해했습니다: {}", "to_chat": "↑ 대화로", "copy": "복사", "whole": "보고서에서 보기",
           "original": "원본 파일", "file": "파일"},
    "en": {"grounds": "Grounds", "nearest": "Nearest passages", "see_nearest": "See the nearest passages", "see_ground": "See ground {}",
           "understood": "Understood as: {}", "to_chat": "↑ To the chat", "copy": "Copy", "whole": "See in the report",
           "original": "Original file", "file": "File"},
}
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


def typed(text: str) -> str:
    """The text that `plain` was given, but for its white space: what somebody edits in the chat is entities."""
    return unescape(text)


def _entities(found: re.Match[str]) -> str:
    return "".join(c if c.isalnum() or c == " " else f"&#{ord(c)};" for c in found[0])


def messages(exchange: Exchange, turn: int, words: Mapping[str, str]) -> list[dict[str, str]]:
    """Both sides of an exchange, number `turn` of its conversation, in the form of gr.Chatbot, all of it safe Markdown."""
    return [{"role": "user", "content": plain(exchange.question)},
            {"role": "assistant", "content": message(exchange, turn, words)}]


def message(exchange: Exchange, turn: int, words: Mapping[str, str]) -> str:
    """The answering side as Markdown; its markers lead to the sources of turn number `turn`."""
    answer, parts = exchange.answer, []
    if answer is not None:
        if answer.understood != answer.question:
            parts.append(_aside(words["understood"].format(answer.understood)))
        parts += _text(answer, turn, words)
        if answer.notice:
            parts.append(_aside(answer.notice))
        links = [f"[{words['see_nearest']}](#near-{turn})"] if not answer.found and answer.hits else []
        links += [f"[{words['copy']}](#copy-{turn})"] if not exchange.busy else []
        parts.append(" · ".join(links))
    if exchange.remark:
        parts.append(_aside(exchange.remark))
    return "\n\n".join(filter(None, parts))


def _text(answer: Answer, turn: int, words: Mapping[str, str]) -> list[str]:
    """An answer's own lines: sentences, bullets, headings ("### ") and the rows of a table ("| … |"), which stay together."""
    numbers = {citation.number for citation in answer.citations}
    parts: list[str] = []
    table = False
    for line in filter(str.strip, answer.text.split("\n")):
        row = line.startswith("|") and line.endswith("|") and len(line) > 1
        if row:
            cells = [cell.strip() for cell in line[1:-1].split("|")]
            if table and all(re.fullmatch("-+", cell) for cell in cells):
                continue
            shown = " | ".join(_linked(cell, numbers, turn, words) for cell in cells)
            text = f"| {shown} |" + ("" if table else f"\n|{'---|' * len(cells)}")
        else:
            lead = next((lead for lead in ("- ", "### ") if line.startswith(lead)), "")
            text = ("#### " if "#" in lead else lead) + _linked(line.removeprefix(lead).strip(), numbers, turn, words)
        if row and table:
            parts[-1] += f"\n{text}"
        else:
            parts.append(text)
        table = row
    return parts


def _linked(text: str, numbers: set[int], turn: int, words: Mapping[str, str]) -> str:
    """Words of an answer; the numbers that cite something are links, any other bracket is text."""
    pieces = MARKER.split(text)
    for n, piece in enumerate(pieces):
        if n % 2 and int(piece) in numbers:
            pieces[n] = f"[&#91;{piece}&#93;](#cit-{turn}-{int(piece)} \"{words['see_ground'].format(piece)}\")"
        else:
            pieces[n] = plain(f"[{piece}]" if n % 2 else piece)
    return "".join(pieces)


def _aside(text: str) -> str:
    return f"<small>{plain(text).strip()}</small>"


def sources(exchange: Exchange, turn: int, words: Mapping[str, str]) -> str:
    """The sources of an answer as HTML, with its text for the clipboard; "" where there is no answer.

    Of all sets of a conversation the style sheet shows that which a marker leads into (`:target`), else the last.
    """
    answer = exchange.answer
    if answer is None:
        return ""
    copy = f"<pre hidden id='text-{turn}'>{escape(as_text(answer))}</pre>"
    if answer.found:
        title, cards = words["grounds"], [_card(turn, group[0].passage, group, words) for group in grouped(answer.citations)]
    else:
        title, cards = words["nearest"], [_card(turn, hit.passage, [], words) for hit in answer.hits[:NEAREST]]
    if not cards:
        return copy
    asked = f"<p class='asked'><bdi>{escape(answer.question)}</bdi><a href='#left'>{words['to_chat']}</a></p>"
    return f"<div class='set' id='near-{turn}' tabindex='-1'><h3>{title}</h3>{asked}{''.join(cards)}</div>{copy}"


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


def _card(turn: int, passage: Passage, citations: list[Citation], words: Mapping[str, str]) -> str:
    """A passage under its report and place, with the words marked that these citations quote, and ways to the report."""
    text, position = "", 0
    for citation in sorted(citations, key=lambda citation: citation.start):
        text += (f"{escape(passage.text[position:citation.start])}<mark id='cit-{turn}-{citation.number}' tabindex='-1' "
                 f"data-n='{citation.number}'>{escape(citation.quote)}</mark>")
        position = citation.end
    text += escape(passage.text[position:])
    links = (f"<a href='#cit-{turn}-{c.number}' title='{words['see_ground'].format(c.number)}'>[{c.number}]</a>" for c in citations)
    where = " · ".join(dict.fromkeys(filter(None, (passage.place, passage.heading))))
    note = f"<p class='note'>{escape(passage.note)}</p>" if passage.note else ""
    first, last = (citations[0].start, citations[0].end) if citations else (0, len(passage.text))
    file = escape("original?" + urlencode({"source": passage.source}))
    whole = escape(address(passage.source, passage.start + first, passage.start + last))
    return ("<section class='card'><header>"
            f"<div class='title'>{''.join(links)}<b>{escape(passage.title)}</b></div>"
            f"<div class='where'>{escape(where)}</div><div class='file'>{escape(passage.source)}</div></header>"
            f"<div class='passage'>{text}</div>{note}<p class='ways'><a href='{whole}' target='reader'>{words['whole']}</a>"
            f"<a href='{file}' target='_blank' rel='noopener'>{words['original']}</a></p></section>")


def as_text(answer: Answer) -> str:
    """An answer with its sources as plain text, for a document or a mail."""
    lines = [answer.text, *([answer.notice] if answer.notice else [])]
    if answer.citations:
        lines += ["", "출처", *(
            f"[{c.number}] {c.passage.title}, {c.passage.place or c.passage.heading} ({c.passage.source})\n    “{c.quote}”"
            for c in answer.citations)]
    return "\n".join(lines)


def as_markdown(exchanges: Sequence[Exchange]) -> str:
    """A conversation as Markdown that shows reports' words as they are."""
    parts = []
    for exchange in exchanges:
        parts.append(f"## {plain(exchange.question)}")
        if exchange.answer:
            numbers = {c.number: c for c in exchange.answer.citations}
            parts += [re.sub(r"\]\(#cit-\d+-\d+ \"[^\"]*\"\)", "", re.sub(r"\[(?=&#91;)", "", part))
                      for part in _text(exchange.answer, 0, {"see_ground": ""})]
            parts += [f"> &#91;{n}&#93; {plain(c.passage.title)}, {plain(c.passage.place or c.passage.heading)} "
                      f"({plain(c.passage.source)})  \n> “{plain(' '.join(c.quote.split()))}”" for n, c in numbers.items()]
        if exchange.remark:
            parts.append(plain(exchange.remark))
    return "\n\n".join(parts) + "\n"
