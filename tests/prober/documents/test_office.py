"""Text of office files: of every kind that offices send, and of the two that nobody reads."""

import io
import zipfile
from datetime import date
from pathlib import Path

import docx as docx_library
import pytest
from PIL import Image
from pypdf import PdfReader, PdfWriter
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from prober.documents import office, readers
from prober.documents.media_types import DOC, DOCX, ENCRYPTED_OFFICE, ODS, ODT, PDF, PPTX, XLS, XLSX, sniff
from prober.documents.notes import note
from prober.documents.readers import CUT, ENCRYPTED, SCANNED
from prober.sandbox.sites.sample_documents import docx, pdf

FOLDER = Path(__file__).parents[2] / "fixtures/documents"
WORDS = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/wordprocessingml/main"
SHEETS = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)


def packed(*members: tuple[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in members:
            archive.writestr(name, content)
    return out.getvalue()


def words(body: str, namespace: str = WORDS, name: str = "word/document.xml") -> bytes:
    return packed(("[Content_Types].xml", ""), (name, f'<w:document xmlns:w="{namespace}">{body}</w:document>'))


def paragraph(*runs: str) -> str:
    return f"<w:p>{''.join(runs)}</w:p>"


def run(text: str) -> str:
    return f"<w:r><w:t>{text}</w:t></w:r>"


def sheet(*rows: str) -> bytes:
    strings = '<si><t>Thu</t><rPh><t>x</t></rPh></si><si><r><t xml:space="preserve">Tổng </t></r><r><t>chi</t></r></si>'
    shared = f'<sst xmlns="{SHEETS}">{strings}</sst>'
    body = f'<worksheet xmlns="{SHEETS}"><sheetData>{"".join(rows)}</sheetData></worksheet>'
    return packed(("[Content_Types].xml", ""), ("xl/sharedStrings.xml", shared), ("xl/worksheets/sheet1.xml", body))


def opened(kind: str, body: str, manifest: str = "") -> bytes:
    names = ("office", "text", "table")
    head = " ".join(f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in names)
    content = f"<office:document-content {head}><office:body>{body}</office:body></office:document-content>"
    return packed(("mimetype", kind), ("META-INF/manifest.xml", manifest), ("content.xml", content))


def stored(*streams: str) -> bytes:
    """An OLE storage as far as its directory."""
    return OLE + b"".join(name.encode("utf-16-le").ljust(128, b"\0") for name in ("Root Entry", *streams))


BOX = "<w:drawing><w:t>khung</w:t></w:drawing>"
TWICE = f'<m:Alternate xmlns:m="m"><m:Choice>{BOX}</m:Choice><m:Fallback>{BOX}</m:Fallback></m:Alternate>'
STOPS = '<w:pPr><w:tabs><w:tab w:val="left"/></w:tabs></w:pPr>'
ROWS = ('<row><c t="s"><v>1</v></c><c><v>5186</v></c><c/></row><row><c/></row>', '<row><c t="str"><v>a</v></c></row>')
TABLE = (
    '<office:spreadsheet><table:table table:name="1"><table:table-row>'
    '<table:table-cell office:value-type="string"><text:p>Tổng chi</text:p></table:table-cell>'
    '<table:table-cell office:value-type="float" office:value="5186"><text:p>5.186</text:p></table:table-cell>'
    "</table:table-row></table:table></office:spreadsheet>"
)
SLIDE = '<p xmlns:a="a"><a:p><a:r><a:t>Ngân sách</a:t></a:r></a:p></p>'
BLANK = f'<w:p xmlns:w="{WORDS}"/>'
READ = {
    "a number with a hyphen that does not break": (
        words(paragraph(run("Số: 12"), "<w:r><w:noBreakHyphen/></w:r>", run("STC"), "<w:r><w:br/></w:r>", run("x"))),
        DOCX, "Số: 12-STC\nx",
    ),
    "tab stops are no tabs": (
        words(paragraph(STOPS, run("a"), "<w:r><w:tab/></w:r>", run("b"))),
        DOCX, "a\tb",
    ),
    "a text box once, what was struck out not": (
        words(paragraph(TWICE, "<w:del><w:r><w:delText>cũ</w:delText></w:r></w:del>", run(" mới"))), DOCX, "khung mới",
    ),
    "what was moved once, where it is now": (
        words(paragraph("<w:moveFrom>", run("a"), "</w:moveFrom>", run("b"), "<w:moveTo>", run("a"), "</w:moveTo>")),
        DOCX, "ba",
    ),
    "the strict edition": (words(paragraph(run("Dự toán")), STRICT), DOCX, "Dự toán"),
    "document2.xml": (words(paragraph(run("Dự toán")), name="word/document2.xml"), DOCX, "Dự toán"),
    "typed with a TCVN3 font": (
        words(paragraph(run("Së Tµi chÝnh tØnh Cµ Mau")) + paragraph(run("Số liệu ngân sách"))), DOCX,
        "Sở Tài chính tỉnh Cà Mau\nSố liệu ngân sách",
    ),
    "a table": (
        sheet(*ROWS), XLSX, "Tổng chi\t5186\na",
    ),
    "slides": (packed(("ppt/slides/slide1.xml", SLIDE)), PPTX, "Ngân sách"),
    "ODT": (
        opened(ODT, "<text:h>Sở<text:s/>Tài chính</text:h><text:p>Số<text:tab/>12<text:line-break/>x</text:p>"), ODT,
        "Sở Tài chính\nSố\t12\nx",
    ),
    "ODS": (opened(ODS, TABLE), ODS, "Tổng chi\t5186"),
    "an ODT with a password": (opened(ODT, "", '<manifest:encryption-data xmlns:manifest="m"/>'), ODT, ENCRYPTED),
    "a scan in a DOCX": (packed(("word/document.xml", BLANK), ("word/media/image1.jpeg", b"x")), DOCX, SCANNED),
    "Word before 2007": (stored("WordDocument"), DOC, note("broken", "ValueError")),
    "Excel before 2007": (
        (FOLDER / "budget-1997.xls").read_bytes(), XLS,
        "Biểu số 46/CK-NSNN\nSTT\tNội dung\tDự toán\nA\tTổng nguồn thu ngân sách địa phương\t8535002\nB\tTỷ lệ\t0.25\n"
        "Ngày\t2020-04-13",
    ),
    "Excel before 95": (stored("Workbook"), XLS, note("needs_program", "Excel before 95", "LibreOffice")),
    "a DOCX with a password": (stored("EncryptedPackage", "EncryptionInfo"), ENCRYPTED_OFFICE, ENCRYPTED),
    "no sheet in it": (packed(("xl/workbook.bin", b"")), XLSX, note("broken", "LookupError")),
}  # fmt: skip


@pytest.mark.parametrize("name", READ)
def test_what_is_read_of_an_office_file(name: str) -> None:
    data, media_type, text = READ[name]
    assert sniff(data, "application/octet-stream") == media_type
    assert readers.text_of(data, media_type) == text


def test_after_the_words_of_a_link_stands_its_address() -> None:
    document = docx_library.Document()
    paragraph = document.add_paragraph("Quyết toán 2018: ")
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink"
    link = docx_library.oxml.OxmlElement("w:hyperlink")
    link.set(docx_library.oxml.ns.qn("r:id"), document.part.relate_to("https://stc.gov.test/qt.pdf", kind, True))
    run = docx_library.oxml.OxmlElement("w:r")
    words = docx_library.oxml.OxmlElement("w:t")
    words.text = "xem tại đây"
    run.append(words)
    link.append(run)
    paragraph._p.append(link)
    held = io.BytesIO()
    document.save(held)
    assert readers.text_of(held.getvalue(), DOCX) == "Quyết toán 2018: xem tại đây https://stc.gov.test/qt.pdf"


def test_a_document_has_the_words_that_the_standard_library_of_word_files_finds() -> None:
    """Paragraphs and the cells of a table, in their order; what python-docx leaves out is told in prober.documents."""
    document = docx_library.Document()
    document.add_heading("Sở Tài chính")
    paragraph = document.add_paragraph("Số: ")
    paragraph.add_run("12/STC").bold = True
    table = document.add_table(1, 2)
    table.cell(0, 0).text, table.cell(0, 1).text = "Tổng chi", "5.186"
    out = io.BytesIO()
    document.save(out)
    found = []
    for block in docx_library.Document(out).iter_inner_content():
        cells = [cell.text for row in block.rows for cell in row.cells] if hasattr(block, "rows") else [block.text]
        found += cells
    assert readers.text_of(out.getvalue(), DOCX).split("\n") == found


def scan(stamp: str, wide: int) -> bytes:
    """A page that is a picture, with a few words that a system put on it."""
    out, picture = io.BytesIO(), io.BytesIO()
    Image.new("L", (wide, wide)).save(picture, "png")
    canvas = Canvas(out)
    canvas.drawImage(ImageReader(picture), 0, 0, 595, 842)
    canvas.drawString(30, 800, stamp)
    canvas.save()
    return out.getvalue()


STAMP = "Ky boi: So Tai chinh. Ngay ky: 05/03/2020 15:32:10 +07:00"


@pytest.mark.parametrize(
    ("data", "text"), [(scan(STAMP, 1200), SCANNED), (scan(STAMP, 200), STAMP)], ids=["scan", "logo"]
)
def test_a_scan_with_a_stamp_on_it_is_a_scan_and_a_letter_with_a_logo_is_none(data: bytes, text: str) -> None:
    assert readers.text_of(data, PDF) == text


def test_no_more_is_kept_than_is_wanted_and_what_takes_too_long_is_said() -> None:
    writer = PdfWriter()
    page = PdfReader(io.BytesIO(pdf(["Danh ba dien thoai"] * 40, date(2020, 4, 13)))).pages[0]
    for _ in range(40):
        writer.add_page(page)
    out = io.BytesIO()
    writer.write(out)
    text, used = readers.read(out.getvalue(), PDF, 5.0, 1_000)
    assert (len(text), text[-len(CUT) :]) == (1_000, CUT)
    assert 0 < used < 5.0
    assert readers.read(out.getvalue(), PDF, 0.001, 10_000_000)[0] == note("took_too_long")
    assert readers.text_of(docx(["x"]), DOCX) == "x"  # by the same process
    readers.stop()


def test_each_sheet_of_a_long_workbook_gives_its_beginning() -> None:
    """Three forms in one file, of which the first alone is longer than what is read."""
    sheets = []
    for number, rows in enumerate((900, 2, 900), start=1):
        lines = [f"Biểu số {60 + number}/CK-NSNN", *(f"{row} chi sự nghiệp" for row in range(rows))]
        cells = "".join(f'<row><c t="inlineStr"><is><t>{line}</t></is></c></row>' for line in lines)
        content = f'<worksheet xmlns="{SHEETS}"><sheetData>{cells}</sheetData></worksheet>'
        sheets.append((f"xl/worksheets/sheet{number}.xml", content))
    kept = office.sheets(packed(*sheets), 6000)
    lines = kept.lines().split("\n")
    assert kept.cut and len(kept.lines()) <= 6000
    starts = [at for at, line in enumerate(lines) if "CK-NSNN" in line]
    first, second, third = (lines[start:end] for start, end in zip(starts, [*starts[1:], len(lines)], strict=True))
    assert second == ["Biểu số 62/CK-NSNN", "0 chi sự nghiệp", "1 chi sự nghiệp"]
    assert 100 < len(first) < len(third)  # what the second sheet did not need is left to the third
