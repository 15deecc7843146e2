"""Summarise the state of crawl, campaigns, mailbox and nights, and name the next command. Reads only."""

from collections.abc import Container, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prober.domain.reason import Reasons, from_json
from prober.store import Database
from prober.store.integrity import need_world
from prober.store.private import campaigns, messages, outbox
from prober.store.private.campaigns import LetterCount, letter_counts
from prober.store.private.message_analysis import announced
from prober.store.reading import nights
from prober.store.reading.health import reading
from prober.store.results.changes import waiting
from prober.store.results.runs import killed
from prober.store.schema.migrations import PRIVATE, RESULTS


@dataclass(frozen=True, slots=True)
class StatusRow:
    """One part of the work: its state, since when (ISO 8601; "" if never), and the next command.

    `suspect` holds the reasons why the results of a scan are not believed.
    """

    part: str
    stands: str
    since: str
    next: str
    suspect: Reasons = ()


_HUMAN_REPLIES = """
SELECT q.campaign, COUNT(*) FROM reply r JOIN request q ON q.id = r.request WHERE r.human = 1
GROUP BY q.campaign ORDER BY q.campaign
"""
_SCANS = """
SELECT s.id, s.frame, s.status, s.agencies, s.suspect, COALESCE(s.finished_at, s.started_at) AS since,
  COUNT(v.id) AS visited, COALESCE(SUM(v.outcome = 'seen'), 0) AS seen,
  COALESCE(SUM(v.outcome = 'partial'), 0) AS partial, COALESCE(SUM(v.outcome = 'unreachable'), 0) AS unreachable
FROM scan s LEFT JOIN visit v ON v.scan = s.id
WHERE s.id IN (SELECT MAX(id) FROM scan GROUP BY frame) GROUP BY s.id ORDER BY s.frame
"""


def of_results(path: Path, world: str) -> list[StatusRow]:
    """Return the crawl, one row per frame, and the last night. Raises as `health.results_health`."""
    if not path.exists():
        return [StatusRow("crawl", "never", "", "prober crawl"), _night(None)]
    with reading(path, RESULTS) as db:
        need_world(db, path, RESULTS.name, world)
        night = _night(next(db.query(_LAST_NIGHT), None), killed(db, path))
        return [*_crawl(db), *_changes(db), *_questions(db), *_unread(db), night]


def human_replies(db: Database) -> dict[str, int]:
    """Return campaign → replies that a person wrote, in the order of the campaigns' names."""
    return dict(db.execute(_HUMAN_REPLIES).fetchall())


def of_private(path: Path, world: str) -> list[StatusRow]:
    """Return the campaigns, one row each, and the mailbox. Raises as `health.private_health`."""
    if not path.exists():
        return [
            StatusRow("campaign", "none", "", "prober campaign new NAME"),
            StatusRow("mailbox", "never read", "", ""),
        ]
    with reading(path, PRIVATE) as db:
        need_world(db, path, PRIVATE.name, world)
        return [*_campaigns(db), _mailbox(db), *_addresses(db)]


def _addresses(db: Database) -> Iterator[StatusRow]:
    """Yield the agencies that wrote to us that they have another address now."""
    if found := announced(db):
        offices = len({row["agency"] for row in found})
        stands = f"another one was announced by {offices} of the offices"
        yield StatusRow("addresses", stands, found[-1]["at"], "prober mailbox status")


def _crawl(db: Database) -> Iterator[StatusRow]:
    found = list(db.query(_SCANS))
    if not found:
        yield StatusRow("crawl", "never", "", "prober crawl")
    for scan in found:
        stands = f"scan {scan['id']} {scan['status']}: {scan['visited']} of {scan['agencies']} visited, {scan['seen']} "
        stands += f"seen, {scan['partial']} partly, {scan['unreachable']} not"
        again = scan["status"] != "complete" or scan["suspect"]
        command = f"prober crawl --frame {scan['frame']}" if again else ""
        yield StatusRow(f"crawl {scan['frame']}", stands, scan["since"], command, from_json(scan["suspect"]))


def earlier_verdicts(db: Database) -> tuple[int, str, int]:
    """Return of how many sites verdicts of an earlier visit are in use, when the oldest was seen, and nights since."""
    sql = "SELECT COUNT(*), COALESCE(MIN(seen_at), ''), COALESCE(MAX(age_days), 0) FROM not_seen WHERE kept != ''"
    sites, at, age = db.execute(sql).fetchone()
    return sites, at, age


def _changes(db: Database) -> Iterator[StatusRow]:
    """Yield the changes that one look saw and no second has confirmed: the last good verdicts stand until then."""
    count, since = waiting(db)
    if count:
        yield StatusRow("changes", f"{count} wait for a second look, six hours after the first", since, "prober crawl")


def _questions(db: Database) -> Iterator[StatusRow]:
    """Yield the agencies that asked us something and got no answer: the legal time limit is suspended meanwhile."""
    sql = "SELECT COUNT(*) OVER () AS waiting, MIN(waiting_since) OVER () AS since, agency, campaign FROM request"
    for row in db.query(f"{sql} WHERE waiting_since IS NOT NULL ORDER BY agency, campaign LIMIT 1"):
        stands = f"{row['waiting']} waiting for us: a form, an identity paper or the purpose was asked for"
        command = f"act, then {nights.own_act(row['agency'], row['campaign'])}"
        yield StatusRow("questions", stands, row["since"], command)


def _unread(db: Database) -> Iterator[StatusRow]:
    """Yield the replies of persons whose class is not confirmed: their weight rests on a rule alone."""
    sql = "SELECT SUM(decided_by = 'rule'), COUNT(*), MIN(received_at) FILTER (WHERE decided_by = 'rule') FROM reply"
    by_rule, replies, since = db.execute(f"{sql} WHERE human = 1").fetchone()
    if by_rule:
        stands = f"{by_rule} of {replies} written by a person count by a rule alone"
        yield StatusRow("replies", stands, since, "prober review --coder INITIALS")


_LAST_NIGHT = (
    "SELECT id, status, COALESCE(finished_at, started_at) AS since FROM run WHERE command = 'nightly' ORDER BY id DESC"
)


def _night(row: dict[str, Any] | None, dead: Container[int] = ()) -> StatusRow:
    if row is None:
        return StatusRow("nightly", "never", "", "prober nightly")
    status = "killed" if row["id"] in dead else row["status"]
    return StatusRow("nightly", status, row["since"], "" if status in ("done", "running") else "prober nightly")


def _campaigns(db: Database) -> Iterator[StatusRow]:
    counts = {count.campaign: count for count in letter_counts(db)}
    if not counts:
        yield StatusRow("campaign", "none", "", "prober campaign new NAME")
    for file in campaigns.campaigns(db):
        count = counts[file.id]
        stands = f"{file.status}: {count.states.get('accepted', 0)} of {count.held} letters accepted"
        stands += f", {_waiting(count)} waiting"
        if uncertain := count.states.get("uncertain"):
            stands += f", {uncertain} uncertain"
        if not count.complete:
            stands += f"; {count.approved} were approved, which does not add up"
        since = file.closed_at or file.approved_at or file.created_at
        cancelled = 0 if campaigns.begun(db, file.id) else count.states.get("cancelled", 0)
        if cancelled:
            stands += f", {cancelled} cancelled before the first has left"
        yield StatusRow(f"campaign {file.id}", stands, since, _next_of(file, count, cancelled))


def _waiting(count: LetterCount) -> int:
    """Return the number of letters that may still leave, or are leaving."""
    return sum(count.states.get(state, 0) for state in ("planned", "deferred", "sending"))


def _next_of(file: campaigns.CampaignFile, count: LetterCount, cancelled: int) -> str:
    """Return what a campaign needs first. An uncertain letter comes before any other that could still leave.

    `cancelled` are the letters that another approval would write anew.
    """
    if not count.complete:
        return "prober doctor"
    if count.states.get("uncertain"):
        return f"prober campaign settle {file.id}"
    anew = campaigns.approve_command(file.id)
    if cancelled and file.status == "approved":
        return f"{anew}, or {campaigns.send_command(file.id, file.world)}" if _waiting(count) else anew
    return {
        "draft": f"prober campaign preview {file.id}",
        "paused": f"prober campaign resume {file.id}",
        "approved": campaigns.send_command(file.id, file.world) if _waiting(count) else "prober mailbox sync",
    }.get(file.status, "")


def _mailbox(db: Database) -> StatusRow:
    read = outbox.mailbox_read(db)  # of several, the oldest time: a reply may lie in that one
    since = read.isoformat() if read else ""
    held = messages.counts(db)
    stands = ", ".join(f"{count} {status}" for status, count in held.items()) or ("empty" if since else "never read")
    if held.get("stored"):
        return StatusRow("mailbox", stands, since, "prober mailbox reparse")
    return StatusRow(
        "mailbox", stands, since, "prober mailbox unmatched" if {"unmatched", "poison"} & set(held) else ""
    )
