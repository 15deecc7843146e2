"""Read a user's own file of agencies row by row, with every reason why a row cannot be used.

The columns are the fields of Agency, the same as those of the files that come with the prober; docs/configuration.md
lists them. `frame` may be given for the whole file instead, and the province columns default to the agency itself, so
that `slug,kind,name_en,url` is enough for a list of ministries or councils.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Collection, Container, Iterator, Mapping
from dataclasses import dataclass, field, make_dataclass
from datetime import date, datetime
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field

from prober.domain.agency import FIELDS, Agency, Succession
from prober.domain.visit import floors
from prober.errors import RegistryError
from prober.text.patterns import linear
from prober.validation import checked, must_be, one_of

SUCCESSION = ("predecessor", "successor", "effective_date")
_BESIDE = ("holds_seat", "source")  # columns that a file of successions may have too
REQUIRED = ("slug", "kind", "url")
NAMES = ("name", "name_vi", "name_en")  # one of them at least; `name` is in the language of the list
MAX_BYTES = 20_000_000
MAX_CELL = 2_000

_SLUG = linear(r"[a-z0-9]+(-[a-z0-9]+)*")
_FRAME = linear(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
_BLANK = linear(r"\s")
_HOST = linear(r"(?:(?!-)[a-z0-9-]+(?<!-)\.)+[0-9-]*[a-z][a-z0-9-]*", re.IGNORECASE)
_EMAIL = linear(r"[A-Za-z0-9._%+-]{1,64}@(?P<host>[A-Za-z0-9.-]{1,255})")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def url_problem(url: str) -> str:
    """Return why `url` cannot be the address of an agency's site, or "".

    >>> url_problem("https://camau.gov.vn/tin-tuc"), url_problem("camau.gov.vn")
    ('', 'must begin with https:// or http://')
    """
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname or ""
        host = host.encode("idna").decode("ascii")
    except ValueError as error:
        return f"is not an address: {error}"
    if parts.scheme not in ("http", "https"):
        return "must begin with https:// or http://"
    if "@" in parts.netloc:
        return "must not carry a user name or password"
    if not _HOST.fullmatch(host) or port == 0 or len(host) > 253:
        return "must name a public host, such as camau.gov.vn"
    return "must not hold blanks" if _BLANK.search(url) else ""


def _cell(value: str) -> str:
    """Check that no spreadsheet would run a cell as a formula, that it is one line and of a sensible length."""
    if value.startswith(_FORMULA):
        raise ValueError(f"starts with {value[0]!r}, which a spreadsheet runs as a formula")
    if any(unicodedata.category(character) == "Cc" for character in value):
        raise ValueError("holds a line break or control character")
    if len(value) > MAX_CELL:
        raise ValueError(f"has {len(value)} characters, more than {MAX_CELL}")
    return value


def _address(url: str) -> str:
    if why := url_problem(url):
        raise ValueError(f"{url!r} {why}")
    return url


def is_mail_address(value: str) -> bool:
    """Return True for one plain mail address."""
    match = _EMAIL.fullmatch(value)
    return bool(match and _HOST.fullmatch(match["host"]) and ".." not in value)


def _is_moment(value: str) -> bool:
    try:
        return bool(datetime.fromisoformat(value))
    except ValueError:
        return False


def _floors(value: str) -> str:
    floors(value)
    return value


Cell = Annotated[str, AfterValidator(_cell)]
Url = Annotated[Cell, AfterValidator(_address)]
Slug = Annotated[Cell, must_be(_SLUG.fullmatch, "lower-case letters, digits and single hyphens")]
Frame = Annotated[Cell, must_be(_FRAME.fullmatch, "a short name of letters, digits, dots and hyphens")]

# Column → check of a cell that is not empty; every other column holds one line of text.
COLUMNS: Mapping[str, Any] = dict.fromkeys((*FIELDS, "name"), Cell) | {
    "slug": Slug,
    "frame": Frame,
    "province": Slug,
    "url": Url,
    "alt_urls": Annotated[tuple[Url, ...], BeforeValidator(lambda cell: _cell(cell).split())],
    "lat": Annotated[float, Field(ge=-90, le=90)],
    "lon": Annotated[float, Field(ge=-180, le=180)],
    "grid_row": Annotated[int, Field(ge=0, le=999)],
    "grid_col": Annotated[int, Field(ge=0, le=999)],
    "url_confidence": Annotated[Cell, one_of("high", "medium", "low")],
    "request_email": Annotated[Cell, must_be(is_mail_address, "one plain mail address")],
    "request_email_reviewed_at": Annotated[Cell, must_be(_is_moment, "an ISO date or time, such as 2026-11-24")],
    "expects": Annotated[Cell, AfterValidator(_floors)],
}
_ROW = make_dataclass("Row", [(name, cell, field(default=None)) for name, cell in COLUMNS.items()])


@dataclass(frozen=True, slots=True)
class BadRow:
    """A line of the file (1 is the header) and one reason why it cannot be used."""

    line: int
    reason: str


def read(raw: bytes, frame: str = "") -> tuple[list[Agency], list[BadRow]]:
    """Return the usable agencies of a CSV file, and every problem of every other row.

    UTF-8 with or without byte order mark, or UTF-16 with one, as spreadsheets write; comma, semicolon or tab; NFC or
    not. `frame`, where given, must be that of every row. Raises RegistryError where the file as a whole cannot be read:
    other encoding, no header, a required column missing, an unknown one.
    """
    reader = csv.reader(io.StringIO(_text(raw), newline=""), delimiter=_delimiter(_text(raw)), strict=True)
    try:
        header = [name.strip().lower() for name in next(reader, [])]
        _check_header(header, frame)
        return _rows(reader, header, frame)
    except csv.Error as error:
        raise RegistryError(f"line {reader.line_num}: not valid CSV: {error}") from error


def is_of_successions(raw: bytes) -> bool:
    """Return True for a file that says who took over from whom: its header has a column `predecessor`."""
    header = _text(raw).partition("\n")[0].lower()
    return "predecessor" in (name.strip(' "\r') for name in header.split(_delimiter(header)))


def read_successions(
    raw: bytes, known: Container[str], listed: Collection[str] = ()
) -> tuple[list[Succession], list[BadRow]]:
    """Return the usable rows of a CSV file of successions, and every problem of every other row.

    `known` are ids of agencies, `listed` frames whose successions the study says. Raises RegistryError where the file
    as a whole cannot be read.
    """
    reader = csv.DictReader(io.StringIO(_text(raw), newline=""), delimiter=_delimiter(_text(raw)), strict=True)
    header = tuple(name.strip().lower() for name in reader.fieldnames or ())
    if set(header) - {*SUCCESSION, *_BESIDE} or not {"predecessor", "successor"} <= set(header):
        raise RegistryError(f"line 1: the columns of a file of successions are {', '.join(SUCCESSION)}")
    reader.fieldnames = list(header)
    good: list[Succession] = []
    bad: list[BadRow] = []
    try:
        for cells in reader:
            row = {name: (cells.get(name) or "").strip() for name in (*SUCCESSION, *_BESIDE)}
            reasons = [
                *_succession(row, known, listed),
                *([] if None not in cells else ["has more cells than the header"]),
            ]
            bad += [BadRow(reader.line_num, reason) for reason in reasons]
            if not reasons:
                predecessor, successor, day = (row[name] for name in SUCCESSION)
                good.append(Succession(predecessor, successor, day, row["holds_seat"] == "1"))
    except csv.Error as error:
        raise RegistryError(f"line {reader.line_num}: not valid CSV: {error}") from error
    return good, bad


def _succession(row: Mapping[str, str], known: Container[str], listed: Collection[str]) -> Iterator[str]:
    """Yield why a row cannot say who took over from whom."""
    for name in ("predecessor", "successor"):
        if row[name] not in known:
            yield f"{name} {row[name]!r} is no agency of the registry; give FRAME-SLUG, as in xa-2024-xa-hoa-binh"
    if row["predecessor"] == row["successor"]:
        yield "nobody takes over from itself"
    if row["predecessor"].startswith(tuple(f"{frame}-" for frame in listed)):
        yield f"who took over from {row['predecessor']} is said by the study"
    if row["holds_seat"] not in ("", "0", "1"):
        yield f"holds_seat: must be 0, 1 or empty, not {row['holds_seat']!r}"
    if row["effective_date"] and not _is_day(row["effective_date"]):
        yield f"effective_date: must be an ISO date, such as 2025-07-01, not {row['effective_date']!r}"


def _is_day(value: str) -> bool:
    try:
        return bool(date.fromisoformat(value))
    except ValueError:
        return False


def _text(raw: bytes) -> str:
    if len(raw) > MAX_BYTES:
        raise RegistryError(f"the file has {len(raw)} bytes; a registry has at most {MAX_BYTES}")
    encoding = "utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = unicodedata.normalize("NFC", raw.decode(encoding))
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise RegistryError(f"line {line}: not {encoding.upper()[:6].rstrip('-')}; save the file as UTF-8") from error
    if "\0" in text:
        raise RegistryError("the file holds NUL bytes; it is not a CSV file")
    return text


def _delimiter(text: str) -> str:
    """Return the separator of the header; the known column names hold none of the three."""
    header = text.partition("\n")[0]
    return max(",;\t", key=header.count)


def _check_header(header: list[str], frame: str) -> None:
    required = REQUIRED if frame else (*REQUIRED, "frame")
    missing = [name for name in required if name not in header]
    if not set(NAMES) & set(header):
        missing.append(" or ".join(NAMES))
    if missing:
        also = "; or name the frame with --frame" if missing == ["frame"] else ""
        raise RegistryError(f"line 1: missing column {', '.join(missing)}{also}")
    unknown = [name or "(empty)" for name in header if name not in COLUMNS]
    if unknown:
        raise RegistryError(f"line 1: unknown column {', '.join(unknown)}; known: {', '.join(COLUMNS)}")
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise RegistryError(f"line 1: column {', '.join(twice)} is there twice")


def _rows(reader: Any, header: list[str], frame: str) -> tuple[list[Agency], list[BadRow]]:
    good: list[Agency] = []
    bad: list[BadRow] = []
    first: dict[tuple[str, str], int] = {}
    line = 1
    for cells in reader:
        start, line = line + 1, reader.line_num  # a quoted cell may span lines
        if not any(cell.strip() for cell in cells):
            continue
        row = dict.fromkeys(COLUMNS, "") | dict(zip(header, (cell.strip() for cell in cells), strict=False))
        row["frame"] = row["frame"] or frame
        found, reasons = checked(_ROW, {name: cell for name, cell in row.items() if cell})
        reasons = _width(cells, header) or [*reasons, *_relations(row)]
        if frame and row["frame"] != frame:
            reasons.append(f"frame is {row['frame']!r}, and --frame says {frame!r}")
        key = (row["frame"], row["slug"])
        if key in first:
            reasons.append(f"slug {row['slug']!r} is already on line {first[key]}")
        first.setdefault(key, start)
        bad += [BadRow(start, reason) for reason in reasons]
        if found and not reasons:
            good.append(_agency(found))
    return good, bad


def _width(cells: list[str], header: list[str]) -> list[str]:
    if len(cells) == len(header):
        return []
    return [f"{len(cells)} cells where the header has {len(header)}; a cell with a separator in it needs quotes"]


def _relations(row: dict[str, str]) -> Iterator[str]:
    """Yield the cells that must not be empty, by themselves or because of another."""
    yield from (f"{name} is empty" for name in (*REQUIRED, "frame") if not row[name])
    if not any(row[name] for name in NAMES):
        yield f"{' and '.join(NAMES)} are empty: give one of them"
    for one, other in (("lat", "lon"), ("grid_row", "grid_col")):
        if bool(row[one]) != bool(row[other]):
            yield f"{one} and {other} go together: give both or neither"
    for name in ("request_email_source", "request_email_reviewed_by", "request_email_reviewed_at"):
        if row["request_email"] and not row[name]:
            yield f"{name} is empty: an address that requests go to needs it"
    if row["expects"] and not row["expects_reason"]:
        yield "expects_reason is empty: a floor needs one"


def _agency(row: Any) -> Agency:
    """Return the agency of a good row, with defaults for the other names and the province columns."""
    values = {name: value for name, value in vars(row).items() if value is not None}
    name = values.pop("name", None)
    values.setdefault("name_vi", name or values.get("name_en"))
    values.setdefault("name_en", values["name_vi"])
    values.setdefault("province", values["slug"])
    values.setdefault("province_vi", values["name_vi"])
    values.setdefault("province_en", values["name_en"])
    return Agency(**values)
