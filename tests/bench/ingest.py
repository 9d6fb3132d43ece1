"""How fast reports go into the index: `python -m tests.bench.ingest [PASSAGES ...]` (default 1000 10000; needs RAG_SHARED).

For each number of passages, the same text files go into an index of ours and, in the same run, through LangChain's usual
recipe: open(), its recursive splitter, its Chroma store, the same embedder. Prints seconds, their ratio, the writing
process's memory, and how long a second run over unchanged files takes. Each measurement is a process of its own.
"""

import argparse
import json
import lzma
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

OURS = """
import sys, time, resource
from pathlib import Path
from ingest.run import ingest, status
from rag.settings import Settings
settings = Settings(index=Path(sys.argv[2]))
started = time.perf_counter()
ingest(settings, [Path(sys.argv[1])])
passages = sum(report["passages"] for report in status(settings)["reports"])
print(time.perf_counter() - started, passages, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""
LANGCHAIN = """
import sys, time, resource
from pathlib import Path
from langchain_chroma import Chroma
from langchain_core.documents import Document
from langchain_text_splitters import RecursiveCharacterTextSplitter
from rag.embeddings import load_embedder
from rag.settings import SHIPPED_EMBEDDER
started = time.perf_counter()
splitter = RecursiveCharacterTextSplitter(chunk_size=800, chunk_overlap=80)
documents = []
for file in sorted(Path(sys.argv[1]).rglob("*.txt")):
    documents += splitter.split_documents([Document(file.read_text(encoding="utf-8"), metadata={"source": str(file)})])
store = Chroma("passages", load_embedder(str(SHIPPED_EMBEDDER)), persist_directory=sys.argv[2])
for start in range(0, len(documents), 5000):
    store.add_documents(documents[start:start + 5000])
print(time.perf_counter() - started, len(documents), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def write_files(folder: Path, passages: int) -> int:
    """Articles of MIRACL-ko as text files, a paragraph a passage, until there are so many; returns how many files."""
    shared = Path(os.environ.get("RAG_SHARED", "../shared"))
    articles: dict[str, list[str]] = {}
    with lzma.open(shared / "data" / "miracl_ko_corpus.jsonl.xz", "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            if number == passages:
                break
            row = json.loads(line)
            articles.setdefault(f"{row['curid']} {row['title']}", []).append(row["text"])
    for n, (title, texts) in enumerate(articles.items()):
        place = folder / str(n // 500)
        place.mkdir(exist_ok=True)
        (place / f"{n}.txt").write_text("\n\n".join([title, *texts]), encoding="utf-8")
    return len(articles)


def measured(code: str, *arguments: object) -> tuple[float, int, int]:
    """(seconds, passages, MB) as a process of its own reports them."""
    done = subprocess.run([sys.executable, "-c", code, *map(str, arguments)], capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    seconds, passages, memory = done.stdout.split()[-3:]
    return float(seconds), int(passages), int(memory)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("passages", nargs="*", type=int, default=[1000, 10000])
    for passages in parser.parse_args().passages:
        with tempfile.TemporaryDirectory() as folder:
            reports = Path(folder) / "reports"
            reports.mkdir()
            files = write_files(reports, passages)
            ours = measured(OURS, reports, Path(folder) / "index")
            theirs = measured(LANGCHAIN, reports, Path(folder) / "chroma")
            started = time.perf_counter()
            measured(OURS, reports, Path(folder) / "index")
            again = time.perf_counter() - started
        print(f"{files} files: ours {ours[0]:.1f} s, {ours[1]} passages ({ours[1] / ours[0]:.0f}/s), {ours[2]} MB; "
              f"LangChain {theirs[0]:.1f} s, {theirs[1]} passages, {theirs[2]} MB; ratio {ours[0] / theirs[0]:.2f}, "
              f"a passage {ours[0] / ours[1] / (theirs[0] / theirs[1]):.2f}; unchanged {again:.1f} s", flush=True)


if __name__ == "__main__":
    main()
