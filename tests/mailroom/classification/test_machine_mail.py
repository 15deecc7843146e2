"""Machine mail of many mail systems and languages, and ordinary mail that speaks of failures, all read as labelled."""

from email.message import EmailMessage
from pathlib import Path

import pytest

from mailroom.classification import rules
from mailroom.classification.bounces import delivery_reports, permanence
from mailroom.mime import parser
from prober.domain.correspondence import Event
from prober.services.evaluation import mail_cases
from tests.languages import VIETNAMESE

FOLDER = Path(__file__).parents[2] / "fixtures" / "machine"


def test_machine_mail_and_ordinary_mail_are_told_apart() -> None:
    rows = mail_cases.evaluate_mails(FOLDER, VIETNAMESE)
    assert [(row["measure"], row["misses"]) for row in rows if row["misses"]] == []
    assert {row["measure"]: row["claimed"] - row["right"] for row in rows} == {
        "bounce": 0, "auto_reply": 0, "abuse": 0, "permanence": 2,  # what was delivered is neither hard nor soft
    }  # fmt: skip
    assert min(row["labelled"] for row in rows) > 0


@pytest.mark.parametrize(
    ("name", "event"),
    [
        ("monitor-disk-nearly-full", Event.OTHER),
        ("bank-one-time-code", Event.OTHER),
        ("forge-pipeline-failed", Event.SPAM),
        ("ticket-system-generated-with-reference", Event.AUTO_ACK),
    ],
)
def test_a_program_that_writes_is_an_automatic_reply_only_if_it_answers(name: str, event: Event) -> None:
    reply = parser.parse((FOLDER / f"{name}.eml").read_bytes())
    assert rules.classify(reply, [], rules.RuleContext(vocabulary=VIETNAMESE)).event == event
    assert rules.classify(reply, [], rules.RuleContext(matched=True, vocabulary=VIETNAMESE)).event == Event.AUTO_ACK


@pytest.mark.parametrize(
    ("name", "event"),
    [
        ("person-with-suppress-header-gives-figures", Event.FULL),
        ("redirected-by-a-rule-of-another-mailbox", Event.LINK),
        ("person-sent-as-bulk-asks-a-paper", Event.ASKS_FORM),
        ("outlook-with-suppress-header-received", Event.HUMAN_ACK),
        ("group-of-an-office-answers-figures", Event.FULL),
        ("group-of-an-office-asks-purpose", Event.ASKS_PURPOSE),
        ("answers-its-own-automatic-reply", Event.TRANSFER_INSIDE),
        ("away-gives-the-link-itself", Event.PARTIAL),
        ("away-asks-purpose", Event.ASKS_PURPOSE),
        ("ticket-was-opened-vi", Event.AUTO_ACK),
        ("ticket-vi-link-to-progress", Event.AUTO_ACK),
        ("domino-receipt-in-words", Event.READ_RECEIPT),
        ("noreply-person-asks-which", Event.ASKS_PURPOSE),
    ],
)
def test_who_wrote_what_belongs_to_a_request(name: str, event: Event) -> None:
    reply = parser.parse((FOLDER / f"{name}.eml").read_bytes())
    assert (
        rules.classify(
            reply, delivery_reports.examine(reply), rules.RuleContext(matched=True, vocabulary=VIETNAMESE)
        ).event
        == event
    )


@pytest.mark.parametrize(("attached", "event"), [(True, Event.UNCLEAR), (False, Event.AUTO_ACK)])
def test_an_answer_within_a_minute_is_automatic_only_if_no_document_came_with_it(attached: bool, event: Event) -> None:
    """A rehearsed office answers at once, with the document that was asked for: a person must see that."""
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "ubnd.xa-1@dientap.gov.test", "Re: Danh mục thủ tục hành chính"
    mail.set_content("Ủy ban nhân dân xã gửi Quý vị danh mục.")
    if attached:
        mail.add_attachment(b"%PDF-1.4 thu tuc", maintype="application", subtype="pdf", filename="thu-tuc.pdf")
    reply = parser.parse(mail.as_bytes())
    for seconds in (0.0, 50.0, 90.0):
        assert (
            rules.classify(reply, [], rules.RuleContext(matched=True, seconds=seconds, vocabulary=VIETNAMESE)).event
            == event
        )
    assert (
        rules.classify(reply, [], rules.RuleContext(matched=True, seconds=91.0, vocabulary=VIETNAMESE)).event
        != Event.AUTO_ACK
    )


def test_a_bare_receipt_sent_as_bulk_is_a_programs_where_it_belongs_to_a_request() -> None:
    reply = parser.parse(
        "From: ngansach@stc.gov.test\nSubject: Re: Yeu cau\nPrecedence: bulk\n"
        "Content-Type: text/plain; charset=utf-8\n\n"
        "Phòng Ngân sách đã nhận được thư của quý vị và sẽ trả lời trong thời gian sớm nhất.\n".encode()
    )
    assert rules.classify(reply, [], rules.RuleContext(matched=True, vocabulary=VIETNAMESE)).event == Event.AUTO_ACK


def test_what_a_filter_marked_as_spam_stays_spam_though_it_belongs_to_a_request() -> None:
    raw = (FOLDER / "group-of-an-office-answers-figures.eml").read_bytes()
    reply = parser.parse(b"X-Spam-Flag: YES\n" + raw)
    assert rules.classify(reply, [], rules.RuleContext(matched=True, vocabulary=VIETNAMESE)).event == Event.SPAM


@pytest.mark.parametrize(
    ("name", "fate"),
    [
        ("report-for-programs-in-base64", permanence.DEAD),
        ("office365-all-recipients-denied", permanence.DEAD),
        ("office365-expired-connection-refused", permanence.TEMPORARY),
        ("smartermail-service-not-available", permanence.TEMPORARY),
        ("postfix-no-route-to-host", permanence.TEMPORARY),
        ("postfix-dns-try-again", permanence.TEMPORARY),
        ("postfix-verification-in-progress", permanence.TEMPORARY),
        ("administrative-prohibition", permanence.BLOCKED),
        ("words-german-refused-attachment", permanence.BLOCKED),
        ("words-chinese-refused", permanence.BLOCKED),
        ("words-french-refused", permanence.BLOCKED),
        ("words-japanese-refused", permanence.BLOCKED),
        ("words-korean-blocked", permanence.BLOCKED),
    ],
)
def test_a_bad_moment_is_told_from_a_filter(name: str, fate: str) -> None:
    """The table of labels has one word for both."""
    reply = parser.parse((FOLDER / f"{name}.eml").read_bytes())
    assert [entry.permanence for entry in delivery_reports.examine(reply)] == [fate]


@pytest.mark.parametrize(
    "name",
    [
        "held-letter-banned-file-to-us",
        "held-letter-virus-to-us",
        "held-letter-suspected-spam-vi",
        "held-letter-threat-to-us",
        "held-letter-type-not-allowed",
        "own-mailbox-90-percent",
        "own-mailbox-exchange-full",
        "postmaster-person-whitelisted-us",
        "postmaster-person-french",
        "postmaster-person-lifted-block-vi",
    ],
)
def test_what_reports_nothing_does_not_begin_to_where_it_comes_to_the_address_of_a_request(name: str) -> None:
    """An office's letter that our own filter held back has the token in its address, and is no letter that failed."""
    raw = (FOLDER / f"{name}.eml").read_bytes()
    assert raw.count(b"To: khao-sat@prober.test") == 1
    reply = parser.parse(raw.replace(b"To: khao-sat@prober.test", b"To: khao-sat+abcdefghij@prober.test"))
    assert delivery_reports.examine(reply) == []


@pytest.mark.parametrize("to", ["khao-sat@prober.test", "khao-sat+abcdefghij@prober.test"])
@pytest.mark.parametrize(
    ("subject", "words"),
    [
        ("Undeliverable", "a@x.test: mailbox unavailable"),
        ("Undeliverable mail", "a@x.test: user unknown. If this message was not addressed to you, delete it."),
        ("Mail rejected", "A message from khao-sat@prober.test to a@x.test was rejected."),
    ],
)
def test_a_report_in_a_few_words_counts_at_whatever_address_it_comes(to: str, subject: str, words: str) -> None:
    """Some systems report to the address in From, which has no token."""
    raw = f"Return-Path: <>\nFrom: MAILER-DAEMON@x.test\nTo: {to}\nSubject: {subject}\n\n{words}\n"
    assert [entry.address for entry in delivery_reports.examine(parser.parse(raw.encode()))] == ["a@x.test"]


@pytest.mark.parametrize(
    ("subject", "text", "event"),
    [
        ("Thông báo", "[eOffice] Văn bản đã được tiếp nhận, số đến 1203.", Event.AUTO_ACK),
        ("Re: x", "Văn bản của ông đã được tiếp nhận trên hệ thống.", Event.AUTO_ACK),
        ("Re: x", "Trạng thái: Đã tiếp nhận. Mã hồ sơ: 2020.0413.118.", Event.AUTO_ACK),
        ("[#881] x", "Chúng tôi đã nhận được yêu cầu hỗ trợ #881 và sẽ xử lý sớm.", Event.AUTO_ACK),
        ("[#881] x", "Về yêu cầu #881: Sở không cung cấp các tài liệu này.", Event.REFUSAL),
        ("Re: x", "[Zalo OA] Sở xin chào! Cán bộ phụ trách sẽ liên hệ lại.", Event.AUTO_ACK),
        ("x", "Xin chào! Tôi là trợ lý ảo của Sở. Câu hỏi của bạn đã được ghi nhận.", Event.AUTO_ACK),
        ("Re: x", "Cảm ơn Quý vị đã liên hệ. Chúng tôi sẽ phản hồi trong giờ hành chính.", Event.AUTO_ACK),
        ("Đã nhận: x", "Thư này do máy chủ tạo ra. Thư của bạn đã vào hàng chờ, mã phiếu P-0302-77.", Event.AUTO_ACK),
        ("Re: x", "Thư của nhóm đã vào hàng chờ của phòng, tuần sau có số.", Event.EXTENSION),
        ("Vang mat: x", "Hien tai toi di hoc tap trung.", Event.AUTO_ACK),
        ("Re: x", "Enquiry FS-2217 received. Our reply is due by 7 May. This inbox is unmonitored.", Event.AUTO_ACK),
        ("Re: x", "Case 4410 is open. This e-mail was issued by our customer contact platform.", Event.AUTO_ACK),
        (
            "Re: x",
            "Your enquiry has been recorded with the following details:\n\nNumber: 4410\nReceived: 07/04/2020",
            Event.AUTO_ACK,
        ),
        (
            "Re: x",
            "We acknowledge receipt. Under the Regulation you will get a reply within 15 working days.",
            Event.HUMAN_ACK,
        ),
        ("Re: x", "Chào nhóm, mình đã nhận được thư, đang xem.", Event.HUMAN_ACK),
    ],
)
def test_systems_that_send_no_header_are_told_by_what_they_say(subject: str, text: str, event: Event) -> None:
    raw = f"From: an@stc.tinh.gov.test\nTo: khao-sat+abcdefghij@prober.test\nSubject: {subject}\n\n{text}\n"
    assert (
        rules.classify(parser.parse(raw.encode()), [], rules.RuleContext(matched=True, vocabulary=VIETNAMESE)).event
        == event
    )
