"""Time as an argument: commands take a Clock, so that simulated weeks and real ones run the same code."""

import asyncio
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")


class Clock(Protocol):
    """Where "now" comes from. Every datetime is aware, in Asia/Ho_Chi_Minh, whole seconds."""

    def now(self) -> datetime: ...

    async def sleep_until(self, moment: datetime) -> None:
        """Return when `now() >= moment`. May be cancelled at any time."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(HANOI).replace(microsecond=0)

    async def sleep_until(self, moment: datetime) -> None:
        while (left := (moment - datetime.now(HANOI)).total_seconds()) > 0:
            # Short naps, so that a changed system clock or a suspended machine is noticed.
            await asyncio.sleep(min(left, 30))
