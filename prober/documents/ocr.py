"""Recognise the text in pictures of pages, with tesseract, which runs with poppler and Pillow as a program of its own.

Recognised text is a guess with a confidence. It may support a proposal; it decides nothing (docs/method.md).
"""

import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

from babel.core import get_global
from msgspec import Struct

from prober.documents import isolation, scan_layout
from prober.documents.isolation import Limits
from prober.documents.media_types import PDF
from prober.documents.notes import note
from prober.documents.readers import MAX_BYTES, MAX_TEXT
from prober.documents.scan_layout import Word

MEMORY = 1 << 30
WRITTEN = 64 << 20  # bytes of one file that is written: a page in grey has 9 MB
SECONDS = 90.0  # for one file: six pages take 10 to 20
PROGRAMS = {"tesseract": "tesseract-ocr", "pdftoppm": "poppler-utils"}  # program → its Debian package
# Languages that tesseract reads, by its own names: ISO 639-2/T, with the script where a language has several.
_LANGUAGES = """afr amh ara asm aze aze_cyrl bel ben bod bos bre bul cat ceb ces chi_sim chi_tra chr cos cym dan deu div
dzo ell eng epo est eus fao fas fil fin fra fry gla gle glg guj hat heb hin hrv hun hye iku ind isl ita jav jpn kan kat
kaz khm kir kmr kor lao lat lav lit ltz mal mar mkd mlt mon mri msa mya nep nld nor oci ori pan pol por pus que ron rus
san sin slk slv snd spa sqi srp srp_latn sun swa swe syr tam tat tel tgk tha tir ton tur uig ukr urd uzb uzb_cyrl vie
yid yor"""
_ANY = "eng"  # for a language that it does not read: English letters are those of many
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


def read_as(languages: Sequence[str]) -> list[str]:
    """Return the names that tesseract has for the languages of a study, in their order.

    >>> read_as(["vi", "en"]), read_as(["sr", "fil"]), read_as(["tlh"])
    (['vie', 'eng'], ['srp', 'srp_latn', 'fil'], ['eng'])
    """
    longer = get_global("language_aliases")  # three letters → two; of several for one language tesseract has one
    named = ({code, *(long for long, short in longer.items() if short == code)} for code in languages)
    return [name for codes in named for name in _LANGUAGES.split() if name.partition("_")[0] in codes] or [_ANY]


def missing(languages: Sequence[str]) -> list[str]:
    """Return the missing Debian packages; [] where scans in `languages`, of a study, can be read."""
    absent = [package for program, package in PROGRAMS.items() if shutil.which(program) is None]
    known = set() if "tesseract-ocr" in absent else _installed()
    return absent + [f"tesseract-ocr-{name.replace('_', '-')}" for name in read_as(languages) if name not in known]


def _installed() -> set[str]:
    try:
        done = subprocess.run(["tesseract", "--list-langs"], capture_output=True, text=True, timeout=15, check=True)
    except (OSError, subprocess.SubprocessError):
        return set()
    return set(done.stdout.split())


def recognise(data: bytes, media_type: str, languages: Sequence[str], seconds: float = SECONDS) -> Recognised:
    """Return the text in the picture(s) `data`, written in `languages`; `fault` says why nothing could be read."""
    if media_type not in RECOGNISABLE:
        return Recognised(fault="no_picture")
    if len(data) > MAX_BYTES:
        return Recognised(fault="too_large")
    limits = Limits(seconds, seconds, MEMORY, WRITTEN)
    read, fault = isolation.attempt(
        "scan", data, limits, Read, "pdf" if media_type == PDF else "picture", *read_as(languages)
    )
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
