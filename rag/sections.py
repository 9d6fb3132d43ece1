"""Which part of a report is meant: "4장", "결론", "교통 부분"."""

import re
from collections.abc import Sequence
from dataclasses import replace

from rag.documents import Passage

ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")
END = r"(?=\W|$|[을를은는이의만에도])"
NUMBERED = re.compile(rf"(?<![\d.])제?\s?(\d{{1,2}})\s?(?:장|절|부|편|단원){END}")
CLOSES = re.compile(r"결론|맺음말|제언|제안|시사점|향후\s?과제|나가며|마무리|에필로그")  # what closes a report
LAST = re.compile(rf"({CLOSES.pattern}){END}")
NAMED = re.compile(r"(?:^|\s)(\S{2,12})\s(?:부분|파트|챕터|대목)(?:만|을|를|의|은|는|이)?(?=\s|$)|(?:^|\s)(\S{2,12})(?:\s[장절])(?:만|을|를|의|은|는|이)?(?=\s|$)")
ASKED = re.compile(r"(?:만|은|는|이|을|를|좀|도|\s)*(?:뭐|무엇|뭔|알려|말해|정리|보여|설명|간단|\?|$)")


def section_of(text: str) -> str:
    """The words of a text that name a part of a report; "" where none do."""
    found = NUMBERED.search(text) or LAST.search(text) or NAMED.search(text)
    return found[0].strip() if found else ""


def closing(text: str) -> bool:
    """Whether a text asks for how a report closes: "결론이 뭐야?"."""
    found = LAST.search(text)
    return bool(found and ASKED.match(text[found.end():]))


def within(passages: Sequence[Passage], section: str) -> list[Passage]:
    """What stands in a report under the headings that the words for a part of it name: its passages, with no more of their
    sentences than belong there."""
    if numbered := NUMBERED.search(section):
        number = int(numbered[1])
        roman = f"|{ROMAN[number - 1]}|{chr(0x215F + number)}" if 0 < number <= len(ROMAN) else ""
        head = re.compile(rf"제?\s?{number}\s?(?:장|절|부|편|단원){END}|(?:{number}{roman})\s?[.):](?!\d)|제?\s?(?:{number}{roman})\s")
        top = min((_depth(passage, head) for passage in passages if _depth(passage, head) >= 0), default=-1)
        return [passage for passage in passages if top >= 0 and _depth(passage, head) == top]
    named = NAMED.search(section)
    closes = LAST.search(section)
    word = closes[1] if closes else named and (named[1] or named[2])
    return (word and _under(passages, re.compile(re.escape(word)))) or (_under(passages, CLOSES) if closes else [])


def _under(passages: Sequence[Passage], head: re.Pattern[str]) -> list[Passage]:
    """What stands under headings of which one matches, up to the next heading of its level."""
    found, level = [], 0  # of the heading that is gone on under, 0 for none
    for passage in passages:
        if not head.search(passage.heading):
            level = 0
        elif not level:
            level = 7  # it began before any sentence of this passage
        own = []
        for sentence in passage.sentences:
            if sentence.kind == "heading" and head.search(passage.text[sentence.start:sentence.end]):
                level = min(level or sentence.level, sentence.level)
            elif sentence.kind == "heading" and sentence.level <= level < 7:
                level = 0
            if level:
                own.append(sentence)
        if own:
            found.append(replace(passage, sentences=tuple(own)))
    return found


def _depth(passage: Passage, head: re.Pattern[str]) -> int:
    """How deep in a passage's headings one matches; -1 where none does."""
    return next((n for n, heading in enumerate(passage.heading.split(" > ")) if head.match(heading.strip())), -1)
