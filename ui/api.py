"""HTTP endpoints for other programs: plain JSON, beside those that gradio makes."""

import json
from collections.abc import AsyncIterator, Callable, Generator
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import anyio
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from ingest import run
from ingest.sync import Tally
from ingest.uploads import upload
from rag.answers import Answer, Turn
from rag.chain import make_chain
from rag.errors import GeungeoError, IndexBusy, UnknownSource, WrongUsage
from rag.settings import convert
from ui.guard import refusal
from ui.opening import Opening

AT_ONCE, FILES = 10, 200  # requests being worked on, of programs; files of one request
STATUS: dict[type[Exception], int] = {WrongUsage: 400, UnknownSource: 404, IndexBusy: 409}  # of all other errors of ours: 503
FORM = ('{"question": "...", "history": [{"question": "...", "answer": "..."}], "sources": ["..."], "k": 8} 꼴의 JSON이어야 합니다. '
        'question만 있으면 됩니다.')
T = TypeVar("T")


def refused(request: Request, error: Exception) -> Response:
    """An error of ours as an answer."""
    return refusal(STATUS.get(type(error), 503), " ".join(str(error).split()))


def routes(opening: Opening) -> list[Route]:
    """The endpoints, for the app that serves the page."""
    limiter = anyio.CapacityLimiter(AT_ONCE)

    async def work(function: Callable[..., T], *arguments: Any) -> T:
        """Call what takes a while in a thread of our own share, so that the page keeps its threads."""
        return await anyio.to_thread.run_sync(partial(function, *arguments), limiter=limiter)

    async def growing(answers: Generator[Answer], request: Request) -> AsyncIterator[Answer]:
        """Answers as they grow, for as long as somebody waits for them."""
        try:
            while answer := await work(next, answers, None):
                yield answer
                if await request.is_disconnected():
                    return
        finally:
            with anyio.CancelScope(shield=True):
                await work(answers.close)

    async def ask(request: Request) -> Response:
        given = await _json(request)
        try:
            turns = [Turn(_text(turn["question"]), _text(turn["answer"])) for turn in given.get("history") or []]
            sources, question = [_text(source) for source in given.get("sources") or []], _text(given["question"])
            if given.keys() - {"question", "history", "sources", "k"}:
                raise ValueError
        except (KeyError, TypeError, ValueError) as error:
            raise WrongUsage(FORM) from error
        if not opening.done.is_set():
            return refusal(503, f"{opening.line} 잠시 뒤에 다시 물으세요.")
        assistant = opening.result()
        if given.get("k") is not None:
            k = replace(opening.settings, k=convert("k", given["k"])).k
            assistant = replace(assistant, chain=make_chain(assistant.index, assistant.embedder, assistant.answerer, k))
        answers = growing(assistant.stream(question, turns, sources), request)
        if "text/event-stream" in request.headers.get("accept", ""):
            return StreamingResponse(_events(answers), media_type="text/event-stream")
        grown = [answer async for answer in answers]
        return JSONResponse(grown[-1].as_json())

    async def take_in(request: Request) -> Response:
        settings = opening.settings
        if not request.headers.get("content-type", "").startswith("multipart/form-data"):
            if await _json(request):
                raise WrongUsage("파일을 multipart/form-data로 보내거나, 아는 폴더를 다시 맞추려면 빈 {}를 보내세요.")
            tally: Tally = await work(run.ingest, settings, [])
        else:
            (settings.index / "tmp").mkdir(parents=True, exist_ok=True)
            with TemporaryDirectory(dir=settings.index / "tmp") as folder:
                files = await _files(request, folder, settings.upload_mb * 1_000_000)
                if isinstance(files, Response):
                    return files
                tally = await work(upload, settings, files)
        failed = [{"source": source, "reason": reason} for source, reason in tally.failed]
        return JSONResponse(vars(tally) | {"failed": failed})

    async def reports(request: Request) -> Response:
        status = await work(run.status, opening.settings)
        if request.scope["user"]:  # where things lie on this machine is nothing for others
            status = {key: value for key, value in status.items() if key not in ("index", "folders")}
        return JSONResponse(status)

    async def remove(request: Request) -> Response:
        name = request.query_params.get("source", "")
        await work(run.show, opening.settings, name)  # raises UnknownSource
        removed = await work(run.remove, opening.settings, name)
        return JSONResponse({"removed": removed})

    return [Route("/api/ask", ask, methods=["POST"]), Route("/api/ingest", take_in, methods=["POST"]),
            Route("/api/reports", reports, methods=["GET"]), Route("/api/reports", remove, methods=["DELETE"])]


async def _json(request: Request) -> dict[str, Any]:
    """The object that a request holds. Raises WrongUsage where it holds something else, or text that cannot be written."""
    try:
        given = json.loads(await request.body() or b"{}")
        json.dumps(given, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise WrongUsage(f"JSON을 읽을 수 없습니다({error}).") from error
    if not isinstance(given, dict):
        raise WrongUsage(FORM)
    return given


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


async def _events(answers: AsyncIterator[Answer]) -> AsyncIterator[str]:
    """Growing answers as server-sent events; an error is the last of them, of type "error"."""
    try:
        async for answer in answers:
            yield f"data: {json.dumps(answer.as_json(), ensure_ascii=False)}\n\n"
    except GeungeoError as error:
        yield f"event: error\ndata: {json.dumps({'error': str(error)}, ensure_ascii=False)}\n\n"


async def _files(request: Request, folder: str, largest: int) -> list[tuple[str, Path]] | Response:
    """The files of a request, put into `folder`, with the names they came by; an answer where they will not do."""
    from gradio.route_utils import GradioMultiPartParser

    try:
        form = await GradioMultiPartParser(request.headers, request.stream(), max_files=FILES, max_fields=20, upload_dir=folder,
                                           max_file_size=largest).parse()
    except MultiPartException as error:
        if "File size" in error.message:
            return refusal(413, f"너무 큰 파일이 있습니다. 파일 하나는 {largest // 1_000_000:,}MB까지 받습니다.")
        if "Too many files" in error.message:
            return refusal(413, f"파일이 너무 많습니다. 한 번에 {FILES}개까지 받습니다.")
        return refusal(400, "파일을 읽을 수 없습니다. multipart/form-data로 보내세요.")
    files = []
    for _, item in form.multi_items():
        if not isinstance(item, str):
            item.file.close()
            files.append((item.filename or "", Path(str(item.file.name))))
    return files or refusal(400, "보낸 파일이 없습니다.")
