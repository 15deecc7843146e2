"""Crawl with several processes on one machine: each visits a shard of the sites, and this process stores the visits.

No two of them ever ask servers of one host group. A process that ends before its time is started again with what is
missing. The sites that it was visiting are visited last then, and in the end one by one: one at which three processes
ended, with no other site open, gets a visit on which the prober failed, so that the scan ends.
"""

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from sqlite3 import OperationalError
from time import monotonic

from prober.domain.agency import Agency
from prober.errors import ProberError
from spiders import visit_file
from spiders.child import Child, Message
from spiders.download.host_groups import split
from spiders.scan_writer import NOT_STORED, ScanWriter

log = logging.getLogger(__name__)

ENDED_ALONE = 3  # processes that ended while one site alone was open, after which its visit is given up
ENDED_IDLE = 10  # processes of a shard, one after the other, that ended before any visit: something else is wrong

Told = SimpleQueue[tuple["_Visiting", Message | None]]  # a message of a process; None: it has ended


@dataclass(slots=True, eq=False)
class _Visiting:
    """One process of a shard."""

    part: "_Part"
    open: set[str] = field(default_factory=set)  # agencies whose visit has begun and is not finished
    busy: bool = False  # whether any visit has begun
    child: Child = field(init=False)


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
    running = {process for part in parts if (process := _started(writer, part, told, len(parts), writer.not_before))}
    try:
        while running:
            process, message = told.get()
            if message is not None:
                _heard(writer, process, message)
                continue
            running.remove(process)
            over = monotonic() + writer.job.config.crawl.delay  # its last request may have left just now
            _ended(writer, process)
            if another := _started(writer, process.part, told, len(parts), over):
                running.add(another)
    except (OSError, OperationalError) as error:
        raise ProberError(NOT_STORED.format(error)) from error
    finally:
        for process in running:
            process.child.end()


def _started(writer: ScanWriter, part: _Part, told: Told, beside: int, not_before: float) -> _Visiting | None:
    """Return a process for what a shard misses; None if it misses nothing."""
    ids = {agency.id for agency in writer.missing()}
    missing = [agency for agency in part.agencies if agency.id in ids]
    if not missing:
        return None
    visiting = _Visiting(part)
    shard = writer.shard(missing, beside=beside, not_before=not_before, suspects=dict(part.ended))
    visiting.child = Child(["spiders", "shard"], shard, lambda message: told.put((visiting, message)))
    return visiting


def _heard(writer: ScanWriter, process: _Visiting, message: Message) -> None:
    """Take one message of a process. Raises ProberError for one that visits cannot be handed over."""
    if "visit" in message:
        path = Path(message["visit"])
        process.open.discard(visit_file.agency_of(path))
        writer.merge(path)
    elif "begun" in message:
        process.busy = True
        process.open.add(message["begun"])
    elif "waits" in message:
        process.open.discard(message["waits"])
    else:
        raise ProberError(message["error"])


def _ended(writer: ScanWriter, process: _Visiting) -> None:
    """Count the end of a process, and give up a site that ended too many. Raises ProberError where no visit begins."""
    code, part = process.child.end(), process.part
    part.idle = 0 if process.busy else part.idle + 1
    if part.idle >= ENDED_IDLE:
        raise ProberError("the processes of the crawl end before their first visit; crawl.log says why")
    if code:
        said = "a process of the crawl ended with %d, %d visits were open"
        log.warning(said, code, len(process.open), extra={"exit_code": code})
    part.ended.update(process.open)
    if len(process.open) == 1:
        part.alone.update(process.open)
    for agency in [agency for agency in process.open if part.alone[agency] >= ENDED_ALONE]:
        now = writer.now()
        writer.give_up(agency, f"{ENDED_ALONE} processes ended while they visited this site alone", now, now)
