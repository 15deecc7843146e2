"""prober demo: run the main job on the embedded world, from an empty folder to the report."""

import signal
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from prober.cli.crawl import headline
from prober.cli.output import Terminal, messages, output
from prober.config.load import Sandbox
from prober.config.sections import STUDY
from prober.reporting.words import labels
from prober.services import demo as service
from prober.services.context import Context
from prober.services.demo import REVIEWER, Accepted, Crawled, LeftOut, Result, Stage

Row = Mapping[str, Any]


@click.command()
@click.option("--study", default=STUDY, show_default=True, help="A study that comes with the prober, or its folder.")
@click.option("--seed", default=Sandbox().seed, show_default=True, help="Seed of the simulated world.")
@click.option("--small", is_flag=True, help="Six provinces instead of 63.")
@click.option("--keep", is_flag=True, help="Leave the world running afterwards, to click through its portals.")
@click.option(
    "--dir", "folder", default=".", type=click.Path(file_okay=False, path_type=Path), help="Folder to work in."
)
@click.option(
    "--fleet", "redis", default="", metavar="REDIS", help="Crawl by workers that use this Redis: `make fleet-demo`."
)
def demo(study: str, seed: int, small: bool, keep: bool, folder: Path, redis: str) -> None:
    """Run the whole job on the embedded world: crawl, requests, answers over simulated weeks, report.

    The sites are crawled three times, days apart, and some change in between. Needs no network and no root, and never
    reads prober.toml. Stopped, it goes on where it was; running it again sends nothing twice and changes no figure.
    """
    config = service.configuration(folder.absolute(), Sandbox(seed=seed, small=small), study, redis)
    with Context(config=config, observer=Terminal()) as context:
        messages.print("[bold]Simulated world[/]: portals, agencies and mail on loopback; nothing leaves this machine.")
        _show(context, service.demo(context, _tell))
        if keep:
            _stay(context)


def _tell(stage: Stage) -> None:
    """Print the result of one part of the job."""
    match stage:
        case Crawled(on, crawled, elsewhere):
            messages.print(f"{on:%d %b %Y}. {headline(crawled)}")
            if crawled.without_browser:
                messages.print(f"Partly not seen, shown by a script alone: {', '.join(crawled.without_browser)}")
            if elsewhere:
                named = ", ".join(elsewhere)
                messages.print(f"Found elsewhere by their portals' links: {named}; see `prober agencies check`")
        case Accepted(number):
            messages.print(f"{number} request addresses proposed by the crawl were accepted by: {REVIEWER}")
        case LeftOut(slugs):
            if slugs:
                messages.print(f"Not asked, no address could be found: {', '.join(slugs)}")


def _show(context: Context, result: Result) -> None:
    output().print(_headline(result.headline))
    if result.unread:
        click.echo(f"\n{result.unread.en}\nRead them: prober review --coder INITIALS")
    click.echo()
    output().print(_answers(result.answers))
    paths = context.config.paths
    click.echo()
    for name, path in (("results.db", paths.results), ("report", paths.report), ("evidence", paths.evidence)):
        click.echo(f"{name:<12}{path}")


def _table(title: str, *columns: str) -> Table:
    """Return a table whose first column is text and whose others are figures."""
    table = Table(title=title, title_justify="left", box=None)
    for position, name in enumerate(columns):
        table.add_column(name, justify="right" if position else "left")
    return table


def _headline(rows: Sequence[Row]) -> Table:
    earlier = next((row["reference"] for row in rows if row["reference"]), "")
    table = _table(
        f"Simulated result (the embedded world{f'; {earlier} is its truth' if earlier else ''})",
        "indicator", "found", "share", "95 % interval", *(head.en.lower() for head in labels.REST.values()), "unread",
        *([earlier] if earlier else []),
    )  # fmt: skip
    for row in rows:
        table.add_row(
            row["label_en"], f"{row['k']} of {row['n']}", f"{row['share']:.1%}", f"{row['low']:.1%}–{row['high']:.1%}",
            *("" if row[name] is None else str(row[name]) for name in (*labels.REST, "unread")),
            *([f"{row['reference_k']} of {row['reference_n']}" if row["reference"] else ""] if earlier else []),
        )  # fmt: skip
    return table


def _answers(rows: Sequence[Row]) -> Table:
    table = _table("Who answered, and how fast (simulated)", "agency", "answer", "hours", "working days")
    for row in rows:
        table.add_row(
            row["province_vi"] or row["name_vi"], labels.outcome(row["outcome"]).en,
            f"{row['first_substantive_hours']:.1f}", str(row["first_substantive_working_days"]),
        )  # fmt: skip
    return table


def _stay(context: Context) -> None:
    """Keep the embedded world running until Ctrl-C."""
    assert context.world  # the demo is simulated
    url = context.agencies(context.study.frame_names[0])[0].url
    console = Console(highlight=False)
    console.print(f"\nThe simulated portals can be visited, for example {url}, through the proxy:")
    console.print(f"  chromium --proxy-server={context.world.proxy} {url}\nCtrl-C stops the world.")
    signal.pause()
