"""Run everything that is due, in named steps under one lock, each with its own result.

Every step is idempotent, so an interrupted run is completed by running it again. After a step that fails the later
ones still run: an unreachable mail server must not prevent the report.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from prober import owner_only
from prober.domain.reason import from_json
from prober.errors import ProberError
from prober.reporting.words import alarm_messages
from prober.services import alarms, results
from prober.services.campaign.sending import listed, send
from prober.services.context import Context
from prober.services.crawl import crawl, failures_of, summary_of
from prober.services.mailbox.sync import sync
from prober.services.progress import ScanSuspected
from prober.services.status import status
from prober.store.private.alarms import keep


class AlreadyRunning(ProberError, BlockingIOError):
    """Another nightly run holds the lock."""


@dataclass(frozen=True, slots=True)
class Step:
    """One part of the nightly run: its name and its action, which returns notes for the summary."""

    name: str
    action: Callable[[], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class StepResult:
    """The result of a step: its notes, or its error in words."""

    name: str
    notes: dict[str, Any]
    error: str = ""


def nightly(
    context: Context, frames: Sequence[str], live: bool, on_step: Callable[[StepResult], None]
) -> list[StepResult]:
    """Crawl `frames`, or every frame with agencies; read the mailbox, send what is due, report, publish.

    `live` allows letters of approved campaigns to real addresses. `on_step` is called with each result. Raises
    AlreadyRunning if another nightly run holds the lock.
    """
    with context.run("nightly") as summary:
        lock = context.config.paths.private.parent / "nightly.lock"
        done: list[StepResult] = []

        def ended(result: StepResult) -> None:
            done.append(result)
            on_step(result)

        run((*_steps(context, frames, live), Step("alarms", lambda: _alarms(context, done))), lock, ended)
        summary.update({result.name: result.notes or result.error for result in done})
        summary["failures"] = [f"{result.name}: {result.error}" for result in done if result.error]
    return done


def run(steps: Sequence[Step], lock: Path, on_step: Callable[[StepResult], None]) -> list[StepResult]:
    """Run `steps` in order while holding `lock`. Raises AlreadyRunning if another process holds it.

    A ProberError of a step is recorded and the next step runs; any other exception is a defect and ends the run.
    """
    owner_only.folder(lock.parent)
    try:
        with FileLock(lock, timeout=0):
            results = []
            for step in steps:
                results.append(_result(step))
                on_step(results[-1])
            return results
    except Timeout as error:
        raise AlreadyRunning(f"another nightly run holds {lock}; nothing was done") from error


def _result(step: Step) -> StepResult:
    try:
        return StepResult(step.name, step.action())
    except ProberError as error:
        return StepResult(step.name, {}, str(error))


def _steps(context: Context, frames: Sequence[str], live: bool) -> tuple[Step, ...]:
    """Return the steps in order. The mailbox is read before sending, so that no reminder follows an answer.

    Sites that limited the crawl are crawled again after mailbox and campaigns, when they had time to recover.
    """
    limited: dict[str, tuple[str, ...]] = {}
    return (
        Step("crawl", lambda: _crawl(context, frames, limited)),
        Step("mailbox", lambda: _mailbox(context)),
        Step("campaigns", lambda: _campaigns(context, live)),
        Step("crawl again", lambda: _crawl_again(context, limited)),
        Step("report", lambda: _report(context)),
        Step("publish", lambda: _publish(context)),
    )


def _crawl(context: Context, frames: Sequence[str], limited: dict[str, tuple[str, ...]]) -> dict[str, Any]:
    """Crawl every frame; put the slugs of the sites that limited the crawl into `limited`."""
    notes, failures = {}, []
    for frame in frames or sorted({agency.frame for agency in context.agencies()}):
        found = crawl(context, frame)
        notes[frame] = summary_of(found)
        if found.limited:
            limited[frame] = found.limited
        context.observer.notice(ScanSuspected(found.suspects, from_json(found.suspect)))
        failures += [f"frame {frame}: {failure}" for failure in failures_of(found)]
    return _unless(failures, notes)


def _crawl_again(context: Context, limited: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    """Crawl the sites that limited the crawl of this night once more."""
    notes: dict[str, Any] = {}
    failures = []
    for frame, slugs in limited.items():
        found = crawl(context, frame, slugs=slugs)
        notes[frame] = summary_of(found)
        failures += [f"frame {frame}: {failure}" for failure in failures_of(found)]
    return _unless(failures, notes or {"skipped": "no site limited the crawl"})


def _mailbox(context: Context) -> dict[str, Any]:
    if not context.imap:
        return {"skipped": "no [imap] section"}
    found = sync(context)
    return _unless(found.failures, {"fetched": found.fetched, "new": found.new, "statuses": found.statuses})


def _campaigns(context: Context, live: bool) -> dict[str, Any]:
    """Send what is due now of every approved campaign; the rest waits for a later night."""
    notes: dict[str, Any] = {}
    failures = []
    for file in listed(context):
        if file.status == "approved":
            done = send(context, file.id, live=live)
            notes[file.id] = done.totals
            failures += done.failures
    return _unless(failures, notes)


def _report(context: Context) -> dict[str, Any]:
    path, annex = results.report(context, annex=True)
    return {"file": path.name, "annex": annex.name}


def _publish(context: Context) -> dict[str, Any]:
    """Publish; as provisional while replies wait to be read, which takes people days and must not fail the run."""
    done = results.publish(context, provisional=True)
    notes = {"snapshot": done.folder.name}
    return notes | ({"provisional": done.manifest["unread"]} if done.manifest["provisional"] else {})


def _alarms(context: Context, done: Sequence[StepResult]) -> dict[str, Any]:
    """Tell people of the night, where the configuration names any, and give its signs of life."""
    failed = [result.name for result in done if result.error]
    faults = alarms.alive(context)
    if alarms.wanted(context):
        needs = [(row.part, row.next) for row in status(context) if row.next]
        if context.config.alarms.digest or failed:
            now = context.clock.now()
            keep(context.private, alarm_messages.night(f"{now:%Y-%m-%d %H:%M}", failed, needs), now)
        faults += alarms.tell(context, context.private, context.results)
    return _unless(faults, {} if alarms.wanted(context) else {"skipped": "nobody is named under [alarms]"})


def _unless(failures: Sequence[str], notes: dict[str, Any]) -> dict[str, Any]:
    """Return `notes`; raise ProberError with the failures if there are any."""
    if failures:
        raise ProberError("; ".join(failures))
    return notes
