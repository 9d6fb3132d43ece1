"""Make the PDF and the HWPX of corpus/ from their Markdown: `python -m tests.make_samples` (needs Chromium).

The sources stay in corpus/.source, a hidden folder that ingest passes over.
"""

import shutil
import sys
from pathlib import Path

from ingest.markup import FRONT_MATTER, front_matter
from tests.ingest.hwpx_writer import Hwpx, Table

CORPUS = Path(__file__).parent.parent / "corpus"
RESTATED = "다시 쓴 예시 보고서"
STYLE = """
@page { size: A4; margin: 22mm 20mm }
body { font: 10.5pt/1.65 'Nanum Myeongjo', NanumMyeongjo, serif; word-break: keep-all }
h1 { font-size: 16pt } h2 { font-size: 15pt } h3 { font-size: 12.5pt } h4 { font-size: 11pt }
table { border-collapse: collapse; width: 100%; margin: 8pt 0; font-size: 9.5pt }
th, td { border: 0.7pt solid #333; padding: 3pt 5pt; vertical-align: top; text-align: left } th { background: #eee }
tr, h1, h2, h3, h4 { break-inside: avoid } h2, h3, h4 { break-after: avoid }
.note { color: #555; font-size: 9pt }
"""


def parts(source: Path) -> tuple[dict[str, str], str]:
    """(front matter, Markdown) of a source."""
    text = source.read_text(encoding="utf-8")
    front = FRONT_MATTER.match(text)
    assert front, source
    return front_matter(front[1]), text[front.end():]


def names(about: dict[str, str]) -> str:
    return " · ".join(about[key] for key in ("author", "organization", "date") if key in about)


def pdf(source: Path, target: Path) -> None:
    """The report printed by Chromium, with page numbers at the foot."""
    from markdown_it import MarkdownIt
    from playwright.sync_api import sync_playwright

    about, text = parts(source)
    head, end, body = MarkdownIt("commonmark").enable("table").render(text).partition("</h1>")
    page = (f"<!doctype html><html lang='ko'><meta charset='utf-8'><title>{about['title']} ({RESTATED})</title>"
            f"<style>{STYLE}</style>{head} ({RESTATED}){end}<p>{names(about)}</p><p class='note'>{about['note']}</p>{body}</html>")
    footer = "<div style='font-size:8pt;width:100%;text-align:center'>- <span class='pageNumber'></span> -</div>"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        tab = browser.new_page()
        tab.set_content(page)
        tab.pdf(path=str(target), format="A4", display_header_footer=True, header_template="<div></div>",
                footer_template=footer, prefer_css_page_size=True)
        browser.close()


def hwpx(source: Path, target: Path) -> None:
    """The report as Hancom's HWPX, with the line segments by which pages are told."""
    from markdown_it import MarkdownIt

    about, text = parts(source)
    document = Hwpx(f"{about['title']} ({RESTATED})")
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    depth, numbers, rows = 0, [], []
    for before, token in zip([None, *tokens], tokens, strict=False):
        if token.type in ("bullet_list_open", "ordered_list_open"):
            depth += 1
            numbers.append(0)
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            depth -= 1
            numbers.pop()
        elif token.type == "list_item_open":
            numbers[-1] += 1
        elif token.type == "tr_open":
            rows.append([])
        elif token.type == "table_close":
            document.table(Table(tuple(map(tuple, rows))))
            rows = []
        elif token.type == "inline":
            words = "".join(child.content for child in token.children or [])
            if before.type in ("th_open", "td_open"):
                rows[-1].append(words)
            elif before.type == "heading_open":
                document.heading(words, int(before.tag[1]))
                if before.tag == "h1":
                    document.paragraph(names(about))
                    document.paragraph(about["note"])
            elif depth:
                ordered = token.map and any(t.type == "ordered_list_open" and t.map[0] <= token.map[0] < t.map[1]
                                            for t in tokens if t.map)
                document.item(words, depth - 1, f"{numbers[-1]}." if ordered else None)
            else:
                document.paragraph(words)
    target.write_bytes(document.save())


def main() -> None:
    for make, kind in ((pdf, "pdf"), (hwpx, "hwpx")):
        for source in sorted((CORPUS / ".source").glob(f"*.{kind}.md")):
            target = CORPUS / source.name.removesuffix(".md")
            make(source, target)
            print(target.name, target.stat().st_size, file=sys.stderr)


if __name__ == "__main__":
    main()
