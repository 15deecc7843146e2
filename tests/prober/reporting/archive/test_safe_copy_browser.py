"""Hostile pages in a real Chromium: no script runs, nothing is asked for, the page around them stays where it is."""

from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING

import pytest

from prober.domain.archive import Shown
from prober.reporting.archive.archived_page import Archived
from prober.reporting.archive.proving_words import Sought
from prober.reporting.archive.safe_copy import SafeCopy, safe_copy
from prober.reporting.datasette import evidence_pages
from tests.browser import listen
from tests.prober.reporting.archive.hostile_pages import HOSTILE, page

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

pytestmark = pytest.mark.needs("chromium")
SITE, OUTSIDE = "http://site.test", "http://outside.test"
# A click, a key, the focus and the pointer on everything that a page shows.
TOUCH = """() => { for (const node of document.querySelectorAll('body *')) {
  node.dispatchEvent(new MouseEvent('mouseover', {bubbles: true})); node.focus?.(); node.click?.(); } }"""


@pytest.fixture
def view(browser: "Browser") -> Iterator["Page"]:
    view = browser.new_page()
    view.route("**/*", answer)
    yield view
    view.close()


pages: dict[str, tuple[str, str]] = {}  # address → page and its policy


def answer(route: "Route") -> None:
    body, policy = pages.get(route.request.url, ("", ""))
    headers = {"Content-Security-Policy": policy} if policy else {}
    route.fulfill(status=200 if body else 404, content_type="text/html; charset=utf-8", headers=headers, body=body)


def all_copies() -> list[SafeCopy]:
    return [safe_copy(page(name, OUTSIDE), Sought("x", "#go")) for name in HOSTILE]


def opened(view: "Page", body: str, policy: str = "") -> list[str]:
    """What a browser does with a page that has nothing else to ask for."""
    events = listen(view)
    pages[f"{SITE}/"] = (body, policy)
    view.goto(f"{SITE}/")
    view.wait_for_timeout(300)
    return [event for event in events if event != f"{SITE}/" and "favicon" not in event]


def test_the_attacks_work_where_nothing_is_done_against_them(view: "Page") -> None:
    """Else the other tests would prove nothing."""
    events = opened(view, "<!DOCTYPE html><title>x</title>" + page("picture that fails", OUTSIDE))
    assert any(event.startswith(f"{OUTSIDE}/ran") for event in events)


def test_a_copy_alone_without_frame_and_policy_does_nothing(view: "Page") -> None:
    """The first wall alone, in a page where everything is allowed, with everything touched."""
    body = "\n".join(copy.html for copy in all_copies())
    events = opened(view, f"<!DOCTYPE html><title>x</title><body>{body}")
    view.evaluate(TOUCH)
    view.wait_for_timeout(200)
    assert events == [] and view.url == f"{SITE}/" and len(view.frames) == 1


def test_the_frame_alone_runs_no_script_even_of_a_page_that_is_not_cleaned(view: "Page") -> None:
    """The second wall without the first and the third."""
    heavy = [name for name in HOSTILE if len(HOSTILE[name]) > 2_000]
    raw = (page(name, OUTSIDE) for name in HOSTILE if name not in heavy)
    frames = "".join(f'<iframe sandbox="" srcdoc="{escape(one)}"></iframe>' for one in raw)
    events = opened(view, f"<!DOCTYPE html><title>x</title>{frames}")
    assert [event for event in events if event.startswith(f"{OUTSIDE}/ran")] == [] and view.url == f"{SITE}/"


def test_the_page_of_the_site_shows_hostile_pages_and_nothing_happens(view: "Page") -> None:
    frames = [evidence_pages.frame(Archived(Shown.PAGE, copy=copy), "en") for copy in all_copies()]
    body = "".join(f'<iframe sandbox="" srcdoc="{escape(one)}"></iframe>' for one in frames)
    events = opened(view, f"<!DOCTYPE html><title>x</title>{body}", evidence_pages.POLICY)
    assert len(view.frames) == len(HOSTILE) + 1
    for frame in view.frames[1:]:
        frame.wait_for_url("about:srcdoc")
        box = frame.frame_element().bounding_box()
        assert box is not None
        view.mouse.click(box["x"] + 20, box["y"] + 20)
    assert events == [] and view.url == f"{SITE}/"
