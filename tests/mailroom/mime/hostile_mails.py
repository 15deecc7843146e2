"""Mails made to cost much, a few megabytes each, or as large as servers let pass: see test_mime_mutated_mails.py."""

import base64
import io
import random
import struct
import zipfile
import zlib
from collections.abc import Callable

HEAD = (
    b"From: stc@camau.gov.test\nTo: khao-sat+abcdefghij@prober.test\nSubject: Re: [YC-abcdefghij]\n"
    b"Date: Tue, 14 Apr 2020 09:20:00 +0700\nMessage-ID: <goc@camau.gov.test>\nMIME-Version: 1.0\n"
)
PLAIN = HEAD + b"Content-Type: text/plain; charset=utf-8\n\n"
NOISE = random.Random(1).randbytes(1_000_000)
LINES = b"So Tai chinh da nhan\n" * 50_000
TEXT = b"BT /F 9 Tf 1 0 0 1 30 700 Tm (abc def) Tj ET\n"
WORDS = b'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
CELLS = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row>'


def mixed(parts: list[bytes]) -> bytes:
    body = b"".join(b"--b\n" + part + b"\n" for part in parts)
    return HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n" + body + b"--b--\n"


def files(*contents: bytes) -> bytes:
    head = b"Content-Type: application/octet-stream; name=a%d\nContent-Transfer-Encoding: base64\n\n"
    return mixed([head % number + base64.encodebytes(content) for number, content in enumerate(contents)])


def deep(levels: int, body: bytes) -> bytes:
    heads = (b'Content-Type: multipart/mixed; boundary="d%d"\n\n--d%d\n' % (n, n) for n in range(levels))
    return HEAD + b"".join(heads) + b"Content-Type: text/plain\n\n" + body


def pdf(content: bytes, pages: int) -> bytes:
    """Every page is drawn by the same `content`."""
    packed = zlib.compress(content, 9)
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[%b]/Count %d>>" % (b"4 0 R " * pages, pages),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        b"<</Type/Page/Parent 2 0 R/Contents 5 0 R/Resources<</Font<</F 3 0 R>>>>>>",
        b"<</Length %d/Filter/FlateDecode>>\nstream\n" % len(packed) + packed + b"\nendstream",
    )
    out, places = b"%PDF-1.5\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n" % number + content + b"\nendobj\n"
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + b"xref\n0 6\n0000000000 65535 f \n%btrailer\n<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (
        table,
        len(out),
    )


def office(name: str, content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return out.getvalue()


def laughs() -> bytes:
    """Ten entities, each ten times the one before."""
    more = b"".join(b'<!ENTITY a%d "%b">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 10))
    body = WORDS + b"<w:p><w:r><w:t>&a9;</w:t></w:r></w:p></w:document>"
    return office("word/document.xml", b'<!DOCTYPE x [<!ENTITY a0 "lol">' + more + b"]>" + body)


def winmail() -> bytes:
    """A body of RTF that is compressed 30 to 1."""
    packed = struct.pack("<IIII", 0, 0, 0x75465A4C, 0) + (b"\x00\\'e0 abc") * 25_000
    properties = struct.pack("<IHHII", 1, 0x102, 0x1009, 1, len(packed)) + packed
    stream = struct.pack("<IHBII", 0x223E9F78, 1, 1, 0x69003, len(properties)) + properties + b"\0\0"
    return b"Content-Type: application/ms-tnef\nContent-Transfer-Encoding: base64\n\n" + base64.encodebytes(stream)


def messages(levels: int) -> bytes:
    inner = PLAIN + LINES[:100_000]
    for _ in range(levels):
        head = HEAD + b"Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n"
        inner = head + base64.encodebytes(inner)
    return inner


HOSTILE: dict[str, Callable[[], bytes]] = {
    "300 levels, 250,000 lines": lambda: deep(300, LINES * 5),
    "a million header lines": lambda: HEAD + b"X: y\n" * 1_000_000 + b"\nx",
    "a header of a million lines": lambda: HEAD + b"X: y" + b"\n y" * 1_000_000 + b"\n\nx",
    "a line without a colon": lambda: b"a" * 200_000 + b"\n\nx",
    "blanks behind the name of an identifier": lambda: PLAIN + b"Message-ID:" + b" " * 200_000 + b"x\n",
    "a million lines of hyphens": lambda: mixed([b"\n" + b"--\n" * 1_000_000]),
    "flowed lines": lambda: PLAIN.replace(b"utf-8", b"utf-8; format=flowed") + b"x \n" * 1_000_000,
    "quotation marks without end": lambda: mixed([b"Content-Type: text/csv; name=" + b'"\\' * 29_000 + b"\n\nx"] * 9),
    "names of 60,000 characters": lambda: mixed([b"Content-Type: a/b; name*=x''" + b"%41" * 19_000 + b"\n\nx"] * 90),
    "a boundary without a name, 50 times": lambda: HEAD
    + b"Content-Type: multipart/mixed\n\n"
    + b"".join(b"--b%d\nContent-Type: multipart/mixed\n\n" % n for n in range(50))
    + b"x\n" * 500_000,
    "messages in base64": lambda: messages(12),
    "padding after every word": lambda: mixed(
        [b"Content-Type: a/b; name=a\nContent-Transfer-Encoding: base64\n\n" + b"QUI=\n" * 300_000]
    ),
    "100 bodies of winmail.dat": lambda: mixed([winmail()] * 100),
    "390 texts in a code page": lambda: mixed([b"Content-Type: text/plain\n\n" + b"S\xf5\xd2 T\xe0i " * 4_000] * 390),
    "20 PDFs, each page a megabyte": lambda: files(*(pdf(TEXT * 25_000 + b"%%%d" % n, 60) for n in range(20))),
    "a page of 40 MB": lambda: files(pdf(TEXT * 900_000, 1)),
    "objects without a table": lambda: files(b"%PDF-1.4\n" + b"1 0 obj\n<</A 1>>\nendobj\n" * 400_000),
    "ten to the ninth": lambda: files(laughs()),
    "300,000 paragraphs in each other": lambda: files(
        office("word/document.xml", WORDS + b"<w:p>" * 300_000 + b"</w:p>" * 300_000 + b"</w:document>")
    ),
    "5 million cells": lambda: files(
        office("xl/worksheets/sheet1.xml", CELLS + b"<c/>" * 4_700_000 + b"</row></sheetData></worksheet>")
    ),
    "blank lines": lambda: PLAIN + b"\n" * 200_000 + "Kính gửi: a".encode(),
    "37 MB of 8-bit bytes": lambda: mixed([b"Content-Type: application/octet-stream; name=a\n\n" + NOISE * 37]),
    "40 MB that are uuencoded": lambda: PLAIN + b"begin 644 a\n" + (b"M" + b"A" * 60 + b"\n") * 650_000 + b"`\nend\n",
    "25,000 uuencoded files": lambda: PLAIN + b"begin 644 a\n#86)C\n`\nend\n" * 25_000,
    "100,000 attributes": lambda: (
        PLAIN.replace(b"plain", b"html") + b"<p" + b"".join(b" a%d" % n for n in range(100_000))
    ),
    "colours that are never closed": lambda: (
        PLAIN.replace(b"plain", b"html") + b"".join(b"<p><font color=%d>x" % n for n in range(60_000))
    ),
    "190 HTML messages": lambda: mixed(
        [b"Content-Type: message/rfc822\n\nContent-Type: text/html\n\n" + b"<p>x</p>" * 2_500] * 190
    ),
    "200 messages in each other": lambda: (HEAD + b"Content-Type: message/rfc822\n\n") * 200 + PLAIN + b"x\n",
    "50 messages in each other, 4 MB": lambda: (HEAD + b"Content-Type: message/rfc822\n\n") * 50 + PLAIN + LINES * 4,
    "capitals without a blank": lambda: PLAIN + b"Ab1" * 60_000,
}  # fmt: skip
