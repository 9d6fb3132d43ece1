"""Many people at once, a first screen that comes soon, and work that ends when nobody waits for it."""

import os
import threading
import time

import pytest

from ingest.run import open_assistant
from tests.bench.page import first_screen, served
from tests.ui.conftest import free_port

PEOPLE, QUESTIONS = 10, 10
ASKED = {"한빛대교의 길이는 얼마야?": "1,240미터", "마루도서관의 어린이 열람실은 언제 쉬어?": "월요일", "한빛대교의 보수 예산은 얼마야?": "37억",
         "마루도서관의 2023년 방문자는 몇 명이야?": "96,750", "푸른곶 항로의 폭은 얼마야?": "900미터"}


def slack() -> float:
    """How many times longer than alone things may take on this machine now: there is other work on it."""
    return max(1.0, 2 * os.getloadavg()[0] / (os.cpu_count() or 1)) if hasattr(os, "getloadavg") else 4.0


def test_ten_people_ask_a_hundred_questions(url):
    from gradio_client import Client

    clients = [Client(url, verbose=False) for _ in range(PEOPLE)]
    clients[0].predict(next(iter(ASKED)), api_name="/ask")  # opened
    taken: list[float] = []
    wrong: list[str] = []

    def person(number: int) -> None:
        for turn in range(QUESTIONS):
            question, words = list(ASKED.items())[(number + turn) % len(ASKED)]
            own = question + " " * number  # nobody else asks just this
            started = time.perf_counter()
            answer = clients[number].predict(own, api_name="/ask")
            taken.append(time.perf_counter() - started)
            if answer["question"] != own or words not in answer["answer"]:
                wrong.append(f"{own!r}: {answer['question']!r}, {answer['answer']}")

    threads = [threading.Thread(target=person, args=(number,)) for number in range(PEOPLE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == [] and len(taken) == PEOPLE * QUESTIONS
    slow = sorted(taken)[int(len(taken) * 0.95)]
    print(f"p95 {slow:.2f} s")
    assert slow < 2 * slack()


def test_the_first_screen_comes_soon(chromium, index):
    port = free_port()
    with served(index, port) as up:
        screen = first_screen(chromium, f"http://127.0.0.1:{port}")
    assert screen < 2 * slack() and up + screen < 8 * slack()


class Endless:
    """An assistant whose answers grow for ever."""

    def __init__(self, assistant):
        self.assistant, self.begun, self.ended = assistant, threading.Event(), threading.Event()

    def stream(self, question, history=(), sources=()):
        answer = self.assistant.ask(question, history, sources)
        try:
            while True:
                yield answer
                self.begun.set()
                time.sleep(0.05)
        finally:
            self.ended.set()


@pytest.fixture
def endless(opening):
    """A page in this process whose every answer is endless: the assistant, and the page's address."""
    opening.assistant = Endless(open_assistant(opening.settings, create=False))
    opening.done.set()
    return opening.assistant, opening.url


@pytest.mark.parametrize("way", ["stop", "close"])
def test_the_work_ends_within_a_second(chromium, endless, way):
    assistant, url = endless
    context = chromium.new_context(locale="ko-KR")
    page = context.new_page()
    page.goto(url)
    page.locator("#box textarea").fill("한빛대교의 길이는 얼마야?")
    page.locator("#box textarea").press("Enter")
    assert assistant.begun.wait(30)
    page.locator("#chat .bot.message", has_text="1,240미터").wait_for()
    page.wait_for_timeout(500)
    started = time.perf_counter()
    if way == "stop":
        page.locator("#stop").click()
    else:
        page.close()
    assert assistant.ended.wait(20)
    taken = time.perf_counter() - started
    context.close()
    print(f"{way}: the work ended after {taken:.2f} s")
    assert taken < 1 * slack()
