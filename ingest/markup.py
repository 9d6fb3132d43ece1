"""Markdown and plain text -> Report, by the shape of the lines.

One reader for both, because what people save as .txt is half Markdown (and the other way round): tab-separated
tables, HTML left-overs, Notion exports, slide text whose headings are just short lines.
"""

import re
from dataclasses import dataclass

from ingest import tables
from ingest.inline import plain
from rag.documents import Block, Report
from rag.morphemes import normalise

FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.{,9999}?)\n---[ \t]*(?:\n|\Z)", re.DOTALL)
COMMENT = re.compile(r"<!--(?:(?!<!--).)*?-->", re.DOTALL)
HEADING = re.compile(r"(#{1,6})\s+(.*?)\s*#*$")
SIGN_HEADING = re.compile(r"(?:\|\s+|[◆■◈]\s*|제\s?\d+\s?[장절]\s|[ⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩⅪⅫ](?:-\d{1,2})?\.?\s)")
ITEM = re.compile(r"([*+](?=\s)|-(?=[\s가-힣])|[•●○▪■□◦–]|\d{1,3}[.)](?=\s)|\((?:\d{1,2}|[가-하])\)(?=\s)|[①-⑳]|[가-하][.)](?=\s)|▲|※)\s*(?=\S)")
BULLET = re.compile(r"^(?:[-*+•●○▪■□◦–]\s*)+(?=\S)")
BREAK = re.compile(r"<(?:br|hr)\s*/?>", re.IGNORECASE)
RULE = re.compile(r"\s*([-*_=]\s*){3,}$")
# "2.1 가격 경쟁", "5-3. 모집 공고", not "2.4 배 증가"
NUMBER_HEADING = re.compile(r"(\d{1,2}(?:[.-]\d{1,2}){1,3})[.)]?\s+(?=[가-힣A-Za-z(‘“'\"]|(?:19|20)\d\d년)(?!(?:배|도|명|개|건|곳|점|위|년|월|일|회|원|억|만|천|조|시간|분|초|[a-zA-Z]{1,3})(?![가-힣A-Za-z])|퍼센트|포인트|달러)")
SENTENCE_END = re.compile(r"[.!?。:;,…]['\"’”)\]]*$|[다음임함됨됨]$")
LABELLED = re.compile(r"(?:[가-힣A-Z]{1,4}\s?\d{1,2}|\d{1,2}\s?(?:주차|단계|일차|회차|[장부막]))[.)]\s|[가-힣]{1,4}\s?[①-⑳]\s?(?=[가-힣A-Za-z])")  # "제언 2. 계약", "3주차. 회수", "벽 ② 소음": opens a line of its own
GOES_ON = re.compile(r"[은는을를의에고며와과로서면데한할인된,]$")
FACT = re.compile(r"\d\s?(?:%|[조억만천]|원|달러|명|건|개|곳|배|년|월|일|시간|분|평|톤|대(?!\S))|[$₩€]")  # what is over a list and tells a fact itself
HEAD = re.compile(r"(?:대표|대표\s?이사|사장|회장|CEO|CTO)\W*$")  # of a firm: the name below is not what the list is of
SHAPE_LEVEL = 7  # headings known only by their shape; a heading over other headings is one level higher
SHORT, WRAP, NAME, LABEL = 40, 40, 24, 12  # a heading by shape is at most, a wrapped line at least, a name over its list, a line above what it names at most so long


@dataclass(frozen=True, slots=True)
class Line:
    text: str
    indent: int
    after_blank: bool
    after_break: bool = False  # <br>


def read(text: str, name: str) -> Report:
    """The report in `text`; `name` is its title where the text has none."""
    text = normalise(text).replace("\r\n", "\n").replace("\r", "\n")
    front = FRONT_MATTER.match(text)
    settings = front_matter(front[1]) if front else {}
    if front and settings:
        text = text[front.end():]
    blocks = _blocks(_lines(COMMENT.sub(" ", text)))
    title = settings.get("title") or next((b.text for b in blocks if b.kind == "heading" and b.level == 1), "")
    if not title and blocks and len(blocks[0].text) <= 80 and not SENTENCE_END.search(blocks[0].text):
        title = blocks[0].text
    known = [(label, settings.get(key)) for label, key in (("제목", "title"), ("저자", "author"),
                                                           ("기관", "organization"), ("날짜", "date"))]
    about = " | ".join(f"{label}: {value}" for label, value in known if value)
    if about and "layout" not in settings:
        blocks.insert(0, Block("row", about))
    return Report(title or name, tuple(blocks), settings.get("note", ""))


def front_matter(text: str) -> dict[str, str]:
    """The settings at the head of a Markdown file, as their words; nothing where they are no YAML mapping."""
    import yaml

    try:
        settings = yaml.load(text, yaml.BaseLoader)  # all values are text: "2023-02-30" is no error
    except (yaml.YAMLError, RecursionError):
        return {}
    if not isinstance(settings, dict):
        return {}
    return {str(key): plain(value) for key, value in settings.items() if isinstance(value, str)}


def _lines(text: str) -> list[Line]:
    lines: list[Line] = []
    blank = True
    for raw in text.split("\n"):
        raw = re.sub(r"^(\s*>)+ ?", "", raw)
        # a row of a table goes on with one cell filled, at either end
        tabs = "\t" in raw.strip() or "\t" in raw and not blank and "\t" in lines[-1].text
        for n, part in enumerate([raw] if tabs or raw.lstrip().startswith("|") else BREAK.split(raw)):
            if not part.strip() or RULE.match(part):
                blank = True
                continue
            indent = len(part.expandtabs(4)) - len(part.expandtabs(4).lstrip())
            lines.append(Line(part.rstrip(" ") if tabs else " ".join(part.split()), indent, blank, n > 0))
            blank = False
    return lines


def _blocks(lines: list[Line]) -> list[Block]:
    blocks: list[Block] = []
    marks: list[tuple[int, str]] = []  # indent and mark of the items that an item hangs under, and its own
    position, numbered = 0, ""
    while position < len(lines):
        line = lines[position]
        if blocks and blocks[-1].kind != "item":
            marks = []
        rows = _table(lines, position)
        if rows:
            blocks += tables.render(rows[0], header=rows[1])
            position += rows[2]
            continue
        position += 1
        heading = HEADING.match(line.text)
        if line.text.startswith("```"):
            continue
        if heading:
            _append(blocks, "heading", heading[2], len(heading[1]))
        elif SIGN_HEADING.match(line.text) and len(line.text) <= 80 and not line.text.endswith(("|", "다.")):
            _append(blocks, "heading", re.sub(r"^(\|\s+|[◆■◈]\s*)", "", line.text), 2)
        elif turn := _numbered_heading(lines, position - 1, numbered):
            _append(blocks, "heading", line.text, SHAPE_LEVEL - (2 if len(re.findall(r"\d+", turn)) < 3 else 1))
            numbered = turn
        elif mark := ITEM.match(line.text):
            if line.after_blank and marks and line.indent <= marks[0][0] and (line.indent, _kind(mark[1])) not in marks:
                marks = []  # another list
            number = re.match(r"\d{1,3}[.)]\s|[가-하][.)]\s", line.text)
            if number and not line.indent and _stands_alone(lines, position - 1) and len(line.text) <= SHORT:
                _append(blocks, "heading", line.text, SHAPE_LEVEL - 2)
                continue
            while position < len(lines) and _continues(lines[position], line, item=True):
                line = Line(f"{line.text} {lines[position].text}", line.indent, line.after_blank)
                position += 1
            _append(blocks, "item", BULLET.sub("", line.text), _level(marks, line.indent, _kind(mark[1])))
        else:
            first = position - 1
            while position < len(lines) and _continues(lines[position], line):
                line = Line(f"{line.text} {lines[position].text}", line.indent, line.after_blank)
                position += 1
            if position == first + 1 and _names_what_follows(lines, first):
                line = Line(f"{line.text} {lines[position].text}", line.indent, line.after_blank)
                position += 1
                over = position < len(lines) and not lines[position].after_blank and BULLET.match(lines[position].text)
                _append(blocks, "heading" if over else "paragraph", line.text, SHAPE_LEVEL if over else 0)
                continue
            if position == first + 1 and _is_heading(lines, first):
                parent = position < len(lines) and _is_heading(lines, position)
                _append(blocks, "heading", line.text, SHAPE_LEVEL - 1 if parent else SHAPE_LEVEL)
            else:
                _append(blocks, "paragraph", line.text)
    return blocks


def _append(blocks: list[Block], kind, text: str, level: int = 0) -> None:
    text = plain(text)
    if text:
        blocks.append(Block(kind, text, level))


def _table(lines: list[Line], start: int) -> tuple[list[list[str]], bool, int] | None:
    """(rows, whether the first is a header, lines used) of the table that starts here."""
    end = start
    if "\t" in lines[start].text:
        while end < len(lines) and "\t" in lines[end].text:
            end += 1
        rows = [[plain(cell) for cell in line.text.split("\t")] for line in lines[start:end]]
        return (rows, all(len(cell) <= SHORT for cell in rows[0]), end - start) if end - start > 1 else None
    if "|" in lines[start].text and start + 1 < len(lines) and tables.is_rule(lines[start + 1].text):
        while end < len(lines) and "|" in lines[end].text and (end == start or not lines[end].after_blank):
            end += 1
        rows = [[plain(cell) for cell in tables.split(line.text)] for line in lines[start:end]]
        return rows[:1] + rows[2:], True, end - start
    return None


def _plain_line(line: Line) -> bool:
    return not (HEADING.match(line.text) or SIGN_HEADING.match(line.text) or ITEM.match(line.text)
                or "\t" in line.text or line.text.startswith(("|", "```")))


def _continues(line: Line, before: Line, *, item: bool = False) -> bool:
    """Whether a line goes on with the text of the one before: wrapped prose, or indented under its item."""
    if line.after_blank or not _plain_line(line) or LABELLED.match(line.text) or _numbered(line):
        return False
    if item and line.indent > before.indent:
        return True
    last = before.text
    if last.endswith(",") and not line.after_break:
        return True
    return len(last) >= WRAP and not SENTENCE_END.search(last) and not BREAK.search(last)


def _stands_alone(lines: list[Line], position: int) -> bool:
    following = lines[position + 1] if position + 1 < len(lines) else None
    return lines[position].after_blank and (following is None or following.after_blank)


def _numbered_heading(lines: list[Line], position: int, before: str) -> str:
    """The number of several parts that a line opens with which is a heading by it: after a blank line or another heading, over a
    list, or next in turn to the numbered one `before`; "" for none."""
    line, above = lines[position], lines[position - 1] if position else None
    number = _numbered(line)
    below = lines[position + 1] if position + 1 < len(lines) else None
    return number if number and (above is None or line.after_blank or HEADING.match(above.text) or SIGN_HEADING.match(above.text)
                                 or below and not below.after_blank and ITEM.match(below.text) or _in_turn(before, number)) else ""


def _numbered(line: Line) -> str:
    """The number of several parts that a line opens with which may be a heading; "" for none."""
    number = NUMBER_HEADING.match(line.text)
    return number[1] if number and "\t" not in line.text and len(line.text) <= SHORT and not SENTENCE_END.search(line.text) else ""


def _in_turn(before: str, number: str) -> bool:
    """Whether a number follows another one: 3.2, 3.1.1 and 4.1 all follow 3.1."""
    old, new = ([int(part) for part in re.findall(r"\d+", text)] for text in (before, number))
    same = next((n for n, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1]), min(len(old), len(new)))
    return bool(old) and (len(new) == same + 1 and new[same] == (old[same] if same < len(old) else 0) + 1 or new == [old[0] + 1, 1])


def _kind(mark: str) -> str:
    """The kind of an item's mark: all numbers are one, and so are all letters."""
    if mark[0] == "(":
        return f"({_kind(mark[1:])})"
    return "1" if mark[0].isdecimal() else "①" if "①" <= mark[0] <= "⑳" else "가" if "가" <= mark[0] <= "하" else mark


def _level(marks: list[tuple[int, str]], indent: int, mark: str) -> int:
    """How deep an item hangs, which `marks` are kept up with: under what is less indented, or has another mark that was there before."""
    while marks and (marks[-1][0] > indent or marks[-1] != (indent, mark) and (indent, mark) in marks):
        marks.pop()
    if not marks or marks[-1] != (indent, mark):
        marks.append((indent, mark))
    return len(marks) - 1


def _names_what_follows(lines: list[Line], position: int) -> bool:
    """Whether a line is a label, and the next one, the last of its kind, what it names: "대표 상품", "달무리 2세대"."""
    pair, after = lines[position:position + 2], lines[position + 2:position + 3]
    return (len(pair) == 2 and pair[0].after_blank and not (pair[1].after_blank or pair[1].after_break) and all(_plain_line(line) and not SENTENCE_END.search(line.text) for line in pair)
            and len(pair[0].text) <= LABEL and len(pair[1].text) <= SHORT and not (after and not after[0].after_blank and _plain_line(after[0])))


def _is_heading(lines: list[Line], position: int) -> bool:
    """Whether a line is a heading by its shape: short, no sentence, alone or right above a list where the line before does not go on
    in it, and something hangs under it."""
    line, above = lines[position], lines[position - 1].text if position else ""
    within = (len(line.text) <= NAME or ITEM.match(above)) and not (FACT.search(line.text) or GOES_ON.search(above) or any(_plain_line(one) and HEAD.search(one.text) for one in lines[max(0, position - 2):position]))
    listed = position + 1 < len(lines) and (line.after_blank or within) and not lines[position + 1].after_blank and BULLET.match(lines[position + 1].text)
    return bool(position + 1 < len(lines) and _plain_line(line) and (listed or _stands_alone(lines, position))
            and 2 <= len(plain(line.text)) <= SHORT and not SENTENCE_END.search(plain(line.text))
            and not line.text.startswith(("(", "“", '"', "!", "http", "출처", "▲")))
