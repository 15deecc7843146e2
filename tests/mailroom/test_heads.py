"""Headers told apart without the standard library's parser are those that it finds."""

from email.message import Message
from email.parser import BytesHeaderParser, BytesParser
from email.policy import compat32
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom.mime import headers

FOLDER = Path(__file__).parents[1] / "fixtures"
MAILS = sorted([*(FOLDER / "mail").glob("*.eml"), *(FOLDER / "machine").glob("*.eml")])
PIECES = (
    "Subject",
    "X-a",
    ":",
    ": ",
    " ",
    "\t",
    "\n",
    "\n ",
    "\r",
    "\r\n",
    "=?utf-8?q?a?=",
    "\xff",
    "\x0b",
    "From ",
    "x",
)


def as_parsed(head: bytes) -> Message:
    return BytesHeaderParser(policy=compat32).parsebytes(head)


@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_a_plain_header_is_read_as_the_parser_reads_it(text: str) -> None:
    head = text.encode("latin-1") + b"\n"
    found = headers.plain(head, compat32, Message)
    if found is not None:
        parsed = as_parsed(head)
        assert (list(found.raw_items()), [], "") == (list(parsed.raw_items()), parsed.defects, parsed.get_payload())


@pytest.mark.parametrize("head", [b"\n", b" a: b\n", b"a b: c\n", b"a\n", b"From x\na: b\n", b"a: b\rc: d\n", b": b\n"])
def test_what_is_no_plain_header_is_left_to_the_parser(head: bytes) -> None:
    assert headers.plain(head, compat32, Message) is None


def test_the_headers_of_nearly_every_mail_are_plain() -> None:
    found = 0
    for path in MAILS:
        head = headers.cut(path.read_bytes()).replace(b"\r\n", b"\n").rstrip(b"\n") + b"\n"
        message = headers.plain(head, compat32, Message)
        if message is not None:
            found += 1
            whole = BytesParser(policy=compat32).parsebytes(path.read_bytes().replace(b"\r\n", b"\n"))
            assert list(message.raw_items()) == list(whole.raw_items()), path.name
    assert found > 0.9 * len(MAILS)
