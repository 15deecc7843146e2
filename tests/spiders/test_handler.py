"""The delay of a slot counts from the answer; budgets are kept; what pages of a site share is fetched once."""

import pytest

from prober.reporting.words.reasons import stored
from tests.spiders.web import Answer, Bench, Web, agency, plain_site


def test_a_crawl_delay_is_obeyed_from_the_first_page_and_budgets_to_the_last(web: Web, bench: Bench) -> None:
    slow = {target: Answer(answer.body, wait=0.6) for target, answer in plain_site().items()}  # type: ignore[union-attr]
    web.sites = {
        "nhanh.gov.test": plain_site(), "cham.gov.test": slow,
        "doi.gov.test": plain_site() | {"/robots.txt": Answer("User-agent: prober\nCrawl-delay: 0.6\n")},
        "lau.gov.test": plain_site() | {"/robots.txt": Answer("User-agent: *\nCrawl-delay: 3600\n")},
    }  # fmt: skip
    bench.run(
        *map(agency, ("nhanh", "cham", "doi", "lau")), pages_per_agency=4, seconds_per_agency=1.5, max_crawl_delay=1.0
    )
    assert web.spacing("doi.gov.test") >= 0.6
    assert web.spacing("lau.gov.test") >= 1.0  # cut at the configured longest
    assert len(web.targets("nhanh.gov.test")) == 1 + 4  # robots.txt and as many pages as the budget has
    for host in ("cham.gov.test", "doi.gov.test", "lau.gov.test"):
        assert 2 <= len(web.targets(host)) < 1 + 4  # the time was over first
    details = dict(bench.rows("SELECT agency, failure_detail FROM visit WHERE failure = 'budget'"))
    assert stored(details["2019-nhanh"]).en == "the budget of 4 pages was used up" and len(details) == 4
    assert stored(details["2019-cham"]).vi.endswith("đã dùng hết 1,5 giây của một lượt xem")
    assert bench.rows("SELECT DISTINCT state FROM verdict ORDER BY state") == [("found",), ("not_seen",)]


SHELL = "<html><body><div id='root'></div><script src='/a.js'></script></body></html>"
SCRIPT = """
const shown = {
  '/': "<a href='/lien-he'>Liên hệ</a> <a href='/hoi-dap'>Hỏi đáp</a> <p>Thư điện tử: vanphong@anh.gov.test</p>",
  '/lien-he': "<h1>Liên hệ</h1><p>Thư điện tử: banbientap@anh.gov.test</p>",
  '/hoi-dap': "<h1>Hỏi đáp</h1><form><label>Câu hỏi<textarea name=q></textarea></label></form>",
};
document.getElementById('root').innerHTML =
  shown[location.pathname] + '<img src=/dau.png>' + '<p>Tin tức của tỉnh</p>'.repeat(99);
"""


@pytest.mark.needs("chromium")
def test_an_image_of_several_pages_is_fetched_once_for_their_pictures(web: Web, bench: Bench) -> None:
    pages = {target: Answer(SHELL) for target in ("/", "/lien-he", "/hoi-dap")}
    scripted = {"/a.js": Answer(SCRIPT, headers={"Content-Type": "text/javascript"})}
    scripted |= {"/dau.png": Answer(b"\x89PNG", headers={"Content-Type": "image/png"})}
    web.sites = {"anh.gov.test": pages | scripted}
    bench.run(agency("anh"), browser="auto")
    ((pictures,),) = bench.rows("SELECT count(*) FROM evidence WHERE kind = 'screenshot'")
    assert pictures > 1
    assert web.targets("anh.gov.test").count("/dau.png") == web.targets("anh.gov.test").count("/a.js") == 1


LONG = 9.0  # seconds until the script of the slow site is there; its budget is shorter


@pytest.mark.needs("chromium")
def test_the_browser_costs_a_site_its_own_pages_and_not_those_of_another(web: Web, bench: Bench) -> None:
    """Both need the one place in the browser at the same time, whoever comes first."""
    javascript = {"Content-Type": "text/javascript"}
    pages = {target: Answer(SHELL) for target in ("/", "/lien-he", "/hoi-dap")}
    web.sites = {
        "cham.gov.test": pages | {"/a.js": Answer(SCRIPT, headers=javascript, wait=LONG)},
        "nhanh.gov.test": pages | {"/a.js": Answer(SCRIPT, headers=javascript)},
    }
    bench.run(
        *map(agency, ("cham", "nhanh")), browser="auto", browser_pages=1, timeout=2 * LONG, seconds_per_agency=8,
        concurrency=2,
    )  # fmt: skip
    spent = dict(bench.rows("SELECT agency, failure_detail FROM visit WHERE failure = 'budget'"))
    assert list(spent) == ["2019-cham"]
    assert stored(spent["2019-cham"]).en.endswith("the budget of 8 s was used up")
    assert bench.rows("SELECT seconds FROM visit WHERE agency = '2019-nhanh'") > [(8,)]  # with its wait
