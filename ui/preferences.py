"""The settings tab: how answers are made, the look of the page, feedback, and the state of the index."""

import os
import threading
from contextlib import suppress
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from ingest.run import status
from rag.errors import GeungeoError
from rag.llm import OLLAMA, chosen, ollama
from rag.model_store import KNOWN, fetched, folder_of, partial_size, pull
from rag.settings import Settings
from ui import past, records
from ui.opening import Opening
from ui.words import language

WORDS = {
    "ko": {"tab_settings": "설정", "settings_answers": "답변 방식", "settings_way": "답변 방식: {}", "settings_extractive": "발췌 (LLM 없음)",
           "settings_here": "LLM {} (이 컴퓨터)", "settings_server": "LLM {} 서버", "settings_other": "직접 입력", "settings_fetched": "내려받음",
           "settings_to_fetch": "내려받을 수 있음", "settings_model": "{} · {} · {:.1f} GB · 메모리 {:.1f}~{:.1f} GB · {}", "settings_use": "이 방식으로 답하기",
           "settings_fetch": "내려받아 쓰기 ({:.1f} GB)", "settings_spec": "LLM 지정", "settings_fetching": "{}을(를) 내려받는 중입니다: {:.1f} / {:.1f} GB",
           "settings_opening": "{}을(를) 여는 중입니다. 그동안은 지금 방식으로 답합니다.", "settings_done": "이제 이 방식으로 답합니다.",
           "settings_failed": "바꾸지 못했습니다. 터미널에 나온 오류를 보세요.", "settings_busy": "다른 모델을 여는 중입니다. 끝난 뒤 다시 하세요.",
           "settings_about": "LLM 없이도 보고서의 문장을 그대로 옮겨 답합니다. LLM을 쓰면 문장을 새로 쓰되, 보고서와 맞는 문장만 보입니다. 모두의 답에 적용됩니다. "
                             "인터넷은 여기에서 내려받을 때만 씁니다.",
           "settings_fixed": "환경 변수 {}가 정해져 있어 여기에서 바꿀 수 없습니다.", "settings_k": "답 하나에 쓰는 대목의 수",
           "settings_look": "### 화면", "settings_language": "언어", "settings_by_browser": "브라우저 따름", "settings_theme": "밝기",
           "settings_light": "밝게", "settings_dark": "어둡게", "settings_by_system": "시스템 따름", "settings_state": "### 상태",
           "settings_check": "점검", "settings_sound": "점검했습니다. 색인의 모든 파일이 온전합니다.",
           "settings_reports": "보고서", "settings_passages": "대목", "settings_unread": "읽지 못했거나 일부만 읽은 파일", "settings_models": "내려받은 모델",
           "settings_none": "없음", "settings_index": "색인", "settings_fit": "{}세대 · {} · 쓸 수 있음", "settings_unfit": "준비 중: {}",
           "settings_last": "마지막으로 읽은 때", "settings_feedback": "### 피드백",
           "settings_rated": "좋아요 {} · 아쉬워요 {}. 이 컴퓨터에만 있습니다. 내보낸 파일은 <code>python -m rag.evaluate</code>의 질문 모음입니다(좋다고 한 답과, "
                             "메모에 “정답: …”을 적은 답).", "settings_export": "피드백 내보내기", "settings_delete": "피드백 지우기",
           "settings_sure": "정말 모두 지우기"},
    "en": {"tab_settings": "Settings", "settings_answers": "How answers are made", "settings_way": "Answers by: {}",
           "settings_extractive": "excerpts (no LLM)", "settings_here": "LLM {} (this computer)", "settings_server": "LLM {} on a server",
           "settings_other": "Type one in", "settings_fetched": "downloaded", "settings_to_fetch": "can be downloaded",
           "settings_model": "{} · {} · {:.1f} GB · memory {:.1f}–{:.1f} GB · {}", "settings_use": "Answer this way",
           "settings_fetch": "Download and use ({:.1f} GB)", "settings_spec": "LLM", "settings_fetching": "Downloading {}: {:.1f} / {:.1f} GB",
           "settings_opening": "Opening {}. Until then answers are made as before.", "settings_done": "Answers are now made this way.",
           "settings_failed": "That did not work. See the error in the terminal.", "settings_busy": "Another model is being opened. Try again then.",
           "settings_about": "Without an LLM, answers repeat sentences of the reports. An LLM writes its own, of which only those that the "
                             "reports bear out are shown. Applies to everybody's answers. The internet is used only to download here.",
           "settings_fixed": "The environment variable {} is set, so this cannot be changed here.", "settings_k": "Passages for an answer",
           "settings_look": "### Appearance", "settings_language": "Language", "settings_by_browser": "As the browser", "settings_theme": "Theme",
           "settings_light": "Light", "settings_dark": "Dark", "settings_by_system": "As the system", "settings_state": "### State",
           "settings_check": "Check", "settings_sound": "Checked. All files of the index are sound.",
           "settings_reports": "Reports", "settings_passages": "Passages", "settings_unread": "Files not read, or only in part",
           "settings_models": "Models downloaded", "settings_none": "none", "settings_index": "Index", "settings_fit": "generation {} · {} · fit",
           "settings_unfit": "being prepared: {}", "settings_last": "Last read", "settings_feedback": "### Feedback",
           "settings_rated": "Liked {} · disliked {}. Kept on this computer only. The file exported is a question set for <code>python -m rag.evaluate</code> "
                             "(answers that were liked, and those whose note begins with “정답: ”).", "settings_export": "Export feedback",
           "settings_delete": "Delete feedback", "settings_sure": "Really delete all"},
}
Text = dict[str, str]
MOST = 30  # passages that can be chosen here
SAVE = """(text) => {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], {type: "application/jsonl"}));
  link.download = "feedback.jsonl";
  link.click();
  return text;
}"""


@dataclass
class Job:
    """A model that is fetched and opened in the background; one at a time, for all visitors."""

    spec: str = ""
    fetching: bool = False
    running: bool = False
    error: str | None = None  # the reason; empty where the terminal tells it


def needed(settings: Settings, spec: str) -> str:
    """The short name of a model that has to be fetched before it can be used; empty for any other."""
    name = spec.removeprefix("hf:")
    return name if spec.startswith("hf:") and name in KNOWN and folder_of(settings.models, name) is None else ""


def begin(opening: Opening, job: Job, spec: str) -> None:
    """Fetch a model where that is needed, and answer with it: all in the background."""
    if job.running:
        return
    job.spec, job.running, job.error, name = spec, True, "", needed(opening.settings, spec)
    job.fetching = bool(name)

    def work() -> None:
        try:
            if name:
                pull(opening.settings.models, name)
            job.fetching = False
            opening.switch({"llm": chosen(opening.settings, spec)})
            job.error = None
        except GeungeoError as error:
            job.error = str(error)
        finally:
            job.running = False

    threading.Thread(target=work, daemon=True).start()


def way(settings: Settings, text: Text) -> str:
    """How answers are made now."""
    kind, _, name = current(settings).partition(":")
    name = Path(name).name if kind == "hf" else name.rpartition("#")[2]
    return text["settings_way"].format(text[{"extractive": "settings_extractive", "hf": "settings_here"}.get(kind, "settings_server")].format(name))


def choices(settings: Settings, text: Text) -> list[tuple[str, str]]:
    """(label, specification) of all that can answer; an empty specification is to be typed in."""
    there = fetched(settings.models)
    found = [(text["settings_extractive"], "extractive")]
    for name, model in KNOWN.items():
        state = text["settings_fetched" if folder_of(settings.models, name) else "settings_to_fetch"]
        label = text["settings_model"].format(name, state, model.gigabytes, model.gigabytes + 0.5, 2 * model.gigabytes + 0.5, model.licence)
        found.append((label, f"hf:{name}"))
    found += [(f"{repository} · {text['settings_fetched']} · {there[repository]['licence'] or '?'}", f"hf:{repository}")
              for repository in sorted(there.keys() - {known.repository for known in KNOWN.values()})]
    found += [(f"{name} · Ollama", f"openai:{OLLAMA}/v1#{name}") for name in ollama()]
    if current(settings) not in [spec for _, spec in found]:
        found.append((settings.llm, settings.llm))
    return [*found, (text["settings_other"], "")]


def current(settings: Settings) -> str:
    """The specification in force, by the short name where a model has one."""
    short = {known.repository: name for name, known in KNOWN.items()}
    return f"hf:{short.get(settings.llm[3:], settings.llm[3:])}" if settings.llm.startswith("hf:") else settings.llm


def news(opening: Opening, job: Job, text: Text) -> str:
    """What becomes of the model that was chosen, as HTML."""
    name = job.spec.removeprefix("hf:").rpartition("#")[2]
    if job.running and job.fetching:
        size, done = KNOWN[name].gigabytes, partial_size(opening.settings.models, name) / 1e9
        return _said(text["settings_fetching"].format(name, done, size), f"<progress max='{size}' value='{done}'></progress>")
    if job.running:
        return _said(text["settings_opening"].format(name), "<progress></progress>")
    return _said(text["settings_done"] if job.error is None else job.error or text["settings_failed"])


def _said(line: str, more: str = "") -> str:
    return f"<p role='status'>{escape(line)}</p>{more}"


def state(opening: Opening, text: Text) -> str:
    """The state of the index as an HTML table."""
    settings, rows = opening.settings, []
    try:
        if opening.done.is_set() and opening.error is None:
            found = status(settings)
            unread = len(found["failed"]) + sum(bool(report["unread"]) for report in found["reports"])
            last = max((report["added"] for report in found["reports"]), default=text["settings_none"]).replace("T", " ")
            rows = [("reports", f"{len(found['reports']):,}"), ("passages", f"{sum(report['passages'] for report in found['reports']):,}"),
                    ("unread", f"{unread:,}"), ("last", last),
                    ("index", text["settings_fit"].format(found["generation"], f"{occupied(settings.index) / 1e6:,.1f} MB"))]
        else:
            rows = [("index", str(opening.error) if opening.error else text["settings_unfit"].format(opening.line))]
        rows.append(("models", ", ".join(sorted(fetched(settings.models))) or text["settings_none"]))
    except GeungeoError as error:
        rows.append(("index", str(error)))
    cells = "".join(f"<tr><th scope='row'>{text[f'settings_{key}']}</th><td>{escape(value)}</td></tr>" for key, value in rows)
    return f"<table>{cells}</table>"


def occupied(folder: Path) -> int:
    """Bytes of the files in a folder, of which a writer may take some away meanwhile."""
    size = 0
    for file in folder.rglob("*"):
        with suppress(FileNotFoundError):
            size += file.stat().st_size
    return size


def tab(opening: Opening, word: Any, page: Any, changed: Any, here: Any) -> None:
    """Fill the tab, which is `here`. Whatever changes how answers are made puts a new value into `changed`."""
    import gradio as gr

    job = Job()

    def fixed(name: str) -> bool:
        return bool(os.environ.get(f"RAG_{name}"))

    def owner(request: gr.Request) -> str | None:
        """Whose feedback is shown: one's own where people log in, all of it where the page is one person's."""
        return past.owner(request) if request.username else None

    def look(request: gr.Request) -> list[Any]:
        """All of the tab as it is now; what one was about to choose is forgotten."""
        text, settings = WORDS[language(request)], opening.settings
        try:
            offered, feedback = choices(settings, text), rated(request)
        except GeungeoError as error:  # a record that cannot be read
            return [_said(str(error)), *[gr.skip()] * 12]
        spec = current(settings)
        notes = [f"<p>{escape(text['settings_fixed'].format(f'RAG_{name}'))}</p>" if fixed(name) else "" for name in ("LLM", "K")]
        return [_said(way(settings, text)), gr.Radio(choices=offered, value=spec, interactive=not fixed("LLM")), *pick(spec, request),
                notes[0] or (news(opening, job, text) if job.running else ""), gr.Timer(active=job.running),
                gr.Slider(value=settings.k, maximum=max(MOST, settings.k), interactive=not fixed("K")), notes[1], state(opening, text), *feedback]

    def pick(spec: str, request: gr.Request) -> list[Any]:
        name = needed(opening.settings, spec)
        text = WORDS[language(request)]
        label = text["settings_fetch"].format(KNOWN[name].gigabytes) if name else text["settings_use"]
        return [gr.Textbox(visible=not spec), gr.Button(label, interactive=not fixed("LLM") and (not spec or spec != current(opening.settings)))]

    def use(spec: str, typed: str, request: gr.Request) -> list[Any]:
        text = WORDS[language(request)]
        if fixed("LLM"):
            return [gr.skip()] * 3
        if job.running:
            return [_said(text["settings_busy"]), gr.skip(), gr.Timer(active=True)]
        begin(opening, job, spec or typed.strip())
        return [news(opening, job, text), gr.Button(interactive=False), gr.Timer(active=True)]

    def follow(given: int, request: gr.Request) -> list[Any]:
        """Each second while a model is fetched or opened; at its end the tab is drawn anew."""
        if job.running:
            return [news(opening, job, WORDS[language(request)]), *[gr.skip()] * (len(outputs) - 1), gr.skip()]
        fresh = look(request)
        return [news(opening, job, WORDS[language(request)]), *fresh[:4], *fresh[5:], given + 1]

    def passages(k: float | None, given: int) -> list[Any]:
        if fixed("K") or not k or k == opening.settings.k:
            return [gr.skip(), gr.skip()]
        try:
            opening.switch({"k": min(max(int(k), 1), MOST)})
        except GeungeoError as error:
            return [_said(str(error)), gr.skip()]
        return ["", given + 1]

    def check(request: gr.Request) -> list[str]:
        text = WORDS[language(request)]
        try:
            opening.result().index.check()
        except GeungeoError as error:
            return [_said(str(error)), state(opening, text)]
        return [_said(text["settings_sound"]), state(opening, text)]

    def rated(request: gr.Request) -> list[Any]:
        kept = records.feedback(opening.settings.index, owner(request))
        up = sum(one["liked"] for one in kept)
        return [f"<p>{WORDS[language(request)]['settings_rated'].format(up, len(kept) - up)}</p>", gr.Button(interactive=bool(kept)),
                gr.Button(visible=bool(kept)), gr.Button(visible=False)]

    def exported(request: gr.Request) -> str:
        return records.as_questions(opening.settings.index, owner(request))

    def delete(request: gr.Request) -> list[Any]:
        records.delete_feedback(opening.settings.index, owner(request))
        return rated(request)

    def html(id: str) -> Any:
        return gr.HTML("", elem_id=id, js_on_load=None)

    with gr.Column(elem_id="settings"):
        line = html("way")
        gr.Markdown(word("settings_about"), elem_classes="about")
        choice = gr.Radio([], label=word("settings_answers"), show_label=False, elem_id="choice")
        spec = gr.Textbox(label=word("settings_spec"), placeholder="openai:http://127.0.0.1:11434/v1#qwen3:4b", visible=False, elem_id="spec")
        button = gr.Button(word("settings_use"), variant="primary", elem_id="use")
        told = html("told")
        k = gr.Slider(1, MOST, step=1, label=word("settings_k"), buttons=[], elem_id="k")
        told_k = html("told-k")
        gr.Markdown(word("settings_look"))
        speech = gr.Radio([(word("settings_by_browser"), ""), ("한국어", "ko"), ("English", "en")], label=word("settings_language"), elem_id="language")
        theme = gr.Radio([(word(f"settings_{name}"), value) for name, value in (("by_system", "system"), ("light", "light"), ("dark", "dark"))],
                         label=word("settings_theme"), elem_id="theme")
        gr.Markdown(word("settings_state"))
        table = html("state")
        checking = gr.Button(word("settings_check"), elem_id="check")
        checked = html("checked")
        gr.Markdown(word("settings_feedback"))
        count = html("rated")
        with gr.Row():
            export = gr.Button(word("settings_export"), elem_id="export")
            remove = gr.Button(word("settings_delete"), elem_id="delete-feedback")
            sure = gr.Button(word("settings_sure"), variant="stop", visible=False, elem_id="sure")
        text = gr.Textbox(visible=False)
    timer = gr.Timer(1, active=False)

    feedback = [count, export, remove, sure]
    outputs = [line, choice, spec, button, told, timer, k, told_k, table, *feedback]
    quietly: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    at_once = quietly | {"queue": False}
    here.select(look, None, outputs, **at_once)
    here.select(None, None, [speech, theme], js="() => [settings.language(), settings.theme()]", **quietly)
    choice.input(pick, choice, [spec, button], **at_once)
    button.click(use, [choice, spec], [told, button, timer], **at_once)
    timer.tick(follow, changed, [told, line, choice, spec, button, *outputs[5:], changed], **at_once)
    k.input(passages, [k, changed], [told_k, changed], preprocess=False, trigger_mode="always_last", **quietly)
    speech.input(None, speech, None, js="(language) => settings.speak(language)", **quietly)
    theme.input(None, theme, None, js="(theme) => settings.wear(theme)", **quietly)
    checking.click(check, None, [checked, table], **quietly | {"show_progress": "minimal"})
    export.click(exported, None, text, **at_once).then(None, text, None, js=SAVE, **quietly)
    remove.click(lambda: gr.Button(visible=True), None, sure, **at_once)
    sure.click(delete, None, feedback, **at_once)
