"""Start a process that crawls, hand it its work, and hear what it tells: one JSON object per line."""

import json
import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from prober import owner_only
from prober.documents import child_process

Message = Mapping[str, Any]


class Child:
    """A process in a session of its own, which ends with this one (spiders.crawl_process).

    It runs `python -m words…` and gets `work` on its standard input, a pickle of this machine. A thread calls `told`
    with each message, and with None when the process has ended. What it complains of is added to the file `log`, or
    goes where the complaints of this process go.
    """

    def __init__(
        self, words: Sequence[str], work: object, told: Callable[[Message | None], object], log: Path | None = None
    ) -> None:
        with ExitStack() as stack:
            errors = None
            if log:
                owner_only.folder(log.parent)
                errors = stack.enter_context(open(log, "ab", opener=owner_only.opener))
            self._process = subprocess.Popen(
                child_process.command(*words), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
                start_new_session=True, env=_environment(),
            )  # fmt: skip
        threading.Thread(target=self._converse, args=(work, told), daemon=True).start()

    def _converse(self, work: object, told: Callable[[Message | None], object]) -> None:
        assert self._process.stdin and self._process.stdout
        # It may end at its start, or within a line; both end the conversation.
        with suppress(OSError, ValueError), self._process.stdout as lines:
            pickle.dump(work, self._process.stdin)
            self._process.stdin.flush()
            for line in lines:
                told(json.loads(line))
        told(None)

    def end(self, seconds: float = 0.0) -> int:
        """Let the process end by itself for `seconds`, then kill it with its browser; return its exit code."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        code = self._process.wait()
        assert self._process.stdin
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        return code


def _environment() -> dict[str, str]:
    """Return the environment of the process: unbuffered output, and the import path of this one."""
    paths = [path for path in sys.path if path]
    return {**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONPATH": os.pathsep.join(paths)}
