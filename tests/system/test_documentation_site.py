"""The documentation as a site: built strictly, asks nothing of any other host, and finds words in both languages."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING
from urllib.parse import urljoin

import pytest

from tests.browser import chromium, listen, serious

if TYPE_CHECKING:
    from playwright.sync_api import Page

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built as `make site-docs` builds it; a dead link, a dead anchor or a page that no menu has fails."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env={"NO_MKDOCS_2_WARNING": "1"})
    assert done.returncode == 0, done.stderr
    return folder


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(site))) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_every_page_of_the_docs_is_in_it_in_both_languages(site: Path) -> None:
    pages = {path.relative_to(ROOT / "docs").with_suffix(".html") for path in (ROOT / "docs").rglob("*.md")}
    pages = {page for page in pages if not page.name.endswith(".vi.html")}
    assert len(pages) > 25
    assert {page for page in pages if not ((site / page).exists() and (site / "vi" / page).exists())} == set()


def test_no_page_loads_anything_from_elsewhere(site: Path) -> None:
    loads = re.compile(r"<(?:script|img|iframe|link)\b[^>]*?\b(?:src|href)=\"?((?:https?:)?//[^\s\">]+)")
    found = {
        (page.name, url) for page in site.rglob("*.html") for url in loads.findall(page.read_text(encoding="utf-8"))
    }
    assert found == set()
    styles = "\n".join(path.read_text(encoding="utf-8") for path in site.rglob("*.css"))
    assert re.findall(r"(?:url\(|@import )[\"']?https?:", styles) == []


def found(view: "Page", words: str) -> bool:
    """Type `words` until hits are shown: what is typed before the index is there is lost."""
    from playwright.sync_api import TimeoutError as TooLate

    field, hits = view.locator("[data-md-component=search-query]"), view.locator(".md-search-result__link")
    for _ in range(10):
        field.click()
        field.fill("")
        field.press_sequentially(words)
        with suppress(TooLate):
            hits.first.wait_for(timeout=5_000)
            return True
    return False


@pytest.mark.needs("chromium")
def test_it_is_read_searched_and_turned_to_vietnamese_without_another_host(address: str) -> None:
    with chromium() as browser:
        view = browser.new_page()
        events = listen(view)
        for page in ("index.html", "tutorial/first-hour.html", "method.html", "vi/how-to/read-results.html"):
            view.goto(f"{address}/{page}", wait_until="networkidle")
        view.goto(f"{address}/how-to/read-results.html", wait_until="networkidle")
        assert found(view, "denominator")
        assert found(view, "ngan sach")
        marked = {words.lower() for words in view.locator(".md-search-result mark").all_text_contents()}
        assert {"ngân", "sách"} <= marked
        view.keyboard.press("Escape")
        link = view.locator("a[hreflang=vi]").first
        view.goto(urljoin(view.url, link.get_attribute("href")), wait_until="networkidle")
        assert view.locator("html").get_attribute("lang") == "vi"
        assert view.locator("h1").inner_text().startswith("Đọc results.db")
        elsewhere = [event for event in events if not event.startswith((f"{address}/", "blob:", "data:", "console:"))]
        assert elsewhere == [] and len(events) > 30
        view.close()


@pytest.mark.needs("chromium")
def test_a_folder_that_is_opened_without_a_server_is_searched_too(site: Path) -> None:
    with chromium() as browser:
        view = browser.new_page()
        asked = list[str]()
        view.on("request", lambda request: asked.append(request.url))
        for page, words in (("index.html", "denominator"), ("vi/index.html", "mẫu số"), ("vi/index.html", "ngan")):
            view.goto((site / page).as_uri())
            assert found(view, words), words
        assert len(asked) > 10 and [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
        view.close()


def test_a_page_without_vietnamese_says_so_and_is_marked_english(site: Path) -> None:
    english = 0
    for page in (site / "vi").rglob("*.html"):
        source = (ROOT / "docs" / page.relative_to(site / "vi")).with_suffix(".vi.md")
        told = "Trang này chưa có bản tiếng Việt." in (text := page.read_text(encoding="utf-8"))
        assert told == ('<div lang="en">' in text) == (not source.exists()), page
        english += told
    assert english > 10
    assert not [page for page in site.glob("*.html") if "chưa có bản" in page.read_text(encoding="utf-8")]


def test_the_page_for_a_wrong_address_is_in_both_languages(site: Path) -> None:
    """There is one for all addresses, built last in Vietnamese."""
    page = (site / "404.html").read_text(encoding="utf-8")
    assert "Không có trang này" in page and '<span lang="en">There is no such page' in page


@pytest.mark.needs("chromium")
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (390, "light"), (390, "dark")])
def test_nothing_serious_keeps_anybody_from_reading_it(address: str, width: int, scheme: str) -> None:
    with chromium() as browser:
        view = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)  # type: ignore[arg-type]
        for page in ("index", "method", "cli", "schema", "browsing", "gallery", "vi/how-to/read-results"):
            view.goto(f"{address}/{page}.html", wait_until="networkidle")
            assert serious(view) == [], page
            assert view.evaluate("document.documentElement.scrollWidth") == width, page
        view.close()
