"""The delay of a slot counts from the answer; budgets of pages and of time are kept."""

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
    assert "4 pages" in details["2019-nhanh"] and "1.5 s" in details["2019-cham"] and len(details) == 4
    assert bench.rows("SELECT DISTINCT state FROM verdict ORDER BY state") == [("present",), ("unknown",)]
