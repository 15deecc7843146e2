"""Prepare the values of the report's template that the study does not hold in a printable form."""

import json
from collections.abc import Sequence
from typing import Any

from prober.domain.working_days import Calendar
from prober.reporting.html.cards import Card, cards
from prober.reporting.html.curves import SIZES, fate_curves
from prober.reporting.html.maps import of_provinces
from prober.reporting.tables import unread as doubts
from prober.reporting.tables.comparisons import compare, names, region_names
from prober.reporting.tables.corrected_shares import estimate, of_campaign
from prober.reporting.tables.indicators import Table
from prober.reporting.words import labels
from prober.reporting.words.labels import Text
from prober.store.reading.queries import Row
from prober.store.reading.report_rows import ReportRows
from prober.text.vietnamese import fold


def context(study: ReportRows, calendar: Calendar) -> dict[str, Any]:
    """Return the names of the template with their values. Depends on the arguments alone."""
    compared = compare(study, calendar)
    all_cards = cards(study)
    return {
        "study": study,
        "frame": labels.frame(study.frame, study.terms),
        "unit": labels.units(study.kinds, study.terms),
        "summary": summary(study),
        "figures": {row["indicator"]: row for row in study.headline},
        "maps": of_provinces(study.provinces, study.campaign is not None, labels.units(study.kinds, study.terms)),
        "groups": _groups(study, all_cards),
        "cards": all_cards,
        "ranked": _by_group(all_cards),
        "names": names(study),
        "regions": region_names(study),
        "compared": compared,
        "estimates": estimates(study.requests, study.replies),
        "readings": {(row["indicator"], row["unknown"]): row for row in compared.readings},
        "fates": _by_fate(compared.fates),
        "fate_curves": [
            (name, drawn) for name, width, height in SIZES if (drawn := fate_curves(compared.fate_waits, width, height))
        ],
        "fate_days": sorted({row["working_days"] for row in compared.fates}),
        "merged": _merged(compared.merged),
        "settings": _json(study.scan["settings"]) if study.scan else {},
        "calendars": sorted({row["calendar"] for row in study.deadlines}),
    }


def estimates(requests: Sequence[Row], replies: Sequence[Row]) -> dict[str, Text]:
    """Return indicator → its corrected share in words, for the indicators that have one."""
    found = ((row["indicator"], estimate(row)) for row in of_campaign(requests, replies))
    return {indicator: text for indicator, text in found if text}


def summary(study: ReportRows) -> Text | None:
    """Return the two headline figures in two sentences; None where neither was measured."""
    row = {row["indicator"]: row for row in study.headline}
    unit = labels.units(study.kinds, study.terms)
    vi, en = [], []
    if portals := row.get("qa_and_email"):
        vi.append(f"{portals['k']} trong {portals['n']} {unit.sites.vi} có cả mục Hỏi đáp và địa chỉ thư điện tử.")
        en.append(f"{portals['k']} of {portals['n']} {unit.sites.en} have both a Q&A section and a contact email.")
        _say(doubts.rest(portals), vi, en)
    if (asked := row.get("replied")) and study.campaign:
        days = study.campaign["waiting_working_days"]
        vi.append(
            f"{asked['k']} trong {asked['n']} {unit.all_asked.vi} trả lời yêu cầu thông tin gửi qua thư điện tử, trong "
            f"{days} ngày làm việc."
        )
        en.append(
            f"{asked['k']} of {asked['n']} {unit.all_asked.en} answered an emailed request for information within "
            f"{days} working days."
        )
        _say(doubts.rest(asked), vi, en)
        known = [row for row in study.requests if row["replied"] and row["complete"] is not None]
        if known and len(known) == asked["k"]:
            full = sum(row["complete"] for row in known)
            vi.append(f"Trong đó {full} cơ quan cung cấp đủ các tài liệu được yêu cầu.")
            en.append(f"Complete answers, with every document asked for: {full} of these {len(known)}.")
        _say(doubts.unread(asked), vi, en)
    return Text(" ".join(vi), " ".join(en)) if vi else None


def _say(text: Text | None, vi: list[str], en: list[str]) -> None:
    if text:
        vi.append(text.vi)
        en.append(text.en)


def _groups(study: ReportRows, all_cards: list[Card]) -> list[tuple[str, Text, list[Card]]]:
    members: dict[str, list[Card]] = {key: [] for key in labels.GROUPS}
    for card in all_cards:
        members[card.group].append(card)
    return [(key, labels.GROUPS[key], found) for key, found in members.items() if found]


def _by_group(all_cards: list[Card]) -> list[Card]:
    order = {key: place for place, key in enumerate(labels.GROUPS)}
    return sorted(all_cards, key=lambda card: (order[card.group], fold(card.province["province_vi"])))


def _by_fate(rows: Table) -> dict[str, dict[int, Row]]:
    """Return fate → number of working days → row."""
    found: dict[str, dict[int, Row]] = {}
    for row in rows:
        found.setdefault(row["fate"], {})[row["working_days"]] = row
    return found


def _merged(rows: Table) -> dict[str, tuple[Row, ...]]:
    """Return indicator → its row under each rule of merging, with unknown counted as absent as in `headline`."""
    found: dict[str, tuple[Row, ...]] = {}
    for row in rows:
        if row["unknown"] == "all absent":
            found[row["indicator"]] = (*found.get(row["indicator"], ()), row)
    return found


def _json(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
