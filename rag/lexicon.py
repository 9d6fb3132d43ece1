"""Words that may be swapped in a search: synonyms of office Korean, and English beside Korean.

The tables (lexicon_ko/*.tsv) hold one group a line, members separated by tabs. They are general: no report or question was
looked at when they were written.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from rag.morphemes import content, morphemes

FOLDER = Path(__file__).parent / "lexicon_ko"
ACRONYM = re.compile("[A-Z][A-Z0-9&]+")
Term = tuple[str, ...]  # the content morphemes of a member


@cache
def _lines() -> dict[str, list[tuple[str, ...]]]:
    """The groups by what their members begin with."""
    found: dict[str, list[tuple[str, ...]]] = {}
    for name in ("synonyms.tsv", "english.tsv", "words.tsv", "everyday.tsv", "fields.tsv"):
        for line in (FOLDER / name).read_text(encoding="utf-8").splitlines():
            members = tuple(line.split("\t"))
            for start in {start for member in _asked(members) for start in (member[0].lower(), _start(member))}:
                found.setdefault(start, []).append(members)
    return found


def _start(text: str) -> str:
    """What a word begins with, whatever its ending: its first letter and the first sound of the next."""
    return text[0].lower() + unicodedata.normalize("NFD", text[1:2].lower())[:1]


def _asked(line: tuple[str, ...]) -> list[str]:
    """The members of a group that others may stand for: an English word in small letters stands for Korean ones only in a
    question; a name (a capital letter) and a group with an acronym (CO2) go both ways."""
    one_way = line[0][0].isascii() and line[0][0].islower() and not any(map(ACRONYM.fullmatch, line))
    return [member for member in line if not one_way or member[0].isascii()]


@cache
def _groups(start: str) -> dict[str, list[tuple[Term, frozenset[Term]]]]:
    """By first morpheme, of the groups with a member that begins so: each term, and the terms that may stand instead of it."""
    lines = _lines().get(start, [])
    written = [member for line in lines for member in line]
    # a verb as dictionaries have it ("줄다", "남다") is not always known for one: without its ending, it is
    terms = iter([(member,) if stem == [member] else tuple(content(words)) for member, words, stem in zip(
        written, morphemes(written), morphemes([f"{member[:-1]}지" if member.endswith("다") else "" for member in written]), strict=True)])
    found: dict[str, list[tuple[Term, frozenset[Term]]]] = {}
    for line in lines:
        members = [(member, next(terms)) for member in line]
        asked = _asked(line)
        for member, term in members:
            if term and member in asked:
                others = frozenset(other for _, other in members if other and other != term)
                found.setdefault(term[0], []).append((term, others))
    return found


def alternatives(words: Sequence[str]) -> dict[str, frozenset[Term]]:
    """For words of a question that stand in the tables: the terms that may stand in a report instead. A term of
    several words is met, each of them, by what stands for all of it."""
    result: dict[str, frozenset[Term]] = {}
    known = set(words)
    known |= {base for word in words for base in _bases(word)}
    for word in words:
        for term, others in (group for base in (word, *_bases(word)) for group in _groups(_place(base)).get(base, [])):
            others = frozenset(other for other in others if not known.issuperset(other))
            if known.issuperset(term) and others:
                for part in {*known.intersection(term), word}:
                    result[part] = result.get(part, frozenset()) | others
    return result


def _place(word: str) -> str:
    """Where the groups of a morpheme are: of a short verb only the first letter is sure ("깊다", "깊은 물")."""
    return word[0] if len(word) == 2 and word[1] == "다" else _start(word)


def _bases(word: str) -> list[str]:
    """What an English word may be a form of: "invested" of "invest", "released" of "release"."""
    if not word.isascii() or len(word) < 5:
        return []
    found = [word.removesuffix(ending) + base for ending in ("s", "es", "ed", "ing", "er", "est") for base in ("", "e") if word.endswith(ending)]
    return found + [word[:-3] + "y" for ending in ("ies", "ied") if word.endswith(ending)]
