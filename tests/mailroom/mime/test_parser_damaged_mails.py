"""Damaged mails: the header alone says what the whole mail says, and whatever is read can be stored."""

import dataclasses
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from mailroom.mime import decoding, parser

FOLDER = Path(__file__).parents[2] / "fixtures"
MAILS = [
    raw
    for path in sorted([*(FOLDER / "mail").glob("*.eml"), *(FOLDER / "machine").glob("*.eml")])
    if 0 < len(raw := path.read_bytes()) < 20_000
]
PIECES = (
    b"", b"\n", b"\n\n", b"\r", b"\r\n\r\n", b"\r\r\n", b"\x00", b"\xff", b"\xe1\xbb\x9f", b" ", b"-", b"--ranh-gioi\n",
    b"--b1--\n", b"Content-Transfer-Encoding: base64\n\n", b"Content-Type: multipart/mixed; boundary=b1\n", b"From: ",
    b"From \n", b"base64\n\n" + b"QUJD" * 30 + b"\n", b"<\xc4\x83@b.test>", b"Message-ID: <a@b>\n", b"=?utf-8?q?=E1?=",
)  # fmt: skip
damages = st.lists(st.tuples(st.integers(0, 20_000), st.sampled_from(PIECES), st.integers(0, 60)), max_size=4)
OFTEN = settings(max_examples=150)


def damaged(raw: bytes, damage: list[tuple[int, bytes, int]], line_end: bytes) -> bytes:
    raw = raw.replace(b"\n", line_end)
    for at, piece, length in damage:
        at %= len(raw) + 1
        raw = raw[:at] + piece + raw[at + length :]
    return raw


mails = st.builds(damaged, st.sampled_from(MAILS), damages, st.sampled_from((b"\n", b"\n", b"\r\n")))


def texts(value: Any) -> Iterator[str]:
    """Every text that a value holds."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for one in value:
            yield from texts(one)
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from texts(getattr(value, field.name))


@given(mails)
@OFTEN
def test_a_heading_says_what_the_whole_mail_says(raw: bytes) -> None:
    heading, whole = parser.heading(raw), parser.parse(raw)
    for field in ("sha256", "message_id", "subject", "from_address", "from_name", "date"):
        assert getattr(heading, field) == getattr(whole, field), field


@given(mails)
@example(b"From: <v\xc4\x83n.th\xc6\xb0@b.test>\nTo: \xff@b.test\nReceived: for <\xff@b.test>\n\nx")
@OFTEN
def test_whatever_was_read_can_be_stored(raw: bytes) -> None:
    """A database refuses the surrogates that stand for bytes of no known meaning."""
    for text in texts(parser.parse(raw)):
        assert text.encode("utf-8").decode("utf-8") == text


@given(st.binary(max_size=120), st.integers(0, 170), st.sampled_from((b"", b"=", b"==", b"\n", b"!", b"A", b"\r\n")))
def test_base64_is_read_alike_with_and_without_its_stray_characters(data: bytes, at: int, stray: bytes) -> None:
    coded = b64encode(data)
    coded = coded[:at] + stray + coded[at:]
    assert decoding.base64_bytes(coded + b"\n") == decoding.base64_bytes(b" " + coded)  # which is not strict
