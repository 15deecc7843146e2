"""The draw of a campaign, done again: with its own seed to check it, with other seeds to see what might have been.

Needs only what is published (seed, arms, blocks), so a reader of results.db can do it too.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from prober.campaign.design.assignment import draw_arms
from prober.campaign.letters.tokens import draw


@dataclass(frozen=True, slots=True)
class Draw:
    """What a draw depends on. In the second of two paired waves `earlier` is the draw of the first.

    `again` are the provinces that the first wave reached: they are in the arm in which they were not.
    """

    seed: int
    names: tuple[str, str]
    blocks: Mapping[str, tuple[str, ...]]  # province → its block
    earlier: "Draw | None" = None
    again: frozenset[str] = frozenset()


def replay(drawn: Draw) -> dict[str, str]:
    """Province → arm, as `prober.campaign.design.assignment.assign` drew it.

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


def other(drawn: Draw, number: int) -> Draw:
    """The same draw with another seed: `number` gives the same one on every machine; paired waves are drawn anew."""
    return replace(
        drawn,
        seed=int.from_bytes(draw(drawn.seed, "replay", str(number))[:8], "big"),
        earlier=other(drawn.earlier, number) if drawn.earlier else None,
    )
