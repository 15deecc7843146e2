"""What a result says of itself, what is opened next, and what is a trap."""

from datetime import UTC, datetime

import pytest

from prober.domain.indicator import Kind
from spiders.visit.step import SHAPE_LIMIT, Frontier, StepResult, VisitStep
from spiders.visit.urls import shape


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ("/trang-chủ".encode(), "/trang-chủ"),
        (b"/trang-ch%E1%BB%A7", "/trang-ch%E1%BB%A7"),
        (b"/caf\xe9", "/café"),
    ],
    ids=["UTF-8", "ASCII", "Latin-1"],
)
def test_a_redirect_leads_where_a_browser_would_go(sent: bytes, meant: str) -> None:
    at = datetime(2020, 4, 13, tzinfo=UTC)
    assert StepResult("http://x.test/", at, 302, {"location": sent.decode("latin-1")}).location == meant


@pytest.mark.parametrize(
    ("declared", "body", "page"),
    [
        ("application/xml", b'<?xml version="1.0"?>\n<html xmlns="http://www.w3.org/1999/xhtml"><body/></html>', True),
        ("text/xml", b"<rss version='2.0'><channel/></rss>", False),
        ("application/json", b'{"html": "<html>"}', False),
    ],
)
def test_a_page_is_one_whatever_form_of_it_is_declared(declared: str, body: bytes, page: bool) -> None:
    at = datetime(2020, 4, 13, tzinfo=UTC)
    assert StepResult("http://x.test/", at, 200, {"content-type": declared}, body).is_html is page


SITE = "http://x.gov.vn"


def test_a_generator_of_pages_is_left_after_a_few() -> None:
    frontier = Frontier()
    added = [frontier.add(VisitStep(f"http://x.gov.vn/tin/{n}.html", "link", {Kind.QA: 0.5})) for n in range(50)]
    assert sum(added) == SHAPE_LIMIT
    assert shape("http://x.gov.vn/tin/7.html") == shape("http://x.gov.vn/tin/123.html")


def test_what_is_named_for_the_thing_is_opened_however_many_of_its_shape_promise_less() -> None:
    frontier = Frontier()
    for n in range(2 * SHAPE_LIMIT):
        frontier.add(VisitStep(f"http://x.gov.vn/tin/{n}.html", "link", {Kind.QA: 0.5}))
    assert frontier.add(VisitStep("http://x.gov.vn/tin/99.html", "link", {Kind.QA: 0.85}))


def test_the_best_promise_of_what_is_wanted_comes_first() -> None:
    frontier = Frontier()
    frontier.add(VisitStep("http://x.gov.vn/lien-he", "menu", {Kind.EMAIL: 1.0}))
    frontier.add(VisitStep("http://x.gov.vn/hoi-dap", "menu", {Kind.QA: 0.9}))
    frontier.add(VisitStep("http://x.gov.vn/gop-y", "menu", {Kind.QA: 0.5, Kind.WEB_FORM: 0.6}))
    assert not frontier.add(VisitStep("http://www.x.gov.vn/hoi-dap#x", "footer", {Kind.QA: 1.0}))
    order = []
    while step := frontier.pop(frozenset({Kind.QA, Kind.WEB_FORM})):
        order.append(step.url.rpartition("/")[2])
    assert order == ["hoi-dap", "gop-y", "lien-he"]


def test_what_led_to_a_find_makes_its_like_likelier() -> None:
    frontier = Frontier()
    frontier.add(VisitStep("http://x.gov.vn/a/1", "link", {Kind.QA: 0.5}))
    frontier.add(VisitStep("http://x.gov.vn/b/1", "link", {Kind.QA: 0.5}))
    frontier.learn(Kind.QA, "http://x.gov.vn/b/0")
    step = frontier.pop(frozenset({Kind.QA}))
    assert step and step.url == "http://x.gov.vn/b/1"


def test_what_promises_too_little_is_not_begun_but_what_was_begun_is_brought_to_its_end() -> None:
    frontier, wanted = Frontier(), frozenset({Kind.QA})
    faint = VisitStep(f"{SITE}/tin/1", "link", {Kind.QA: 0.2, Kind.EMAIL: 0.9})
    for step in (
        faint,
        VisitStep(f"{SITE}/hoi-dap", "slug", {Kind.QA: 0.45}, guess=True),
        VisitStep(f"{SITE}/1", "link", {}),
    ):
        frontier.add(step)
    frontier.learn(Kind.QA, f"{SITE}/tin/2")  # what is like it comes earlier, and counts for no more
    guess = frontier.pop(wanted, 0.45)
    assert guess and guess.guess and frontier.pop(wanted, 0.45) is None
    frontier.again(faint.moved(f"{SITE}/tin/1.html"))
    moved = frontier.pop(wanted, 0.45)
    assert moved and moved.chain and frontier.pop(wanted, 0.45) is None
    assert frontier.pop(wanted, 0.2) == faint


def test_a_parameter_that_changed_nothing_once_makes_no_page_again() -> None:
    frontier = Frontier()
    for view in ("to", "nho"):
        assert frontier.add(VisitStep(f"http://x.gov.vn/lien-he?co={view}", "link", {Kind.QA: 0.5}))
    assert frontier.add(VisitStep("http://x.gov.vn/tin?co=to&id=1", "link", {Kind.QA: 0.5}))
    first = frontier.pop(frozenset({Kind.QA}))
    assert first and first.url == "http://x.gov.vn/lien-he?co=to"
    known = frontier.learn_same(first.url, "http://x.gov.vn/lien-he")
    assert [step.url for step in known] == ["http://x.gov.vn/lien-he?co=nho"]
    assert not frontier.add(VisitStep("http://x.gov.vn/lien-he?co=vua", "link", {Kind.QA: 0.9}))
    assert not frontier.add(VisitStep("http://x.gov.vn/tin?id=1", "link", {Kind.QA: 0.9}))
    assert frontier.add(VisitStep("http://x.gov.vn/tin?id=2&co=to", "link", {Kind.QA: 0.9}))


def test_an_address_without_a_page_may_have_one_with_its_last_slash() -> None:
    frontier = Frontier()
    assert frontier.add(VisitStep(f"{SITE}/hoi-dap", "menu", {"qa": 0.9}))
    assert not frontier.add(VisitStep(f"{SITE}/hoi-dap/", "sitemap", {"qa": 0.9}))
    frontier.gone(f"{SITE}/hoi-dap")
    assert not frontier.add(VisitStep(f"{SITE}/hoi-dap", "menu", {"qa": 0.9}))
    assert frontier.add(VisitStep(f"{SITE}/hoi-dap/", "sitemap", {"qa": 0.9}))
    frontier.gone(f"{SITE}/hoi-dap/")
    assert not frontier.add(VisitStep(f"{SITE}/hoi-dap/", "sitemap", {"qa": 0.9}))
