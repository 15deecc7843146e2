"""Ctrl-C while a mailbox is read: all processes end at once, even where the child hangs, without a trace."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.mailroom.imap.test_imap_unruly_servers import many
from tests.mailroom.scripted import Answer, Scripted
from tests.office import LIVE

LETTERS = range(1, 61)
IMAP = """
[[imap]]
host = "127.0.0.1"
port = {}
user = "x"
tls = "none"
password_env = "PASSWORD"
folders = ["INBOX"]
"""


@pytest.fixture
def command(
    scripted: Callable[[Answer], Scripted], tmp_path: Path
) -> Iterator[Callable[..., "subprocess.Popen[bytes]"]]:
    """Start `prober` on a mailbox with many letters."""
    server = scripted(many(tuple(LETTERS)))
    (tmp_path / "prober.toml").write_text(LIVE + IMAP.format(server.port), encoding="utf-8")
    running: list[subprocess.Popen[bytes]] = []

    def start(*words: str) -> "subprocess.Popen[bytes]":
        with (tmp_path / "said").open("wb") as said:
            process = subprocess.Popen(
                [sys.executable, "-m", "prober", *words], cwd=tmp_path, env={**os.environ, "PASSWORD": "x"},
                stdout=subprocess.DEVNULL, stderr=said, start_new_session=True,
            )  # fmt: skip
        running.append(process)
        return process

    yield start
    for process in running:
        process.kill()
        process.wait()


def child_of(parent: int) -> int:
    """Number of the process that understands what `parent` reads; waits until there is one."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        for entry in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                started = (entry / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
                works = started[3] == entry.name  # it leads a session
                if works and int(started[1]) == parent and b"spawn_main" in (entry / "cmdline").read_bytes():
                    return int(entry.name)
        time.sleep(0.01)
    raise AssertionError("no child process")


def ends(number: int) -> bool:
    until = time.monotonic() + 60
    while Path(f"/proc/{number}").exists() and time.monotonic() < until:
        time.sleep(0.01)
    return not Path(f"/proc/{number}").exists()


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="looks for processes in /proc")
@pytest.mark.parametrize(("words", "code"), [(("mailbox", "sync"), 130), (("mailbox", "watch"), 0)])
def test_a_child_that_hangs_delays_no_stop(
    words: tuple[str, ...], code: int, command: Callable[..., "subprocess.Popen[bytes]"], tmp_path: Path
) -> None:
    process = command(*words)
    hanging = child_of(process.pid)
    os.kill(hanging, signal.SIGSTOP)
    try:
        process.send_signal(signal.SIGINT)
        process.wait(60)
    finally:
        with suppress(ProcessLookupError):
            os.kill(hanging, signal.SIGCONT)
    said = (tmp_path / "said").read_text(encoding="utf-8")
    assert process.returncode == code, said
    assert "Traceback" not in said and "Fatal" not in said
    assert ends(hanging)
