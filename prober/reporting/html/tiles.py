"""The tile-grid map: one square per province, so that a small province weighs as much as a large one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from prober.reporting.words.labels import Text
from prober.store.reading.queries import Row

WIDTH, HEIGHT, GAP = 60, 56, 4
LINE = 13
LONGEST_LINE = 7


@dataclass(frozen=True, slots=True)
class Tile:
    """One province at (x, y), upper left. `state` is the class that gives its colour, its pattern and its mark."""

    x: int
    y: int
    lines: tuple[tuple[float, str], ...]  # baseline, words
    state: str
    title: str
    province: str


@dataclass(frozen=True, slots=True)
class TileMap:
    """A map ready to be drawn; `legend` has the states that occur, with how many tiles each."""

    name: str
    title: Text
    tiles: tuple[Tile, ...]
    width: int
    height: int
    legend: tuple[tuple[str, Text, int], ...]


def tile_map(
    name: str, title: Text, rows: Sequence[Row], legend: dict[str, Text], state: Callable[[Row], str]
) -> TileMap | None:
    """The map of `rows` of the view `participation`; None where no row has a place on the grid."""
    placed = [row for row in rows if row["grid_row"] is not None and row["grid_col"] is not None]
    if not placed:
        return None
    top, left = min(row["grid_row"] for row in placed), min(row["grid_col"] for row in placed)
    tiles = tuple(_tile(row, state(row), legend, row["grid_row"] - top, row["grid_col"] - left) for row in placed)
    counts = [(key, text, sum(tile.state == key for tile in tiles)) for key, text in legend.items()]
    return TileMap(
        name,
        title,
        tiles,
        width=max(tile.x for tile in tiles) + WIDTH,
        height=max(tile.y for tile in tiles) + HEIGHT,
        legend=tuple(entry for entry in counts if entry[2]),
    )


def _tile(row: Row, state: str, legend: dict[str, Text], grid_row: int, grid_col: int) -> Tile:
    words = wrap(row["province_vi"])
    first = HEIGHT / 2 + 8 - (len(words) - 1) * LINE / 2
    text = legend[state]
    return Tile(
        x=grid_col * (WIDTH + GAP),
        y=grid_row * (HEIGHT + GAP),
        lines=tuple((first + LINE * index, line) for index, line in enumerate(words)),
        state=state,
        title=f"{row['province_vi']}: {text.vi} / {text.en}",
        province=row["province"],
    )


def wrap(name: str) -> list[str]:
    """A name broken to fit a tile, at spaces only.

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
