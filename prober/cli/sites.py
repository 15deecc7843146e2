"""What portals say of the sites of finance departments, and how a person accepts or rejects it."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import click

from prober.domain.registry.consistency import site_proposals
from prober.errors import UsageError
from prober.services.context import Context
from prober.store import Database
from prober.store.results import proposals as store

Decision = tuple[Callable[[Database, int, str, datetime], None], dict[str, Any]]


def site_rows(context: Context, frame: str | None) -> list[dict[str, Any]]:
    """One row for each site that a portal names, in the order of agencies."""
    return [row for row in site_proposals(store.site_links(context.results)) if frame in (None, row["frame"])]


def chosen_sites(
    context: Context, accepted: Sequence[str], rejected: Sequence[str], frame: str | None = None
) -> list[Decision]:
    """What is to be done with which proposal. Each is named by the slug of the agency or, where several sites are
    proposed for it, as SLUG=ADDRESS. Raises UsageError for one that is not proposed.
    """
    rows = site_rows(context, frame)
    chosen: list[Decision] = [(store.accept_site, _named(words, rows)) for words in accepted]
    chosen += [(store.reject_site, _named(words, rows)) for words in rejected]
    if len({row["agency"] for _, row in chosen}) < len(chosen):
        raise UsageError("one site of an agency at a time is accepted or rejected")
    return chosen


def decide_sites(context: Context, chosen: Sequence[Decision], by: str) -> int:
    """Accept and reject on the word of `by`; returns how many sites were decided."""
    for decide, row in chosen:
        decide(context.results, row["id"], by, context.clock.now())
    return len(chosen)


def show_sites(rows: Sequence[dict[str, Any]]) -> None:
    """What needs a person, a few lines each, so that addresses stay whole; what portals confirm is only counted."""
    undecided = [row for row in rows if row["status"] != "confirmed"]
    click.echo("Sites of finance departments as their portals name them")
    for row in undecided:
        click.echo(f"{row['agency']}: {row['status']}")
        click.echo(f"  registry  {row['url']}{' (' + row['trouble'] + ')' if row['trouble'] else ''}")
        click.echo(f"  portal    {row['address']} “{row['snippet']}”, confidence {row['confidence']:.2f}")
        click.echo(f"  page      {row['page_url']}")
    click.echo(f"  {len(rows) - len(undecided)} addresses of the registry are confirmed by their portals")
    if undecided:
        slug = undecided[0]["slug"]
        click.echo(f"  Look at the page, then: prober agencies check --accept-site {slug} --by NAME (or --reject-site)")


def _named(words: str, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The proposal that `words` name: SLUG, or SLUG=ADDRESS."""
    slug, _, address = words.partition("=")
    found = [row for row in rows if row["slug"] == slug and address in ("", row["address"])]
    found = [row for row in found if row["status"] != "confirmed"] or found
    if not found:
        raise UsageError(f"no site is proposed as {words!r}; `prober agencies check` lists the proposals")
    frames = {row["frame"] for row in found}
    if len(frames) > 1:
        raise UsageError(f"{slug} is in the frames {', '.join(sorted(frames))}; name one with --frame")
    if len(found) > 1:
        choices = " or ".join(f"{slug}={row['address']}" for row in found)
        raise UsageError(f"several sites are proposed for {slug}; name one: {choices}")
    return found[0]
