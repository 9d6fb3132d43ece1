"""How fast the page is: `python -m tests.bench.page [--index DIR] [--people 10] [--questions 10]` (default: a new index of corpus/).

Prints the time from `python -m ui` to an answering server and to a first screen that can be typed into (Chromium, median of 3
starts), and the time that each of `--people` gradio_client sessions, all at once, waits for each of its questions. On a busy
machine all of it takes longer; the load is printed.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.latency import QUESTIONS

STARTS = 3


def answers(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=5).close()
        return True
    except urllib.error.URLError:
        return False


@contextmanager
def served(index: Path, port: int) -> Iterator[float]:
    """The page in a process of its own; gives the seconds until it answered."""
    started = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", "ui", "--index", str(index), "--port", str(port), "--no-browser"],
                               stdout=subprocess.DEVNULL)
    try:
        while not answers(f"http://127.0.0.1:{port}"):
            if process.poll() is not None:
                raise SystemExit("the page ended")
            time.sleep(0.02)
        yield time.perf_counter() - started
    finally:
        process.terminate()
        process.wait(timeout=20)


def first_screen(browser, url: str) -> float:
    """Seconds until a visitor can type a question and sees how many reports there are."""
    page = browser.new_context(locale="ko-KR").new_page()
    started = time.perf_counter()
    page.goto(url)
    page.locator("#box textarea").fill("가")
    page.locator("#send").wait_for()
    usable = time.perf_counter() - started
    page.context.close()
    return usable


def waits(url: str, people: int, questions: int) -> list[float]:
    """Seconds of every question of so many sessions at once. Raises where an answer belongs to another question."""
    from gradio_client import Client

    clients = [Client(url, verbose=False) for _ in range(people)]
    clients[0].predict(QUESTIONS[0], api_name="/ask")
    taken: list[float] = []
    errors: list[Exception] = []

    def ask(number: int, client) -> None:
        try:
            for turn in range(questions):
                question = f"{QUESTIONS[(number + turn) % len(QUESTIONS)]}{' ' * number}"
                started = time.perf_counter()
                answer = client.predict(question, api_name="/ask")
                taken.append(time.perf_counter() - started)
                if answer["question"] != question:
                    raise AssertionError(f"{question!r} was answered with {answer['question']!r}")
        except Exception as error:  # noqa: BLE001  told by the main thread
            errors.append(error)

    threads = [threading.Thread(target=ask, args=pair) for pair in enumerate(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return sorted(taken)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--index", type=Path)
    parser.add_argument("--port", type=int, default=18860)
    parser.add_argument("--people", type=int, default=10)
    parser.add_argument("--questions", type=int, default=10)
    options = parser.parse_args()
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        index = options.index or Path(folder)
        if not options.index:
            subprocess.run([sys.executable, "-m", "ingest", "corpus", "--index", folder], check=True, capture_output=True)
        print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"])
        up, screens = [], []
        url = f"http://127.0.0.1:{options.port}"
        for _ in range(STARTS):
            with served(index, options.port) as seconds:
                up.append(seconds)
                screens.append(first_screen(browser, url))
        total = [a + b for a, b in zip(up, screens, strict=True)]
        print(f"server up {statistics.median(up):.2f} s, first screen {statistics.median(screens):.2f} s later, "
              f"together {statistics.median(total):.2f} s")
        with served(index, options.port):
            taken = waits(url, options.people, options.questions)
            print(f"{options.people} people, {len(taken)} questions: p50 {taken[len(taken) // 2]:.2f} s, "
                  f"p95 {taken[int(len(taken) * 0.95)]:.2f} s, longest {taken[-1]:.2f} s")
        browser.close()


if __name__ == "__main__":
    main()
