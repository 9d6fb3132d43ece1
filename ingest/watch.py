"""Keeping the index equal to its folders while they change: `python -m ingest --watch`."""

import sys
from collections.abc import Callable
from pathlib import Path

from ingest import run
from ingest.roots import roots
from ingest.sync import Tally
from ingest.writer import Writer
from rag.embeddings import load_embedder
from rag.errors import GeungeoError
from rag.settings import Settings

QUIET = 1500  # milliseconds without a change after which a burst of changes counts as over


def watch(settings: Settings, paths: list[Path], report: Callable[[Tally], None]) -> None:
    """Bring the folders in, then again after each burst of changes, until interrupted.

    What goes wrong in a later round (a folder unplugged, an index being written) is one line on standard error; the next
    change tries again.
    """
    import watchfiles

    with run.progress_bar() as progress:
        report(run.ingest(settings, paths, progress))
    with Writer(settings.index, load_embedder(settings.embedder)) as writer:
        watched = [root.path for root in roots(writer) if root.kind != "upload"]
    inside = settings.index.resolve()
    for changes in watchfiles.watch(*watched, debounce=10 * QUIET, step=QUIET, raise_interrupt=False):
        if all(Path(path).is_relative_to(inside) for _, path in changes):
            continue  # the index lies within a watched folder
        try:
            report(run.ingest(settings, []))
        except GeungeoError as error:
            print(" ".join(str(error).split()), file=sys.stderr, flush=True)
