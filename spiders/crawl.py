"""Start a crawl in its own process and follow its progress: the only way to Scrapy for the other packages.

A process that crawls gets its work on standard input, and tells what it does in JSON, one object per line.
"""

import json
import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from prober import owner_only
from prober.documents import child_process
from prober.domain.finding import Failure
from prober.errors import ProberError, UsageError

if TYPE_CHECKING:
    from spiders.job import Job

LOG_NAME = "crawl.log"
ENDING = 5.0  # seconds for the process to end by itself after its last message
MOST_LOG = 20 << 20  # bytes; a longer log is put aside when a crawl begins, in place of the one before

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


@dataclass(frozen=True, slots=True)
class CrawlSummary:
    """The result of one scan, including visits of an interrupted run that was resumed."""

    scan: int
    resumed: bool
    complete: bool
    agencies: int
    visited: int
    seen: int
    partial: int
    unreachable: int
    requests: int
    pages: int
    rendered: int
    bytes: int
    changes: int
    second_look: int  # changes that wait for a second look, of this scan or an earlier one
    suspects: int  # visits below the floors of the registry
    suspect: str  # reasons to doubt the whole scan, as stored in `scan`; "" if there are none
    not_seen: tuple[Mapping[str, Any], ...]  # slug, kind, outcome, failure, detail, suspect, limited

    @classmethod
    def of(cls, row: Mapping[str, Any], not_seen: Sequence[Mapping[str, Any]]) -> "CrawlSummary":
        """Return the result of a scan from its counts, with `resumed`, and the visits that did not see everything."""
        counts = dict(row)
        return cls(complete=counts.pop("status") == "complete", not_seen=tuple(not_seen), **counts)

    @property
    def without_browser(self) -> tuple[str, ...]:
        """The slugs of sites of which a part was not seen because no browser could show them."""
        return tuple(row["slug"] for row in self.not_seen if row["failure"] == Failure.EMPTY_AFTER_RENDER)

    @property
    def limited(self) -> tuple[str, ...]:
        """The slugs of sites that refused for the time being and may be seen later."""
        return tuple(row["slug"] for row in self.not_seen if row["limited"])

    @property
    def our_failures(self) -> tuple[str, ...]:
        """The slugs of sites on which the prober itself failed."""
        return tuple(row["slug"] for row in self.not_seen if row["failure"] == Failure.INTERNAL)


def crawl(
    job: "Job", on_progress: Callable[[int, int, str], None] = lambda done, total, what: None
) -> CrawlSummary:  # fmt: skip
    """Visit the agencies of `job` and store the results in results.db; continue an interrupted scan of its settings.

    It may be called any number of times, from any thread, with or without a running event loop: Scrapy runs in a
    process of its own. `on_progress(done, total, what)` is called after each visit. KeyboardInterrupt, or any exception
    of `on_progress`, stops the crawl at once; stored visits stay, and the next call continues from there.
    Raises UsageError for an empty selection or if another crawl runs, ProberError if the crawl failed.
    """
    if not job.agencies:
        raise UsageError("no agency to crawl")
    if job.config.simulated and job.endpoint is None:
        raise UsageError("a simulated crawl needs the embedded world")
    log = job.config.paths.evidence / LOG_NAME
    put_aside(log)
    told: SimpleQueue[Message | None] = SimpleQueue()
    child = Child(["spiders"], job, told.put, log)
    try:
        found = _follow(iter(told.get, None), on_progress, log)
    except BaseException:
        child.end()
        raise
    child.end(ENDING)
    return found


def put_aside(log: Path, most: int = MOST_LOG) -> None:
    """Rename a log of more than `most` bytes to its name with ".1": years of nights keep two of them at most."""
    if log.exists() and log.stat().st_size > most:
        log.replace(log.with_name(f"{log.name}.1"))


def _follow(
    messages: Iterable[Message], on_progress: Callable[[int, int, str], None], log: Path
) -> CrawlSummary:  # fmt: skip
    not_seen: list[Message] = []
    for message in messages:
        if "error" in message:
            raise (UsageError if message["exit_code"] == UsageError.exit_code else ProberError)(message["error"])
        if "summary" in message:
            return CrawlSummary.of(message["summary"], not_seen)
        if "not_seen" in message:
            not_seen.append(message["not_seen"])
        else:
            on_progress(message["done"], message["total"], message["what"])
    raise ProberError(f"the crawl ended before its time; {log} says why. Run the same command to go on.")
