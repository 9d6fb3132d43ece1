"""A question that sets reports against each other: which of them it means."""

import re
from collections.abc import Mapping, Sequence
from pathlib import PurePath

from rag.documents import Hit
from rag.morphemes import content, morphemes
from rag.question import EACH

REPORTWISE = re.compile(r"(?:보고서|자료|문서|파일)\s?(?:마다|별로?|들?끼리|간에?)|(?:각|두|양쪽)\s?(?:보고서|자료|문서)(?:에서|에는|에|의|가|는|은|이)?(?=\s)|"
                       r"양쪽\s?(?:수치|숫자|값)|다르(?:던데|게 나와)|엇갈리")
DOCUMENT = "보고서|자료|문서|기준|안내서|안내문|책자|책(?=[이은에])|연보|백서|브리핑|설명서|기록|계획서|업무계획|논문|길잡이|해설서?|공시|발표(?:\s?자료)?|회의록|규정|규칙|공고|지침서?|노트|메모|강연(?:\s?자료)?|슬라이드|기사|매뉴얼|편람|보고|조사"
AND = r"(?:하고|이랑|랑|와|과|[,·]|\s?(?:vs\.?|대))\s"
# "업무계획이랑 안내 책자", "대학 기준 회사 기준"
PAIR = re.compile(rf"(?:{DOCUMENT})(?:에서는?|에는|은|는|상)?\s?{AND}(?:\S+\s){{0,3}}?\S*(?:{DOCUMENT})|(?<!\S)(\S+) ({DOCUMENT})\S{{0,3}} (?:\S+ )??(?!\1)\S+ \2", re.IGNORECASE)
APART = re.compile(EACH.pattern + r"|나란히|\bvs\b|둘\s다|양쪽", re.IGNORECASE)
MOST = 3  # reports that are set against each other


def sides(question: str, hits: Sequence[Hit]) -> tuple[str, ...]:
    """Those of the reports found that a question sets against each other, the likeliest first; none where it does not."""
    titles = {hit.passage.source: f"{hit.passage.title} {PurePath(hit.passage.source).stem}".lower() for hit in hits}
    if len(titles) < 2:
        return ()
    named = _named(question, titles)
    pair = len(named) > 1 and APART.search(question)
    if not (pair or REPORTWISE.search(question) or PAIR.search(question)):
        return ()
    return tuple(source for source in titles if not pair or source in named)[:MOST]


def _named(question: str, titles: Mapping[str, str]) -> set[str]:
    """The reports of whose names alone the question holds a word."""
    words = [word for word in content(morphemes([question])[0]) if len(word) > 1 and not word[0].isdigit()]
    holders = ([source for source, title in titles.items() if word in title] for word in words)
    return {named[0] for named in holders if len(named) == 1}
