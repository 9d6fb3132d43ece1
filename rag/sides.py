"""A question that sets reports against each other: which of them it means."""

import re
from collections.abc import Mapping, Sequence
from pathlib import PurePath

from rag.documents import Hit
from rag.morphemes import content, morphemes
from rag.question import EACH

DOCUMENT = "보고서|자료|문서|기준|안내서|안내문|책자|책(?=[이은에])|연보|백서|브리핑|설명서|기록|계획서|업무계획|논문|길잡이|해설서?|공시|발표(?:\\s?자료)?|회의록|규정|규칙|공고|지침서?|노트|메모|강연(?:\\s?자료)?|슬라이드|기사|매뉴얼|편람|보고|조사"
AND = r"(?:하고|이랑|랑|와|과|[,·]|\s?(?:vs\.?|대))\s"
TOLD = rf"(?:{DOCUMENT}|후기|제안|집계|통계|추정|이야기|수첩|소식지|제언|설문|고시|목록|내역|특강|세미나)"  # where it is told, behind which "에" stands
OTHERWISE = r"\s(?:각각|서로|다르게|(?:어떻게|얼마나|얼마로|뭐가)\s(?:다|달)|같은지|다른지)"
# "정부 자료와 연구소 조사에서 각각", "연구소와 정부가 말하는 양을 나란히"
TOLD_IN = rf"\S+(?:하고|랑|와|과)\s(?:\S+\s){{0,2}}?\S*{TOLD}에(?:서|는|선|서는)?{OTHERWISE}|\S*{TOLD}(?:하고|이랑|랑|와|과)\s(?:\S+\s){{0,2}}?\S+에(?:서|는|선|서는)?{OTHERWISE}"
TOLD_BY = r"\S+(?:하고|랑|와|과)\s(?:\S+\s)?\S+[가이은는]\s(?:각각\s)?(?:말[하한]|적|밝[히힌]|보는|본|잡[는은]|쓴|전[하한]|추정[하한]|집계[하한]|내놓)\S*(?=\s.*(?:각각|나란히|비교|다른|다르|차이))"
REPORTWISE = re.compile(r"(?:보고서|자료|문서|파일)\s?(?:마다|별로?|들?끼리|간에?)|(?:각|두|양쪽)\s?(?:보고서|자료|문서)(?:에서|에는|에|의|가|는|은|이)?(?=\s)|"
                        rf"양쪽\s?(?:수치|숫자|값)|다르(?:던데|게 나와)|엇갈리|{TOLD_IN}|{TOLD_BY}")
# "업무계획이랑 안내 책자", "대학 기준 회사 기준"
PAIR = re.compile(rf"(?:{DOCUMENT})(?:에서는?|에는|은|는|상)?\s?{AND}(?:\S+\s){{0,3}}?\S*(?:{DOCUMENT})|(?<!\S)(\S+) ({DOCUMENT})\S{{0,3}} (?:\S+ )??(?!\1)\S+ \2", re.IGNORECASE)
APART = re.compile(EACH.pattern + r"|나란히|\bvs\b|둘\s다|양쪽", re.IGNORECASE)
EVERY = re.compile(r"(?<!\S)(?:각각|서로|둘\s?다|나란히)(?=\s)")
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


def one_of(question: str) -> str:
    """The question as one of several reports is asked: without the words that set it against others, where it is reportwise."""
    alone = " ".join(EVERY.sub(" ", REPORTWISE.sub(" ", question)).split())
    return alone if REPORTWISE.search(question) and any(c.isalnum() for c in alone) else question


def _named(question: str, titles: Mapping[str, str]) -> set[str]:
    """The reports of whose names alone the question holds a word."""
    words = [word for word in content(morphemes([question])[0]) if len(word) > 1 and not word[0].isdigit()]
    holders = ([source for source, title in titles.items() if word in title] for word in words)
    return {named[0] for named in holders if len(named) == 1}
