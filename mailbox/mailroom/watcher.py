"""The daemon: a full pass, then IDLE until something happens, then a full pass again.

IDLE is only a hint. It is renewed every nine minutes, every reconnect and every hour begins with a full comparison, so
a silent connection, a notice that was lost or a server without IDLE cost delay and never a message.
"""

import random
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from mailroom import intake
from mailroom.imap import LOST, Mailbox
from mailroom.sync import SyncSummary, finish, quiet
from prober.clock import Clock
from prober.config import Imap
from prober.errors import ConfigError, ServerUnreachable
from prober.store import Database

RENEW_SECONDS = 9 * 60.0  # servers may drop an idle client after 10 minutes, in practice; RFC 2177 says 29
RECONCILE_SECONDS = 3600.0
POLL_SECONDS = 60.0  # between passes where the server has no IDLE
LONGEST_PAUSE = 300.0


class Stop:
    """A request to stop that wakes a waiting select at once; settable from a signal handler or another thread."""

    def __init__(self) -> None:
        self._read, self._write = socket.socketpair()
        self._event = threading.Event()

    def set(self) -> None:
        self._event.set()
        self._write.send(b"x")

    def is_set(self) -> bool:
        return self._event.is_set()

    def wait(self, seconds: float) -> bool:
        return self._event.wait(seconds)

    @property
    def socket(self) -> socket.socket:
        return self._read

    def close(self) -> None:
        self._read.close()
        self._write.close()


def watch(
    private: Database,
    results: Database,
    imap: Imap,
    password: str,
    clock: Clock,
    on_pass: Callable[[SyncSummary], None],
    hours: float | None = None,
    stop: Stop | None = None,
) -> int:
    """Run until `stop`, `hours` are over, or SIGINT/SIGTERM. Returns the number of passes made.

    Lost connections are made again with growing pauses; a refused login raises ConfigError, because trying again would
    lock the account.
    """
    until = time.monotonic() + hours * 3600 if hours is not None else float("inf")
    with _stopping(stop) as asked:
        passes, failures = 0, 0
        while not asked.is_set() and time.monotonic() < until:
            try:
                for summary in _connected(private, results, imap, password, clock, asked, until):
                    passes, failures = passes + 1, 0
                    on_pass(summary)
            except ConfigError:
                raise
            except (ServerUnreachable, *LOST):
                failures += 1
                asked.wait(min(pause(failures, random.random()), max(0.0, until - time.monotonic())))
        return passes


def pause(failures: int, draw: float) -> float:
    """Seconds before try number `failures` + 1: doubled each time, spread by `draw` (0 to 1), five minutes at most.

    >>> pause(1, 0.0), pause(1, 1.0), pause(20, 1.0)
    (0.5, 1.0, 300.0)
    """
    return min(float(2 ** min(failures - 1, 12)), LONGEST_PAUSE) * (0.5 + draw / 2)


def _connected(
    private: Database, results: Database, imap: Imap, password: str, clock: Clock, asked: Stop, until: float
) -> Iterator[SyncSummary]:
    """Passes on one connection: one at its start, one after each hint or hour. Ends when asked to."""
    with Mailbox(imap, password) as mailbox:
        while True:
            brought = intake.collect_from(mailbox, private, imap, clock, quiet)
            yield finish(private, results, clock, quiet, brought)
            _wait(mailbox, asked, until)
            if asked.is_set() or time.monotonic() >= until:
                return


def _wait(mailbox: Mailbox, asked: Stop, until: float) -> None:
    """Until something may have happened. The inbox idles; other folders are looked at every hour and at each hint."""
    due = min(time.monotonic() + RECONCILE_SECONDS, until)
    if not mailbox.idles():
        asked.wait(max(0.0, min(POLL_SECONDS, due - time.monotonic())))
        return
    mailbox.select("INBOX")
    if mailbox.changed():  # it came between the pass and this moment
        return
    while (left := due - time.monotonic()) > 0 and not asked.is_set():
        with mailbox.idling() as idle:
            if idle.wait(min(left, RENEW_SECONDS), asked.socket):
                return


@contextmanager
def _stopping(given: Stop | None) -> Iterator[Stop]:
    """SIGINT and SIGTERM stop the loop at its next wait, at once; a pass that runs is finished."""
    stop = given or Stop()
    handlers = {}
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM):
            handlers[number] = signal.signal(number, lambda *_: stop.set())
    try:
        yield stop
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        if given is None:
            stop.close()
