"""Unpack a ZIP, RAR or 7z by libarchive, within limits. Runs as a program of its own (prober.documents.isolation).

libarchive is told to read these three formats and no filter around them. Nothing is written to a disk: the members go
on as bytes, and only those that there is a reader for are unpacked at all.
"""

import base64
import ctypes
from collections.abc import Iterator
from typing import Any
from unicodedata import normalize

from prober.documents.reader_program import Lacks

LIBRARY = "libarchive.so.13"  # named in the environment: else libarchive-c would start programs to look for it
MAX_MEMBERS = 50
MAX_HEADERS = 1_000  # folders and links included
MAX_MEMBER_BYTES = 20_000_000  # largest size of one unpacked member
MAX_UNPACKED = 30_000_000  # of all members of one archive
MAX_RATIO = 200  # largest ratio of all that is unpacked to the bytes of the archive
ALWAYS = 1_000_000  # bytes that may be unpacked whatever the ratio
FORMATS = {"zip": ("zip",), "rar": ("rar", "rar5"), "7z": ("7zip",)}
_BLOCK = 1 << 16
_FILES = (0o100000, 0)  # types of a member with bytes of its own; a RAR may say none
_ENCRYPTED, _UNKNOWN = ("passphrase", "crypt"), ("unsupported", "not supported")  # in messages of libarchive


def unpacked(data: bytes, kind: str, wanted: str) -> dict[str, Any]:
    """Return the members of an archive of a kind of FORMATS: name, fault or "", and bytes in base64.

    `wanted` are the extensions, with a blank between two, of the members whose bytes are returned. `fault` of the whole
    is "encrypted", "unknown_packing" or "damaged" where the list ends early, `more` says that it goes on. Raises Lacks.
    """
    try:
        from libarchive.exception import ArchiveError  # type: ignore[import-untyped]
    except OSError as error:
        raise Lacks(LIBRARY) from error
    extensions = frozenset(wanted.split())
    left = min(MAX_UNPACKED, max(MAX_RATIO * len(data), ALWAYS))
    members: list[dict[str, str]] = []
    try:
        for number, entry in enumerate(_entries(data, FORMATS[kind])):
            if len(members) == MAX_MEMBERS or number == MAX_HEADERS:
                return {"members": members, "more": True}
            if not entry.isdir:
                member, size = _member(entry, extensions, left)
                members.append(member)
                left -= size
    except ArchiveError as error:
        return {"members": members, "fault": _fault(error)}
    return {"members": members}


def _entries(data: bytes, formats: tuple[str, ...]) -> Iterator[Any]:
    from libarchive import ffi  # type: ignore[import-untyped]
    from libarchive.read import ArchiveRead  # type: ignore[import-untyped]

    archive = ffi.read_new()
    try:
        ffi.get_read_filter_function("none")(archive)
        for name in formats:
            ffi.get_read_format_function(name)(archive)
        ffi.read_open_memory(archive, ctypes.cast(ctypes.c_char_p(data), ctypes.c_void_p), len(data))
        yield from ArchiveRead(archive, "ascii")
    finally:
        ffi.read_free(archive)


def _member(entry: Any, extensions: frozenset[str], left: int) -> tuple[dict[str, str], int]:
    """Return one member, and the bytes that it was unpacked to."""
    from libarchive.exception import ArchiveError

    name = _name(entry.pathname)
    if name.rpartition(".")[2].lower() not in extensions or entry.filetype not in _FILES:
        return {"name": name, "fault": "encrypted" if _is_encrypted(entry) else ""}, 0
    most = min(left, MAX_MEMBER_BYTES)
    if (entry.size or 0) > most:  # what the header declares; it may declare less than there is
        return {"name": name, "fault": "expands_too_far"}, 0
    out = bytearray()
    try:
        for block in entry.get_blocks(_BLOCK):
            out += block
            if len(out) > most:
                return {"name": name, "fault": "expands_too_far"}, len(out)
    except ArchiveError as error:
        return {"name": name, "fault": "encrypted" if _is_encrypted(entry) else _fault(error)}, len(out)
    return {"name": name, "data": base64.b64encode(out).decode()}, len(out)


def _is_encrypted(entry: Any) -> bool:
    from libarchive import ffi

    return bool(ffi.libarchive.archive_entry_is_data_encrypted(ctypes.c_void_p(entry._entry_p)))


def _fault(error: Exception) -> str:
    said = str(error).lower()
    if any(word in said for word in _ENCRYPTED):
        return "encrypted"
    return "unknown_packing" if any(word in said for word in _UNKNOWN) else "damaged"


def _name(name: str | bytes | None) -> str:
    """Return the name of a member; one that is not UTF-8 is in the code page of the program that packed it.

    >>> _name("Dự toán".encode("cp1258", "replace")[:1] + b"a.doc"), _name(b"b\\xb7o.doc")
    ('Da.doc', 'b╖o.doc')
    """
    if not isinstance(name, bytes):
        return normalize("NFC", (name or "").encode("utf-8", "replace").decode())  # a 7z may name halves of a character
    for code in ("utf-8", "cp1258"):
        try:
            read = normalize("NFC", name.decode(code))
        except UnicodeDecodeError:
            continue
        if code == "utf-8" or all(letter.isalpha() for letter in read if not letter.isascii()):
            return read
    return name.decode("cp437")
