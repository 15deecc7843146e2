"""Read the members of a ZIP file: their names, and their bytes within limits."""

import struct
import zipfile
from collections.abc import Iterator
from unicodedata import normalize

from prober.documents.media_types import (
    DOC,
    DOCX,
    MSG,
    ODP,
    ODS,
    ODT,
    PDF,
    PPT,
    PPTX,
    RAR,
    RTF,
    SEVEN_ZIP,
    XLS,
    XLSX,
    ZIP,
)

MAX_MEMBER_BYTES = 20_000_000  # largest size of one unpacked member
MAX_RATIO = 200  # largest ratio of unpacked to packed size
TYPES = {
    "pdf": PDF, "docx": DOCX, "xlsx": XLSX, "pptx": PPTX, "odt": ODT, "ods": ODS, "odp": ODP, "rtf": RTF, "zip": ZIP,
    "doc": DOC, "xls": XLS, "ppt": PPT, "msg": MSG, "rar": RAR, "7z": SEVEN_ZIP,
}  # fmt: skip
_UTF8 = 0x800  # the flag that a name is in UTF-8
_UNICODE_PATH = 0x7075  # the extra field of WinRAR and Info-ZIP with the name in Unicode


def expands_too_far(member: zipfile.ZipInfo) -> bool:
    return member.file_size > MAX_MEMBER_BYTES or member.file_size > MAX_RATIO * max(member.compress_size, 1)


def bytes_of(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes | None:
    """Return the unpacked bytes; None where they exceed MAX_MEMBER_BYTES, whatever size the header declares."""
    with archive.open(member) as stream:
        data = stream.read(MAX_MEMBER_BYTES + 1)
    return data if len(data) <= MAX_MEMBER_BYTES else None


def name_of(member: zipfile.ZipInfo) -> str:
    """Return the name of a member, decoded from the code page of the program that packed it.

    A name without the UTF-8 flag is in that program's code page; zipfile decodes all such names as cp437.
    """
    for kind, content in _extra_fields(member.extra):
        if kind == _UNICODE_PATH and len(content) > 5:
            return normalize("NFC", content[5:].decode("utf-8", "replace"))
    name = member.orig_filename.partition("\0")[0]
    if member.flag_bits & _UTF8 or name.isascii():
        return normalize("NFC", name)
    raw = name.encode("cp437", "replace")
    for code in ("utf-8", "cp1258"):
        try:
            read = normalize("NFC", raw.decode(code))
        except UnicodeDecodeError:
            continue
        if code == "utf-8" or all(letter.isalpha() for letter in read if not letter.isascii()):
            return read
    return name


def _extra_fields(extra: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 4 <= len(extra):
        kind, size = struct.unpack_from("<HH", extra, at)
        yield kind, extra[at + 4 : at + 4 + size]
        at += 4 + size
