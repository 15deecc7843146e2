"""One pass: raw mail in, each message understood once, results.db brought up to date. May be killed anywhere.

Order of effects: raw bytes on disk → understood, with its matches, in one transaction → projection in one transaction.
A kill between two of them is made good by the next pass, which finds the messages that are only `stored`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from mailroom.imap.accounts import Account, Login
from mailroom.intake import fetch_new, ocr_queue
from mailroom.intake.backlog import Backlog
from mailroom.intake.fetch_new import Intake, Progress
from mailroom.outcomes import projection
from prober.clock import Clock
from prober.config.load import Imap
from prober.domain.working_days import vietnam
from prober.errors import ProberError
from prober.store import Database
from prober.store.private import messages


@dataclass(slots=True)
class SyncSummary:
    """What one pass did."""

    fetched: int = 0
    new: int = 0
    mailbox_has: int = 0
    we_hold: int = 0
    processed: int = 0
    statuses: dict[str, int] = field(default_factory=dict)  # status → messages, over everything held
    notes: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)  # mailboxes and folders that could not be read, with the reason

    @property
    def failures(self) -> list[str]:
        """What makes the exit code 1: mailboxes not read, and messages that a server has and we do not hold."""
        missing = self.mailbox_has - self.we_hold
        return [*self.unread, *([f"{missing} messages of the mailbox are not held"] if missing else [])]

    def sentence(self) -> str:
        """One line for people."""
        held = ", ".join(f"{number} {name}" for name, number in self.statuses.items()) or "none"
        return (
            f"mailbox has {self.mailbox_has}, we hold {self.we_hold}; {self.fetched} fetched, "
            f"{self.processed} understood; all messages: {held}"
        )


SCAN_SECONDS = 120.0  # of one pass, so that a watcher is back at its mailbox soon


def quiet(_what: str, _done: int, _total: int) -> None:
    """A Progress that says nothing."""


def sync(
    private: Database, results: Database, imap: Imap, login: Login, clock: Clock, on_progress: Progress = quiet
) -> SyncSummary:
    """One full pass over all folders of one mailbox, up to results.db.

    Raises ServerUnreachable, ConfigError (login), ProberError (an agency of the campaign is not in results.db).
    """
    return sync_all(private, results, [Account(imap, login)], clock, on_progress)


def sync_all(
    private: Database, results: Database, accounts: Sequence[Account], clock: Clock, on_progress: Progress = quiet
) -> SyncSummary:
    """One full pass over every mailbox. One that cannot be read is a failure of the pass, and stops no other.

    Raises as `sync` if none of them can be read.
    """
    brought = Intake()
    errors: list[ProberError] = []
    unread: list[str] = []
    with Backlog(private, clock) as backlog:
        for account in accounts:
            where = f"{account.imap.label}: " if len(accounts) > 1 else ""
            try:
                one = fetch_new.collect(private, account.imap, account.login, clock, on_progress, backlog.offer)
            except ProberError as error:
                errors.append(error)
                unread.append(f"{where}{error}")
                continue
            brought.add(one, where)
        if len(errors) == len(accounts):
            finish(private, results, backlog, on_progress, brought)  # what came before it broke off
            raise type(errors[0])("\n".join(unread))
        summary = finish(private, results, backlog, on_progress, brought)
    summary.unread = [*unread, *summary.unread]
    return summary


def finish(
    private: Database, results: Database, backlog: Backlog, on_progress: Progress, brought: Intake
) -> SyncSummary:
    """Everything after the raw bytes are stored."""
    calendar = vietnam()  # takes a tenth of a second to load, and the other process is still busy now
    processed = backlog.finish(on_progress)
    projection.project(private, results, calendar)
    read_scans(private, results, backlog.clock, on_progress)
    return SyncSummary(
        fetched=brought.fetched, new=brought.new, mailbox_has=brought.mailbox_has, we_hold=brought.we_hold,
        processed=processed, statuses=messages.counts(private), notes=brought.notes, unread=brought.refused,
    )  # fmt: skip


def read_scans(
    private: Database, results: Database, clock: Clock, on_progress: Progress = quiet, seconds: float = SCAN_SECONDS
) -> int:
    """Recognise the words in scanned files that wait, and understand their messages with them. How many messages.

    No file is begun after `seconds`: the next pass goes on. Nothing happens where the programs for it are missing.
    """
    again = ocr_queue.recognise(private, clock, on_progress, seconds)
    if again:
        process(private, clock, on_progress)
        projection.project(private, results, vietnam())
    return again


def process(private: Database, clock: Clock, on_progress: Progress = quiet, everything: bool = False) -> int:
    """Understand every message that is only stored; every message there is with `everything` (reparse)."""
    with Backlog(private, clock) as backlog:
        return backlog.finish(on_progress, everything)
