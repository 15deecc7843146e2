"""Watch all mailboxes at once, each in its own thread: a mailbox that is lost or refused does not stop the others."""

import contextvars
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, wait
from contextlib import AbstractContextManager
from functools import partial
from typing import Protocol

from mailroom.imap.accounts import Account
from mailroom.intake.sync import SyncSummary
from mailroom.intake.watch import Stop, WatchedMailbox, stopping, watch
from mailroom.sending.preflight.dns import Names
from prober.clock import Clock
from prober.errors import ConfigError
from prober.store import Database
from prober.studies.study import Study

Databases = Callable[[], AbstractContextManager[tuple[Database, Database]]]  # opens private.db and results.db

POLL_SECONDS = 0.5  # between two checks for a stop
GRACE_SECONDS = 2.0  # how long a stop waits for watchers that are busy


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
    hours: float | None = None, stop: Stop | None = None, names: Names | None = None,
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
                        private, results, account, clock, study, names, partial(listener.passed, label),
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
        while wait(running, POLL_SECONDS).not_done:
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
