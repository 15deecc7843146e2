"""Query results.db for each page of a frame, and prepare the rows for the page's template."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from prober.domain.correspondence import NEVER_SENT
from prober.reporting.datasette import province_page
from prober.reporting.html import cards, maps, paging, render, report_context
from prober.reporting.tables.comparisons import successors
from prober.reporting.words import archive_words, labels, night_words, reasons
from prober.reporting.words.labels import Text
from prober.store import Database
from prober.store.reading import campaign_pairs, nights
from prober.store.reading.province_record import with_looks
from prober.store.reading.queries import Row, count, rows
from prober.store.reading.report_rows import CHANGES_SHOWN, Survey, reference
from prober.text.names import WHOLE, rank

Values = dict[str, Any]
ALL = "all"
NEWEST_CHANGES = 5  # on the start page
NAMED = 8  # of the sites of which something was not seen, on the start page
MOST_NAMES = 500  # that a field offers, and that a list has in one part
MOST_UNSEEN = 100  # in one part of their table
LONGEST_NAME = 100  # characters of a name that somebody looks for
_OF_REQUESTS = ("replied", "human")  # indicators that say what was answered; all others are of sites
TERMS = (  # the word in both languages, and what it means
    (
        "tìm thấy, không tìm thấy, chưa xem được", "found, not found, not seen",
        "“Không tìm thấy” nghĩa là đã làm hết các bước của quy trình tìm kiếm mà không gặp; chỉ người mới kết luận là "
        "không có. “Chưa xem được” nghĩa là có bước không làm được, và vẫn nằm trong mẫu số.",
        "“Not found”: the search protocol was carried out to its end and did not meet it; only a person says that it "
        "is absent. “Not seen”: a step could not be carried out; it stays in the denominator.",
    ),
    (
        "bằng chứng", "evidence",
        "Mỗi kết luận dẫn tới lời trên trang, địa chỉ, mã băm và trang đã lưu.",
        "Every verdict leads to the words on the page, its address, its hash and its archived copy.",
    ),
    (
        "thời gian trả lời", "reply clock",
        "Tính từ khi máy chủ thư nhận yêu cầu tới khi trả lời vào hộp thư, bằng giờ và bằng ngày làm việc.",
        "It runs from the moment the mail server accepted the request to the arrival of the reply, in hours and in "
        "working days.",
    ),
    (
        "khoảng 95 %", "95 % interval", "Khoảng tin cậy Wilson của mỗi tỷ lệ.", "Wilson's interval of each share.",
    ),
    (
        "điều không có ở đây", "what is not here",
        "Nội dung thư, tên người và hộp thư cá nhân.",
        "Texts of letters, names of persons and their own mailboxes.",
    ),
)  # fmt: skip
_ALL = Text("tất cả", "all")
_LOOKS = {"seen": "found", "partial": "late", "unreachable": "not_seen"}
BAR_WIDTH = 100.0


@dataclass(frozen=True, slots=True)
class BarPart:
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
    parts: tuple[BarPart, ...]


@dataclass(frozen=True, slots=True)
class SurveyPage:
    """One page that every frame has, at /survey/<frame>/<name>, drawn by the template site/<name>.html.

    `values` is called with the database, the frame and the rest of the address; it returns None where the address names
    nothing that exists.
    """

    name: str
    title: Text
    values: Callable[[Database, Survey, Mapping[str, str]], Values | None]


def overview(db: Database, survey: Survey) -> Values:
    """Return what the start page shows of a frame: its finding in figures and maps, speed, changes, what is unseen."""
    unit, campaign = labels.units(survey.kinds, survey.terms), str(survey.campaign["id"]) if survey.campaign else ""
    figures = {row["indicator"]: row for row in rows(db, "headline", frame=survey.frame)}
    requests = rows(db, "requests", campaign=campaign)
    placed = rows(db, "placed", frame=survey.frame)
    drawn = {tiles.name: tiles for tiles in maps.of_provinces(placed, survey.campaign is not None, unit)}
    offered = next((row for name, row in figures.items() if name not in _OF_REQUESTS), None)
    asked = figures.get("replied") if survey.campaign else None
    return {
        "study": survey,
        "unit": unit,
        "frame": labels.frame(survey.frame, survey.terms),
        "finding": _finding(figures.get("qa_and_email"), asked, offered, unit),
        "figures": [
            (row, drawn.get(name), _legend(row, drawn.get(name), requests if name == "finance" else ()))
            for row, name in ((figures.get("qa_and_email") or offered, "portal"), (asked, "finance"))
            if row
        ],
        "names": _offered(rows(db, "listed", frame=survey.frame, limit=MOST_NAMES + 1)),
        "changes": rows(db, "changes", frame=survey.frame, limit=NEWEST_CHANGES, cause="site"),
        "unseen": _unseen(db, survey, NAMED),
        "unseen_count": count(db, "unseen", frame=survey.frame),
        **render.reply_times(requests, rows(db, "replies", campaign=campaign)),
    }


def _unseen(db: Database, survey: Survey, limit: int, begin: int = 0) -> tuple[Row, ...]:
    """Return some of the sites of which something was not seen: what a row shows is looked up for these alone."""
    shown = [row["agency"] for row in rows(db, "unseen", frame=survey.frame, limit=limit, begin=begin)]
    return rows(db, "not_seen", agencies=json.dumps(shown))


def _offered(known: Sequence[Row]) -> list[str]:
    """Return the names that a field offers while one types; none where there are too many for that."""
    return [row["province_vi"] for row in known] if len(known) <= MOST_NAMES else []


def _finding(both: Row | None, asked: Row | None, offered: Row | None, unit: labels.Units) -> Text:
    """Return the finding in one sentence: how many can be asked and how many answered, or the first indicator."""
    vi, en = [], []
    if both:
        vi.append(f"{both['k']} trong {both['n']} {unit.many.vi} có nơi để hỏi")
        en.append(f"{both['k']} of {both['n']} {unit.many.en} can be asked")
    elif offered:
        vi.append(f"{offered['label_vi']}: {offered['k']} trong {offered['n']}")
        en.append(f"{offered['label_en']}: {offered['k']} of {offered['n']}")
    if asked:
        vi.append(f"{asked['k']} trong {asked['n']} trả lời")
        en.append(f"{asked['k']} of {asked['n']} answered")
    return Text(", ".join(vi) or "Chưa có kết quả", ", ".join(en) or "No results yet")


def _legend(row: Row, drawn: maps.TileMap | None, requests: Sequence[Row]) -> Sequence[tuple[str, Text, int]]:
    """Return state, words and count of what the map shows; without a map, of the requests or the figure itself."""
    if drawn:
        return drawn.legend
    if requests:
        groups = [cards.request_group(request) for request in requests]
        counted = [(name, text, groups.count(name)) for name, text in labels.GROUPS.items()]
    else:
        counts = {"found": row["k"], "not_found": row["not_found"] or 0, "not_seen": row["not_seen"] or 0}
        counted = [(name, labels.STATES[name], count) for name, count in counts.items()]
    return [entry for entry in counted if entry[2]]


def _find(db: Database, survey: Survey, asked: Mapping[str, str]) -> Values:
    """Return the places of a name, as the search reads names: those that it names whole, else in part."""
    known = rows(db, "listed", frame=survey.frame)
    wanted = asked.get("name", "")[:LONGEST_NAME]
    full = {row["id"]: row["name_vi"] for row in rows(db, "agencies", frame=survey.frame)}
    called = (
        (row, [rank(wanted, str(row[name])) for name in ("province_vi", "province_en", "province")]) for row in known
    )
    called = (
        (row, [*found, _by_kind(wanted, full.get(row["portal"], ""), row["province_vi"])]) for row, found in called
    )
    told = [(min(places), row) for row, found in called if (places := [place for place in found if place is not None])]
    best = min((place for place, _ in told), default=0)
    return {
        "found": [row for place, row in told if place == best or best > WHOLE][:MOST_NAMES],
        "all": known[:MOST_NAMES],
        "asked": wanted,
        "names": _offered(known),
    }


def _by_kind(wanted: str, agency: str, province: str) -> int | None:
    """Return how `wanted` names a province with its kind, as the name of its agency ends: tphcm, tỉnh Cà Mau."""
    parts = agency.split()
    tails = (" ".join(parts[at:]) for at in range(1, len(parts)))
    found = [rank(wanted, tail) for tail in tails if tail.endswith(f" {province}")]
    return min((place for place in found if place is not None and place <= WHOLE), default=None)


def _method(db: Database, survey: Survey, _: Mapping[str, str]) -> Values:
    return {"rows": rows(db, "headline", frame=survey.frame)}


def bodies(known: Iterable[Survey]) -> Text:
    """Return what the units of all frames are called, one after the other."""
    called = dict.fromkeys(labels.units(survey.kinds, survey.terms).many for survey in known)
    return Text(", ".join(text.vi for text in called), " and ".join(text.en for text in called))


def _headline(db: Database, survey: Survey, _: Mapping[str, str]) -> Values:
    campaign = str(survey.campaign["id"]) if survey.campaign else ""
    asked, replies = (rows(db, name, campaign=campaign) for name in ("requests", "replies"))
    return {
        "rows": rows(db, "headline", frame=survey.frame),
        "estimates": report_context.estimates(asked, replies),
        "reference": reference(db, survey.frame),
    }


def _map(db: Database, survey: Survey, address: Mapping[str, str]) -> Values | None:
    """Return the maps, and the list by region; of a long list one part, and maps of what has a place on them alone."""
    part = paging.part(address, MOST_NAMES, count(db, "listed", frame=survey.frame))
    if part is None:
        return None
    provinces = rows(db, "provinces" if part.count == 1 else "placed", frame=survey.frame)
    listed = (
        rows(db, "by_region", frame=survey.frame, limit=part.size, begin=part.begin) if part.count > 1 else provinces
    )
    asked, unit = survey.campaign is not None, labels.units(survey.kinds, survey.terms)
    into = successors(provinces, campaign_pairs.successions(db))
    units = campaign_pairs.units(db, set(into.values()))
    english = {row["region"]: row["region_en"] for row in rows(db, "regions", frame=survey.frame)}
    regions: dict[Text, list[Row]] = {}
    for row in listed:
        regions.setdefault(Text(row["region"], english.get(row["region"]) or row["region"]), []).append(row)
    return {
        "maps": [*maps.of_provinces(provinces, asked, unit), *_differences(db, survey, provinces, unit)],
        "part": part,
        "merged": maps.of_units(provinces, into, units, asked, unit),
        "regions": regions,
        "units": [(unit, [row for row in provinces if into.get(row["portal"]) == unit["id"]]) for unit in units],
    }


def _differences(db: Database, survey: Survey, provinces: Sequence[Row], unit: labels.Units) -> Iterator[maps.TileMap]:
    """Yield the maps of what distinguishes sites: their levels and, once there were two scans, what changed."""
    drawn = [maps.of_levels(provinces, unit)]
    if drawn[0] and len(rows(db, "scans", frame=survey.frame, limit=2)) > 1:
        changed = Counter(row["agency"] for row in rows(db, "changes", frame=survey.frame, cause="site"))
        drawn.append(maps.of_changes(provinces, changed, unit))
    yield from (tiles for tiles in drawn if tiles)


def _not_seen(db: Database, survey: Survey, asked: Mapping[str, str]) -> Values | None:
    part = paging.part(asked, MOST_UNSEEN, max(count(db, name, frame=survey.frame) for name in ("unseen", "stale")))
    if part is None:
        return None
    unseen = _unseen(db, survey, part.size, part.begin)
    kinds: dict[str, list[Row]] = {}
    for row in rows(db, "outcomes", frame=survey.frame):
        kinds.setdefault(row["kind"], []).append(row)
    return {
        "kinds": [(labels.agency_kind(kind, survey.terms), _by_region(found), found) for kind, found in kinds.items()],
        "part": part,
        "unseen": unseen,
        "records": archive_words.records(rows(db, "searches", agencies=json.dumps([row["agency"] for row in unseen]))),
        "kept": rows(db, "stale", frame=survey.frame, limit=part.size, begin=part.begin),
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


def newest_changes(db: Database, survey: Survey, **chosen: Any) -> tuple[Row, ...]:
    """Return the newest changes of a frame with their evidence: of all causes, or of one with, say, cause="site"."""
    return with_looks(db, rows(db, "changes", frame=survey.frame, limit=CHANGES_SHOWN, **chosen))


def _night(db: Database, survey: Survey, _: Mapping[str, str]) -> Values:
    """Return what the newest night did, changed in this frame, could not see of it, and what needs a person."""
    found = nights.newest(db, survey.frame)
    if found is None:
        return {"night": None}
    mine = {*found.scans}
    steps = [
        {
            "name": night_words.step(step.step),
            "status": night_words.STATUSES[step.status],
            "at": step.finished_at or step.started_at,
            "why": reasons.said(step.error),
        }
        for step in found.steps
        if step.status != "running"  # of a published night, the step that published it
    ]
    changes = [
        row for row in newest_changes(db, survey, cause="site") if (row["second_scan"] or row["to_scan"]) in mine
    ]
    return {
        "night": found,
        "line": night_words.line(found),
        "steps": steps,
        "changes": changes,
        "needs": [(reasons.said((need,)), need.params["command"]) for need in found.needs],
    }


def bars(
    counts: Mapping[Text, Mapping[str, int]], states: Mapping[str, Text], looks: Mapping[str, str]
) -> tuple[Bar, ...]:
    """Return a bar for each group. `counts`: group → state → members. The parts of a bar follow the order of `states`.

    >>> seen = Text("xem được", "seen")
    >>> bar, = bars({Text("a", "b"): {"seen": 3}}, {"seen": seen}, {"seen": "found"})
    >>> bar.parts
    (BarPart(look='found', text=Text(vi='xem được', en='seen'), count=3, x=0.0, width=100.0),)
    """
    longest = max((sum(found.values()) for found in counts.values()), default=0)
    return tuple(
        Bar(label, tuple(_parts(found, states, looks, BAR_WIDTH / longest)))
        for label, found in counts.items()
        if sum(found.values())
    )


def _parts(
    found: Mapping[str, int], states: Mapping[str, Text], looks: Mapping[str, str], unit: float
) -> Iterable[BarPart]:
    before = 0
    for state, text in states.items():
        if count := found.get(state, 0):
            yield BarPart(looks[state], text, count, round(before * unit, 2), round(count * unit, 2))
            before += count


PAGES = (
    SurveyPage("headline", Text("Kết quả chính", "Headline"), _headline),
    SurveyPage("map", Text("Bản đồ", "Map"), _map),
    SurveyPage("replies", Text("Thời gian trả lời", "Reply times"), _replies),
    SurveyPage("not-seen", Text("Điều chưa xem được", "What could not be seen"), _not_seen),
    SurveyPage("changes", Text("Thay đổi", "Changes"), _changes),
    SurveyPage("night", Text("Đêm gần nhất", "Last night"), _night),
    SurveyPage("method", Text("Phương pháp", "Method"), _method),
)
FIND = SurveyPage("find", Text("Tìm", "Find"), _find)
PLACE = SurveyPage("place", Text("Địa phương", "Place"), province_page.values)
