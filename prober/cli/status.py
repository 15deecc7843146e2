"""prober status: where everything stands, on one screen, and what to do next."""

from dataclasses import asdict

import click

from prober.cli.output import emit, listing
from prober.services import status as service
from prober.services.context import Context


@click.command()
@listing
@click.pass_obj
def status(context: Context, as_json: bool) -> None:
    """Where crawl, campaigns, mailbox, night and publication stand, and what to do next.

    Reads the files that are there and nothing else: no server is asked, and the embedded world is not started.
    """
    emit([asdict(row) for row in service.status(context)], as_json, ("part", "stands", "since", "next"))
