"""prober campaign protocol: the pre-registration of a campaign, as Markdown and as PDF."""

from pathlib import Path

import click

from prober.campaign.preregistration.paper import markdown
from prober.services.campaign.preregistration import registered
from prober.services.context import Context


@click.command()
@click.argument("name")
@click.option("--pdf", "target", type=click.Path(dir_okay=False, path_type=Path), help="Write it as PDF, to this file.")
@click.pass_obj
def protocol(context: Context, name: str, target: Path | None) -> None:
    """Print the pre-registration of NAME: what was decided before the first letter, with power table and hashes."""
    paper = registered(context, name)
    if target is None:
        click.echo(markdown(paper), nl=False)
        return
    from prober.campaign.preregistration.paper_pdf import pdf  # 0.2 s to import: only who asks pays

    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(pdf(paper))
    click.echo(str(target))
