"""Prepare what was found for a reader's words for the page /search: hits of a kind together, each with its place."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any
from urllib.parse import urlencode

from prober.reporting.datasette.tables import cells
from prober.reporting.html import paging
from prober.reporting.words import formats, labels
from prober.reporting.words.labels import Text
from prober.store import Database
from prober.store.reading import reader_search
from prober.store.reading.reader_search import Hit, Place, SearchHits
from prober.store.reading.report_rows import surveys
from prober.text import names
from prober.text.vietnamese import fold

MOST_NAMES = 500  # of one part of the list of all names
FIRST, PAGE_SIZE = 6, 50  # hits of a kind beside other kinds, and of one kind alone
_AROUND = 70  # characters shown on either side of the words found
KINDS = {
    reader_search.PLACE: Text("Nơi", "Places"),
    reader_search.AGENCY: Text("Cơ quan", "Agencies"),
    reader_search.ADDRESS: Text("Địa chỉ liên hệ", "Addresses to write to"),
    reader_search.DOCUMENT: Text("Văn bản, tài liệu", "Documents"),
    reader_search.QUESTION: Text("Câu hỏi đã đăng", "Published questions"),
    reader_search.PAGE: Text("Lời trên trang", "Words on pages"),
}
# What readers call a kind of hit, beside its title: "email Cà Mau".
_CALLED = {kind: [*title] for kind, title in KINDS.items()} | {
    reader_search.ADDRESS: ["địa chỉ liên hệ", "addresses to write to", "email", *labels.KINDS["email"]],
}
_TOPICS = {"budget": Text("về ngân sách", "on the budget")}


@dataclass(frozen=True, slots=True)
class ShownHit:
    """One hit as a line: a link to its place, what it is, and an address that is printed and not linked."""

    title: Text
    href: str
    what: tuple[Text, ...]
    address: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """The hits of one kind that are shown, of `total`, or of more than that where `more` is True."""

    kind: str
    title: Text
    shown: tuple[ShownHit, ...]
    total: int
    over: bool
    all_at: str
    next_at: str


def values(db: Database, asked: Mapping[str, str]) -> dict[str, Any]:
    """Return what the template site/search.html shows for ?q=, &kind= one kind alone, &from= the place of its first."""
    known = surveys(db)
    found = reader_search.search(db, asked.get("q", ""), known, _CALLED)
    kind = asked.get("kind", "")
    chosen = {kind: found.hits[kind]} if kind in found.hits else found.hits
    start = int(asked.get("from", "0")) if asked.get("from", "0")[:6].isdecimal() and kind in found.hits else 0
    return {
        "asked": found.asked,
        "kind": kind if kind in found.hits else "",
        "groups": [_group(found, one, hits, start, len(chosen) == 1) for one, hits in chosen.items()],
        "meant": [(place.name, _search_at(place.name)) for place in found.meant],
        "longest": reader_search.LONGEST,
        "frames": [survey.frame for survey in known],
    }


def _group(found: SearchHits, kind: str, hits: Sequence[Hit], start: int, alone: bool) -> Group:
    size = PAGE_SIZE if alone else FIRST
    end, most = start + size, min(len(hits), reader_search.CANDIDATES)
    return Group(
        kind, KINDS[kind], tuple(_shown(hit, found.asked.words) for hit in hits[start : min(end, most)]), most,
        len(hits) > most, "" if alone else _search_at(found.asked.text, kind=kind),
        _search_at(found.asked.text, kind=kind, **{"from": end}) if alone and end < most else "",
    )  # fmt: skip


def _search_at(text: str, **more: object) -> str:
    return f"?{urlencode({'q': text, **more})}"


def _shown(hit: Hit, words: names.Words) -> ShownHit:
    row, place = hit.row, hit.place
    href = cells.page(place.frame, place.slug)
    where = Text(place.name, place.name_en)
    if hit.kind == reader_search.PLACE:
        return ShownHit(where, href, tuple(_about_place(place)))
    if hit.kind == reader_search.AGENCY:
        return ShownHit(Text(row["name_vi"], row["name_en"]), href, (), row["url"])
    what: list[Text] = [where]
    if hit.kind == reader_search.ADDRESS:
        return ShownHit(Text(hit.text, hit.text), href, (where, _kind(row)), "", row["at"][:10])
    if hit.kind == reader_search.QUESTION:
        title = _question(row)
        return ShownHit(title, href, (*what, *_topic(row)), row["url"])
    text = excerpt(hit.text, words) or row["url"]
    if (
        hit.kind == reader_search.DOCUMENT
        and row["value"]
        and names.words(row["value"])[-1:] not in ((), names.words(text)[-1:])
    ):
        text = f"{text} · {row['value']}" if not row["value"].startswith("http") and row["value"] not in text else text
    if row["kind"] == "reply":
        what.append(Text("nêu hoặc gửi trong thư trả lời", "named or sent in a reply"))
    elif row["kind"] in labels.KINDS:
        what.append(labels.KINDS[row["kind"]])
    return ShownHit(Text(text, text), href, tuple(what), row["url"], row["at"][:10])


def _about_place(place: Place) -> Iterator[Text]:
    agency = place.agencies[0]
    if agency["region"]:
        yield Text(agency["region"], agency["region_en"] or agency["region"])
    yield Text(f"danh mục {place.frame}", f"frame {place.frame}")
    if place.others:
        named = ", ".join(place.others)
        yield Text(f"trước hoặc sau sáp nhập: {named}", f"before or after the merger: {named}")


def _kind(row: Mapping[str, Any]) -> Text:
    if row["kind"] == "social":
        return Text(row["category"], row["category"])
    return labels.KINDS.get(row["kind"], Text(row["kind"], row["kind"]))


def _question(row: Mapping[str, Any]) -> Text:
    """Return what a published question is called: who answered. Its own words are not stored (docs/method.md)."""
    unit = row["snippet"]
    if unit:
        return Text(f"Câu hỏi do {unit} trả lời", f"A question answered by {unit}")
    return Text("Câu hỏi", "A question")


def _topic(row: Mapping[str, Any]) -> Iterator[Text]:
    if row["kind"] in _TOPICS:
        yield _TOPICS[row["kind"]]
    if row["asked_on"]:
        vi, en = (formats.day(str(row["asked_on"]), language) for language in ("vi", "en"))
        yield Text(f"hỏi ngày {vi}", f"asked on {en}")
    if row["at"]:
        vi, en = (formats.day(str(row["at"])[:10], language) for language in ("vi", "en"))
        yield Text(f"trả lời ngày {vi}", f"answered on {en}")
    if row["category"] == "vanished":
        yield Text("đã bị gỡ", "taken down")


def excerpt(text: str, words: names.Words) -> str:
    """Return the part of a text around the first of the words found, whole words only.

    >>> excerpt("một " * 40 + "ngân sách" + " hai" * 40, ("ngan", "sach")).split()[:2]
    ['…', 'một']
    """
    if len(text) <= 2 * _AROUND:
        return text
    parts = text.split()
    folded = ["".join(names.words(part)) for part in parts]
    at = next((n for n in range(len(parts)) if words and folded[n : n + len(words)] == [*words]), None)
    if at is None:
        at = next((n for n, part in enumerate(folded) if part and part in words), 0)
    start = at
    while start and len(" ".join(parts[start - 1 : at])) <= _AROUND:
        start -= 1
    end = at
    while end < len(parts) and len(" ".join(parts[at : end + 1])) <= _AROUND:
        end += 1
    return ("… " if start else "") + " ".join(parts[start:end]) + (" …" if end < len(parts) else "")


def by_letter(db: Database, language: str, asked: Mapping[str, str]) -> dict[str, Any] | None:
    """Return what the template site/names.html shows: places and agencies by the first letters of their names.

    Of many names one part; None where the address asks for one that is not there.
    """
    number, places = Text._fields.index(language), cells.places(db)
    named = sorted(_named(db, places, number), key=itemgetter(0))
    part = paging.part(asked, MOST_NAMES, len(named))
    if part is None:
        return None
    first: dict[str, int] = {}  # letter → part in which it begins
    for at, (folded, *_) in enumerate(named):
        first.setdefault(_letter(folded), 1 + at // part.size)
    letters: dict[str, list[ShownHit]] = {}
    for folded, agency, vi, en, address in named[part.begin : part.begin + part.size]:
        frame = Text(f"danh mục {places[agency][0]}", f"list of {places[agency][0]}")
        shown = ShownHit(Text(vi, en or vi), cells.page(*places[agency]), (frame,), address)
        letters.setdefault(_letter(folded), []).append(shown)
    return {"letters": letters, "first": first, "part": part}


def _named(
    db: Database, places: Mapping[str, tuple[str, str]], language: int
) -> Iterator[tuple[str, str, str, str, str]]:
    """Yield folded name, agency, names and address of every place and agency, each name of a page once."""
    seen = set[tuple[object, ...]]()
    for agency, kind, place, place_en, name, name_en, url in db.execute(_NAMES).fetchall():
        titles = [(place, place_en, "")] if kind == "portal" else []
        for vi, en, address in [*titles, (name, name_en, url)] if agency in places else ():
            if (one := (vi, en, *places[agency])) not in seen:
                seen.add(one)
                yield fold((vi, en or vi)[language]), agency, vi, en, address


_NAMES = "SELECT id, kind, province_vi, province_en, name_vi, name_en, url FROM agency ORDER BY kind != 'portal', slug"


def _letter(folded: str) -> str:
    return folded[:1] if folded[:1].isalpha() else "0"
