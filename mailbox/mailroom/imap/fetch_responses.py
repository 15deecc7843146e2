"""Parse the answers to UID SEARCH and to UID FETCH of dates, sizes and whole messages."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from imapclient.response_parser import parse_fetch_response  # type: ignore[import-untyped]

from mailroom.mime.arrival_time import EARLIEST, arrived
from prober.clock import HANOI
from prober.store.private.messages import Arrival

Part = bytes | tuple[bytes, bytes] | None  # a line, or the piece of a line before a literal and the literal
Answers = dict[int, dict[bytes, Any]]  # UID → name of an item, as imapclient names it → its value
# The year of a date that was never set, as some servers write it (0001); imapclient would read 2001.
_NO_YEAR = re.compile(rb'(INTERNALDATE "[^"]{0,12}-)0(?=\d{3} )', re.IGNORECASE)
LISTED = 50_000  # UIDs in one line; Python's library takes lines of 1,000,000 bytes


def uids(answer: Sequence[Part]) -> list[int]:
    """Return the UIDs in an answer to UID SEARCH of one or several lines, without the number in brackets (MODSEQ).

    Raises ValueError on a damaged answer.
    """
    found: list[int] = []
    for line in answer:
        if isinstance(line, tuple):
            raise ValueError(f"a literal among the numbers of a search: {line[0]!r}")
        found += map(int, (line or b"").partition(b"(")[0].split())
    return found


def ranges(number: int) -> list[str]:
    """Return search keys that cover `number` messages, each with at most LISTED UIDs in its answer.

    >>> ranges(3), ranges(2 * LISTED + 1)
    (['ALL'], ['1:50000', '50001:100000', '100001:*'])
    """
    starts = range(1, number + 1, LISTED)
    return [f"{at}:{at + LISTED - 1}" for at in starts[:-1]] + [f"{starts[-1]}:*"] if len(starts) > 1 else ["ALL"]


def parsed(answer: Sequence[Part]) -> Answers:
    """Parse an answer to FETCH that imaplib collected. Dates are aware, in the server's zone; NIL becomes None.

    The beginning of a message ("BODY[]<0>") is returned as b"BODY[]", like a whole one. "~" belongs before data that
    may hold NUL bytes (RFC 3516); some servers write it before a body too, and imapclient does not know it.

    Raises the errors of imapclient for a damaged answer.
    """
    read = parse_fetch_response([_mended(part) for part in answer], False, True)
    return {
        uid: {b"BODY[]" if name.startswith(b"BODY[]<") else name: value for name, value in items.items()}
        for uid, items in read.items()
    }


def _mended(part: Part) -> Part:
    """Return a part changed so that imapclient reads it correctly."""
    if isinstance(part, tuple):
        return _NO_YEAR.sub(rb"\g<1>1", part[0]).replace(b" ~{", b" {"), part[1]
    return _NO_YEAR.sub(rb"\g<1>1", part) if part else part


def received(items: Mapping[bytes, Any]) -> datetime | None:
    """Return the INTERNALDATE in Hanoi time; None if the server gives none, or one before EARLIEST."""
    here = _internal_date(items)
    return here if here and here >= EARLIEST else None


def _internal_date(items: Mapping[bytes, Any]) -> datetime | None:
    moment = items.get(b"INTERNALDATE")
    try:
        return moment and (moment if moment.tzinfo else moment.replace(tzinfo=HANOI)).astimezone(HANOI)
    except (OverflowError, ValueError):  # beyond the years that datetime knows
        return None


def arrivals(answer: Answers) -> tuple[list[Arrival], int]:
    """Return the messages of an answer, and how many of them have no usable INTERNALDATE.

    Those get the time in their topmost Received header, so that no message is lost over an odd time. One that has no
    time at all is left out.
    """
    found, undated = [], 0
    for uid, items in sorted(answer.items()):
        if (body := items.get(b"BODY[]")) is not None:
            raw, at = bytes(body), received(items)
            undated += at is None
            if at := at or arrived(raw) or _internal_date(items):
                found.append(Arrival(uid, at.astimezone(HANOI), raw))
    return found, undated
