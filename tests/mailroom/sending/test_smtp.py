"""SMTP: what goes over the wire, how a server is trusted, and where nothing may leave."""

import asyncio
import ssl
from datetime import timedelta
from pathlib import Path

import pytest
import trustme

from mailroom.sending.send_due import SendingRun, send_due
from mailroom.sending.smtp import Connection, Envelope, ServerLimits, probe
from prober.config.load import Smtp
from prober.domain.world import World
from prober.errors import NotApproved, ServerUnreachable
from tests.mailroom.sending.test_send_due import (
    AGENCY,
    OWN,
    SENDER,
    START,
    Orders,
    SteppedClock,
    approved,
    peer,
    send,
    state,
)
from tests.pobi import POBI


def test_what_goes_over_the_wire(tmp_path: Path) -> None:
    """The frozen bytes behind one Date line, to the agency and to ourselves, and nothing else."""
    orders, db = Orders(), approved(tmp_path / "p.db")
    with peer(orders) as port:
        summary = send(db, port, SteppedClock())
    ((message_id, recipients, data),) = orders.copies
    raw, first, accepted = db.execute(
        "SELECT o.raw, a.started_at, o.accepted_at FROM outbox o JOIN send_attempt a ON a.outbox = o.id"
    ).fetchone()
    head, _, rest = data.partition(b"\r\n")
    assert rest == raw
    assert head.startswith(b"Date: Mon, 13 Apr 2020 0")
    assert recipients == (AGENCY, OWN)
    assert message_id in raw.decode("ascii")
    assert first == accepted  # this clock stands still while a letter is handed over
    assert (summary.results["accepted"], summary.planned, summary.failures) == (1, 1, [])
    db.close()


@pytest.mark.parametrize("kind", ["no STARTTLS", "bad certificate", "good certificate", "wrong password", "password"])
def test_tls_and_login(kind: str, tmp_path: Path) -> None:
    """TLS is required, its certificate checked, and a refused login stops the pass; the letter is only put off."""
    authority = trustme.CA()
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(server)
    trusted = ssl.create_default_context()
    if kind != "bad certificate":
        authority.configure_trust(trusted)
    login = {"user": "khao-sat", "password": "right" if kind == "password" else "wrong"} if "pass" in kind else {}
    orders, db = Orders(), approved(tmp_path / "p.db")
    with peer(orders, None if kind == "no STARTTLS" else server, "right" if login else "") as port:
        ok = kind in ("good certificate", "password")
        if ok:
            send(db, port, SteppedClock(), tls="starttls", tls_context=trusted, **login)
        else:
            with pytest.raises(ServerUnreachable, match="does not take our letters"):
                send(db, port, SteppedClock(), tls="starttls", tls_context=trusted, **login)
    assert state(db) == ("accepted" if ok else "deferred", 1)
    assert len(orders.copies) == ok
    assert db.execute("SELECT COUNT(*) FROM outbox_event WHERE state = 'uncertain'").fetchone()[0] == 0
    db.close()


def test_an_unreachable_server_costs_nothing(tmp_path: Path) -> None:
    db, clock = approved(tmp_path / "p.db", number=3), SteppedClock(START + timedelta(hours=2, minutes=-1))
    smtp = Smtp(host="127.0.0.1", port=1, tls="none", seconds_between=0)
    with pytest.raises(ServerUnreachable, match="127.0.0.1:1 .* connect"):
        send_due(SendingRun(db, "w", smtp, SENDER, clock, POBI))
    states = [row["state"] for row in db.query("SELECT state FROM outbox ORDER BY position")]
    assert states == ["deferred", "planned", "planned"]
    db.close()


def test_nothing_leaves_for_another_host_without_tls(tmp_path: Path) -> None:
    db = approved(tmp_path / "p.db")
    with pytest.raises(NotApproved, match="embedded world"):
        send(db, 25, SteppedClock(), host="192.0.2.1")
    db.close()


def test_reports_are_asked_for_where_they_are_offered(tmp_path: Path) -> None:
    """RFC 3461: of failure and delay, headers only, with the Message-ID as envelope id; none for the copy to oneself.

    Letters on one connection end where the server says so (LIMITS MAILMAX, RFC 9422).
    """
    orders = Orders(offers=("DSN", "LIMITS MAILMAX=2 RCPTMAX=5"))
    db = approved(tmp_path / "p.db", number=5)
    with peer(orders) as port:
        late = SteppedClock(START + timedelta(hours=1, minutes=59))  # all are due, so no wait parts them
        assert send(db, port, late).totals == {"accepted": 5}
        limits = asyncio.run(probe(Smtp(host="127.0.0.1", port=port, tls="none"), "", "prober.test"))
    assert limits == ServerLimits(octets=33554432, letters=2, recipients=5)
    message_id = orders.copies[0][0].strip("<>").replace("+", "+2B").replace("=", "+3D")
    rcpt = orders.copies[0][1][0]
    assert orders.heard[0].endswith(f" RET=HDRS ENVID={message_id}") and len(message_id) <= 100
    assert orders.heard[1] == f"TO:<{rcpt}> NOTIFY=FAILURE,DELAY ORCPT=rfc822;{rcpt}"
    assert orders.heard[2] == f"TO:<{OWN}> NOTIFY=NEVER"
    assert orders.connections == 4  # 2 + 2 + 1 letters, and the question for the limits
    db.close()


LETTER = b"From: a@prober.test\r\nTo: b@agency.gov.test\r\nReply-To: a+x@prober.test\r\n\r\nKinh gui\r\n"
OUTSIDE = {
    "recipient": Envelope("a@prober.test", "b@camau.gov.vn", "a@prober.test", LETTER),
    "envelope sender": Envelope("a@example.com", "b@agency.gov.test", "a@prober.test", LETTER),
    "no envelope sender": Envelope("", "b@agency.gov.test", "a@prober.test", LETTER),
    "copy": Envelope("a@prober.test", "b@agency.gov.test", "a@example.com", LETTER),
    "sender": Envelope("a@prober.test", "b@agency.gov.test", "", LETTER.replace(b"From: a@prober", b"From: a@x")
                       .replace(b"x.test", b"example.com")),
    "reply domain": Envelope("a@prober.test", "b@agency.gov.test", "", LETTER.replace(b"x@prober.test", b"x@b.vn")),
    "another header": Envelope("a@prober.test", "b@agency.gov.test", "", b"Cc: x@example.com\r\n" + LETTER),
    "percent hack": Envelope("a@prober.test", "b%example.com@agency.gov.test", "", LETTER),
    "bang path": Envelope("a@prober.test", "example.com!b@agency.gov.test", "", LETTER),
    "source route": Envelope("a@prober.test", "@agency.gov.test:b@example.com", "", LETTER),
    "quoted": Envelope("a@prober.test", '"b@example.com"@agency.gov.test', "", LETTER),
    "a name like it": Envelope("a@prober.test", "b@agency.gov.latest", "", LETTER),
    "an address literal": Envelope("a@prober.test", "b@[192.0.2.1]", "", LETTER),
}  # fmt: skip


@pytest.mark.parametrize("letter", OUTSIDE.values(), ids=OUTSIDE)
def test_a_rehearsal_says_no_address_outside_test_to_a_server(letter: Envelope) -> None:
    """A relay on loopback would carry the letter anywhere: not even MAIL is said."""
    orders = Orders(offers=("DSN",))  # so that MAIL and RCPT are heard

    async def tried(world: World) -> None:
        connection = Connection(Smtp(host="127.0.0.1", port=port, tls="none"), "", "prober.test", world)
        await connection.ready()
        try:
            await connection.transmit(letter)
        finally:
            await connection.close()

    with peer(orders) as port:
        with pytest.raises(NotApproved, match="nothing was sent: a rehearsal writes to"):
            asyncio.run(tried(World.REHEARSAL))
        assert orders.heard == []
        asyncio.run(tried(World.LIVE))  # it would have been said
        assert orders.heard


def test_a_letter_that_a_rehearsal_may_not_send_is_put_back(tmp_path: Path) -> None:
    """Approved in another world, however it came here: refused before RCPT, with exit code 2, and in no doubt."""
    orders, db = Orders(), approved(tmp_path / "p.db", world=World.LIVE, domain="camau.gov.vn")
    db.execute("UPDATE campaign_file SET world = 'rehearsal'")
    db.conn.commit()
    with peer(orders) as port, pytest.raises(NotApproved, match="camau.gov.vn") as caught:
        send(db, port, SteppedClock())
    assert caught.value.exit_code == 2
    assert (orders.heard, orders.copies, state(db)) == ([], [], ("deferred", 1))
    db.close()
