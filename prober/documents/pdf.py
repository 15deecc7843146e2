"""Read the text of a PDF: its pages, what was filled into its form, and who signed it by certificate."""

import io
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from prober.documents.notes import note
from prober.documents.office import Encrypted

MAX_PAGES = 60
MAX_DRAWN = 1_500_000  # bytes of drawing instructions on all pages read; 60 pages of tables have about so many
MAX_PICTURES = 50  # pictures and forms of one page that are looked at
MAX_FIELDS = 500
MAX_SIGNATURES = 10
LEAST_LETTERS = 20  # a document with fewer on all its pages together is a picture of text
STAMPED = 150  # a page with fewer letters and a picture as large as itself is a scan with a stamp
LARGE_PICTURE = 800_000  # pixels; A4 at a hundred dots per inch
_NOT_CHOSEN = ("", "/Off")  # values of a box or button of a form


def text(data: bytes, most: int) -> tuple[str, bool, str]:
    """Return the text, whether more was left, and notes on the signatures. A scan is "scanned" by its note.

    What stands in a field of a form is added where no page shows it. Raises Encrypted, and any error of a broken file.
    """
    from pypdf import PdfReader

    reader = PdfReader(io.BytesIO(data), strict=False)
    if reader.is_encrypted and not reader.decrypt(""):
        raise Encrypted
    out: list[str] = []
    size = drawn = pages = 0
    for page in reader.pages[:MAX_PAGES]:
        contents = page.get_contents()
        drawn += len(contents.get_data()) if contents is not None else 0
        if drawn > MAX_DRAWN:
            break
        out.append(page.extract_text() or "")
        pages += 1
        size += len(out[-1])
        if size > most:
            break
    shown = "\n".join(out).strip()
    fields = _fields(reader)
    filled = [line for line, value in _filled(fields) if value not in shown]
    whole = "\n".join([shown, *filled]).strip()
    signatures = "\n".join(note("signed", name) for name in _signers(fields))
    if _is_picture(whole, reader.pages[: max(pages, 1)]):
        return note("scanned"), False, ""
    return whole, len(reader.pages) > pages, signatures


def _fields(reader: Any) -> list[Any]:
    """Return the fields of a form, and of signatures, which are fields too."""
    with suppress(Exception):  # a broken form leaves the pages readable
        if len(reader.trailer["/Root"]["/AcroForm"]["/Fields"]) > MAX_FIELDS:
            return []
        return list((reader.get_fields() or {}).values())[:MAX_FIELDS]
    return []


def _filled(fields: list[Any]) -> Iterator[tuple[str, str]]:
    """Yield what was filled in or chosen: a line with the field's label, and the value."""
    for field in fields:
        value = field.get("/V")
        if field.get("/FT") == "/Sig" or value is None or isinstance(value, dict):
            continue
        said = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        if said not in _NOT_CHOSEN:
            label = str(field.get("/TU") or field.get("/T") or "")
            yield f"{label}: {said}", said


def _signers(fields: list[Any]) -> list[str]:
    """Return who signed: the name in the signature, else that in its certificate; "" where neither says it.

    That a signature is there is no proof that it is good: none is checked.
    """
    signed = [field["/V"] for field in fields if field.get("/FT") == "/Sig" and isinstance(field.get("/V"), dict)]
    return list(dict.fromkeys(str(value.get("/Name") or _holder(value)) for value in signed[:MAX_SIGNATURES]))


def _holder(signature: Any) -> str:
    """Return the name of the holder of the certificate: the one of those enclosed that issued none of the others."""
    from cryptography.hazmat.primitives.serialization import pkcs7
    from cryptography.x509 import NameOID

    with suppress(Exception):
        found = pkcs7.load_der_pkcs7_certificates(_unpadded(bytes(signature["/Contents"].original_bytes)))
        issuers = {certificate.issuer for certificate in found if certificate.issuer != certificate.subject}
        for certificate in found:
            if certificate.subject not in issuers:
                return str(certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)
    return ""


def _unpadded(data: bytes) -> bytes:
    """Return a DER element without the zeros with which a signature fills the room kept for it."""
    if data[1] < 0x80:
        return data[: 2 + data[1]]
    size = data[1] & 0x7F
    return data[: 2 + size + int.from_bytes(data[2 : 2 + size], "big")]


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
    while waiting and seen < MAX_PICTURES:
        holder, depth = waiting.pop()
        resources = holder.get("/Resources", DictionaryObject()).get_object()
        drawn = resources.get("/XObject", DictionaryObject()).get_object()
        for name in list(drawn)[:MAX_PICTURES]:
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
