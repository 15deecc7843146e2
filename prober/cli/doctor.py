"""prober doctor: check everything that a run needs, and say what to do about what is missing."""

from dataclasses import asdict

import click

from prober.cli.output import emit, listing
from prober.services import doctor as service
from prober.services.context import Context
from prober.services.diagnosis import WRONG


@click.command()
@listing
@click.pass_obj
def doctor(context: Context, as_json: bool) -> None:
    """Check configuration, servers, browser, databases, disk and clock; say what to do for each problem.

    Nothing is sent, crawled or changed. In the simulated set-up the embedded world is started for the length of the
    check. Exit code 1 if something is wrong.
    """
    checks = service.doctor(context)
    emit([asdict(check) for check in checks], as_json, ("status", "name", "found", "remedy"))
    if any(check.status == WRONG for check in checks):
        raise click.exceptions.Exit(1)
