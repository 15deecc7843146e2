"""Store the analysis of incoming messages, and the texts recognised in their scanned files, in private.db.

A person's decision about a message has precedence.
"""

import json
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from prober.documents.ocr import Recognised
from prober.domain.correspondence import AUTOMATIC, Event, MessageDetail, Signature, Understood, fails_for_good
from prober.domain.reason import Reason, to_json
from prober.store import transaction
from prober.store.private.messages import TWICE_ALONE
from prober.store.private.outbox import move

# A message of one of these classes makes later steps needless: they are not sent any more.
ENDS_REMINDERS = frozenset(set(Event) - AUTOMATIC - {Event.EMPTY}) | {Event.ABUSE}


def record(db: Database, messages: Iterable[Understood], now: datetime) -> None:
    """Store the analysis of messages and cancel planned reminders of their requests, in one transaction.

    An analysis made with another time of receipt than the one now known is left out, and the message stays pending.
    Nothing here changes an address or plans a letter. A person's decisions outlive every new analysis. It does not wait
    for the disk (`prober.store.flush`): what a power cut takes is read again.
    """
    with transaction(db, durable=False):
        current = _current(db, list(messages))
        seen = _seen(db, current)
        for sha256 in seen:
            _forget(db, current[sha256])
        _store(db, current.values())
        for found in current.values():
            if found.sha256 in seen:
                settle(db, found.sha256, now)
            else:
                _end_reminders(db, found.sha256, found.event, found.rule, _chosen(found), now)
        _read_answers_again(db, list(current))


def _current(db: Database, given: Sequence[Understood]) -> dict[str, Understood]:
    """Return those of `given` that were analysed with the time of receipt now known, each message once."""
    sql = f"SELECT sha256, received_at FROM message WHERE sha256 IN ({_marks(given)})"
    received = dict(db.execute(sql, [found.sha256 for found in given]).fetchall())
    return {found.sha256: found for found in given if received.get(found.sha256) == found.received_at}


def _seen(db: Database, given: Collection[str]) -> set[str]:
    """Return the messages that have an analysis or a person's decision: they have rows to be replaced or kept."""
    tables = ("message_part", "match_candidate", "match_decision")
    sql = " UNION ".join(f"SELECT message FROM {table} WHERE message IN ({_marks(given)})" for table in tables)
    return {message for (message,) in db.execute(sql, list(given) * len(tables)).fetchall()}


def _marks(values: Collection[object]) -> str:
    return ", ".join("?" * len(values))


def _forget(db: Database, found: Understood) -> None:
    """Remove the parts of a message, and the candidates that it no longer has; the others keep their numbers."""
    db.execute("DELETE FROM message_part WHERE message = ?", [found.sha256])
    db.execute("DELETE FROM message_reference WHERE message = ?", [found.sha256])
    pairs = {(campaign, agency) for campaign, agency, *_ in found.candidates}
    held = db.execute("SELECT campaign, agency FROM match_candidate WHERE message = ?", [found.sha256]).fetchall()
    db.conn.executemany(
        "DELETE FROM match_candidate WHERE message = ? AND campaign = ? AND agency = ?",
        [(found.sha256, *pair) for pair in held if pair not in pairs],
    )


def _store(db: Database, messages: Collection[Understood]) -> None:
    db.conn.executemany(
        "UPDATE message SET message_id = ?, subject = ?, from_address = ?, event = ?, rule = ?, words = ?, "
        "detail = ?, parser = ?, error = ?, event_without_scans = ?, status = ?, dkim = CASE WHEN ? THEN "
        "replace(dkim, 'none', '') ELSE 'none' END, "
        f"cut_off = CASE WHEN ? = 'poison' AND cut_off >= {TWICE_ALONE} THEN cut_off ELSE 0 END WHERE sha256 = ?",
        [
            (
                found.message_id, found.subject, found.from_address, found.event, found.rule, found.words,
                found.detail.to_json(), found.parser, found.error, found.event_without_scans, status, found.signed,
                status, found.sha256,
            )
            for found in messages
            for status in (_status(found.event, found.error, bool(_chosen(found))),)
        ],
    )  # fmt: skip
    db.conn.executemany(
        "INSERT INTO message_part (message, position, name, original_name, media_type, bytes, sha256, text, scanned, "
        "confidence) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                found.sha256, position, a.name, a.original_name, a.media_type, a.size, a.sha256, a.text,
                int(a.scanned), a.confidence,
            )
            for found in messages
            for position, a in enumerate(found.attachments, 1)
        ],
    )  # fmt: skip
    db.conn.executemany(
        "INSERT INTO match_candidate (message, campaign, agency, score, reasons, chosen, chosen_by, proof) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (message, campaign, agency) DO UPDATE SET score = "
        "excluded.score, reasons = excluded.reasons, chosen = excluded.chosen, "
        "chosen_by = excluded.chosen_by, chosen_at = NULL, proof = excluded.proof",
        [
            (found.sha256, campaign, agency, score, to_json(reasons), int(chosen), "rule" if chosen else "", proof)
            for found in messages
            for campaign, agency, score, reasons, chosen, proof in found.candidates
        ],
    )
    db.conn.executemany(
        "INSERT OR IGNORE INTO message_reference VALUES (?, ?)",
        [(found.sha256, message_id) for found in messages for message_id in found.detail.references],
    )


def _chosen(found: Understood) -> list[tuple[str, str]]:
    return [(campaign, agency) for campaign, agency, _, _, chosen, _ in found.candidates if chosen]


def _status(event: str, error: str, matched: bool) -> str:
    return "poison" if error else "own" if event == Event.OWN_COPY else "matched" if matched else "unmatched"


def settle(db: Database, sha256: str, now: datetime) -> None:
    """Apply people's decisions on top of the rules' choice, set the status, and cancel reminders now needless."""
    last = ""
    for campaign, agency, last, by, at in db.execute(
        "SELECT campaign, agency, action, [by], at FROM match_decision WHERE message = ? ORDER BY id", [sha256]
    ).fetchall():
        if last not in ("assign", "remove"):
            continue
        db.execute(
            "INSERT INTO match_candidate (message, campaign, agency, score, reasons, chosen, chosen_by, chosen_at) "
            "VALUES (?, ?, ?, 0, ?, ?, ?, ?) ON CONFLICT (message, campaign, agency) DO UPDATE SET "
            "chosen = excluded.chosen, chosen_by = excluded.chosen_by, chosen_at = excluded.chosen_at",
            [sha256, campaign, agency, to_json([Reason("person")]), int(last == "assign"), by, at],
        )
    _keep_coded(db, sha256)
    event, error, rule = db.execute("SELECT event, error, rule FROM message WHERE sha256 = ?", [sha256]).fetchone()
    requests = db.execute(
        "SELECT campaign, agency FROM match_candidate WHERE message = ? AND chosen = 1", [sha256]
    ).fetchall()
    status = "aside" if last == "aside" and not requests else _status(event, error, bool(requests))
    db.execute("UPDATE message SET status = ? WHERE sha256 = ?", [status, sha256])
    _read_answers_again(db, [sha256])
    _end_reminders(db, sha256, event, rule, requests, now)


def _keep_coded(db: Database, sha256: str) -> None:
    """Assign a message that rules leave out to the requests as whose answer a person has coded it."""
    chosen = "SELECT 1 FROM match_candidate WHERE message = ?1 AND chosen = 1"
    db.execute(
        "UPDATE match_candidate SET chosen = 1, chosen_by = k.coder, chosen_at = k.coded_at FROM coding k "
        "WHERE match_candidate.message = ?1 AND k.message = ?1 AND k.campaign = match_candidate.campaign "
        f"AND k.agency = match_candidate.agency AND k.role != 'second' AND NOT EXISTS ({chosen})",
        [sha256],
    )


def _read_answers_again(db: Database, parents: Sequence[str]) -> None:
    """Mark messages that belong to nothing for a new analysis if they answer one of `parents` that does."""
    db.execute(
        "UPDATE message SET status = 'stored' WHERE sha256 IN (SELECT r.message FROM json_each(?) p "
        "CROSS JOIN message m ON m.sha256 = p.value CROSS JOIN match_candidate c ON c.message = m.sha256 "
        "CROSS JOIN message_reference r ON r.message_id = m.message_id WHERE c.chosen = 1 AND m.message_id != '') "
        "AND status IN ('unmatched', 'own') "
        "AND NOT EXISTS (SELECT 1 FROM match_candidate h WHERE h.message = message.sha256 AND h.chosen = 1)",
        [json.dumps(parents)],
    )


def _end_reminders(
    db: Database, sha256: str, event: str, rule: str, requests: Sequence[tuple[str, str]], now: datetime
) -> None:
    if event == Event.OBJECTION:  # by rule alone it holds letters back, and a person decides
        return
    if event in ENDS_REMINDERS or fails_for_good(Event(event), rule):
        for campaign, agency in requests:
            why = Reason("message_came", message=sha256[:12], event=event)
            cancel_later_steps(db, campaign, agency, event, why, now)


def cancel_later_steps(db: Database, campaign: str, agency: str, event: str, reason: Reason, now: datetime) -> None:
    """Cancel what a message of class `event` makes needless, if it has not left: the reminder of its request, and the
    follow-up unless it follows such messages. Inside the caller's transaction.
    """
    for (row,) in db.execute(
        "SELECT id FROM outbox o WHERE campaign = ? AND agency = ? AND (step = 'reminder' OR step = 'follow-up' "
        "AND NOT EXISTS (SELECT 1 FROM json_each(o.follows) WHERE value = ?))",
        [campaign, agency, event],
    ).fetchall():
        move(db, row, ("planned", "deferred"), "cancelled", reason, now)


def scans_waiting(db: Database) -> list[tuple[str, str, str]]:
    """Return (message hash, file hash, media type) of every scanned file whose message was analysed without its text.

    A file that only LibreOffice can read waits as a scan does.
    """
    sql = (
        "SELECT message, sha256, media_type FROM message_part WHERE scanned = 1 AND confidence IS NULL "
        "ORDER BY message, position"
    )
    return list(db.execute(sql).fetchall())


def has_scan(db: Database, sha256: str) -> bool:
    """Return True if the file was read, or tried, before: the same letter comes more than once."""
    return bool(db.execute("SELECT 1 FROM recognised WHERE sha256 = ?", [sha256]).fetchone())


def save_scan(db: Database, sha256: str, found: Recognised, now: datetime) -> None:
    """Store the text recognised in a file; an earlier text stays, so that two readers cannot differ."""
    with transaction(db):
        db.execute(
            "INSERT INTO recognised (sha256, text, confidence, pages, of_pages, fault, read_at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (sha256) DO NOTHING",
            [sha256, found.text, found.confidence, found.pages, found.of_pages, found.fault, now.isoformat()],
        )


def understand_again(db: Database, messages: Sequence[str]) -> None:
    """Mark messages for a new analysis, because their scans have been read."""
    with transaction(db):
        db.conn.executemany("UPDATE message SET status = 'stored' WHERE sha256 = ?", [[sha] for sha in messages])


def understand_in_other_words(db: Database, version: str) -> None:
    """Mark messages for a new analysis that were read with other words of the study than those of `version`.

    After a + it names them; what stands before it does not count here.
    """
    own = version.partition("+")[2]
    held = [name for (name,) in db.execute("SELECT DISTINCT parser FROM message WHERE parser != ''").fetchall()]
    if others := [name for name in held if name.partition("+")[2] != own]:
        with transaction(db):
            stored = "UPDATE message SET status = 'stored' WHERE parser IN (SELECT value FROM json_each(?))"
            db.execute(stored, [json.dumps(others)])


def forget_faults(db: Database) -> None:
    """Allow another try at files in which nothing was read: another version of the program, or more time, may help."""
    with transaction(db):
        failed = "(SELECT sha256 FROM recognised WHERE fault != '')"
        db.execute(f"UPDATE message_part SET confidence = NULL WHERE scanned = 1 AND sha256 IN {failed}")
        db.execute("DELETE FROM recognised WHERE fault != ''")


def scans_of(db: Database, messages: Sequence[str]) -> dict[str, dict[str, Recognised]]:
    """Return hash of a message → hash of a scanned file of it → recognised text. Messages without any are left out."""
    out: dict[str, dict[str, Recognised]] = {}
    marks = ", ".join("?" * len(messages))
    sql = (
        "SELECT p.message, r.sha256, r.text, r.confidence, r.pages, r.of_pages, r.fault "
        f"FROM message_part p JOIN recognised r ON r.sha256 = p.sha256 WHERE p.message IN ({marks}) AND p.scanned = 1"
    )
    for message, sha256, *read in db.execute(sql, list(messages)).fetchall():
        out.setdefault(message, {})[sha256] = Recognised(*read)
    return out


def unverified(db: Database, since: datetime) -> list[str]:
    """Return the messages whose signatures nobody has verified, the newest first; letters of our own are left out.

    A message whose key nobody answered for is among them if it was stored after `since`.
    """
    sql = (
        "SELECT sha256 FROM message WHERE status != 'own' AND (dkim = '' OR dkim = 'temperror' AND "
        "julianday(stored_at) > julianday(?)) ORDER BY received_at DESC, sha256"
    )
    return [sha256 for (sha256,) in db.execute(sql, [since.isoformat()]).fetchall()]


def kept_keys(db: Database, sha256: str) -> list[tuple[str, str, str]]:
    """Return (domain, selector, record) of each key that was kept with a message."""
    sql = "SELECT domain, selector, key FROM message_signature WHERE message = ? AND key != '' ORDER BY position"
    return list(db.execute(sql, [sha256]).fetchall())


def save_signatures(db: Database, sha256: str, result: str, found: Sequence[Signature], now: datetime) -> None:
    """Store what came of the signatures of a message, in place of an earlier result."""
    with transaction(db):
        db.execute("UPDATE message SET dkim = ? WHERE sha256 = ?", [result, sha256])
        db.execute("DELETE FROM message_signature WHERE message = ?", [sha256])
        db.conn.executemany(
            "INSERT INTO message_signature (message, position, domain, selector, algorithm, result, reason, key, "
            "checked_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    sha256, position, one.domain, one.selector, one.algorithm, one.result,
                    to_json([Reason(one.reason)] if one.reason else []), one.key, now.isoformat(),
                )
                for position, one in enumerate(found, 1)
            ],
        )  # fmt: skip


_DETAILS = """
SELECT c.agency, m.received_at AS at, m.sha256, m.detail
FROM message m JOIN match_candidate c ON c.message = m.sha256 AND c.chosen = 1
ORDER BY m.received_at DESC, m.sha256
"""


def announced(private: Database) -> list[dict[str, Any]]:
    """Return the new addresses that agencies announced: agency, address, and time and message of the last announcement.

    The newest come first. An address that was written to is left out. A person may enter one in the registry; nothing
    else uses them.
    """
    written_to = set(private.execute("SELECT agency, lower(rcpt) FROM outbox").fetchall())
    newest: dict[tuple[str, str], dict[str, Any]] = {}
    for agency, at, sha256, detail in private.execute(_DETAILS).fetchall():
        for address in MessageDetail.from_json(detail).new_addresses:
            row = {"agency": agency, "address": address, "at": at, "message": sha256[:12]}
            if (agency, address) not in written_to:
                newest.setdefault((agency, address), row)
    by_name = sorted(newest.values(), key=lambda row: (row["agency"], row["address"]))
    return sorted(by_name, key=lambda row: row["at"], reverse=True)
