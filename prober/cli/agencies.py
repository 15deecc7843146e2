"""prober agencies: the registry, and the addresses of mail and sites that a person accepts."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from prober.cli.arguments import PERSON
from prober.cli.output import emit, emit_parts, listing
from prober.cli.sites import chosen_sites, decide_sites, show_sites, site_rows
from prober.domain.agency import FRAMES, Agency, registry_rows
from prober.domain.registry.consistency import problems, proposal_doubts
from prober.domain.registry.import_file import BadRow, read
from prober.errors import RegistryError, UsageError
from prober.services.context import Context
from prober.store.results import registry as store


def accept_proposals(
    context: Context, by: str, slugs: Sequence[str] = (), frame: str | None = None, *, doubtful: bool = False
) -> int:
    """Accept what the latest scan proposes for `slugs`, or every new address; returns how many were accepted.

    Without `slugs` an address that something speaks against is left to a person, unless `doubtful` says that `by` has
    looked at each of them; one that somebody accepted before is never replaced. Raises UsageError for a slug that has
    no proposal.
    """
    rows = _proposals(context, frame)
    fresh = [row for row in rows if row["status"] == "new" and (doubtful or not row["doubts"])]
    chosen = [_proposal_of(slug, rows) for slug in slugs] if slugs else fresh
    for row in chosen:
        store.accept(context.results, row["agency"], row["address"], row["page_url"], by=by, at=context.clock.now())
    return len(chosen)


@click.group()
def agencies() -> None:
    """The registry: who is crawled and asked."""


@agencies.command("list")
@click.option("--frame", help="2019, 2025, or a frame of your own. Default: all.")
@click.option("--kind", help="portal, finance, or a kind of your own. Default: all.")
@listing
@click.pass_obj
def list_(context: Context, frame: str | None, kind: str | None, as_json: bool) -> None:
    """List the agencies."""
    context.sync_registry()
    rows = [_shown(agency) for agency in store.stored(context.results, frame, kind)]
    emit(rows, as_json, ("frame", "slug", "kind", "name_vi", "url", "url_confidence", "request_email"))


@agencies.command()
@click.argument("slug")
@click.option("--frame", help="Where a slug is in several frames: the one meant. Default: all of them.")
@listing
@click.pass_obj
def show(context: Context, slug: str, frame: str | None, as_json: bool) -> None:
    """Show all that the registry knows of one agency, and where each field comes from."""
    context.sync_registry()
    rows = [_shown(agency) for agency in store.stored(context.results, frame, None, [slug])]
    links = [dict(row) for row in context.results.query("SELECT * FROM agency_successor")]
    for row in rows:
        row["predecessors"] = [link["predecessor"] for link in links if link["successor"] == row["id"]]
        row["successors"] = [link["successor"] for link in links if link["predecessor"] == row["id"]]
    if as_json:
        emit(rows, True)
        return
    for row in rows:
        pairs = [{"field": key, "value": _text(value)} for key, value in row.items() if value not in ("", None, [], ())]
        emit(pairs, False, title=f"{row['id']}: {row['name_vi']}")
    emit(registry_rows("fields.csv"), False, title="Where the fields come from")


@agencies.command()
@click.option("--frame", help="Only this frame.")
@click.option("--accept", "slugs", multiple=True, metavar="SLUG", help="Accept the address proposed for this agency.")
@click.option("--accept-all", is_flag=True, help="Accept every new address that nothing speaks against.")
@click.option("--accept-site", "sites", multiple=True, metavar="SLUG", help="Accept the site that its portal names.")
@click.option("--reject-site", "not_sites", multiple=True, metavar="SLUG", help="That site is not the agency's.")
@click.option("--by", type=PERSON, help="Who accepts or rejects; needed with all of these.")
@listing
@click.pass_obj
def check(
    context: Context, frame: str | None, slugs: tuple[str, ...], accept_all: bool, sites: tuple[str, ...],
    not_sites: tuple[str, ...], by: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Compare the registry with the latest scan, and accept addresses of mail and of sites.

    A crawl never changes an address by itself: it proposes, and a person accepts. Where an agency has several proposed
    sites, name one as SLUG=ADDRESS. Exit code 1 where the registry contradicts itself.
    """
    context.sync_registry()
    if (slugs or accept_all or sites or not_sites) and not by:
        raise UsageError("--by is missing: name the person who accepts or rejects")
    if by:
        chosen = chosen_sites(context, sites, not_sites, frame)
        count = accept_proposals(context, by, slugs, frame) if slugs or accept_all else 0
        click.echo(f"{count} addresses accepted, {decide_sites(context, chosen, by)} sites decided by {by}", err=True)
    rows, named = _proposals(context, frame), site_rows(context, frame)
    found = problems(
        store.stored(context.results, frame), store.failures(context.results), context.clock.now(),
        store.frozen_addresses(context.results),
    )  # fmt: skip
    weak = [asdict(problem) for problem in found]
    if as_json:
        emit_parts({"proposals": rows, "sites": named, "problems": weak})
    else:
        emit(rows, False, ("slug", "status", "accepted", "address", "category", "doubts", "page_url"), "Addresses")
        show_sites(named)
        emit(weak, False, ("level", "agency", "reason"), "Registry")
    if any(problem.level == "error" for problem in found):
        raise click.exceptions.Exit(1)


@agencies.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--frame", default="", help="Frame of all rows, where the file has no such column.")
@click.option("--skip-bad", is_flag=True, help="Import the good rows even if there are bad ones.")
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@click.pass_obj
def import_(context: Context, file: Path, frame: str, skip_bad: bool, dry_run: bool) -> None:
    """Import a CSV file of agencies of any kind: communes, ministries, another country.

    Needed columns: slug, kind, name_vi, url, and frame (or --frame). docs/configuration.md describes all of them.
    Every bad row is named with its line and reason. Nothing is changed unless all rows are good or --skip-bad is given.
    """
    try:
        good, bad = read(file.read_bytes(), frame)
    except RegistryError as error:
        raise RegistryError(f"{file}: {error}; nothing was changed") from error
    bad += [
        BadRow(0, f"frame {name!r} comes with the prober; choose another name for yours")
        for name in sorted({agency.frame for agency in good} & set(FRAMES))
    ]
    for row in bad:
        click.echo(f"{file}:{row.line}: {row.reason}" if row.line else f"{file}: {row.reason}", err=True)
    if bad and not (skip_bad and all(row.line for row in bad)):
        raise RegistryError(f"{file}: {_bad_rows(bad)}; nothing was changed")
    if dry_run:
        click.echo(f"{len(good)} agencies would be imported")
        return
    context.sync_registry()
    before = {agency.id for agency in store.stored(context.results)}
    with context.run("agencies import") as summary:
        written = store.sync(context.results, good, (), context.config.world)
        new = len({agency.id for agency in good} - before)
        summary.update(file=file.name, new=new, changed=written - new, skipped=len({row.line for row in bad}))
    click.echo(f"{len(good)} agencies: {new} new, {written - new} changed, {len(good) - written} as before")


def _proposals(context: Context, frame: str | None) -> list[dict[str, Any]]:
    """The proposals with what speaks against each, in words."""
    rows = [row for row in store.proposals(context.results) if frame in (None, row["frame"])]
    doubts = proposal_doubts(rows, store.stored(context.results, frame), store.frozen_addresses(context.results))
    return [{**row, "doubts": "; ".join(doubts[row["agency"]])} for row in rows]


def _proposal_of(slug: str, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The one proposal for `slug`. The same slug may stand in several frames."""
    found = [row for row in rows if row["slug"] == slug and row["address"]]
    if not found:
        raise UsageError(f"nothing is proposed for {slug!r}; `prober agencies check` lists the proposals")
    if len(found) > 1:
        raise UsageError(f"{slug} is in the frames {', '.join(row['frame'] for row in found)}; name one with --frame")
    return found[0]


def _bad_rows(bad: Sequence[BadRow]) -> str:
    count = len({row.line for row in bad})
    return "1 bad row" if count == 1 else f"{count} bad rows"


def _shown(agency: Agency) -> dict[str, Any]:
    return {"id": agency.id, **asdict(agency)}


def _text(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list | tuple) else str(value)
