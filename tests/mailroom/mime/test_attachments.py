"""Names of attachments are safe, and each is another."""

import base64
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom.mime import attachments, parser


@given(st.lists(st.text(max_size=300), max_size=8))
def test_attachment_names_are_safe_and_unique(names: list[str]) -> None:
    made = attachments.describe([attachments.Part(name, "text/csv", b"1;2") for name in names])
    shown = [a.name.lower() for a in made]
    assert len(set(shown)) == len(names)
    assert not any(c in name for name in shown for c in '/\\\0<>:"\r\n')
    assert all(0 < len(name) <= attachments.MAX_NAME + 4 for name in shown)


@pytest.mark.parametrize("size", [300, 40_000])
def test_a_long_file_is_the_same_wherever_it_stands(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between texts, in a message inside the message, behind a false boundary and where the last one is missing."""
    held: list[list[str]] = []
    find = parser._without_long_files

    def told(data: bytes, mark: str) -> tuple[bytes, list[str]]:
        held.append(find(data, mark)[1])
        return find(data, mark)

    monkeypatch.setattr(parser, "_without_long_files", told)
    data = random.Random(size).randbytes(size)
    file = base64.encodebytes(data).decode()
    head = "Content-Type: application/octet-stream; name=a.bin\nContent-Transfer-Encoding: base64\n\n"
    inner = (
        "Content-Type: message/rfc822\n\nSubject: x\nMIME-Version: 1.0\n"
        f"Content-Type: multipart/mixed; boundary=c\n\n\n--c\n{head}{file}\n--c--\n"
    )
    raw = (
        f"Content-Type: multipart/mixed; boundary=b\n\n{file}\n--b\n\nSo gui.\n--b\n{head}{file}--bb\n"
        f"--b\n{inner}\n--b\n{head}{file}"
    )
    read, parts = parser.parse(raw.encode()), parser.files(raw.encode())
    assert bool(held[0]) == (size > 20_000)
    assert data in [part.data for part in parts] and "So gui." in read.text
    monkeypatch.setattr(parser, "_without_long_files", lambda data, _mark: (data, []))
    assert (parser.parse(raw.encode()), parser.files(raw.encode())) == (read, parts)
