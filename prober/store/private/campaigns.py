"""Store campaigns in private.db: the protocol as text, the status of the campaign, and who approved what.

What agencies have answered so far is read here too, for the plan of a campaign: a person's class before the rules'
class. So are letters counted: a campaign must hold those that were approved.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlite_utils import Database

from prober.domain.correspondence import AUTOMATIC, Event, LetterReason, SendState
from prober.domain.reason import Reason, to_json
from prober.domain.world import World
from prober.errors import NotApproved, ProberError, UsageError
from prober.store import transaction
from prober.store.private.outbox import move, sole_sender

# The coding that settles a difference goes before the first coder's; a second reading only measures agreement.
_STRENGTH = "role = 'final' DESC, coded_at, coder"

_SAID = f"""
SELECT c.campaign, c.agency, (
    SELECT k.event FROM coding k WHERE k.message = c.message AND k.campaign = c.campaign AND k.agency = c.agency
      AND k.role != 'second'
    ORDER BY {_STRENGTH} LIMIT 1
  ) AS said, m.event AS proposed, m.received_at AS at
FROM match_candidate c JOIN message m ON m.sha256 = c.message
WHERE c.chosen = 1 AND m.event != ''
UNION ALL
SELECT h.campaign, h.agency, COALESCE((
    SELECT k.event FROM coding k WHERE k.message = h.sha256 AND k.campaign = h.campaign AND k.agency = h.agency
      AND k.role != 'second'
    ORDER BY {_STRENGTH} LIMIT 1
  ), h.event), h.event, h.at
FROM hand_entry h WHERE h.withdrawn_at IS NULL
"""

# The only query that counts letters by campaign.
_COUNTS = """
SELECT c.id, c.letters, c.approved_at, o.state, COUNT(o.id)
FROM campaign_file c LEFT JOIN outbox o ON o.campaign = c.id GROUP BY c.id, o.state ORDER BY c.created_at, c.id
"""


@dataclass(frozen=True, slots=True)
class CampaignFile:
    """One campaign as stored. Times are ISO 8601 in the study's time zone, empty if not yet reached."""

    id: str
    world: str
    protocol: str
    protocol_sha256: str
    status: str  # draft, approved, paused or closed
    approval_sha256: str
    approved_by: str
    approved_at: str | None
    created_at: str
    closed_at: str | None
    assignment_sha256: str = ""
    letters: int | None = None  # approved; None for a draft
    secret: str = ""  # from which its tokens come; "" if they came from the published seed


@dataclass(slots=True)
class Heard:
    """The answers of agencies so far. An objection that rules alone found stands apart: a person has to read it."""

    events: dict[str, list[Event]] = field(default_factory=dict)  # agency → classes of its messages
    unread_objections: set[str] = field(default_factory=set)  # agencies
    last: dict[str, datetime] = field(default_factory=dict)  # agency → its last message of a person in this campaign
    by_rules: set[str] = field(default_factory=set)  # agencies of which one such message is read by rules alone


@dataclass(frozen=True, slots=True)
class LetterCount:
    """The letters of one campaign: the approved number, and the number in each state."""

    campaign: str
    approved: int | None  # None where nothing is approved
    approved_at: str | None
    states: dict[str, int] = field(default_factory=dict)

    @property
    def held(self) -> int:
        """Return the number of letters in the outbox."""
        return sum(self.states.values())

    @property
    def complete(self) -> bool:
        """Return True if there are as many letters as were approved."""
        return self.approved in (None, self.held)

    @property
    def imbalance(self) -> str:
        """Return why the letters are not those approved, or "".

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


def send_command(name: str, world: str) -> str:
    """Return the command that sends what is due of campaign `name`, as it works in `world`."""
    return f"prober campaign send {name}" + (" --live" if world == World.LIVE else "")


def approve_command(name: str) -> str:
    """Return the command that approves campaign `name`; a person fills in the capitals."""
    return f"prober campaign approve {name} --by INITIALS"


def campaigns(db: Database) -> list[CampaignFile]:
    """Return every campaign, oldest first."""
    return [CampaignFile(**row) for row in db.query("SELECT * FROM campaign_file ORDER BY created_at, id")]


def campaign(db: Database, name: str) -> CampaignFile:
    """Return one campaign. Raises UsageError that names the existing ones."""
    known = campaigns(db)
    for found in known:
        if found.id == name:
            return found
    names = ", ".join(found.id for found in known) or "none; make one with `prober campaign new`"
    raise UsageError(f"there is no campaign {name!r}; known campaigns: {names}")


def save_draft(
    db: Database, name: str, world: str, protocol: str, sha256: str, now: datetime, secret: str
) -> None:  # fmt: skip
    """Register a protocol, or replace that of a campaign which has sent nothing; an earlier approval becomes void.

    `secret` is that of a new campaign; one that has a secret keeps it.

    Raises UsageError if the campaign is closed or a letter of it may have left.
    """
    with transaction(db):
        row = db.execute("SELECT status FROM campaign_file WHERE id = ?", [name]).fetchone()
        if row and row[0] == "closed":
            raise UsageError(f"campaign {name} is closed; give the new one another name")
        _refuse_if_begun(db, name)
        _drop_letters(db, name)
        db.execute(
            "INSERT INTO campaign_file (id, world, protocol, protocol_sha256, status, created_at, secret) "
            "VALUES (?, ?, ?, ?, 'draft', ?, ?) ON CONFLICT (id) DO UPDATE SET protocol = excluded.protocol, "
            "protocol_sha256 = excluded.protocol_sha256, status = 'draft', approval_sha256 = '', approved_by = '', "
            "approved_at = NULL, assignment_sha256 = '', letters = NULL, "
            "secret = CASE secret WHEN '' THEN excluded.secret ELSE secret END",
            [name, world, protocol, sha256, now.isoformat(), secret],
        )


def approve(
    db: Database,
    name: str,
    approval_sha256: str,
    assignment_sha256: str,
    by: str,
    now: datetime,
    letters: Sequence[dict[str, object]],
) -> None:
    """Freeze `letters` (rows of `outbox`) under their two hashes, in one transaction; nothing is sent here.

    Approving again replaces letters of which none has left. Raises UsageError otherwise.
    """
    with transaction(db):
        _refuse_if_begun(db, name)
        _drop_letters(db, name)
        for letter in letters:
            names = ", ".join(letter)
            marks = ", ".join("?" * len(letter))
            cursor = db.execute(f"INSERT INTO outbox ({names}) VALUES ({marks})", list(letter.values()))
            db.execute(
                "INSERT INTO outbox_event (outbox, at, state, detail) VALUES (?, ?, 'planned', ?)",
                [cursor.lastrowid, now.isoformat(), to_json([Reason("approved_by", by=by)])],
            )
        db.execute(
            "UPDATE campaign_file SET status = 'approved', approval_sha256 = ?, assignment_sha256 = ?, "
            "approved_by = ?, approved_at = ?, letters = ? WHERE id = ?",
            [approval_sha256, assignment_sha256, by, now.isoformat(), len(letters), name],
        )


def set_status(db: Database, name: str, status: str, allowed: Sequence[str]) -> None:
    """Pause or resume. Raises NotApproved if the campaign is in none of the `allowed` states."""
    with transaction(db):
        found = campaign(db, name).status
        if found not in allowed:
            raise NotApproved(f"campaign {name} is {found}, not {' or '.join(allowed)}; nothing was changed")
        db.execute("UPDATE campaign_file SET status = ? WHERE id = ?", [status, name])


def close(db: Database, name: str, now: datetime) -> int:
    """Close for good and cancel the letters that have not left; return their number."""
    with transaction(db):
        open_rows = db.execute(
            "SELECT id FROM outbox WHERE campaign = ? AND state IN ('planned', 'deferred')", [name]
        ).fetchall()
        for (row,) in open_rows:
            move(db, row, ("planned", "deferred"), "cancelled", Reason(LetterReason.CLOSED), now)
        db.execute(
            "UPDATE campaign_file SET status = 'closed', closed_at = ? WHERE id = ? AND status != 'closed'",
            [now.isoformat(), name],
        )
    return len(open_rows)


def begun(db: Database, name: str) -> int:
    """Return how many letters of a campaign were handed over or tried; from the first on none can change."""
    found: int = db.execute("SELECT COUNT(*) FROM outbox WHERE campaign = ? AND attempts > 0", [name]).fetchone()[0]
    return found


def _refuse_if_begun(db: Database, name: str) -> None:
    if count := begun(db, name):
        raise UsageError(
            f"campaign {name} has begun: {count} letters were handed over or tried. Its letters cannot change any "
            "more; close it and start another."
        )


def _drop_letters(db: Database, name: str) -> None:
    db.execute("DELETE FROM outbox_event WHERE outbox IN (SELECT id FROM outbox WHERE campaign = ?)", [name])
    db.execute("DELETE FROM outbox WHERE campaign = ?", [name])


def heard(db: Database, campaign: str) -> Heard:
    """Return the messages of each agency: all of this campaign, and objections of any."""
    found = Heard()
    sql = (
        f"SELECT agency, said, proposed, at, campaign = ?1 FROM ({_SAID}) "
        "WHERE campaign = ?1 OR COALESCE(said, proposed) = 'OB'"
    )
    for agency, said, proposed, at, here in db.execute(sql, [campaign]).fetchall():
        if here and Event(said or proposed) not in AUTOMATIC:
            moment = datetime.fromisoformat(at)
            found.last[agency] = max(moment, found.last.get(agency, moment))
            if said is None:
                found.by_rules.add(agency)
        if said is None and proposed == Event.OBJECTION:
            found.unread_objections.add(agency)
        else:
            found.events.setdefault(agency, []).append(Event(said or proposed))
    return found


def objections(db: Database) -> dict[str, bool]:
    """Return the agencies that asked for no further letters, in any campaign; True where a person has read it."""
    sql = f"SELECT agency, MAX(said IS NOT NULL) FROM ({_SAID}) WHERE COALESCE(said, proposed) = 'OB' GROUP BY agency"
    return {agency: bool(read) for agency, read in db.execute(sql).fetchall()}


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
                counts = letter_counts(db)  # count again: another process may have finished sending in between
        except ProberError:
            at_work = True
    if at_work:
        counts = [replace(count, states={SendState.PLANNED.value: count.held}) for count in counts]
    return [_fault(count) for count in counts if count.imbalance]


def _fault(count: LetterCount) -> str:
    """Return what is wrong with one campaign, and the remedy."""
    remedies = []
    if count.states.get(SendState.SENDING):
        remedies.append(f"run `prober campaign settle {count.campaign}`, which looks for evidence of what a crash left")
    if not count.complete:
        remedies.append("private.db was changed from outside: send nothing, and restore a copy of it")
    return f"campaign {count.campaign}: {count.imbalance}; {'; '.join(remedies)}"
