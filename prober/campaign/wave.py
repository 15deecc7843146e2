"""Make all letters of one campaign: choose agencies, draw their order, compose; and hash them for the approval."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from prober.campaign.design.assignment import NOTHING, Known, Place, assign
from prober.campaign.letters.compose import Requester, compose
from prober.campaign.letters.tokens import token
from prober.campaign.protocol.model import Protocol
from prober.campaign.schedule import schedule
from prober.domain.agency import Agency
from prober.domain.correspondence import Letter, Step
from prober.errors import ProtocolError
from prober.studies.study import Study

NAMED = 5  # agencies that an error names; `prober agencies check` lists all


@dataclass(frozen=True, slots=True)
class Planned:
    """One letter with its place in the wave. `not_before` is None for a later step: its request must be sent first."""

    letter: Letter
    agency: Agency
    position: int
    not_before: datetime | None
    block: str = ""
    arm: str = ""


@dataclass(frozen=True, slots=True)
class Drawn:
    """One agency in the order of sending: its request is not sent before `moment`."""

    agency: Agency
    position: int
    moment: datetime
    place: Place


def asked(protocol: Protocol, agencies: Iterable[Agency]) -> tuple[list[Agency], list[Agency]]:
    """Return (agencies asked, agencies left out without a reviewed address), of the protocol's frame, kind and units.

    Raises ProtocolError with all that is missing, a line each: agencies without a reviewed address, unless the protocol
    leaves them out; no agency at all; a unit that is not one of them; two that share an address (one office would get
    two letters).
    """
    chosen = [a for a in agencies if a.frame == protocol.frame and a.kind == protocol.kind]
    if not chosen:
        raise ProtocolError(f"the registry has no agency of frame {protocol.frame!r} and kind {protocol.kind!r}")
    strange = sorted(set(protocol.units) - {agency.slug for agency in chosen})
    chosen = [agency for agency in chosen if not protocol.units or agency.slug in protocol.units]
    ready = [a for a in chosen if a.request_email and a.request_email_reviewed_by]
    without = [a for a in chosen if a not in ready]
    if faults := list(_faults(protocol, strange, ready, without)):
        raise ProtocolError("\n".join(faults))
    return ready, without


def _faults(
    protocol: Protocol, strange: Sequence[str], ready: Sequence[Agency], without: Sequence[Agency]
) -> Iterator[str]:  # fmt: skip
    if strange:
        yield f"units: no agency of frame {protocol.frame!r} and kind {protocol.kind!r}: {', '.join(strange)}"
    if without and not protocol.leave_out_without_address:
        yield (
            f"{len(without)} of {len(ready) + len(without)} agencies have no reviewed request address: "
            f"{_named(without)}. Accept one each with `prober agencies check`, or leave them out "
            "(leave_out_without_address = true in the protocol, or --without-address)"
        )
    elif without and not ready:
        yield "no agency has a reviewed request address, so nobody can be asked"
    shared: dict[str, list[str]] = {}
    for agency in ready:
        shared.setdefault(agency.request_email.casefold(), []).append(agency.slug)
    doubles = [f"{', '.join(slugs)} share {address}" for address, slugs in shared.items() if len(slugs) > 1]
    if doubles:
        yield f"one address would get several letters: {'; '.join(doubles)}"


def _named(agencies: Sequence[Agency]) -> str:
    """Return the slugs of at most NAMED agencies, and the number of the others."""
    more = f" and {len(agencies) - NAMED} more" if len(agencies) > NAMED else ""
    return ", ".join(agency.slug for agency in agencies[:NAMED]) + more


def drawn(protocol: Protocol, agencies: Sequence[Agency], study: Study, places: Mapping[str, Place]) -> list[Drawn]:
    """Return every agency with its place, in order of sending. Raises ProtocolError if the law changes in the wave."""
    calendar = study.calendar
    order = schedule(protocol, agencies, calendar, places)
    last = calendar.date_of(order[-1][1]) if order else protocol.first_day
    if order and (then := study.law.regime_on(last)) != protocol.regime:
        raise ProtocolError(
            f"first_day: the last letter would leave on {last}, when {then} is in force and no longer "
            f"{protocol.regime}; begin earlier, after the change, or raise per_day"
        )
    return [
        Drawn(agency, position, moment, places[agency.id]) for position, (agency, moment) in enumerate(order, start=1)
    ]


def wave(
    protocol: Protocol,
    campaign: str,
    secret: str,
    agencies: Sequence[Agency],
    requester: Requester,
    study: Study,
    known: Known = NOTHING,
) -> list[Planned]:
    """Return every letter to `agencies`, requests, reminders and follow-ups, frozen. All are approved together.

    `secret` is that of the campaign, from which the tokens come.

    Raises ProtocolError for a letter that cannot be composed, a requester of another kind than the protocol's `sender`,
    an earlier wave that does not pair with this one, or a wave during which the law changes.
    """
    who = "citizen" if requester.citizen else "organisation"
    if protocol.sender not in ("", who):
        raise ProtocolError(
            f"sender: the protocol says {protocol.sender}, and [sender] citizen makes it a request by {who}; change one"
        )
    planned = []
    for item in drawn(protocol, agencies, study, assign(protocol, agencies, known)):
        agency, block, arm = item.agency, item.place.block, item.place.arm
        letters, code = protocol.of(arm), token(secret, campaign, agency.id)
        request = compose(letters, campaign, code, agency, requester, Step.REQUEST, study)
        planned.append(Planned(request, agency, item.position, item.moment, block, arm))
        for step in letters.steps[1:]:
            later = compose(letters, campaign, code, agency, requester, Step(step), study)
            planned.append(Planned(later, agency, item.position, None, block, arm))
    return planned


def digest(protocol_sha256: str, letters: Iterable[Mapping[str, Any]]) -> str:
    """Return the SHA-256 that an approval covers: the protocol, and recipients and all bytes of each letter.

    `letters` have agency, step, token, message_id, mail_from, rcpt and raw; their order does not matter.
    """
    lines = sorted(
        "\0".join([*(str(letter[key]) for key in _COVERED), hashlib.sha256(letter["raw"]).hexdigest()])
        for letter in letters
    )
    return hashlib.sha256("\n".join([protocol_sha256, *lines]).encode()).hexdigest()


_COVERED = ("agency", "step", "token", "message_id", "mail_from", "rcpt")
