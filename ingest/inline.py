"""Inline markup -> the words that a reader sees."""

import html
import re

from rag.morphemes import normalise

IMAGE = re.compile(r"!\[([^\[\]]*)\]\((?:[^()\\]|\\.|\([^()]*\))*\)")
LINK = re.compile(r"\[([^\[\]]*)\]\(((?:[^()\\]|\\.|\([^()]*\))*)\)")
EMPTY_LINK = re.compile(r"\(?\[[^\[\]]*\]\(#\)\)?")
# only what HTML knows is a tag: "<변화 너머>" and "<The Bible>" are books
TAG = r"</?(?:%s)(?:\s+[a-zA-Z][^<>]*)?\s*/?>"
WITHIN_WORD = re.compile(TAG % "a|abbr|b|big|code|del|em|font|i|ins|kbd|mark|s|small|span|strike|strong|sub|sup|u", re.I)
BETWEEN_WORDS = re.compile(TAG % (
    "aside|blockquote|br|center|col|colgroup|dd|details|div|dl|dt|figcaption|figure|h[1-6]|hr|iframe|img|li|ol|p|pre|"
    "section|summary|table|tbody|td|tfoot|th|thead|tr|ul|video"), re.I)


def plain(text: str) -> str:
    """`text` without emphasis, links, images and tags, entities resolved, white space single, NFC."""
    text = IMAGE.sub(lambda image: image[1] if re.search("[가-힣]{2}", image[1]) else "", text)
    text = EMPTY_LINK.sub("", text)
    text = LINK.sub(r"\1", text)
    text = BETWEEN_WORDS.sub(" ", WITHIN_WORD.sub("", text))
    text = re.sub(r"\*\*|~~", "", text)
    text = re.sub(r"(?<![a-zA-Z0-9`])`([^`]+)`(?![a-zA-Z0-9])", r"\1", text)
    text = html.unescape(text).replace("\\$", "$").replace("\\~", "~")
    return single(text)


def single(text: str) -> str:
    """`text` in one line, white space single, NFC."""
    return " ".join(normalise(text).split())
