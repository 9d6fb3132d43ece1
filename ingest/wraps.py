"""Wrapped lines -> running text. Korean is wrapped within words, so that a line's end alone does not tell whether a space stood there."""

import re
from collections.abc import Callable, Iterable
from itertools import pairwise

from ingest.inline import single

ENOUGH = 5  # line ends of a page from which on it is known whether spaces are kept there
WRAPPED_BY_WORD = 0.88  # share of spaces from which on a text is held to be wrapped at spaces only
ATTACHED = re.compile(r"\d\n[가-힣]|[A-Za-z\d)\]’”]\n(?:은|는|이|가|을|를|의|에|에서|에게|와|과|로|으로|도|만|부터|까지|보다|처럼|이?라는)(?![가-힣])")
NAMELESS = re.compile("[\ufffd\ue000-\uf8ff]")  # glyphs of which no engine knows the character
CONTEXT = 24  # characters on both sides that Kiwi sees


class Joiner:
    """Joins the lines of one report's blocks; `texts` are all of them, as (page, lines).

    Where a page keeps the space at the end of a line, it is believed. Elsewhere the report's own words decide, then
    Kiwi; `tick` is called now and then.
    """

    def __init__(self, texts: Iterable[tuple[int, list[str]]], tick: Callable[[], None] = lambda: None) -> None:
        self._tick = tick
        texts = [*texts]
        ends: dict[int, list[bool]] = {}
        for page, lines in texts:
            ends.setdefault(page, []).extend(line[-1:].isspace() for line in lines[:-1] if len(line) > 10)
        kept = any(any(page) for page in ends.values())
        self._kept = {page: any(spaces) if len(spaces) >= ENOUGH else kept for page, spaces in ends.items()}
        self._words = {word for _, lines in texts for line in lines for word in line.split()[1:-1]}
        self._known: dict[tuple[str, str], bool] = {}
        unclear = [(a, b) for page, lines in texts if not self._kept.get(page, kept)
                   for a, b in pairwise(lines) if glue(a, b) is None]
        spaces = [self._space(a, b) for a, b in unclear]
        self._by_word = len(spaces) >= 4 * ENOUGH and sum(spaces) >= WRAPPED_BY_WORD * len(spaces)

    def join(self, lines: list[str], page: int) -> str:
        """The lines as one text, white space single, NFC."""
        text = lines[0]
        for a, b in pairwise(lines):
            between = glue(a, b)
            if between is None:
                spaced = not self._kept.get(page, True) and (self._by_word or self._space(a, b))
                between = " " if spaced else ""
            elif between == "-":
                text, between = text.rstrip()[:-1], ""
            text += between + b
        return single(NAMELESS.sub("", text))

    def _space(self, a: str, b: str) -> bool:
        """Whether a space stood between two lines that do not tell."""
        from rag.morphemes import kiwi

        pair = a.rstrip()[-CONTEXT:], b.lstrip()[:CONTEXT]
        if pair not in self._known:
            if ATTACHED.search("\n".join(pair)) or pair[0].split()[-1] + pair[1].split()[0] in self._words:
                self._known[pair] = False
            else:
                if len(self._known) % 1000 == 0:
                    self._tick()
                self._known[pair] = kiwi().glue(pair, return_space_insertions=True)[1][0]
        return self._known[pair]


def glue(a: str, b: str) -> str | None:
    """What stands between two lines as far as their ends tell: " ", "", "-" for a hyphen to be taken out, or None."""
    if a[-1:].isspace() or b[:1].isspace() or not a or not b:
        return " "
    if re.search(r"https?://\S+$", a):
        return ""
    last, first = a[-1], b[0]
    if last == "-" and first.isascii() and first.islower() and a[-2:-1].isascii() and a[-2:-1].isalpha():
        return "-"
    if last.isascii() and first.isascii() and first.isalnum() and (last.isalnum() or last in ")]}'\""):
        return " "
    if last in ".,;:?!" and not (last in ".,:" and a[-2:-1].isdigit() and first.isdigit()):
        return " "
    if first in "([" and "가" <= last <= "힣":
        return ""
    return None if re.match(r"[가-힣\w)\]’”]", last) and re.match(r"[가-힣\w(\[‘“]", first) else ""
