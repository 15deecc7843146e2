"""Crawl with several processes on one machine: each visits a shard of the sites, and this process stores the visits.

No two of them ever ask servers of one host group. A process that ends before its time is started again with what is
missing. The sites that it was visiting are visited last then, and in the end one by one: one at which three processes
ended, with no other site open, gets a visit on which the prober failed, so that the scan ends.
"""

import json
import logging
import os
import pickle
import signal
import subprocess
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from sqlite3 import OperationalError
from time import monotonic
from typing import Any

from prober.documents import child_process
from prober.domain.agency import Agency
from prober.errors import ProberError
from spiders import visit_file
from spiders.download.host_groups import split
from spiders.job import Shard
from spiders.scan_writer import NOT_STORED, ScanWriter

log = logging.getLogger(__name__)

ENDED_ALONE = 3  # processes that ended while one site alone was open, after which its visit is given up
ENDED_IDLE = 10  # processes of a shard, one after the other, that ended before any visit: something else is wrong

Told = SimpleQueue[tuple["_Child", Mapping[str, Any] | None]]  # a message of a process; None: it has ended


class _Child:
    """One process of a shard: it gets the shard, and its messages are put into `told`."""

    def __init__(self, part: "_Part", shard: Shard, told: Told) -> None:
        self.part = part
        self.open: set[str] = set()  # agencies whose visit has begun and is not finished
        self.busy = False  # whether any visit has begun
        self._process = subprocess.Popen(
            child_process.command("spiders", "shard"), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            start_new_session=True,
        )  # fmt: skip
        threading.Thread(target=self._converse, args=(shard, told), daemon=True).start()

    def _converse(self, shard: Shard, told: Told) -> None:
        assert self._process.stdin and self._process.stdout
        with suppress(OSError, ValueError):  # it ended: at its start, or within a line
            pickle.dump(shard, self._process.stdin)
            self._process.stdin.flush()
            for line in self._process.stdout:
                told.put((self, json.loads(line)))
        told.put((self, None))

    def stop(self) -> int:
        """End the process, its browser included, if it has not ended; return its exit code."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        return self._process.wait()


@dataclass(slots=True)
class _Part:
    """The agencies of one shard, those with a visit included."""

    agencies: Sequence[Agency]
    idle: int = 0  # processes that ended before any visit
    ended: Counter[str] = field(default_factory=Counter)  # agency → processes that ended while it was open
    alone: Counter[str] = field(default_factory=Counter)  # the same, and no other was open


def crawl_in_shards(writer: ScanWriter, processes: int) -> None:
    """Visit what the scan misses, by at most `processes` processes. Raises ProberError if they cannot do it."""
    told: Told = SimpleQueue()
    parts = [_Part(agencies) for agencies in split(writer.job.agencies, processes) if agencies]
    running = {child for part in parts if (child := _started(writer, part, told, len(parts), writer.not_before))}
    try:
        while running:
            child, message = told.get()
            if message is not None:
                _heard(writer, child, message)
                continue
            running.remove(child)
            over = monotonic() + writer.job.config.crawl.delay  # its last request may have left just now
            _ended(writer, child)
            if another := _started(writer, child.part, told, len(parts), over):
                running.add(another)
    except (OSError, OperationalError) as error:
        raise ProberError(NOT_STORED.format(error)) from error
    finally:
        for child in running:
            child.stop()


def _started(writer: ScanWriter, part: _Part, told: Told, beside: int, not_before: float) -> _Child | None:
    """Return a process for what a shard misses; None if it misses nothing."""
    ids = {agency.id for agency in writer.missing()}
    missing = [agency for agency in part.agencies if agency.id in ids]
    if not missing:
        return None
    return _Child(part, writer.shard(missing, beside=beside, not_before=not_before, suspects=dict(part.ended)), told)


def _heard(writer: ScanWriter, child: _Child, message: Mapping[str, Any]) -> None:
    """Take one message of a process. Raises ProberError for one that visits cannot be handed over."""
    if "visit" in message:
        path = Path(message["visit"])
        child.open.discard(visit_file.agency_of(path))
        writer.merge(path)
    elif "begun" in message:
        child.busy = True
        child.open.add(message["begun"])
    elif "waits" in message:
        child.open.discard(message["waits"])
    else:
        raise ProberError(message["error"])


def _ended(writer: ScanWriter, child: _Child) -> None:
    """Count the end of a process, and give up a site that ended too many. Raises ProberError where no visit begins."""
    code, part = child.stop(), child.part
    part.idle = 0 if child.busy else part.idle + 1
    if part.idle >= ENDED_IDLE:
        raise ProberError("the processes of the crawl end before their first visit; crawl.log says why")
    if code:
        log.warning("a process of the crawl ended with %d, %d visits were open", code, len(child.open))
    part.ended.update(child.open)
    if len(child.open) == 1:
        part.alone.update(child.open)
    for agency in [agency for agency in child.open if part.alone[agency] >= ENDED_ALONE]:
        now = writer.now()
        writer.give_up(agency, f"{ENDED_ALONE} processes ended while they visited this site alone", now, now)
