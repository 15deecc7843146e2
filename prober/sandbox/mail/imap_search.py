"""Evaluate SEARCH keys of IMAP4rev1 over the stored messages. Twisted's own evaluation fails on HEADER and SINCE."""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from email import message_from_bytes, policy
from typing import Any

from twisted.mail.imap4 import IllegalQueryError, parseIdList


@dataclass(frozen=True, slots=True)
class SearchedMessage:
    """A message that may match. `load` reads its bytes; keys that need none never call it."""

    number: int
    uid: int
    flags: tuple[str, ...]
    received_on: dt.date
    load: Callable[[], bytes]


Test = Callable[[SearchedMessage], bool]
_FLAG_KEYS = {
    "SEEN": "\\Seen", "ANSWERED": "\\Answered", "FLAGGED": "\\Flagged", "DELETED": "\\Deleted", "DRAFT": "\\Draft",
}  # fmt: skip
_HEADER_KEYS = frozenset({"SUBJECT", "FROM", "TO", "CC", "BCC"})


def matching(query: list[Any], candidates: Iterable[SearchedMessage], last_number: int, last_uid: int) -> list[int]:
    """Return the sequence numbers of the candidates that match every key.

    Raises IllegalQueryError for a key that is not supported.
    """
    tests = []
    rest = list(query)
    while rest:
        tests.append(_next_test(rest, last_number, last_uid))
    return [candidate.number for candidate in candidates if all(test(candidate) for test in tests)]


def _next_test(rest: list[Any], last_number: int, last_uid: int) -> Test:
    """Remove one key with its arguments from the front of `rest`, and return its test."""
    first = _take(rest)
    if isinstance(first, list):
        return _all_of(first, last_number, last_uid)
    key = first.decode("ascii", "replace").upper()
    if key in _FLAG_KEYS or key.removeprefix("UN") in _FLAG_KEYS:
        flag, wanted = _FLAG_KEYS[key.removeprefix("UN")], not key.startswith("UN")
        return lambda candidate: (flag in candidate.flags) is wanted
    if key == "NOT":
        negated = _next_test(rest, last_number, last_uid)
        return lambda candidate: not negated(candidate)
    if key == "OR":
        one, other = _next_test(rest, last_number, last_uid), _next_test(rest, last_number, last_uid)
        return lambda candidate: one(candidate) or other(candidate)
    return _simple_test(key, rest, last_number, last_uid)


def _simple_test(key: str, rest: list[Any], last_number: int, last_uid: int) -> Test:
    if key in ("ALL", "OLD"):
        return lambda candidate: True
    if key == "UID":
        uids = parseIdList(_take(rest), last_uid)
        return lambda candidate: candidate.uid in uids
    if key in ("SINCE", "BEFORE", "ON"):
        return _date_test(key, _text(_take(rest)))
    if key == "HEADER" or key in _HEADER_KEYS:
        name = _text(_take(rest)) if key == "HEADER" else key
        wanted = _text(_take(rest)).lower()
        return lambda candidate: _has_header(candidate, name, wanted)
    if key in ("TEXT", "BODY"):
        words = _text(_take(rest)).lower().encode()
        return lambda candidate: words in candidate.load().lower()
    if key[:1].isdigit() or key[:1] == "*":
        numbers = parseIdList(key.encode(), last_number)
        return lambda candidate: candidate.number in numbers
    raise IllegalQueryError(key, rest)


def _all_of(keys: list[Any], last_number: int, last_uid: int) -> Test:
    rest, tests = list(keys), []
    while rest:
        tests.append(_next_test(rest, last_number, last_uid))
    return lambda candidate: all(test(candidate) for test in tests)


def _date_test(key: str, text: str) -> Test:
    try:
        day = dt.datetime.strptime(text, "%d-%b-%Y").date()
    except ValueError as error:
        raise IllegalQueryError(key, [text]) from error
    if key == "SINCE":
        return lambda candidate: candidate.received_on >= day
    if key == "BEFORE":
        return lambda candidate: candidate.received_on < day
    return lambda candidate: candidate.received_on == day


def _has_header(candidate: SearchedMessage, name: str, wanted: str) -> bool:
    message = message_from_bytes(candidate.load(), policy=policy.compat32)
    return any(wanted in str(value).lower() for value in message.get_all(name, []))


def _take(rest: list[Any]) -> Any:
    if not rest:
        raise IllegalQueryError("a search key lacks its argument", rest)
    return rest.pop(0)


def _text(value: Any) -> str:
    text: str = value.decode("utf-8", "replace")
    return text
