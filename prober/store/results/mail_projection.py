"""Read what the mail tables of results.db are computed from, and bring these tables to the computed rows.

Triggers mark in private.db what results.db does not show yet (`prober.store.schema.change_marks`). One process at a
time writes these tables, and removes the marks. People's decisions on what a crawl found are copied too.
"""

import json
import pickle
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import SEEK_END
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from filelock import FileLock, Timeout
from sqlite_utils import Database

from prober.domain.correspondence import Event, MessageDetail
from prober.domain.reason import Reason, to_json
from prober.errors import ProberError
from prober.store import file_of, transaction
from prober.store.private.codings import ReadingList, codings

LOCK_SECONDS = 600.0  # 100,000 messages are written as a whole in less than a minute
POLL_SECONDS = 0.005

Row = dict[str, Any]
Request = tuple[str, str]  # campaign and agency
Marks = Mapping[Request, str]  # request, or campaign and "" for all of it → stamp of its last change
# Parents before the tables that refer to them.
TABLES = (
    "campaign", "legal_requirement", "request", "reply", "reply_document", "reply_link", "request_event", "deadline",
    "coding", "coding_item",
)  # fmt: skip
_IN_MEMORY = 4_000_000  # bytes of changes
HAND = "entered by hand"  # the `rule` of an entry by a person; see `prober mailbox note`
_BY_HAND = to_json([Reason("entered_by_hand")])

# The requests that are asked for, from one parameter: a JSON list of pairs.
_ASKED = """
WITH asked AS (
  SELECT json_extract(value, '$[0]') AS campaign, json_extract(value, '$[1]') AS agency FROM json_each(?)
)
"""
_OF = "ON {0}.campaign = asked.campaign AND {0}.agency = asked.agency"
_CHOSEN = f"""
asked CROSS JOIN match_candidate c {_OF.format("c")} AND c.chosen = 1 CROSS JOIN message m ON m.sha256 = c.message
"""
_MATCHED = f"""
{_ASKED}
SELECT c.campaign, c.agency, c.score, c.reasons, c.chosen_by, c.proof, m.sha256, m.received_at, m.from_address, m.event,
  m.event_without_scans, m.rule, m.words, m.dkim, m.detail,
  (SELECT COUNT(*) FROM message_part p WHERE p.message = m.sha256) AS attachments
FROM {_CHOSEN} WHERE m.status = 'matched'
UNION ALL
SELECT h.campaign, h.agency, 1.0, '{_BY_HAND}', h.[by], '', h.sha256, h.at, '', h.event, '', '{HAND}', '', '', '{{}}', 0
FROM asked CROSS JOIN hand_entry h {_OF.format("h")} WHERE h.withdrawn_at IS NULL AND h.event != '{Event.OWN_COPY}'
ORDER BY 1, 2, 8, 7
"""
# Acts of our own in the correspondence: a further letter of ours that was seen, or an entry made by hand.
_OWN_ACTS = f"""
{_ASKED}
SELECT c.campaign, c.agency, m.sha256, m.received_at AS at FROM {_CHOSEN} WHERE m.status = 'own'
UNION ALL
SELECT h.campaign, h.agency, h.sha256, h.at FROM asked CROSS JOIN hand_entry h {_OF.format("h")}
WHERE h.withdrawn_at IS NULL AND h.event = '{Event.OWN_COPY}'
ORDER BY 1, 2, 4, 3
"""
_OUTBOX = f"""
{_ASKED}
SELECT o.id, o.campaign, o.agency, o.step, o.position, o.state, o.rcpt, o.legally_valid, o.legal_reasons,
  o.sending_since, o.accepted_at, o.reason, o.updated_at, o.arm, o.block,
  (SELECT closed_at FROM campaign_file f WHERE f.id = o.campaign) AS closed_at
FROM asked CROSS JOIN outbox o {_OF.format("o")} ORDER BY o.campaign, o.position, o.agency, o.step DESC
"""
_EVENTS = f"""
{_ASKED}
SELECT e.outbox, e.at, e.state, e.detail
FROM asked CROSS JOIN outbox o {_OF.format("o")} CROSS JOIN outbox_event e ON e.outbox = o.id ORDER BY e.id
"""


@dataclass(frozen=True, slots=True)
class Correspondence:
    """The private rows from which the public ones of some requests are made."""

    campaigns: Mapping[str, Row]  # those of the requests
    outbox: Sequence[Row]
    events: Sequence[Row]
    matched: Sequence[Row]  # messages and entries by hand; `detail` is a MessageDetail
    own_acts: Sequence[Row]
    codings: Sequence[Row]
    reading_lists: Mapping[str, ReadingList]
    as_of: str  # last moment at which the mailbox was compared or a letter moved; "" if neither ever happened


def as_of(private: Database) -> str:
    """Return the last moment at which the mailbox was compared or a letter moved; "" if neither ever happened."""
    sql = (
        "SELECT COALESCE(MAX(at), '') FROM (SELECT MAX(synced_at) AS at FROM mailbox_state UNION ALL "
        "SELECT MAX(updated_at) FROM outbox UNION ALL SELECT MAX(received_at) FROM message "
        "UNION ALL SELECT MAX(at) FROM hand_entry WHERE withdrawn_at IS NULL)"
    )
    return str(private.execute(sql).fetchone()[0])


def campaign_rows(private: Database) -> dict[str, Row]:
    """Return every campaign by its id."""
    return {row["id"]: row for row in private.query("SELECT * FROM campaign_file ORDER BY id")}


def lacking(private: Database, campaign: str) -> list[str]:
    """Return what each request of `campaign` lacks, as reasons, in the order of sending."""
    sql = "SELECT legal_reasons FROM outbox WHERE campaign = ? AND step = 'request' ORDER BY position, agency"
    return [reasons for (reasons,) in private.execute(sql, [campaign]).fetchall()]


def requests(private: Database) -> dict[int, Request]:
    """Return (campaign, agency) of every request by its number."""
    sql = "SELECT id, campaign, agency FROM outbox WHERE step = 'request' ORDER BY campaign, agency"
    return {number: (campaign, agency) for number, campaign, agency in private.execute(sql).fetchall()}


def weights(private: Database) -> dict[Request, int]:
    """Return the number of messages of each request that has any."""
    sql = "SELECT campaign, agency, COUNT(*) FROM match_candidate WHERE chosen = 1 GROUP BY campaign, agency"
    return {(campaign, agency): number for campaign, agency, number in private.execute(sql).fetchall()}


def read(
    private: Database, asked: Sequence[Request], campaigns: Mapping[str, Row], drawn: Mapping[str, ReadingList],
    moment: str,
) -> Correspondence:  # fmt: skip
    """Return what the rows of the requests `asked` are made from, inside the caller's transaction."""
    pairs = [json.dumps(asked)]
    return Correspondence(
        campaigns,
        list(private.query(_OUTBOX, pairs)),
        list(private.query(_EVENTS, pairs)),
        [row | {"detail": MessageDetail.from_json(row["detail"])} for row in private.query(_MATCHED, pairs)],
        list(private.query(_OWN_ACTS, pairs)),
        codings(private, asked),
        drawn,
        moment,
    )


def sites(results: Database) -> dict[str, tuple[str, ...]]:
    """Return agency → the addresses of its site in the registry."""
    rows = results.execute("SELECT id, url, alt_urls FROM agency").fetchall()
    return {agency: (url, *json.loads(others)) for agency, url, others in rows}


# How the rows of a table are found by those of the table above it.
_ABOVE = {
    "reply": "request", "request_event": "request", "deadline": "request",
    "reply_document": "reply", "reply_link": "reply", "coding": "reply", "coding_item": "coding",
    "legal_requirement": "campaign",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class RowChange:
    """The rows to delete from and to insert into a table. A row that differs is among both."""

    table: str
    columns: Sequence[str]  # the key comes first
    gone: Sequence[tuple[Any]]  # keys
    new: Sequence[tuple[Any, ...]]  # values of the columns


def changes(
    results: Database, rows: Mapping[str, Sequence[Row]], above: Mapping[str, Sequence[Any]]
) -> list[RowChange]:
    """Return what brings the rows below some campaigns or requests to `rows`: a Change for each table that differs.

    `above` has the keys of these campaigns or requests, by the name of their table.
    """
    found = []
    keys: dict[str, Sequence[Any]] = dict(above)
    for table in TABLES:
        column = "id" if table in above else _ABOVE.get(table, "")
        if table not in above and column not in keys:
            continue
        change, held = _change(results, table, rows.get(table, ()), column, keys[table if table in above else column])
        keys[table] = held
        if change.gone or change.new:
            found.append(change)
    return found


def _change(
    db: Database, table: str, rows: Sequence[Row], column: str, above: Sequence[Any]
) -> tuple[RowChange, list[Any]]:
    """Return the change of a table, and the keys of its rows that are there now."""
    columns = _columns(db, table)
    new = {row["id"]: tuple([row[column] for column in columns]) for row in rows}
    gone, keys = [], []
    sql = f"SELECT {_listed(columns)} FROM [{table}] WHERE [{column}] IN (SELECT value FROM json_each(?))"
    for held in db.execute(sql, [json.dumps(above)]):
        keys.append(held[0])
        if new.get(held[0]) == held:
            del new[held[0]]
        else:
            gone.append((held[0],))
    return RowChange(table, columns, gone, list(new.values())), keys


def strays(results: Database, campaigns: Collection[str], requests: Collection[int]) -> dict[str, list[Any]]:
    """Return the keys of the campaigns and requests in results.db that private.db does not have."""
    held = {number for (number,) in results.execute("SELECT id FROM request").fetchall()}
    there = {campaign for (campaign,) in results.execute("SELECT id FROM campaign").fetchall()}
    return {
        "campaign": sorted(there - set(campaigns)),
        "request": sorted(held - set(requests)),
    }


# Requests whose rows change with the time up to which replies are known, within one day: those that an agency's
# question holds up, and those that count as delivered once no bounce has come for so long. A second more on either
# side, because julianday rounds.
_MOVING = """
SELECT r.campaign, r.agency FROM request r
WHERE EXISTS (SELECT 1 FROM reply p WHERE p.request = r.id AND p.event IN (SELECT value FROM json_each(?1)))
  OR CASE r.delivered
    WHEN 'unknown' THEN julianday(?2) - julianday(r.accepted_at) >= ?3 - 1.0 / 86400
    WHEN 'yes' THEN julianday(?2) - julianday(r.accepted_at) <= ?3 + 1.0 / 86400
      AND NOT EXISTS (SELECT 1 FROM reply p WHERE p.request = r.id AND p.human = 1)
  END
"""


def moving(results: Database, questions: Collection[str], moment: str, days: int) -> list[Request]:
    """Return the requests whose rows may be others at `moment` though nothing was said; a few more are among them.

    `questions` are the classes of messages that hold a request up; a letter counts as delivered after `days`.
    """
    found = results.execute(_MOVING, [json.dumps(sorted(questions)), moment, days]).fetchall()
    return [(campaign, agency) for campaign, agency in found]


class Spool:
    """Changes as they were found, each kind in a file: in memory, or where they are many on the disk."""

    def __init__(self, gone: IO[bytes], new: IO[bytes]) -> None:
        self._gone, self._new = gone, new

    def add(self, changes: Iterable[RowChange]) -> None:
        for change in changes:
            if change.gone:
                pickle.dump((change.table, change.gone), self._gone)
            if change.new:
                pickle.dump((change.table, change.columns, change.new), self._new)

    def gone(self) -> Iterator[tuple[str, Sequence[tuple[Any]]]]:
        """Yield tables with keys of rows to delete."""
        yield from _loaded(self._gone)

    def new(self) -> Iterator[tuple[str, Sequence[str], Sequence[tuple[Any, ...]]]]:
        """Yield tables with columns and rows to insert."""
        yield from _loaded(self._new)

    def __bool__(self) -> bool:
        return self._gone.tell() + self._new.tell() > 0


def _loaded(file: IO[bytes]) -> Iterator[Any]:
    end = file.seek(0, SEEK_END)
    file.seek(0)
    while file.tell() < end:
        yield pickle.load(file)


@contextmanager
def spool() -> Iterator[Spool]:
    with SpooledTemporaryFile(_IN_MEMORY) as gone, SpooledTemporaryFile(_IN_MEMORY) as new:
        yield Spool(gone, new)


def write(results: Database, found: Spool) -> bool:
    """Make the changes `found` in one transaction; return False, writing nothing, if there are none."""
    if not found:
        return False
    with transaction(results):
        results.execute("PRAGMA defer_foreign_keys=ON")
        for table, keys in found.gone():  # all of them before any row is inserted: a key may pass to another row
            results.conn.executemany(f"DELETE FROM [{table}] WHERE id = ?", keys)
        for table, columns, rows in found.new():
            marks = ", ".join("?" * len(columns))
            results.conn.executemany(f"INSERT INTO [{table}] ({_listed(columns)}) VALUES ({marks})", rows)
    return True


def _columns(db: Database, table: str) -> list[str]:
    held = [row[1] for row in db.execute(f"PRAGMA table_info([{table}])").fetchall()]
    return ["id", *(column for column in held if column != "id")]


def _listed(columns: Sequence[str]) -> str:
    return ", ".join(f"[{column}]" for column in columns)


def need_agencies(known: Collection[str], asked: Iterable[str]) -> None:
    """Raise ProberError if one of the agencies `asked` is not `known` to results.db."""
    missing = sorted({agency for agency in asked if agency not in known})
    if missing:
        raise ProberError(
            f"results.db does not know {len(missing)} agencies that were asked ({', '.join(missing[:3])} …); "
            "import them again with `prober agencies import`, then run the same command. Nothing was changed."
        )


def lock_of(private: Path) -> str:
    """Return the lock that a process holds which writes public rows from the file `private`."""
    return f"{private}.projecting.lock"


@contextmanager
def sole_projector(db: Database) -> Iterator[None]:
    """Hold the one lock of writing public rows from `db`. The system releases it when the process ends.

    What is read inside is never older than what another process has written. Raises ProberError if another process
    holds the lock for ten minutes.
    """
    path = file_of(db)
    lock = FileLock(lock_of(path), timeout=LOCK_SECONDS, poll_interval=POLL_SECONDS)
    try:
        lock.acquire()
    except Timeout as error:
        raise ProberError(
            f"another process has been writing results.db from {path} for {LOCK_SECONDS / 60:.0f} minutes; end it, "
            "then run the same command. Nothing is lost."
        ) from error
    try:
        yield
    finally:
        lock.release()


def marks(db: Database) -> Marks:
    """Return every mark."""
    return {
        (campaign, agency): stamp
        for campaign, agency, stamp in db.execute("SELECT campaign, agency, stamp FROM unprojected").fetchall()
    }


def key(db: Database) -> str:
    """Return for what results.db was last written as a whole; "" if it never was, or that was cut off."""
    row = db.execute("SELECT key FROM projected").fetchone()
    return str(row[0]) if row else ""


def begin_whole(db: Database, wanted: str) -> None:
    """Record that results.db is about to be written as a whole for `wanted`; until that has ended it is for nothing."""
    if key(db) != wanted:
        _set_key(db, "", {})


def written(db: Database, done: Marks, wanted: str) -> None:
    """Remove the marks `done`, those whose request has changed meanwhile not, and record what results.db is for.

    It need not be on the disk at once: a mark that a power cut brings back costs a look, and never a row.
    """
    if done or key(db) != wanted:
        _set_key(db, wanted, done)


def _set_key(db: Database, wanted: str, done: Marks) -> None:
    with transaction(db, durable=False):
        db.conn.executemany(
            "DELETE FROM unprojected WHERE campaign = ? AND agency = ? AND stamp = ?",
            [(*request, stamp) for request, stamp in done.items()],
        )
        db.execute("DELETE FROM projected")
        db.execute("INSERT INTO projected VALUES (?)", [wanted])
