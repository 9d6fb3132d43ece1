"""What a file is, by its first bytes and what it holds, whatever its name says."""

import io
import re
import struct
import zipfile

SAVE_AS = "옛 형식({old})입니다. {program}에서 {new}로 다른 이름으로 저장하세요."
REFUSED = {  # kind -> what is wrong with it and what to do
    "encrypted": "암호가 걸린 문서입니다. 원래 프로그램에서 암호를 풀고 다시 저장한 뒤 넣으세요.",
    "doc": SAVE_AS.format(old=".doc", program="Word", new=".docx"),
    "ppt": SAVE_AS.format(old=".ppt", program="PowerPoint", new=".pptx"),
    "xls": SAVE_AS.format(old=".xls", program="Excel", new=".xlsx"),
    "xlsb": "아직 읽지 못하는 형식(.xlsb)입니다. Excel에서 .xlsx로 다른 이름으로 저장하세요.",
    "hwp3": SAVE_AS.format(old="한글 3.0 이하", program="한글", new=".hwpx"),
    "hwpml": "아직 읽지 못하는 형식(HWPML)입니다. 한글에서 .hwpx로 다른 이름으로 저장하세요.",
    "rtf": "아직 읽지 못하는 형식(RTF)입니다. Word에서 .docx로 다른 이름으로 저장하세요.",
    "odf": "아직 읽지 못하는 형식(OpenDocument)입니다. 그 프로그램에서 .docx, .pptx, .xlsx로 다른 이름으로 저장하세요.",
    "ole": "알 수 없는 형식이거나 손상된 문서입니다. 원래 프로그램에서 열어 다시 저장한 뒤 넣으세요.",
    "zip": "문서가 아닌 압축 파일이거나 손상된 문서입니다. 압축을 풀어 그 안의 문서를 넣거나, 원래 프로그램에서 다시 저장하세요.",
}
OLE = bytes.fromhex("d0cf11e0a1b11ae1")
STREAMS = {"EncryptedPackage": "encrypted", "FileHeader": "hwp", "WordDocument": "doc", "PowerPoint Document": "ppt",
           "Workbook": "xls", "Book": "xls"}
MEMBERS = {"word/": "docx", "ppt/": "pptx", "xl/": "xlsx", "Contents/header.xml": "hwpx"}
HTML = re.compile(rb"\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*<(!doctype\s+html|html|head|body)\b", re.I | re.S)


def kind(data: bytes) -> str:
    """One of pdf, hwp, hwpx, docx, pptx, xlsx, html, text, or of REFUSED; "text" is all that nothing else claims."""
    head = data[:4096]
    if data.startswith(OLE):
        return _ole(data)
    if data.startswith(b"PK\x03\x04") or data.startswith(b"PK\x05\x06"):
        return _zip(data)
    if b"%PDF-" in head[:1024]:
        return "pdf"
    if data.startswith(b"HWP Document File"):
        return "hwp3"
    if data.startswith(b"{\\rtf"):
        return "rtf"
    letters = head.lstrip(b"\xef\xbb\xbf\xff\xfe").replace(b"\0", b"")  # UTF-16 too
    if re.match(rb"\s*<\?xml[^>]*>.{,500}<HWPML\b", letters, re.S):
        return "hwpml"
    return "html" if HTML.match(letters) else "text"


def _ole(data: bytes) -> str:
    """The kind of an OLE compound file, by the streams at its root."""
    import olefile

    try:
        with olefile.OleFileIO(data) as container:
            names = {path[0] for path in container.listdir()}
    except (OSError, IndexError, ValueError, struct.error, RecursionError):
        return "ole"
    return next((found for name, found in STREAMS.items() if name in names), "ole")


def _zip(data: bytes) -> str:
    """The kind of a zip file, by the names of its members; a locked archive is one that nobody can read."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, struct.error, NotImplementedError):
        return "zip"
    names = [member.filename for member in members]
    if any(member.flag_bits & 1 for member in members):
        return "encrypted"
    if "xl/workbook.bin" in names:
        return "xlsb"
    if "META-INF/manifest.xml" in names and "content.xml" in names:
        return "odf"
    return next((found for start, found in MEMBERS.items() if any(name.startswith(start) for name in names)), "zip")
