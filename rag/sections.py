"""Which part of a report is meant: "4장", "결론", "교통 부분"."""

import re
from collections.abc import Sequence

from rag.documents import Passage

ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")
END = r"(?=\W|$|[을를은는이의만에도])"
NUMBERED = re.compile(rf"(?<![\d.])제?\s?(\d{{1,2}})\s?(?:장|절|부|편|단원){END}")
LAST = re.compile(rf"(결론|맺음말|제언|시사점|향후\s?과제|나가며){END}")  # what closes a report
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
    """The passages of a report under the headings that the words for a part of it name."""
    if numbered := NUMBERED.search(section):
        number = int(numbered[1])
        roman = f"|{ROMAN[number - 1]}|{chr(0x215F + number)}" if 0 < number <= len(ROMAN) else ""
        head = re.compile(rf"제?\s?{number}\s?(?:장|절|부|편|단원){END}|(?:{number}{roman})\s?[.):](?!\d)|제?\s?(?:{number}{roman})\s")
        top = min((_level(passage, head) for passage in passages if _level(passage, head) >= 0), default=-1)
        return [passage for passage in passages if top >= 0 and _level(passage, head) == top]
    named = NAMED.search(section)
    word = re.sub(r"\s", "", (LAST.search(section) or [""])[0] or (named and (named[1] or named[2])) or "")
    return [passage for passage in passages if word and word in re.sub(r"\s", "", passage.heading)]


def _level(passage: Passage, head: re.Pattern[str]) -> int:
    """How deep in a passage's headings one matches; -1 where none does."""
    return next((n for n, heading in enumerate(passage.heading.split(" > ")) if head.match(heading.strip())), -1)
