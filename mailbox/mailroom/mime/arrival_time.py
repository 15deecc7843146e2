"""Find the time at which a message was received, by its headers or the file that holds it.

The topmost Received header comes first, then the separator line of an mbox or the file name of a Maildir. The Date
header is written by the sender and is used only if there is nothing else.
"""

from datetime import UTC, datetime
from email import policy
from email.parser import BytesHeaderParser
from email.utils import parsedate_to_datetime

EARLIEST = datetime(1995, 1, 1, tzinfo=UTC)  # no mail that we read can be older


def arrived(raw: bytes, stamped: datetime | None = None) -> datetime | None:
    """Return when the message was received, or None if that is unknown; `stamped` is the time given by its file.

    Times before EARLIEST are ignored.
    """
    head = BytesHeaderParser(policy=policy.compat32).parsebytes(raw)
    received = str(head.get("Received", "")).rpartition(";")[2]
    for moment in (_date(received), stamped, _date(str(head.get("Date", "")))):
        if moment and moment >= EARLIEST:
            return moment
    return None


def _date(value: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(" ".join(value.split()))
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
