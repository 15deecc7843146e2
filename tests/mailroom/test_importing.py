"""Letters that came another way, and what was said on the telephone: kept, clocked by the right word, counted once."""

import mailbox
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom import importing
from mailroom.importing import Found, arrived
from prober.clock import HANOI
from prober.errors import UsageError
from prober.store import messages, open_private
from prober.store.messages import IMPORTED, Arrival

NOW = datetime(2020, 6, 1, 9, 0, tzinfo=HANOI)
RECEIVED = "Received: from mx.camau.gov.test by mx.prober.test; Wed, 22 Apr 2020 08:30:00 +0700\n"
DATE = "Date: Tue, 21 Apr 2020 16:00:00 +0700\n"
MAIL = (
    "From: vanthu@camau.gov.test\nTo: khao-sat+{token}@prober.test\nSubject: Tra loi\nMessage-ID: <{token}@c.test>\n"
    "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n"
    "Sở Tài chính cung cấp thông tin: dự toán thu 5.186 tỷ đồng, chi 10.924 tỷ đồng.\n"
)


def letter(head: str = "", token: str = "bcdfghjkmn") -> bytes:
    return (head + MAIL.format(token=token)).encode()


def wire(raw: bytes) -> bytes:
    return raw.replace(b"\n", b"\r\n")


def maildir(path: Path) -> Path:
    box = mailbox.Maildir(path, create=True)
    box.close()
    (path / "cur/1587519000.M1P1.host:2,S").write_bytes(letter())  # 2020-04-22 08:30 in Hanoi
    return path


def mbox(path: Path) -> Path:
    path.write_bytes(b"From vanthu@camau.gov.test Wed Apr 22 01:30:00 2020\n" + letter() + b"\n")
    return path


def eml(path: Path) -> Path:
    path.write_bytes(letter(RECEIVED + DATE))
    return path


def folder(path: Path) -> Path:
    (path / "deeper").mkdir(parents=True)
    eml(path / "deeper/a.eml")
    (path / "note.txt").write_text("no mail", encoding="utf-8")
    return path


@pytest.mark.parametrize("make", [maildir, mbox, eml, folder])
def test_every_kind_of_file_gives_its_letters_with_the_time_of_arrival(tmp_path: Path, make: Any) -> None:
    reading = importing.read(make(tmp_path / "box"), NOW)
    (arrival,) = reading.arrivals
    assert reading.failures == ()
    assert arrival.internaldate.isoformat() == "2020-04-22T08:30:00+07:00"
    assert arrival.raw in (wire(letter()), wire(letter(RECEIVED + DATE)))


@pytest.mark.parametrize(
    ("raw", "stamped", "moment"),
    [
        (letter(RECEIVED + DATE), None, "2020-04-22T01:30:00+00:00"),
        (letter(RECEIVED), NOW, "2020-04-22T01:30:00+00:00"),
        (letter(DATE), datetime(2020, 4, 22, 8, 30, tzinfo=HANOI), "2020-04-22T08:30:00+07:00"),
        (letter(DATE), None, "2020-04-21T09:00:00+00:00"),
        (letter("Received: from a by b; yesterday\n" + DATE), None, "2020-04-21T09:00:00+00:00"),
        (letter("Date: Thu, 01 Jan 1970 00:00:00 +0000\n"), None, None),
        (letter(), None, None),
    ],
    ids=["received", "received over file", "file over date", "date", "broken received", "impossible", "nothing"],
)
def test_the_servers_word_counts_over_the_senders(raw: bytes, stamped: datetime | None, moment: str | None) -> None:
    found = arrived(Found("x", raw, stamped))
    assert (found.isoformat() if found else None) == moment


@given(st.binary(max_size=300))
def test_whatever_the_bytes_a_time_is_found_or_not(raw: bytes) -> None:
    found = arrived(Found("x", raw))
    assert found is None or found.tzinfo is not None


def test_what_cannot_be_taken_in_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_text("không phải thư\n", encoding="utf-8")
    (tmp_path / "b.eml").write_bytes(letter())
    (tmp_path / "c.eml").write_bytes(letter("Date: Tue, 21 Apr 2093 16:00:00 +0700\n"))
    reading = importing.read(tmp_path, NOW)
    assert reading.arrivals == ()
    said = [failure.partition(": ")[2] for failure in reading.failures]
    assert said[0] == "no header line, this is no mail"
    assert said[1] == "nothing in it says when it came; give --received-at"
    assert said[2].endswith("lies in the future")
    (given_time,) = importing.read(tmp_path / "b.eml", NOW, NOW - timedelta(days=1)).arrivals
    assert given_time.internaldate == NOW - timedelta(days=1)
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="no .eml file, mbox or Maildir"):
        importing.read(tmp_path / "empty", NOW)


@pytest.mark.parametrize(
    ("order", "clock"),
    [
        ((IMPORTED, "me"), "2020-04-22T08:00:00+07:00"),
        (("me", IMPORTED), "2020-04-22T08:00:00+07:00"),
        ((IMPORTED, "me", IMPORTED), "2020-04-22T08:00:00+07:00"),
        ((IMPORTED,), "2020-04-21T08:00:00+07:00"),
    ],
    ids=["import first", "mailbox first", "again", "import only"],
)
def test_a_servers_time_counts_over_that_of_an_import(tmp_path: Path, order: tuple[str, ...], clock: str) -> None:
    private = open_private(tmp_path / "private.db")
    day = {IMPORTED: 21, "me": 22}
    for account in order:
        at = datetime(2020, 4, day[account], 8, 0, tzinfo=HANOI)
        messages.keep(private, account, "x", 0, [Arrival(1, at, letter())], NOW)
    assert private.execute("SELECT received_at FROM message").fetchall() == [(clock,)]
    private.close()


OUTCOME = "SELECT outcome, replied FROM request WHERE agency = '2019-stc-bac-ninh'"


def test_an_imported_letter_is_matched_clocked_and_counted_once(office: Any, tmp_path: Path) -> None:
    path = eml(tmp_path / "answer.eml")
    assert office.public(OUTCOME) == [("silence", 0)]
    assert "1 letters read, 1 new; 0 not taken in" in office.run("mailbox", "import", str(path))
    assert office.public(OUTCOME) == [("F1", 1)]
    hours = office.public("SELECT hours, working_days FROM reply WHERE received_at = '2020-04-22T08:30:00+07:00'")
    assert hours == [(215.4333, 7)]
    before = office.public("SELECT * FROM reply ORDER BY id")
    assert "1 letters read, 0 new" in office.run("mailbox", "import", str(path))
    assert office.public("SELECT * FROM reply ORDER BY id") == before
    assert office.private("SELECT account, COUNT(*) FROM message_location WHERE account = 'import'") == [("import", 1)]


@pytest.mark.parametrize("make", [maildir, mbox, folder])
def test_a_letter_that_is_in_the_mailbox_too_is_one_letter(office: Any, tmp_path: Path, make: Any) -> None:
    """Files on disk have line ends of their own. The server's word on when it came counts over the file's."""
    assert "1 letters read, 1 new" in office.run("mailbox", "import", str(make(tmp_path / "box")))
    assert office.public(OUTCOME) == [("F1", 1)]
    private = open_private(office.folder / "var/private.db")
    raw = wire(letter(RECEIVED + DATE) if make is folder else letter())
    arrival = Arrival(9, datetime(2020, 4, 22, 8, 31, tzinfo=HANOI), raw)
    assert messages.keep(private, "me", "INBOX", 7, [arrival], NOW) == 0
    private.close()
    office.run("mailbox", "reparse")
    received = (
        "SELECT p.received_at FROM reply p JOIN request r ON r.id = p.request WHERE r.agency = '2019-stc-bac-ninh'"
    )
    assert office.public(received) == [("2020-04-22T08:31:00+07:00",)]


def test_what_is_no_mail_makes_the_exit_code_one(office: Any, tmp_path: Path) -> None:
    (tmp_path / "x.eml").write_text("abc", encoding="utf-8")
    assert "no header line" in office.run("mailbox", "import", str(tmp_path / "x.eml"), code=1)


CALL = ("mailbox", "note", "2019-stc-bac-ninh", "--campaign", "pobi-2019", "--by", "ntq", "--at", "2020-04-20T10:00")


def test_a_call_is_a_row_that_counts_like_a_message(office: Any) -> None:
    said = office.run(*CALL, "--text", "Chuyên viên báo số liệu qua điện thoại.")
    assert "entered for 2019-stc-bac-ninh: O2" in said
    row = "SELECT event, rule, match_reason, sender_class, decided_by, human, substantive, working_days FROM reply"
    assert office.public(f"{row} WHERE sender_class = 'by_hand'") == [
        ("O2", "entered by hand", "entered by hand, by ntq", "by_hand", "person", 1, 0, 5)
    ]
    assert office.public(OUTCOME) == [("O2", 0)]
    assert office.private("SELECT state FROM outbox WHERE agency = '2019-stc-bac-ninh' AND step = 'reminder'") == [
        ("cancelled",)
    ]
    assert "entered before" in office.run(*CALL, "--text", "Chuyên viên báo số liệu qua điện thoại.", code=2)
    assert "điện thoại" not in "".join(map(str, office.public("SELECT * FROM reply")))
    office.run("mailbox", "reparse")
    assert office.public(OUTCOME) == [("O2", 0)]


def test_a_letter_on_paper_can_be_coded_and_taken_back(office: Any) -> None:
    said = office.run(*CALL, "--event", "F1", "--text", "Công văn 12/STC-NS, đủ ba biểu.")
    assert office.public(OUTCOME) == [("F1", 1)]
    shown = office.run("review", "--coder", "ntq", typed="...!")
    assert "(entered by hand)" in shown and "đủ ba biểu" in shown
    office.run("review", "--coder", "ntq", typed="...p111")
    assert office.public(OUTCOME) == [("P1", 1)]
    office.run("mailbox", "note", "--withdraw", said.split()[0], "--by", "bt")
    assert office.public(OUTCOME) == [("silence", 0)]
    assert office.private("SELECT withdrawn_by FROM hand_entry") == [("bt",)]
    office.run(*CALL, "--event", "F1", "--text", "Công văn 12/STC-NS, đủ ba biểu.")
    assert office.public(OUTCOME) == [("P1", 1)]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("--at", "2020-04-13T08:00"), "was accepted at"),
        (("--at", "2999-01-01"), "lies in the future"),
        (("--campaign", "none"), "has no request"),
        (("--text", " "), "in words"),
        (("--at", "hôm qua"), "not a moment"),
        (("--withdraw", "abcdef"), "no entries in force"),
    ],
    ids=["before the request", "future", "no campaign", "no text", "no moment", "nothing to withdraw"],
)
def test_an_entry_that_cannot_be_is_refused(office: Any, change: tuple[str, str], message: str) -> None:
    said = office.run(*CALL, "--text", "Đã gọi.", *change, code=2)
    assert message in said
    assert office.private("SELECT COUNT(*) FROM hand_entry") == [(0,)]


def test_an_entry_names_what_it_lacks(office: Any) -> None:
    said = office.run("mailbox", "note", "2019-stc-bac-ninh", "--by", "ntq", code=2)
    assert "needs --campaign, --at, --text" in said
