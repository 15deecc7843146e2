"""Check whether the law obliges an office to answer a request: each requirement as a row, met or not, and why.

Not legal advice. The rows are data, in law_rules.toml, dated by their regime; here are only the facts they test.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from prober.campaign.law.legal_deadlines import requirements_of
from prober.campaign.letters.compose import Requester
from prober.campaign.letters.request_slip import CITIZEN, NONE
from prober.campaign.protocol.model import Protocol
from prober.domain.reason import TEXT, Reason, Reasons

UNLISTED = "unlisted"  # the field of a requirement that a request did not meet and that is no longer in the file


@dataclass(frozen=True, slots=True)
class Requirement:
    """One legal requirement of a request. `lacking` are the reasons why it is not met; () if it is met."""

    field: str
    article: str
    about: str
    lacking: Reasons = ()

    @property
    def met(self) -> bool:
        return not self.lacking

    @property
    def why(self) -> str:
        """The missing things, in the words of the law's file; "" if the requirement is met."""
        return "; ".join(map(words, self.lacking))


def requirements(protocol: Protocol, requester: Requester) -> tuple[Requirement, ...]:
    """Return every requirement of the protocol's regime, checked for the letters of `requester`."""
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
        "known": False,  # the only row of a law whose requirements are not in the file yet
    }
    return _judged(protocol.regime, {field for field, met in facts.items() if not met})


def reasons(rows: Iterable[Requirement]) -> Reasons:
    """Return the reasons of the unmet rows; () if the law obliges an office to answer."""
    return tuple(lacking for row in rows for lacking in row.lacking)


def from_reasons(regime: str, lacking: Iterable[Reason]) -> tuple[Requirement, ...]:
    """Return the present rows for a request that was approved with the reasons `lacking`.

    A reason without a present row gets a row of its own, not met: an edit of the law's file never turns an unmet
    requirement of an approved request into a met one.
    """
    listed = {_lacks(regime, row["field"]): row["field"] for row in requirements_of(regime)}
    said = tuple(dict.fromkeys(lacking))
    rows = _judged(regime, {listed[reason] for reason in said if reason in listed})
    unlisted = tuple(reason for reason in said if reason not in listed)
    return (*rows, Requirement(UNLISTED, "", "As the law's file said it then.", unlisted)) if unlisted else rows


def words(lacking: Reason) -> str:
    """Return a reason in the words of the law's file; the name of the requirement if the file no longer has it."""
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
