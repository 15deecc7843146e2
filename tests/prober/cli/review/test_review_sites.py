"""prober review sites: what waits for a person, what a person sees, and what becomes of what the person says."""

from datetime import timedelta
from typing import Any

import pytest

from prober.domain.search_protocol import Carried, OpenedAddress, Outcome, ProtocolStep, StepRecord
from prober.store import open_private
from tests.prober.conftest import SCANNED, Survey

URL = "https://camau.gov.vn/hoi-dap"
DECIDED = "SELECT subject, question, answer, coder, role, proposed, draw FROM decision WHERE undone_at IS NULL"
QA = "SELECT has_qa, confirmed FROM participation WHERE province = 'ca-mau'"


@pytest.fixture
def office(office: Any) -> Any:
    """An office with a scan of six portals: five with a Q&A section, Cà Mau without one."""
    survey = Survey(office.folder / "results.db")
    first = survey.scan()
    for slug in ("ca-mau", "dong-thap", "ha-giang", "bac-ninh", "an-giang", "bac-lieu"):
        agency = f"2019-{slug}"
        survey.visit(first, agency)
        if slug == "ca-mau":
            survey.verdict(first, agency, "qa", "not_found")
            continue
        seen = survey.observe(
            first, agency, "qa", "general", f"https://{slug}.gov.vn/hoi-dap", snippet="Hỏi\x1b[2J đáp"
        )
        survey.verdict(first, agency, "qa", "found", level=4, observation=seen)
    survey.verdict(first, "2019-dong-thap", "email", "not_seen", reason="timeout")
    opened = [OpenedAddress(ProtocolStep.USUAL_PATHS, f"{URL}-{n}", Outcome.MISSING, status=404) for n in range(9)]
    opened.append(OpenedAddress(ProtocolStep.HOME, "https://camau.gov.vn/", Outcome.READ, status=200, count=63))
    survey.search(first, "2019-ca-mau", *opened, steps=(StepRecord(ProtocolStep.SITEMAPS, Carried.NOTHING),))
    visit = survey.visit_of(first, "2019-ca-mau")
    survey.db.table("look_list").insert(
        {"visit": visit, "position": 0, "mark": "questions_named", "url": URL, "words": "Hỏi đáp", "kinds": '["qa"]'}
    )
    survey.db.execute("UPDATE scan SET world = 'live'")
    survey.db.close()
    return office


def sites(office: Any, *words: str, typed: str = "", coder: str = "ntq") -> str:
    return str(office.run("review", "sites", "--coder", coder, *words, typed=typed))


def test_what_was_not_found_is_asked_first_with_looks_and_record(office: Any) -> None:
    said = sites(office, typed="nđã mở từng mục\na!")
    assert "[1 of 2]" in said and "(2019-ca-mau)" in said and "1 decided by ntq, 1 left" in said
    assert f"named for questions, shows none (qa): {URL} “Hỏi đáp”" in said
    assert (
        " 1. Home page: done\n      https://camau.gov.vn/: read (200), 63 links\n 2. Site maps: done, nothing there"
        in said
    )
    assert f"{URL}-3: no such page (404)\n      … 5 more" in said and f"{URL}-4" not in said
    assert office.public(DECIDED) == [("2019-ca-mau", "qa", "absent", "ntq", "first", "not_found", None)]
    assert office.private("SELECT subject, note FROM decision") == [("agency/2019-ca-mau", "đã mở từng mục")]
    assert office.public(QA) == [("not_found", "qa_and_email, qa, qa_form")]
    assert "[1 of 1]" in sites(office, typed="!")  # what was decided does not wait


def test_keys_that_decide_nothing(office: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    said = sites(office, "--kind", "qa", typed="voox!")
    assert f"{URL}-8: no such page" in said  # the whole record
    assert f"\n{URL}\n" in said and "\nhttps://camau.gov.vn\n" in said.replace("vn/\n", "vn\n")
    assert "no such key here" in said and office.private("SELECT COUNT(*) FROM decision") == [(0,)]


def test_undo_later_and_back(office: Any) -> None:
    said = sites(office, typed="p<.-c<<!")
    assert said.count("taken back") == 2 and "nothing of this sitting is left to undo" in said
    assert "0 decided by ntq, 2 left" in said and office.public(DECIDED) == []
    assert office.public(QA)[0][0] == "not_found"
    said = sites(office, "--kind", "qa", typed="p< ")
    assert "that was the last: < undo" in said


def test_a_person_is_above_the_machine_and_the_last_word_of_a_coder_counts(office: Any) -> None:
    sites(office, "--kind", "qa", typed="p ")
    assert office.public(QA) == [("found", "qa")]
    said = sites(office, "--kind", "qa", "--again", typed="c ")
    assert "you said present (by a person)" in said and office.public(QA) == [("not_found", "")]


def test_a_second_reads_blind_and_a_third_settles(office: Any) -> None:
    sites(office, typed="a!")
    said = sites(office, "--second", coder="bt", typed="p ")
    assert "[1 of 1]" in said and "the machine:" not in said
    assert office.public(QA)[0][0] == "not_found"  # who measures agreement decides nothing
    assert "[1 of 1]" not in sites(office, "--second", coder="ntq")
    said = sites(office, "--settle", coder="kt", typed="p ")
    assert "ntq (first): absent" in said and "bt (second): present" in said
    assert office.public(QA) == [("found", "qa")]
    told = office.run("review", "sites", "--agreement")
    assert "site differs: 2019-ca-mau qa: present or absent" in told
    assert office.run("review", "sites", "--coder", "x", "--settle", "--second", code=2)


def test_what_was_drawn_corrects_the_share_and_what_was_not_counts_for_itself(office: Any) -> None:
    figure = "SELECT k, n, corrected, corrected_low, corrected_high, drawn FROM headline WHERE indicator = 'qa'"
    sites(office, "--kind", "qa", typed="p!")  # not drawn: it counts for itself alone
    said = sites(office, "--kind", "qa", "--sample", "2", "--seed", "7", typed="p")
    drawn = "SELECT stratum, seed, size, population, probability FROM draw"
    assert office.public(drawn) == [("found", 7, 2, 5, 0.4)] and "[2 of 2]" in said
    sites(office, "--kind", "qa", "--sample", "2", "--seed", "7", typed="a!")  # goes on with the same sample
    assert len(office.public(drawn)) == 1
    assert [row[2::4] for row in office.public(f"{DECIDED} ORDER BY id")] == [
        ("present", None), ("present", 1), ("absent", 1),
    ]  # fmt: skip
    ((k, n, share, low, high, read),) = office.public(figure)
    assert (k, n, read) == (5, 63, 2)  # one that was found is absent, and the one that was not is present
    assert share == pytest.approx((5 / 2 + 1) / 63) and low < share < high
    assert office.public("SELECT probability FROM draw") == [(0.4,)]


def test_nothing_is_corrected_where_only_the_machine_speaks_of_a_stratum(office: Any) -> None:
    sites(office, "--kind", "qa", typed="a!")
    assert office.public("SELECT corrected FROM headline WHERE indicator = 'qa'") == [(None,)]
    assert office.public("SELECT confirmed FROM headline WHERE indicator = 'qa'") == [(1,)]


def test_a_proof_is_disputed_with_a_reason(office: Any) -> None:
    said = sites(office, "--kind", "qa", "--sample", "9", typed=".d\ndlà mục tin tức\np!")
    assert "a dispute needs a reason" in said and "\x1b" not in said
    (dispute,) = office.public("SELECT agency, reason, reviewer FROM disputes")
    assert dispute[1:] == ("là mục tin tức", "ntq")
    assert office.public("SELECT COUNT(*) FROM headline WHERE indicator = 'qa' AND k = 5") == [(1,)]
    sites(office, "--kind", "qa", "--again", typed="d sai\n<<!")
    assert len(office.public("SELECT 1 FROM disputes")) == 1


def test_what_a_person_called_absent_and_the_machine_finds_waits_again_first(office: Any) -> None:
    sites(office, "--kind", "qa", typed="a ")
    survey = Survey(office.folder / "results.db")
    second = survey.scan(at=SCANNED + timedelta(days=3))
    survey.visit(second, "2019-ca-mau")
    seen = survey.observe(second, "2019-ca-mau", "qa", "general", URL)
    survey.verdict(second, "2019-ca-mau", "qa", "found", level=4, observation=seen)
    survey.db.execute("UPDATE scan SET world = 'live'")
    survey.db.close()
    said = sites(office, typed="p!")
    assert "[1 of 2]" in said and "ntq said on" in said and "absent (by a person)" in said
    assert office.public(QA) == [("found", "qa")]


def test_decisions_outlive_results_db(office: Any) -> None:
    sites(office, "--kind", "qa", "--sample", "1", typed="a!")
    held = office.public(DECIDED)
    survey = Survey(office.folder / "results.db")
    survey.db.execute("DELETE FROM decision")
    survey.db.execute("DELETE FROM drawn")
    survey.db.execute("DELETE FROM draw")
    survey.db.close()
    sites(office, typed="!")
    assert office.public(DECIDED) == held != [] and office.public("SELECT COUNT(*) FROM drawn") == [(2,)]
    with open_private(office.folder / "var/private.db").conn as private:
        assert private.execute("SELECT COUNT(*) FROM draw").fetchone() == (2,)


def test_agencies_show_prints_the_record_and_the_look_list(office: Any) -> None:
    told = office.run("agencies", "show", "ca-mau", "--frame", "2019")
    assert f"{URL}-8: no such page (404)" in told and "named for questions, shows none" in told
