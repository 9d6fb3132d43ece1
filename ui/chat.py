"""The chat tab: a conversation at the left, the exact words that ground it at the right."""

from collections.abc import Iterator
from html import escape
from typing import Any

from ingest.run import status as index_status
from rag.errors import GeungeoError
from ui import past, preferences, records, render, talk
from ui.opening import Opening
from ui.render import Exchange, messages, sources
from ui.talk import Asking, Talk, answering
from ui.words import Words, language, merged

WORDS: Words = merged({
    "ko": {"placeholder": "보고서에 대해 물어보세요", "send": "보내기", "stop": "중지", "new": "새 대화", "question": "질문", "chat": "대화",
           "welcome": "보고서에 대해 무엇이든 물어보세요. 답마다 근거가 된 구절을 함께 보여 드립니다.",
           "hint": "답에 달린 [1] 같은 번호를 누르면, 그 말이 나온 보고서의 대목이 여기에 보입니다.",
           "more": "보고서 고르기 · 요약 · 비교", "scope": "찾을 보고서 (비우면 모두)", "summarise": "고른 보고서 요약", "compare": "고른 보고서 비교",
           "topic": "비교할 주제", "choose_one": "요약할 보고서를 하나 고르세요.", "choose_two": "비교할 보고서를 둘 넘게 고르고 주제를 쓰세요.",
           "summary_of": "「{}」 요약", "comparison": "「{}」 비교: {}", "number_of_reports": "보고서 {:,}건",
           "no_reports": "색인에 보고서가 없습니다. '보고서' 탭에서 넣어 주세요.", "note": "한마디 (선택)",
           "note_hint": "무엇이 맞거나 틀렸나요? '정답: …'이라고 쓰면 평가 문제가 됩니다", "choose": "모델 고르기", "keep": "저장", "thanks": "고맙습니다. 이 컴퓨터에만 저장했습니다."},
    "en": {"placeholder": "Ask about the reports", "send": "Send", "stop": "Stop", "new": "New chat", "question": "Question",
           "chat": "Chat", "welcome": "Ask anything about the reports. Every answer shows the words it rests on.",
           "hint": "Select a number such as [1] in an answer to see here the exact words of the report.",
           "more": "Choose reports · summarise · compare", "scope": "Reports to search (none: all)", "summarise": "Summarise the report",
           "compare": "Compare the reports", "topic": "Topic to compare", "choose_one": "Choose one report to summarise.",
           "choose_two": "Choose two or more reports and write a topic.", "summary_of": "Summary of “{}”",
           "comparison": "“{}” compared: {}", "number_of_reports": "{:,} reports",
           "no_reports": "There are no reports yet: add some in the tab “Reports”.", "note": "Note (optional)",
           "note_hint": "What is right or wrong?", "choose": "choose a model", "keep": "Keep", "thanks": "Thank you. Kept on this computer only."},
}, past.WORDS, render.WORDS, talk.WORDS)
# a new question leaves the sources of an older answer, without a scroll of the page
FORGET_TARGET = """(...given) => {
  typing.asks();
  location.replace(new URL("#-", location.href));
  document.querySelector("#right").scrollTop = 0;
  return given;
}"""

READER = ("<button id='reader-close' type='button'>← 근거 · Grounds</button>"
          "<iframe name='reader' title='보고서 · Report' sandbox='allow-same-origin allow-popups allow-top-navigation-by-user-activation'>"
          "</iframe>")


def tab(opening: Opening, word: Any, page: Any, line: Any, changed: Any) -> None:
    """Fill the tab. `changed` is a gr.State whose value changes with the reports or settings, `line` says how many reports
    there are."""
    import gradio as gr

    index = opening.settings.index

    def busy(working: bool) -> list[Any]:
        return [gr.Button(visible=not working), gr.Button(visible=working, interactive=True)]

    def shown(exchanges: tuple[Exchange, ...], words: dict[str, str]) -> list[Any]:
        """A whole conversation."""
        return ["", [m for n, e in enumerate(exchanges, 1) for m in messages(e, n, words)],
                "".join(sources(e, n, words) for n, e in enumerate(exchanges, 1)), exchanges, *busy(False)]

    def respond(question: str, before: tuple[Exchange, ...], talk: Talk, asking: Asking,
                request: gr.Request) -> Iterator[list[Any]]:
        """What a question changes on the page, as its answer grows: of the earlier answers nothing is made again."""
        if not question.strip() or talk.running:
            yield [gr.skip()] * len(outputs)
            return
        talk.running, talk.stopping = True, False
        conversation = talk.conversation = talk.conversation or past.fresh()
        words, turn = WORDS[language(request)], len(before) + 1
        _, said, grounds, *_ = shown(before, words)
        latest, exchange = "", Exchange(question)
        try:
            for n, exchange in enumerate(answering(opening, question.strip(), asking, before, talk, words)):
                latest, old = sources(exchange, turn, words), latest
                yield [gr.skip() if n else "", [*said, *messages(exchange, turn, words)], grounds + latest if latest != old or not n else gr.skip(),
                       (*before, exchange), *busy(exchange.busy)]
        finally:
            talk.running = False
        try:
            past.keep(index, past.owner(request), conversation, (*before, exchange))
        except GeungeoError as error:
            gr.Warning(str(error))

    def put(question: str, before: tuple[Exchange, ...], talk: Talk, scope: list[str] | None, request: gr.Request) -> Iterator[list[Any]]:
        text = question.strip()
        yield from respond(question, before, talk, lambda assistant, history: assistant.stream(text, history, scope or ()), request)

    def retry(before: tuple[Exchange, ...], talk: Talk, scope: list[str] | None,
              request: gr.Request, event: gr.RetryData) -> Iterator[list[Any]]:
        turn = _turn(event.index)
        yield from put(before[turn].question, before[:turn], talk, scope, request)

    def edit(before: tuple[Exchange, ...], talk: Talk, scope: list[str] | None,
             request: gr.Request, event: gr.EditData) -> Iterator[list[Any]]:
        yield from put(render.typed(event.value), before[:_turn(event.index)], talk, scope, request)

    def summarise(before: tuple[Exchange, ...], talk: Talk, scope: list[str] | None,
                  request: gr.Request) -> Iterator[list[Any]]:
        words = WORDS[language(request)]
        if not scope or len(scope) != 1:
            raise gr.Error(words["choose_one"], print_exception=False)
        yield from respond(words["summary_of"].format(scope[0]), before, talk, lambda assistant, _: assistant.summarise(scope[0]), request)

    def compare(topic: str, before: tuple[Exchange, ...], talk: Talk, scope: list[str] | None,
                request: gr.Request) -> Iterator[list[Any]]:
        words = WORDS[language(request)]
        if not scope or len(scope) < 2 or not topic.strip():
            raise gr.Error(words["choose_two"], print_exception=False)
        yield from respond(words["comparison"].format("」·「".join(scope), topic.strip()), before, talk,
                           lambda assistant, _: assistant.compare(scope, topic.strip()), request)

    def stop(talk: Talk) -> Any:
        talk.stopping = True
        return gr.Button(interactive=False)

    def restart(talk: Talk) -> list[Any]:
        talk.conversation = ""
        return shown((), WORDS["ko"])

    def reopen(chosen: str | None, talk: Talk, request: gr.Request) -> list[Any]:
        exchanges = past.reopened(index, past.owner(request), chosen) if chosen else ()
        if not chosen or not exchanges:
            return [gr.skip()] * len(outputs)
        talk.conversation = chosen
        return shown(exchanges, WORDS[language(request)])

    def rate(exchanges: tuple[Exchange, ...], request: gr.Request, event: gr.LikeData) -> list[Any]:
        turn, liked = _turn(event.index), event.liked if isinstance(event.liked, bool) else None
        answer = exchanges[turn].answer if turn < len(exchanges) else None
        if answer is None:
            return [gr.skip()] * 3
        records.rate(index, past.owner(request), answer.as_json(), liked)
        return [gr.Row(visible=liked is not None), "", (turn, liked)]

    def annotate(rated: tuple[int, bool], note: str, exchanges: tuple[Exchange, ...], request: gr.Request) -> Any:
        answer = exchanges[rated[0]].answer if rated and rated[0] < len(exchanges) else None
        if answer is not None:
            records.rate(index, past.owner(request), answer.as_json(), rated[1], note)
            gr.Info(WORDS[language(request)]["thanks"])
        return gr.Row(visible=False)

    def look(request: gr.Request) -> list[Any]:
        """How far the opening is; with the reports come the example questions, and the looking ends."""
        words = WORDS[language(request)]
        if not opening.done.is_set():
            _, done, of = opening.step
            bar = f"<progress max='{of}' value='{done}'></progress>" if of else "<progress></progress>"
            return [f"<p role='status'>{escape(opening.line)}</p>{bar}", gr.skip(), gr.skip(), gr.skip()]
        reports: list[dict[str, Any]] = []
        try:
            reports = index_status(opening.settings)["reports"] if opening.error is None else []
            said = str(opening.error) if opening.error else (
                words["number_of_reports"].format(len(reports)) if reports else words["no_reports"])
        except GeungeoError as error:
            said = str(error)
        how = preferences.way(opening.settings, preferences.WORDS[language(request)])
        choose = f"<a href='#tab-settings-button'>{words['choose']}</a>"
        return [f"<p role='status'>{escape(said)} · {escape(how)} · {choose}</p>", gr.Chatbot(examples=[{"text": e} for e in opening.examples]),
                gr.Timer(active=False), gr.Dropdown(choices=[(f"{r['title']} ({r['source']})", r["source"]) for r in reports])]

    def example(event: gr.SelectData) -> str:
        return event.value["text"]

    exchanges, talking, rated = gr.State(()), gr.State(Talk()), gr.State(())
    with gr.Row(elem_id="main"):
        with gr.Column(scale=3, min_width=320, elem_id="left"):
            chat = gr.Chatbot(label=word("chat"), show_label=False, placeholder=word("welcome"), height=None, buttons=[],
                              latex_delimiters=[], feedback_options=("Like", "Dislike"), allow_tags=False, editable="user",
                              layout="bubble", elem_id="chat")
            with gr.Row(visible=False, elem_id="rating") as rating:
                note = gr.Textbox(label=word("note"), placeholder=word("note_hint"), lines=1, scale=1, max_length=records.LONGEST_NOTE)
                keep = gr.Button(word("keep"), size="sm", scale=0, min_width=72)
            with gr.Row(elem_id="asking"):
                box = gr.Textbox(label=word("question"), show_label=False, container=False, lines=1, max_lines=5,
                                 placeholder=word("placeholder"), autofocus=True, scale=1, elem_id="box")
                send = gr.Button(word("send"), variant="primary", scale=0, min_width=88, elem_id="send")
                halt = gr.Button(word("stop"), variant="stop", scale=0, min_width=88, visible=False, elem_id="stop")
                new = gr.Button(word("new"), scale=0, min_width=88, elem_id="new")
            with gr.Accordion(word("more"), open=False, elem_id="more"):
                scope = gr.Dropdown(label=word("scope"), choices=[], multiselect=True, elem_id="scope")
                with gr.Row(elem_id="whole"):
                    summing = gr.Button(word("summarise"), size="sm", scale=0, min_width=140, elem_id="summarise")
                    topic = gr.Textbox(label=word("topic"), show_label=False, container=False, placeholder=word("topic"), scale=1, elem_id="topic")
                    comparing = gr.Button(word("compare"), size="sm", scale=0, min_width=140, elem_id="compare")
        with gr.Column(scale=2, min_width=320, elem_id="right"):
            gr.Markdown(word("hint"), elem_id="hint")
            gr.HTML(READER, elem_id="reader", js_on_load=None)
            panel = gr.HTML("", elem_id="sources", js_on_load=None)
    timer = gr.Timer(1)

    outputs = [box, chat, panel, exchanges, send, halt]
    quietly: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    goes_on, answered = ({"fn": None, "js": f"() => typing.{does}()", **quietly} for does in ("goesOn", "answered"))
    # another conversation is shown once the page has all of the answer in the making: its last words would come after it
    halting = {"fn": stop, "inputs": talking, "outputs": halt, "queue": False, **quietly}
    anew: dict[str, Any] = {"outputs": outputs, "js": "async (...given) => { await typing.ended(); return given; }", "queue": False, **quietly}
    streaming = {"outputs": outputs, "js": FORGET_TARGET, **quietly}
    given = [exchanges, talking, scope]
    asking: dict[str, Any] = {"fn": put, "inputs": [box, *given], **streaming}
    chosen, listed = past.sidebar(index, word, page, talking, exchanges, quietly)
    chosen.input(**halting).then(reopen, [chosen, talking], **anew).then(**goes_on)
    done = [gr.on([box.submit, send.click], **asking), chat.example_select(example, None, box, **quietly).then(**asking),
            chat.retry(retry, given, **streaming), chat.edit(edit, given, **streaming),
            summing.click(summarise, given, **streaming), comparing.click(compare, [topic, *given], **streaming)]
    for event in done:
        event.then(**answered).then(**listed)
    halt.click(**halting)
    new.click(**halting).then(restart, talking, **anew).then(**goes_on).then(**listed)
    chat.like(rate, exchanges, [rating, note, rated], **quietly)
    gr.on([keep.click, note.submit], annotate, [rated, note, exchanges], rating, **quietly)
    gr.on([page.load, timer.tick, changed.change], look, None, [line, chat, timer, scope], queue=False, **quietly)


def _turn(index: Any) -> int:
    """The number from 0 of the exchange that a message of the chat belongs to: a question and an answer each."""
    return (index[0] if isinstance(index, (list, tuple)) else index) // 2
