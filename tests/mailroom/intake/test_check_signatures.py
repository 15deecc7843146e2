"""Signatures are verified when mail comes, the keys are kept, and a slow or silent DNS holds nothing up."""

import hashlib
import socket
import time
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from mailroom.intake import check_signatures as checking
from mailroom.intake import sync
from mailroom.intake.check_signatures import check_again, check_signatures
from mailroom.sending.preflight.dns import Names
from prober.sandbox.mail import office_signatures
from prober.sandbox.mail.office_signatures import Habit, habit, records
from prober.store import Database
from prober.store.private import message_analysis, messages
from prober.store.private.messages import Arrival
from tests.languages import VIETNAMESE
from tests.name_server import names
from tests.office import Office
from tests.pobi import HANOI

START = datetime(2020, 4, 14, 9, tzinfo=HANOI)
DOMAINS = [name for name in (f"p{n}.gov.test" for n in range(99)) if habit(name) == Habit()]
RESULTS = "SELECT m.dkim, s.domain, s.selector, s.result, s.reason, s.key FROM message m LEFT JOIN message_signature s ON s.message = m.sha256 ORDER BY m.received_at, s.position"  # noqa: E501


class Calendar:
    """A clock that stands until it is set."""

    def __init__(self) -> None:
        self.at = START

    def now(self) -> datetime:
        return self.at


@pytest.fixture
def private(databases: tuple[Database, Database]) -> Database:
    return databases[0]


def letter(domain: str, number: int = 1, signed: bool = True) -> bytes:
    raw = (
        f"From: stc@{domain}\r\nTo: khao-sat@prober.test\r\nSubject: x\r\nDate: Tue, 14 Apr 2020 09:00:00 +0700\r\n"
        f"Message-ID: <{number}@{domain}>\r\n\r\nSo gui.\r\n"
    ).encode()
    return office_signatures.sent(raw, domain, START, 7) if signed else raw


def keep(private: Database, *raws: bytes) -> None:
    arrivals = [Arrival(n, START + timedelta(hours=n), raw) for n, raw in enumerate(raws, 1)]
    messages.keep(private, "me", "INBOX", 7, arrivals, START)
    sync.process(private, Calendar(), vocabulary=VIETNAMESE)


def zone(*domains: str) -> dict[str, tuple[str, ...]]:
    return {f"{name} TXT": (f'"{text}"',) for domain in domains for name, text in records(domain, 7)}


@pytest.fixture
def silent() -> Iterator[Names]:
    """A DNS server that never answers."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        yield Names(("127.0.0.1", server.getsockname()[1]), seconds=0.3)


def test_the_key_is_kept_and_proves_the_letter_when_the_dns_has_lost_it(private: Database) -> None:
    domain = DOMAINS[0]
    keep(private, letter(domain), letter(domain, 2, signed=False))
    assert private.execute("SELECT dkim FROM message ORDER BY received_at").fetchall() == [("",), ("none",)]
    with names(zone(domain)) as resolver:
        assert check_signatures(private, lambda: resolver, Calendar(), sync.quiet) == 1
        assert check_signatures(private, lambda: resolver, Calendar(), sync.quiet) == 0
    ((_, record),) = records(domain, 7)
    assert private.execute(RESULTS).fetchall() == [
        ("pass", domain, office_signatures.SELECTOR, "pass", "", record), ("none", None, None, None, None, None),
    ]  # fmt: skip
    sync.process(private, Calendar(), everything=True, vocabulary=VIETNAMESE)
    with names({}) as resolver:
        assert check_signatures(private, lambda: resolver, Calendar(), sync.quiet) == 0
    assert [row[0] for row in private.execute(RESULTS)] == ["pass", "none"]
    kept = message_analysis.kept_keys(private, hashlib.sha256(letter(domain)).hexdigest())
    assert [one.result for one in check_again(letter(domain), START, kept)] == ["pass"]
    assert [one.result for one in check_again(letter(domain) + b"x", START, kept)] == ["fail"]


def test_a_key_that_nobody_answered_for_is_asked_for_again_for_three_days(private: Database, silent: Names) -> None:
    clock = Calendar()
    keep(private, letter(DOMAINS[0]))
    check_signatures(private, lambda: silent, clock, sync.quiet)
    ((result, *_, reason, key),) = private.execute(RESULTS).fetchall()
    assert (result, reason, key) == ("temperror", '[{"code":"signature_key_unanswered"}]', "")
    clock.at += timedelta(days=1)
    with names(zone(DOMAINS[0])) as resolver:
        check_signatures(private, lambda: resolver, clock, sync.quiet)
    assert private.execute("SELECT dkim FROM message").fetchall() == [("pass",)]


def test_what_was_not_answered_in_three_days_stays_so(private: Database, silent: Names) -> None:
    clock = Calendar()
    keep(private, letter(DOMAINS[0]))
    check_signatures(private, lambda: silent, clock, sync.quiet)
    clock.at += timedelta(days=4)
    with names(zone(DOMAINS[0])) as resolver:
        assert check_signatures(private, lambda: resolver, clock, sync.quiet) == 0


def test_a_dns_that_does_not_answer_costs_three_questions_a_pass(private: Database, silent: Names) -> None:
    keep(private, *(letter(domain, n) for n, domain in enumerate(DOMAINS[:8])))
    before = time.monotonic()
    assert check_signatures(private, lambda: silent, Calendar(), sync.quiet) == 8
    assert time.monotonic() - before < 5  # three times 0.3 s, and the start of a process
    assert private.execute("SELECT DISTINCT dkim FROM message").fetchall() == [("temperror",)]


def test_a_pass_ends_in_time_and_the_next_goes_on_with_the_rest(private: Database) -> None:
    keep(private, *(letter(domain, n) for n, domain in enumerate(DOMAINS[:3])))
    with names(zone(*DOMAINS[:3])) as resolver:
        assert check_signatures(private, lambda: resolver, Calendar(), sync.quiet, seconds=0) == 0
        assert check_signatures(private, lambda: resolver, Calendar(), sync.quiet) == 3


def test_a_message_that_costs_too_much_is_marked_and_passed_by(
    private: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "CALL_SECONDS", 0.05)
    keep(private, letter(DOMAINS[0]) + b"x\r\n" * 900_000)
    with names({}) as resolver:
        assert check_signatures(private, lambda: resolver, Calendar(), sync.quiet) == 1
        assert check_signatures(private, lambda: resolver, Calendar(), sync.quiet) == 0
    assert private.execute(RESULTS).fetchall()[0][:5] == ("fail", "", "", "fail", '[{"code":"signature_costly"}]')


def test_a_person_sees_who_signed_by_which_key_and_that_it_still_holds(office: Office) -> None:
    from prober.store import open_private

    private = open_private(office.folder / "var/private.db")
    keep(private, letter(DOMAINS[0]), letter(DOMAINS[0], 2, signed=False))
    with names(zone(DOMAINS[0])) as resolver:
        check_signatures(private, lambda: resolver, Calendar(), sync.quiet)
    private.close()
    said = office.run("mailbox", "show", f"1@{DOMAINS[0]}")
    assert f"pass          by {DOMAINS[0]}, the sender's domain (rsa-sha256" in said
    assert "is now: pass" in " ".join(said.split()) and max(map(len, said.splitlines())) <= 80
    assert "not signed" in office.run("mailbox", "show", f"2@{DOMAINS[0]}")
    assert "→ not signed" in office.run("review", "--coder", "ntq", typed="!")
    office.run("mailbox", "reparse")
    assert set(office.public("SELECT signature FROM reply")) == {("none",)}  # the four departments of this office
