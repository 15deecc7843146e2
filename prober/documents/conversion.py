"""Have LibreOffice convert what nobody else reads: Word before 97, Excel before 95, PowerPoint before 97.

It takes seconds and much memory, so such files wait, like scans, until all other mail is understood. The converted file
is then read as any other. Its text is no guess: its confidence is 1.
"""

from msgspec import Struct

from prober.documents import isolation, readers
from prober.documents.isolation import Limits
from prober.documents.media_types import DOC, PPT, XLS, sniff
from prober.documents.notes import MARK
from prober.documents.ocr import Recognised

SECONDS = 60.0  # for one file; a letter takes one to three
PROCESSOR_SECONDS = 30.0
MEMORY = 4 << 30  # of address space, most of which is never used
WRITTEN = 64 << 20
EXACT = 1.0
# Kind → the ending of its name, and of what it is converted to.
KINDS = {DOC: ("doc", "docx"), XLS: ("xls", "xlsx"), PPT: ("ppt", "odp")}


class Converted(Struct):
    """Hold the file that LibreOffice wrote; empty where it could not read the one that it was given."""

    data: bytes


def installed() -> bool:
    """Return True if LibreOffice is there."""
    return isolation.has(readers.LIBREOFFICE)


def converted(data: bytes, media_type: str, seconds: float = SECONDS) -> Recognised:
    """Return the text of a file of one of KINDS; `fault` says why nothing could be read."""
    if len(data) > readers.MAX_BYTES:
        return Recognised(fault="too_large")
    limits = Limits(seconds, PROCESSOR_SECONDS, MEMORY, WRITTEN)
    made, fault = isolation.attempt("libreoffice", data, limits, Converted, *KINDS[media_type])
    if made is None:
        return Recognised(fault=fault)
    text = readers.text_of(made.data, sniff(made.data, "")) if made.data else ""
    return Recognised(text, EXACT, 1, 1) if text and not text.startswith(MARK) else Recognised(fault="broken")
