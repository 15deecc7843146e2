"""Read the text and files inside a winmail.dat (TNEF, MS-OXTNEF), in which Outlook wraps attachments.

Its messages and files have MAPI properties, and rich text may be compressed. tnefparse 1.4 was weighed: it is of 2021
and under the LGPL, does not tell that a file is cut off, does not unpack rich text, and leaves texts in a code page as
bytes. A test holds this module against it on a whole file.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from mailroom.mime.decoding import text_of
from prober.documents import readers
from prober.documents.media_types import RTF
from prober.documents.notes import faulty

BODY, BODY_HTML, BODY_RTF = 0x1000, 0x1013, 0x1009
NAME, LONG_NAME, DATA_OBJECT = 0x3704, 0x3707, 0x3701
MAX_PROPERTIES = 5_000
MAX_RTF = 500_000  # bytes, unpacked
_STRING, _UNICODE, _OBJECT, _BINARY = 0x1E, 0x1F, 0x0D, 0x102
_SIZES = {0x02: 4, 0x03: 4, 0x04: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x0A: 4, 0x0B: 4, 0x14: 8, 0x40: 8, 0x48: 16}
_COMPRESSED, _STORED = 0x75465A4C, 0x414C454D
# The text with which the dictionary of every stream of compressed RTF begins (MS-OXRTFCP, 2.1.2.1).
_DICTIONARY = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor MS Sans "
    rb"SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    b"\r\n"
    rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)


def _properties(data: bytes) -> dict[int, bytes]:
    """Return the first value of each property by its number, as far as the list is whole. UTF-16 becomes UTF-8."""
    out: dict[int, bytes] = {}
    try:
        count, at = struct.unpack_from("<I", data)[0], 4
        for _ in range(min(count, MAX_PROPERTIES)):
            kind, name = struct.unpack_from("<HH", data, at)
            at = _behind_name(data, at + 4, name)
            values, at = _values(data, at, kind)
            if values:
                out.setdefault(name, values[0])
    except (struct.error, KeyError):  # the list is cut off, or has a value of an undocumented type
        pass
    return out


def _text_of(known: dict[int, bytes], name: int) -> str:
    return text_of(known.get(name, b"").rstrip(b"\0"))[0]


def uncompressed(data: bytes) -> bytes:
    """Unpack compressed RTF (MS-OXRTFCP), whose references go back into a ring of 4,096 bytes."""
    if len(data) < 16:
        return b""
    kind = struct.unpack_from("<I", data, 8)[0]
    if kind != _COMPRESSED:
        return data[16:] if kind == _STORED else b""
    ring = bytearray(_DICTIONARY.ljust(4096, b" "))
    write, at = len(_DICTIONARY), 16
    out = bytearray()
    while at < len(data) and len(out) < MAX_RTF:
        control, at = data[at], at + 1
        for bit in range(8):
            if at + (control >> bit & 1) >= len(data):
                return bytes(out)
            if not control >> bit & 1:
                piece, at = data[at : at + 1], at + 1
            else:
                reference, at = int.from_bytes(data[at : at + 2], "big"), at + 2
                start = reference >> 4
                if start == write:
                    return bytes(out)
                piece = _from_ring(ring, start, (reference & 15) + 2, write)
            for byte in piece:
                ring[write] = byte
                write = (write + 1) % 4096
            out += piece
    return bytes(out)


def _from_ring(ring: bytearray, start: int, length: int, write: int) -> bytes:
    """Return `length` bytes of the ring from `start`; a reference that reaches `write` repeats what it has copied."""
    behind = (write - start) % 4096
    piece = bytes(ring[(start + n) % 4096] for n in range(min(length, behind)))
    return (piece * (length // max(behind, 1) + 1))[:length]


def _behind_name(data: bytes, at: int, name: int) -> int:
    """Return the position after the name: names from 0x8000 on have a GUID and a number or a text."""
    if name < 0x8000:
        return at
    (kind,) = struct.unpack_from("<I", data, at + 16)
    if not kind:
        return at + 24
    (length,) = struct.unpack_from("<I", data, at + 20)
    return at + 24 + length + -length % 4


def _values(data: bytes, at: int, kind: int) -> tuple[list[bytes], int]:
    several, kind = kind & 0x1000, kind & 0xFFF
    varies = kind in (_STRING, _UNICODE, _OBJECT, _BINARY)
    count = 1
    if several or varies:
        (count,), at = struct.unpack_from("<I", data, at), at + 4
    values = []
    for _ in range(min(count, MAX_PROPERTIES)):
        size = _SIZES[kind] if not varies else struct.unpack_from("<I", data, at)[0]
        at += 4 if varies else 0
        if at + size > len(data):
            raise struct.error
        value = data[at : at + size]
        values.append(value.decode("utf-16-le", "replace").encode() if kind == _UNICODE else value)
        at += size + -size % 4
    return values, at


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
        text, _ = readers.read(uncompressed(compressed), RTF, RTF_SECONDS, MAX_RTF)
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
            properties = _properties(value)
        elif attribute == _NEW_FILE and len(files) < MAX_FILES:
            files.append(_File())
        elif attribute == _TITLE and files:
            files[-1].title = value
        elif attribute == _DATA and files:
            files[-1].data = value
        elif attribute == _FILE_PROPERTIES and files:
            files[-1].properties = _properties(value)
    found = [one for file in files for one in _found(file, rich_texts, depth)]
    text = _text(body) or _text_of(properties, BODY)
    if not text and BODY_RTF in properties:
        text, read = rich_texts.read(properties[BODY_RTF])
        whole = whole and read
    whole = whole and all(content for _, content in found)
    return Contents(text, tuple(one for one in found if one[1]), whole, _text_of(properties, BODY_HTML))


def _found(file: _File, rich_texts: RichTexts, depth: int) -> Iterator[tuple[str, bytes]]:
    """Yield a file as (name, bytes); for an attached message its text as a file, and the files in it."""
    name = _text_of(file.properties, LONG_NAME) or _text(file.title) or _text_of(file.properties, NAME)
    inner = file.properties.get(DATA_OBJECT, b"")[16:]  # after the GUID that names its type
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
