"""prober.toml with real servers, from the command line: doctor, sync, status, and watch as a service."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from prober.cli import cli
from prober.cli.supervisor import Supervisor
from tests.debian.post import HOST, PASSWORD, Post

real = pytest.mark.needs("dovecot", "postfix", "root")

CONFIG = """
world = "live"
[crawl]
user_agent = "prober-test (https://prober.test/)"
browser = "none"
[sender]
name = "Nhóm khảo sát"
address = "{own}"
[smtp]
host = "{host}"
port = {submission}
user = "{own}"
password_env = "TEST_PASSWORD"
[imap]
host = "{host}"
port = {imaps}
user = "{own}"
password_env = "TEST_PASSWORD"
"""

MAIL = b"From: a@b.test\r\nTo: khao-sat@prober.test\r\nSubject: thu\r\nMessage-ID: <1@b.test>\r\n\r\nChao\r\n"


class Command:
    """`prober …` in a folder with a prober.toml: in this process, or as one of its own."""

    def __init__(self, post: Post, folder: Path) -> None:
        self.post, self.folder, self.own = post, folder, post.account()
        self.environ = {"SSL_CERT_FILE": str(post.authority), "TEST_PASSWORD": PASSWORD}
        text = CONFIG.format(own=self.own, host=HOST, **post.ports)
        self.config = folder / "prober.toml"
        self.config.write_text(text, encoding="utf-8")

    def run(self, *words: str, **environ: str) -> Result:
        return CliRunner().invoke(cli, ["--config", str(self.config), *words], env=self.environ | environ)

    def started(self, *words: str, **environ: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-m", "prober", "--config", str(self.config), *words],
            env=os.environ | self.environ | environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip


@pytest.fixture
def command(post: Post, tmp_path: Path) -> Command:
    return Command(post, tmp_path)


@real
def test_sync_and_status_name_each_folder(command: Command) -> None:
    command.post.deliver(command.own, MAIL)
    done = command.run("mailbox", "sync")
    assert done.exit_code == 0, done.output
    assert "mailbox has 1, we hold 1" in done.stdout
    shown = command.run("mailbox", "status").stdout.splitlines()
    assert [line.partition(" (")[0] for line in shown] == [
        "INBOX: mailbox has 1, we hold 1",
        "Junk: mailbox has 0, we hold 0",
        "1 unmatched",
    ]
    (data,) = json.loads(command.run("mailbox", "status", "--json").stdout)
    assert [(f["folder"], f["mailbox_has"], f["we_hold"]) for f in data["folders"]] == [("INBOX", 1, 1), ("Junk", 0, 0)]


DOCTOR = {
    "all well": ({}, {"smtp": "ok", "imap": "ok"}),
    "wrong password": ({"TEST_PASSWORD": "sai"}, {"smtp": "wrong", "imap": "wrong"}),
    "certificate not trusted": ({"SSL_CERT_FILE": ""}, {"smtp": "wrong", "imap": "wrong"}),
}


@real
@pytest.mark.parametrize("case", DOCTOR)
def test_doctor_tries_both_servers(case: str, command: Command) -> None:
    environ, wanted = DOCTOR[case]
    done = command.run("doctor", "--json", **environ)
    found = {row["name"]: row["status"] for row in json.loads(done.stdout) if row["name"] in wanted}
    assert found == wanted, done.stdout
    assert done.exit_code == (0 if set(wanted.values()) == {"ok"} else 1)


@pytest.fixture
def manager(tmp_path: Path) -> "Iterator[Callable[[], dict[str, str]]]":
    """A service manager's socket at tmp_path/notify; call it for the next thing that it is told."""
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    sock.bind(str(tmp_path / "notify"))
    sock.settimeout(20)

    def told() -> dict[str, str]:
        return dict(line.split("=", 1) for line in sock.recv(4096).decode().split("\n"))

    yield told
    sock.close()


@real
def test_watch_tells_the_service_manager(
    command: Command, manager: "Callable[[], dict[str, str]]", tmp_path: Path
) -> None:
    """Ready after the first pass and not before, alive in between, new figures with new mail, stopping at the end."""
    process = command.started("mailbox", "watch", NOTIFY_SOCKET=str(tmp_path / "notify"))
    try:
        first = _next(manager, "READY")
        assert first["STATUS"].startswith("mailbox has 0, we hold 0")
        assert _next(manager, "WATCHDOG") == {"WATCHDOG": "1"}
        command.post.deliver(command.own, MAIL)
        assert _next(manager, "READY")["STATUS"].startswith("mailbox has 1, we hold 1")
        process.send_signal(signal.SIGTERM)
        assert _next(manager, "STOPPING") == {"STOPPING": "1"}
        output, _ = process.communicate(timeout=20)
        assert process.returncode == 0, output
    finally:
        process.kill()
        process.communicate()


def _next(manager: "Callable[[], dict[str, str]]", key: str) -> dict[str, str]:
    """The next message that has `key`; the manager's socket gives up after 20 seconds."""
    while key not in (told := manager()):
        pass
    return told


def test_the_protocol_of_the_service_manager(manager: "Callable[[], dict[str, str]]", tmp_path: Path) -> None:
    """One datagram of lines each; a line break in the words cannot add a line."""
    supervisor = Supervisor(str(tmp_path / "notify"))
    supervisor.trouble("lost\nREADY=1")
    assert manager() == {"STATUS": "lost READY=1"}
    supervisor.alive()
    assert manager() == {"WATCHDOG": "1"}


def test_an_abstract_socket_is_reached() -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind("")  # Linux chooses an abstract name
        sock.settimeout(5)
        Supervisor("@" + sock.getsockname()[1:].decode()).stopping()
        assert sock.recv(100) == b"STOPPING=1"


def test_nobody_listening_is_no_error(tmp_path: Path) -> None:
    Supervisor("").ready("x")
    Supervisor(str(tmp_path / "nobody")).ready("x")
    assert list(tmp_path.iterdir()) == []
