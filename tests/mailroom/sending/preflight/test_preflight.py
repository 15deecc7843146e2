"""What the preflight says of mail servers that take too little, and of recipients who should not be written to."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from mailroom.imap.accounts import Account
from mailroom.sending.approval import protocol_of, requester
from mailroom.sending.preflight.checks import Surroundings, checks
from mailroom.sending.preflight.test_letter import Servers
from prober.campaign.protocol import Document, Protocol
from prober.campaign.wave import wave
from prober.config.load import Imap, Smtp
from prober.domain.agency import Agency
from prober.domain.correspondence import Event
from prober.domain.world import World
from prober.store import Database, open_results
from prober.store.private import campaigns, codings
from prober.store.results import registry
from tests.mailroom.sending.test_send_due import SENDER, START, Orders, SteppedClock, approved, asked, peer, send
from tests.name_server import names
from tests.pobi import POBI, vietnam
from tests.prober.campaign.example import SECRET

ZONE = {"agency.gov.test MX": ("10 mail.gov.test.",), "mail.gov.test A": ("127.0.0.1",)}


@contextmanager
def databases(folder: Path) -> Iterator[tuple[Database, Database]]:
    """An approved campaign "w" to three agencies, and a registry that knows them; nothing was crawled."""
    private, results = approved(folder / "p.db", number=3), open_results(folder / "r.db")
    registry.sync(results, asked(3), (), "sandbox")
    yield private, results
    private.close()
    results.close()


def looked(
    private: Database, results: Database, port: int, agencies: list[Agency], name: str = "w", **varied: object
) -> dict[str, str]:
    """check → "result detail" of a wave to `agencies`; `varied` are keys of the protocol. The mailbox is closed."""
    protocol: Protocol = replace(protocol_of(campaigns.campaign(private, "w")), **varied)  # type: ignore[arg-type]
    planned = wave(protocol, name, SECRET, agencies, requester(SENDER), POBI)
    mailbox = Account(Imap(host="127.0.0.1", port=1, user="x", tls="none"), "")
    servers = Servers(Smtp(host="127.0.0.1", port=port, tls="none"), "", mailbox, World.SANDBOX)
    with names(ZONE) as resolver:
        around = Surroundings(private, results, resolver, SENDER, servers, START)
        found = checks(protocol, planned, [], around, POBI, seconds=0.1)
    assert len({check.check for check in found}) == len(found)
    return {check.check: f"{check.result} {check.detail}" for check in found}


# what the peer says → (check, how what is found begins)
SERVERS: dict[str, tuple[Orders, str, str]] = {
    "room enough": (Orders(), "its limits", "ok 33,554,432 octets a letter; the largest letter has "),
    "letters on one connection": (
        Orders(offers=("LIMITS MAILMAX=20 RCPTMAX=2",)),
        "its limits", "ok 33,554,432 octets a letter, 20 letters a connection, 2 recipients; ",
    ),
    "limits that are no numbers": (
        Orders(offers=("LIMITS MAILMAX=many RCPTMAX",)), "its limits", "ok 33,554,432 octets a letter; ",
    ),
    "too small": (Orders(octets=1000), "its limits", "fail takes 1,000 octets, and the largest letter has "),
    "one recipient": (
        Orders(offers=("LIMITS RCPTMAX=1",)), "its limits", "fail takes one recipient a letter, and the copy ",
    ),
    "no service": (Orders({"GREETING": "554 5.7.1 no service"}), "mail server", "fail 127.0.0.1:"),
}  # fmt: skip


@pytest.mark.parametrize("case", SERVERS)
def test_limits_of_the_mail_server(case: str, tmp_path: Path) -> None:
    orders, check, wanted = SERVERS[case]
    with databases(tmp_path) as (private, results), peer(orders) as port:
        found = looked(private, results, port, asked(3))
    assert found[check].startswith(wanted)
    begun = "fail the mailbox could not be read" if wanted.startswith("ok") else "skipped the mail server does not take"
    assert found["letter to oneself"].startswith(begun) and orders.copies == []


def test_who_should_not_be_written_to(tmp_path: Path) -> None:
    """One objected to an earlier campaign, and is in it; the other has a mailbox that anybody can have."""
    first, second, _ = asked(3)
    second = replace(second, request_email="stc.thu@gmail.test")
    with databases(tmp_path) as (private, results), peer(Orders()) as port:
        calm = looked(private, results, port, [first])
        assert send(private, port, SteppedClock()).results["accepted"] == 3
        after = START + timedelta(days=4)
        codings.enter(
            private, codings.HandEntry("w", first.id, Event.OBJECTION, after, "Xin đừng gửi nữa.", "nv"), after
        )
        found = looked(private, results, port, [first, second], "other")
    assert calm["reviewed addresses"] == "ok 1 recipients, each accepted by a person, none twice"
    assert calm["mail hosts"] == "ok 1 of 1 domains take mail" and "suppressed" not in calm
    assert "asked already" not in calm  # by the same campaign, which is what a preflight is of
    assert found["suppressed"] == f"fail {first.slug} asked for no further letters"
    assert found["asked already"] == f"warn {first.slug} is in w too"
    assert found["free mail hosts"] == "warn not under the agency's own domain: stc.thu@gmail.test"
    assert found["mail host"] == "fail stc.thu@gmail.test: gmail.test has neither a mail host nor an address"


def test_what_is_enclosed_and_when_are_told(tmp_path: Path) -> None:
    with databases(tmp_path) as (private, results), peer(Orders()) as port:
        plain = looked(private, results, port, asked(3))
        told = looked(private, results, port, asked(3), form="01b", first_day=START.date().replace(month=1, day=21))
    assert "request slip" not in plain and "days off" not in plain
    sent, _, waited = plain["days"].removeprefix("ok requests from ").partition(", waiting until ")
    first, last, until = (datetime.strptime(day, "%d %b %Y").date() for day in (*sent.split(" to "), waited))
    assert first <= last and until == vietnam().add_working_days(last, 30)  # the last day, as the pre-registration says
    assert told["request slip"].startswith("warn form 01b: its wording was not compared with the annex")
    assert told["days off"].startswith("warn Tết, Thu 2020-01-23 to Wed 2020-01-29, lies in the days of waiting")


def test_more_documents_than_the_law_makes_safe_are_warned_about(tmp_path: Path) -> None:
    five = tuple(Document(f"Tài liệu {number}", f"Document {number}") for number in range(5))
    with databases(tmp_path) as (private, results), peer(Orders()) as port:
        found = looked(private, results, port, asked(3), documents=five)
        few = looked(private, results, port, asked(3), documents=five[:3])
    assert found["documents"].startswith("warn 5 are asked for; under ATI-2016 an office may refuse")
    assert "documents" not in few
