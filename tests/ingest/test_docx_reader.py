import pytest

from ingest import docx_reader
from ingest.docx_xml import END, NOTE, PAGE, paged
from rag.errors import UnreadableFile
from tests.ingest import mutations
from tests.ingest.docx_writer import BREAK, docx, listed, paragraph, run, style, table

PROSE = "이 보고서는 세 해 동안의 변화를 다루며, 앞으로의 과제를 함께 적었습니다."
BOLD = "<w:b/>"


def blocks(*body: str, **parts) -> list[tuple[str, str]]:
    return [(block.kind, block.text) for block in docx_reader.read(docx(*body, **parts), "이름").blocks]


def levels(*body: str, **parts) -> list[tuple[str, int]]:
    report = docx_reader.read(docx(*body, **parts), "이름")
    return [(block.text, block.level) for block in report.blocks if block.kind == "heading"]


@pytest.mark.parametrize(("styles", "expected"), [
    (style("1", "heading 1", "0") + style("a7", "heading 2", "1"), [("앞", 1), ("뒤", 2)]),  # as Korean Word names them
    (style("1", "제목 1") + style("a7", "제목 2"), [("앞", 1), ("뒤", 2)]),
    (style("1", "개요 1") + style("a7", "개요 3"), [("앞", 1), ("뒤", 3)]),
    (style("1", "장 제목", "0") + style("a7", "나의 절", based="절") + style("절", "절", "1"), [("앞", 1), ("뒤", 2)]),
    (style("1", "Title") + style("a7", "heading 9", "8"), [("앞", 1), ("뒤", 6)]),
])
def test_headings_are_known_by_style(styles, expected):
    body = [paragraph("앞", style="1"), paragraph(PROSE), paragraph("뒤", style="a7"), paragraph(PROSE)]
    assert levels(*body, styles=styles) == expected


def test_outline_level_of_a_paragraph_makes_a_heading():
    outlined = paragraph("직접 정한 개요", properties='<w:outlineLvl w:val="1"/>')
    assert levels(outlined, paragraph(PROSE)) == [("직접 정한 개요", 2)]


def test_a_style_out_of_the_outline_is_no_heading():
    styles = style("1", "heading 1", "0") + style("toc", "TOC Heading", "9", based="1")
    assert levels(paragraph("목차", style="toc"), paragraph("서론", style="1"), paragraph(PROSE), styles=styles) == [("서론", 1)]


def test_a_long_paragraph_is_no_heading_whatever_its_style():
    assert blocks(paragraph(PROSE * 4, style="1"), styles=style("1", "개요 1")) == [("paragraph", PROSE * 4)]


@pytest.mark.parametrize(("line", "level"), [
    (paragraph("추진 배경", looks=BOLD), 5),
    (paragraph("추진 배경", looks='<w:sz w:val="28"/>'), 5),
    (paragraph("추진 배경", looks='<w:sz w:val="36"/>'), 4),
    (paragraph("추진 배경") + paragraph(), 6),  # an empty line, then prose
    (paragraph("추진 배경"), None),
    (paragraph("추진 배경은 이렇다.", looks=BOLD), None),
    (paragraph(run("추진", BOLD), " 배경"), None),
    (listed("추진 배경") + paragraph(), None),
    (paragraph("기간: 2023년") + paragraph(), None),
])
def test_headings_by_shape(line, level):
    found = levels(paragraph(PROSE), line, paragraph(PROSE))
    assert found == ([("추진 배경", level)] if level else [])


def test_letters_are_larger_only_than_those_of_the_body():
    normal = ('<w:style w:type="paragraph" w:default="1" w:styleId="a"><w:name w:val="Normal"/><w:rPr><w:sz w:val="28"/></w:rPr></w:style>')
    line = paragraph("추진 배경", looks='<w:sz w:val="30"/>')
    assert levels(line, paragraph(PROSE), styles=normal) == []
    assert levels(line, paragraph(PROSE)) == [("추진 배경", 4)]


def test_no_headings_by_shape_beside_heading_styles_or_where_all_is_bold():
    styled = [paragraph("서론", style="1"), paragraph("굵은 말", looks=BOLD), paragraph(PROSE), paragraph("본론", style="1"), paragraph(PROSE)]
    assert levels(*styled, styles=style("1", "heading 1", "0")) == [("서론", 1), ("본론", 1)]
    assert levels(paragraph("굵은 말", looks=BOLD), paragraph(PROSE, looks=BOLD)) == []


def test_lines_of_a_cover_are_no_headings():
    cover = [paragraph(line, looks=BOLD) for line in ("사업 계획", "기획실", "2024년 3월", "서울특별시", "배포용")]
    found = levels(*cover, paragraph("개요", looks=BOLD), paragraph(PROSE))
    assert ("사업 계획", 5) not in found
    assert ("개요", 5) in found


def test_list_levels_and_typed_bullets():
    assert [(b.kind, b.level, b.text) for b in docx_reader.read(docx(
        listed("하나"), listed("둘", 1), listed("셋"), paragraph("□ 배경"), paragraph("○ 첫째"), paragraph("- 세부"),
        paragraph("○ 둘째"), paragraph("- 1 -")), "이름").blocks] == [
        ("item", 0, "하나"), ("item", 1, "둘"), ("item", 0, "셋"), ("item", 0, "배경"), ("item", 1, "첫째"), ("item", 2, "세부"),
        ("item", 1, "둘째"), ("paragraph", 0, "- 1 -")]


def test_typed_bullets_start_anew_under_a_heading():
    body = [paragraph("□ 배경"), paragraph("- 첫째"), paragraph("과제", style="1"), paragraph("- 둘째")]
    assert [(b.text, b.level) for b in docx_reader.read(docx(*body, styles=style("1", "heading 1", "0")), "이름").blocks] == [
        ("배경", 0), ("첫째", 1), ("과제", 1), ("둘째", 0)]


def test_merged_cells_are_filled():
    wide = '<w:tcPr><w:gridSpan w:val="2"/></w:tcPr>' + paragraph("2023년")
    first, rest = ('<w:tcPr><w:vMerge w:val="restart"/></w:tcPr>' + paragraph("서울"), "<w:tcPr><w:vMerge/></w:tcPr>" + paragraph())
    assert blocks(table(["구분", wide], [first, "매출", "10"], [rest, "비용", "7"])) == [
        ("row", "구분: 서울 | 2023년: 매출 | 2023년: 10"), ("row", "구분: 서울 | 2023년: 비용 | 2023년: 7")]


def test_words_of_a_cell_in_several_runs_stay_whole():
    assert blocks(table(["연도", "값"], [paragraph(run("20", BOLD), "23년"), "5"])) == [("row", "연도: 2023년 | 값: 5")]


def test_nested_table_is_read_once():
    nested = paragraph("바깥") + table(["이름", "값"], ["가", "1"]) + paragraph()
    assert blocks(table([nested, "옆"])) == [("paragraph", "바깥"), ("row", "이름: 가 | 값: 1"), ("paragraph", "옆")]


@pytest.mark.parametrize(("content", "text"), [
    (f'<w:ins w:id="1">{run("넣은 ")}</w:ins><w:del w:id="2"><w:r><w:delText>지운</w:delText></w:r></w:del>', "넣은 글"),
    (f'<w:hyperlink r:id="none">{run("이어진 ")}</w:hyperlink>', "이어진 글"),
    (f"<w:sdt><w:sdtContent>{run('양식 ')}</w:sdtContent></w:sdt>", "양식 글"),
    (f'<w:fldSimple w:instr="SEQ 표">{run("3")}</w:fldSimple>', "3글"),
    ('<w:r><w:t>10</w:t></w:r><w:r><w:rPr><w:vertAlign w:val="superscript"/></w:rPr><w:t>2</w:t></w:r>', "10²글"),
    ("<m:oMath><m:f><m:num><m:r><m:t>1</m:t></m:r></m:num><m:den><m:r><m:t>2</m:t></m:r></m:den></m:f></m:oMath>", "1/2글"),
    ('<w:sdt><w:sdtPr><w14:checkbox><w14:checked w14:val="1"/></w14:checkbox></w:sdtPr>'
     "<w:sdtContent><w:r><w:t>☒</w:t></w:r></w:sdtContent></w:sdt>", "☑글"),
    ('<w:r><w:drawing><wp:inline xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"><a:graphic '
     'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><a:graphicData><pic:pic xmlns:pic='
     '"http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:blipFill><a:blip r:embed="none"/></pic:blipFill></pic:pic>'
     "</a:graphicData></a:graphic></wp:inline></w:drawing></w:r>", "글"),
    ("<w:r><w:t>&lt;가&gt; **나** </w:t></w:r>", "<가> **나** 글"),
])
def test_what_a_reader_sees_is_kept(content, text):
    assert blocks(f"<w:p>{content}{run('글')}</w:p>") == [("paragraph", text)]


def test_text_box_is_read_once():
    drawn = f"<w:txbxContent>{paragraph('상자 안')}</w:txbxContent>"
    shape = (f"<w:r><mc:AlternateContent><mc:Choice>{drawn}</mc:Choice><mc:Fallback><w:pict><v:shape><v:textbox>{drawn}"
             "</v:textbox></v:shape></w:pict></mc:Fallback></mc:AlternateContent></w:r>")
    assert blocks(f"<w:p>{run('앞')}{shape}</w:p>") == [("paragraph", "앞"), ("paragraph", "상자 안")]


def test_footnotes_follow_their_paragraph_and_leave_no_mark():
    notes = f'<w:footnote w:id="2">{paragraph("통계청 자료.")}</w:footnote><w:footnote w:id="3">{paragraph("잠정치.")}</w:footnote>'
    first, second = ('<w:r><w:footnoteReference w:id="2"/></w:r>', '<w:r><w:footnoteReference w:id="3"/></w:r>')
    assert blocks(paragraph("인구는 늘었다", first, "."), paragraph("다음 문단."),
                  table(["해", "값"], [paragraph("2023", second), "5"], ["2024", "6"]), paragraph("끝."), footnotes=notes) == [
        ("paragraph", "인구는 늘었다."), ("paragraph", "각주: 통계청 자료."), ("paragraph", "다음 문단."),
        ("row", "해: 2023 | 값: 5"), ("row", "해: 2024 | 값: 6"), ("paragraph", "각주: 잠정치."), ("paragraph", "끝.")]


def test_footnote_in_a_merged_cell_is_told_once():
    note = '<w:r><w:footnoteReference w:id="2"/></w:r>'
    wide = '<w:tcPr><w:gridSpan w:val="2"/></w:tcPr>' + paragraph("둘 다", note)
    found = blocks(table(["가", "나"], [wide], ["1", "2"]), footnotes=f'<w:footnote w:id="2">{paragraph("통계청.")}</w:footnote>')
    assert found == [("row", "가: 둘 다 | 나: 둘 다"), ("row", "가: 1 | 나: 2"), ("paragraph", "각주: 통계청.")]


def test_marks_that_a_file_brings_along_do_no_harm():
    assert blocks(paragraph(f"가{NOTE}7{END}나"), paragraph(f"다{PAGE}{'9' * 5000}{END}"))[0] == ("paragraph", "가나")


def test_pages_are_those_of_word():
    broken = f"<w:p>{run('둘째 쪽에서 ')}<w:r>{BREAK}<w:t>셋째 쪽으로.</w:t></w:r></w:p>"
    report = docx_reader.read(docx(paragraph("첫 쪽."), f"<w:p><w:r>{BREAK}<w:t>둘째 쪽.</w:t></w:r></w:p>", broken, paragraph("셋째 쪽.")), "이름")
    assert [(block.text, block.place, block.page) for block in report.blocks] == [
        ("첫 쪽.", "약 1쪽", None), ("둘째 쪽.", "약 2쪽", None), ("둘째 쪽에서 셋째 쪽으로.", "약 2쪽", None), ("셋째 쪽.", "약 3쪽", None)]


def test_a_break_within_a_word_does_not_part_it_and_an_empty_paragraph_carries_its_own():
    report = docx_reader.read(docx(f"<w:p>{run('보')}<w:r>{BREAK}<w:t>고서</w:t></w:r></w:p>", f"<w:p><w:r>{BREAK}</w:r></w:p>",
                                   paragraph("끝.")), "이름")
    assert [(block.text, block.place) for block in report.blocks] == [("보고서", "약 1쪽"), ("끝.", "약 3쪽")]


def test_cells_side_by_side_break_the_page_once():
    cut = paragraph("앞 ", f"<w:r>{BREAK}<w:t>뒤</w:t></w:r>")
    starts = paragraph(f"<w:r>{BREAK}<w:t>셋</w:t></w:r>")
    report = docx_reader.read(docx(table(["가", "나"], [cut, cut], [starts, "넷"]), paragraph("끝.")), "이름")
    assert [(block.text, block.place) for block in report.blocks] == [
        ("가: 앞 뒤 | 나: 앞 뒤", "약 1쪽"), ("가: 셋 | 나: 넷", "약 3쪽"), ("끝.", "약 3쪽")]


def test_the_page_goes_on_from_the_cell_that_reaches_furthest():
    cut = paragraph("앞 ", f"<w:r>{BREAK}<w:t>뒤</w:t></w:r>")
    report = docx_reader.read(docx(table(["가", "나"], [cut, "짧다"]), paragraph("앞.", f"<w:r>{BREAK}<w:t>뒤</w:t></w:r>"),
                                   paragraph("끝.")), "이름")
    assert [block.place for block in report.blocks] == ["약 1쪽", "약 2쪽", "약 3쪽"]


def test_a_break_in_a_header_is_not_counted_in_every_row():
    head = paragraph(f"<w:r>{BREAK}<w:t>가</w:t></w:r>")
    report = docx_reader.read(docx(paragraph("앞."), table([head, "나"], ["1", "2"], ["3", "4"])), "이름")
    assert [(block.text, block.place) for block in report.blocks] == [
        ("앞.", "약 1쪽"), ("가: 1 | 나: 2", "약 2쪽"), ("가: 3 | 나: 4", "약 2쪽")]


def test_alternatives_count_their_breaks_once():
    both = f"<mc:AlternateContent><mc:Choice>{BREAK}</mc:Choice><mc:Fallback>{BREAK}</mc:Fallback></mc:AlternateContent>{BREAK}"
    assert paged(both.encode()).decode().count(f"{PAGE}2{END}") == 2
    assert f"{PAGE}3{END}" in paged(both.encode()).decode()


def test_without_breaks_there_is_no_place():
    assert {block.place for block in docx_reader.read(docx(paragraph("글."), paragraph("<w:r><w:br w:type=\"page\"/></w:r>", "글.")), "이름").blocks} == {""}


@pytest.mark.parametrize(("title", "body", "expected"), [
    ("2024년 업무 계획", paragraph("서론", style="1"), "2024년 업무 계획"),
    ("제목 없음", paragraph("서론", style="1"), "서론"),
    ("Microsoft Word - 문서1.docx", paragraph("서론", style="1"), "서론"),
    ("", paragraph("업무 계획", looks=BOLD), "업무 계획"),
    ("", paragraph("업무 계획") + paragraph(), "이름"),
])
def test_title(title, body, expected):
    data = docx(body, paragraph(PROSE), title=title, styles=style("1", "heading 1", "0"))
    assert docx_reader.read(data, "이름").title == expected


def test_drawings_are_told_as_unread():
    report = docx_reader.read(docx(paragraph("글."), more={"word/charts/chart1.xml": "<c/>", "word/diagrams/data1.xml": "<d/>"}), "이름")
    assert report.unread == ("차트와 다이어그램 2개는 읽지 않았습니다",)


def test_depth_is_refused_in_words():
    with pytest.raises(UnreadableFile, match="손상"):
        docx_reader.read(docx("<w:smartTag>" * 3000 + paragraph("글") + "</w:smartTag>" * 3000), "이름")


RICH = docx(paragraph("서론", style="1"), paragraph(PROSE, '<w:r><w:footnoteReference w:id="2"/></w:r>'), listed("하나"),
            table(["가", "나"], ["1", "2"]), f"<w:p><w:r>{BREAK}<w:t>끝</w:t></w:r></w:p>", styles=style("1", "heading 1", "0"),
            footnotes=f'<w:footnote w:id="2">{paragraph("통계청.")}</w:footnote>', title="보고서")


@pytest.mark.parametrize("mutate", [mutations.raw, mutations.inner])
def test_damaged_files_are_read_or_refused(mutate):
    assert docx_reader.read(RICH, "이름").title == "보고서"
    read, refused = mutations.outcomes(docx_reader.read, RICH, mutate)
    assert read and refused


def test_sample(shared):
    report = docx_reader.read((shared / "samples/sample_word.docx").read_bytes(), "sample_word")
    headings = [block.text for block in report.blocks if block.kind == "heading"]
    assert len(headings) == 30
    assert headings[:2] == ["Semantic Search", "Embedding"]
    assert report.blocks[-1].place == "약 6쪽"  # as Word itself counted
    assert "정의: 토큰은 텍스트를 더 작은 단위로 분할하는 것을 의미합니다." in report.text
