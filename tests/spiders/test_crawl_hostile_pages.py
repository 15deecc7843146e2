"""A page on which a reader hangs costs itself: what is said of other sites, and their budgets, are as without it."""

from dataclasses import replace
from pathlib import Path
from time import monotonic

from tests.spiders.web import Answer, Bench, Site, Web, agency, page, plain_site

INNOCENT = tuple(map(agency, ("xa", "huyen", "tinh")))
# What one paragraph of a home page says.
HOSTILE = {
    "gach": "a-" * 24_000 + " @",
    "gach-dai": "a-" * 48_000 + " @",
    "ma": "%40" * 32_000 + " @",
    # Heavy by its size alone, whatever the detectors do with it.
    "nang": "".join(f"</p><p>Tin {n}: họp về kế hoạch số {n} (12/04/2020)" for n in range(70_000)),
}
XML = {"Content-Type": "text/xml"}
MAPS = 60
OURS = "('2019-xa', '2019-huyen', '2019-tinh')"
SAID = (
    "SELECT v.agency, v.outcome, v.failure, v.requests, d.kind, d.state, d.reason FROM visit v "
    f"JOIN verdict d ON d.scan = v.scan AND d.agency = v.agency WHERE v.agency IN {OURS} ORDER BY 1, 6"
)


def _site(name: str) -> Site:
    return plain_site(f"vanphong@{name}.gov.test")


def _of_many_maps(host: str) -> Site:
    """A site whose sitemap names many, each as large as any is read, of addresses that promise what is looked for."""
    address = "<url><loc>http://{}/cong-khai-ngan-sach-{}/hoi-dap-cong-dan{}</loc></url>"
    listed = "".join(address.format(host, n, "-tin-tuc" * 20) for n in range(19_000))
    named = "".join(f"<sitemap><loc>http://{host}/{n}.xml</loc></sitemap>" for n in range(MAPS))
    large = Answer(f"<urlset>{listed}</urlset>", headers=XML)
    index = Answer(f"<sitemapindex>{named}</sitemapindex>", headers=XML)
    return plain_site() | {"/sitemap.xml": index} | {f"/{n}.xml": large for n in range(MAPS)}


def test_what_is_said_of_others_is_as_without_hostile_pages(web: Web, bench: Bench, tmp_path: Path) -> None:
    web.sites |= {f"{each.slug}.gov.test": _site(each.slug) for each in INNOCENT}
    for name, words in HOSTILE.items():
        host = f"{name.replace('-', '')}.gov.test"
        web.sites[host] = plain_site() | {"/": page("Trang chủ", f"<p>{words}</p>")}
    web.sites["sodo.gov.test"] = _of_many_maps("sodo.gov.test")
    limits = {"seconds_per_agency": 10, "seconds_per_page": 1.0, "delay": 0.0}
    bench.run(*INNOCENT, **limits)
    alone = bench.rows(SAID)
    assert {row[1] for row in alone} == {"seen"}

    paths = replace(bench.config.paths, results=tmp_path / "beside.db")
    beside = replace(bench, config=replace(bench.config, paths=paths))
    begin = monotonic()
    beside.run(*map(agency, (*HOSTILE, "so-do")), *INNOCENT, **limits)
    assert beside.rows(SAID) == alone
    assert monotonic() - begin < 90  # four pages a site, and a second pass, each at most a second of one processor
    unread = dict(beside.rows(f"SELECT agency, failure FROM visit WHERE agency NOT IN {OURS}"))
    assert unread["2019-nang"] == "unreadable"
    assert {unread[f"2019-{name}"] for name in HOSTILE} <= {"unreadable", None}
    maps = "SELECT DISTINCT failure FROM scan_page WHERE url GLOB 'http://sodo.gov.test/[0-9]*.xml'"
    # A quick machine may read some of the sixty to their end; the site's time is up before all of them are.
    assert {("unreadable",)} <= set(beside.rows(maps)) <= {("unreadable",), (None,)}
    said = beside.rows("SELECT state FROM verdict WHERE agency = '2019-so-do'")
    assert {state for (state,) in said} == {"found", "not_seen"}
    rows = beside.rows("SELECT kind, state FROM verdict WHERE agency = '2019-nang'")
    assert {state for _, state in rows} == {"not_seen"}
