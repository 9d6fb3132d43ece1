"""Make the PDF and the HWPX of corpus/ from their Markdown: `python -m tests.make_samples` (needs Chromium).

The sources stay in corpus/.source, a hidden folder that ingest passes over.
"""

import shutil
import sys
from pathlib import Path

from ingest.markup import FRONT_MATTER, front_matter

CORPUS = Path(__file__).parent.parent / "corpus"
STYLE = """
@page { size: A4; margin: 22mm 20mm }
body { font: 10.5pt/1.65 'Nanum Myeongjo', NanumMyeongjo, serif; word-break: keep-all }
h1 { font-size: 19pt } h2 { font-size: 15pt } h3 { font-size: 12.5pt } h4 { font-size: 11pt }
table { border-collapse: collapse; width: 100%; margin: 8pt 0; font-size: 9.5pt }
th, td { border: 0.7pt solid #333; padding: 3pt 5pt; vertical-align: top; text-align: left } th { background: #eee }
tr, h1, h2, h3, h4 { break-inside: avoid } h2, h3, h4 { break-after: avoid }
.note { color: #555; font-size: 9pt }
"""


def html(source: Path) -> str:
    """The report as a page to print: its front matter under the title, then the text."""
    from markdown_it import MarkdownIt

    text = source.read_text(encoding="utf-8")
    front = FRONT_MATTER.match(text)
    assert front
    about = front_matter(front[1])
    body = MarkdownIt("commonmark").enable("table").render(text[front.end():])
    names = " · ".join(str(about[key]) for key in ("author", "organization", "date") if key in about)
    head, end, rest = body.partition("</h1>")
    return (f"<!doctype html><html lang='ko'><meta charset='utf-8'><title>{about['title']}</title>"
            f"<style>{STYLE}</style>{head}{end}<p>{names}</p><p class='note'>{about['note']}</p>{rest}</html>")


def print_pdf(page: str, target: Path) -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        tab = browser.new_page()
        tab.set_content(page)
        footer = "<div style='font-size:8pt;width:100%;text-align:center'>- <span class='pageNumber'></span> -</div>"
        tab.pdf(path=str(target), format="A4", display_header_footer=True, header_template="<div></div>",
                footer_template=footer, prefer_css_page_size=True)
        browser.close()


def main() -> None:
    for source in sorted((CORPUS / ".source").glob("*.pdf.md")):
        target = CORPUS / source.name.removesuffix(".md")
        print_pdf(html(source), target)
        print(target.name, target.stat().st_size, file=sys.stderr)


if __name__ == "__main__":
    main()
