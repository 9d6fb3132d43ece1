"""Years, halves, quarters and months as reports write them, in one form: "2025q2" of "'25.2Q", "2Q25" and "2025년 2분기"."""

import re

YEAR = r"(?:(?<!\d)(20\d\d)|(?<![\d.])['’‘`](\d\d)|(?<![\d.A-Za-z])FY\s?(?:20)?(\d\d)|(?<![\d.])(\d\d)(?=년|\.[1-4]Q))(?:년도?)?(?!\d)"
PARTS = (  # behind a year
    (re.compile(YEAR + r"[\s.]{0,2}([1-4])\s?(?:Q(?![A-Za-z])|/\s?4|\s?분기)", re.IGNORECASE), "q"),
    (re.compile(YEAR + r"[\s.]{0,2}(상|하|[12](?=\s?H(?![A-Za-z])))\s?(?:반기|H)", re.IGNORECASE), "h"),
    (re.compile(YEAR + r"(?:\s?[.\-/]\s?|\s?)(0?[1-9]|1[0-2])(?=\s?월|\.(?!\d)|[.\-/]\s?\d{1,2}(?!\d|\s?[일%배조억만명건점개원])|말?\)|$)"), "m"),
)
TURNED = (  # before a year
    (re.compile(r"(?<![\dA-Za-z])([1-4])Q\s?['’]?(?:20)?(\d\d)(?!\d)", re.IGNORECASE), "q"),
    (re.compile(r"(?<![\dA-Za-z])([12])H\s?['’]?(?:20)?(\d\d)(?!\d)", re.IGNORECASE), "h"),
)
SHORT = re.compile(r"(?<![\d.])['’‘`](\d\d)(?!\d|시간|개|명|일)|(?<![A-Za-z])FY\s?(?:20)?(\d\d)(?!\d)|(?<![\d.,])(1[5-9]|2\d|3[0-5])(?=년(?!\s?[간째차물전후뒤만된]|이?\s지|마다|\s?(?:동안|이상|이하|넘)))")
HALVES = {"상": "1", "하": "2"}


def periods(text: str) -> list[str]:
    """The parts of years that a text names, and the years that it writes short: "2025q2", "2025h1", "2025m6", "2025"."""
    if not re.search(r"\d\d", text):  # most texts, and no year
        return []
    found = [f"20{(match[1] or match[2] or match[3] or match[4])[-2:]}{kind}{HALVES.get(match[5], match[5].lstrip('0'))}"
             for pattern, kind in PARTS for match in pattern.finditer(text)]
    found += [f"20{match[2]}{kind}{match[1]}" for pattern, kind in TURNED for match in pattern.finditer(text)]
    found += [f"20{match[1] or match[2] or match[3]}" for match in SHORT.finditer(text)]
    return list(dict.fromkeys([*found, *(period[:4] for period in found)]))


def year_parts(text: str) -> set[str]:
    """The parts of years that a text names, without the years themselves."""
    return {period for period in periods(text) if len(period) > 4}


def without_periods(text: str) -> str:
    """A text without the parts of years that it names."""
    for pattern in (*(pattern for pattern, _ in (*PARTS, *TURNED)), SHORT):
        text = pattern.sub(" ", text)
    return text


def parts_of(period: str) -> set[str]:
    """The words that name a part of a year when it is written out: 2025, 년, 2, 분기."""
    unit = {"q": {"분기"}, "h": {"상반기" if period.endswith("1") else "하반기", "반기"}, "m": {"월"}}.get(period[4:5], set())
    return {period[:4], period[2:4], period[5:], "년", *unit} - {""}
