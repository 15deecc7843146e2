"""What is signed as a whole is opened, in whatever lengths it was written; nothing else is."""

import time

import pytest
from asn1crypto import cms  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from mailroom.mime.smime import signed_content

SIGNED, ENVELOPED, PLAIN = (bytes.fromhex(f"06092a864886f70d01070{n}") for n in (2, 3, 1))
LETTER = "Sở Tài chính đã nhận được thư.".encode()


def held(tag: int, *inside: bytes) -> bytes:
    content = b"".join(inside)
    return bytes([tag, 0x84]) + len(content).to_bytes(4, "big") + content


def without_length(tag: int, *inside: bytes) -> bytes:
    return bytes([tag, 0x80]) + b"".join(inside) + b"\0\0"


def message(string: bytes, kind: bytes = SIGNED, held=held) -> bytes:  # type: ignore[no-untyped-def]
    inner = held(0x30, PLAIN, held(0xA0, string))
    return bytes(held(0x30, kind, held(0xA0, held(0x30, b"\x02\x01\x01", b"\x31\x00", inner, b"\x31\x00"))))


@given(st.lists(st.binary(min_size=1, max_size=300), min_size=1, max_size=5))
def test_the_letter_is_what_was_signed(pieces: list[bytes]) -> None:
    written = [held(0x04, piece) for piece in pieces]
    assert signed_content(message(held(0x04, b"".join(pieces)))) == b"".join(pieces)
    assert signed_content(message(held(0x24, *written))) == b"".join(pieces)
    assert signed_content(message(without_length(0x24, *written), held=without_length)) == b"".join(pieces)


@given(st.binary(min_size=1, max_size=300))
def test_a_string_in_one_piece_is_what_asn1crypto_reads(letter: bytes) -> None:
    signed = message(held(0x04, letter))
    found = cms.ContentInfo.load(signed)["content"]["encap_content_info"]["content"].native
    assert signed_content(signed) == found == letter


@pytest.mark.parametrize("data", [b"", b"0", message(held(0x04, LETTER), ENVELOPED), LETTER, b"\x30\x80" * 9_000])
def test_nothing_else_is_opened(data: bytes) -> None:
    assert signed_content(data) == b""


def test_what_is_cut_off_is_not_opened() -> None:
    whole = message(held(0x04, LETTER))
    assert {signed_content(whole[:length]) for length in range(len(whole))} == {b""}


def test_millions_of_empty_pieces_do_not_cost_seconds() -> None:
    began = time.process_time()
    assert signed_content(message(without_length(0x24, b"\x04\x00" * 5_000_000), held=without_length)) == b""
    assert time.process_time() - began < 2
