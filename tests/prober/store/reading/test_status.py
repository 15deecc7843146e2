"""prober status: from the files alone, and with the next command for what is not finished."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from prober.cli import cli
from prober.store import open_private
from prober.store.reading import nights
from tests.prober.conftest import SCANNED, told

SUSPECT = f"UPDATE scan SET suspect = '{told('qa turned')}'"

NO_PAGES = "[publish]\npages = false\n"  # none are drawn ahead: nobody reads them
MOMENT = "2020-04-14T08:30:00+07:00"


def shown(*options: str) -> dict[str, dict[str, str]]:
    done = CliRunner().invoke(cli, ["status", "--json", *options])
    assert done.exit_code == 0, done.output
    return {row["part"]: row for row in json.loads(done.stdout)}


def test_an_empty_folder_stays_empty_and_says_where_to_begin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = shown()
    assert {part: row["next"] for part, row in found.items()} == {
        "crawl": "prober crawl", "nightly": "prober nightly", "campaign": "prober campaign new NAME", "mailbox": "",
        "published": "prober publish",
    }  # fmt: skip
    assert list(tmp_path.iterdir()) == []


def test_what_was_done_needs_nothing_more(
    survey: Any, filled: Callable[[Any], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(survey)
    survey.run("nightly")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "prober.toml").write_text(NO_PAGES, encoding="utf-8")
    assert CliRunner().invoke(cli, ["publish"]).exit_code == 0
    found = shown()
    assert found["crawl 2019"]["stands"] == "scan 1 complete: 63 of 1 visited, 61 seen, 1 partly, 1 not"
    assert found["nightly"] == {
        "part": "nightly", "stands": "done", "since": "2020-05-29T17:00:00+07:00", "next": "",
    }  # fmt: skip
    assert found["published"]["stands"].startswith("2020-05-29-") and found["published"]["next"] == ""


@pytest.mark.parametrize(
    ("change", "part", "words", "command"),
    [
        ("UPDATE scan SET status = 'interrupted'", "crawl 2019", "interrupted", "prober crawl --frame 2019"),
        (SUSPECT, "crawl 2019", "suspect: qa turned", "prober crawl --frame 2019"),
        ("UPDATE run SET command = 'nightly', status = 'failures'", "nightly", "failures", "prober nightly"),
    ],
)
def test_what_is_not_finished_names_its_command(
    survey: Any, filled: Callable[[Any], None], monkeypatch: pytest.MonkeyPatch, change: str, part: str, words: str,
    command: str,
) -> None:  # fmt: skip
    filled(survey)
    survey.run()
    survey.db.execute(change)
    survey.db.conn.commit()
    monkeypatch.chdir(survey.path.parent)
    assert words in shown()[part]["stands"] and shown()[part]["next"] == command


def test_replies_that_nobody_has_read_are_counted(
    survey: Any, filled: Callable[[Any], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(survey)
    survey.run()
    written = survey.db.execute("SELECT COUNT(*) FROM reply WHERE human = 1").fetchone()[0]
    survey.db.execute("UPDATE reply SET decided_by = 'person' WHERE id = (SELECT MIN(id) FROM reply WHERE human = 1)")
    survey.db.conn.commit()
    monkeypatch.chdir(survey.path.parent)
    found = shown()["replies"]
    assert found["stands"] == f"{written - 1} of {written} written by a person count by a rule alone"
    survey.db.execute("UPDATE reply SET decided_by = 'person'")
    survey.db.conn.commit()
    assert "replies" not in shown()


def test_it_says_how_old_the_last_good_verdicts_are(
    survey: Any, filled: Callable[[Any], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(survey)
    survey.run()
    monkeypatch.chdir(survey.path.parent)
    before = shown()
    closed = survey.scan(at=SCANNED + timedelta(days=3))
    survey.visit(closed, "2019-ca-mau", outcome="unreachable", failure="http_5xx")
    survey.verdict(closed, "2019-ca-mau", "qa", "not_seen")
    assert "last good" not in before
    assert shown()["last good"] == {
        "part": "last good", "since": SCANNED.isoformat(), "next": "",
        "stands": "1 rests on an earlier visit; the oldest: last seen 3 nights ago, on 13 April 2020",
    }  # fmt: skip


def test_changes_that_wait_for_a_second_look_are_counted(
    survey: Any, filled: Callable[[Any], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(survey)
    survey.run()
    monkeypatch.chdir(survey.path.parent)
    assert "changes" not in shown()
    scan = survey.scan(at=datetime.fromisoformat(MOMENT))
    row = {"agency": "2019-ca-mau", "from_scan": 1, "to_scan": scan, "what": "verdict", "before": "found"}
    for kind, cause in (("qa", "second_look"), ("email", "second_look"), ("social", "site")):
        survey.db.table("change").insert({**row, "kind": kind, "after": "not_found", "cause": cause})
    found = shown()["changes"]
    assert found["stands"] == "2 wait for a second look, six hours after the first"
    assert (found["since"], found["next"]) == (MOMENT, "prober crawl")


def test_a_question_that_waits_for_us_is_named(
    survey: Any, filled: Callable[[Any], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(survey)
    survey.run()
    agency, campaign = survey.db.execute("SELECT agency, campaign FROM request ORDER BY agency").fetchone()
    survey.db.execute("UPDATE request SET waiting_since = ? WHERE agency = ?", [MOMENT, agency])
    survey.db.conn.commit()
    monkeypatch.chdir(survey.path.parent)
    found = shown()["questions"]
    assert (found["stands"].partition(":")[0], found["since"]) == ("1 waiting for us", MOMENT)
    assert found["next"] == f"act, then {nights.own_act(agency, campaign)}"


@pytest.mark.parametrize(
    ("status", "states", "command"),
    [
        ("draft", (), "prober campaign preview wave"),
        ("approved", ("accepted", "planned"), "prober campaign send wave"),
        ("approved", ("accepted",), "prober mailbox sync"),
        ("approved", ("planned", "uncertain"), "prober campaign settle wave"),
        (
            "approved",
            ("cancelled", "planned"),
            "prober campaign approve wave --by INITIALS, or prober campaign send wave",
        ),
        ("approved", ("cancelled",), "prober campaign approve wave --by INITIALS"),
        ("paused", ("planned",), "prober campaign resume wave"),
        ("closed", ("accepted",), ""),
    ],
)
def test_a_campaign_names_its_next_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: str, states: tuple[str, ...], command: str
) -> None:
    db = open_private(tmp_path / "var" / "private.db")
    db.execute("PRAGMA foreign_keys=OFF")
    db.table("campaign_file").insert(_row(db, "campaign_file", id="wave", status=status, world="sandbox"))
    for number, state in enumerate(states):
        db.table("outbox").insert(
            _row(
                db, "outbox", id=number, campaign="wave", agency=str(number), state=state, message_id=str(number),
                attempts=int(state in ("accepted", "uncertain")),
            )
        )  # fmt: skip
    db.table("message").insert(_row(db, "message", sha256="0", status="unmatched"))
    db.close()
    monkeypatch.chdir(tmp_path)
    found = shown()
    assert found["campaign wave"]["next"] == command
    assert (found["mailbox"]["stands"], found["mailbox"]["next"]) == ("1 unmatched", "prober mailbox unmatched")


def test_of_two_mailboxes_the_one_left_longest_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    db = open_private(tmp_path / "var" / "private.db")
    for account, moment in (("one", MOMENT), ("two", "2020-04-16T08:30:00+07:00")):
        values = _row(db, "mailbox_state", account=account, folder="INBOX", synced_at=moment)
        db.table("mailbox_state").insert(values)
    db.close()
    monkeypatch.chdir(tmp_path)
    assert (shown()["mailbox"]["stands"], shown()["mailbox"]["since"]) == ("empty", MOMENT)


def _row(db: Any, table: str, **values: Any) -> dict[str, Any]:
    """`values`, and something plain in every other column that needs a value."""
    plain = {"TEXT": MOMENT, "INTEGER": 0, "REAL": 0.0, "BLOB": b""}
    needed = {c[1]: plain[c[2]] for c in db.execute(f"PRAGMA table_info({table})").fetchall() if c[3] and c[4] is None}
    return (needed | {"step": "request"} if table == "outbox" else needed) | values


def test_a_failed_gate_is_told_until_the_data_pass(
    survey: Any, filled: Callable[[Any], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(survey)
    monkeypatch.chdir(survey.path.parent)
    Path("prober.toml").write_text(NO_PAGES, encoding="utf-8")
    assert CliRunner().invoke(cli, ["publish"]).exit_code == 0
    survey.db.execute("DELETE FROM reply WHERE id > 9")
    survey.db.conn.commit()
    assert CliRunner().invoke(cli, ["publish"]).exit_code == 1
    assert "row counts: reply went from 18 to 9" in shown()["published"]["stands"]
    assert CliRunner().invoke(cli, ["publish", "--accept", "withdrawn"]).exit_code == 0
    assert "reply went" not in shown()["published"]["stands"]
