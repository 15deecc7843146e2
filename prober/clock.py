"""Time as an argument: commands take a Clock, so that simulated weeks and real ones run the same code."""

import asyncio
from datetime import UTC, datetime, tzinfo
from typing import Protocol


class Clock(Protocol):
    """Where "now" comes from. Every datetime is aware, in the time zone of the study, whole seconds."""

    def now(self) -> datetime: ...

    async def sleep_until(self, moment: datetime) -> None:
        """Return when `now() >= moment`. May be cancelled at any time."""
        ...


class SystemClock:
    """The machine's clock, read in the time zone of a study; UTC where none is named."""

    def __init__(self, zone: tzinfo = UTC) -> None:
        self._zone = zone

    def now(self) -> datetime:
        return datetime.now(self._zone).replace(microsecond=0)

    async def sleep_until(self, moment: datetime) -> None:
        while (left := (moment - datetime.now(UTC)).total_seconds()) > 0:
            # Short naps, so that a changed system clock or a suspended machine is noticed.
            await asyncio.sleep(min(left, 30))
