"""Word and PowerPoint files of 1997 to 2003: written by LibreOffice, cut, turned and made hostile."""

import random
import struct
import zipfile
from pathlib import Path

import pytest

from prober.documents import readers
from prober.documents.media_types import DOC, PPT, sniff
from prober.documents.notes import MARK, note
from prober.documents.readers import CUT, ENCRYPTED
from tests.prober.documents.ole_storage import storage

FOLDER = Path(__file__).parents[2] / "fixtures/documents"
LETTER = (FOLDER / "letter-1997.doc").read_bytes()
with zipfile.ZipFile(FOLDER / "slides-1997.zip") as archive:
    SLIDES = archive.read("slides-1997.ppt")
LINES = [
    "UBND TỈNH CÀ MAU", "SỞ TÀI CHÍNH", "Số: 12/STC-QLNS\tCà Mau, ngày 15 tháng 4 năm 2020",
    "Kính gửi: Nhóm khảo sát ngân sách", "Sở Tài chính gửi dự toán ngân sách năm 2020 “đính kèm”.",
    "Nội dung\tDự toán\tQuyết toán", "Tổng chi\t8.535.002\t9.000.001",
]  # fmt: skip


def word(
    text: str, *, flags: int = 0, version: int = 0xC1, compressed: bytes = b"", parts: tuple[int, ...] = ()
) -> bytes:
    """A DOC with a piece in UTF-16 and one in the code page of Windows."""
    wide = text.encode("utf-16-le")
    lengths = parts or (len(text) + len(compressed),)
    head = bytearray(1024)
    struct.pack_into("<HH6xH", head, 0, 0xA5EC, version, flags)
    struct.pack_into(f"<{len(lengths)}I", head, 76, *lengths)
    ends = struct.pack("<III", 0, len(text), len(text) + len(compressed))
    pieces = struct.pack("<HIHHIH", 0, 1024, 0, 0, 0x40000000 | 2 * (1024 + len(wide)), 0)
    table = b"\x01\x02\x00ab" + b"\x02" + struct.pack("<I", len(ends + pieces)) + ends + pieces
    struct.pack_into("<II", head, 418, 0, len(table))
    return storage({"WordDocument": bytes(head) + wide + compressed, "0Table": table})


def test_a_letter_of_word_97_has_its_table_and_its_header() -> None:
    assert sniff(LETTER, "") == DOC
    text = readers.text_of(LETTER, DOC).split("\n")
    assert text[:7] == LINES
    assert "Hỏa tốc" in text[7:]


def test_a_presentation_of_powerpoint_97_has_its_slides_and_no_master() -> None:
    assert sniff(SLIDES, "") == PPT
    assert readers.text_of(SLIDES, PPT).split("\n") == [
        "Dự toán ngân sách năm 2020", "Tổng chi: 8.535 tỷ đồng", "Budget 2020"
    ]  # fmt: skip
    assert readers.read(SLIDES, PPT, 2.0, 30)[0].endswith(CUT)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (word("Sở Tài chính\r", compressed=b"Phu luc \x93A\x94\r"), "Sở Tài chính\nPhu luc “A”"),
        (word("Së Tµi chÝnh tØnh Cµ Mau\r"), "Sở Tài chính tỉnh Cà Mau"),  # typed with a TCVN3 font
        (word('a \x13 HYPERLINK "http://x.test" \x14x.test\x15 b\x07c\x07\x07'), "a x.test b\tc"),
        (word("thân\rchú thích\rđầu trang\r", parts=(5, 10, 10)), "thân\nchú thích\nđầu trang"),
        (word("thân\rghi chú\r", parts=(5, 0, 0, 0, 8)), "thân"),  # what somebody wrote beside it is not the letter
        (word("x\r", flags=0x100), ENCRYPTED),
        (word("x\r", version=0x68), note("needs_program", "Word before 97", "LibreOffice")),
        (word("\x01\r"), note("scanned")),
        (word(""), ""),
    ],
    ids=["two pieces", "font", "field and row", "parts", "annotation", "encrypted", "Word 95", "picture", "empty"],
)
def test_what_is_read_of_a_letter(data: bytes, text: str) -> None:
    assert sniff(data, "") == DOC
    assert readers.text_of(data, DOC) == text


def test_a_presentation_behind_a_password_is_named() -> None:
    data = storage({"PowerPoint Document": b"x", "Current User": b"\0" * 12 + b"\xdf\xc4\xd1\xf3"})
    assert readers.text_of(data, PPT) == ENCRYPTED


def test_no_more_is_kept_than_is_wanted() -> None:
    text, used = readers.read(word("Sở " * 100_000), DOC, 2.0, 1_000)
    assert len(text) == 1_000 and text.endswith(CUT) and used < 1.0


def test_files_that_are_cut_or_turned_cost_little() -> None:
    dice = random.Random(7)
    for data, kind in ((LETTER, DOC), (SLIDES, PPT)):
        for number in range(60):
            broken = bytearray(data[: dice.randrange(len(data))] if number % 3 == 0 else data)
            for _ in range(dice.randrange(1, 40)):
                broken[dice.randrange(len(broken))] = dice.randrange(256)
            text, used = readers.read(bytes(broken), kind, 2.0, 10_000)
            assert used < 2.0 and (len(text) <= 10_000 or text.startswith(MARK))


@pytest.mark.parametrize(
    "stream",
    [struct.pack("<HHI", 15, 1000, 0) * 400_000, struct.pack("<HHI", 0, 0xFA0, 0) * 400_000,
     struct.pack("<HHI", 0, 0xFA0, 0xFFFFFFFF)],
    ids=["containers", "empty texts", "too long"],
)  # fmt: skip
def test_a_stream_of_hostile_records_ends(stream: bytes) -> None:
    data = storage({"PowerPoint Document": stream})
    text, used = readers.read(data, PPT, 2.0, 10_000)
    assert text == "" and used < 2.0
    readers.stop()
