"""An approval holds for what was approved, and for a campaign that may send."""

from pathlib import Path

import pytest

from prober.domain.world import World
from prober.errors import NotApproved
from prober.store import open_private
from tests.mailroom.sending.test_send_due import Orders, SteppedClock, approved, peer, send


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE outbox SET rcpt = 'someone@else.test'",
        "UPDATE outbox SET raw = CAST(raw || 'A' AS BLOB)",
        "UPDATE outbox SET mail_from = 'x@prober.test'",
        "UPDATE campaign_file SET protocol = protocol || ' '",
        "UPDATE campaign_file SET protocol_sha256 = ''",
        "UPDATE outbox SET step = 'reminder'",
        # Somebody outside the registry is put among the recipients.
        "INSERT INTO outbox (campaign, agency, step, position, state, token, message_id, mail_from, rcpt, subject, "
        "  raw, sha256, not_before, planned_at, updated_at) "
        "SELECT campaign, 'nobody', step, 9, state, 'x', '<x@prober.test>', mail_from, 'x@elsewhere.test', subject, "
        "  raw, sha256, not_before, planned_at, updated_at FROM outbox",
    ],
)
def test_any_change_voids_the_approval(change: str, tmp_path: Path) -> None:
    db = approved(tmp_path / "p.db")
    db.execute(change)
    db.conn.commit()
    orders = Orders()
    with peer(orders) as port, pytest.raises(NotApproved, match="nothing is sent"):
        send(db, port, SteppedClock())
    assert orders.copies == []
    db.close()


@pytest.mark.parametrize("status", ["draft", "paused", "closed"])
def test_only_an_approved_campaign_sends(status: str, tmp_path: Path) -> None:
    db, orders = approved(tmp_path / "p.db"), Orders()
    db.execute("UPDATE campaign_file SET status = ?", [status])
    db.conn.commit()
    with peer(orders) as port, pytest.raises(NotApproved, match=status):
        send(db, port, SteppedClock())
    assert orders.copies == []
    db.close()


@pytest.mark.parametrize("domain", ["camau.gov.vn", "example.com", "agency.gov.test.example.com"])
def test_a_rehearsal_approves_no_letter_to_a_real_address(domain: str, tmp_path: Path) -> None:
    with pytest.raises(NotApproved, match=f"nothing was approved: .*under .test.*@{domain}") as caught:
        approved(tmp_path / "p.db", number=2, world=World.REHEARSAL, domain=domain)
    assert caught.value.exit_code == 2
    db = open_private(tmp_path / "p.db")
    assert db.execute("SELECT status, (SELECT COUNT(*) FROM outbox) FROM campaign_file").fetchall() == [("draft", 0)]
    db.close()


def test_a_rehearsal_writes_to_domains_under_test(tmp_path: Path) -> None:
    db, orders = approved(tmp_path / "p.db", world=World.REHEARSAL), Orders()
    with peer(orders) as port:
        assert send(db, port, SteppedClock()).totals == {"accepted": 1}
    assert len(orders.copies) == 1
    db.close()
