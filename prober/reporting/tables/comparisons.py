"""Gather the results of `prober analysis` for the report: groups, times, fates, waves, arms and merged units."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from prober.campaign.design import power
from prober.domain.correspondence import NEVER_SENT
from prober.reporting.statistics.merged_units import successor_of
from prober.reporting.tables import indicators, reply_tables
from prober.reporting.tables.indicators import Table
from prober.reporting.tables.league import League, of_groups, of_sections
from prober.reporting.words.labels import Text
from prober.reporting.words.translations import NOT_KNOWN
from prober.store.reading.campaign_pairs import counted, placed
from prober.store.reading.queries import Row
from prober.store.reading.report_rows import ReportRows
from prober.studies.study import Study

UNNAMED = {"(not known)": NOT_KNOWN}  # the group of agencies whose group is not known


@dataclass(frozen=True, slots=True)
class Comparisons:
    """Results of all comparisons. Where there is nothing to compare, a table is empty and a league or `arms` is None.

    `arms_why` says why there is no comparison of arms.
    """

    readings: Table
    participation: Table
    by_region: League | None
    by_technology: League | None
    sections: League
    times: Table = field(default_factory=list)
    fates: Table = field(default_factory=list)
    fate_waits: tuple[reply_tables.Wait, ...] = ()  # the curves of `fates` are drawn from these
    waves: Table = field(default_factory=list)
    arms: Mapping[str, object] | None = None
    arms_why: str = ""
    merged: Table = field(default_factory=list)
    others: Table = field(default_factory=list)


def compare(study: ReportRows, decided: Study) -> Comparisons:
    """Return everything of `prober analysis` that belongs into the report of `study`, by the same functions."""
    asked = [row for row in placed(study.requests) if row["state"] not in NEVER_SENT]
    received = counted(study.replies)
    arms, why = _arms(study, asked)
    campaign = study.campaign
    days = campaign["waiting_working_days"] if campaign else 0
    calendar, limits = decided.calendar, decided.law.limits_of(campaign["regime"]) if campaign else ()
    return Comparisons(
        readings=indicators.shares(study.provinces, study.headline),
        participation=indicators.participation(study.headline),
        by_region=_told(of_groups(study.provinces, "replied", regions(study), region_names(study))) if asked else None,
        by_technology=_told(of_groups(study.provinces, "qa_form", _technologies(study), UNNAMED)),
        sections=of_sections(study.activity, names(study)),
        times=reply_tables.times(asked, study.replies, days, calendar) if asked else [],
        fates=reply_tables.fates(asked, received, days, calendar, limits) if asked else [],
        fate_waits=reply_tables.fate_waits(asked, received, days, calendar),
        waves=_waves(study, asked),
        arms=arms,
        arms_why=why,
        others=indicators.beside_others(study.headline, study.other_surveys),
        merged=indicators.merger(study.provinces, study.headline, into)
        if (into := successors(study.provinces, study.successions))
        else [],
    )


def names(study: ReportRows) -> dict[str, Text]:
    """Return Agency.id → its name in both languages."""
    return {row["id"]: Text(row["name_vi"], row["name_en"] or row["name_vi"]) for row in study.agencies}


def region_names(study: ReportRows) -> dict[str, Text]:
    """Return region, in the spelling of the views → its name in both languages."""
    return {row["region"]: Text(row["region"], row["region_en"] or row["region"]) for row in study.agencies}


def regions(study: ReportRows) -> dict[str, str]:
    """Return portal → region."""
    return {row["portal"]: row["region"] for row in study.provinces}


def _told(board: League) -> League | None:
    """Return a league that has rows; None for one in which nothing is known of any group."""
    return board if board.standings else None


def _technologies(study: ReportRows) -> dict[str, str]:
    return {row["agency"]: row["technology"] for row in study.visited}


def _waves(study: ReportRows, asked: Sequence[Row]) -> Table:
    before = {row["agency"]: row["answered"] for row in study.earlier_requests if row["state"] not in NEVER_SENT}
    return reply_tables.waves(before, {row["agency"]: row["answered"] for row in asked}) if before and asked else []


def _arms(study: ReportRows, asked: Sequence[Row]) -> tuple[Mapping[str, object] | None, str]:
    """Return the comparison of arms, or why there is none although the campaign has them."""
    campaign = study.campaign
    arms = tuple(json.loads(campaign["arms"])) if campaign and asked else ()
    if campaign is None or len(arms) != 2:
        return None, ""
    pair = (arms[0], arms[1])
    places, before = placed(study.requests), placed(study.earlier_requests)
    earlier = (reply_tables.draw_of(study.earlier["seed"], pair, before), before) if study.earlier else None
    try:
        return reply_tables.arms(
            asked, reply_tables.draw_of(campaign["seed"], pair, places, earlier),
            power.expected(campaign["expected_share"], study.references, study.frame), reply_tables.REDRAWS,
        ), ""  # fmt: skip
    except ValueError as error:
        return None, str(error)


def successors(provinces: Sequence[Row], links: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return portal of `provinces` → portal of the unit that took over; empty where none did, or a unit was divided.

    `prober analysis merged` names the divided unit.
    """
    try:
        into = successor_of(links)
    except ValueError:
        return {}
    return {row["portal"]: into[row["portal"]] for row in provinces if row["portal"] in into}
