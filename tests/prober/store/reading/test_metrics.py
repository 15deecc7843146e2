"""prober status --metrics: OpenMetrics that the reference parser reads, with the numbers of the databases."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from prober.cli import cli
from prober.store import open_private

MOMENT = "2020-04-14T08:30:00+07:00"


def measured(*options: str) -> dict[tuple[str, tuple[str, ...]], float]:
    """Return (name, values of its labels, by their names in order) → value, as the reference parser reads it."""
    done = CliRunner().invoke(cli, ["status", "--metrics", *options])
    assert done.exit_code == 0, done.output
    families = text_string_to_metric_families(done.stdout)
    samples = [sample for family in families for sample in family.samples]
    return {(sample.name, tuple(sample.labels.values())): sample.value for sample in samples}


def test_without_a_database_only_the_version_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert [name for name, _ in measured()] == ["prober_info"]
    assert list(tmp_path.iterdir()) == []


def test_runs_visits_letters_and_what_waits(
    survey: Any, filled: Callable[[Any], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(survey)
    survey.run("nightly")
    survey.db.execute("UPDATE run SET status = 'running', finished_at = NULL WHERE command = 'nightly'")
    survey.db.conn.commit()
    monkeypatch.chdir(survey.path.parent)
    (survey.path.parent / "var").mkdir()
    private = open_private(survey.path.parent / "var/private.db")
    private.execute(
        "INSERT INTO campaign_file (id, world, protocol, protocol_sha256, status, created_at) "
        "VALUES ('c \"1\"', 'sandbox', '', '', 'approved', ?)", [MOMENT],
    )  # fmt: skip
    private.execute(
        "INSERT INTO outbox (campaign, agency, step, position, state, token, message_id, mail_from, rcpt, subject, "
        "raw, sha256, not_before, planned_at, updated_at) "
        "VALUES ('c \"1\"', 1, 'request', 1, 'accepted', 't0ken', 'm@x.test', 'a@x.test', 'b@x.test', 's', x'72', 'h', "
        "?, ?, ?)", [MOMENT, MOMENT, MOMENT],
    )  # fmt: skip
    private.conn.commit()
    private.close()
    found = measured()
    assert (found["prober_visits", ("2019", "seen")], found["prober_visits", ("2019", "unreachable")]) == (61, 1)
    assert found["prober_run_done", ("nightly", "running")] == 0
    assert ("prober_run_finished_timestamp_seconds", ("nightly",)) not in found
    assert found["prober_letters", ('c "1"', "accepted")] == 1
    assert found["prober_results_waiting", ("nightly killed", "run")] == 1  # no process holds it
    assert found["prober_changes_second_look", ()] == 0
    assert found["prober_results_bytes", ()] > 100_000
    assert not {"t0ken", "m@x.test", "b@x.test"} & {value for _, labels in found for value in labels}


def test_metrics_are_no_listing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(cli, ["status", "--metrics", "--json"])
    assert (done.exit_code, "say --metrics or a format, not both" in done.output) == (2, True)
