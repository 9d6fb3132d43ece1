"""The chat tab: a conversation at the left, the exact words that ground it at the right."""

import time
from collections.abc import Iterator
from html import escape
from typing import Any

from ui.opening import Opening
from ui.render import Exchange, messages, sources
from ui.talk import Talk, answering

WORDS = {
    "ko": {"placeholder": "보고서에 대해 물어보세요", "send": "보내기",
           "stop": "중지", "new": "새 대화", "question": "질문", "chat": "대화",
           "welcome": "보고서에 대해 무엇이든 물어보세요. 답마다 근거가 된 구절을 함께 보여 드립니다.",
           "hint": "답에 달린 [1] 같은 번호를 누르면, 그 말이 나온 보고서의 대목이 여기에 보입니다."},
    "en": {"placeholder": "Ask about the reports", "send": "Send", "stop": "Stop", "new": "New chat", "question": "Question",
           "chat": "Chat", "welcome": "Ask anything about the reports. Every answer shows the words it rests on.",
           "hint": "Select a number such as [1] in an answer to see here the exact words of the report."},
}
# a new question leaves the sources of an older answer, without a scroll of the page
FORGET_TARGET = """(...given) => {
  location.replace(new URL("#-", location.href));
  document.querySelector("#right").scrollTop = 0;
  return given;
}"""


def tab(opening: Opening, word: Any, page: Any, status: Any, changed: Any) -> None:
    """Fill the tab. `changed` is a gr.State whose value changes with the reports or settings, `status` the line that says how
    many reports there are."""
    import gradio as gr

    def shown(exchanges: tuple[Exchange, ...], box: Any = None) -> list[Any]:
        busy = bool(exchanges) and exchanges[-1].busy
        return [gr.skip() if box is None else box, messages(exchanges), sources(exchanges), exchanges,
                gr.Button(visible=not busy), gr.Button(visible=busy, interactive=True)]

    def respond(question: str, before: tuple[Exchange, ...], talk: Talk) -> Iterator[list[Any]]:
        if not question.strip() or talk.running:
            yield [gr.skip()] * len(outputs)
            return
        talk.running, talk.stopping = True, False
        try:
            for n, exchange in enumerate(answering(opening, question.strip(), before, talk)):
                yield shown((*before, exchange), None if n else "")
        finally:
            talk.running = False

    def stop(talk: Talk) -> Any:
        talk.stopping = True
        return gr.Button(interactive=False)

    def restart(talk: Talk) -> list[Any]:
        talk.stopping = True
        for _ in range(100):  # else the last words of the old conversation could come after the new one began
            if not talk.running:
                break
            time.sleep(0.1)
        return shown((), "")

    def look() -> list[Any]:
        """How far the opening is; with the reports come the example questions, and the looking ends."""
        if not opening.done.is_set():
            _, done, of = opening.step
            bar = f"<progress max='{of}' value='{done}'></progress>" if of else "<progress></progress>"
            return [f"<p role='status'>{escape(opening.line)}</p>{bar}", gr.skip(), gr.skip()]
        line = str(opening.error) if opening.error else f"보고서 {opening.reports:,}건"
        if not opening.error and not opening.reports:
            line = "색인에 보고서가 없습니다. 넣기: python -m ingest 보고서-폴더"
        return [f"<p role='status'>{escape(line)}</p>", gr.Chatbot(examples=[{"text": e} for e in opening.examples]),
                gr.Timer(active=False)]

    def example(event: gr.SelectData) -> str:
        return event.value["text"]

    exchanges, talk = gr.State(()), gr.State(Talk())
    with gr.Row(elem_id="main"):
        with gr.Column(scale=3, min_width=320, elem_id="left"):
            chat = gr.Chatbot(label=word("chat"), show_label=False, placeholder=word("welcome"), height=None,
                              buttons=[], latex_delimiters=[], feedback_options=None, allow_tags=False,
                              layout="bubble", elem_id="chat")
            with gr.Row(elem_id="asking"):
                box = gr.Textbox(label=word("question"), show_label=False, container=False, lines=1, max_lines=5,
                                 placeholder=word("placeholder"), autofocus=True, scale=1, elem_id="box")
                send = gr.Button(word("send"), variant="primary", scale=0, min_width=88, elem_id="send")
                halt = gr.Button(word("stop"), variant="stop", scale=0, min_width=88, visible=False, elem_id="stop")
                new = gr.Button(word("new"), size="sm", scale=0, min_width=96, elem_id="new")
        with gr.Column(scale=2, min_width=320, elem_id="right"):
            gr.Markdown(word("hint"), elem_id="hint")
            panel = gr.HTML("", elem_id="sources", js_on_load=None)
    timer = gr.Timer(1)

    outputs = [box, chat, panel, exchanges, send, halt]
    quietly: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    asking: dict[str, Any] = {"fn": respond, "inputs": [box, exchanges, talk], "outputs": outputs,
                              "js": FORGET_TARGET, **quietly}
    gr.on([box.submit, send.click], **asking)
    chat.example_select(example, None, box, **quietly).then(**asking)
    halt.click(stop, talk, halt, queue=False, **quietly)
    new.click(restart, talk, outputs, queue=False, **quietly)
    gr.on([page.load, timer.tick, changed.change], look, None, [status, chat, timer], queue=False, **quietly)
