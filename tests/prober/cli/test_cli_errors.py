"""What a user meets when something is wrong: a clear message, the right exit code, and not one byte changed."""

import contextlib
import hashlib
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from prober.cli import cli
from tests import forked

LIVE = """world = "live"
[crawl]
user_agent = "prober/0.1 (+https://survey.example/bot)"
[sender]
name = "Nhóm khảo sát"
address = "khao-sat@survey.example"
"""


def prober(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command as a user does, in a process of its own."""
    return forked.run("prober", *arguments, folder=folder, seconds=120)


def within(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command in this process, where half a second of loading is paid once; what would be a traceback fails."""
    with contextlib.chdir(folder):
        done = CliRunner().invoke(cli, arguments, prog_name="prober")
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return subprocess.CompletedProcess(arguments, done.exit_code, done.stdout, done.stderr)


def hashes(folder: Path) -> dict[str, str]:
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in found}


@pytest.fixture
def closed_port() -> int:
    """A port on loopback at which nobody listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('world = "live"\n[smtp]\nport = 25\n', ("[smtp] host", "missing")),
        (LIVE + "[crawl2]\n", ("crawl2", "unknown")),
        ("[crawl]\ndelay = 'two'\n", ("[crawl] delay", "number")),
        ("[crawl]\ndelay = \n", ("TOML",)),
        ('world = "somewhere"\n', ("world", "live")),
    ],
    ids=["missing key", "unknown key", "wrong type", "not TOML", "wrong value"],
)
def test_a_faulty_configuration_names_the_key_and_changes_nothing(
    tmp_path: Path, text: str, words: tuple[str, ...]
) -> None:
    (tmp_path / "prober.toml").write_text(text, encoding="utf-8")
    before = hashes(tmp_path)
    for arguments in (("agencies", "list"), ("crawl",), ("mailbox", "sync"), ("report",)):
        done = within(tmp_path, *arguments)
        assert done.returncode == 2, done.stderr
        assert "prober.toml" in done.stderr
        assert all(word in done.stderr for word in words), done.stderr
        assert hashes(tmp_path) == before


def test_a_frame_or_kind_that_the_registry_lacks_is_refused_with_what_it_has(tmp_path: Path) -> None:
    within(tmp_path, "agencies", "list", "--frame", "2019")  # writes the registry
    before = hashes(tmp_path)
    has = "the registry has: 2019 portal, 2019 finance, 2025 portal"
    for arguments, missing in (
        (("agencies", "list", "--frame", "2031"), "frame '2031'"),
        (("agencies", "list", "--kind", "hospital"), "kind 'hospital'"),
        (("agencies", "check", "--frame", "2031"), "frame '2031'"),
        (("agencies", "show", "ca-mau", "--frame", "2031"), "frame '2031'"),
        (("crawl", "--kind", "hospital"), "frame '2019' and kind 'hospital'"),
        (("nightly", "--frame", "2019", "--frame", "2031"), "frame '2031'"),
    ):
        done = within(tmp_path, *arguments)
        assert (done.returncode, f"no agency of {missing}; {has}" in done.stderr) == (2, True), done.stderr
        assert hashes(tmp_path) == before


def test_a_results_db_of_a_newer_schema_is_left_alone(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "results.db") as db:
        db.execute("CREATE TABLE observation (id INTEGER)")
        db.execute("PRAGMA user_version = 9999")
    db.close()
    before = hashes(tmp_path)["results.db"]
    for arguments in (("report",), ("serve",), ("publish",), ("agencies", "list")):
        done = within(tmp_path, *arguments)
        assert (done.returncode, "newer" in done.stderr) == (2, True), done.stderr
        assert hashes(tmp_path)["results.db"] == before


def test_an_unreachable_mailbox_is_named(tmp_path: Path, closed_port: int) -> None:
    section = f'[imap]\nhost = "127.0.0.1"\nport = {closed_port}\nuser = "a"\ntls = "none"\n'
    section += 'password_file = "password"\n'
    (tmp_path / "password").write_text("x", encoding="utf-8")
    (tmp_path / "password").chmod(0o600)
    (tmp_path / "prober.toml").write_text(LIVE + section, encoding="utf-8")
    done = within(tmp_path, "mailbox", "sync")
    assert done.returncode == 1, done.stderr
    assert f"127.0.0.1:{closed_port}" in done.stderr.replace("\n", "")
    assert "Traceback" not in done.stderr


def test_doctor_names_an_unreachable_mail_server_and_what_to_do(tmp_path: Path, closed_port: int) -> None:
    section = f'[smtp]\nhost = "127.0.0.1"\nport = {closed_port}\ntls = "none"\n'
    (tmp_path / "prober.toml").write_text(LIVE + section, encoding="utf-8")
    done = prober(tmp_path, "doctor", "--json")
    assert done.returncode == 1, done.stderr
    assert str(closed_port) in done.stdout
    assert "Traceback" not in done.stderr


def test_sandbox_and_live_data_are_never_mixed(tmp_path: Path) -> None:
    assert within(tmp_path, "agencies", "list").returncode == 0
    with sqlite3.connect(tmp_path / "results.db") as db:
        db.execute(
            "INSERT INTO run (command, world, started_at, status, version) VALUES ('crawl', 'sandbox', '', 'done', '')"
        )
    db.close()
    (tmp_path / "prober.toml").write_text(LIVE, encoding="utf-8")
    for words in (("agencies", "list"), ("status",)):
        done = within(tmp_path, *words)
        assert done.returncode == 2, words
        assert "holds sandbox data and this configuration is live" in done.stderr
    assert "holds sandbox data" in within(tmp_path, "doctor", "--csv").stdout


def test_nothing_is_sent_without_an_smtp_section(tmp_path: Path) -> None:
    (tmp_path / "prober.toml").write_text(LIVE, encoding="utf-8")
    done = prober(tmp_path, "campaign", "send", "wave-1", "--live")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


INTERRUPTED_WHILE_IT_LOADS = """
import os, signal, sys
from prober.__main__ import main

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "prober.services.context":
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Finder())
sys.argv = ["prober", "status"]
main()
"""


def test_ctrl_c_while_it_loads_is_no_traceback(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-c", INTERRUPTED_WHILE_IT_LOADS], cwd=tmp_path, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")
    assert list(tmp_path.iterdir()) == []
