"""Lay out tile-grid maps: one square per province, so that a small province weighs as much as a large one.

There is a map of the provinces of a frame, and one of the units that later took over from them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from prober.reporting.html.cards import request_group
from prober.reporting.statistics.merged_units import merged
from prober.reporting.tables import indicators as figures
from prober.reporting.words import formats, labels
from prober.reporting.words.labels import Text
from prober.store.reading.queries import Row

OFFERS = Text("{}: Hỏi đáp và thư điện tử", "{}: Q&A section and contact email")  # a site
DID = Text("{}: đã làm gì với yêu cầu", "{}: what it did")  # an office that was asked
ANSWERED = Text("{} có trả lời", "{} answered")
OF_PARTS = Text("{}, ít nhất một trong các đơn vị được nhập", "{}, at least one of those merged")
LEVEL = Text("{}: mức của chuyên mục Hỏi đáp", "{}: level of the Q&A section")
CHANGES = Text("{}: thay đổi giữa các đợt quét", "{}: changes between scans")
HIGHEST = Text("{}, cao nhất trong các đơn vị được nhập", "{}, the highest of those merged")
NOT_TOLD = ("undelivered", "unasked")  # groups of which nobody knows what the office would have done
NOTHING = Text("", "")
WIDTH, HEIGHT, GAP = 60, 56, 4
LINE = 13
LONGEST_LINE = 7


@dataclass(frozen=True, slots=True)
class Tile:
    """The tile of one province at (x, y), upper left. `state` is the class that sets its colour, pattern and mark.

    `detail` is what distinguishes tiles of one state: the level of a section, the hours to a message.
    """

    x: int
    y: int
    lines: tuple[tuple[float, str], ...]  # baseline, words
    state: str
    title: Text
    province: str
    detail: Text


@dataclass(frozen=True, slots=True)
class TileMap:
    """A map ready to be drawn; `legend` lists the states that occur, with their number of tiles."""

    name: str
    title: Text
    tiles: tuple[Tile, ...]
    width: int
    height: int
    legend: tuple[tuple[str, Text, int], ...]


def tile_map(
    name: str,
    title: Text,
    rows: Sequence[Row],
    legend: dict[str, Text],
    state: Callable[[Row], str],
    detail: Callable[[Row], Text] = lambda row: NOTHING,
) -> TileMap | None:
    """Return the map of `rows` of the view `participation`; None where no row has a place on the grid."""
    placed = [row for row in rows if row["grid_row"] is not None and row["grid_col"] is not None]
    if not placed:
        return None
    top, left = min(row["grid_row"] for row in placed), min(row["grid_col"] for row in placed)
    tiles = tuple(
        _tile(row, state(row), legend, row["grid_row"] - top, row["grid_col"] - left, detail(row)) for row in placed
    )
    counts = [(key, text, sum(tile.state == key for tile in tiles)) for key, text in legend.items()]
    return TileMap(
        name,
        title,
        tiles,
        width=max(tile.x for tile in tiles) + WIDTH,
        height=max(tile.y for tile in tiles) + HEIGHT,
        legend=tuple(entry for entry in counts if entry[2]),
    )


def _tile(row: Row, state: str, legend: dict[str, Text], grid_row: int, grid_col: int, detail: Text) -> Tile:
    words = wrap(row["province_vi"])
    first = HEIGHT / 2 + 9 - (len(words) - 1) * LINE / 2
    text = legend[state]
    return Tile(
        x=grid_col * (WIDTH + GAP),
        y=grid_row * (HEIGHT + GAP),
        lines=tuple((first + LINE * index, line) for index, line in enumerate(words)),
        state=state,
        title=Text(
            f"{row['province_vi']}: {text.vi}{detail.vi and f', {detail.vi}'}",
            f"{row['province_en']}: {text.en}{detail.en and f', {detail.en}'}",
        ),
        province=row["province"],
        detail=detail,
    )


def level(row: Row) -> Text:
    """Return the level of the Q&A section of a row of `participation`."""
    found = row["qa_level"]
    return Text(f"mức {found}", f"level {found}") if row["has_qa"] == "found" and found is not None else NOTHING


def waited(row: Row) -> Text:
    """Return the hours to the answer of a row of `participation`, or to the first message that a person wrote."""
    found = row["first_human_reply_hours"] if row["first_answer_hours"] is None else row["first_answer_hours"]
    return NOTHING if found is None else Text(formats.whole_hours(found, "vi"), formats.whole_hours(found, "en"))


def wrap(name: str) -> list[str]:
    """Return a name broken at spaces to fit a tile.

    >>> wrap("Hà Nội"), wrap("Thừa Thiên Huế"), wrap("Bà Rịa - Vũng Tàu")
    (['Hà Nội'], ['Thừa', 'Thiên', 'Huế'], ['Bà Rịa', 'Vũng', 'Tàu'])
    """
    lines: list[str] = []
    for word in name.replace(" - ", " ").replace("–", " ").split():
        if lines and len(lines[-1]) + 1 + len(word) <= LONGEST_LINE:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def of_provinces(provinces: Sequence[Row], asked: bool, unit: labels.Units) -> list[TileMap]:
    """Return the map of sites and, where a campaign `asked`, of the offices, from rows of `participation`."""
    offers = _of(OFFERS, unit.site)
    maps = [tile_map("portal", offers, provinces, labels.STATES, lambda row: str(row["qa_and_email"]), level)]
    if asked:
        maps.append(tile_map("finance", _of(DID, unit.asked), provinces, labels.GROUPS, request_group, waited))
    return [tiles for tiles in maps if tiles]


def of_levels(provinces: Sequence[Row], unit: labels.Units) -> TileMap | None:
    """Return the map of sites by the level of their Q&A section, from rows of `participation`."""
    return tile_map("levels", _of(LEVEL, unit.site), provinces, labels.BY_LEVEL, _level_state, level)


def of_changes(provinces: Sequence[Row], changed: Mapping[str, int], unit: labels.Units) -> TileMap | None:
    """Return the map of sites that changed; `changed`: portal → number of changes between scans."""

    def state(row: Row) -> str:
        return "changed" if row["portal"] in changed else "same" if row["portal_seen"] == "seen" else "not_seen"

    def detail(row: Row) -> Text:
        count = changed.get(row["portal"], 0)
        return Text(f"{count} lần", f"{count} ×") if count else NOTHING

    return tile_map("changes", _of(CHANGES, unit.site), provinces, labels.CHANGED, state, detail)


def _level_state(row: Row) -> str:
    """Return the level of a row of `participation`; what has no section has level 0."""
    if row["has_qa"] == "not_seen":
        return "not_seen"
    return f"level-{row['qa_level'] or 0}" if row["has_qa"] == "found" else "level-0"


def levels_of_units(provinces: Sequence[Row], successors: Mapping[str, str]) -> dict[str, str]:
    """Return unit → state of labels.BY_LEVEL: the highest level of its parts.

    A part that was not seen leaves the unit not seen where it could change that.
    """
    parts: dict[str, set[str]] = {}
    for row in provinces:
        if row["portal"] in successors:
            parts.setdefault(successors[row["portal"]], set()).add(_level_state(row))
    best = max(labels.BY_LEVEL.keys() - {"not_seen"})
    highest = {unit: max(states - {"not_seen"}, default="not_seen") for unit, states in parts.items()}
    return {
        unit: level if level == best or "not_seen" not in parts[unit] else "not_seen" for unit, level in highest.items()
    }


def of_units(
    provinces: Sequence[Row], successors: Mapping[str, str], units: Sequence[Row], asked: bool, unit: labels.Units
) -> list[TileMap]:
    """Return maps of the same results by the units (rows of `agency`) that took over, as `merged` has them.

    `successors`: portal → portal of the unit. Empty where no unit took over from these provinces.
    """
    drawn = [
        (
            "qa_and_email",
            _of(OF_PARTS, _of(OFFERS, unit.site)),
            _merged(provinces, successors, "qa_and_email"),
            labels.STATES,
        ),
        ("levels", _of(HIGHEST, _of(LEVEL, unit.site)), levels_of_units(provinces, successors), labels.BY_LEVEL),
    ]
    if asked:
        answered = _of(OF_PARTS, _of(ANSWERED, unit.asked))
        drawn.append(("replied", answered, _merged_groups(provinces, successors), labels.GROUPS))
    maps = (_units(name, title, units, states, legend) for name, title, states, legend in drawn)
    return [tiles for tiles in maps if tiles]


def _merged(provinces: Sequence[Row], successors: Mapping[str, str], indicator: str) -> Mapping[str, str]:
    states = {portal: state for portal, state in figures.states(provinces, indicator).items() if portal in successors}
    return merged(states, {portal: successors[portal] for portal in states})


def _merged_groups(provinces: Sequence[Row], successors: Mapping[str, str]) -> Mapping[str, str]:
    """Return unit → group of labels.GROUPS, so that the same colour says the same as on the map of provinces.

    A unit without an answer shows what came nearest to one in its parts.
    """
    parts: dict[str, set[str]] = {}
    for row in provinces:
        if row["portal"] in successors:
            parts.setdefault(successors[row["portal"]], set()).add(request_group(row))
    shown = {}
    for unit, state in _merged(provinces, successors, "replied").items():
        there = [group for group in labels.GROUPS if group in parts[unit]]  # from an answer downwards
        told = [group for group in there if group not in ("answered", *NOT_TOLD)]
        if state == "found":
            shown[unit] = "answered"
        elif state == "not_found" and told:
            shown[unit] = told[0]
        else:
            shown[unit] = next((group for group in there if group in NOT_TOLD), NOT_TOLD[0])
    return shown


def _units(
    name: str, title: Text, units: Sequence[Row], states: Mapping[str, str], legend: dict[str, Text]
) -> TileMap | None:
    drawn = [unit for unit in units if unit["id"] in states]
    return tile_map(name, title, drawn, legend, lambda unit: states[unit["id"]])


def _of(title: Text, what: Text) -> Text:
    return Text(title.vi.format(what.vi), title.en.format(what.en))
