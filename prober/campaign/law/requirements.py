"""Whether a request is one that the law binds an office to answer: each requirement as a row, met or not, and why.

Not legal advice. The rows are data, in law_rules.toml, dated by their regime; here are only the facts they ask for.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from prober.campaign.law.legal_deadlines import requirements_of
from prober.campaign.letters.compose import Requester
from prober.campaign.letters.request_slip import CITIZEN, NONE
from prober.campaign.protocol.model import Protocol
from prober.domain.reason import TEXT, Reason, Reasons

UNLISTED = "unlisted"  # the field of what a request lacked and the law's file does not ask for any more


@dataclass(frozen=True, slots=True)
class Requirement:
    """One thing that the law asks of a request. `lacking` says what is missing; () where it is met."""

    field: str
    article: str
    about: str
    lacking: Reasons = ()

    @property
    def met(self) -> bool:
        return not self.lacking

    @property
    def why(self) -> str:
        """What is missing, in the words of the law's file; "" where it is met."""
        return "; ".join(map(words, self.lacking))


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


def reasons(rows: Iterable[Requirement]) -> Reasons:
    """Return what the unmet rows lack; () for a request that the law binds an office to answer."""
    return tuple(lacking for row in rows for lacking in row.lacking)


def from_reasons(regime: str, lacking: Iterable[Reason]) -> tuple[Requirement, ...]:
    """Return the rows of today for a request that `lacking` was said of on the day of its approval.

    What no row of today asks for is one more row, not met: what a request was approved as lacking never becomes met by
    an edit of the law's file.
    """
    listed = {_lacks(regime, row["field"]): row["field"] for row in requirements_of(regime)}
    said = tuple(dict.fromkeys(lacking))
    rows = _judged(regime, {listed[reason] for reason in said if reason in listed})
    unlisted = tuple(reason for reason in said if reason not in listed)
    return (*rows, Requirement(UNLISTED, "", "As the law's file said it then.", unlisted)) if unlisted else rows


def words(lacking: Reason) -> str:
    """Return what a request lacks in the words of the law's file; its bare name where the file has it no more."""
    if lacking.code == TEXT:
        return str(lacking.params["text"])
    rows = {row["field"]: row["lacks"] for row in requirements_of(lacking.params["regime"])}
    return str(rows.get(lacking.params["requirement"], lacking.params["requirement"]))


def _lacks(regime: str, field: str) -> Reason:
    return Reason("lacks", regime=regime, requirement=field)


def _judged(regime: str, unmet: set[str]) -> tuple[Requirement, ...]:
    return tuple(
        Requirement(
            row["field"], row["article"], row["about"], (_lacks(regime, row["field"]),) if row["field"] in unmet else ()
        )
        for row in requirements_of(regime)
    )  # fmt: skip
