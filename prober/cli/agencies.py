"""prober agencies: show and import the registry, and accept addresses of mail and sites."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from prober.cli.arguments import PERSON
from prober.cli.output import CommandGroup, emit, emit_parts, listing, warn_beyond_web
from prober.cli.protocol_lines import look_lines, protocol_lines
from prober.errors import UsageError
from prober.services import agencies as service
from prober.services.context import Context


@click.group(cls=CommandGroup)
def agencies() -> None:
    """Show and change the registry: the agencies that are crawled and asked."""


@agencies.command("list")
@click.option("--frame", help="Only this list of the study. Default: all.")
@click.option("--kind", help="Only this kind of the study. Default: all.")
@listing
@click.pass_obj
def list_(context: Context, frame: str | None, kind: str | None, as_json: bool) -> None:
    """List the agencies."""
    chosen = context.chosen(frame, kind) if frame or kind else context.agencies()
    rows = [{"id": agency.id, **asdict(agency)} for agency in chosen]
    emit(rows, as_json, ("frame", "slug", "kind", "name_vi", "url", "url_confidence", "request_email"))


@agencies.command()
@click.argument("slug")
@click.option("--frame", help="Where a slug is in several frames: the one meant. Default: all of them.")
@listing
@click.pass_obj
def show(context: Context, slug: str, frame: str | None, as_json: bool) -> None:
    """Show all that the registry knows of one agency and where each field comes from, and how its site was searched."""
    rows = service.show(context, slug, frame)
    if as_json:
        emit(rows, True)
        return
    for row in rows:
        place = service.place_word(context, row["frame"])
        pairs = [
            {"field": key.replace("province", place), "value": _text(value)}
            for key, value in row.items()
            if value not in ("", None, [], ()) and key not in ("record", "looks")
        ]
        emit(pairs, False, title=f"{row['id']}: {row['name_vi']}")
        if row["record"]:
            told = ["How its site was searched last", *protocol_lines(row["record"], None)]
            told += ["Where a person should look first", *look_lines(row["looks"])] if row["looks"] else []
            click.echo("\n".join(told))
    listed = {row["frame"] for row in rows} & set(context.study.frame_names)
    if listed and context.study.sources:
        emit(context.study.sources, False, title="Where the fields come from")
    for frame in sorted({row["frame"] for row in rows} - listed):
        click.echo(f"Frame {frame} is your own: its fields come from the file of `prober agencies import`")


@agencies.command()
@click.argument("slug")
@click.option("--frame", help="Where a slug is in several frames: the one meant.")
@click.option("--set", "address", metavar="ADDRESS", help="The address that requests go to from now on.")
@click.option("--by", type=PERSON, help="Who decides; needed with --set.")
@click.option("--source", metavar="WORDS", help="The page it stands on, or how it was learned; needed with --set.")
@listing
@click.pass_obj
def address(
    context: Context, slug: str, frame: str | None, address: str | None, by: str | None, source: str | None,
    as_json: bool,
) -> None:  # fmt: skip
    """Show the addresses that requests to one agency were decided to go to, or set a new one.

    The history stays. A letter to another address that was approved and has not left is voided and named.
    """
    if address and not (by and source):
        raise UsageError("--by and --source are needed: who decides, and where the address was learned")
    found = (
        service.set_address(context, slug, frame, address, source, by)
        if address and by and source
        else service.address(context, slug, frame)
    )
    _say_voided(found.voided)
    emit(found.decisions, as_json, ("address", "source", "decided_by", "decided_at"), found.agency.name_vi)


@agencies.command()
@click.option("--frame", help="Only this frame.")
@click.option("--kind", help="Only this kind. Default: all but the portals of a frame that has other bodies.")
@click.option("--accept", "slugs", multiple=True, metavar="SLUG", help="Accept the address proposed for this agency.")
@click.option("--accept-all", is_flag=True, help="Accept every new address that nothing speaks against.")
@click.option("--accept-site", "sites", multiple=True, metavar="SLUG", help="Accept the site that its portal names.")
@click.option("--reject-site", "not_sites", multiple=True, metavar="SLUG", help="That site is not the agency's.")
@click.option("--by", type=PERSON, help="Who accepts or rejects; needed with all of these.")
@listing
@click.pass_obj
def check(
    context: Context, frame: str | None, kind: str | None, slugs: tuple[str, ...], accept_all: bool,
    sites: tuple[str, ...], not_sites: tuple[str, ...], by: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Compare the registry with the latest scan, and accept addresses of mail and of sites.

    A crawl never changes an address by itself: it proposes, and a person accepts. A letter to another address that was
    approved and has not left is voided and named. Where an agency has several proposed sites, name one as SLUG=ADDRESS.
    Exit code 1 where the registry contradicts itself.
    """
    if (slugs or accept_all or sites or not_sites) and not by:
        raise UsageError("--by is missing: name the person who accepts or rejects")
    if by:
        addresses, decided, voided = service.decide(context, by, frame, slugs, accept_all, kind, sites, not_sites)
        click.echo(f"{addresses} addresses accepted, {decided} sites decided by {by}", err=True)
        _say_voided(voided)
    found = service.check(context, frame, kind)
    weak = [asdict(problem) for problem in found.problems]
    if as_json:
        emit_parts({"proposals": found.proposals, "sites": found.sites, "problems": weak})
    else:
        columns = ("slug", "status", "accepted", "address", "category", "doubts", "page_url")
        emit(found.proposals, False, columns, "Addresses")
        if found.sites:
            _show_sites(found.sites)
        emit(weak, False, ("level", "agency", "reason"), "Registry")
    if any(problem.level == "error" for problem in found.problems):
        raise click.exceptions.Exit(1)


@agencies.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--frame", default="", help="Frame of all rows, where the file has no such column.")
@click.option("--skip-bad", is_flag=True, help="Import the good rows even if there are bad ones.")
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@click.pass_obj
def import_(context: Context, file: Path, frame: str, skip_bad: bool, dry_run: bool) -> None:
    """Import a CSV file of agencies of any kind: communes, ministries, another country.

    Needed columns: slug, kind, url, a name, and frame (or --frame). docs/configuration.md describes all of them.
    A file with the columns predecessor, successor (FRAME-SLUG each) and effective_date says who took over from whom.
    Every bad row is named with its line and reason. Nothing is changed unless all rows are good or --skip-bad is given.
    """
    found = service.read_file(context, file, frame)
    for row in found.bad:
        click.echo(f"{file}:{row.line}: {row.reason}" if row.line else f"{file}: {row.reason}", err=True)
    warn_beyond_web(found.beyond)
    if dry_run:
        found.refuse_bad(skip_bad)
        what = f"{len(found.links)} successions" if found.links else f"{len(found.good)} agencies"
        click.echo(f"{what} would be imported")
        return
    if found.links:
        changed = service.import_successions(context, found, skip_bad)
        click.echo(f"{len(found.links)} successions: {changed} rows changed")
        return
    done = service.import_file(context, found, skip_bad)
    click.echo(f"{len(found.good)} agencies: {done.new} new, {done.changed} changed, {done.same} as before")
    _say_voided(done.voided)


def _say_voided(letters: Sequence[dict[str, Any]]) -> None:
    for letter in letters:
        click.echo(service.how_to_go_on(letter), err=True)


def _show_sites(rows: Sequence[dict[str, Any]]) -> None:
    """Print sites to decide on, a few lines each, so that addresses are not cut; confirmed ones are only counted."""
    undecided = [row for row in rows if row["status"] != "confirmed"]
    click.echo("Sites of departments as their portals name them")
    for row in undecided:
        click.echo(f"{row['agency']}: {row['status']}")
        click.echo(f"  registry  {row['url']}{' (' + row['trouble'] + ')' if row['trouble'] else ''}")
        click.echo(f"  portal    {row['address']} “{row['snippet']}”, confidence {row['confidence']:.2f}")
        click.echo(f"  page      {row['page_url']}")
    click.echo(f"  {len(rows) - len(undecided)} addresses of the registry are confirmed by their portals")
    if undecided:
        slug = undecided[0]["slug"]
        click.echo(f"  Look at the page, then: prober agencies check --accept-site {slug} --by NAME (or --reject-site)")


def _text(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list | tuple) else str(value)
