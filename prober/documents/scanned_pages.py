"""Draw the pages of a scan and read them with tesseract. Runs as a program of its own (prober.documents.isolation).

pdftoppm (poppler) renders a PDF and Pillow opens a picture, at no more than MOST_PIXELS a page, before tesseract reads
it. Everything is written to the program's own folder in memory.
"""

import io
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from prober.documents.reader_program import Lacks

MAX_PAGES = 6  # a letter has one to three; an enclosed report follows it
DOTS = 300  # per inch, the resolution that tesseract was trained on
LONG_SIDE = 3508  # pixels of A4 at that resolution
MOST_PIXELS = 50_000_000  # of one picture as sent; A4 at 600 dots per inch has 35 million
_WORD = "5"  # level of a word in tesseract's table


def read(data: bytes, kind: str, *languages: str) -> dict[str, Any]:
    """Return the words of the first MAX_PAGES pages of a "pdf" or a "picture", the pages read and the pages there are.

    `languages` are named as tesseract does.
    A word is page, block, paragraph, line, left, top, width, height, confidence and text. Raises Lacks, MemoryError.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        try:
            pictures, total = _pdf_pages(data, folder) if kind == "pdf" else _picture_pages(data, folder)
            words = [word for number, picture in enumerate(pictures) for word in _words(picture, number, languages)]
        except FileNotFoundError as error:
            raise Lacks(str(error)) from error
    return {"words": words, "pages": len(pictures), "of_pages": total}


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


def _words(picture: Path, number: int, languages: Sequence[str]) -> list[list[Any]]:
    """Return the words of one page, from tesseract's table."""
    tesseract = ["env", "OMP_THREAD_LIMIT=1", "tesseract", str(picture), "-", "-l", "+".join(languages)]
    command = [*tesseract, "--dpi", str(DOTS), "tsv"]
    done = subprocess.run(command, check=True, capture_output=True, text=True, encoding="utf-8")
    found = []
    for row in done.stdout.splitlines():
        fields = row.split("\t")
        if len(fields) == 12 and fields[0] == _WORD and fields[11].strip():
            found.append([number, *map(int, fields[2:10]), float(fields[10]), fields[11].strip()])
    return [[*word[:4], *word[5:]] for word in found]  # without the number of the word in its line
