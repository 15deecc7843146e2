"""What is opened next, and what is a trap."""

from prober.domain.indicator import Kind
from spiders.visit.frontier import NAMED_LIMIT, SHAPE_LIMIT, Frontier
from spiders.visit.step import VisitStep
from spiders.visit.urls import shape

SITE = "http://x.gov.vn"


def test_a_generator_of_pages_is_left_after_a_few() -> None:
    frontier = Frontier()
    added = [frontier.add(VisitStep(f"http://x.gov.vn/tin/{n}.html", "link", {Kind.QA: 0.5})) for n in range(50)]
    assert sum(added) == SHAPE_LIMIT
    assert shape("http://x.gov.vn/tin/7.html") == shape("http://x.gov.vn/tin/123.html")


def test_the_best_promise_of_what_is_wanted_comes_first() -> None:
    frontier = Frontier()
    frontier.add(VisitStep("http://x.gov.vn/lien-he", "menu", {Kind.EMAIL: 1.0}))
    frontier.add(VisitStep("http://x.gov.vn/hoi-dap", "menu", {Kind.QA: 0.9}))
    frontier.add(VisitStep("http://x.gov.vn/gop-y", "menu", {Kind.QA: 0.5, Kind.WEB_FORM: 0.6}))
    assert not frontier.add(VisitStep("http://www.x.gov.vn/hoi-dap#x", "footer", {Kind.QA: 1.0}))
    order = []
    while step := frontier.pop(frozenset({Kind.QA, Kind.WEB_FORM})):
        order.append(step.url.rpartition("/")[2])
    assert order == ["hoi-dap", "gop-y"]


def test_what_led_to_a_find_makes_its_like_likelier() -> None:
    frontier = Frontier()
    frontier.add(VisitStep("http://x.gov.vn/a/1", "link", {Kind.QA: 0.5}))
    frontier.add(VisitStep("http://x.gov.vn/b/1", "link", {Kind.QA: 0.5}))
    frontier.learn(Kind.QA, "http://x.gov.vn/b/0")
    step = frontier.pop(frozenset({Kind.QA}))
    assert step and step.url == "http://x.gov.vn/b/1"


def test_what_is_named_for_the_thing_is_opened_however_many_of_its_shape_promise_less() -> None:
    frontier, named = Frontier(), frozenset({Kind.QA})
    for n in range(2 * SHAPE_LIMIT):
        frontier.add(VisitStep(f"{SITE}/tin/{n}.html", "link", {Kind.QA: 0.3}))
    added = [
        frontier.add(VisitStep(f"{SITE}/tin/{n}.html", "link", {Kind.QA: 0.9}, kinds=named)) for n in range(50, 90)
    ]
    assert sum(added) == NAMED_LIMIT
    assert len(frontier.left(named)) == NAMED_LIMIT and frontier.left(frozenset({Kind.EMAIL})) == []


def test_what_promises_too_little_is_not_begun_but_what_was_begun_is_brought_to_its_end() -> None:
    frontier, wanted = Frontier(), frozenset({Kind.QA})
    faint = VisitStep(f"{SITE}/tin/1", "link", {Kind.QA: 0.2, Kind.EMAIL: 0.9})
    frontier.add(faint)
    assert frontier.pop(wanted) is None
    frontier.again(faint.moved(f"{SITE}/tin/1.html"))
    moved = frontier.pop(wanted)
    assert moved and moved.chain and frontier.pop(wanted, 0.1) == faint
