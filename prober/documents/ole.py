"""Read what is in an OLE storage, opened by olefile: Word and PowerPoint of 1997 to 2003, messages saved by Outlook.

[MS-DOC], [MS-PPT] and [MS-OXMSG] of Microsoft's open specifications. The programs of Debian were weighed on files
written by LibreOffice 25.2: catdoc 0.95 leaves out the table of a letter of one page and reads nothing of a
presentation, antiword 0.37 refuses the letter as too small. What is read here is Python, so that no reader in C sees
the file. For messages extract-msg 0.57 was weighed: it brings seven packages, one of them an HTML parser, for what is
read here by the names of six properties.
"""

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from typing import Any

from prober.documents.office import Encrypted, TextCollector
from prober.text.patterns import linear

MAX_RECORDS = 300_000
MAX_PIECES = 100_000
_WORD, _ENCRYPTED, _SECOND_TABLE = 0xA5EC, 0x0100, 0x0200
_WORD_97 = 0xC1  # the version of the file's header from which on there is a table of pieces
_LENGTHS, _CLX = 76, 418  # where the header says how long each part of the text is, and where the pieces are
_PARTS = ("body", "footnotes", "headers", "macros", "annotations", "endnotes", "boxes", "header boxes")
_READ = ("body", "boxes", "header boxes", "footnotes", "endnotes", "headers")
_COMPRESSED = 0x40000000
_FIELD_CODE = linear(r"\x13[^\x13\x14\x15]*\x14?|\x15")  # what computes a field, and the end of its result
_ROW = "\x07\x07"  # the end of the last cell, and of the row
_CHARACTERS = str.maketrans(
    {"\r": "\n", "\x0b": "\n", "\x0c": "\n", "\x0e": "\n", "\x07": "\t", "\x1e": "-", "\xa0": " "}
    | dict.fromkeys("\x01\x02\x03\x04\x05\x06\x08\x1f", "")
)
_PICTURES = ("\x01", "\x08")  # a picture in the line, and one beside it
_CONTAINER = 0xF
_UTF16_TEXT, _LATIN_TEXT = 0x0FA0, 0x0FA8
_MASTERS_AND_NOTES = (0x03F8, 0x03F0, 0x0FC9)  # their words are of the program, or not shown
_ENCRYPTED_USER = b"\xdf\xc4\xd1\xf3"


class TooOld(ValueError):
    """The file is of a version before 1997, or no such file at all."""


def word(data: bytes, most: int) -> tuple[TextCollector, bool]:
    """Return the text of a DOC, a row of a table as a line with tabs, and whether there are pictures in it.

    Raises TooOld for Word 6 and 95, Encrypted.
    """
    import olefile  # type: ignore[import-untyped]

    with olefile.OleFileIO(io.BytesIO(data)) as storage:
        main = storage.openstream("WordDocument").read()
        mark, version = struct.unpack_from("<HH", main)
        (flags,) = struct.unpack_from("<H", main, 10)
        if mark != _WORD or version < _WORD_97:
            raise TooOld
        if flags & _ENCRYPTED:
            raise Encrypted
        table = storage.openstream("1Table" if flags & _SECOND_TABLE else "0Table").read()
    start, size = struct.unpack_from("<II", main, _CLX)
    text = "".join(_pieces(main, table[start : start + size], most))
    kept = TextCollector(most)
    kept.cut = len(text) > most
    kept.pieces.append("\n".join(_part(text, main, name) for name in _READ)[:most])
    return kept, any(mark in text for mark in _PICTURES)


def _pieces(main: bytes, clx: bytes, most: int) -> Iterator[str]:
    """Yield the pieces of the text, in their order, until `most` characters are exceeded."""
    at = 0
    while at + 3 <= len(clx) and clx[at] == 1:  # formats, before the table of pieces
        at += 3 + int.from_bytes(clx[at + 1 : at + 3], "little")
    if at + 5 > len(clx) or clx[at] != 2:
        raise TooOld
    plc = clx[at + 5 : at + 5 + int.from_bytes(clx[at + 1 : at + 5], "little")]
    number = min((len(plc) - 4) // 12, MAX_PIECES)
    ends = struct.unpack_from(f"<{number + 1}I", plc)
    for n in range(number):
        length = ends[n + 1] - ends[n]
        (where,) = struct.unpack_from("<I", plc, 4 * ((len(plc) - 4) // 12 + 1) + 8 * n + 2)
        if length <= 0:
            continue
        if where & _COMPRESSED:
            begin = (where & ~_COMPRESSED) // 2
            piece = main[begin : begin + length].decode("cp1252", "replace")
        else:
            piece = main[where : where + 2 * length].decode("utf-16-le", "replace")
        yield piece
        most -= len(piece)
        if most < 0:
            return


def _part(text: str, main: bytes, name: str) -> str:
    lengths = struct.unpack_from("<8I", main, _LENGTHS)
    begin = sum(lengths[: _PARTS.index(name)])
    part = text[begin : begin + lengths[_PARTS.index(name)]]
    return _FIELD_CODE.sub("", part).replace(_ROW, "\n").translate(_CHARACTERS)


def slides(data: bytes, most: int) -> TextCollector:
    """Return the texts of a PPT, each once: an older state of a slide may still be in the file. Raises Encrypted."""
    import olefile

    with olefile.OleFileIO(io.BytesIO(data)) as storage:
        if storage.exists("Current User") and _ENCRYPTED_USER in storage.openstream("Current User").read(64):
            raise Encrypted
        stream = storage.openstream("PowerPoint Document").read()
    kept = TextCollector(most)
    said: set[str] = set()
    for text in _texts(stream):
        for line in text.replace("\x0b", "\n").replace("\r", "\n").split("\n"):
            if line.strip() and line not in said:
                said.add(line)
                kept.pieces.append(f"{line}\n")
                kept.left -= len(line) + 1
        if kept.left < 0:
            kept.cut = True
            break
    return kept


def _texts(stream: bytes) -> Iterator[str]:
    """Yield the texts in a stream of records: containers are entered by passing their heads."""
    at = 0
    for _ in range(MAX_RECORDS):
        if at + 8 > len(stream):
            return
        version, kind, size = struct.unpack_from("<HHI", stream, at)
        at += 8
        if version & 0xF == _CONTAINER and kind not in _MASTERS_AND_NOTES:
            continue
        if kind == _UTF16_TEXT:
            yield stream[at : at + size].decode("utf-16-le", "replace")
        elif kind == _LATIN_TEXT:
            yield stream[at : at + size].decode("latin-1")
        at += size


# Of a message that Outlook saved as a file (MSG).
MAX_FILES = 50
MAX_DEPTH = 3  # messages in messages
MAX_FILE_BYTES = 20_000_000
MAX_HTML = 1_000_000  # bytes
_SUBJECT, _SENDER, _ADDRESS, _SENT_TO, _BODY, _HTML = "0037", "0C1A", "0C1F", "0E04", "1000", "1013"
_DATA, _EMBEDDED, _LONG_NAME, _NAME = "37010102", "3701000D", "3707", "3704"
_HEADING = (("From", _SENDER), ("From", _ADDRESS), ("To", _SENT_TO), ("Subject", _SUBJECT))
_HIDDEN = ("head", "style", "script")
_BREAKS = ("br", "p", "div", "tr", "li", "h1", "h2", "h3")
_TAG = linear(r"<(/?)([a-zA-Z0-9]{0,20})[^<>]*>")
_ENCRYPTED_STREAM = "EncryptedPackage"


@dataclass(frozen=True, slots=True)
class OleContents:
    """Hold what is in a message: its words, and its files by name."""

    text: str
    files: list[tuple[str, bytes]] = field(default_factory=list)
    more: bool = False


def message(data: bytes) -> OleContents:
    """Return the contents of an MSG; a message in it adds its words and files. Raises Encrypted, OSError if broken."""
    import olefile

    with olefile.OleFileIO(io.BytesIO(data)) as storage:
        if storage.exists(_ENCRYPTED_STREAM):
            raise Encrypted
        return _contents(storage, [], 0)


def _contents(storage: Any, folder: list[str], depth: int) -> OleContents:
    heading = [f"{label}: {value}" for label, name in _HEADING if (value := _text(storage, folder, name))]
    body = _text(storage, folder, _BODY) or _shown(_bytes(storage, [*folder, f"__substg1.0_{_HTML}0102"]))
    words = "\n".join([*heading, body]).strip()
    files: list[tuple[str, bytes]] = []
    attached = _attached(storage, folder)
    for name in attached[:MAX_FILES]:
        inside = [*folder, name]
        called = _text(storage, inside, _LONG_NAME) or _text(storage, inside, _NAME)
        if storage.exists([*inside, f"__substg1.0_{_EMBEDDED}"]):
            if depth < MAX_DEPTH:
                inner = _contents(storage, [*inside, f"__substg1.0_{_EMBEDDED}"], depth + 1)
                words += f"\n{called}\n{inner.text}"
                files += inner.files
        else:
            files.append((called, _bytes(storage, [*inside, f"__substg1.0_{_DATA}"])))
    return OleContents(words, files[:MAX_FILES], len(attached) > MAX_FILES or len(files) > MAX_FILES)


def _shown(page: bytes) -> str:
    """Return the words of a body in HTML. The parser of the standard library takes time by the square of odd pages."""
    source = page[:MAX_HTML].decode("utf-8", "replace")
    pieces: list[str] = []
    at = hidden = 0
    for tag in _TAG.finditer(source):
        name = tag[2].lower()
        if not hidden:
            pieces.append(unescape(source[at : tag.start()]).replace("\n", " ").replace("\r", ""))
            pieces.append("\n" if name in _BREAKS else "\t" if name == "td" else "")
        at = tag.end()
        hidden = max(hidden + (-1 if tag[1] else 1), 0) if name in _HIDDEN else hidden
    if not hidden:
        pieces.append(unescape(source[at:]))
    return "\n".join(line for line in map(str.strip, "".join(pieces).split("\n")) if line)


def _attached(storage: Any, folder: list[str]) -> list[str]:
    """Return the names of the storages of the attached files of one message, in their order."""
    entries = storage.listdir(streams=False, storages=True)
    depth = len(folder)
    return sorted(
        path[depth]
        for path in entries
        if len(path) == depth + 1 and path[:depth] == folder and path[depth].lower().startswith("__attach")
    )


def _text(storage: Any, folder: list[str], name: str) -> str:
    """Return a property that is a text: in UTF-16, or in the code page of the sender's Windows."""
    wide = _bytes(storage, [*folder, f"__substg1.0_{name}001F"])
    if wide:
        return wide.decode("utf-16-le", "replace").rstrip("\0")
    narrow = _bytes(storage, [*folder, f"__substg1.0_{name}001E"]).rstrip(b"\0")
    try:
        return narrow.decode("utf-8")
    except UnicodeDecodeError:
        return narrow.decode("cp1258", "replace")


def _bytes(storage: Any, path: list[str]) -> bytes:
    if not storage.exists(path) or storage.get_size(path) > MAX_FILE_BYTES:
        return b""
    return bytes(storage.openstream(path).read())
