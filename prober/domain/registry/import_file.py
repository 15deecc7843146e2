"""A user's own file of agencies, read row by row, with every reason why a row cannot be used.

The columns are the fields of Agency, the same as those of the files that come with the prober; docs/configuration.md
lists them. `frame` may be given for the whole file instead, and the province columns default to the agency itself, so
that `slug,kind,name_vi,name_en,url` is enough for a list of ministries or communes.
"""

import csv
import io
import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from prober.domain.agency import FIELDS, Agency, from_row
from prober.domain.registry.floors import floors
from prober.errors import RegistryError

REQUIRED = ("slug", "kind", "name_vi", "url")
CONFIDENCES = ("", "high", "medium", "low")
MAX_BYTES = 20_000_000
MAX_CELL = 2_000

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_FRAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
_HOST = re.compile(r"([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z0-9-]*[a-z][a-z0-9-]*", re.IGNORECASE)
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@(?P<host>[A-Za-z0-9.-]{1,255})")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class BadRow:
    """A line of the file (1 is the header) and one reason why it cannot be used."""

    line: int
    reason: str


def read(raw: bytes, frame: str = "") -> tuple[list[Agency], list[BadRow]]:
    """The usable agencies of a CSV file, and every problem of every other row.

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
    """The separator that the header uses. A header of known names holds none of the three for another reason."""
    header = text.partition("\n")[0]
    return max(",;\t", key=header.count)


def _check_header(header: list[str], frame: str) -> None:
    required = REQUIRED if frame else (*REQUIRED, "frame")
    missing = [name for name in required if name not in header]
    if missing:
        also = "; or name the frame with --frame" if missing == ["frame"] else ""
        raise RegistryError(f"line 1: missing column {', '.join(missing)}{also}")
    unknown = [name or "(empty)" for name in header if name not in FIELDS]
    if unknown:
        raise RegistryError(f"line 1: unknown column {', '.join(unknown)}; known: {', '.join(FIELDS)}")
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
        written = dict(zip(header, (cell.strip() for cell in cells), strict=False))
        row = _defaults(written, frame)
        reasons = _width(cells, header) or _cells(written) + [reason for check in CHECKS for reason in check(row)]
        if frame and row["frame"] != frame:
            reasons.append(f"frame is {row['frame']!r}, and --frame says {frame!r}")
        key = (row["frame"], row["slug"])
        if key in first:
            reasons.append(f"slug {row['slug']!r} is already on line {first[key]}")
        first.setdefault(key, start)
        bad += [BadRow(start, reason) for reason in reasons]
        if not reasons:
            good.append(from_row(row))
    return good, bad


def _width(cells: list[str], header: list[str]) -> list[str]:
    if len(cells) == len(header):
        return []
    return [f"{len(cells)} cells where the header has {len(header)}; a cell with a separator in it needs quotes"]


def _defaults(row: dict[str, str], frame: str) -> dict[str, str]:
    """What may be left out: the frame, the English name, and a province where the agency is its own."""
    row = {name: row.get(name, "") for name in FIELDS}
    row["frame"] = row["frame"] or frame
    row["name_en"] = row["name_en"] or row["name_vi"]
    row["province"] = row["province"] or row["slug"]
    row["province_vi"] = row["province_vi"] or row["name_vi"]
    row["province_en"] = row["province_en"] or row["name_en"]
    return row


def _needed(row: Mapping[str, str]) -> list[str]:
    return [f"{name} is empty" for name in (*REQUIRED, "frame") if not row[name]]


def _names(row: Mapping[str, str]) -> list[str]:
    reasons = [
        f"{name} {row[name]!r} must be lower-case letters, digits and single hyphens"
        for name in ("slug", "province")
        if row[name] and not _SLUG.fullmatch(row[name]) and not (name == "province" and row[name] == row["slug"])
    ]
    if row["frame"] and not _FRAME.fullmatch(row["frame"]):
        reasons.append(f"frame {row['frame']!r} must be a short name of letters, digits, dots and hyphens")
    return reasons


def _cells(row: Mapping[str, str]) -> list[str]:
    """No cell that a spreadsheet would run as a formula, none that breaks a line, none of absurd length."""
    reasons = []
    for name, value in row.items():
        if value.startswith(_FORMULA) and not (name in ("lat", "lon") and value.startswith(("-", "+"))):
            reasons.append(f"{name} starts with {value[0]!r}, which a spreadsheet runs as a formula")
        if any(unicodedata.category(character) == "Cc" for character in value):
            reasons.append(f"{name} holds a line break or control character")
        if len(value) > MAX_CELL:
            reasons.append(f"{name} has {len(value)} characters, more than {MAX_CELL}")
    return reasons


def _urls(row: Mapping[str, str]) -> list[str]:
    named = [("url", row["url"])] if row["url"] else []
    named += [("alt_urls", url) for url in row["alt_urls"].split()]
    return [f"{name} {url!r} {reason}" for name, url in named if (reason := url_problem(url))]


def url_problem(url: str) -> str:
    """Why `url` cannot be the address of an agency's site, or "".

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
    return "must not hold blanks" if re.search(r"\s", url) else ""


def _email(row: Mapping[str, str]) -> list[str]:
    """An address that requests may go to comes with the page it was seen on and the person who accepted it."""
    if not row["request_email"]:
        return []
    match = _EMAIL.fullmatch(row["request_email"])
    if not match or not _HOST.fullmatch(match["host"]) or ".." in row["request_email"]:
        return [f"request_email {row['request_email']!r} is not one plain mail address"]
    return [
        f"{name} is empty: an address that requests go to needs it"
        for name in ("request_email_source", "request_email_reviewed_by", "request_email_reviewed_at")
        if not row[name]
    ]


def _review(row: Mapping[str, str]) -> list[str]:
    moment = row["request_email_reviewed_at"]
    try:
        datetime.fromisoformat(moment or "2000-01-01")
    except ValueError:
        return [f"request_email_reviewed_at {moment!r} must be an ISO date or time, such as 2026-11-24"]
    return []


def _number(row: Mapping[str, str], name: str, low: float, high: float, whole: bool) -> list[str]:
    if not row[name]:
        return []
    try:
        value = int(row[name]) if whole else float(row[name])
    except ValueError:
        return [f"{name} {row[name]!r} is not a {'whole number' if whole else 'number (decimal point, not comma)'}"]
    if not (math.isfinite(value) and low <= value <= high):
        return [f"{name} {row[name]} is not between {low:g} and {high:g}"]
    return []


def _place(row: Mapping[str, str]) -> list[str]:
    reasons = _number(row, "lat", -90, 90, False) + _number(row, "lon", -180, 180, False)
    reasons += _number(row, "grid_row", 0, 999, True) + _number(row, "grid_col", 0, 999, True)
    for one, other in (("lat", "lon"), ("grid_row", "grid_col")):
        if bool(row[one]) != bool(row[other]):
            reasons.append(f"{one} and {other} go together: give both or neither")
    return reasons


def _confidence(row: Mapping[str, str]) -> list[str]:
    if row["url_confidence"] in CONFIDENCES:
        return []
    return [f"url_confidence {row['url_confidence']!r} must be high, medium, low or empty"]


def _expects(row: Mapping[str, str]) -> list[str]:
    """Floors that can be read, each row of them with its reason: a number that nobody explains cannot be lowered."""
    try:
        found = floors(row["expects"])
    except ValueError as error:
        return [f"expects: {error}"]
    return ["expects_reason is empty: a floor needs one"] if found and not row["expects_reason"] else []


CHECKS: tuple[Callable[[Mapping[str, str]], list[str]], ...] = (
    _needed, _names, _urls, _email, _review, _place, _confidence, _expects,
)  # fmt: skip
