"""The page of a figure: what its receipt says, in both languages, as HTML, JSON and picture."""

import asyncio
import hashlib
import json
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree as ET

import pytest
from selectolax.lexbor import LexborHTMLParser

from prober.reporting.datasette.serve import application
from prober.reporting.datasette.served_site import ServedSite
from prober.reporting.figures.all_figures import figures
from prober.reporting.figures.printed_figure import FrameRows
from prober.store import only_read
from prober.store.reading.report_rows import surveys
from tests.pobi import POBI

REPLIED = "/survey/2019/figure/2019.finance.replied.share"


@pytest.fixture(scope="module")
def path(pobi_db: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copy(pobi_db, tmp_path_factory.mktemp("receipts") / "results.db"))


@pytest.fixture(scope="module")
def site(path: Path) -> ServedSite:
    return application(path, POBI, "sandbox", immutable=True)


def get(site: ServedSite, address: str, status: int = 200) -> Any:
    answer = asyncio.run(site.client.get(address))
    assert answer.status_code == status, answer.text[:500]
    return answer


def words(page: LexborHTMLParser, selector: str) -> str:
    return " ".join(" ".join(node.text(separator=" ").split()) for node in page.css(selector))


def test_the_page_has_the_whole_receipt(site: ServedSite, path: Path) -> None:
    page = LexborHTMLParser(get(site, f"{REPLIED}?lang=en").text)
    text = words(page, "main")
    for said in ("8 of 63", "8/63", "12.7", "12,7", "6.6–23.1", "2019.finance.replied.share"):
        assert said in text
    assert hashlib.sha256(path.read_bytes()).hexdigest() in text
    assert "share of those that wrote, or that the letter reached" in words(page, "#never ~ ul")
    vi, en = (node.text() for node in page.css("blockquote.to-copy"))
    assert vi.startswith("Sở Tài chính trả lời yêu cầu gửi qua thư điện tử: tỷ lệ trên tất cả: 8/63 (12,7\xa0%)")
    assert en.startswith("Department of Finance answered the emailed request: share of all: 8 of 63 (12.7\xa0%)")
    assert "[Simulated data]" in en and "[Dữ liệu mô phỏng]" in vi
    assert page.css("script") == [] and words(page, "aside.banner")


def test_its_links_lead_to_the_same_value_and_to_the_rows(site: ServedSite) -> None:
    page = LexborHTMLParser(get(site, REPLIED).text)
    links = [node.attributes["href"] or "" for node in page.css("#receipt ~ ul a")]
    query = next(link for link in links if "sql=" in link)
    at, sql = urlsplit(query), parse_qs(urlsplit(query).query)["sql"][0]
    rows = get(site, f"{at.path}.json?{at.query}&_shape=array").json()
    assert sql.startswith("SELECT") and (rows[0]["k"], rows[0]["n"]) == (8, 63)
    behind = next(link for link in links if "/figure?" in link)
    found = get(site, behind.replace("?", ".json?") + "&_shape=array").json()
    assert sum(row["state"] == "found" for row in found) >= 8
    assert all(get(site, link) for link in links)


def test_the_same_as_json_for_anybody(site: ServedSite) -> None:
    answer = get(site, f"{REPLIED}.json")
    found = answer.json()
    assert (found["k"], found["n"], found["unit"], found["not_seen"]) == (8, 63, "share", 2)
    assert found["snapshot_sha256"] and found["never"][0]["en"] and found["behind"]["name"] == "figure"
    assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("language, said", [("vi", "12,7"), ("en", "12.7"), ("no", "12,7")])
def test_the_picture_is_drawn_without_a_script(site: ServedSite, language: str, said: str) -> None:
    answer = get(site, f"{REPLIED}.svg?language={language}")
    assert answer.headers["content-type"].startswith("image/svg+xml")
    drawn = ET.fromstring(answer.text)
    assert said in "".join(drawn.itertext()) and ("Simulated" if language == "en" else "mô phỏng") in answer.text
    assert not [node for node in drawn.iter() if node.tag.endswith(("script", "foreignObject", "style"))]


def test_every_figure_is_listed_and_has_a_page(site: ServedSite, path: Path) -> None:
    """Also medians that were not reached, counts, points, and steps of curves."""
    (survey,) = surveys(db := only_read(path))
    known = {figure.id: figure for figure in figures(FrameRows(db, survey, POBI))}
    page = LexborHTMLParser(get(site, "/survey/2019/figures").text)
    assert {(node.attributes["href"] or "").rpartition("/")[2] for node in page.css("main li a")} == set(known)
    assert [one["id"] for one in get(site, "/survey/2019/figures.json").json()] == list(known)
    units = {figure.unit: name for name, figure in known.items()} | {
        f"none {figure.unit}": name for name, figure in known.items() if figure.value is None
    }
    for name in units.values():
        get(site, f"/survey/2019/figure/{name}")
        json.loads(get(site, f"/survey/2019/figure/{name}.json").text)
        ET.fromstring(get(site, f"/survey/2019/figure/{name}.svg").text)


@pytest.mark.parametrize("address", ["/survey/2019/figure/nothing", "/survey/2019/figure/x.json", "/survey/x/figures"])
def test_what_is_no_figure_is_not_found(site: ServedSite, address: str) -> None:
    get(site, address, 404)


def test_the_headline_leads_to_the_figures(site: ServedSite) -> None:
    page = LexborHTMLParser(get(site, "/survey/2019/headline").text)
    assert page.css('a[href="/survey/2019/figures"]')
