"""Watch mailboxes: make a full pass, IDLE until a notice comes, fetch the latest mail, and make a full pass again.

Letters that come in a row are fetched and shown one after the other; the full pass follows as soon as it is quiet for a
moment, and after five seconds in any case.

A notice of IDLE is only a hint. IDLE is renewed every 8.5 minutes, and a full comparison is made after every reconnect
and every hour, so a silent connection, a lost notice or a server without IDLE cost delay and never a message.

Each mailbox has its own thread: one that is lost or refused does not stop the others.
"""

import contextvars
import random
import signal
import socket
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, wait
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

from mailroom.imap.accounts import Account, Login
from mailroom.imap.connection import LOST, BadMessages, Idle
from mailroom.imap.mailbox import Mailbox
from mailroom.intake import fetch_new
from mailroom.intake.check_signatures import Resolver
from mailroom.intake.sync import SyncSummary, finish, show_new, warm_up
from mailroom.outcomes import projection
from prober.clock import Clock
from prober.errors import ConfigError, ServerUnreachable, TokenRefused
from prober.store import Database, busy, cut_log
from prober.studies.study import Study

RENEW_SECONDS = 8.5 * 60.0  # servers may drop an idle client after 10 minutes, in practice; RFC 2177 says 29
RECONCILE_SECONDS = 3600.0
POLL_SECONDS = 60.0  # between passes where the server has no IDLE
LONGEST_PAUSE = 300.0
BEAT_SECONDS = 20.0  # the longest wait between two calls of `beat`
QUIET_SECONDS = 0.25  # without a further letter, after which all folders are compared
PUT_OFF_SECONDS = 5.0  # how long letters that keep coming may put off that comparison
GLANCE_SECONDS = 2.0  # length of the first IDLE; see _wait
STOP_SECONDS = 0.5  # between two checks for a stop
GRACE_SECONDS = 2.0  # how long a stop waits for watchers that are busy

Databases = Callable[[], AbstractContextManager[tuple[Database, Database]]]  # opens private.db and results.db


def silent(*_: object) -> None:
    """Ignore all arguments; the default callback."""


class Stop:
    """Request a stop from a signal handler or another thread; a waiting select wakes at once."""

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


@dataclass(frozen=True, slots=True)
class WatchedMailbox:
    """Hold what the watcher of one mailbox reads and writes, and who hears of it. Nothing here changes while it runs.

    `beat` is called at every step and at least every 20 seconds while waiting, so that a supervisor can tell a quiet
    mailbox from a process that hangs.
    """

    private: Database
    results: Database
    account: Account
    clock: Clock
    study: Study
    resolver: Resolver | None = None  # of the DNS that is asked for the keys of signatures
    on_pass: Callable[[SyncSummary], None] = silent
    on_lost: Callable[[str], None] = silent  # called with the reason
    beat: Callable[[], None] = silent


def watch(watched: WatchedMailbox, hours: float | None = None, stop: Stop | None = None) -> int:
    """Run until `stop`, until `hours` are over, or until SIGINT/SIGTERM. Return the number of passes made.

    A lost connection is opened again after a pause. The pauses grow while connections do not last, even if each makes a
    pass: otherwise a server that ends every IDLE would get a login every second. A refused password raises ConfigError,
    because trying again would lock the account. A refused token is not sent again; a new one is waited for.
    """
    until = time.monotonic() + hours * 3600 if hours is not None else float("inf")
    with stopping(stop) as asked:
        passes, failures, bad = 0, 0, BadMessages()
        warm_up(watched.private, watched.study.vocabulary)
        while not asked.is_set() and time.monotonic() < until:
            begun = time.monotonic()
            try:
                for summary in _connected(watched, bad, asked, until):
                    passes += 1
                    watched.on_pass(summary)
            except (ConfigError, ServerUnreachable, sqlite3.OperationalError, *LOST) as error:
                if _hopeless(error, watched.account.login, passes):
                    raise
                if isinstance(error, sqlite3.OperationalError):
                    bad.spare()
                else:
                    bad.broke()
                failures = 1 if time.monotonic() - begun > LONGEST_PAUSE else failures + 1
                seconds = min(pause(failures, random.random()), max(0.0, until - time.monotonic()))
                watched.on_lost(f"{error or type(error).__name__}; trying again in {seconds:.0f} s")
                _rest(asked, seconds, watched.beat)
        return passes


def _hopeless(error: Exception, login: Login, passes: int) -> bool:
    """Return True if trying again cannot help.

    A source that has given tokens before may be renewing them, and another process that locks the database will end.
    """
    if isinstance(error, sqlite3.OperationalError):
        return not busy(error)
    waits_for_a_token = isinstance(error, TokenRefused) or (not isinstance(login, str) and passes > 0)
    return isinstance(error, ConfigError) and not waits_for_a_token


def pause(failures: int, draw: float) -> float:
    """Return the seconds before try number `failures` + 1: doubled each time, at most five minutes.

    `draw`, from 0 to 1, spreads them between half and all of that.

    >>> pause(1, 0.0), pause(1, 1.0), pause(20, 1.0)
    (0.5, 1.0, 300.0)
    """
    return min(float(2 ** min(failures - 1, 12)), LONGEST_PAUSE) * (0.5 + draw / 2)


def _connected(watched: WatchedMailbox, bad: BadMessages, asked: Stop, until: float) -> Iterator[SyncSummary]:
    """Yield the passes on one connection: one at its start, one after each notice or hour, until asked to stop."""
    private, results, imap, clock = watched.private, watched.results, watched.account.imap, watched.clock
    study, beat = watched.study, watched.beat

    def alive(_what: str, _done: int, _total: int) -> None:
        beat()

    with Mailbox(imap, watched.account.login, bad) as mailbox:
        early, project = SyncSummary(), projection.project
        while True:
            beat()
            brought = fetch_new.collect_from(mailbox, private, imap, clock, alive)
            summary = finish(private, results, clock, study, alive, brought, watched.resolver, project)
            yield _with(summary, early)
            for db in (private, results):
                cut_log(db)
            hinted = _wait(mailbox, asked, until, beat)
            if asked.is_set() or time.monotonic() >= until:
                return
            early, project = SyncSummary(), projection.project
            if hinted:  # fetch the new letters first: they need not wait for the comparison of all folders
                project = projection.project_changes
                latest = time.monotonic() + PUT_OFF_SECONDS
                while (brought := fetch_new.collect_latest(mailbox, private, imap, clock, alive)).fetched:
                    early = _with(early, show_new(private, results, clock, study, alive, brought))
                    if time.monotonic() >= latest or not _wait_for_more(mailbox, asked, beat):
                        break


def _with(summary: SyncSummary, other: SyncSummary) -> SyncSummary:
    """Return `summary` with what `other` brought added."""
    return replace(
        summary, fetched=summary.fetched + other.fetched, new=summary.new + other.new,
        processed=summary.processed + other.processed,
    )  # fmt: skip


def _wait_for_more(mailbox: Mailbox, asked: Stop, beat: Callable[[], None]) -> bool:
    """Return True as soon as there is a further notice for the watched folder; False after QUIET_SECONDS or a stop."""
    mailbox.select(mailbox.watched)
    if mailbox.changed():
        return True
    with mailbox.idling() as idle:
        _listen(idle, asked, QUIET_SECONDS, beat)
    return idle.noticed


def _wait(mailbox: Mailbox, asked: Stop, until: float, beat: Callable[[], None]) -> bool:
    """Wait until a pass is due; return True if a notice came for the watched folder, which then is selected.

    The watched folder is the first of those that are read, most often the inbox; the others are compared every hour and
    after each notice.

    A notice that comes in one segment with the server's go-ahead for IDLE stays unread until DONE, and so does the
    notice of mail that came just before IDLE. Therefore the first IDLE is short, and notices after DONE count as well.
    """
    due = min(time.monotonic() + RECONCILE_SECONDS, until)
    if not (mailbox.watched and mailbox.idles()):
        _rest(asked, max(0.0, min(POLL_SECONDS, due - time.monotonic())), beat)
        return False
    mailbox.select(mailbox.watched)
    if mailbox.changed():  # mail came between the pass and now
        return True
    longest = GLANCE_SECONDS
    while (left := due - time.monotonic()) > 0 and not asked.is_set():
        with mailbox.idling() as idle:
            _listen(idle, asked, min(left, longest), beat)
        if idle.noticed:
            return True
        longest = RENEW_SECONDS
    return False


def _listen(idle: Idle, asked: Stop, seconds: float, beat: Callable[[], None]) -> None:
    """Wait for a notice, a stop, or the end of `seconds`."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0 and not asked.is_set():
        beat()
        if idle.wait(min(left, BEAT_SECONDS), asked.socket):
            return


def _rest(asked: Stop, seconds: float, beat: Callable[[], None]) -> None:
    """Wait for a stop, or the end of `seconds`."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0 and not asked.is_set():
        beat()
        asked.wait(min(left, BEAT_SECONDS))


@contextmanager
def stopping(given: Stop | None) -> Iterator[Stop]:
    """Give a Stop that SIGINT and SIGTERM set: a wait ends at once, a running pass is finished first."""
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


class Listener(Protocol):
    """Receive the events of all mailboxes. Called from several threads; `label` names the mailbox."""

    def passed(self, label: str, summary: SyncSummary) -> None: ...

    def lost(self, label: str, reason: str) -> None: ...

    def alive(self) -> None: ...


class Pulse:
    """Combine the beats of several watchers: call `tell` once each of them has beaten since the last call.

    Otherwise the beats of the others would hide a watcher that hangs.
    """

    def __init__(self, labels: Iterable[str], tell: Callable[[], None]) -> None:
        self._watching = set(labels)
        self._silent = set(self._watching)
        self._tell = tell
        self._lock = threading.Lock()

    def beat(self, label: str) -> None:
        with self._lock:
            self._silent.discard(label)
            if self._silent:
                return
            self._silent = set(self._watching)
        self._tell()

    def ended(self, label: str) -> None:
        """Stop expecting beats of this watcher."""
        with self._lock:
            self._watching.discard(label)
            self._silent.discard(label)


def watch_all(
    databases: Databases, accounts: Sequence[Account], clock: Clock, study: Study, listener: Listener,
    hours: float | None = None, stop: Stop | None = None, resolver: Resolver | None = None,
) -> tuple[int, list[str]]:  # fmt: skip
    """Run until `stop`, until `hours` are over, or until SIGINT/SIGTERM.

    Return the number of passes, and the mailboxes that were given up, with the reasons. Each watcher has its own
    connections to the databases. Raises ConfigError as soon as no mailbox is left to watch; any other error of one
    watcher ends all and is raised.
    """
    pulse = Pulse((account.imap.label for account in accounts), listener.alive)
    refused: list[str] = []
    with stopping(stop) as asked:

        def one(account: Account) -> int:
            label = account.imap.label
            try:
                with databases() as (private, results):
                    watched = WatchedMailbox(
                        private, results, account, clock, study, resolver, partial(listener.passed, label),
                        partial(listener.lost, label), partial(pulse.beat, label),
                    )  # fmt: skip
                    return watch(watched, hours, asked)
            except ConfigError as error:
                refused.append(f"{label}: {error}" if len(accounts) > 1 else str(error))
                listener.lost(label, f"{error}; not watched any more")
                return 0
            except BaseException:
                asked.set()
                raise
            finally:
                pulse.ended(label)

        running = [_started(partial(one, account)) for account in accounts]
        while wait(running, STOP_SECONDS).not_done:
            if asked.is_set():
                wait(running, GRACE_SECONDS)
                break
        passes = sum(done.result() for done in running if done.done())
    if len(refused) == len(accounts):
        raise ConfigError("\n".join(refused))
    return passes, refused


def _started(work: Callable[[], int]) -> "Future[int]":
    """Run `work` in a daemon thread: it may hang on a server, and the process may end without it."""
    done: Future[int] = Future()
    here = contextvars.copy_context()  # with what every line of the log names

    def run() -> None:
        try:
            done.set_result(work())
        except BaseException as error:
            done.set_exception(error)

    threading.Thread(target=here.run, args=(run,), daemon=True).start()
    return done
