"""Assign agencies to blocks and arms, by the seed alone, so that anybody can repeat the draw with the same result.

Arms are drawn by province, never by agency: offices of one province talk to each other, so they never get different
letters in one wave.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from prober.campaign.letters.tokens import draw, fraction
from prober.campaign.protocol.model import Protocol
from prober.domain.agency import Agency
from prober.errors import ProtocolError

HIGH, LOW, UNKNOWN = "high", "low", "unknown"
HIGH_LEVEL = 4  # a form for questions and published answers (docs/method.md): questions are answered there
BETWEEN = " · "


@dataclass(frozen=True, slots=True)
class Known:
    """Facts known before the draw: the quality of each province's portal, and each agency's arm in the earlier wave."""

    quality: Mapping[str, str] = field(default_factory=dict)  # slug of the province → HIGH, LOW; UNKNOWN where missing
    earlier: Mapping[str, str] = field(default_factory=dict)  # Agency.id → arm; "" in a campaign without arms


@dataclass(frozen=True, slots=True)
class Place:
    """Block and arm of one agency; the arm is "" in a campaign without arms."""

    block: str
    arm: str


NOTHING = Known()


def quality_of(level: int | None) -> str:
    """Return the quality of a portal whose Q&A section has this level (None: not known).

    >>> quality_of(5), quality_of(0), quality_of(None)
    ('high', 'low', 'unknown')
    """
    if level is None:
        return UNKNOWN
    return HIGH if level >= HIGH_LEVEL else LOW


def assign(protocol: Protocol, agencies: Sequence[Agency], known: Known = NOTHING) -> dict[str, Place]:
    """Return Agency.id → its place. It depends on the set of agencies, not on their order.

    Within every block, within every value of its first part, and over all, the numbers of provinces in the two arms
    differ by one at most. In the second of two paired waves an agency is in the other arm than before, and only those
    that were not asked before are drawn. Raises ProtocolError if the earlier wave had other arms.
    """
    blocks = {agency.id: _block(protocol, agency, known) for agency in agencies}
    arms = _arms(protocol, agencies, blocks, known.earlier) if protocol.arms else {}
    return {agency.id: Place(BETWEEN.join(blocks[agency.id]), arms.get(agency.id, "")) for agency in agencies}


def sha256_of(rows: Iterable[Mapping[str, Any]]) -> str:
    """Return the SHA-256 of an assignment: sorted lines of agency, block, arm and position, separated by tabs."""
    lines = sorted("\t".join(str(row[key]) for key in ("agency", "block", "arm", "position")) for row in rows)
    return hashlib.sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()


def _block(protocol: Protocol, agency: Agency, known: Known) -> tuple[str, ...]:
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
