"""Decide how long to wait after a server refused for the time being (429, 503), and at which pace to go on. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LIMITED = frozenset({429, 503})  # Too Many Requests (RFC 6585), Service Unavailable (RFC 9110)
SHORTEST = 0.25  # seconds: a shorter delay is doubled as if it were this long
PATIENCE = 5  # answers in a row, after the first refusal, before the delay is halved; twice as many after each more
MOST_PATIENCE = 80


def retry_after(headers: Mapping[str, str], now: datetime, most: float) -> float:
    """Return the seconds that a server asks to wait, at most `most`; 0 if it asks for nothing that can be read.

    Retry-After holds seconds or a date (RFC 9110, section 10.2.3). A date is compared with the server's own clock, if
    it tells the time. `headers` have names in lower case.

    >>> retry_after({"retry-after": "5"}, datetime.now(UTC), 120.0)
    5.0
    """
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return min(float(value[:9]), most)
    until = _date(value)
    if until is None:
        return 0.0
    seconds = (until - (_date(headers.get("date", "")) or now)).total_seconds()
    return min(max(seconds, 0.0), most)


def _date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


@dataclass(slots=True)
class Pace:
    """The delay between two requests to one host group, seconds: doubled by a refusal, halved slowly by answers.

    Where the pace was refused again after it was halved, it is kept for twice as many answers the next time.
    """

    delay: float
    answers: int = 0
    patience: int = 0

    def refused(self, longest: float) -> None:
        """Double the delay, up to `longest` seconds."""
        self.delay = max(self.delay, min(2 * max(self.delay, SHORTEST), longest))
        self.patience = min(2 * self.patience or PATIENCE, MOST_PATIENCE)
        self.answers = 0

    def answered(self, least: float) -> None:
        """Count one answer; halve the delay after `patience` of them, down to `least` seconds."""
        self.answers += 1
        if self.answers >= self.patience:
            self.delay, self.answers = max(self.delay / 2, least), 0
