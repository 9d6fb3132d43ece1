"""Draws the README's pictures of the page again: `python -m tests.make_pictures`. Wants chromium and a Korean font."""

import argparse
import shutil
import tempfile
from pathlib import Path

from ingest.run import ingest
from rag.settings import SAMPLES, Settings
from tests.ui.conftest import ARGUMENTS, answers, end, free_port, start

PICTURES = Path(__file__).parent.parent / "ui" / "pictures"
QUESTION = "챗GPT는 출시 5일 만에 이용자가 몇 명이 됐어?"


def main() -> None:
    argparse.ArgumentParser(description=__doc__).parse_args()
    from playwright.sync_api import sync_playwright

    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        index, port = Path(folder) / "index", free_port()
        ingest(Settings(index=index), [SAMPLES])
        process = start("--index", index, "--port", port)
        address = f"http://127.0.0.1:{port}"
        answers(address, process)
        chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        for name, size, dark in (("page", (1280, 800), False), ("phone", (390, 844), False), ("dark", (1280, 800), True)):
            context = browser.new_context(locale="ko-KR", viewport={"width": size[0], "height": size[1]}, color_scheme="dark" if dark else "light")
            page = context.new_page()
            page.goto(address)
            page.locator("#box textarea").fill(QUESTION)
            page.locator("#box textarea").press("Enter")
            page.locator("#chat .bot.message a").first.click(timeout=60_000)
            page.locator("#cit-1-1").wait_for()
            if name == "dark":
                page.locator(".card .ways a").first.click()
                page.frame_locator("#reader iframe").locator("mark").first.wait_for()
            page.wait_for_timeout(1500)
            page.screenshot(path=PICTURES / f"{name}.png")
            if name == "page":
                page.get_by_role("tab", name="보고서").click()
                page.wait_for_timeout(1500)
                page.screenshot(path=PICTURES / "reports.png")
            context.close()
        browser.close()
        end(process)


if __name__ == "__main__":
    main()
