"""The report in Chromium: harmless whatever the data hold; for keyboard, phone, screen reader, paper, one language."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from prober.reporting.html import cards, render
from prober.store import open_results
from prober.store.reading.report_rows import ReportRows, report_rows
from prober.text.vietnamese import fold
from tests.pobi import POBI
from tests.prober.reporting.changed_site import HOSTILE
from tests.prober.reporting.html.hostile_study import hostile_study

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.needs("chromium")

PHONE, DESK, PAPER = 360, 1280, 703  # CSS pixels; PAPER is what A4 leaves between its margins
WRITTEN_BY_OTHERS = "blockquote, code, .evidence, .reason, .site-address, .value, title"
CHOICE = ("Ngôn ngữ · Language", "Song ngữ · Bilingual", "Tiếng Việt", "English")


@pytest.fixture(scope="module")
def few(pobi_db: Path) -> ReportRows:
    """The survey of 63 provinces, reported for the first three: every section is there, and axe has less to read."""
    db = open_results(pobi_db)
    found = report_rows(db)
    db.close()
    return replace(found, provinces=found.provinces[:3])


@pytest.fixture(scope="module")
def path(few: ReportRows, tmp_path_factory: pytest.TempPathFactory) -> Path:
    text = render.render(few, POBI, annex="report-annex.html")
    return render.write(text, tmp_path_factory.mktemp("report") / "report.html")


@pytest.fixture(scope="module")
def annex(few: ReportRows, path: Path) -> Path:
    return render.write(render.render_annex(few, POBI, report=path.name), path.with_name("report-annex.html"))


@pytest.fixture(params=["report", "annex"])
def view(browser: "Browser", request: pytest.FixtureRequest, path: Path, annex: Path) -> Iterator["Page"]:
    """The report and its annex: what holds of the one holds of the other."""
    page = browser.new_page(viewport={"width": DESK, "height": 900})
    page.goto((path if request.param == "report" else annex).as_uri())
    yield page
    page.close()


@pytest.fixture
def report(browser: "Browser", path: Path) -> Iterator["Page"]:
    page = browser.new_page(viewport={"width": DESK, "height": 900})
    page.goto(path.as_uri())
    yield page
    page.close()


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_hostile_titles_and_addresses_do_nothing(browser: "Browser", survey: Any, tmp_path: Path, width: int) -> None:
    from tests.browser import listen

    page = browser.new_page(viewport={"width": width, "height": 900})
    events = listen(page)
    written = render.write(render.render_annex(hostile_study(survey), POBI), tmp_path / "report-annex.html")
    page.goto(written.as_uri())
    for summary in page.locator("summary").all():
        summary.click()
    assert page.title().startswith("[Mô phỏng · Simulated]")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.evaluate("getComputedStyle(document.querySelector('.banner')).position") == "sticky"  # our style counts
    assert HOSTILE.replace("\u202e", "\ufffd") in page.locator("blockquote").first.inner_text()
    page.close()
    assert events == [written.as_uri()]


@pytest.mark.parametrize(("scheme", "width"), [("light", DESK), pytest.param("dark", PHONE, marks=pytest.mark.proof)])
def test_axe_finds_nothing_serious(view: "Page", scheme: Any, width: int) -> None:
    from tests.browser import serious

    view.emulate_media(color_scheme=scheme)
    view.set_viewport_size({"width": width, "height": 900})
    paper = view.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (paper == "rgb(20, 23, 26)") == (scheme == "dark")
    assert serious(view) == []


def test_nothing_sticks_out_sideways(view: "Page") -> None:
    found = {}
    for width in (DESK, PHONE):
        view.set_viewport_size({"width": width, "height": 900})
        for language in ("both", "vi", "en"):
            view.check(f"#in-{language}")
            found[language, width] = view.evaluate("document.documentElement.scrollWidth")
    assert found == {(language, width): width for language, width in found}


def test_a_keyboard_reaches_everything(report: "Page", browser: "Browser", annex: Path) -> None:
    report.keyboard.press("Tab")
    assert report.evaluate("document.activeElement.id") == "in-both"
    report.keyboard.press("Tab")
    assert report.evaluate("document.activeElement.className") == "skip"
    report.keyboard.press("Enter")
    assert report.evaluate("location.hash") == "#headline"
    report.focus("#in-both")
    report.keyboard.press("ArrowRight")
    assert report.evaluate("document.activeElement.id") == "in-vi"
    assert not report.locator("h1 .en").is_visible() and report.locator("h1 .vi").is_visible()
    report.focus("svg.tiles a")
    outline = report.evaluate("getComputedStyle(document.activeElement.querySelector('.ground')).strokeWidth")
    assert outline == "2.5px"  # what has the focus can be seen
    report.keyboard.press("Enter")
    assert report.locator(report.evaluate("location.hash")).is_visible()
    wide = report.evaluate("[...document.querySelectorAll('.scroll')].every(box => box.tabIndex === 0)")
    assert wide  # what scrolls can be scrolled by keys
    view = browser.new_page()
    view.goto(annex.as_uri())
    assert not view.locator("blockquote").first.is_visible()  # cards are folded
    for place in (0, 1):  # the card, and the evidence in it
        view.locator("summary").nth(place).focus()
        view.keyboard.press("Enter")
    assert view.locator("blockquote").first.is_visible()
    other = view.locator(".card").nth(1)
    assert not other.locator(".facts").first.is_visible()
    view.goto(f"{annex.as_uri()}#{other.get_attribute('id')}")
    assert other.locator(".facts").first.is_visible()  # an address that leads to a card opens it
    view.close()


def entries(view: "Page") -> list[str]:
    """The provinces whose row or card is shown."""
    found: list[str] = view.evaluate(
        "[...document.querySelectorAll('.entry')].filter(part => part.checkVisibility()).map(part => part.id)"
    )
    return found


def test_a_reader_chooses_without_a_script_and_paper_shows_all(view: "Page", few: ReportRows) -> None:
    everyone = {row["province"] for row in few.provinces}
    assert set(entries(view)) == everyone
    by_region = {row["province"]: row["region"] for row in few.provinces}
    regions = sorted(set(by_region.values()), key=fold)
    for number, region in enumerate(regions, 1) if len(regions) > 1 else ():
        view.check(f"#region-{number}")
        assert set(entries(view)) == {province for province, there in by_region.items() if there == region}
    if len(regions) > 1:
        view.check("#region-all")
    one = few.provinces[1]
    view.select_option("#one-entry", one["province_vi"])
    assert entries(view) == [one["province"]]
    view.emulate_media(media="print")
    assert set(entries(view)) == everyone
    view.emulate_media(media="screen")
    other = few.provinces[2]["province"]
    view.evaluate(f"location.hash = {other!r}")  # an address is shown whatever was chosen
    assert set(entries(view)) == {one["province"], other}
    view.select_option("#one-entry", "—")
    outcome = view.locator(".filters [name=group]").nth(1)
    outcome.check()
    kept = set(entries(view)) - {other}
    assert kept < everyone and {cards.request_group(row) for row in few.provinces if row["province"] in kept} <= {
        (outcome.get_attribute("id") or "").removeprefix("group-")
    }


def test_each_section_leads_back_to_the_contents_and_the_contents_to_each(view: "Page") -> None:
    heads = view.evaluate(
        "[...document.querySelectorAll('main > section')].map(s => s.getAttribute('aria-labelledby'))"
    )
    links = view.evaluate("[...document.querySelectorAll('#contents a')].map(a => a.getAttribute('href'))")
    assert [f"#{head}" for head in heads] == [link for link in links if link.startswith("#")]
    assert view.locator("main > section > .back a[href='#contents']").count() == len(heads)


def shown(view: "Page", language: str) -> list[str]:
    """Every line that is shown in `language`, without what sites, mail servers and programs wrote."""
    view.check(f"#in-{language}")
    view.evaluate(
        f"document.querySelectorAll({WRITTEN_BY_OTHERS!r}).forEach(part => part.remove());"
        "document.querySelectorAll('details').forEach(part => part.open = true)"
    )
    text: str = view.evaluate("document.body.innerText")
    return [line.strip() for line in text.splitlines() if line.strip() and line.strip() not in CHOICE]


ENGLISH = re.compile(r"\b(?:the|of|and|not|is|are|was|were|with|answer\w*|letter|found|seen|absent)\b", re.IGNORECASE)
VIETNAMESE = re.compile(r"[ăđơưạảấầẩẫậắằẳẵặẹẻẽếềểễệịỉĩọỏốồổỗộớờởỡợụủũứừửữựỳỵỷỹ]", re.IGNORECASE)


def test_a_reader_of_vietnamese_meets_no_english(view: "Page") -> None:
    view.evaluate("document.querySelectorAll('.manifest').forEach(part => part.remove())")
    assert [line for line in shown(view, "vi") if ENGLISH.search(line)] == []


def test_a_reader_of_english_meets_no_vietnamese_but_names(view: "Page", few: ReportRows) -> None:
    view.evaluate("document.querySelectorAll('.manifest, .tiles text').forEach(part => part.remove())")
    names = {row["province_vi"] for row in few.provinces}
    assert [line for line in shown(view, "en") if VIETNAMESE.search(line) and line not in names] == []


def test_every_drawing_has_its_words(view: "Page") -> None:
    """An image is named by a text or hidden from who cannot see it; what it shows stands in a table or sentence."""
    unnamed = view.evaluate(
        "[...document.querySelectorAll('svg')].filter(svg => svg.getAttribute('aria-hidden') !== 'true' && "
        "!document.getElementById(svg.getAttribute('aria-labelledby'))?.innerText.trim()).length"
    )
    assert unnamed == 0
    assert view.locator("svg[aria-hidden=true] text").count() == 0


def test_paper_shows_every_table_whole_and_every_proof(view: "Page") -> None:
    view.emulate_media(media="print", color_scheme="dark")
    view.set_viewport_size({"width": PAPER, "height": 1000})
    assert (
        view.evaluate(
            "[...document.querySelectorAll('table')].filter(t => t.getBoundingClientRect().right > 704).length"
        )
        == 0
    )
    assert view.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    proofs = view.locator("blockquote")
    assert proofs.first.is_visible() if "annex" in view.url else proofs.count() == 0
    for part in ("nav", ".languages", ".back", ".on-screen", ".filters input", ".filters select"):
        assert not any(found.is_visible() for found in view.locator(part).all()), part
