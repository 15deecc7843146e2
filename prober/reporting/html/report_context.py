"""Prepare the values of the report's template that the study does not hold in a printable form."""

import json
from collections.abc import Sequence
from typing import Any

from prober.domain.correspondence import NEVER_SENT
from prober.domain.finding import State
from prober.domain.indicator import INDICATORS, column_of
from prober.reporting.html.cards import Card, cards
from prober.reporting.html.curves import SIZES, fate_curves
from prober.reporting.html.maps import of_provinces
from prober.reporting.tables import unread
from prober.reporting.tables.comparisons import Comparisons, compare, names, region_names
from prober.reporting.tables.corrected_shares import estimate, of_campaign
from prober.reporting.tables.indicators import OF_REQUESTS, Table
from prober.reporting.tables.league import League
from prober.reporting.words import labels
from prober.reporting.words.archive_words import records
from prober.reporting.words.labels import Text
from prober.reporting.words.translations import ANSWERED_QUESTIONS, NOTHING
from prober.store.reading.queries import Row
from prober.store.reading.report_rows import ReportRows
from prober.studies.study import Study
from prober.text.vietnamese import fold

MOST_COLUMNS = 6  # of indicators, in the table of all; cards and annex have every one
SHOWN = 8  # rows of a list that may be long, in the report; the annex has them all
UNCERTAIN = ("uncertain", "deferred", "sending")


def context(study: ReportRows, decided: Study) -> dict[str, Any]:
    """Return the names of the template with their values. Depends on the arguments alone."""
    compared = compare(study, decided)
    all_cards, unit = cards(study), labels.units(study.kinds, study.terms)
    regions = sorted({row["region"] for row in study.provinces}, key=fold)
    sections = {standing.row["agency"]: standing for standing in compared.sections.standings}
    on_cards = {row[place] for row in study.provinces for place in ("portal", "finance")}
    return {
        "study": study,
        "frame": labels.frame(study.frame, study.terms),
        "unit": unit,
        "nothing": [NOTHING[code] for code in nothing(study)],
        "summary": summary(study),
        "figures": {row["indicator"]: row for row in study.headline},
        "maps": of_provinces(study.provinces, study.campaign is not None, unit),
        "groups": _groups(all_cards),
        "cards": all_cards,
        "ranked": _by_group(all_cards),
        "columns": _columns(study.headline),
        "names": names(study),
        "regions": region_names(study),
        "filter_regions": regions,
        "filter_classes": _filter_classes(all_cards, regions),
        "compared": compared,
        "reference": next((one for one in study.references if one.frame == study.frame), None),
        "boards": _boards(compared, unit),
        "compares": bool(
            compared.waves or compared.others or compared.arms or compared.arms_why or _boards(compared, unit)
        )
        or any(row["reference"] for row in compared.participation),
        "sections": sections,
        "elsewhere": [standing for agency, standing in sections.items() if agency not in on_cards],
        "longer": any(len(rows) > SHOWN for rows in _lists(study)),
        "shown": SHOWN,
        "uncertain_states": UNCERTAIN,
        "estimates": estimates(study.requests, study.replies),
        "readings": {(row["indicator"], row["not_seen"]): row for row in compared.readings},
        "fates": _by_fate(compared.fates),
        "fate_curves": [
            (size, drawn)
            for size, width, height in SIZES
            if (drawn := fate_curves(compared.fate_waits, size, width, height))
        ],
        "calendar_of": decided.calendar.country,
        "fate_days": sorted({row["working_days"] for row in compared.fates}),
        "merged": _merged(compared.merged),
        "settings": _json(study.scan["settings"]) if study.scan else {},
        "records": records(study.searches),
        "calendars": sorted({row["calendar"] for row in study.deadlines}),
    }


def _columns(headline: Sequence[Row]) -> dict[str, Text]:
    """Return the columns of `participation` that the table of all shows, with their heads: what the study looks for."""
    known = {row["indicator"]: Text(row["label_vi"], row["label_en"]) for row in headline}
    declared = {name: (column, head) for name, (column, head) in labels.COLUMNS.items() if name in known}
    skipped = {figure.name for one in INDICATORS for figure in one.figures} | set(OF_REQUESTS)
    own = {name: (column_of(name), known[name]) for name in known if name not in skipped}
    return dict(list({**declared, **own}.values())[:MOST_COLUMNS])


def nothing(study: ReportRows) -> list[str]:
    """Return why the report, or the larger part of it, has nothing to say yet: codes of `translations.NOTHING`."""
    if not study.provinces:
        return ["no units"]
    found = [] if study.visited else ["not seen" if study.scan else "not crawled"]
    if not study.campaign:
        return [*found, "not asked"]
    if all(row["state"] in NEVER_SENT for row in study.requests):
        return [*found, "not sent"]
    silent = (row["waiting_ends_at"] or "" for row in study.requests if row["answered"] == State.NOT_FOUND)
    waited = not study.campaign["closed_at"] and any(ends > study.as_of for ends in silent)
    return [*found, "still waited for"] if waited else found


def _filter_classes(all_cards: Sequence[Card], regions: Sequence[str]) -> dict[str, str]:
    """Return province → the classes by which render.filter_rules shows or hides its entries."""
    return {
        (row := card.province)["province"]: f"entry-{number} in-{regions.index(row['region']) + 1} did-{card.group}"
        for number, card in enumerate(all_cards, 1)
    }


def _boards(compared: Comparisons, unit: labels.Units) -> list[tuple[Text, League]]:
    """Return what is compared between groups and sections, and in which words."""
    answered = Text(f"{unit.asked.vi} trả lời, theo vùng", f"{unit.all_asked.en} that answered, by region")
    asking = Text(
        f"{unit.sites.vi} nhận câu hỏi, theo công nghệ", f"{unit.sites.en} that take questions, by technology"
    )
    boards = ((answered, compared.by_region), (asking, compared.by_technology), (ANSWERED_QUESTIONS, compared.sections))
    return [(text, board) for text, board in boards if board and len(board.standings) > 1]


def _lists(study: ReportRows) -> tuple[Sequence[Row], ...]:
    """Return the lists of which the report shows the first SHOWN rows."""
    undelivered = [row for row in study.requests if row["delivered"] == "no"]
    uncertain = [row for row in study.requests if row["state"] in UNCERTAIN]
    return study.changes, study.second_look, study.not_seen, undelivered, uncertain


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
        _say(unread.rest(portals), vi, en)
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
        _say(unread.rest(asked), vi, en)
        known = [row for row in study.requests if row["replied"] and row["complete"] is not None]
        if known and len(known) == asked["k"]:
            full = sum(row["complete"] for row in known)
            vi.append(f"Trong đó {full} cơ quan cung cấp đủ các tài liệu được yêu cầu.")
            en.append(f"Complete answers, with every document asked for: {full} of these {len(known)}.")
        _say(unread.unread(asked), vi, en)
    return Text(" ".join(vi), " ".join(en)) if vi else None


def _say(text: Text | None, vi: list[str], en: list[str]) -> None:
    if text:
        vi.append(text.vi)
        en.append(text.en)


def _groups(all_cards: list[Card]) -> list[tuple[str, Text, list[Card]]]:
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


def _merged(rows: Table) -> dict[str, Row]:
    """Return indicator → its row over merged units, where those not seen stay in n as in `headline`."""
    return {row["indicator"]: row for row in rows if row["not_seen"] == "all not found"}


def _json(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
