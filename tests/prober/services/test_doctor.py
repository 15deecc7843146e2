"""prober doctor: what is wrong is said, with what to do; what is well is not doubted; nothing is changed."""

import json
import os
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from mailroom.sending.preflight.sender_domain import SenderCheck as Looked
from prober.cli import cli
from prober.config.load import Config, Imap, Sender, Smtp, load
from prober.errors import ProberError, SchemaError, UsageError
from prober.sandbox import client
from prober.services import diagnosis
from prober.services.diagnosis import (
    LEAST_FREE,
    NOTE,
    OK,
    WRONG,
    clock,
    disk,
    exceptions,
    private_mode,
    second_looks,
    sections,
    sending,
    sign_of_life,
    stuck,
    unknown_servers,
)
from prober.store import open_private, open_results, transaction
from prober.store.reading.health import newest_moment, private_health, results_health
from tests.pobi import HANOI, POBI

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=HANOI)
LIVE = 'world = "live"\n[crawl]\nuser_agent = "survey/1 (+https://survey.test/crawler)"\nbrowser = "none"\n'


def test_disk() -> None:
    assert disk("/data", LEAST_FREE).status == OK
    full = disk("/data", LEAST_FREE - 1)
    assert (full.status, "free at least 1 GB" in full.remedy) == (WRONG, True)


CLOCKS = {
    "well": (NOW, NOW - timedelta(hours=1), False, OK),
    "first run": (NOW, None, False, OK),
    "a little back, as clocks are set": (NOW, NOW + timedelta(minutes=4), False, OK),
    "back": (NOW, NOW + timedelta(minutes=6), False, WRONG),
    "never set": (datetime(1970, 1, 1, 7, tzinfo=HANOI), None, False, WRONG),
    "simulated years are another matter": (datetime(2020, 4, 13, 8, tzinfo=HANOI), None, True, OK),
    "simulated time runs back": (
        datetime(2020, 4, 13, 8, tzinfo=HANOI),
        datetime(2020, 5, 1, tzinfo=HANOI),
        True,
        WRONG,
    ),
}


@pytest.mark.parametrize(("now", "newest", "simulated", "status"), CLOCKS.values(), ids=CLOCKS)
def test_clock(now: datetime, newest: datetime | None, simulated: bool, status: str) -> None:
    check = clock(now, newest, simulated)
    assert (check.status, bool(check.remedy)) == (status, status == WRONG)


@pytest.mark.parametrize(("mode", "status"), [(0o600, OK), (0o400, OK), (0o640, WRONG), (0o604, WRONG), (0o777, WRONG)])
def test_private_mode(mode: int, status: str) -> None:
    check = private_mode("private.db", mode)
    assert (check.status, check.remedy) == (status, "chmod 600 private.db" if status == WRONG else "")


def test_every_missing_section_is_explained_key_by_key() -> None:
    checks = {check.name: check for check in sections(Config(world="live"))}
    assert {name: check.status for name, check in checks.items()} == {"[sender]": NOTE, "[smtp]": NOTE, "[imap]": NOTE}
    assert "nothing is ever sent" in checks["[smtp]"].found
    assert (
        "name: Name of the person" in checks["[sender]"].remedy and "address: Mail address" in checks["[sender]"].remedy
    )
    whole = Config(
        world="live",
        sender=Sender(name="A", address="a@survey.test"),
        smtp=Smtp(host="h"),
        imap=(Imap(host="h", user="u"),),
    )
    assert {check.status for check in sections(whole)} == {OK}
    assert sections(Config()) == []


def test_every_exception_in_force_is_told_with_its_reason() -> None:
    reason = "expired, renewal promised by telephone 2026-11-03"
    (check,) = exceptions(Config(tls_exceptions={"stc.camau.gov.test": reason}))
    assert (check.status, check.found) == (NOTE, f"the certificate of stc.camau.gov.test is not verified: {reason}")
    assert exceptions(Config()) == []


def test_a_study_that_names_nobody_to_write_to_is_a_note() -> None:
    (check,) = diagnosis.contact(POBI)
    assert check.status == NOTE and "to report a mistake to" in check.found and "study.toml" in check.remedy
    assert diagnosis.contact(replace(POBI, contact="thu@vien.test")) == []


def test_a_mailbox_whose_server_is_not_named_is_a_note() -> None:
    (check,) = unknown_servers("imap", "")
    assert check.status == NOTE and "waits for a person" in check.found and "authserv_id" in check.remedy
    assert unknown_servers("imap", "mx.survey.test") == []


def test_changes_that_wait_are_a_note_and_none_is_nothing() -> None:
    assert second_looks(0, "") == []
    (check,) = second_looks(4, "2026-11-24T02:00:00+07:00")
    assert check.status == NOTE and "4 wait for a second look, the first since 2026-11-24" in check.found


def test_stuck_rows_are_counted_and_each_has_a_remedy() -> None:
    row = {"table": "outbox", "state": "uncertain", "since": "2026-11-02", "id": 1, "remedy": "look for evidence"}
    checks = stuck([row, {**row, "id": 2, "since": "2026-11-01"}, {**row, "table": "message", "state": "unmatched"}])
    assert [(check.status, check.found) for check in checks] == [
        (WRONG, "2 × outbox uncertain, oldest since 2026-11-01"),
        (NOTE, "1 × message unmatched, oldest since 2026-11-02"),
    ]
    assert checks[0].remedy == "look for evidence"
    assert [check.status for check in stuck([])] == [OK]


def at(hours: float) -> str:
    return (NOW - timedelta(hours=hours)).isoformat()


def test_what_waits_in_results(tmp_path: Path) -> None:
    path = tmp_path / "results.db"
    db = open_results(path)
    with transaction(db):
        db.conn.executemany(
            "INSERT INTO run (command, world, started_at, status, version) VALUES (?, 'live', ?, ?, '1')",
            [("crawl", at(20), "running"), ("nightly", at(1), "running"), ("report", at(50), "done")],
        )
        db.conn.executemany(
            "INSERT INTO scan (world, frame, kinds, status, started_at, agencies, version, user_agent, settings) "
            "VALUES ('live', '2019', 'portal', ?, ?, 1, '1', 'x', '{}')",
            [("running", at(20)), ("running", at(1)), ("complete", at(30)), ("interrupted", at(30))],
        )
    db.close()
    assert [(row["table"], row["state"]) for row in results_health(path, NOW, "live")] == [
        ("run", "crawl killed"), ("run", "nightly killed"), ("scan", "running"),
    ]  # fmt: skip
    assert newest_moment(path) == NOW - timedelta(hours=1)


def test_what_waits_in_private(tmp_path: Path) -> None:
    path = tmp_path / "private.db"
    db = open_private(path)
    letters = [
        ("sending", at(1), None, 0), ("sending", at(0.05), None, 0), ("uncertain", None, None, 0),
        ("deferred", None, None, 30), ("deferred", None, None, -1), ("accepted", None, at(40), 40),
        ("planned", None, None, 90),
    ]  # fmt: skip
    with transaction(db):
        db.conn.execute(
            "INSERT INTO campaign_file (id, world, protocol, protocol_sha256, status, created_at) "
            "VALUES ('c', 'live', '', '', 'approved', ?)", [at(99)],
        )  # fmt: skip
        db.conn.executemany(
            "INSERT INTO outbox (campaign, agency, step, position, state, token, message_id, mail_from, rcpt, subject, "
            "raw, sha256, not_before, sending_since, accepted_at, planned_at, updated_at) "
            "VALUES ('c', ?, 'request', 1, ?, ?, ?, '', '', '', x'', '', ?, ?, ?, ?, ?)",
            [
                (f"a{n}", state, f"t{n}", f"<{n}>", at(due), since, accepted, at(99), at(2))
                for n, (state, since, accepted, due) in enumerate(letters)
            ],
        )
        db.conn.executemany(
            "INSERT INTO message (sha256, bytes, received_at, stored_at, status) VALUES (?, 0, ?, ?, ?)",
            [("m1", at(9), at(9), "stored"), ("m2", at(9), at(9), "poison"), ("m3", at(9), at(9), "matched")],
        )
    db.close()
    assert [(row["table"], str(row["id"]), row["state"]) for row in private_health(path, NOW, "live")] == [
        ("outbox", "1", "sending"), ("outbox", "3", "uncertain"), ("outbox", "7", "planned"),
        ("outbox", "4", "deferred"),
        ("message", "m1", "stored"), ("message", "m2", "poison"),
    ]  # fmt: skip


def test_data_of_another_world_are_not_sound(tmp_path: Path) -> None:
    path = tmp_path / "results.db"
    db = open_results(path)
    db.execute(
        "INSERT INTO run (command, world, started_at, status, version) VALUES ('crawl', 'sandbox', '', 'done', '')"
    )
    db.conn.commit()
    db.close()
    assert results_health(path, NOW, "sandbox") == []
    with pytest.raises(UsageError, match="holds sandbox data and this configuration is live; name another file"):
        results_health(path, NOW, "live")


def test_a_live_configuration_is_asked_whether_nights_may_send(tmp_path: Path) -> None:
    text = LIVE + '[smtp]\nhost = "127.0.0.1"\ntls = "none"\n'
    (tmp_path / "prober.toml").write_text(text, encoding="utf-8")
    (check,) = sending(load(tmp_path / "prober.toml"))
    assert (check.status, check.remedy) == (NOTE, "send = true under [campaigns], once nights may send")
    for other in (text + "[campaigns]\nsend = true\n", text.replace('"live"', '"sandbox"')):
        (tmp_path / "prober.toml").write_text(other, encoding="utf-8")
        assert sending(load(tmp_path / "prober.toml")) == []


def test_the_age_of_the_sign_of_life_is_judged(tmp_path: Path) -> None:
    text = LIVE + '[alarms]\nalive_file = "alive"\n'
    (tmp_path / "prober.toml").write_text(text, encoding="utf-8")
    config = load(tmp_path / "prober.toml")
    assert [check.status for check in sign_of_life(config, NOW)] == [WRONG]
    for hours, status in ((1, OK), (35, OK), (40, WRONG)):
        (tmp_path / "alive").touch()
        os.utime(tmp_path / "alive", (NOW.timestamp() - hours * 3600,) * 2)
        assert [check.status for check in sign_of_life(config, NOW)] == [status]
    (tmp_path / "prober.toml").write_text(LIVE, encoding="utf-8")
    assert sign_of_life(load(tmp_path / "prober.toml"), NOW) == []


def test_health_makes_nothing_and_names_a_bad_file(tmp_path: Path) -> None:
    path = tmp_path / "results.db"
    assert results_health(path, NOW, "live") == []
    assert not path.exists()
    path.write_bytes(b"")
    with pytest.raises(SchemaError, match="empty"):
        results_health(path, NOW, "live")
    path.write_text("no database" * 100, encoding="utf-8")
    with pytest.raises(SchemaError, match="not an SQLite database"):
        results_health(path, NOW, "live")


def test_a_damaged_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "results.db"
    db = open_results(path)
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    content = bytearray(path.read_bytes())
    half = len(content) // 2 // 4096 * 4096
    content[half : half + 8192] = b"\xa5" * 8192
    path.write_bytes(content)
    with pytest.raises(ProberError, match=r"results\.db: (damaged|cannot be read)"):
        results_health(path, NOW, "live")


# The command


def run(folder: Path, text: str) -> tuple[int, dict[str, dict[str, str]]]:
    """Exit code, and the checks by name; where a name stands several times, the worst of them."""
    config = folder / "prober.toml"
    config.write_text(text, encoding="utf-8")
    done = CliRunner().invoke(cli, ["--config", str(config), "doctor", "--json"])
    checks = json.loads(done.stdout)
    ranked = sorted(checks, key=lambda check: (OK, NOTE, WRONG).index(check["status"]))
    return done.exit_code, {check["name"]: check for check in ranked}


@contextmanager
def silent_port() -> Iterator[int]:
    """A port that nobody listens on, held so that nobody else takes it."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


def test_a_live_survey_that_only_crawls_is_well(tmp_path: Path) -> None:
    code, checks = run(tmp_path, LIVE)
    assert code == 0, checks
    assert checks["[smtp]"]["status"] == NOTE
    assert checks["browser"]["found"] == "switched off"
    assert [path.name for path in tmp_path.iterdir()] == ["prober.toml"]


def test_a_bad_configuration_is_explained_and_nothing_else_is_tried(tmp_path: Path) -> None:
    code, checks = run(tmp_path, 'world = "live"\nwrold = 1\n[smtp]\nport = 0\n')
    assert code == 1
    assert set(checks) == {"configuration"}
    config = tmp_path / "prober.toml"
    done = CliRunner().invoke(cli, ["--config", str(config), "doctor", "--json"])
    found = [check["found"] for check in json.loads(done.stdout)]
    assert any("did you mean world?" in line for line in found)
    assert any("missing key [smtp] host" in line for line in found)
    assert all(line.startswith(str(config)) for line in found)


def test_the_embedded_world_is_well(tmp_path: Path) -> None:
    code, checks = run(tmp_path, "[sandbox]\nsmall = true\n[crawl]\nbrowser = 'none'\n")
    assert code == 0, checks
    assert {"embedded world", "smtp", "imap", "clock", "disk", "database"} <= set(checks)
    assert "INBOX" in checks["imap"]["found"]


def servers(at: client.Endpoint, **changes: Any) -> str:
    values = {
        "smtp": at.smtp_port,
        "imap": at.imap_port,
        "user": at.imap_user,
        "folders": '["INBOX", "Junk"]',
        **changes,
    }
    return LIVE + (
        f'[smtp]\nhost = "127.0.0.1"\nport = {values["smtp"]}\ntls = "none"\n'
        f'[imap]\nhost = "127.0.0.1"\nport = {values["imap"]}\ntls = "none"\nuser = "{values["user"]}"\n'
        f'password_env = "PROBER_TEST_PASSWORD"\nfolders = {values["folders"]}\n'
    )


def test_real_servers_that_answer(
    tmp_path: Path, small_world: client.Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROBER_TEST_PASSWORD", small_world.imap_password)
    who = '[sender]\nname = "A"\naddress = "survey@survey.test"\n'
    code, checks = run(tmp_path, servers(small_world, folders='["INBOX", "Thư rác"]') + who)
    assert code == 0, checks
    assert checks["smtp"]["status"] == OK
    assert "no folder Thư rác" in checks["imap"]["found"]
    assert (checks["SPF"]["status"], checks["DMARC"]["status"]) == (NOTE, NOTE)
    assert "simulated, so no real DNS is asked" in checks["SPF"]["found"] and checks["SPF"]["remedy"]


def test_the_remedy_for_a_domain_is_given_only_where_the_dns_was_asked_and_said_something() -> None:
    found = [
        Looked("SPF", "warn", "temperror"), Looked("PTR", "skipped", "say [smtp] outgoing_ip"),
        Looked("DMARC", "fail", "none"), Looked("DKIM key", "ok", "there"),
    ]  # fmt: skip
    asked = diagnosis.sender_domain(found, asks_dns=True)
    assert [(check.status, "keeps the DNS" in check.remedy) for check in asked] == [
        (NOTE, True), (NOTE, False), (WRONG, True), (OK, False),
    ]  # fmt: skip
    assert {check.remedy for check in diagnosis.sender_domain(found, asks_dns=False)} == {""}


def test_real_servers_that_do_not(
    tmp_path: Path, small_world: client.Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROBER_TEST_PASSWORD", "wrong")
    with silent_port() as port:
        code, checks = run(tmp_path, servers(small_world, smtp=port))
        assert code == 1
        assert checks["smtp"]["status"] == checks["imap"]["status"] == WRONG
        assert str(port) in checks["smtp"]["found"]
        assert "refuses the login" in checks["imap"]["found"]
        monkeypatch.delenv("PROBER_TEST_PASSWORD")
        _, checks = run(tmp_path, servers(small_world, smtp=port))
        assert "PROBER_TEST_PASSWORD is not set" in checks["imap"]["found"]


def test_a_browser_that_is_not_there_or_does_not_start(tmp_path: Path) -> None:
    broken = tmp_path / "chromium"
    broken.write_text("#!/bin/sh\nexit 3\n", encoding="utf-8")
    broken.chmod(0o755)
    for path in (tmp_path / "nowhere", broken):
        code, checks = run(tmp_path, LIVE.replace('"none"', f'"{path}"'))
        assert (code, checks["browser"]["status"]) == (1, WRONG)
        assert "apt-get install chromium" in checks["browser"]["remedy"]


@pytest.mark.needs("chromium")
def test_the_browser_of_this_machine_starts(tmp_path: Path) -> None:
    _, checks = run(tmp_path, LIVE.replace('"none"', '"auto"'))
    assert checks["browser"]["status"] == OK, checks["browser"]
    if os.geteuid() == 0:  # Chromium has a sandbox for every user but root
        assert checks["browser confinement"]["status"] == NOTE
        assert "its own sandbox" in checks["browser confinement"]["found"]


def test_bad_databases_and_open_doors(tmp_path: Path) -> None:
    open_private(tmp_path / "var/private.db").close()
    (tmp_path / "var/private.db").chmod(0o644)
    open_results(tmp_path / "results.db").close()
    with sqlite3.connect(tmp_path / "results.db") as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    code, checks = run(tmp_path, LIVE)
    assert code == 1
    assert "written by a newer prober (schema 99" in checks["database"]["found"]
    assert checks["permissions"]["remedy"].startswith("chmod 600 ")
