"""What a person of ours passes on is read as it was sent; what others pass on, or write about, stays their letter."""

import pytest

from mailroom.classification.bounces import forwarded_reports
from mailroom.classification.bounces.delivery_reports import examine
from mailroom.mime.parser import parse

HEAD = """\
From: Quan tri <hethong@{domain}>
To: khao-sat+abcdefghij@prober.test{others}
Subject: Fwd: Mail delivery failed
Message-ID: <1@{domain}>
Content-Type: text/plain; charset=utf-8

"""
REPORT = """\
-------- Forwarded Message --------
{sender}
{subject}
Date: Mon, 13 Apr 2020 09:01:12 +0700

> Your message could not be delivered to
> vanthu@stc.hagiang.gov.test
> 550 5.1.1 no such user
"""
BY_MAILER = "From: Mail Delivery System <MAILER-DAEMON@mx.gov.test>", "Subject: Undelivered Mail Returned to Sender"


def forwarded(
    text: str = "", domain: str = "prober.test", others: str = "", head: tuple[str, str] = BY_MAILER
) -> bytes:
    return (HEAD.format(domain=domain, others=others) + text + REPORT.format(sender=head[0], subject=head[1])).encode()


def test_a_report_that_one_of_us_passes_on_is_read_as_it_was_sent() -> None:
    reply = parse(forwarded())
    inner = forwarded_reports.passed_on(reply)
    assert inner and inner.from_address == "mailer-daemon@mx.gov.test"
    assert inner.subject == "Undelivered Mail Returned to Sender"
    assert inner.full_text.startswith("Your message")
    assert [(entry.address, entry.permanence) for entry in examine(reply)] == [("vanthu@stc.hagiang.gov.test", "dead")]


@pytest.mark.parametrize(
    "head",
    [
        ("*From:* Mail Delivery System [mailto:MAILER-DAEMON@mx.gov.test]", "*Subject:* Undelivered Mail"),
        ("Từ: Mail Delivery System <MAILER-DAEMON@mx.gov.test>", "Chủ đề: Undelivered Mail"),
    ],
)
def test_heads_of_other_mail_programs(head: tuple[str, str]) -> None:
    inner = forwarded_reports.passed_on(parse(forwarded(head=head)))
    assert inner and (inner.from_address, inner.subject) == ("mailer-daemon@mx.gov.test", "Undelivered Mail")


@pytest.mark.parametrize(
    "raw",
    [
        forwarded("Anh xem giúp thư này.\n\n"),
        forwarded(domain="stc.hagiang.gov.test"),
        forwarded(others=", lan@stc.hagiang.gov.test"),
        forwarded(head=("Kính gửi: Quý cơ quan", "V/v: thư bị trả lại")),
    ],
    ids=["with words of their own", "of another domain", "also to others", "without a sender"],
)
def test_other_letters_pass_nothing_on(raw: bytes) -> None:
    assert not examine(parse(raw))


REPORT_WITHOUT_TEXT = b"""\
From: Mail Delivery System <MAILER-DAEMON@prober.test>
To: khao-sat@prober.test
Subject: Undelivered Mail Returned to Sender
Message-ID: <2@prober.test>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; prober.test

Final-Recipient: rfc822; vanthu@stc.hagiang.gov.test
Action: failed
Status: 5.1.1

--b
Content-Type: message/rfc822

From: khao-sat@prober.test
To: vanthu@stc.hagiang.gov.test
Subject: V/v cung cap thong tin
Message-ID: <3@prober.test>

Kinh gui Quy co quan
--b--
"""


def test_our_own_mail_server_reports_and_passes_nothing_on() -> None:
    reply = parse(REPORT_WITHOUT_TEXT)
    assert [entry.permanence for entry in examine(reply)] == ["dead"]
    assert forwarded_reports.passed_on(reply) is None


def test_a_letter_that_is_no_report_stays_a_letter() -> None:
    assert not examine(parse(forwarded(head=("From: Lan <lan@stc.hagiang.gov.test>", "Subject: V/v cung cấp"))))
