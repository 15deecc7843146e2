"""Follow-ups through a real SMTP server: once, only where the protocol asks for one, never as an answer by machine."""

from datetime import datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from mailroom.outcomes import projection
from mailroom.sending.approval import freeze, sha256, verify
from prober.domain.correspondence import Event
from prober.errors import NotApproved
from prober.store import Database, open_private, open_results, transaction
from prober.store.private import campaigns, outbox
from prober.store.private.codings import Decision, HandEntry, Subject, enter, save
from prober.store.results import registry
from tests.mailroom.sending.test_send_due import SENDER, Orders, SteppedClock, asked, peer, send
from tests.pobi import HANOI, POBI, agencies
from tests.prober.campaign.example import SECRET

START = datetime(2020, 4, 13, 8, 0, tzinfo=HANOI)
OWN = """
[letter]
subject = "Đề nghị cung cấp thông tin"
request = "Kính gửi: {{ agency.name_vi }}. Xin cung cấp tài liệu."
follow_up = "Kính gửi: {{ agency.name_vi }}. Cảm ơn Quý cơ quan; xin gửi phần còn lại."
"""
ASKED = 'follow_up_working_days = 5\nfollow_up_after = ["silence", "A2"]\n'


def approved(path: Path, keys: str = ASKED) -> Database:
    """Four requests, the protocol asking for no reminder and, by `keys`, for follow-ups."""
    text = POBI.protocol.replace("reminder_working_days = 10", "reminder_working_days = 0")
    text = text.replace("seed = 2019\n", f"seed = 2019\n{keys}") + OWN
    db = open_private(path)
    campaigns.save_draft(db, "w", "sandbox", text, sha256(text), START, SECRET)
    freeze(db, "w", asked(4), SENDER, POBI, "nv", START)
    return db


def read(db: Database, at: datetime) -> None:
    """The mailbox was compared in full at `at`."""
    with transaction(db):
        db.execute(
            "INSERT OR REPLACE INTO mailbox_state (account, folder, uidvalidity, server_count, held_count, synced_at) "
            "VALUES ('me', 'INBOX', 1, 0, 0, ?)",
            [at.isoformat()],
        )


def states(db: Database, step: str = "follow-up") -> dict[str, tuple[str, str]]:
    return {row["agency"]: (row["state"], row["reason"]) for row in outbox.rows(db, "w") if row["step"] == step}


def by_rules(db: Database, agency: str, at: datetime) -> None:
    """A receipt came that no person has read."""
    with transaction(db):
        db.execute(
            "INSERT INTO message (sha256, bytes, received_at, stored_at, status, event) VALUES ('m', 1, ?, ?, "
            "'matched', 'A2')",
            [at.isoformat(), at.isoformat()],
        )
        db.execute(
            "INSERT INTO match_candidate (message, campaign, agency, score, reasons, chosen, chosen_by) "
            "VALUES ('m', 'w', ?, 1, '[]', 1, 'rule')",
            [agency],
        )


def test_it_leaves_once_and_never_as_an_answer_by_machine(tmp_path: Path) -> None:
    db, clock, orders = approved(tmp_path / "p.db"), SteppedClock(), Orders()
    silent, receipt, full, unread = (row["agency"] for row in outbox.rows(db, "w") if row["step"] == "request")
    with peer(orders) as port:
        send(db, port, clock, days=2)
        assert len(orders.copies) == 4 and {state for state, _ in states(db).values()} == {"planned"}
        came = clock.now() + timedelta(hours=1)
        clock.moment = came + timedelta(hours=1)
        enter(db, HandEntry("w", receipt, Event.HUMAN_ACK, came, "đã nhận", "AB"), clock.now())
        enter(db, HandEntry("w", full, Event.FULL, came, "gửi đủ", "AB"), clock.now())
        by_rules(db, unread, came)
        assert states(db)[full][0] == "cancelled" and states(db)[receipt][0] == "planned"  # with the entry itself
        send(db, port, clock, days=12)
        assert len(orders.copies) == 4  # nobody has read the mailbox
        read(db, clock.now())
        held = send(db, port, clock, days=1)
        assert {agency: state for agency, (state, _) in states(db).items()} == {
            silent: "accepted", receipt: "accepted", full: "cancelled", unread: "planned",
        }  # fmt: skip
        assert held.blocked == [f"{unread}: no follow-up before a person has read: `prober review`"]
        save(db, Subject("m", "w", unread), Decision("AB", "first", Event.HUMAN_ACK, "A2", {}), clock.now())
        send(db, port, clock, days=1)
        assert states(db)[unread][0] == "accepted"
        send(db, port, clock, days=40)
    copies = [key for key, _, _ in orders.copies]
    assert len(copies) == len(set(copies)) == 7
    texts = [message_from_bytes(raw, policy=policy.default) for _, _, raw in orders.copies[4:]]
    assert all("xin gửi phần còn lại" in text.get_content() and text["In-Reply-To"] in copies for text in texts)
    assert campaigns.campaign(db, "w").status == "closed"
    db.close()


@pytest.mark.parametrize("event", [Event.OBJECTION, Event.LINK, Event.UNCLEAR, Event.BOUNCE])
def test_a_person_s_word_cancels_it(event: Event, tmp_path: Path) -> None:
    db, clock, orders = approved(tmp_path / "p.db"), SteppedClock(), Orders()
    agency = outbox.rows(db, "w")[0]["agency"]
    with peer(orders) as port:
        send(db, port, clock, days=2)
        by_rules(db, agency, clock.now())
        save(db, Subject("m", "w", agency), Decision("AB", "first", event, "A2", {}), clock.now())
        assert states(db)[agency][0] == "cancelled"
        read(db, clock.now() + timedelta(days=20))
        send(db, port, clock, days=20)
    assert states(db)[agency][0] == "cancelled" and len(orders.copies) == 4 + 3
    db.close()


def test_there_is_none_unless_the_protocol_asks_for_it(tmp_path: Path) -> None:
    db = approved(tmp_path / "p.db", keys="")
    assert {row["step"] for row in outbox.rows(db, "w")} == {"request"}
    db.close()


def test_the_approval_covers_it_and_a_restored_copy_never_sends_it_again(tmp_path: Path) -> None:
    db, clock, orders = approved(tmp_path / "p.db"), SteppedClock(), Orders()
    results = open_results(tmp_path / "results.db")
    registry.sync(results, agencies("2019"), (), "sandbox")
    with peer(orders) as port:
        send(db, port, clock, days=2)
        copy = {row["id"]: row for row in db.query("SELECT * FROM outbox WHERE step = 'follow-up'")}
        read(db, clock.now() + timedelta(days=12))
        send(db, port, clock, days=12)
    projection.project(db, results, POBI)
    shown = results.execute("SELECT follow_up_state, followed_up_at IS NOT NULL FROM request").fetchall()
    assert shown == [("accepted", 1)] * 4
    assert results.execute("SELECT follow_up_working_days, follow_up_after FROM campaign").fetchall() == [
        (5, '["silence", "A2"]')
    ]
    events = results.execute("SELECT COUNT(*) FROM request_event WHERE step = 'follow-up' AND what = 'accepted'")
    assert events.fetchone() == (4,)
    with transaction(db):  # an older copy of private.db, and the journal of sending lost with it
        for row in copy.values():
            db.execute(
                "UPDATE outbox SET state = 'planned', accepted_at = NULL, updated_at = ? WHERE id = ?",
                [row["updated_at"], row["id"]],
            )
    assert outbox.doubt_unpublished(db, outbox.published_as_left(results)) == 4
    assert {state for state, _ in states(db).values()} == {"uncertain"}
    with transaction(db):
        db.execute("UPDATE outbox SET raw = CAST(raw || 'x' AS BLOB) WHERE step = 'follow-up'")
    with pytest.raises(NotApproved, match="a letter changed"):
        verify(db, "w")
    results.close()
    db.close()
