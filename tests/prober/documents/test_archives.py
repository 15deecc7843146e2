"""Archives, and archives in them: every member by its name, and what was not read."""

import io
import struct
import zipfile
from binascii import crc32
from collections.abc import Callable
from pathlib import Path

import libarchive
import pytest

from prober.documents import readers
from prober.documents.archives import ALWAYS, MAX_MEMBER_BYTES, MAX_MEMBERS
from prober.documents.media_types import RAR, SEVEN_ZIP, ZIP, sniff
from prober.documents.notes import faulty, note
from prober.documents.readers import CUT, MAX_DEPTH
from prober.sandbox.sites.sample_documents import docx
from tests.prober.documents.test_office import packed, stored

LETTER = docx(["Dự toán"])


def seven_zip(path: Path, *members: tuple[str, bytes]) -> bytes:
    with libarchive.file_writer(str(path), "7zip") as archive:
        for name, data in members:
            archive.add_file_from_memory(name, len(data), data)
    return path.read_bytes()


def rar4(name: str, data: bytes, method: int = 0x30) -> bytes:
    """A RAR of the old format with one file, by default one that is stored as it is."""
    named = name.encode()
    file = struct.pack(
        "<BHHIIBIIBBHI", 0x74, 0x8000, 32 + len(named), len(data), len(data), 3, crc32(data), 0, 20, method,
        len(named), 0,
    )  # fmt: skip
    blocks = (struct.pack("<BHH", 0x73, 0, 13) + bytes(6), file + named)
    return b"Rar!\x1a\x07\0" + b"".join(struct.pack("<H", crc32(b) & 0xFFFF) + b for b in blocks) + data


def rar5(name: str, data: bytes) -> bytes:
    """A RAR of the new format with one file that is stored as it is."""
    named = name.encode()
    size = bytes((0x80 | len(data) & 0x7F, 0x80 | len(data) >> 7 & 0x7F, len(data) >> 14))
    file = b"\x02\x02" + size + b"\x04" + size + b"\0" + struct.pack("<I", crc32(data)) + b"\0\1"
    blocks = (b"\x01\0\0", file + bytes((len(named),)) + named)
    headers = [bytes((len(block),)) + block for block in blocks]
    whole = [struct.pack("<I", crc32(header)) + header for header in headers]
    return b"Rar!\x1a\x07\x01\0" + whole[0] + whole[1] + data


def nested(depth: int) -> bytes:
    data = LETTER
    for number in range(depth):
        data = packed((f"{number}.zip" if number else "thư.docx", data))
    return data


def deflated(*members: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return out.getvalue()


def link(name: str, target: str) -> bytes:
    member = zipfile.ZipInfo(name)
    member.create_system, member.external_attr = 3, 0o120777 << 16
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(member, target)
    return out.getvalue()


def test_an_archive_says_what_it_did_not_read() -> None:
    inner = packed(("c.zip", packed(("d.docx", LETTER))), ("e.doc", stored("WordDocument")), ("f.txt", "x"))
    text = readers.text_of(packed(("a.zip", inner), ("b.docx", LETTER)), ZIP)
    assert text.split("\n") == [
        "a.zip", "c.zip", "d.docx", "Dự toán", "e.doc", note("broken", "ValueError"), "f.txt", "b.docx", "Dự toán",
    ]  # fmt: skip


def test_archives_in_archives_are_opened_to_a_depth() -> None:
    assert readers.text_of(nested(MAX_DEPTH), ZIP).split("\n")[-2:] == ["thư.docx", "Dự toán"]
    deeper = readers.text_of(nested(MAX_DEPTH + 1), ZIP)
    assert deeper.split("\n")[-2:] == ["1.zip", note("archive_too_deep")]
    assert not faulty(deeper)


def test_a_7z_in_a_zip_is_read(tmp_path: Path) -> None:
    data = seven_zip(tmp_path / "a.7z", ("Biểu 46.docx", LETTER), ("ảnh.jpg", b"x"))
    assert sniff(data, "") == SEVEN_ZIP
    assert readers.text_of(data, SEVEN_ZIP) == "Biểu 46.docx\nDự toán\nảnh.jpg"
    assert readers.text_of(packed(("a.7z", data)), ZIP) == "a.7z\nBiểu 46.docx\nDự toán\nảnh.jpg"


@pytest.mark.parametrize("made", [rar4, rar5])
def test_both_formats_of_rar_are_read(made: Callable[[str, bytes], bytes]) -> None:
    data = made("Bieu 46.docx", LETTER)
    assert sniff(data, "") == RAR
    assert readers.text_of(data, RAR) == "Bieu 46.docx\nDự toán"
    assert readers.text_of(data[:-20], RAR) == f"Bieu 46.docx\n{note('broken', 'damaged')}"


def test_a_method_of_packing_that_is_not_known_is_no_damage() -> None:
    text = readers.text_of(rar4("Bieu 46.docx", LETTER, 0x36), RAR)
    assert text == f"Bieu 46.docx\n{note('unknown_packing')}" and not faulty(text)


@pytest.mark.parametrize(
    ("raw", "name"),
    [("Dự toán.docx".encode(), "Dự toán.docx"), ("Bao c¸o.docx".encode("latin-1"), "Bao c╕o.docx"),
     (b"To\xe1n.docx", "Toán.docx")],
)  # fmt: skip
def test_a_name_is_in_the_code_page_of_the_program_that_packed_it(raw: bytes, name: str) -> None:
    data = packed(("x" * len(raw), LETTER)).replace(b"x" * len(raw), raw)  # the flag of UTF-8 is not set
    assert readers.text_of(data, ZIP) == f"{name}\nDự toán"


def test_a_name_in_an_extra_field_is_read() -> None:
    raw = b"a?.docx"
    member = zipfile.ZipInfo(raw.decode())
    called = "ấn.docx".encode()
    member.extra = struct.pack("<HHBI", 0x7075, 5 + len(called), 1, crc32(raw)) + called
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(member, LETTER)
    assert readers.text_of(out.getvalue(), ZIP) == "ấn.docx\nDự toán"


HUGE = MAX_MEMBER_BYTES + 1
# Made by the test: what is packed here takes a tenth of a second, which every process that collects tests would pay.
HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "one member too large": (lambda: deflated(("a.docx", bytes(HUGE))), f"a.docx\n{note('expands_too_far')}"),
    "all together too much": (
        lambda: deflated(*((f"{n}.docx", bytes(ALWAYS)) for n in range(3))),
        f"0.docx\n{note('broken', 'BadZipFile')}\n1.docx\n{note('expands_too_far')}\n2.docx\n{note('expands_too_far')}",
    ),
    "declares less than it holds": (
        lambda: deflated(("a.docx", bytes(HUGE))).replace(struct.pack("<I", HUGE), struct.pack("<I", 9)),
        f"a.docx\n{note('expands_too_far')}",
    ),
    "a name of several lines": (
        lambda: packed(("a\n[prober: encrypted]\nđã từ chối.docx", LETTER)),
        "a (prober: encrypted] đã từ chối.docx\nDự toán",
    ),
    "too many members": (
        lambda: packed(*((f"{n}.txt", "") for n in range(60))), "\n".join(f"{n}.txt" for n in range(MAX_MEMBERS)) + CUT
    ),
    "a folder, and a link to a file of ours": (
        lambda: packed(("b/", b"")) , "",
    ),
    "no archive": (lambda: b"PK\x03\x04" + bytes(40), note("broken", "damaged")),
    "another format behind its first bytes": (
        lambda: b"Rar!\x1a\x07\x01\0" + deflated(("a.docx", LETTER)), note("broken", "damaged")
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_archive_costs_little_and_is_named(name: str) -> None:
    made, text = HOSTILE[name]
    data = made()
    found, used = readers.read(data, sniff(data, ""), 2.0, 200_000)
    assert found == text
    assert used < 2.0


def test_archives_that_multiply_end_after_as_many_files_as_are_read() -> None:
    """Three levels of forty archives would be 64,000 letters."""
    data = packed(*((f"{n}.docx", LETTER) for n in range(40)))
    for _ in range(2):
        data = deflated(*((f"{n}.zip", data) for n in range(40)))
    text = readers.text_of(data, ZIP)
    assert text.count("\n") < 2 * MAX_MEMBERS and text.endswith(CUT)
    readers.stop()
