"""The parent's side of reading scans: a process for each file, ended with everything that it started when time is up.

Recognised text is a guess with a confidence. It may propose; it decides nothing (docs/method.md).
"""

import json
import os
import shutil
import signal
import subprocess
import tempfile
from contextlib import suppress

from prober.documents import child_process
from prober.documents.media_types import PDF
from prober.documents.ocr import LANGUAGE, Recognised
from prober.documents.readers import MAX_BYTES, TOO_LARGE

SECONDS = 90.0  # for one file: six pages take 10 to 20
PROGRAMS = {"tesseract": "tesseract-ocr", "pdftoppm": "poppler-utils"}  # program → its Debian package
LANGUAGE_PACKAGE = "tesseract-ocr-vie"
RECOGNISABLE = frozenset({PDF, "image/jpeg", "image/png", "image/tiff", "image/gif", "image/webp", "image/bmp"})
UNREADABLE = "not a kind of picture that is read"


def missing() -> list[str]:
    """Debian packages of what is not here; [] where scans can be read."""
    absent = [package for program, package in PROGRAMS.items() if shutil.which(program) is None]
    return absent + ([] if "tesseract-ocr" not in absent and _speaks() else [LANGUAGE_PACKAGE])


def recognise(data: bytes, media_type: str, seconds: float = SECONDS) -> Recognised:
    """What is written in the picture(s) `data`. Never raises for what the bytes are; `fault` says what went wrong."""
    if media_type not in RECOGNISABLE:
        return Recognised(fault=UNREADABLE)
    if len(data) > MAX_BYTES:
        return Recognised(fault=TOO_LARGE)
    with tempfile.TemporaryDirectory(prefix="prober-scan-", ignore_cleanup_errors=True) as folder:
        return _asked(folder, data, media_type, seconds)


def _asked(folder: str, data: bytes, media_type: str, seconds: float) -> Recognised:
    process = subprocess.Popen(
        child_process.command("prober.documents.ocr", folder), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        told, _ = process.communicate(media_type.encode("ascii", "replace") + b"\n" + data, seconds)
        return Recognised(**json.loads(told))
    except subprocess.TimeoutExpired:
        return Recognised(fault="took too long")
    except (ValueError, TypeError, OSError):
        return Recognised(fault="broke its reader")
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """The process leads a session of its own, so its group is it and whatever it started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe:
            with suppress(OSError):  # what was left to be written has no reader
                pipe.close()


def _speaks() -> bool:
    """Whether tesseract has the language of the letters."""
    try:
        done = subprocess.run(["tesseract", "--list-langs"], capture_output=True, text=True, timeout=15, check=True)
    except (OSError, subprocess.SubprocessError):
        return False
    return LANGUAGE in done.stdout.split()
