"""Read the MAPI properties of Outlook messages and files as winmail.dat lists them, and compressed RTF.

Nothing here raises. tnefparse 1.4 was weighed for it too (mailroom.mime.tnef); it does not unpack rich text.
"""

import struct

from mailroom.mime.decoding import text_of

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


def properties(data: bytes) -> dict[int, bytes]:
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


def text(known: dict[int, bytes], name: int) -> str:
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
