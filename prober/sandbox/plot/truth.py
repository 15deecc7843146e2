"""State what a patient person with a browser would find on each site: the correct results for the world."""

import dataclasses
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from typing import Any

from prober.sandbox.plot.site_changes import SiteChange
from prober.sandbox.plot.site_roles import MISBEHAVIOUR, UNREACHABLE, Role
from prober.sandbox.sites.menus import traps
from prober.sandbox.sites.news import newspaper
from prober.sandbox.sites.page_kinds import staff
from prober.sandbox.sites.participation import citizen, citizen_note, focal_mail
from prober.sandbox.sites.site import Key, Site


def truth(seed: int, sites: Iterable[Site]) -> dict[str, Any]:
    """Return the truth of the web by kind and slug. The replies of agencies are in another module."""
    result: dict[str, Any] = {
        "seed": seed,
        "misbehaviours": {name: why for name, (_, why) in MISBEHAVIOUR.items()},
        "portals": {},
        "finance": {},
    }
    for site in sites:
        result["portals" if site.role.portal else "finance"][site.role.slug] = _facts(site)
    return result


def later_facts(
    changes: Iterable[SiteChange], site: Callable[[str, date], Site]
) -> list[dict[str, Any]]:  # fmt: skip
    """Return what is other about a site from a day on, by day: every change, and its end where it has one."""
    days = ((day, change) for change in changes for day in (change.first, change.end) if day)
    return [
        {
            "from": day.isoformat(), "slug": change.slug, "what": change.name if day == change.first else "as before",
            "facts": _facts(site(change.slug, day)),
        }
        for day, change in sorted(days, key=lambda row: (row[0], row[1].slug))
    ]  # fmt: skip


def _state(role: Role, seen: bool) -> str:
    if role.hidden:
        return "not_seen"
    return "found" if seen else "not_found"


def _facts(site: Site) -> dict[str, Any]:
    role = site.role
    facts = {
        "technology": role.technology,
        "hidden": role.hidden,
        "misbehaviour": sorted(role.quirks),
        "url": f"{site.origin}/",
        "has_qa": _state(role, role.level >= 2),
        "qa_level": role.level,
        "qa_urls": qa_urls(site),
        "has_email": _state(role, True),
        "emails": [mail for mail in (role.official, role.editor) if mail],
        "disguise": role.disguise,
        "email_document": f"{site.origin}{site.addresses[Key('mailboxes')]}" if role.list_suffix else "",
        "not_contacts": not_contacts(site),
        "has_social": _state(role, bool(role.socials)),
        "socials": [list(channel) for channel in role.socials],
        "not_channels": [trap["url"] for trap in traps(site) if trap["url"] != "#"],
        "access_section": _state(role, bool(role.access)),
        "access_regulation": role.regulation,
        "focal_point_email": focal_mail(site),
        "budget_section": _state(role, bool(site.content.budget)),
        "budget_types": 0 if role.hidden else len({paper.slug.rpartition("-")[0] for paper in site.content.budget}),
        "web_form": _state(role, role.web_form),
        "needs_browser": "js-only" in role.quirks,
    }
    if not role.portal:
        facts["request_email"] = role.official
        facts["documents"] = documents(site)
    return facts


def qa_urls(site: Site) -> list[str]:
    """Return the addresses of pages that show the Q&A section; on the other body's site where it is delegated."""
    if "delegated" in site.role.quirks:
        return ["https://dichvucong.gov.test/hoi-dap"]
    urls = [site.origin + site.addresses[Key(kind)] for kind in ("qa", "ask") if Key(kind) in site.addresses]
    return [*urls, f"https://hoidap.{site.role.domain}/"] if "iframe-qa" in site.role.quirks else urls


def documents(site: Site) -> list[list[str]]:
    """Return title and address of each published budget document; none where the site cannot be reached."""
    if site.role.hidden:
        return []
    return [[paper.title, site.origin + site.addresses[Key("pdf", paper.number)]] for paper in site.content.budget]


def not_contacts(site: Site) -> list[str]:
    """Return the addresses on the site, or near it, that are not contacts of its body."""
    vendor = site.vendor
    found = [vendor["mail"], f"quantri@{vendor['host']}", f"trienkhai@{vendor['host']}", "tencuaban@example.test"]
    found += [newspaper(site), "duan@mpi.gov.test", *staff(site)]
    return [*found, *(citizen(q) for q in site.content.questions if citizen_note(q))]


def agency_row(role: Role, now: datetime) -> dict[str, Any]:
    """Return one row of the world's registry, keys as the fields of Agency.

    The addresses of departments whose site shows none were found by telephone: a crawl cannot find them.
    """
    row = dataclasses.asdict(role.agency)
    row["alt_urls"] = list(role.agency.alt_urls)
    row["note"] = "mô phỏng"
    if not role.portal and role.quirks & set(UNREACHABLE):
        row |= {
            "request_email": role.official,
            "request_email_source": "điện thoại xác nhận (mô phỏng)",
            "request_email_reviewed_by": "người vận hành mô phỏng",
            "request_email_reviewed_at": (now - timedelta(days=5)).isoformat(),
        }
    return row
