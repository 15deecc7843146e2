"""Read what the mail tables of results.db are computed from, and bring these tables to the computed rows."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from prober.domain.correspondence import Event, MessageDetail
from prober.domain.reason import Reason, to_json
from prober.errors import ProberError
from prober.store import one_state, transaction
from prober.store.private.codings import codings
from prober.store.private.reading_lists import ReadingList, lists

Row = dict[str, Any]
# Parents before the tables that refer to them.
TABLES = (
    "campaign", "legal_requirement", "request", "reply", "reply_document", "reply_link", "request_event", "deadline",
    "coding", "coding_item",
)  # fmt: skip
HAND = "entered by hand"  # the `rule` of an entry by a person; see `prober mailbox note`
_BY_HAND = to_json([Reason("entered_by_hand")])

_MATCHED = f"""
SELECT c.campaign, c.agency, c.score, c.reasons, c.chosen_by, c.proof, m.sha256, m.received_at, m.from_address, m.event,
  m.event_without_scans, m.rule, m.words, m.dkim, m.detail,
  (SELECT COUNT(*) FROM message_part p WHERE p.message = m.sha256) AS attachments
FROM match_candidate c JOIN message m ON m.sha256 = c.message
WHERE c.chosen = 1 AND m.status = 'matched'
UNION ALL
SELECT campaign, agency, 1.0, '{_BY_HAND}', [by], '', sha256, at, '', event, '', '{HAND}', '', '', '{{}}', 0
FROM hand_entry WHERE withdrawn_at IS NULL AND event != '{Event.OWN_COPY}'
ORDER BY campaign, agency, received_at, sha256
"""
# Acts of our own in the correspondence: a further letter of ours that was seen, or an entry made by hand.
_OWN_ACTS = f"""
SELECT c.campaign, c.agency, m.sha256, m.received_at AS at
FROM match_candidate c JOIN message m ON m.sha256 = c.message WHERE c.chosen = 1 AND m.status = 'own'
UNION ALL
SELECT campaign, agency, sha256, at FROM hand_entry WHERE withdrawn_at IS NULL AND event = '{Event.OWN_COPY}'
ORDER BY campaign, agency, at, sha256
"""
_OUTBOX = """
SELECT id, campaign, agency, step, position, state, rcpt, legally_valid, legal_reasons, sending_since,
  accepted_at, reason, updated_at, arm, block,
  (SELECT closed_at FROM campaign_file c WHERE c.id = outbox.campaign) AS closed_at
FROM outbox ORDER BY campaign, position, agency, step DESC
"""


@dataclass(frozen=True, slots=True)
class Correspondence:
    """Everything in private.db that the mail tables of results.db are made from, read in one transaction."""

    campaigns: Sequence[Row]
    outbox: Sequence[Row]
    events: Sequence[Row]
    matched: Sequence[Row]  # messages and entries by hand; `detail` is a MessageDetail
    own_acts: Sequence[Row]
    codings: Sequence[Row]
    reading_lists: Mapping[str, ReadingList]
    as_of: str  # last moment at which the mailbox was compared or a letter moved; "" if neither ever happened


def read(private: Database) -> Correspondence:
    with one_state(private):
        as_of = private.execute(
            "SELECT COALESCE(MAX(at), '') FROM (SELECT MAX(synced_at) AS at FROM mailbox_state UNION ALL "
            "SELECT MAX(updated_at) FROM outbox UNION ALL SELECT MAX(received_at) FROM message "
            "UNION ALL SELECT MAX(at) FROM hand_entry WHERE withdrawn_at IS NULL)"
        ).fetchone()[0]
        return Correspondence(
            list(private.query("SELECT * FROM campaign_file ORDER BY id")),
            list(private.query(_OUTBOX)),
            list(private.query("SELECT outbox, at, state, detail FROM outbox_event ORDER BY id")),
            [row | {"detail": MessageDetail.from_json(row["detail"])} for row in private.query(_MATCHED)],
            list(private.query(_OWN_ACTS)),
            codings(private),
            lists(private),
            as_of,
        )


def sites(results: Database) -> dict[str, tuple[str, ...]]:
    """Return agency → the addresses of its site in the registry."""
    rows = results.execute("SELECT id, url, alt_urls FROM agency").fetchall()
    return {agency: (url, *json.loads(others)) for agency, url, others in rows}


def write(results: Database, rows: Mapping[str, Sequence[Row]]) -> bool:
    """Make the mail tables hold exactly `rows`, in one transaction; return False, writing nothing, if they do already.

    Raises ProberError if an agency of a campaign is not in results.db.
    """
    with transaction(results):
        changes = [_change(results, table, rows[table]) for table in TABLES]
        if not any(change.gone or change.new for change in changes):
            return False
        _need_agencies(results, rows["request"])
        results.execute("PRAGMA defer_foreign_keys=ON")
        for change in reversed(changes):
            results.conn.executemany(f"DELETE FROM [{change.table}] WHERE id = ?", change.gone)
        for change in changes:
            _insert(results, change)
    return True


@dataclass(frozen=True, slots=True)
class _Change:
    """The rows to delete from and to insert into a table. A row that differs is among both."""

    table: str
    columns: Sequence[str]  # the key comes first
    gone: Sequence[tuple[Any]]  # keys
    new: Sequence[tuple[Any, ...]]  # values of the columns


def _change(db: Database, table: str, rows: Sequence[Row]) -> _Change:
    columns = ["id", *(column for column in db.table(table).columns_dict if column != "id")]
    new = {row["id"]: tuple([row[column] for column in columns]) for row in rows}
    gone = []
    for held in db.execute(f"SELECT {_listed(columns)} FROM [{table}]"):  # one by one: there may be 100,000 replies
        if new.get(held[0]) == held:
            del new[held[0]]
        else:
            gone.append((held[0],))
    return _Change(table, columns, gone, list(new.values()))


def _insert(db: Database, change: _Change) -> None:
    marks = ", ".join("?" * len(change.columns))
    db.conn.executemany(f"INSERT INTO [{change.table}] ({_listed(change.columns)}) VALUES ({marks})", change.new)


def _listed(columns: Sequence[str]) -> str:
    return ", ".join(f"[{column}]" for column in columns)


def _need_agencies(db: Database, requests: Sequence[Row]) -> None:
    here = {agency for (agency,) in db.execute("SELECT id FROM agency").fetchall()}
    missing = sorted({row["agency"] for row in requests} - here)
    if missing:
        raise ProberError(
            f"results.db does not know {len(missing)} agencies that were asked ({', '.join(missing[:3])} …); "
            "import them again with `prober agencies import`, then run the same command. Nothing was changed."
        )
