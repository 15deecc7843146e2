"""A crawl of servers that refuse for the time being: it waits, slows down, asks again, and harms no other site."""

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from spiders.crawl import CrawlSummary
from tests.spiders.web import DELAY, Answer, Bench, Habit, Site, Web, agency, entry, page, plain_site, qa_page

WAIT = 1.0
NONE = Answer("", 404)


def refused(status: int = 429, wait: str = "1") -> Answer:
    return Answer("<h1>Too Many Requests</h1>", status, {"Content-Type": "text/html", "Retry-After": wait})


def answering(choose: Callable[[str], Answer]) -> Site:
    """A site that answers as `choose` says for each target."""

    async def habit(writer: asyncio.StreamWriter, target: str) -> bool:
        answer = choose(target)
        body = str(answer.body).encode()
        head = [f"HTTP/1.1 {answer.status} x", *(f"{name}: {value}" for name, value in answer.headers.items())]
        writer.write(("\r\n".join([*head, f"Content-Length: {len(body)}", "", ""])).encode() + body)
        await writer.drain()
        return True

    kept: Habit = habit
    return {"*": kept}


def known(site: Site, target: str) -> Answer:
    answer = site.get(target, NONE)
    assert isinstance(answer, Answer)
    return answer


def limited(status: int) -> Site:
    """At most one request in 0.3 s, whatever it is for; the section stands only in the sitemap."""
    menu = entry("/lien-he", "Liên hệ")
    site: Site = {
        "/": page("Trang chủ", menu=menu, email="vanphong@camau.gov.test"),
        "/gioi-thieu": page("Giới thiệu", menu=menu),
        "/lien-he": page("Liên hệ", "<h1>Liên hệ</h1>", menu),
        "/sitemap.xml": Answer(f"<urlset><url><loc>http://han{status}.gov.test/hoi-dap-1</loc></url></urlset>"),
        "/hoi-dap-1": qa_page(menu),
    }
    last = [0.0]

    def choose(target: str) -> Answer:
        now, before = time.monotonic(), last[0]
        last[0] = now
        return known(site, target) if now - before > 0.3 else refused(status, "0")

    return answering(choose)


def in_two_seconds() -> Answer:
    return refused(503, time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + 2)))


def first(target: str, times: int, site: Site, answer: Callable[[], Answer]) -> Site:
    """`answer` for the first `times` requests for `target`, then the site."""
    seen = [0]

    def choose(asked: str) -> Answer:
        seen[0] += asked == target
        return answer() if asked == target and seen[0] <= times else known(site, asked)

    return answering(choose)


def with_section() -> Site:
    menu = entry("/hoi-dap", "Hỏi đáp")
    return plain_site() | {"/": page("Trang chủ", menu=menu, email="vanphong@camau.gov.test")}


SITES: dict[str, Callable[[], Site]] = {
    "han429": lambda: limited(429),
    "han503": lambda: limited(503),
    "cho": lambda: first("/", 1, with_section(), refused),
    "ngay": lambda: first("/hoi-dap", 1, with_section(), in_two_seconds),
    "luat": lambda: first("/robots.txt", 1, with_section(), refused),
    "dem": lambda: first("/hoi-dap", 4, with_section(), lambda: refused(429, "0")),
    "mai": lambda: answering(lambda target: refused(429, "0")),
    "nhanh": with_section,
}  # fmt: skip


def moved(to: str) -> Answer:
    return Answer("", 301, {"Location": to})


@dataclass
class Crawled:
    web: Web
    bench: Bench
    found: CrawlSummary


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crawled]:
    web = Web()
    web.sites |= {f"{name}.gov.test": site() for name, site in SITES.items()}
    web.sites["goc.gov.test"] = answering(lambda target: moved(f"http://www.goc.gov.test{target}"))
    web.sites["www.goc.gov.test"] = with_section() | {"/robots.txt": Answer("User-agent: *\nDisallow: /lien-he")}
    bench = Bench.at(tmp_path_factory.mktemp("limits"), web, max_crawl_delay=1.0, max_retry_after=2.5)
    yield Crawled(web, bench, bench.run(*map(agency, (*SITES, "goc"))))
    web.close()


@pytest.mark.parametrize("status", [429, 503])
def test_a_limit_is_learned_and_what_was_refused_is_asked_again(crawled: Crawled, status: int) -> None:
    host = f"han{status}.gov.test"
    assert crawled.bench.verdicts(f"han{status}")["qa"] == "found"
    times = [seen.at for seen in crawled.web.log if seen.host == host]
    gaps = [later - before for before, later in zip(times, times[1:], strict=False)]
    assert sum(gap > 2 * DELAY for gap in gaps) > len(gaps) / 2


def test_a_server_is_not_asked_before_the_time_that_it_names(crawled: Crawled) -> None:
    for name, wait in (("cho", WAIT), ("luat", WAIT), ("ngay", WAIT)):
        seen = [seen for seen in crawled.web.log if seen.host == f"{name}.gov.test" and seen.method == "GET"]
        target = {"cho": "/", "luat": "/robots.txt", "ngay": "/hoi-dap"}[name]
        at = next(n for n, one in enumerate(seen) if one.target == target)
        assert seen[at + 1].at - seen[at].until >= wait - 0.05, name
        assert crawled.bench.verdicts(name)["qa"] == "found"


def test_a_robots_txt_that_is_refused_for_now_closes_the_site_for_now(crawled: Crawled) -> None:
    targets = crawled.web.targets("luat.gov.test")
    assert targets[:3] == ["/robots.txt", "/robots.txt", "/"]


def test_what_stays_refused_in_a_visit_is_asked_again_at_the_end(crawled: Crawled) -> None:
    assert crawled.bench.verdicts("dem")["qa"] == "found"
    targets = crawled.web.targets("dem.gov.test")
    assert targets.count("/hoi-dap") == 5 and targets.count("/") == 2
    ((requests,),) = crawled.bench.rows("SELECT requests FROM visit WHERE agency = '2019-dem'")
    assert requests == len(targets)


def test_who_refuses_all_night_is_unknown(crawled: Crawled) -> None:
    assert set(crawled.bench.verdicts("mai").values()) == {"not_seen"}
    rows = crawled.bench.rows("SELECT outcome, failure FROM visit WHERE agency = '2019-mai'")
    assert rows == [("unreachable", "blocked")]
    assert crawled.found.limited == ("mai",)
    assert len(crawled.web.targets("mai.gov.test")) < 40


def test_the_robots_txt_of_the_host_that_a_site_redirects_to_is_read_once_and_obeyed(crawled: Crawled) -> None:
    targets = crawled.web.targets("www.goc.gov.test")
    assert targets.count("/robots.txt") == 1 and "/hoi-dap" in targets and "/lien-he" not in targets
    assert crawled.web.targets("goc.gov.test") == ["/robots.txt", "/"]


def test_no_other_site_waits_for_it(crawled: Crawled) -> None:
    """All begin at once; the one that refuses nothing is done before those that refuse."""
    last = {seen.host: seen.at for seen in crawled.web.log}
    assert all(last["nhanh.gov.test"] < last[f"{name}.gov.test"] for name in ("han429", "han503", "dem", "mai"))
