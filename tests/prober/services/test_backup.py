"""A study is kept while it runs and put back whole; what is damaged or in the way is told before anything changes."""

import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from filelock import FileLock

from prober.cli import cli
from prober.services.backup import MANIFEST, need_whole, newest
from prober.store import integrity, open_private, open_results, send_journal
from tests.prober.cli.test_cli_private import contents

LIVE = """world = "live"
[crawl]
user_agent = "prober/0.1 (+https://survey.example/bot)"
"""
LOCKS = (
    "var/nightly.lock", "var/private.db.sending.lock", "var/private.db.projecting.lock", "results.db.crawl.lock",
)  # fmt: skip
LETTER = "2020-04-14T08:30:00+07:00\tsending\t1\t<one@x.test>\n"


def run(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(cli, ["--config", str(folder / "prober.toml"), *words])


@pytest.fixture
def study(empty_databases: Path, tmp_path: Path) -> Path:
    """A study with a campaign, a letter that has left, and evidence; its world is live and has no servers."""
    folder = tmp_path / "study"
    (folder / "var").mkdir(parents=True)
    shutil.copy(empty_databases / "results.db", folder)
    shutil.copy(empty_databases / "private.db", folder / "var")
    (folder / "prober.toml").write_text(LIVE, encoding="utf-8")
    with closing(open_private(folder / "var/private.db")) as private:
        campaign = {"world": "live", "protocol": "", "protocol_sha256": "", "status": "draft", "created_at": "2020"}
        private.table("campaign_file").insert({"id": "wave", **campaign})
        name = integrity.identity(private)
    with closing(open_results(folder / "results.db")) as results:
        results.execute("INSERT INTO private_database VALUES (?)", [name])
        results.conn.executemany(
            "INSERT INTO run (command, world, started_at, status, version) VALUES ('crawl', 'live', ?, 'done', '')",
            [["2020-01-01"], ["2020-01-02"]],
        )
        results.conn.commit()
    (folder / "var/private.db.sent.log").write_text(LETTER, encoding="utf-8")
    for name, content in (("png/ab/x.png", b"picture"), ("scan-1.warc.gz", b"records " * 1000)):
        path = folder / "var/evidence" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (folder / "campaigns").mkdir()
    (folder / "campaigns/wave.toml").write_text("title = 'x'\n", encoding="utf-8")
    return folder


def backed_up(study: Path) -> Path:
    """A backup; its folder."""
    done = run(study, "backup", str(study.parent / "kept"))
    assert done.exit_code == 0, done.output
    found = newest(study.parent / "kept")
    assert found
    return found.folder


def lost(study: Path) -> dict[str, str]:
    """Remove everything but the configuration; return what there was."""
    before = contents(study)
    for name in ("var", "campaigns"):
        shutil.rmtree(study / name)
    for path in study.glob("results.db*"):
        path.unlink()
    return before


def test_all_comes_back_as_it_was(study: Path) -> None:
    folder = backed_up(study)
    before = lost(study)
    done = run(study, "restore", str(study.parent / "kept"))
    assert done.exit_code == 0, done.output
    now = contents(study)
    assert {name: now[name] for name in before} == before
    assert set(now) - set(before) <= set(LOCKS)
    again = run(study, "restore", str(folder))
    assert again.exit_code == 0 and "0 files put back" in again.output
    assert contents(study) == now


@pytest.mark.parametrize("lock", LOCKS)
def test_nothing_is_put_back_while_a_process_is_at_work(study: Path, lock: str) -> None:
    folder = backed_up(study)
    lost(study)
    (study / "var").mkdir()
    with FileLock(study / lock):
        done = run(study, "restore", str(folder))
    assert done.exit_code == 1 and "another process holds" in done.output
    assert not (study / "var/private.db").exists() and not (study / "results.db").exists()


def test_a_backup_and_what_is_restored_from_it_are_their_owner_s_only(study: Path) -> None:
    folder = backed_up(study)
    lost(study)
    run(study, "restore", str(folder))
    var = study / "var"
    for path in (
        folder,
        *folder.rglob("*"),
        var,
        var / "evidence",
        *(p for p in var.rglob("*") if p.suffix != ".lock"),
    ):
        assert path.stat().st_mode & 0o077 == 0, path


def test_what_has_not_changed_takes_no_room_in_the_next_backup(study: Path) -> None:
    first = backed_up(study)
    (study / "var/evidence/scan-1.warc.gz").write_bytes(b"records " * 1001)
    second = backed_up(study)
    assert first != second
    assert (first / "evidence/png/ab/x.png").samefile(second / "evidence/png/ab/x.png")
    assert not (first / "evidence/png/ab/x.png").samefile(study / "var/evidence/png/ab/x.png")
    assert (second / "evidence/scan-1.warc.gz").stat().st_size == 8008
    assert (first / "evidence/scan-1.warc.gz").stat().st_size == 8000


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.chmod(0o600)
    path.write_bytes(data)


@pytest.mark.parametrize(
    "damage", [flip, Path.unlink, lambda path: path.write_bytes(b"")], ids=["flip", "gone", "empty"]
)
@pytest.mark.parametrize(
    "name", ["private.db", "results.db", "private.db.sent.log", "evidence/scan-1.warc.gz", MANIFEST]
)
def test_a_damaged_or_missing_file_stops_a_restore_before_anything_changes(
    study: Path, name: str, damage: Callable[[Path], Any]
) -> None:
    folder = backed_up(study)
    lost(study)
    damage(folder / name)
    before = contents(study)
    done = run(study, "restore", str(folder))
    assert done.exit_code == 2 and done.output.count("\n") == 1, done.output
    assert "Traceback" not in done.output
    if name != MANIFEST:
        assert name in done.output and "Name another backup" in done.output
    assert contents(study) == before


def test_what_is_there_and_newer_stays(study: Path) -> None:
    """The folder var is lost; results.db, at another place, has gone on since."""
    folder = backed_up(study)
    with closing(open_results(study / "results.db")) as results:
        row = {"command": "report", "world": "live", "started_at": "2021", "status": "done", "version": ""}
        results.table("run").insert(row)
        results.conn.commit()
    shutil.rmtree(study / "var")
    kept = contents(study)["results.db"]
    assert "private.db does not exist" in run(study, "mailbox", "status").output
    done = run(study, "restore", str(folder))
    assert done.exit_code == 0, done.output
    assert contents(study)["results.db"] == kept
    assert run(study, "campaign", "status").exit_code == 0


@pytest.mark.parametrize("name", ["var/private.db", "results.db"])
def test_what_is_there_and_of_another_study_or_damaged_is_not_overwritten(study: Path, name: str) -> None:
    folder = backed_up(study)
    path = study / name
    path.unlink()
    (open_private if "private" in name else open_results)(path).close()
    before = contents(study)
    for _ in range(2):
        done = run(study, "restore", str(folder))
        assert done.exit_code == 2 and name in done.output and "--aside old" in done.output
        if path.read_bytes()[:6] == b"SQLite":
            assert contents(study) == before
        path.write_bytes(b"garbage " * 100)
    done = run(study, "restore", str(folder), "--aside", "old")
    assert done.exit_code == 0, done.output
    assert path.with_name(f"{path.name}.old").read_bytes() == b"garbage " * 100
    assert run(study, "campaign", "status").exit_code == 0
    taken = run(study, "restore", str(folder), "--aside", "old")
    assert taken.exit_code in (0, 2)


def test_a_log_of_a_database_that_was_deleted_is_not_taken_for_that_of_the_restored_one(study: Path) -> None:
    folder = backed_up(study)
    private = study / "var/private.db"
    code = (
        "import os, pathlib, sys; from prober.store import open_private; db = open_private(pathlib.Path(sys.argv[1])); "
        "db.execute(\"UPDATE campaign_file SET status = 'closed'\"); db.conn.commit(); os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", code, str(private)], check=True)
    assert private.with_name("private.db-wal").stat().st_size > 0
    private.unlink()
    assert run(study, "restore", str(folder)).exit_code == 0
    with closing(open_private(private)) as db:
        assert db.execute("SELECT status FROM campaign_file").fetchall() == [("draft",)]


def test_a_process_that_has_the_database_open_is_not_pulled_from_under(study: Path) -> None:
    folder = backed_up(study)
    before = contents(study)
    with closing(open_private(study / "var/private.db")) as db:
        db.execute("SELECT 1 FROM identity").fetchall()
        done = run(study, "restore", str(folder), "--aside", "old")
    assert done.exit_code == 1 and "another process has it open" in done.output
    now = contents(study)
    assert {name: now[name] for name in before} == before


def test_the_journal_is_completed_and_its_later_lines_stay_last(tmp_path: Path) -> None:
    older, here = tmp_path / "older.log", tmp_path / "var" / "here.log"
    older.write_text(LETTER + LETTER.replace("sending", "returned"), encoding="utf-8")
    send_journal.complete(here, older, here)
    assert here.read_bytes() == older.read_bytes()
    later = LETTER.replace("\t1\t", "\t2\t")
    here.write_text(later, encoding="utf-8")  # begun anew, after the older one was lost
    for _ in range(2):
        send_journal.complete(here, older, here)
        assert send_journal.entries(here)["<one@x.test>"].left
        assert here.read_bytes() == older.read_bytes() + later.encode()


def test_of_a_damaged_journal_the_whole_lines_are_kept(study: Path) -> None:
    folder = backed_up(study)
    journal = study / "var/private.db.sent.log"
    journal.write_text(LETTER.replace("sending", "sanding") + LETTER.replace("one@", "two@"), encoding="utf-8")
    done = run(study, "restore", str(folder))
    assert done.exit_code == 2 and "private.db.sent.log" in done.output and "--aside old" in done.output
    assert run(study, "campaign", "status").exit_code == 2
    assert run(study, "restore", str(folder), "--aside", "old").exit_code == 0
    assert list(send_journal.entries(journal)) == ["<one@x.test>", "<two@x.test>"]
    assert run(study, "campaign", "status").exit_code == 0


def test_another_world_and_no_backup_are_named(study: Path) -> None:
    folder = backed_up(study)
    (study / "prober.toml").write_text('world = "sandbox"\n', encoding="utf-8")
    done = run(study, "restore", str(folder))
    assert done.exit_code == 2 and "of a live study, and this one is sandbox" in done.output
    assert "no backup in it" in run(study, "restore", str(study)).output


def test_a_damaged_database_is_not_kept_as_if_it_were_sound(study: Path) -> None:
    private = study / "var/private.db"
    data = bytearray(private.read_bytes())
    data[16_384 : 4 * 16_384] = random.Random(1).randbytes(3 * 16_384)
    private.write_bytes(data)
    done = run(study, "backup", str(study.parent / "kept"))
    assert done.exit_code == 2 and f"{private}: damaged" in done.output, done.output
    assert not (study.parent / "kept").exists()


STEPS = {"os.rename", "os.link", "os.mkdir", "os.remove", "shutil.rmtree", "sqlite3.connect"}


def killed(study: Path, number: int, *words: str) -> bool:
    """Run a command in a process of its own that dies, as by kill -9, before its step `number`; True if it died."""
    child = os.fork()
    if child == 0:
        left = number

        def step(event: str, _: tuple[Any, ...]) -> None:
            nonlocal left
            if event in STEPS:
                left -= 1
                if left < 0:
                    os._exit(77)

        sys.addaudithook(step)
        os._exit(run(study, *words).exit_code)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in (0, 77)
    return code == 77


def test_a_backup_that_is_killed_leaves_those_before_it_and_nothing_half(study: Path) -> None:
    backed_up(study)
    kept = study.parent / "kept"
    for number in range(200):
        if not killed(study, number, "backup", str(kept)):
            break
        found = newest(kept)
        assert found
        need_whole(found)
    assert 5 < number < 199
    backed_up(study)
    assert [path.name for path in kept.iterdir() if not (path / MANIFEST).is_file()] == []


@pytest.mark.parametrize("there", [(), ("results.db",), ("var/private.db", "results.db")], ids=len)
def test_a_restore_that_is_killed_is_completed_by_the_next_one(study: Path, there: tuple[str, ...]) -> None:
    folder, template = backed_up(study), study.parent / "template"
    for name in there:
        (study / name).write_bytes(b"garbage " * 100)
    before = lost_but(study, there)
    shutil.copytree(study, template)
    options = ("--aside", "old") if there else ()
    for number in range(200):
        shutil.rmtree(study)
        shutil.copytree(template, study)
        died = killed(study, number, "restore", str(folder), *options)
        if died and not (study / "var/private.db").exists() and (study / "results.db").exists():
            assert run(study, "campaign", "status").exit_code == 2  # it says that it must be restored
        again = run(study, "restore", str(folder), *options)
        assert again.exit_code == 0, (number, again.output)
        now = contents(study)
        assert {name: now.get(name) for name in before} == before, number
        assert not list(study.rglob("*.restoring")), number
        if not died:
            break
    assert 5 < number < 199


def lost_but(study: Path, kept: tuple[str, ...]) -> dict[str, str]:
    """Remove all but the configuration and the files `kept`; return what there was, but for these."""
    held = {name: (study / name).read_bytes() for name in kept}
    for name in kept:
        (study / name).unlink()
    before = lost(study)
    for name, content in held.items():
        (study / name).parent.mkdir(exist_ok=True)
        (study / name).write_bytes(content)
    return before
