"""Whether a text is of the type of answer that a question expects: who is told by a name, how much by a figure in its unit."""

import re

from rag.documents import cells
from rag.names import ASKED, names_another
from rag.periods import periods
from rag.question import (
    CAUSE,
    CONTACT,
    EACH,
    FIGURE_ASKED,
    REASON,
    WHEN_TEXT,
    Wanted,
    counts,
    figures_another,
    fits,
    wanted,
)
from rag.tables import shown
from rag.wording import NUMBER

ROUGHLY = re.compile(r"^(?:약|총|모두)\s*")
LASTING = re.compile(r"일$|일수|기간|기한|시기|시간|시점|날$|때$")  # a column that tells when, or how long
DATED = re.compile(r"연도|년도|날짜|시기|(?<!\d)[년월일]$")  # a column of dates


def of_type(question: str, text: str, row: bool = False) -> bool:
    """Whether a text, or a `row` of a table, may answer: a time where one is asked for, a count in its unit, a number that the question
    does not give itself, how to reach someone, a name."""
    want, each = wanted(question), EACH.search(question)
    contact = next((tells for asked, tells in CONTACT if asked.search(question)), None)
    return not (want.kind == "date" and not fits(want, text) and not WHEN_TEXT.search(text) and not periods(text) and not (row and _tells_when(text))
                or want.unit and not each and not (row and row_counts(want, text) or counts(want, text))
                or want.kind == "number" and FIGURE_ASKED.search(question) and not figures_another(question, text)
                or contact and not contact.search(text)
                or want.kind in ("person", "other") and not each and not row and ASKED.search(question) and not names_another(question, text))


def tells_why(question: str, text: str) -> bool:
    """Whether a text may tell a cause, where one is asked for."""
    return not REASON.search(question) or bool(CAUSE.search(text))


def _tells_when(row: str) -> bool:
    return any(LASTING.search(re.sub(r"\(.*?\)", "", name).strip()) and re.search(r"\d", value) for name, value in cells(row))


def row_counts(want: Wanted, row: str) -> bool:
    """Whether a cell of a row is a bare figure, whose unit stands over its column, and is what is asked for, or elsewhere."""
    bare = ((name, ROUGHLY.sub("", value.strip("'‘’`()~ "))) for name, value in cells(row) if not DATED.search(name))
    figures = [shown(name, value)[1] for name, value in bare if NUMBER.fullmatch(value)]
    return any(NUMBER.fullmatch(figure) or counts(want, figure) for figure in figures)
