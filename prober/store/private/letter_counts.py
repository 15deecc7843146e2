"""Count the letters of every campaign, in the one place where they are counted, and say where they do not add up."""

from dataclasses import dataclass, field, replace

from prober.domain.correspondence import SendState
from prober.errors import ProberError
from prober.store import Database
from prober.store.private.outbox import sole_sender

_COUNTS = """
SELECT c.id, c.letters, c.approved_at, o.state, COUNT(o.id)
FROM campaign_file c LEFT JOIN outbox o ON o.campaign = c.id GROUP BY c.id, o.state ORDER BY c.created_at, c.id
"""


@dataclass(frozen=True, slots=True)
class LetterCount:
    """The letters of one campaign: how many were approved, and how many there are in each state."""

    campaign: str
    approved: int | None  # None where nothing is approved
    approved_at: str | None
    states: dict[str, int] = field(default_factory=dict)

    @property
    def held(self) -> int:
        """How many letters there are."""
        return sum(self.states.values())

    @property
    def complete(self) -> bool:
        """Whether there are as many letters as were approved."""
        return self.approved in (None, self.held)

    @property
    def imbalance(self) -> str:
        """Why the letters are not those approved, or "".

        approved = accepted + refused + deferred + uncertain + cancelled + planned, letter for letter. Nothing is in
        `sending` any more when a command ends.

        >>> LetterCount("w", 3, None, {"accepted": 2, "planned": 1}).imbalance
        ''
        >>> LetterCount("w", 3, None, {"accepted": 1, "sending": 1}).imbalance
        '3 letters were approved: 1 have a result or wait, 1 are still marked as being sent, 1 are missing'
        """
        approved = self.held if self.approved is None else self.approved
        left, missing = self.states.get(SendState.SENDING, 0), approved - self.held
        parts = [f"{approved} letters were approved: {self.held - left} have a result or wait"]
        if left:
            parts.append(f"{left} are still marked as being sent")
        if missing:
            parts.append(f"{missing} are missing" if missing > 0 else f"{-missing} are too many")
        return ", ".join(parts) if len(parts) > 1 else ""


def letter_counts(db: Database) -> list[LetterCount]:
    """Return the count of every campaign, oldest first, as of one moment."""
    found: dict[str, LetterCount] = {}
    for campaign, approved, approved_at, state, number in db.execute(_COUNTS).fetchall():
        count = found.setdefault(campaign, LetterCount(campaign, approved, approved_at))
        if state:
            count.states[state] = number
    return list(found.values())


def letter_count(db: Database, campaign: str) -> LetterCount:
    """Return the count of a campaign that exists."""
    return next(count for count in letter_counts(db) if count.campaign == campaign)


def unaccounted(db: Database) -> list[str]:
    """Return one line per campaign whose letters do not add up: its name, the numbers, and what to do.

    What another process is sending at this moment counts as waiting.
    """
    counts, at_work = letter_counts(db), False
    if any(count.states.get(SendState.SENDING) for count in counts):
        try:
            with sole_sender(db):
                counts = letter_counts(db)  # once more: who was sending may have ended in between
        except ProberError:
            at_work = True
    if at_work:
        counts = [replace(count, states={SendState.PLANNED.value: count.held}) for count in counts]
    return [_fault(count) for count in counts if count.imbalance]


def _fault(count: LetterCount) -> str:
    """Say what is wrong with one campaign, and the remedy."""
    remedies = []
    if count.states.get(SendState.SENDING):
        remedies.append(f"run `prober campaign settle {count.campaign}`, which looks for evidence of what a crash left")
    if not count.complete:
        remedies.append("private.db was changed from outside: send nothing, and restore a copy of it")
    return f"campaign {count.campaign}: {count.imbalance}; {'; '.join(remedies)}"
