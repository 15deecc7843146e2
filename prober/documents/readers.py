"""Read the text of documents that are attached to mail or linked by sites.

A malicious file can make a parser loop, fill the memory or take over its process. Parsers written in Python and Rust
run in one child process without a network, with limits of time and memory, which is killed when it takes too long and
started again for the next file. What is written in C runs as a program of its own for each file
(prober.documents.isolation), and what is in an archive or an Outlook message comes back here as bytes and is read in
the same two ways.
"""

from collections.abc import Callable
from typing import Any
from unicodedata import normalize

from msgspec import Struct

from prober.documents import archives, isolation, office, ole, pdf
from prober.documents.child_process import ChildProcess
from prober.documents.isolation import Lacking, Limits
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
from prober.documents.notes import in_one_line, note
from prober.documents.office import Encrypted, TextCollector
from prober.documents.ole import TooOld
from prober.documents.pdf import says_little
from prober.text.charsets import repair_fonts
from prober.text.patterns import linear

MAX_BYTES = 30_000_000  # largest file that is read
MAX_TEXT = 200_000  # characters of one file
MAX_DEPTH = 3  # archives in archives
MAX_MEMORY = 400 << 20
SECONDS = 8.0  # for one file, by the clock, as other programs may use the processor
LIBREOFFICE = "soffice"
PROCESSOR_SECONDS = 2.0  # of processor time for one file
TOO_LONG = note("took_too_long")
SCANNED = note("scanned")
ENCRYPTED = note("encrypted")
ENOUGH = note("enough")
CUT = "\n[…]"  # ends a text of which more was left unread
# What striprtf does not read as it is meant.
_BEYOND_ASCII = linear(rb"[\x80-\xff]")  # written as they are by old programs, in the code page of their font
_DATA = linear(rb"[0-9a-fA-F\r\n]{512,}")  # of pictures and objects; striprtf looks at each of its digits
_CELL = linear(r"\\(?:nest)?cell(?![a-z])")  # striprtf writes a bar there, we write a tab
# Groups that striprtf would leave out, though a letterhead may be in one; and a word without its number.
_LEFT_OUT = linear(r"\\(?:(?:header|footer)[lrf]?|uc)(?![a-z0-9-]) ?")
_PLAIN = str.maketrans({"\xa0": " ", "\u2011": "-"})  # a blank and a hyphen at which no line breaks
_ARCHIVES = {ZIP: "zip", RAR: "rar", SEVEN_ZIP: "7z"}
# Extension → kind of a member of an archive that is unpacked and read.
_MEMBERS = {
    "pdf": PDF, "docx": DOCX, "xlsx": XLSX, "pptx": PPTX, "odt": ODT, "ods": ODS, "odp": ODP, "rtf": RTF, "zip": ZIP,
    "doc": DOC, "xls": XLS, "ppt": PPT, "msg": MSG, "rar": RAR, "7z": SEVEN_ZIP,
}  # fmt: skip
# What LibreOffice alone knows: it is asked after all other mail is understood (prober.documents.conversion).
FOR_LIBREOFFICE = {
    DOC: note("needs_program", "Word before 97", "LibreOffice"),
    PPT: note("needs_program", "PowerPoint before 97", "LibreOffice"),
    XLS: note("needs_program", "Excel before 95", "LibreOffice"),
}

_child = ChildProcess(MAX_MEMORY, sealed=True)


class Member(Struct):
    """Hold a file of an archive, as prober.documents.archives gives it."""

    name: str
    data: bytes = b""
    fault: str = ""


class Unpacked(Struct):
    """Hold the files of an archive. `fault` says why its list ended early, `more` that it goes on."""

    members: list[Member]
    fault: str = ""
    more: bool = False


def text_of(data: bytes, media_type: str) -> str:
    """Return the text of a document; "" for a kind without text; a note in brackets if it is large, slow or broken."""
    return read(data, media_type, PROCESSOR_SECONDS, MAX_TEXT)[0]


def read(data: bytes, media_type: str, seconds: float, most: int) -> tuple[str, float]:
    """Return at most `most` characters of the text, read in at most `seconds` of processor time, and the time taken."""
    if media_type not in READABLE:
        return "", 0.0
    reading = _Reading(seconds)
    text = reading.text(data, media_type, most, 0)
    return text, seconds - max(reading.seconds, 0.0)


def stop() -> None:
    """End the child process; the next file starts another."""
    _child.stop()


class _Reading:
    """Read one file with all that is in it, within limits for the whole."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds  # of the processor, that are left
        self.members = archives.MAX_MEMBERS  # that may still be named

    def text(self, data: bytes, media_type: str, most: int, depth: int) -> str:
        """Return the text of a file; a note in its place where it cannot be read."""
        if media_type in _WITHOUT_READER:
            return _WITHOUT_READER[media_type]
        if len(data) > MAX_BYTES:
            return note("too_large")
        if self.seconds <= 0:
            return TOO_LONG
        if media_type in _ARCHIVES:
            return self._archive(data, media_type, most, depth)
        found = self._tried(lambda: _child.run(SECONDS, self.seconds, extract, data, media_type, most))
        if isinstance(found, ole.OleContents):
            members = [Member(name, file) for name, file in found.files]
            return _within(self._members(Unpacked(members, more=found.more), most, depth, found.text), most)
        return found

    def _archive(self, data: bytes, media_type: str, most: int, depth: int) -> str:
        if depth >= MAX_DEPTH:
            return note("archive_too_deep")
        limits, words = Limits(SECONDS, self.seconds, MAX_MEMORY), (_ARCHIVES[media_type], " ".join(_MEMBERS))
        try:
            found = self._tried(lambda: isolation.run("archive", data, limits, Unpacked, *words))
        except Lacking:
            return note("needs_program", words[0].upper(), "libarchive")
        return found if isinstance(found, str) else _within(self._members(found, most, depth), most)

    def _tried(self, call: Callable[[], tuple[object, float]]) -> Any:
        """Return the result of a reader, or the note that says why there is none; its time is taken from what is left.

        Raises Lacking.
        """
        try:
            found, used = call()
        except Lacking:
            raise
        except MemoryError:
            found, used = note("too_large"), self.seconds
        except TimeoutError:
            found, used = TOO_LONG, self.seconds
        except OSError:
            found, used = note("broke_reader"), self.seconds
        self.seconds -= used
        return found

    def _members(self, found: Unpacked, most: int, depth: int, text: str = "") -> str:
        """Return the names of the files in another, each with its text or the note on it."""
        out = [text] if text else []
        left = most - len(text)
        for member in found.members:
            if left <= 0 or not self.members:
                break
            self.members -= 1
            kind = _MEMBERS.get(member.name.rpartition(".")[2].lower(), "")
            inside = _fault(member.fault) if member.fault else ""
            if not inside and kind and member.data:
                inside = self.text(member.data, sniff(member.data, kind), left, depth + 1)
            name = in_one_line(member.name)
            out += [piece for piece in (name, inside) if piece]
            left -= len(name) + len(inside)
        if found.fault and not any(member.fault for member in found.members[-1:]):
            out.append(_fault(found.fault))
        return "\n".join(out) + (CUT if found.more or left <= 0 or not self.members else "")


def _fault(code: str) -> str:
    """Return the note on a fault of an archive: only a known code is taken from its reader."""
    return note(code) if code in ("encrypted", "expands_too_far", "unknown_packing") else note("broken", "damaged")


def extract(data: bytes, media_type: str, most: int = MAX_TEXT) -> "str | ole.OleContents":
    """Return the text of one document, at most `most` characters, ending in CUT where more was left; never raise.

    A note in brackets replaces a document that cannot be read. An Outlook message is returned as it is unpacked. Runs
    in the child process.
    """
    try:
        if media_type == MSG:
            return ole.message(data)
        text = _READERS[media_type](data, most)
    except MemoryError:
        return note("too_large")
    except Encrypted:
        return ENCRYPTED
    except TooOld:
        return FOR_LIBREOFFICE[media_type]
    except Exception as error:
        return note("broken", type(error).__name__)
    return _within(_readable(text), most)


def _within(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - len(CUT)] + CUT


def _readable(text: str) -> str:
    """Return the text in NFC, with lines in legacy Vietnamese fonts converted."""
    text = normalize("NFC", text)
    if text.isascii():
        return text
    whole = repair_fonts(text)
    return whole if whole is not text else "\n".join(map(repair_fonts, text.split("\n")))


def _pdf(data: bytes, most: int) -> str:
    text, more, signatures = pdf.text(data, most)
    return "\n".join(piece for piece in (text, signatures) if piece) + (CUT if more else "")


def _office(read: Callable[[bytes, int], TextCollector]) -> Callable[[bytes, int], str]:
    def text(data: bytes, most: int) -> str:
        kept = read(data, most)
        lines = kept.lines()
        if says_little(lines) and office.has_pictures(data):
            return SCANNED
        return lines + (CUT if kept.cut else "")

    return text


def _doc(data: bytes, most: int) -> str:
    kept, pictures = ole.word(data, most)
    lines = kept.lines()
    return SCANNED if pictures and says_little(lines) else lines + (CUT if kept.cut else "")


def _ppt(data: bytes, most: int) -> str:
    kept = ole.slides(data, most)
    return kept.lines() + (CUT if kept.cut else "")


def _xls(data: bytes, most: int) -> str:
    """Return the text of an XLS. Raises TooOld for those before Excel 95, which calamine does not know."""
    from python_calamine import CalamineError

    try:
        kept = office.sheets(data, most)
    except CalamineError as error:
        raise TooOld from error
    return kept.lines() + (CUT if kept.cut else "")


def _rtf(data: bytes, _most: int) -> str:
    """Return the text of rich text, its lines without blanks at their ends.

    Some patterns of striprtf take time by the square of what a hostile file holds; the limits of the child bound it.
    """
    from striprtf.striprtf import rtf_to_text

    coded = _BEYOND_ASCII.sub(lambda byte: b"\\'%02x" % byte[0][0], _DATA.sub(b"", data))
    source = _LEFT_OUT.sub("", _CELL.sub(r"\\tab", coded.decode("ascii")))
    text = str(rtf_to_text(source, errors="replace"))
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")  # a character may come in two halves
    return "\n".join(line.rstrip() for line in text.translate(_PLAIN).split("\n")).strip()


_READERS: dict[str, Callable[[bytes, int], str]] = {
    PDF: _pdf,
    DOCX: _office(office.words),
    XLSX: _office(office.sheets),
    PPTX: _office(office.slides),
    ODT: _office(office.open_document),
    ODS: _office(office.sheets),
    ODP: _office(office.open_document),
    DOC: _doc,
    PPT: _ppt,
    XLS: _xls,
    RTF: _rtf,
}
_WITHOUT_READER = {
    PROGRAM: note("program"), ENCRYPTED_OFFICE: ENCRYPTED, OLE: note("no_reader", "OLE"),
    "application/ms-tnef": note("no_reader", "winmail.dat"), "application/gzip": note("no_reader", "gzip"),
}  # fmt: skip
READABLE = frozenset(_READERS) | frozenset(_WITHOUT_READER) | frozenset(_ARCHIVES) | {MSG}
