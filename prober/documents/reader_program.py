"""Be the program that prober.documents.isolation starts: one reader, one file in, JSON out.

The reader is bound by limits before it sees a byte of the file. It prints nothing but its answer. What it writes goes
to the program's own folder in memory.
"""

import base64
import importlib
import io
import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

OUT_OF_MEMORY = 71  # exit code of a reader to which memory was refused
MOST_PROCESSES = 128  # and threads: LibreOffice has 30, the others have few; readers of one process share them
_FIRST = 20  # numbers of processes of a new namespace
LACKING = 72  # … that misses a program or a library
MAX_PAGES = 6  # a letter has one to three; an enclosed report follows it
DOTS = 300  # per inch, the resolution that tesseract was trained on
LONG_SIDE = 3508  # pixels of A4 at that resolution
MOST_PIXELS = 50_000_000  # of one picture as sent; A4 at 600 dots per inch has 35 million
_WORD = "5"  # level of a word in tesseract's table
_SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="MacroSecurityLevel" oor:op="fuse">
<value>3</value></prop><prop oor:name="DisableMacrosExecution" oor:op="fuse"><value>true</value></prop>
<prop oor:name="DisableActiveContent" oor:op="fuse"><value>true</value></prop></item>
</oor:items>
"""
# Reader → module and function; libraries are loaded when called, so that each program loads what it needs.
READERS = {
    "archive": ("prober.documents.archives", "unpacked"),
    "scan": ("prober.documents.reader_program", "read_scan"),
    "libreoffice": ("prober.documents.reader_program", "convert"),
    "echo": ("prober.documents.reader_program", "echo"),
}


class Lacks(Exception):
    """A program or library that a reader needs is not there."""


def main() -> None:
    """Read as the command line says: reader, processor seconds, bytes of memory, bytes of a file, words."""
    reader, seconds, memory, written, *words = sys.argv[1:]
    _limit(resource.RLIMIT_CPU, int(seconds))
    _limit(resource.RLIMIT_FSIZE, int(written))
    if os.getpid() < _FIRST:  # in a namespace of its own; elsewhere all that this user runs would count
        _limit(resource.RLIMIT_NPROC, MOST_PROCESSES)
    _limit(resource.RLIMIT_CORE, 0)
    code = 1
    try:
        module, function = READERS[reader]
        read = getattr(importlib.import_module(module), function)
        _limit(resource.RLIMIT_AS, int(memory))
        found = read(sys.stdin.buffer.read(), *words)
        json.dump([_used(), found], sys.stdout)
        sys.stdout.flush()
        code = 0
    except MemoryError:
        code = OUT_OF_MEMORY
    except Lacks:
        code = LACKING
    except Exception as error:
        print(repr(error), file=sys.stderr)
    os._exit(code)  # whatever a library would still like to do


def echo(data: bytes) -> str:
    """Return what was given: it shows that readers can be started."""
    return data.decode()


def _used() -> float:
    """Return the processor seconds of this program and of those that it started."""
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def _limit(kind: int, most: int) -> None:
    _, hard = resource.getrlimit(kind)
    if hard == resource.RLIM_INFINITY or most < hard:
        resource.setrlimit(kind, (most, most + (kind == resource.RLIMIT_CPU)))  # killed a second after its signal


def read_scan(data: bytes, kind: str, *languages: str) -> dict[str, Any]:
    """Return the words of the first MAX_PAGES pages of a "pdf" or a "picture", the pages read and the pages there are.

    pdftoppm (poppler) renders a PDF and Pillow opens a picture, at no more than MOST_PIXELS a page, before tesseract
    reads it. `languages` are named as tesseract does.
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


def convert(data: bytes, ending: str, to: str) -> dict[str, str]:
    """Return a file in another format, in base64; empty where LibreOffice writes none. Raises Lacks.

    Its profile is new for every file, so that nothing of one reaches the next, and holds nothing but the ban on macros.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "profile/user").mkdir(parents=True)
        (folder / "profile/user/registrymodifications.xcu").write_text(_SETTINGS, encoding="utf-8")
        source = folder / f"file.{ending}"
        source.write_bytes(data)
        options = ("--headless", "--norestore", "--nolockcheck", "--nodefault", "--nologo")
        profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
        try:
            subprocess.run(
                ["soffice", *options, profile, "--convert-to", to, "--outdir", str(folder / "out"), str(source)],
                check=False, capture_output=True,
            )  # fmt: skip
        except FileNotFoundError as error:
            raise Lacks("LibreOffice") from error
        made = folder / f"out/file.{to}"
        return {"data": base64.b64encode(made.read_bytes()).decode() if made.is_file() else ""}
