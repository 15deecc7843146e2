"""prober crawl: one scan."""

import dataclasses
from collections.abc import Sequence

import click

from prober.cli.output import emit, listing, messages
from prober.domain.agency import Agency
from prober.errors import UsageError
from prober.services.context import Context
from prober.store.results.registry import stored
from spiders.crawl import CrawlSummary
from spiders.crawl import crawl as scan

SHOWN = ("slug", "kind", "outcome", "failure", "detail", "suspect")


@click.command()
@click.argument("slugs", metavar="[SLUG]...", nargs=-1)
@click.option("--frame", default="2019", show_default=True, help="2019, 2025, or a frame of your own.")
@click.option("--kind", help="portal, finance, or a kind of your own. Default: all.")
@listing
@click.pass_obj
def crawl(context: Context, slugs: tuple[str, ...], frame: str, kind: str | None, as_json: bool) -> None:
    """Visit the sites of agencies and store what they offer, with evidence.

    Without SLUG every agency of the frame. A crawl that was stopped is resumed by the same command: finished agencies
    are not fetched again. Sites that could not be seen wholly are listed with the reason: that is a result, not an
    error. Exit code 1 where the scan is not complete, or the prober itself failed on a site.
    """
    context.sync_registry()
    chosen = stored(context.results, frame, kind, slugs)
    if not chosen:
        raise UsageError(f"no agency of frame {frame}" + (f" and kind {kind}" if kind else ""))
    with context.run("crawl") as report:
        found = run_crawl(context, chosen)
        report.update(summary_of(found))
        failures = failures_of(found)
        if failures:
            report["failures"] = failures
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
        emit(found.not_seen, False, SHOWN, title=headline(found))
    if found.without_browser:
        messages.print(f"Partly unknown for want of a browser: {', '.join(found.without_browser)}")
    tell_suspicion(found)
    if failures:
        messages.print("; ".join(failures), markup=False)
        click.get_current_context().exit(1)


def run_crawl(context: Context, chosen: Sequence[Agency]) -> CrawlSummary:
    """Scan `chosen`, with a progress bar."""
    with context.observer.task("crawling") as show:
        show("", 0, len(chosen))
        return scan(
            chosen, context.config, context.world, context.clock.now(),
            lambda done, total, what: show(what, done, total),
        )  # fmt: skip


def tell_suspicion(found: CrawlSummary) -> None:
    """Say what of a scan is not believed, and what is shown instead."""
    if found.suspects:
        messages.print(f"{found.suspects} sites stayed below what the registry expects of them: shown, not counted.")
    if found.suspect:
        messages.print(
            f"We suspect ourselves: {found.suspect}. What was known before stays in use, and nothing is published, "
            "until a second scan sees the same.",
            markup=False,
        )


def failures_of(found: CrawlSummary) -> list[str]:
    """What went wrong on our side, in words; a site that cannot be seen is a result and not among these."""
    failures = []
    if not found.complete:
        failures.append(f"the scan is not complete: {found.visited} of {found.agencies} visited")
    if found.our_failures:
        failures.append(
            f"the prober itself failed on {', '.join(found.our_failures)}; crawl.log in the evidence folder says where"
        )
    return failures


def summary_of(found: CrawlSummary) -> dict[str, object]:
    """What the table `run` keeps of a crawl."""
    row = dataclasses.asdict(found)
    del row["not_seen"]
    return row


def headline(found: CrawlSummary) -> str:
    return (
        f"Scan {found.scan}{' (resumed)' if found.resumed else ''}: {found.seen} of {found.agencies} sites seen, "
        f"{found.partial} in part, {found.unreachable} not reached; {found.pages} pages, {found.rendered} rendered."
    )
