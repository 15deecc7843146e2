"""Answers to UID FETCH of dates, sizes and whole messages.

imapclient reads an answer character by character, which takes longer than the wire. What servers answer in practice is
read here in one step, and anything else is left to imapclient.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from typing import Any

from imapclient.response_parser import parse_fetch_response  # type: ignore[import-untyped]

from mailroom.intake.import_files import EARLIEST, Found, arrived
from prober.clock import HANOI
from prober.store.private.messages import Arrival

Part = bytes | tuple[bytes, bytes] | None  # a line, or the piece of a line before a literal and the literal
Answers = dict[int, dict[bytes, Any]]  # UID → name of an item, as imapclient names it → its value
LISTED = 50_000  # UIDs in one line; Python's library takes lines of 1,000,000 bytes

_BODY = (
    rb"(BODY\[\](?:<[\d.]+>)?) ~?\{\d+\}"  # "~" belongs before what may hold NUL bytes (RFC 3516), and stands here too
)
_ANSWER = re.compile(
    rb'\d+ \((?: ?(?:UID (\d{1,10})|RFC822\.SIZE (\d{1,18})|INTERNALDATE "([^"\\]*)"|' + _BODY + rb"))+\)"
)
_MONTHS = (b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec")
_DATE = re.compile(rb" ?(\d{1,2})-([A-Z][a-z]{2})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-]\d\d)(\d\d)")


def uids(answer: Sequence[Part]) -> list[int]:
    """The numbers of an answer to UID SEARCH, in one line or several. What stands in brackets (MODSEQ) is none.

    Raises ValueError on a damaged answer.
    """
    found: list[int] = []
    for line in answer:
        if isinstance(line, tuple):
            raise ValueError(f"a literal among the numbers of a search: {line[0]!r}")
        found += map(int, (line or b"").partition(b"(")[0].split())
    return found


def ranges(number: int) -> list[str]:
    """What to search for so that each of so many messages is in an answer whose line is of bearable length.

    >>> ranges(3), ranges(2 * LISTED + 1)
    (['ALL'], ['1:50000', '50001:100000', '100001:*'])
    """
    starts = range(1, number + 1, LISTED)
    return [f"{at}:{at + LISTED - 1}" for at in starts[:-1]] + [f"{starts[-1]}:*"] if len(starts) > 1 else ["ALL"]


def parsed(answer: Sequence[Part]) -> Answers:
    """What imaplib collected of an answer, read. Dates are aware, in the server's zone; NIL is None.

    The beginning of a message ("BODY[]<0>") is there as b"BODY[]", like a whole one.

    Raises what imapclient raises on an answer that was damaged.
    """
    found = _usual(answer)
    if found is not None:
        return found
    plain = [(part[0].replace(b" ~{", b" {"), part[1]) if isinstance(part, tuple) else part for part in answer]
    read = parse_fetch_response(plain, False, True)
    return {
        uid: {b"BODY[]" if name.startswith(b"BODY[]<") else name: value for name, value in items.items()}
        for uid, items in read.items()
    }


def received(items: Mapping[bytes, Any]) -> datetime | None:
    """The INTERNALDATE, in Hanoi. None where the server tells none, or one that no mail can have."""
    here = _told(items)
    return here if here and here >= EARLIEST else None


def _told(items: Mapping[bytes, Any]) -> datetime | None:
    moment = items.get(b"INTERNALDATE")
    try:
        return moment and (moment if moment.tzinfo else moment.replace(tzinfo=HANOI)).astimezone(HANOI)
    except (OverflowError, ValueError):  # beyond the calendar
        return None


def arrivals(answer: Answers) -> tuple[list[Arrival], int]:
    """(the messages of an answer, how many of them have no time of the server).

    Those have the time that the server wrote into their topmost Received header: a message that is not taken in because
    its time is odd would be lost. One that has neither is left out.
    """
    found, undated = [], 0
    for uid, items in sorted(answer.items()):
        if (body := items.get(b"BODY[]")) is not None:
            raw, at = bytes(body), received(items)
            undated += at is None
            if at := at or arrived(Found("", raw)) or _told(items):
                found.append(Arrival(uid, at.astimezone(HANOI), raw))
    return found, undated


def _usual(answer: Sequence[Part]) -> Answers | None:
    """The same of an answer in the usual form; None if any part of it has another."""
    found: Answers = {}
    parts = iter(answer)
    for part in parts:
        line, body = part if isinstance(part, tuple) else (part, None)
        rest = next(parts, None) if body is not None else b""
        match = _ANSWER.fullmatch(line + rest) if line is not None and isinstance(rest, bytes) else None
        if not match or (match[4] is None) != (body is None) or match[1] is None:
            return None
        items: dict[bytes, Any] = {} if body is None else {b"BODY[]": body}
        if match[2] is not None:
            items[b"RFC822.SIZE"] = int(match[2])
        if match[3] is not None:
            items[b"INTERNALDATE"] = at = _moment(match[3])
            if at is None:
                return None
        found.setdefault(int(match[1]), {}).update(items)
    return found


def _moment(text: bytes) -> datetime | None:
    match = _DATE.fullmatch(text)
    if not match or match[2] not in _MONTHS:
        return None
    day, year, hour, minute, second = (int(match[n]) for n in (1, 3, 4, 5, 6))
    try:
        return datetime(year, _MONTHS.index(match[2]) + 1, day, hour, minute, second, tzinfo=_zone(match[7], match[8]))
    except ValueError:
        return None


@lru_cache(maxsize=64)
def _zone(hours: bytes, minutes: bytes) -> timezone:
    """Raises ValueError for a day and more."""
    sign = -1 if hours.startswith(b"-") else 1
    return timezone(sign * timedelta(hours=abs(int(hours)), minutes=int(minutes)))
