"""Answers to FETCH: those in the usual form mean what imapclient reads in them, and all others are left to it."""

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from imapclient.exceptions import ProtocolError
from imapclient.response_parser import parse_fetch_response

from mailroom.imap import fetch_responses

DATE = b'INTERNALDATE "14-Apr-2020 08:36:24 +0700"'
BODY = (b"3 (BODY[] {5}", b"To: a")
USUAL = {
    "a date": [b"1 (UID 7 " + DATE + b")"],
    "the UID behind": [b"1 (" + DATE + b" UID 7)"],
    "a day of one digit": [b'1 (UID 7 INTERNALDATE " 4-Apr-2020 08:36:24 -0330")'],
    "a size": [b"1 (UID 7 RFC822.SIZE 5540)"],
    "a message": [BODY, b" UID 7 " + DATE + b")"],
    "a message at the end": [(b"3 (UID 7 " + DATE + b" BODY[] {5}", b"To: a"), b")"],
    "the beginning of a message": [(b"3 (UID 7 RFC822.SIZE 9 BODY[]<0> {5}", b"To: a"), b")"],
    "an empty message": [(b"3 (UID 7 BODY[] {0}", b""), b")"],
    "two": [BODY, b" UID 7)", b"1 (UID 8 RFC822.SIZE 1)"],
    "one message in two answers": [b"1 (UID 7 RFC822.SIZE 5)", b"1 (UID 7 " + DATE + b")"],
    "nothing": [],
}
UNUSUAL = {
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


def by_imapclient(answer: list[fetch_responses.Part]) -> fetch_responses.Answers:
    found = parse_fetch_response(answer, False, True)
    renamed = {b"BODY[]<0>": b"BODY[]"}
    return {
        uid: {renamed.get(name, name): value for name, value in items.items() if name != b"SEQ"}
        for uid, items in found.items()
    }


@pytest.mark.parametrize("name", USUAL)
def test_a_usual_answer_means_what_imapclient_reads_in_it(name: str) -> None:
    found = fetch_responses._usual(USUAL[name])
    assert found == by_imapclient(list(USUAL[name]))


def test_dates_are_in_the_zone_of_the_server() -> None:
    (items,) = fetch_responses.parsed(USUAL["a day of one digit"]).values()
    zone = timezone(-timedelta(hours=3, minutes=30))
    assert items[b"INTERNALDATE"] == datetime(2020, 4, 4, 8, 36, 24, tzinfo=zone)
    assert items[b"INTERNALDATE"].utcoffset() == zone.utcoffset(None)


@pytest.mark.parametrize("name", UNUSUAL)
def test_any_other_answer_is_left_to_imapclient(name: str) -> None:
    assert fetch_responses._usual(UNUSUAL[name]) is None
    found = fetch_responses.parsed(UNUSUAL[name])
    assert {uid: {n: v for n, v in items.items() if n != b"SEQ"} for uid, items in found.items()} == by_imapclient(
        list(UNUSUAL[name])
    )


@pytest.mark.parametrize("answer", [[b"1 (UID 7"], [b"1 (UID x)"], [BODY, b" UID 7"], [BODY], [b"1"]])
def test_a_damaged_answer_is_an_error(answer: list[fetch_responses.Part]) -> None:
    with pytest.raises((ProtocolError, ValueError)):
        fetch_responses.parsed(answer)


@given(
    st.lists(st.sampled_from([b"1 (", b"UID 7", b" ", DATE, b"RFC822.SIZE 5", b")", b"NIL", b"FLAGS ()"]), max_size=8)
)
def test_what_is_read_in_one_step_is_what_imapclient_reads(pieces: list[bytes]) -> None:
    answer: list[fetch_responses.Part] = [b"".join(pieces)]
    found = fetch_responses._usual(answer)
    assert found is None or found == by_imapclient(answer)
