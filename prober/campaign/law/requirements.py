"""Whether a request is one that the law binds an office to answer: each requirement as a row, met or not, and why.

Not legal advice. The rows are data, in law_rules.toml, dated by their regime; here are only the facts they ask for.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from prober.campaign.law.legal_deadlines import requirements_of
from prober.campaign.letters.compose import Requester
from prober.campaign.letters.request_slip import CITIZEN, NONE
from prober.campaign.protocol.model import Protocol

UNLISTED = "unlisted"  # the field of what a request lacked in words that the law's file no longer has


@dataclass(frozen=True, slots=True)
class Requirement:
    """One thing that the law asks of a request. `why` says what is missing; "" where it is met."""

    field: str
    article: str
    about: str
    met: bool
    why: str


def requirements(protocol: Protocol, requester: Requester) -> tuple[Requirement, ...]:
    """Every requirement of the protocol's regime, for the letters that `requester` sends under it."""
    facts = {
        "citizen": requester.citizen,
        "slip": protocol.form != NONE,
        "language": protocol.language.startswith("vi"),
        "name": bool(requester.name),
        "address": bool(requester.postal_address),
        "identity": protocol.form == CITIZEN and protocol.identity,
        "contact": bool(requester.phone or requester.address),
        "documents": bool(protocol.documents),
        "provision": True,  # every template names it
        "purpose": bool(protocol.purpose),
        "known": False,  # the one row of a law whose requirements are not known here
    }
    return _judged(protocol.regime, {field for field, met in facts.items() if not met})


def reasons(rows: Iterable[Requirement]) -> str:
    """Return what the unmet rows lack, in one line; "" for a request that the law binds an office to answer."""
    return "; ".join(row.why for row in rows if not row.met)


def read_reasons(regime: str, text: str) -> tuple[Requirement, ...]:
    """Return the rows that `text` was made from by `reasons`, on the day of the approval.

    Words that no row of today has, because it was reworded since, are one more row, not met: what a request was
    approved as lacking never becomes met by an edit of the law's file.
    """
    lacking = [words for words in dict.fromkeys(text.split("; ")) if words]
    listed = {row["lacks"]: row["field"] for row in requirements_of(regime)}
    unlisted = "; ".join(words for words in lacking if words not in listed)
    rows = _judged(regime, {listed[words] for words in lacking if words in listed})
    return (*rows, Requirement(UNLISTED, "", "As the law's file said it then.", False, unlisted)) if unlisted else rows


def _judged(regime: str, unmet: set[str]) -> tuple[Requirement, ...]:
    return tuple(
        Requirement(
            row["field"], row["article"], row["about"], row["field"] not in unmet,
            row["lacks"] if row["field"] in unmet else "",
        )
        for row in requirements_of(regime)
    )  # fmt: skip
