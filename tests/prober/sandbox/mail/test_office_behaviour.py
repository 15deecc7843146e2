"""What the world's offices answer: the mix of parts, office hours, and mails that are what they claim to be."""

import io
import unicodedata
from collections import Counter
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from pypdf import PdfReader

from mailroom.classification import rules
from mailroom.classification.bounces import delivery_reports
from mailroom.mime import parser
from prober.domain.correspondence import SUBSTANTIVE, Event
from prober.sandbox.mail import office_behaviour, received_letter
from prober.sandbox.mail.mailstore import Mail
from prober.sandbox.mail.office_behaviour import Office
from prober.sandbox.mail.received_letter import Received
from prober.sandbox.plot import office_roles
from prober.sandbox.simulated_clock import VIETNAM
from tests.languages import VIETNAMESE
from tests.pobi import HANOI

ASKED = datetime(2020, 4, 14, 9, 12, 30, tzinfo=HANOI)
NAMES = [f"tinh-{number:02}" for number in range(63)]
AGENCIES: list[dict[str, Any]] = [
    row
    for name in NAMES
    for row in (
        {"slug": name, "kind": "portal", "province": name, "province_vi": name, "name_vi": name,
         "url": f"https://www.{name}.gov.test"},
        {"slug": f"stc-{name}", "kind": "finance", "province": name, "province_vi": f"Tỉnh {name}",
         "name_vi": f"Sở Tài chính tỉnh {name}", "url": f"https://stc.{name}.gov.test"},
    )
]  # fmt: skip
TRUTH = {
    "finance": {
        f"stc-{name}": {
            "request_email": f"stc@{name}.gov.test",
            # Half of the sites cannot be reached, so nobody can link to a document on them.
            "documents": [["Dự toán 2020", f"https://stc.{name}.gov.test/du-toan-2020.pdf"]] if number % 2 else [],
        }
        for number, name in enumerate(NAMES)
    }
}


def offices(seed: int = 2019, small: bool = False) -> dict[str, Office]:
    return office_behaviour.offices(seed, small, AGENCIES, TRUTH)


def letter(slug: str, at: datetime = ASKED, references: str = "", name: str = "first") -> Received:
    message = EmailMessage()
    message["From"] = "Nhóm khảo sát <khao-sat@prober.test>"
    message["Reply-To"] = f"khao-sat+{slug}@prober.test"
    message["Subject"] = f"Đề nghị cung cấp thông tin [YC-{slug}]"
    message["Message-ID"] = f"<{name}.{slug}@prober.test>"
    if references:
        message["References"] = references
    message.set_content("Kính gửi Quý Sở,\n\nĐề nghị cung cấp dự toán năm 2020.\n", cte="base64")
    rcpt = TRUTH["finance"][slug]["request_email"]
    return received_letter.read(slug, str(rcpt), "khao-sat@prober.test", at, message.as_bytes(policy=policy.SMTP))


def plays(name: str, seed: int = 2019) -> Office:
    return next(office for office in offices(seed).values() if office.role.name == name)


def answers(name: str) -> list[Mail]:
    """What the office that plays `name` does with the request, after its partner, if it has one, was asked too."""
    office = plays(name)
    earlier = [letter(office.partner_slug)] if office.partner_slug else []
    return office_behaviour.reactions(office, letter(office.slug), earlier, 2019)


def parsed(mail: Mail) -> EmailMessage:
    message = message_from_bytes(mail.raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def text(mail: Mail) -> str:
    body = parsed(mail).get_body(("plain", "html"))
    assert body is not None
    content: str = body.get_content()
    return unicodedata.normalize("NFC", content)


# The mix


@pytest.mark.parametrize("seed", [2019, 1, 31337])
def test_the_mix_is_that_of_pobi_2019_whatever_the_seed(seed: int) -> None:
    cast = offices(seed)
    count = Counter(office.role.event for office in cast.values())
    assert len(cast) == 63
    assert sum(office.role.answer for office in cast.values()) == 8
    assert (count[Event.FULL], count[Event.PARTIAL], count[Event.LINK]) == (4, 2, 2)
    assert count[None] >= 20
    never_an_answer = [office for office in cast.values() if not office.role.answer]
    assert not any(step.event in SUBSTANTIVE for office in never_an_answer for step in office.role.steps)
    assert {event for event in Event if event in count} >= set(Event) - {
        Event.ABUSE, Event.BY_VOICE, Event.CALENDAR, Event.OWN_COPY, Event.SPAM, Event.UNCLEAR,
    }  # fmt: skip
    assert all(office.who.documents for office in cast.values() if office.role.needs == "documents")


def test_the_seed_deals_the_parts() -> None:
    assert offices(2019) == offices(2019)
    assert {slug: office.role.name for slug, office in offices(1).items()} != {
        slug: office.role.name for slug, office in offices(2).items()
    }


def test_the_truth_tells_what_will_happen() -> None:
    told = plays("link-twice").expectation(2019)
    assert [message["event"] for message in told["messages"]] == ["A2", "L1"]
    assert told["first_human_hours"] < told["first_answer_hours"]
    assert plays("silence").expectation(2019)["event"] == "N1"
    assert plays("partial-reminded").expectation(2019)["first_human_hours"] is None


# Time


@pytest.mark.parametrize(
    ("day", "open_"),
    [("2020-04-17", True), ("2020-04-18", False), ("2020-04-30", False), ("2020-05-01", False), ("2020-05-04", True),
     ("2020-04-02", False), ("2021-09-02", False)],
)  # fmt: skip
def test_office_days(day: str, open_: bool) -> None:
    assert VIETNAM.is_office_day(datetime.fromisoformat(day).date()) is open_


def test_nobody_answers_while_offices_are_closed() -> None:
    night = ASKED.replace(hour=3)
    with pytest.raises(ValueError, match="closed"):
        VIETNAM.after_office_days(ASKED, 1, night.time())


@pytest.mark.parametrize("part", sorted({role.name for role in office_roles.roles(small=False) if role.steps}))
def test_machines_answer_in_seconds_and_people_in_office_hours(part: str) -> None:
    for mail, step in zip(answers(part), plays(part).role.steps * 2, strict=False):
        assert mail.due.microsecond == 0
        if isinstance(step.delay, office_roles.Seconds):
            assert timedelta(0) < mail.due - ASKED <= timedelta(seconds=step.delay.high)
        else:
            assert VIETNAM.is_office_day(mail.due.date()) and 7 < mail.due.hour < 17
            assert mail.due.date() > ASKED.date()


def test_one_answer_crosses_the_holidays_and_a_weekend_and_one_is_late_in_law_but_in_time() -> None:
    assert answers("full-holiday")[0].due.date().isoformat() == "2020-05-05"
    late = answers("partial-late")[0].due
    bounds = (VIETNAM.after_office_days(ASKED, days, late.time()) for days in (10, 30))
    assert next(bounds) < late <= next(bounds)


# Occasions


def test_one_office_answers_the_reminder_only() -> None:
    office = plays("partial-reminded")
    first = letter(office.slug)
    assert office_behaviour.reactions(office, first, [], 2019) == []
    reminder = letter(office.slug, ASKED + timedelta(days=14), first.message_id, "reminder")
    [mail] = office_behaviour.reactions(office, reminder, [first], 2019)
    assert mail.event == Event.PARTIAL
    assert parsed(mail)["In-Reply-To"] == reminder.message_id


def test_two_requests_in_one_receipt() -> None:
    one = plays("receipt-pair")
    first, second = letter(one.partner_slug), letter(one.slug)
    assert office_behaviour.reactions(offices()[one.partner_slug], first, [], 2019) == []
    [mail] = office_behaviour.reactions(one, second, [first], 2019)
    assert mail.agency == ",".join(sorted((one.slug, one.partner_slug)))
    assert {first.reply_to, second.reply_to} == set(parsed(mail)["To"].replace(" ", "").split(","))
    assert first.subject in text(mail) and second.subject in text(mail)


# The mails


@pytest.mark.parametrize("part", sorted({role.name for role in office_roles.roles(small=False) if role.steps}))
def test_every_mail_is_wellformed_and_says_that_it_is_simulated(part: str) -> None:
    mails = answers(part)
    assert mails == answers(part)  # same arguments, same bytes
    for mail in mails:
        message = parsed(mail)
        assert message["X-Simulated"] == "prober.sandbox"
        assert b"\n" not in mail.raw.replace(b"\r\n", b"")
        assert max(map(len, mail.raw.split(b"\r\n"))) <= 998
        assert not [defect for piece in message.walk() for defect in piece.defects]
        assert unicodedata.is_normalized("NFC", str(message["Subject"])) or part == "receipt-legacy"
        assert mail.due == datetime.strptime(str(message["Date"]), "%a, %d %b %Y %H:%M:%S %z")
        if mail.event != Event.EMPTY:
            assert len(text(mail).split()) > 8


def test_the_scanned_letter_can_be_opened_and_read() -> None:
    [mail] = answers("full-scanned")
    [attached] = parsed(mail).iter_attachments()
    content = attached.get_content()
    read = PdfReader(io.BytesIO(content), strict=True).pages[0].extract_text()
    number = str(attached.get_filename()).split()[2].partition("-")[0]
    assert f"Số: {number}/STC-QLNS" in read
    assert "Quyết toán ngân sách địa phương năm 2018" in read


def test_a_link_leads_to_the_document_itself() -> None:
    for part in ("link-quoted", "link-twice"):
        assert plays(part).who.documents[0][1] in text(answers(part)[-1])
    assert plays("link-home").who.home in text(answers("link-home")[0])
    assert ".pdf" not in text(answers("link-home")[0])


@pytest.mark.parametrize("seed", [2019, 1, 31337])
def test_every_mail_is_understood_as_it_is_meant(seed: int) -> None:
    for office in offices(seed).values():
        earlier = [letter(office.partner_slug)] if office.partner_slug else []
        for mail in office_behaviour.reactions(office, letter(office.slug), earlier, seed):
            reply = parser.parse(mail.raw)
            said = rules.classify(
                reply, delivery_reports.examine(reply), rules.RuleContext(matched=True, vocabulary=VIETNAMESE)
            )
            assert said.event == mail.event, (office.role.name, said)


def test_ways_to_find_the_request_are_left_out_on_purpose() -> None:
    quoted = parsed(answers("link-quoted")[0])
    assert quoted["To"] == "khao-sat@prober.test"  # no token
    assert quoted["In-Reply-To"] is None and "[YC-" not in str(quoted["Subject"])
    assert "đã viết:" in text(answers("link-quoted")[0])
    late = parsed(answers("partial-late")[0])
    assert late["References"] is None and "+" in str(late["To"])


def test_special_deliveries() -> None:
    assert len(set(answers("full-other-office"))) == 1 and len(answers("full-other-office")) == 2
    [private] = answers("specialist")
    assert private.folder == "Junk" and "@gmail.test" in str(parsed(private)["From"])
    assert str(parsed(answers("full-other-office")[0])["From"]).split("<")[1].startswith("vanphong.ubnd@")
    [outlook] = answers("asks-introduction")
    assert parsed(outlook).get_content_type() == "text/html" and "Chủ đề:" in text(outlook)


def test_the_legacy_mail_is_windows_1258_with_tones_apart() -> None:
    [mail] = answers("receipt-legacy")
    message = parsed(mail)
    assert message.get_content_charset() == "windows-1258"
    payload = message.get_payload(decode=True)
    assert isinstance(payload, bytes)
    assert not unicodedata.is_normalized("NFC", payload.decode("cp1258"))
    assert "đã nhận được thư và xin ghi nhận" in text(mail)


@pytest.mark.parametrize(
    ("part", "status", "action"),
    [("no-such-user", "5.1.1", "failed"), ("mailbox-full", "5.2.2", "failed"), ("blocked", "5.7.1", "failed"),
     ("delayed", "4.4.7", "delayed")],
)  # fmt: skip
def test_delivery_reports(part: str, status: str, action: str) -> None:
    [mail] = answers(part)
    message = parsed(mail)
    assert message["Return-Path"] == "<>"
    report = next(piece for piece in message.walk() if piece.get_content_type() == "message/delivery-status")
    assert f"Status: {status}" in report.as_string() and f"Action: {action}" in report.as_string()
    assert letter(plays(part).slug).message_id.encode() in mail.raw


def test_a_bounce_that_is_no_report() -> None:
    [mail] = answers("exim")
    assert parsed(mail).get_content_type() == "text/plain"
    assert parsed(mail)["X-Failed-Recipients"] == plays("exim").who.address


def test_a_letter_that_makes_no_sense_is_still_a_letter() -> None:
    for raw in (
        b"",
        b"\x00\xff",
        b"Subject: =?bad?x?=\r\nReply-To: <<>>\r\n\r\n\xff",
        b"Content-Type: multipart/mixed\r\n\r\n",
    ):
        read = received_letter.read("stc-tinh-01", "stc@tinh-01.gov.test", "a@prober.test", ASKED, raw)
        assert read.reply_to
        assert office_behaviour.reactions(plays("auto-system"), read, [], 2019)
