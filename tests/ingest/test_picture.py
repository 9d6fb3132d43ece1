"""A page of a PDF as a picture, the quotation marked, whatever the file does."""

import io

import pytest
from PIL import Image

from ingest import picture
from rag.errors import UnreadableFile

from .pdf_writer import Text, write


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    file = tmp_path_factory.mktemp("picture") / "보고서.pdf"
    file.write_bytes(write([[Text(100, 100, "첫째 쪽의 글이다.")], [
        Text(100, 200, "다리의 길이는 모두 1,240"), Text(100, 220, "미터이고 2011년에 열었다."),
        Text(100, 400, "서울"), Text(200, 400, "매우 많음"), Text(100, 500, "관계없는 줄이다.")]]))
    return file


def marked(png: bytes) -> list[int]:
    """The lines of a page, in points from its upper edge by tens, on which anything is yellow."""
    image = Image.open(io.BytesIO(png))
    scale, found = image.height / 842, set()
    for y in range(image.height):
        if any(image.getpixel((x, y)) == (255, 223, 94) for x in range(0, image.width, 3)):
            found.add(round(y / scale / 20) * 20)
    return sorted(found)


@pytest.mark.parametrize(("page", "quote", "lines"), [
    (2, "", set()),
    (2, "길이는 모두 1,240 미터이고", {200, 220}),  # over a line's end
    (2, "2011 년에열었다", {220}),
    (2, "2011년에 열었다. 다음 쪽의 글이다.", {220}),  # it goes on elsewhere
    (2, "지점: 서울 | 평가: 매우 많음", {400}),
    (1, "다리의 길이는", set()),
])
def test_the_quotation_is_marked_where_it_stands(file, page, quote, lines):
    png = picture.draw(file, page, quote)
    assert Image.open(io.BytesIO(png)).format == "PNG" and max(Image.open(io.BytesIO(png)).size) <= picture.WIDE
    found = marked(png)
    assert bool(found) == bool(lines) and all(any(abs(at - line) <= 20 for line in lines) for at in found)
    assert all(any(abs(at - line) <= 20 for at in found) for line in lines)


def test_what_cannot_be_drawn_is_told(file, tmp_path):
    for number in (0, 3, -1):
        with pytest.raises(UnreadableFile, match="모두 2쪽"):
            picture.draw(file, number)
    (tmp_path / "깨진.pdf").write_bytes(b"%PDF-1.7 nothing")
    with pytest.raises(UnreadableFile, match="그림으로 보일 수 없습니다"):
        picture.draw(tmp_path / "깨진.pdf", 1)


def test_a_child_that_dies_or_hangs_costs_its_picture_only(file, monkeypatch):
    monkeypatch.setattr(picture, "SECONDS", 0.01)
    with pytest.raises(UnreadableFile, match="한도"):
        picture.draw(file, 1)
