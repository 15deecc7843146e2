"""Answers to FETCH mean what imapclient reads in them, whatever their form; damaged ones are an error."""

from datetime import datetime, timedelta, timezone

import pytest
from imapclient.exceptions import ProtocolError
from imapclient.response_parser import parse_fetch_response

from mailroom.imap import mailbox

DATE = b'INTERNALDATE "14-Apr-2020 08:36:24 +0700"'
BODY = (b"3 (BODY[] {5}", b"To: a")
ANSWERS = {
    "a date": [b"1 (UID 7 " + DATE + b")"],
    "the UID behind": [b"1 (" + DATE + b" UID 7)"],
    "a day of one digit": [b'1 (UID 7 INTERNALDATE " 4-Apr-2020 08:36:24 -0330")'],
    "many dates": [b"%d (UID %d " % (n, 2 * n) + DATE.replace(b"14", b"%2d" % n) + b")" for n in range(1, 29)],
    "two dates of one message": [b"1 (UID 7 " + DATE + b")", b"1 (UID 7 " + DATE.replace(b"14", b"15") + b")"],
    "an odd date among others": [b"1 (UID 7 " + DATE + b")", b'2 (UID 8 INTERNALDATE "14-Apr-2020 24:36:24 +0700")'],
    "a month of no calendar": [b'1 (UID 7 INTERNALDATE "14-Xyz-2020 08:36:24 +0700")'],
    "a zone beyond the world": [b'1 (UID 7 INTERNALDATE "14-Apr-2020 08:36:24 +1959")'],
    "a size": [b"1 (UID 7 RFC822.SIZE 5540)"],
    "a message": [BODY, b" UID 7 " + DATE + b")"],
    "a message at the end": [(b"3 (UID 7 " + DATE + b" BODY[] {5}", b"To: a"), b")"],
    "the beginning of a message": [(b"3 (UID 7 RFC822.SIZE 9 BODY[]<0> {5}", b"To: a"), b")"],
    "an empty message": [(b"3 (UID 7 BODY[] {0}", b""), b")"],
    "two": [BODY, b" UID 7)", b"1 (UID 8 RFC822.SIZE 1)"],
    "one message in two answers": [b"1 (UID 7 RFC822.SIZE 5)", b"1 (UID 7 " + DATE + b")"],
    "nothing": [],
    "flags that nobody asked for": [b"1 (UID 7 FLAGS (\\Seen) " + DATE + b")"],
    "no body": [b"3 (UID 7 BODY[] NIL " + DATE + b")"],
    "a body in quotes": [b'3 (UID 7 BODY[] "To: a")'],
    "no date": [b"1 (UID 7 INTERNALDATE NIL)"],
    "a date of no calendar": [b'1 (UID 7 INTERNALDATE "31-Feb-2020 08:36:24 +0700")'],
    "a date in dots": [b'1 (UID 7 INTERNALDATE "14-Apr-2020 08.36.24 +0700")'],
    "names in small letters": [b"1 (uid 7 rfc822.size 5)"],
    "two literals": [(b"3 (UID 7 BODY[] {5}", b"To: a"), (b" BODY[HEADER] {5}", b"To: a"), b")"],
    "a literal of something else": [(b"3 (UID 7 BODY[HEADER] {5}", b"To: a"), b")"],
    "none of the folder": [None],
}


def by_imapclient(answer: list[mailbox.Part]) -> mailbox.Answers:
    found = parse_fetch_response(answer, False, True)
    renamed = {b"BODY[]<0>": b"BODY[]"}
    return {
        uid: {renamed.get(name, name): value for name, value in items.items() if name != b"SEQ"}
        for uid, items in found.items()
    }


def without_numbers(answers: mailbox.Answers) -> mailbox.Answers:
    return {uid: {name: value for name, value in items.items() if name != b"SEQ"} for uid, items in answers.items()}


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_means_what_imapclient_reads_in_it(name: str) -> None:
    assert without_numbers(mailbox.parsed(ANSWERS[name])) == by_imapclient(list(ANSWERS[name]))


USUAL = (
    "the UID behind",
    "many dates",
    "a size",
    "a message",
    "a message at the end",
    "the beginning of a message",
    "two",
)


@pytest.mark.parametrize("name", USUAL)
def test_a_usual_answer_is_read_without_imapclient(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailbox, "parse_fetch_response", None)
    assert mailbox.parsed(ANSWERS[name])


@pytest.mark.parametrize("line", [b"3 (UID 7 RFC822.SIZE 5 )", b"3 (UID 7  RFC822.SIZE 5)", b"3 (RFC822.SIZE 5)"])
def test_blanks_too_many_and_a_missing_uid_are_left_to_imapclient(line: bytes) -> None:
    assert mailbox._usual([line]) == {}


def test_a_literal_shorter_than_announced_is_left_to_imapclient() -> None:
    assert mailbox._usual([(b"3 (UID 7 BODY[] {6}", b"To: a"), b")"]) == {}


def test_a_literal_that_may_hold_nul_bytes_is_one() -> None:
    answer: list[mailbox.Part] = [(b"3 (UID 7 BODY[] ~{5}", b"To\0 a"), b")"]
    assert without_numbers(mailbox.parsed(answer)) == {7: {b"BODY[]": b"To\0 a"}}


def test_dates_are_in_the_zone_of_the_server() -> None:
    (items,) = mailbox.parsed(ANSWERS["a day of one digit"]).values()
    zone = timezone(-timedelta(hours=3, minutes=30))
    assert items[b"INTERNALDATE"] == datetime(2020, 4, 4, 8, 36, 24, tzinfo=zone)
    assert items[b"INTERNALDATE"].utcoffset() == zone.utcoffset(None)


@pytest.mark.parametrize("answer", [[b"1 (UID 7"], [b"1 (UID x)"], [BODY, b" UID 7"], [BODY], [b"1"]])
def test_a_damaged_answer_is_an_error(answer: list[mailbox.Part]) -> None:
    with pytest.raises((ProtocolError, ValueError)):
        mailbox.parsed(answer)
