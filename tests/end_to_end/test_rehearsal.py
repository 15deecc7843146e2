"""A study on test servers of one's own: the live code path, inside the listed hosts, `.test` and one folder."""

from pathlib import Path

from tests.rehearsal import Rehearsal, served
from tests.spiders.web import Answer, Site, entry, page, plain_site

PORTAL = "thu,ca-mau,portal,Cổng thông tin điện tử tỉnh Cà Mau,http://camau.gov.test/"
OTHER = "thu,an-giang,portal,Cổng thông tin điện tử tỉnh An Giang,http://angiang.gov.test:8080/"


def test_a_crawl_reaches_the_listed_servers_as_any_site(tmp_path: Path) -> None:
    with served(plain_site(), plain_site("vanphong@angiang.gov.test")) as (one, two):
        desk = Rehearsal(tmp_path, {"camau.gov.test": one.place, "angiang.gov.test:8080": two.place})
        assert desk.imported(PORTAL, OTHER).exit_code == 0
        desk.done("crawl", "--frame", "thu")
        assert "/robots.txt" in one.asked and "/robots.txt" in two.asked
    assert desk.rows("SELECT agency, outcome FROM visit ORDER BY agency") == [
        ("thu-an-giang", "seen"), ("thu-ca-mau", "seen"),
    ]  # fmt: skip
    found = desk.rows("SELECT value FROM latest_observation WHERE kind = 'email' AND state = 'present' ORDER BY value")
    assert found == [("vanphong@angiang.gov.test",), ("vanphong@camau.gov.test",)]
    assert {row[0] for table in ("agency", "scan", "run") for row in desk.rows(f"SELECT world FROM {table}")} == {
        "rehearsal"
    }
    assert {path.name for path in tmp_path.iterdir()} == {"prober.toml", "agencies.csv", "var"}
    assert {path.name for path in (tmp_path / "var").iterdir()} == {"rehearsal"}


def leading_out(unlisted: str) -> Site:
    """A portal whose links and redirects lead to hosts and ports that are not listed."""
    targets = (unlisted, "http://www.camau.gov.test/", "http://stc.camau.gov.test/", "http://camau.gov.test:81/x")
    menu = "".join(entry(url, "Hỏi đáp") for url in (*targets, *(f"/di/{n}" for n in range(len(targets)))))
    site: Site = {"/": page("Trang chủ", menu=menu)}
    for number, url in enumerate(targets):
        site[f"/di/{number}"] = Answer("", 302, {"Location": url})
    return site


def test_no_link_and_no_redirect_leads_out(tmp_path: Path) -> None:
    with served(plain_site()) as (outside,), served(leading_out(f"http://{outside.place}/")) as (inside,):
        desk = Rehearsal(tmp_path, {"camau.gov.test": inside.place})
        assert desk.imported(PORTAL, OTHER).exit_code == 0
        desk.done("crawl", "--frame", "thu")
        assert "/di/0" in inside.asked
        assert outside.asked == []
    failed = dict(desk.rows("SELECT agency, failure FROM visit"))
    assert failed == {"thu-ca-mau": "unlisted", "thu-an-giang": "unlisted"}
