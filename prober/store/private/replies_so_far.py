"""Read the class of every reply so far, for the plan of a campaign: a person's class before the rules' class."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlite_utils import Database

from prober.domain.correspondence import AUTOMATIC, Event

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


@dataclass(slots=True)
class Heard:
    """What agencies have written. An objection that rules alone found stands apart: a person has to read it."""

    events: dict[str, list[Event]] = field(default_factory=dict)  # agency → classes of its messages
    unread_objections: set[str] = field(default_factory=set)  # agencies
    last: dict[str, datetime] = field(default_factory=dict)  # agency → its last message of a person in this campaign
    by_rules: set[str] = field(default_factory=set)  # agencies of which one such message is read by rules alone


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
