"""Things that are told apart by a number, and times: what is said of another one is no answer."""

import re
from collections.abc import Sequence

from rag.periods import periods
from rag.sounds import lettered

Pair = tuple[str, str]  # number and counter: ("2", "호점"), ("3", "분기"), ("2024", "년"), ("815", "OH")
COUNTED = re.compile(
    r"(?<![\d.,~∼-])(?:제\s?)?(\d{1,3})\s?(호점|호기|호선|단지|공구|공장|단계|학년|등급|인실|주차|회차|세대|병동|라운드|월(?!\s?\d)|분기"
    r"|대(?=[의는가이은 ]|에서)|차(?=\s|[은는의에]|사업|회의|조사|추경|연도|년도))")
CODE = re.compile(r"(?<![A-Za-z\d])([A-Za-z]{1,6})(?:-?|\s(?!\d+\s?(?:[개건명곳종배위조억만원층쪽%]|차(?!트)|대(?!비)|기(?![반가술존])|인치|[년월일분](?!야)|회(?!사)|번|시간|세대|단계|가지|달러|퍼센트)))(\d{1,4}(?:\.\d{1,2})?)(?!\d|[.,]\d)")  # not "CBDC 2차"
NO_CODES = frozenset(["TOP", "NO", "VER", "FY", "VOL", "PART", "STEP", "PAGE", "CO", "PM"])  # what a number behind these counts
YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
BASE = re.compile(r"(?:19|20)\d\d년도?(?:의\s\S+에서|보다|\s?대비|에\s?비해|에서)|지난해\([^()]*\)")  # what a figure is only compared with
THAN = re.compile(r"[A-Za-z]{1,6}[-\s]?\d{1,4}(?:보다|\s?대비|에\s?비해)")


def numbered(text: str) -> set[Pair]:
    """What a text names by a number."""
    told, text = periods(text), THAN.sub(" ", lettered(text))
    parts = {(period[5:], {"q": "분기", "m": "월"}[period[4]]) for period in told if period[4:5] in ("q", "m")}
    years = {(year, "년") for year in (*YEAR.findall(text), *(period for period in told if len(period) == 4))}
    return set(COUNTED.findall(text)) | parts | years | {(number.removesuffix(".0"), name.upper()) for name, number in CODE.findall(text)}


def tells_of_others(named: set[Pair], texts: Sequence[str]) -> bool:
    """Whether, of a counter that is named, the first of these texts (a sentence, what stands over it) that has it tells of
    others alone: "2호점" where "1호점" is asked for."""
    told = [numbered(BASE.sub(" ", text)) for text in texts]
    for counter in {counter for _, counter in named}:
        there = next((pairs for pairs in told if any(pair[1] == counter for pair in pairs)), None)
        if there is not None and not any(pair in there for pair in named if pair[1] == counter):
            return True
    return False


def unknown(question: str, texts: Sequence[str]) -> bool:
    """Whether a question names a model by letters and a number that none of the texts found for it names: GPT-5."""
    codes = {re.sub(r"\W", "", f"{name}{number.removesuffix('.0')}").lower() for name, number in CODE.findall(lettered(question)) if len(name) > 1 and name.upper() not in NO_CODES and not YEAR.fullmatch(number)}
    known = [re.sub(r"[\W_]", "", text).lower() for text in texts] if codes else []
    return any(not any(code in text for text in known) for code in codes)
