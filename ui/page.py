"""The page: its header, its tabs, and the server that shows them."""

from pathlib import Path
from typing import Any

from rag.answers import Turn
from rag.errors import GeungeoError
from ui import chat, preferences, reading, reports
from ui.opening import Opening
from ui.words import merged

AT_ONCE = 10  # answers in the making; an answer from the reports' words takes 0.1 s, and an LLM queues by itself
MB = 1_000_000
FONT = ("Pretendard", "Noto Sans KR", "Noto Sans CJK KR", "Apple SD Gothic Neo", "Malgun Gothic", "NanumGothic",
        "sans-serif")
WORDS = {"ko": {"tagline": "보고서의 정확한 구절을 근거로 답합니다", "tab_chat": "질문"},
         "en": {"tagline": "Answers grounded in the exact words of your reports", "tab_chat": "Ask"}}
TEXTS = merged(WORDS, chat.WORDS, reports.WORDS, preferences.WORDS)


def build(opening: Opening, login: bool = False) -> Any:
    """The page over what `opening` opens, as gradio Blocks, with a way out where there is a `login`. Every visitor's
    conversation is in their own session."""
    import gradio as gr

    word: Any = gr.I18n(**TEXTS)

    def ask(question: str, history: list | None = None, source: str | None = None) -> dict:
        """The answer to a question as JSON; `history` is [{"question", "answer"}], `source` limits it to a report."""
        try:
            turns = [Turn(str(turn["question"]), str(turn["answer"])) for turn in history or []]
        except (KeyError, TypeError) as error:
            raise gr.Error("history는 [{\"question\": \"...\", \"answer\": \"...\"}] 꼴이어야 합니다.") from error
        try:
            return opening.result().ask(question, turns, (source,) if source else ()).as_json()
        except GeungeoError as error:
            raise gr.Error(str(error)) from error

    with gr.Blocks(title="근거", fill_height=True, fill_width=True, analytics_enabled=False,
                   delete_cache=(3600, 86400)) as page:  # seconds: files that were given and not used
        changed = gr.State(0)
        with gr.Row(elem_id="top", equal_height=True):
            gr.HTML("<h1>근거</h1>", elem_id="name", js_on_load=None)
            gr.Markdown(word("tagline"), elem_id="tagline")
            status = gr.HTML("", elem_id="status", js_on_load=None)
            if login:
                gr.HTML("<a href='/logout' style='font-size: 14px'>로그아웃</a>", elem_id="logout", js_on_load=None)
        with gr.Tabs(elem_id="tabs"):
            with gr.Tab(word("tab_chat"), id="chat", elem_id="tab-chat"):
                chat.tab(opening, word, page, status, changed)
            with gr.Tab(word("tab_reports"), id="reports", elem_id="tab-reports"):
                reports.tab(opening, word, page, changed)
            with gr.Tab(word("tab_settings"), id="settings", elem_id="tab-settings") as here:
                preferences.tab(opening, word, page, changed, here)
        gr.api(ask, api_name="ask")
    return page


def serve(opening: Opening, host: str, port: int) -> Any:
    """Serve the page from threads of its own; returns the Blocks, to be closed."""
    import gradio as gr
    from gradio import processing_utils
    from starlette.middleware import Middleware

    from ui import api, users
    from ui.early import Early
    from ui.guard import Guard, nowhere
    from ui.login import Door

    processing_utils.async_ssrf_protected_get = nowhere
    settings = opening.settings
    door = Door(users.file_of(settings)) if users.required(settings) else None
    style, script = (Path(__file__).with_name(name).read_text("utf-8") for name in ("style.css", "page.js"))
    page = build(opening, login=door is not None)
    page.queue(default_concurrency_limit=AT_ONCE)
    page.launch(
        server_name=f"[{host}]" if ":" in host else host, server_port=port, prevent_thread_lock=True, quiet=True,
        share=False, allowed_paths=[], ssr_mode=False, mcp_server=False, run_history=False, enable_monitoring=False,
        footer_links=[], max_file_size=settings.upload_mb * MB, auth_dependency=lambda request: request.scope["user"], i18n=gr.I18n(**TEXTS),
        # what `css` is given, gradio rewrites; the answers are Korean, whatever language the page is in
        head=f"<style>{style}</style><script>document.documentElement.lang = 'ko'</script>",
        theme=gr.themes.Base(primary_hue="teal", neutral_hue="slate", radius_size="md", font=FONT,
                             font_mono=("D2Coding", "NanumGothicCoding", "monospace")),
        app_kwargs={"middleware": [Middleware(Guard, door, settings.upload_mb * MB), Middleware(Early, script=script)],
                    "routes": [*api.routes(opening), *reading.routes(settings)], "exception_handlers": {GeungeoError: api.refused}})
    return page
