"""prober study: make, check and list studies."""

import click

from prober.cli.output import CommandGroup, emit, listing, warn_beyond_web
from prober.services import study as service
from prober.services.context import Context


@click.group(cls=CommandGroup)
def study() -> None:
    """A study as a folder of text: what is asked of whom, in which language, under which law and calendar."""


@study.command()
@click.argument("name")
@click.option("--from", "base", metavar="STUDY", help="Copy this study, which comes with the prober.")
@click.option("--blank", is_flag=True, help="Write an empty one, with an example in each file. The default.")
@click.pass_obj
def new(context: Context, name: str, base: str | None, blank: bool) -> None:
    """Write the folder NAME beside prober.toml, for you to edit."""
    if base and blank:
        raise click.UsageError("--from and --blank exclude each other")
    folder = service.new(context, name, base or "")
    click.echo(f'{folder} is written. Edit its files; then: prober study check {name}\nUse it: study = "{name}"')
    click.echo("That line goes to the top of prober.toml, above every [section].")


@study.command()
@click.argument("name", default="")
@click.pass_obj
def check(context: Context, name: str) -> None:
    """Check every file of the study NAME, or of the one in use, and tell all faults at once (exit code 2)."""
    found = service.check(context, name)
    one = found.study
    click.echo(f"{one.name}: {found.title}")
    frames = [f"{frame} {sum(a.frame == frame for a in one.agencies)}" for frame in one.frame_names]
    click.echo(f"agencies: {len(one.agencies)} ({', '.join(frames)}); letters: {len(one.letters)}")
    calendar, law = one.calendar, ", ".join(regime.name for regime in one.law.regimes)
    country = f"{calendar.country.code} {calendar.country.subdivision}".strip()
    click.echo(f"law: {law}; calendar: {country}; time zone: {one.zone.key}")
    warn_beyond_web(found.beyond)
    if not one.contact:
        click.echo("contact: not set, so the pages name nobody to report a mistake to (contact in study.toml)")
    if one.own_words.count:
        click.echo(f"own words: {one.own_words.count}")
    for attached in found.attachments:
        click.echo(f"goes with every request: {attached.file}, {len(attached.data):,} bytes, sha256 {attached.sha256}")
    click.echo(f"\nThe request as its first office would read it:\n\n{found.sample}")


@study.command("list")
@listing
@click.pass_obj
def list_studies(context: Context, as_json: bool) -> None:
    """List the studies that come with the prober, and the one in use."""
    emit(service.listed(context), as_json, ("name", "used", "title", "agencies", "frames", "languages"))
