"""A campaign with two arms, and the published rows of its draw."""

from dataclasses import replace
from typing import Any

from prober.campaign.protocol import Protocol, parse
from prober.campaign.wave import DrawFacts, assign
from tests.pobi import POBI, agencies

FINANCE = list(agencies("2019", "finance"))
ARMS = '\n[[arm]]\nname = "law"\nabout = "x"\n\n[[arm]]\nname = "plain"\nabout = "y"\nlaw_cited = false\n'
TEXT = POBI.protocol
TWO = replace(parse(TEXT + ARMS, "two.toml"), blocks=("region", "quality"))
QUALITY = {agency.province: ("high", "low", "not_seen")[place % 3] for place, agency in enumerate(FINANCE)}


def drawn(protocol: Protocol, known: DrawFacts) -> tuple[dict[str, str], list[dict[str, Any]]]:
    """Agency.id → arm by the real assignment, and the rows of it that are published."""
    places = assign(protocol, FINANCE, known)
    ordered = sorted(FINANCE, key=lambda agency: agency.id)
    rows = [{"province": a.province, "block": places[a.id].block, "accepted_at": "2020"} for a in ordered]
    return {agency: place.arm for agency, place in places.items()}, rows
