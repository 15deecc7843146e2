"""Run the main job on the embedded world: crawl, requests, answers over simulated weeks, report.

Every step is the service that a command calls, with all checks of a live campaign.
"""

import asyncio
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path

from mailroom.sending.approval import protocol_of
from prober.campaign.protocol import Protocol
from prober.config.load import Config, Sandbox
from prober.config.sections import STUDY, Fleet
from prober.config.simulated import embedded
from prober.errors import ProberError, UsageError
from prober.reporting.tables.unread import unread
from prober.reporting.words.labels import Text
from prober.services.agencies import accept_addresses, proposed_sites
from prober.services.campaign.drafts import approve, new_campaign
from prober.services.campaign.sending import send
from prober.services.context import Context
from prober.services.crawl import CrawlSummary, crawl, summary_of
from prober.services.mailbox.sync import sync
from prober.services.results import report
from prober.store.private import campaigns
from prober.store.reading.queries import Row, rows

REVIEWER = "demo (simulated reviewer)"
MORNING = time(8, 0)  # the mailbox is read before the sending window opens: no reminder crosses an answer
A_DAY = timedelta(days=1)
_NOTE = """world = "sandbox"
study = "{study}"

[crawl]
delay = {crawl.delay}
timeout = {crawl.timeout}

[sandbox]
seed = {seed}
small = {small}
"""


@dataclass(frozen=True, slots=True)
class Crawled:
    """A crawl of the day `on` ended; for the departments `elsewhere` portals name sites that the registry has not."""

    on: date
    summary: CrawlSummary
    elsewhere: list[str]


@dataclass(frozen=True, slots=True)
class Accepted:
    """The number of proposed request addresses that were accepted."""

    number: int


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Departments that are not asked, because no address of theirs could be found."""

    slugs: list[str]


Stage = Crawled | Accepted | LeftOut


@dataclass(frozen=True, slots=True)
class Result:
    """The figures at the end."""

    headline: Sequence[Row]
    answers: Sequence[Row]  # one for each request that was answered, the fastest first
    unread: Text | None  # how many of the answers no person has read; None where that is none


def configuration(folder: Path, sandbox: Sandbox, study: str = STUDY, redis: str = "") -> Config:
    """Return the embedded world's configuration for a study, with files under `folder`.

    With `redis`, the address of a Redis server, the sites are crawled by the workers of a fleet.

    A study or world that is not the default one is written to the folder's prober.toml, so that later commands there
    find it. Raises UsageError if that file has other content.
    """
    # A folder of one's own, named from there as prober.toml does, or from where the command is typed.
    if own := next((home / study for home in (folder, Path.cwd()) if (home / study).is_dir()), None):
        study = os.path.relpath(own, folder)
    fleet = Fleet(redis=redis, store="var/fleet-store", crawl=True) if redis else Fleet()
    config = replace(embedded(folder, sandbox), study=study, fleet=fleet)
    if sandbox == Sandbox() and study == STUDY:
        return config
    note = folder / "prober.toml"
    text = _NOTE.format(study=study, crawl=config.crawl, seed=sandbox.seed, small=str(sandbox.small).lower())
    if note.exists() and note.read_text(encoding="utf-8") != text:
        raise UsageError(f"{note} describes something else; name an empty folder with --dir. Nothing was changed.")
    folder.mkdir(parents=True, exist_ok=True)
    note.write_text(text, encoding="utf-8")
    return config


def demo(context: Context, on_stage: Callable[[Stage], None]) -> Result:
    """Run the whole job, and call `on_stage` after each part. A run that was stopped goes on; a second changes nothing.

    Raises ProberError if a crawl could not be completed: running it again continues it.
    """
    frame = context.study.frame_names[0]
    with context.run("demo") as summary:
        summary["scans"] = done = []
        if _scan_due(context, frame):
            done.append(_scan(context, frame, on_stage))
        # Two departments announce an address of a free mail provider as their own; the simulated reviewer accepts it.
        summary["addresses"], _ = accept_addresses(context, REVIEWER, frame=frame, doubtful=True)
        on_stage(Accepted(summary["addresses"]))
        _plan(context, on_stage)
        while not _days(context, frame):
            done.append(_scan(context, frame, on_stage))
        list(report(context, frame, annex=True))
    headline = rows(context.results, "headline", frame=frame)
    replied = next((unread(row) for row in headline if row["indicator"] == "replied"), None)
    return Result(headline, rows(context.results, "answered"), replied)


def _scan_due(context: Context, frame: str) -> bool:
    """Return True if the first scan, or a later one whose day has come, is not complete."""
    days = _scan_days(context, frame)
    today = context.calendar.date_of(context.clock.now())
    return not days or sum(days[0] + later <= today for later in _nights(context)) > len(days) - 1


def _nights(context: Context) -> list[timedelta]:
    """Return the time from the first scan to each later one: on these days the world's sites have changed."""
    return [timedelta(days=days) for days in context.world.nights] if context.world else []


def _scan_days(context: Context, frame: str) -> list[date]:
    """Return the days of the complete scans of all sites of the frame, oldest first."""
    every = len(context.agencies(frame))
    scans = (row for row in rows(context.results, "scans") if row["frame"] == frame and row["status"] == "complete")
    begun = (datetime.fromisoformat(row["started_at"]) for row in scans if row["agencies"] == every)
    return sorted(context.calendar.date_of(moment) for moment in begun)


def _scan(context: Context, frame: str, on_stage: Callable[[Stage], None]) -> dict[str, object]:
    """Crawl all sites of the frame. Raises ProberError if the crawl is not complete."""
    day = context.calendar.date_of(context.clock.now())
    crawled = crawl(context, frame)
    elsewhere = [row["slug"] for row in proposed_sites(context, frame) if row["status"] == "proposed"]
    on_stage(Crawled(day, crawled, elsewhere))
    if not crawled.complete:
        raise ProberError("the crawl is not complete; run `prober demo` again to go on with it")
    return summary_of(crawled)


def _plan(context: Context, on_stage: Callable[[Stage], None]) -> None:
    """Plan and approve the campaign of the study, once."""
    name, frame = context.study.name, context.study.frame_names[0]
    if name not in {file.id for file in campaigns.campaigns(context.private)}:
        new_campaign(context, name, without_address=True)
        asked = protocol_of(campaigns.campaign(context.private, name)).kind
        on_stage(LeftOut([a.slug for a in context.agencies(frame, asked) if not a.request_email_reviewed_by]))
        approve(context, name, typed=name, by=REVIEWER)


def _days(context: Context, frame: str) -> bool:
    """Simulate days until every waiting time is over and every scan is done; return False where a scan is due first."""
    name, calendar = context.study.name, context.calendar
    with context.observer.task("letters out, answers in") as show:
        protocol = protocol_of(campaigns.campaign(context.private, name))
        left = _days_left(context, protocol)
        day = 0
        while True:
            day += 1
            morning = calendar.at(calendar.date_of(context.clock.now()) + A_DAY, MORNING)
            sync(context)
            if _is_open(context, name):
                send(context, name, until=morning)
            if not _is_open(context, name) and len(_scan_days(context, frame)) > len(_nights(context)):
                show(f"{context.clock.now():%d %b %Y}", left, left)
                return True
            asyncio.run(context.clock.sleep_until(morning))
            show(f"{morning:%d %b %Y}", day, max(day, left))
            if _scan_due(context, frame):
                return False


def _is_open(context: Context, name: str) -> bool:
    return campaigns.campaign(context.private, name).status == "approved"


def _days_left(context: Context, protocol: Protocol) -> int:
    """Return roughly how many days the campaign still takes."""
    calendar = context.calendar
    start = max(calendar.date_of(context.clock.now()), protocol.first_day)
    end = protocol.waiting_ends(calendar.at(protocol.first_day, MORNING), calendar)
    return max(1, (calendar.date_of(end) - start).days + 4)
