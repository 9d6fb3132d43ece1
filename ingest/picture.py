"""A page of a PDF as a picture with a quotation marked, drawn in a process of its own: PDFium can abort or eat memory.

`python -m ingest.picture` is the child: it takes a frame (path, page, quotation) and gives one (PNG, or the reason why not).
"""

import io
import subprocess
import sys
import unicodedata
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any

from ingest import limits
from ingest.worker import DIED, receive, send
from rag.documents import CELL, NAME
from rag.errors import UnreadableFile

WIDE, SECONDS = 1400, 30  # pixels of a picture at most, across and down; patience
LETTERS = 4  # a piece of a quotation that is shorter could stand anywhere
AT_ONCE = BoundedSemaphore(2)


def draw(file: Path, page: int, quote: str = "") -> bytes:
    """The PNG of a page (from 1) of a PDF, with the quotation marked where it is found. Raises UnreadableFile."""
    with AT_ONCE, subprocess.Popen([sys.executable, "-m", "ingest.picture"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=subprocess.DEVNULL, cwd=Path(__file__).parent.parent) as child:
        assert child.stdin
        send(child.stdin, (str(file.absolute()), page, quote))
        try:
            out, _ = child.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            out = b""
    answer = receive(io.BytesIO(out))
    if not isinstance(answer, bytes):
        raise UnreadableFile(answer or DIED.format(why="메모리나 시간 한도를 넘어"))
    return answer


def main() -> None:
    """The child."""
    limits.confine()
    limits.allow()
    import pypdfium2

    path, number, quote = receive(sys.stdin.buffer)
    try:
        pdf = pypdfium2.PdfDocument(path)
        if not 1 <= number <= len(pdf):
            raise UnreadableFile(f"이 파일에는 {number}쪽이 없습니다. 모두 {len(pdf)}쪽입니다.")
        answer: bytes | str = _png(pdf[number - 1], quote)
    except pypdfium2.PdfiumError:
        answer = "이 파일은 그림으로 보일 수 없습니다. 원본 파일을 열어 보세요."
    except (UnreadableFile, MemoryError) as error:
        answer = str(error) or DIED.format(why="메모리 한도를 넘어")
    send(sys.stdout.buffer, answer)


def _png(page: Any, quote: str) -> bytes:
    from PIL import Image, ImageChops, ImageDraw

    bitmap = page.render(scale=min(2.0, WIDE / max(page.get_size())))
    picture, place = bitmap.to_pil().convert("RGB"), bitmap.get_posconv(page)
    marked = Image.new("RGB", picture.size, "white")
    for left, bottom, right, top in _boxes(page.get_textpage(), quote):
        (x, y), (x2, y2) = place.to_bitmap(left, bottom), place.to_bitmap(right, top)
        ImageDraw.Draw(marked).rectangle([min(x, x2) - 2, min(y, y2) - 2, max(x, x2) + 2, max(y, y2) + 2], "#ffdf5e")
    out = io.BytesIO()
    ImageChops.multiply(picture, marked).save(out, "PNG")  # as a marker pen does
    return out.getvalue()


def _boxes(text: Any, quote: str) -> list[tuple[float, float, float, float]]:
    """Where the quotation stands on a page, in points; spaces, line breaks and signs may differ. Of one that is not there
    as a whole, as much of its beginning as there is; of a table's row, of each cell."""
    import pypdfium2.raw as pdfium

    units = [pdfium.FPDFText_GetUnicode(text, n) for n in range(text.count_chars())]
    letters = [(letter, n) for n, unit in enumerate(units) for letter in unicodedata.normalize("NFKC", chr(unit)) if letter.isalnum()]
    flat = "".join(letter for letter, _ in letters)
    cells = [cell.partition(NAME)[2] or cell for cell in quote.split(CELL)] if CELL in quote else [quote]
    wanted = ["".join(filter(str.isalnum, unicodedata.normalize("NFKC", cell))) for cell in cells]
    boxes = []
    for piece in ["".join(wanted)] if "".join(wanted) in flat else wanted:
        for length in range(len(piece), min(LETTERS, len(piece) or 1) - 1, -1):
            if (at := flat.find(piece[:length])) >= 0:
                first, last = letters[at][1], letters[at + length - 1][1]
                boxes += [text.get_rect(n) for n in range(text.count_rects(first, last - first + 1))]
                break
    return boxes


if __name__ == "__main__":
    main()
