"""The web of the embedded world: its truth, and that the pages hold what the truth says."""

import gzip
import io
import re
import statistics
import unicodedata
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import cache
from html import unescape
from time import monotonic
from urllib.parse import urljoin, urlsplit

import pytest
from pypdf import PdfReader
from selectolax.lexbor import LexborHTMLParser

from prober.documents import readers
from prober.documents.media_types import sniff
from prober.sandbox.http.site_messages import Fault, Request, Response
from prober.sandbox.plot.site_changes import EVENTS, NIGHTS, site_changes
from prober.sandbox.plot.site_roles import MISBEHAVIOUR, SMALL, SOCIALS, quirks_of, roles
from prober.sandbox.sites.obfuscations import DISGUISES, FORMS
from prober.sandbox.sites.page_kinds import staff
from prober.sandbox.sites.portals import Portals, build
from prober.sandbox.sites.site import Key, Site, canonical
from prober.sandbox.sites.slugs import slug_of
from prober.studies.folder import packaged
from tests.pobi import HANOI

NOW = datetime(2020, 4, 13, 8, tzinfo=HANOI)
FOREIGN = {"www.facebook.com", "twitter.com", "www.youtube.com", "zalo.me", "s.w.test"}
VENDORS = {"www.songcau-soft.test", "www.hatangso.test", "www.congviet.test", "www.mangxanh.test"}


@cache
def web() -> Portals:
    return Portals(2019, False, NOW)


@cache
def truth() -> dict:
    return web().truth()


def ask(url: str, method: str = "GET", body: bytes = b"") -> Response | Fault:
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return web().respond(Request(method, parts.scheme, parts.hostname or "", target, {}, NOW, body))


def got(url: str) -> Response:
    answer = ask(url)
    assert isinstance(answer, Response), (url, answer)
    return answer


def header(response: Response, name: str) -> str:
    return next((value for key, value in response.headers if key.lower() == name.lower()), "")


def shown(site: Site, kind: str, n: int = 0) -> str:
    """A page as text, NFC, entities of attributes left as they are; no site finds this too soon."""
    web().answering(site.role.slug)._last = 0.0
    response = got(site.origin + site.addresses[Key(kind, n)])
    charset = "cp1258" if "1258" in header(response, "Content-Type") else "utf-8"
    return unicodedata.normalize("NFC", response.body.decode(charset))


def visible_sites() -> list[Site]:
    slugs = [*truth()["portals"], *truth()["finance"]]
    return [site for site in map(web().site, slugs) if not site.role.hidden]


def portal_slugs(**wanted: str) -> set[str]:
    return {s for s, facts in truth()["portals"].items() if all(facts[key] == value for key, value in wanted.items())}


# --- the truth of POBI 2019


def test_the_default_world_is_pobi_2019() -> None:
    portals = truth()["portals"]
    assert len(portals) == len(truth()["finance"]) == 63
    assert len(portal_slugs(has_qa="found", has_email="found")) == 61
    assert portal_slugs(has_qa="not_found") == {"phu-yen"}
    assert portals["phu-yen"]["has_email"] == "found"
    assert portal_slugs(has_qa="not_seen") == portal_slugs(has_email="not_seen") == {"hoa-binh"}


def test_levels_are_spread_and_agree_with_presence() -> None:
    facts = truth()["portals"].values()
    levels = Counter(fact["qa_level"] for fact in facts if fact["has_qa"] != "not_seen")
    assert set(levels) == {1, 2, 3, 4, 5} and min(levels[level] for level in (2, 3, 4, 5)) >= 5
    assert all((fact["qa_level"] >= 2) == (fact["has_qa"] == "found") for fact in facts if not fact["hidden"])


def test_social_channels_are_those_of_the_source_article() -> None:
    found = {slug: [p for p, _ in facts["socials"]] for slug, facts in truth()["portals"].items() if facts["socials"]}
    assert found == {
        "ca-mau": ["facebook", "youtube"],
        "dong-thap": ["facebook", "zalo", "youtube"],
        "bac-ninh": ["facebook"],
        "tien-giang": ["facebook"],
        "ninh-binh": ["facebook"],
    }
    for slug in found:
        page = shown(web().site(slug), "home")
        assert all(url in page for _, url in SOCIALS[slug])


def test_a_true_channel_stands_on_no_other_site() -> None:
    urls = [url for channels in SOCIALS.values() for _, url in channels]
    for site in visible_sites():
        page = shown(site, "start" if "meta-refresh" in site.role.quirks else "home")
        assert [url for url in urls if url in page] == [url for _, url in site.role.socials], site.role.slug


def test_every_department_can_be_asked() -> None:
    finance = truth()["finance"]
    assert all(re.fullmatch(r"[a-z.]+@[a-z.-]+\.test", facts["request_email"]) for facts in finance.values())
    assert len({facts["request_email"] for facts in finance.values()}) == 63
    rows = {row["slug"]: row for row in web().agencies()}
    confirmed = {slug for slug, row in rows.items() if row["request_email"]}
    assert confirmed == {slug for slug, facts in finance.items() if facts["hidden"]} and len(confirmed) == 6
    assert all(rows[slug]["request_email"] == finance[slug]["request_email"] for slug in confirmed)
    assert all(rows[slug]["request_email_reviewed_at"] < NOW.isoformat() for slug in confirmed)


def test_registry_rows_have_hosts_of_their_own_under_test() -> None:
    rows = web().agencies()
    hosts = [urlsplit(row["url"]).hostname or "" for row in rows]
    assert len(rows) == len(set(hosts)) == 126
    assert all(host.endswith(".gov.test") for host in hosts)


def test_small_world() -> None:
    small = build(2019, True, NOW)
    assert {row["province"] for row in small.agencies()} == set(SMALL) and len(small.agencies()) == 12
    assert [s for s, facts in small.truth()["portals"].items() if facts["has_qa"] == "not_found"] == ["phu-yen"]


# --- pages hold what the truth says


def quoted(script: str) -> str:
    """The string literals of a concatenation, joined."""
    return "".join(re.findall(r"'([^']*)'", script))


def revealed(page: str) -> str:
    """Addresses as a reader sees them: the inverse of every disguise, written here a second time."""
    text = unescape(unescape(page)).replace("\uff20", "@").replace("[a]", "@").replace("(at)", "@")
    text = text.replace(" (a còng) ", "@").replace(" (chấm) ", ".")
    for code in re.findall(r'data-cfemail="([0-9a-f]+)"', page):
        raw = bytes.fromhex(code)
        text += " " + bytes(byte ^ raw[0] for byte in raw[1:]).decode()
    for user, domain in re.findall(r'data-user="([^"]+)" data-domain="([^"]+)"', page):
        text += f" {user}@{domain}"
    for user, pieces in re.findall(r"var u='([^']+)';var d=([^;]+);", page):
        text += f" {user}@{quoted(pieces)}"
    for first, second, domain in re.findall(r"= '([^']*)' \+ '([^']*)' \+ '@';addy\w+ = addy\w+ \+ ([^;]+);", text):
        text += f" {first}{second}@{quoted(domain)}"
    return text


def test_every_disguise_is_used() -> None:
    assert {site.role.disguise for site in visible_sites() if site.role.portal} == set(FORMS)


@pytest.mark.parametrize("disguise", DISGUISES)
def test_the_official_address_is_on_the_page_in_its_disguise(disguise: str) -> None:
    for site in visible_sites():
        if site.role.disguise != disguise or site.role.technology == "spa":
            continue
        page = shown(site, "english" if disguise == "english-only" else "contact")
        assert site.role.official in revealed(page), site.role.slug
        if disguise in ("bracket-a", "cloudflare", "data-attributes", "full-width", "joomla-cloak", "js-concatenation"):
            assert site.role.official not in page, site.role.slug
        if disguise == "english-only":
            assert site.role.official not in revealed(shown(site, "contact"))


def test_an_address_in_a_document_is_on_no_page() -> None:
    found = {}
    for slug, facts in truth()["portals"].items():
        if facts["email_document"]:
            site = web().site(slug)
            pages = [revealed(shown(site, kind)) for kind in ("home", "contact", "english", "organisation")]
            assert not [page for page in pages if site.role.official in page] and site.role.official in facts["emails"]
            body = got(facts["email_document"]).body
            found[slug] = readers.text_of(body, sniff(body, ""))
            assert site.addresses[Key("mailboxes")] in pages[1] and site.role.official in found[slug]
            assert all(mail in found[slug] for mail in staff(site))
    readers.stop()
    assert set(found) == {"binh-duong", "quang-ngai"}


def test_traps_stand_beside_the_addresses() -> None:
    for site in visible_sites():
        if site.role.technology == "spa" or "two-pages" in site.role.quirks:
            continue
        page = shown(site, "contact")
        assert site.vendor["mail"] in page and f"mail.{site.role.domain}" in unescape(page)
        assert (
            site.role.official
            not in truth()["portals" if site.role.portal else "finance"][site.role.slug]["not_contacts"]
        )


def test_questions_are_dated_as_their_level_says() -> None:
    for site in visible_sites():
        answers = [question.answered for question in site.content.questions if question.answered]
        age = (NOW.date() - max(answers)).days if answers else None
        if site.role.level == 5:
            assert age is not None and age < 365
        elif site.role.level in (2, 4):
            assert age is not None and age > 366
        else:
            assert age is None
        assert all(question.asked <= question.answered for question in site.content.questions if question.answered)


def test_a_long_archive_has_a_page_for_each_link_of_its_pager() -> None:
    site = web().site("can-tho")
    texts = []
    for number in range(1, 13):
        tree = LexborHTMLParser(got(site.origin + site.addresses[Key("qa", 0, number)]).body)
        pager = tree.css_first(".phan-trang")
        assert pager and len(pager.css("a")) == 11
        texts.append((tree.css_first("main, .hoi-dap, .danh-sach-hoi-dap") or tree.body).text())  # type: ignore[union-attr]
    assert len(set(texts)) == 12 and Key("qa", 0, 13) not in site.addresses


def test_a_menu_that_counts_clicks_leads_to_the_pages_themselves() -> None:
    site = web().site("cao-bang")
    tree = LexborHTMLParser(got(f"{site.origin}/").body)
    entries = {node.text(strip=True): node.attributes["href"] or "" for node in tree.css("a[href*='/dem?b=']")}
    assert len(entries) > 10
    for label, kind in ((site.qa_label, "qa"), ("Liên hệ", "contact")):
        answer = ask(urljoin(site.origin, entries[label]))
        assert isinstance(answer, Response) and answer.status == 302
        assert ("Location", site.link(kind)) in answer.headers
    wrong = ask(f"{site.origin}/dem?b=9.9.x")
    assert isinstance(wrong, Response) and ("Location", site.link("home")) in wrong.headers
    assert ask(f"{web().site('bac-kan').origin}/dem?b=1").status == 404  # type: ignore[union-attr]


def test_tags_lead_to_results_of_the_search() -> None:
    home = LexborHTMLParser(got(f"{web().site('phu-tho').origin}/").body)
    tags = [node.attributes["href"] for node in home.css(".tu-khoa a")]
    assert len(tags) == 3
    address = urljoin(f"{web().site('phu-tho').origin}/", str(tags[0])).rpartition("q=")[0]
    words = got(f"{address}q=h%E1%BB%8Fi+%C4%91%C3%A1p")
    assert "q=" in str(tags[0]) and "Tìm kiếm".encode() in words.body


def test_the_section_shows_what_its_level_says() -> None:
    for site in visible_sites():
        if Key("qa") not in site.addresses or site.role.technology == "spa" or "iframe-qa" in site.role.quirks:
            continue
        page, level = shown(site, "qa"), site.role.level
        assert ("<textarea" in page) == (level >= 3), site.role.slug
        assert ("Đã trả lời" in page or "Trả lời:" in page) == (level in (2, 4, 5)), site.role.slug


def test_access_regulation_is_on_its_page_and_nowhere_else() -> None:
    kinds = Counter(facts["access_section"] for facts in truth()["portals"].values())
    assert kinds["found"] >= 40 and kinds["not_found"] >= 10
    for site in visible_sites():
        if site.role.access and site.role.technology != "spa":
            page = shown(site, "access")
            assert (f"Quyết định số {site.role.regulation} ngày" in page) == (site.role.access == "full")
            assert "báo chí" in page or site.role.access == "full"


def test_the_budget_section_lists_seven_types_of_documents_that_open() -> None:
    site = web().site("stc-ca-mau")
    types = {re.sub(r"-\d{4}$", "", paper.slug) for paper in site.content.budget}
    assert len(types) == 7
    page = unescape(shown(site, "budget"))
    for paper in site.content.budget:
        target = site.addresses[Key("pdf", paper.number)]
        assert target in page and paper.issued <= NOW.date()
        reader = PdfReader(io.BytesIO(got(site.origin + target).body))
        assert paper.code in reader.pages[0].extract_text()


# --- pages as a visitor meets them


def links(url: str) -> Iterator[str]:
    response = got(url)
    if not header(response, "Content-Type").startswith("text/html") or header(response, "Content-Encoding"):
        return
    if response.status in (301, 302):
        yield urljoin(url, header(response, "Location"))
        return
    charset = "cp1258" if "1258" in header(response, "Content-Type") else "utf-8"
    yield from hrefs(url, response.body.decode(charset))


def hrefs(url: str, page: str) -> Iterator[str]:
    """Targets of links, frames and refreshes, absolute, without fragments; not the product's own reading of a page."""
    tree = LexborHTMLParser(page)
    base = tree.css_first("base[href]")
    root = urljoin(url, base.attributes["href"] or "") if base else url
    written = [node.attributes.get("href") or "" for node in tree.css("a[href]")]
    written += [node.attributes.get("src") or "" for node in tree.css("frame[src], iframe[src]")]
    written += re.findall(r'http-equiv="refresh" content="\d+; URL=([^"]+)"', page)
    yield from (urljoin(root, href).partition("#")[0] for href in written if not href.startswith("javascript:"))


def clicks(site: Site) -> dict[Key, int]:
    """Page → clicks from the start page; redirects, refreshes and frames are no clicks."""
    reached: dict[Key, int] = {}
    front = [f"{site.origin}/"]
    for depth in range(4):
        following: list[str] = []
        for url in front:
            answer, key = ask(url), site.find(url.removeprefix(site.origin)) or Key("home")
            if key in reached:
                continue
            if isinstance(answer, Response) and answer.status in (301, 302):
                front.extend(links(url))
                continue
            reached[key] = depth
            if isinstance(answer, Fault) or key.kind in ("five-megabytes", "bomb"):
                continue
            onward = [link for link in links(url) if urlsplit(link).hostname == site.role.host]
            bare = key == Key("home") and site.role.quirks & {"meta-refresh", "frames"}
            (front if bare else following).extend(onward)
        front = following
    return reached


# One of each technology that links without scripts, and the ways of linking that go wrong.
WALKED = (
    "ca-mau",
    "quang-ninh",
    "binh-dinh",
    "yen-bai",
    "khanh-hoa",
    "ha-giang",
    "can-tho",
    "tra-vinh",
    "vinh-phuc",
    "stc-dien-bien",
    "ha-noi",
)


@pytest.mark.parametrize("slug", WALKED)
def test_everything_is_within_three_clicks(slug: str) -> None:
    site = web().site(slug)
    reached = clicks(site)
    leaves = {key for key in site.addresses if key.kind == "print"}  # of articles, and disallowed
    assert set(site.addresses) - leaves - set(reached) == set()
    single = {key for key in site.addresses if key.kind in ("qa", "ask", "contact", "access", "budget", "departments")}
    assert max(reached[key] for key in single) <= 2


def test_a_menu_that_posts_back_leads_to_its_pages() -> None:
    site = web().site("hung-yen")
    home = shown(site, "home")
    entries = re.findall(r"__doPostBack\(&#39;ctl00\$TopMenu&#39;,&#39;([^&]+)&#39;\)", home)
    assert len(entries) > 20 and site.addresses[Key("contact")] not in home
    led = set()
    for entry in entries:
        argument = entry.replace("\\\\", "%5C")
        body = f"__EVENTTARGET=ctl00%24TopMenu&__EVENTARGUMENT={argument}".encode()
        answer = ask(f"{site.origin}/Pages/TrangChu.aspx", "POST", body)
        assert isinstance(answer, Response) and answer.status == 302
        led.add(header(answer, "Location"))
    assert {site.addresses[Key(kind)] for kind in ("contact", "qa", "ask", "documents")} <= led
    assert site.addresses[Key("qa")] in shown(site, "sitemap")


def test_single_page_application_gives_its_pages_as_data() -> None:
    site = web().site("thai-nguyen")
    shell = shown(site, "contact")
    assert len(shell) < 2_000 and site.role.official not in shell
    data = got(f"{site.origin}/api/v1/page?path={site.addresses[Key('contact')]}")
    assert site.role.official in data.body.decode()


def test_pages_have_the_size_of_real_ones() -> None:
    sizes = []
    for site in visible_sites()[::5]:
        for key, target in list(site.addresses.items())[::4]:
            answer = ask(site.origin + target) if key.kind not in ("five-megabytes", "bomb") else None
            if isinstance(answer, Response) and header(answer, "Content-Type").startswith("text/html"):
                sizes.append(len(answer.body))
    assert len(sizes) > 700 and statistics.median(sizes) >= 40_000


def test_text_is_nfc_but_where_the_world_says_otherwise() -> None:
    for site in visible_sites():
        body = got(site.origin + site.addresses[Key("contact")]).body
        if "windows-1258" in site.role.quirks:
            assert "Thư điện tử" in unicodedata.normalize("NFC", body.decode("cp1258")) or b"\xcc" in body
            continue
        text = body.decode()
        assert (unicodedata.normalize("NFC", text) == text) == ("nfd" not in site.role.quirks), site.role.slug


def test_no_page_links_out_of_the_world() -> None:
    hosts = Counter()
    for site in visible_sites()[::3]:
        for kind in ("contact", "departments" if site.role.portal else "budget"):
            hosts.update(urlsplit(link).hostname for link in links(site.origin + site.addresses[Key(kind)]))
    assert {host for host in hosts if host and not host.endswith(".gov.test")} <= FOREIGN | VENDORS


def test_a_portal_knows_its_finance_department_where_the_registry_does_not() -> None:
    portal, right = web().site("ha-nam"), "https://sotaichinh.hanam.gov.test"
    assert right in {link.rstrip("/") for link in links(portal.origin + portal.addresses[Key("departments")])}
    assert got(f"{right}/").status == 200 and web().certificate("sotaichinh.hanam.gov.test") == "good"
    assert truth()["finance"]["stc-ha-nam"]["has_email"] == "not_seen"  # to whoever has only the registry


def test_neighbours_answer() -> None:
    for host in ("mail.camau.gov.test", "dichvucong.camau.gov.test", "sxd.camau.gov.test", "chinhphu.gov.test"):
        assert got(f"https://{host}/").status == 200 and web().certificate(host) == "good"
    assert "sxd@camau.gov.test" in got("https://sxd.camau.gov.test/").body.decode()
    assert b'type="password"' in got("https://mail.camau.gov.test/").body
    assert ask("https://khong-co.camau.gov.test/") is Fault.DNS and web().certificate("example.org") is Fault.DNS


# --- misbehaviour


def test_the_table_names_sites_that_exist() -> None:
    known = {*truth()["portals"], *truth()["finance"]}
    for name, (slugs, why) in MISBEHAVIOUR.items():
        assert set(slugs.split()) <= known and why, name


FAULTS = [
    ("https://stc.hanam.gov.test/", Fault.DNS),
    ("https://stc.gialai.gov.test/", Fault.RESET),
    ("https://sotaichinh.soctrang.gov.test/", Fault.TIMEOUT),
    ("http://stc.phuyen.gov.test/", Fault.REFUSED),
    ("https://thuathienhue.gov.test/", Fault.DNS),
    ("https://sotaichinh.tayninh.gov.test/", Fault.DNS),
    ("https://nghean.gov.test/Pages/VanBanPhapLuat.aspx", Fault.RESET),
    ("https://camau.gov.test/wps/portal/lich-cong-tac", Fault.MALFORMED),
]


@pytest.mark.parametrize(("url", "fault"), FAULTS)
def test_faults(url: str, fault: Fault) -> None:
    assert ask(url) is fault


CERTIFICATES = [
    ("camau.gov.test", "good"),
    ("baclieu.gov.test", "expired"),
    ("langson.gov.test", "wrong-host"),
    ("www.langson.gov.test", "good"),
    ("stc.phuyen.gov.test", "self-signed"),
    ("hue.gov.test", "good"),
    ("bacgiang.gov.test", "incomplete"),
    ("www.bacgiang.gov.test", "incomplete"),
    ("sotaichinh.ninhbinh.gov.test", "incomplete"),
    ("stc.hanam.gov.test", Fault.DNS),
]


@pytest.mark.parametrize(("host", "kind"), CERTIFICATES)
def test_certificates(host: str, kind: str | Fault) -> None:
    assert web().certificate(host) == kind


CONTENTS = [  # url, status, what the body must hold
    ("https://hoabinh.gov.test/vi/lien-he/", 200, b"D1N="),
    ("https://stc.baclieu.gov.test/", 200, b"Request Rejected"),
    ("https://hagiang.gov.test/", 200, b"<frameset"),
    ("https://angiang.gov.test/", 200, b'http-equiv="refresh"'),
    ("https://dongnai.gov.test/khong-co-trang-nay", 200, "Không tìm thấy".encode()),
    ("https://camau.gov.test/khong-co-trang-nay", 404, "Không tìm thấy".encode()),
    ("https://binhphuoc.gov.test/VanBanPhapLuat/tabid/", 404, b""),
    ("https://hue.gov.test/", 200, "CỔNG THÔNG TIN ĐIỆN TỬ TỈNH THỪA THIÊN HUẾ".encode()),
    ("http://baclieu.gov.test/", 200, "BẠC LIÊU".encode()),
    ("https://hoidap.danang.gov.test/", 200, b"<textarea"),
    ("https://stc.dongthap.gov.test/index.php/vi/hoi-dap", 200, "đang được cập nhật".encode()),
    ("https://vinhlong.gov.test/web/guest/trang-chu", 200, b"chatbot-launcher"),
    ("https://danang.gov.test/web/guest/hoi-dap", 200, b'<iframe src="https://hoidap.danang.gov.test/"'),
    ("https://khanhhoa.gov.test/index.php/vi", 200, b'href="/&#105;n&#100;e&#120;'),
    ("https://travinh.gov.test/web/guest/trang-chu", 200, b";jsessionid="),
    ("https://backan.gov.test/vi/", 200, b"PHPSESSID="),
    ("https://stc.dienbien.gov.test/", 200, "Liên hệ".encode()),
    ("https://stc.dienbien.gov.test/hoi-dap", 404, "Không tìm thấy".encode()),
    ("https://sotaichinh.hoabinh.gov.test/khong-co-trang-nay", 403, b"Forbidden"),
    ("https://stc.thuathienhue.gov.test/hoi-dap", 200, "tạm nghỉ".encode()),
]


@pytest.mark.parametrize(("url", "status", "holds"), CONTENTS)
def test_misbehaving_pages(url: str, status: int, holds: bytes) -> None:
    response = got(url)
    assert (response.status, holds in response.body) == (status, True)


def test_a_limited_site_refuses_what_comes_too_soon_and_recovers() -> None:
    answering = web().answering("stc-quang-binh")
    request = Request("GET", "https", answering.site.role.host, "/", {}, datetime.now(HANOI))
    seen = []
    for before in (monotonic() - 60, monotonic() + 60, monotonic() - 60):
        answering._last = before
        response = answering.respond(request)
        assert isinstance(response, Response)
        seen.append((response.status, dict(response.headers).get("Retry-After")))
    assert seen == [(200, None), (429, "1"), (200, None)]


def test_redirect_chain_has_three_hops() -> None:
    url, hops = "http://quangninh.gov.test/", []
    while got(url).status in (301, 302):
        url = urljoin(url, header(got(url), "Location"))
        hops.append(url)
    assert hops == [
        "https://quangninh.gov.test/",
        "https://www.quangninh.gov.test/",
        "https://www.quangninh.gov.test/Pages/TrangChu.aspx",
    ]


def test_heavy_pages() -> None:
    assert len(got("https://quangnam.gov.test/vi/cong-bao-toan-van/").body) > 5_000_000
    bomb = got("https://gialai.gov.test/Pages/DuLieuMo.aspx")
    assert len(bomb.body) < 100_000 and header(bomb, "Content-Encoding") == "gzip"
    with gzip.open(io.BytesIO(bomb.body)) as inflating:
        assert len(inflating.read(20_000_001)) == 20_000_001


def test_slow_site_is_slow_and_others_are_not() -> None:
    assert got("https://kontum.gov.test/").delay > 0.5 and got("https://kontum.gov.test/").drip > 0
    assert got("https://camau.gov.test/").delay == 0


@pytest.mark.parametrize(("slug", "days"), [("ha-nam", 150), ("stc-hai-phong", 900), ("ca-mau", 0)])
def test_nothing_on_a_frozen_site_is_younger_than_it_was_left(slug: str, days: int) -> None:
    held = web().site(slug).content
    written = [article.published for article in held.articles]
    written += [paper.issued for paper in (*held.documents, *held.budget)]
    written += [question.answered or question.asked for question in held.questions]
    assert days < (NOW.date() - max(written)).days <= days + 5


def test_calendar_never_ends() -> None:
    url, seen = "https://bentre.gov.test/lich-cong-tac.html", set()
    for _ in range(15):
        url = urljoin(url, re.findall(r'<a href="([^"]+)">Tháng sau', got(url).body.decode())[0])
        seen.add(url)
    assert len(seen) == 15 and any("2021-6" in url for url in seen)


def test_dropped_letters() -> None:
    assert web().site("ha-noi").addresses[Key("qa")] == "/hoi-ap.html"
    assert "tin-t-c" in web().site("hai-duong").addresses[Key("category")]
    assert slug_of("Hỏi đáp") == "hoi-dap"


def test_robots_disallow_paths_that_pages_link_to() -> None:
    statuses = Counter(got(f"{site.origin}/robots.txt").status for site in visible_sites())
    assert statuses[200] > 80 and statuses[404] > 5
    delays = {site.role.crawl_delay for site in visible_sites()}
    assert delays == {0.0, 0.25, 0.5}
    site = next(site for site in visible_sites() if site.role.robots == "disallow")
    article = shown(site, "article", site.content.articles[0].number)
    assert "Disallow: /in-bai/" in got(f"{site.origin}/robots.txt").body.decode() and 'href="/in-bai/' in article


def test_a_form_that_is_sent_is_answered_and_changes_nothing() -> None:
    site = web().site("ca-mau")
    url, before = site.origin + site.addresses[Key("contact")], shown(site, "contact")
    answer = ask(url, "POST", b"hoten=A")
    assert isinstance(answer, Response) and "Cảm ơn quý vị" in answer.body.decode()
    assert shown(site, "contact") == before


# --- what changes as time goes on

LAST = date(2020, 5, 29)  # of the letters of the demo


def at(url: str, day: date) -> Response | Fault:
    parts = urlsplit(url)
    moment = datetime(day.year, day.month, day.day, 8, tzinfo=HANOI)
    return web().respond(Request("GET", parts.scheme, parts.hostname or "", parts.path or "/", {}, moment))


def drawn() -> dict[str, dict]:
    """Return event → its row in the truth file: site, first day, facts from then on."""
    return {row["what"]: row for row in truth()["later"] if row["what"] != "as before"}


def test_every_event_falls_to_a_portal_of_its_own_after_the_first_day() -> None:
    rows = drawn()
    assert rows.keys() == {event.name for event in EVENTS}
    assert len({row["slug"] for row in rows.values()}) == len(EVENTS)
    assert all(NOW.date().isoformat() < row["from"] <= LAST.isoformat() for row in rows.values())
    assert [row["from"] for row in truth()["later"]] == sorted(row["from"] for row in truth()["later"])


def test_no_page_changes_before_the_day_of_its_event_nor_on_any_other_site() -> None:
    rows = {row["slug"]: date.fromisoformat(row["from"]) for row in drawn().values()}
    for slug in (*rows, "ca-mau", "stc-dong-thap"):
        site, day = web().site(slug), rows.get(slug, LAST)
        urls = [site.origin + site.addresses[Key(kind)] for kind in ("home", "contact", "english")]
        before = [ask(url) for url in urls]
        assert [at(url, day - timedelta(days=1)) for url in urls] == before
        assert ([at(url, day) for url in urls] != before) == (slug in rows), slug


def test_the_first_survey_and_the_last_count_the_same() -> None:
    """What one portal loses another gains; two changes last one night, and no share of the survey moves."""
    first, later = truth()["portals"], {row["slug"]: row["facts"] for row in truth()["later"]}
    last = first | later
    for fact in ("has_qa", "has_email", "has_social", "access_section"):
        assert Counter(facts[fact] for facts in last.values()) == Counter(facts[fact] for facts in first.values()), fact
    assert sum(facts["qa_level"] >= 3 for facts in last.values()) == sum(f["qa_level"] >= 3 for f in first.values())
    assert {slug for slug in first if first[slug]["has_qa"] != last[slug]["has_qa"]} == {"phu-yen", "dong-thap"}


def test_a_site_that_is_not_kept_up_prints_no_day_that_a_later_visit_would_take_for_news() -> None:
    for slug in ("stc-hai-phong", "ha-nam"):
        assert "13/04/2020" not in got(web().site(slug).origin + "/").body.decode(), slug
    assert "13/04/2020" in got(web().site("ca-mau").origin + "/").body.decode()


def test_a_closed_site_shows_a_notice_for_one_night() -> None:
    row = drawn()["closed-for-a-night"]
    night, url = date.fromisoformat(row["from"]), web().site(row["slug"]).origin + "/"
    assert row["facts"]["hidden"] == "closed"
    shut = at(url, night)
    assert isinstance(shut, Response) and "Trang tạm nghỉ" in shut.body.decode() and len(shut.body) < 1000
    assert at(url, night + timedelta(days=1)) == ask(url)
    assert (night - NOW.date()).days in NIGHTS


def test_a_lost_section_is_gone_from_its_address_and_a_new_one_is_there() -> None:
    for event, before, after in (("loses-section", 200, 404), ("opens-section", 404, 200)):
        row = drawn()[event]
        day = date.fromisoformat(row["from"])
        site = web().site(row["slug"], NOW.date() if before == 200 else day)
        url = site.origin + site.addresses[Key("qa")]
        found = [answer.status for answer in (ask(url), at(url, day)) if isinstance(answer, Response)]
        assert found == [before, after], event


def test_answers_at_last_have_dates_between_the_scans_and_older_questions() -> None:
    row = drawn()["answers-at-last"]
    day = date.fromisoformat(row["from"])
    before, after = web().site(row["slug"]), web().site(row["slug"], day)
    assert not before.content.questions and len(after.content.questions) > 10
    assert {(day - (q.answered or day)).days for q in after.content.questions} == {0, 1, 2}
    assert all(q.asked < NOW.date() for q in after.content.questions)
    assert after.content.articles == before.content.articles and after.content.documents == before.content.documents
    assert (truth()["portals"][row["slug"]]["qa_level"], row["facts"]["qa_level"]) == (3, 5)


@pytest.mark.parametrize("seed", [1, 2, 7])
def test_the_seed_draws_the_sites(seed: int) -> None:
    changes = site_changes(roles(packaged("pobi-2019").agencies_of("2019"), seed), seed, NOW.date())
    assert len(changes) == len(EVENTS) and {change.name for change in changes.values()} == {e.name for e in EVENTS}
    assert changes.keys() != {row["slug"] for row in drawn().values()}


# --- determinism


def test_same_seed_same_bytes_other_seed_other_world() -> None:
    again, other = Portals(2019, False, NOW), Portals(7, False, NOW)
    request = Request("GET", "https", "camau.gov.test", "/wps/portal/lien-he", {}, NOW)
    assert web().respond(request) == again.respond(request) != other.respond(request)
    assert again.truth() == truth() != other.truth()
    assert len([1 for facts in other.truth()["portals"].values() if facts["has_qa"] == "found"]) == 61


def test_targets_are_understood_without_session_and_tracking() -> None:
    assert canonical("/a;jsessionid=1F?b=2&utm_source=x&a=1") == canonical("/a?a=1&PHPSESSID=9&b=2") == "/a?a=1&b=2"
    assert canonical("/a?page=2") != canonical("/a?page=3")


def test_quirks_are_read_from_the_table() -> None:
    assert quirks_of("ca-mau") == {"malformed-header"} and quirks_of("stc-ca-mau") == frozenset()


def test_nothing_lies_in_the_future() -> None:
    for site in visible_sites():
        dates: list[date] = [a.published for a in site.content.articles] + [d.issued for d in site.content.documents]
        dates += [q.answered or q.asked for q in site.content.questions]
        assert max(dates) <= NOW.date()
