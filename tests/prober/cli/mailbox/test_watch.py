"""What `prober mailbox watch` tells the service manager that started it."""

import socket
from pathlib import Path

from mailroom.intake.sync import SyncSummary
from prober.cli.mailbox.watch import StatusReporter, Supervisor
from tests.conftest import Manager


def test_the_protocol_of_the_service_manager(manager: Manager, tmp_path: Path) -> None:
    """One datagram of lines each; a line break in the words cannot add a line."""
    supervisor = Supervisor(str(tmp_path / "notify"))
    supervisor.trouble("lost\nREADY=1")
    assert manager() == {"STATUS": "lost READY=1"}
    supervisor.alive()
    assert manager() == {"WATCHDOG": "1"}


def summary(held: int) -> SyncSummary:
    return SyncSummary(mailbox_has=held, we_hold=held)


def test_ready_is_who_has_read_a_mailbox_and_knows_of_each(manager: Manager, tmp_path: Path) -> None:
    """While none was read, or of one nothing is known, systemd waits; trouble is told, and is not the end."""
    supervisor = Supervisor(str(tmp_path / "notify"))
    one = StatusReporter(supervisor, ["a"])
    one.lost("a", "away")
    assert manager() == {"STATUS": "away"}
    one.passed("a", summary(3))
    assert manager() == {"READY": "1", "STATUS": summary(3).sentence()}
    two = StatusReporter(supervisor, ["a", "b"])
    two.lost("b", "away")
    assert manager() == {"STATUS": "b: away"}
    two.passed("a", summary(3))
    assert manager() == {"READY": "1", "STATUS": f"a: {summary(3).sentence()}; b: away"}
    three = StatusReporter(supervisor, ["a", "b", "c"])
    three.passed("a", summary(0))
    assert "READY" not in manager()


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
