"""A Chromium that reads our pages: what it asks for, what it says, and what axe-core finds."""

from collections.abc import Iterator
from contextlib import contextmanager

from axe_playwright_python.base import AXE_SCRIPT  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page, sync_playwright

from spiders.browser.chromium import find_browser
from spiders.browser.confinement import program


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser without a profile. While it runs, nothing else in this thread may run an event loop of its own."""
    with sync_playwright() as play, program(find_browser("auto") or "") as path:
        browser = play.chromium.launch(executable_path=path, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


def listen(view: Page) -> list[str]:
    """Grows with the address of every request, and with every console message, script error and dialog."""
    events: list[str] = []
    view.on("request", lambda request: events.append(request.url))
    view.on("console", lambda message: events.append(f"console: {message.text}"))
    view.on("pageerror", lambda error: events.append(f"error: {error}"))
    view.on("dialog", lambda dialog: (events.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    return events


def serious(view: Page) -> list[str]:
    """The serious and critical problems that axe-core finds on the page shown: rule, impact and the first places."""
    view.evaluate(AXE_SCRIPT)
    result = view.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{found['id']} ({found['impact']}), {len(found['nodes'])} places: "
        + "; ".join(str(node["html"])[:200] for node in found["nodes"][:3])
        for found in result["violations"]
        if found["impact"] in ("serious", "critical")
    ]
