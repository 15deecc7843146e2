"""Scanned letters: pictures of Vietnamese text, read by tesseract where it is installed, flagged where it is not."""

import hashlib
import io
import json
import tempfile
import time
import zipfile
from collections.abc import Callable
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import font_source_serif_pro  # type: ignore[import-untyped]
import pytest
from PIL import Image, ImageDraw, ImageFont
from pypdf import PdfReader, PdfWriter

from mailroom.classification.rules import RuleContext, classify
from mailroom.mime import parser
from prober.documents import ocr
from prober.documents.media_types import PDF, ZIP
from prober.documents.ocr import Recognised
from prober.documents.reader_program import MAX_PAGES
from prober.documents.readers import MAX_BYTES, SCANNED
from prober.domain.correspondence import Event
from prober.services import diagnosis
from prober.store import open_private
from prober.store.private import message_analysis
from tests.languages import VIETNAMESE

DOTS = 200  # per inch: an ordinary office scanner
REFUSAL = (
    "UBND TỈNH BẮC NINH",
    "SỞ TÀI CHÍNH",
    "Số: 1234/STC-QLNS",
    "Bắc Ninh, ngày 15 tháng 4 năm 2020",
    "Kính gửi: Nhóm khảo sát ngân sách",
    "Sở Tài chính từ chối cung cấp thông tin theo quy định",
    "tại khoản 1 Điều 28 Luật Tiếp cận thông tin.",
    "KT. GIÁM ĐỐC",
)
RECOGNISING = pytest.mark.needs("tesseract", "pdftoppm")


def page(lines: tuple[str, ...]) -> Image.Image:
    """A sheet of A4, laid on the glass a little askew."""
    sheet = Image.new("L", (1654, 2339), 255)
    draw, font = ImageDraw.Draw(sheet), ImageFont.truetype(font_source_serif_pro.font_files_ttf["SourceSerifPro"], 40)
    for number, line in enumerate(lines):
        draw.text((160, 180 + 70 * number), line, font=font, fill=0)
    return sheet.rotate(0.4, fillcolor=255)


def scan(lines: tuple[str, ...], pages: int = 1) -> bytes:
    out = io.BytesIO()
    page(lines).convert("1").save(out, "PDF", resolution=DOTS)
    writer = PdfWriter()
    for _ in range(pages):
        writer.append(PdfReader(io.BytesIO(out.getvalue())))
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def picture(width: int, height: int, form: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.new("L", (width, height), 255).save(out, form)
    return out.getvalue()


COVER = "Kính gửi Nhóm khảo sát văn bản của Sở Tài chính.\n"


def mail(name: str, kind: str, data: bytes, text: str = COVER) -> bytes:
    message = EmailMessage()
    message["From"], message["To"] = "stc@bacninh.gov.test", "khao-sat+bcdfghjkmn@prober.test"
    message["Subject"], message["Message-ID"] = "Trả lời", f"<{name}@x.test>"
    message["Received"] = "from a by b; Fri, 17 Apr 2020 09:00:00 +0700"
    message.set_content(text)
    message.add_attachment(data, *kind.split("/"), filename=name)
    return message.as_bytes()


def taken_in(office: Any, raw: bytes) -> None:
    (office.folder / "scan.eml").write_bytes(raw)
    office.run("mailbox", "import", str(office.folder / "scan.eml"))


UNDERSTOOD = "SELECT event, event_without_scans, rule, detail FROM message WHERE from_address LIKE '%bacninh%'"
PART = "SELECT text, scanned, confidence FROM message_part"
SHOWN = (
    "SELECT p.event, p.proposed_event, p.decided_by, p.rule, r.outcome FROM reply p JOIN request r ON r.id = p.request "
    "WHERE r.agency = '2019-stc-bac-ninh'"
)


@RECOGNISING
def test_a_scanned_letter_is_read_and_proposes_and_decides_nothing(office: Any) -> None:
    taken_in(office, mail("1234.pdf", PDF, scan(REFUSAL)))
    ((event, sure, rule, detail),) = office.private(UNDERSTOOD)
    ((text, scanned, confidence),) = office.private(PART)
    assert scanned == 1 and confidence > 0.8 and "từ chối cung cấp thông tin" in text
    head = json.loads(detail)["letterhead"]
    assert (head["number"], head["dated"]) == ("1234/STC-QLNS", "2020-04-15")
    assert (head["addressed_to"], head["signer"]) == ("Nhóm khảo sát ngân sách", "KT. GIÁM ĐỐC")
    assert head["confidence"] == confidence
    assert (event, sure, rule) == ("R1", "UN", f"scan {confidence:.0%}: refusal.reasoned")
    assert office.public(SHOWN) == [("UN", "R1", "rule", rule, "UN")]
    read_at = office.private("SELECT read_at FROM recognised")
    office.run("mailbox", "reparse")
    assert office.private(UNDERSTOOD) == [(event, sure, rule, detail)]
    assert office.private("SELECT read_at FROM recognised") == read_at  # not a second time
    shown = office.run("review", "--coder", "AB", typed="...==")
    assert f"recognised in a scan, {confidence:.0%} sure" in shown
    assert "→ official letter: 1234/STC-QLNS, 2020-04-15, Nhóm khảo sát ngân sách, KT. GIÁM ĐỐC" in " ".join(
        shown.split()
    )
    assert office.public(SHOWN) == [("R1", "R1", "person", rule, "R1")]


def test_where_the_programs_are_missing_a_scan_is_flagged_and_waits(
    office: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(office.folder))
    taken_in(office, mail("1234.pdf", PDF, scan(REFUSAL)))
    assert office.private(PART) == [(SCANNED, 1, None)]
    assert "1 files are not read yet" in office.run("mailbox", "status")
    assert [event for event, *_ in office.private(UNDERSTOOD)] == ["UN"]
    check = diagnosis.scans(ocr.missing(("vi",)))
    assert (check.status, check.remedy.startswith("on Debian: apt-get install tesseract-ocr")) == ("note", True)


@pytest.mark.parametrize(
    ("languages", "packages"),
    [
        (("vi",), []),
        (("es", "vi"), ["tesseract-ocr-spa"]),
        (("cy", "en"), ["tesseract-ocr-cym", "tesseract-ocr-eng"]),
        (("sr",), ["tesseract-ocr-srp", "tesseract-ocr-srp-latn"]),
    ],
)
def test_the_language_package_that_a_study_lacks_is_named(
    languages: tuple[str, ...], packages: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two programs that are there, of which one knows Vietnamese only."""
    for name, text in (("tesseract", "echo 'List of languages (1):'; echo vie"), ("pdftoppm", "true")):
        (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / name).chmod(0o700)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin")
    assert ocr.missing(languages) == packages
    assert diagnosis.scans(ocr.missing(languages)).remedy.count("tesseract-ocr-") == len(packages)


@RECOGNISING
def test_a_scan_is_read_in_the_languages_of_the_study() -> None:
    """Whoever does not look for Vietnamese letters reads none; whoever does reads the same line as it stands."""
    line = "Sở Tài chính từ chối cung cấp thông tin theo quy định"
    english, vietnamese = (ocr.recognise(scan((line,)), PDF, (language,)).text for language in ("en", "vi"))
    assert line in vietnamese
    assert "từ chối" not in english and "cung" in english


def test_a_file_that_was_read_before_is_known_wherever_it_comes(office: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    paper = scan(REFUSAL)
    private = open_private(office.folder / "var/private.db")
    words = Recognised("Số: 9/STC\nSở Tài chính từ chối cung cấp thông tin.", 0.4, 1, 1)
    message_analysis.save_scan(private, hashlib.sha256(paper).hexdigest(), words, datetime(2020, 4, 1))
    message_analysis.save_scan(
        private, hashlib.sha256(paper).hexdigest(), Recognised(fault="later"), datetime(2020, 4, 2)
    )
    private.close()
    monkeypatch.setenv("PATH", str(office.folder))  # no program is needed
    taken_in(office, mail("1234.pdf", PDF, paper))
    assert office.private(PART) == [(words.text, 1, 0.4)]
    assert [row[:3] for row in office.private(UNDERSTOOD)] == [("R2", "UN", "scan 40%: refusal.bare")]


def test_a_scan_is_a_document_also_where_nobody_reads_it() -> None:
    out, paper = io.BytesIO(), scan(REFUSAL)
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("bao-cao.pdf", paper)
    files = (("bao-cao.pdf", PDF, paper), ("bao-cao.zip", ZIP, out.getvalue()))
    text = "Sở Tài chính gửi kèm báo cáo quyết toán ngân sách năm 2018.\n"
    replies = [parser.parse(mail(*file, text)) for file in files]
    assert [classify(reply, [], RuleContext(vocabulary=VIETNAMESE)).event for reply in replies] == [
        Event.FULL,
        Event.FULL,
    ]
    assert [[part.data for part in parser.files(mail(*file))] for file in files] == [[data] for *_, data in files]


@pytest.mark.parametrize(
    ("made", "kind", "fault"),
    [
        (lambda: picture(10_000, 10_000), "image/png", "too_large"),
        (lambda: bytes(MAX_BYTES + 1), "image/tiff", "too_large"),
        (lambda: b"\xff\xd8\xff" + bytes(range(200)), "image/jpeg", "broken"),
        (lambda: b"", "image/heic", "no_picture"),
    ],
    ids=["huge picture", "huge file", "broken", "not_seen"],
)
def test_what_cannot_be_read_has_a_reason(made: Callable[[], bytes], kind: str, fault: str) -> None:
    assert ocr.recognise(made(), kind, ("vi",)) == Recognised(fault=fault)


@RECOGNISING
def test_a_scan_that_takes_too_long_is_ended_with_all_that_reads_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    # The six pages of it that are read take three seconds and more.
    assert ocr.recognise(scan(REFUSAL, 9), PDF, ("vi",), seconds=1.0) == Recognised(fault="took_too_long")
    assert list(tmp_path.iterdir()) == []
    until = time.monotonic() + 10  # a killed process is gone a moment later
    while any(str(tmp_path) in _command(process) for process in Path("/proc").glob("[0-9]*")):
        assert time.monotonic() < until


def _command(process: Path) -> str:
    try:
        return (process / "cmdline").read_text(encoding="utf-8", errors="replace")
    except OSError:  # it ended meanwhile
        return ""


@pytest.mark.proof
@RECOGNISING
@pytest.mark.parametrize(("lines", "fault"), [(REFUSAL, ""), ((), "no_words")], ids=["500 pages", "500 empty pages"])
def test_a_long_scan_is_read_at_its_beginning(lines: tuple[str, ...], fault: str) -> None:
    found = ocr.recognise(scan(lines, 500), PDF, ("vi",))
    assert (found.of_pages, found.fault) == (500, fault)
    assert found.text.count("1234/STC-QLNS") == (0 if fault else MAX_PAGES)


@pytest.mark.proof
@RECOGNISING
def test_a_huge_picture_inside_a_document_is_drawn_small() -> None:
    assert ocr.recognise(picture(10_000, 10_000, "PDF"), PDF, ("vi",)) == Recognised(fault="no_words", of_pages=1)
