"""prober fleet: crawl one scan on many machines."""

import dataclasses
import json

import click

from prober.cli.output import CommandGroup, emit, messages, write_log
from prober.services import fleet as service
from prober.services.context import Context
from prober.services.fleet import FleetStatus


@click.group(cls=CommandGroup)
def fleet() -> None:
    """Crawl on many machines, with Redis between them (docs/fleet.md).

    `prober crawl --fleet` leads a crawl, `prober fleet worker` takes part in it. Both need [fleet] in prober.toml.
    """


@fleet.command()
@click.option(
    "--name", default="1", show_default=True, help="Its name on this machine, the same whenever it is started again."
)
@click.pass_obj
def worker(context: Context, name: str) -> None:
    """Take shards of a crawl and visit their sites, until Ctrl-C or SIGTERM.

    One process; start several under several names for more. The study, [crawl] and the version must be those of the
    crawl command, otherwise it ends with exit code 2 and visits nothing.
    """
    write_log(context)
    service.worker(context, name, lambda: messages.print(f"worker {name}: waiting for shards", markup=False))


@fleet.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def status(context: Context, as_json: bool) -> None:
    """Show the workers, the shards that are held, how far the scan is and when it will end."""
    found = service.status(context)
    if as_json:
        click.echo(json.dumps(dataclasses.asdict(found), ensure_ascii=False, indent=2, default=str))
        return
    click.echo(headline(found))
    emit(found.workers, False, title="Workers")
    emit(found.leases, False, title="Leases")


def headline(found: FleetStatus) -> str:
    """Return one line on the scan."""
    if not found.scan:
        return "No scan is crawled."
    ends = "" if found.seconds_left is None else f", {found.seconds_left / 60:.0f} minutes to go"
    oldest = f" Longest open: {found.oldest}, {found.oldest_seconds:.0f} s." if found.oldest else ""
    return (
        f"{found.scan}: {found.merged} of {found.total} sites stored, {found.shards_left} of {found.shards} shards "
        f"left; {found.rate:.1f} sites a minute{ends}.{oldest}"
    )
