"""Which pages the browser is asked for: what was learned, and what is looked at again."""

from dataclasses import replace

import pytest

from prober.domain.hostnames import scope
from spiders.reading.page_reader import read_page
from spiders.reading.page_reading import PageReading, PageSource
from spiders.visit.state import VisitState
from spiders.visit.step import SeenPage, StepResult, VisitStep
from spiders.visit.steps.rendering import IN_VAIN, Deferred, RenderPolicy, gained, still_empty
from tests.spiders.visit.test_visit import AT, BODY, CALLS, HOST, WAITS, WHOLE
from tests.spiders.web import Answer as WebAnswer
from tests.spiders.web import Bench, Web, agency, entry, page, plain_site


def read(html: str, path: str = "/", rendered: bool = False) -> PageReading:
    return read_page(PageSource(html, HOST + path, 200, {}, AT, rendered), BODY)


def test_a_kind_of_page_that_gains_nothing_is_rendered_no_more() -> None:
    predictor, pages = RenderPolicy({}), [read(WAITS, f"/{n}") for n in range(4)]
    asked = []
    for source in pages:
        asked.append(predictor.wants(source))
        if asked[-1]:
            predictor.learn(source, replace(source, rendered=True))
    assert asked == [True] * IN_VAIN + [False] * (4 - IN_VAIN)
    elsewhere = read(WAITS.replace("<div id='ds'>Đang tải...</div>", "<section><p>Đang tải...</p></section>"))
    assert predictor.wants(elsewhere)  # another place of the page waits: not its like


def test_one_page_a_visit_is_rendered_against_what_earlier_scans_say() -> None:
    source = read(WAITS)
    predictor = RenderPolicy({source.render_mark: False})
    assert predictor.wants(source)
    predictor.learn(source, replace(source, rendered=True))
    assert not predictor.wants(read(WAITS, "/khac"))
    more = WAITS.replace("Đang tải...", "<a href='/1'>1</a><a href='/2'>2</a><a href='/3'>3</a>")
    assert predictor.learn(source, read(more, rendered=True))[1]
    assert predictor.wants(read(WAITS, "/khac"))


def test_what_gained_before_is_rendered_although_it_looks_whole() -> None:
    assert isinstance(WHOLE, str)
    source = read(WHOLE + CALLS)
    assert source.loads_data and not RenderPolicy({}).wants(source)
    assert RenderPolicy({source.render_mark: True}).wants(source)
    assert not RenderPolicy({source.render_mark: True}).wants(read(WHOLE))


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("var x=new XMLHttpRequest();x.open('GET','/thong-ke/dem?b=1',true);x.send(null);", False),
        ("fetch('/dem')", False),
        ("$.get('/dem'); $('#menu').show();", False),
        ("x=new XMLHttpRequest();x.onload=function(){o.innerHTML=x.responseText};x.open('GET','/menu');x.send()", True),
        ("$.get('/menu', function (d) { $('#menu').html(d); })", True),
        ("$.ajax({url:'/menu', success: show})", True),
        ("$('#menu').load('/menu')", True),
        ("const d = await fetch('/menu')", True),
    ],
)
def test_a_request_whose_answer_nobody_reads_adds_nothing_to_a_page(script: str, expected: bool) -> None:
    assert read(f"<html><body><p>Tin</p><script>{script}</script></body></html>").loads_data is expected


@pytest.mark.parametrize(
    ("added", "expected"),
    [
        ("<p>Lượt truy cập: 12.345</p>", False),
        ("<a href='/'>Trang chủ</a><a href='#'>1</a><a href='#'>2</a>", False),
        ("<a href='/a'>a</a><a href='/b'>b</a><a href='/c'>c</a>", True),
        (f"<p>{'Chữ thêm vào. ' * 60}</p>", True),
        ("<p>Thư điện tử: vanphong@camau.gov.test</p>", True),
    ],
)
def test_what_counts_as_a_gain(added: str, expected: bool) -> None:
    source = read(WAITS)
    assert gained(source, read(WAITS.replace("Đang tải...", added), rendered=True)) is expected


@pytest.mark.proof
@pytest.mark.needs("chromium")
def test_what_the_browser_was_good_for_is_stored_and_used(web: Web, bench: Bench) -> None:
    """Nothing ever arrives where the pages wait: the next scan renders one of them, and believes it."""
    menu = "".join(entry(f"/hoi-dap-{n}", f"Hỏi đáp {n}") for n in range(4))
    waiting = {f"/hoi-dap-{n}": WebAnswer(f"{WAITS}<p>{'chữ ' * (n + 1)}</p>") for n in range(4)}
    web.sites["camau.gov.test"] = plain_site() | {"/": page("Trang chủ", menu=menu)} | waiting
    for scan, expected in ((1, IN_VAIN), (2, 1)):
        bench.run(agency("ca-mau"), browser="auto")
        rows = bench.rows("SELECT render_mark, render_gain FROM scan_page WHERE rendered = 1 AND scan = ?", scan)
        assert [gain for _, gain in rows] == [0] * expected
        assert all(mark.startswith("a list that a script loads, ") for mark, _ in rows)


def test_a_page_that_is_doubted_is_rendered_from_what_was_received() -> None:
    site = agency("ca-mau")
    state = VisitState(BODY, scope(site, ()))
    deferred, source = Deferred(state, RenderPolicy({})), read(WAITS)
    answer = StepResult(source.url, AT, 200, body=WAITS.encode(), reading=source)
    step = VisitStep(source.url, "home")
    state.record.page(step, answer, None)
    deferred.learn(SeenPage(step, source, answer, answer))
    again = deferred.next_address()
    assert again is not None and again.render
    assert state.unrendered[again.url].body == WAITS.encode()


def test_a_short_page_that_shows_something_is_not_empty() -> None:
    form = "<form method='post'><input name='ten'><textarea name='noi_dung'></textarea><button>Gửi</button></form>"
    assert still_empty(read("<body><p>Xin chờ</p></body>", rendered=True))
    assert not still_empty(read(f"<body><h1>Liên hệ</h1>{form}</body>", rendered=True))
