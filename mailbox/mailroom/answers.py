"""Answers to UID FETCH of dates, sizes and whole messages.

imapclient reads an answer character by character, which takes longer than the wire. What servers answer in practice is
read here in one step, and anything else is left to imapclient.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from typing import Any

from imapclient.response_parser import parse_fetch_response  # type: ignore[import-untyped]

Part = bytes | tuple[bytes, bytes] | None  # a line, or the piece of a line before a literal and the literal
Answers = dict[int, dict[bytes, Any]]  # UID → name of an item, as imapclient names it → its value

_BODY = rb"(BODY\[\](?:<[\d.]+>)?) \{\d+\}"
_ANSWER = re.compile(
    rb'\d+ \((?: ?(?:UID (\d{1,10})|RFC822\.SIZE (\d{1,18})|INTERNALDATE "([^"\\]*)"|' + _BODY + rb"))+\)"
)
_MONTHS = (b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec")
_DATE = re.compile(rb" ?(\d{1,2})-([A-Z][a-z]{2})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-]\d\d)(\d\d)")


def parsed(answer: Sequence[Part]) -> Answers:
    """What imaplib collected of an answer, read. Dates are aware, in the server's zone; NIL is None.

    The beginning of a message ("BODY[]<0>") is there as b"BODY[]", like a whole one.

    Raises what imapclient raises on an answer that was damaged.
    """
    found = _usual(answer)
    if found is not None:
        return found
    read = parse_fetch_response(list(answer), False, True)
    return {
        uid: {b"BODY[]" if name.startswith(b"BODY[]<") else name: value for name, value in items.items()}
        for uid, items in read.items()
    }


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
