"""Past conversations: kept beside the index for the browser, or the person logged in, that had them; found, opened, deleted."""

import secrets
from pathlib import Path
from typing import Any

from rag.errors import GeungeoError
from ui import records
from ui.render import Exchange, as_markdown
from ui.talk import Talk
from ui.words import Words

WORDS: Words = {
    "ko": {"past": "지난 대화", "find": "지난 대화 찾기", "delete": "고른 대화 지우기", "delete_all": "모두 지우기", "export": "이 대화 저장 (Markdown)"},
    "en": {"past": "Past chats", "find": "Find a past chat", "delete": "Delete the chosen chat", "delete_all": "Delete all",
           "export": "Save this chat (Markdown)"},
}
COOKIE = "geungeo_visitor"
SHOWN = 60  # conversations listed at once; a search finds the others
CONFIRM = "지난 대화를 모두 지울까요? (Delete all past chats?)"
SAVE = """(text) => {
  if (!text) return;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], {type: "text/markdown"}));
  link.download = "대화.md";
  link.click();
  URL.revokeObjectURL(link.href);
}"""


def owner(request: Any) -> str:
    """Whose conversations these are: the login name, else the random id that page.js gives a browser."""
    return f"user:{request.username}" if request.username else f"browser:{request.cookies.get(COOKIE, '')}"


def fresh() -> str:
    """The id of a new conversation."""
    return secrets.token_hex(8)


def keep(index: Path, owner: str, conversation: str, exchanges: tuple[Exchange, ...]) -> None:
    """Keep a conversation with all that was answered."""
    turns = [{"question": e.question, "remark": e.remark, "answer": e.answer.as_json() if e.answer else None} for e in exchanges]
    records.save_conversation(index, owner, conversation, exchanges[0].question[:80], turns)


def reopened(index: Path, owner: str, conversation: str) -> tuple[Exchange, ...]:
    """A kept conversation, its sources as they were; () where this owner has none by that id."""
    return tuple(Exchange(turn["question"], records.restored(turn["answer"]) if turn["answer"] else None, turn["remark"])
                 for turn in records.load_conversation(index, owner, conversation) or ())


def sidebar(index: Path, word: Any, page: Any, talking: Any, exchanges: Any, quietly: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """The list of past conversations at the side: (the component whose value is the chosen one's id, the event that lists them
    anew). `talking` and `exchanges` are the gr.States of the one on the page."""
    import gradio as gr

    def listing(search: str, talk: Talk, request: gr.Request) -> Any:
        try:
            found = records.conversations(index, owner(request), search or "")
        except GeungeoError as error:
            raise gr.Error(str(error), print_exception=False) from error
        choices = [(f"{title} · {updated[:16].replace('T', ' ')}", id) for id, title, updated in found[:SHOWN]]
        return gr.Radio(choices=choices, value=talk.conversation if talk.conversation in {id for _, id in choices} else None)

    def delete(chosen: str | None, request: gr.Request) -> None:
        if chosen:
            records.delete_conversation(index, owner(request), chosen)

    def delete_all(request: gr.Request) -> None:
        records.delete_all(index, owner(request))

    with gr.Sidebar(label=word("past"), open=False, width=300, elem_id="side"):
        gr.Markdown(word("past"), elem_id="past-title")
        search = gr.Textbox(label=word("find"), show_label=False, container=False, placeholder=word("find"), elem_id="past-find")
        chosen = gr.Radio(choices=[], label=word("past"), show_label=False, container=False, elem_id="past")
        export = gr.Button(word("export"), size="sm", elem_id="past-export")
        remove = gr.Button(word("delete"), size="sm", elem_id="past-delete")
        clear = gr.Button(word("delete_all"), size="sm", variant="stop", elem_id="past-clear")
    text = gr.Textbox(visible="hidden", elem_id="export-text")
    listed: dict[str, Any] = {"fn": listing, "inputs": [search, talking], "outputs": chosen, **quietly}
    page.load(**listed)
    search.change(**listed)
    remove.click(delete, chosen, None, **quietly).then(**listed)
    clear.click(delete_all, None, None, js=f"(...given) => {{ if (!confirm({CONFIRM!r})) throw new Error('kept'); return given; }}", **quietly).then(**listed)
    export.click(as_markdown, exchanges, text, **quietly).then(None, text, None, js=SAVE)
    return chosen, listed
