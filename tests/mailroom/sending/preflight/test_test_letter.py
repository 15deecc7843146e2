"""The letter to oneself, through the embedded world's SMTP and IMAP: when it comes back, and when it cannot."""

from dataclasses import replace
from pathlib import Path

import pytest

from mailroom.imap.accounts import Account
from mailroom.sending.dkim import signer
from mailroom.sending.preflight.dns import Names
from mailroom.sending.preflight.test_letter import Servers, seed_checks
from prober.config.load import Dkim, Imap, Sender, Smtp
from prober.domain.world import World
from prober.sandbox.client import Endpoint, WorldClock
from prober.store import open_private, open_results
from tests.mailroom.intake.test_sync import deliver
from tests.name_server import names
from tests.one_mailbox import read_mailbox
from tests.pobi import POBI


def servers(at: Endpoint) -> Servers:
    return Servers(
        Smtp(host=at.smtp_host, port=at.smtp_port, tls="none"), "",
        Account(Imap(host=at.imap_host, port=at.imap_port, user=at.imap_user, tls="none"), at.imap_password),
        World.SANDBOX,
    )  # fmt: skip


def sender(at: Endpoint) -> Sender:
    return Sender(name="Nhóm khảo sát (mô phỏng)", address=f"khao-sat@{at.mail_domain}")


def results(at: Endpoint, given: Servers, signed: bool = True, resolver: Names | None = None) -> dict[str, str]:
    section = Dkim(domain=at.mail_domain, selector=at.dkim_selector, key_file=at.dkim_key_file)
    asked = resolver or Names(("127.0.0.1", at.dns_port))
    now = WorldClock(at).now()
    found = seed_checks(given, sender(at), signer(section if signed else None), asked, now, seconds=0.5)
    return {check.check: f"{check.result} {check.detail}" for check in found}


def test_it_comes_back_signed_and_stays_out_of_the_way(own_world: Endpoint, tmp_path: Path) -> None:
    """What the next sync finds is our own, not a reply that somebody must look at; and each seed is another letter."""
    for _ in range(2):
        found = results(own_world, servers(own_world))
        assert found["letter to oneself"].startswith("ok to khao-sat+preflight@prober.test, back in INBOX")
        assert found["signature"] == "ok DKIM of prober.test holds"
        assert "warn the server writes Authentication-Results as mx.prober.test" in found["authserv_id"]
    private, public = open_private(tmp_path / "p.db"), open_results(tmp_path / "r.db")
    given = servers(own_world)
    summary = read_mailbox(private, public, given.mailbox.imap, given.mailbox.login, WorldClock(own_world), POBI)
    assert (summary.mailbox_has, summary.statuses) == (2, {"own": 2})
    assert private.execute("SELECT DISTINCT event, rule FROM message").fetchall() == [("OW", "own.preflight")]
    private.close()
    public.close()


def test_the_name_of_the_server_that_checks_senders_is_compared(own_world: Endpoint) -> None:
    given = servers(own_world)
    known = Account(replace(given.mailbox.imap, authserv_id="MX.prober.test"), given.mailbox.login)
    found = results(own_world, replace(given, mailbox=known))
    assert found["authserv_id"] == "ok the server writes Authentication-Results as mx.prober.test"


def test_what_is_not_signed_or_not_proved_is_said(own_world: Endpoint) -> None:
    given = servers(own_world)
    assert "warn what arrived carries no DKIM signature of prober.test" in results(own_world, given, False)["signature"]
    with names({}) as resolver:
        found = results(own_world, given, resolver=resolver)
    assert found["signature"] == "fail DKIM of prober.test does not hold on what arrived"


TROUBLE = {
    "nobody takes letters": ({"port": 1}, {}, "connect"),
    "the mailbox is closed": ({}, {"port": 1}, "the mailbox could not be read"),
    "it is read elsewhere": ({}, {"folders": ("Junk",)}, "did not come back within 0.5 s to Junk"),
}


@pytest.mark.parametrize("case", TROUBLE)
def test_trouble_is_a_failure_with_a_reason(case: str, own_world: Endpoint) -> None:
    smtp, imap, why = TROUBLE[case]
    given = servers(own_world)
    box = replace(given.mailbox, imap=replace(given.mailbox.imap, **imap))  # type: ignore[arg-type]
    given = replace(given, smtp=replace(given.smtp, **smtp), mailbox=box)  # type: ignore[arg-type]
    found = results(own_world, given)
    assert list(found) == ["letter to oneself"]
    assert found["letter to oneself"].startswith("fail ") and why in found["letter to oneself"]


def test_a_forged_mark_is_no_letter_of_ours(own_world: Endpoint, tmp_path: Path) -> None:
    """An office that writes our Message-ID mark into its answer hides nothing by it."""
    raw = (
        b"From: stc@camau.gov.test\r\nTo: khao-sat+preflight@prober.test\r\nSubject: tra loi\r\n"
        b"Message-ID: <preflight.00@camau.gov.test>\r\n\r\nSo Tai chinh tra loi.\r\n"
    )
    deliver(own_world, raw)
    private, public = open_private(tmp_path / "p.db"), open_results(tmp_path / "r.db")
    given = servers(own_world)
    assert read_mailbox(
        private, public, given.mailbox.imap, given.mailbox.login, WorldClock(own_world), POBI
    ).statuses == {"unmatched": 1}
    private.close()
    public.close()
