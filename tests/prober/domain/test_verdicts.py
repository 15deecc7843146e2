"""The table of verdicts: its five lines, and what of the findings counts as proof."""

from datetime import date

import pytest

from prober.domain.finding import Failure, Finding, State
from prober.domain.indicator import BY_KIND, Kind
from prober.domain.reason import Reason
from prober.domain.verdicts import Walk, first_failure, qa_level, settled, verdicts

TODAY = date(2020, 4, 13)
DNS = Reason("dns", detail=(Reason("text", text="no such name"),))
LIMIT = Reason("blocked", detail=(Reason("text", text="429"),))
SECTION = Reason("http_5xx", detail=(Reason("text", text="500"),))


def found(
    kind: str, category: str, level: int = 0, state: State = State.FOUND, newest: str = "", url: str = "/a"
) -> Finding:
    return Finding(
        kind, category, url, state, level, 0.9, "lời", "", f"http://x.gov.vn{url}", "d", "1", {"newest": newest}
    )


PROOF = found(Kind.QA, "general", 4)
# What was found, what was walked → the verdict on questions, and the code of its first reason.
TABLE = [
    ([PROOF], Walk(), State.FOUND, "own_section"),
    ([PROOF], Walk(failed=DNS), State.FOUND, "own_section"),
    ([PROOF], Walk(unread={Kind.QA: (SECTION,)}, refused=LIMIT), State.FOUND, "own_section"),
    ([], Walk(failed=DNS), State.NOT_SEEN, "dns"),
    ([], Walk(failed=DNS, unread={Kind.QA: (SECTION,)}), State.NOT_SEEN, "dns"),
    ([], Walk(unread={Kind.QA: (SECTION,)}), State.NOT_SEEN, "http_5xx"),
    ([], Walk(unread={Kind.EMAIL: (SECTION,)}), State.NOT_FOUND, "looked_everywhere"),
    ([], Walk(refused=LIMIT), State.NOT_SEEN, "blocked"),
    ([], Walk(unread={Kind.QA: (SECTION,)}, refused=LIMIT), State.NOT_SEEN, "http_5xx"),
    ([], Walk(), State.NOT_FOUND, "looked_everywhere"),
]


@pytest.mark.parametrize(("findings", "walk", "state", "code"), TABLE)
def test_the_five_lines(findings: list[Finding], walk: Walk, state: State, code: str) -> None:
    (told,) = verdicts(findings, walk, TODAY, [BY_KIND[Kind.QA]])
    assert (told.state, told.reasons[0].code) == (state, code)
    assert (told.proof is not None) is (state == State.FOUND)


def test_the_first_reason_of_the_visit_is_that_of_the_first_kind_that_was_not_seen() -> None:
    told = verdicts([PROOF], Walk(unread={Kind.EMAIL: (SECTION,), Kind.BUDGET: (LIMIT,)}), TODAY)
    assert first_failure(told) == (Failure.HTTP_5XX, (Reason("text", text="500"),))
    assert first_failure(verdicts([], Walk(), TODAY)) == (None, ())


@pytest.mark.parametrize(
    ("findings", "state", "level"),
    [
        ([found(Kind.QA, "general", 2)], State.FOUND, 2),
        ([found(Kind.QA, "faq", 2)], State.FOUND, 2),
        ([found(Kind.QA, "general", 1)], State.NOT_FOUND, 1),
        ([found(Kind.QA, "delegated", 4)], State.NOT_FOUND, 0),
        ([found(Kind.QA, "chatbot", 3)], State.NOT_FOUND, 0),
        ([found(Kind.QA, "general", 3), found(Kind.QA, "budget", 2, url="/b")], State.FOUND, 4),
        ([found(Kind.QA, "general", 3), found(Kind.QA, "faq", 2, url="/b")], State.FOUND, 3),
        ([found(Kind.QA, "general", 3), found(Kind.QA, "general", 2, newest="2020-03-01", url="/b")], State.FOUND, 5),
        ([found(Kind.QA, "general", 4, newest="2018-03-01")], State.FOUND, 4),
        ([found(Kind.QA, "general", 4), found(Kind.QA, "general", 2, newest="2019-12-01", url="/b")], State.FOUND, 5),
        ([found(Kind.QA, "general", 4, state=State.NOT_SEEN)], State.NOT_FOUND, 0),
    ],
)
def test_qa(findings: list[Finding], state: State, level: int) -> None:
    verdict = verdicts(findings, Walk(), TODAY)[0]
    assert (verdict.kind, verdict.state, verdict.level) == (Kind.QA, state, level)
    assert (verdict.proof is not None) is (state == State.FOUND)


@pytest.mark.parametrize(
    ("finding", "state"),
    [
        (found(Kind.EMAIL, "agency_role"), State.FOUND),
        (found(Kind.EMAIL, "freemail"), State.FOUND),
        (found(Kind.EMAIL, "vendor"), State.NOT_FOUND),
        (found(Kind.EMAIL, "person"), State.NOT_FOUND),
        (found(Kind.EMAIL, "webmail_login"), State.NOT_FOUND),
        (found(Kind.EMAIL, "image", state=State.NOT_SEEN), State.NOT_FOUND),
        (found(Kind.EMAIL, "hidden", state=State.NOT_SEEN), State.NOT_FOUND),
        (found(Kind.SOCIAL, "facebook"), State.FOUND),
        (found(Kind.ACCESS, "section"), State.FOUND),
        (found(Kind.ACCESS, "regulation"), State.NOT_FOUND),
        (found(Kind.WEB_FORM, "contact"), State.FOUND),
        (found(Kind.WEB_FORM, "search"), State.NOT_FOUND),
    ],
)
def test_other_kinds(finding: Finding, state: State) -> None:
    assert {v.kind: v.state for v in verdicts([finding], Walk(), TODAY)}[finding.kind] == state


def test_an_official_address_settles_its_kind_and_a_vendor_does_not() -> None:
    assert settled([found(Kind.EMAIL, "agency_role")], BY_KIND[Kind.EMAIL])
    assert not settled([found(Kind.EMAIL, "vendor")], BY_KIND[Kind.EMAIL])
    assert not settled([found(Kind.QA, "general", 3)], BY_KIND[Kind.QA])
    assert qa_level([]) == 0
