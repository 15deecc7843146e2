"""prober status: show the state of everything on one screen, and what to do next."""

import click

from prober.cli.output import emit, listing
from prober.errors import UsageError
from prober.reporting.words import reasons
from prober.services import status as service
from prober.services.context import Context
from prober.services.status import StatusRow


@click.command()
@click.option("--metrics", is_flag=True, help="Print OpenMetrics text for a monitoring system instead.")
@listing
@click.pass_obj
def status(context: Context, metrics: bool, as_json: bool) -> None:
    """Show where crawl, campaigns, mailbox, night and publication stand, and what to do next.

    Reads the files that are there and nothing else: no server is asked, and the embedded world is not started.
    """
    if metrics and as_json:
        raise UsageError("say --metrics or a format, not both")
    if metrics:
        click.echo(service.metrics(context), nl=False)
        return
    emit([_said(row) for row in service.status(context)], as_json, ("part", "stands", "since", "next"))


def _said(row: StatusRow) -> dict[str, str]:
    """Return a row with the reasons for a doubt in words."""
    doubt = f"; suspect: {reasons.said(row.suspect).en}" if row.suspect else ""
    return {"part": row.part, "stands": row.stands + doubt, "since": row.since, "next": row.next}
