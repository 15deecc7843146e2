"""Read the class of every reply so far, for the plan of a campaign: a person's class before the rules' class."""

from sqlite_utils import Database

# The coding that settles a difference goes before the first coder's; a second reading only measures agreement.
_STRENGTH = "role = 'final' DESC, coded_at, coder"

_SAID = f"""
SELECT c.campaign, c.agency, COALESCE((
    SELECT k.event FROM coding k WHERE k.message = c.message AND k.campaign = c.campaign AND k.agency = c.agency
      AND k.role != 'second'
    ORDER BY {_STRENGTH} LIMIT 1
  ), m.event) AS event
FROM match_candidate c JOIN message m ON m.sha256 = c.message
WHERE c.chosen = 1 AND m.event != ''
UNION ALL
SELECT h.campaign, h.agency, COALESCE((
    SELECT k.event FROM coding k WHERE k.message = h.sha256 AND k.campaign = h.campaign AND k.agency = h.agency
      AND k.role != 'second'
    ORDER BY {_STRENGTH} LIMIT 1
  ), h.event)
FROM hand_entry h WHERE h.withdrawn_at IS NULL
"""


def heard(db: Database, campaign: str) -> dict[str, list[str]]:
    """Return agency → classes of its messages: all of this campaign, and objections of any."""
    found: dict[str, list[str]] = {}
    sql = f"SELECT agency, event FROM ({_SAID}) WHERE campaign = ? OR event = 'OB'"
    for agency, event in db.execute(sql, [campaign]).fetchall():
        found.setdefault(agency, []).append(event)
    return found


def objections(db: Database) -> set[str]:
    """Return the agencies that asked for no further letters, in any campaign."""
    sql = f"SELECT DISTINCT agency FROM ({_SAID}) WHERE event = 'OB'"
    return {agency for (agency,) in db.execute(sql).fetchall()}
