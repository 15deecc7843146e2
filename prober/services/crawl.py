"""Run one scan: visit the sites of agencies and store what they offer, with evidence."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from prober.domain.agency import Agency
from prober.fleet import required
from prober.services.context import Context
from prober.services.nights.doubt import look_again
from prober.services.review import corrections
from prober.store.results.suspicion import doubts_of
from spiders.crawl import CrawlSummary
from spiders.crawl import crawl as scan

if TYPE_CHECKING:
    from spiders.job import Job

Told = Callable[[int, int, str], None]

__all__ = ["CrawlSummary", "crawl", "failures_of", "summary_of"]


def crawl(
    context: Context, frame: str, kind: str | None = None, slugs: Sequence[str] = (), fleet: bool = False
) -> CrawlSummary:  # fmt: skip
    """Visit agencies of `frame`; a crawl that was stopped is resumed.

    With `fleet`, or where [fleet] crawl says so, the machines of the fleet visit them.

    Raises UsageError if no agency is chosen, or another crawl runs; ProberError if the crawl process failed.
    """
    chosen = context.chosen(frame, kind, slugs)
    with context.run("crawl", mail=False) as report:
        with context.observer.task("crawling") as show:
            show("", 0, len(chosen))
            found = (_by_fleet if fleet or context.config.fleet.crawl else _here)(
                context, chosen, lambda done, total, what: show(what, done, total)
            )
        # What a scan in doubt or a look at its sites has seen is weighed at once: a second scan may agree.
        look_again(context, frame)
        corrections.correct(context)
        found = dataclasses.replace(found, suspect=doubts_of(context.results, found.scan))
        report.update(summary_of(found))
        failures = failures_of(found)
        if failures:
            report["failures"] = failures
    return found


def _here(context: Context, chosen: Sequence[Agency], told: Told) -> CrawlSummary:
    if context.config.fleet.redis:
        from prober.fleet.coordinator import refuse_beside  # with libraries that nobody else needs

        refuse_beside(context.config)
    return scan(_job(context, chosen), told)


def _by_fleet(context: Context, chosen: Sequence[Agency], told: Told) -> CrawlSummary:
    required(context.config.fleet)
    from prober.fleet.coordinator import lead  # with its libraries, which nobody else needs

    return lead(_job(context, chosen), told)


def _job(context: Context, chosen: Sequence[Agency]) -> "Job":
    from spiders.job import Job  # loads what reads studies, which the help of a command does not need

    study = context.study
    return Job(
        tuple(chosen), context.config, context.world, context.clock.now(), study.vocabulary, study.sought,
        context.run_number or None,
    )  # fmt: skip


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
