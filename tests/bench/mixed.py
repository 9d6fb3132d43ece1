"""A folder as an office has it: `python -m tests.bench.mixed [FILES PAGES]` (default 300 12000; needs RAG_SHARED).

Makes FILES reports of PAGES pages in all (PDF, HWPX, DOCX, PPTX, XLSX, HTML, MD, TXT by turns, from Wikipedia's prose),
reads one of each kind, brings all into an index, and asks about them meanwhile. Prints the whole time, pages a second, when
the first report could be asked about, how long questions took while the rest went on, and the writer's peak memory.
"""

import argparse
import lzma
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from ingest import readers
from tests.ingest.office import MAKERS

LETTERS = 700  # characters a page


def prose() -> Iterator[str]:
    """Pages of text, LETTERS characters each."""
    page = ""
    with lzma.open(Path(os.environ.get("RAG_SHARED", "../shared")) / "data/raw/wiki_ko_3.txt.xz", "rt") as lines:
        for line in lines:
            page += f"{line.strip()}\n" if line.strip() else ""
            if len(page) >= LETTERS:
                yield page
                page = ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="?", type=int, default=300)
    parser.add_argument("pages", nargs="?", type=int, default=12000)
    options = parser.parse_args()
    files, pages = options.files, options.pages
    with tempfile.TemporaryDirectory() as temporary:
        folder, index = Path(temporary) / "보고서", Path(temporary) / "색인"
        folder.mkdir()
        source, each = prose(), pages // files
        for number in range(files):
            kind = [*MAKERS][number % len(MAKERS)]
            (folder / f"{number:04}.{kind}").write_bytes(MAKERS[kind]([next(source) for _ in range(each)]))
        for kind in MAKERS:
            file = next(folder.glob(f"*.{kind}"))
            began = time.monotonic()
            readers.read(file.read_bytes(), file)
            print(f"{kind} {each / (time.monotonic() - began):.0f} pages/s", end="; ", flush=True)
        print("one reader each")
        started = time.monotonic()
        with (Path(temporary) / "log").open("w") as log:
            writing = subprocess.Popen([sys.executable, "-m", "ingest", str(folder), "--index", str(index)],
                                       stdout=log, stderr=log)
        first, times, peak = None, [], 0
        while writing.poll() is None:
            time.sleep(0.5)
            status = Path(f"/proc/{writing.pid}/status")
            if status.exists():
                peak = max([peak, *[int(line.split()[1]) for line in status.read_text().splitlines()
                                    if line.startswith("VmHWM")]])
            if first is None or len(times) < 20 * (time.monotonic() - started) / 60:
                began = time.monotonic()
                asked = subprocess.run([sys.executable, "-m", "rag.ask", "이 도시의 인구는?", "--json", "--index", str(index)],
                                       capture_output=True, encoding="utf-8")
                if asked.returncode == 0 and '"passages": []' not in asked.stdout:
                    first = first or time.monotonic() - started
                    times.append(time.monotonic() - began)
        whole = time.monotonic() - started
        lines = (Path(temporary) / "log").read_text().splitlines()
        print(*[line for line in lines if line.startswith("실패")], lines[-1], sep="\n")
        print(f"{files} files, {each * files} pages: {whole:.0f} s, {each * files / whole:.0f} pages/s; first answer after "
              f"{first or 0:.0f} s; {len(times)} questions meanwhile, median {statistics.median(times):.1f} s a process; "
              f"{peak // 1024} MB at most")


if __name__ == "__main__":
    main()
