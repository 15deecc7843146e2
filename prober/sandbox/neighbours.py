"""Other hosts that portals link to: webmail, public services, other departments, national bodies, a framed Q&A section."""

from collections.abc import Mapping
from functools import cache
from html import escape

from jinja2 import Template

from prober.sandbox.corpus import texts
from prober.sandbox.participation import ask_form, entry
from prober.sandbox.shell import ENVIRONMENT
from prober.sandbox.site import Response
from prober.sandbox.sites import Site
from prober.sandbox.wire import html, text

_PLAIN: frozenset[str] = frozenset()
_STYLE = "body{font:14px/1.5 Arial,sans-serif;max-width:860px;margin:24px auto;color:#234}h1{color:#0b5aa8;font-size:22px}nav a{margin-right:14px}"
_SERVICES = ("Hỏi đáp về thủ tục hành chính", "Tra cứu hồ sơ", "Đăng nhập", "Đánh giá chất lượng phục vụ")


def neighbour(host: str, path: str, provinces: Mapping[str, Site]) -> Response | None:
    """The answer of a host that is no agency of the registry, or None if there is no such host.

    `provinces` maps a province's domain to its portal.
    """
    if path == "/robots.txt":
        return text("User-agent: *\nDisallow:\n", "text/plain") if _known(host, provinces) else None
    national: dict[str, str] = dict(texts("bodies")["national"])
    if host == "dichvucong.gov.test":
        return _page("Cổng Dịch vụ công quốc gia", _services("Cổng Dịch vụ công quốc gia"))
    if host in national:
        return _page(national[host], f"<p>Trang chủ {escape(national[host])} (mô phỏng).</p>")
    label, _, domain = host.partition(".")
    if domain not in provinces:
        return None
    return _provincial(label, provinces[domain], path)


def _known(host: str, provinces: Mapping[str, Site]) -> bool:
    return neighbour(host, "/", provinces) is not None


def _provincial(label: str, portal: Site, path: str) -> Response | None:
    name, domain = portal.content.place.full, portal.role.domain
    departments = dict(texts("bodies")["departments"])
    if label == "mail":
        return _page(f"Thư điện tử công vụ {name}", _webmail(domain))
    if label == "dichvucong":
        return _page(f"Cổng dịch vụ công {name}", _services(f"Cổng dịch vụ công {name}"))
    if label == "hoidap" and "iframe-qa" in portal.role.quirks:
        return _framed(portal)
    if label in departments and label != "stc":
        body = (
            f"<p>Trang thông tin điện tử {escape(departments[label])} {escape(name)} (mô phỏng).</p>"
            f'<p>Điện thoại: {portal.phone}. Email: {label}@{domain}</p><p><a href="https://{portal.role.host}/">Cổng thông tin điện tử</a></p>'
        )
        return _page(f"{departments[label]} {name}", body)
    return None


def _page(title: str, body: str) -> Response:
    page = (
        f'<!DOCTYPE html><html lang="vi"><head><meta charset="utf-8"><title>{escape(title)}</title><style>{_STYLE}</style></head>'
        f"<body><h1>{escape(title)}</h1>{body}<hr><p><small>Trang mô phỏng.</small></p></body></html>"
    )
    return html(page.encode(), _PLAIN)


def _services(name: str) -> str:
    links = "".join(f'<a href="/{number}">{escape(label)}</a>' for number, label in enumerate(_SERVICES, 1))
    faq = "".join(
        f"<dt>Hỏi: {escape(q['title'])}</dt><dd>Trả lời: {escape(q['answer'])}</dd>" for q in texts("questions")["faq"]
    )
    return f"<nav>{links}</nav><h2>Hỏi đáp dịch vụ công</h2><dl>{faq}</dl><p>{escape(name)} - Tổng đài hỗ trợ: 1900.0000</p>"


def _webmail(domain: str) -> str:
    return (
        '<form method="post" action="/zimbra/"><p><label>Tên truy cập <input type="text" name="username"></label> '
        f'@{domain}</p><p><label>Mật khẩu <input type="password" name="password"></label></p>'
        '<p><input type="submit" value="Đăng nhập"></p></form><p>Chỉ dành cho cán bộ, công chức.</p>'
    )


@cache
def _parts() -> Template:
    return ENVIRONMENT.get_template("main.html")


def _framed(portal: Site) -> Response:
    """The Q&A section of a portal that keeps it on a host of its own: list and form."""
    values = {
        "title": f"Hỏi đáp - {portal.content.place.full}", "style": "divs", "pages": [], "current": 1, "faq": (), "frame": "",
        "notice": "", "login": "", "form": ask_form(portal) | {"action": "/"},
        "entries": [entry(portal, question) | {"href": "#"} for question in portal.content.questions],
    }  # fmt: skip
    return _page(str(values["title"]), str(_parts().module.qa_list(values)))  # type: ignore[attr-defined]
