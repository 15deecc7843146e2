"""Write what work without a person has to say: one line an event, with the run that it belongs to, on standard error.

Modules log by the standard library (`log = logging.getLogger(__name__)`), with fields as `extra`; so do Scrapy,
Twisted and Dramatiq. This module renders the lines by structlog, the same in every process (docs/logs.md).
Nothing private is logged: fields are those of FIELDS, and mail addresses and tokens are masked wherever they stand.
"""

import logging
import os
import re
import sys
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any, TextIO

from prober.config.load import journal
from prober.errors import OURS
from prober.text.patterns import linear, without_controls

# Field → what it says, in the order of a line. Nothing else is written, whatever a library adds to its records.
FIELDS = {
    "night": "Number of the night: the first run of it, as in `run_step.night`; the same in its later passes.",
    "run": "Number of the run, one command at work: `run.id`, `run_step.run`, `scan.run` and `visit.run`.",
    "command": "What was run.",
    "step": "Step of the night, as in `run_step.step`.",
    "status": "How it ended: done, failures, skipped, late or stopped.",
    "reasons": "Why, as codes; their words stand in the table `run_step`.",
    "frame": "List of agencies.",
    "scan": "Number of the scan: `scan.id`.",
    "worker": "Name of a worker of a fleet on its machine.",
    "shard": "Part of a scan that one process visits.",
    "agency": "The agency: `agency.id`.",
    "outcome": "How its site was seen: seen, partial or unreachable.",
    "campaign": "The campaign: `campaign.id`.",
    "state": "State of a letter.",
    "agencies": "How many agencies.",
    "visited": "How many of them were visited.",
    "seen": "How many sites were wholly seen.",
    "unreachable": "How many were not reached.",
    "pages": "How many pages were read.",
    "requests": "How many requests were sent.",
    "fetched": "How many messages were fetched.",
    "new": "How many of them were new.",
    "told": "How many alarms were handed over.",
    "exit_code": "How a process ended.",
    "seconds": "How long it took, real seconds.",
}
_PRIORITIES = {"debug": 7, "info": 6, "warning": 4, "error": 3, "critical": 2}  # sd-daemon(3)
_PRIVATE = (
    (linear(r"[\w.+%'=-]{1,128}@[\w-]{1,64}(?:\.[\w-]{1,64}){0,8}"), "<address>"),
    (linear(r"\bYC-[\w-]{1,40}", re.IGNORECASE), "<token>"),
)

Line = MutableMapping[str, Any]


def bound(**fields: object) -> AbstractContextManager[None]:
    """Name `fields` in every line that this thread, or a process started by it, logs within the block."""
    from structlog.contextvars import bound_contextvars  # a tenth of a second, for commands that log only

    return bound_contextvars(**fields)


def carried() -> dict[str, Any]:
    """Return what every line of this thread names: to be handed to a process that works for it."""
    from structlog.contextvars import get_contextvars

    return dict(get_contextvars())


@contextmanager
def written(form: str, always: Mapping[str, object] | None = None) -> Iterator[None]:
    """Write the log of this process to standard error within the block; every line names `always`.

    `form` is `[logs] format`. At a terminal only warnings are written: there the command says itself what it does.
    """
    handler = _Handler(_Place(sys.stderr), form, always or {})
    loggers = [logging.getLogger(name) for name in OURS]
    before = [logger.level for logger in loggers]
    logging.getLogger().addHandler(handler)
    for logger in loggers:
        logger.setLevel(handler.level)
    try:
        yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)
        logging.getLogger().removeHandler(handler)


class _Place:
    """Where standard error leads: to a terminal, to the system's journal, or elsewhere, to a program or file."""

    def __init__(self, stream: TextIO) -> None:
        self.terminal = stream.isatty()
        self.journal = not self.terminal and _is_journal(stream, journal())


def _is_journal(stream: TextIO, name: str) -> bool:
    """Return True if a stream is the one that systemd connected to its journal (systemd.exec(5), JOURNAL_STREAM)."""
    try:
        held = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return name == f"{held.st_dev}:{held.st_ino}"


class _Handler(logging.Handler):
    """Write each record as one line on what is standard error at that moment: a progress bar may have replaced it."""

    def __init__(self, place: _Place, form: str, always: Mapping[str, object]) -> None:
        super().__init__(logging.WARNING if place.terminal else logging.INFO)
        self._journal = place.journal
        self.setFormatter(_formatter(place, form, always))

    def filter(self, record: logging.LogRecord) -> bool:
        """Let pass what is ours, and what libraries warn of."""
        return record.name.partition(".")[0] in OURS or record.levelno >= logging.WARNING

    def emit(self, record: logging.LogRecord) -> None:
        try:
            level = f"<{_PRIORITIES.get(record.levelname.lower(), 6)}>" if self._journal else ""
            sys.stderr.write(f"{level}{self.format(record)}\n")
            sys.stderr.flush()
        except Exception:
            self.handleError(record)


def _formatter(place: _Place, form: str, always: Mapping[str, object]) -> logging.Formatter:
    from structlog import contextvars, processors, stdlib

    def named(_logger: object, _method: str, line: Line) -> Line:
        return {**always, **line}

    before: list[Any] = [
        contextvars.merge_contextvars, named, stdlib.ExtraAdder(FIELDS), stdlib.add_log_level, stdlib.add_logger_name,
    ]  # fmt: skip
    if not place.journal:  # it has its own times
        before.append(processors.TimeStamper(fmt="iso", utc=True))
    after: list[Any] = [stdlib.ProcessorFormatter.remove_processors_meta, processors.format_exc_info, _masked, _ordered]
    return stdlib.ProcessorFormatter(
        foreign_pre_chain=before, processors=[*after, _renderer(place, form)], use_get_message=True
    )


def _renderer(place: _Place, form: str) -> Any:
    from structlog import dev, processors

    if form == "json" or (form == "auto" and not (place.terminal or place.journal)):
        return processors.JSONRenderer(ensure_ascii=False)
    if place.terminal:
        return dev.ConsoleRenderer(colors=False, pad_event_to=0, pad_level=False, sort_keys=False)
    return processors.LogfmtRenderer(drop_missing=True)


def _masked(_logger: object, _method: str, line: Line) -> Line:
    return {name: _without(value) for name, value in line.items()}


def _without(value: Any) -> Any:
    """Return a value without mail addresses, tokens of letters, and control characters."""
    if isinstance(value, list | tuple):
        return ",".join(str(_without(one)) for one in value)
    if not isinstance(value, str):
        return value
    for pattern, instead in _PRIVATE:
        value = pattern.sub(instead, value)
    return without_controls(value)


def _ordered(_logger: object, _method: str, line: Line) -> Line:
    """Return a line with its names in the same order always."""
    order = ("timestamp", "level", "event", *FIELDS, "logger", "exception")
    return {name: line[name] for name in order if line.get(name) not in (None, "")}
