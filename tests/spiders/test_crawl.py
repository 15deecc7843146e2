"""The crawl as the rest of the product calls it: real processes, a real proxy on loopback, a real database.

A crawl starts a process of its own, which costs a second: sites that can be walked together are walked once.
"""

import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from filelock import FileLock

from prober.domain.visit import digest
from prober.errors import UsageError
from prober.store import evidence
from spiders.crawl import LOG_NAME, MOST_LOG, CrawlSummary
from tests.spiders.web import DELAY, Answer, Bench, Site, Web, agency, entry, page, plain_site, qa_page

SHELL = '<html><body><div id="root"></div><script src="/app.js"></script></body></html>'
MAX_BYTES = 200_000
FOREIGN = ("dichvucong.gov.test", "sotaichinh.lang.gov.test", "10.0.0.1", "localhost", "lang.gov.test.evil.test")


@dataclass
class Walked:
    web: Web
    bench: Bench
    found: CrawlSummary


def _closed_in_part() -> Site:
    """robots.txt that takes its time and closes what the menu leads to."""
    menu = entry("/cam/hoi-dap", "Hỏi đáp") + entry("/cam/lien-he", "Liên hệ")
    site = plain_site() | {"/robots.txt": Answer("User-agent: *\nDisallow: /cam/\n", wait=0.3)}
    del site["/hoi-dap"]
    return site | {"/": page("Trang chủ", menu=menu)}


def _without_qa(menu: str = "") -> Site:
    """No page of it leads to what is not there: a broken link would leave open what it names."""
    menu, email = menu or entry("/lien-he", "Liên hệ"), "vanphong@camau.gov.test"
    return {
        "/": page("Trang chủ", menu=menu, email=email), "/gioi-thieu": page("Giới thiệu", menu=menu),
        "/lien-he": page("Liên hệ", f"<h1>Liên hệ</h1><p>Thư điện tử: {email}</p>", menu),
    }  # fmt: skip


def _packed_home() -> Site:
    site = plain_site()
    home = site["/"]
    assert isinstance(home, Answer) and isinstance(home.body, str)
    packed = Answer(gzip.compress(home.body.encode()), headers=home.headers | {"Content-Encoding": "gzip"})
    return site | {"/": packed}


def _leads_elsewhere() -> Site:
    menu = "".join(entry(f"http://{host}/hoi-dap", "Hỏi đáp") for host in FOREIGN)
    frame = "<iframe src='http://hoidap.lang.gov.test/khung'></iframe>"
    return plain_site() | {"/": page("Trang chủ", frame, menu)}


def _bomb() -> Site:
    packed = gzip.compress(b"<p>x" * 10_000_000, compresslevel=1)
    headers = {"Content-Type": "text/html", "Content-Encoding": "gzip"}
    return plain_site() | {"/": page("x", menu=entry("/hoi-dap", "Hỏi đáp")), "/hoi-dap": Answer(packed, 200, headers)}


def _shared_host() -> Site:
    """Two bodies on one host: both want its robots.txt at once, and one file closes what both would open first."""
    robots = Answer("User-agent: *\nDisallow: /cam\nDisallow: /so/cam\n", wait=0.3)
    menu = entry("/cam/hoi-dap", "Hỏi đáp") + entry("/so/cam/hoi-dap", "Hỏi đáp")
    return {"/robots.txt": robots, "/so/": page("Sở", menu=menu), "/": page("Trang chủ", menu=menu)}


AUTUMN = "".join(f"<p>Hội nghị lần {n} ({n}/11/2019)</p>" for n in range(1, 5))
QA_LINK = entry("/hoi-dap-truc-tuyen", "Hỏi đáp trực tuyến")
SITES = {
    "camau.gov.test": _closed_in_part,
    "sotaichinh.camau.gov.test": _closed_in_part,
    "whole.gov.test": _without_qa,
    "dong.gov.test": lambda: _without_qa() | {"/": page("Trang chủ", AUTUMN, entry("/lien-he", "Liên hệ"))},
    "blocked.gov.test": lambda: _without_qa(QA_LINK) | {"/hoi-dap-truc-tuyen": Answer("Access denied", 403)},
    "shell.gov.test": lambda: _without_qa(QA_LINK) | {"/hoi-dap-truc-tuyen": Answer(SHELL)},
    "packed.gov.test": _packed_home,
    "lang.gov.test": _leads_elsewhere,
    "hoidap.lang.gov.test": lambda: {"/khung": qa_page()},
    "bomb.gov.test": _bomb,
    "moi.doi.gov.test": lambda: {
        "/": page("Trang chủ", email="vanphong@doi.gov.test"),
        "/gioi-thieu": page("Giới thiệu"),
    },
    "chung.gov.test": _shared_host,
}
AGENCIES = (
    agency("ca-mau"), agency("stc-ca-mau", "finance", "sotaichinh.camau.gov.test"), agency("whole"), agency("blocked"),
    agency("dong"), agency("shell"), agency("packed"), agency("lang"),
    agency("stc-lang", "finance", "sotaichinh.lang.gov.test"), agency("bomb"),
    agency("doi", alt=("http://moi.doi.gov.test/",)), agency("chung"),
    agency("stc-chung", "finance", "chung.gov.test/so"),
)  # fmt: skip


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walked]:
    web = Web()
    web.sites |= {host: site() for host, site in SITES.items()}
    bench = Bench.at(tmp_path_factory.mktemp("walked"), web, max_bytes=MAX_BYTES)
    yield Walked(web, bench, bench.run(*AGENCIES))
    web.close()


def test_requests_to_one_operator_are_spaced_and_obey_robots(walked: Walked) -> None:
    hosts = ("camau.gov.test", "sotaichinh.camau.gov.test")
    log = [seen for seen in walked.web.log if seen.host in hosts]
    assert len(log) > 8
    assert walked.web.spacing(*hosts) >= DELAY
    assert not [seen for seen in log if seen.target.startswith("/cam/")]
    assert all(walked.web.targets(host)[0] == "/robots.txt" for host in hosts)
    closed = walked.bench.rows("SELECT url FROM page WHERE failure = 'robots' AND url LIKE '%camau%' ORDER BY url")
    assert len(closed) == 4
    assert walked.bench.verdicts("ca-mau")["qa"] == "not_seen"


def test_every_request_says_who_asks_and_asks_only(walked: Walked) -> None:
    log = [seen for seen in walked.web.log if seen.method != "CONNECT"]  # the tunnel that the site has no TLS for
    assert {seen.method for seen in log} == {"GET"}
    assert all(seen.agent.startswith("prober/") and "contact" in seen.agent for seen in log)


def test_two_bodies_on_one_host_wait_for_one_robots_txt(walked: Walked) -> None:
    targets = walked.web.targets("chung.gov.test")
    assert targets.count("/robots.txt") == 1 and {"/", "/so/"} <= set(targets)
    assert not [target for target in targets if "/cam" in target]
    assert walked.web.spacing("chung.gov.test") >= DELAY


def test_absent_is_said_only_where_everything_was_looked_at(walked: Walked) -> None:
    states = {slug: walked.bench.verdicts(slug)["qa"] for slug in ("whole", "blocked", "shell")}
    assert states == {"whole": "not_found", "blocked": "not_seen", "shell": "not_seen"}
    assert {"/hoi-dap", "/sitemap.xml"} <= set(walked.web.targets("whole.gov.test"))
    assert walked.found.without_browser == ("shell",)
    reasons = dict(walked.bench.rows("SELECT agency, reason FROM verdict WHERE kind = 'qa'"))
    assert "blocked" in reasons["2019-blocked"] and "no Chromium" in reasons["2019-shell"]


def test_a_site_silent_for_months_is_shown_as_frozen_and_judged_as_any_other(walked: Walked) -> None:
    seen = dict(walked.bench.rows("SELECT agency, frozen_since FROM not_seen"))
    assert seen["2019-dong"] == "2019-11-04" and seen["2019-whole"] is None
    assert walked.bench.verdicts("dong")["qa"] == "not_found"


def test_every_finding_can_be_looked_up_in_the_archive(walked: Walked) -> None:
    assert walked.bench.verdicts("packed").items() >= {"qa": "found", "email": "found"}.items()
    rows = walked.bench.rows(
        "SELECT o.snippet, p.sha256, p.url, e.path, e.warc_offset FROM observation o JOIN page p ON p.id = o.page "
        "LEFT JOIN evidence e ON e.sha256 = o.warc WHERE p.agency = '2019-packed'"
    )
    assert "http://packed.gov.test/" in {url for _, _, url, _, _ in rows} and len({url for _, _, url, _, _ in rows}) > 1
    for snippet, sha256, _, path, offset in rows:
        body = evidence.read(walked.bench.config.paths.evidence, path, offset).body
        assert digest(body) == sha256
        assert snippet.split()[0] in body.decode()
    kept = walked.bench.rows("SELECT COUNT(*), COUNT(DISTINCT sha256) FROM evidence WHERE kind = 'warc'")
    assert kept[0][0] == kept[0][1]


def test_a_bomb_is_cut_and_does_no_harm(walked: Walked) -> None:
    rows = walked.bench.rows("SELECT failure, bytes FROM page WHERE url = 'http://bomb.gov.test/hoi-dap'")
    assert rows == [("budget", MAX_BYTES)]
    assert walked.bench.verdicts("bomb")["qa"] == "not_seen"


def test_other_bodies_are_never_asked_in_the_name_of_one(walked: Walked) -> None:
    assert not {seen.host for seen in walked.web.log} & {FOREIGN[0], *FOREIGN[2:]}
    assert "/hoi-dap" not in walked.web.targets("sotaichinh.lang.gov.test")
    assert walked.bench.verdicts("lang")["qa"] == "found"  # the frame is part of the page


def test_another_address_is_tried_before_an_agency_counts_as_unreachable(walked: Walked) -> None:
    visit = walked.bench.rows("SELECT outcome, final_url FROM visit WHERE agency = '2019-doi'")
    assert visit == [("seen", "http://moi.doi.gov.test/")]


def test_two_crawls_into_one_database_are_refused(web: Web, bench: Bench) -> None:
    with FileLock(f"{bench.config.paths.results}.crawl.lock"), pytest.raises(UsageError, match="another crawl"):
        bench.run(agency("ca-mau"))


def test_nothing_to_crawl_is_a_usage_error(bench: Bench, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no agency"):
        bench.run()
    assert not (tmp_path / "results.db").exists()


def test_a_long_log_is_put_aside_when_a_crawl_begins(tmp_path: Path) -> None:
    """Of all nights two logs stay: the one at work, and the one before."""
    web = Web()
    try:
        web.sites |= {"mai.gov.test": plain_site()}
        bench = Bench.at(tmp_path, web, delay=0.01)
        log = bench.config.paths.evidence / LOG_NAME
        log.parent.mkdir(parents=True)
        log.with_name(f"{LOG_NAME}.1").write_text("the one before that")
        log.write_bytes(b"x" * (MOST_LOG + 1))
        bench.run(agency("mai"))
        assert log.stat().st_size < MOST_LOG
        assert log.with_name(f"{LOG_NAME}.1").read_bytes()[:3] == b"xxx"
    finally:
        web.close()
