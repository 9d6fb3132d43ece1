"""`python -m ui`: the page on which reports are asked, in the browser on this machine."""

import errno
import os
import signal
import socket
import sys
import time
import webbrowser
from pathlib import Path

from rag.command import Parser, run
from rag.errors import WrongUsage
from ui.guard import LOCAL

FIRST_PORT, PORTS = 7860, 100
DRAWN = 1.2  # seconds in which a first visitor's page is drawn, which opening the assistant would hold up


def parser() -> Parser:
    parser = Parser("python -m ui", "보고서에 묻는 화면을 이 컴퓨터의 브라우저에 엽니다.")
    parser.add_argument("--index", type=Path, metavar="폴더", help="색인 폴더 (기본 .index)")
    parser.add_argument("--host", default=LOCAL[0], metavar="주소", help=f"열 주소 (기본 {LOCAL[0]})")
    parser.add_argument("--port", type=int, metavar="번호", help=f"포트 (기본 {FIRST_PORT}부터 비어 있는 것)")
    parser.add_argument("--no-browser", action="store_true", help="브라우저를 저절로 열지 않습니다")
    action = parser.add_mutually_exclusive_group()
    action.add_argument("--add-user", metavar="이름", help="이름과 비밀번호로 들어올 사람을 더하거나, 비밀번호를 바꿉니다")
    action.add_argument("--remove-user", metavar="이름", help="그 사람을 더는 들이지 않습니다")
    return parser


def main() -> int:
    options = parser().parse_args()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signal_number, signal.default_int_handler)
    try:
        if options.add_user or options.remove_user:
            return change_user(options.index, options.add_user, options.remove_user)
        return open_page(options.index, options.host, options.port, browser=not options.no_browser)
    except KeyboardInterrupt:
        return 0


def change_user(index: Path | None, new: str | None, old: str | None) -> int:
    """Change the file of those who may log in; a page that is being served takes notice."""
    from rag.settings import load
    from ui import users

    file = users.file_of(load({"index": index}))
    if new:
        users.add(file, new, users.asked_password())
        print(f"이제 들어올 수 있습니다: {new} ({file}). 다른 컴퓨터에서도 쓰게 열기: python -m ui --host 0.0.0.0")
    elif old:
        users.remove(file, old)
        print(f"이제 들어올 수 없습니다: {old}")
    return 0


def open_page(index: Path | None, host: str, wanted: int | None, browser: bool) -> int:
    """Serve until a signal ends it; an index that cannot be opened ends it too."""
    from rag.settings import load
    from ui import users

    settings = load({"index": index})
    if not users.required(settings) and host not in LOCAL:
        raise WrongUsage(f"비밀번호 없이는 이 컴퓨터에서만 열 수 있습니다. {host}에 열려면 먼저 들어올 사람을 정하세요: {users.ADD}")
    port = free_port(host, wanted)
    if index is not None:
        from rag import store

        store.connect(index).close()  # refused before anything is served
    keep_to_ourselves(settings.index, host)
    from ui.opening import Opening
    from ui.page import serve

    opening = Opening(settings, create=index is None)
    page = serve(opening, host, port)
    opening.start(after=DRAWN)
    try:
        address = address_of({"0.0.0.0": LOCAL[0], "::": LOCAL[2]}.get(host, host), port)
        others = f", 다른 컴퓨터에서는 {address_of(socket.gethostname(), port)}" if host in ("0.0.0.0", "::") else ""
        print(f"브라우저에서 여세요: {address}{others}  (끝내기: Ctrl+C)", flush=True)
        if browser and desktop():
            webbrowser.open(address)
        opening.result()
        while True:
            time.sleep(3600)
    finally:
        page.close(verbose=False)


def address_of(host: str, port: int) -> str:
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def desktop() -> bool:
    """Whether somebody sits here who started us from a terminal and has a browser on the screen."""
    display = os.name == "nt" or sys.platform == "darwin" or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    far = os.environ.get("SSH_CONNECTION") or os.environ.get("CI")
    return bool(sys.stdout and sys.stdout.isatty() and display and not far)


def free_port(host: str, wanted: int | None) -> int:
    """The port to listen on: the one that is wanted, or else the first that is free."""
    if wanted is not None and not 1 <= wanted <= 65535:
        raise WrongUsage(f"포트는 1에서 65535 사이여야 합니다: {wanted}")
    for port in range(FIRST_PORT, FIRST_PORT + PORTS) if wanted is None else [wanted]:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            if os.name == "posix":  # elsewhere the option would let us take a port that is in use
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
                return port
            except OSError as error:
                if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                    raise
    which = f"{FIRST_PORT}-{FIRST_PORT + PORTS - 1}" if wanted is None else str(wanted)
    raise WrongUsage(f"이미 쓰이고 있거나 쓸 수 없는 포트입니다: {which}. 다른 번호를 주세요: python -m ui --port 7900")


def keep_to_ourselves(index: Path, host: str = LOCAL[0]) -> None:
    """Set up gradio, before it is imported, to reach and write nothing outside this machine and the index folder."""
    for name in [name for name in os.environ if name.startswith("GRADIO_")]:
        del os.environ[name]  # meant for another program; one of them could share the page with the world
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ["GRADIO_TEMP_DIR"] = str((index / "tmp").resolve())
    local = ",".join((*LOCAL, host))
    for name in ("NO_PROXY", "no_proxy"):  # gradio asks its own address whether it is up
        os.environ[name] = f"{os.environ[name]},{local}" if os.environ.get(name) else local


if __name__ == "__main__":
    run(main)
