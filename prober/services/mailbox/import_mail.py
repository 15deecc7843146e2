"""Import letters from files, and enter what agencies said by telephone, in person or on paper."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from pathlib import Path

from mailroom.intake import fetch_new, import_files
from mailroom.intake import sync as intake
from mailroom.intake.check_signatures import check_signatures
from prober.services.context import Context
from prober.store.private import codings, messages
from prober.store.private.codings import HandEntry

__all__ = ["HandEntry", "MailImport", "enter", "import_letters", "withdraw"]


@dataclass(frozen=True, slots=True)
class MailImport:
    """The result of an import."""

    letters: int
    new: int
    failures: Sequence[str]  # what could not be imported, and why
    passed_over: int  # files whose names are not those of mail
    waiting: int  # stored messages without a request


def import_letters(context: Context, path: Path, received_at: datetime | None = None) -> MailImport:
    """Import the letters of an .eml file, an mbox, a Maildir or a folder with these; the same letter twice is one.

    `received_at` is the time of receipt, if that in the files is wrong. Raises UsageError if there is no mail.
    """
    context.paired()
    now = context.clock.now()
    with context.observer.task("importing") as show:
        parts = import_files.read(path, now, received_at)
        first = next(parts)  # before anything is noted: there may be no mail at all
        with context.run("mailbox import") as row:
            seams = fetch_new.identity_seams(context.private)
            letters = new = 0
            for last in chain((first,), parts):
                arrivals = fetch_new.without_identity(last.arrivals, seams)
                new += messages.keep(context.private, messages.IMPORTED, str(path), 0, arrivals, now)
                letters += len(arrivals)
            intake.process(context.private, context.clock, show, vocabulary=context.study.vocabulary)
            context.project()
            if check_signatures(context.private, context.names_if_any, context.clock, show):
                context.project()
            intake.read_scans(context.private, context.results, context.clock, context.study, show, math.inf)
            row |= {"letters": letters, "new": new, "failures": list(last.failures)}
    held = messages.counts(context.private)
    waiting = held.get("unmatched", 0) + held.get("poison", 0)
    return MailImport(letters, new, last.failures, last.passed_over, waiting)


def enter(context: Context, entry: HandEntry) -> str:
    """Record what an agency said on the telephone, in person or on paper; return the hash of the entry."""
    with context.run("mailbox note", project=True) as row:
        sha256 = codings.enter(context.private, entry, context.clock.now())
        row |= {"entry": sha256, "by": entry.by, "withdrawn": False}
    return sha256


def withdraw(context: Context, prefix: str, by: str) -> str:
    """Withdraw the entry whose hash begins with `prefix`; return its hash."""
    with context.run("mailbox note", project=True) as row:
        sha256 = codings.withdraw(context.private, prefix.lower(), by, context.clock.now())
        row |= {"entry": sha256, "by": by, "withdrawn": True}
    return sha256
