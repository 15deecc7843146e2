"""Query results.db for each page of a frame, and prepare the rows for the page's template."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from prober.domain.agency import Term
from prober.domain.correspondence import NEVER_SENT
from prober.reporting.datasette.reply_timeline import Clock, clock
from prober.reporting.html import cards, maps, render, report_context
from prober.reporting.tables import unread
from prober.reporting.tables.comparisons import successors
from prober.reporting.words import labels
from prober.reporting.words.labels import Text
from prober.store import Database
from prober.store.reading import campaign_pairs
from prober.store.reading.province_record import Asked, record
from prober.store.reading.province_record import Site as Visited
from prober.store.reading.queries import Row, rows
from prober.store.reading.report_rows import CHANGES_SHOWN, Survey

Values = dict[str, Any]
ALL = "all"
_ALL = Text("tất cả", "all")
_LOOKS = {"seen": "present", "partial": "late", "unreachable": "unknown"}
BAR_WIDTH = 100.0


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a bar; `x` and `width` are hundredths of the longest bar, `look` is the class that colours it."""

    look: str
    text: Text
    count: int
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Bar:
    """The bar of one group, without its empty parts."""

    label: Text
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """One page that every frame has, at /survey/<frame>/<name>, drawn by the template site/<name>.html.

    `values` is called with the database, the frame and the rest of the address; it returns None where the address names
    nothing that exists.
    """

    name: str
    title: Text
    values: Callable[[Database, Survey, Mapping[str, str]], Values | None]


@dataclass(frozen=True, slots=True)
class _Letters:
    """One request as its page shows it: its events, with the timeline."""

    asked: Asked
    group: str
    events: tuple[Row, ...]
    replies: Mapping[int, Row]
    clock: Clock | None


@dataclass(frozen=True, slots=True)
class _Shown:
    site: Visited
    kind: Text
    facts: tuple[cards.Fact, ...]
    marks: tuple[Text, ...]


def overview(db: Database, survey: Survey) -> Values:
    """Return the two headline figures of a frame for the start page."""
    figures = {row["indicator"]: row for row in rows(db, "headline", frame=survey.frame)}
    shown = [figures[name] for name in ("qa_and_email", "replied") if name in figures]
    return {"study": survey, "frame": labels.frame(survey.frame, survey.terms), "figures": shown}


def bodies(known: Iterable[Survey]) -> Text:
    """Return what the units of all frames are called, one after the other."""
    called = dict.fromkeys(labels.units(survey.kinds, survey.terms).many for survey in known)
    return Text(", ".join(text.vi for text in called), " and ".join(text.en for text in called))


def _headline(db: Database, survey: Survey, _: Mapping[str, str]) -> Values:
    campaign = str(survey.campaign["id"]) if survey.campaign else ""
    asked, replies = (rows(db, name, campaign=campaign) for name in ("requests", "replies"))
    return {"rows": rows(db, "headline", frame=survey.frame), "estimates": report_context.estimates(asked, replies)}


def _map(db: Database, survey: Survey, _: Mapping[str, str]) -> Values:
    provinces = rows(db, "provinces", frame=survey.frame)
    asked, unit = survey.campaign is not None, labels.units(survey.kinds, survey.terms)
    into = successors(provinces, campaign_pairs.successions(db))
    units = campaign_pairs.units(db, set(into.values()))
    regions: dict[str, list[Row]] = {}
    for row in provinces:
        regions.setdefault(row["region"], []).append(row)
    return {
        "maps": maps.of_provinces(provinces, asked, unit),
        "merged": maps.of_units(provinces, into, units, asked, unit),
        "regions": regions,
        "units": [(unit, [row for row in provinces if into.get(row["portal"]) == unit["id"]]) for unit in units],
    }


def _coverage(db: Database, survey: Survey, _: Mapping[str, str]) -> Values:
    kinds: dict[str, list[Row]] = {}
    for row in rows(db, "outcomes", frame=survey.frame):
        kinds.setdefault(row["kind"], []).append(row)
    return {
        "kinds": [(labels.agency_kind(kind, survey.terms), _by_region(found), found) for kind, found in kinds.items()],
        "gaps": rows(db, "gaps", frame=survey.frame),
    }


def _by_region(outcomes: list[Row]) -> tuple[Bar, ...]:
    counts: dict[Text, dict[str, int]] = {}
    for row in outcomes:
        counts.setdefault(Text(row["region"], row["region_en"]), {})[row["outcome"]] = row["sites"]
    return bars(counts, labels.VISITS, _LOOKS)


def _replies(db: Database, survey: Survey, _: Mapping[str, str]) -> Values:
    campaign = str(survey.campaign["id"]) if survey.campaign else ""
    requests = rows(db, "requests", campaign=campaign)
    groups: dict[Text, dict[str, int]] = {text: {} for text in labels.GROUPS.values()}
    for row in requests:
        name = cards.request_group(row)
        groups[labels.GROUPS[name]][name] = groups[labels.GROUPS[name]].get(name, 0) + 1
    written = [row for row in requests if row["first_human_hours"] is not None]
    return {
        "asked": sum(row["state"] not in NEVER_SENT for row in requests),
        "written": sorted(written, key=lambda row: float(row["first_human_hours"])),
        "outcomes": bars(groups, labels.GROUPS, {name: name for name in labels.GROUPS}),
        **render.reply_times(requests, rows(db, "replies", campaign=campaign)),
    }


def _changes(db: Database, survey: Survey, asked: Mapping[str, str]) -> Values | None:
    cause = asked.get("cause", "site")
    if cause != ALL and cause not in labels.CAUSES:
        return None
    changes = newest_changes(db, survey, **({} if cause == ALL else {"cause": cause}))
    return {"changes": changes, "cause": cause, "causes": labels.CAUSES | {ALL: _ALL}, "most": CHANGES_SHOWN}


def newest_changes(db: Database, survey: Survey, **chosen: str) -> tuple[Row, ...]:
    """Return the newest changes of a frame: of all causes, or of one with, for example, cause="site"."""
    return rows(db, "changes", frame=survey.frame, limit=CHANGES_SHOWN, **chosen)


def _province(db: Database, survey: Survey, asked: Mapping[str, str]) -> Values | None:
    found = record(db, survey.frame, asked["province"])
    if found is None:
        return None
    portal = found.sites[0].agency
    ids = {site.agency["id"] for site in found.sites}
    links = campaign_pairs.successions(db)
    after = campaign_pairs.units(db, {later for earlier, later in links if earlier in ids})
    before = campaign_pairs.units(db, {earlier for earlier, later in links if later in ids})
    return {
        "title": Text(portal["province_vi"] or portal["name_vi"], portal["province_en"] or portal["name_en"]),
        "record": found,
        "sites": [_shown(site, survey.terms) for site in found.sites],
        "letters": [_letters(asked) for asked in found.asked],
        "after": after,
        "before": before,
        "others": [(row, cards.request_group(row)) for row in _participation(db, [*after, *before])],
    }


def _participation(db: Database, portals: Sequence[Row]) -> Iterator[Row]:
    """Yield the rows of `participation` of these portals (rows of `agency`); a frame without results has none."""
    for portal in portals:
        yield from rows(db, "provinces", frame=portal["frame"], province=portal["province"])


def _shown(site: Visited, terms: Collection[Term]) -> _Shown:
    return _Shown(
        site,
        labels.agency_kind(site.agency["kind"], terms),
        cards.facts(site.proofs, site.observations, site.disputes, site.searches),
        unread.marks(
            max((proof["age_days"] for proof in site.proofs if proof["stale"]), default=None),
            site.visit,
            missing_since=min((p["unconfirmed_since"] for p in site.proofs if p["unconfirmed_since"]), default=""),
        ),
    )


def _letters(asked: Asked) -> _Letters:
    events = tuple(event for event in asked.events if event["what"] not in ("sending", "planned"))
    return _Letters(
        asked,
        cards.request_group(asked.request),
        events,
        {reply["id"]: reply for reply in asked.replies},
        clock(asked, events),
    )


def bars(
    counts: Mapping[Text, Mapping[str, int]], states: Mapping[str, Text], looks: Mapping[str, str]
) -> tuple[Bar, ...]:
    """Return a bar for each group. `counts`: group → state → members. The parts of a bar follow the order of `states`.

    >>> seen = Text("xem được", "seen")
    >>> bar, = bars({Text("a", "b"): {"seen": 3}}, {"seen": seen}, {"seen": "present"})
    >>> bar.parts
    (Part(look='present', text=Text(vi='xem được', en='seen'), count=3, x=0.0, width=100.0),)
    """
    longest = max((sum(found.values()) for found in counts.values()), default=0)
    return tuple(
        Bar(label, tuple(_parts(found, states, looks, BAR_WIDTH / longest)))
        for label, found in counts.items()
        if sum(found.values())
    )


def _parts(
    found: Mapping[str, int], states: Mapping[str, Text], looks: Mapping[str, str], unit: float
) -> Iterable[Part]:
    before = 0
    for state, text in states.items():
        if count := found.get(state, 0):
            yield Part(looks[state], text, count, round(before * unit, 2), round(count * unit, 2))
            before += count


PAGES = (
    Page("headline", Text("Kết quả chính", "Headline"), _headline),
    Page("map", Text("Bản đồ", "Map"), _map),
    Page("replies", Text("Thời gian trả lời", "Reply times"), _replies),
    Page("coverage", Text("Đã xem được bao nhiêu", "Coverage"), _coverage),
    Page("changes", Text("Thay đổi", "Changes"), _changes),
)
PROVINCE = Page("province", Text("Tỉnh, thành phố", "Province"), _province)
