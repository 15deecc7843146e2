"""prober mailbox unmatched --by: one key a message, undone, set aside, stopped; the figures follow."""

import json
import sqlite3
from contextlib import closing
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from mailroom.intake import sync
from mailroom.outcomes import projection
from prober import store
from prober.clock import SystemClock
from prober.store import open_private, open_results
from prober.store.private import messages
from prober.store.private.messages import Arrival
from tests.languages import VIETNAMESE
from tests.office import START, Office
from tests.pobi import POBI
from tests.terminal import Terminal

LETTERS = {
    # From the office's own domain, without the token, about something else: a signal, and not enough.
    "office": ("vanphong@bacninh.gov.test", "Thông báo", "Sở Tài chính xin gửi dự toán thu 5.186 tỷ đồng."),
    "private": ("nguyenvana@gmail.test", "Số liệu", "Tôi ở Sở Tài chính, gửi anh chị số liệu.\x1b[2J"),
    "advert": ("sales@shop.test", "Khuyến mại", "Giảm giá 50 %."),
}
STATE = "SELECT status, COUNT(*) FROM message GROUP BY 1 ORDER BY 1"
HISTORY = "SELECT agency, action, [by] FROM match_decision ORDER BY id"
OUTCOME = "SELECT outcome, replied FROM request WHERE agency = '2019-stc-bac-ninh'"


@pytest.fixture
def queue(office: Office) -> Office:
    """Three letters that no rule can place; the newest is shown first: advert, private, office."""
    private = open_private(office.folder / "var/private.db")
    results = open_results(office.folder / "results.db")
    for number, (address, subject, text) in enumerate(LETTERS.values(), 1):
        head = f"From: {address}\nTo: khao-sat@prober.test\nSubject: {subject}\nMessage-ID: <q{number}@x.test>\n"
        raw = f"{head}Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n{text}\n".encode()
        arrival = Arrival(100 + number, START + timedelta(days=10, hours=number), raw)
        messages.keep(private, "me", "INBOX", 7, [arrival], START + timedelta(days=30))
    sync.process(private, SystemClock(), vocabulary=VIETNAMESE)
    projection.project(private, results, POBI)
    private.close()
    results.close()
    return office


def work(queue: Office, typed: str) -> str:
    return queue.run("mailbox", "unmatched", "--by", "ntq", typed=typed)


def test_a_key_and_its_confirmation_a_message(queue: Office) -> None:
    """Not of ours; found by words without accents; offered with its reasons."""
    said = work(queue, "0=sbac ninh\n1=1=")
    assert "[1 of 3]" in said and "Giảm giá 50 %." in said
    assert "1  2019-stc-bac-ninh in pobi-2019 (to stc@bacninh.gov.test)" in said
    assert [line for line in said.splitlines() if line.startswith("1  2019-stc-bac-ninh in pobi-2019 (0.")]
    assert "3 decided by ntq, 0 left" in said
    assert "\x1b" not in said
    assert queue.private(STATE) == [("aside", 1), ("matched", 5)]
    assert queue.private(HISTORY) == [
        ("", "aside", "ntq"), ("2019-stc-bac-ninh", "assign", "ntq"), ("2019-stc-bac-ninh", "assign", "ntq"),
    ]  # fmt: skip
    assert queue.public(OUTCOME)[0][1] == 1
    assert queue.public("SELECT status FROM run WHERE command = 'mailbox unmatched'") == [("done",)]


def test_the_likeliest_request_is_offered_first(queue: Office) -> None:
    """It names the office of Hà Giang and comes from the domain of Cà Mau, which stands first in the alphabet."""
    raw = (
        b"From: vp@camau.gov.test\nTo: khao-sat@prober.test\nSubject: Chuyen thu\nMessage-ID: <q9@x.test>\n\n"
        b"Thong bao cua So Tai chinh tinh Ha-giang.\n"
    )
    private = open_private(queue.folder / "var/private.db")
    messages.keep(private, "me", "INBOX", 7, [Arrival(109, START + timedelta(days=20), raw)], START)
    sync.process(private, SystemClock(), vocabulary=VIETNAMESE)
    private.close()
    (row, *_) = json.loads(queue.run("mailbox", "unmatched", "--json"))
    assert [(c["agency"], c["score"]) for c in row["candidates"]] == [
        ("2019-stc-ha-giang", 0.45), ("2019-stc-ca-mau", 0.35),
    ]  # fmt: skip
    said = work(queue, "!")
    assert said.index("1  2019-stc-ha-giang") < said.index("2  2019-stc-ca-mau")


def test_a_slip_on_a_terminal_is_taken_back(queue: Office) -> None:
    """Letters of other lists of keys store nothing; a digit too many is undone by the key that stands on the screen."""
    with closing(Terminal(queue, "mailbox", "unmatched", "--by", "ntq")) as shown:
        assert "<  undo the last" in shown.expect("stop")
        for key in ("u", "n", "q", "j", " ", "\r", "\x1b[B"):
            shown.press(key)
            shown.expect("no such key here")
        assert queue.private(HISTORY) == []
        shown.press("0=0=")
        shown.expect("is of no request (< takes it back)")
        shown.expect("is of no request (< takes it back)")
        shown.expect("1  2019-stc-bac-ninh")
        shown.press("1=")
        shown.expect("belongs to 2019-stc-bac-ninh in pobi-2019 (< takes it back)")
        shown.expect("that was the last: < undo, - back, any other key ends")
        shown.press("<<<")
        for _ in range(3):
            shown.expect("taken back")
        shown.press("!")
        assert "0 decided by ntq, 3 left" in shown.expect("left") and shown.end() == 0
    assert queue.private(STATE) == [("matched", 3), ("unmatched", 3)]
    assert queue.public(OUTCOME) == [("silence", 0)]


def test_a_key_alone_stores_nothing(queue: Office) -> None:
    said = work(queue, "0.sbac ninh\n1j0u!")
    assert said.count("= stores it, any other key does not") == 3 and "0 decided by ntq, 3 left" in said
    assert queue.private(HISTORY) == [] and queue.public(OUTCOME) == [("silence", 0)]


def test_a_decision_is_undone_with_its_history(queue: Office) -> None:
    said = work(queue, "0=sbac ninh\n1=<<!")
    assert said.count("taken back") == 2 and "0 decided by ntq, 3 left" in said
    assert queue.private(STATE) == [("matched", 3), ("unmatched", 3)]
    assert [row[1] for row in queue.private(HISTORY)] == ["aside", "assign", "remove", "back"]
    assert queue.public(OUTCOME) == [("silence", 0)]
    work(queue, "<7!")  # nothing of this session to undo, and no such candidate
    assert len(queue.private(HISTORY)) == 4


def test_who_undoes_a_match_is_told_of_the_reminder_that_it_cost(office: Office) -> None:
    """A reply cancels the reminder, and that may have been another office's reply."""
    query = "SELECT substr(message, 1, 12) FROM match_candidate WHERE agency = '2019-stc-dong-thap'"
    ((message,),) = office.private(query)
    words = (message, "2019-stc-dong-thap", "--campaign", "pobi-2019", "--by", "ntq")
    assert "stays cancelled" in office.run("mailbox", "assign", *words, "--undo")
    assert "reminder" not in office.run("mailbox", "assign", *words)
    other = (message, "2019-stc-bac-ninh", "--campaign", "pobi-2019", "--by", "ntq")
    assert "reminder" not in office.run("mailbox", "assign", *other)


def test_what_was_set_aside_comes_back_when_it_is_wanted(queue: Office) -> None:
    """Reading everything again changes nothing of it; a later assignment counts over it."""
    assert "1 decided by ntq, 2 left" in work(queue, "0=")  # the pipe ends, as a terminal may
    assert "[1 of 2]" in work(queue, "!")
    queue.run("mailbox", "reparse")
    assert queue.private(STATE) == [("aside", 1), ("matched", 3), ("unmatched", 2)]
    assert len(json.loads(queue.run("mailbox", "unmatched", "--json"))) == 2
    assert len(json.loads(queue.run("mailbox", "unmatched", "--everything", "--json"))) == 3
    said = queue.run("mailbox", "unmatched", "--by", "bt", "--everything", typed="sbac ninh\n1=!")
    assert "belongs to 2019-stc-bac-ninh" in said
    assert queue.private(STATE) == [("matched", 4), ("unmatched", 2)]
    work(queue, "0=<!")
    assert queue.private(STATE) == [("matched", 4), ("unmatched", 2)]


def test_what_is_put_off_is_left(queue: Office) -> None:
    said = work(queue, ".0=-0=.")  # back to the second, to say the same again, which stands already
    assert "1 decided by ntq, 2 left" in said and said.count("set aside: of no request") == 1
    assert [row[1] for row in queue.private(HISTORY)] == ["aside"]
    assert queue.private(STATE) == [("aside", 1), ("matched", 3), ("unmatched", 2)]


def test_what_is_assigned_already_is_said_and_ends_nothing(queue: Office) -> None:
    said = work(queue, "sbac ninh\n1=-sbac ninh\n1=.!")
    assert said.count("is already assigned") == 1 and "1 decided by ntq" in said
    assert "assigned to 2019-stc-bac-ninh in pobi-2019" in said
    assert [row[1] for row in queue.private(HISTORY)] == ["assign"]


def test_of_no_request_takes_a_wrong_assignment_away_and_undo_gives_it_back(queue: Office) -> None:
    """Back to a message that was assigned by mistake: what the terminal says of it is what counts."""
    said = work(queue, "..1=-0=!")
    assert "belongs to 2019-stc-bac-ninh" in said and "is of no request" in said
    assert queue.private(STATE) == [("aside", 1), ("matched", 3), ("unmatched", 2)]
    assert queue.public(OUTCOME) == [("silence", 0)]
    said = queue.run("mailbox", "unmatched", "--by", "bt", "--everything", typed="..1=-0=<<!")
    assert said.count("taken back") == 2 and "0 decided by bt" in said
    assert [row[1] for row in queue.private(HISTORY)] == [
        "assign", "remove", "aside", "assign", "remove", "aside", "back", "assign", "remove",
    ]  # fmt: skip


def test_the_last_decision_can_be_undone_too(queue: Office) -> None:
    said = work(queue, "0=0=1=<-<.")
    assert said.count("that was the last") == 1 and said.count("taken back") == 2
    assert "1 decided by ntq, 2 left" in said
    assert "2 decided by ntq, 0 left" in work(queue, "0=0= ")


def test_a_search_in_vain_leaves_what_was_offered(queue: Office) -> None:
    said = work(queue, "..snowhere\n1=!")
    assert "no request has these words" in said and "belongs to 2019-stc-bac-ninh" in said


def test_what_a_person_took_back_is_no_guess(queue: Office) -> None:
    assert "belongs to 2019-stc-ha-giang" in work(queue, "sha giang\n1=<!")
    assert json.loads(queue.run("mailbox", "unmatched", "--json"))[0]["candidates"] == []


def test_a_letter_that_is_all_in_its_file_is_shown(queue: Office, tmp_path: Path) -> None:
    letter = EmailMessage()
    letter["From"], letter["Date"] = "vanthu@elsewhere.test", "Thu, 30 Apr 2020 09:00:00 +0700"
    letter.set_content("Xin xem tệp kèm theo.")
    letter.add_attachment("Số: 12/STC-NS\nKính gửi: Nhóm khảo sát", filename="cong van.txt")
    (tmp_path / "x.eml").write_bytes(letter.as_bytes())
    queue.run("mailbox", "import", str(tmp_path / "x.eml"))
    shown = work(queue, "!")
    assert "[1 of 4]" in shown and "Xin xem tệp kèm theo." in shown
    assert "— 1. cong van.txt (text/plain, " in shown and "Số: 12/STC-NS" in shown


def test_keys_and_words_that_mean_nothing_decide_nothing(queue: Office) -> None:
    said = work(queue, "9skhông có\ns\nx<!")
    assert said.count("no such key here") == 2 and said.count("nothing of this sitting is left to undo") == 1
    assert said.count("no request has these words") == 2
    assert "leave out --json" in queue.run("mailbox", "unmatched", "--by", "ntq", "--json", code=2)
    assert queue.private(HISTORY) == []


def test_a_database_that_stays_held_is_said_to_be(queue: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """No advice about disk space: it is another program, and it will end."""
    monkeypatch.setattr(store, "BUSY_SECONDS", 0.1)
    with closing(sqlite3.connect(queue.folder / "var/private.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        said = queue.run("mailbox", "reparse", code=1)
        assert "database is locked. Another program holds it" in said and "space" not in said
        assert str(queue.folder / "var/private.db") in said
        other.execute("ROLLBACK")
    queue.run("mailbox", "reparse")


def test_a_message_that_cannot_be_read_can_be_placed(queue: Office) -> None:
    db = open_private(queue.folder / "var/private.db")
    db.execute("UPDATE message SET status = 'poison', error = 'ValueError: x' WHERE from_address = 'sales@shop.test'")
    db.conn.commit()
    db.close()
    assert "ValueError: x" in work(queue, "sca mau\n1=!")
    assert queue.private("SELECT COUNT(*) FROM match_candidate WHERE chosen_by = 'ntq'") == [(1,)]
