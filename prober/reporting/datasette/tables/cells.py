"""Show a cell of Datasette's tables: who it is about as a link to that place's page, a code with its words."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import cache, lru_cache
from math import isfinite
from typing import Any
from urllib.parse import quote

from markupsafe import Markup, escape

from prober.reporting.html import page_frame
from prober.reporting.words import labels, reasons, translations
from prober.reporting.words.formats import day, number
from prober.reporting.words.labels import Text
from prober.store import Database
from prober.store.reading.report_rows import surveys
from prober.store.schema.results_tables import RESULTS_TABLES
from prober.text.patterns import linear

PLACE = "place"  # below a frame: where the pages of its places are, whatever its study calls them
# Columns that say whom a row is about.
NAMED = ("name_vi", "agency_label", "province_vi", "province", "agency")
REGIONS = ("region", "pobi_region")  # named as the study's list names them
KINDS = ("kind", "agency_kind")  # columns with kinds of agencies, which the study names


def pages(db: Database) -> dict[str, str]:
    """Return each agency of the frames with results, by its id, with the address of its page below the root."""
    return {agency: page(*place) for agency, place in places(db).items()}


def places(db: Database) -> dict[str, tuple[str, str]]:
    """Return each agency of the frames with results, by its id, with the frame and the slug of its page."""
    provincial = {survey.frame: "portal" in survey.kinds for survey in surveys(db)}
    found = db.execute("SELECT id, frame, province, slug FROM agency ORDER BY kind != 'portal', slug")
    return {
        agency: (frame, province if provincial[frame] else slug)
        for agency, frame, province, slug in found
        if frame in provincial
    }


def page(frame: object, slug: object = "") -> str:
    """Return the address of a place's page, below the root; without a slug that of the folder of all of a frame.

    >>> page("2019", "ca-mau"), page("2019")
    ('survey/2019/place/ca-mau', 'survey/2019/place/')
    """
    return f"survey/{quote(str(frame), safe='')}/{PLACE}/{quote(str(slug), safe='')}"


def agency_of(row: Mapping[str, Any], table: str | None) -> str | None:
    """Return the id of the agency that a row is about, None where it names none.

    >>> agency_of({"agency": {"value": "2019-ca-mau", "label": "Cà Mau"}}, "visit"), agency_of({"n": 1}, None)
    ('2019-ca-mau', None)
    """
    found = row.get("id") if table == "agency" else row.get("agency") or row.get("portal")
    found = found["value"] if isinstance(found, Mapping) else found
    return found if isinstance(found, str) else None


def linked(value: Any, href: str) -> Markup:
    """Return a name, or Datasette's pair of a key and its label, as a link.

    >>> linked({"value": "2019-ca-mau", "label": "Cà Mau"}, "/survey/2019/place/ca-mau")
    Markup('<a href="/survey/2019/place/ca-mau" title="2019-ca-mau">Cà Mau</a>')
    """
    if isinstance(value, Mapping):
        return Markup('<a href="{}" title="{}">{}</a>').format(href, value["value"], value["label"])
    return Markup('<a href="{}">{}</a>').format(href, value)


def meaning(english: str) -> Markup | None:
    """Return what a column means, in both languages; None where a study has it of its own, in English alone.

    >>> meaning("When it was accepted.").striptags()
    'Lúc chấp nhận.When it was accepted.'
    """
    vietnamese = translations.of_schema().get(english)
    return Markup(_SAID).format(vietnamese, english) if vietnamese else None


@cache
def referred(table: str | None, column: str) -> str:
    """Return the table to which the keys in a column lead; "" where they lead to none.

    >>> referred("observation", "visit"), referred("observation", "id"), referred(None, "visit")
    ('visit', '', '')
    """
    columns = _TABLES[table].columns if table in _TABLES else ()
    return next((found.references or "" for found in columns if found.name == column), "")


def key_cell(value: Mapping[str, Any], href: str) -> Markup | None:
    """Return Datasette's pair of a key and its label as a link, where the label is none or a moment; else None.

    >>> key_cell({"value": 11, "label": ""}, "/results/finding/11")
    Markup('<a href="/results/finding/11">11</a>')
    """
    return _led(href, value["value"], value["label"] or "")


@lru_cache(4096)  # one page names the same visit in many rows
def _led(href: str, key: object, label: object) -> Markup | None:
    if label == "":
        return linked(key, href)
    if not (isinstance(label, str) and _MOMENT.fullmatch(label)):
        return None
    return Markup('<a href="{}">{}</a>&nbsp;<em>{}</em>').format(href, _written(label), key)


_TABLES = {table.name: table for table in RESULTS_TABLES}
_YES_NO = {0: Text("không", "no"), 1: Text("có", "yes")}
_SENDERS = {
    "agency": Text("cơ quan được hỏi", "the agency asked"),
    "other_office": Text("cơ quan khác", "another office"),
    "freemail": Text("hộp thư miễn phí", "a free mailbox"),
    "machine": Text("máy", "a machine"),
    "elsewhere": Text("nơi khác", "elsewhere"),
    "by_hand": Text("nhập bằng tay", "entered by hand"),
}
_MET = {
    "yes": Text("có", "yes"),
    "no": Text("không", "no"),
    "open": Text("chưa tới hạn", "still open"),
    "unknown": Text("chưa biết", "not known"),
}
_STATED = (
    "state", "has_qa", "has_email", "has_social", "has_web_form", "qa_and_email", "ati_section", "ati_regulation",
    "budget_section", "answered", "proposed",
)  # fmt: skip
# Columns whose codes are shown with their words in tables and facets; CSV and JSON keep the bare codes.
CODED: Mapping[str, Mapping[Any, Text]] = {
    **dict.fromkeys(_STATED, labels.STATES),
    **dict.fromkeys(("on_time", "met", "met_unpaused", "delivered"), _MET),
    # What is written as 1 or 0 says so in its own description.
    **{
        column.name: _YES_NO
        for table in RESULTS_TABLES
        for column in table.columns
        if column.type == "INTEGER" and column.about.startswith("1 if")
    },
    **dict.fromkeys(("asked", "stale", "unread", "unsure", "human_unread", "censored", "sure", "waits"), _YES_NO),
    "answered": labels.STATES | _YES_NO,
    "answer": labels.STATES | labels.DECIDED,
    "decided": labels.DECIDED,
    "mark": labels.LOOK_MARKS,
    "outcome": labels.VISITS | labels.CARRIED | labels.OUTCOMES,
    "portal_seen": labels.VISITS,
    "event": {},
    "proposed_event": {},
    "sender_class": _SENDERS,
    **dict.fromkeys(("before", "after"), labels.STATES),
    "cause": labels.CAUSES,
    "what": labels.WHATS | labels.SENDING,
    "step": labels.STEPS | labels.PROTOCOL,
    "agency_kind": labels.AGENCY_KINDS,
    "kind": labels.AGENCY_KINDS | labels.KINDS | {"regulation": translations.CATEGORIES["regulation"]},
}
_REPLIES = ("outcome", "event", "proposed_event", "what")  # columns with classes of replies
_MOMENT = linear(r"(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d:\d\d)[+-]\d\d:\d\d)?")
_SAID = '<span class="said"><span lang="vi">{}</span><span lang="en">{}</span></span>'  # of which a page shows one
# Columns that hold reasons, which are shown in words; `participation` and the query `figure` have other names for them.
REASONS = {c.name for table in RESULTS_TABLES for c in table.columns if c.reasons} | {"portal_suspect", "place"}


def worded_cell(column: str, value: object) -> Markup | None:
    """Return a code with its words, the words for reasons, or a number, day or moment as it is written; else None.

    >>> worded_cell("reason", '[{"code":"blank_page"}]')
    Markup('<span class="said"><span lang="vi">trang trắng</span><span lang="en">a blank page</span></span>')
    >>> worded_cell("at", "2020-05-11T08:00:00+07:00").striptags()
    '11/5/2020 08:00:0011 May 2020 08:00:00'
    >>> worded_cell("hours", 503.5358)
    Markup('<span class="said"><span lang="vi">503,5358</span><span lang="en">503.5358</span></span>')

    >>> worded_cell("stale", 1)
    Markup('1 <span class="words"><span lang="vi">có </span><span lang="en">yes</span></span>')

    >>> worded_cell("state", "found")
    Markup('found <span class="words"><span lang="vi">tìm thấy </span></span>')
    """
    if column in REASONS and isinstance(value, str) and value.startswith('[{"code":'):
        said = reasons.stored(value)
        return escape(said.vi) if said.vi == said.en else Markup(_SAID).format(said.vi, said.en)
    if column == "bytes" and isinstance(value, int):
        return _size(value)
    if isinstance(value, float) or (isinstance(value, str) and _MOMENT.fullmatch(value)):
        return _written(value)
    return _coded(column, value) if column in CODED and isinstance(value, str | int) else None


@lru_cache(4096)
def _written(value: float | str) -> Markup:
    """Return a number with all its digits, or an ISO day or moment without its offset, as each language writes it."""
    if isinstance(value, float):
        digits = max(0, -int(Decimal(repr(value)).as_tuple().exponent)) if isfinite(value) else 0
        return Markup(_SAID).format(*(number(value, language, digits) for language in page_frame.LANGUAGES))
    clock = value[10:19].replace("T", " ")
    said = Markup(_SAID).format(*(day(value, language) + clock for language in page_frame.LANGUAGES))
    return Markup('<time datetime="{}" title="{}">{}</time>').format(value, value, said)


@lru_cache(4096)
def _size(size: int) -> Markup:
    """Return a size as each language writes it; Datasette's own units take a quarter of the time of a page of them.

    >>> _size(12345).striptags(), _size(999).striptags()
    ('12,3 kB12.3 kB', '999 B')
    """
    if size < 1000:
        return Markup("{} B").format(size)
    return Markup(_SAID).format(*(f"{number(size / 1000, language, 1)} kB" for language in page_frame.LANGUAGES))


@lru_cache(4096)
def _coded(column: str, value: str | int) -> Markup | None:
    text = _words(column, value)
    return with_words(value, text) if text else None


def with_words(value: str | int, text: Text) -> Markup | None:
    """Return a code with its words in both languages; None where it is its own word in both.

    >>> with_words("Southeast", Text("Đông Nam Bộ", "Southeast"))
    Markup('Southeast <span class="words"><span lang="vi">Đông Nam Bộ </span></span>')
    """
    spans = [
        Markup('<span lang="{}">{}{}</span>').format(language, words, space)
        for language, words, space in (("vi", text.vi, " "), ("en", text.en, ""))
        if not _is_its_own_word(value, words)
    ]
    return Markup('{} <span class="words">{}</span>').format(value, Markup().join(spans)) if spans else None


def _is_its_own_word(value: object, words: str) -> bool:
    return str(value).casefold() == words.casefold()


PROVING = ("observation", "searched", "warc_path", "warc")  # columns of cells that lead to what proves
_SEEN = ("observation", "scan_observation", "latest_observation")


def evidence_page(row: Mapping[str, Any], column: str, table: str | None) -> str:
    """Return the address, below the root, of the page that shows what a cell names; "" for any other cell.

    >>> evidence_page({"id": 7, "warc": "f0"}, "warc", "observation"), evidence_page({"id": 7}, "id", "page")
    ('survey/evidence/7', '')
    >>> evidence_page({"searched": 5}, "searched", None)
    'survey/searched/5'
    """
    if column in ("observation", "searched"):
        number = row[column]
    elif column == "warc_path":
        number = row.get("observation")
    else:
        number = row.get("id") if column == "warc" and table in _SEEN else None
    number = number["value"] if isinstance(number, Mapping) else number
    if not isinstance(number, int):
        return ""
    return f"survey/{'searched' if column == 'searched' else 'evidence'}/{number}"


def worded_facets(found: Iterable[Mapping[str, Any]], language: str) -> list[dict[str, Any]]:
    """Return Datasette's facets, with words of the reader's language added to the labels that are codes."""
    return [
        {**facet, "results": [_labelled(facet["name"], result, language) for result in facet["results"]]}
        for facet in found
    ]


def _labelled(column: str, result: Mapping[str, Any], language: str) -> dict[str, Any]:
    text = _words(column, result["value"])
    words = getattr(text, language, "")
    if not words or _is_its_own_word(result["value"], words):
        return {**result}
    return {**result, "label": f"{result['value']} {words}"}


def _words(column: str, value: object) -> Text | None:
    if column not in CODED or not isinstance(value, str | int):
        return None
    if text := CODED[column].get(value):
        return text
    text = labels.outcome(value) if column in _REPLIES and isinstance(value, str) else None
    return None if text is None or text.vi == value else text


def agency_behind(db: Database, table: str, keys: Sequence[str]) -> Mapping[str, Any] | None:
    """Return the row of `agency` that a row is about, along the keys of its tables; None where there is none."""
    path = _path(table)
    if path is None or len(keys) != len(_TABLES[table].key):
        return None
    chosen = " AND ".join(f"[{name}] = ?" for name in _TABLES[table].key)
    ids = f"SELECT [{path[0][1]}] FROM [{table}] WHERE {chosen}" if path else ""
    for name, column in path[1:]:
        ids = f"SELECT [{column}] FROM [{name}] WHERE [{_TABLES[name].key[0]}] IN ({ids})"
    where = f"id IN ({ids})" if path else "id = ?"
    return next(iter(db.query(f"SELECT id, name_vi, name_en FROM agency WHERE {where}", list(keys))), None)


@cache
def _path(table: str) -> tuple[tuple[str, str], ...] | None:
    """Return the shortest way from a table to `agency`: each table with its column; None where no key leads there."""
    ways: list[tuple[str, tuple[tuple[str, str], ...]]] = [(table, ())] if table in _TABLES else []
    seen = {table}
    while ways:
        name, way = ways.pop(0)
        if name == "agency":
            return way
        for column in _TABLES[name].columns:
            if column.references and column.references not in seen:
                seen.add(column.references)
                ways.append((column.references, (*way, (name, column.name))))
    return None
