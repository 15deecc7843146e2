"""Build the menu of a site, its top strip and banners, and links that look like its channels and are not."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, quote

from prober.sandbox.sites.site import LABELS, Key, Site

# Places of the link to the Q&A section: they differ between sites, and visitors look everywhere.
_QA_PLACES = ("menu", "top", "banner", "menu")
COUNTER = "/dem"  # counts clicks on the menu


def entry(label: str, href: str, children: list[dict[str, Any]] | None = None, new: bool = False) -> dict[str, Any]:
    return {"label": label, "href": href, "children": children or [], "new": new}


def menu(site: Site) -> list[dict[str, Any]]:
    """Return the main menu: everything within two clicks."""
    entries = _portal_menu(site) if site.role.portal else _finance_menu(site)
    for quirk, written in _INDIRECT.items():
        if quirk in site.role.quirks:
            return [_indirect(item, str(number), written) for number, item in enumerate(entries)]
    return entries


def plain_menu(site: Site) -> list[dict[str, Any]]:
    """Return the main menu with plain addresses, for the site map."""
    return _portal_menu(site) if site.role.portal else _finance_menu(site)


def columns(site: Site) -> list[dict[str, Any]]:
    """Return the columns of links in the footer.

    The menu again, as far as it has branches. None where the menu posts back.
    """
    if "postback" in site.role.quirks:
        return []
    return [item for item in menu(site) if item["children"]]


def single(site: Site, kind: str) -> dict[str, Any]:
    return entry(LABELS[kind], site.link(kind))


def _portal_menu(site: Site) -> list[dict[str, Any]]:
    news = [entry(label, site.link("category", n)) for n, (_, label) in enumerate(site.content.categories)]
    services = [
        single(site, "procedures"),
        entry("Cổng dịch vụ công trực tuyến", f"https://dichvucong.{site.role.domain}/", new=True),
    ]
    return [
        entry("Trang chủ", site.link("home")),
        entry(
            "Giới thiệu", site.link("about"), [single(site, kind) for kind in ("about", "organisation", "statistics")]
        ),
        entry("Sở, ban, ngành", site.link("departments"), site.neighbours),
        entry("Tin tức", site.link("category"), news),
        entry("Văn bản", site.link("documents"), [single(site, "documents"), single(site, "schedule"), *_heavy(site)]),
        entry("Dịch vụ công", site.link("procedures"), services),
        *_interaction(site),
        *_access(site),
        single(site, "contact"),
    ]


def _finance_menu(site: Site) -> list[dict[str, Any]]:
    news = [entry(label, site.link("category", n)) for n, (_, label) in enumerate(site.content.categories)]
    return [
        entry("Trang chủ", site.link("home")),
        entry("Giới thiệu", site.link("about"), [single(site, "about"), single(site, "organisation")]),
        entry("Tin tức", site.link("category"), news),
        entry("Công khai ngân sách", site.link("budget"), [single(site, "budget")]),
        entry(
            "Văn bản", site.link("documents"), [single(site, kind) for kind in ("documents", "procedures", "schedule")]
        ),
        *_interaction(site),
        *_access(site),
        single(site, "contact"),
        entry("Cổng TTĐT tỉnh", f"https://{site.role.domain}/", new=True),
    ]


def _interaction(site: Site) -> list[dict[str, Any]]:
    """Return the part of the menu that leads to questions. A delegated site links to another body."""
    if "delegated" in site.role.quirks:
        return [entry("Hỏi đáp", "https://dichvucong.gov.test/hoi-dap", new=True)]
    place = _QA_PLACES[len(site.role.host) % len(_QA_PLACES)]
    if not site.role.level:
        return []
    if place == "banner" and site.role.level >= 2:
        return []
    children = [entry(site.qa_label, site.link("qa"))]
    if Key("ask") in site.addresses:
        children.append(entry("Gửi câu hỏi", site.link("ask")))
    if "login" in site.kinds:
        children.append(entry("Đặt câu hỏi (đăng nhập VNeID)", site.link("login")))
    if place == "top":
        return children[:1]
    return [entry("Tương tác", "#", children)]


def _access(site: Site) -> list[dict[str, Any]]:
    return [single(site, "access")] if site.role.access else []


def _heavy(site: Site) -> list[dict[str, Any]]:
    labels = {"five-megabytes": "Công báo toàn văn", "bomb": "Dữ liệu mở"}
    return [entry(label, site.link(quirk)) for quirk, label in labels.items() if quirk in site.role.quirks]


def _posting_back(href: str, path: str) -> str:
    """Return a link in the form of ASP.NET's menu control."""
    target = path.replace("\\", "\\\\")
    return f"javascript:__doPostBack('ctl00$TopMenu','{target}')"


def _counted(href: str, path: str) -> str:
    """Return a link in the form of portals that count clicks; labels and other hosts are not counted."""
    number = path.replace("\\", ".")
    return href if href == "#" or "://" in href else f"{COUNTER}?b={number}"


# Links that do not show their target: the server finds it by the entry's path in the menu.
_INDIRECT = {"postback": _posting_back, "click-counter": _counted}


def _indirect(item: dict[str, Any], path: str, written: Callable[[str, str], str]) -> dict[str, Any]:
    children = [_indirect(child, f"{path}\\{n}", written) for n, child in enumerate(item["children"])]
    return item | {"href": item["href"] if item["new"] else written(item["href"], path), "children": children}


def counted_target(site: Site, query: str) -> str:
    """Return the target of the counter for the menu entry that `query` names."""
    return posted_target(site, (parse_qs(query).get("b") or [""])[0].replace(".", "\\"))


def posted_target(site: Site, argument: str) -> str:
    """Return the target of the menu entry that posted back `argument`; the start page for anything unknown."""
    entries, href = plain_menu(site), site.link("home")
    for number in argument.split("\\"):
        if not number.isdigit() or int(number) >= len(entries):
            return site.link("home")
        href, entries = entries[int(number)]["href"], entries[int(number)]["children"]
    return str(href)


def strip(site: Site) -> list[dict[str, Any]]:
    """Return the small links above the banner, with the staff's webmail among them, which is no contact."""
    links = [single(site, "sitemap"), single(site, "search"), single(site, "english")]
    links.append(entry("Thư điện tử công vụ", f"https://mail.{site.role.domain}/"))
    links.append(entry("RSS", site.link("rss")))
    return links


def banners(site: Site) -> list[dict[str, Any]]:
    """Return picture links; on some sites they are the only link to the Q&A section."""
    shown = []
    if site.role.level >= 2 and not _interaction(site):
        shown.append(entry(site.qa_label, site.link("qa")))
    if site.role.portal:
        shown.append(entry("Công khai ngân sách nhà nước", site.finance_url))
    shown.append(entry("Một cửa điện tử", f"https://dichvucong.{site.role.domain}/"))
    shown.append(entry("Học tập và làm theo tư tưởng, đạo đức, phong cách Hồ Chí Minh", site.link("category")))
    return shown


def traps(site: Site) -> list[dict[str, Any]]:
    """Return links to social networks that are not this body's channels."""
    ascii_name = site.role.agency.province.replace("-", "")
    plugin = "https://www.facebook.com/plugins/page.php?href=" + quote(
        "https://www.facebook.com/thongtinchinhphu-mo-phong", ""
    )
    every = [
        {"kind": "plugin", "label": "Thông tin Chính phủ", "url": f"{plugin}&tabs=timeline&width=220"},
        {"kind": "link", "label": f"Fanpage Trung tâm Xúc tiến Du lịch {site.content.place.name}",
         "url": f"https://www.facebook.com/dulich{ascii_name}-mo-phong"},
        {"kind": "link", "label": "Trang Facebook Công an tỉnh", "url": f"https://www.facebook.com/congan{ascii_name}-mo-phong"},
        {"kind": "link", "label": f"{site.vendor['name']} trên Facebook",
         "url": f"https://www.facebook.com/{site.vendor['host'].split('.')[0]}-mo-phong"},
    ]  # fmt: skip
    icons = {"kind": "icons", "label": "", "url": "#"}
    if "social-traps" in site.role.quirks:
        return [*every, icons]
    if site.role.socials:
        return []
    return [[icons], [every[1]], [], [every[0]], [icons, every[3]]][len(site.role.official) % 5]
