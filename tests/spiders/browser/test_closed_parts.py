"""Links that only a click or the pointer brings are read in a real browser, and nothing is sent or opened."""

import asyncio
from collections.abc import Callable, Iterator

import pytest

from spiders.browser.chromium import find_browser
from spiders.browser.closed_parts import PRESSED
from spiders.browser.renderer import Browser, Subresource

pytestmark = pytest.mark.needs("chromium")

PAGE = "http://x.gov.test/"
LINK = "<a href='/muc/3'>Hỏi đáp</a>"
FETCHED = "fetch('/menu.html').then(r=>r.text()).then(t=>document.getElementById('d').innerHTML=t)"


Shown = Callable[[str, list[str]], str]


@pytest.fixture(scope="module")
def document() -> Iterator[Shown]:
    """Show a page in one browser for all tests; what it asks for is added to a list."""
    browser = Browser(find_browser("auto") or "", 1, "prober/test", 30.0, 0.0)

    def shown(body: str, asked: list[str]) -> str:
        async def answer(url: str, referer: str) -> Subresource:
            asked.append(url)
            return Subresource(200, "text/html; charset=utf-8", "", LINK.encode())

        html = f"<html><head></head><body>{body}</body></html>"
        return runner.run(browser.show(PAGE, html, "x.gov.test", answer))

    with asyncio.Runner() as runner:
        yield shown
        runner.run(browser.close())


@pytest.mark.parametrize("body", [
    f"<button onclick=\"{FETCHED}\">Danh mục</button><div id='d'></div>",
    "<button id='b' aria-expanded='false'>☰</button><script>"
    f"b.onclick=()=>document.body.insertAdjacentHTML('beforeend',`{LINK}`)</script>",
    f"<div id='m' class='mega-menu'>Danh mục</div><script>m.onmouseenter=()=>m.innerHTML=`{LINK}`</script>",
    "<button aria-controls='t1'>A</button><button aria-controls='t2'>B</button><div id='t'></div><script>"
    f"document.querySelectorAll('button').forEach((b,n)=>b.onclick=()=>t.innerHTML=n?'<i>hết</i>':`{LINK}`)</script>",
])  # fmt: skip
def test_links_that_come_when_a_part_is_opened_are_in_the_document(document: Shown, body: str) -> None:
    shown = document(body, [])
    assert shown.count('<a href="/muc/3">Hỏi đáp</a>') == 1 or "/muc/3" in shown.partition("<nav hidden")[2]
    assert shown.endswith("</nav></body></html>")


def test_what_is_there_is_not_pressed_and_nothing_is_sent_or_opened(document: Shown) -> None:
    asked: list[str] = []
    press = "fetch('/bam')"
    full = f"<button onclick=\"{press}\" data-target='#f'>A</button><div id='f'>{LINK}</div>"
    form = f"<form action='/gui'><button type='button' onclick=\"{press}\">B</button><div id='e'></div></form>"
    leaves = "<button onclick=\"location.href='/khac';window.open('/cua-so')\" aria-expanded='false'>C</button>"
    shown = document(f"<div>{full}</div>{form}<div>{leaves}</div><p>Xin chào</p>", asked)
    assert asked == [] and "Xin chào" in shown and "<nav hidden" not in shown


def test_no_more_than_a_few_controls_are_pressed(document: Shown) -> None:
    asked: list[str] = []
    document(
        "".join(f"<div><button aria-expanded='false' onclick=\"fetch('/n{n}')\">N</button></div>" for n in range(20)),
        asked,
    )
    assert len(asked) == PRESSED
