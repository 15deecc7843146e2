"""Build the main content of each kind of page: one function per kind, from site and key to title and HTML."""

import random
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any
from urllib.parse import parse_qs

from jinja2 import Template
from markupsafe import Markup

from prober.sandbox.plot.corpus import slots, texts
from prober.sandbox.sites.layout import ENVIRONMENT, address_html
from prober.sandbox.sites.markup_styles import ASP_NET, style_of
from prober.sandbox.sites.menus import plain_menu
from prober.sandbox.sites.news import article, category, home
from prober.sandbox.sites.participation import access, ask, contact, qa, question
from prober.sandbox.sites.site import LABELS, Key, Site

Values = dict[str, Any]
PER_PAGE = 7
RESULTS = 30


@cache
def _template() -> Template:
    return ENVIRONMENT.get_template("main.html")


def middle(site: Site, key: Key, query: str = "") -> tuple[str, str]:
    """Return (title, HTML) of the main content of a page. `query` is the raw query, which search and calendar read."""
    macro, values = _MAKERS[key.kind](site, key, query)
    values = {"style": style_of(site.role.technology), **values}
    return values["title"], str(getattr(_template().module, macro)(values))


def _text(site: Site, title: str, paragraphs: list[str], extra: str = "") -> tuple[str, Values]:
    return "text", {"title": title, "paragraphs": paragraphs, "extra": Markup(extra)}


def _about(site: Site, key: Key, query: str) -> tuple[str, Values]:
    rng = random.Random(site.role.slug)
    entries = texts("bodies")["portal_about" if site.role.portal else "finance_about"]
    return _text(
        site, LABELS["about"], [entry.format(**slots(site.content.place, rng, site.content.today)) for entry in entries]
    )


def _organisation(site: Site, key: Key, query: str) -> tuple[str, Values]:
    units = texts("bodies")["portal_units" if site.role.portal else "finance_units"]
    titles = (
        ("Chủ tịch", "Phó Chủ tịch", "Chánh Văn phòng")
        if site.role.portal
        else ("Giám đốc", "Phó Giám đốc", "Chánh Văn phòng Sở")
    )
    people = staff(site)
    return "organisation", {
        "title": LABELS["organisation"],
        "leaders": [
            {
                "title": title,
                "field": field,
                "phone": site.phone[:-2] + f"{n + 21}",
                "mail": people[n] if people else "-",
            }
            for n, (title, field) in enumerate(
                zip(titles, ("Phụ trách chung", "Ngân sách, đầu tư", "Tổ chức, hành chính"), strict=True)
            )
        ],
        "units": [
            {
                "name": unit,
                "task": "Tham mưu, tổng hợp và tổ chức thực hiện nhiệm vụ theo lĩnh vực được phân công.",
                "phone": site.phone[:-2] + f"{n + 31}",
            }
            for n, unit in enumerate(units)
        ],
    }


def staff(site: Site) -> list[str]:
    """Return mailboxes of single officials, on about half of the sites. They are persons, not contacts of the body."""
    if len(site.role.host) % 2:
        return []
    return [f"{user}@{site.role.domain}" for user in ("nthoa", "lvdung", "ptkien")]


def _departments(site: Site, key: Key, query: str) -> tuple[str, Values]:
    return "departments", {"title": LABELS["departments"], "entries": site.neighbours}


def _documents(site: Site, key: Key, query: str) -> tuple[str, Values]:
    return "documents", {"title": LABELS["documents"], "search": "", "entries": _papers(site, site.content.documents)}


def _budget(site: Site, key: Key, query: str) -> tuple[str, Values]:
    return "documents", {"title": LABELS["budget"], "search": "", "entries": _papers(site, site.content.budget)}


def _papers(site: Site, papers: Any) -> list[Values]:
    return [
        {"code": p.code, "day": f"{p.issued:%d/%m/%Y}", "title": p.title, "href": site.link("pdf", p.number)}
        for p in papers
    ]


def _procedures(site: Site, key: Key, query: str) -> tuple[str, Values]:
    names = [document.title for document in site.content.documents[:5]]
    return _text(site, LABELS["procedures"], ["Danh mục thủ tục hành chính tiếp nhận tại bộ phận một cửa:", *names])


def _statistics(site: Site, key: Key, query: str) -> tuple[str, Values]:
    rng = random.Random(f"{site.role.slug}:statistics")
    rows = "".join(
        f"<tr><td>{year}</td><td>{rng.randint(8, 99)},{rng.randint(1, 9)}</td></tr>" for year in range(2010, 2020)
    )
    return _text(
        site,
        LABELS["statistics"],
        ["Tổng sản phẩm trên địa bàn (nghìn tỷ đồng):"],
        f'<table class="bang">{rows}</table>',
    )


def _sitemap(site: Site, key: Key, query: str) -> tuple[str, Values]:
    more = {
        "label": "Tiện ích",
        "href": site.link("sitemap"),
        "children": [
            {"label": LABELS[kind], "href": site.link(kind)}
            for kind in site.kinds
            if kind in ("search", "english", "schedule")
        ],
    }
    entries = [item for item in plain_menu(site) if item["href"] != "#"]
    talk = [item for item in plain_menu(site) if item["href"] == "#"]
    entries += [child for item in talk for child in item["children"]]
    if site.role.level >= 2 and not talk and all(entry["label"] != site.qa_label for entry in entries):
        entries.append({"label": site.qa_label, "href": site.link("qa"), "children": []})
    return "sitemap", {"title": LABELS["sitemap"], "menu": [*entries, more]}


def _search(site: Site, key: Key, query: str) -> tuple[str, Values]:
    words = (parse_qs(query).get("q") or [""])[0].strip()[:80]
    pool = [(LABELS.get(k.kind, ""), k) for k in site.addresses if k.kind in LABELS]
    pool += [(a.title, Key("article", a.number)) for a in site.content.articles]
    pool += [(site.qa_label, Key("qa"))] if Key("qa") in site.addresses else []
    found = [{"title": t, "href": site.link(*k)} for t, k in pool if words and words.lower() in t.lower()][:RESULTS]
    return "search", {
        "title": LABELS["search"],
        "words": words,
        "entries": found,
        "action": site.addresses[key].partition("?")[0],
        "inside": site.role.technology in ASP_NET,
    }


def _schedule(site: Site, key: Key, query: str) -> tuple[str, Values]:
    """Return a month of meetings.

    Without end where the site is a calendar trap; elsewhere the next and previous month are this page itself.
    """
    today = site.content.today
    asked = (parse_qs(query).get("thang") or [f"{today.year}-{today.month}"])[0]
    year, _, month = asked.partition("-")
    y, m = (
        (int(year), int(month)) if year.isdigit() and month.isdigit() and len(year) <= 4 else (today.year, today.month)
    )
    m = min(max(m, 1), 12)
    here, endless = site.link("schedule"), "calendar" in site.role.quirks
    mark = "&" if "?" in here else "?"
    rng = random.Random(f"{site.role.slug}:{y}:{m}")
    nouns = ("Họp giao ban", "Tiếp công dân", "Làm việc với các sở", "Kiểm tra cơ sở", "Dự hội nghị trực tuyến")
    rows = [
        {"day": f"{d:02d}/{m:02d}/{y}", "morning": rng.choice(nouns), "afternoon": rng.choice(nouns)}
        for d in range(1, 25)
    ]
    return "schedule", {
        "title": LABELS["schedule"],
        "month": m,
        "year": y,
        "rows": rows,
        "before": f"{here}{mark}thang={y - (m == 1)}-{(m - 2) % 12 + 1}" if endless else here,
        "after": f"{here}{mark}thang={y + (m == 12)}-{m % 12 + 1}" if endless else here,
    }


def _english(site: Site, key: Key, query: str) -> tuple[str, Values]:
    name, agency = site.role.agency.province_en, site.role.agency
    about = (
        f"{name} lies in the {agency.region_en} region. "
        "Its administration publishes news, legal documents and services here.",
        "Organisations and citizens may reach it in writing, by telephone or in person on working days.",
    )
    mail = address_html(site, "english")
    return "english", {
        "title": f"{agency.name_en}",
        "paragraphs": about,
        "address": f"{site.content.place.seat}, {name}, Viet Nam (simulated)",
        "phone": site.phone,
        "mail": mail,
    }


def _login(site: Site, key: Key, query: str) -> tuple[str, Values]:
    return "login", {"title": LABELS["login"], "action": site.addresses[key]}


def _gazette(site: Site, key: Key, query: str) -> tuple[str, Values]:
    """Return the whole gazette on one page: more than five megabytes."""
    paragraph = " ".join(site.content.body(site.content.articles[0]))
    return _text(site, "Công báo toàn văn", [paragraph] * (5_400_000 // len(paragraph.encode()) + 1))


_MAKERS: Mapping[str, Callable[[Site, Key, str], tuple[str, Values]]] = {
    "home": home,
    "start": home,
    "frame-main": home,
    "category": category,
    "article": article,
    "print": article,
    "about": _about,
    "organisation": _organisation,
    "departments": _departments,
    "documents": _documents,
    "budget": _budget,
    "procedures": _procedures,
    "statistics": _statistics,
    "sitemap": _sitemap,
    "search": _search,
    "schedule": _schedule,
    "english": _english,
    "login": _login,
    "five-megabytes": _gazette,
    "contact": contact,
    "qa": qa,
    "question": question,
    "ask": ask,
    "access": access,
}
