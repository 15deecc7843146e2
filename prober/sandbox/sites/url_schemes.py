"""List the address patterns of each portal technology (docs/reference/registry.md#technologies).

A pattern is a format string over: slug, camel (ASP.NET page name), id and code (stable numbers of the slug), uuid, n
(number of the item), page, start (first item of the page), section (slug of the list an item belongs to), y, m, d.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import md5

from prober.sandbox.sites.slugs import camel

PER_PAGE = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """Address patterns of one technology."""

    home: str
    page: str
    next: str  # second and later pages of a list
    article: str
    question: str
    file: str


SCHEMES: Mapping[str, Scheme] = {
    "liferay": Scheme(
        home="/web/guest/trang-chu",
        page="/web/guest/{slug}",
        next="/web/guest/{slug}?p_p_id=101_INSTANCE_{code}&p_p_lifecycle=0&p_p_state=normal&p_p_mode=view"
        "&_101_INSTANCE_{code}_delta=7&_101_INSTANCE_{code}_cur={page}",
        article="/-/{slug}",
        question="/web/guest/{section}?p_p_id=3_WAR_portalhoidapportlet&p_p_lifecycle=0&p_p_state=normal"
        "&_3_WAR_portalhoidapportlet_id={n}",
        file="/documents/10184/{n}/{slug}.pdf/{uuid}?t=158{n}000",
    ),
    "sharepoint": Scheme(
        home="/Pages/TrangChu.aspx",
        page="/Pages/{camel}.aspx",
        next="/Pages/{camel}.aspx?Page={page}",
        article="/Pages/ChiTietTin.aspx?nid={n}",
        question="/Pages/HoiDapChiTiet.aspx?ItemID={n}",
        file="/Lists/VanBan/Attachments/{n}/{slug}.pdf",
    ),
    "portal-pages": Scheme(
        home="/portal/Pages/default.aspx",
        page="/portal/Pages/{slug}.aspx",
        next="/portal/Pages/{slug}.aspx?p={page}",
        article="/portal/Pages/{y}-{m}-{d}/{slug}{code6}.aspx",
        question="/portal/Pages/{section}.aspx?ItemID={n}",
        file="/portal/VanBan/{y}-{m}/{slug}.pdf",
    ),
    "dotnetnuke": Scheme(
        home="/Default.aspx",
        page="/{camel}/tabid/{id}/Default.aspx",
        next="/{camel}/tabid/{id}/Trang/{page}/Default.aspx",
        article="/TinTuc/tabid/94/ItemID/{n}/View/Details/Default.aspx",
        question="/{section_camel}/tabid/{section_id}/CauHoi/{n}/Default.aspx",
        file="/Portals/0/VanBan/{y}/{slug}.pdf",
    ),
    "websphere": Scheme(
        home="/wps/portal/trangchu",
        page="/wps/portal/{slug}",
        next="/wps/portal/{slug}?PC_7_{code}_WCM_Page={page}",
        article="/wps/portal/?1dmy&page={section}&urile=wcm%3Apath%3A/tinhlibrary/tintuc/{slug}",
        question="/wps/portal/{section}?PC_7_{section_code}_id={n}",
        file="/wps/wcm/connect/{uuid}/{slug}.pdf?MOD=AJPERES",
    ),
    "nukeviet": Scheme(
        home="/vi/",
        page="/vi/{slug}/",
        next="/vi/{slug}/page-{page}/",
        article="/vi/news/{section}/{slug}-{n}.html",
        question="/vi/{section}/{slug}.html",
        file="/uploads/laws/{y}_{m}/{slug}.pdf",
    ),
    "drupal": Scheme(
        home="/vi",
        page="/vi/{slug}",
        next="/vi/{slug}?page={page}",
        article="/node/{n}",
        question="/vi/{section}/{slug}",
        file="/sites/default/files/{y}-{m}/{slug}.pdf",
    ),
    "joomla": Scheme(
        home="/index.php/vi",
        page="/index.php/vi/{slug}",
        next="/index.php/vi/{slug}?start={start}",
        article="/index.php/vi/{section}/{n}-{slug}",
        question="/index.php/vi/{section}/{slug}",
        file="/images/vanban/{slug}.pdf",
    ),
    "wordpress": Scheme(
        home="/",
        page="/{slug}/",
        next="/{slug}/page/{page}/",
        article="/{y}/{m}/{slug}/",
        question="/{section}/{slug}/",
        file="/wp-content/uploads/{y}/{m}/{slug}.pdf",
    ),
    "spa": Scheme(
        home="/",
        page="/{slug}",
        next="/{slug}?trang={page}",
        article="/tin-tuc/chi-tiet/{slug}-{n}",
        question="/{section}/chi-tiet/{n}",
        file="/api/files/{uuid}/{slug}.pdf",
    ),
    "vendor": Scheme(
        home="/",
        page="/{slug}.html",
        next="/{slug}/trang-{page}.html",
        article="/{section}/{slug}-{n}.html",
        question="/{section}/cau-hoi-{n}.html",
        file="/upload/{n}/{y}{m}{d}/{slug}.pdf",
    ),
}


def written(pattern: str, slug: str, *, n: int = 0, page: int = 1, section: str = "", day: date | None = None) -> str:
    """Return `pattern` with every field filled in."""
    digest = md5(slug.encode(), usedforsecurity=False).hexdigest()
    above = md5(section.encode(), usedforsecurity=False).hexdigest()
    when = day or date(2020, 1, 1)
    return pattern.format(
        slug=slug, camel=camel(slug), id=int(digest[:3], 16) % 900 + 60, code=digest[:8].upper(), code6=digest[:6],
        uuid=f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-a{digest[17:20]}-{digest[20:32]}", n=n, page=page,
        start=(page - 1) * PER_PAGE, section=section, section_camel=camel(section),
        section_id=int(above[:3], 16) % 900 + 60, section_code=above[:8].upper(),
        y=when.year, m=f"{when.month:02d}", d=f"{when.day:02d}",
    )  # fmt: skip
