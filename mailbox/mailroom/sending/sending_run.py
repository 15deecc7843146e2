"""What one run of sending works with: its configuration, which nothing changes, and the counters that it returns."""

import ssl
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from mailroom.sending.dkim import Signer
from mailroom.sending.smtp import ANSWER_SECONDS, Hook, nothing
from prober.campaign.schedule import Handed, Pace
from prober.clock import Clock
from prober.config.load import Sender, Smtp
from prober.domain.correspondence import SendState
from prober.store import Database


@dataclass(frozen=True, slots=True)
class Progress:
    """What is told after each letter and before each wait."""

    done: int
    total: int
    now: str


@dataclass(frozen=True, slots=True)
class SendingRun:
    """How one run sends the letters of `campaign`. Nothing here changes while it runs.

    `blocked` gives agency → why its letters wait; it is asked again after every wait, because a run may last weeks.
    `at` is called with the name of each labelled point of the path of a letter (`mailroom.sending.hand_over`).
    """

    private: Database
    campaign: str
    smtp: Smtp
    sender: Sender
    clock: Clock
    until: datetime | None = None  # also wait for the letters due until then; None: send what is due, and end
    password: str = field(default="", repr=False)  # of the mail server
    signer: Signer | None = field(default=None, repr=False)  # signs each letter (DKIM)
    identity: str = field(default="", repr=False)  # number of the sender's identity paper; never written down
    mailboxes: Collection[str] = ()  # accounts that must have been read before a reminder leaves
    blocked: Callable[[], Mapping[str, str]] = dict
    on_progress: Callable[[Progress], None] = lambda progress: None
    at: Hook = nothing
    tls: ssl.SSLContext | None = None  # replaces the system's trusted authorities
    answer_seconds: float = ANSWER_SECONDS

    @property
    def pace(self) -> Pace:
        """How fast the mail server may be given letters."""
        return Pace(self.smtp.per_day, timedelta(seconds=self.smtp.seconds_between))


@dataclass(slots=True)
class Counters:
    """What one run has done so far, and what is left when it has ended. Times are those of the run's clock."""

    campaign: str
    planned: int  # letters approved
    done: int  # of them ask for nothing more
    handed: Handed = field(repr=False)  # what all campaigns have handed over: the pace is kept by it
    settled: int = 0  # doubtful letters that the mailbox proved to have been accepted
    results: Counter[SendState] = field(default_factory=Counter)  # what became of the letters of this run
    held: int = 0  # reminders that wait for the mailbox to be read
    blocked: list[str] = field(default_factory=list)  # why letters that are due may not leave, one reason a letter
    next_at: datetime | None = None
    stopped: str = ""  # why it ended before everything was sent
    closed: bool = False
    totals: dict[str, int] = field(default_factory=dict)  # state → letters, over the whole campaign
    mismatch: str = ""  # set if the letters there are not those approved

    @property
    def failures(self) -> list[str]:
        """What makes the exit code 1."""
        found = [self.mismatch] if self.mismatch else []
        if self.totals.get(SendState.UNCERTAIN):
            found.append(f"{self.totals[SendState.UNCERTAIN]} letters are in doubt: run `prober campaign settle`")
        return found + [f"not sent: {why}" for why in self.blocked]
