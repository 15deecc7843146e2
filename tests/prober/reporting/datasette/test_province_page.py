"""The page of one province, its feed and its card, over HTTP."""

from io import BytesIO
from xml.etree import ElementTree as ET

import pytest
from PIL import Image
from selectolax.lexbor import LexborHTMLParser

from prober.reporting.datasette import atom
from tests.serving import fetch, get, header, moved

PAGE = "/survey/2019/place/ca-mau"


def page(base: str, language: str = "en") -> LexborHTMLParser:
    status, text = get(f"{base}{PAGE}?lang={language}")
    assert status == 200, text[:500]
    return LexborHTMLParser(text)


def words(node: object) -> str:
    return " ".join(node.text(separator=" ").split())  # type: ignore[attr-defined]


@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_preview_elsewhere_has_a_title_a_sentence_and_a_picture_that_says_simulated(base: str, language: str) -> None:
    shown = page(base, language)
    told = {
        node.attributes.get("property") or node.attributes.get("name"): node.attributes["content"]
        for node in shown.css("meta[content]")
    }
    assert told["og:title"] == {"vi": "[Dữ liệu mô phỏng] Cà Mau", "en": "[Simulated data] Ca Mau"}[language]
    assert told["og:description"] == told["description"] == told["og:image:alt"]
    assert {"vi": "Sở Tài chính: ", "en": "Department of Finance: "}[language] in (told["og:description"] or "")
    assert told["og:image"] == f"{base}{PAGE}.png" and told["og:url"] == f"{base}{PAGE}"
    status, kind, data = fetch(told["og:image"] or "")
    assert (status, kind) == (200, "image/png")
    assert Image.open(BytesIO(data)).size == (int(told["og:image:width"] or 0), int(told["og:image:height"] or 0))
    assert header(f"{base}{PAGE}.png")["cross-origin-resource-policy"] == "cross-origin"  # others show it


def test_its_figures_stand_beside_those_of_its_region_and_of_all(base: str) -> None:
    shown = page(base)
    heads = [words(node) for node in shown.css(".beside thead th")]
    assert heads == ["Indicator", "Ca Mau", "Mekong River Delta", "All 63 provinces"]
    told = {
        words(row.css_first("th")): [words(cell) for cell in row.css("td")] for row in shown.css(".beside tbody tr")
    }
    own, region, everyone = told["Portal has a Q&A section"]
    assert own.startswith("present level") and region.startswith("13/13") or "/13" in region
    assert everyone.startswith("61/63 (89.1–99.1 %)") and "not seen: 2" in everyone
    assert "no ranking" in words(shown.css_first(".beside caption"))


@pytest.mark.parametrize(
    ("language", "age"),
    [("vi", "xem được lần cuối 30 đêm trước, ngày 13/4/2020"), ("en", "last seen 30 nights ago, on 13 April 2020")],
)
def test_what_the_newest_visit_could_not_see_says_how_old_it_is(base: str, language: str, age: str) -> None:
    """On the page of the province: for the site and the verdict that is kept. On that of the unseen: in the list."""
    closed = LexborHTMLParser(get(f"{base}/survey/2019/place/lai-chau?lang={language}")[1])
    assert [words(mark) for mark in closed.css(".site-address .flag")] == [age]
    assert [words(mark) for mark in closed.css("dd .flag")] == [age]
    unseen = LexborHTMLParser(get(f"{base}/survey/2019/not-seen?lang={language}")[1])
    (kept,) = unseen.css(".kept li")
    assert words(kept).endswith(age) and kept.css_first("a[href$='/place/lai-chau']")


def test_its_history_tells_each_scan_and_each_campaign(base: str) -> None:
    history = page(base).css_first("section[aria-labelledby=history]")
    assert "Scan 1: seen Q&A section: present (level 4)" in words(history)
    assert len(history.css("table tbody tr")) == len(page(base).css("h3[id^=letter-]")) == 1
    for link in history.css("a"):
        assert page(base).css(str(link.attributes["href"]))


def test_its_feed_has_its_changes_and_answers_and_nothing_of_others(base: str) -> None:
    linked = {node.attributes["href"] for node in page(base).css("link[type='application/atom+xml']")}
    assert linked == {"/survey/2019/changes.atom", f"{PAGE}.atom"}
    status, kind, body = fetch(f"{base}{PAGE}.atom")
    assert status == 200 and kind.startswith("application/atom+xml")
    space = f"{{{atom.NAMESPACE}}}"
    feed = ET.fromstring(body)
    entries = feed.findall(f"{space}entry")
    titles = [entry.findtext(f"{space}title") or "" for entry in entries]
    updated = [entry.findtext(f"{space}updated") or "" for entry in entries]
    assert updated == sorted(updated, reverse=True) and feed.findtext(f"{space}updated") == updated[0]
    assert all("Cà Mau" in title and title.startswith("[Dữ liệu mô phỏng") for title in titles)
    kinds = {entry.find(f"{space}category").attrib["term"] for entry in entries}  # type: ignore[union-attr]
    assert "reply" in kinds and len(kinds) > 1
    ids = [entry.findtext(f"{space}id") for entry in entries]
    assert len(set(ids)) == len(ids) and feed.findtext(f"{space}id") not in ids
    other = ET.fromstring(fetch(f"{base}/survey/2019/place/ha-noi.atom")[2])
    assert other.findtext(f"{space}id") != feed.findtext(f"{space}id")


@pytest.mark.parametrize("ending", ["", ".atom", ".png"])
@pytest.mark.parametrize("query", ["", "?language=en", "?lang=en", "?a=%26&lang=en&lang=vi"])
def test_an_address_of_before_leads_on_with_all_that_was_asked(base: str, ending: str, query: str) -> None:
    for _ in range(2):  # also where the server has seen it before
        assert moved(f"{base}/survey/2019/province/ca-mau{ending}{query}") == (301, f"{PAGE}{ending}{query}")
    assert fetch(f"{base}/survey/2019/province/ca-mau{ending}{query}") == fetch(f"{base}{PAGE}{ending}{query}")


def test_an_address_of_before_leads_to_no_other_server(base: str) -> None:
    assert moved(f"{base}/survey/%2F%2Fx.test/province/%0d%0aa%3Fb") == (
        301, "/survey/%2F%2Fx.test/place/%0D%0Aa%3Fb"
    )  # fmt: skip
    assert moved(f"{base}/survey/2019/province/nowhere")[1] == "/survey/2019/place/nowhere"
    assert get(f"{base}/survey/2019/province/nowhere")[0] == get(f"{base}/survey/2019/province/")[0] == 404


@pytest.mark.parametrize("path", ["place/nowhere.png", "place/nowhere.atom", "figure/nothing.png"])
def test_what_is_not_there_has_no_picture_and_no_feed(base: str, path: str) -> None:
    assert get(f"{base}/survey/2019/{path}")[0] == 404


@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_figure_has_a_picture_to_copy_in_each_language(base: str, language: str) -> None:
    at = f"{base}/survey/2019/figure/2019.finance.replied.share"
    shown = LexborHTMLParser(get(f"{at}?lang={language}")[1])
    assert f"{at}.png?language={language}" in {n.attributes["content"] for n in shown.css("meta[property='og:image']")}
    assert shown.css(f"a[href$='.share.png?language={language}'][download]")
    status, kind, data = fetch(f"{at}.png?language={language}")
    assert (status, kind) == (200, "image/png") and Image.open(BytesIO(data)).size == (1200, 630)
    other = fetch(f"{at}.png?language={'vi' if language == 'en' else 'en'}")[2]
    assert data != other
