"""Describe attached files: media type by their bytes, a safe name, the hash, the text. No file is opened by name."""

import hashlib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from mailroom.mime.decoding import text_of
from prober.documents import readers
from prober.documents.media_types import DOC, DOCX, ODS, ODT, PDF, PPTX, RTF, XLS, XLSX, ZIP, sniff
from prober.documents.readers import CUT, ENOUGH, FOR_LIBREOFFICE, READABLE, SCANNED, TOO_LONG
from prober.domain.correspondence import Attachment
from prober.text.patterns import linear

MAX_NAME = 120
MAX_TEXT = 60_000  # characters of one file; classification reads no more (budget_content.MAX_READ)
MOST_TEXT = 200_000  # of all files of a message
SECONDS = 1.2  # of processor time, for all files of a message
_LARGE = 60_000  # bytes
_ORNAMENT = linear(r"(?:image\d+|logo|banner|outlook-)")
_LATER = frozenset({SCANNED, *FOR_LIBREOFFICE.values()})  # read by slow programs, after all other mail
_SAFE = linear(r"[^\w.\-()+ ]")
_BIDI = linear(r"[\u0000-\u001f\u007f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
EXTENSIONS = {
    PDF: "pdf", "image/jpeg": "jpg", "image/png": "png", "image/gif": "gif", "image/tiff": "tif",
    ZIP: "zip", "application/vnd.rar": "rar", "text/plain": "txt", "text/html": "html",
    "text/csv": "csv", "message/rfc822": "eml", "text/calendar": "ics", RTF: "rtf",
    DOC: "doc", XLS: "xls", ODT: "odt", ODS: "ods", DOCX: "docx", XLSX: "xlsx", PPTX: "pptx",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Part:
    """Hold one file as found in a message: its name as sent, its declared type and its decoded bytes."""

    name: str
    declared_type: str
    data: bytes
    text: str = ""  # known already (a message inside the message); else it is extracted


def describe(parts: Iterable[Part]) -> tuple[Attachment, ...]:
    """Return the attachments of one message, in order, with names that are unique in it.

    The hash is taken of the decoded bytes, and once: it is the key of the file. One platform lost about 200 files when
    an upgraded library decoded them differently (docs/reference/mail-edge-cases.md#reliability).
    """
    taken: dict[str, int] = {}
    left = _Left()
    out = []
    for position, part in enumerate(parts, 1):
        media_type = sniff(part.data, part.declared_type)
        name = _unique(safe_name(part.name, position, media_type), taken)
        text = SCANNED if is_photographed(media_type, part) else left.text_of(part, media_type)
        out.append(
            Attachment(
                name, part.name, media_type, part.declared_type, len(part.data), digest(part), text, text in _LATER
            )
        )
    return tuple(out)


class _Left:
    """Count what may still be read of one message, so that a hundred hostile files cost no more than one."""

    def __init__(self) -> None:
        self.seconds = SECONDS
        self.characters = MOST_TEXT

    def text_of(self, part: Part, media_type: str) -> str:
        if (
            not self.characters
            and part.data
            and (part.text or media_type.startswith("text/") or media_type in READABLE)
        ):
            return ENOUGH
        text = part.text or _as_text(part.data, media_type)
        if not text and media_type in READABLE:
            if self.seconds <= 0:
                return TOO_LONG
            text, used = readers.read(part.data, media_type, self.seconds, MAX_TEXT)
            self.seconds -= used
        if len(text) > MAX_TEXT:
            text = text[: MAX_TEXT - len(CUT)] + CUT
        self.characters = max(0, self.characters - len(text))
        return text


def _as_text(data: bytes, media_type: str) -> str:
    return text_of(data[: 4 * MAX_TEXT])[0] if media_type.startswith("text/") else ""


def digest(part: Part) -> str:
    """Return the SHA-256 of the decoded bytes, the permanent key of a file."""
    return hashlib.sha256(part.data).hexdigest()


def is_photographed(media_type: str, part: Part) -> bool:
    """Return True if a picture may show a letter: large, and not named like a logo or Outlook's inline pictures."""
    large = media_type.startswith("image/") and len(part.data) > _LARGE
    return large and not _ORNAMENT.match(part.name.lower())


def safe_name(name: str, position: int, media_type: str) -> str:
    """Return a name that can be shown: NFC, no path, no control or direction characters, at most 120 characters.

    >>> safe_name("../../etc/passwd\\u202efdp.exe", 1, "application/pdf")
    'passwdfdp.exe'
    """
    name = _BIDI.sub("", unicodedata.normalize("NFC", name))
    name = name.replace("\\", "/").rpartition("/")[2]
    name = _SAFE.sub("_", name).strip(" .")
    if not name:
        return f"part-{position}.{EXTENSIONS.get(media_type, 'bin')}"
    if len(name) > MAX_NAME:
        stem, dot, extension = name.rpartition(".")
        keep = MAX_NAME - len(extension) - 1
        name = f"{stem[:keep]}.{extension}" if dot and len(extension) <= 10 else name[:MAX_NAME]
    return name


def _unique(name: str, taken: dict[str, int]) -> str:
    """Return `name`, with a number if it is taken. `taken` maps a name in lower case to its last number."""
    stem, dot, extension = name.rpartition(".")
    candidate, n = name, taken.get(name.lower(), 0)
    while candidate.lower() in taken:
        n += 1
        candidate = f"{stem}-{n}.{extension}" if dot else f"{name}-{n}"
    taken[name.lower()] = max(n, 1)
    taken.setdefault(candidate.lower(), 1)
    return candidate
