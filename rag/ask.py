"""`python -m rag.ask`: ask the reports, once, in a conversation, or line by line."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from rag.command import Parser, run

if TYPE_CHECKING:
    from rag.answers import Answer, Turn
    from rag.chain import Assistant

LINE_ERROR = "질문 한 줄은 {\"question\": \"...\", \"history\": [{\"question\": \"...\", \"answer\": \"...\"}]} 꼴의 JSON이어야 합니다"


def parser() -> Parser:
    parser = Parser("python -m rag.ask", "보고서에 묻고, 근거가 달린 답을 받습니다.")
    parser.add_argument("question", nargs="?", metavar="질문", help="없으면 대화를 시작합니다")
    parser.add_argument("--index", type=Path, metavar="폴더", help="색인 폴더 (기본 .index)")
    parser.add_argument("-k", type=int, metavar="수", help="답에 쓸 대목 수")
    parser.add_argument("--source", action="append", metavar="보고서", help="이 보고서에서만 찾습니다 (여러 번 쓸 수 있음)")
    parser.add_argument("--llm", metavar="모델", help="extractive, hf:이름이나-폴더, openai:주소#모델")
    output = parser.add_mutually_exclusive_group()
    output.add_argument("--json", action="store_true", help="답을 JSON으로 씁니다")
    output.add_argument("--jsonl", action="store_true", help="표준 입력의 질문마다 답 한 줄을 JSON으로 씁니다")
    return parser


def main() -> int:
    asked = parser()
    options = asked.parse_args()
    if options.jsonl and options.question is not None:
        asked.error("--jsonl은 질문을 표준 입력에서 읽습니다. 질문을 빼세요")
    from rag.settings import load

    settings = load({"index": options.index, "k": options.k, "llm": options.llm})
    if options.question is not None:
        from rag.chain import Question
        from rag.errors import WrongUsage

        if not readable(options.question):
            raise WrongUsage("질문의 글자를 읽을 수 없습니다. 터미널의 글자 방식을 UTF-8로 바꾸세요.")
        Question(options.question)  # refused before anything is loaded
    from ingest.run import open_assistant, progress_bar

    with progress_bar() as progress:
        assistant = open_assistant(settings, progress, create=options.index is None)
    sources = tuple(options.source or ())
    if options.jsonl:
        return answer_lines(assistant, sources)
    if options.question is None:
        return converse(assistant, sources)
    if options.json:
        print(json.dumps(assistant.ask(options.question, sources=sources).as_json(), ensure_ascii=False))
    else:
        show(assistant.stream(options.question, sources=sources))
    return 0


def show(answers: Iterator[Answer]) -> Answer:
    """Print an answer as it grows, then its sources; returns the last. What stands only until an LLM's sentences are
    checked is labelled, and only shown to a person."""
    from rag.answers import MEANWHILE, READING

    shown, waiting = "", False
    for answer in answers:
        if label := next((label for label in (MEANWHILE, READING) if (answer.notice or "").startswith(label)), ""):
            if sys.stdout.isatty() and not waiting:
                print(f"({label})" if label == READING else f"({label})\n{answer.text}")
                waiting = True
            continue
        if waiting:
            print("\n— 확인한 답 —")
            waiting = False
        if answer.text.startswith(shown):
            print(answer.text[len(shown):], end="", flush=True)
        else:
            print(f"\n— 확인한 답 —\n{answer.text}", end="", flush=True)
        shown = answer.text
    print()
    if answer.understood != answer.question:
        print(f"(이렇게 이해했습니다: {answer.understood})")
    if answer.notice:
        print(f"({answer.notice})")
    if answer.citations:
        print("\n근거")
    for citation in answer.citations:
        passage = citation.passage
        where = " · ".join(dict.fromkeys(filter(None, (passage.title, passage.place))))
        print(f"[{citation.number}] {where} ({passage.source})")
        print(f"    “{citation.quote}”")
        if passage.note:
            print(f"    {passage.note}")
    if not answer.found and answer.hits:
        print("\n가장 가까운 대목")
        for hit in answer.hits[:3]:
            print(f"- {hit.passage.title} · {hit.passage.place}: {hit.passage.text[:80].replace(chr(10), ' ')}…")
    return answer


def converse(assistant: Assistant, sources: tuple[str, ...]) -> int:
    """Questions at the prompt until an empty line or the end of input."""
    from rag.answers import Turn
    from rag.errors import GeungeoError

    print("질문을 쓰고 Enter를 누르세요. 빈 줄이면 끝납니다.", file=sys.stderr)
    history: list[Turn] = []
    while True:
        try:
            question = input("질문> " if sys.stdin.isatty() else "").strip()
        except EOFError:
            return 0
        if not question:
            return 0
        try:
            answer = show(assistant.stream(question, history, sources))
        except GeungeoError as error:
            print(error, file=sys.stderr)
        else:
            history.append(Turn(question, answer.text))
        print()


def answer_lines(assistant: Assistant, sources: tuple[str, ...]) -> int:
    """One answer object a line of standard input, in the same order; a line that fails gives its error."""
    from rag.errors import GeungeoError, WrongUsage

    for line in sys.stdin:
        line = line.strip().removeprefix("\ufeff")
        if not line:
            continue
        question, history = read_line(line)
        try:
            if history is None:
                raise WrongUsage(LINE_ERROR)
            result = assistant.ask(question, history, sources).as_json()
        except GeungeoError as error:
            result = {"question": question, "error": str(error)}
        print(json.dumps(result, ensure_ascii=False), flush=True)
    return 0


def read_line(line: str) -> tuple[str, list[Turn] | None]:
    """A question and its history; no history, not even an empty one, where the line does not hold what it should."""
    from rag.answers import Turn

    question = line
    try:
        asked = json.loads(line)
        turns = [Turn(turn["question"], turn["answer"]) for turn in asked.get("history") or []]
        if isinstance(asked["question"], str):
            question = asked["question"]
            if all(map(readable, (question, *(text for turn in turns for text in (turn.question, turn.answer))))):
                return question, turns
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        pass
    return question, None


def readable(text: object) -> bool:
    """Whether this is text all of which can be written; an argument or JSON may hold halves of characters."""
    return isinstance(text, str) and not any("\ud800" <= character <= "\udfff" for character in text)


if __name__ == "__main__":
    run(main)
