"""Render the frame of the pages of one site once: head, menu, side columns, footer.

The layout template of the technology is rendered with markers in place of title, breadcrumb and main content; a page is
then a concatenation. That keeps a page of 50 KB below a millisecond.
"""

import random
from base64 import b64encode
from dataclasses import dataclass
from functools import cache
from hashlib import md5
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader
from markupsafe import Markup, escape

from prober.sandbox.plot.corpus import texts
from prober.sandbox.sites.content import SILENT_DAYS, Article
from prober.sandbox.sites.menus import banners, columns, menu, strip, traps
from prober.sandbox.sites.obfuscations import disguised, shown_on
from prober.sandbox.sites.site import Site

ENVIRONMENT = Environment(
    loader=PackageLoader("prober.sandbox.sites", "templates"), autoescape=True, trim_blocks=True, lstrip_blocks=True
)
_MARKS = ("\x01title\x01", "\x01crumb\x01", "\x01main\x01")
# Colour, with a darker and a lighter one.
_PALETTES = (
    ("#0b5aa8", "#083f78", "#dcebf9"),
    ("#b51f24", "#7c1216", "#fbe9e4"),
    ("#0a7a5a", "#06523c", "#dff3ea"),
    ("#1f4e96", "#142f5e", "#e3ebf7"),
    ("#a3480d", "#6e2f07", "#fbeadd"),
    ("#00707f", "#004b55", "#daf1f3"),
)
_WEEKDAYS = ("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ nhật")
NEWEST = 7


@dataclass(frozen=True)
class Shell:
    """The pieces of a page in order: text and markers alternate."""

    pieces: tuple[str, ...]

    def page(self, title: str, crumb: str, main: str) -> str:
        filled = {_MARKS[0]: str(escape(title)), _MARKS[1]: str(escape(crumb)), _MARKS[2]: main}
        return "".join(filled.get(piece, piece) for piece in self.pieces)


def shell(site: Site, seed: int) -> Shell:
    """Return the shell of a site. The same site and seed give the same bytes."""
    slot = {"title": Markup(_MARKS[0]), "crumb": Markup(_MARKS[1]), "main": Markup(_MARKS[2])}
    template = ENVIRONMENT.get_template(f"{site.role.technology}.html")
    return Shell(tuple(_split(template.render(s=values(site, seed), slot=slot))))


def _split(rendered: str) -> list[str]:
    return [f"\x01{piece}\x01" if f"\x01{piece}\x01" in _MARKS else piece for piece in rendered.split("\x01")]


@cache
def text_file(name: str) -> str:
    return files("prober.sandbox.sites").joinpath(f"templates/{name}").read_text(encoding="utf-8")


@cache
def grid() -> str:
    """Return a twelve-column grid like those in the style sheets of such systems, inlined by their optimisers."""
    sizes = (("xs", 0), ("sm", 768), ("md", 992), ("lg", 1200))
    rules = []
    for name, width in sizes:
        body = "".join(
            f".col-{name}-{n}{{width:{n / 12:.6%}}}.col-{name}-offset-{n}{{margin-left:{n / 12:.6%}}}"
            for n in range(1, 13)
        )
        rules.append(f"@media (min-width:{width}px){{{body}}}" if width else body)
    return "".join(rules)


def address_html(site: Site, place: str) -> Markup | str:
    """Return the official address in the form of `place` (contact, footer, english) on this site, or ""."""
    role = site.role
    return Markup(disguised(role.disguise, role.official)) if shown_on(role.disguise, place) else ""


def values(site: Site, seed: int) -> dict[str, Any]:
    """Return everything that a layout template reads as `s`."""
    rng = random.Random(f"{seed}:{site.role.slug}:shell")
    return {**_look(site, seed, rng), **_columns(site), **_imprint(site, rng)}


def _look(site: Site, seed: int, rng: random.Random) -> dict[str, Any]:
    """Return colours, head and the marks of the technology."""
    colour, dark, light = rng.choice(_PALETTES)
    digest = md5(f"{seed}{site.role.host}".encode(), usedforsecurity=False).hexdigest()
    css = f":root{{--c:{colour};--d:{dark};--e:{light}}}" + text_file("common.css") + grid()
    today = site.content.today
    return {
        "name": site.name.upper(),
        "name_mixed": site.name,
        "slogan": site.slogan,
        "lang": "vi",
        "origin": site.origin,
        "home": site.link("home"),
        "emblem": _emblem(colour, site.content.place.name),
        "css": Markup(css),
        "meta": _meta(site),
        "token": digest[:12],
        "uuid": f"{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:]}",
        "viewstate": b64encode(rng.randbytes(4_200)).decode(),
        "scripts": Markup(f"<script>{text_file('scripts.js')}</script>"),
        "framed": "frames" in site.role.quirks,
        "chat": "chatbot" in site.role.quirks,
        # Pages stay as on the first day: on a site that is not kept up this date would look like news on a later one.
        "today": ""
        if site.role.quirks & SILENT_DAYS.keys()
        else f"{_WEEKDAYS[today.weekday()]}, ngày {today:%d/%m/%Y}",
    }


def _columns(site: Site) -> dict[str, Any]:
    """Return menus and side columns: everything with links."""
    papers = [
        {"code": p.code, "title": p.title, "day": f"{p.issued:%d/%m/%Y}", "href": site.link("pdf", p.number)}
        for p in site.content.documents[:6]
    ]
    channels = [
        {"platform": platform, "url": url, "label": f"{platform.capitalize()} chính thức"}
        for platform, url in site.role.socials
    ]
    return {
        "menu": menu(site),
        "strip": strip(site),
        "columns": columns(site),
        "notices": newest(site, len(site.content.categories) - 1),
        "latest": newest(site, 0, NEWEST + 3),
        "documents": papers,
        "departments": site.neighbours,
        "national": [{"label": label, "href": f"https://{host}/"} for host, label in texts("bodies")["national"]],
        "banners": banners(site),
        "traps": traps(site),
        "socials": channels,
    }


def _imprint(site: Site, rng: random.Random) -> dict[str, Any]:
    """Return the imprint: who runs the site, how to reach it, who built it, how often it is read."""
    return {
        "owner": site.body,
        "responsible": "Chánh Văn phòng" if site.role.portal else "Giám đốc Sở",
        "address": site.address,
        "phone": site.phone,
        "fax": site.phone[:-1] + "9",
        "phone_digits": site.phone.replace(".", "")[1:],
        "footer_mail": address_html(site, "footer"),
        "editor_mail": site.role.editor,
        "vendor": site.vendor,
        "visits": {
            "now": rng.randint(9, 300),
            "today": rng.randint(900, 8_000),
            "month": rng.randint(30_000, 200_000),
            "all": rng.randint(3_000_000, 60_000_000),
        },
        "licence": f"{rng.randint(10, 190)}/GP-TTĐT (mô phỏng)",
    }


def newest(site: Site, category: int, count: int = NEWEST) -> list[dict[str, Any]]:
    return [headline_of(site, article) for article in site.content.of_category(category)[:count]]


def headline_of(site: Site, article: Article) -> dict[str, Any]:
    """Return one line of a news list."""
    return {
        "title": article.title,
        "href": site.link("article", article.number),
        "day": f"{article.published:%d/%m/%Y}",
        "views": article.views,
        "image": f"/img/tin-{article.number % 24}.svg",
    }


def _meta(site: Site) -> Markup:
    """Return the charset (unless the site forgets it), the description, and addresses that readers do not see."""
    charset = (
        "" if "no-charset" in site.role.quirks else '<meta http-equiv="Content-Type" content="text/html; charset={}">'
    )
    name = escape(site.name)
    head = charset.format("windows-1258" if "windows-1258" in site.role.quirks else "utf-8")
    base = f'<base href="{site.origin}/">' if "base-href" in site.role.quirks else ""
    return Markup(
        f'{head}{base}<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="description" content="{name}: tin tức, văn bản, dịch vụ công">'
        f'<meta name="keywords" content="{name}">'
        f'<meta name="author" content="quantri@{site.vendor["host"]}"><meta property="og:site_name" content="{name}">'
        f"<!-- ban giao ngay 12/08/2017, lien he ky thuat: trienkhai@{site.vendor['host']} -->"
    )


def _emblem(colour: str, name: str) -> Markup:
    """Return a round mark with the first letters of the province: no state emblem is imitated."""
    letters = escape("".join(word[0] for word in name.split() if word[0].isalpha())[:3])
    text = 'font-size="22" font-weight="bold" fill="#fff" text-anchor="middle" font-family="Georgia,serif"'
    return Markup(
        '<svg width="72" height="72" viewBox="0 0 72 72" role="img" aria-label="Biểu trưng">'
        '<circle cx="36" cy="36" r="34" fill="#f7c948" stroke="#fff" stroke-width="3"/>'
        f'<circle cx="36" cy="36" r="27" fill="{colour}"/><text x="36" y="44" {text}>{letters}</text></svg>'
    )
