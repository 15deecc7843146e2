"""What only LibreOffice reads: it waits for it, and counts like any other text once it was converted."""

import hashlib
import os
import time
from datetime import datetime
from typing import Any

import pytest

from prober.documents import conversion, isolation
from prober.documents.conversion import EXACT
from prober.documents.media_types import DOC, PPT, XLS
from prober.documents.notes import note
from prober.documents.ocr import Recognised
from prober.documents.readers import FOR_LIBREOFFICE, MAX_BYTES
from prober.reporting.words import reasons
from prober.store import open_private
from prober.store.private import message_analysis
from tests.prober.documents.test_child_process import gone
from tests.prober.documents.test_ocr import PART, SHOWN, UNDERSTOOD, mail, taken_in
from tests.prober.documents.test_ole_office import LETTER, LINES, SLIDES, word

OLDEST = word("x\r", version=0x68)  # as far as its header: Word 95
CONVERTING = pytest.mark.needs("soffice")


def test_what_nobody_here_reads_waits_and_names_the_program(office: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    isolation.walls()  # tried once, which is not to be here
    monkeypatch.setattr(isolation, "PATH", str(office.folder))
    taken_in(office, mail("1234.doc", DOC, OLDEST))
    ((text, waits, confidence),) = office.private(PART)
    assert (text, waits, confidence) == (FOR_LIBREOFFICE[DOC], 1, None)
    assert reasons.noted(text).en == "[Word before 97: LibreOffice would read it (prober doctor)]"
    assert "1 files are not read yet" in office.run("mailbox", "status")


def test_a_converted_letter_decides_where_a_recognised_one_only_proposes(office: Any) -> None:
    private = open_private(office.folder / "var/private.db")
    refusal = "Số: 9/STC\nSở Tài chính từ chối cung cấp thông tin."
    key = hashlib.sha256(OLDEST).hexdigest()
    message_analysis.save_scan(private, key, Recognised(refusal, EXACT, 1, 1), datetime(2020, 4, 1))
    private.close()
    taken_in(office, mail("1234.doc", DOC, OLDEST))
    assert office.private(PART) == [(refusal, 1, EXACT)]
    assert [row[:3] for row in office.private(UNDERSTOOD)] == [("R2", "", "refusal.bare")]
    assert [row[:3] for row in office.public(SHOWN)] == [("R2", "R2", "rule")]


@CONVERTING
def test_it_is_read_after_all_other_mail(office: Any) -> None:
    taken_in(office, mail("1234.doc", DOC, OLDEST))
    assert office.private(PART) == [("x", 1, EXACT)]


@CONVERTING
@pytest.mark.parametrize(
    ("data", "kind", "lines"),
    [(LETTER, DOC, LINES[:5]), (SLIDES, PPT, ["Dự toán ngân sách năm 2020", "Tổng chi: 8.535 tỷ đồng", "Budget 2020"])],
    ids=["letter", "slides"],
)
def test_libreoffice_reads_what_it_wrote(data: bytes, kind: str, lines: list[str]) -> None:
    found = conversion.converted(data, kind)
    assert (found.text.split("\n")[: len(lines)], found.confidence, found.fault) == (lines, EXACT, "")


@CONVERTING
def test_libreoffice_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    mark = f"late_{os.getpid()}"
    monkeypatch.setitem(conversion.KINDS, DOC, (f"{mark}.doc", "docx"))  # on every command line that has to do with it
    began = time.monotonic()
    assert conversion.converted(LETTER, DOC, seconds=0.5) == Recognised(fault="took_too_long")
    assert time.monotonic() - began < 10
    assert gone(mark)


def test_where_libreoffice_is_missing_or_may_not_read_there_is_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    assert conversion.converted(bytes(MAX_BYTES + 1), XLS) == Recognised(fault="too_large")
    monkeypatch.setitem(isolation._ENVIRONMENT, "PATH", "/nowhere")
    monkeypatch.setattr(isolation, "_barriers", lambda: (isolation.Walls.LIMITS, ()))
    assert conversion.converted(LETTER, DOC) == Recognised(fault="no_program")
    assert note("not_recognised", "no_program") == "[prober: not_recognised: no_program]"
