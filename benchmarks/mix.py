"""Choose the messages of a mailbox: any number of them, in the mix and of the sizes of a real wave of letters."""

import base64
import email
import io
import random
import re
from collections.abc import Container, Iterator, Sequence

from pypdf import PdfReader, PdfWriter
from pypdf.generic import NameObject, StreamObject

# A scanned letter: from one page in black and white at 200 dpi to a few in colour; small ones are more frequent. A page
# takes about 50 KB (AIIM, "Estimating the file size of a scanned image") to 2 MB.
SCAN_BYTES = 100_000, 2_000_000
_ID = re.compile(rb"^(Message-ID:\s*<)", re.IGNORECASE | re.MULTILINE)


def study(originals: Sequence[bytes], own_ids: Container[str], number: int) -> Iterator[bytes]:
    """Yield `number` messages in the mix of `originals`, no two of them the same, no two scans the same.

    Copies of our letters to ourselves keep the Message-ID by which they are recognised, which is among `own_ids`, and
    differ in a trace header; everything else is a new message.
    """
    for n in range(number):
        original = originals[n % len(originals)]
        if _is_own(original, own_ids):
            yield b"Received: from relay-%d.prober.test by mail.prober.test\r\n" % n + original
        else:
            yield _scanned(renamed(original, n), random.Random(n))


def renamed(raw: bytes, number: int) -> bytes:
    """Return `raw` with a Message-ID of its own."""
    return _ID.sub(rb"\g<1>%d." % number, raw, count=1)


def _is_own(raw: bytes, own_ids: Container[str]) -> bool:
    return email.message_from_bytes(raw)["Message-ID"] in own_ids


def _scanned(raw: bytes, dice: random.Random) -> bytes:
    """Return `raw` with the picture in its PDF as large as a scanner's; a message without PDF unchanged."""
    if b"application/pdf" not in raw:
        return raw
    (file,) = (part for part in email.message_from_bytes(raw).walk() if part.get_content_type() == "application/pdf")
    encoded = str(file.get_payload()).strip().encode("ascii")
    low, high = SCAN_BYTES
    picture = dice.randbytes(int(low * (high / low) ** dice.random()))
    pdf = _with_picture(base64.b64decode(encoded), picture)
    return raw.replace(encoded, base64.encodebytes(pdf).strip().replace(b"\n", b"\r\n"))


def _with_picture(pdf: bytes, picture: bytes) -> bytes:
    """Return `pdf` with other data in its pictures, as a JPEG, which does not compress any further."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf)))
    for page in writer.pages:
        for held in page["/Resources"]["/XObject"].values():  # type: ignore[index]
            stream = held.get_object()
            assert isinstance(stream, StreamObject)
            stream._data = picture
            stream[NameObject("/Filter")] = NameObject("/DCTDecode")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()
