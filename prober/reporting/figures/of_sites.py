"""Make the figures of indicators: shares, beside an earlier survey, by group, over merged units.

All are counted from the states of one frame, sites and requests alike; the values come from prober.reporting.tables.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from prober.domain.indicator import INDICATORS, column_of
from prober.reporting.figures.printed_figure import Behind, FrameRows, PrintedFigure, Unit, ends, quoted, slug
from prober.reporting.statistics.merged_units import merged
from prober.reporting.statistics.proportions import wilson
from prober.reporting.tables import indicators
from prober.reporting.tables.indicators import OF_REQUESTS, rounded
from prober.reporting.words import figure_texts as texts
from prober.reporting.words import labels
from prober.reporting.words.labels import Text
from prober.store.reading.queries import Row, rows
from prober.studies.study import said

_LABELS = {figure.name: (figure.label, figure.own) for one in INDICATORS for figure in one.figures}
_LEAST = {figure.name: figure.least for one in INDICATORS for figure in one.figures}
_COLUMN = {figure.name: figure.column for one in INDICATORS for figure in one.figures}
_COUNTS = {"not_found": texts.NOT_FOUND, "confirmed": texts.CONFIRMED, "not_seen": texts.NOT_SEEN,
           "second_look": texts.WAITS, "unread": texts.UNREAD, "unsure": texts.UNREAD}  # fmt: skip
_BY = ("region", "pobi_region", "technology")
_GROUPS = {
    "region": Text("vùng", "region"),
    "pobi_region": Text("vùng theo POBI", "region of POBI"),
    "technology": Text("công nghệ", "technology"),
}


def of_indicators(basis: FrameRows) -> Iterator[PrintedFigure]:
    """Yield the lines of `headline`: shares, what is not in them, their readings; then an earlier survey's."""
    for row in basis.headline:
        yield _share(basis, row)
        for name in _COUNTS:
            if row[name] is not None:
                yield _count(basis, row, name)
    known = {row["indicator"] for row in basis.headline}
    for indicator in indicators.of_study(basis.provinces, basis.headline):
        states = indicators.states(basis.provinces, indicator)
        if states:
            yield from _readings(basis, indicator, list(states.values()), indicator in known)
    for row in indicators.participation(basis.headline):
        if row["reference"]:
            yield from _beside(basis, row)


def of_other_surveys(basis: FrameRows) -> Iterator[PrintedFigure]:
    """Yield the answers that other surveys counted."""
    for row in indicators.beside_others(basis.headline, rows(basis.db, "other_surveys")):
        if row["of_en"]:
            name = Text(
                f"{row['survey']}: trả lời trên số {row['of_vi']}", f"{row['survey']}: answers of {row['of_en']}"
            )
            yield PrintedFigure(
                id=f"{_name(basis, 'replied')}.other-survey.{slug(row['survey'])}", label=name, unit=Unit.SHARE,
                value=row["share"], k=row["k"], n=row["n"], low=row["low"], high=row["high"], as_of=basis.survey.as_of,
                sql="SELECT ROUND(1.0 * k / n, 6) AS value, k, n FROM other_survey "
                f"WHERE name = {quoted(row['survey'])}",
                behind=Behind("other_survey", {"name": row["survey"]}), never=(texts.OTHERS, texts.OF_MAILS),
            )  # fmt: skip


def of_groups(basis: FrameRows) -> Iterator[PrintedFigure]:
    """Yield each indicator by region and by technology, where the list has any."""
    groups = {by: {row["portal"]: row[by] for row in basis.provinces} for by in _BY if by != "technology"}
    groups["technology"] = {row["agency"]: row["technology"] for row in basis.visited}
    named = _region_names(basis)
    for indicator in indicators.of_study(basis.provinces, basis.headline):
        for by, group_of in groups.items():
            for row in indicators.groups(basis.provinces, indicator, group_of) if any(group_of.values()) else ():
                yield _group(basis, indicator, by, row, named)


def of_merged_units(basis: FrameRows) -> Iterator[PrintedFigure]:
    """Yield each indicator over the units that took over, by each reading of what was not seen."""
    into = basis.into
    if not into:
        return
    for indicator in indicators.of_study(basis.provinces, basis.headline):
        found = {portal: s for portal, s in indicators.states(basis.provinces, indicator).items() if portal in into}
        states = list(merged(found, {portal: into[portal] for portal in found}).values())
        yield from _merged(basis, indicator, states) if states else ()


def _name(basis: FrameRows, indicator: str) -> str:
    """Return the beginning of the ids of an indicator."""
    return f"{basis.frame}.{basis.offices if indicator in OF_REQUESTS else basis.sites}.{indicator}"


def label(basis: FrameRows, indicator: str, *parts: Text) -> Text:
    """Return the name of an indicator, and behind it what is measured of it."""
    for row in basis.headline:
        if row["indicator"] == indicator:
            name = Text(row["label_vi"], row["label_en"])
            break
    else:
        of_portal, own = _LABELS.get(indicator, ((indicator, indicator), ("", "")))
        name = Text(*(of_portal if basis.sites == "portal" or not own[0] else own))
    return Text(*(": ".join(words) for words in zip(name, *parts, strict=True)))


def _line(basis: FrameRows, indicator: str) -> str:
    return f"FROM headline WHERE frame = {quoted(basis.frame)} AND indicator = {quoted(indicator)}"


def _evidence(basis: FrameRows, indicator: str) -> Behind:
    return Behind("figure", {"indicator": indicator, "frame": basis.frame})


def _never(indicator: str, not_seen: int | None) -> tuple[Text, ...]:
    if indicator in OF_REQUESTS:
        return (texts.ASKED, texts.SILENT if indicator == "replied" else texts.ANY_MESSAGE)
    return (texts.CONSIDERED, texts.REST) if not_seen else (texts.CONSIDERED,)


def _share(basis: FrameRows, row: Row) -> PrintedFigure:
    indicator = row["indicator"]
    return PrintedFigure(
        id=f"{_name(basis, indicator)}.share", label=label(basis, indicator, texts.MEASURES["share"]), unit=Unit.SHARE,
        value=row["share"], k=row["k"], n=row["n"], low=row["low"], high=row["high"],
        not_found=row["not_found"], confirmed=row["confirmed"], not_seen=row["not_seen"], unread=row["unread"],
        as_of=basis.survey.as_of,
        sql=f"SELECT share AS value, k, n, low, high, not_found, confirmed, not_seen, unread {_line(basis, indicator)}",
        behind=_evidence(basis, indicator), never=_never(indicator, row["not_seen"]),
    )  # fmt: skip


def _count(basis: FrameRows, row: Row, name: str) -> PrintedFigure:
    indicator = row["indicator"]
    return PrintedFigure(
        id=f"{_name(basis, indicator)}.{name}", label=label(basis, indicator, texts.MEASURES[name]), unit=Unit.COUNT,
        value=row[name], k=row[name], n=row["n"], as_of=basis.survey.as_of,
        sql=f"SELECT {name} AS value, {name} AS k, n {_line(basis, indicator)}",
        behind=_evidence(basis, indicator), never=(_COUNTS[name],),
    )  # fmt: skip


def _states(basis: FrameRows, indicator: str) -> str:
    """Return the query that gives portal and state of an indicator, for each site that is counted."""
    column = _COLUMN.get(indicator) or ("answered" if indicator in OF_REQUESTS else column_of(indicator))
    if least := _LEAST.get(indicator):
        column = f"CASE WHEN {column} = 'found' AND qa_level < {least} THEN 'not_found' ELSE {column} END"
    elif indicator == "human":
        column = f"CASE WHEN first_human_reply_hours IS NOT NULL THEN 'found' WHEN {column} = 'not_seen' THEN 'not_seen' ELSE 'not_found' END"  # noqa: E501
    asked = " AND asked" if indicator in OF_REQUESTS else ""
    return f"SELECT portal, region, pobi_region, {column} AS state FROM participation WHERE frame = {quoted(basis.frame)}{asked}"  # noqa: E501


# Reading of what was not seen → what is counted in k and in n.
_COUNTED = {
    "share": ("state = 'found'", "1"),
    "share-of-seen": ("state = 'found'", "state != 'not_seen'"),
    "share-at-most": ("state != 'not_found'", "1"),
}


def _shares_of(states: list[str]) -> Iterator[tuple[str, int, int]]:
    """Yield each reading of what was not seen with k and n."""
    found, not_seen, n = states.count("found"), states.count("not_seen"), len(states)
    yield "share", found, n
    yield "share-of-seen", found, n - not_seen
    yield "share-at-most", found + not_seen, n


def _counted(states: str, reading: str) -> str:
    k, n = _COUNTED[reading]
    return (
        f"WITH s AS ({states})\nSELECT ROUND(1.0 * SUM({k}) / SUM({n}), 6) AS value, SUM({k}) AS k, SUM({n}) AS n "
        "FROM s"
    )


def _readings(basis: FrameRows, indicator: str, states: list[str], in_headline: bool) -> Iterator[PrintedFigure]:
    for reading, k, n in _shares_of(states):
        if not n or (reading == "share" and in_headline):
            continue
        never = {"share-of-seen": (texts.KNOWN_ONLY,), "share-at-most": (texts.BOUND,)}
        yield PrintedFigure(
            id=f"{_name(basis, indicator)}.{reading}", label=label(basis, indicator, texts.MEASURES[reading]),
            unit=Unit.SHARE, value=rounded(k / n), k=k, n=n, **ends(wilson(k, n)), not_seen=states.count("not_seen"),
            as_of=basis.survey.as_of, sql=_counted(_states(basis, indicator), reading),
            behind=_evidence(basis, indicator),
            never=never.get(reading) or _never(indicator, states.count("not_seen")),
        )  # fmt: skip


def _beside(basis: FrameRows, row: Mapping[str, Any]) -> Iterator[PrintedFigure]:
    indicator, behind = row["indicator"], _evidence(basis, row["indicator"])
    name, line, as_of = _name(basis, indicator), _line(basis, indicator), basis.survey.as_of
    survey = row["reference"]
    yield PrintedFigure(
        id=f"{name}.{slug(survey)}", label=label(basis, indicator, texts.found_by(survey)), unit=Unit.SHARE,
        value=row["reference_share"], k=row["reference_k"], n=row["reference_n"], low=row["reference_low"],
        high=row["reference_high"],
        as_of=as_of, sql="SELECT ROUND(1.0 * reference_k / reference_n, 6) AS value, reference_k AS k, "
        f"reference_n AS n {line}", behind=behind, never=(texts.theirs(survey),),
    )  # fmt: skip
    if row["difference"] is not None:
        yield PrintedFigure(
            id=f"{name}.points-to-{slug(survey)}", label=label(basis, indicator, texts.difference_to(survey)),
            unit=Unit.POINTS, value=row["difference"], low=row["difference_low"], high=row["difference_high"],
            as_of=as_of, sql=f"SELECT ROUND(1.0 * k / n - 1.0 * reference_k / reference_n, 6) AS value {line}",
            behind=behind, never=(texts.POINTS, texts.unpaired(survey)),
        )  # fmt: skip


def _region_names(basis: FrameRows) -> dict[str, Text]:
    """Return each region's name in both languages, by either, or by that which the study's list has."""
    found = basis.agencies.values()
    names = [Text(row["region"], row["region_en"]) for row in found if row["region"] and row["region_en"]]
    own = {name: Text(said(title, "vi"), said(title, "en")) for name, title in basis.study.regions.items()}
    return {word: name for name in names for word in (name.vi, name.en)} | own


def _group(
    basis: FrameRows, indicator: str, by: str, row: Mapping[str, Any], named: Mapping[str, Text]
) -> PrintedFigure:
    name = "" if row["group"] == "(not known)" else row["group"]
    states, frame = _states(basis, indicator), quoted(basis.frame)
    if by == "technology":
        inside = f"portal IN (SELECT agency FROM not_seen WHERE frame = {frame} AND technology = {quoted(name)})"
        if not name:
            inside = f"portal NOT IN (SELECT agency FROM not_seen WHERE frame = {frame} AND technology != '')"
        behind = Behind("not_seen", {"frame": basis.frame, "kind": basis.sites, "technology__exact": name})
    else:
        inside = f"{by} = {quoted(name)}"
        behind = Behind("participation", {"frame": basis.frame, f"{by}__exact": name})
    shown = named.get(name, Text(name, name)) if name else Text("chưa biết", "not known")
    part = Text(f"{_GROUPS[by].vi} {shown.vi}", f"{_GROUPS[by].en} {shown.en}")
    return PrintedFigure(
        id=f"{_name(basis, indicator)}.{by.replace('_', '-')}.{slug(name)}.share",
        label=label(basis, indicator, part, texts.MEASURES["share"]), unit=Unit.SHARE, value=row["share"], k=row["k"],
        n=row["n"], low=row["low"], high=row["high"], not_seen=row["not_seen"], as_of=basis.survey.as_of,
        sql=_counted(f"SELECT * FROM ({states}) WHERE {inside}", "share"), behind=behind,
        never=(texts.GROUPED, *_never(indicator, row["not_seen"])),
    )  # fmt: skip


def _merged(basis: FrameRows, indicator: str, states: list[str]) -> Iterator[PrintedFigure]:
    pairs = json.dumps(basis.into, sort_keys=True)
    query = (
        "SELECT i.value AS unit, CASE WHEN SUM(s.state = 'found') > 0 THEN 'found' "
        "WHEN SUM(s.state != 'not_found') = 0 THEN 'not_found' ELSE 'not_seen' END AS state\n"
        f"FROM ({_states(basis, indicator)}) s JOIN json_each({quoted(pairs)}) i ON i.key = s.portal GROUP BY i.value"
    )
    for reading, k, n in _shares_of(states):
        if n:
            yield PrintedFigure(
                id=f"{_name(basis, indicator)}.merged.{reading}",
                label=label(basis, indicator, texts.OF_PARTS, texts.MEASURES[reading]), unit=Unit.SHARE,
                value=rounded(k / n), k=k, n=n, **ends(wilson(k, n)), not_seen=states.count("not_seen"),
                as_of=basis.survey.as_of, sql=_counted(query, reading),
                behind=Behind("participation", {"frame": basis.frame}), never=(texts.MERGED,),
            )  # fmt: skip


def of_visits(basis: FrameRows) -> Iterator[PrintedFigure]:
    """Yield how many sites of each kind were seen, in all and by region."""
    kinds: dict[str, list[Row]] = {}
    named = _region_names(basis)
    for row in basis.visited:
        kinds.setdefault(row["kind"], []).append(row)
    for kind, found in kinds.items():
        words = labels.agency_kind(kind, basis.survey.terms)
        for outcome in labels.VISITS:
            yield _seen(basis, kind, "", words, outcome, found)
        for region in sorted({row["region"] for row in found}):
            inside, name = [row for row in found if row["region"] == region], named.get(region, Text(region, region))
            place = Text(f"{words.vi}, {name.vi}", f"{words.en}, {name.en}")
            for outcome in labels.VISITS:
                yield _seen(basis, kind, region, place, outcome, inside)


def _seen(basis: FrameRows, kind: str, region: str, place: Text, outcome: str, found: list[Row]) -> PrintedFigure:
    k, n = sum(row["outcome"] == outcome for row in found), len(found)
    where = {"frame": basis.frame, "kind": kind} | ({"region__exact": region} if region else {})
    conditions = " AND ".join(f"{name.removesuffix('__exact')} = {quoted(value)}" for name, value in where.items())
    return PrintedFigure(
        id=f"{basis.frame}.{kind}.visits.{f'region.{slug(region)}.' if region else ''}{outcome}",
        label=Text(f"{place.vi}: {labels.VISITS[outcome].vi}", f"{place.en}: {labels.VISITS[outcome].en}"),
        unit=Unit.COUNT, value=k, k=k, n=n, as_of=basis.survey.as_of,
        sql=f"SELECT SUM(outcome = '{outcome}') AS value, SUM(outcome = '{outcome}') AS k, COUNT(*) AS n FROM not_seen "
        f"WHERE {conditions}",
        behind=Behind("not_seen", where | {"outcome": outcome}), never=(texts.VISITED,),
    )  # fmt: skip
