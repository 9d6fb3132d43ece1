"""`python -m ui`: the page on which reports are asked, in the browser on this machine."""

import errno
import os
import signal
import socket
import time
from pathlib import Path

from rag.command import Parser, run
from rag.errors import WrongUsage
from ui.guard import LOCAL

FIRST_PORT, PORTS = 7860, 100


def parser() -> Parser:
    parser = Parser("python -m ui", "보고서에 묻는 화면을 이 컴퓨터의 브라우저에 엽니다.")
    parser.add_argument("--index", type=Path, metavar="폴더", help="색인 폴더 (기본 .index)")
    parser.add_argument("--host", default=LOCAL[0], metavar="주소", help=f"열 주소 (기본 {LOCAL[0]})")
    parser.add_argument("--port", type=int, metavar="번호", help=f"포트 (기본 {FIRST_PORT}부터 비어 있는 것)")
    return parser


def main() -> int:
    options = parser().parse_args()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signal_number, signal.default_int_handler)
    try:
        return open_page(options.index, options.host, options.port)
    except KeyboardInterrupt:
        return 0


def open_page(index: Path | None, host: str, wanted: int | None) -> int:
    """Serve until a signal ends it; an index that cannot be opened ends it too."""
    if host not in LOCAL:
        raise WrongUsage(f"이 컴퓨터에서만 열 수 있습니다(비밀번호는 아직 없습니다): {host} 대신 --host {LOCAL[0]}")
    port = free_port(host, wanted)
    from rag.settings import load

    settings = load({"index": index})
    if index is not None:
        from rag import store

        store.connect(index).close()  # refused before anything is served
    keep_to_ourselves(settings.index)
    from ui.opening import Opening
    from ui.page import serve

    opening = Opening(settings, create=index is None)
    opening.start()
    page = serve(opening, host, port)
    try:
        address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
        print(f"브라우저에서 여세요: {address}  (끝내기: Ctrl+C)", flush=True)
        opening.result()
        while True:
            time.sleep(3600)
    finally:
        page.close(verbose=False)


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


def keep_to_ourselves(index: Path) -> None:
    """Set up gradio, before it is imported, to reach and write nothing outside this machine and the index folder."""
    for name in [name for name in os.environ if name.startswith("GRADIO_")]:
        del os.environ[name]  # meant for another program; one of them could share the page with the world
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ["GRADIO_TEMP_DIR"] = str((index / "tmp").resolve())
    local = ",".join(LOCAL)
    for name in ("NO_PROXY", "no_proxy"):  # gradio asks its own address whether it is up
        os.environ[name] = f"{os.environ[name]},{local}" if os.environ.get(name) else local


if __name__ == "__main__":
    run(main)
