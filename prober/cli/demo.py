"""prober demo: the main job on the embedded world, from an empty folder to the report."""

import asyncio
import signal
from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from mailroom.intake.sync import sync_all
from mailroom.sending.approval import protocol_of
from mailroom.sending.dkim import signer
from mailroom.sending.send_due import send_due
from prober.campaign.protocol.model import Protocol
from prober.campaign.schedule import waiting_ends
from prober.cli.agencies import accept_proposals
from prober.cli.campaign.campaign import approve_campaign
from prober.cli.campaign.drafts import new_campaign
from prober.cli.crawl import headline, run_crawl, summary_of
from prober.cli.output import Terminal, messages, output
from prober.cli.sites import site_rows
from prober.clock import HANOI
from prober.config.load import Config, World
from prober.config.simulated import embedded
from prober.domain.working_days import hanoi_date, vietnam
from prober.errors import ProberError, UsageError
from prober.reporting.html import render
from prober.reporting.tables import unread as doubts
from prober.reporting.words import labels
from prober.services.context import Context
from prober.store.private import campaigns
from prober.store.reading.queries import Row
from prober.store.reading.study import study
from prober.store.results.registry import stored

FRAME = "2019"
CAMPAIGN = "pobi-2019"
REVIEWER = "demo (simulated reviewer)"
MORNING = time(8, 0)  # the mailbox is read before the window of sending opens, so that no answer is overtaken
A_DAY = timedelta(days=1)
_NOTE = """world = "sandbox"

[crawl]
delay = {crawl.delay}
timeout = {crawl.timeout}

[sandbox]
seed = {seed}
small = {small}
"""


@click.command()
@click.option("--seed", default=World().seed, show_default=True, help="Seed of the simulated world.")
@click.option("--small", is_flag=True, help="Six provinces instead of 63.")
@click.option("--keep", is_flag=True, help="Leave the world running afterwards, to click through its portals.")
@click.option(
    "--dir", "folder", default=".", type=click.Path(file_okay=False, path_type=Path), help="Folder to work in."
)
def demo(seed: int, small: bool, keep: bool, folder: Path) -> None:
    """Run the whole job on the embedded world: crawl, requests, answers over simulated weeks, report.

    Needs no network and no root, and never reads prober.toml. Running it again sends nothing twice and changes no
    figure.
    """
    with Context(config=_config(folder.absolute(), World(seed=seed, small=small)), observer=Terminal()) as context:
        messages.print("[bold]Simulated world[/]: portals, agencies and mail on loopback; nothing leaves this machine.")
        with context.run("demo") as summary:
            summary.update(_work(context))
        _show(context)
        if keep:
            _stay(context)


def _config(folder: Path, sandbox: World) -> Config:
    """The embedded world's configuration, files under `folder`.

    A world that is not the default one is noted in the folder's prober.toml, so that later commands there find it.
    Raises UsageError if that file is about something else.
    """
    config = embedded(folder, sandbox)
    if sandbox == World():
        return config
    note = folder / "prober.toml"
    text = _NOTE.format(crawl=config.crawl, seed=sandbox.seed, small=str(sandbox.small).lower())
    if note.exists() and note.read_text(encoding="utf-8") != text:
        raise UsageError(f"{note} describes something else; name an empty folder with --dir. Nothing was changed.")
    folder.mkdir(parents=True, exist_ok=True)
    note.write_text(text, encoding="utf-8")
    return config


def _work(context: Context) -> dict[str, object]:
    context.sync_registry()
    crawled = run_crawl(context, stored(context.results, FRAME))
    messages.print(headline(crawled))
    if not crawled.complete:
        raise ProberError("the crawl is not complete; run `prober demo` again to go on with it")
    if crawled.without_browser:
        messages.print(f"Partly unknown for want of a browser: {', '.join(crawled.without_browser)}")
    elsewhere = [row["slug"] for row in site_rows(context, FRAME) if row["status"] == "proposed"]
    if elsewhere:
        messages.print(f"Found elsewhere by their portals' links: {', '.join(elsewhere)}; see `prober agencies check`")
    # Two departments announce a free mailbox as their own; whoever reviews them looks at the page and takes it.
    accepted = accept_proposals(context, REVIEWER, frame=FRAME, doubtful=True)
    messages.print(f"{accepted} request addresses proposed by the crawl were accepted by: {REVIEWER}")
    _correspond(context)
    render.write(study(context.results, FRAME), context.config.paths.report)
    return {"crawl": summary_of(crawled), "addresses": accepted}


def _correspond(context: Context) -> None:
    """Plan and approve the campaign once; then days pass until every waiting time is over."""
    if CAMPAIGN not in {file.id for file in campaigns.campaigns(context.private)}:
        new_campaign(context, CAMPAIGN, template=CAMPAIGN, without_address=True)
        without = [a.slug for a in stored(context.results, FRAME, "finance") if not a.request_email_reviewed_by]
        if without:
            messages.print(f"Not asked, no address could be found: {', '.join(without)}")
        approve_campaign(context, CAMPAIGN, name=CAMPAIGN, by=REVIEWER)
    protocol = protocol_of(campaigns.campaign(context.private, CAMPAIGN))
    with context.observer.task("letters out, answers in") as show:
        days = _days_left(context, protocol)
        for day, moment in enumerate(_mornings(context), 1):
            _one_day(context, moment)
            show(f"{moment:%d %b %Y}", day, days)
    context.project()


def _mornings(context: Context) -> Iterator[datetime]:
    """The moments at which the mailbox is read: now, and every morning until the campaign is closed."""
    moment = context.clock.now()
    yield moment
    while campaigns.campaign(context.private, CAMPAIGN).status == "approved":
        moment = datetime.combine(hanoi_date(moment) + A_DAY, MORNING, HANOI)
        yield moment


def _one_day(context: Context, moment: datetime) -> None:
    asyncio.run(context.clock.sleep_until(moment))
    sync_all(context.private, context.results, context.mailboxes, context.clock)
    if campaigns.campaign(context.private, CAMPAIGN).status == "approved":
        send_due(
            context.private, context.smtp, context.smtp_password, context.sender, context.clock, CAMPAIGN,
            until=datetime.combine(hanoi_date(moment) + A_DAY, MORNING, HANOI), signer=signer(context.dkim),
        )  # fmt: skip


def _days_left(context: Context, protocol: Protocol) -> int:
    """How many days the campaign will take from now on, about: the bar is filled when it is closed."""
    start = max(hanoi_date(context.clock.now()), protocol.first_day)
    end = waiting_ends(protocol, datetime.combine(protocol.first_day, MORNING, HANOI), vietnam())
    return max(1, (hanoi_date(end) - start).days + 4)


def _show(context: Context) -> None:
    rows = list(context.results.query("SELECT * FROM headline WHERE frame = ?", [FRAME]))
    output().print(_headline(rows))
    for row in rows:
        if row["indicator"] == "replied" and (unread := doubts.unread(row)):
            click.echo(f"\n{unread.en}\nRead them: prober review --coder INITIALS")
    click.echo()
    output().print(_answers(context))
    paths = context.config.paths
    click.echo()
    for name, path in (("results.db", paths.results), ("report", paths.report), ("evidence", paths.evidence)):
        click.echo(f"{name:<12}{path}")


def _table(title: str, *columns: str) -> Table:
    """A table whose first column is text and whose others are figures."""
    table = Table(title=title, title_justify="left", box=None)
    for position, name in enumerate(columns):
        table.add_column(name, justify="right" if position else "left")
    return table


def _headline(rows: Sequence[Row]) -> Table:
    table = _table(
        "Simulated result (the embedded world; POBI 2019 is its truth)",
        "indicator", "found", "share", "95 % interval", "unknown", "unread", "POBI 2019",
    )  # fmt: skip
    for row in rows:
        table.add_row(
            row["label_en"], f"{row['k']} of {row['n']}", f"{row['share']:.1%}", f"{row['low']:.1%}–{row['high']:.1%}",
            str(row["unknown"]), "" if row["unread"] is None else str(row["unread"]),
            "" if row["pobi_2019"] is None else f"{row['pobi_2019']} of 63",
        )  # fmt: skip
    return table


def _answers(context: Context) -> Table:
    table = _table("Who answered, and how fast (simulated)", "province", "answer", "hours", "working days")
    for row in context.results.query("SELECT * FROM reply_times WHERE replied ORDER BY first_substantive_hours"):
        table.add_row(
            row["province_vi"], labels.outcome(row["outcome"]).en, f"{row['first_substantive_hours']:.1f}",
            str(row["first_substantive_working_days"]),
        )  # fmt: skip
    return table


def _stay(context: Context) -> None:
    """Hold the world up until Ctrl-C."""
    sites = stored(context.results, FRAME, "portal")
    assert context.world  # the demo is simulated
    console = Console(highlight=False)
    console.print(f"\nThe simulated portals can be visited, for example {sites[0].url}, through the proxy:")
    console.print(f"  chromium --proxy-server={context.world.proxy} {sites[0].url}\nCtrl-C stops the world.")
    signal.pause()
