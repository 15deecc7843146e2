"""Well-formed delivery reports (RFC 3464) say the same to us and to flufl.bounce."""

from email import message_from_bytes

import pytest
from flufl.bounce import all_failures
from hypothesis import given
from hypothesis import strategies as st

from mailroom.classification.bounces import permanence
from mailroom.classification.bounces.delivery_reports import examine
from mailroom.mime.parser import parse

ACTIONS = {"failed": "5.1.1", "delayed": "4.4.1", "delivered": "2.0.0", "relayed": "2.0.0", "expanded": "2.0.0"}


REPORT = """\
Return-Path: <>
From: Mail Delivery System <MAILER-DAEMON@mx.gov.test>
To: khao-sat+abcdefghij@prober.test
Subject: Delivery Status Notification
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

This is the mail system at host mx.gov.test.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.gov.test

{blocks}
--b--
"""


def report(recipients: list[tuple[str, str]], original: bool = False) -> bytes:
    """Return a report of a mail server on `recipients`, each an address and an action of RFC 3464."""
    blocks = [
        (f"Original-Recipient: rfc822; {address}\n" if original else "")
        + f"Final-Recipient: rfc822; {address}\nAction: {action}\nStatus: {ACTIONS[action]}\n"
        for address, action in recipients
    ]
    return REPORT.format(blocks="\n".join(blocks)).encode()


def by_us(raw: bytes) -> tuple[set[str], set[str]]:
    """Return the addresses that are only late, and those that failed."""
    said = [entry for entry in examine(parse(raw)) if entry.permanence != permanence.DELIVERED]
    late = {entry.address for entry in said if entry.permanence == permanence.TEMPORARY}
    return late, {entry.address for entry in said} - late


def by_flufl(raw: bytes) -> tuple[set[str], set[str]]:
    late, failed = all_failures(message_from_bytes(raw))
    return {address.decode() for address in late}, {address.decode() for address in failed}


@pytest.mark.parametrize("original", [False, True], ids=["final", "original and final"])
@pytest.mark.parametrize("action", ["failed", "delayed"])
def test_one_recipient(action: str, original: bool) -> None:
    raw = report([("vanthu@stc.tinh.gov.test", action)], original)
    assert by_us(raw) == by_flufl(raw)
    assert by_us(raw)[action == "failed"] == {"vanthu@stc.tinh.gov.test"}


NAMES = st.from_regex(r"[a-z][a-z0-9]{1,12}(?:[.-][a-z0-9]{1,8}){0,2}", fullmatch=True)


@given(st.lists(st.tuples(NAMES, st.sampled_from(list(ACTIONS))), min_size=1, max_size=6, unique_by=lambda r: r[0]))
def test_many_recipients(recipients: list[tuple[str, str]]) -> None:
    raw = report([(f"{name}@stc.tinh.gov.test", action) for name, action in recipients])
    assert by_us(raw) == by_flufl(raw)


def test_our_own_domain_rejected_says_nothing_of_the_office() -> None:
    raw = report([("a@stc.gov.test", "failed")]).decode()
    said = raw.replace("Status: 5.1.1", "Status: 5.1.1\nDiagnostic-Code: smtp; 550 No such domain prober.test")
    assert [entry.permanence for entry in examine(parse(said.encode()))] == [permanence.BLOCKED]
    theirs = said.replace("domain prober.test", "domain stc.gov.test")
    assert [entry.permanence for entry in examine(parse(theirs.encode()))] == [permanence.DEAD]


def test_each_address_has_its_own_reason_and_not_its_neighbours() -> None:
    raw = (
        "Return-Path: <>\nFrom: MAILER-DAEMON@mx.gov.test\nTo: khao-sat+abcdefghij@prober.test\n"
        "Subject: Returned mail: User unknown\n\n"
        "   ----- Transcript of session follows -----\n"
        "550 <a@stc.gov.test>... User unknown\n"
        "554 <b@stc.gov.test>... Mailbox full\n"
        "550 <c@stc.gov.test>... User unknown\n"
    )
    said = {entry.address: entry.permanence for entry in examine(parse(raw.encode()))}
    dead, full = permanence.DEAD, permanence.TEMPORARY
    assert said == {"a@stc.gov.test": dead, "b@stc.gov.test": full, "c@stc.gov.test": dead}
