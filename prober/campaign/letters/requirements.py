"""Check whether the law obliges an office to answer a request: each requirement as a row, met or not, and why.

Not legal advice. The rows are data, in the law.toml of the study, dated by their regime; here are only the facts that
they test.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from prober.campaign.letters.compose import Requester
from prober.campaign.letters.request_slip import CITIZEN, NONE
from prober.campaign.protocol.model import Protocol
from prober.domain.reason import TEXT, Reason, Reasons
from prober.studies.law import Law, packed_words
from prober.studies.law import Requirement as LawRow
from prober.studies.study import Study

UNLISTED = "unlisted"  # the field of a requirement that a request did not meet and that is no longer in the file


@dataclass(frozen=True, slots=True)
class Requirement:
    """One legal requirement of a request. `lacking` are the reasons why it is not met; () if it is met."""

    field: str
    article: str
    about: str
    lacking: Reasons = ()
    why: str = ""  # the missing things, in the words of the law's file

    @property
    def met(self) -> bool:
        return not self.lacking


def requirements(protocol: Protocol, requester: Requester, study: Study) -> tuple[Requirement, ...]:
    """Return every requirement of the protocol's regime, checked for the letters of `requester`."""
    facts = {  # prober.studies.law.FACTS tells what each of them is
        "citizen": requester.citizen,
        "slip": protocol.form != NONE,
        "language": protocol.languages[0] == study.languages[0],
        "name": bool(requester.name),
        "address": bool(requester.postal_address),
        "identity": protocol.form == CITIZEN and protocol.identity,
        "contact": bool(requester.phone or requester.address),
        "documents": bool(protocol.documents),
        "provision": True,  # every template names it
        "purpose": bool(protocol.purpose),
        "known": False,  # the only row of a law whose requirements are not in the file yet
    }
    return _judged(study.law, protocol.regime, {field for field, met in facts.items() if not met})


def reasons(rows: Iterable[Requirement]) -> Reasons:
    """Return the reasons of the unmet rows; () if the law obliges an office to answer."""
    return tuple(lacking for row in rows for lacking in row.lacking)


def from_reasons(law: Law, regime: str, lacking: Iterable[Reason]) -> tuple[Requirement, ...]:
    """Return the present rows for a request that was approved with the reasons `lacking`.

    A reason without a present row gets a row of its own, not met: an edit of the law's file never turns an unmet
    requirement of an approved request into a met one.
    """
    listed = {row.field for row in law.requirements_of(regime)}
    said = tuple(dict.fromkeys(lacking))
    own = {reason: _field(reason, regime) for reason in said}
    rows = _judged(law, regime, {field for field in own.values() if field in listed})
    unlisted = tuple(reason for reason in said if own[reason] not in listed)
    if not unlisted:
        return rows
    why = "; ".join(map(words, unlisted))
    return (*rows, Requirement(UNLISTED, "", "As the law's file said it then.", unlisted, why))


def words(lacking: Reason) -> str:
    """Return a reason in the words that the law's file had for it; of an older version, in those of a pack."""
    return both_words(lacking)[1]


def both_words(lacking: Reason) -> tuple[str, str]:
    """Return the same in Vietnamese and English; words of a file that has none in Vietnamese stand for both."""
    if lacking.code == TEXT:
        return lacking.params["text"], lacking.params["text"]
    said = lacking.params.get("words")
    packed = packed_words(lacking.params["regime"], lacking.params["requirement"])
    vi = lacking.params.get("words_vi") or (packed[0] if said in (None, packed[1]) else said)
    return str(vi), str(said or packed[1])


def _field(reason: Reason, regime: str) -> str:
    return str(reason.params["requirement"]) if reason.params.get("regime") == regime else ""


def _judged(law: Law, regime: str, unmet: set[str]) -> tuple[Requirement, ...]:
    return tuple(
        Requirement(row.field, row.article, row.about, (_lacks(row),), row.lacks)
        if row.field in unmet
        else Requirement(row.field, row.article, row.about)
        for row in law.requirements_of(regime)
    )


def _lacks(row: LawRow) -> Reason:
    own = {"words_vi": row.lacks_vi} if row.lacks_vi else {}
    return Reason("lacks", regime=row.regime, requirement=row.field, words=row.lacks, **own)
