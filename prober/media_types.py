"""What a file is by its bytes. What a server or a sender declares is often wrong, and sometimes a lie."""

import re

PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
ZIP = "application/zip"

_OOXML = ((b"word/", DOCX), (b"xl/", XLSX), (b"ppt/", PPTX))
_MAGIC = (
    (b"%PDF-", PDF),
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


def sniff(data: bytes, declared: str) -> str:
    """Media type by content; the declared one where the bytes do not tell, application/octet-stream if it is odd."""
    head = data[:1024].lstrip(b"\r\n\t ")
    if head.startswith(b"PK\x03\x04") or head.startswith(b"PK\x05\x06"):
        return next((kind for mark, kind in _OOXML if mark in data[:4096] or mark in data[-4096:]), ZIP)
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if b"%PDF-" in data[:1024]:  # a PDF behind a few stray bytes; every reader accepts it
        return PDF
    if re.fullmatch(r"(?:text|image|audio|video|application|message|multipart|font|model)/[\w.+-]+", declared):
        return declared
    return "application/octet-stream" if b"\0" in data[:1024] else "text/plain"
