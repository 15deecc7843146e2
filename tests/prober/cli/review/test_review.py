"""prober review: through a pipe and through a real terminal; a person's word, two coders, stops, terminals at risk."""

import json
import os
import re
import signal
import time
from collections.abc import Iterator
from contextlib import closing
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from mailroom.outcomes import projection
from prober.cli.review import screen
from prober.cli.review.review import CLOCKS, EVENT_CODES
from prober.cli.review.screen import concealed, plain
from prober.domain.correspondence import Event
from prober.store import open_private, open_results
from prober.store.private.campaigns import heard, objections
from prober.store.results import registry as registry_store
from tests.growth import grows, no_endless_search, use_of
from tests.office import TOKENS, mail
from tests.pobi import POBI
from tests.pobi import agencies as shipped
from tests.pumping import pumps
from tests.terminal import Terminal

AGENCY = "SELECT substr(r.agency, 10), p.proposed_event, p.event, p.decided_by, p.substantive FROM reply p JOIN request r ON r.id = p.request ORDER BY p.received_at"  # noqa: E501


# Keys by which people scroll, page, search in and leave less, more, vi and their terminal.
PAGER = (" ", "\r", "q", "Q", "j", "k", "f", "b", "d", "u", "e", "y", "g", "G", "n", "N", "h", "/", "z", "w",
         "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D", "\x1b[5~", "\x1b[6~", "\x1bOA", "\t", "\x7f")  # fmt: skip


def test_every_class_is_typed_as_its_code() -> None:
    assert sorted(EVENT_CODES) == sorted(Event)


def test_what_moves_a_clock_or_holds_letters_is_no_single_key() -> None:
    assert {Event.ASKS_FORM, Event.EXTENSION, Event.REFUSAL, Event.OBJECTION, Event.BOUNCE, Event.FULL} <= CLOCKS
    assert not {Event.AUTO_ACK, Event.HUMAN_ACK, Event.SPAM, Event.UNCLEAR} & CLOCKS


def test_accept_change_and_stop_and_the_figures_follow(office: Any) -> None:
    said = office.run("review", "--coder", "ntq", typed="=432A2=!")
    assert "2 decided by ntq, 1 left" in said
    assert office.public(AGENCY) == [
        ("ca-mau", "F1", "F1", "person", 1),
        ("dong-thap", "A2", "A2", "person", 0),
        ("ha-giang", "R2", "R2", "rule", 0),
    ]
    assert office.public("SELECT item, quality FROM coding_item ORDER BY item") == [(1, 4), (2, 3), (3, 2)]
    assert "1 decided by ntq, 0 left" in office.run("review", "--coder", "ntq", typed="p1222")
    assert office.public("SELECT outcome, replied FROM request WHERE agency = '2019-stc-ha-giang'") == [("P1", 1)]
    assert office.run("review", "--coder", "bt").strip() == "0 decided by bt, 0 left"
    office.run("review", "--coder", "ntq", "--again", typed="...")
    office.run("review", "--coder", "ntq", "--again", typed="r2=!")
    assert office.public("SELECT outcome, replied FROM request WHERE agency = '2019-stc-ca-mau'") == [("R2", 0)]
    assert office.public("SELECT COUNT(*) FROM coding_item") == [(3,)]


def test_who_reviews_sees_that_a_filter_holds_our_letter_and_says_what_it_is(office: Any) -> None:
    notice = mail("bac-ninh", "Thư của bạn đang được giữ lại chờ duyệt.", headers="Auto-Submitted: auto-replied\n")
    (office.folder / "notice.eml").write_bytes(notice)
    office.run("mailbox", "import", str(office.folder / "notice.eml"), "--received-at", "2020-04-20T09:00+07:00")
    bac_ninh = "SELECT delivered, outcome FROM request WHERE agency = '2019-stc-bac-ninh'"
    assert office.public(bac_ninh) == [("no", "A1")]
    assert "giữ lại" in office.run("review", "--coder", "ntq", typed="=432===.!")
    again: tuple[str, ...] = ()
    for said, delivered in (("A1", "yes"), ("N0", "no")):
        office.run("review", "--coder", "bt", *again, typed=said + "=")
        again = ("--again",)
        assert office.public(bac_ninh) == [(delivered, said)]


def test_each_figure_says_how_much_of_it_no_person_has_read(office: Any) -> None:
    """Figures stay what they are; what people read leaves `unread`, and with the last reply nothing is left."""
    asked = "SELECT indicator, k, n, unread, k_unread FROM headline WHERE indicator IN ('replied', 'human')"
    assert office.public(asked) == [("replied", 1, 4, 3, 1), ("human", 3, 4, 3, 3)]
    office.run("review", "--coder", "ntq", typed="=432!")
    assert office.public(asked) == [("replied", 1, 4, 2, 0), ("human", 3, 4, 2, 2)]
    office.run(
        "review", "--coder", "bt", "--sample", "3", typed="F1432un=UN="
    )  # who measures agreement decides nothing
    assert office.public(asked) == [("replied", 1, 4, 2, 0), ("human", 3, 4, 2, 2)]
    office.run("review", "--coder", "ntq", typed="===")
    assert office.public(asked) == [("replied", 1, 4, 0, 0), ("human", 3, 4, 0, 0)]
    assert office.public("SELECT unread FROM campaign_progress") == [(0,)]


def test_a_reply_on_which_rules_and_second_opinion_differ_is_read_first(office: Any) -> None:
    """Whatever the order in which they came; a person's word makes it sure."""
    db = open_private(office.folder / "var/private.db")
    for event, opinion in (("F1", "F1"), ("A2", "A2"), ("R2", "X1")):
        db.execute("UPDATE message SET detail = json_set(detail, '$.opinion', ?) WHERE event = ?", [opinion, event])
    db.conn.commit()
    db.close()
    office.run("review", "--coder", "ntq", typed="!")
    figure = "SELECT k, unread, unsure, k_unsure FROM headline WHERE indicator = 'replied'"
    assert office.public(figure) == [(1, 3, 1, 0)]
    said = office.run("review", "--coder", "ntq", typed="==!")
    assert office.public(figure) == [(1, 2, 0, 0)]
    assert "1 decided by ntq, 2 left" in said and "second opinion: X1" in said
    found = "SELECT event, second_opinion, unsure, decided_by FROM reply ORDER BY received_at"
    assert office.public(found) == [("F1", "F1", 0, "rule"), ("A2", "A2", 0, "rule"), ("R2", "X1", 0, "person")]


def test_stopped_between_class_and_marks_the_reply_is_asked_again(office: Any) -> None:
    """A class without its marks is no decision: nothing of it is kept, and nothing decided before is lost."""
    assert "0 decided by ntq, 3 left" in office.run("review", "--coder", "ntq", typed="=43!")
    assert office.private("SELECT COUNT(*) FROM coding") == [(0,)]
    assert "[1 of 3]" in office.run("review", "--coder", "ntq", typed="=432")  # the pipe ends, as a terminal may
    assert office.public("SELECT item, quality FROM coding_item ORDER BY item") == [(1, 4), (2, 3), (3, 2)]
    assert "[1 of 2]" in office.run("review", "--coder", "ntq", typed="!")


def test_a_key_that_means_nothing_and_the_way_back(office: Any) -> None:
    said = office.run("review", "--coder", "ntq", typed="&.-f19-R2=!")
    assert "no such key" in said
    assert office.public(AGENCY)[0] == ("ca-mau", "F1", "R2", "person", 0)


def test_what_was_put_off_is_left(office: Any) -> None:
    assert "1 decided by ntq, 2 left" in office.run("review", "--coder", "ntq", typed=".A2=.")


def test_back_shows_what_one_said_and_accepting_keeps_it(office: Any) -> None:
    """Enter is for the class that stands last above the keys: the coder's own, once there is one."""
    said = office.run("review", "--coder", "ntq", typed="R2=-=!")
    assert said.count("you said R2 Refusal without a reason") == 1 and said.count("=  keep") == 1
    assert "1 decided by ntq, 2 left" in said
    assert office.public(AGENCY)[0] == ("ca-mau", "F1", "R2", "person", 0)
    office.run("review", "--coder", "ntq", "--again", typed="=")
    assert office.public(AGENCY)[0] == ("ca-mau", "F1", "R2", "person", 0)


def test_a_slip_in_the_last_one_can_be_mended(office: Any) -> None:
    said = office.run("review", "--coder", "ntq", typed="=432A2=R2=-A2= ")
    assert said.count("that was the last") == 2 and "3 decided by ntq, 0 left" in said
    assert office.public(AGENCY)[2] == ("ha-giang", "R2", "A2", "person", 0)


def test_a_slip_in_a_mark_is_mended_where_it_was_made(office: Any) -> None:
    said = office.run("review", "--coder", "ntq", typed="=x4-32-1-11!")
    assert said.count("a quality is one of the keys 0 to 4") == 1
    assert office.public("SELECT item, quality FROM coding_item ORDER BY item") == [(1, 3), (2, 1), (3, 1)]
    office.run("review", "--coder", "ntq", "--again", typed="f1-R2=!")  # before the first mark: back to the class
    assert office.public(AGENCY)[0] == ("ca-mau", "F1", "R2", "person", 0)


def test_what_a_scan_makes_look_automatic_is_read_while_it_counts_as_a_persons(office: Any) -> None:
    """Else `unread` would wait for a reply that nobody is shown."""
    db = open_private(office.folder / "var/private.db")
    db.execute("UPDATE message SET event = 'A1', event_without_scans = 'UN' WHERE event = 'A2'")
    db.conn.commit()
    db.close()
    assert "proposed: A1" in office.run("review", "--coder", "ntq", typed=".!")
    office.run("review", "--coder", "ntq", typed="=432===")
    assert office.public("SELECT unread FROM headline WHERE indicator = 'replied'") == [(0,)]
    assert office.public(AGENCY)[1] == ("dong-thap", "A1", "A1", "person", 0)


def test_codings_outlive_results_db(office: Any) -> None:
    office.run("review", "--coder", "ntq", typed="R2=!")
    before = [office.public(f"SELECT * FROM {name} ORDER BY id") for name in ("reply", "request", "coding")]
    (office.folder / "results.db").unlink()
    private, results = open_private(office.folder / "var/private.db"), open_results(office.folder / "results.db")
    registry_store.sync(results, shipped("2019"), (), "live")
    assert projection.project(private, results, POBI)
    assert not projection.project(private, results, POBI)
    private.close()
    results.close()
    assert [office.public(f"SELECT * FROM {name} ORDER BY id") for name in ("reply", "request", "coding")] == before


def test_a_class_by_a_person_cancels_the_reminder_and_an_objection_is_heard(office: Any) -> None:
    query = "SELECT state FROM outbox WHERE agency = '2019-stc-dong-thap' AND step = 'reminder'"
    private = open_private(office.folder / "var/private.db")
    private.execute("UPDATE outbox SET state = 'planned' WHERE step = 'reminder'")
    private.conn.commit()
    office.run("review", "--coder", "ntq", typed=".a1=!")
    assert office.private(query) == [("planned",)]
    office.run("review", "--coder", "ntq", "--again", typed="OB=!")
    assert office.private(query) == [("cancelled",)]
    assert objections(private) == {"2019-stc-dong-thap": True}
    assert heard(private, "pobi-2019").events["2019-stc-dong-thap"] == ["OB"]
    private.close()


def test_the_second_coder_is_blind_to_the_first_and_changes_no_figure(office: Any) -> None:
    office.run("review", "--coder", "ntq", typed="=432A2=R2=")
    assert "no reply was read by two people yet" in office.run("review", "--agreement")
    assert json.loads(office.run("review", "--agreement", "--json")) == []
    said = office.run("review", "--coder", "bt", "--sample", "2", "--seed", "5", typed="=un=!")
    assert "proposed" not in said and "no such key" in said and "1 decided by bt, 1 left" in said
    rest = office.run("review", "--coder", "bt", "--sample", "2", "--seed", "5", typed="UN=")
    assert "1 decided by bt, 0 left" in rest
    assert office.run("review", "--coder", "bt", "--sample", "2", "--seed", "5").strip() == "0 decided by bt, 0 left"
    assert {row[3] for row in office.public(AGENCY)} == {"person"}
    assert [row[2] for row in office.public(AGENCY)] == ["F1", "A2", "R2"]
    rows = json.loads(office.run("review", "--agreement", "--json"))
    found = {row["measure"]: (row["n"], row["raw"], len(row["differences"])) for row in rows}
    assert found["class"] == (2, 0.0, 2)
    assert "class differs: 2019-stc-" in office.run("review", "--agreement")
    assert office.run("review", "--coder", "ntq", "--sample", "2").strip() == "0 decided by ntq, 0 left"


def test_what_two_see_differently_is_settled_by_a_third_word(office: Any) -> None:
    office.run("review", "--coder", "ntq", typed="=432A2=R2=")
    office.run("review", "--coder", "bt", "--sample", "3", typed="un=un=un=")
    said = office.run("review", "--coder", "lv", "--settle", typed="p1211!")
    assert "ntq (first) says F1" in said and "bt (second) says UN" in said
    assert office.public(AGENCY)[0] == ("ca-mau", "F1", "P1", "settled", 1)
    assert "[1 of 2]" in office.run("review", "--coder", "lv", "--settle", typed="!")
    assert json.loads(office.run("review", "--agreement", "--json"))[0]["n"] == 3


def test_a_random_list_is_drawn_stored_and_read_whole_and_the_share_is_corrected(office: Any) -> None:
    shown = json.loads(office.run("analysis", "shares", "--corrected", "--json"))
    assert [(row["indicator"], row["k"], row["n"], row["unread"]) for row in shown] == [
        ("replied", 1, 4, 3), ("human", 3, 4, 3),
    ]  # fmt: skip
    assert (
        shown[0]["next"] == "rests on the machine alone: 3 agencies are unread; draw some at random, or read them all"
        and shown[0]["corrected"] is None
    )
    table = office.run("analysis", "shares", "--corrected")
    assert "1 of 4 = 0.250 (0.046–0.699)" in table and "replied: rests on the machine alone: 3 agencies" in table
    said = office.run("review", "--coder", "ntq", "--random", "2", typed="!")
    assert "2 of 3 agencies that wrote are on the list, 2 unread" in said
    assert "[1 of 2]" in said and "[1 of 2]" in office.run("review", "--coder", "ntq", "--random", "1", typed="!")
    listed = "SELECT substr(agency, 10) FROM request WHERE reading = 'drawn' ORDER BY reading_place"
    drawn = [name for (name,) in office.public(listed)]
    assert {"ca-mau", "dong-thap", "ha-giang"} > set(drawn) - {"bac-ninh"}
    assert "[1 of 3]" in office.run("review", "--coder", "ntq", "--random", "9", typed="!")
    assert [name for (name,) in office.public(listed)][: len(drawn)] == drawn
    assert office.private("SELECT campaign, size, [by] FROM reading_list") == [
        ("pobi-2019", 2, "ntq"), ("pobi-2019", 9, "ntq"),
    ]  # fmt: skip
    assert "0 decided by ntq, 0 left" not in office.run("review", "--coder", "ntq", "--random", "9", typed="un=un=un=")
    shown = json.loads(office.run("analysis", "shares", "--corrected", "--json"))
    assert [(row["corrected"], row["next"]) for row in shown] == [(0.0, "all is read"), (0.75, "all is read")]


def test_blind_hides_the_province_in_both_texts(office: Any) -> None:
    shown = office.run("review", "--coder", "ntq", "--blind", typed="!")
    head = shown.partition("=  accept")[0]
    assert not re.search(r"c[àa][ -]?mau", head, re.IGNORECASE) and "Yêu cầu thông tin ngân sách gửi" not in head
    assert "▇▇▇" in head and "5.186 tỷ" in head
    assert office.public("SELECT COUNT(*) FROM coding") == [(0,)]


@pytest.mark.parametrize("blind", [False, True])
def test_a_blind_coder_does_not_see_a_letter_that_tells_the_arm(office: Any, blind: bool) -> None:
    arms = "".join(f'[[arm]]\nname = "{name}"\nabout = "x"\nlaw_cited = {name}\n' for name in ("true", "false"))
    db = open_private(office.folder / "var/private.db")
    db.execute("UPDATE campaign_file SET protocol = protocol || ?", [f"\n{arms}"])
    db.conn.commit()
    db.close()
    shown = office.run("review", "--coder", "ntq", *(["--blind"] if blind else []), typed="!")
    assert ("Xin gửi dự toán năm 2020" in shown) != blind
    assert ("The letter is hidden" in shown) == blind
    assert "5.186 tỷ" in shown


def test_of_a_letter_that_was_only_passed_on_all_is_shown(office: Any, tmp_path: Path) -> None:
    """Nothing in it is the sender's own, and it may be the answer all the same."""
    path = tmp_path / "passed-on.eml"
    path.write_text(
        "Received: from a by b; Wed, 22 Apr 2020 08:30:00 +0700\nFrom: stc@camau.gov.test\n"
        "To: khao-sat+bcdfghjkmn@prober.test\nSubject: Fwd: x\nMIME-Version: 1.0\n"
        "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n"
        "---------- Forwarded message ---------\nTừ: Phòng Ngân sách\nDate: Th 3\n\nDự toán chi 7.531 tỷ đồng.\n",
        encoding="utf-8",
    )
    office.run("mailbox", "import", str(path))
    assert "Dự toán chi 7.531 tỷ đồng." in office.run("review", "--coder", "ntq", typed="...!")


def test_what_is_wrong_with_a_message_is_said(office: Any) -> None:
    assert "→ flagged" not in office.run("review", "--coder", "ntq", typed="!")
    db = open_private(office.folder / "var/private.db")
    said = '["encrypted", "charset x does not fit", "Date says 2089-01-01, it came on 2020-04-14"]'
    db.execute("UPDATE message SET detail = json_set(detail, '$.defects', json(?))", [said])
    db.conn.commit()
    db.close()
    shown = office.run("review", "--coder", "ntq", typed="v!")
    assert "→ flagged: encrypted, Date says 2089-01-01, it came on 2020-04-14" in shown


def test_a_mail_cannot_drive_the_terminal(office: Any) -> None:
    assert "\x1b" not in office.run("review", "--coder", "ntq", typed="!")
    assert plain("a\x1b]0;x\x07\x9b2J\u202eb\tc\n") == "a]0;x2Jb    c\n"


@pytest.mark.parametrize(
    ("text", "names", "shown"),
    [
        ("Sở Tài chính tỉnh CÀ MAU", ["Cà Mau"], "Sở Tài chính tỉnh ▇▇▇"),
        ("camau, ca-mau, Ca Mau", ["camau", "ca-mau"], "▇▇▇, ▇▇▇, ▇▇▇"),
        ("Đồng  Tháp và dong thap", ["Đồng Tháp"], "▇▇▇ và ▇▇▇"),
        ("Hà Giangs", ["Hà Giang"], "Hà Giangs"),
        ("bao_cao_CaMau_2020.pdf, STC_CA-MAU2.docx", ["Cà Mau"], "bao_cao_▇▇▇_2020.pdf, STC_▇▇▇2.docx"),
        ("tỉnh Bà Rịa – Vũng Tàu, BR-VT", ["Bà Rịa - Vũng Tàu"], "tỉnh ▇▇▇, ▇▇▇"),
        ("UBND TP.HCM, TPHCM, tp Hồ Chí Minh", ["Hồ Chí Minh"], "UBND ▇▇▇, ▇▇▇, tp ▇▇▇"),
        ("SCM, CM", ["stc-ca-mau", "Cà Mau"], "SCM, CM"),  # initials that may be anything
        ("xem https://stc.camau.gov.test/a?b", ["x9"], "xem ▇▇▇"),
        ("không có tên", [], "không có tên"),
    ],
)
def test_names_are_concealed_however_they_are_written(text: str, names: list[str], shown: str) -> None:
    assert concealed(text, names) == shown


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["review"], "--coder"),
        (["review", "--coder", " "], "name the person"),
        (["review", "--coder", "a", "--json"], "belong to --agreement"),
        (["review", "sites", "--coder", " "], "name the person"),
        (["mailbox", "unmatched", "--by", " "], "name the person"),
        (["mailbox", "assign", "abcd", "2019-stc-ca-mau", "--campaign", "pobi-2019", "--by", ""], "name the person"),
        (["mailbox", "note", "2019-stc-ca-mau", "--by", "\t"], "name the person"),
        (["campaign", "approve", "pobi-2019", "--by", " "], "name the person"),
        (["agencies", "check", "--accept-all", "--by", " "], "name the person"),
        (["review", "--coder", "a", "--sample", "2", "--settle"], "choose one"),
        (["review", "--coder", "a", "--sample", "2", "--random", "3"], "choose one"),
        (["review", "--coder", "a", "--again", "--random", "3"], "choose one"),
        (["review", "--coder", "a", "--campaign", "none"], "known campaigns: pobi-2019"),
    ],
    ids=lambda value: " ".join(value[:2]) if isinstance(value, list) else "",
)
def test_what_cannot_be_asked(office: Any, words: list[str], message: str) -> None:
    assert message in office.run(*words, code=2)


@pytest.fixture
def terminal(office: Any) -> Iterator[Terminal]:
    with closing(Terminal(office, "review", "--coder", "ntq")) as opened:
        yield opened


def test_single_keys_on_a_terminal_and_ctrl_c_loses_nothing(office: Any, terminal: Terminal) -> None:
    terminal.expect("proposed: F1")
    terminal.expect("stop")
    terminal.press("=")
    terminal.expect("1. Báo cáo")
    terminal.press("4")
    terminal.expect("2. Báo cáo")
    terminal.press("34")  # two keys that come at once
    terminal.expect("stored: F1")
    terminal.expect("proposed: A2")
    terminal.press("\x1b[A")  # an arrow is one key, and none of ours
    terminal.expect("no such key")
    terminal.press("\x03")
    assert terminal.end() == 130
    assert [row[3] for row in office.public(AGENCY)] == ["person", "rule", "rule"]
    assert office.public("SELECT item, quality FROM coding_item ORDER BY item") == [(1, 4), (2, 3), (3, 4)]
    assert office.public("SELECT status FROM run WHERE command = 'review'") == [("stopped",)]
    assert "[1 of 2]" in office.run("review", "--coder", "ntq", typed="!")


def test_no_key_of_a_pager_decides_anything(office: Any, terminal: Terminal) -> None:
    """Neither alone nor as the first of two keys; what comes after it is no class."""
    terminal.expect("proposed: F1")
    terminal.expect("stop")
    for key in PAGER:
        terminal.press(f"{key}&")
        terminal.expect("the keys are those shown")
    terminal.press("!")
    assert "0 decided by ntq, 3 left" in terminal.expect("left")
    assert terminal.end() == 0
    assert office.private("SELECT COUNT(*) FROM coding") == [(0,)]


def test_letters_that_begin_a_class_by_a_slip_store_nothing_and_the_undo_is_on_the_screen(
    office: Any, terminal: Terminal
) -> None:
    """`u` and `n`, as in a pager, or whoever comes from another list of keys; then a slip of the key that stores."""
    held = "SELECT event, coder FROM coding ORDER BY id"
    terminal.expect("proposed: F1")
    assert "<  undo the last" in terminal.expect("stop")
    terminal.press("un")
    terminal.expect("UN Unclear, a person must read it: = stores it, any other key does not")
    terminal.press("q")
    terminal.expect("stop")
    terminal.press("<")
    terminal.expect("nothing of this sitting is left to undo")
    assert office.private(held) == []
    terminal.press("R2")
    terminal.expect("R2 Refusal without a reason moves a clock or holds letters: = stores it, any other key does not")
    terminal.press("==")  # pressed once too often: what the next reply is proposed to be is stored unseen
    terminal.expect("stored: R2 Refusal without a reason (< takes it back)")
    terminal.expect("stored: A2")
    terminal.expect("proposed: R2")
    assert office.private(held) == [("R2", "ntq"), ("A2", "ntq")]
    terminal.press("<")
    terminal.expect("taken back: it is undecided again")
    terminal.expect("proposed: A2")
    terminal.press("<")
    terminal.expect("taken back: it is undecided again")
    terminal.expect("proposed: F1")
    assert office.private(held) == []
    terminal.press("!")
    assert "0 decided by ntq, 3 left" in terminal.expect("left")
    assert terminal.end() == 0
    assert [row[3] for row in office.public(AGENCY)] == ["rule"] * 3


def test_an_undo_brings_back_what_stood_before_with_its_marks(office: Any) -> None:
    office.run("review", "--coder", "ntq", typed="=432A2=")
    marks = "SELECT item, quality FROM coding_item ORDER BY item"
    said = office.run("review", "--coder", "ntq", "--again", typed="R2=<!")
    assert "taken back: F1 Full information stands again" in said
    assert office.public(marks) == [(1, 4), (2, 3), (3, 2)]
    assert office.public(AGENCY)[0] == ("ca-mau", "F1", "F1", "person", 1)
    said = office.run("review", "--coder", "ntq", typed="R2=<R2=<.")  # the last of its queue, at the question after it
    assert said.count("that was the last: < undo, - back") == 3 and "0 decided by ntq" in said
    assert office.public(AGENCY)[2] == ("ha-giang", "R2", "R2", "rule", 0)


def test_who_undoes_a_class_is_told_of_the_reminder_that_it_cost(office: Any) -> None:
    private = open_private(office.folder / "var/private.db")
    private.execute("UPDATE outbox SET state = 'planned' WHERE step = 'reminder'")
    private.conn.commit()
    private.close()
    assert "stays cancelled" in office.run("review", "--coder", "ntq", typed=".A2=<!")


def test_what_moves_a_clock_is_accepted_by_two_keys_and_the_second_must_be_the_same(office: Any) -> None:
    for second in (" ", "q", "\r", "."):
        said = office.run("review", "--coder", "ntq", typed=f"..={second}!")
        assert "R2 Refusal without a reason moves a clock" in said and "0 decided by ntq" in said
    assert "1 decided by ntq" in office.run("review", "--coder", "ntq", typed="..==")
    assert office.public(AGENCY)[2] == ("ha-giang", "R2", "R2", "person", 0)


def _with_a_file(office: Any) -> None:
    message = EmailMessage()
    message["From"], message["To"] = "stc@bacninh.gov.test", f"khao-sat+{TOKENS['bac-ninh']}@prober.test"
    message["Subject"], message["Message-ID"] = "x", "<bac-ninh@x.test>"
    message.set_content("Gửi kèm báo cáo quyết toán năm 2018.")
    message.add_attachment("Thu nội địa;5186\n".encode(), maintype="text", subtype="csv", filename="bang 2018.csv")
    (office.folder / "file.eml").write_bytes(message.as_bytes())
    office.run("mailbox", "import", str(office.folder / "file.eml"), "--received-at", "2020-04-13T15:00+07:00")


def test_one_key_opens_a_file_of_the_reply(office: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the program of this computer, a real one here: it writes down what it was given."""
    _with_a_file(office)
    opened, program = tmp_path / "opened", tmp_path / "bin/xdg-open"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\ncat "$1" > {opened}.part && mv {opened}.part {opened}\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    with closing(Terminal(office, "review", "--coder", "ntq", columns=80, lines=24)) as shown:
        assert "files: 1 bang 2018.csv" in shown.expect("1-9  open a file")
        shown.expect("what they mean")
        shown.press("1")
        shown.expect("delete the file when you have read it")
        shown.press("2")
        shown.expect("has 1 files; 2 is none of them")
        shown.press("!")
        assert shown.end() == 0
    until = time.monotonic() + 20
    while not opened.exists():
        assert time.monotonic() < until
        time.sleep(0.05)
    assert opened.read_text(encoding="utf-8") == "Thu nội địa;5186\n"
    assert "files stay closed" in office.run("review", "--coder", "ntq", "--blind", typed="1!")


def test_space_goes_on_through_a_long_reply_as_a_pager_does(office: Any) -> None:
    text = "\n".join(f"Dòng {number}." for number in range(60))
    (office.folder / "long.eml").write_bytes(mail("bac-ninh", text))
    office.run("mailbox", "import", str(office.folder / "long.eml"), "--received-at", "2020-04-13T15:00+07:00")
    with closing(Terminal(office, "review", "--coder", "ntq", columns=80, lines=24)) as shown:
        seen = shown.expect("what they mean")
        for _ in range(6):
            shown.press(" ")
            seen += shown.expect("what they mean")
        assert re.findall(r"Dòng (\d+)\.", seen) == [str(number) for number in range(60)]
        shown.press("!")
        assert "0 decided by ntq" in shown.expect("left") and shown.end() == 0


def test_who_reads_independently_does_not_see_what_rules_say_of_the_documents(office: Any) -> None:
    """Nor is it hidden from the first reader, on any screen."""
    assert "1. 2018 given by figures: Báo cáo" in office.run("review", "--coder", "ntq", typed="!")
    office.run("review", "--coder", "ntq", typed="=432A2=R2=")
    for _ in range(3):
        assert "given by" not in office.run("review", "--coder", "bt", "--sample", "3", typed="un=!")


@pytest.fixture
def low(office: Any) -> Iterator[Terminal]:
    with closing(Terminal(office, "review", "--coder", "ntq", columns=60, lines=24)) as opened:
        yield opened


def test_a_low_and_narrow_terminal_shows_the_reply_above_the_keys(low: Terminal) -> None:
    """Whoever accepts with one key has read: what was written must not scroll out for keys and our own letter."""
    shown = low.expect("what they mean\r\n").splitlines()
    assert max(map(len, shown)) <= 60
    assert any("cung cấp thông tin" in line for line in shown[-24:])
    assert "EM F1 L1" in " ".join(shown[-4:]) and "Full information" not in " ".join(shown[-4:])
    low.press("v")
    low.expect("what they mean\r\n")
    low.press(" ")
    low.expect("all of it was shown")
    low.press("?")
    shown = low.expect("stop\r\n").splitlines()
    assert max(map(len, shown)) <= 60 and any("F1  Full information" in line for line in shown)


def test_a_kill_in_the_middle_keeps_what_was_decided(office: Any, terminal: Terminal) -> None:
    terminal.expect("proposed: F1")
    terminal.expect("stop")
    terminal.press("R2")
    terminal.expect("= stores it")
    terminal.press("=")
    terminal.expect("stored: R2")
    terminal.expect("proposed: A2")
    os.killpg(terminal.process.pid, signal.SIGKILL)
    assert terminal.ended() == -signal.SIGKILL
    assert office.private("SELECT event, coder FROM coding") == [("R2", "ntq")]
    assert "[1 of 2]" in office.run("review", "--coder", "ntq", typed="!")
    assert office.public(AGENCY)[0] == ("ca-mau", "F1", "R2", "person", 0)


def test_names_in_a_long_text_are_hidden_in_time_in_proportion_to_it() -> None:
    """Also beside a word that is longer than the part of an address before its @ may be."""
    named = screen._named(("Cà Mau", "Thành phố Hồ Chí Minh"))
    assert named
    with no_endless_search():
        assert grows(named, use_of(named, {"finditer"}), pumps(named.pattern, named.flags), (16_000, 32_000)) == ""
    long = "x" * 500_000
    assert concealed(f"{long} a@b.test,c@d.test Cà  Mau", ["Cà Mau"]) == f"{long} ▇▇▇▇▇▇ ▇▇▇"
