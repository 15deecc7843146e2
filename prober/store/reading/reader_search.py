"""Find what a reader types: places, agencies, addresses, documents, published questions, words on pages.

Names are compared one by one, since a list of agencies is short; everything else is asked of the full-text indexes
(prober.store.schema.full_text) and ordered by bm25, what has the reader's own accents first. Words are searched as a
phrase. Only where nothing has the phrase, all the words are, and then the last of them as a beginning. A place that is
named among other words narrows them to that place.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from prober.domain.indicator import BUDGET_TYPES, OFFICIAL, WRITABLE_FORM
from prober.store import Database
from prober.store.reading import campaign_pairs
from prober.store.reading.queries import Row, rows
from prober.store.reading.report_rows import Survey
from prober.text import names
from prober.text.vietnamese import key, line

LONGEST = 200  # characters of what a reader types
MOST_WORDS = 24
_NEAR = 12  # words between those that do not stand together
CANDIDATES = 1000  # hits of one kind that are put in order; more are only said to be there
PLACE, AGENCY, ADDRESS, DOCUMENT, QUESTION, PAGE = KINDS = (
    "place", "agency", "address", "document", "question", "page",
)  # fmt: skip
_SCHEMES = ("http", "https", "www")  # what an address begins with on some pages and not on others
_REGION, _SUCCESSOR = 5, 6  # ranks of a place behind those of prober.text.names.rank

_IS_ADDRESS = (
    f"f.value != '' AND ((f.kind = 'email' AND f.category IN {OFFICIAL}) OR f.kind = 'social' "
    "OR (f.kind = 'access' AND f.category = 'focal_point'))"
)
_IS_DOCUMENT = (
    f"((f.kind = 'budget' AND f.category IN {BUDGET_TYPES}) "
    "OR (f.kind = 'access' AND f.category IN ('regulation', 'request_form', 'list')))"
)
_IS_NEITHER = (
    f"NOT ({_IS_ADDRESS}) AND NOT {_IS_DOCUMENT} "
    f"AND (f.kind != 'web_form' OR f.category IN {tuple(sorted(WRITABLE_FORM))})"
)


@dataclass(frozen=True, slots=True)
class _Source:
    """Rows with the columns of Hit.row. `index` is asked for words as `w`; `order` is that of rows without words."""

    index: str
    select: str
    agency: str
    order: str = ""


def _findings(condition: str, order: str = "") -> _Source:
    return _Source(
        "latest_observation_words",
        f"""
SELECT 'f' || f.id AS id, f.agency, f.kind, f.category, f.value, o.snippet, p.url, p.last_fetched_at AS at,
  '' AS asked_on
FROM latest_observation_words w JOIN finding f ON f.id = w.rowid
JOIN observation o ON o.id = (SELECT id FROM observation WHERE finding = f.id ORDER BY last_visit DESC LIMIT 1)
JOIN page p ON p.id = o.page
WHERE {condition}""",
        "f.agency",
        order,
    )


_LINKS = _Source(
    "reply_link_words",
    """
SELECT 'l' || l.id AS id, r.agency, 'reply' AS kind, 'link' AS category, '' AS value, '' AS snippet, l.url,
  p.received_at AS at, '' AS asked_on
FROM reply_link_words w JOIN reply_link l ON l.id = w.rowid JOIN reply p ON p.id = l.reply
JOIN request r ON r.id = p.request WHERE l.target = 'document'""",
    "r.agency",
    "l.id",
)
_GIVEN = _Source(
    "reply_document_words",
    """
SELECT 'd' || d.id AS id, r.agency, 'reply' AS kind, d.said AS category, '' AS value, d.title AS snippet, '' AS url,
  p.received_at AS at, '' AS asked_on
FROM reply_document_words w JOIN reply_document d ON d.id = w.rowid JOIN reply p ON p.id = d.reply
JOIN request r ON r.id = p.request WHERE d.said = 'given'""",
    "r.agency",
    "d.id",
)
_QUESTIONS = _Source(
    "qa_thread_words",
    """
SELECT 'q' || q.id AS id, q.agency, q.topic AS kind, q.state AS category, '' AS value, q.unit AS snippet, q.url,
  COALESCE(q.answered_on, '') AS at, COALESCE(q.asked_on, '') AS asked_on
FROM qa_thread_words w JOIN qa_thread q ON q.id = w.rowid WHERE 1""",
    "q.agency",
    "COALESCE(q.answered_on, q.asked_on, '') DESC, q.id DESC",
)
_TITLES = _Source(
    "latest_page_words",
    """
SELECT 'p' || g.id AS id, g.agency, 'page' AS kind, '' AS category, '' AS value, g.title AS snippet, g.url,
  g.last_fetched_at AS at, '' AS asked_on
FROM latest_page_words w JOIN page g ON g.id = w.rowid WHERE g.status = 200""",
    "g.agency",
)
_SOURCES = {
    ADDRESS: (_findings(_IS_ADDRESS, "f.kind = 'email' DESC, f.category, f.value"),),
    DOCUMENT: (_findings(_IS_DOCUMENT, "f.kind DESC, f.value DESC, f.category"), _LINKS, _GIVEN),
    QUESTION: (_QUESTIONS,),
    PAGE: (_findings(_IS_NEITHER), _TITLES),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A reader's search. `exact`: only as a phrase; `begun`: its last word may go on; `cut`: it was too long."""

    text: str
    words: names.Words
    exact: bool = False
    begun: bool = False
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """A province, or in a frame without portals an agency, with its page at `frame` and `slug`.

    `others` are the names of what it was before, or belongs to now.
    """

    frame: str
    slug: str
    name: str
    name_en: str
    agencies: tuple[Row, ...]
    others: tuple[str, ...] = ()

    @property
    def region(self) -> str:
        return str(self.agencies[0]["region"])


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing found. `text` names it; `row` is what else is known of it; `place` is where it is shown."""

    kind: str
    text: str
    place: Place
    agency: str = ""
    row: Row = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SearchHits:
    """The hits of each kind, best first, at most CANDIDATES; `meant` are places with a like name if there are none."""

    asked: Asked
    hits: Mapping[str, tuple[Hit, ...]]
    meant: tuple[Place, ...] = ()


def asked(text: str) -> Asked:
    """Return what a reader typed, without what has a meaning to FTS5 only.

    >>> asked('"Cà Mau"'), asked("ngan s*")
    (Asked(text='"Cà Mau"', words=('ca', 'mau'), exact=True, begun=False, cut=False), \
Asked(text='ngan s*', words=('ngan', 's'), exact=False, begun=True, cut=False))
    """
    whole = line(text[: 2 * LONGEST].replace("\x00", " "))
    short = whole[:LONGEST]
    said = names.words(short)
    while len(said) > 1 and said[0] in _SCHEMES:
        said = said[1:]
    quoted = len(short) > 2 and short[0] in '"“' and short[-1] in '"”'
    cut = len(text) > 2 * LONGEST or len(whole) > LONGEST or len(said) > MOST_WORDS
    return Asked(short, said[:MOST_WORDS], quoted, short.endswith("*"), cut)


def search(db: Database, text: str, known: Sequence[Survey], called: Mapping[str, Sequence[str]]) -> SearchHits:
    """Return what is found for `text` in the frames of `known`. `called` are the words for a kind of hit."""
    question = asked(text)
    places = _places(db, known)
    if not question.words:
        return SearchHits(question, {})
    named, rest = _narrowed(question, places)
    hits = {PLACE: _place_hits(question, places), AGENCY: _agency_hits(question, places, named, rest)}
    by_agency = {agency["id"]: place for place in places for agency in place.agencies}
    wanted = {kind for kind, texts in called.items() if any(names.inside(rest, names.words(text)) for text in texts)}
    hits |= _indexed(db, question, by_agency, named, rest, wanted)
    if named:
        hits[PLACE] = hits[PLACE] or tuple(Hit(PLACE, place.name, place) for place in named)
    found = {kind: hits[kind] for kind in KINDS if hits.get(kind)}
    return SearchHits(question, found, () if found else _meant(question, places))


def _places(db: Database, known: Sequence[Survey]) -> list[Place]:
    frames = {survey.frame: "portal" in survey.kinds for survey in known}
    agencies = {row["id"]: row for row in rows(db, "agencies")}
    grouped: dict[tuple[str, str], list[Row]] = {}
    for row in agencies.values():
        if row["frame"] in frames:
            slug = row["province"] if frames[row["frame"]] else row["slug"]
            grouped.setdefault((row["frame"], slug), []).append(row)
    related: dict[str, set[str]] = {}
    for pair in campaign_pairs.successions(db):
        for one, other in (pair, pair[::-1]):
            if other in agencies:
                related.setdefault(one, set()).add(agencies[other]["province_vi"])
    order = {frame: number for number, frame in enumerate(frames)}
    return [
        Place(frame, slug, *_called(frames[frame], found[0]), tuple(found), _others(found, related))
        for (frame, slug), found in sorted(grouped.items(), key=lambda item: (order[item[0][0]], item[0][1]))
    ]


def _called(provincial: bool, row: Row) -> tuple[str, str]:
    which = "province" if provincial else "name"
    return str(row[f"{which}_vi"]), str(row[f"{which}_en"])


def _others(found: Sequence[Row], related: Mapping[str, set[str]]) -> tuple[str, ...]:
    others = {name for row in found for name in related.get(row["id"], ())}
    return tuple(sorted(others - {row["province_vi"] for row in found}))


def _narrowed(question: Asked, places: Sequence[Place]) -> tuple[list[Place], names.Words]:
    """Return the places that are named in a question, those of the longest name, and the words beside them."""
    best: list[Place] = []
    longest, rest = 0, question.words
    for place in places:
        spans = [names.found_in(question.words, name) for name in (place.name, place.name_en)]
        start, end = max((span for span in spans if span), key=lambda span: span[1] - span[0], default=(0, 0))
        length = sum(map(len, question.words[start:end]))
        if length > longest:
            best, longest = [], length
            rest = question.words[: _before(question.words[:start], place)] + question.words[end:]
        if length and length == longest:
            best.append(place)
    return best, rest


def _before(said: names.Words, place: Place) -> int:
    """Return how many of the words before a place's name are not what all its agencies have there: "tỉnh", "TP"."""
    called = names.words(place.name)
    heads = []
    for agency in place.agencies:
        words = names.words(agency["name_vi"])
        at = next((at for at in range(len(words)) if words[at : at + len(called)] == called), 0)
        heads.append(words[:at])
    shared = 0
    while all(len(head) > shared and head[-shared - 1] == heads[0][-shared - 1] for head in heads):
        shared += 1
    title = heads[0][len(heads[0]) - shared :] if len(heads) > 1 else ()
    for start in range(max(0, len(said) - len(title)), len(said)):
        if title and names.fit(said[start:], title, 0) == len(title):
            return start
    return len(said)


def _place_hits(question: Asked, places: Iterable[Place]) -> tuple[Hit, ...]:
    ranked = []
    for number, place in enumerate(places):
        found = [names.rank(question.text, name) for name in (place.name, place.name_en)]
        found += [_titled(question, place)]
        if names.words(place.region) == question.words:
            found.append(_REGION)
        if any(names.rank(question.text, other) in (0, 1, 2) for other in place.others):
            found.append(_SUCCESSOR)
        if ranks := [rank for rank in found if rank is not None]:
            ranked.append((min(ranks), number, Hit(PLACE, place.name, place)))
    ranked.sort(key=lambda item: item[:2])
    whole = [item for item in ranked if item[0] < 3]
    return tuple(hit for rank, _, hit in ranked if not whole or rank < 3 or rank == _SUCCESSOR)


def _titled(question: Asked, place: Place) -> int | None:
    """Return 2 if the question is a place's name with the word before it: "tỉnh Cà Mau", "TP HCM"."""
    called = names.words(place.name)
    for agency in place.agencies:
        words = names.words(agency["name_vi"])
        at = next((at for at in range(len(words)) if words[at : at + len(called)] == called), None)
        if at and any(
            names.fit(question.words, words, start) == at + len(called) for start in range(at - 2, at) if start >= 0
        ):
            return 2
    return None


def _agency_hits(
    question: Asked, places: Iterable[Place], named: Sequence[Place], rest: names.Words
) -> tuple[Hit, ...]:
    """Return the agencies of the places that are named, or those that have the words in name or address."""
    hits: list[tuple[bool, int, Hit]] = []
    for place in named or places:
        for agency in place.agencies:
            asked_for = rest if named else question.words
            called = (agency["name_vi"], agency["name_en"], agency["url"])
            whole = any(names.inside(question.words, names.words(text), question.begun) for text in called)
            part = any(names.inside(asked_for, names.words(text)) for text in called) or not asked_for
            if whole or part:
                hits.append((not whole, len(hits), Hit(AGENCY, agency["name_vi"], place, agency["id"], agency)))
    return tuple(hit for _, _, hit in sorted(hits, key=lambda item: item[:2]))


def _indexed(
    db: Database,
    question: Asked,
    places: Mapping[str, Place],
    named: Sequence[Place],
    rest: names.Words,
    wanted: Collection[str],
) -> dict[str, tuple[Hit, ...]]:
    """Return the hits of the full-text indexes by the first way of asking that gives any.

    Where a place is named, all of its hits of the kinds `wanted` are found.
    """
    here = {agency["id"] for place in named for agency in place.agencies}
    for tried in _ways(question, here, rest):
        found = {}
        for kind, sources in _SOURCES.items():
            seen: dict[str, Row] = {}
            for match, agencies in [*tried, *([("", here)] if here and kind in wanted else [])]:
                for source in sources:
                    if match or source.order:
                        seen |= {row["id"]: row for row in _rows(db, source, match, agencies) if row["id"] not in seen}
            found[kind] = tuple(_hits(kind, seen.values(), question, places))
        if any(found.values()):
            return found
    return {}


_Way = tuple[str, set[str]]  # a query of FTS5, "" for none, and agencies, none for all


def _ways(question: Asked, here: set[str], rest: names.Words) -> Iterator[list[_Way]]:
    phrase: _Way = (_phrase(question.words, question.begun), set())
    if not here:
        yield [phrase]
    elif not rest:
        yield [phrase, ("", here)]
    else:
        yield [phrase, (_phrase(rest, question.begun), here), (_all(rest), here)]
    if not question.exact and not here:
        if len(question.words) > 1:
            yield [(f"NEAR({' '.join(_quoted(question.words))}, {_NEAR})", set())]
        yield [(_phrase(question.words, begun=True), set())]


def _phrase(words: names.Words, begun: bool) -> str:
    return f'"{" ".join(words)}"' + (" *" if begun else "")


def _all(words: names.Words) -> str:
    return " AND ".join(_quoted(words))


def _quoted(words: names.Words) -> list[str]:
    return [f'"{word}"' for word in words]


def _rows(db: Database, source: _Source, match: str, agencies: set[str]) -> list[Row]:
    """Return the rows of a source that have the words, best first; with `agencies` only theirs."""
    sql = source.select + (f" AND w.[{source.index}] MATCH ?" if match else "")
    sql += f" AND {source.agency} IN ({', '.join('?' * len(agencies))})" if agencies else ""
    sql += f" ORDER BY {'w.rank' if match else source.order} LIMIT {CANDIDATES + 1}"
    return list(db.query(sql, [*([match] if match else ()), *sorted(agencies)]))


def _hits(kind: str, found: Iterable[Row], question: Asked, places: Mapping[str, Place]) -> Iterator[Hit]:
    """Yield the rows as hits, what has the reader's accents first; of pages with one address the first."""
    typed = key(question.text)
    shown: set[tuple[str, str]] = set()
    ordered = sorted(found, key=lambda row: typed not in key(f"{row['value']} {row['snippet']} {row['url']}"))
    for row in ordered:
        text = row["value"] if kind == ADDRESS else row["snippet"]
        same = (row["agency"], row["url"] if kind == PAGE else row["id"] if kind != ADDRESS else text)
        if row["agency"] in places and same not in shown:
            shown.add(same)
            yield Hit(kind, line(text), places[row["agency"]], row["agency"], row)


def _meant(question: Asked, places: Iterable[Place]) -> tuple[Place, ...]:
    called = {place.name: place for place in reversed(list(places))}
    return tuple(called[name] for name in names.alike(question.text, called))
