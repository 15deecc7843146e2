"""Scanned letters: the words in the pictures are recognised after everything else, and their messages understood anew.

A page takes seconds where a message takes a millisecond, so no row waits for it. What was recognised is kept for ever,
so that every later reading of the mail, here or elsewhere, gives the same values.
"""

import math
import time

from mailroom.intake.fetch_new import Progress
from mailroom.mime import parser
from mailroom.mime.attachments import digest
from prober.clock import Clock
from prober.documents import ocr
from prober.documents.media_types import sniff
from prober.documents.ocr import Recognised
from prober.store import Database
from prober.store.private import messages, ocr_texts


def recognise(private: Database, clock: Clock, on_progress: Progress, seconds: float) -> int:
    """Read the scans that wait, beginning none after `seconds`. How many messages are to be understood again.

    Where tesseract, its Vietnamese or pdftoppm is missing (`prober doctor`), only what was read before is used: the
    same letter comes more than once.
    """
    waiting = ocr_texts.waiting(private)
    if not waiting:
        return 0
    until = time.monotonic() + seconds if not ocr.missing() else -math.inf
    read: list[str] = []
    for number, (message, sha256) in enumerate(waiting):
        if not ocr_texts.has(private, sha256):
            if time.monotonic() >= until:
                continue
            on_progress("reading scans", number, len(waiting))
            ocr_texts.save(private, sha256, _read(private, message, sha256), clock.now())
        read.append(message)
    again = list(dict.fromkeys(read))
    ocr_texts.understand_again(private, again)
    return len(again)


def _read(private: Database, message: str, sha256: str) -> Recognised:
    raw, _ = messages.raw(private, message)
    for part in parser.files(raw):
        if digest(part) == sha256:
            return ocr.recognise(part.data, sniff(part.data, part.declared_type))
    return Recognised(fault="not found again in its message")
