"""Serve the files of a site besides its pages: robots.txt, site map, feed, pictures, PDFs."""

from html import escape

from prober.sandbox.http.encodings import data, text
from prober.sandbox.http.site_messages import Response
from prober.sandbox.sites.page_kinds import staff
from prober.sandbox.sites.sample_documents import docx, pdf
from prober.sandbox.sites.site import Key, Site

_COLOURS = ("#7aa6c2", "#c2a27a", "#8fb98a", "#b98a9f", "#9a94c4", "#c7b257")
RECENT = 15
_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def robots(site: Site) -> Response:
    """Return robots.txt. It disallows print versions and the login, so that the access log shows who ignores it."""
    if site.role.robots == "none":
        return text("Not found", "text/plain", 404)
    lines = ["User-agent: *", "Disallow: /in-bai/", "Disallow: /quan-tri/", "Disallow: /thong-ke/"]
    if site.role.crawl_delay:
        lines.append(f"Crawl-delay: {site.role.crawl_delay:g}")
    if has_sitemap(site):
        lines.append(f"Sitemap: {site.origin}/sitemap.xml")
    return text("\n".join(lines) + "\n", "text/plain")


def has_sitemap(site: Site) -> bool:
    """Return True if the site has a sitemap.xml, as most do."""
    return "postback" in site.role.quirks or sum(site.role.host.encode()) % 5 != 0


def sitemap_xml(site: Site) -> Response:
    if not has_sitemap(site):
        return text("Not found", "text/plain", 404)
    left_out = ("print", "pdf", "mailboxes", "bomb", "five-megabytes", "frame-menu", "frame-main", "rss")
    rows = "".join(
        f"<url><loc>{escape(site.origin + target)}</loc></url>"
        for key, target in site.addresses.items()
        if key.kind not in left_out and key.page == 1
    )
    return text(
        f'<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{rows}</urlset>',
        "application/xml",
    )


def rss(site: Site) -> Response:
    link = {a.number: escape(site.origin + site.addresses[Key("article", a.number)]) for a in site.content.articles}
    rows = "".join(
        f"<item><title>{escape(a.title)}</title><link>{link[a.number]}</link>"
        f"<pubDate>{a.published:%a, %d %b %Y} 08:00:00 +0700</pubDate></item>"
        for a in site.content.articles[:RECENT]
    )
    head = f"<title>{escape(site.name)}</title><link>{site.origin}/</link>"
    return text(
        f'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel>{head}{rows}</channel></rss>',
        "application/rss+xml",
    )


def image(path: str) -> Response:
    """Return a drawn picture: news photograph, banner, captcha or map. None holds text that a page lacks."""
    name = path.rpartition("/")[2].removesuffix(".svg")
    if name == "captcha":
        drawn = (
            '<text x="50" y="120" font-size="90" font-family="serif" fill="#555" transform="rotate(-4)">7K3M9</text>'
        )
    elif name.startswith("banner"):
        field = f'<rect width="300" height="200" fill="{_COLOURS[len(name) % 6]}"/>'
        drawn = f'{field}<circle cx="250" cy="40" r="90" fill="#fff5"/>'
    else:
        number = sum(name.encode())
        sky, land = _COLOURS[number % 6], _COLOURS[(number // 6 + 3) % 6]
        drawn = (
            f'<rect width="300" height="200" fill="{sky}55"/>'
            f'<circle cx="{60 + number % 180}" cy="50" r="22" fill="#fffb"/>'
            f'<path d="M0 150 Q75 {90 + number % 40} 150 140 T300 130 V200 H0Z" fill="{land}"/>'
            f'<path d="M0 175 Q90 150 180 172 T300 165 V200 H0Z" fill="{sky}"/>'
        )
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 300 200" preserveAspectRatio="none">{drawn}</svg>'
    return data(svg.encode(), "image/svg+xml")


def paper(site: Site, number: int) -> Response:
    """Return a document of the site as PDF: 1 is the regulation on providing information, 2 the form 01a."""
    content = site.content
    known = {document.number: document for document in content.documents + content.budget}
    if number in known:
        document = known[number]
        lines = [
            site.body,
            f"So: {document.code}",
            f"Ngay {document.issued:%d/%m/%Y}",
            document.title,
            "(Tai lieu mo phong)",
        ]
    elif number == 1:
        lines = [
            site.body,
            f"So: {site.role.regulation}",
            "QUY CHE cung cap thong tin cho cong dan",
            "(Tai lieu mo phong)",
        ]
    else:
        lines = ["Mau so 01a", "PHIEU YEU CAU CUNG CAP THONG TIN", "(Danh cho ca nhan)", "(Tai lieu mo phong)"]
    return data(pdf(lines, content.today), "application/pdf")


def mailboxes(site: Site) -> Response:
    """Return the list of mailboxes as PDF or DOCX: the body's own, its officials', and the site operator's."""
    lines = [
        site.body,
        "Danh bạ điện thoại và hộp thư công vụ (tài liệu mô phỏng)",
        f"Văn phòng: {site.phone}",
        f"Thư điện tử: {site.role.official}",
        *(f"Chuyên viên: {mail}" for mail in staff(site)),
        f"Hỗ trợ kỹ thuật: {site.vendor['mail']}",
    ]
    if site.role.list_suffix == "docx":
        return data(docx(lines), _DOCX)
    return data(pdf(lines, site.content.today), "application/pdf")
