"""Read the text and files inside a winmail.dat (TNEF, MS-OXTNEF), in which Outlook wraps attachments.

tnefparse 1.4 was weighed: it is of 2021 and under the LGPL, does not tell that a file is cut off, and leaves texts in a
code page and rich text as bytes. A test holds this module against it on a whole file.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from mailroom.mime import mapi
from mailroom.mime.decoding import text_of
from prober.documents import readers
from prober.documents.media_types import RTF
from prober.documents.notes import faulty

_SIGNATURE = 0x223E9F78
_BODY, _TITLE, _DATA, _NEW_FILE = 0x0002800C, 0x00018010, 0x0006800F, 0x00069002
_MESSAGE_PROPERTIES, _FILE_PROPERTIES = 0x00069003, 0x00069005
MAX_FILES = 100
RTF_SECONDS = 0.3  # of the processor, for one body in rich text
MAX_RTF_BODIES = 2  # that are read of one message, the messages inside it included
MAX_DEPTH = 3  # messages inside messages


@dataclass(frozen=True, slots=True)
class Contents:
    """Hold the contents of one winmail.dat. `whole` is False if it is cut off or one of its files has no bytes."""

    body: str
    files: tuple[tuple[str, bytes], ...]
    whole: bool
    html: str = ""


@dataclass(slots=True)
class RichTexts:
    """Count the bodies in rich text that may still be read of one message."""

    left: int = MAX_RTF_BODIES

    def read(self, compressed: bytes) -> tuple[str, bool]:
        """Return the words of a body, and whether they could be read."""
        self.left -= 1
        if self.left < 0:
            return "", False
        text, _ = readers.read(mapi.uncompressed(compressed), RTF, RTF_SECONDS, mapi.MAX_RTF)
        return ("", False) if faulty(text) else (text, True)


@dataclass(slots=True)
class _File:
    title: bytes = b""
    data: bytes = b""
    properties: dict[int, bytes] = field(default_factory=dict)


def unwrap(data: bytes, rich_texts: RichTexts, depth: int = 0) -> Contents:
    """Return the body text and files of a TNEF stream. A broken stream is read up to the break; nothing raises."""
    if len(data) < 6 or struct.unpack_from("<I", data)[0] != _SIGNATURE:
        return Contents("", (), False)
    body = b""
    files: list[_File] = []
    properties: dict[int, bytes] = {}
    whole = True
    for attribute, value in _attributes(data):
        if attribute < 0:
            whole = False
        elif attribute == _BODY:
            body = value
        elif attribute == _MESSAGE_PROPERTIES:
            properties = mapi.properties(value)
        elif attribute == _NEW_FILE and len(files) < MAX_FILES:
            files.append(_File())
        elif attribute == _TITLE and files:
            files[-1].title = value
        elif attribute == _DATA and files:
            files[-1].data = value
        elif attribute == _FILE_PROPERTIES and files:
            files[-1].properties = mapi.properties(value)
    found = [one for file in files for one in _found(file, rich_texts, depth)]
    text = _text(body) or mapi.text(properties, mapi.BODY)
    if not text and mapi.BODY_RTF in properties:
        text, read = rich_texts.read(properties[mapi.BODY_RTF])
        whole = whole and read
    whole = whole and all(content for _, content in found)
    return Contents(text, tuple(one for one in found if one[1]), whole, mapi.text(properties, mapi.BODY_HTML))


def _found(file: _File, rich_texts: RichTexts, depth: int) -> Iterator[tuple[str, bytes]]:
    """Yield a file as (name, bytes); for an attached message its text as a file, and the files in it."""
    name = mapi.text(file.properties, mapi.LONG_NAME) or _text(file.title) or mapi.text(file.properties, mapi.NAME)
    inner = file.properties.get(mapi.DATA_OBJECT, b"")[16:]  # after the GUID that names its type
    if file.data or not inner:
        yield name, file.data
        return
    contents = unwrap(inner, rich_texts, depth + 1) if depth < MAX_DEPTH else Contents("", (), False)
    words = contents.body or contents.html
    yield (f"{name or 'message'}.txt", words.encode()) if words else (name or "message", inner)
    yield from contents.files


def _text(value: bytes) -> str:
    return text_of(value.rstrip(b"\0"))[0]


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield (attribute, value) pairs; (-1, b"") in place of the first that is cut off."""
    at = 6
    while at + 9 <= len(data):
        attribute, length = struct.unpack_from("<II", data, at + 1)
        at += 9
        if at + length + 2 > len(data):
            yield -1, b""
            return
        yield attribute, data[at : at + length]
        at += length + 2  # a checksum follows; it is not compared, as a wrong one could not be repaired
    if at < len(data) and data[at:].strip(b"\0"):
        yield -1, b""
