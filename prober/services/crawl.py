"""Run one scan: visit the sites of agencies and store what they offer, with evidence."""

import dataclasses
from collections.abc import Sequence

from prober.errors import UsageError
from prober.services.context import Context
from spiders.crawl import CrawlSummary
from spiders.crawl import crawl as scan

__all__ = ["CrawlSummary", "crawl", "failures_of", "summary_of"]


def crawl(context: Context, frame: str, kind: str | None = None, slugs: Sequence[str] = ()) -> CrawlSummary:
    """Visit agencies of `frame`; a crawl that was stopped is resumed.

    Raises UsageError if no agency is chosen, or another crawl runs; ProberError if the crawl process failed.
    """
    chosen = context.agencies(frame, kind, slugs)
    if not chosen:
        raise UsageError(f"no agency of frame {frame}" + (f" and kind {kind}" if kind else ""))
    with context.run("crawl", mail=False) as report:
        with context.observer.task("crawling") as show:
            show("", 0, len(chosen))
            found = scan(
                chosen, context.config, context.world, context.clock.now(),
                lambda done, total, what: show(what, done, total), context.study.sought,
                vocabulary=context.study.vocabulary,
            )  # fmt: skip
        report.update(summary_of(found))
        failures = failures_of(found)
        if failures:
            report["failures"] = failures
    return found


def failures_of(found: CrawlSummary) -> list[str]:
    """Return our own failures in words; a site that could not be seen is a result, not a failure."""
    failures = []
    if not found.complete:
        failures.append(f"the scan is not complete: {found.visited} of {found.agencies} visited")
    if found.our_failures:
        failures.append(
            f"the prober itself failed on {', '.join(found.our_failures)}; crawl.log in the evidence folder says where"
        )
    return failures


def summary_of(found: CrawlSummary) -> dict[str, object]:
    """Return the summary of a crawl for the table `run`."""
    row = dataclasses.asdict(found)
    del row["not_seen"]
    return row
