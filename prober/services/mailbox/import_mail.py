"""Take in what reached us another way than through the mailbox: letters in files, and what was said by voice."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from pathlib import Path

from mailroom.intake import import_files, redact_identity
from mailroom.intake import sync as intake
from prober.services.context import Context
from prober.store.private import codings, messages
from prober.store.private.codings import HandEntry

__all__ = ["HandEntry", "Imported", "enter", "import_letters", "withdraw"]


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import came to."""

    letters: int
    new: int
    failures: Sequence[str]  # what was not taken in, and why
    passed_over: int  # files whose names are not those of mail
    waiting: int  # messages held that belong to no request yet


def import_letters(context: Context, path: Path, received_at: datetime | None = None) -> Imported:
    """Take in the letters of an .eml file, an mbox, a Maildir or a folder with these; the same letter twice is one.

    `received_at` is when they came, where the files do not say it rightly. Raises UsageError where there is no mail.
    """
    now = context.clock.now()
    with context.observer.task("importing") as show:
        parts = import_files.read(path, now, received_at)
        first = next(parts)  # before anything is noted: there may be no mail at all
        with context.run("mailbox import") as row:
            seams = redact_identity.seams(context.private)
            letters = new = 0
            for last in chain((first,), parts):
                arrivals = redact_identity.blanked(last.arrivals, seams)
                new += messages.keep(context.private, messages.IMPORTED, str(path), 0, arrivals, now)
                letters += len(arrivals)
            intake.process(context.private, context.clock, show)
            context.project()
            intake.read_scans(context.private, context.results, context.clock, show, math.inf)
            row |= {"letters": letters, "new": new, "failures": list(last.failures)}
    held = messages.counts(context.private)
    waiting = held.get("unmatched", 0) + held.get("poison", 0)
    return Imported(letters, new, last.failures, last.passed_over, waiting)


def enter(context: Context, entry: HandEntry) -> str:
    """Enter what an agency said on the telephone, in person or on paper; returns the hash of the entry."""
    with context.run("mailbox note", project=True) as row:
        sha256 = codings.enter(context.private, entry, context.clock.now())
        row |= {"entry": sha256, "by": entry.by, "withdrawn": False}
    return sha256


def withdraw(context: Context, prefix: str, by: str) -> str:
    """Take back the entry whose hash begins with `prefix`; returns its hash."""
    with context.run("mailbox note", project=True) as row:
        sha256 = codings.withdraw(context.private, prefix.lower(), by, context.clock.now())
        row |= {"entry": sha256, "by": by, "withdrawn": True}
    return sha256
