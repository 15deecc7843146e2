"""The study that comes with the prober, its time zone and its calendar, for tests of what a study decides."""

from prober.domain.working_days import Calendar
from prober.studies.folder import packaged

POBI = packaged("pobi-2019")
HANOI = POBI.zone


def vietnam() -> Calendar:
    """Return the calendar of Vietnamese state offices, as this installation knows it."""
    return POBI.calendar
