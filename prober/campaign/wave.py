"""Make all letters of one campaign: choose agencies, draw arms and order, compose; and hash them for the approval.

Arms and order depend on the seed alone, so that anybody can repeat the draw with the same result. Arms are drawn by
province, never by agency: offices of one province talk to each other, so they never get different letters in one wave.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from prober.campaign.letters.compose import Requester, compose
from prober.campaign.letters.mime import token
from prober.campaign.protocol import Allotment, Protocol
from prober.campaign.schedule import draw, fraction, schedule
from prober.domain.agency import Agency
from prober.domain.correspondence import Letter, Step
from prober.errors import ProtocolError
from prober.studies.study import Study

HIGH, LOW, UNKNOWN = "high", "low", "unknown"
HIGH_LEVEL = 4  # a form for questions and published answers (docs/method.md): questions are answered there
BETWEEN = " · "


@dataclass(frozen=True, slots=True)
class DrawFacts:
    """Facts known before the draw: the quality of each province's portal, and each agency's arm in the earlier wave."""

    quality: Mapping[str, str] = field(default_factory=dict)  # slug of the province → HIGH, LOW; UNKNOWN where missing
    earlier: Mapping[str, str] = field(default_factory=dict)  # Agency.id → arm; "" in a campaign without arms


NOTHING = DrawFacts()


def quality_of(level: int | None) -> str:
    """Return the quality of a portal whose Q&A section has this level (None: not known).

    >>> quality_of(5), quality_of(0), quality_of(None)
    ('high', 'low', 'unknown')
    """
    if level is None:
        return UNKNOWN
    return HIGH if level >= HIGH_LEVEL else LOW


def assign(protocol: Protocol, agencies: Sequence[Agency], known: DrawFacts = NOTHING) -> dict[str, Allotment]:
    """Return Agency.id → its place. It depends on the set of agencies, not on their order.

    Within every block, within every value of its first part, and over all, the numbers of provinces in the two arms
    differ by one at most. In the second of two paired waves an agency is in the other arm than before, and only those
    that were not asked before are drawn. Raises ProtocolError if the earlier wave had other arms.
    """
    blocks = {agency.id: _block(protocol, agency, known) for agency in agencies}
    arms = _arms(protocol, agencies, blocks, known.earlier) if protocol.arms else {}
    return {agency.id: Allotment(BETWEEN.join(blocks[agency.id]), arms.get(agency.id, "")) for agency in agencies}


def sha256_of(rows: Iterable[Mapping[str, Any]]) -> str:
    """Return the SHA-256 of an assignment: sorted lines of agency, block, arm and position, separated by tabs."""
    lines = sorted("\t".join(str(row[key]) for key in ("agency", "block", "arm", "position")) for row in rows)
    return hashlib.sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()


def _block(protocol: Protocol, agency: Agency, known: DrawFacts) -> tuple[str, ...]:
    values = {
        "region": agency.pobi_region or agency.region or UNKNOWN,
        "quality": known.quality.get(agency.province, UNKNOWN),
    }
    return tuple(values[name] for name in protocol.blocks)


def _arms(
    protocol: Protocol, agencies: Sequence[Agency], blocks: Mapping[str, tuple[str, ...]], earlier: Mapping[str, str]
) -> dict[str, str]:
    """Return Agency.id → arm: swapped for agencies of the earlier wave, drawn for all others."""
    provinces: dict[str, list[str]] = {}
    for agency in sorted(agencies, key=lambda a: a.id):
        provinces.setdefault(agency.province or agency.id, []).append(agency.id)
    names = protocol.arm_names
    before = _before(protocol, provinces, earlier, names)
    drawn = draw_arms(protocol.seed, {p: blocks[ids[0]] for p, ids in provinces.items() if p not in before}, names)
    swapped = {province: names[1 - names.index(arm)] for province, arm in before.items()}
    return {agency: (drawn | swapped)[province] for province, ids in provinces.items() for agency in ids}


def draw_arms(seed: int, provinces: Mapping[str, tuple[str, ...]], names: Sequence[str]) -> dict[str, str]:
    """Return province → arm, one of the two `names`; `provinces` is province → block.

    Blocks are put in a drawn order, provinces in a drawn order inside their block, and arms alternate along this list.
    Because they alternate across the ends of blocks too, blocks of odd size balance each other.
    """

    def place(province: str) -> list[float]:
        block = provinces[province]
        outer = [fraction(seed, "block", *block[: n + 1]) for n in range(len(block))]
        return [*outer, fraction(seed, "arm", province)]

    first = int(2 * fraction(seed, "first arm"))
    ordered = sorted(provinces, key=lambda province: (place(province), province))
    return {province: names[(first + turn) % 2] for turn, province in enumerate(ordered)}


def _before(
    protocol: Protocol, provinces: Mapping[str, list[str]], earlier: Mapping[str, str], names: Sequence[str]
) -> dict[str, str]:
    """Return province → arm of the earlier wave, for provinces that were in it. Raises ProtocolError."""
    if other := sorted(set(earlier.values()) - set(names)):
        had = ", ".join(filter(None, other)) or "no arms"
        raise ProtocolError(
            f"pairs_with: {protocol.pairs_with} had {had}, and this protocol has {', '.join(names)}; a pair of waves "
            "swaps the same two arms"
        )
    return {
        province: next(earlier[agency] for agency in ids if agency in earlier)
        for province, ids in provinces.items()
        if any(agency in earlier for agency in ids)
    }


@dataclass(frozen=True, slots=True)
class Draw:
    """The inputs of a draw of arms; all are published, so that a reader of results.db can repeat it.

    In the second of two paired waves `earlier` is the draw of the first. `again` are the provinces of the first wave:
    they get the other arm.
    """

    seed: int
    names: tuple[str, str]
    blocks: Mapping[str, tuple[str, ...]]  # province → its block
    earlier: "Draw | None" = None
    again: frozenset[str] = frozenset()


def replay(drawn: Draw) -> dict[str, str]:
    """Repeat a draw and return province → arm, as `assign` drew it.

    >>> replay(Draw(1, ("a", "b"), {"ca-mau": ("south",), "bac-lieu": ("south",)})).keys() == {"ca-mau", "bac-lieu"}
    True
    """
    first, second = drawn.names
    before = replay(drawn.earlier) if drawn.earlier else {}
    swapped = {
        province: second if before[province] == first else first
        for province in drawn.again & drawn.blocks.keys() & before.keys()
    }
    new = {province: block for province, block in drawn.blocks.items() if province not in swapped}
    return draw_arms(drawn.seed, new, drawn.names) | swapped


def reseeded(drawn: Draw, number: int) -> Draw:
    """Return the draw with another seed, made from `number` and the same on every machine; the earlier wave's too."""
    return replace(
        drawn,
        seed=int.from_bytes(draw(drawn.seed, "replay", str(number))[:8], "big"),
        earlier=reseeded(drawn.earlier, number) if drawn.earlier else None,
    )


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
    place: Allotment


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


def drawn(protocol: Protocol, agencies: Sequence[Agency], study: Study, places: Mapping[str, Allotment]) -> list[Drawn]:
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
    known: DrawFacts = NOTHING,
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
