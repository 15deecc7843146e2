"""Copies of our own letters are told by their Message-ID, and nothing else is ever taken for one by it."""

import pickle
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from mailroom.classification.machine_mail import OWN_LETTER
from mailroom.intake.understand import SentLetters, Stored, poison, understand
from mailroom.matching import scoring
from mailroom.mime import parser
from prober.text.words import Vocabulary
from tests.languages import VIETNAMESE
from tests.pobi import HANOI

AT = datetime(2020, 4, 14, 9, tzinfo=HANOI)
OWN = "<abcdefghij.request.pobi-2019@prober.test>"
LETTER = "Chúng tôi trân trọng đề nghị Quý cơ quan cung cấp các tài liệu hiện có sau đây. Mã [YC-abcdefghij]"
SENT = scoring.Sent("pobi-2019", "2019-stc-ca-mau", "abcdefghij", (OWN,), "stc@camau.gov.test", "x", LETTER)
LETTERS = SentLetters(
    scoring.index((SENT,), VIETNAMESE),
    frozenset((OWN,)),
    frozenset(("khao-sat@prober.test",)),
    {},
    vocabulary=VIETNAMESE,
)
BODY = f"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain; charset=utf-8\n\n{LETTER}\n--b--\n"


def mail(head: str, line_end: str = "\n") -> bytes:
    return f"From: khao-sat@prober.test\nDate: Tue, 14 Apr 2020 09:00:00 +0700\n{head}{BODY}".replace(
        "\n", line_end
    ).encode()


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("head", [f"Message-ID: {OWN}\n", f"MESSAGE-ID:\n {OWN}\n", f"Message-Id:{OWN}\nX: y\n"])
def test_a_copy_of_our_own_letter_is_known_by_its_header_and_not_read(head: str, line_end: str) -> None:
    found = understand(Stored(mail(head, line_end), AT), LETTERS)
    assert (found.rule, found.message_id, found.error) == ("own.message_id", OWN, "")
    assert (found.candidates, found.attachments, found.detail.defects) == ([], (), ())


@pytest.mark.parametrize(
    "head",
    [
        f"Message-ID: <1@camau.gov.test>\nIn-Reply-To: {OWN}\n",
        f"Message-ID: \nReferences: {OWN}\n",
        f"References: {OWN}\n",
        f"X-Message-ID: {OWN}\nMessage-ID: <1@camau.gov.test>\n",
        f"Subject: about\n Message-ID: {OWN}\nMessage-ID: <1@camau.gov.test>\n",
    ],
)
def test_a_message_that_only_names_our_letter_is_read_whole(head: str) -> None:
    found = understand(Stored(mail(head).replace(b"khao-sat@", b"stc@"), AT), LETTERS)
    assert found.rule != "own.message_id"
    assert [agency for _, agency, *_ in found.candidates] == ["2019-stc-ca-mau"]


def test_a_letter_that_one_of_us_writes_by_hand_is_read_and_matched() -> None:
    found = understand(Stored(mail("Message-ID: <1@prober.test>\nTo: stc@camau.gov.test\n"), AT), LETTERS)
    assert found.rule == OWN_LETTER
    assert found.candidates


@pytest.mark.parametrize(
    "raw", [b"", b"\n\n", b"Message-ID: <a@b>", b"x\n\nMessage-ID: <a@b>\n", b"\xff\r\n\r\n", b"Message-ID: a@b\n\n"]
)
def test_the_message_id_that_is_told_without_a_parser_is_none_or_that_of_the_parser(raw: bytes) -> None:
    assert parser.message_id(raw) in ("", parser.parse(raw).message_id)


@pytest.mark.parametrize("name", ["edge-33-mixed-inside-alternative", "edge-41-tnef-alone", "edge-42-attached-message"])
def test_line_ends_make_no_other_content(name: str) -> None:
    unix = (Path(__file__).parents[2] / f"fixtures/mail/{name}.eml").read_bytes()
    written = [unix.replace(b"\n", end) for end in (b"\n", b"\r\n", b"\r", b"\r\r\n")]
    assert len({understand(Stored(raw, AT), LETTERS).detail.content for raw in written}) == 1
    assert len({understand(Stored(raw, AT), LETTERS).sha256 for raw in written}) == 4


@pytest.mark.parametrize(
    ("date", "flag"),
    [
        ("Tue, 14 Apr 2020 09:00:00 +0700", ""),
        ("Wed, 15 Apr 2020 08:59:00 +0700", ""),
        ("Wed, 15 Apr 2020 09:01:00 +0700", "Date says 2020-04-15, it came on 2020-04-14"),
        ("Tue, 7 Apr 2020 09:00:00 +0700", "Date says 2020-04-07, it came on 2020-04-14"),
        ("Fri, 14 Apr 2089 09:00:00 +0700", "Date says 2089-04-14, it came on 2020-04-14"),
    ],
)
def test_a_date_that_is_far_from_the_servers_is_flagged_and_is_no_clock(date: str, flag: str) -> None:
    found = understand(Stored(f"From: stc@camau.gov.test\nDate: {date}\n\nx".encode(), AT), LETTERS)
    assert found.detail.defects == ((flag,) if flag else ())
    assert found.received_at == AT.isoformat()


def test_letters_are_read_in_the_languages_of_the_study() -> None:
    text = "The council considers your request to be vexatious within the meaning of section 14(1) of the Act."
    raw = f"From: foi@northwold.gov.test\nSubject: Your request\n\n{text}\n".encode()
    read = understand(Stored(raw, AT), replace(LETTERS, vocabulary=Vocabulary(("en",))))
    assert read.event == "R1" and read.detail.opinion == ""


def test_a_process_that_gets_the_same_letters_with_each_batch_reads_them_once() -> None:
    first, second = (pickle.loads(pickle.dumps((message, LETTERS))) for message in ("1", "2"))
    assert first[1].index is second[1].index and first[1] == LETTERS
    other = pickle.loads(pickle.dumps(replace(LETTERS, own_ids=frozenset())))
    assert other != LETTERS and other.own_ids == frozenset()


@pytest.mark.parametrize("head", [f"Message-ID: {OWN}\n", "Message-ID: <1@camau.gov.test>\n"])
def test_the_hash_under_which_a_message_is_stored_is_not_made_again(head: str) -> None:
    message = Stored(mail(head), AT, sha256="ab" * 32)
    read, unread = understand(message, LETTERS), poison(message, LETTERS, "ended twice")
    assert (read.sha256, unread.sha256) == (message.sha256, message.sha256)
    assert read == replace(understand(replace(message, sha256=""), LETTERS), sha256=message.sha256)
