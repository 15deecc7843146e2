"""A file is what its bytes say, whatever it is called."""

import pytest

from prober.documents.media_types import DOCX, PDF, XLSX, ZIP, sniff
from tests.prober.documents.test_readers import PAPER, READ, packed, workbook


@pytest.mark.parametrize(
    ("data", "declared", "expected"),
    [
        (PAPER, "text/html", PDF),
        (b"\r\n  stray bytes" + PAPER, "", PDF),
        (READ["docx"][0], "application/octet-stream", DOCX),
        (workbook(1), "", XLSX),
        (packed(("bieu.docx", READ["docx"][0])), DOCX, ZIP),
        (b"PK\x03\x04....anything", DOCX, ZIP),
        (b"<html>", "text/html", "text/html"),
        (b"\0\1", "nonsense", "application/octet-stream"),
    ],
)
def test_a_file_is_what_its_bytes_say(data: bytes, declared: str, expected: str) -> None:
    assert sniff(data, declared) == expected
