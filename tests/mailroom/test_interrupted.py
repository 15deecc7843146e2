"""Ctrl-C while two processes read a mailbox: both end at once, even where the second one hangs, without a trace."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.mailroom.conftest import LIVE
from tests.mailroom.scripted import Answer, Scripted
from tests.mailroom.test_unruly_servers import many

LETTERS = range(1, 601)
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
    """Start `prober` on a mailbox with so many letters that it takes a second process."""
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


def second(folder: Path, there: bool = True) -> int:
    """Number of the process that reads `folder` beside; waits until there is one, or until there is none."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        for entry in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                words = (entry / "cmdline").read_bytes().split(b"\0")
                if b"mailroom.intake.worker" in words and os.fsencode(folder) in b"".join(words):
                    if there:
                        return int(entry.name)
                    break
        else:
            if not there:
                return 0
        time.sleep(0.01)
    raise AssertionError(f"a second process: {not there}")


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="looks for processes in /proc")
@pytest.mark.parametrize(("words", "code"), [(("mailbox", "sync"), 130), (("mailbox", "watch"), 0)])
def test_a_second_process_that_hangs_delays_no_stop(
    words: tuple[str, ...], code: int, command: Callable[..., "subprocess.Popen[bytes]"], tmp_path: Path
) -> None:
    process = command(*words)
    hanging = second(tmp_path)
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
    second(tmp_path, there=False)
