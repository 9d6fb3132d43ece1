"""The page's own words in the language of whoever looks: what is on the page from the start follows the browser by gr.I18n,
what the server says later follows the same choice, which comes with every request."""

from collections.abc import Mapping
from typing import Any

COOKIE = "geungeo_language"  # set by page.js while a language is chosen in the settings
Words = dict[str, dict[str, str]]  # language -> key -> text


def language(request: Any) -> str:
    """"ko" or "en", as a gr.Request or a Starlette request asks for; Korean where it does not say."""
    cookies: Mapping[str, str] = request.cookies if request is not None else {}
    chosen = cookies.get(COOKIE) or (request.headers.get("accept-language", "ko") if request is not None else "ko")
    return "ko" if chosen[:2].lower() == "ko" else "en"


def merged(*parts: Words) -> Words:
    """The words of several tabs in one; a key that two of them use is an error."""
    whole: Words = {"ko": {}, "en": {}}
    for part in parts:
        for tongue, words in part.items():
            if taken := whole[tongue].keys() & words.keys():
                raise ValueError(f"words used twice: {', '.join(sorted(taken))}")
            whole[tongue] |= words
    return whole
