"""Run the main job on the embedded world: crawl, requests, answers over simulated weeks, report.

Every step is the service that a command calls, with all checks of a live campaign.
"""

import asyncio
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

from mailroom.sending.approval import protocol_of
from prober.campaign.protocol.model import Protocol
from prober.campaign.schedule import waiting_ends
from prober.config.load import Config, Sandbox
from prober.config.sections import STUDY
from prober.config.simulated import embedded
from prober.errors import ProberError, UsageError
from prober.services.agencies import accept_addresses, proposed_sites
from prober.services.campaign.drafts import approve, new_campaign
from prober.services.campaign.sending import send
from prober.services.context import Context
from prober.services.crawl import CrawlSummary, crawl, summary_of
from prober.services.mailbox.sync import sync
from prober.services.results import report
from prober.store.private import campaigns

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

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Crawled:
    """The crawl ended; for the departments `elsewhere` portals name sites that the registry does not have."""

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

    headline: list[Row]
    answers: list[Row]  # one for each request that was answered, the fastest first


def configuration(folder: Path, sandbox: Sandbox, study: str = STUDY) -> Config:
    """Return the embedded world's configuration for a study, with files under `folder`.

    A study or world that is not the default one is written to the folder's prober.toml, so that later commands there
    find it. Raises UsageError if that file has other content.
    """
    if (folder / study).is_dir():  # a folder of one's own, as prober.toml names it
        study = os.path.relpath(folder / study, folder)
    config = replace(embedded(folder, sandbox), study=study)
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
    """Run the whole job, and call `on_stage` after each part. A second run sends nothing twice and changes no figure.

    Raises ProberError if the crawl could not be completed: running it again continues it.
    """
    frame = context.study.frame_names[0]
    with context.run("demo") as summary:
        crawled = crawl(context, frame)
        elsewhere = [row["slug"] for row in proposed_sites(context, frame) if row["status"] == "proposed"]
        on_stage(Crawled(crawled, elsewhere))
        if not crawled.complete:
            raise ProberError("the crawl is not complete; run `prober demo` again to go on with it")
        # Two departments announce an address of a free mail provider as their own; the simulated reviewer accepts it.
        accepted = accept_addresses(context, REVIEWER, frame=frame, doubtful=True)
        on_stage(Accepted(accepted))
        _correspond(context, on_stage)
        list(report(context, frame, annex=True))
        summary.update(crawl=summary_of(crawled), addresses=accepted)
    return Result(
        list(context.results.query("SELECT * FROM headline WHERE frame = ?", [frame])),
        list(context.results.query("SELECT * FROM reply_times WHERE replied ORDER BY first_substantive_hours")),
    )


def _correspond(context: Context, on_stage: Callable[[Stage], None]) -> None:
    """Plan and approve the campaign of the study once; then simulate days until every waiting time is over."""
    name, frame = context.study.name, context.study.frame_names[0]
    if name not in {file.id for file in campaigns.campaigns(context.private)}:
        new_campaign(context, name, without_address=True)
        asked = protocol_of(campaigns.campaign(context.private, name)).kind
        on_stage(LeftOut([a.slug for a in context.agencies(frame, asked) if not a.request_email_reviewed_by]))
        approve(context, name, typed=name, by=REVIEWER)
    with context.observer.task("letters out, answers in") as show:
        days = _days_left(context, protocol_of(campaigns.campaign(context.private, name)))
        for day, moment in enumerate(_mornings(context, name), 1):
            _one_day(context, name, moment)
            show(f"{moment:%d %b %Y}", day, days)
        show(f"{moment:%d %b %Y}", days, days)


def _mornings(context: Context, campaign: str) -> Iterator[datetime]:
    """Yield the times at which the mailbox is read: now, and every morning until the campaign is closed."""
    moment = context.clock.now()
    yield moment
    while campaigns.campaign(context.private, campaign).status == "approved":
        moment = context.calendar.at(context.calendar.date_of(moment) + A_DAY, MORNING)
        yield moment


def _one_day(context: Context, campaign: str, moment: datetime) -> None:
    asyncio.run(context.clock.sleep_until(moment))
    sync(context)
    if campaigns.campaign(context.private, campaign).status == "approved":
        send(context, campaign, until=context.calendar.at(context.calendar.date_of(moment) + A_DAY, MORNING))


def _days_left(context: Context, protocol: Protocol) -> int:
    """Return roughly how many days the campaign still takes."""
    calendar = context.calendar
    start = max(calendar.date_of(context.clock.now()), protocol.first_day)
    end = waiting_ends(protocol, calendar.at(protocol.first_day, MORNING), calendar)
    return max(1, (calendar.date_of(end) - start).days + 4)
