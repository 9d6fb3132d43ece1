"""The reports tab: what is in the index, and putting reports in, looking at them, taking them out."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from html import escape
from pathlib import Path
from typing import Any
from unicodedata import normalize

from ingest import run
from ingest.sync import Tally
from ingest.uploads import upload
from ingest.writer import Progress
from rag.errors import GeungeoError
from ui.opening import Opening
from ui.reading import address
from ui.words import language

MORE = 100  # reports shown at first
LOOK = 3  # seconds between looks at what other visitors and programs do to the index
WORDS = {
    "ko": {"tab_reports": "보고서", "reports_upload": "보고서 파일을 여기에 놓거나 눌러서 고르세요",
           "reports_search": "제목이나 파일 이름으로 찾기", "reports_align": "폴더와 맞추기", "reports_more": "모두 보기",
           "reports_again": "다시 읽기", "reports_replace": "새 파일로 바꾸기", "reports_remove": "빼기",
           "reports_sure": "정말 빼기", "reports_keep": "그만두기",
           "reports_title": "보고서", "reports_kind": "종류", "reports_pages": "쪽", "reports_passages": "대목",
           "reports_date": "넣은 날", "reports_state": "상태", "reports_read": "읽음", "reports_partly": "일부만 읽음",
           "reports_unread": "읽지 못함", "reports_count": "보고서 {:,}건", "reports_found": "{:,}건 찾음",
           "reports_bad": "읽지 못한 파일 {:,}건", "reports_none": "그런 보고서가 없습니다.",
           "reports_opening": "보고서를 여는 중입니다.",
           "reports_choose": "보고서를 고르면 읽은 글이 여기에 보입니다.", "reports_open": "새 창에서 보기", "reports_working": "읽고 있습니다.", "reports_gone": "뺐습니다: {}",
           "reports_ask_upload": "색인에서 빼고, 올린 파일도 지웁니다.",
           "reports_ask_folder": "색인에서만 뺍니다. 파일은 폴더에 그대로 있으므로 폴더와 맞추면 다시 들어옵니다.",
           "reports_folder": "폴더에 있는 보고서는 폴더에서 바꾼 뒤 ‘폴더와 맞추기’를 누르세요.",
           "reports_tally": "새로 {} · 바뀜 {} · 빠짐 {} · 그대로 {}", "reports_failed": "읽지 못한 파일"},
    "en": {"tab_reports": "Reports", "reports_upload": "Drop report files here, or select to choose them",
           "reports_search": "Find by title or file name", "reports_align": "Match folders", "reports_more": "Show all",
           "reports_again": "Read again", "reports_replace": "Replace with a new file", "reports_remove": "Remove",
           "reports_sure": "Remove it", "reports_keep": "Keep it",
           "reports_title": "Report", "reports_kind": "Kind", "reports_pages": "Pages", "reports_passages": "Passages",
           "reports_date": "Added", "reports_state": "State", "reports_read": "Read", "reports_partly": "Partly read",
           "reports_unread": "Not read", "reports_count": "{:,} reports", "reports_found": "{:,} found",
           "reports_bad": "{:,} files not read", "reports_none": "There is no such report.",
           "reports_opening": "Opening the reports.",
           "reports_choose": "Choose a report to see here its text as it was read.", "reports_open": "Open in a new window", "reports_working": "Reading.", "reports_gone": "Removed: {}",
           "reports_ask_upload": "It leaves the index, and the uploaded file is deleted.",
           "reports_ask_folder": "It leaves the index only. Its file stays in the folder and comes in again when folders are matched.",
           "reports_folder": "A report of a folder is changed in the folder; then select ‘Match folders’.",
           "reports_tally": "new {} · changed {} · removed {} · the same {}", "reports_failed": "Files not read"},
}
CHOOSE = """element.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-source]");
  if (!button) return;
  for (const row of element.querySelectorAll("[aria-current]")) row.removeAttribute("aria-current");
  button.setAttribute("aria-current", "true");
  trigger("select", {source: button.dataset.source});
})"""
# on a narrow screen what was chosen stands below the list
GO = "() => { if (innerWidth < 769) setTimeout(() => document.querySelector('#report').scrollIntoView(), 100); }"
# a button that has just been made visible comes into the document a little later
FOCUS = """() => {
  const focus = (id, tries) => {
    const button = document.getElementById(id);
    if (button) button.focus(); else if (tries) setTimeout(focus, 50, id, tries - 1);
  };
  focus("%s", 60);
}"""
Words = Mapping[str, str]
Rows = Sequence[dict[str, Any]]


def tab(opening: Opening, word: Any, page: Any, changed: Any) -> None:
    """Fill the tab. Whatever changes the reports puts a new value into `changed`."""
    import gradio as gr

    settings = opening.settings

    def look(seen: Any) -> list[Any]:
        try:
            now: tuple[bool, Any] = (opening.done.is_set(), run.version(settings))
        except GeungeoError as error:
            now = (opening.done.is_set(), str(error))
        if now == seen:
            return [gr.skip(), gr.skip()]
        return [now, time.time()]

    def refresh(text: str, source: str, request: gr.Request, limit: int | None = MORE) -> list[Any]:
        words = WORDS[language(request)]
        try:
            rows = rows_of(settings)
        except GeungeoError as error:
            line = str(error) if opening.done.is_set() else words["reports_opening"]
            return [f"<p role='status'>{escape(line)}</p>", gr.Button(visible=False), *panel((), "", words)]
        found = matching(rows, text or "")  # of a tab that was never open comes None
        return [table(rows, found[:limit], len(found), source, words), gr.Button(visible=len(found[:limit]) < len(found)),
                *panel(rows, source, words, None)]  # what is just being asked is not taken away

    def every(text: str, source: str, request: gr.Request) -> list[Any]:
        return refresh(text, source, request, None)

    def panel(rows: Rows, source: str, words: Words, asking: bool | None = False) -> list[Any]:
        row = next((row for row in rows if row["source"] == source), None)
        uploaded = row is not None and row["uploaded"]
        return [row["source"] if row else "", details(row, words), gr.Row(visible=row is not None),
                gr.skip() if asking is None and row else gr.Row(visible=bool(asking)),
                f"<p>{words['reports_ask_upload' if uploaded else 'reports_ask_folder']}</p>",
                gr.UploadButton(visible=uploaded), viewer(row)]

    def choose(event: gr.EventData, request: gr.Request) -> list[Any]:
        return panel(rows_of(settings), event._data["source"], WORDS[language(request)])

    def confirm(source: str, request: gr.Request) -> list[Any]:
        return panel(rows_of(settings), source, WORDS[language(request)], asking=True)

    def change(work: Callable[[Progress], Tally | str], request: gr.Request) -> Iterator[dict[Any, Any]]:
        words = WORDS[language(request)]
        for html in working(work, words):
            yield {progress: html}
        yield {changed: time.time(), files: None}

    def put(given: list[dict], request: gr.Request) -> Iterator[dict[Any, Any]]:
        yield from change(lambda show: taken(given, [file["orig_name"] or "" for file in given], show), request)

    def replace(given: dict, source: str, request: gr.Request) -> Iterator[dict[Any, Any]]:
        name = Path(source).stem + Path(given["orig_name"] or "").suffix

        def work(show: Progress) -> Tally:
            tally = taken([given], [name], show)
            if Path(name).suffix != Path(source).suffix and not tally.failed:
                run.remove(settings, source, show)
            return tally

        yield from change(work, request)

    def taken(given: Sequence[dict], names: Sequence[str], show: Progress) -> Tally:
        places = [Path(file["path"]) for file in given]  # gradio has seen to it that these are uploads
        try:
            return upload(settings, list(zip(names, places, strict=True)), show)
        finally:
            for place in places:
                place.unlink(missing_ok=True)
                with suppress(OSError):  # another file of that content
                    place.parent.rmdir()

    def again(source: str, request: gr.Request) -> Iterator[dict[Any, Any]]:
        yield from change(lambda show: run.read_again(settings, source, show), request)

    def align(request: gr.Request) -> Iterator[dict[Any, Any]]:
        yield from change(lambda show: run.ingest(settings, [], show), request)

    def remove(source: str, request: gr.Request) -> Iterator[dict[Any, Any]]:
        yield from change(lambda show: run.remove(settings, source, show), request)

    chosen, seen = gr.State(""), gr.State(None)
    with gr.Row(elem_id="reports"):
        with gr.Column(scale=3, min_width=320, elem_id="reports-left"):
            files = gr.File(label=word("reports_upload"), show_label=False, file_count="multiple", height=140, elem_id="reports-upload")
            progress = gr.HTML("", elem_id="reports-progress", js_on_load=None, apply_default_css=False)
            with gr.Row(elem_id="reports-tools"):
                box = gr.Textbox(label=word("reports_search"), placeholder=word("reports_search"), show_label=False,
                                 container=False, scale=1, elem_id="reports-search")
                matching_folders = gr.Button(word("reports_align"), size="sm", scale=0, min_width=130, elem_id="reports-align")
            listing = gr.HTML("", elem_id="reports-list", js_on_load=CHOOSE, apply_default_css=False)
            further = gr.Button(word("reports_more"), size="sm", visible=False, elem_id="reports-more")
        with gr.Column(scale=2, min_width=320, elem_id="report"):
            about = gr.HTML("", elem_id="report-about", js_on_load=None, apply_default_css=False)
            with gr.Row(visible=False, elem_id="report-actions") as actions:
                reading = gr.Button(word("reports_again"), size="sm", scale=0, min_width=90, elem_id="report-again")
                new = gr.UploadButton(word("reports_replace"), size="sm", scale=0, min_width=130, elem_id="report-replace")
                out = gr.Button(word("reports_remove"), size="sm", scale=0, min_width=70, elem_id="report-remove")
            with gr.Row(visible=False, elem_id="report-asking") as asking:
                question = gr.HTML("", elem_id="report-question", js_on_load=None, apply_default_css=False)
                sure = gr.Button(word("reports_sure"), size="sm", variant="stop", scale=0, min_width=90, elem_id="report-sure")
                keep = gr.Button(word("reports_keep"), size="sm", scale=0, min_width=90, elem_id="report-keep")
            text = gr.HTML("", elem_id="report-text", js_on_load=None, apply_default_css=False)
    timer = gr.Timer(LOOK)

    quietly: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    of_panel = [chosen, about, actions, asking, question, new, text]
    gr.on([page.load, timer.tick], look, seen, [seen, changed], **quietly)  # queued, else no change of a state is told
    for happens, shown in ((changed.change, refresh), (box.change, refresh), (further.click, every)):
        happens(shown, [box, chosen], [listing, further, *of_panel], queue=False, **quietly)
    listing.select(choose, None, of_panel, queue=False, **quietly).then(None, js=GO, **quietly)
    out.click(confirm, chosen, of_panel, queue=False, **quietly).then(None, js=FOCUS % "report-sure", **quietly)
    keep.click(lambda: gr.Row(visible=False), None, asking, queue=False, **quietly).then(
        None, js=FOCUS % "report-remove", **quietly)
    done = [progress, changed, files]
    files.upload(put, files, done, preprocess=False, **quietly)
    new.upload(replace, [new, chosen], done, preprocess=False, **quietly)
    reading.click(again, chosen, done, **quietly)
    sure.click(remove, chosen, done, **quietly)
    matching_folders.click(align, None, done, **quietly)


def rows_of(settings: Any) -> Rows:
    """All reports and all files that could not be read, by name; `failed` says why."""
    found = run.status(settings)
    failed = {failure["source"]: failure["reason"] for failure in found["failed"]}
    rows = [{**report, "failed": "", "reasons": [*report["unread"], *filter(None, [failed.pop(report["source"], "")])]}
            for report in found["reports"]]
    rows += [{"source": failure["source"], "title": Path(failure["source"]).name, "pages": None, "passages": 0, "added": "",
              "uploaded": failure["uploaded"], "failed": failure["reason"], "reasons": [failure["reason"]]}
             for failure in found["failed"] if failure["source"] in failed]
    return sorted(rows, key=lambda row: row["source"])


def matching(rows: Rows, text: str) -> Rows:
    """The rows in whose title or name every word of `text` occurs."""
    words = normalize("NFC", text).casefold().split()
    return [row for row in rows if all(word in f"{row['title']} {row['source']}".casefold() for word in words)]


def state(row: dict[str, Any], words: Words) -> str:
    kind = "unread" if row["failed"] else "partly" if row["reasons"] else "read"
    return f"<span class='state {kind}'>{words[f'reports_{kind}']}</span>"


def table(rows: Rows, shown: Rows, found: int, source: str, words: Words) -> str:
    """The list as HTML: of all `rows` those `shown`, the first of so many found; `source` is the chosen one."""
    bad = sum(bool(row["failed"]) for row in rows)
    line = [words["reports_count"].format(len(rows) - bad), *([words["reports_bad"].format(bad)] if bad else []),
            *([words["reports_found"].format(found)] if found < len(rows) else [])]
    heads = "".join(f"<th scope='col'>{words[f'reports_{name}']}</th>"
                    for name in ("title", "kind", "pages", "passages", "date", "state"))
    lines = "".join(
        f"<tr><th scope='row'><button type='button' data-source='{escape(row['source'])}'"
        f"{' aria-current=true' if row['source'] == source else ''}>{escape(row['title'])}</button>"
        f"<small>{escape(row['source'])}</small></th><td>{escape(Path(row['source']).suffix[1:].upper())}</td>"
        f"<td data-label='{words['reports_pages']}'>{row['pages'] or ''}</td>"
        f"<td data-label='{words['reports_passages']}'>{row['passages'] or ''}</td>"
        f"<td>{escape(row['added'][:10])}</td><td>{state(row, words)}</td></tr>" for row in shown)
    if not shown:
        return f"<p role='status'>{' · '.join(line)}</p><p>{words['reports_none']}</p>"
    return f"<p role='status'>{' · '.join(line)}</p><table><thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table>"


def details(row: dict[str, Any] | None, words: Words) -> str:
    """What is known of the chosen report, above its text."""
    if row is None:
        return f"<p class='hint'>{words['reports_choose']}</p>"
    link = "" if row["failed"] else (
        f"<a href='{escape(address(row['source']))}' target='_blank' rel='noopener'>{words['reports_open']}</a>")
    reasons = "".join(f"<li>{escape(reason)}</li>" for reason in row["reasons"])
    hint = "" if row["uploaded"] else f"<p class='hint'>{words['reports_folder']}</p>"
    return f"<h3>{escape(row['title'])}</h3><p>{state(row, words)} {link}</p><ul>{reasons}</ul>{hint}"


def viewer(row: dict[str, Any] | None) -> str:
    """The report as it was read, in a frame, which is loaded anew when the report was read anew."""
    if row is None or row["failed"]:
        return ""
    return f"<iframe src='{escape(address(row['source']))}&amp;{row['id']}' title='{escape(row['title'])}'></iframe>"


def working(work: Callable[[Progress], Tally | str], words: Words) -> Iterator[str]:
    """Do the work in a thread of its own, which ends it even if nobody looks any more; HTML of how far it is, and at
    last of what came of it."""
    now, shown = ("", 0, 0), None

    def show(step: str, done: int, of: int) -> None:
        nonlocal now
        now = (step, done, of)

    pool = ThreadPoolExecutor(1)
    future = pool.submit(work, show)
    pool.shutdown(wait=False)
    while not future.done():
        if now != shown:
            step, done, of = shown = now
            count = f" ({done:,}/{of:,})" if of else ""
            amount = f" max='{of}' value='{done}'" if of else ""
            label = words["reports_working"]
            yield f"<p role='status'>{label} {escape(step)}{count}</p><progress{amount} aria-label='{label}'></progress>"
        wait([future], 0.2)
    try:
        yield result(future.result(), words)
    except GeungeoError as error:
        yield f"<p role='alert'>{escape(str(error))}</p>"


def result(done: Tally | str, words: Words) -> str:
    if isinstance(done, str):
        return f"<p role='status'>{escape(words['reports_gone'].format(done))}</p>"
    line = words["reports_tally"].format(done.added, done.changed, done.removed, done.unchanged)
    failed = "".join(f"<li><b>{escape(source)}</b> {escape(reason)}</li>" for source, reason in done.failed)
    failed = f"<p role='alert'>{words['reports_failed']} {len(done.failed):,}</p><ul>{failed}</ul>" if failed else ""
    return f"<p role='status'>{line}</p>{failed}"
