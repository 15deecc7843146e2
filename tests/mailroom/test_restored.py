"""An older copy of private.db whose send journal is lost: what results.db knows to have left is never sent again."""

import shutil
from datetime import timedelta
from pathlib import Path

from mailroom import projection
from prober.store import doubts, journal, open_private, open_results, registry
from prober.workdays import vietnam
from tests.mailroom.test_outbox_peer import AGENCY, START, Orders, SteppedClock, approved, asked, peer, send


def test_results_db_knows_what_left(tmp_path: Path) -> None:
    """Three were asked after the copy was made: one letter is refused, two are accepted, and one of these reminded."""
    private, results = approved(tmp_path / "p.db", number=3, reminder=10), open_results(tmp_path / "r.db")
    registry.sync(results, asked(3), (), "sandbox")
    projection.project(private, results, vietnam())
    assert doubts.published(results) == []
    private.close()  # the last connection: its log is in the file
    shutil.copy(tmp_path / "p.db", tmp_path / "backup.db")

    private, orders = open_private(tmp_path / "p.db"), Orders({f"RCPT {AGENCY}": "550 5.1.1 unknown"})
    with peer(orders) as port:
        send(private, port, SteppedClock())
        private.execute("UPDATE outbox SET state = 'accepted', accepted_at = ? WHERE id = 6", [START.isoformat()])
        private.conn.commit()
        projection.project(private, results, vietnam())
        (out,) = {len(orders.copies)}
        journal.beside(private).unlink()
        private.close()
        shutil.copy(tmp_path / "backup.db", tmp_path / "p.db")

        private = open_private(tmp_path / "p.db")
        left = doubts.published(results)
        assert sorted((one.step, bool(one.at)) for one in left) == [
            ("reminder", True), ("request", True), ("request", True),
        ]  # fmt: skip
        now = START + timedelta(days=5)
        assert doubts.doubt_unpublished(private, [*left, doubts.Left("other", "nobody", "request", "")], now) == 3
        assert doubts.doubt_unpublished(private, left, now) == 0
        states = "SELECT agency, step, attempts, sending_since, reason FROM outbox WHERE state = 'uncertain'"
        known = {(one.agency, one.step): one.at for one in left}
        for agency, step, attempts, since, reason in private.execute(states).fetchall():
            assert (attempts, since) == (1, known.pop((agency, step)))
            assert reason == "handed over, by results.db; this database is an older copy"
        assert known == {}
        send(private, port, SteppedClock())
    assert len(orders.copies) == out == 2  # the refused one was tried again, and refused again
    private.close()
    results.close()
