"""When the prober itself fails on a site: what is stored then, so that no agency is ever missing from a scan. Pure."""

from datetime import datetime
from types import TracebackType

from prober.domain.coverage import verdicts
from prober.domain.finding import Failure
from prober.domain.visit import Coverage, VisitResult
from spiders.visit.fetch_result import Answer

_OURS = ("prober", "spiders")


def place(error: BaseException) -> str:
    """Which error it was, and where in our code. Its message is left out: it may hold words of the page.

    >>> place(ValueError("an address"))
    'ValueError'
    """
    return f"{type(error).__name__}{_line(error.__traceback__)}"


def _line(frames: TracebackType | None) -> str:
    """The innermost line of our own packages, in brackets; "" where none is concerned."""
    found = ""
    while frames:
        module = str(frames.tb_frame.f_globals.get("__name__", ""))
        if module.partition(".")[0] in _OURS:
            found = f" ({module}, line {frames.tb_lineno})"
        frames = frames.tb_next
    return found


def lost(answer: Answer, error: Exception) -> Answer:
    """That `answer` came, and that nothing could be made of it."""
    return Answer(
        answer.url, answer.fetched_at, answer.status, failure=Failure.INTERNAL, detail=place(error), requests=0
    )


def unseen(agency: str, error: Exception, started_at: datetime, finished_at: datetime) -> VisitResult:
    """The visit to `agency`, an Agency.id, of which nothing can be used because of `error`: all is unknown."""
    coverage = Coverage(failure=Failure.INTERNAL, detail=f"the prober failed: {place(error)}")
    return VisitResult(
        agency=agency, outcome="unreachable", coverage=coverage, final_url="", technology="", requests=0, bytes=0,
        seconds=0.0, started_at=started_at, finished_at=finished_at,
        verdicts=verdicts((), coverage, started_at.date()),
    )  # fmt: skip
