"""The tile-grid maps: the provinces of a frame, and the units that later took over from them."""

from collections.abc import Mapping, Sequence

from prober.reporting.html.cards import request_group
from prober.reporting.html.tiles import TileMap, tile_map
from prober.reporting.statistics.merged_units import RULES, merged
from prober.reporting.tables import indicators as figures
from prober.reporting.words import labels
from prober.reporting.words.labels import Text
from prober.store.reading.queries import Row

PORTAL = Text("Cổng thông tin: Hỏi đáp và thư điện tử", "Portal: Q&A section and contact email")
FINANCE = Text("Sở Tài chính: đã làm gì với yêu cầu", "Department of Finance: what it did")
ANSWERED = Text("Sở Tài chính có trả lời", "Department of Finance answered")
BY_RULE = {
    "any": Text("ít nhất một trong các tỉnh được nhập", "at least one of the merged provinces"),
    "all": Text("mọi tỉnh được nhập", "all of the merged provinces"),
}


def of_provinces(provinces: Sequence[Row], asked: bool) -> list[TileMap]:
    """The map of portals and, where a campaign `asked`, of finance departments, from rows of `participation`."""
    maps = [tile_map("portal", PORTAL, provinces, labels.STATES, lambda row: str(row["qa_and_email"]))]
    if asked:
        maps.append(tile_map("finance", FINANCE, provinces, labels.GROUPS, request_group))
    return [tiles for tiles in maps if tiles]


def of_units(
    provinces: Sequence[Row], successors: Mapping[str, str], units: Sequence[Row], asked: bool
) -> list[TileMap]:
    """The same results drawn as the units (rows of `agency`) that took over, once for each rule of merging.

    `successors`: portal → portal of the unit. Empty where nothing took over from these provinces.
    """
    indicators = [("qa_and_email", PORTAL), *([("replied", ANSWERED)] if asked else [])]
    maps = [
        _units(
            f"{indicator}-{rule}", _both(title, BY_RULE[rule]), units, _merged(provinces, successors, indicator, rule)
        )
        for indicator, title in indicators
        for rule in RULES
    ]
    return [tiles for tiles in maps if tiles]


def _merged(provinces: Sequence[Row], successors: Mapping[str, str], indicator: str, rule: str) -> Mapping[str, str]:
    states = {portal: state for portal, state in figures.states(provinces, indicator).items() if portal in successors}
    return merged(states, {portal: successors[portal] for portal in states}, rule)


def _units(name: str, title: Text, units: Sequence[Row], states: Mapping[str, str]) -> TileMap | None:
    drawn = [unit for unit in units if unit["id"] in states]
    return tile_map(name, title, drawn, labels.STATES, lambda unit: states[unit["id"]])


def _both(title: Text, rule: Text) -> Text:
    return Text(f"{title.vi}: {rule.vi}", f"{title.en}: {rule.en}")
