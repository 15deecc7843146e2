"""Recognise the text in pictures of pages, with tesseract, which runs with poppler and Pillow as a program of its own.

Recognised text is a guess with a confidence. It may support a proposal; it decides nothing (docs/method.md).
"""

import shutil
import subprocess
from dataclasses import dataclass

from msgspec import Struct

from prober.documents import isolation, scan_layout
from prober.documents.isolation import Limits
from prober.documents.media_types import PDF
from prober.documents.notes import note
from prober.documents.readers import MAX_BYTES, MAX_TEXT
from prober.documents.scan_layout import Word
from prober.documents.scanned_pages import LANGUAGE

MEMORY = 1 << 30
WRITTEN = 64 << 20  # bytes of one file that is written: a page in grey has 9 MB
SECONDS = 90.0  # for one file: six pages take 10 to 20
PROGRAMS = {"tesseract": "tesseract-ocr", "pdftoppm": "poppler-utils"}  # program → its Debian package
LANGUAGE_PACKAGE = "tesseract-ocr-vie"
RECOGNISABLE = frozenset({PDF, "image/jpeg", "image/png", "image/tiff", "image/gif", "image/webp", "image/bmp"})
SUREST = 0.99  # confidence of a guess; what is no guess has 1


@dataclass(frozen=True, slots=True)
class Recognised:
    """The text recognised in a picture. `confidence` is tesseract's own, 0 to 1, the mean over the words."""

    text: str = ""
    confidence: float = 0.0
    pages: int = 0  # pages read, of `of_pages`
    of_pages: int = 0
    fault: str = ""  # code of the reason why nothing was read


class Read(Struct):
    """Hold what prober.documents.scanned_pages gives."""

    words: list[Word]
    pages: int
    of_pages: int


def missing() -> list[str]:
    """Return the missing Debian packages; [] where scans can be read."""
    absent = [package for program, package in PROGRAMS.items() if shutil.which(program) is None]
    return absent + ([] if "tesseract-ocr" not in absent and _knows_the_language() else [LANGUAGE_PACKAGE])


def _knows_the_language() -> bool:
    try:
        done = subprocess.run(["tesseract", "--list-langs"], capture_output=True, text=True, timeout=15, check=True)
    except (OSError, subprocess.SubprocessError):
        return False
    return LANGUAGE in done.stdout.split()


def recognise(data: bytes, media_type: str, seconds: float = SECONDS) -> Recognised:
    """Return the text in the picture(s) `data`; `fault` says why nothing could be read."""
    if media_type not in RECOGNISABLE:
        return Recognised(fault="no_picture")
    if len(data) > MAX_BYTES:
        return Recognised(fault="too_large")
    limits = Limits(seconds, seconds, MEMORY, WRITTEN)
    read, fault = isolation.attempt("scan", data, limits, Read, "pdf" if media_type == PDF else "picture")
    if read is None:
        return Recognised(fault=fault)
    return _of_words(read) if read.words else Recognised(fault="no_words", of_pages=read.of_pages)


def _of_words(read: Read) -> Recognised:
    """Return the text of the words, with a note on each table."""
    layout = scan_layout.laid_out(read.words)
    tables = [note("table", str(rows), str(columns)) for rows, columns in layout.tables]
    # Weighted by length: a long word tells more about the page than a bar or a speck that was read as a letter.
    sure = sum(word.confidence * len(word.text) for word in read.words) / sum(len(word.text) for word in read.words)
    text = "\n".join([layout.text[:MAX_TEXT], *tables])
    return Recognised(text, min(round(sure / 100, 3), SUREST), read.pages, read.of_pages)
