"""Print our own HTML pages as PDF with Chromium, without network, script or profile."""

import html
from pathlib import Path

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import PdfMargins, sync_playwright

from prober.errors import ConfigError, ProberError
from prober.store import atomic_write
from spiders.browser.chromium import NO_BROWSER, find_browser
from spiders.browser.confinement import confined

SECONDS = 180.0  # limit for the whole print; a report of 63 provinces takes ten
MARGIN: PdfMargins = {"top": "14mm", "right": "12mm", "bottom": "16mm", "left": "12mm"}
_FOOT = (
    '<div style="width:100%;margin:0 12mm;display:flex;justify-content:space-between;'
    'font:7.5pt sans-serif;color:#555"><span>{}</span><span><span class="pageNumber"></span> / '
    '<span class="totalPages"></span></span></div>'
)


def print_pdf(text: str, path: Path, setting: str, foot: str) -> Path:
    """Print the HTML `text` to `path`: A4, page numbers, `foot` on every page, tagged, with an outline.

    `setting` is `[crawl] browser`. The old file stays until the new one is complete. Raises ConfigError if there is no
    Chromium, ProberError if printing or writing to disk fails.
    """
    browser = find_browser(setting)
    if browser is None:
        raise ConfigError(f"a PDF needs a browser: {NO_BROWSER}")
    try:
        printed = _printed(browser, text, foot)
    except PlaywrightError as error:
        words = str(error).partition("\n")[0]
        raise ProberError(f"{path}: {browser} did not print it: {words}. Run `prober doctor`.") from error
    return atomic_write.put(path, printed)


def _printed(browser: str, text: str, foot: str) -> bytes:
    with sync_playwright() as play, confined(browser) as options:
        running = play.chromium.launch(**options)
        try:
            context = running.new_context(java_script_enabled=False, offline=True, color_scheme="light")
            context.set_default_timeout(SECONDS * 1000)
            page = context.new_page()
            page.set_content(text)
            return page.pdf(
                format="A4", print_background=True, margin=MARGIN, tagged=True, outline=True,
                display_header_footer=True, header_template="<span></span>",
                footer_template=_FOOT.format(html.escape(foot)),
            )  # fmt: skip
        finally:
            running.close()
