"""The study that comes with the prober, its list, its time zone and its calendar, for tests of what a study decides."""

from prober.domain.agency import Agency, Succession
from prober.domain.working_days import Calendar
from prober.studies.folder import packaged

POBI = packaged("pobi-2019")
HANOI = POBI.zone
FRAMES = POBI.frame_names


def vietnam() -> Calendar:
    """Return the calendar of Vietnamese state offices, as this installation knows it."""
    return POBI.calendar


def agencies(frame: str, kind: str | None = None) -> tuple[Agency, ...]:
    """Return the agencies of a frame of the study, by code."""
    return POBI.agencies_of(frame, kind)


def successions() -> tuple[Succession, ...]:
    """Return which agency of 2025 took over from which of 2019."""
    return POBI.successions
