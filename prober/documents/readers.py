"""Read the text of documents that are attached to mail or linked by sites.

A malicious file can make a parser loop or fill the memory. So all parsers run in one child process with limits on both,
which is killed when it takes too long, and started again for the next file.
"""

import io
import re
import zipfile
from collections.abc import Callable
from typing import Any
from unicodedata import normalize

from prober.documents import office, zip_archives
from prober.documents.child_process import ChildProcess
from prober.documents.media_types import (
    DOC,
    DOCX,
    ENCRYPTED_OFFICE,
    MSG,
    ODP,
    ODS,
    ODT,
    OLE,
    PDF,
    PPT,
    PPTX,
    PROGRAM,
    RAR,
    RTF,
    SEVEN_ZIP,
    XLS,
    XLSX,
    ZIP,
    sniff,
)
from prober.documents.office import Encrypted, Kept
from prober.text.charsets import repair_fonts
from prober.text.patterns import linear

MAX_BYTES = 30_000_000  # largest file that is read
MAX_TEXT = 200_000  # characters of one file
MAX_PAGES = 60
MAX_DRAWN = 1_500_000  # bytes of drawing instructions on all pages read; 60 pages of tables have about so many
MAX_MEMBERS = 50
MAX_MEMORY = 400 << 20
SECONDS = 8.0  # for one file, by the clock, as other programs may use the processor
PROCESSOR_SECONDS = 2.0  # of processor time for one file
LEAST_LETTERS = 20  # a document with fewer on all its pages together is a picture of text
STAMPED = 150  # a page with fewer letters and a picture as large as itself is a scan with a stamp
LARGE_PICTURE = 800_000  # pixels; A4 at a hundred dots per inch
FLAGGED = "[prober: {}]"  # our own note in place of text: encrypted, bomb, broken
TOO_LARGE = "too large to read"
TOO_LONG = FLAGGED.format("took too long")
SCANNED = FLAGGED.format("scanned, not read")
ENCRYPTED = FLAGGED.format("encrypted")
UNREAD = "no reader for this kind: {}"  # not a fault of the document
ENOUGH = FLAGGED.format("not read: the files before it were enough")
CUT = "\n[…]"  # ends a text of which more was left unread
_FAULT = linear(re.escape(FLAGGED.partition("{")[0]) + rf"(?!scanned|not read|{UNREAD.partition(':')[0]})")
# What striprtf does not read as it is meant.
_BEYOND_ASCII = linear(rb"[\x80-\xff]")  # written as they are by old programs, in the code page of their font
_DATA = linear(rb"[0-9a-fA-F\r\n]{512,}")  # of pictures and objects; striprtf looks at each of its digits
_CELL = linear(r"\\(?:nest)?cell(?![a-z])")  # striprtf writes a bar there, we write a tab
# Groups that striprtf would leave out, though a letterhead may be in one; and a word without its number.
_LEFT_OUT = linear(r"\\(?:(?:header|footer)[lrf]?|uc)(?![a-z0-9-]) ?")
_PLAIN = str.maketrans({"\xa0": " ", "\u2011": "-"})  # a blank and a hyphen at which no line breaks

_child = ChildProcess(MAX_MEMORY)


def text_of(data: bytes, media_type: str) -> str:
    """Return the text of a document; "" for a kind without text; a note in brackets if it is large, slow or broken."""
    return read(data, media_type, PROCESSOR_SECONDS, MAX_TEXT)[0]


def read(data: bytes, media_type: str, seconds: float, most: int) -> tuple[str, float]:
    """Return at most `most` characters of the text, read in at most `seconds` of processor time, and the time taken."""
    if media_type not in READABLE:
        return "", 0.0
    if len(data) > MAX_BYTES:
        return FLAGGED.format(TOO_LARGE), 0.0
    try:
        return _child.run(SECONDS, seconds, extract, data, media_type, most)
    except MemoryError:
        return FLAGGED.format(TOO_LARGE), seconds
    except TimeoutError:
        return TOO_LONG, seconds
    except OSError:
        return FLAGGED.format("broke its reader"), seconds


def stop() -> None:
    """End the child process; the next file starts another."""
    _child.stop()


def extract(data: bytes, media_type: str, most: int = MAX_TEXT, depth: int = 0) -> str:
    """Return the text of one document, at most `most` characters, ending in CUT where more was left; never raise.

    A note in brackets replaces a document that cannot be read. Runs in the child process.
    """
    if media_type == PROGRAM:
        return FLAGGED.format("a program, not opened")
    if media_type in _WITHOUT_READER:
        return FLAGGED.format(UNREAD.format(_WITHOUT_READER[media_type]))
    reader = _READERS.get(media_type)
    if reader is None:
        return ""
    try:
        text = reader(data, most, depth)
    except MemoryError:
        return FLAGGED.format(TOO_LARGE)
    except Encrypted:
        return ENCRYPTED
    except Exception as error:
        return FLAGGED.format(f"cannot be read: {type(error).__name__}")
    return _within(_readable(text), most)


def faulty(text: str) -> bool:
    """Return True if a note in `text` says that something could not be read: encrypted, a bomb, broken.

    >>> faulty(ENCRYPTED), faulty(SCANNED), faulty(FLAGGED.format(UNREAD.format("RAR"))), faulty("Sở Tài chính")
    (True, False, False, False)
    """
    return bool(_FAULT.search(text))


def _within(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - len(CUT)] + CUT


def _readable(text: str) -> str:
    """Return the text in NFC, with lines in legacy Vietnamese fonts converted."""
    text = normalize("NFC", text)
    if text.isascii():
        return text
    whole = repair_fonts(text)
    return whole if whole is not text else "\n".join(map(repair_fonts, text.split("\n")))


def _pdf(data: bytes, most: int, _depth: int) -> str:
    from pypdf import PdfReader

    reader = PdfReader(io.BytesIO(data), strict=False)
    if reader.is_encrypted and not reader.decrypt(""):
        return ENCRYPTED
    out: list[str] = []
    size = drawn = pages = 0
    for page in reader.pages[:MAX_PAGES]:
        contents = page.get_contents()
        drawn += len(contents.get_data()) if contents is not None else 0
        if drawn > MAX_DRAWN:
            break
        text = page.extract_text() or ""
        out.append(text)
        pages += 1
        size += len(text)
        if size > most:
            break
    text = "\n".join(out).strip()
    if _is_picture(text, reader.pages[: max(pages, 1)]):
        return SCANNED
    return text + (CUT if len(reader.pages) > pages else "")


def _is_picture(text: str, pages: Any) -> bool:
    """Return True if a document is the picture of a text: without words, or with the few of an electronic stamp."""
    if says_little(text):
        return any(_largest(page) for page in pages)
    return sum(map(str.isalpha, text)) < STAMPED * len(pages) and all(_largest(page) > LARGE_PICTURE for page in pages)


def says_little(text: str) -> bool:
    """Return True if a document with this text is the picture of one, or empty."""
    return "@" not in text and sum(map(str.isalpha, text)) < LEAST_LETTERS


def _largest(page: Any) -> int:
    """Return the pixels of the largest picture that a page draws, itself or in a form."""
    from pypdf.generic import DictionaryObject

    largest = 0
    waiting = [(page, 0)]
    seen = 0
    while waiting and seen < MAX_MEMBERS:
        holder, depth = waiting.pop()
        resources = holder.get("/Resources", DictionaryObject()).get_object()
        drawn = resources.get("/XObject", DictionaryObject()).get_object()
        for name in list(drawn)[:MAX_MEMBERS]:
            seen += 1
            kind = str(drawn[name].get("/Subtype"))
            if kind == "/Image":
                largest = max(largest, _number(drawn[name], "/Width") * _number(drawn[name], "/Height"), 1)
            elif depth < 3 and kind == "/Form":
                waiting.append((drawn[name], depth + 1))
    return largest


def _number(holder: Any, name: str) -> int:
    try:
        return int(holder.get(name, 0))
    except (TypeError, ValueError):
        return 0


def _office(read: Callable[[bytes, int], Kept]) -> Callable[[bytes, int, int], str]:
    def text(data: bytes, most: int, _depth: int) -> str:
        kept = read(data, most)
        lines = kept.lines()
        if says_little(lines) and office.has_pictures(data):
            return SCANNED
        return lines + (CUT if kept.cut else "")

    return text


def _xls(data: bytes, most: int, _depth: int) -> str:
    """Return the text of an XLS; of those before Excel 95, which calamine does not know, that nobody reads them."""
    from python_calamine import CalamineError

    try:
        kept = office.sheets(data, most)
    except CalamineError:
        return FLAGGED.format(UNREAD.format("Excel before 2007"))
    return kept.lines() + (CUT if kept.cut else "")


def _rtf(data: bytes, _most: int, _depth: int) -> str:
    """Return the text of rich text, its lines without blanks at their ends.

    Some patterns of striprtf take time by the square of what a hostile file holds; the limits of the child bound it.
    """
    from striprtf.striprtf import rtf_to_text

    coded = _BEYOND_ASCII.sub(lambda byte: b"\\'%02x" % byte[0][0], _DATA.sub(b"", data))
    source = _LEFT_OUT.sub("", _CELL.sub(r"\\tab", coded.decode("ascii")))
    text = str(rtf_to_text(source, errors="replace"))
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")  # a character may come in two halves
    return "\n".join(line.rstrip() for line in text.translate(_PLAIN).split("\n")).strip()


def _zip(data: bytes, most: int, depth: int) -> str:
    """Return the names of the members, and the text of the readable ones; one archive inside another, no deeper."""
    out: list[str] = []
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = archive.infolist()
        for member in members[:MAX_MEMBERS]:
            for piece in (zip_archives.name_of(member), _inside(archive, member, most, depth)):
                out.append(piece)
                most -= len(piece)
            if most <= 0:
                break
    return "\n".join(piece for piece in out if piece) + (CUT if len(members) > MAX_MEMBERS or most <= 0 else "")


def _inside(archive: zipfile.ZipFile, member: zipfile.ZipInfo, most: int, depth: int) -> str:
    kind = zip_archives.TYPES.get(member.filename.rpartition(".")[2].lower(), "")
    if member.flag_bits & 1:
        return ENCRYPTED
    if zip_archives.expands_too_far(member):
        return FLAGGED.format("expands too far")
    if kind == ZIP and depth >= 1:
        return FLAGGED.format(UNREAD.format("an archive in an archive in an archive"))
    if not kind or most <= 0:
        return ""
    data = zip_archives.bytes_of(archive, member)
    return extract(data, sniff(data, kind), most, depth + 1) if data is not None else FLAGGED.format("expands too far")


_READERS: dict[str, Callable[[bytes, int, int], str]] = {
    PDF: _pdf,
    DOCX: _office(office.words),
    XLSX: _office(office.sheets),
    PPTX: _office(office.slides),
    ODT: _office(office.open_document),
    ODS: _office(office.sheets),
    ODP: _office(office.open_document),
    XLS: _xls,
    RTF: _rtf,
    ZIP: _zip,
    ENCRYPTED_OFFICE: lambda *_: ENCRYPTED,
}
_WITHOUT_READER = {
    DOC: "Word before 2007", PPT: "PowerPoint before 2007", MSG: "Outlook message",
    OLE: "Office before 2007", "application/ms-tnef": "Outlook message",
    RAR: "RAR", SEVEN_ZIP: "7z", "application/gzip": "gzip",
}  # fmt: skip
READABLE = frozenset(_READERS) | frozenset(_WITHOUT_READER) | {PROGRAM}
