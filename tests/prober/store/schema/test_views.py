"""The views on small hand-made rows: who is counted, and as what."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from prober.domain.agency import Agency, Term
from prober.domain.indicator import Kind
from prober.domain.search_protocol import OpenedAddress, Outcome, ProtocolStep
from prober.reporting.statistics.proportions import wilson
from prober.reporting.words import labels
from prober.store.reading.campaign_pairs import seen
from prober.store.reading.report_rows import view_columns
from prober.store.results.registry import named, sync
from prober.store.schema.views import VIEWS
from tests.pobi import agencies
from tests.prober.conftest import CAMPAIGN, SCANNED

THREE = ("ca-mau", "dong-thap", "bac-ninh")


def three(kind: str | None = None) -> list[Agency]:
    return [agency for agency in agencies("2019", kind) if agency.province in THREE]


def row(survey: Any, sql: str, *values: Any) -> dict[str, Any]:
    (found,) = survey.db.query(sql, values)
    return dict(found)


def participation(survey: Any, province: str = "ca-mau") -> dict[str, Any]:
    return row(survey, "SELECT * FROM participation WHERE province = ?", province)


def indicator(survey: Any, name: str) -> dict[str, Any]:
    return row(survey, "SELECT * FROM headline WHERE indicator = ?", name)


@pytest.mark.parametrize(
    ("qa", "email", "both"),
    [
        ("found", "found", "found"),
        ("found", "not_found", "not_found"),
        ("not_found", "not_seen", "not_found"),  # one half is known to be missing, so the pair is
        ("found", "not_seen", "not_seen"),
        ("not_seen", "not_seen", "not_seen"),
        (None, "found", "not_seen"),
    ],
)
def test_the_pair_of_qa_and_email(survey: Any, qa: str | None, email: str, both: str) -> None:
    survey.registry(three())
    scan = survey.scan()
    if qa:
        survey.verdict(scan, "2019-ca-mau", "qa", qa, level=4 if qa == "found" else 0)
    survey.verdict(scan, "2019-ca-mau", "email", email)
    assert participation(survey)["qa_and_email"] == both


def test_a_province_that_no_scan_reached_is_unknown_and_stays_in_the_denominator(survey: Any) -> None:
    survey.registry(three())
    scan = survey.scan(status="running")
    survey.verdict(scan, "2019-ca-mau", "qa", "found", level=5)
    assert participation(survey, "bac-ninh")["has_qa"] == "not_seen"
    assert {key: indicator(survey, "qa")[key] for key in ("k", "n", "not_seen")} == {"k": 1, "n": 3, "not_seen": 2}


def test_a_frame_that_nobody_touched_has_no_rows(survey: Any) -> None:
    survey.registry([*agencies("2019"), *agencies("2025")])
    survey.scan("2025")
    assert row(survey, "SELECT MIN(frame) AS low, MAX(frame) AS high, COUNT(*) AS n FROM participation") == {
        "low": "2025",
        "high": "2025",
        "n": 34,
    }
    assert row(survey, "SELECT COUNT(reference) AS compared FROM headline")["compared"] == 0


def test_an_earlier_survey_stands_beside_its_own_list_alone(survey: Any) -> None:
    """A list named 2019 is not compared with POBI 2019 unless its study says so."""
    survey.registry([*agencies("2019"), *agencies("2025")])
    for frame in ("2019", "2025"):
        survey.scan(frame)
    assert row(survey, "SELECT COUNT(reference) AS compared FROM headline")["compared"] == 0
    survey.db["reference_result"].insert(
        {
            "frame": "2025", "indicator": "qa", "name": "Audit", "k": 9, "n": 34,
            "about_vi": "", "about_en": "", "limits_vi": "", "limits_en": "",
        }
    )  # fmt: skip
    found = list(survey.db.query("SELECT * FROM headline WHERE reference IS NOT NULL"))
    assert [(f["frame"], f["indicator"], f["reference"], f["reference_k"], f["reference_n"]) for f in found] == [
        ("2025", "qa", "Audit", 9, 34)
    ]


def test_the_newest_scan_of_each_agency_decides(survey: Any) -> None:
    survey.registry(three())
    first, second = survey.scan(), survey.scan()
    survey.verdict(first, "2019-ca-mau", "qa", "found", level=5)
    survey.verdict(first, "2019-dong-thap", "qa", "found", level=3)
    survey.verdict(second, "2019-ca-mau", "qa", "not_found")
    assert participation(survey)["has_qa"] == "not_found"
    assert participation(survey, "dong-thap")["qa_level"] == 3


def test_a_regulation_is_not_found_only_where_the_visit_saw_all_that_it_looked_for(survey: Any) -> None:
    survey.registry(three())
    scan = survey.scan()
    for slug, outcome in zip(THREE, ("seen", "partial", "partial"), strict=True):
        survey.visit(scan, f"2019-{slug}", outcome=outcome)
        survey.verdict(scan, f"2019-{slug}", "access", "found")
    survey.observe(scan, "2019-bac-ninh", "access", "regulation", "https://bac-ninh.gov.test/12-QD-UBND")
    assert [participation(survey, slug)["ati_regulation"] for slug in THREE] == ["not_found", "not_seen", "found"]


def test_a_regulation_that_one_look_missed_counts_until_the_second(survey: Any) -> None:
    survey.registry(three())
    first, second = survey.scan(), survey.scan()
    for scan in (first, second):
        survey.visit(scan, "2019-ca-mau")
        survey.verdict(scan, "2019-ca-mau", "access", "found")
    survey.observe(first, "2019-ca-mau", "access", "regulation", "https://camau.gov.test/12-QD-UBND")
    assert participation(survey)["ati_regulation"] == "not_found"
    change = {
        "agency": "2019-ca-mau", "kind": "access", "from_scan": first, "to_scan": second, "finding": 1,
        "what": "vanished", "cause": "second_look",
    }  # fmt: skip
    survey.db.table("change").insert(change)
    assert participation(survey)["ati_regulation"] == "found"
    survey.db.execute("UPDATE change SET cause = 'site'")
    assert participation(survey)["ati_regulation"] == "not_found"


def test_what_one_look_missed_is_shown_as_it_was_with_its_day(survey: Any) -> None:
    survey.registry(three())
    first, second = survey.scan(), survey.scan(at=SCANNED + timedelta(days=1))
    survey.verdict(first, "2019-ca-mau", "qa", "found", level=4)
    survey.verdict(second, "2019-ca-mau", "qa", "not_found", second_look=1)
    found = participation(survey)
    assert (found["has_qa"], found["qa_level"], found["seen_at"]) == ("found", 4, SCANNED.isoformat())
    assert found["second_look_since"] == (SCANNED + timedelta(days=1)).isoformat()
    assert indicator(survey, "qa")["k"] == 1
    assert seen(survey.db, second, "qa") == {"2019-ca-mau": "not_seen"}


def test_the_record_of_a_visit_is_shown_once_step_by_step(survey: Any) -> None:
    survey.registry(three())
    scan = survey.scan()
    survey.visit(scan, "2019-ca-mau")
    for kind, state in (("qa", "found"), ("email", "not_found"), ("budget", "not_seen")):
        survey.verdict(scan, "2019-ca-mau", kind, state)
    home = OpenedAddress(ProtocolStep.HOME, "https://x.test/", Outcome.READ, count=9)
    one = OpenedAddress(ProtocolStep.USUAL_PATHS, "https://x.test/lien-he", Outcome.MISSING, kinds=(Kind.EMAIL,))
    survey.search(scan, "2019-ca-mau", home, one)
    rows = survey.db.execute("SELECT step, outcome, kinds FROM search_evidence ORDER BY position").fetchall()
    assert rows == [
        ("home", "done", ""), ("home", "read", ""), ("usual_paths", "done", ""),
        ("usual_paths", "missing", '["email"]'),
    ]  # fmt: skip


D = timedelta(days=1)
# What the machine says of the Q&A section on the first night, what a person says then and of which answer, what the
# machine says on a later night and after how many days → state shown, confirmed, decided, waits
DECIDED: list[tuple[str, str, str, str, int, tuple[str, int, str | None, int]]] = [
    ("not_found", "absent", "not_found", "not_found", 1, ("not_found", 1, "absent", 0)),
    ("not_found", "present", "not_found", "not_found", 1, ("found", 1, "present", 0)),
    ("not_found", "cannot_tell", "not_found", "not_found", 1, ("not_found", 0, "cannot_tell", 0)),
    ("not_found", "absent", "not_found", "not_found", 92, ("not_found", 0, None, 1)),  # ninety days have passed
    ("not_found", "absent", "not_found", "found", 1, ("found", 0, None, 1)),  # both are shown, and the row waits
    ("not_found", "present", "not_found", "found", 1, ("found", 0, None, 0)),
    ("found", "present", "found", "found", 1, ("found", 1, "present", 0)),
    ("found", "absent", "found", "found", 1, ("not_found", 1, "absent", 0)),
    ("not_seen", "present", "not_seen", "not_seen", 1, ("found", 1, "present", 0)),
    ("not_seen", "absent", "not_seen", "not_found", 1, ("not_found", 0, None, 1)),
]


@pytest.mark.parametrize(("first", "answer", "proposed", "then", "days", "shown"), DECIDED)
def test_a_person_stands_above_the_machine_while_it_says_the_same(
    survey: Any, first: str, answer: str, proposed: str, then: str, days: int, shown: Any
) -> None:
    survey.registry(three())
    one, two = survey.scan(), survey.scan(at=SCANNED + days * D)
    for scan, state in ((one, first), (two, then)):
        survey.visit(scan, "2019-ca-mau")
        survey.verdict(scan, "2019-ca-mau", "qa", state, level=4 if state == "found" else 0)
    survey.decision("2019-ca-mau", "qa", answer, proposed)
    said = row(survey, "SELECT * FROM proposal WHERE subject = '2019-ca-mau'")
    found = participation(survey)
    assert said["answer"] == then
    assert (found["has_qa"], int("qa" in found["confirmed"].split(", ")), said["decided"], said["waits"]) == shown
    counted = indicator(survey, "qa")
    assert counted["confirmed"] == int(shown[:2] == ("not_found", 1))
    assert counted["k_confirmed"] == int(shown[:2] == ("found", 1))
    assert survey.db.execute("SELECT COUNT(*) FROM not_seen WHERE not_seen != ''").fetchone() == (
        int(shown[0] == "not_seen"),
    )


def test_who_settles_stands_above_the_coders_and_the_second_never_counts(survey: Any) -> None:
    survey.registry(three())
    survey.verdict(survey.scan(), "2019-ca-mau", "qa", "not_found")
    survey.decision("2019-ca-mau", "qa", "present", "not_found", role="settled")
    survey.decision("2019-ca-mau", "qa", "absent", "not_found")
    survey.decision("2019-ca-mau", "qa", "absent", "not_found", role="second")
    assert participation(survey)["has_qa"] == "found"
    survey.db.execute("UPDATE decision SET undone_at = decided_at WHERE role = 'settled'")
    assert (participation(survey)["has_qa"], participation(survey)["confirmed"]) == (
        "not_found", "qa_and_email, qa, qa_form",
    )  # fmt: skip


def test_a_site_that_a_person_called_absent_and_the_machine_finds_is_told_first(survey: Any) -> None:
    survey.registry(three())
    first, second = survey.scan(), survey.scan(at=SCANNED + 2 * D)
    for slug in THREE:
        for scan, state in ((first, "not_found"), (second, "found")):
            survey.visit(scan, f"2019-{slug}")
            survey.verdict(scan, f"2019-{slug}", "qa", state, level=4)
        change = {"kind": "qa", "from_scan": first, "to_scan": second, "what": "verdict", "cause": "site"}
        survey.db.table("change").insert(change | {"agency": f"2019-{slug}", "before": "not_found", "after": "found"})
    survey.decision("2019-dong-thap", "qa", "absent", "not_found")
    told = survey.db.execute("SELECT agency, called_absent FROM changes").fetchall()
    assert told == [("2019-dong-thap", 1), ("2019-bac-ninh", 0), ("2019-ca-mau", 0)]


def test_the_shown_address_is_official_and_the_surest(survey: Any) -> None:
    survey.registry(three())
    scan = survey.scan()
    survey.visit(scan, "2019-ca-mau")
    survey.observe(scan, "2019-ca-mau", "email", "vendor", "hotro@vendor.test", confidence=1.0)
    survey.observe(scan, "2019-ca-mau", "email", "unit_role", "phongtin@camau.gov.test", confidence=0.7)
    survey.observe(scan, "2019-ca-mau", "email", "agency_role", "vanthu@camau.gov.test", confidence=0.9)
    assert participation(survey)["contact_email"] == "vanthu@camau.gov.test"


@pytest.mark.parametrize(
    ("request_row", "asked", "answered", "outcome"),
    [
        ({"state": "accepted", "outcome": "F1", "replied": 1, "delivered": "yes"}, 1, "found", "F1"),
        ({"state": "accepted", "outcome": "silence"}, 1, "not_found", "silence"),
        ({"state": "accepted", "outcome": "F1", "replied": 0, "delivered": "yes"}, 1, "not_found", "F1"),  # too late
        ({"state": "accepted", "outcome": "N0", "delivered": "no"}, 1, "not_seen", "N0"),
        ({"state": "accepted", "outcome": "N0", "delivered": "unknown"}, 1, "not_seen", "N0"),  # delayed, and no more
        ({"state": "accepted", "outcome": "A1", "delivered": "no"}, 1, "not_seen", "A1"),
        ({"state": "refused", "accepted_at": None, "outcome": "N0", "delivered": "no"}, 1, "not_seen", "N0"),
        ({"state": "uncertain", "accepted_at": None}, 1, "not_seen", "silence"),
        ({"state": "uncertain", "accepted_at": None, "outcome": "P1", "replied": 1}, 1, "found", "P1"),
        ({"state": "planned", "accepted_at": None}, 0, "not_seen", "not asked"),
        ({"state": "cancelled", "accepted_at": None}, 0, "not_seen", "not asked"),
    ],
)
def test_what_a_department_did(
    survey: Any, request_row: dict[str, Any], asked: int, answered: str, outcome: str
) -> None:
    survey.registry(three())
    survey.campaign()
    survey.request("2019-stc-ca-mau", **request_row)
    found = participation(survey)
    assert (found["asked"], found["answered"], found["outcome"]) == (asked, answered, outcome)


def test_departments_that_refused_the_letter_stay_in_the_denominator(survey: Any) -> None:
    survey.registry(three())
    survey.campaign()
    survey.request("2019-stc-ca-mau", outcome="F1", replied=1, delivered="yes")
    survey.request("2019-stc-dong-thap", state="refused", accepted_at=None, outcome="N0", delivered="no")
    survey.request("2019-stc-bac-ninh", state="planned", accepted_at=None)
    found = indicator(survey, "replied")
    assert (found["k"], found["n"], found["not_seen"]) == (1, 2, 1)


def test_a_draft_beside_a_finished_campaign_does_not_blank_its_results(survey: Any) -> None:
    survey.registry(three())
    survey.campaign("a-finished")
    survey.request("2019-stc-ca-mau", "a-finished", outcome="F1", replied=1, delivered="yes")
    survey.campaign("b-draft", status="draft", created_at="2020-06-01T08:00:00+07:00")
    survey.request("2019-stc-ca-mau", "b-draft", state="planned", accepted_at=None)
    assert participation(survey)["replied"] == 1


def test_two_campaigns_of_the_same_moment_give_one_row_per_province(survey: Any) -> None:
    survey.registry(three())
    for name in ("one", "two"):
        survey.campaign(name)
        survey.request("2019-stc-ca-mau", name)
    survey.campaign("portals", kind="portal")
    survey.request("2019-ca-mau", "portals")
    assert row(survey, "SELECT COUNT(*) AS n FROM participation")["n"] == 3


def test_answers_of_any_department_stand_in_the_row_of_its_portal(survey: Any) -> None:
    """A department need not be one of finance; it is called as the study calls it."""
    health = replace(agencies("2019", "finance")[0], kind="health")
    portal = next(a for a in agencies("2019", "portal") if a.province == health.province)
    survey.registry([portal, health])
    sync(survey.db, (), (), "sandbox", [Term("kind", "health", "Sở Y tế", "Department of Health", "Sở Y tế", "…")])
    survey.campaign(kind="health")
    survey.reply(survey.request(health.id, outcome="F1", replied=1), "F1", 5.0, 1)
    survey.campaign("portals", kind="portal", created_at="2020-06-01T08:00:00+07:00")
    survey.request(portal.id, "portals")
    found = row(survey, "SELECT * FROM participation")
    assert (found["portal"], found["finance"], found["answered"]) == (portal.id, health.id, "found")
    answered = indicator(survey, "replied")
    assert answered["label_en"] == "Department of Health answered the emailed request"
    assert answered["label_vi"] == "Sở Y tế trả lời yêu cầu gửi qua thư điện tử"
    assert (answered["k"], answered["n"]) == (1, 1)
    assert survey.db.execute("SELECT campaign FROM latest_campaign WHERE shown").fetchall() == [(CAMPAIGN,)]
    units = labels.units(("health", "portal"), named(survey.db))
    assert units.asked.en == "Department of Health"


def test_automatic_messages_start_no_clock(survey: Any) -> None:
    survey.registry(three())
    survey.campaign()
    survey.run()
    request = survey.request("2019-stc-ca-mau", outcome="Q1")
    survey.reply(request, "RR", 0.02, 0, human=0)  # a receipt is automatic, and no reply
    survey.reply(request, "N0", 0.05, 0)
    survey.reply(request, "A1", 0.1, 0)
    survey.reply(request, "Q1", 49.5, 2)
    survey.reply(request, "F1", 300.0, 9, after_reminder=1)
    found = row(survey, "SELECT * FROM reply_times")
    assert (found["first_automatic_hours"], found["first_human_hours"], found["first_substantive_hours"]) == (
        0.1,
        49.5,
        300.0,
    )
    assert (found["first_human_working_days"], found["answered_after_reminder"], found["censored"]) == (2, 1, 0)
    # Accepted on 14 April 2020 at 08:30; the waiting time ended with 28 May, 17 hours before the campaign was closed.
    assert found["watched_hours"] == pytest.approx(44 * 24 + 15.5)


def test_who_has_not_written_is_censored_where_watching_ended(survey: Any) -> None:
    """Only machines wrote, or nobody; the campaign was closed before the waiting time was over, and runs went on."""
    survey.registry(three())
    survey.campaign(closed_at="2020-04-20T08:30:00+07:00")
    survey.run()
    survey.request("2019-stc-bac-ninh")
    survey.reply(survey.request("2019-stc-ca-mau", outcome="A1"), "A1", 0.1, 0)
    written = survey.request("2019-stc-dong-thap", outcome="A2")
    survey.reply(written, "A2", 30.0, 1)
    found = {r["agency"]: r for r in survey.db.query("SELECT * FROM reply_times")}
    assert {agency: r["censored"] for agency, r in found.items()} == {
        "2019-stc-bac-ninh": 1, "2019-stc-ca-mau": 1, "2019-stc-dong-thap": 0,
    }  # fmt: skip
    assert [r["watched_hours"] for r in found.values()] == pytest.approx([6 * 24] * 3)
    assert found["2019-stc-ca-mau"]["first_automatic_hours"] == 0.1
    assert found["2019-stc-ca-mau"]["first_human_hours"] is None
    assert found["2019-stc-dong-thap"]["first_automatic_hours"] is None


def test_what_became_of_the_letters_of_a_campaign(survey: Any) -> None:
    survey.registry(list(agencies("2019")))
    survey.campaign()
    fates: tuple[dict[str, Any], ...] = (
        {"outcome": "F1", "replied": 1, "delivered": "yes"},
        {"outcome": "silence", "delivered": "yes"},
        {"outcome": "silence", "delivered": "unknown"},
        {"outcome": "N0", "delivered": "no"},
        {"outcome": "silence", "delivered": "no"},
        {"outcome": "N0", "delivered": "no", "state": "refused", "accepted_at": None},
    )
    for agency, fate in zip(agencies("2019", "finance"), fates, strict=False):
        survey.request(agency.id, **fate)
    found = row(survey, "SELECT answered, silent, undelivered, accepted FROM campaign_progress")
    assert found == {"answered": 1, "silent": 2, "undelivered": 3, "accepted": 5}


def test_an_open_campaign_is_watched_until_the_last_moment_known(survey: Any) -> None:
    """A run that has not ended says nothing of the time since it began; the newest mail does."""
    survey.registry(three())
    survey.campaign(closed_at=None, status="approved")
    survey.run(finished_at=None, status="running")
    answered = survey.request("2019-stc-ca-mau", outcome="F1")
    survey.request("2019-stc-bac-ninh")
    survey.reply(answered, "F1", 240.0, 7)
    found = row(survey, "SELECT * FROM reply_times WHERE agency = '2019-stc-bac-ninh'")
    assert found["watched_hours"] == pytest.approx(240.0)


def test_the_states_of_a_campaign_add_up(survey: Any) -> None:
    survey.registry(list(agencies("2019")))
    survey.campaign()
    states = ("accepted", "refused", "deferred", "uncertain", "cancelled", "planned", "sending")
    for agency, state in zip(agencies("2019", "finance"), states, strict=False):
        survey.request(agency.id, state=state)
    survey.campaign("empty")
    found = row(survey, "SELECT * FROM campaign_progress WHERE campaign = 'pobi-2019'")
    parts = ("accepted", "refused", "deferred", "uncertain", "cancelled", "waiting")
    assert found["planned"] == sum(found[part] for part in parts) == len(states)
    empty = row(survey, "SELECT * FROM campaign_progress WHERE campaign = 'empty'")
    assert [empty[part] for part in ("planned", *parts, "answered", "silent", "unread")] == [0] * 10


@pytest.mark.parametrize(
    ("outcome", "replies", "unread", "human_unread"),
    [
        ("silence", [], 0, 0),
        ("A1", [("A1", "rule", 1)], 0, 0),  # nobody is asked to read what a machine wrote
        ("F1", [("F1", "rule", 1)], 1, 1),
        ("F1", [("F1", "person", 1)], 0, 0),
        ("F1", [("F1", "settled", 1), ("A2", "rule", 1)], 0, 0),  # a receipt beside an answer that was read
        ("F1", [("F1", "rule", 1), ("A2", "person", 1)], 1, 0),  # a person wrote, that is known; not what
        ("F1", [("F1", "rule", 1), ("P1", "person", 1)], 1, 0),  # that it was all of it is the rules' word
        ("F1", [("F1", "rule", 1), ("F1", "person", 0)], 1, 0),  # read was another, which came too late to count
        ("T1", [("T1", "person", 1), ("UN", "rule", 1)], 1, 0),  # the second may be an answer
        ("T1", [("T1", "person", 1), ("R1", "person", 1)], 0, 0),
        ("T1", [("T1", "person", 1), ("F1", "rule", 0)], 0, 0),  # late: whatever it is, it is no answer in time
        ("silence", [("F1", "rule", 0)], 0, 1),  # but it says that a person wrote
        ("O1", [("O1", "rule", 1)], 1, 1),
        ("EM", [("EM", "rule", 1)], 1, 1),
        ("A1", [("A1", "person", 1)], 0, 0),  # a person says that no person wrote
    ],
)
def test_what_no_person_has_read(
    survey: Any, outcome: str, replies: list[tuple[str, str, int]], unread: int, human_unread: int
) -> None:
    survey.registry(three())
    survey.campaign()
    replied = any(event in ("F1", "P1", "L1") and inside for event, _, inside in replies)
    request = survey.request("2019-stc-ca-mau", outcome=outcome, replied=int(replied))
    for place, (event, decided_by, inside) in enumerate(replies):
        said = {"decided_by": decided_by, "inside_window": inside, "message_sha256": f"{place:064x}"}
        survey.reply(request, event, 24.0 + place, 1, **said)
    survey.request("2019-stc-dong-thap")
    found = row(survey, "SELECT unread, human_unread FROM reply_times WHERE agency = '2019-stc-ca-mau'")
    assert found == {"unread": unread, "human_unread": human_unread}
    assert {name: participation(survey)[name] for name in found} == found
    assert [indicator(survey, "replied")[name] for name in ("n", "unread", "k_unread")] == [2, unread, unread * replied]
    assert [indicator(survey, "human")[name] for name in ("unread", "k_unread")] == [human_unread] * 2
    assert row(survey, "SELECT unread FROM campaign_progress") == {"unread": unread}


def test_of_what_no_reply_counts_for_nothing_is_said_to_be_unread(survey: Any) -> None:
    survey.registry(three())
    survey.verdict(survey.scan(), "2019-ca-mau", "qa", "found", level=4)
    assert [row["unread"] for row in survey.db.query("SELECT unread FROM headline")] == [None] * 8


def test_what_could_not_be_seen_is_named_with_its_reason(survey: Any) -> None:
    survey.registry(three())
    scan = survey.scan()
    survey.visit(scan, "2019-ca-mau", outcome="partial", failure="challenge", failure_detail="trang xác minh")
    survey.visit(scan, "2019-bac-ninh")
    for kind in ("social", "qa"):
        survey.verdict(scan, "2019-ca-mau", kind, "not_seen", reason="challenge")
        survey.verdict(scan, "2019-bac-ninh", kind, "found")
    found = row(survey, "SELECT * FROM not_seen WHERE not_seen != ''")
    assert (found["agency"], found["not_seen"], found["failure"]) == ("2019-ca-mau", "qa, social", "challenge")


def test_an_older_database_gets_the_views_of_the_code(survey: Any) -> None:
    from prober.store import open_results

    survey.run()
    survey.db.execute("DROP VIEW as_of")
    survey.db.execute("DROP VIEW headline")
    survey.db.execute("CREATE VIEW headline AS SELECT 1 AS old")
    survey.db.conn.commit()
    db = open_results(survey.path)
    assert {view.name for view in VIEWS} == set(db.view_names())
    assert "reference_k" in [row["name"] for row in db.query("PRAGMA table_info(headline)")]
    assert db.table("run").count == 1
    schema_before = db.execute("PRAGMA schema_version").fetchone()
    open_results(survey.path).close()
    assert db.execute("PRAGMA schema_version").fetchone() == schema_before  # nothing is written where all is well
    db.close()


def test_the_pobi_world(pobi_db: Any) -> None:
    from prober.store import open_results

    db = open_results(pobi_db)
    found = {r["indicator"]: r for r in db.query("SELECT * FROM headline")}
    assert [(found[name]["k"], found[name]["n"]) for name in ("qa_and_email", "replied")] == [(61, 63), (8, 63)]
    assert [(found[name]["low"], found[name]["high"]) for name in ("qa_and_email", "replied")] == [
        (0.891435, 0.99125),
        (0.065773, 0.23107),
    ]
    assert [(found[name]["reference_k"], found[name]["reference_n"]) for name in ("qa_and_email", "replied")] == [
        (61, 63),
        (8, 63),
    ]
    db.close()


def test_the_intervals_of_the_view_are_those_of_the_analysis(survey: Any) -> None:
    """Every k of 63, by the view's own SQL."""
    survey.registry(list(agencies("2019", "portal")))
    scan = survey.scan()
    portals = agencies("2019", "portal")
    for portal in portals:
        survey.verdict(scan, portal.id, "qa", "not_found")
    for k in range(64):
        if k:
            survey.db.execute("UPDATE verdict SET state = 'found' WHERE agency = ?", [portals[k - 1].id])
        found, ours = indicator(survey, "qa"), wilson(k, 63)
        assert (found["k"], found["low"], found["high"]) == (k, round(ours.low, 6), round(ours.high, 6))


def test_every_view_and_every_column_has_its_sentence() -> None:
    columns = view_columns()
    assert {view.name for view in VIEWS} == set(columns)
    for view in VIEWS:
        texts = view.texts(columns[view.name])
        assert all(text.endswith(".") for text in texts.values()), view.name


# (asked on, answered on, answered) of each thread; what the archive is said to hold → the row of qa_activity
ACTIVITY = [
    ([], None, (0, None, None, None, None, 0, None)),
    ([("2020-01-01", "2020-01-05", 1)], None, (1, None, 1, 1.0, 4.0, 1, "2020-01-05")),
    ([("2020-01-01", "2020-01-05", 1), ("2020-02-01", "2020-02-03", 1)], 300, (2, 300, 2, 1.0, 3.0, 2, "2020-02-03")),
    ([("2020-01-01", "2020-01-11", 1), ("2020-03-01", None, 0)], 1, (2, 2, 1, 0.5, 10.0, 1, "2020-01-11")),
    ([("2020-01-09", "2020-01-01", 1), (None, "2020-01-02", 1)], 2, (2, 2, 2, 1.0, None, 0, "2020-01-02")),
]


@pytest.mark.parametrize(("threads", "total", "expected"), ACTIVITY)
def test_activity_is_that_of_the_sample(survey: Any, threads: Any, total: int | None, expected: Any) -> None:
    survey.registry(three())
    scan = survey.scan()
    survey.visit(scan, "2019-ca-mau", archive_pages=1, archive_total=total)
    survey.verdict(scan, "2019-ca-mau", "qa", "found", level=4)
    survey.observe(
        scan, "2019-ca-mau", "qa", "general", "https://camau.gov.test/hoi-dap", url="https://camau.gov.test/h"
    )
    (page,) = survey.db.execute("SELECT id FROM page").fetchone()
    for number, (asked, answered_on, answered) in enumerate(threads):
        survey.db.table("qa_thread").insert(
            {
                "agency": "2019-ca-mau", "scan": scan, "page": page, "url": "https://camau.gov.test/h",
                "key": str(number), "asked_on": asked, "answered_on": answered_on, "answered": answered,
            }
        )  # fmt: skip
    seen = row(survey, "SELECT * FROM qa_activity")
    names = ("sampled", "about", "answered", "share_answered", "median_days", "timed", "newest_answer")
    assert tuple(seen[name] for name in names) == expected


def test_an_agency_without_a_section_has_no_activity(survey: Any) -> None:
    survey.registry(three())
    scan = survey.scan()
    survey.visit(scan, "2019-ca-mau")
    survey.verdict(scan, "2019-ca-mau", "qa", "not_found")
    assert not survey.db.execute("SELECT * FROM qa_activity").fetchall()
