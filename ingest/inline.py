"""Inline markup -> the words that a reader sees."""

import html
import re

from rag.morphemes import normalise

IMAGE = re.compile(r"!\[([^\]]*)\]\((?:[^()\\]|\\.|\([^()]*\))*\)")
LINK = re.compile(r"\[([^\]]*)\]\(((?:[^()\\]|\\.|\([^()]*\))*)\)")
EMPTY_LINK = re.compile(r"\(?\[[^\]]*\]\(#\)\)?")
# only ASCII tag names are HTML: "<변화 너머>" is a book
TAG = re.compile(r"</?[a-zA-Z][a-zA-Z0-9]*(?:\s[^<>]*)?/?>|<!--.*?-->")


def plain(text: str) -> str:
    """`text` without emphasis, links, images and tags, entities resolved, white space single, NFC."""
    text = IMAGE.sub(lambda image: image[1] if re.search("[가-힣]{2}", image[1]) else "", text)
    text = EMPTY_LINK.sub("", text)
    text = LINK.sub(r"\1", text)
    text = TAG.sub(" ", text)
    text = re.sub(r"\*\*|~~", "", text)
    text = re.sub(r"(?<![\w`])`([^`]+)`(?!\w)", r"\1", text)
    text = html.unescape(text).replace("\\$", "$").replace("\\~", "~")
    return " ".join(normalise(text).split())
