"""Which class of a message counts once people have read it, and the public rows that say who decided what. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from prober.domain.correspondence import Event
from prober.store.results.mail_projection import HAND, Row

Subject = tuple[str, str, str]  # hash of the message, campaign, agency


@dataclass(frozen=True, slots=True)
class Final:
    """The class that counts, who decided it (rule, person or settled), and every coding there is."""

    event: Event
    decided_by: str
    codings: Sequence[Row] = ()


def by_subject(codings: Iterable[Row]) -> Mapping[Subject, list[Row]]:
    """Every coding under what it is about."""
    found: dict[Subject, list[Row]] = {}
    for row in codings:
        found.setdefault((row["message"], row["campaign"], row["agency"]), []).append(row)
    return found


def decided(messages: Iterable[Row], codings: Mapping[Subject, list[Row]]) -> list[tuple[Row, Final]]:
    """The messages of one request with the class that counts, without second deliveries of the same content.

    Of those (To and Cc, a provider's retry) the first to come counts, with what people said of any copy.
    """
    first: dict[str, tuple[Row, list[Row]]] = {}
    for message in messages:
        content = message["detail"].content or message["sha256"]
        said = codings.get((message["sha256"], message["campaign"], message["agency"]), [])
        first.setdefault(content, (message, []))[1].extend(said)
    return [(message, final(message, said)) for message, said in first.values()]


def final(message: Row, codings: Sequence[Row]) -> Final:
    """A settled difference counts over the first coder, the first coder over any rule; a second reading never counts.

    Where two hold the same role, the earlier word counts; it takes a settlement to change it. What was entered by hand
    is a person's word from the start. What rests on words recognised in a scan is proposed, and counts for nothing.
    """
    counting = [row for row in codings if row["role"] != "second"]
    if not counting:
        sure = message["event_without_scans"] or message["event"]
        return Final(Event(sure), "person" if message["rule"] == HAND else "rule", codings)
    best = min(counting, key=lambda row: (row["role"] != "final", row["coded_at"], row["coder"]))
    return Final(Event(best["event"]), "settled" if best["role"] == "final" else "person", codings)


def undelivered(message: Row, counted: Final) -> bool:
    """Whether a message says that the letter did not arrive. A person who calls it a bounce means that; the rules also
    know bounces that are only a delay.
    """
    if counted.event != Event.BOUNCE:
        return False
    return message["event"] != Event.BOUNCE or message["detail"].undelivered


def publish(tables: dict[str, list[Row]], reply: int, counted: Final, number: Callable[..., int]) -> None:
    """Add the rows of `coding` and `coding_item` of one reply; copies of one message that one coder read are one."""
    latest = {(row["coder"], row["role"]): row for row in counted.codings}
    for (coder, role), row in sorted(latest.items()):
        key = number("coding", reply, coder, role)
        copied: dict[str, Any] = {name: row[name] for name in ("coder", "role", "event", "blind", "coded_at")}
        tables["coding"].append({"id": key, "reply": reply} | copied)
        tables["coding_item"] += [
            {"id": number("coding_item", key, item), "coding": key, "item": item, "quality": quality}
            for item, quality in row["items"].items()
        ]
