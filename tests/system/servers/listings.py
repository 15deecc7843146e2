"""Sites whose sections stand in a sitemap only, and sitemaps with a defect each."""

import gzip
from collections.abc import Callable
from dataclasses import replace

from tests.system.servers.department import NOT_FOUND, Department, Pages, serve, sitemap
from tests.system.servers.refusals import HIDDEN, SECTIONS_CLOSED, first_time
from tests.system.servers.row import PARTLY, READ, SECTION_PATHS, Make, Row
from tests.system.servers.wire import Answer, Raw, Reply, head

HTML_PATHS = ("/", "/gioi-thieu", "/tin-tuc", "/lien-he", *SECTION_PATHS)


def hidden(change: Callable[[Department, Pages], Pages] = lambda office, pages: {}) -> Make:
    def make(office: Department):  # type: ignore[no-untyped-def]
        office = replace(office, hidden=HIDDEN)
        pages = office.pages()
        return serve(pages | change(office, pages))

    return make


def entries(office: Department, *paths: str, prefix: str = "") -> str:
    return "".join(f"<url><loc>{prefix or 'http://' + office.host}{path}</loc></url>" for path in paths or HTML_PATHS)


def index(office: Department, *children: str) -> Reply:
    listed = "".join(f"<sitemap><loc>http://{office.host}{child}</loc></sitemap>" for child in children)
    return Reply(
        f'<?xml version="1.0"?><sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{listed}</sitemapindex>',
        type="application/xml",
    )


def urlset(text: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{text}</urlset>'


def map_is(make: Callable[[Department], Answer]) -> Make:
    return hidden(lambda office, pages: {"/sitemap.xml": make(office)})


def xml(text: str | bytes, **more: object) -> Reply:
    return Reply(text, type="application/xml", **more)  # type: ignore[arg-type]


def children(child: Callable[[Department], Answer]) -> Make:
    return hidden(
        lambda office, pages: {
            "/sitemap.xml": index(office, "/so-do-1.xml", "/so-do-2.xml"),
            "/so-do-1.xml": xml(urlset(entries(office, "/", "/gioi-thieu"))),
            "/so-do-2.xml": child(office),
        }
    )


def only_in_robots(office: Department, pages: Pages) -> Pages:
    text = f"User-agent: *\nDisallow:\nSitemap: http://{office.host}/muc-luc-trang.xml\n"
    return {
        "/robots.txt": Reply(text, type="text/plain"),
        "/muc-luc-trang.xml": pages["/sitemap.xml"],
        "/sitemap.xml": NOT_FOUND,
    }


def renamed(office: Department, pages: Pages) -> Pages:
    """The sections stand at addresses that nobody would guess."""
    moved = {f"/muc/{number}.html": pages[path] for number, path in enumerate(SECTION_PATHS, 11)}
    gone: Pages = dict.fromkeys(SECTION_PATHS, NOT_FOUND)
    return moved | gone | {"/sitemap.xml": sitemap(office.host, ("/", "/gioi-thieu", *moved))}


def in_a_feed(office: Department, pages: Pages) -> Pages:
    found = renamed(office, pages)
    named = '<link rel="alternate" type="application/rss+xml" href="/tin.rss"></head>'
    items = "".join(f"<item><link>http://{office.host}/muc/{n}.html</link></item>" for n in (11, 12, 13))
    feed = Reply(f"<rss version='2.0'><channel>{items}</channel></rss>", type="application/rss+xml")
    home = Reply(str(office.home().body).replace("</head>", named))
    return found | {"/": home, "/tin.rss": feed, "/sitemap.xml": NOT_FOUND}


def on_a_lost_host(office: Department, pages: Pages) -> Pages:
    """The index leads to a host of the same body that is not there; so the sections stand nowhere that can be read."""
    text = str(index(office, "/so-do-1.xml").body).replace(office.host, f"so-do.{office.host}")
    return renamed(office, pages) | {"/sitemap.xml": xml(text)}


def renamed_behind(answer: Answer) -> Make:
    return hidden(
        lambda office, pages: renamed(office, pages) | {f"/muc/{number}.html": answer for number in (11, 12, 13)}
    )


def first_refused(office: Department):  # type: ignore[no-untyped-def]
    office = replace(office, hidden=HIDDEN)
    site, early = serve(office.pages()), first_time("/sitemap.xml", *SECTION_PATHS)
    return lambda request: Reply("503", 503) if early(request) else site(request)


ROWS = (
    Row("mapplain", "sections in the sitemap only", hidden(), READ),
    Row("mapnumbers", "sections in the sitemap only, at addresses that say nothing", hidden(renamed), PARTLY),
    Row("mapnumbers503", "the same, and they answer 503", renamed_behind(Reply("503", 503)), PARTLY, but=SECTIONS_CLOSED),
    Row("mapnumbers403", "the same, and they answer 403", renamed_behind(Reply("403", 403)), PARTLY, but=SECTIONS_CLOSED),
    Row("mapindex", "an index of sitemaps", children(lambda office: xml(urlset(entries(office)))), READ),
    Row("mapchild503", "a child of the index answers 503", children(lambda office: Reply("503", 503)), PARTLY),
    Row("mapchild403", "a child of the index answers 403", children(lambda office: Reply("403", 403)), PARTLY),
    Row("mapchildslow", "a child of the index never comes", children(lambda office: Raw(end="hold")), PARTLY),
    Row("mapchildgone", "a child of the index is not there", children(lambda office: NOT_FOUND), PARTLY),
    Row("mapchildlost", "the children of the index are on a host of the body that is not there", hidden(on_a_lost_host), PARTLY),
    Row("mapchildhtml", "a child of the index is an HTML page", children(lambda office: office.home()), PARTLY),
    Row("mapdeep", "an index that names itself", hidden(lambda office, pages: {"/sitemap.xml": index(office, "/sitemap.xml", "/so-do.xml"), "/so-do.xml": pages["/sitemap.xml"]}), PARTLY),
    Row("maprobots", "a name that only robots.txt tells", hidden(only_in_robots), READ),
    Row("mapusual", "at another usual address only", hidden(lambda office, pages: {"/sitemap.xml": NOT_FOUND, "/sitemap_index.xml": pages["/sitemap.xml"]}), READ),
    Row("mapheader", "a name that only the head of an answer tells", hidden(lambda office, pages: {"/sitemap.xml": NOT_FOUND, "/muc-luc.xml": pages["/sitemap.xml"], "/": Reply(office.home().body, headers={"Link": '</muc-luc.xml>; rel="sitemap"'})}), READ),
    Row("mapgzip", "a compressed file", hidden(lambda office, pages: {"/robots.txt": Reply(f"User-agent: *\nSitemap: http://{office.host}/sitemap.xml.gz\n", type="text/plain"), "/sitemap.xml": NOT_FOUND, "/sitemap.xml.gz": Reply(gzip.compress(urlset(entries(office)).encode()), type="application/gzip")}), READ),
    Row("mapencoded", "compressed on the way", map_is(lambda office: xml(gzip.compress(urlset(entries(office)).encode()), headers={"Content-Encoding": "gzip"})), READ),
    Row("mapbom", "a byte order mark and blank lines before the declaration", map_is(lambda office: xml("\ufeff\n\n" + urlset(entries(office)))), PARTLY),
    Row("map16", "in UTF-16", map_is(lambda office: xml(urlset(entries(office)).replace("UTF-8", "UTF-16").encode("utf-16"))), PARTLY),
    Row("mapbroken", "not well-formed: an ampersand in an address", map_is(lambda office: xml(urlset(entries(office) + f"<url><loc>http://{office.host}/?a=1&b=2</loc></url>"))), PARTLY),
    Row("mapcut", "breaks off in the middle", map_is(lambda office: Raw((head(200, {"Content-Type": "application/xml", "Content-Length": "5000"}) + urlset(entries(office)).encode()[:120],))), PARTLY),
    Row("maptext", "a list of addresses as plain text", hidden(lambda office, pages: {"/robots.txt": Reply(f"User-agent: *\nSitemap: http://{office.host}/sitemap.txt\n", type="text/plain"), "/sitemap.xml": NOT_FOUND, "/sitemap.txt": Reply("\n".join(f"http://{office.host}{path}" for path in HTML_PATHS), type="text/plain")}), PARTLY),
    Row("maprelative", "addresses without a host", map_is(lambda office: xml(urlset(entries(office, prefix=" ")))), PARTLY),
    Row("mapblanks", "line ends and blanks in its addresses", map_is(lambda office: xml(urlset(entries(office).replace("<loc>", "<loc>\n   ").replace("</loc>", "\n  </loc>")))), READ),
    Row("mapcdata", "addresses in CDATA", map_is(lambda office: xml(urlset(entries(office).replace("<loc>", "<loc><![CDATA[").replace("</loc>", "]]></loc>")))), PARTLY),
    Row("mapnamespace", "a prefix before its names", map_is(lambda office: xml('<?xml version="1.0"?><s:urlset xmlns:s="http://www.sitemaps.org/schemas/sitemap/0.9">' + entries(office).replace("<url>", "<s:url>").replace("</url>", "</s:url>").replace("loc>", "s:loc>").replace("</s:loc", "</s:loc") + "</s:urlset>")), PARTLY),
    Row("mapforeign", "addresses of another host", map_is(lambda office: xml(urlset(entries(office, prefix="http://www.nhacungcap.test")))), PARTLY),
    Row("mapelsewhere", "addresses of the host on which the site was made", hidden(lambda office, pages: renamed(office, pages) | {"/sitemap.xml": xml(urlset(entries(office, "/", *(f"/muc/{n}.html" for n in (11, 12, 13)), prefix="http://localhost:8080")))}), PARTLY),
    Row("mapfeed", "a feed that the home page names is the only list", hidden(in_a_feed), PARTLY),
    Row("mapjunk", "an error of the system in its place", map_is(lambda office: xml("<?xml version='1.0'?><error>Database</error>")), PARTLY),
    Row("maphuge", "sixty thousand addresses, the sections last", map_is(lambda office: xml(urlset("".join(f"<url><loc>http://{office.host}/tin-tuc/{n}</loc></url>" for n in range(60_000)) + entries(office)))), PARTLY),
    Row("maphtml", "the home page in its place", map_is(lambda office: office.home()), PARTLY),
    Row("map503", "answers 503", map_is(lambda office: Reply("503", 503)), PARTLY),
    Row("map403", "answers 403", map_is(lambda office: Reply("403", 403)), PARTLY),
    Row("map429", "answers 429", map_is(lambda office: Reply("429", 429)), PARTLY),
    Row("mapslow", "never comes", map_is(lambda office: Raw(end="hold")), PARTLY),
    Row("mapmissing", "there is none", map_is(lambda office: NOT_FOUND), PARTLY),
    Row("mapbomb", "a hundred megabytes in a hundred kilobytes", map_is(lambda office: xml(gzip.compress(b" " * 100_000_000, 1), headers={"Content-Encoding": "gzip"})), PARTLY),
    Row("mapentities", "entities that grow", map_is(lambda office: xml('<?xml version="1.0"?><!DOCTYPE u [<!ENTITY a "hoi dap ">' + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)) + "]><urlset><url><loc>&i;</loc></url></urlset>")), PARTLY),
    Row("mapretry", "the sitemap and the sections answer 503 the first time", lambda office: first_refused(office), PARTLY),
    Row("mappage", "a page for people lists the sections", hidden(lambda office, pages: {"/sitemap.xml": NOT_FOUND, "/so-do-site": office.page("Sơ đồ trang", "<h1>Sơ đồ trang</h1><ul>" + "".join(f'<li><a href="{path}">{label}</a></li>' for path, label in zip(SECTION_PATHS, ("Hỏi đáp", "Công khai ngân sách", "Tiếp cận thông tin"), strict=True)) + "</ul>"), "/": Reply(str(office.home().body).replace("</footer>", '<a href="/so-do-site">Sơ đồ trang</a></footer>'))}), READ),
)  # fmt: skip
