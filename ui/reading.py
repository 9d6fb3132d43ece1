"""A report as it was read, as a page of its own without any script, and the file it was read from.

`address(source, start, end)` links to it: relative, percent-encoded, and scrolled to the marked characters start-end of
Report.text. It may stand in a frame of our own page: <iframe src="{escape(address(...))}" title="...">.
"""

import base64
import hashlib
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from html import escape
from itertools import accumulate, groupby
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from ingest.picture import draw
from ingest.run import original
from rag import store
from rag.documents import CELL, NAME, Block, Report
from rag.errors import FolderMissing, GeungeoError, UnknownSource, UnreadableFile, WrongUsage
from rag.settings import Settings
from ui.words import language

PART = 40_000  # characters of a report shown at once
HEADINGS = 300  # lines of the contents
INLINE = {".pdf": "application/pdf", ".txt": "text/plain", ".md": "text/plain", ".markdown": "text/plain"}
ROW = re.compile(r" \d+(-\d+)?행$")
PLACE = re.compile("(?<=<div class='place'>)(\\d+)쪽")
WORDS = {
    "ko": {"contents": "차례", "original": "원본 파일", "earlier": "← 앞부분", "later": "다음 부분 →", "part": "{}/{}부분",
           "here": "인용한 곳으로", "picture": "쪽 그림", "unread": "읽지 못한 부분", "parts": "나눈 부분", "error": "보여 드릴 수 없습니다",
           "lost": "인용한 자리를 찾지 못했습니다. 그 사이 보고서가 바뀌었습니다.",
           "as_read": "보고서에서 읽은 글입니다. 그림과 꾸밈은 원본 파일에 있습니다."},
    "en": {"contents": "Contents", "original": "Original file", "earlier": "← Earlier", "later": "Later →",
           "part": "Part {} of {}", "here": "To the quotation", "picture": "Picture", "unread": "Parts that could not be read", "parts": "Parts",
           "error": "This cannot be shown", "lost": "The quoted place is not there: the report has changed since.",
           "as_read": "The text as it was read. Pictures and layout are in the original file."},
}


def address(source: str, start: int | None = None, end: int | None = None) -> str:
    """Where a report can be read; with `start` and `end` (offsets in Report.text) scrolled to these characters."""
    if start is None:
        return f"report?{urlencode({'source': source})}"
    return f"report?{urlencode({'source': source, 'start': start, 'end': end})}#here"


def routes(settings: Settings) -> list[Any]:
    """The Starlette routes of the reports of an index."""
    from starlette.routing import Route

    return [Route("/report", _told(report_page, settings)), Route("/original", _told(original_file, settings)),
            Route("/page", _told(page_picture, settings))]


def _told(give: Callable[[Settings, Any], Any], settings: Settings) -> Callable[[Any], Any]:
    """An endpoint whose errors are told on a page."""
    def endpoint(request: Any) -> Any:
        try:
            return give(settings, request)
        except GeungeoError as error:
            status = 404 if isinstance(error, (UnknownSource, FolderMissing, UnreadableFile)) else 400 if isinstance(error, WrongUsage) else 503
            title = WORDS[language(request)]["error"]
            return _page(title, f"<header><h1>{title}</h1><p>{escape(str(error))}</p></header>", status)
    return endpoint


def report_page(settings: Settings, request: Any) -> Any:
    """GET /report?source=NAME[&start=N&end=N][&part=N]: a report, or the part of a long one where `start` is."""
    source, words = request.query_params.get("source", ""), WORDS[language(request)]
    report = _report(settings, source)
    return _page(report.title, render(report, source, words, (_number(request, "start"), _number(request, "end")),
                                      _number(request, "part")))


def page_picture(settings: Settings, request: Any) -> Any:
    """GET /page?source=NAME&page=N[&start=N&end=N]: a page of a PDF as a PNG, with the characters start-end marked."""
    from starlette.responses import Response

    source = request.query_params.get("source", "")
    quote = _report(settings, source).text[_number(request, "start"):_number(request, "end")]
    png = draw(original(settings, source), _number(request, "page"), quote)
    return Response(png, media_type="image/png", headers={"cache-control": "no-store"})


def _number(request: Any, name: str) -> int:
    try:
        return int(request.query_params.get(name, 0))
    except ValueError as error:
        raise WrongUsage(f"주소가 잘못되었습니다. {name}에는 수를 쓰세요.") from error


def _report(settings: Settings, source: str) -> Report:
    with store.reading(settings.index) as db:
        found = [row for row, name in store.find_source(db, store.live_generation(db), source) if name == source]
        if not found:
            raise UnknownSource(f"색인에 그런 보고서가 없습니다: {source}. 뺐거나 이름이 바뀌었습니다.")
        return store.load_report(db, found[0])


def render(report: Report, source: str, words: dict[str, str], mark: tuple[int, int] = (0, 0), part: int = 0) -> str:
    """The body of a report's page: what it is, its contents, and one part of its text with the `mark` in it."""
    offsets = list(accumulate((len(block.text) + 1 for block in report.blocks), initial=0))
    firsts = _parts(offsets[:-1])
    quoted = bisect_right(firsts, bisect_right(offsets, mark[0]) - 1)  # the number of the part with the mark, from 1
    part = min(max(part or quoted, 1), len(firsts))
    first, last = firsts[part - 1], [*firsts, len(report.blocks)][part]
    text = _blocks(list(zip(offsets[first:last], range(first, last), report.blocks[first:last], strict=True)), mark)
    if source.lower().endswith(".pdf"):
        asked = escape(urlencode({"source": source, "start": mark[0], "end": mark[1]}))
        text = PLACE.sub(rf"\g<0><a href='page?{asked}&amp;page=\1' target='_blank' rel='noopener'>{words['picture']}</a>", text)
    text = text.replace("<mark>", "<mark id='here' tabindex='-1'>", 1)  # all but our own is escaped

    def link(to: int, what: str, place: str = "") -> str:
        return f"<a href='report?{escape(urlencode({'source': source, 'part': to}))}{place}'>{what}</a>"

    steps = [words["part"].format(part, len(firsts))] if len(firsts) > 1 else []
    steps = [link(part - 1, words["earlier"])] * (part > 1) + steps + [link(part + 1, words["later"])] * (part < len(firsts))
    lines = [f"<li class='l{block.level}'>{link(bisect_right(firsts, n), escape(block.text), f'#b{n}')}</li>"
             for n, block in _contents(report.blocks, firsts)]
    notes = [*((words["lost"],) if mark[1] and not (mark[0] < mark[1] <= len(report.text)) else ()), report.note]
    notes += [f"{words['unread']}: {reason}" for reason in report.unread]
    to_mark = [f"<a href='{escape(address(source, *mark))}'>{words['here']}</a>"] if mark[1] else []
    file = f"<a href='original?{escape(urlencode({'source': source}))}' target='_blank' rel='noopener'>{words['original']}</a>"
    contents = f"<details><summary>{words['contents']}</summary><ol>{''.join(lines)}</ol></details>" if len(lines) > 1 else ""
    turning = f"<nav class='parts' aria-label='{words['parts']}'>{' '.join(steps)}</nav>" if steps else ""
    return (f"<header><h1>{escape(report.title)}</h1><p class='file'>{escape(source)}</p>"
            f"{''.join(f'<p class=note>{escape(note)}</p>' for note in notes if note)}"
            f"<p class='links'>{' '.join([*to_mark, file])} <small>{words['as_read']}</small></p>{contents}</header>"
            f"{turning}<main>{text}</main>{turning}")


def _parts(offsets: Sequence[int]) -> list[int]:
    """The first block of each part."""
    firsts, begun = [0], 0
    for n, offset in enumerate(offsets):
        if offset - begun >= PART:
            firsts.append(n)
            begun = offset
    return firsts


def _contents(blocks: Sequence[Block], firsts: Sequence[int]) -> list[tuple[int, Block]]:
    """The headings, as deep as is not too many; of a very long report the first of each part."""
    headings = [(n, block) for n, block in enumerate(blocks) if block.kind == "heading"]
    for depth in range(9, 0, -1):
        shown = [(n, block) for n, block in headings if block.level <= depth]
        if len(shown) <= HEADINGS:
            return shown
    return [next(group) for _, group in groupby(shown, key=lambda heading: bisect_right(firsts, heading[0]))]


Located = tuple[int, int, Block]  # where it begins in Report.text, its number, the block


def _blocks(located: Sequence[Located], mark: tuple[int, int]) -> str:
    """Blocks as HTML, with the place of each where it is another than before."""
    html, place = [], ""
    for (kind, at), group in groupby(located, key=lambda one: (one[2].kind, ROW.sub("", one[2].place))):
        if at != place:
            html.append(f"<div class='place'>{escape(at)}</div>")
            place = at
        if kind == "row":
            html += _tables(group, mark)
        elif kind == "item":
            html.append(f"<ul>{''.join(f'<li class=l{block.level}>{_marked(block.text, offset, mark)}</li>' for offset, _, block in group)}</ul>")
        else:
            for offset, n, block in group:
                name = f"h{min(block.level + 1, 6)} id='b{n}'" if kind == "heading" else "p"
                html.append(f"<{name}>{_marked(block.text, offset, mark)}</{name.split()[0]}>")
    return "".join(html)


def _marked(text: str, offset: int, mark: tuple[int, int]) -> str:
    """Text that begins at `offset`, with what lies within `mark` marked."""
    start, end = (min(max(edge - offset, 0), len(text)) for edge in mark)
    if start >= end:
        return escape(text)
    return f"{escape(text[:start])}<mark>{escape(text[start:end])}</mark>{escape(text[end:])}"


def _tables(rows: Iterator[Located], mark: tuple[int, int]) -> Iterator[str]:
    """Table rows as tables: rows that share a column's name are of one table."""
    table: list[list[tuple[str, str]]] = []
    names: set[str] = set()
    for offset, _, block in rows:
        cells = list(_cells(block.text, offset, mark))
        if names.isdisjoint(name for name, _ in cells) and table:
            yield _table(table)
            table, names = [], set()
        table.append(cells)
        names |= {name for name, _ in cells}
    yield _table(table)


def _cells(text: str, offset: int, mark: tuple[int, int]) -> Iterator[tuple[str, str]]:
    """The cells of a row, as (column's name, value as HTML); a mark that meets the name marks the value."""
    for cell in text.split(CELL):
        name, colon, value = cell.partition(NAME)
        name, value = (name, value) if colon else ("", cell)
        begins = offset + len(cell) - len(value)
        of_name = max(offset, mark[0]) < min(begins, mark[1])
        yield name, f"<mark>{escape(value)}</mark>" if of_name else _marked(value, begins, mark)
        offset += len(cell) + len(CELL)


def _table(rows: list[list[tuple[str, str]]]) -> str:
    """One table; a cell that is empty was left out of its row, so the longest row says how columns follow each other."""
    columns, lines = [name for name, _ in max(rows, key=len)], []
    for row in rows:
        at, placed = 0, {}
        for name, html in row:
            n = next((n for n in range(at, len(columns)) if columns[n] == name and n not in placed), len(columns))
            if n == len(columns):
                columns.append(name)
            else:
                at = n + 1
            placed[n] = html
        lines.append(placed)
    head = "".join(f"<th scope='col'>{escape(name)}</th>" for name in columns)
    head = f"<thead><tr>{head}</tr></thead>" if any(columns) else ""
    body = "".join("<tr>" + "".join(f"<td>{placed.get(n, '')}</td>" for n in range(len(columns))) + "</tr>" for placed in lines)
    return f"<div class='table' tabindex='0'><table>{head}<tbody>{body}</tbody></table></div>"


def _page(title: str, body: str, status: int = 200) -> Any:
    """A whole page, with a policy that lets it load and run nothing but its own style."""
    from starlette.responses import HTMLResponse

    style = Path(__file__).with_name("reading.css").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    return HTMLResponse(
        "<!doctype html><html lang='ko'><meta charset='utf-8'><meta name='viewport' content='width=device-width, initial-scale=1'>"
        f"<title>{escape(title)}</title><style>{style}</style><body>{body}</body></html>",
        status, {"content-security-policy": policy, "cache-control": "no-store"})


def original_file(settings: Settings, request: Any) -> Any:
    """GET /original?source=NAME: the file itself; PDF and plain text are shown, all else is saved."""
    from starlette.responses import FileResponse

    file = original(settings, request.query_params.get("source", ""))
    kind = INLINE.get(file.suffix.lower())
    if kind == "text/plain":
        try:
            file.read_text("utf-8")
            kind += "; charset=utf-8"
        except UnicodeDecodeError:
            kind += "; charset=euc-kr"  # which browsers read as CP949; UTF-16 they know by its mark
    return FileResponse(file, media_type=kind or "application/octet-stream", filename=file.name,
                        content_disposition_type="inline" if kind else "attachment", headers={"cache-control": "no-store"})
