import datetime as dt
import io

import pytest
from pptx import Presentation
from pptx.chart.data import CategoryChartData, XyChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.opc.package import Part
from pptx.opc.packuri import PackURI
from pptx.oxml import parse_xml
from pptx.util import Inches

from ingest import pptx_reader
from rag.documents import Report
from tests.ingest import mutations

TITLE, BULLETS, TITLE_ONLY, BLANK = 0, 1, 5, 6  # layouts of python-pptx's own template


@pytest.fixture
def deck():
    presentation = Presentation()
    presentation.core_properties.title = ""
    return presentation


def read(deck) -> Report:
    file = io.BytesIO()
    deck.save(file)
    return pptx_reader.read(file.getvalue(), "이름")


def lines(deck) -> list[tuple[str, str]]:
    return [(block.kind, block.text) for block in read(deck).blocks]


def box(shapes, text: str, left: float, top: float):
    shape = shapes.add_textbox(Inches(left), Inches(top), Inches(2), Inches(0.5))
    shape.text_frame.text = text
    return shape


def slide(deck, layout: int = BLANK, title: str = ""):
    new = deck.slides.add_slide(deck.slide_layouts[layout])
    if title:
        new.shapes.title.text = title
    return new


def chart(page, kind, data):
    return page.shapes.add_chart(kind, 0, Inches(2), Inches(4), Inches(3), data)


def test_slides_have_their_numbers_and_titles(deck):
    first = slide(deck, TITLE, "2024년\v사업 계획")
    first.placeholders[1].text = "- 기획실 -"
    box(slide(deck).shapes, "제목 없는 쪽", 1, 1)
    slide(deck)  # empty
    hidden = slide(deck, TITLE_ONLY, "숨긴 쪽")
    hidden._element.set("show", "0")
    assert [(b.kind, b.level, b.text, b.page, b.place) for b in read(deck).blocks] == [
        ("heading", 1, "2024년 사업 계획", 1, "슬라이드 1"), ("paragraph", 0, "- 기획실 -", 1, "슬라이드 1"),
        ("heading", 1, "슬라이드 2", 2, "슬라이드 2"), ("paragraph", 0, "제목 없는 쪽", 2, "슬라이드 2"),
        ("heading", 1, "숨긴 쪽", 4, "슬라이드 4")]


@pytest.mark.parametrize(("property", "slides", "expected"), [
    ("업무 계획", ["첫 쪽"], "업무 계획"), ("PowerPoint 프레젠테이션", ["", "둘째 쪽"], "둘째 쪽"), ("", [""], "이름"),
])
def test_title(deck, property, slides, expected):
    deck.core_properties.title = property
    for title in slides:
        slide(deck, TITLE_ONLY, title)
    assert read(deck).title == expected


def test_shapes_are_read_from_the_top_and_from_the_left(deck):
    shapes = slide(deck).shapes
    box(shapes, "오른쪽", 5, 2.05)
    box(shapes, "왼쪽", 1, 2.1)  # a little lower, yet beside it
    box(shapes, "아래", 1, 5)
    box(shapes, "위", 8, 0.5)
    group = shapes.add_group_shape()
    box(group.shapes, "묶음 아래", 1, 4)
    box(group.shapes, "묶음 위", 3, 3)
    assert [text for _, text in lines(deck)[1:]] == ["위", "왼쪽", "오른쪽", "묶음 위", "묶음 아래", "아래"]


def test_bullets_are_items(deck):
    page = slide(deck, BULLETS, "전략")
    frame = page.placeholders[1].text_frame
    frame.text = "첫째"
    deeper = frame.add_paragraph()
    deeper.text, deeper.level = "세부", 1
    plain = frame.add_paragraph()
    plain.text = "맺는 말."
    plain._p.get_or_add_pPr().append(parse_xml('<a:buNone xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"/>'))
    typed = box(page.shapes, "□ 손으로 친 것", 1, 6).text_frame
    typed.add_paragraph().text = "• 또 하나"
    typed.add_paragraph().text = "그냥 글"
    assert [(b.kind, b.level, b.text) for b in read(deck).blocks[1:]] == [
        ("item", 0, "첫째"), ("item", 1, "세부"), ("paragraph", 0, "맺는 말."), ("item", 0, "손으로 친 것"), ("item", 0, "또 하나"),
        ("paragraph", 0, "그냥 글")]


def test_notes_say_so_and_running_lines_are_left_out(deck):
    page = slide(deck, TITLE_ONLY, "전략")
    page.notes_slide.notes_text_frame.text = "천천히 말한다.\n\n다시 한 번."
    for kind in ("dt", "ftr", "sldNum"):
        page.shapes._spTree.append(parse_xml(
            '<p:sp xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" xmlns:a="http://schemas.openxmlformats.org/'
            f'drawingml/2006/main"><p:nvSpPr><p:cNvPr id="9" name="{kind}"/><p:cNvSpPr/><p:nvPr><p:ph type="{kind}"/></p:nvPr></p:nvSpPr>'
            "<p:spPr/><p:txBody><a:bodyPr/><a:p><a:r><a:t>7</a:t></a:r></a:p></p:txBody></p:sp>"))
    assert lines(deck) == [("heading", "전략"), ("paragraph", "발표자 노트: 천천히 말한다."), ("paragraph", "발표자 노트: 다시 한 번.")]


def grid(page, rows: list[list[str]]):
    table = page.shapes.add_table(len(rows), len(rows[0]), 0, Inches(2), Inches(6), Inches(1)).table
    for y, row in enumerate(rows):
        for x, text in enumerate(row):
            table.cell(y, x).text = text
    return table


def test_tables_are_rows_with_merged_cells_filled(deck):
    table = grid(slide(deck), [["구분", "2023", "", "비고"], ["", "상반기", "하반기", ""], ["매출", "10", "12", "잠정"], ["비용", "7", "8", ""]])
    table.cell(0, 1).merge(table.cell(0, 2))
    table.cell(0, 0).merge(table.cell(1, 0))
    table.cell(2, 3).merge(table.cell(3, 3))
    assert lines(deck)[1:] == [("row", "구분: 매출 | 2023 상반기: 10 | 2023 하반기: 12 | 비고: 잠정"),
                               ("row", "구분: 비용 | 2023 상반기: 7 | 2023 하반기: 8 | 비고: 잠정")]


def test_table_without_header_and_table_that_frames_text(deck):
    grid(slide(deck), [["기간", "2023년"], ["예산", "5억"]]).first_row = False
    grid(slide(deck), [["틀 안의 글."]])
    assert [pair for pair in lines(deck) if pair[0] != "heading"] == [
        ("row", "기간 | 2023년"), ("row", "예산 | 5억"), ("paragraph", "틀 안의 글.")]


def test_charts_are_rows(deck):
    data = CategoryChartData(number_format="0.0%")
    data.categories = ["1분기", "2분기"]
    data.add_series("점유율", (0.123, 0.2))
    data.add_series("목표", (None, 0.25))
    shown = chart(slide(deck), XL_CHART_TYPE.COLUMN_CLUSTERED, data).chart
    shown.has_title = True
    shown.chart_title.text_frame.text = "분기별 점유율"
    assert lines(deck)[1:] == [("paragraph", "분기별 점유율"), ("row", "1분기 | 점유율: 12.3%"), ("row", "2분기 | 점유율: 20.0% | 목표: 25.0%")]


def test_chart_of_a_kind_that_python_pptx_does_not_know(deck):
    data = CategoryChartData()
    data.categories = ["가", "나"]
    data.add_series("몫", (1, 2.5))
    plot = chart(slide(deck), XL_CHART_TYPE.PIE, data).chart.plots[0]._element
    plot.tag = plot.tag.replace("pieChart", "pie3DChart")
    assert lines(deck)[1:] == [("row", "가 | 몫: 1"), ("row", "나 | 몫: 2.5")]


def test_chart_of_dates_of_levels_of_points_and_of_what_failed(deck):
    data = CategoryChartData()
    data.categories = [dt.date(2023, 1, 1), dt.date(2023, 2, 1)]
    data.add_series("매출", (1200, 3400))
    element = chart(slide(deck), XL_CHART_TYPE.LINE, data).chart._chartSpace
    element.xpath("//c:val//c:v")[1].text = "#N/A"
    data = CategoryChartData()
    for city, kinds in (("서울", ("남", "여")), ("부산", ("남",))):
        category = data.add_category(city)
        for kind in kinds:
            category.add_sub_category(kind)
    data.add_series("명", (1, 2, 3))
    chart(slide(deck), XL_CHART_TYPE.BAR_CLUSTERED, data)
    points = XyChartData()
    points.add_series("관계").add_data_point(1, 2.5)
    chart(slide(deck), XL_CHART_TYPE.XY_SCATTER, points)
    assert [text for kind, text in lines(deck) if kind == "row"] == [
        "2023-01-01 | 매출: 1200", "서울 남 | 명: 1", "서울 여 | 명: 2", "부산 남 | 명: 3", "1 | 관계: 2.5"]


def test_smartart(deck):
    page = slide(deck)
    names = ('xmlns:dgm="http://schemas.openxmlformats.org/drawingml/2006/diagram" '
             'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"')
    points = "".join(f'<dgm:pt modelId="{n}" {kind}><dgm:t><a:bodyPr/><a:p><a:r><a:t>{text}</a:t></a:r></a:p></dgm:t></dgm:pt>'
                     for n, (kind, text) in enumerate([('type="doc"', "문서"), ("", "기획"), ('type="pres"', "모양"), ("", "실행")]))
    part = Part(PackURI("/ppt/diagrams/data1.xml"), "application/vnd.openxmlformats-officedocument.drawingml.diagramData+xml",
                page.part.package, f"<dgm:dataModel {names}><dgm:ptLst>{points}</dgm:ptLst></dgm:dataModel>".encode())
    link = page.part.relate_to(part, "http://schemas.openxmlformats.org/officeDocument/2006/relationships/diagramData")
    page.shapes._spTree.append(parse_xml(
        f'<p:graphicFrame xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" {names} xmlns:r="http://schemas.openxmlformats.org/'
        'officeDocument/2006/relationships"><p:nvGraphicFramePr><p:cNvPr id="4" name="d"/><p:cNvGraphicFramePr/><p:nvPr/></p:nvGraphicFramePr>'
        '<p:xfrm><a:off x="0" y="0"/><a:ext cx="9" cy="9"/></p:xfrm><a:graphic><a:graphicData uri="http://schemas.openxmlformats.org/drawingml/'
        f'2006/diagram"><dgm:relIds r:dm="{link}"/></a:graphicData></a:graphic></p:graphicFrame>'))
    assert lines(deck)[1:] == [("item", "기획"), ("item", "실행")]


def test_alternatives_are_read_once(deck):
    page = slide(deck)
    tree = page.shapes._spTree
    shape = box(page.shapes, "수식이 든 글", 1, 1)._element
    either = parse_xml('<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"><mc:Choice Requires="a14"/>'
                       "<mc:Fallback/></mc:AlternateContent>")
    tree.replace(shape, either)
    either[0].append(shape)
    assert lines(deck)[1:] == [("paragraph", "수식이 든 글")]


def test_slides_of_pictures_alone_are_told_as_unread(deck, tmp_path):
    from PIL import Image

    Image.new("RGB", (9, 9)).save(tmp_path / "a.png")
    slide(deck, TITLE_ONLY, "사진").shapes.add_picture(str(tmp_path / "a.png"), 0, 0)
    page = slide(deck)
    page.shapes.add_picture(str(tmp_path / "a.png"), 0, 0)
    box(page.shapes, "설명", 1, 1)
    report = read(deck)
    assert report.unread == ("슬라이드 1: 그림뿐이라 글을 읽지 못했습니다",)
    assert [block.text for block in report.blocks] == ["사진", "슬라이드 2", "설명"]


@pytest.mark.parametrize("mutate", [mutations.raw, mutations.inner])
def test_damaged_files_are_read_or_refused(deck, mutate):
    page = slide(deck, BULLETS, "전략")
    page.placeholders[1].text_frame.text = "첫째"
    page.notes_slide.notes_text_frame.text = "노트"
    grid(page, [["가", "나"], ["1", "2"]])
    data = CategoryChartData()
    data.categories = ["가"]
    data.add_series("몫", (1,))
    chart(page, XL_CHART_TYPE.PIE, data)
    file = io.BytesIO()
    deck.save(file)
    read, refused = mutations.outcomes(pptx_reader.read, file.getvalue(), mutate)
    assert read and refused


def test_sample(shared):
    report = pptx_reader.read((shared / "samples/sample_ppt.pptx").read_bytes(), "sample_ppt")
    assert report.title == "랭체인 한국어 튜토리얼"
    assert [(block.text, block.page) for block in report.blocks if block.kind == "heading"] == [
        ("랭체인 한국어 튜토리얼", 1), ("Semantic Search", 2), ("Embedding", 3), ("Token", 4)]
    assert report.blocks[-1].text == "연관키워드: 토큰화, 자연어 처리, 구문 분석"
