"""What a pass of sending did, and what it tells while it runs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from prober.domain.correspondence import SendState


@dataclass(slots=True)
class SendSummary:
    """What one pass did, and what is left. Times are those of the clock that was given."""

    campaign: str
    accepted: int = 0
    refused: int = 0
    deferred: int = 0
    uncertain: int = 0
    cancelled: int = 0
    held: int = 0  # reminders that wait for the mailbox to be read
    blocked: list[str] = field(default_factory=list)  # why letters that are due may not leave, one reason a letter
    settled: int = 0  # doubtful letters that the mailbox proved to have been accepted
    next_at: datetime | None = None
    stopped: str = ""  # why it ended before everything was sent
    closed: bool = False
    totals: dict[str, int] = field(default_factory=dict)  # state → letters, over the whole campaign
    planned: int = 0  # letters approved
    mismatch: str = ""  # set if the states do not add up to the letters approved

    @property
    def failures(self) -> list[str]:
        """What makes the exit code 1."""
        found = [self.mismatch] if self.mismatch else []
        if self.totals.get("uncertain"):
            found.append(f"{self.totals['uncertain']} letters are in doubt: run `prober campaign settle`")
        return found + [f"not sent: {why}" for why in self.blocked]


def imbalance(planned: int, totals: Mapping[str, int]) -> str:
    """Why `totals` (state → letters) do not account for `planned` letters after a command, or "".

    planned = accepted + refused + deferred + uncertain + cancelled + still planned, letter for letter. Nothing is being
    sent any more when a command ends.

    >>> imbalance(3, {"accepted": 2, "planned": 1}), imbalance(3, {"accepted": 1, "sending": 1})
    ('', '3 letters were approved: 1 have a result or wait, 1 are still marked as being sent, 1 are missing')
    """
    left = totals.get(SendState.SENDING, 0)
    found = sum(totals.values()) - left
    missing = planned - found - left
    parts = [f"{planned} letters were approved: {found} have a result or wait"]
    if left:
        parts.append(f"{left} are still marked as being sent")
    if missing:
        parts.append(f"{missing} are missing" if missing > 0 else f"{-missing} are too many")
    return ", ".join(parts) if len(parts) > 1 else ""


@dataclass(frozen=True, slots=True)
class Progress:
    """Told after each letter and before each wait."""

    done: int
    total: int
    now: str
