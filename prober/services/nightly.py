"""Run everything that is due, in named steps under one lock, each with its own row.

A night has passes, each started by a timer: the first does all, a later one asks again the sites that refused or could
not be reached, reads and sends mail anew and publishes. What a pass did not finish the next one does.
"""

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import time, timedelta
from functools import partial
from typing import Any

from prober.domain.reason import Reason, from_json
from prober.errors import ProberError
from prober.reporting.words import alarm_messages, reasons
from prober.services import alarms, results
from prober.services.campaign.sending import listed, send
from prober.services.context import Context
from prober.services.crawl import CrawlSummary, crawl, failures_of, summary_of
from prober.services.mailbox.sync import sync
from prober.services.nights.night_steps import (
    AlreadyRunning,
    Deadline,
    NightRun,
    NightStep,
    NightStepResult,
    Notes,
    StepFailed,
    run,
)
from prober.services.progress import ScanSuspected
from prober.services.status import status
from prober.store.private.alarm_queue import keep_newest
from prober.store.reading import nights
from prober.store.results import suspicion

__all__ = ["AlreadyRunning", "NightStepResult", "nightly"]


def nightly(
    context: Context, frames: Sequence[str], live: bool, on_step: Callable[[NightStepResult], None]
) -> list[NightStepResult]:
    """Crawl `frames`, or every frame with agencies; read the mailbox, send what is due, report, publish.

    `live` allows letters of approved campaigns to real addresses. `on_step` is called with each result. Raises
    AlreadyRunning if another nightly run holds the lock, UsageError for a frame without agencies. A night that ends by
    an error, so that its last step is not reached, is reported at once.
    """
    for frame in frames:
        context.chosen(frame)
    try:
        with context.run("nightly") as summary:
            lock = context.config.paths.private.parent / "nightly.lock"
            night = NightRun(context.results, context.run_number, context.clock.now)
            done = run(steps(context, night, frames, live), night, lock, on_step)
            summary.update({result.name: result.notes or result.error or result.status for result in done})
            summary["failures"] = [f"{result.name}: {result.error}" for result in done if result.error]
    except AlreadyRunning:
        raise
    except Exception:
        with suppress(ProberError, sqlite3.Error, OSError):  # the error of the night is the one to report
            alarms.tell_end(context)
        raise
    return done


def steps(context: Context, night: NightRun, frames: Sequence[str], live: bool) -> tuple[NightStep, ...]:
    """Return the steps in order. The mailbox is read before sending, so that no reminder follows an answer.

    Sites that limited the crawl are crawled again after mailbox and campaigns, when they had time to recover.
    """
    chosen = frames or sorted({agency.frame for agency in context.agencies()})
    until = deadline(context.config.nights.crawl_deadline)
    return (
        *(
            NightStep(f"crawl {frame}", partial(_crawl, context, frame), deadline=until, stops=True, once=True)
            for frame in chosen
        ),
        NightStep("mailbox", lambda: _mailbox(context)),
        NightStep("campaigns", lambda: _campaigns(context, live)),
        *(
            NightStep(f"crawl again {frame}", partial(_crawl_again, context, night, frame), deadline=until, stops=True)
            for frame in chosen
        ),
        *(
            NightStep(f"second pass {frame}", partial(_second_pass, context, frame), deadline=until, stops=True)
            for frame in chosen
        ),
        NightStep("report", lambda: _report(context)),
        NightStep("publish", lambda: _publish(context), needs=tuple(f"second pass {frame}" for frame in chosen)),
        NightStep("alarms", lambda: _alarms(context, night.before.night)),
    )


def deadline(text: str) -> Deadline:
    """Return a deadline as the configuration writes it.

    >>> deadline("8h"), deadline("06:30")
    (datetime.timedelta(seconds=28800), datetime.time(6, 30))
    """
    return timedelta(hours=float(text[:-1])) if text.endswith("h") else time.fromisoformat(text)


def _crawl(context: Context, frame: str) -> Notes:
    """Crawl a frame; what an earlier pass of it left is crawled now."""
    found = crawl(context, frame)
    context.observer.notice(ScanSuspected(found.suspects, from_json(found.suspect)))
    return _crawled(frame, found)


def _crawl_again(context: Context, night: NightRun, frame: str) -> Notes | Reason:
    """Crawl the sites of this night once more that limited the crawl, in a later pass also those not reached."""
    scans = nights.scans_of(context.results, night.before.night, frame)
    slugs = [
        site.slug
        for site in nights.sites_of(context.results, scans)
        if site.limited or (night.later and site.outcome == "unreachable")
    ]
    if not slugs:
        return Reason("no_site_to_ask_again")
    return _crawled(frame, crawl(context, frame, slugs=slugs))


def _second_pass(context: Context, frame: str) -> Notes | Reason:
    """Crawl the sites once more that turned in a scan in doubt, and weigh what was seen: nothing is published before.

    Raises StepFailed if the scan stays in doubt: the next pass looks again, and a person may decide.
    """
    scan = suspicion.doubted(context.results, frame=frame)
    if scan is None:
        return Reason("no_scan_in_doubt")
    slugs = suspicion.sites_in_doubt(context.results, scan)
    notes = summary_of(crawl(context, frame, slugs=slugs)) if slugs else {}
    # A look at many sites is a scan of its own: it may be believed in place of the first one, or be in doubt itself.
    scan = suspicion.doubted(context.results, frame=frame)
    if scan is not None:
        doubts = from_json(suspicion.doubts_of(context.results, scan))
        said = reasons.said(doubts).en
        raise StepFailed(f"scan {scan} of {frame} is in doubt, nothing is published: {said}", doubts, notes)
    return notes


def _crawled(frame: str, found: CrawlSummary) -> Notes:
    """Return the notes of a crawl. Raises StepFailed for failures of our own; a site that was not seen is a result."""
    notes = summary_of(found)
    faults = []
    if not found.complete:
        faults.append(Reason("scan_incomplete", frame=frame, visited=found.visited, agencies=found.agencies))
    if found.our_failures:
        faults.append(Reason("prober_failed", frame=frame, sites=len(found.our_failures)))
    if faults:
        raise StepFailed("; ".join(f"frame {frame}: {line}" for line in failures_of(found)), tuple(faults), notes)
    return notes


def _mailbox(context: Context) -> Notes | Reason:
    if not context.imap:
        return Reason("no_mailbox")
    found = sync(context)
    notes = {"fetched": found.fetched, "new": found.new, "statuses": found.statuses}
    return _unless(found.failures, "mail_unread", notes)


def _campaigns(context: Context, live: bool) -> Notes | Reason:
    """Send what is due now of every approved campaign; the rest waits for a later night."""
    approved = [file.id for file in listed(context) if file.status == "approved"]
    if not approved:
        return Reason("no_campaign_approved")
    notes: dict[str, Any] = {}
    failures: list[str] = []
    for name in approved:
        done = send(context, name, live=live)
        notes[name] = done.totals
        failures += done.failures
    return _unless(failures, "letters_failed", notes)


def _report(context: Context) -> Notes:
    path, annex = results.report(context, annex=True)
    return {"file": path.name, "annex": annex.name}


def _publish(context: Context) -> Notes:
    """Publish; as provisional while replies wait to be read, which takes people days and must not fail the run."""
    done = results.publish(context, provisional=True)
    notes = {"snapshot": done.folder.name}
    return notes | ({"provisional": done.manifest["unread"]} if done.manifest["provisional"] else {})


def _alarms(context: Context, night: int) -> Notes | Reason:
    """Tell people of the night, where the configuration names any, and give its signs of life."""
    faults = alarms.alive(context)
    if alarms.wanted(context):
        told = {"crawl", "changes", "questions", "replies", "nightly"}  # by the night itself
        needs = [(row.part, row.next) for row in status(context) if row.next and row.part.split()[0] not in told]
        found = nights.night(context.results, night)
        points = {step.step for step in found.left} | ({"in doubt"} if found.suspect else set())
        points |= {"digest"} if context.config.alarms.digest else set()
        keep_newest(context.private, alarm_messages.night(found, needs), points, context.clock.now())
        faults += alarms.tell(context, context.private, context.results)
    if not alarms.wanted(context) and not faults:
        return Reason("nobody_to_tell")
    return _unless(faults, "not_told", {})


def _unless(failures: Sequence[str], code: str, notes: Notes) -> Notes:
    """Return `notes`; raise StepFailed with the failures if there are any."""
    if failures:
        raise StepFailed("; ".join(failures), (Reason(code, count=len(failures)),), notes)
    return notes
