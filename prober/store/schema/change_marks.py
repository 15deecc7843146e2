"""Mark in private.db, by triggers, every request whose public rows may have to be written anew.

A trigger is part of the transaction that changes a row, so no change is without its mark, whichever statement makes it
and whenever the process is killed. The marks are rows of `unprojected`; `mailroom.outcomes.projection` reads them and
removes them once the public rows are written.

Every table from which a public row is made (`prober.store.results.mail_projection`) has its triggers here.
"""

from collections.abc import Iterator

from sqlite_utils import Database

ALL = ""  # in place of an agency: all requests of the campaign, and its own rows

# Columns of `message` that public rows are made from. Others change with each reading, and mark nothing.
_OF_MESSAGE = (
    "status", "received_at", "from_address", "event", "event_without_scans", "rule", "words", "dkim", "detail",
)  # fmt: skip
_ANSWERED = "SELECT campaign, agency FROM match_candidate WHERE message = {row}.{key} AND chosen = 1"
_WRITTEN = "SELECT campaign, agency FROM outbox WHERE id = {row}.outbox"
_CODED = "SELECT campaign, agency FROM coding WHERE id = {row}.coding"
_ITSELF = "SELECT {row}.campaign AS campaign, {row}.agency AS agency"
_CAMPAIGN = "SELECT {row}.{key} AS campaign, '' AS agency"

# Table → which requests a change of one of its rows concerns.
_CONCERNED = {
    "campaign_file": _CAMPAIGN.replace("{key}", "id"),
    "reading_list": _CAMPAIGN.replace("{key}", "campaign"),
    "outbox_event": _WRITTEN,
    "message_part": _ANSWERED.replace("{key}", "message"),
    "hand_entry": _ITSELF,
    "coding": _ITSELF,
    "coding_item": _CODED,
}


def create(db: Database) -> None:
    """Make every trigger that is not there, inside the caller's transaction."""
    for statement in _statements():
        db.execute(statement)


def drop(db: Database) -> None:
    """Remove the triggers, before tables are written anew: SQLite renames none that a trigger names."""
    for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        db.execute(f"DROP TRIGGER [{name}]")


def _statements() -> Iterator[str]:
    for table, concerned in _CONCERNED.items():
        for event, rows in (("INSERT", ("new",)), ("DELETE", ("old",)), ("UPDATE", ("old", "new"))):
            yield _trigger(table, event, "", [concerned.format(row=row) for row in rows])
    changed = " OR ".join(f"old.[{column}] IS NOT new.[{column}]" for column in _OF_MESSAGE)
    yield _trigger("message", "UPDATE", changed, [_ANSWERED.format(row="new", key="sha256")])
    yield _trigger("match_candidate", "INSERT", "new.chosen = 1", [_ITSELF.format(row="new")])
    yield _trigger("match_candidate", "DELETE", "old.chosen = 1", [_ITSELF.format(row="old")])
    both = [_ITSELF.format(row=row) for row in ("old", "new")]
    yield _trigger("match_candidate", "UPDATE", "old.chosen = 1 OR new.chosen = 1", both)
    # A letter that appears, goes or lacks something else changes what is said of its whole campaign.
    for event, row in (("INSERT", "new"), ("DELETE", "old")):
        yield _trigger("outbox", event, "", [_CAMPAIGN.format(row=row, key="campaign")])
    yield _trigger("outbox", "UPDATE", "", both)
    lacking = "old.legal_reasons IS NOT new.legal_reasons OR old.campaign IS NOT new.campaign"
    campaigns = [_CAMPAIGN.format(row=row, key="campaign") for row in ("old", "new")]
    yield _trigger("outbox", "UPDATE", lacking, campaigns, "campaign")


def _trigger(table: str, event: str, when: str, concerned: list[str], kind: str = "request") -> str:
    """Return the statement for one trigger: it marks the requests that the queries `concerned` give.

    A mark is removed and written, because a conflict clause of the statement that fires a trigger replaces its own.
    """
    found = " UNION ".join(concerned)
    marked = f"DELETE FROM unprojected WHERE (campaign, agency) IN ({found})"
    return (
        f"CREATE TRIGGER IF NOT EXISTS [{table}_{event.lower()}_marks_{kind}] AFTER {event} ON [{table}]"
        f"{f' WHEN {when}' if when else ''} BEGIN {marked}; "
        f"INSERT INTO unprojected SELECT campaign, agency, hex(randomblob(8)) FROM ({found}); END"
    )
