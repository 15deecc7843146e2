"""Run the main job on the embedded world: crawl, requests, answers over simulated weeks, report.

Every step is the service that a command calls, with all checks of a live campaign.
"""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

from mailroom.sending.approval import protocol_of
from prober.campaign.protocol.model import Protocol
from prober.campaign.schedule import waiting_ends
from prober.config.load import Config, Sandbox
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

FRAME = "2019"
CAMPAIGN = "pobi-2019"
REVIEWER = "demo (simulated reviewer)"
MORNING = time(8, 0)  # the mailbox is read before the sending window opens: no reminder crosses an answer
A_DAY = timedelta(days=1)
_NOTE = """world = "sandbox"

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


def configuration(folder: Path, sandbox: Sandbox) -> Config:
    """Return the embedded world's configuration, with files under `folder`.

    A world that is not the default one is written to the folder's prober.toml, so that later commands there find it.
    Raises UsageError if that file has other content.
    """
    config = embedded(folder, sandbox)
    if sandbox == Sandbox():
        return config
    note = folder / "prober.toml"
    text = _NOTE.format(crawl=config.crawl, seed=sandbox.seed, small=str(sandbox.small).lower())
    if note.exists() and note.read_text(encoding="utf-8") != text:
        raise UsageError(f"{note} describes something else; name an empty folder with --dir. Nothing was changed.")
    folder.mkdir(parents=True, exist_ok=True)
    note.write_text(text, encoding="utf-8")
    return config


def demo(context: Context, on_stage: Callable[[Stage], None]) -> Result:
    """Run the whole job, and call `on_stage` after each part. A second run sends nothing twice and changes no figure.

    Raises ProberError if the crawl could not be completed: running it again continues it.
    """
    with context.run("demo") as summary:
        crawled = crawl(context, FRAME)
        elsewhere = [row["slug"] for row in proposed_sites(context, FRAME) if row["status"] == "proposed"]
        on_stage(Crawled(crawled, elsewhere))
        if not crawled.complete:
            raise ProberError("the crawl is not complete; run `prober demo` again to go on with it")
        # Two departments announce an address of a free mail provider as their own; the simulated reviewer accepts it.
        accepted = accept_addresses(context, REVIEWER, frame=FRAME, doubtful=True)
        on_stage(Accepted(accepted))
        _correspond(context, on_stage)
        list(report(context, FRAME))
        summary.update(crawl=summary_of(crawled), addresses=accepted)
    return Result(
        list(context.results.query("SELECT * FROM headline WHERE frame = ?", [FRAME])),
        list(context.results.query("SELECT * FROM reply_times WHERE replied ORDER BY first_substantive_hours")),
    )


def _correspond(context: Context, on_stage: Callable[[Stage], None]) -> None:
    """Plan and approve the campaign once; then simulate days until every waiting time is over."""
    if CAMPAIGN not in {file.id for file in campaigns.campaigns(context.private)}:
        new_campaign(context, CAMPAIGN, without_address=True)
        on_stage(LeftOut([a.slug for a in context.agencies(FRAME, "finance") if not a.request_email_reviewed_by]))
        approve(context, CAMPAIGN, typed=CAMPAIGN, by=REVIEWER)
    with context.observer.task("letters out, answers in") as show:
        days = _days_left(context, protocol_of(campaigns.campaign(context.private, CAMPAIGN)))
        for day, moment in enumerate(_mornings(context), 1):
            _one_day(context, moment)
            show(f"{moment:%d %b %Y}", day, days)
        show(f"{moment:%d %b %Y}", days, days)


def _mornings(context: Context) -> Iterator[datetime]:
    """Yield the times at which the mailbox is read: now, and every morning until the campaign is closed."""
    moment = context.clock.now()
    yield moment
    while campaigns.campaign(context.private, CAMPAIGN).status == "approved":
        moment = context.calendar.at(context.calendar.date_of(moment) + A_DAY, MORNING)
        yield moment


def _one_day(context: Context, moment: datetime) -> None:
    asyncio.run(context.clock.sleep_until(moment))
    sync(context)
    if campaigns.campaign(context.private, CAMPAIGN).status == "approved":
        send(context, CAMPAIGN, until=context.calendar.at(context.calendar.date_of(moment) + A_DAY, MORNING))


def _days_left(context: Context, protocol: Protocol) -> int:
    """Return roughly how many days the campaign still takes."""
    calendar = context.calendar
    start = max(calendar.date_of(context.clock.now()), protocol.first_day)
    end = waiting_ends(protocol, calendar.at(protocol.first_day, MORNING), calendar)
    return max(1, (calendar.date_of(end) - start).days + 4)
