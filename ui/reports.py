"""The reports tab: what is in the index, and putting reports in, looking at them, taking them out."""

from typing import Any

from ui.opening import Opening

WORDS = {"ko": {"tab_reports": "보고서"}, "en": {"tab_reports": "Reports"}}


def tab(opening: Opening, word: Any, page: Any, changed: Any) -> None:
    """Fill the tab. Whatever changes the reports puts a new value into `changed`."""
