"""Put the words of scanned pages in lines, and recognise tables by words that stand in columns."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from msgspec import Struct

GAP = 1.6  # heights of a line between two words that belong to two columns
APART = 3  # heights of a line between two rows that are no longer of one table
LEAST_ROWS = 3
LEAST_COLUMNS = 3  # the letterhead has two; so has a table whose last column are numbers


class Word(Struct, array_like=True):
    """Hold a word as tesseract found it: where, in pixels, and how sure it is, in percent."""

    page: int
    block: int
    paragraph: int
    line: int
    left: int
    top: int
    width: int
    height: int
    confidence: float
    text: str


@dataclass(frozen=True, slots=True)
class Piece:
    """Hold words that stand together: a line, or what one column has of it."""

    words: tuple[Word, ...]

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)

    @property
    def left(self) -> int:
        return self.words[0].left

    @property
    def right(self) -> int:
        return max(word.left + word.width for word in self.words)

    @property
    def top(self) -> float:
        return min(word.top for word in self.words)

    @property
    def bottom(self) -> float:
        return max(word.top + word.height for word in self.words)


Row = list[Piece]


@dataclass(frozen=True, slots=True)
class Layout:
    """Hold the text of pages, and the rows and columns of each table in it."""

    text: str
    tables: tuple[tuple[int, int], ...]


def laid_out(words: Sequence[Word]) -> Layout:
    """Return lines with a blank line between two blocks; the rows of a table are lines with tabs."""
    text: list[str] = []
    tables: list[tuple[int, int]] = []
    for _, on_page in groupby(words, key=lambda word: word.page):
        lines = [tuple(line) for _, line in groupby(on_page, key=lambda word: (word.block, word.paragraph, word.line))]
        found = list(_tables([piece for line in lines for piece in _pieces(line)]))
        table_of = {word_key(piece.words[0]): n for n, table in enumerate(found) for row in table for piece in row}
        block, written = None, set()
        for line in lines:
            number = next((table_of[word_key(w)] for w in line if word_key(w) in table_of), None)
            if text and block != line[0].block and (number is None or number not in written):
                text.append("")
            block = line[0].block
            if number is None:
                text.append(" ".join(word.text for word in line))
            elif number not in written:
                written.add(number)
                text += ["\t".join(piece.text for piece in row) for row in found[number]]
        tables += [(len(table), max(map(len, table))) for table in found]
    return Layout("\n".join(text), tuple(tables))


def word_key(word: Word) -> tuple[int, int]:
    return word.left, word.top


def _pieces(line: Sequence[Word]) -> Iterator[Piece]:
    """Yield a line cut where a gap is too wide for a blank."""
    height = sorted(word.height for word in line)[len(line) // 2]
    piece = [line[0]]
    for word in line[1:]:
        if word.left - (piece[-1].left + piece[-1].width) > GAP * height:
            yield Piece(tuple(piece))
            piece = []
        piece.append(word)
    yield Piece(tuple(piece))


def _tables(pieces: Sequence[Piece]) -> Iterator[list[Row]]:
    """Yield runs of rows whose pieces stand in columns."""
    run: list[Row] = []
    for row in _rows(pieces):
        if len(row) > 1 and (not run or _aligned(run[-1], row)):
            run.append(row)
            continue
        if _is_table(run):
            yield run
        run = [row] if len(row) > 1 else []
    if _is_table(run):
        yield run


def _rows(pieces: Sequence[Piece]) -> list[Row]:
    """Return the pieces that stand beside each other, from the top of the page, each row from the left."""
    rows: list[Row] = []
    for piece in sorted(pieces, key=lambda piece: piece.top + piece.bottom):
        last = rows[-1][-1] if rows else None
        if last and min(last.bottom, piece.bottom) - max(last.top, piece.top) > _half(last, piece):
            rows[-1].append(piece)
        else:
            rows.append([piece])
    return [sorted(row, key=lambda piece: piece.left) for row in rows]


def _half(one: Piece, other: Piece) -> float:
    return min(one.bottom - one.top, other.bottom - other.top) / 2


def _aligned(above: Row, below: Row) -> bool:
    """Return True if two pieces of one row stand close under pieces of the other."""
    if below[0].top - above[0].bottom > APART * (above[0].bottom - above[0].top):
        return False
    under = sum(any(upper.left < lower.right and lower.left < upper.right for upper in above) for lower in below)
    return under >= 2


def _is_table(rows: list[Row]) -> bool:
    if len(rows) < LEAST_ROWS:
        return False
    wide = sum(len(row) >= LEAST_COLUMNS for row in rows)
    numbers = sum(row[-1].text[-1:].isdigit() and len(row[-1].words) == 1 for row in rows)
    return wide >= LEAST_ROWS or numbers >= LEAST_ROWS
