"""Files inside a winmail.dat (TNEF, MS-OXTNEF): Outlook's wrapping of attachments, read as far as it is whole."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

_SIGNATURE = 0x223E9F78
_BODY, _TITLE, _DATA, _NEW_FILE = 0x0002800C, 0x00018010, 0x0006800F, 0x00069002
MAX_FILES = 100


@dataclass(frozen=True, slots=True)
class Contents:
    """What one winmail.dat holds. `whole` is False when it ends in the middle of something."""

    body: str
    files: tuple[tuple[str, bytes], ...]
    whole: bool


def unwrap(data: bytes) -> Contents:
    """Body text and files of a TNEF stream. Anything broken yields what came before it; nothing raises."""
    if len(data) < 6 or struct.unpack_from("<I", data)[0] != _SIGNATURE:
        return Contents("", (), False)
    body = b""
    files: list[tuple[str, bytes]] = []
    whole = True
    for attribute, value in _attributes(data):
        if attribute < 0:
            whole = False
        elif attribute == _BODY:
            body = value
        elif attribute == _NEW_FILE and len(files) < MAX_FILES:
            files.append(("", b""))
        elif attribute == _TITLE and files:
            files[-1] = (value.rstrip(b"\0").decode("windows-1258", "replace"), files[-1][1])
        elif attribute == _DATA and files:
            files[-1] = (files[-1][0], value)
    text = body.rstrip(b"\0").decode("windows-1258", "replace")
    return Contents(text, tuple(file for file in files if file[1]), whole)


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    """(attribute, value) pairs; (-1, b"") in place of the first that is cut off."""
    at = 6
    while at + 9 <= len(data):
        attribute, length = struct.unpack_from("<II", data, at + 1)
        at += 9
        if at + length + 2 > len(data):
            yield -1, b""
            return
        yield attribute, data[at : at + length]
        at += length + 2  # a checksum follows; a wrong one changes nothing that we could repair
