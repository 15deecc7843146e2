"""A command of the prober on a real pseudo-terminal."""

import fcntl
import os
import pty
import select
import subprocess
import sys
import termios
import time
from typing import Any


class Terminal:
    """One command, for example ("review", "--coder", "ntq"), with a screen of a size."""

    def __init__(self, office: Any, *words: str, columns: int = 120, lines: int = 60) -> None:
        self.master, slave = pty.openpty()
        command = [sys.executable, "-m", "prober", "--config", str(office.toml), *words]
        environment = os.environ | {"COLUMNS": str(columns), "LINES": str(lines), "TERM": "xterm"}
        self.process = subprocess.Popen(
            command, stdin=slave, stdout=slave, stderr=slave, env=environment, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # else Ctrl-C would reach nobody
        )  # fmt: skip
        os.close(slave)
        self.seen = ""

    def expect(self, text: str, seconds: float = 30.0) -> str:
        """Read until `text` was shown after what was expected before; returns what came, up to its end."""
        until = time.monotonic() + seconds
        while text not in self.seen:
            ready, _, _ = select.select([self.master], [], [], max(0.0, until - time.monotonic()))
            assert ready, f"{text!r} did not come; seen: {self.seen[-2000:]}"
            self.seen += os.read(self.master, 65536).decode("utf-8", "replace")
        before, _, self.seen = self.seen.partition(text)
        return before + text

    def press(self, keys: str) -> None:
        os.write(self.master, keys.encode())

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.master)

    def end(self) -> int:
        while select.select([self.master], [], [], 30.0)[0]:  # a terminal that nobody reads would keep it waiting
            try:
                os.read(self.master, 65536)
            except OSError:  # the other side is closed
                break
        return self.process.wait(timeout=30)
