"""A command of the prober on a real pseudo-terminal."""

import os
import pty
import select
import time
from typing import Any

from tests import forked


class Terminal:
    """One command, for example ("review", "--coder", "ntq"), with a screen of a size."""

    def __init__(self, office: Any, *words: str, columns: int = 120, lines: int = 60) -> None:
        self.master, slave = pty.openpty()
        environment = os.environ | {"COLUMNS": str(columns), "LINES": str(lines), "TERM": "xterm"}
        self.process = forked.at_terminal(
            "prober", "--config", str(office.toml), *words, terminal=slave, environment=environment
        )
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
        self.process.kill()
        self.process.join()
        os.close(self.master)

    def end(self) -> int:
        while select.select([self.master], [], [], 30.0)[0]:  # a terminal that nobody reads would keep it waiting
            try:
                os.read(self.master, 65536)
            except OSError:  # the other side is closed
                break
        return self.ended()

    def ended(self) -> int:
        """Wait for the exit code; it is below 0 after a signal."""
        self.process.join(30)
        assert self.process.exitcode is not None
        return self.process.exitcode
