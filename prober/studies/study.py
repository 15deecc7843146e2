"""A study as a value: what a folder of text says, read once and passed on."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from prober.domain.working_days import Calendar


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """Everything that a study decides."""

    name: str
    calendar: Calendar

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which days begin and offices work."""
        return self.calendar.zone
