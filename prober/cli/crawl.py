"""prober crawl: run one scan."""

import dataclasses
from collections.abc import Mapping

import click

from prober.cli.output import emit, listing, messages, write_log
from prober.domain.reason import from_json
from prober.reporting.words import reasons
from prober.services import crawl as service
from prober.services.context import Context
from prober.services.crawl import CrawlSummary
from prober.services.progress import ScanSuspected

SHOWN = ("slug", "kind", "outcome", "failure", "detail", "suspect")


@click.command()
@click.argument("slugs", metavar="[SLUG]...", nargs=-1)
@click.option("--frame", help="The list of agencies. Default: the first one of the study.")
@click.option("--kind", help="A kind of agency, as the list has it. Default: all.")
@click.option("--fleet", is_flag=True, help="On many machines, by the workers of `prober fleet worker`.")
@listing
@click.pass_obj
def crawl(
    context: Context, slugs: tuple[str, ...], frame: str | None, kind: str | None, fleet: bool, as_json: bool
) -> None:  # fmt: skip
    """Visit the sites of agencies and store what they offer, with evidence.

    Without SLUG every agency of the frame. A crawl that was stopped is resumed by the same command: finished agencies
    are not fetched again. Sites that could not be seen wholly are listed with the reason: that is a result, not an
    error. Exit code 1 where the scan is not complete, or the prober itself failed on a site.
    """
    write_log(context)
    found = service.crawl(context, frame or context.study.frame_names[0], kind, slugs, fleet)
    failures = service.failures_of(found)
    if as_json:
        emit(
            [
                {
                    **dataclasses.asdict(found),
                    "without_browser": found.without_browser,
                    "our_failures": found.our_failures,
                }
            ],
            True,
        )
    else:
        click.echo(headline(found))
        if found.not_seen:
            emit([_said(row) for row in found.not_seen], False, SHOWN)
    if found.without_browser:
        messages.print(f"Partly not seen, shown by a script alone: {', '.join(found.without_browser)}")
    context.observer.notice(ScanSuspected(found.suspects, from_json(found.suspect)))
    if failures:
        messages.print("; ".join(failures), markup=False)
        click.get_current_context().exit(1)


def _said(row: Mapping[str, str]) -> dict[str, str]:
    """Return a row of `not_seen` with its reasons in words."""
    return {**row, "detail": reasons.stored(row["detail"]).en, "suspect": reasons.stored(row["suspect"]).en}


def headline(found: CrawlSummary) -> str:
    waiting = f" Changes waiting for a second look: {found.second_look}." if found.second_look else ""
    return (
        f"Scan {found.scan}{' (resumed)' if found.resumed else ''}: {found.seen} of {found.agencies} sites seen, "
        f"{found.partial} in part, {found.unreachable} not reached; {found.pages} pages, {found.rendered} rendered."
        f"{waiting}"
    )
