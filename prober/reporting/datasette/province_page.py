"""Gather the page of one province: its sites, its letters, its history, and the figures of others beside its own.

The events of a request lie on a line, in days after the mail server accepted the letter. The card that is shared and
the feed that is followed say the same in short.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from prober.domain.agency import Term
from prober.reporting.html import cards, share_pictures
from prober.reporting.html.curves import HOURS_A_DAY, ticks
from prober.reporting.tables import unread
from prober.reporting.tables.province_comparison import Look, beside, looks
from prober.reporting.words import archive_words, formats, labels
from prober.reporting.words.labels import Mark, Text
from prober.store import Database
from prober.store.reading import campaign_pairs
from prober.store.reading.province_record import AgencySite as Visited
from prober.store.reading.province_record import RequestRecord, neighbours, record
from prober.store.reading.queries import Row, alike, first, rows
from prober.store.reading.report_rows import Survey

WIDTH, LEFT, RIGHT = 720, 14, 14  # as in site/place.html
MOST_TICKS = 9


@dataclass(frozen=True, slots=True)
class ClockMark:
    """One event on the line; `number` is that of the event in the list below the line."""

    x: float
    number: int
    look: str  # sent, automatic, human or answer


@dataclass(frozen=True, slots=True)
class ReplyTimeline:
    """The line from acceptance to the end of the watched time; `due` is the legal deadline, where on the line.

    It is the day by which the verdict is judged: the day of the law with all pauses added.
    """

    marks: tuple[ClockMark, ...]
    due: float | None
    ticks: tuple[tuple[float, int], ...]  # x, day


@dataclass(frozen=True, slots=True)
class _Letters:
    """One request as its page shows it: its events, with the timeline."""

    asked: RequestRecord
    group: str
    events: tuple[Row, ...]
    replies: Mapping[int, Row]
    clock: ReplyTimeline | None


@dataclass(frozen=True, slots=True)
class _Shown:
    site: Visited
    kind: Text
    facts: tuple[cards.Fact, ...]
    marks: tuple[Text, ...]
    looks: tuple[Row, ...]
    steps: tuple[archive_words.ShownStep, ...]


def values(db: Database, survey: Survey, asked: Mapping[str, str]) -> dict[str, Any] | None:
    """Return what the page of one province shows; None where the frame has no province of that name."""
    found = record(db, survey.frame, asked["place"])
    if found is None:
        return None
    portal = found.sites[0].agency
    ids = {site.agency["id"] for site in found.sites}
    links = campaign_pairs.successions(db)
    after = campaign_pairs.units(db, {later for earlier, later in links if earlier in ids})
    before = campaign_pairs.units(db, {earlier for earlier, later in links if later in ids})
    own = first(db, "provinces", portal=portal["id"])
    counted = alike(db, survey.frame)
    unit = labels.units(survey.kinds, survey.terms)
    return {
        "title": _title(portal),
        "neighbours": _neighbours(db, survey, portal),
        "record": found,
        "sites": [_shown(db, site, survey.terms) for site in found.sites],
        "letters": [_letters(asked) for asked in found.asked],
        "after": after,
        "before": before,
        "own": own,
        "own_region": portal["region_en"] or portal["region"],
        "page_slug": portal["province"] if "portal" in survey.kinds else portal["slug"],
        "said": _in_a_sentence(own, unit) if own else None,
        "beside": beside(counted, rows(db, "headline", frame=survey.frame), own) if own else (),
        "all_of_them": sum(row["agencies"] for row in counted),
        "history": [(site.agency, _history(db, site.agency["id"])) for site in found.sites],
        "others": [(row, cards.request_group(row)) for row in _participation(db, [*after, *before])],
    }


def _neighbours(db: Database, survey: Survey, portal: Row) -> tuple[tuple[str, Text], ...]:
    """Return page and name of what stands before and after in the list; the last is followed by the first."""
    beside = neighbours(db, portal)
    if not beside:
        return ()
    provincial = "portal" in survey.kinds
    return tuple(
        (
            row["province"] if provincial else row["slug"],
            Text(row["province_vi"], row["province_en"]) if provincial else Text(row["name_vi"], row["name_en"]),
        )
        for row in beside
    )


def _participation(db: Database, portals: Sequence[Row]) -> Iterator[Row]:
    """Yield the rows of `participation` of these portals (rows of `agency`); a frame without results has none."""
    for portal in portals:
        yield from rows(db, "provinces", frame=portal["frame"], province=portal["province"])


def _shown(db: Database, site: Visited, terms: Collection[Term]) -> _Shown:
    agency = site.agency["id"]
    decided = {row["question"]: row["decided"] for row in rows(db, "proposals", agency=agency) if row["decided"]}
    return _Shown(
        site,
        labels.agency_kind(site.agency["kind"], terms),
        cards.facts(site.proofs, site.observations, site.disputes, decided),
        unread.marks(
            min((proof for proof in site.proofs if proof["stale"]), key=lambda proof: proof["seen_at"], default=None),
            site.visit,
            missing_since=min((p["second_look_since"] for p in site.proofs if p["second_look_since"]), default=""),
        ),
        rows(db, "looks", agency=agency),
        archive_words.records(site.searches).get(agency, ()),
    )


def _letters(asked: RequestRecord) -> _Letters:
    events = tuple(event for event in asked.events if event["what"] not in ("sending", "planned"))
    return _Letters(
        asked,
        cards.request_group(asked.request),
        events,
        {reply["id"]: reply for reply in asked.replies},
        clock(asked, events),
    )


def _title(portal: Row) -> Text:
    """Return the name of a province, or of an agency that stands for itself."""
    return Text(portal["province_vi"] or portal["name_vi"], portal["province_en"] or portal["name_en"])


def _history(db: Database, agency: str) -> tuple[Look, ...]:
    return looks(rows(db, "visits", agency=agency), rows(db, "verdicts", agency=agency))


def in_short(own: Row, unit: labels.Units) -> tuple[share_pictures.Line, ...]:
    """Return the results of a row of `participation` in one line each: section, address, what became of the request."""
    level = own["qa_level"] if own["has_qa"] == "found" else None
    more = () if level is None else (f"mức {level}", f"level {level}")
    lines = [_line(own["has_qa"], labels.KINDS["qa"], *more), _line(own["has_email"], labels.KINDS["email"])]
    if own["asked"]:
        group = cards.request_group(own)
        days = own["first_answer_working_days"]
        said = labels.GROUPS[group]
        if group == "answered" and days is not None:
            waited = Text(f" sau {days} ngày làm việc", f" after {days} working day{'' if days == 1 else 's'}")
            said = Text(said.vi + waited.vi, said.en + waited.en)
        words = Text(f"{unit.asked.vi}: {_low(said.vi)}", f"{unit.asked.en}: {_low(said.en)}")
        lines.append(share_pictures.Line(group, words))
    return tuple(lines)


def _in_a_sentence(own: Row, unit: labels.Units) -> Text:
    lines = [line.words for line in in_short(own, unit)]
    return Text("; ".join(line.vi for line in lines) + ".", "; ".join(line.en for line in lines) + ".")


def _line(state: str, what: Text, vi: str = "", en: str = "") -> share_pictures.Line:
    said = labels.STATES[state]
    words = Text(f"{what.vi}: {said.vi}{vi and f', {vi}'}", f"{what.en}: {said.en}{en and f', {en}'}")
    return share_pictures.Line(state, words)


def _low(text: str) -> str:
    return text[:1].lower() + text[1:]


def card(db: Database, survey: Survey, province: str, over: Text, mark: Mark | None) -> bytes | None:
    """Return the card of a province as a picture; None where there is none. `over` is the title of the study."""
    (own, *_) = (*rows(db, "provinces", frame=survey.frame, province=province), None)
    if own is None:
        return None
    unit = labels.units(survey.kinds, survey.terms)
    name = Text(own["province_vi"], own["province_en"])
    days = (formats.day(survey.as_of, language) for language in ("vi", "en"))
    below = Text(*(f"{said} {day}" for said, day in zip(("Dữ liệu tới", "Data as of"), days, strict=True)))
    return share_pictures.card(over, name, in_short(own, unit), below, mark)


def news(db: Database, survey: Survey, province: str) -> tuple[Text, tuple[Row, ...], list[tuple[Row, Row]]] | None:
    """Return name, newest changes, and (request, reply) of each message that a person wrote; None if there is none."""
    found = record(db, survey.frame, province)
    if found is None:
        return None
    replies = [(asked.request, reply) for asked in found.asked for reply in asked.replies if reply["human"]]
    return _title(found.sites[0].agency), found.changes, replies


def clock(asked: RequestRecord, events: tuple[Row, ...]) -> ReplyTimeline | None:
    """Return the line of a request with its `events` in listed order; None where no mail server accepted it."""
    if not asked.request["accepted_at"]:
        return None
    start = datetime.fromisoformat(asked.request["accepted_at"])
    replies = {reply["id"]: reply for reply in asked.replies}
    hours = [(_hours(start, event["at"]), event) for event in events]
    end = max([asked.request["watched_hours"] or 0.0, HOURS_A_DAY, *(at for at, _ in hours)])
    per_hour = (WIDTH - LEFT - RIGHT) / end
    due = _due(start, asked.deadlines)
    return ReplyTimeline(
        marks=tuple(
            ClockMark(round(LEFT + at * per_hour, 1), number, _look(replies.get(event["reply"])))
            for number, (at, event) in enumerate(hours, 1)
            if at >= 0
        ),
        due=round(LEFT + due * per_hour, 1) if due is not None and due <= end else None,
        ticks=tuple(
            (round(LEFT + day * HOURS_A_DAY * per_hour, 1), day) for day in ticks(end / HOURS_A_DAY, MOST_TICKS)
        ),
    )


def _look(reply: Row | None) -> str:
    if reply is None:
        return "sent"
    if reply["substantive"]:
        return "answer"
    return "human" if reply["human"] else "automatic"


def _due(start: datetime, deadlines: Iterable[Row]) -> float | None:
    """Return the hours to the end of the last day of the law's lenient reading, pauses added; None without one."""
    for row in deadlines:
        if row["rule"] == "late_lenient" and (day := row["extended_to"] or row["due_on"]):
            last = datetime.combine(date.fromisoformat(day), time(), start.tzinfo) + timedelta(days=1)
            return (last - start).total_seconds() / 3600
    return None


def _hours(start: datetime, moment: str) -> float:
    return (datetime.fromisoformat(moment) - start).total_seconds() / 3600
