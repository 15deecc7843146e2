"""prober campaign protocol: print the pre-registration of a campaign as Markdown or PDF."""

from pathlib import Path

import click

from prober.campaign.preregistration.markup import markdown
from prober.services.campaign.preregistration import print_registered, registered
from prober.services.context import Context


@click.command()
@click.argument("name")
@click.option(
    "--pdf", "target", type=click.Path(dir_okay=False, path_type=Path), help="Print it to this file (A4; Chromium)."
)
@click.pass_obj
def protocol(context: Context, name: str, target: Path | None) -> None:
    """Print the pre-registration of NAME: what was decided before the first letter, with power table and hashes."""
    if target:
        click.echo(print_registered(context, name, target))
    else:
        click.echo(markdown(registered(context, name)), nl=False)
