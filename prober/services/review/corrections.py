"""Bring what people decided about sites into results.db, and correct the shares by the samples that they read."""

from prober.domain.indicator import figures_of
from prober.reporting.statistics.corrected_share import Stratum, corrected
from prober.services.context import Context
from prober.store.results import decisions
from prober.store.results.decisions import Correction, Read


def refresh(context: Context) -> None:
    """Copy the decisions from private.db, then correct."""
    decisions.publish(context.private, context.results, context.study.decision_days)
    correct(context)


def correct(context: Context) -> None:
    """Correct the shares of what stands in results.db: after a crawl the strata are others."""
    decisions.correct(context.results, questions(context), _correction, context.clock.now())


def questions(context: Context) -> tuple[str, ...]:
    """Return the indicators whose share rests on one verdict of one site: a random sample of rows corrects these."""
    return tuple(
        one.kind
        for one in context.study.sought
        if not one.of_departments and one.kind in {figure.name for figure in figures_of(one.kind, one.name)}
    )


def _correction(read: Read) -> Correction | None:
    found = corrected({name: Stratum(*counts) for name, counts in read.strata.items()}, read.not_seen)
    return (found.share, found.low, found.high, found.bound_low, found.bound_high) if found else None
