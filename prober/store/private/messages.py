"""Store incoming mail in private.db: raw bytes, and the folders and UIDs where they were found.

Every function is idempotent and one transaction, so that a killed process, or two at once, leave the same rows.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from difflib import get_close_matches
from typing import Any

from sqlite_utils import Database

from prober.errors import UsageError
from prober.store import transaction

IMPORTED = "import"  # account name of messages imported from files
TRIED = "(state NOT IN ('planned', 'cancelled') OR attempts > 0)"  # condition for letters that may have left
_LOOKED_AT = 5000  # newest messages among which one that is like a wrong name is looked for


@dataclass(frozen=True, slots=True)
class Arrival:
    """One message as the server sent it."""

    uid: int
    internaldate: datetime
    raw: bytes
    sha256: str = field(init=False)  # of `raw`

    def __post_init__(self) -> None:
        object.__setattr__(self, "sha256", hashlib.sha256(self.raw).hexdigest())


@dataclass(slots=True)
class Known:
    """The stored messages of one folder: UID → INTERNALDATE under the present UIDVALIDITY."""

    uidvalidity: int | None
    uids: dict[int, str] = field(default_factory=dict)


def known(db: Database, account: str, folder: str, uidvalidity: int) -> Known:
    """Return the UIDs held under `uidvalidity`, and the UIDVALIDITY seen last (None for a folder never read)."""
    row = db.execute(
        "SELECT uidvalidity FROM mailbox_state WHERE account = ? AND folder = ?", [account, folder]
    ).fetchone()
    uids = db.execute(
        "SELECT uid, internaldate FROM message_location WHERE account = ? AND folder = ? AND uidvalidity = ?",
        [account, folder, uidvalidity],
    ).fetchall()
    return Known(row[0] if row else None, dict(uids))


def last_uid(db: Database, account: str, folder: str, uidvalidity: int) -> int:
    """Return the highest UID held under `uidvalidity`, 0 if there is none."""
    found = db.execute(
        "SELECT MAX(uid) FROM message_location WHERE account = ? AND folder = ? AND uidvalidity = ?",
        [account, folder, uidvalidity],
    ).fetchone()[0]
    return int(found or 0)


def keep(db: Database, account: str, folder: str, uidvalidity: int, arrivals: Iterable[Arrival], now: datetime) -> int:
    """Commit raw messages and where they were seen, before they are parsed; return the number of new ones.

    The same bytes are one message with several places; it was received at the earliest of their INTERNALDATEs. A UID
    that the server gave to another message (which RFC 3501 forbids, and some do) points to the newer one; both stay.
    Times are stored in the time zone of `now`, that of the study.
    """
    stored = now.isoformat()
    arrivals = [replace(arrival, internaldate=arrival.internaldate.astimezone(now.tzinfo)) for arrival in arrivals]
    with transaction(db):
        fresh, known_already = _parted(db, arrivals)
        db.conn.executemany(
            "INSERT INTO message (sha256, bytes, received_at, stored_at) VALUES (?, ?, ?, ?)",
            [(a.sha256, len(a.raw), a.internaldate.isoformat(), stored) for a in fresh],
        )
        db.conn.executemany("INSERT INTO message_raw (message, raw) VALUES (?, ?)", [(a.sha256, a.raw) for a in fresh])
        _place(db, account, folder, uidvalidity, fresh, stored)
        for arrival in known_already:
            _clock(db, account, arrival.sha256, arrival.internaldate.isoformat())
            _place(db, account, folder, uidvalidity, [arrival], stored)
    return len(fresh)


def _parted(db: Database, arrivals: Sequence[Arrival]) -> tuple[list[Arrival], list[Arrival]]:
    """Return the arrivals whose bytes are not stored, each once, and the others."""
    sql = "SELECT sha256 FROM message WHERE sha256 IN (SELECT value FROM json_each(?))"
    held = {sha for (sha,) in db.execute(sql, [json.dumps([arrival.sha256 for arrival in arrivals])])}
    fresh: list[Arrival] = []
    others: list[Arrival] = []
    for arrival in arrivals:
        (others if arrival.sha256 in held else fresh).append(arrival)
        held.add(arrival.sha256)
    return fresh, others


def _place(db: Database, account: str, folder: str, uidvalidity: int, arrivals: Iterable[Arrival], stored: str) -> None:
    db.conn.executemany(
        "INSERT INTO message_location VALUES (?, ?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (account, folder, uidvalidity, uid) DO UPDATE SET message = excluded.message, "
        "internaldate = excluded.internaldate WHERE internaldate != excluded.internaldate",
        [(account, folder, uidvalidity, a.uid, a.sha256, a.internaldate.isoformat(), stored) for a in arrivals],
    )


def _clock(db: Database, account: str, sha256: str, received: str) -> None:
    """Correct the time of receipt of a stored message: the earliest INTERNALDATE, a server's before an import's.

    The message is then analysed again, because the time between letter and reply is one of the signals of a match.
    """
    places = {a for (a,) in db.execute("SELECT account FROM message_location WHERE message = ?", [sha256]).fetchall()}
    if account == IMPORTED and places - {IMPORTED}:
        return
    by_import = account != IMPORTED and places == {IMPORTED}
    wrong = "received_at != ?2" if by_import else "julianday(received_at) > julianday(?2)"
    db.execute(
        f"UPDATE message SET received_at = ?2, status = 'stored' WHERE sha256 = ?1 AND {wrong}", [sha256, received]
    )


def note_folder(
    db: Database, account: str, folder: str, uidvalidity: int, uids: Iterable[int], now: datetime, note: str,
    announced: int = 0, authserv_id: str = "",
) -> tuple[int, int]:  # fmt: skip
    """Record a full comparison: (messages the server has, of these held). An empty note keeps the last one.

    Headers of the server with the name `authserv_id` are believed in the messages of this folder (`authserv_ids`).
    The server has as many as it listed, or as it `announced` where that is more: its list may have come damaged.
    """
    server = set(uids)
    held = set(known(db, account, folder, uidvalidity).uids)
    counts = max(len(server), announced), len(server & held)
    with transaction(db):
        db.execute(
            "INSERT INTO mailbox_state (account, folder, uidvalidity, server_count, held_count, synced_at, note, "
            "authserv_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (account, folder) DO UPDATE SET "
            "uidvalidity = excluded.uidvalidity, server_count = excluded.server_count, held_count = "
            "excluded.held_count, synced_at = excluded.synced_at, authserv_id = excluded.authserv_id, "
            "note = CASE WHEN excluded.note = '' THEN note ELSE excluded.note END",
            [account, folder, uidvalidity, *counts, now.isoformat(), note, authserv_id],
        )
    return counts


def forget_folders(db: Database, account: str, kept: Iterable[str]) -> list[str]:
    """Drop the comparisons of folders of `account` that are no longer read; return their names.

    Otherwise the mailbox would never again count as read in full. Messages and where they were seen stay.
    """
    known = {folder for (folder,) in db.execute("SELECT folder FROM mailbox_state WHERE account = ?", [account])}
    gone = sorted(known - set(kept))
    if gone:
        with transaction(db):
            db.conn.executemany(
                "DELETE FROM mailbox_state WHERE account = ? AND folder = ?", [(account, folder) for folder in gone]
            )
    return gone


TWICE_ALONE = 3  # value of `cut_off` at which a message is read no more


def pending(db: Database, everything: bool = False) -> list[str]:
    """Return the hashes of messages not yet analysed (of all of them with `everything`), the longest message first.

    Messages at which the reader was killed twice are left out, once that is recorded. Those whose match was chosen by
    rule before its proof was asked for are among them.
    """
    unjudged = "SELECT message FROM match_candidate WHERE chosen = 1 AND proof = '' AND chosen_by = 'rule'"
    fresh = f"status = 'stored' OR sha256 IN ({unjudged})"
    where = f"WHERE cut_off < {TWICE_ALONE} OR status = 'stored'" if everything else f"WHERE {fresh}"
    return [sha for (sha,) in db.execute(f"SELECT sha256 FROM message {where} ORDER BY bytes DESC, sha256").fetchall()]


def authserv_ids(db: Database, sha256: str) -> frozenset[str]:
    """Return the names under which the servers that hold a message write Authentication-Results."""
    sql = (
        "SELECT DISTINCT s.authserv_id FROM message_location l JOIN mailbox_state s ON s.account = l.account "
        "WHERE l.message = ? AND s.authserv_id != ''"
    )
    return frozenset(name for (name,) in db.execute(sql, [sha256]).fetchall())


def threads(db: Database) -> dict[str, list[tuple[str, str]]]:
    """Return the Message-ID of every message that belongs to a request → (campaign, agency) of its requests."""
    found: dict[str, list[tuple[str, str]]] = {}
    sql = (
        "SELECT m.message_id, c.campaign, c.agency FROM match_candidate c JOIN message m ON m.sha256 = c.message "
        "WHERE c.chosen = 1 AND m.status IN ('matched', 'own') AND m.message_id != ''"
    )
    for message_id, campaign, agency in db.execute(sql).fetchall():
        found.setdefault(message_id, []).append((campaign, agency))
    return found


def mail_servers(db: Database) -> list[str]:
    """Return the hosts of our mailboxes, and the names under which they write what they checked."""
    rows = db.execute("SELECT DISTINCT account, authserv_id FROM mailbox_state").fetchall()
    return [name for account, known in rows for name in (account.rpartition("@")[2], known) if name]


def raw(db: Database, sha256: str) -> tuple[bytes, datetime]:
    """Return the bytes of a message, and when it was received."""
    sql = "SELECT raw, received_at FROM message JOIN message_raw ON message = sha256 WHERE sha256 = ?"
    data, received = db.execute(sql, [sha256]).fetchone()
    return data, datetime.fromisoformat(received)


def cut_off(db: Database, hashes: Sequence[str]) -> dict[str, int]:
    """Return the messages whose reading was begun and not ended, with the value of `cut_off`."""
    sql = "SELECT sha256, cut_off FROM message WHERE sha256 IN (SELECT value FROM json_each(?)) AND cut_off > 0"
    return dict(db.execute(sql, [json.dumps(hashes)]).fetchall())


def begin(db: Database, beginnings: Mapping[str, int]) -> None:
    """Record, before messages are read, what `cut_off` will be if the reader or this program is killed meanwhile.

    It does not wait for the disk: a power cut is no message's fault.
    """
    with transaction(db, durable=False):
        db.conn.executemany(
            "UPDATE message SET cut_off = ? WHERE sha256 = ?", [(n, sha256) for sha256, n in beginnings.items()]
        )


def read_again(db: Database, parser: str) -> None:
    """Let messages at which the reader was killed be read once more, if another version of the parser did that."""
    with transaction(db):
        db.execute("UPDATE message SET cut_off = 1 WHERE cut_off > 0 AND parser NOT IN ('', ?)", [parser])


def letters(db: Database) -> list[dict[str, Any]]:
    """Return every letter that may have left, for matching."""
    return list(
        db.query(
            "SELECT campaign, agency, step, token, message_id, mail_from, rcpt, subject, raw, accepted_at "
            f"FROM outbox WHERE {TRIED} ORDER BY id"
        )
    )


def progress(db: Database) -> list[tuple[Any, ...]]:
    """Return values that change exactly when `letters` changes: the letters that may have left, and their number.

    A letter is frozen, so nothing else of it changes.
    """
    return list(
        db.execute(
            f"SELECT id, accepted_at FROM outbox WHERE {TRIED} "
            "UNION ALL SELECT COUNT(*), 'planned' FROM outbox ORDER BY 1, 2"
        ).fetchall()
    )


def own_ids(db: Database) -> frozenset[str]:
    """Return the Message-ID of every letter, also of those that seem unsent: a restored backup may be wrong."""
    return frozenset(message_id for (message_id,) in db.execute("SELECT message_id FROM outbox").fetchall())


def named(db: Database, name: str) -> str:
    """Return the hash of the message that `name` means: the first letters of its hash, or its Message-ID.

    Raises UsageError for none or several, with those that come near.
    """
    if "@" in name:
        found = (
            "SELECT sha256 FROM message WHERE message_id = ? ORDER BY received_at LIMIT 4",
            [f"<{name.strip('<> ')}>"],
        )
    elif len(name) < 4 or not all(c in "0123456789abcdef" for c in name.lower()):
        raise UsageError(f"{name!r} is neither a Message-ID nor the beginning of a message hash{_near(db, name)}")
    else:
        name = name.lower()
        found = "SELECT sha256 FROM message WHERE sha256 >= ? AND sha256 < ? LIMIT 4", [name, name + "g"]
    hashes = [sha256 for (sha256,) in db.execute(*found).fetchall()]
    if not hashes:
        raise UsageError(_entered(db, name) or f"no message is {name}{_near(db, name)}")
    if len(hashes) > 1:
        raise UsageError(
            f"several messages are {name}: {', '.join(sha256[:16] for sha256 in hashes)}; name one of them"
        )
    return str(hashes[0])


def _entered(db: Database, name: str) -> str:
    """Return what was entered by hand under a hash that begins so; "" if nothing was."""
    sql = "SELECT [by], agency, at, event, text FROM hand_entry WHERE sha256 >= ? AND sha256 < ? LIMIT 1"
    row = db.execute(sql, [name, name + "g"]).fetchone()
    return f"{name} is no message: {row[0]} entered it for {row[1]}, {row[2][:16]}, {row[3]}: {row[4]}" if row else ""


def _near(db: Database, name: str) -> str:
    """Return the end of an error: the messages whose hash or Message-ID is most like `name`, or where to find them."""
    key = "message_id" if "@" in name else f"substr(sha256, 1, {max(len(name), 12)})"
    held = [key for (key,) in db.execute(f"SELECT {key} FROM message ORDER BY received_at DESC LIMIT {_LOOKED_AT}")]
    near = ["".join(filter(str.isprintable, key)) for key in get_close_matches(name[:200], held, cutoff=0.5)]
    return f"; near it: {', '.join(near)}" if near else "; `prober review` and `prober mailbox unmatched` show hashes"


def unmatched(db: Database, aside: bool = False) -> Iterator[dict[str, Any]]:
    """Yield every message that belongs to no request, poison and spam included, newest first, with its best candidates.

    Messages that a person set aside are left out, unless `aside`.
    """
    for row in db.query(
        "SELECT sha256, received_at, from_address, subject, event, rule, status, error FROM message "
        "WHERE status IN ('unmatched', 'poison', 'stored', ?) ORDER BY received_at DESC, sha256",
        ["aside" if aside else ""],
    ):
        sha256 = row.pop("sha256")
        yield {"message": sha256[:12], **row, "candidates": candidates(db, sha256, 3)}


def candidates(db: Database, sha256: str, number: int) -> list[dict[str, Any]]:
    """Return the best requests that a message may belong to and does not, strongest first.

    Requests that only a person named, and took back, are left out: no signal speaks for them.
    """
    sql = (
        "SELECT campaign, agency, score, reasons, proof FROM match_candidate "
        "WHERE message = ? AND chosen = 0 AND score > 0 ORDER BY score DESC, campaign, agency LIMIT ?"
    )
    return list(db.query(sql, [sha256, number]))


def folders(db: Database) -> list[dict[str, Any]]:
    """Return the rows of `prober mailbox status`: per folder what the server has and what we hold."""
    return list(
        db.query(
            "SELECT account, folder, server_count AS mailbox_has, held_count AS we_hold, synced_at, note "
            "FROM mailbox_state ORDER BY account, folder"
        )
    )


def counts(db: Database) -> dict[str, int]:
    """Return status → number of messages."""
    return dict(db.execute("SELECT status, COUNT(*) FROM message GROUP BY status ORDER BY status").fetchall())
