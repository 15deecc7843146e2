"""Compare the results of a crawl of the embedded world with the world's file of true facts."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from prober.domain.indicator import BUDGET_TYPES, OFFICIAL
from prober.services.evaluation.scores import Score, score

Row = Mapping[str, Any]
# What is scored, detector, indicator, and the names that the state has in a truth file.
_VERDICTS = (
    ("Q&A section", "qa", "qa", ("has_qa", "qa")), ("contact address", "emails", "email", ("has_email", "email")),
    ("access-to-information section", "access", "access", ("access_section", "access")),
    ("budget section", "budget", "budget", ("budget_section",)), ("web form", "web_form", "web_form", ("web_form",)),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Site:
    """One site: what the truth file says of it, and the rows that the crawl stored of it."""

    slug: str
    truth: Row
    verdicts: Mapping[str, Row]  # by kind
    findings: tuple[Row, ...]

    def facts(self, kind: str) -> Row:
        """Return what was true on the day of the visit on which the verdict of `kind` rests."""
        return facts_on(self.truth, self.slug, self.verdicts.get(kind, {}).get("on", ""))

    def found(self, kind: str, *categories: str) -> list[Row]:
        """Return the findings of `kind` with proof, of all categories or of `categories`."""
        return [
            row
            for row in self.findings
            if row["kind"] == kind and row["state"] == "found" and (not categories or row["category"] in categories)
        ]


def evaluate_world(truth: Row, verdicts: Iterable[Row], findings: Iterable[Row]) -> tuple[int, list[Score]]:
    """Return the number of sites, and the scores over all of them.

    `truth` is the world's truth file; `verdicts` are rows of latest_verdict (slug, kind, state, level, and the day `on`
    which the site was visited), `findings` of latest_observation (slug, kind, category, value, state, detail as JSON).
    What a site hides by design counts as not there: to claim it would be wrong. What the world states of no site has no
    score.
    """
    said: dict[str, dict[str, Row]] = {}
    for row in verdicts:
        said.setdefault(row["slug"], {})[row["kind"]] = row
    seen: dict[str, list[Row]] = {}
    for row in findings:
        seen.setdefault(row["slug"], []).append(row)
    known = _first_day(truth)
    sites = [_Site(slug, truth, said.get(slug, {}), tuple(seen.get(slug, ()))) for slug in sorted(known)]
    stated = {name for facts in known.values() for name in facts}
    scores = [
        score(what, detector, [(site.slug, _true(site, kind, names), _said(site, kind)) for site in sites])
        for what, detector, kind, names in _VERDICTS
        if stated.intersection(names)
    ]
    scores += [
        score(what, detector, [(site.slug, *compared(site)) for site in sites])
        for what, detector, fact, compared in _VALUES
        if fact in stated
    ]
    return len(sites), scores


def facts_on(truth: Row, slug: str, day: str) -> Row:
    """Return the facts of one site in the truth file on a day (ISO 8601); "": those of the world's first day."""
    later = (row["facts"] for row in truth.get("later", ()) if row["slug"] == slug and row["from"] <= day)
    return {**_first_day(truth)[slug], **next(reversed(tuple(later)), {})}


def _first_day(truth: Row) -> dict[str, Row]:
    """Return slug → facts of the sites of every group: each world has groups of its own, as portals or councils."""
    groups = (group for group in truth.values() if isinstance(group, Mapping))
    return {slug: facts for group in groups for slug, facts in group.items() if isinstance(facts, Mapping)}


def _true(site: _Site, kind: str, names: Iterable[str]) -> set[str]:
    facts = site.facts(kind)
    return {"found"} if any(facts.get(name) == "found" for name in names) else set()


def _said(site: _Site, kind: str) -> set[str]:
    return {"found"} if kind in site.verdicts and site.verdicts[kind]["state"] == "found" else set()


def _levels(site: _Site) -> tuple[set[str], set[str]]:
    """Return the true and the found level; nothing for a site without a section."""
    if site.facts("qa")["has_qa"] != "found":
        return set(), set()
    said = site.verdicts.get("qa", {}).get("level", 0)
    return {f"level {site.facts('qa')['qa_level']}"}, {f"level {said}"} if said else set()


def _official(site: _Site) -> set[str]:
    return {row["value"] for row in site.found("email", *OFFICIAL)}


def _addresses(site: _Site) -> tuple[set[str], set[str]]:
    there = set() if site.facts("email").get("hidden") else set(site.facts("email")["emails"])
    return there, _official(site)


def _kept_out(site: _Site) -> tuple[set[str], set[str]]:
    """Return the addresses of vendors, citizens, staff and other bodies, and those of them not called official."""
    others = set(site.facts("email")["not_contacts"])
    return others, others - _official(site)


def _channels(site: _Site) -> tuple[set[str], set[str]]:
    there = set() if site.facts("social").get("hidden") else {url for _, url in site.facts("social")["socials"]}
    return there, {row["value"] for row in site.found("social")}


def _regulations(site: _Site) -> tuple[set[str], set[str]]:
    number = site.facts("access")["access_regulation"]
    found = {row["value"] for row in site.found("access", "regulation")} - {""}
    return {number} if number and not site.facts("access").get("hidden") else set(), found


def _focal_points(site: _Site) -> tuple[set[str], set[str]]:
    mail = site.facts("access")["focal_point_email"]
    mails = {json.loads(row["detail"]).get("email", "") for row in site.found("access", "focal_point")} - {""}
    return {mail} if mail and not site.facts("access").get("hidden") else set(), mails


def _budget(site: _Site) -> tuple[set[str], set[str]]:
    """Compare numbers of compulsory types: the truth file has no more than the number."""
    there, found = (
        site.facts("budget")["budget_types"],
        len({row["category"] for row in site.found("budget", *BUDGET_TYPES)}),
    )
    return {f"{there} types"} if there else set(), {f"{found} types"} if found else set()


_VALUES: tuple[tuple[str, str, str, Callable[[_Site], tuple[set[str], set[str]]]], ...] = (
    ("Q&A level", "qa", "qa_level", _levels), ("official addresses", "emails", "emails", _addresses),
    ("others' addresses kept out", "emails", "not_contacts", _kept_out),
    ("social channels", "social", "socials", _channels),
    ("internal regulation", "access", "access_regulation", _regulations),
    ("focal point", "access", "focal_point_email", _focal_points),
    ("budget document types", "budget", "budget_types", _budget),
)  # fmt: skip
