"""Decide which class of a message counts once people have read it, and make the public rows of their decisions."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from prober.domain.correspondence import Event
from prober.store.results.mail_projection import HAND, Row

Subject = tuple[str, str, str]  # hash of the message, campaign, agency


@dataclass(frozen=True, slots=True)
class Final:
    """Hold the class that counts, who decided it ("rule", "person" or "settled"), and every coding of the message."""

    event: Event
    decided_by: str
    codings: Sequence[Row] = ()
    items: Mapping[int, int] = field(default_factory=dict)  # quality by document, of the coding that counts


def by_subject(codings: Iterable[Row]) -> Mapping[Subject, list[Row]]:
    """Group the codings by the message and the request that they are about."""
    found: dict[Subject, list[Row]] = {}
    for row in codings:
        found.setdefault((row["message"], row["campaign"], row["agency"]), []).append(row)
    return found


def decided(messages: Iterable[Row], codings: Mapping[Subject, list[Row]]) -> list[tuple[Row, Final]]:
    """Return the messages of one request, each with the class that counts; copies of the same content are left out.

    The first copy to arrive is kept (To and Cc, or a provider's second attempt, make copies), with the codings of all
    copies.
    """
    first: dict[str, tuple[Row, list[Row]]] = {}
    for message in messages:
        content = message["detail"].content or message["sha256"]
        said = codings.get((message["sha256"], message["campaign"], message["agency"]), [])
        first.setdefault(content, (message, []))[1].extend(said)
    return [(message, final(message, said)) for message, said in first.values()]


def final(message: Row, codings: Sequence[Row]) -> Final:
    """Return the class that counts: the settled one, else that of the first coder, else that of the rules.

    A second coding is made to measure agreement and never counts. Of two codings with the same role the earlier one
    counts; only a settlement changes it. A message entered by hand counts as decided by a person. A class that rests on
    words recognised in a scan is only proposed and does not count.
    """
    counting = [row for row in codings if row["role"] != "second"]
    if not counting:
        sure = message["event_without_scans"] or message["event"]
        return Final(Event(sure), "person" if message["rule"] == HAND else "rule", codings)
    best = min(counting, key=lambda row: (row["role"] != "final", row["coded_at"], row["coder"]))
    return Final(Event(best["event"]), "settled" if best["role"] == "final" else "person", codings, best["items"])


def undelivered(message: Row, counted: Final) -> bool:
    """Return True if a message says that the letter did not arrive.

    A person who codes a message as a bounce means this. The rules also give the class to a report of a mere delay, so
    for them the detail of the message decides.
    """
    if counted.event != Event.BOUNCE:
        return False
    return message["event"] != Event.BOUNCE or message["detail"].undelivered


def publish(tables: dict[str, list[Row]], reply: int, counted: Final, number: Callable[..., int]) -> None:
    """Add the rows of `coding` and `coding_item` of one reply; one coder's codings of several copies make one row."""
    latest = {(row["coder"], row["role"]): row for row in counted.codings}
    for (coder, role), row in sorted(latest.items()):
        key = number("coding", reply, coder, role)
        copied: dict[str, Any] = {name: row[name] for name in ("coder", "role", "event", "blind", "coded_at")}
        tables["coding"].append({"id": key, "reply": reply} | copied)
        tables["coding_item"] += [
            {"id": number("coding_item", key, item), "coding": key, "item": item, "quality": quality}
            for item, quality in row["items"].items()
        ]
