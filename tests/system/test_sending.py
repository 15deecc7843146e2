"""Letters through Debian's Postfix to Debian's Dovecot: STARTTLS, login, delivery, own copies, doubt, and a bounce."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from mailroom.sending.approval import freeze, sha256
from mailroom.sending.dkim import signer, verified
from mailroom.sending.send_due import Counters, SendingRun, send_due
from prober.clock import SystemClock
from prober.config.load import Dkim, Imap, Sender, Smtp
from prober.errors import ServerUnreachable
from prober.sandbox.mail.dns_zone import signing_key
from prober.store import Database
from prober.store.private import campaigns
from prober.store.results import registry
from tests.mailroom.sending.test_dkim import world_zone
from tests.name_server import names
from tests.one_mailbox import read_mailbox
from tests.pobi import HANOI, POBI, agencies
from tests.prober.campaign.example import SECRET
from tests.system.faults import Faults, faulty
from tests.system.post import DEPARTMENTS, HOST, PASSWORD, Post

pytestmark = pytest.mark.needs("dovecot", "postfix", "root")

MORNING = datetime(2020, 4, 13, 8, 0, tzinfo=HANOI)
Databases = tuple[Database, Database]


class SteppedClock:
    """Time that moves only when someone sleeps."""

    moment = MORNING

    def now(self) -> datetime:
        return self.moment

    async def sleep_until(self, moment: datetime) -> None:
        self.moment = max(self.moment, moment)


def approved(private: Database, results: Database, own: str, number: int, first: str = "") -> None:
    """An approved campaign "w" to the first `number` departments, one of which may have the address `first`."""
    asked = [
        replace(a, request_email=DEPARTMENTS[a.slug], request_email_reviewed_by="nv")
        for a in agencies("2019", "finance")[:number]
    ]
    if first:
        asked[0] = replace(asked[0], request_email=first)
    text = POBI.protocol
    text = text.replace("reminder_working_days = 10", "reminder_working_days = 0")
    campaigns.save_draft(private, "w", "sandbox", text, sha256(text), MORNING, SECRET)
    registry.sync(results, asked, (), "sandbox")
    freeze(private, "w", asked, sender(own), POBI, "nv", MORNING)


def sender(own: str) -> Sender:
    return Sender(name="Nhóm khảo sát (mô phỏng)", address=own, phone="024 0000 0000")


def send(post: Post, private: Database, own: str, days: int = 3, **other: object) -> Counters:
    """One pass over the campaign; `other` changes the server's section, the password, or names a hook."""
    smtp = Smtp(host=HOST, port=post.ports["submission"], user=own, per_day=100, seconds_between=0)
    smtp = replace(smtp, **{k: v for k, v in other.items() if k in ("port", "user")})  # type: ignore[arg-type]
    password, at = str(other.get("password", PASSWORD)), other.get("at", lambda label: None)
    until = MORNING + timedelta(days=days)
    signing = other.get("signer")
    clock = SteppedClock()
    return send_due(SendingRun(private, "w", smtp, sender(own), clock, POBI, until, password, signing, at=at))  # type: ignore[arg-type]


def inbox(post: Post, own: str) -> Imap:
    return Imap(host=HOST, port=post.ports["imaps"], user=own)


def soon(found: Callable[[], object], wanted: object) -> None:
    """Wait until Postfix has delivered: `found()` is `wanted`."""
    until = time.monotonic() + 20
    while found() != wanted and time.monotonic() < until:
        time.sleep(0.05)
    assert found() == wanted


def parsed(raw: bytes) -> EmailMessage:
    """A parser that raises on every defect of the message, its headers and its encodings."""
    message = message_from_bytes(raw, policy=policy.strict)
    assert isinstance(message, EmailMessage)
    assert message.get_content()
    assert not any(value.defects for value in message.values())
    return message


@pytest.mark.usefixtures("trusted")
def test_a_wave_of_63_letters(post: Post, databases: Databases, tmp_path: Path) -> None:
    """Each department gets one well-formed letter, the frozen bytes behind Date, signature and trace, and the signature
    holds where it arrived; each own copy comes back.
    """
    private, results = databases
    own = post.account()
    approved(private, results, own, 63)
    key, public = signing_key(tmp_path)
    signing = signer(Dkim(domain="prober.test", selector="prober", key_file=str(key)))
    summary = send(post, private, own, signer=signing)
    trouble = private.execute("SELECT stage, reply FROM send_attempt WHERE result != 'accepted'").fetchall()
    assert trouble == []
    assert (summary.results["accepted"], summary.totals, summary.failures) == (63, {"accepted": 63}, [])
    soon(lambda: len(post.delivered(own)), 63)
    for rcpt, raw, message_id, first in private.execute(
        "SELECT rcpt, raw, message_id, started_at FROM outbox o JOIN send_attempt a ON a.outbox = o.id"
    ).fetchall():
        soon(lambda rcpt=rcpt: len(post.delivered(rcpt)), 1)  # type: ignore[misc]
        (letter,) = post.delivered(rcpt)
        head, date, frozen = letter.partition(b"\r\nDate: ")
        assert date + frozen == date + frozen.partition(b"\r\n")[0] + b"\r\n" + raw
        traces = [line.partition(b":")[0] for line in head.split(b"\r\n") if not line.startswith((b"\t", b" "))]
        assert set(traces) == {b"Return-Path", b"Delivered-To", b"Received", b"DKIM-Signature"}
        with names(world_zone(public)) as resolver:
            assert verified(letter, resolver, datetime.fromisoformat(first)) == [("prober.test", True)]
        message = parsed(letter)
        assert message["Message-ID"] == message_id
        assert (message["To"].addresses[0].addr_spec, message["Date"].datetime.isoformat()) == (rcpt, first)
    copies = read_mailbox(private, results, inbox(post, own), PASSWORD, SystemClock(HANOI), POBI)
    assert (copies.mailbox_has, copies.we_hold, copies.statuses) == (63, 63, {"own": 63})
    assert send(post, private, own).results["accepted"] == 0
    assert len(post.delivered(own)) == 63


def test_an_answer_lost_after_the_dot_is_settled_by_the_own_copy(
    post: Post, databases: Databases, trusted: None
) -> None:
    """The connection goes down with the server's 250 in it: in doubt, not sent again, then proved by the mailbox."""
    private, results = databases
    own = post.account()
    approved(private, results, own, 1)
    faults = Faults()

    def at(label: str) -> None:
        faults.lose = label == "dot"

    with faulty(post.ports["submission"], faults) as port:
        summary = send(post, private, own, port=port, at=at)
    assert (summary.results["uncertain"], summary.totals) == (1, {"uncertain": 1})
    soon(lambda: len(post.delivered(own)), 1)
    assert send(post, private, own).totals == {"uncertain": 1}
    read_mailbox(private, results, inbox(post, own), PASSWORD, SystemClock(HANOI), POBI)
    settled = send(post, private, own)
    assert (settled.settled, settled.totals) == (1, {"accepted": 1})
    (rcpt,) = private.execute("SELECT rcpt FROM outbox").fetchone()
    assert len(post.delivered(own)) == 1
    assert [parsed(letter)["To"].addresses[0].addr_spec for letter in post.delivered(own)] == [rcpt]


TROUBLE = {
    "wrong password": ({"password": "sai"}, "login: 535"),
    "no login": ({"user": ""}, "rcpt: 554"),
    "another's name": ({"user": "khao-sat-0@prober.test"}, "login: 535"),
}


LEFT = (["deferred", "planned"], 0, [])  # nothing is sent, nothing in doubt


@pytest.mark.parametrize("case", TROUBLE)
@pytest.mark.usefixtures("trusted")
def test_a_set_up_that_is_refused_costs_no_letter(case: str, post: Post, databases: Databases) -> None:
    change, reason = TROUBLE[case]
    assert _refused(post, databases, reason, **change) == LEFT


def test_an_untrusted_certificate_ends_it_before_the_login(post: Post, databases: Databases) -> None:
    assert _refused(post, databases, "tls: .*certificate") == LEFT


@pytest.mark.usefixtures("trusted")
def test_a_server_that_hides_starttls_gets_neither_password_nor_letter(post: Post, databases: Databases) -> None:
    """What an attacker on the wire does: the offer of STARTTLS is made unreadable."""
    with faulty(post.ports["submission"], Faults(replace=(b"STARTTLS", b"XXXXXXXX"))) as port:
        assert _refused(post, databases, "tls: .*STARTTLS", port=port) == LEFT


def _refused(post: Post, databases: Databases, reason: str, **change: object) -> tuple[list[str], int, list[bytes]]:
    """A clear error; then the states of the letters, how many were in doubt, and what was sent."""
    private, results = databases
    own = post.account()
    approved(private, results, own, 2)
    with pytest.raises(ServerUnreachable, match=f"does not take our letters, at {reason}"):
        send(post, private, own, **change)
    states = [state for (state,) in private.execute("SELECT state FROM outbox ORDER BY position").fetchall()]
    (doubts,) = private.execute("SELECT COUNT(*) FROM outbox_event WHERE state = 'uncertain'").fetchone()
    return states, doubts, post.delivered(own)


@pytest.mark.usefixtures("trusted")
def test_postfix_bounces_and_the_bounce_is_understood(post: Post, databases: Databases) -> None:
    """Accepted at first, then nobody there: Postfix's own report comes back to the letter's address, and is matched."""
    private, results = databases
    own = post.account()
    approved(private, results, own, 1, first="khong-co@agency.gov.test")
    assert send(post, private, own).totals == {"accepted": 1}
    soon(lambda: len(post.delivered(own)), 2)
    read_mailbox(private, results, inbox(post, own), PASSWORD, SystemClock(HANOI), POBI)
    (message_id,) = private.execute("SELECT message_id FROM outbox").fetchone()
    (report,) = [raw for raw in post.delivered(own) if b"multipart/report" in raw]
    envelope_id = message_id.strip("<>").encode()  # what RFC 3461 calls ENVID, brought back by the report
    assert b"\r\nOriginal-Envelope-Id: " + envelope_id in report
    assert b"\r\nOriginal-Recipient: rfc822;khong-co@agency.gov.test" in report
    found = private.execute("SELECT status, event, rule, detail FROM message ORDER BY status").fetchall()
    assert [(status, event) for status, event, _, _ in found] == [("matched", "N0"), ("own", "OW")], found
