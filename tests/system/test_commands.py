"""prober.toml with real servers, from the command line: doctor, sync, status, and watch as a service."""

import json
import signal
import socket
import struct
from pathlib import Path

import pytest

from tests.conftest import Manager
from tests.system.command import MAIL, Command, told
from tests.system.post import Post

pytestmark = pytest.mark.needs("dovecot", "postfix", "root")


@pytest.fixture
def command(post: Post, tmp_path: Path) -> Command:
    return Command(post, tmp_path)


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


@pytest.mark.parametrize("case", DOCTOR)
def test_doctor_tries_both_servers(case: str, command: Command) -> None:
    environ, wanted = DOCTOR[case]
    done = command.run("doctor", "--json", **environ)
    found = {row["name"]: row["status"] for row in json.loads(done.stdout) if row["name"] in wanted}
    assert found == wanted, done.stdout
    assert done.exit_code == (0 if set(wanted.values()) == {"ok"} else 1)


def test_watch_tells_the_service_manager(command: Command, manager: Manager, tmp_path: Path) -> None:
    """Ready after the first pass and not before, alive in between, new figures with new mail, stopping at the end."""
    process = command.started("mailbox", "watch", NOTIFY_SOCKET=str(tmp_path / "notify"))
    try:
        first = told(manager, "READY")
        assert first["STATUS"].startswith("mailbox has 0, we hold 0")
        assert told(manager, "WATCHDOG") == {"WATCHDOG": "1"}
        command.post.deliver(command.own, MAIL)
        assert told(manager, "READY")["STATUS"].startswith("mailbox has 1, we hold 1")
        process.send_signal(signal.SIGTERM)
        assert told(manager, "STOPPING") == {"STOPPING": "1"}
        output, _ = process.communicate(timeout=20)
        assert process.returncode == 0, output
    finally:
        process.kill()
        process.communicate()


def test_watch_speaks_to_an_abstract_socket_as_its_main_process(command: Command) -> None:
    """NotifyAccess=main, which Type=notify means: systemd hears only the process that it started."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind("")  # Linux chooses an abstract name
        sock.settimeout(20)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        process = command.started("mailbox", "watch", NOTIFY_SOCKET="@" + sock.getsockname()[1:].decode())
        heard: dict[str, int] = {}
        asked = False
        try:
            while "STOPPING" not in heard:
                said, ancillary, _, _ = sock.recvmsg(4096, 100)
                sender, _, _ = struct.unpack("3i", ancillary[0][2])
                heard |= {line.partition("=")[0]: sender for line in said.decode().split("\n")}
                if "READY" in heard and "WATCHDOG" in heard and not asked:
                    process.send_signal(signal.SIGINT)
                    asked = True
            output, _ = process.communicate(timeout=20)
            assert process.returncode == 0, output
        finally:
            process.kill()
            process.communicate()
    assert heard == dict.fromkeys(("READY", "STATUS", "WATCHDOG", "STOPPING"), process.pid)
