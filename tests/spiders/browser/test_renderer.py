"""Pages that are made to break a browser, in a real one: each ends in its time, and the next page is shown."""

import asyncio
import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from playwright.async_api import Route

from prober.domain.finding import Failure
from spiders.browser import renderer
from spiders.browser.chromium import find_browser
from spiders.browser.renderer import Browser, Fetch, Subresource
from spiders.download.fetch_result import FetchFailed, Session

pytestmark = pytest.mark.needs("chromium")

TIMEOUT = 3.0  # seconds; a page has twice that
HURRIED = 1.0  # the same for a page that works the processor all the time it has
GROUP = "x.gov.test"
PAGE = "http://x.gov.test/"
PLAIN = (
    "<html><body><p id='here'></p><script>document.getElementById('here').textContent='Xin chào'</script></body></html>"
)


def script(code: str) -> str:
    return f"<html><body><p>Trang</p><script>{code}</script></body></html>"


BREAKING = {
    "endless script": script("while (true) {}"),
    "hundred megabytes": script(
        "for (let n = 0; n < 1000; n++) { const p = document.createElement('p');"
        "p.textContent = 'x'.repeat(100000); document.body.append(p) }"
    ),
    "grows for ever": script("setInterval(() => document.body.append('thêm một dòng nữa '), 1)"),
}
POLITE = script(
    "window.onbeforeunload = () => 'Ở lại?'; alert(1); confirm(2); prompt(3); window.print();"
    "for (let n = 0; n < 5; n++) window.open('/khac' + n); document.body.append('xong')"
)


async def nothing(url: str, referer: str) -> Subresource:
    return Subresource(404, "text/html", "", b"")


@dataclass
class Shown:
    """A browser, and the loop in which it lives."""

    runner: asyncio.Runner
    browser: Browser

    def __call__(self, html: str, policy: str = "") -> str:
        """The document that is shown of a page; "" where none could be."""
        try:
            return self.runner.run(self.browser.show(PAGE, html, GROUP, nothing, policy))
        except FetchFailed as failed:
            assert failed.failure == Failure.EMPTY_AFTER_RENDER
            return ""


@contextmanager
def started(timeout: float) -> Iterator[Shown]:
    with asyncio.Runner() as runner:
        browser = Browser(find_browser("auto") or "", 2, "prober/test", timeout, 0.0)
        yield Shown(runner, browser)
        runner.run(browser.close())


@pytest.fixture(scope="module")
def shown() -> Iterator[Shown]:
    with started(TIMEOUT) as found:
        yield found
    assert not browsers()


@pytest.fixture
def patient(shown: Shown, monkeypatch: pytest.MonkeyPatch) -> Shown:
    """The same with a minute for a page that breaks nothing: the machine may be busy."""
    monkeypatch.setattr(shown.browser, "_timeout", 30.0)
    return shown


def browsers() -> set[int]:
    """Processes of Chromium below this one."""
    above, names = {}, {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            name, _, rest = (folder / "stat").read_text().partition("(")[2].rpartition(")")
            above[folder.name], names[folder.name] = rest.split()[1], (name, rest.split()[0])
    own, found = {str(os.getpid())}, set()
    while grown := {pid for pid, parent in above.items() if parent in own | found} - found:
        found |= grown
    return {int(pid) for pid in found if "chrom" in names[pid][0] and names[pid][1] != "Z"}


@pytest.mark.parametrize("html", BREAKING.values(), ids=BREAKING.keys())
def test_a_page_that_breaks_the_browser_ends_in_its_time(
    patient: Shown, html: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Xin chào" in patient(PLAIN)  # the browser has started
    with monkeypatch.context() as hurried:
        hurried.setattr(patient.browser, "_timeout", HURRIED)
        began = time.monotonic()
        document = patient(html)
        assert time.monotonic() - began < 2 * HURRIED + renderer.ANSWER_SECONDS  # in which the page is closed
    assert len(document) < renderer.DOCUMENT_LIMIT
    assert "Xin chào" in patient(PLAIN)


def test_dialogs_windows_and_printing_do_not_stop_a_page(shown: Shown) -> None:
    assert "xong" in shown(POLITE)
    assert "Xin chào" in shown(PLAIN)


@pytest.mark.parametrize(("depth", "mode"), [(1, "open"), (20, "open"), (3, "closed")])
def test_what_stands_in_shadow_trees_is_read_once(shown: Shown, depth: int, mode: str) -> None:
    """Trees within trees stand in the document too, each once, and those that a page keeps closed."""
    html = shown(
        script(
            f"let place = document.body; for (let n = 0; n < {depth}; n++) {{"
            "const tree = place.appendChild(document.createElement('div'))"
            f".attachShadow({{mode: '{mode}'}});"
            "place = tree.appendChild(document.createElement('p')); place.append('câu hỏi ' + n) }"
        )
    )
    assert [html.count(f"câu hỏi {n}<") for n in range(depth)] == [1] * depth


def test_what_waits_to_be_seen_is_scrolled_to(shown: Shown) -> None:
    late = "new IntersectionObserver(seen => seen[0].isIntersecting && document.body.append('cuối trang')).observe"
    end = "<div style='height:5000px'></div><p id='end'></p>"
    html = f"<html><body>{end}<script>{late}(document.getElementById('end'))</script></body></html>"
    assert "cuối trang" in shown(html)[-200:]


def test_a_browser_that_no_longer_answers_is_killed(shown: Shown, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopped as a whole, it answers nobody: neither page nor context nor browser can be closed."""
    monkeypatch.setattr(renderer, "ANSWER_SECONDS", 1.0)
    assert "Xin chào" in shown(PLAIN)
    before = browsers()
    for process in before:
        with suppress(ProcessLookupError):  # a helper that was ending by itself
            os.kill(process, signal.SIGSTOP)
    assert not shown(PLAIN)
    assert "Xin chào" in shown(PLAIN)
    assert not before & browsers()


def test_a_page_that_asks_without_end_is_closed(patient: Shown, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(renderer, "MOST_REQUESTS", 60)
    met, serve = list[str](), renderer._Answers.serve

    async def counted(answers: renderer._Answers, route: Route) -> None:
        met.append(route.request.url)
        await serve(answers, route)

    monkeypatch.setattr(renderer._Answers, "serve", counted)
    asking = "for (let n = 0; n < 40; n++) fetch('/a' + n).catch(() => 0);"
    assert "Trang" in patient(script(asking))
    assert not patient(script(f"setInterval(() => {{ {asking} }}, 20)"))
    assert len(met) < 3_000  # in a second; without the limit it asks for a minute
    assert "Xin chào" in patient(PLAIN)


def test_a_browser_that_was_killed_leaves_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    with TemporaryDirectory(dir="/tmp", prefix="x") as folder:  # a short name, as machines have
        monkeypatch.setenv("TMPDIR", folder)
        with started(30.0) as killed:
            assert "Xin chào" in killed(PLAIN)
            for process in browsers():
                with suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
            assert "Xin chào" in killed(PLAIN)
        assert list(Path(folder).iterdir()) == []


def test_a_browser_is_replaced_after_its_share_of_pages(shown: Shown, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(renderer, "PAGES_PER_BROWSER", 1)
    assert "Xin chào" in shown(PLAIN)
    before = browsers()
    assert "Xin chào" in shown(PLAIN)
    assert before
    assert not before & browsers()


def test_a_page_brings_no_page_of_the_browsers_own(patient: Shown) -> None:
    """A window of Chromium's has pages of its own behind its address bar, which cost more than the page shown."""
    open_while_shown: list[str] = []

    async def fetch(url: str, referer: str) -> Subresource:
        session = await patient.browser._browser.new_browser_cdp_session()
        found = await session.send("Target.getTargets")
        open_while_shown.extend(target["url"] for target in found["targetInfos"])
        return await nothing(url, referer)

    html = "<html><body><p>Trang</p><script src='/a.js'></script></body></html>"
    assert "Trang" in patient.runner.run(patient.browser.show(PAGE, html, GROUP, fetch))
    assert open_while_shown == [PAGE]


def test_the_contexts_of_sites_left_behind_are_closed(shown: Shown) -> None:
    for number in range(renderer.KEPT_CONTEXTS + 2):
        host = f"x{number}.gov.test"
        assert "Xin chào" in shown.runner.run(shown.browser.show(f"http://{host}/", PLAIN, host, nothing))
        assert 1 <= len(shown.browser._browser.contexts) <= renderer.KEPT_CONTEXTS + 1
    assert len(shown.browser._browser.contexts) == renderer.KEPT_CONTEXTS + 1  # the newest were kept, not one alone


def test_axe_judges_a_stored_page_and_loads_nothing_for_it(patient: Shown) -> None:
    asked: list[str] = []

    async def fetch(url: str, referer: str) -> Subresource:
        asked.append(url)
        return await nothing(url, referer)

    bad = (
        "<html><body><img src='/a.png'><a href='/b'></a><link rel=stylesheet href='/c.css'>"
        "<script>document.body.remove()</script></body></html>"
    )
    good = (
        "<html lang='vi'><head><title>Trang</title></head><body><main><h1>Trang</h1><a href='/b'>Tin</a></main></body>"
        "</html>"
    )
    found = {}
    for name, html in (("bad", bad), ("good", good)):
        found[name] = json.loads(patient.runner.run(patient.browser.audit(PAGE, html, GROUP, fetch)))
    broken = {rule: elements for rule, _, elements, *_ in found["bad"]}
    assert broken == {"document-title": 1, "html-has-lang": 1, "image-alt": 1, "link-name": 1}
    assert {row[1] for row in found["bad"]} <= {"serious", "critical"} and found["good"] == [] and asked == []


PALE = "<html lang='vi'><head><title>Trang</title>{}</head><body><main><h1>Trang</h1>{}</main></body></html>"
GREY = "<style>p{color:#ccc;background:#fff}</style>"


@pytest.mark.parametrize(
    ("head", "judged"),
    [
        (GREY, True), (GREY + "<script>document.title = 'Trang'</script>", True),
        (GREY + "<link rel='stylesheet' href='/c.css'>", False), (GREY + "<style>@import url(/c.css);</style>", False),
        (GREY + "<script src='/a.js'></script>", False),
    ],
)  # fmt: skip
def test_colours_are_judged_where_the_page_has_all_its_styles(patient: Shown, head: str, judged: bool) -> None:
    audit = patient.browser.audit(PAGE, PALE.format(head, "<p>Lịch tiếp công dân</p>"), GROUP, nothing)
    assert [rule for rule, *_ in json.loads(patient.runner.run(audit))] == (["color-contrast"] if judged else [])


@pytest.mark.parametrize(
    ("policy", "runs"), [("", True), ("script-src 'unsafe-inline'", True), ("script-src 'none'", False), ("???", True)]
)
def test_what_a_site_forbids_its_own_pages_does_not_run(shown: Shown, policy: str, runs: bool) -> None:
    made = shown(script("document.body.append('Chuyên ' + 'mục')"), policy)
    assert ("Chuyên mục" in made) is runs and "</body>" in made


SLOW = "<html><body><p>Trang</p><script src='/cham.js'></script></body></html>"
HELD = 1.5  # seconds until the script is there


async def timed(browser: Browser, html: str, fetch: Fetch) -> tuple[Session, float]:
    """Show a page; return its session and the seconds that its site is charged."""
    session, begin = Session(), time.monotonic()
    assert "Trang" in await browser.show(PAGE, html, GROUP, fetch, session=session)
    return session, time.monotonic() - begin - session.waited


def test_a_site_pays_for_its_own_render_and_not_for_that_of_another() -> None:
    async def slow(url: str, referer: str) -> Subresource:
        await asyncio.sleep(HELD)
        return Subresource(200, "text/javascript", "", b"")

    async def both() -> None:
        browser = Browser(find_browser("auto") or "", 1, "prober/test", 30.0, 0.0)
        try:
            (first, its), (second, others) = await asyncio.gather(
                timed(browser, SLOW, slow), timed(browser, script(""), nothing)
            )
            assert first.waited > 0  # for the start of the browser
            assert its >= HELD
            assert second.waited >= first.waited + HELD
            _, alone = await timed(browser, script(""), nothing)
            assert 0 < others < alone + HELD
        finally:
            await browser.close()

    asyncio.run(both())


@pytest.mark.parametrize("again", [False, True], ids=["by another", "by itself"])
def test_a_page_pays_for_a_browser_that_ended_only_where_it_ends_it_again(again: bool) -> None:
    met: list[str] = []

    async def ending(url: str, referer: str) -> Subresource:
        met.append(url)
        if again or len(met) == 1:
            await asyncio.sleep(HELD)
            for process in browsers():
                with suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
        return Subresource(200, "text/javascript", "", b"")

    async def shown() -> None:
        browser = Browser(find_browser("auto") or "", 1, "prober/test", 30.0, 0.0)
        session, begin = Session(), time.monotonic()
        try:
            with pytest.raises(FetchFailed) if again else nullcontext():
                await browser.show(PAGE, SLOW, GROUP, ending, session=session)
            own = time.monotonic() - begin - session.waited
            assert len(met) == 2
            assert own >= 2 * HELD if again else session.waited >= HELD
            assert own > 0
        finally:
            await browser.close()

    asyncio.run(shown())
