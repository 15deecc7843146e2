"""What a night is told as: one value for the page, the mail and the line of `prober status`."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from prober.domain.reason import Reason, to_json
from prober.reporting.words import night_words
from prober.services.context import Context
from prober.services.status import status
from prober.store.reading import nights
from prober.store.results import runs
from tests.office import Office

BEGAN = datetime.fromisoformat("2020-05-30T01:30:00+07:00")


@pytest.fixture
def night(survey: Any, filled: Callable[[Any], None]) -> nights.Night:
    """A night whose crawl saw all but two sites and whose mailbox failed; one change is confirmed, one waits."""
    filled(survey)
    db = survey.db
    run = survey.run("nightly")
    db.execute("UPDATE run SET started_at = ? WHERE id = ?", [BEGAN.isoformat(), run])
    for step, state, notes, error in (
        ("crawl 2019", "done", {"scan": 1}, ()),
        ("mailbox", "failures", {}, (Reason("mail_unread", count=2),)),
        ("publish", "running", {}, ()),
    ):
        row = runs.begin_step(db, run, run, step, BEGAN)
        if state != "running":
            runs.end_step(db, row, state, BEGAN + timedelta(minutes=1), notes, error)
    for slug, cause in (("ca-mau", "site"), ("dong-thap", "second_look")):
        db.execute(
            "INSERT INTO change (agency, kind, from_scan, to_scan, what, cause, before, after) "
            "VALUES (?, 'qa', 1, 1, 'verdict', ?, 'found', 'not_found')",
            [f"2019-{slug}", cause],
        )
    db.conn.commit()
    found = nights.newest(db, "2019")
    assert found
    return found


def test_a_night_is_one_value(night: nights.Night) -> None:
    assert (night.passes, night.changed, night.second_look, night.scans) == (1, 1, 1, (1,))
    assert (len(night.sites), len(night.unseen)) == (63, 2)
    assert [step.step for step in night.left] == ["mailbox"]
    assert [need.code for need in night.needs][:1] == ["need_steps"]


def test_status_says_it_too(night: nights.Night, survey: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(Path(survey.path).parent)
    with Context() as context:
        row = next(row for row in status(context) if row.part == "nightly")
    assert night_words.line(night).en in row.stands


@pytest.mark.parametrize(("sites", "stays"), [(20, False), (19, True)])
def test_a_scan_in_doubt_in_whose_place_a_second_pass_is_believed_needs_nobody(
    night: nights.Night, survey: Any, sites: int, stays: bool
) -> None:
    db = survey.db
    db.execute("UPDATE scan SET suspect = ? WHERE id = 1", [to_json((Reason("second_pass_of", scan=1),))])
    row = db.query("SELECT * FROM scan WHERE id = 1").__next__()
    look = db.table("scan").insert(dict(row) | {"id": None, "suspect": "", "agencies": sites}).last_pk
    step = runs.begin_step(db, night.number, night.number, "second pass 2019", BEGAN)
    runs.end_step(db, step, "done", BEGAN, {"scan": look}, ())
    told = nights.newest(db, "2019")
    assert told and bool(told.suspect) == stays == ("need_belief" in [need.code for need in told.needs])


def test_a_file_without_nights_has_none(survey: Any) -> None:
    assert nights.newest(survey.db) is None


def test_the_command_for_what_we_did_after_a_question_works_as_printed(office: Office) -> None:
    command = nights.own_act("2019-stc-dong-thap", "pobi-2019")
    words = {"WHEN": "2020-04-20T09:00", "INITIALS": "nv", "WORDS": "form sent"}
    said = office.run(*(words.get(word, word) for word in command.removeprefix("prober ").split()))
    assert "entered for 2019-stc-dong-thap: OW" in said
