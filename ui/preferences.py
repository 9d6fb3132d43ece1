"""The settings tab: how answers are made, the look of the page, and the state of the index."""

from typing import Any

from ui.opening import Opening

WORDS = {"ko": {"tab_settings": "설정"}, "en": {"tab_settings": "Settings"}}


def tab(opening: Opening, word: Any, page: Any, changed: Any) -> None:
    """Fill the tab. Whatever changes how answers are made puts a new value into `changed`."""
