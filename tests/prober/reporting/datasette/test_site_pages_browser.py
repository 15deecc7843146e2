"""`prober serve` in Chromium: by keyboard, on a narrow screen, for readers who hear it, and asking nobody else."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browser import listen, serious

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.needs("chromium")
SHORT = ("/", "/survey/2019/map", "/survey/2019/place/ca-mau", "/results/reply")
LONG = (
    "/survey/2019/figures", "/survey/2019/figure/2019.finance.replied.share",
    "/survey/2019/headline", "/survey/2019/replies", "/survey/2019/not-seen", "/survey/2019/changes?cause=all",
    "/results", "/results/agency", "/results/latest_page?_search=dap", "/results/agency/2019-ca-mau",
    "/results/find_words?words=dap", "/results?sql=select+1", "/nowhere",
)  # fmt: skip
PAGES = (*SHORT, *(pytest.param(path, marks=pytest.mark.proof) for path in LONG))
NARROW, WIDE = 360, 1280


# The words of facets that stand on two lines.
TORN = """[...document.querySelectorAll('.facet-info li a')].flatMap(link => {
  const text = link.firstChild, torn = [];
  for (const word of text.data.matchAll(/\\S+/g)) {
    const range = document.createRange();
    range.setStart(text, word.index);
    range.setEnd(text, word.index + word[0].length);
    if (range.getClientRects().length > 1) torn.push(word[0]);
  }
  return torn;
})"""


# How far the cells of a table's first row stand from their heads, px, where these are shown.
ASIDE = """[...document.querySelectorAll('table:has(thead)')].flatMap(table => {
  if (table.tHead.getBoundingClientRect().height < 10) return [];
  const left = row => [...row.cells].map(cell => cell.getBoundingClientRect().left);
  const [heads, cells] = [left(table.tHead.rows[0]), left(table.tBodies[0].rows[0])];
  return heads.length === cells.length ? heads.map((x, at) => Math.abs(x - cells[at])) : [];
})"""


@pytest.fixture
def view(browser: "Browser") -> Iterator["Page"]:
    view = browser.new_page(viewport={"width": WIDE, "height": 900})
    yield view
    view.close()


@pytest.mark.parametrize("path", PAGES)
def test_a_page_asks_nobody_else_runs_nothing_hostile_and_serves_everybody(base: str, view: "Page", path: str) -> None:
    events = listen(view)
    view.goto(base + path)
    assert [event for event in events if not event.startswith(f"{base}/") and "404" not in event] == []
    assert view.evaluate("document.title") != "owned"
    if not path.startswith(("/results", "/nowhere")):
        body = view.evaluate(
            "(({fontSize, overflowWrap}) => [fontSize, overflowWrap])(getComputedStyle(document.body))"
        )
        assert body == ["16px", "normal"]
    assert view.get_by_text("Dữ liệu mô phỏng").first.is_visible()
    assert max(view.evaluate(ASIDE), default=0) <= 1
    view.set_viewport_size({"width": NARROW, "height": 800})
    assert view.evaluate("document.documentElement.scrollWidth") == NARROW
    assert serious(view) == []


@pytest.mark.parametrize("width", [1280, 768, 390])
def test_datasettes_own_scripts_run_and_no_other(base: str, view: "Page", width: int) -> None:
    view.set_viewport_size({"width": width, "height": 900})
    events = listen(view)
    for path in ("", "/agency?_facet=frame", "/agency/2019-ca-mau", "/find_words?words=dap", "?sql=select+1"):
        view.goto(f"{base}/results{path}")
        columns = view.locator("details.columns")
        if columns.count():
            columns.locator("summary").click()
            assert columns.get_attribute("open") is not None
            view.locator("h1").click()
            assert columns.get_attribute("open") is None  # a script in the page
    view.goto(f"{base}/results/agency")
    assert view.evaluate("DATASETTE_ALLOW_FACET") is True  # the other script in the page
    assert [event for event in events if not event.startswith(f"{base}/")] == []
    view.evaluate("document.body.append(Object.assign(document.createElement('script'), {text: 'owned = 1'}))")
    assert view.evaluate("typeof owned") == "undefined"
    assert "script-src" in events[-1]


@pytest.mark.parametrize("path", ["timeline?agency=nobody", "agency?frame=none"])
def test_that_nothing_was_found_can_be_read_in_the_dark(base: str, browser: "Browser", path: str) -> None:
    view = browser.new_page(color_scheme="dark")
    view.goto(f"{base}/results/{path}")
    assert view.locator(".zero-results").is_visible()
    assert serious(view) == []
    view.close()


@pytest.mark.proof
def test_the_dark_scheme_has_contrast(base: str, browser: "Browser") -> None:
    view = browser.new_page(color_scheme="dark")
    for name in ("map", "place/ca-mau"):
        view.goto(f"{base}/survey/2019/{name}")
        assert serious(view) == []
    view.close()


@pytest.mark.parametrize(("width", "height"), [(390, 844), (768, 1024), (1280, 800)])
def test_the_first_screen_tells_the_result(base: str, view: "Page", width: int, height: int) -> None:
    """Both figures, where, and a way to the own province, in either language, before anybody scrolls."""
    view.set_viewport_size({"width": width, "height": height})
    for language, figures in (("vi", ["61 / 63", "8 / 63"]), ("en", ["61 / 63", "8 / 63"])):
        view.goto(f"{base}/?lang={language}")
        assert [" ".join(words.split()) for words in view.locator(".big").all_inner_texts()] == figures
        for what in ("h1", "input#name", ".result >> nth=0 >> .big", ".result >> nth=1 >> .big"):
            box = view.locator(what).first.bounding_box()
            assert box and box["y"] + box["height"] <= height, what
        for number in (0, 1):
            box = view.locator("svg.tiles").nth(number).bounding_box()
            assert box and box["y"] + box["height"] <= height and box["x"] + box["width"] <= width
    view.locator("input#name").fill("ca mau")
    view.keyboard.press("Enter")
    view.wait_for_url("**/survey/2019/place/ca-mau")
    assert view.locator("h1").inner_text() == "Ca Mau"  # English, as chosen above


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize(
    "figure", ["finance.answer.hours.median", "finance.replied.share", "portal.qa_and_email.share"]
)
def test_the_picture_of_a_figure_holds_its_words(base: str, view: "Page", figure: str, language: str) -> None:
    view.goto(f"{base}/survey/2019/figure/2019.{figure}.svg?language={language}")
    ends = view.evaluate("[...document.querySelectorAll('text')].map(text => text.getBBox().x + text.getBBox().width)")
    assert len(ends) >= 4 and max(ends) <= 630


def test_a_reader_without_accents_finds_what_has_them(base: str, view: "Page") -> None:
    view.goto(f"{base}/")
    view.get_by_role("searchbox").fill("hoi dap")
    view.keyboard.press("Enter")
    view.wait_for_url("**/search?q=hoi+dap")
    assert view.locator(".hits li", has_text="Hỏi đáp").count() > 0


def test_the_keyboard_leads_from_the_start_to_the_evidence(base: str, view: "Page") -> None:
    view.goto(f"{base}/")
    view.keyboard.press("Tab")
    assert _focused(view) == "Tới nội dung"
    view.keyboard.press("Enter")
    assert view.evaluate("document.activeElement.id") == "main"
    _tab_to(view, "Bản đồ")
    view.keyboard.press("Enter")
    view.wait_for_url("**/survey/2019/map")
    _tab_to(view, "Cà Mau")
    view.keyboard.press("Enter")
    view.wait_for_url("**/survey/2019/place/ca-mau")
    _tab_to(view, "Bằng chứng")
    view.keyboard.press("Enter")
    assert view.locator("details[open] blockquote").first.is_visible()


@pytest.mark.proof
def test_what_has_the_focus_can_be_seen(base: str, view: "Page") -> None:
    for path in ("/", "/results", "/results/reply"):
        view.goto(base + path)
        for _ in range(12):
            view.keyboard.press("Tab")
            outline = view.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none", f"{path}: {_focused(view)}"


@pytest.mark.proof
def test_names_break_between_words_only(base: str, view: "Page") -> None:
    view.set_viewport_size({"width": NARROW, "height": 800})
    view.goto(f"{base}/results/participation")
    assert view.locator(".facet-info li a").count() > 5
    assert view.evaluate(TORN) == []


def _focused(view: "Page") -> str:
    return str(view.evaluate("document.activeElement.textContent.trim().replace(/\\s+/g, ' ')"))


def _tab_to(view: "Page", words: str) -> None:
    for _ in range(200):
        view.keyboard.press("Tab")
        if _focused(view).startswith(words):
            return
    raise AssertionError(f"{words} cannot be reached by the Tab key")


@pytest.mark.parametrize("path", ["/survey/2019/headline", "/survey/2019/replies"])
def test_cells_of_tables_are_cells_at_a_wide_window(base: str, view: "Page", path: str) -> None:
    """A rule that is written for another part of a page may meet a cell by its class, and make it a box of its own."""
    view.set_viewport_size({"width": 1280, "height": 900})
    view.goto(base + path)
    shown = view.eval_on_selector_all("td, th", "cells => cells.map(cell => getComputedStyle(cell).display)")
    assert set(shown) == {"table-cell"}


def test_a_province_says_its_result_first(base: str, view: "Page") -> None:
    """What its site offers, and what its office did with the request, on the first screen of a phone."""
    view.set_viewport_size({"width": 390, "height": 700})
    view.goto(f"{base}/survey/2019/place/ca-mau?lang=vi")
    lead = view.locator(".lead")
    assert lead.inner_text() == "Hỏi đáp: tìm thấy, mức 4; Thư điện tử: tìm thấy; Sở Tài chính: im lặng."
    box = lead.bounding_box()
    assert box and box["y"] + box["height"] < 700
