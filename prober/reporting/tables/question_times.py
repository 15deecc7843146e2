"""Compute tables of published questions: how long until an answer, and how many vanished (docs/method.md)."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from prober.domain.question_history import QuestionState
from prober.reporting.statistics import survival
from prober.reporting.statistics.survival import Curve, kaplan_meier
from prober.reporting.tables.indicators import Table, rounded
from prober.store.reading.queries import Row

ALL = "(all)"


def question_times(waits: Sequence[Row]) -> Table:
    """Return Kaplan–Meier figures of the days from question to published answer, for each agency and for all.

    `waits`: rows of the view question_waits, in its order. A question without an answer is censored at the last visit
    that saw it, also where it vanished. `undated`: left out, because nobody knows when it was asked or answered.
    """
    return [_summary(agency, name, rows) for agency, name, rows in _groups(waits)]


def question_curves(waits: Sequence[Row]) -> Table:
    """Return the steps of the curves behind `question_times`: share answered by each day, with interval."""
    return [
        {
            "agency": agency, "days": step.time, "at_risk": step.at_risk, "events": step.events,
            "share": rounded(1 - step.survival), "low": rounded(1 - step.high), "high": rounded(1 - step.low),
        }
        for agency, _, rows in _groups(waits) for step in _curve(rows).steps
    ]  # fmt: skip


def _groups(waits: Sequence[Row]) -> Iterator[tuple[str, str, Sequence[Row]]]:
    """Yield (agency, its name, its questions), then all questions together."""
    for (agency, name), rows in groupby(waits, lambda row: (row["agency"], row["name_vi"])):
        yield agency, name, list(rows)
    if waits:
        yield ALL, "", waits


def _curve(rows: Iterable[Row]) -> Curve:
    return kaplan_meier(*_times(rows))


def _times(rows: Iterable[Row]) -> tuple[list[float], list[float]]:
    """Return the days to each answer, and the days watched without one."""
    rows = list(rows)
    return (
        [row["days"] for row in rows if row["days"] is not None],
        [row["watched_days"] for row in rows if row["watched_days"] is not None],
    )


def _summary(agency: str, name: str, rows: Sequence[Row]) -> dict[str, object]:
    answers, silent = _times(rows)
    curve = kaplan_meier(answers, silent)
    low, high = survival.median_interval(curve)
    return {
        "agency": agency, "name": name, "questions": len(rows), "answered": sum(row["answered"] for row in rows),
        "timed": len(answers), "censored": len(silent), "undated": len(rows) - len(answers) - len(silent),
        "median_days": survival.median(curve), "median_low": low, "median_high": high,
        "vanished": sum(row["state"] == QuestionState.VANISHED for row in rows),
        "missing": sum(row["state"] == QuestionState.MISSING for row in rows),
        "unreached": sum(row["state"] == QuestionState.UNREACHED for row in rows),
    }  # fmt: skip
