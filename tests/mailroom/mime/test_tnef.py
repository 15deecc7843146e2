"""Compressed RTF as the specification shows it (MS-OXRTFCP, 3.1), and streams of TNEF that are damaged anywhere."""

import base64
import random
import struct
from pathlib import Path

import pytest
import tnefparse  # type: ignore[import-untyped]

from mailroom.mime import tnef

FIXTURES = Path(__file__).parents[2] / "fixtures" / "mail"


@pytest.mark.parametrize(
    ("packed", "text"),
    [
        (
            "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0",
            b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n",
        ),
        ("1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0", b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}"),
        ("0f000000030000004d454c4100000000" + b"{\\}".hex(), b"{\\}"),
        ("00", b""),
    ],
)
def test_compressed_rtf_is_unpacked(packed: str, text: bytes) -> None:
    assert tnef.uncompressed(bytes.fromhex(packed)) == text


def stream(case: Path) -> bytes:
    """The winmail.dat of a saved mail."""
    raw = case.read_bytes()
    return base64.b64decode(raw[raw.index(b"eJ8+") :].partition(b"--")[0])


def test_a_whole_stream_holds_what_tnefparse_finds() -> None:
    whole = stream(FIXTURES / "edge-41-tnef-alone.eml")
    ours, theirs = tnef.unwrap(whole, tnef.RichTexts()), tnefparse.TNEF(whole)
    assert ours.files == tuple((file.long_filename(), file.data) for file in theirs.attachments) != ()
    assert ours.body == theirs.body


@pytest.mark.parametrize("case", sorted(FIXTURES.glob("edge-41-tnef-a*.eml")), ids=lambda case: case.stem)
def test_a_damaged_stream_is_flagged_or_read(case: Path) -> None:
    whole = stream(case)
    assert tnef.unwrap(whole, tnef.RichTexts()).whole
    ends, at = {6}, 6
    while at < len(whole):
        at += 11 + struct.unpack_from("<I", whole, at + 5)[0]
        ends.add(at)
    for end in range(6, len(whole)):
        contents = tnef.unwrap(whole[:end], tnef.RichTexts())
        assert end in ends or not contents.whole  # between two attributes nobody can tell
    dice = random.Random(1)
    for _ in range(500):
        data = bytearray(whole)
        for _ in range(dice.randint(1, 6)):
            data[dice.randrange(len(data))] = dice.randrange(256)
        contents = tnef.unwrap(bytes(data), tnef.RichTexts())
        (contents.body + contents.html + "".join(name for name, _ in contents.files)).encode()
