"""Recognise the text in pictures of pages, with tesseract.

pdftoppm (poppler) renders a PDF and Pillow opens a picture, at no more than MOST_PIXELS a page, before tesseract reads
it. Each file has a child process, which is ended with everything that it started when time is up.

Recognised text is a guess with a confidence. It may support a proposal; it decides nothing (docs/method.md).
"""

import io
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from prober.documents.child_process import ChildProcess
from prober.documents.media_types import PDF
from prober.documents.readers import MAX_BYTES, MAX_TEXT, TOO_LARGE

MAX_PAGES = 6  # a letter has one to three; an enclosed report follows it
DOTS = 300  # per inch, the resolution that tesseract was trained on
LONG_SIDE = 3508  # pixels of A4 at that resolution
MOST_PIXELS = 50_000_000  # of one picture as sent; A4 at 600 dots per inch has 35 million
LANGUAGE = "vie"
MEMORY = 1 << 30
SECONDS = 90.0  # for one file: six pages take 10 to 20
PROGRAMS = {"tesseract": "tesseract-ocr", "pdftoppm": "poppler-utils"}  # program → its Debian package
LANGUAGE_PACKAGE = "tesseract-ocr-vie"
RECOGNISABLE = frozenset({PDF, "image/jpeg", "image/png", "image/tiff", "image/gif", "image/webp", "image/bmp"})
UNREADABLE = "not a kind of picture that is read"
_WORD = "5"  # level of a word in tesseract's table


@dataclass(frozen=True, slots=True)
class Recognised:
    """The text recognised in a picture. `confidence` is tesseract's own, 0 to 1, the mean over the words."""

    text: str = ""
    confidence: float = 0.0
    pages: int = 0  # pages read, of `of_pages`
    of_pages: int = 0
    fault: str = ""  # reason why nothing was read


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
        return Recognised(fault=UNREADABLE)
    if len(data) > MAX_BYTES:
        return Recognised(fault=TOO_LARGE)
    child = ChildProcess(MEMORY)
    with tempfile.TemporaryDirectory(prefix="prober-scan-", ignore_cleanup_errors=True) as folder:
        try:
            return child.run(seconds, seconds, _recognised, data, media_type, Path(folder))[0]
        except MemoryError:
            return Recognised(fault=TOO_LARGE)
        except TimeoutError:
            return Recognised(fault="took too long")
        except OSError:
            return Recognised(fault="broke its reader")
        finally:
            child.stop()


def _recognised(data: bytes, media_type: str, folder: Path) -> Recognised:
    """Draw the first MAX_PAGES pages in `folder` and read them. Runs in the child process."""
    try:
        pictures, total = _pdf_pages(data, folder) if media_type == PDF else _picture_pages(data, folder)
        rows = [row for picture in pictures for row in _table(picture)]
        return _of_rows(rows, len(pictures), total) if rows else Recognised(fault="no words in it", of_pages=total)
    except MemoryError:
        return Recognised(fault=TOO_LARGE)
    except Exception as error:
        return Recognised(fault=f"cannot be read: {type(error).__name__}")


def _pdf_pages(data: bytes, folder: Path) -> tuple[list[Path], int]:
    """Return the first pages as pictures, and the number of all pages."""
    from pypdf import PdfReader

    source = folder / "letter.pdf"
    source.write_bytes(data)
    command = ["pdftoppm", "-gray", "-r", str(DOTS), "-scale-to", str(LONG_SIDE), "-l", str(MAX_PAGES)]
    subprocess.run([*command, str(source), str(folder / "page")], check=True, capture_output=True)
    return sorted(folder.glob("page*.pgm")), len(PdfReader(io.BytesIO(data), strict=False).pages)


def _picture_pages(data: bytes, folder: Path) -> tuple[list[Path], int]:
    """Return every page of a TIFF, or the one of another picture, upright and in grey."""
    from PIL import Image, ImageOps, ImageSequence

    out = []
    with Image.open(io.BytesIO(data)) as picture:
        total = getattr(picture, "n_frames", 1)
        for number, frame in enumerate(ImageSequence.Iterator(picture)):
            if number == MAX_PAGES:
                break
            if frame.width * frame.height > MOST_PIXELS:  # read from the header, before anything is unpacked
                raise MemoryError
            page = ImageOps.exif_transpose(frame).convert("L")
            page.thumbnail((LONG_SIDE, LONG_SIDE))
            out.append(folder / f"page-{number}.png")
            page.save(out[-1], dpi=(DOTS, DOTS), compress_level=1)
    return out, total


def _table(picture: Path) -> Iterator[list[str]]:
    """Yield one row for each word of a page: tesseract's columns, with the page's name in front."""
    command = ["env", "OMP_THREAD_LIMIT=1", "tesseract", str(picture), "-", "-l", LANGUAGE, "--dpi", str(DOTS), "tsv"]
    done = subprocess.run(command, check=True, capture_output=True, text=True, encoding="utf-8")
    for row in done.stdout.splitlines():
        fields = row.split("\t")
        if len(fields) == 12 and fields[0] == _WORD and fields[11].strip():
            yield [picture.name, *fields]


def _of_rows(rows: Sequence[Sequence[str]], pages: int, total: int) -> Recognised:
    """Join words to lines, with a blank line between blocks."""
    lines: dict[tuple[str, ...], list[str]] = {}
    for row in rows:
        lines.setdefault((row[0], row[3], row[4], row[5]), []).append(row[12].strip())
    text: list[str] = []
    block = ("", "")
    for key, words in lines.items():
        if text and key[:2] != block:
            text.append("")
        block = key[0], key[1]
        text.append(" ".join(words))
    # Weighted by length: a long word tells more about the page than a bar or a speck that was read as a letter.
    weights = [len(row[12].strip()) for row in rows]
    sure = sum(float(row[11]) * weight for row, weight in zip(rows, weights, strict=True))
    return Recognised("\n".join(text)[:MAX_TEXT], round(sure / sum(weights) / 100, 3), pages, total)
