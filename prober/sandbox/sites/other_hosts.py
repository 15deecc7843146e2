"""Serve other hosts that portals link to: webmail, public services, departments, ministries, a framed Q&A section."""

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from prober.sandbox.http.encodings import html, text
from prober.sandbox.http.site_messages import Response
from prober.sandbox.plot.corpus import texts
from prober.sandbox.sites.layout import ENVIRONMENT
from prober.sandbox.sites.participation import ask_form, entry
from prober.sandbox.sites.site import Site

_SERVICES = ("Hỏi đáp về thủ tục hành chính", "Tra cứu hồ sơ", "Đăng nhập", "Đánh giá chất lượng phục vụ")


def neighbour(host: str, path: str, provinces: Mapping[str, Site]) -> Response | None:
    """Return the answer of a host that is not in the registry, or None if there is no such host.

    `provinces` maps a province's domain to its portal.
    """
    page = _national(host) or _provincial(host, provinces)
    return text("User-agent: *\nDisallow:\n", "text/plain") if page and path == "/robots.txt" else page


def _national(host: str) -> Response | None:
    bodies: dict[str, str] = dict(texts("bodies")["national"])
    if host == "dichvucong.gov.test":
        return _services(bodies[host])
    return _page(bodies[host], main=f"Trang chủ {bodies[host]}.") if host in bodies else None


def _provincial(host: str, provinces: Mapping[str, Site]) -> Response | None:
    label, _, domain = host.partition(".")
    if domain not in provinces:
        return None
    portal = provinces[domain]
    name = portal.content.place.full
    departments: dict[str, str] = dict(texts("bodies")["departments"])
    if label == "mail":
        return _page(f"Thư điện tử công vụ {name}", part="webmail", domain=domain)
    if label == "dichvucong":
        return _services(f"Cổng dịch vụ công {name}")
    if label == "hoidap" and "iframe-qa" in portal.role.quirks:
        return _framed(portal)
    if label in departments and label != "stc":
        contact = {"phone": portal.phone, "mail": f"{label}@{domain}", "portal": f"{portal.origin}/"}
        return _page(f"{departments[label]} {name}", part="department", **contact)
    return None


def _page(title: str, **values: Any) -> Response:
    page = ENVIRONMENT.get_template("neighbour.html").render(title=title, **values)
    return html(page.encode(), frozenset())


def _services(name: str) -> Response:
    """Return a public services portal: questions about administrative procedures, which belong to another body."""
    return _page(name, part="services", links=_SERVICES, faq=texts("questions")["faq"])


def _framed(portal: Site) -> Response:
    """Return the Q&A section of a portal that keeps it on a separate host: list and form."""
    title = f"Hỏi đáp - {portal.content.place.full}"
    values = {
        "title": title,
        "style": "divs",
        "pages": [],
        "form": ask_form(portal) | {"action": "/"},
        "entries": [entry(portal, question) for question in portal.content.questions],
    }
    main: Any = ENVIRONMENT.get_template("main.html").module
    return _page(title, main=Markup(main.qa_list(values)))
