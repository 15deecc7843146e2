"""The pages of the evidence in Chromium: narrow and wide, light and dark, for readers who hear them; nothing leaves."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser import listen, serious
from tests.prober.reporting import archived_survey
from tests.serving import ON_DEMAND, get, serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.needs("chromium")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, dict[str, int]]]:
    folder = tmp_path_factory.mktemp("site")
    found = archived_survey.write(folder)
    with serving(folder, program=ON_DEMAND) as (url, _):
        yield url, found


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (768, "light"), (1280, "light")])
def test_a_page_of_evidence_is_read_everywhere_and_asks_nobody(
    site: tuple[str, dict[str, int]], browser: "Browser", width: int, scheme: str
) -> None:
    base, found = site
    view = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    events = listen(view)
    for path in (f"evidence/{found['office']}", f"evidence/{found['hostile']}", f"searched/{found['search']}"):
        view.goto(f"{base}/survey/{path}?lang=en")
        assert view.evaluate("document.documentElement.scrollWidth") == width
        assert serious(view) == []
    view.goto(f"{base}/survey/evidence/{found['office']}?lang=en")
    mark = view.frame_locator("iframe").locator("mark").first
    assert mark.inner_text().strip().startswith("Thư điện tử") and mark.is_visible()
    assert mark.evaluate("e => getComputedStyle(e).outlineWidth") == "2px"  # the style sheet of the frame counts
    assert [event for event in events if not event.startswith(f"{base}/")] == []
    view.close()


def test_the_marked_words_are_in_sight_when_a_long_page_opens(
    site: tuple[str, dict[str, int]], browser: "Browser"
) -> None:
    base, found = site
    for width in (1280, 390):
        view = browser.new_page(viewport={"width": width, "height": 900})
        view.goto(f"{base}/survey/evidence/{found['long']}?lang=en")
        frame = view.frame_locator("iframe")
        top = frame.locator("mark").first.evaluate("e => e.getBoundingClientRect().top")
        assert 0 <= top <= frame.locator("html").evaluate("e => e.clientHeight")
        wide = frame.locator("html").evaluate("e => e.scrollWidth - e.clientWidth")
        assert wide > 100 and frame.locator("html").evaluate("e => e.scrollLeft") == 0  # the page from its left edge
        view.close()


def test_a_page_that_is_saved_as_a_file_can_do_as_little(
    site: tuple[str, dict[str, int]], browser: "Browser", tmp_path: Path
) -> None:
    """A static site has the same pages as files; each has its policy, and none is an archived page alone."""
    base, found = site
    for name in ("hostile", "office"):
        (tmp_path / f"{name}.html").write_text(
            get(f"{base}/survey/evidence/{found[name]}?lang=en")[1], encoding="utf-8"
        )
    view = browser.new_page()
    events = listen(view)
    view.goto((tmp_path / "hostile.html").as_uri())
    view.goto((tmp_path / "office.html").as_uri())
    mark = view.frame_locator("iframe").locator("mark").first
    assert mark.evaluate("e => getComputedStyle(e).outlineWidth") == "2px"
    assert [event for event in events if not event.startswith(("file:", "console: Failed to load"))] == []
    assert view.url == (tmp_path / "office.html").as_uri()
    view.close()
