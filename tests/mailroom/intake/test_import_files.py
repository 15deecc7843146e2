"""Letters that came another way, and what was said on the telephone: kept, clocked by the right word, counted once."""

import mailbox
import os
import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom.intake import import_files
from mailroom.intake.import_files import Reading
from mailroom.mime.headers import arrived
from prober.errors import UsageError
from prober.reporting.words.reasons import stored
from prober.store import open_private
from prober.store.private import messages
from prober.store.private.messages import IMPORTED, Arrival
from tests.pobi import HANOI

NOW = datetime(2020, 6, 1, 9, 0, tzinfo=HANOI)
RECEIVED = "Received: from mx.camau.gov.test by mx.prober.test; Wed, 22 Apr 2020 08:30:00 +0700\n"
DATE = "Date: Tue, 21 Apr 2020 16:00:00 +0700\n"
MAIL = (
    "From: vanthu@camau.gov.test\nTo: khao-sat+{token}@prober.test\nSubject: Tra loi\nMessage-ID: <{token}@c.test>\n"
    "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n"
    "Sở Tài chính cung cấp thông tin: quyết toán năm 2018 chi 9.871 tỷ đồng, thực hiện năm 2019 thu 5.011 tỷ đồng, "
    "dự toán năm 2020 thu 5.186 tỷ đồng, chi 10.924 tỷ đồng.\n"
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


def whole(path: Path, now: datetime, received_at: datetime | None = None) -> Reading:
    """All parts of what is read, as one."""
    parts = list(import_files.read(path, now, received_at))
    arrivals = tuple(arrival for part in parts for arrival in part.arrivals)
    return Reading(arrivals, parts[-1].failures, parts[-1].passed_over)


def test_nothing_in_a_folder_is_left_out_in_silence(tmp_path: Path) -> None:
    """Names in capitals, an mbox, Maildirs and their subfolders are read; the rest is counted."""
    box = tmp_path / "box"
    folder(box)
    (box / "B.EML").write_bytes(letter(RECEIVED, "upper"))
    mbox(box / "c.Mbox")
    maildir(box / "mail")
    maildir(box / "mail/.Junk")
    (box / "mail/dovecot-uidlist").write_text("3 V1", encoding="utf-8")
    (box / "self").symlink_to(box)
    reading = whole(box, NOW)
    assert (len(reading.arrivals), reading.failures, reading.passed_over) == (5, (), 1)


@pytest.mark.parametrize("inside", ["box/x.eml", "box/cur/1587519000.M2P2.host"])
def test_what_cannot_be_read_is_named_and_the_rest_is_taken_in(tmp_path: Path, inside: str) -> None:
    maildir(tmp_path / "box") if "cur" in inside else folder(tmp_path / "box")
    (tmp_path / inside).symlink_to(tmp_path / "nowhere")
    reading = whole(tmp_path / "box", NOW)
    assert len(reading.arrivals) == 1
    (failure,) = reading.failures
    assert failure.endswith("cannot be read: No such file or directory") and Path(inside).name in failure


def test_a_folder_that_may_not_be_looked_into_is_named() -> None:
    """Root may look into any: this is as somebody else."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        folder(Path(name) / "box").chmod(0o755)
        (Path(name) / "box/deeper").chmod(0o000)
        before = os.geteuid()
        os.seteuid(65534 if before == 0 else before)
        try:
            (failure,) = whole(Path(name) / "box", NOW).failures
        finally:
            os.seteuid(before)
            (Path(name) / "box/deeper").chmod(0o700)
    assert failure.endswith("deeper: cannot be read: Permission denied")


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "x.eml")
    assert whole(tmp_path, NOW).failures == (f"{tmp_path}/x.eml: cannot be read: a pipe and no file",)


@pytest.mark.parametrize("make", [maildir, mbox, eml, folder])
def test_every_kind_of_file_gives_its_letters_with_the_time_of_arrival(tmp_path: Path, make: Any) -> None:
    reading = whole(make(tmp_path / "box"), NOW)
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
    found = arrived(raw, stamped)
    assert (found.isoformat() if found else None) == moment


@given(st.binary(max_size=300))
def test_whatever_the_bytes_a_time_is_found_or_not(raw: bytes) -> None:
    found = arrived(raw)
    assert found is None or found.tzinfo is not None


def test_what_cannot_be_taken_in_is_named(tmp_path: Path) -> None:
    (tmp_path / "0.eml").touch()
    (tmp_path / "a.eml").write_text("không phải thư\n", encoding="utf-8")
    (tmp_path / "b.eml").write_bytes(letter())
    (tmp_path / "c.eml").write_bytes(letter("Date: Tue, 21 Apr 2093 16:00:00 +0700\n"))
    reading = whole(tmp_path, NOW)
    assert reading.arrivals == ()
    said = [failure.partition(": ")[2] for failure in reading.failures]
    assert said[:2] == ["empty", "no header line, this is no mail"]
    assert said[2] == "nothing in it says when it came; give --received-at"
    assert said[3].endswith("lies in the future")
    (given_time,) = whole(tmp_path / "b.eml", NOW, NOW - timedelta(days=1)).arrivals
    assert given_time.internaldate == NOW - timedelta(days=1)
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="no .eml file, mbox or Maildir"):
        whole(tmp_path / "empty", NOW)


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


def test_an_import_says_what_waits_for_a_person(office: Any, tmp_path: Path) -> None:
    (tmp_path / "x.eml").write_bytes(b"From: a@b.test\nDate: Tue, 21 Apr 2020 16:00:00 +0700\n\nXin hoi.\n")
    (tmp_path / "note.txt").touch()
    said = office.run("mailbox", "import", str(tmp_path))
    assert "1 letters read, 1 new; 0 not taken in" in said
    assert "1 messages belong to no request yet: prober mailbox unmatched" in said
    assert "files were passed over: their names are not those of mail" in said


def test_what_is_no_mail_makes_the_exit_code_one(office: Any, tmp_path: Path) -> None:
    (tmp_path / "x.eml").write_text("abc", encoding="utf-8")
    assert "no header line" in office.run("mailbox", "import", str(tmp_path / "x.eml"), code=1)


CALL = ("mailbox", "note", "2019-stc-bac-ninh", "--campaign", "pobi-2019", "--by", "ntq", "--at", "2020-04-20T10:00")


def test_a_call_is_a_row_that_counts_like_a_message(office: Any) -> None:
    said = office.run(*CALL, "--text", "Chuyên viên báo số liệu qua điện thoại.")
    assert "entered for 2019-stc-bac-ninh: O2" in said
    row = "SELECT event, rule, match_reason, sender_class, decided_by, human, substantive, working_days FROM reply"
    ((event, rule, why, *rest),) = office.public(f"{row} WHERE sender_class = 'by_hand'")
    assert (event, rule, stored(why).en) == ("O2", "entered by hand", "entered by hand, by ntq")
    assert rest == ["by_hand", "person", 1, 0, 5]
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
    office.run("review", "--coder", "ntq", typed="...p1111")
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


def test_a_mailbox_larger_than_memory_is_taken_in_by_parts(
    office: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = tmp_path / "box"
    box.mkdir()
    for number in range(5):
        (box / f"{number}.eml").write_bytes(letter(RECEIVED + f"X-Number: {number}\n") + b"x" * 20_000)
    (box / "z.eml").write_bytes(b"")
    monkeypatch.setattr(import_files, "PART", 50_000)
    assert [len(part.arrivals) for part in import_files.read(box, NOW)] == [3, 2]
    said = office.run("mailbox", "import", str(box), code=1)
    assert "5 letters read, 5 new; 1 not taken in" in said
    assert office.private("SELECT COUNT(*) FROM message_location WHERE account = 'import'") == [(5,)]
    assert "5 letters read, 0 new" in office.run("mailbox", "import", str(box), code=1)
