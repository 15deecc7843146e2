"""Attached files: what they are by their bytes, safe names, and one hash taken once. Nothing is ever opened by name."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from mailroom import extraction
from prober.correspondence import Attachment

MAX_NAME = 120
_SAFE = re.compile(r"[^\w.\-()+ ]")
_BIDI = re.compile(r"[\u0000-\u001f\u007f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_OOXML = (
    (b"word/", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    (b"xl/", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    (b"ppt/", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
)
_MAGIC = (
    (b"%PDF-", "application/pdf"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"\x1f\x8b", "application/gzip"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF8", "image/gif"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"{\\rtf", "application/rtf"),
    (b"\x78\x9f\x3e\x22", "application/ms-tnef"),
    (b"MZ", "application/x-msdownload"),
)
_EXTENSIONS = {
    "application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png", "image/gif": "gif", "image/tiff": "tif",
    "application/zip": "zip", "application/vnd.rar": "rar", "text/plain": "txt", "text/html": "html",
    "text/csv": "csv", "message/rfc822": "eml", "text/calendar": "ics", "application/rtf": "rtf",
    _OOXML[0][1]: "docx", _OOXML[1][1]: "xlsx", _OOXML[2][1]: "pptx",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Part:
    """One file as found in a message: its name as sent, its declared type and its decoded bytes."""

    name: str
    declared_type: str
    data: bytes
    text: str = ""  # known already (a message inside the message); else it is extracted


def describe(parts: Iterable[Part]) -> tuple[Attachment, ...]:
    """Attachments of one message, in order, with names that are unique in it.

    The hash is of the decoded bytes and is the key of the file for ever: one platform lost about 200 files when an
    upgraded library decoded them differently (reference page on mail reliability, rule 11).
    """
    taken: set[str] = set()
    out = []
    for position, part in enumerate(parts, 1):
        media_type = sniff(part.data, part.declared_type)
        name = _unique(safe_name(part.name, position, media_type), taken)
        text = part.text or extraction.text_of(part.data, media_type)
        digest = hashlib.sha256(part.data).hexdigest()
        out.append(Attachment(name, part.name, media_type, part.declared_type, len(part.data), digest, text))
    return tuple(out)


def sniff(data: bytes, declared: str) -> str:
    """Media type by content; the declared one where the bytes do not tell, application/octet-stream if it is odd."""
    head = data[:1024].lstrip(b"\r\n\t ")
    if head.startswith(b"PK\x03\x04") or head.startswith(b"PK\x05\x06"):
        return next((kind for mark, kind in _OOXML if mark in data[:4096] or mark in data[-4096:]), "application/zip")
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if b"%PDF-" in data[:1024]:  # a PDF behind a few stray bytes; every reader accepts it
        return "application/pdf"
    if re.fullmatch(r"(?:text|image|audio|video|application|message|multipart|font|model)/[\w.+-]+", declared):
        return declared
    return "application/octet-stream" if b"\0" in data[:1024] else "text/plain"


def safe_name(name: str, position: int, media_type: str) -> str:
    """A name that can be shown: NFC, no path, no control or direction characters, at most 120 characters.

    >>> safe_name("../../etc/passwd\\u202efdp.exe", 1, "application/pdf")
    'passwdfdp.exe'
    """
    name = _BIDI.sub("", unicodedata.normalize("NFC", name))
    name = re.split(r"[/\\]", name)[-1]
    name = _SAFE.sub("_", name).strip(" .")
    if not name:
        return f"part-{position}.{_EXTENSIONS.get(media_type, 'bin')}"
    if len(name) > MAX_NAME:
        stem, dot, extension = name.rpartition(".")
        keep = MAX_NAME - len(extension) - 1
        name = f"{stem[:keep]}.{extension}" if dot and len(extension) <= 10 else name[:MAX_NAME]
    return name


def _unique(name: str, taken: set[str]) -> str:
    stem, dot, extension = name.rpartition(".")
    candidate, n = name, 1
    while candidate.lower() in taken:
        n += 1
        candidate = f"{stem}-{n}.{extension}" if dot else f"{name}-{n}"
    taken.add(candidate.lower())
    return candidate
