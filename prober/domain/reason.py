"""Represent a reason as a code with parameters, and define its form in the databases.

prober.reporting.words.reasons makes the words for a reason when a person reads it, in the reader's language.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from prober.text.patterns import map_texts, without_controls

TEXT = "text"  # code of a reason that is plain text: of a server, a program, or an older version


@dataclass(frozen=True, slots=True, init=False)
class Reason:
    """One reason. A parameter is a text, a number, a tuple of texts, or a tuple of other reasons."""

    code: str
    params: Mapping[str, Any] = field(hash=False)

    def __init__(self, code: str, /, **params: Any) -> None:
        object.__setattr__(self, "code", code)
        object.__setattr__(self, "params", params)

    def __repr__(self) -> str:
        return f"Reason({', '.join([repr(self.code), *(f'{name}={value!r}' for name, value in self.params.items())])})"


Reasons = tuple[Reason, ...]
Detail = str | Reason  # what was observed: words of a server or a program, or a reason of our own


def observed(detail: Detail, at: str) -> Reason:
    """Return what was observed at the address `at` as a reason.

    >>> observed("connection reset", "http://x.test/")
    Reason('text', text='connection reset', at='http://x.test/')
    """
    reason = Reason(TEXT, text=detail) if isinstance(detail, str) else detail
    return Reason(reason.code, **reason.params, at=at)


def to_json(reasons: Iterable[Reason]) -> str:
    """Return the text of a database column: a list with one object for each reason; "" where there is none.

    >>> to_json([Reason("only", categories=("faq", "delegated")), Reason("dns", detail="no address")])
    '[{"code":"only","categories":["faq","delegated"]},{"code":"dns","detail":"no address"}]'
    """
    rows = [_row(reason) for reason in reasons]
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":")) if rows else ""


def from_json(text: str | None) -> Reasons:
    """Return the reasons in the text of a database column.

    >>> from_json('[{"code":"pages_used_up","pages":60}]')
    (Reason('pages_used_up', pages=60),)
    """
    return tuple(map(_of, json.loads(text))) if text else ()


def _row(reason: Reason) -> dict[str, Any]:
    return {"code": reason.code} | {name: _plain(value) for name, value in reason.params.items()}


def _plain(value: Any) -> Any:
    if not isinstance(value, tuple):
        return map_texts(value, without_controls)
    return [_row(entry) if isinstance(entry, Reason) else map_texts(entry, without_controls) for entry in value]


def _of(row: Mapping[str, Any]) -> Reason:
    return Reason(row["code"], **{name: _value(value) for name, value in row.items() if name != "code"})


def _value(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    return tuple(_of(entry) if isinstance(entry, dict) else entry for entry in value)
