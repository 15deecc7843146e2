"""Walk every figure of a results.db: running the SQL of its receipt must give exactly the printed value."""

from pathlib import Path

from prober.reporting.figures.all_figures import figures
from prober.reporting.figures.printed_figure import FrameRows, PrintedFigure
from prober.store import Database, only_read
from prober.store.reading.report_rows import surveys
from prober.studies.study import Study

# Views that many figures are counted from; making them once for a walk gives the same rows.
OFTEN = ("participation", "headline", "not_seen", "reply_times", "question_waits")


def bases(db: Database, study: Study) -> list[FrameRows]:
    """What figures are computed from, for each frame with results."""
    return [FrameRows(db, survey, study) for survey in surveys(db)]


def wrong(db: Database, figure: PrintedFigure) -> str:
    """Say in what the rows of its SQL differ from a figure; "" if they give it."""
    (row,) = db.query(figure.sql)
    expected = {"value": figure.value, "k": figure.k, "n": figure.n}
    expected |= {
        name: getattr(figure, name) for name in ("low", "high", "not_found", "confirmed", "not_seen", "unread")
    }
    differing = {name: (found, expected[name]) for name, found in row.items() if not _same(found, expected[name])}
    return f"{figure.id}: {differing}" if differing else ""


def _same(found: object, printed: object) -> bool:
    if isinstance(found, float) and isinstance(printed, int | float):
        return round(found, 6) == round(printed, 6)
    return found == printed


def walked(path: Path, study: Study) -> list[PrintedFigure]:
    """Every figure of a file, each held against its SQL. Raises AssertionError that names those that differ."""
    db = only_read(path)
    for view in OFTEN:
        db.execute(f"CREATE TEMP TABLE {view} AS SELECT * FROM main.{view}")
    found = [figure for basis in bases(db, study) for figure in figures(basis)]
    assert [said for figure in found if (said := wrong(db, figure))] == []
    assert len({figure.id for figure in found}) == len(found)
    assert [figure.id for figure in found if not (figure.never and figure.behind.name and all(figure.label))] == []
    return found
