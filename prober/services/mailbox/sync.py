"""Read every mailbox, once or continuously, classify stored messages again, and update results.db."""

import contextvars
import logging
import math
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from typing import Any

from mailroom.intake import sync as intake
from mailroom.intake.check_signatures import check_signatures
from mailroom.intake.sync import SyncSummary
from mailroom.intake.watch import Listener, watch_all
from mailroom.mime.parser import PARSER
from prober.errors import ProberError
from prober.services import alarms
from prober.services.context import Context
from prober.store import Database, busy, open_private, open_results
from prober.store.private import message_analysis, messages
from prober.store.private.message_analysis import announced

log = logging.getLogger(__name__)

ANNOUNCE_SECONDS = 60.0
JOIN_SECONDS = 2.0  # a mail server may hang

__all__ = ["PARSER", "Listener", "Mailboxes", "SyncSummary", "reparse", "status", "sync", "watch"]


@dataclass(frozen=True, slots=True)
class Mailboxes:
    """The state of the mailboxes and of the messages stored here."""

    folders: list[dict[str, Any]]  # at their last full comparison
    messages: dict[str, int]  # status → how many
    scans_waiting: int  # scanned files that are not read yet
    new_addresses: list[dict[str, Any]]  # that offices announced
    labels: dict[str, str]  # configured account → its label


def sync(context: Context) -> SyncSummary:
    """Read every mailbox once: fetch new messages, classify them, update results.db.

    Raises ServerUnreachable or ConfigError if none of them can be read.
    """
    with context.run("mailbox sync") as row:
        context.sync_registry()
        accounts = context.mailboxes
        with context.observer.task("mailbox") as show:
            summary = intake.sync_all(
                context.private, context.results, accounts, context.clock, context.study, show, context.names_if_any
            )
        row |= {"fetched": summary.fetched, "new": summary.new, "failures": summary.failures}
        _log_pass(summary)
    return summary


def watch(context: Context, listener: Listener, hours: float | None = None) -> list[str]:
    """Stay connected to every mailbox for `hours`, or until stopped; `listener` is called with the state of each.

    Return the reasons why mailboxes were given up. Raises ConfigError as soon as none is left.
    """
    context.paired()
    context.sync_registry()
    accounts, clock = context.mailboxes, context.clock
    names = context.names_if_any()  # before the first letter comes
    _ = context.private  # the watchers open their own; this connection is for the check of letters at the end

    @contextmanager
    def databases() -> Iterator[tuple[Database, Database]]:
        """Open both databases for the calling thread: a connection may be used in one thread only."""
        paths = context.config.paths
        with closing(open_private(paths.private)) as private, closing(open_results(paths.results)) as results:
            yield private, results

    with context.run("mailbox watch") as row, _announced(context, databases, _Logging(listener)) as heard:
        log.info("mailboxes are watched")
        passes, refused = watch_all(databases, accounts, clock, context.study, heard, hours, resolver=lambda: names)
        row |= {"passes": passes, "failures": refused}
    return refused


def _log_pass(summary: SyncSummary) -> None:
    log.info("mailbox read", extra={"fetched": summary.fetched, "new": summary.new})
    for failure in summary.failures:
        log.warning("mailbox not wholly read: %s", failure)


class _Logging:
    """Log the events of all mailboxes, and pass them on. A pass that brought nothing is no event."""

    def __init__(self, listener: Listener) -> None:
        self.alive = listener.alive
        self._listener = listener

    def passed(self, label: str, summary: SyncSummary) -> None:
        if summary.fetched or summary.failures:
            _log_pass(summary)
        self._listener.passed(label, summary)

    def lost(self, label: str, reason: str) -> None:
        log.warning("not reached: %s", reason)
        self._listener.lost(label, reason)


class _Announcing:
    """Pass on the events of all mailboxes, and wake the thread that notifies people of new answers."""

    def __init__(self, listener: Listener, news: threading.Event) -> None:
        self.lost, self.alive = listener.lost, listener.alive
        self._listener, self._news = listener, news

    def passed(self, label: str, summary: SyncSummary) -> None:
        self._listener.passed(label, summary)
        self._news.set()


@contextmanager
def _announced(
    context: Context, databases: Callable[[], AbstractContextManager[tuple[Database, Database]]], listener: Listener
) -> Iterator[Listener]:
    """Tell people of new answers in a thread of its own: no mailbox waits for the mail server.

    What could not be sent, or came in quiet hours, is tried again every ANNOUNCE_SECONDS.
    """
    if not alarms.wanted(context) or not context.config.alarms.answers:
        yield listener
        return
    news, over = threading.Event(), threading.Event()

    def announce() -> None:
        with databases() as (private, results):
            while not over.is_set():
                news.wait(ANNOUNCE_SECONDS)
                news.clear()
                try:
                    alarms.answers(private, results, context.clock.now())
                    faults = alarms.tell(context, private, results)
                except (ProberError, sqlite3.OperationalError) as error:
                    if isinstance(error, sqlite3.OperationalError) and not busy(error):
                        raise
                    faults = [str(error)]
                for fault in faults:
                    listener.lost("alarms", fault)

    thread = threading.Thread(target=contextvars.copy_context().run, args=(announce,), daemon=True)
    thread.start()
    try:
        yield _Announcing(listener, news)
    finally:
        over.set()
        news.set()
        thread.join(JOIN_SECONDS)


def reparse(context: Context) -> tuple[int, bool]:
    """Classify all stored messages again with the present rules; return how many, and True if results changed.

    Assignments by hand stay. Text recognised in scans stays too; scans in which nothing was recognised are tried again.
    """
    with context.run("mailbox reparse") as row, context.observer.task("reading again") as show:
        count = intake.process(context.private, context.clock, show, True, vocabulary=context.study.vocabulary)
        check_signatures(context.private, context.names_if_any, context.clock, show, math.inf)
        changed = context.project()
        message_analysis.forget_faults(context.private)
        intake.read_scans(context.private, context.results, context.clock, context.study, show, math.inf)
        row |= {"messages": count, "changed": changed}
    return count, changed


def status(context: Context) -> Mailboxes:
    """Return the state of the mailboxes and of the stored messages. No server is asked."""
    labels = {imap.account: imap.label for imap in context.config.imap}
    folders = [row | {"name": labels.get(row["account"], "")} for row in messages.folders(context.private)]
    counts, scans = messages.counts(context.private), len(message_analysis.scans_waiting(context.private))
    return Mailboxes(folders, counts, scans, list(announced(context.private)), labels)
