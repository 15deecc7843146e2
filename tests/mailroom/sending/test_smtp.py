"""SMTP: what goes over the wire, how a server is trusted, and where nothing may leave."""

import asyncio
import ssl
from datetime import timedelta
from pathlib import Path

import pytest
import trustme

from mailroom.sending.send_due import SendingRun, send_due
from mailroom.sending.smtp import Limits, probe
from prober.config.load import Smtp
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
        send_due(SendingRun(db, "w", smtp, SENDER, clock))
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
    assert limits == Limits(octets=33554432, letters=2, recipients=5)
    message_id = orders.copies[0][0].strip("<>").replace("+", "+2B").replace("=", "+3D")
    rcpt = orders.copies[0][1][0]
    assert orders.heard[0].endswith(f" RET=HDRS ENVID={message_id}") and len(message_id) <= 100
    assert orders.heard[1] == f"TO:<{rcpt}> NOTIFY=FAILURE,DELAY ORCPT=rfc822;{rcpt}"
    assert orders.heard[2] == f"TO:<{OWN}> NOTIFY=NEVER"
    assert orders.connections == 4  # 2 + 2 + 1 letters, and the question for the limits
    db.close()
