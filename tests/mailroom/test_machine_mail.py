"""Machine mail of many mail systems and languages, and ordinary mail that speaks of failures, all read as labelled."""

from pathlib import Path

import pytest

from mailroom import bounces, classify, evaluation, incoming
from prober.correspondence import Event

FOLDER = Path(__file__).parents[1] / "fixtures" / "machine"


def test_machine_mail_and_ordinary_mail_are_told_apart() -> None:
    rows = evaluation.evaluate_mails(FOLDER)
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
    reply = incoming.parse((FOLDER / f"{name}.eml").read_bytes())
    assert classify.classify(reply, [], classify.Context()).event == event
    assert classify.classify(reply, [], classify.Context(matched=True)).event == Event.AUTO_ACK


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
    ],
)
def test_who_wrote_what_belongs_to_a_request(name: str, event: Event) -> None:
    reply = incoming.parse((FOLDER / f"{name}.eml").read_bytes())
    assert classify.classify(reply, bounces.examine(reply), classify.Context(matched=True)).event == event


def test_a_bare_receipt_sent_as_bulk_is_a_programs_where_it_belongs_to_a_request() -> None:
    reply = incoming.parse(
        "From: ngansach@stc.gov.test\nSubject: Re: Yeu cau\nPrecedence: bulk\n"
        "Content-Type: text/plain; charset=utf-8\n\n"
        "Phòng Ngân sách đã nhận được thư của quý vị và sẽ trả lời trong thời gian sớm nhất.\n".encode()
    )
    assert classify.classify(reply, [], classify.Context(matched=True)).event == Event.AUTO_ACK


def test_what_a_filter_marked_as_spam_stays_spam_though_it_belongs_to_a_request() -> None:
    raw = (FOLDER / "group-of-an-office-answers-figures.eml").read_bytes()
    reply = incoming.parse(b"X-Spam-Flag: YES\n" + raw)
    assert classify.classify(reply, [], classify.Context(matched=True)).event == Event.SPAM
