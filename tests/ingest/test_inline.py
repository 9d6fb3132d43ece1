"""What a reader sees of inline markup."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.inline import plain, single


@pytest.mark.parametrize(("markup", "words"), [
    ("**굵게** 쓴 말은 ~~지운~~ 말이다", "굵게 쓴 말은 지운 말이다"),
    ("[네이버](https://www.naver.com)는 2월에", "네이버는 2월에"),
    ("[생성AI.pdf](%E1%84%89%E1%85%A2%20AI,%20(1)%20a/%25E1%2584.pdf) 참고", "생성AI.pdf 참고"),
    ("👉 링크드인([LINK](#))", "👉 링크드인"),
    ("![Untitled](a.png)그림 없이", "그림 없이"),
    ("![분기별 매출](a(1).png)", "분기별 매출"),
    ("[앞 [뒤](주소) 끝", "[앞 뒤 끝"),
    ("<b>네이버</b>는 <span class='x'>AI</span>를", "네이버는 AI를"),
    ("첫째<br/>둘째<BR>셋째", "첫째 둘째 셋째"),
    ('<ul style="list-style-type: none"> ● 하나 <li>둘</li><li>셋</li></ul>', "● 하나 둘 셋"),
    ("<변화 너머>와 <The Bible>라는 책", "<변화 너머>와 <The Bible>라는 책"),
    ("A<B 이고 B>C", "A<B 이고 B>C"),
    ("R&amp;D와 S&P, &lt;표 1&gt;", "R&D와 S&P, <표 1>"),
    ("`rag.ask`와 5`분", "rag.ask와 5`분"),
    (r"\$10 미만 1\~2위", "$10 미만 1~2위"),
    ("a\u00a0b\u3000c\t d", "a b c d"),
    ("AI\u200b\ufeff 시대\u00ad", "AI 시대"),
    ("\u1112\u1161\u11ab\u1100\u1173\u11af", "한글"),
])
def test_plain(markup, words):
    assert plain(markup) == words


@given(st.text("가나다라 마바사.,:()-0123456789abc", max_size=60))
@settings(max_examples=100)
def test_text_without_markup_stays_as_it_is_and_is_not_changed_twice(text):
    assert plain(text) == " ".join(text.split())
    assert plain(plain(text)) == plain(text)


@given(st.text(max_size=80))
@settings(max_examples=100)
def test_plain_is_one_line_and_single_is_idempotent(text):
    assert "\n" not in plain(text)
    assert "  " not in plain(text)
    assert single(single(text)) == single(text)


@pytest.mark.parametrize("part", ["[", "[](", "![", "<a ", "(", "`", "[x](y", "<b a", "[]((", "[a](b(c"])
def test_a_megabyte_of_broken_markup_takes_no_time(part):
    start = time.monotonic()
    plain(part * (300_000 // len(part)))
    assert time.monotonic() - start < 5
