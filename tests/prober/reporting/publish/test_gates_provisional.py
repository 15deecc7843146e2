"""Answers that no person has read are not published as results: refused, or marked, until they are read."""

import json
from pathlib import Path
from typing import Any

import pytest

from prober.cli.nightly import tell
from prober.config.load import load
from prober.reporting.publish import gates
from prober.services import nightly
from prober.services.context import Context
from tests.serving import ON_DEMAND, get, serving

UNREAD = "3 requests of pobi-2019 rest on replies that no person has read (prober review --coder INITIALS)"


def manifest(office: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((office.folder / "publish/latest.json").read_text(encoding="utf-8"))
    return found


def test_a_live_snapshot_waits_for_people_to_read(office: Any) -> None:
    said = office.run("publish", code=1)
    assert f"read by people: {UNREAD}. What is not read yet is published as such with --provisional" in said
    assert not (office.folder / "publish/latest.json").exists()
    assert UNREAD in (office.folder / "publish/failed.json").read_text(encoding="utf-8")
    office.run("review", "--coder", "ntq", typed="=432=!")
    assert "1 requests of pobi-2019 rest on" in office.run("publish", code=1)
    office.run("review", "--coder", "ntq", typed="R2=")
    assert "(new)" in office.run("publish")
    found = manifest(office)
    assert (found["provisional"], found["unread"]) == (False, {})
    assert all(gate["passed"] for gate in found["gates"]) and not (office.folder / "publish/failed.json").exists()


def test_a_provisional_snapshot_says_so_wherever_it_is_read(office: Any) -> None:
    assert "(new, provisional)" in office.run("publish", "--provisional")
    found = manifest(office)
    assert (found["provisional"], found["unread"]) == (True, {"pobi-2019": 3})
    assert [gate["name"] for gate in found["gates"] if not gate["passed"]] == ["read by people"]
    replied = next(row for row in found["headline"] if row["indicator"] == "replied")
    assert (replied["k"], replied["unread"], replied["k_unread"]) == (1, 3, 1)
    folder = office.folder / "publish" / found["name"]
    assert "**Provisional: the results of 3 requests rest on replies" in (folder / "codebook.md").read_text("utf-8")
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    assert package["title"].startswith("Provisional: ") and "no person has read" in package["description"]
    assert [entry["provisional"] for entry in _history(office.folder)] == [True]
    (standing,) = (row for row in json.loads(office.run("status", "--json")) if row["part"] == "published")
    assert standing["stands"].endswith("provisional: no person has read what 3 requests rest on")
    assert standing["next"].startswith("prober review --coder")
    with serving(office.folder, "--published", str(office.folder / "publish"), program=ON_DEMAND) as (url, _):
        for path in ("/", "/survey/2019/headline", "/survey/2019/place/ca-mau", "/results", "/results/reply"):
            text = "".join(get(f"{url}{path}?lang={language}")[1] for language in ("vi", "en"))
            assert "Số liệu tạm thời" in text and "Provisional figures" in text, path


def test_what_was_read_takes_the_mark_away(office: Any) -> None:
    office.run("publish", "--provisional")
    office.run("review", "--coder", "ntq", typed="=432===")
    assert "(new)" in office.run("publish", "--provisional")  # a word too many changes nothing
    assert [entry["provisional"] for entry in _history(office.folder)] == [True, False]
    with serving(office.folder, "--published", str(office.folder / "publish"), program=ON_DEMAND) as (url, _):
        assert "Provisional" not in get(url + "/survey/2019/headline")[1] + get(url + "/results")[1]


def test_provisional_opens_no_other_gate(office: Any) -> None:
    office.run("publish", "--provisional")
    office.run("review", "--coder", "gọi số 0912 345 678", typed="R2=!")
    assert "no mobile number: coding.coder (1)" in office.run("publish", "--provisional", code=1)


def test_a_night_publishes_what_is_not_read_and_says_so(office: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """The step alone: a whole night of a live world would crawl."""
    with Context(config=load(office.toml)) as context:
        notes = nightly._publish(context)
    tell(nightly.NightStepResult("publish", notes))
    assert notes == {"snapshot": manifest(office)["name"], "provisional": {"pobi-2019": 3}}
    assert "published as provisional" in capsys.readouterr().err
    office.run("review", "--coder", "ntq", typed="=432===")
    with Context(config=load(office.toml)) as context:
        notes = nightly._publish(context)
    tell(nightly.NightStepResult("publish", notes))
    assert notes == {"snapshot": manifest(office)["name"]}
    assert "provisional" not in capsys.readouterr().err


def _history(folder: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((folder / "publish/history.json").read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize(
    ("confirm", "row", "passed", "said"),
    [
        ("none", {"confirmed": 0}, True, "2019 qa: 2 not found, 0 confirmed (prober review sites)"),
        ("all", {"confirmed": 1}, False, "2019 qa: 2 not found, 1 confirmed (prober review sites)"),
        ("all", {"confirmed": 2}, True, "ok"),
        ("all", {"confirmed": None}, True, "ok"),  # of requests: nobody confirms silence
        ("sample", {"confirmed": 2}, False, "2019 qa: no sample is read (prober review sites)"),
        ("sample", {"confirmed": 0, "corrected": 0.96}, True, "ok"),
    ],
)
def test_what_the_study_wants_confirmed_is_asked_for_or_only_told(
    confirm: str, row: dict[str, Any], passed: bool, said: str
) -> None:
    of_qa = {"frame": "2019", "indicator": "qa", "not_found": 2, "corrected": None} | row
    gate = gates._confirmed_by_people([of_qa], confirm)
    assert (gate.passed, gate.detail, gate.pending) == (passed, said, True)
