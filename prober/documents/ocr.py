"""Recognise the text in pictures of pages, with tesseract, which runs with poppler and Pillow as a program of its own.

Its words are put in lines, and tables are recognised by words that stand in columns. Recognised text is a guess with a
confidence. It may support a proposal; it decides nothing (docs/method.md).
"""

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from babel.core import get_global
from msgspec import Struct

from prober.documents import isolation
from prober.documents.isolation import Limits
from prober.documents.media_types import PDF
from prober.documents.notes import note
from prober.documents.readers import MAX_BYTES, MAX_TEXT

MEMORY = 1 << 30
WRITTEN = 64 << 20  # bytes of one file that is written: a page in grey has 9 MB
SECONDS = 90.0  # for one file: six pages take 10 to 20
PROGRAMS = {"tesseract": "tesseract-ocr", "pdftoppm": "poppler-utils"}  # program → its Debian package
# Languages that tesseract reads, by its own names: ISO 639-2/T, with the script where a language has several.
_LANGUAGES = """afr amh ara asm aze aze_cyrl bel ben bod bos bre bul cat ceb ces chi_sim chi_tra chr cos cym dan deu div
dzo ell eng epo est eus fao fas fil fin fra fry gla gle glg guj hat heb hin hrv hun hye iku ind isl ita jav jpn kan kat
kaz khm kir kmr kor lao lat lav lit ltz mal mar mkd mlt mon mri msa mya nep nld nor oci ori pan pol por pus que ron rus
san sin slk slv snd spa sqi srp srp_latn sun swa swe syr tam tat tel tgk tha tir ton tur uig ukr urd uzb uzb_cyrl vie
yid yor"""
_ANY = "eng"  # for a language that it does not read: English letters are those of many
RECOGNISABLE = frozenset({PDF, "image/jpeg", "image/png", "image/tiff", "image/gif", "image/webp", "image/bmp"})
SUREST = 0.99  # confidence of a guess; what is no guess has 1
GAP = 1.6  # heights of a line between two words that belong to two columns
APART = 3  # heights of a line between two rows that are no longer of one table
LEAST_ROWS = 3
LEAST_COLUMNS = 3  # the letterhead has two; so has a table whose last column are numbers


@dataclass(frozen=True, slots=True)
class Recognised:
    """The text recognised in a picture. `confidence` is tesseract's own, 0 to 1, the mean over the words."""

    text: str = ""
    confidence: float = 0.0
    pages: int = 0  # pages read, of `of_pages`
    of_pages: int = 0
    fault: str = ""  # code of the reason why nothing was read


class OcrWord(Struct, array_like=True):
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


class Read(Struct):
    """Hold what prober.documents.reader_program gives."""

    words: list[OcrWord]
    pages: int
    of_pages: int


def read_as(languages: Sequence[str]) -> list[str]:
    """Return the names that tesseract has for the languages of a study, in their order.

    >>> read_as(["vi", "en"]), read_as(["sr", "fil"]), read_as(["tlh"])
    (['vie', 'eng'], ['srp', 'srp_latn', 'fil'], ['eng'])
    """
    longer = get_global("language_aliases")  # three letters → two; of several for one language tesseract has one
    named = ({code, *(long for long, short in longer.items() if short == code)} for code in languages)
    return [name for codes in named for name in _LANGUAGES.split() if name.partition("_")[0] in codes] or [_ANY]


def missing(languages: Sequence[str]) -> list[str]:
    """Return the missing Debian packages; [] where scans in `languages`, of a study, can be read."""
    absent = [package for program, package in PROGRAMS.items() if shutil.which(program) is None]
    known = set() if "tesseract-ocr" in absent else _installed()
    return absent + [f"tesseract-ocr-{name.replace('_', '-')}" for name in read_as(languages) if name not in known]


def _installed() -> set[str]:
    try:
        done = subprocess.run(["tesseract", "--list-langs"], capture_output=True, text=True, timeout=15, check=True)
    except (OSError, subprocess.SubprocessError):
        return set()
    return set(done.stdout.split())


def recognise(data: bytes, media_type: str, languages: Sequence[str], seconds: float = SECONDS) -> Recognised:
    """Return the text in the picture(s) `data`, written in `languages`; `fault` says why nothing could be read."""
    if media_type not in RECOGNISABLE:
        return Recognised(fault="no_picture")
    if len(data) > MAX_BYTES:
        return Recognised(fault="too_large")
    limits = Limits(seconds, seconds, MEMORY, WRITTEN)
    read, fault = isolation.attempt(
        "scan", data, limits, Read, "pdf" if media_type == PDF else "picture", *read_as(languages)
    )
    if read is None:
        return Recognised(fault=fault)
    return _of_words(read) if read.words else Recognised(fault="no_words", of_pages=read.of_pages)


def _of_words(read: Read) -> Recognised:
    """Return the text of the words, with a note on each table."""
    layout = laid_out(read.words)
    tables = [note("table", str(rows), str(columns)) for rows, columns in layout.tables]
    # Weighted by length: a long word tells more about the page than a bar or a speck that was read as a letter.
    sure = sum(word.confidence * len(word.text) for word in read.words) / sum(len(word.text) for word in read.words)
    text = "\n".join([layout.text[:MAX_TEXT], *tables])
    return Recognised(text, min(round(sure / 100, 3), SUREST), read.pages, read.of_pages)


@dataclass(frozen=True, slots=True)
class Piece:
    """Hold words that stand together: a line, or what one column has of it."""

    words: tuple[OcrWord, ...]

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


def laid_out(words: Sequence[OcrWord]) -> Layout:
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


def word_key(word: OcrWord) -> tuple[int, int]:
    return word.left, word.top


def _pieces(line: Sequence[OcrWord]) -> Iterator[Piece]:
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
