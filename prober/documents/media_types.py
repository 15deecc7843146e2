"""Detect the media type of a file by its bytes; the declared type is often wrong, and sometimes a lie."""

from prober.text.patterns import linear

PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
ZIP = "application/zip"
RTF = "application/rtf"
ODT = "application/vnd.oasis.opendocument.text"
ODS = "application/vnd.oasis.opendocument.spreadsheet"
ODP = "application/vnd.oasis.opendocument.presentation"
DOC = "application/msword"
XLS = "application/vnd.ms-excel"
PPT = "application/vnd.ms-powerpoint"
MSG = "application/vnd.ms-outlook"
ENCRYPTED_OFFICE = "application/x-encrypted-office"  # our own type: an OLE storage with an encrypted DOCX or XLSX
PROGRAM = "application/x-msdownload"
RAR = "application/vnd.rar"
SEVEN_ZIP = "application/x-7z-compressed"
OLE = "application/x-ole-storage"

_KNOWN = linear(r"(?:text|image|audio|video|application|message|multipart|font|model)/[\w.+-]+")
_OOXML_FIRST = (b"[Content_Types].xml", b"_rels", b"docProps", b"customXml", b"word", b"xl", b"ppt")
_OOXML = ((b"word/", DOCX), (b"xl/", XLSX), (b"ppt/", PPTX))
_OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# Names of streams that identify the kind of an OLE storage, the surest first.
_STREAMS = (
    ("EncryptedPackage", ENCRYPTED_OFFICE), ("__properties_version1.0", MSG), ("WordDocument", DOC), ("Workbook", XLS),
    ("Book", XLS), ("PowerPoint Document", PPT),
)  # fmt: skip
_MAGIC = (
    (b"%PDF-", PDF),
    (b"Rar!\x1a\x07", RAR),
    (b"7z\xbc\xaf\x27\x1c", SEVEN_ZIP),
    (b"\x1f\x8b", "application/gzip"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF8", "image/gif"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"{\\rtf", RTF),
    (b"\x78\x9f\x3e\x22", "application/ms-tnef"),
    (b"MZ", PROGRAM),
)


def sniff(data: bytes, declared: str) -> str:
    """Return the media type by content, else the declared one; application/octet-stream if that is malformed."""
    head = data[:1024].lstrip(b"\r\n\t ")
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zipped(data)
    if head.startswith(_OLE_MAGIC):
        return next((kind for name, kind in _STREAMS if _entry(name) in data), OLE)
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if b"%PDF-" in data[:1024]:  # stray bytes may precede a PDF; every reader accepts it
        return PDF
    known = _KNOWN.fullmatch(declared)
    if known and declared != "application/octet-stream":
        return declared
    return "application/octet-stream" if not head or b"\0" in data[:1024] else _textual(head)


def _zipped(data: bytes) -> str:
    """Return the media type of a ZIP, an office file by its first member only.

    An archive may contain an office file, and would then have its names too.
    """
    first = data[30 : 30 + int.from_bytes(data[26:28], "little")]
    if first == b"mimetype":
        return next((kind for kind in (ODT, ODS, ODP) if data[38:].startswith(kind.encode())), ZIP)
    if not first.startswith(_OOXML_FIRST):
        return ZIP
    return next((kind for mark, kind in _OOXML if mark in data[:4096] or mark in data[-4096:]), ZIP)


def _entry(name: str) -> bytes:
    """Return a name in the form of the directory of an OLE storage."""
    return f"{name}\0".encode("utf-16-le")


def _textual(head: bytes) -> str:
    return "text/html" if head[:15].lower().startswith((b"<!doctype html", b"<html")) else "text/plain"
