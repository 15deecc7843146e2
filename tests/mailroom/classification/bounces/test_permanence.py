"""Is a failure for good, for now, or for a person to say?"""

import time

import pytest

from mailroom.classification.bounces import delivery_reports
from mailroom.classification.bounces.permanence import judge
from mailroom.mime import parser


@pytest.mark.parametrize(
    ("status", "diagnostic", "verdict"),
    [
        ("5.1.1", "550 5.1.1 User unknown", "dead"),
        ("5.1.10", "RESOLVER.ADR.RecipientNotFound", "dead"),
        ("5.2.2", "552 mailbox full", "temporary"),
        ("4.2.2", "over quota", "temporary"),
        ("5.7.1", "rejected by policy", "blocked"),
        ("5.1.1", "554 rejected: listed at zen.spamhaus.org", "blocked"),
        ("4.4.7", "expired", "temporary"),
        ("", "550 SPF check failed", "blocked"),
        ("5.4.4", "Host not found", "dead"),
        ("2.0.0", "", "delivered"),
        ("", "hộp thư đã đầy", "temporary"),
        ("", "địa chỉ không tồn tại", "dead"),
        ("5.1.7", "in reply to MAIL FROM:<a@prober.test>: 550 5.1.7 No such domain prober.test.", "blocked"),
        ("5.1.0", "after MAIL FROM:<a@prober.test>: 550 5.1.0 unknown domain", "blocked"),
        ("4.1.8", "after MAIL FROM:<a@prober.test>: 450 domain not found", "temporary"),
        ("5.7.1", "it was rejected by the server for the recipient domain. 550 5.7.1 Access denied", "blocked"),
        ("5.7.1", "550 5.7.1 Recipient address rejected: Access denied", "blocked"),
        ("5.4.1", "550 5.4.1 Recipient address rejected: Access denied", "dead"),
        ("4.4.3", "Host not\n    found, try again", "temporary"),
        ("5.0.0", "recipient rejected: no such\n    user here", "dead"),
        ("5.4.4", "Name service error for name=a.test type=MX: Malformed or unexpected name server reply", "temporary"),
        ("5.1.1", "554 aliasing/forwarding loop broken; 550 User unknown", "dead"),
        (
            "5.2.122",
            "552 5.2.122 this mailbox is over what it may receive in an hour",
            "temporary",
        ),  # 5.2.1 is another code
        ("5.1.20", "550 5.1.20 more than one author", "blocked"),  # of the sender, as 5.1.7 and 5.1.8
        ("5.1.3", "553 5.1.3 not a valid RFC 5321 mailbox name", "dead"),
        ("5.7.1", "553 5.7.1 sorry, that domain isn't in my list of allowed rcpthosts", "blocked"),
        ("", "550 the specified domain is not allowed to send here", "blocked"),
        ("", "550 sender IP address rejected", "blocked"),
        ("", "550 server does not accept mail over IPv6", "temporary"),
        ("", "550 sorry, the recipient is in my badrcptto list: badrcptto", "dead"),
        ("", "550 <vanthu@stc.hagiang.gov.test> does not exist", "dead"),
        ("", "550 nessun utente con questo nome", "dead"),
        ("", "452 too many invalid recipients", "temporary"),
        ("4.7.1", "450 4.7.1 greylisted, try again later", "temporary"),
        ("", "", "temporary"),  # nothing is called dead without a reason
    ],
)
def test_permanence(status: str, diagnostic: str, verdict: str) -> None:
    assert judge(status, diagnostic) == verdict


def test_an_endless_answer_of_a_server_is_judged() -> None:
    report = "Final-Recipient: rfc822; a@b.test\nAction: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; 550 user unknown"
    raw = (
        "From: MAILER-DAEMON@b.test\nContent-Type: message/delivery-status\n\n"
        f"Reporting-MTA: dns; b.test\n\n{report}{' address' * 8_000}\n"
    )
    started = time.process_time()
    assert [entry.permanence for entry in delivery_reports.examine(parser.parse(raw.encode()))] == ["dead"]
    assert time.process_time() - started < 5
