"""Text of documents: attached to mail, linked by sites. Runs as a process of its own (`python -m prober.documents`).

A parser of hostile PDFs can loop or eat memory; here it has a limit on address space, and its parent
(prober.extraction) kills it when it takes too long.
Protocol on standard input and output: request = 8-byte length of the bytes, 1-byte length of the media type, media
type, bytes; answer = 8-byte length, UTF-8 text. Ends at end of input.
"""

import io
import struct
import sys
import warnings
import zipfile
from collections.abc import Callable
from typing import Any, BinaryIO
from xml.etree import ElementTree

from prober.media_types import DOCX, PDF, XLSX, ZIP

MAX_BYTES = 30_000_000  # of a file that is given to a reader
MAX_TEXT = 200_000  # characters kept of one file
MAX_PAGES = 60
MAX_MEMBERS = 50
MAX_SHEETS = 10
MAX_MEMBER_BYTES = 20_000_000
MAX_MEMORY = 1 << 30
LEAST_LETTERS = 20  # with fewer on all its pages together, a document is a picture of text
FLAGGED = "[prober: {}]"  # a note of ours in place of text: encrypted, bomb, broken
TOO_LARGE = "too large to read"
SCANNED = FLAGGED.format("scanned, not read")
CUT = "\n[…]"  # ends a text of which more was left unread

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def text_of(data: bytes, media_type: str, depth: int = 0) -> str:
    """Text of one document, at most MAX_TEXT characters, ending in CUT where there would have been more; never raises.

    A flag in brackets stands for a document that cannot be read.
    """
    reader = _READERS.get(media_type)
    if reader is None:
        return ""
    try:
        text = reader(data, depth)
    except MemoryError:
        return FLAGGED.format(TOO_LARGE)
    except Exception as error:
        return FLAGGED.format(f"cannot be read: {type(error).__name__}")
    return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - len(CUT)] + CUT


def _pdf(data: bytes, _depth: int) -> str:
    from pypdf import PdfReader

    reader = PdfReader(io.BytesIO(data), strict=False)
    if reader.is_encrypted and not reader.decrypt(""):
        return FLAGGED.format("encrypted")
    out, size = [], 0
    for page in reader.pages[:MAX_PAGES]:
        text = page.extract_text() or ""
        out.append(text)
        size += len(text)
        if size > MAX_TEXT:
            break
    text = "\n".join(out).strip()
    if says_little(text) and any("/Image" in _drawings(page) for page in reader.pages[:MAX_PAGES]):
        return SCANNED
    return text + (CUT if len(reader.pages) > MAX_PAGES else "")


def says_little(text: str) -> bool:
    """Whether a document with this text is the picture of one, or empty."""
    return "@" not in text and sum(map(str.isalpha, text)) < LEAST_LETTERS


def _drawings(page: Any) -> set[str]:
    """Kinds of the objects that a page draws, and those inside its forms: /Image, /Form."""
    from pypdf.generic import DictionaryObject

    kinds: set[str] = set()
    waiting = [(page, 0)]
    while waiting and len(kinds) < 2:
        holder, depth = waiting.pop()
        resources = holder.get("/Resources", DictionaryObject()).get_object()
        drawn = resources.get("/XObject", DictionaryObject()).get_object()
        for name in list(drawn)[:MAX_MEMBERS]:
            kind = str(drawn[name].get("/Subtype"))
            kinds.add(kind)
            if depth < 3 and kind == "/Form":
                waiting.append((drawn[name], depth + 1))
    return kinds


def _docx(data: bytes, _depth: int) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        root = ElementTree.fromstring(_member(archive, "word/document.xml"))
    lines = []
    for paragraph in root.iter(f"{_W}p"):
        nodes = (node for node in paragraph.iter() if node.tag in (f"{_W}t", f"{_W}tab"))
        pieces = ("\t" if node.tag == f"{_W}tab" else node.text or "" for node in nodes)
        lines.append("".join(pieces))
    return "\n".join(line for line in lines if line.strip())


def _xlsx(data: bytes, _depth: int) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = archive.namelist()
        strings: list[str] = []
        if "xl/sharedStrings.xml" in names:
            root = ElementTree.fromstring(_member(archive, "xl/sharedStrings.xml"))
            strings = ["".join(t.text or "" for t in item.iter(f"{_S}t")) for item in root.iter(f"{_S}si")]
        rows = []
        sheets = sorted((n for n in names if n.startswith("xl/worksheets/") and n.endswith(".xml")), key=_in_order)
        for name in sheets[:MAX_SHEETS]:
            root = ElementTree.fromstring(_member(archive, name))
            rows += ["\t".join(_cell(cell, strings) for cell in row.iter(f"{_S}c")) for row in root.iter(f"{_S}row")]
    return "\n".join(rows) + (CUT if len(sheets) > MAX_SHEETS else "")


def _in_order(name: str) -> tuple[int, str]:
    """sheet2 before sheet10."""
    return len(name), name


def _cell(cell: ElementTree.Element, strings: list[str]) -> str:
    value = cell.findtext(f"{_S}v") or "".join(t.text or "" for t in cell.iter(f"{_S}t"))
    if cell.get("t") == "s" and value.isdigit() and int(value) < len(strings):
        return strings[int(value)]
    return value


def _zip(data: bytes, depth: int) -> str:
    """Names of the members, and the text of those that can be read; one archive inside another, no deeper."""
    out = []
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for member in archive.infolist()[:MAX_MEMBERS]:
            out.append(member.filename)
            if member.flag_bits & 1:
                out.append(FLAGGED.format("encrypted"))
            elif member.file_size > MAX_MEMBER_BYTES or member.file_size > 200 * max(member.compress_size, 1):
                out.append(FLAGGED.format("expands too far"))
            elif (kind := _TYPES.get(member.filename.rpartition(".")[2].lower())) and _may_open(kind, depth):
                out.append(text_of(_member(archive, member.filename), kind, depth + 1))
        return "\n".join(out) + (CUT if len(archive.infolist()) > MAX_MEMBERS else "")


def _may_open(kind: str, depth: int) -> bool:
    return kind != ZIP or depth < 1


def _member(archive: zipfile.ZipFile, name: str) -> bytes:
    """One member, never more than MAX_MEMBER_BYTES, whatever its header claims."""
    with archive.open(name) as stream:
        data = stream.read(MAX_MEMBER_BYTES + 1)
    if len(data) > MAX_MEMBER_BYTES:
        raise MemoryError(name)
    return data


_TYPES = {"pdf": PDF, "docx": DOCX, "xlsx": XLSX, "zip": ZIP}
_READERS: dict[str, Callable[[bytes, int], str]] = {
    PDF: _pdf,
    DOCX: _docx,
    XLSX: _xlsx,
    ZIP: _zip,
}
READABLE = frozenset(_READERS)


def serve(source: BinaryIO, sink: BinaryIO) -> None:
    """Answer requests until the input ends."""
    while header := source.read(9):
        length, type_length = struct.unpack(">QB", header)
        media_type = source.read(type_length).decode("ascii", "replace")
        answer = text_of(source.read(length), media_type).encode("utf-8", "replace")
        sink.write(struct.pack(">Q", len(answer)) + answer)
        sink.flush()


def limit_memory(most: int) -> None:
    """No more than `most` bytes of address space, for this process and those that it starts."""
    try:
        import resource
    except ImportError:  # not on Windows: the limit on time remains
        return
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    limit_memory(MAX_MEMORY)
    sys.stderr = io.StringIO()  # parsers grumble about every broken file
    serve(sys.stdin.buffer, sys.stdout.buffer)
