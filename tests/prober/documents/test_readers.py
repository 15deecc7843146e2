"""Text of documents, read in a process of its own that may be killed."""

import io
import zipfile
from datetime import date

import pytest
from pypdf import PdfReader, PdfWriter

from prober.documents import readers
from prober.documents.archives import MAX_MEMBER_BYTES, MAX_MEMBERS
from prober.documents.media_types import DOCX, PDF, RTF, XLSX, ZIP
from prober.documents.notes import note
from prober.documents.office import MAX_SHEETS
from prober.documents.pdf import MAX_PAGES
from prober.documents.readers import CUT
from prober.sandbox.sites.sample_documents import docx, pdf

SPREADSHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
LINES = ["Danh ba dien thoai", "Thu dien tu: vanphong@camau.gov.test"]
PAPER = pdf(LINES, date(2020, 4, 13))


def written(writer: PdfWriter) -> bytes:
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def encrypted() -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(PAPER)))
    writer.encrypt("mat-khau")
    return written(writer)


def without_text(pages: int = 1) -> bytes:
    """What a scanner makes as long as nobody recognises the letters."""
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(595, 842)
    return written(writer)


def bomb() -> bytes:
    """A few KB that would unpack to more than MAX_MEMBER_BYTES."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b" " * (MAX_MEMBER_BYTES + 1))
    return out.getvalue()


def workbook(sheets: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(1, sheets + 1):
            cell = f'<c t="inlineStr"><is><t>tờ {number}</t></is></c>'
            rows = f'<worksheet xmlns="{SPREADSHEET}"><sheetData><row>{cell}</row></sheetData></worksheet>'
            archive.writestr(f"xl/worksheets/sheet{number}.xml", rows)
    return out.getvalue()


def packed(*members: tuple[str, bytes]) -> bytes:
    """Members as they are, so that their bytes can be seen in those of the archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in members:
            archive.writestr(name, content)
    return out.getvalue()


def bundle(members: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(members):
            archive.writestr(f"{number}.txt", "")
    return out.getvalue()


RICH = (
    rb"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0\fcharset163 Times;}}{\*\generator x;}"
    rb"\f0\uc1 S\u7903? T\'e0i ch\'ednh\par \{x\}}"
)
# With a letterhead, bytes beyond ASCII, a picture, a table, and a character in two halves.
RICHER = (
    b"{\\rtf1\\ansi{\\fonttbl{\\f0\\fcharset163 A;}}{\\header\\pard UBND\\par}\\f0 T\xe0i ch\xednh{\\pict "
    + b"ab01" * 900
    + rb"}\par a\cell b\cell\row S\'f4\~12\_STC\uc \u-10179?\u-8704?}"
)
READ = {
    "pdf": (PAPER, PDF, "\n".join(LINES)),
    "docx": (docx(["Danh bạ", "Thư điện tử: <a & b>"]), DOCX, "Danh bạ\nThư điện tử: <a & b>"),
    "without-text": (without_text(), PDF, ""),
    "encrypted": (encrypted(), PDF, note("encrypted")),
    "broken": (b"%PDF-1.4 x", PDF, note("broken", "PdfStreamError")),
    "bomb": (bomb(), DOCX, note("too_large")),
    "workbook": (workbook(10), XLSX, "\n".join(f"tờ {n}" for n in range(1, 11))),
    "long-workbook": (workbook(52), XLSX, "\n".join(f"tờ {n}" for n in range(1, MAX_SHEETS + 1)) + CUT),
    "long-bundle": (bundle(60), ZIP, "\n".join(f"{n}.txt" for n in range(MAX_MEMBERS)) + CUT),
    "rich-text": (RICH, RTF, "Sở Tài chính\n{x}"),
    "richer-text": (RICHER, RTF, "UBND\nTài chính\na\tb\nSô 12-STC😀"),
    "no-document": (b"<html>", "text/html", ""),
}


@pytest.mark.parametrize("name", READ)
def test_what_is_read_of_a_document(name: str) -> None:
    data, media_type, text = READ[name]
    assert readers.text_of(data, media_type) == text


def long_paper() -> bytes:
    writer = PdfWriter()
    for reader in [PdfReader(io.BytesIO(PAPER))] * (MAX_PAGES + 1):
        writer.add_page(reader.pages[0])
    return written(writer)


def test_a_long_document_says_that_it_was_not_read_to_the_end() -> None:
    text = readers.text_of(long_paper(), PDF)
    assert text.count("vanphong@camau.gov.test") == MAX_PAGES
    assert text.endswith(CUT)


def test_a_reader_that_hangs_is_killed_and_the_next_file_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "PROCESSOR_SECONDS", 0.001)
    assert readers.text_of(long_paper(), PDF) == note("took_too_long")
    monkeypatch.undo()
    assert readers.text_of(PAPER, PDF) == "\n".join(LINES)
    readers.stop()
