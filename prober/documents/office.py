"""Read the text of office files: XML in a ZIP, of Microsoft (DOCX, XLSX, PPTX) and of OpenDocument (ODT, ODS, ODP).

The XML is parsed as a stream without a tree, so that time and memory are bounded by the kept text. Elements are
identified by their local names: the two editions of the standard differ in their namespaces only.
"""

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import IO, Any
from xml.parsers import expat

from prober.documents.zip_archives import MAX_MEMBER_BYTES

MAX_TAGS = 300_000  # in one file; a sheet of 20 columns and 5,000 rows has 200,000
MAX_SHEETS = 10
_CHUNK = 1 << 16
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml", re.IGNORECASE)
_SLIDE = re.compile(r"ppt/slides/[^/]+\.xml", re.IGNORECASE)
_WORDS = re.compile(r"word/document\d*\.xml", re.IGNORECASE)
_PICTURE = re.compile(r"word/media/|ppt/media/|Pictures/")
# Repeated text (the older form of a drawing, the reading aid of a word) and deleted text.
_LEFT_OUT = frozenset({"Fallback", "rPh", "tracked-changes", "annotation", "tabs", "moveFrom"})
_BREAKS = {"tab": "\t", "br": "\n", "cr": "\n", "line-break": "\n", "noBreakHyphen": "-", "s": " "}
_CELL_TEXTS = frozenset({"v", "t"})


class Encrypted(ValueError):
    """The file needs a password."""


class _Enough(Exception):
    """The limit is reached: no more text of the file would be kept."""


class Kept:
    """Collects text: at most `most` characters out of at most MAX_TAGS elements."""

    def __init__(self, most: int) -> None:
        self.pieces: list[str] = []
        self.left = most
        self.tags = 0
        self.cut = False

    def add(self, text: str) -> None:
        self.pieces.append(text)
        self.left -= len(text)
        if self.left < 0:
            raise _Enough

    def count(self) -> None:
        self.tags += 1
        if self.tags > MAX_TAGS:
            raise _Enough

    def lines(self) -> str:
        """Return the text without blank lines, and without the empty cells at the end of a row."""
        return "\n".join(line for line in map(str.rstrip, "".join(self.pieces).split("\n")) if line)


def words(data: bytes, most: int) -> Kept:
    """Return the paragraphs of a DOCX, each a line; the cells of a letterhead's layout table follow each other."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return _paragraphs(archive, [_one(archive, _WORDS)], most)


def slides(data: bytes, most: int) -> Kept:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return _paragraphs(archive, _all(archive, _SLIDE)[:MAX_SHEETS], most)


def open_document(data: bytes, most: int) -> Kept:
    """Return the paragraphs and headings of an ODT or ODP; the cells of an ODS, each a line."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if "META-INF/manifest.xml" in archive.namelist() and b":encryption-data" in _bytes(
            archive, "META-INF/manifest.xml"
        ):
            raise Encrypted
        return _paragraphs(archive, ["content.xml"], most)


def sheets(data: bytes, most: int) -> Kept:
    """Return the rows of an XLSX, each a line, with a tab between cells."""
    kept = Kept(most)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = _all(archive, _SHEET)
        try:
            shared = [name for name in archive.namelist() if name.lower() == "xl/sharedstrings.xml"]
            strings = _strings(archive, shared[0]) if shared else []
            for name in names[:MAX_SHEETS]:
                _rows(archive, name, strings, kept)
            kept.cut = len(names) > MAX_SHEETS
        except _Enough:
            kept.cut = True
    return kept


def has_pictures(data: bytes) -> bool:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return any(_PICTURE.match(name) for name in archive.namelist())


def member(archive: zipfile.ZipFile, name: str) -> IO[bytes]:
    """Open one member as a stream. Raises Encrypted for an encrypted one, before zipfile asks for a password."""
    if archive.getinfo(name).flag_bits & 1:
        raise Encrypted
    return archive.open(name)


def _paragraphs(archive: zipfile.ZipFile, names: list[str], most: int) -> Kept:
    kept = Kept(most)
    depth = {"text": 0, "out": 0}

    def start(tag: str, _: dict[str, str]) -> None:
        kept.count()
        depth["out"] += tag in _LEFT_OUT
        depth["text"] += tag in ("t", "h") or (tag == "p" and flat)
        if tag in _BREAKS and not depth["out"]:
            kept.add(_BREAKS[tag])

    def end(tag: str) -> None:
        depth["out"] -= tag in _LEFT_OUT
        depth["text"] -= tag in ("t", "h") or (tag == "p" and flat)
        if tag in ("p", "h"):
            kept.add("\n")

    def text(words: str) -> None:
        if depth["text"] and not depth["out"]:
            kept.add(words)

    try:
        for name in names:
            flat = name == "content.xml"  # OpenDocument: the text is in the paragraph itself
            _read(archive, name, start, end, text)
    except _Enough:
        kept.cut = True
    return kept


def _strings(archive: zipfile.ZipFile, name: str) -> list[str]:
    """Return the shared strings of a workbook, in order."""
    out: list[str] = []
    pieces: list[str] = []
    depth = {"t": 0, "out": 0}
    kept = Kept(MAX_MEMBER_BYTES)

    def start(tag: str, _: dict[str, str]) -> None:
        kept.count()
        depth["out"] += tag in _LEFT_OUT
        depth["t"] += tag == "t"

    def end(tag: str) -> None:
        depth["out"] -= tag in _LEFT_OUT
        depth["t"] -= tag == "t"
        if tag == "si":
            out.append("".join(pieces))
            pieces.clear()

    def text(words: str) -> None:
        if depth["t"] and not depth["out"]:
            pieces.append(words)

    with suppress(_Enough):  # a cell with a string beyond the limit shows the string's number
        _read(archive, name, start, end, text)
    return out


def _rows(archive: zipfile.ZipFile, name: str, strings: list[str], kept: Kept) -> None:
    cell: dict[str, Any] = {"type": "", "text": [], "inside": 0, "first": True}

    def start(tag: str, attributes: dict[str, str]) -> None:
        kept.count()
        if tag == "c":
            cell.update(type=attributes.get("t", ""), text=[])
        elif tag == "row":
            cell["first"] = True
        cell["inside"] += tag in _CELL_TEXTS

    def end(tag: str) -> None:
        cell["inside"] -= tag in _CELL_TEXTS
        if tag == "c":
            value = "".join(cell["text"])
            if cell["type"] == "s" and value.isdigit() and int(value) < len(strings):
                value = strings[int(value)]
            kept.add(value if cell["first"] else f"\t{value}")
            cell["first"] = False
        elif tag == "row":
            kept.add("\n")

    def text(words: str) -> None:
        if cell["inside"]:
            cell["text"].append(words)

    _read(archive, name, start, end, text)


def _read(
    archive: zipfile.ZipFile,
    name: str,
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None],
    text: Callable[[str], None],
) -> None:
    """Parse one member and report every element and text.

    Raises ValueError at a document type declaration: with entities of its own, a few bytes can expand to gigabytes.
    """
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = lambda tag, attributes: start(tag.rpartition(" ")[2], attributes)
    parser.EndElementHandler = lambda tag: end(tag.rpartition(" ")[2])
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = _refused
    for chunk in _chunks(archive, name):
        parser.Parse(chunk)
    parser.Parse(b"", True)


def _refused(*_: Any) -> None:
    raise ValueError("a document type of its own")


def _chunks(archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    """Yield the bytes of a member. Raises MemoryError beyond MAX_MEMBER_BYTES, whatever size its header declares."""
    size = 0
    with member(archive, name) as stream:
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
            if size > MAX_MEMBER_BYTES:
                raise MemoryError(name)
            yield chunk


def _bytes(archive: zipfile.ZipFile, name: str) -> bytes:
    return b"".join(_chunks(archive, name))


def _one(archive: zipfile.ZipFile, wanted: re.Pattern[str]) -> str:
    return _all(archive, wanted)[0]


def _all(archive: zipfile.ZipFile, wanted: re.Pattern[str]) -> list[str]:
    """Return the matching members, sheet2 before sheet10.

    Raises LookupError where there is none: then the file is not of the kind that it seems.
    """
    found = [name for name in archive.namelist() if wanted.fullmatch(name.replace("\\", "/").lstrip("/"))]
    if not found:
        raise LookupError(wanted.pattern)
    return sorted(found, key=lambda name: (len(name), name))
