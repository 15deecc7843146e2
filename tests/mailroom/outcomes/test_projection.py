"""private.db → results.db: intake, a person's word, outcomes, clocks; identical however often and in whatever order."""

import hashlib
import random
from datetime import timedelta
from pathlib import Path

import pytest

from mailroom.intake import sync
from mailroom.outcomes import projection
from prober.domain.correspondence import Event
from prober.domain.reason import Reason, to_json
from prober.errors import ProberError
from prober.reporting.words.reasons import stored
from prober.store import Database, open_results, transaction
from prober.store.private import codings, messages
from prober.store.private.codings import HandEntry
from prober.store.private.message_analysis import announced
from prober.store.private.messages import Arrival
from prober.store.reading.status import of_private
from prober.store.results import registry as registry_store
from tests.languages import VIETNAMESE
from tests.mailroom.outcomes.conftest import (
    FULL,
    MAILS,
    RECEIPT,
    SLUGS,
    START,
    TOKENS,
    Standing,
    agency,
    everything,
    mail,
    request,
    take_in,
)
from tests.pobi import POBI


def test_outcomes_clocks_and_window(private: Database, results: Database) -> None:
    take_in(private, MAILS)
    assert projection.project(private, results, POBI)
    assert (request(results, "ca-mau")["outcome"], request(results, "ca-mau")["replied"]) == ("F1", 1)
    assert (request(results, "dong-thap")["outcome"], request(results, "dong-thap")["replied"]) == ("silence", 0)
    assert (request(results, "ha-giang")["outcome"], request(results, "ha-giang")["delivered"]) == ("A1", "yes")
    replies = {row["received_at"]: row for row in results.query("SELECT * FROM reply")}
    first = replies[(START + timedelta(hours=24)).isoformat()]
    assert (first["hours"], first["working_days"], first["human"], first["sender_class"]) == (23.9833, 1, 1, "agency")
    late = replies[(START + timedelta(days=80)).isoformat()]
    assert (late["substantive"], late["inside_window"]) == (1, 0)


def test_the_same_mail_gives_the_same_rows_in_any_order_and_number_of_runs(
    private: Database, results: Database, tmp_path: Path
) -> None:
    take_in(private, MAILS)
    projection.project(private, results, POBI)
    before = everything(results)
    assert not projection.project(private, results, POBI)
    sync.process(private, Standing(), everything=True, vocabulary=VIETNAMESE)
    assert not projection.project(private, results, POBI)
    for seed in range(3):
        shuffled = list(MAILS)
        random.Random(seed).shuffle(shuffled)
        messages.keep(
            private,
            "me",
            f"again-{seed}",
            9,
            [Arrival(n, START + t, raw) for n, (t, raw) in enumerate(shuffled)],
            START,
        )
        sync.process(private, Standing(), vocabulary=VIETNAMESE)
        assert not projection.project(private, results, POBI)
    assert everything(results) == before


def test_a_new_message_writes_its_own_rows_and_no_others(private: Database, results: Database, tmp_path: Path) -> None:
    take_in(private, MAILS[:3])
    projection.project(private, results, POBI)
    before, written = everything(results), results.conn.total_changes
    take_in(private, MAILS)
    assert projection.project(private, results, POBI)
    after = everything(results)
    differing = sum(len(set(before[table]) ^ set(after[table])) for table in before)
    assert results.conn.total_changes - written == differing > 0  # each old and each new form of a row, once
    anew = open_results(tmp_path / "anew.db")
    registry_store.sync(anew, [agency(slug) for slug in SLUGS], (), "sandbox")
    projection.project(private, anew, POBI)
    assert everything(anew) == after
    anew.close()


def test_one_content_delivered_twice_counts_once(private: Database, results: Database) -> None:
    twice = (MAILS[1], (timedelta(days=5), b"Received: from x by y\n" + MAILS[1][1]))
    take_in(private, (*twice, (timedelta(days=4, hours=2), MAILS[1][1])))
    projection.project(private, results, POBI)
    assert private.execute("SELECT COUNT(*) FROM message").fetchone() == (2,)
    assert results.execute("SELECT COUNT(*), MIN(received_at) FROM reply").fetchone() == (
        1, (START + timedelta(days=4, hours=1)).isoformat(),
    )  # fmt: skip


def test_two_letters_with_one_message_id_are_two(private: Database, results: Database) -> None:
    take_in(private, ((timedelta(days=1), mail("ca-mau", RECEIPT)), (timedelta(days=2), mail("ca-mau", FULL))))
    projection.project(private, results, POBI)
    assert [event for (event,) in results.execute("SELECT event FROM reply ORDER BY received_at").fetchall()] == [
        "A2", "F1",
    ]  # fmt: skip


def test_one_mail_through_two_mailboxes_counts_once(private: Database, results: Database) -> None:
    """To the one that was written to and the one that a rule forwards to: other trace headers, the same letter."""
    forwarded = b"Received: from mx.prober.test by other.test; Fri, 17 Apr 2020 10:00:00 +0700\n"
    take_in(private, ((timedelta(days=4), mail("ca-mau", FULL)),))
    later = Arrival(1, START + timedelta(days=4, minutes=5), forwarded + mail("ca-mau", FULL))
    messages.keep(private, "other@y.test", "INBOX", 7, [later], START + timedelta(days=90))
    sync.process(private, Standing(), vocabulary=VIETNAMESE)
    projection.project(private, results, POBI)
    assert private.execute("SELECT COUNT(*) FROM message").fetchone() == (2,)
    kept = results.execute("SELECT received_at FROM reply").fetchall()
    assert kept == [((START + timedelta(days=4)).isoformat(),)]


def test_a_reply_to_a_closed_campaign_or_from_before_the_letter_is_kept_and_counted(
    private: Database, results: Database
) -> None:
    """Two servers' clocks may differ by seconds: then the letter was accepted after its answer, and took no time."""
    private.execute("UPDATE campaign_file SET status = 'closed', closed_at = ?", [START.isoformat()])
    private.conn.commit()
    take_in(private, ((timedelta(seconds=30), mail("ca-mau", FULL)), (timedelta(days=80), mail("ha-giang", FULL))))
    projection.project(private, results, POBI)
    kept = results.execute("SELECT event, hours FROM reply ORDER BY received_at").fetchall()
    assert [event for event, _ in kept] == ["F1", "F1"]
    assert kept[0][1] == 0.0


def test_a_new_address_is_told_to_a_person_and_never_written_to(private: Database, tmp_path: Path) -> None:
    letters = private.execute("SELECT agency, step, rcpt, state FROM outbox ORDER BY id").fetchall()
    notice = "Hộp thư này không còn được sử dụng. Xin gửi về sotaichinh@camau.gov.test."
    take_in(private, ((timedelta(hours=1), mail("ca-mau", notice, "n", "Auto-Submitted: auto-replied\n")),))
    (found,) = announced(private)
    assert (found["agency"], found["address"]) == ("2019-stc-ca-mau", "sotaichinh@camau.gov.test")
    (told,) = [row for row in of_private(tmp_path / "private.db", "sandbox") if row.part == "addresses"]
    assert (told.stands, told.next) == ("another one was announced by 1 of the offices", "prober mailbox status")
    assert private.execute("SELECT agency, step, rcpt, state FROM outbox ORDER BY id").fetchall() == letters
    private.execute("UPDATE outbox SET rcpt = 'Sotaichinh@camau.gov.test' WHERE agency = '2019-stc-ca-mau'")
    private.conn.commit()
    assert announced(private) == []  # we write there now


def test_a_reused_uid_keeps_both_messages(private: Database) -> None:
    first, second = (Arrival(1, START + timedelta(days=d), mail("ca-mau", RECEIPT, str(d))) for d in (1, 2))
    assert messages.keep(private, "me", "INBOX", 7, [first], START) == 1
    assert messages.keep(private, "me", "INBOX", 7, [first], START) == 0
    assert messages.keep(private, "me", "INBOX", 7, [second], START) == 1
    assert private.execute("SELECT COUNT(*) FROM message").fetchone() == (2,)
    (place,) = private.execute("SELECT message FROM message_location").fetchone()
    assert place == hashlib.sha256(second.raw).hexdigest()


def test_an_unknown_agency_is_an_error_that_names_it_and_changes_nothing(private: Database, tmp_path: Path) -> None:
    empty = open_results(tmp_path / "empty.db")
    with pytest.raises(ProberError, match="2019-stc-ca-mau"):
        projection.project(private, empty, POBI)
    assert empty.execute("SELECT COUNT(*) FROM campaign").fetchone() == (0,)
    empty.close()


def test_no_address_of_a_person_reaches_the_public_tables(private: Database, results: Database) -> None:
    head = b"From: MAILER-DAEMON@mail.camau.gov.test\nTo: khao-sat+abcdefghij@prober.test\nSubject: Undeliverable\n\n"
    bounce = head + b"<nguyen.van.x@camau.gov.test>: 550 User unknown\n"
    take_in(private, ((timedelta(hours=1), bounce),))
    projection.project(private, results, POBI)
    dump = "\n".join(str(row) for name in ("reply", "request_event") for row in everything(results)[name])
    assert "N0" in dump and "nguyen.van.x" not in dump
    assert request(results, "ca-mau")["delivered"] == "no"


def dead(slug: str) -> bytes:
    text = f"<stc@{slug.replace('-', '')}.gov.test>: 550 5.1.1 User unknown"
    return (
        mail(slug, text, "n0").replace(b"From: stc@", b"From: MAILER-DAEMON@mx.").replace(b": thu", b": Undeliverable")
    )


HELD_BACK = "Your message is held because you have not written before. To have it delivered, open http://x.test/c"
# what came, days from the letter to the last look at the mailbox, state of the letter → delivered, outcome
DELIVERY: dict[str, tuple[tuple[bytes, ...], int, str, str, str]] = {
    "nothing for a week": ((), 7, "accepted", "yes", "silence"),
    "nothing for six days": ((), 6, "accepted", "unknown", "silence"),
    "a person": ((mail("ca-mau", FULL),), 2, "accepted", "yes", "F1"),
    "an automatic reply": (
        (mail("ca-mau", RECEIPT, headers="Auto-Submitted: auto-replied\n"),),
        2,
        "accepted",
        "yes",
        "A1",
    ),
    "a filter holds it back": (
        (mail("ca-mau", HELD_BACK, headers="Auto-Submitted: auto-replied\n"),),
        30,
        "accepted",
        "no",
        "A1",
    ),
    "a filter held it back, and a person wrote": (
        (mail("ca-mau", HELD_BACK, headers="Auto-Submitted: auto-replied\n"), mail("ca-mau", FULL)),
        30,
        "accepted",
        "yes",
        "F1",
    ),
    "it came back": ((dead("ca-mau"),), 30, "accepted", "no", "N0"),
    "a copy came back, and a person wrote": ((dead("ca-mau"), mail("ca-mau", FULL)), 30, "accepted", "yes", "F1"),
    "refused at once": ((), 30, "refused", "no", "N0"),
    "in doubt": ((), 30, "uncertain", "unknown", "silence"),
}


@pytest.mark.parametrize("case", DELIVERY)
def test_whether_a_letter_arrived(case: str, private: Database, results: Database) -> None:
    mails, days, state, delivered, outcome = DELIVERY[case]
    private.execute(
        "UPDATE outbox SET state = ?1, accepted_at = CASE WHEN ?1 = 'accepted' THEN accepted_at END "
        "WHERE step = 'request' AND agency = '2019-stc-ca-mau'",
        [state],
    )
    private.conn.commit()
    arrivals = [Arrival(uid, START + timedelta(days=1, hours=uid), raw) for uid, raw in enumerate(mails, 1)]
    looked = START + timedelta(days=days, minutes=1)  # the letter was accepted one minute after the start
    messages.keep(private, "me", "INBOX", 7, arrivals, looked)
    messages.note_folder(private, "me", "INBOX", 7, [a.uid for a in arrivals], looked, "")
    sync.process(private, Standing(), vocabulary=VIETNAMESE)
    projection.project(private, results, POBI)
    found = request(results, "ca-mau")
    assert (found["delivered"], found["outcome"]) == (delivered, outcome)
    (answered,) = results.execute("SELECT answered FROM reply_times WHERE agency = '2019-stc-ca-mau'").fetchone()
    reached = state == "accepted" and delivered != "no"
    assert answered == ("found" if outcome == "F1" else "not_found" if reached else "not_seen")
    verdicts = {row[0] for row in results.execute("SELECT met FROM deadline WHERE request = ?", [found["id"]])}
    assert ("unknown" in verdicts) == (state == "accepted" and not reached)
    assert verdicts == {"unknown"} or "unknown" not in verdicts


QUESTION = "Đề nghị ông/bà điền Phiếu yêu cầu cung cấp thông tin (mẫu 01a) kèm bản sao căn cước công dân."
OURS = (
    f"From: Nhom khao sat <khao-sat@prober.test>\nTo: stc@camau.gov.test\nCc: khao-sat@prober.test\n"
    f"Subject: Re: thu [YC-{TOKENS['ca-mau']}]\nMessage-ID: <tay@prober.test>\nMIME-Version: 1.0\n"
    "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n"
    "Chúng tôi gửi kèm Phiếu yêu cầu cung cấp thông tin theo mẫu 01a.\n"
).encode()


def test_the_clock_stands_still_from_a_question_to_our_own_letter(private: Database, results: Database) -> None:
    take_in(private, ((timedelta(hours=24), mail("ca-mau", QUESTION, "q")),))
    projection.project(private, results, POBI)
    asked = request(results, "ca-mau")
    assert (asked["outcome"], asked["waiting_since"]) == ("Q1", (START + timedelta(hours=24)).isoformat())
    take_in(private, ((timedelta(hours=72), OURS), (timedelta(hours=80), mail("ca-mau", FULL, "f"))), "Sent")
    projection.project(private, results, POBI)
    times = next(results.query("SELECT * FROM reply_times WHERE agency = '2019-stc-ca-mau'"))
    assert (times["first_substantive_hours"], times["first_substantive_net_hours"]) == (79.9833, 31.9833)
    assert (times["first_substantive_working_days"], times["first_substantive_net_working_days"]) == (3, 1)
    assert (times["paused_hours"], times["waiting_since"], times["messages"]) == (48.0, None, 2)
    assert stored(times["pause_reason"]).en == "Q1 of 14 April 2020 to OW of 16 April 2020"
    events = results.execute("SELECT what, detail FROM request_event WHERE what = 'OW'").fetchall()
    noted = Reason("noted_by_hand", message=hashlib.sha256(OURS).hexdigest()[:12])
    assert events == [("OW", to_json([noted]))]
    assert results.execute("SELECT DISTINCT paused_working_days FROM deadline WHERE pause_reason != ''").fetchall() == [
        (2,)
    ]


def test_a_pause_that_lasts_is_counted_up_to_the_close_of_the_campaign(private: Database, results: Database) -> None:
    """A later look at the mailbox brings nothing to it, and changes no figure."""
    closed = START + timedelta(days=3)
    private.execute("UPDATE campaign_file SET status = 'closed', closed_at = ?", [closed.isoformat()])
    private.conn.commit()
    for later in (timedelta(days=2), timedelta(days=50)):
        take_in(private, ((timedelta(hours=24), mail("ca-mau", QUESTION, "q")), (later, mail("ha-giang", FULL))))
        projection.project(private, results, POBI)
        found = request(results, "ca-mau")
        assert (found["paused_hours"], stored(found["pause_reason"]).en) == (48.0, "Q1 of 14 April 2020, open")


def test_what_we_did_by_hand_is_entered_and_is_no_message_of_the_agency(private: Database, results: Database) -> None:
    take_in(private, ((timedelta(hours=24), mail("ca-mau", QUESTION, "q")),))
    text = "Gửi phiếu 01a bằng đường bưu điện"
    act = HandEntry("pobi-2019", "2019-stc-ca-mau", Event.OWN_COPY, START + timedelta(hours=30), text, "T")
    codings.enter(private, act, START + timedelta(hours=40))
    projection.project(private, results, POBI)
    found = request(results, "ca-mau")
    assert (found["outcome"], found["paused_hours"], found["waiting_since"]) == ("Q1", 6.0, None)
    assert results.execute("SELECT event FROM reply").fetchall() == [("Q1",)]
    codings.withdraw(private, act.sha256[:12], "T", START + timedelta(hours=50))
    projection.project(private, results, POBI)
    assert request(results, "ca-mau")["waiting_since"] == (START + timedelta(hours=24)).isoformat()


def test_a_letter_in_our_name_to_ourselves_is_no_letter_of_ours(private: Database) -> None:
    forged = OURS.replace(b"To: stc@camau.gov.test\nCc: khao-sat", b"To: khao-sat")
    take_in(private, ((timedelta(hours=72), forged),))
    ((event, rule),) = private.execute("SELECT event, rule FROM message").fetchall()
    assert (event != "OW", rule != "own.letter") == (True, True)


def test_a_refusal_names_its_grounds_and_a_link_its_place(private: Database, results: Database) -> None:
    refusal = "Sở Tài chính từ chối cung cấp thông tin theo điểm b khoản 1 Điều 28 Luật Tiếp cận thông tin."
    link = "Thông tin đã được công khai tại https://stc.dong-thap.gov.test/cong-khai/quyet-toan-2018.pdf"
    own = mail("ha-giang", f"{RECEIPT}\nhttps://stc.ha-giang.gov.test/", "auto", "Auto-Submitted: auto-replied\n")
    take_in(
        private,
        (
            (timedelta(hours=24), mail("ca-mau", refusal, "r")),
            (timedelta(hours=25), mail("dong-thap", link, "l")),
            (timedelta(hours=2), own),
        ),
    )
    projection.project(private, results, POBI)
    found = dict(results.execute("SELECT event, refusal_grounds FROM reply WHERE human = 1").fetchall())
    told = "28.1b (published already by article 17, outside the cases of article 23.1)"
    assert {event: stored(grounds).en for event, grounds in found.items()} == {"R1": told, "L1": ""}
    named = results.execute("SELECT agency, url, target, site, file_type, found FROM answer_links").fetchall()
    url = "https://stc.dong-thap.gov.test/cong-khai/quyet-toan-2018.pdf"
    assert named == [("2019-stc-dong-thap", url, "document", "own", "pdf", "not checked")]


def test_a_reply_says_something_of_each_document_and_only_all_of_them_are_complete(
    private: Database, results: Database
) -> None:
    take_in(private, MAILS)
    projection.project(private, results, POBI)
    rows = list(
        results.query(
            "SELECT d.position, d.year, d.forms, d.said, r.event FROM reply_document d JOIN reply r ON r.id = d.reply "
            "ORDER BY r.received_at, d.position"
        )
    )
    assert [(row["position"], row["year"], row["forms"]) for row in rows[:3]] == [
        (1, 2018, "62-68"), (2, 2019, "59-61"), (3, 2020, "46-58"),
    ]  # fmt: skip
    for row in rows:
        assert row["event"] != "F1" or row["said"] == "given"
    assert request(results, "dong-thap")["complete"] is None  # nobody wrote inside the waiting time


def test_five_documents_are_told_one_by_one(private: Database, results: Database) -> None:
    """What the letter asks for in two years more stands in rows like the first three, and completes the answer."""
    more = "".join(f'\n[[document]]\nname = "Danh sách nhà trống năm {year}"\n' for year in (2018, 2019))
    with transaction(private):
        private.execute("UPDATE campaign_file SET protocol = protocol || ?", [more])
    take_in(private, ((timedelta(days=1), mail("ca-mau", f"{FULL}\nMục 4 và 5: tuần sau Sở gửi.")),))
    projection.project(private, results, POBI)
    said = "SELECT position, title, said FROM reply_document ORDER BY position"
    rows = results.execute(said).fetchall()
    assert [(position, state) for position, _, state in rows] == [
        (1, "given"), (2, "given"), (3, "given"), (4, "promised"), (5, "promised"),
    ]  # fmt: skip
    assert rows[4][1] == "Danh sách nhà trống năm 2019" and request(results, "ca-mau")["complete"] == 0
    (sha256,) = private.execute("SELECT sha256 FROM message").fetchone()
    marks = codings.Decision("T", "first", Event.FULL, "P1", dict.fromkeys(range(1, 6), 4))
    subject = codings.Subject(sha256, "pobi-2019", "2019-stc-ca-mau")
    codings.save(private, subject, marks, START + timedelta(days=9))
    projection.project(private, results, POBI)
    assert {state for *_, state in results.execute(said).fetchall()} == {"given"}
    assert results.execute("SELECT COUNT(*) FROM coding_item WHERE quality = 4").fetchone() == (5,)
    assert request(results, "ca-mau")["complete"] == 1


def test_what_a_person_says_of_a_reply_counts_for_its_documents(private: Database, results: Database) -> None:
    take_in(private, MAILS)
    projection.project(private, results, POBI)
    assert request(results, "ca-mau")["complete"] == 1
    row = next(iter(private.query("SELECT sha256 FROM message WHERE event = 'F1' ORDER BY received_at")))
    subject = codings.Subject(row["sha256"], "pobi-2019", "2019-stc-ca-mau")
    codings.save(private, subject, codings.Decision("T", "first", Event.REFUSAL, "F1", {}), START + timedelta(days=9))
    projection.project(private, results, POBI)
    assert request(results, "ca-mau")["complete"] == 0
    marked = codings.Decision("T", "first", Event.PARTIAL, "F1", {1: 4, 2: 0, 3: 1})
    codings.save(private, subject, marked, START + timedelta(days=9, hours=1))
    projection.project(private, results, POBI)
    rows = results.execute("SELECT d.said FROM reply_document d JOIN reply r ON r.id = d.reply WHERE r.event = 'P1'")
    assert [said for (said,) in rows.fetchall()] == ["given", "not mentioned", "elsewhere"]


@pytest.mark.parametrize(("opinion", "unsure"), [("A2", 0), ("R2", 1), ("", 0)])
def test_another_opinion_makes_a_reply_unsure_and_changes_nothing_else(
    opinion: str, unsure: int, private: Database, results: Database
) -> None:
    take_in(private, ((timedelta(days=1), mail("ca-mau", RECEIPT)),))
    with transaction(private):
        private.execute("UPDATE message SET detail = json_set(detail, '$.opinion', ?)", [opinion])
    projection.project(private, results, POBI)
    said = "SELECT event, proposed_event, second_opinion, unsure, decided_by FROM reply"
    assert results.execute(said).fetchall() == [("A2", "A2", opinion, unsure, "rule")]
    asked = "SELECT outcome, unread, unsure FROM reply_times WHERE agency = '2019-stc-ca-mau'"
    assert results.execute(asked).fetchall() == [("A2", 1, unsure)]
