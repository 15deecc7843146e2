"""SQLITE_BUSY for longer than the sender waits, from each labelled point of the path on: what leaves, and is known."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from mailroom.sending.send_due import SendingRun, send_due
from prober.config.load import Smtp
from prober.store import open_private, transaction
from prober.store.private import outbox
from tests.pobi import POBI
from tests.proof.test_send_kills import IN_DOUBT, LABELS, SENDER, UNTIL, Recorder, Stepped, prepared, recorder, states

__all__ = ["recorder"]  # a fixture

LETTERS, MILLISECONDS = 6, 100
Peer = tuple[Recorder, int]
HEAD = ("held from", "in doubt at once", "of these the peer has", "second copies", "letters lost")


def held_from(label: str, nth: int, folder: Path, peer: Recorder, port: int) -> tuple[Any, ...]:
    """Another process takes the database when letter number `nth` reaches `label`, and keeps it until the pass gave up.

    A row of the table. Fails unless every letter has one copy, or is in doubt and the peer has none.
    """
    path = folder / "p.db"
    smtp = Smtp(host="127.0.0.1", port=port, tls="none", seconds_between=0)
    prepared(path, LETTERS)
    keys = set(states(path))
    left = [nth]
    with closing(open_private(path)) as db, closing(sqlite3.connect(path, isolation_level=None)) as other:
        db.execute(f"PRAGMA busy_timeout={MILLISECONDS}")

        def at(reached: str) -> None:
            left[0] -= reached == label
            if left[0] == 0 and not other.in_transaction:
                other.execute("BEGIN IMMEDIATE")

        with pytest.raises(sqlite3.OperationalError, match="database is locked"):
            send_due(SendingRun(db, "w", smtp, SENDER, Stepped(), POBI, UNTIL, at=at))
        other.execute("COMMIT")
        in_flight = [key for key, state in states(path).items() if state == "sending"]
        copies = peer.copies()
        assert len(in_flight) == (label in IN_DOUBT)
        assert sum(copies.values()) == nth - 1 + sum(copies[key] for key in in_flight) + (label == "finished")

        summary = send_due(SendingRun(db, "w", smtp, SENDER, Stepped(), POBI, UNTIL))
        after = peer.copies()
        assert set(states(path)) == keys and max(after.values()) == 1
        doubtful = {row["message_id"] for row in outbox.rows(db, "w") if row["state"] == "uncertain"}
        assert doubtful == set(in_flight) and bool(summary.failures) == bool(doubtful)
        assert set(after) | doubtful == keys
        with transaction(db):
            db.conn.executemany(
                "INSERT INTO message (sha256, bytes, received_at, stored_at, message_id, status, event) "
                "VALUES (?, 1, '2020-04-13T08:31:20+07:00', '2020-04-13T09:00:00+07:00', ?, 'own', 'OW')",
                [(key, key) for key in doubtful if after[key]],
            )
        send_due(SendingRun(db, "w", smtp, SENDER, Stepped(), POBI, UNTIL))
        assert peer.copies() == after
        assert {key for key, state in states(path).items() if state == "accepted"} == set(after)
    return (label, len(in_flight), sum(copies[key] for key in in_flight), 0, len(keys - set(states(path))))


@pytest.mark.proof
def test_a_database_that_stays_busy_at_every_point(recorder: Peer, tmp_path: Path, show: Any) -> None:
    rows = []
    for label in LABELS:
        for nth in range(1, LETTERS):  # after the last one nothing is left to write
            folder = tmp_path / f"{label}-{nth}"
            folder.mkdir()
            recorder[0].clear()
            rows.append(held_from(label, nth, folder, *recorder))
    sums = [
        (label, *(sum(row[column] for row in rows if row[0] == label) for column in range(1, len(HEAD))))
        for label in LABELS
    ]
    show(f"the database stays busy from one of {LETTERS - 1} letters on", HEAD, sums)


@pytest.mark.parametrize("label", ["connected", "dot"])
def test_a_database_that_stays_busy(label: str, recorder: Peer, tmp_path: Path) -> None:
    assert held_from(label, 3, tmp_path, *recorder) == (label, label == "dot", label == "dot", 0, 0)
