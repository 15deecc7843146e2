"""Bytes become text, whatever code they are declared to be in."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mailroom.mime.decoding import header_text, text_of


@given(
    st.binary(max_size=300),
    st.sampled_from(["", "utf-8", "uft-8", "iso-2022-jp", "windows-1258", "hz-gb-2312", "\x00", "utf-16"]),
)
def test_any_bytes_are_some_text(data: bytes, charset: str) -> None:
    text, _ = text_of(data, charset)
    assert text.encode().decode() == text  # storable: no lone surrogate


@example("Á", "iso-2022-jp")
@example("ưô0Á", "")
@example("Á0aô", "")
@given(
    st.text("abđêôơưăÁắậỗợỸ 019.,?~", max_size=100),
    st.sampled_from(["", "utf-8", "uft-8", "us-ascii", "iso-8859-1", "iso-2022-jp", "\x00"]),
)
def test_vietnamese_in_utf_8_is_read_whatever_was_declared(written: str, charset: str) -> None:
    assert text_of(written.encode(), charset)[0] == written


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        ("=?utf-8?Q?S=E1=BB=9F?= =?utf-8?Q?_T=C3=A0i?=", "Sở Tài"),
        ("=?UTF-8?B?U+G7?= =?UTF-8?B?n2E=?=", "Sởa"),
        ("plain\n  folded", "plain folded"),
        ("=?x-unknown?Q?abc?= d", "abc d"),
        ("=?utf-8*vi?Q?S=E1=BB=9F?=", "Sở"),
        ("=?utf-8?B?not base64 at all?=", "=?utf-8?B?not base64 at all?="),
    ],
)
def test_headers_are_decoded(raw: str, read: str) -> None:
    if "not base64" in raw:
        assert header_text(raw)  # whatever it is, it is text
    else:
        assert header_text(raw) == read
