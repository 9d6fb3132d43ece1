"""What the page shows is safe, whatever it says."""

import re
from html import unescape

from hypothesis import given
from hypothesis import strategies as st

from rag.answers import NO_ANSWER, Answer, Citation
from rag.documents import Hit, Passage
from tests.ui.conftest import HARM
from ui.render import WORDS, Exchange, as_markdown, as_text, grouped, message, plain, sources, typed

KO = WORDS["ko"]
PIECES = [*"<>&\"'`*_[]()!#|~$@=\\-+.:/ \n\t1가a", "http://", "www.", "javascript:", "{{", "${", "<script>", "](",
          "&lt;", "[1]"]
hostile = st.lists(st.sampled_from(PIECES), max_size=30).map("".join)
texts = st.one_of(st.text(max_size=60), hostile)


def passage(text: str, **more) -> Passage:
    return Passage(**({"id": "p", "source": "s.md", "title": "제목", "page": None, "place": "머리말", "heading": "머리말",
                       "text": text, "start": 0, "end": len(text)} | more))


def answer(text: str, *citations: Citation, **more) -> Answer:
    return Answer(**({"question": "물음", "understood": "물음", "text": text, "found": bool(citations),
                      "answerer": "extractive", "citations": citations} | more))


def cite(number: int, of: Passage, start: int, end: int) -> Citation:
    return Citation(number, of, of.text[start:end], start, end)


@given(texts)
def test_plain_text_says_the_same_and_holds_no_markdown(text):
    safe = plain(text)
    assert not re.search(r"[<>`*_\[\]|~$@=\\]|&(?!#\d+;)|(?<!&)#", safe)
    assert not re.search(r"^ ?(?:[-+]|\d+[.)])|https?://|www\.", safe, re.M | re.I)
    flat = [re.sub(r"\s+", " ", line) for line in text.split("\n")]
    # what is no character by itself (NUL and the like) is not shown by a browser either
    assert re.sub(r"&#(\d+);", lambda code: chr(int(code[1])), safe) == "\n".join(flat)


@given(texts, texts, texts)
def test_nothing_of_the_input_is_markup_among_the_sources(text, title, note):
    text = text or "x"
    of = passage(text, title=title, source=title, place=note, heading=title, note=note)
    for shown in (answer("답 [1]", cite(1, of, 0, max(1, len(text) // 2)), question=title),
                  answer(NO_ANSWER, question=title, hits=(Hit(of, 1.0),))):
        html = sources(Exchange(title, shown), 1, KO)
        tags = set(re.findall(r"<[^>]*>", html))
        assert all(re.fullmatch(r"</?(?:bdi|div|section|header|h3|p|b|mark|a|pre(?: hidden)?)(?: (?:id|class|title|href|tabindex|data-n|target|rel)="
                                r"'(?:[\w\s#가-힣-]*|(?:report|original)\?[\w%=.~+&;#-]*)')*>", tag) for tag in tags), tags
        assert text in unescape(re.sub(r"<[^>]*>", "", html))


def test_markers_lead_to_their_own_turn_and_other_brackets_are_text():
    of = passage("가나다라")
    text = message(Exchange("물음", answer("가나 [1] 각주[7]\n- 다라 [2]", cite(1, of, 0, 2), cite(2, of, 2, 4))), 3, KO)
    assert text.count("](#cit-3-") == 2 and "(#cit-3-1 \"근거 1 보기\")" in text and "&#91;7&#93;" in text
    assert text.split("\n\n")[1].startswith("- 다라 ")


def test_what_else_is_said_is_said():
    shown = answer(NO_ANSWER, understood="<물음>", notice="왜냐하면", hits=(Hit(passage("가"), 1.0),))
    text = message(Exchange("물음", shown, remark="멈춤"), 1, KO)
    for words in ("이렇게 이해했습니다: &#60;물음&#62;", "왜냐하면", "멈춤", "](#near-1)"):
        assert words in text
    assert sources(Exchange("물음"), 1, KO) == "" and message(Exchange("물음", remark="찾는 중"), 1, KO) == "<small>찾는 중</small>"


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 5)), max_size=6))
def test_citations_of_a_passage_share_a_card_unless_they_overlap(spans):
    of = passage("가나다라마바사아자차카타파하")
    citations = [cite(n, of, start, start + length) for n, (start, length) in enumerate(spans, 1)]
    groups = grouped(citations)
    assert sorted(c.number for group in groups for c in group) == [c.number for c in citations]
    for group in groups:
        ordered = sorted(group, key=lambda c: c.start)
        assert all(a.end <= b.start for a, b in zip(ordered, ordered[1:], strict=False))
    if citations:
        html = sources(Exchange("물음", answer("답", *citations)), 1, KO)
        marks = re.findall(r"<mark id='cit-1-(\d+)'[^>]*>([^<]*)</mark>", html)
        assert {int(n): words for n, words in marks} == {c.number: c.quote for c in citations}


def test_an_attack_is_only_shown():
    of = passage(HARM)
    html = sources(Exchange(HARM, answer(f"{HARM} [1]", cite(1, of, 0, len(HARM)), question=HARM)), 1, KO)
    assert "<script" not in html and "<img" not in html and HARM in unescape(html)
    assert not re.search(r"<(?!/?small>)", message(Exchange(HARM, answer(f"{HARM} [1]", cite(1, of, 0, 5))), 1, KO))


@given(texts)
def test_what_is_edited_is_what_was_typed(text):
    shown = plain(text)
    assert plain(typed(shown)) == shown or "\x00" in text


def test_a_table_and_headings_of_an_answer_are_shown_as_such():
    of = passage("가나다라")
    lines = "### 반도체\n|  | 내용 |\n| --- | --- |\n| 하나 | 가나 [1] |\n| <b>둘 | 다라 [2] |\n다릅니다. [1]"
    shown = message(Exchange("물음", answer(lines, cite(1, of, 0, 2), cite(2, of, 2, 4))), 1, KO).split("\n\n")
    assert shown[0] == "#### 반도체" and shown[2].startswith("다릅니다.")
    head, rule, first, second = shown[1].split("\n")
    assert (head, rule) == ("|  | 내용 |", "|---|---|") and "#cit-1-1" in first and second.startswith("| &#60;b&#62;둘 | 다라 [")


def test_an_answer_for_a_mail_and_a_conversation_for_a_file_name_their_sources():
    of = passage("가나 <다>\n라", place="12쪽")
    shown = answer("가나 [1]", cite(1, of, 0, 8), notice="덧붙임")
    assert as_text(shown) == "가나 [1]\n덧붙임\n\n출처\n[1] 제목, 12쪽 (s.md)\n    “가나 <다>\n라”"
    text = as_markdown([Exchange("*물음*", shown), Exchange("둘", remark="멈춤")])
    assert text.startswith("## &#42;물음&#42;\n\n가나 &#91;1&#93;\n\n> &#91;1&#93; 제목, 12쪽 (s.md)") and "“가나 &#60;다&#62; 라”" in text
    assert text.endswith("## 둘\n\n멈춤\n") and "#cit" not in text
