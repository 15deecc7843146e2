"""The coverage rule as a table: what was found, what was looked at, what may be said."""

from dataclasses import replace
from datetime import date

import pytest

from prober.domain.coverage import qa_level, settled, verdicts
from prober.domain.finding import Finding, State
from prober.domain.indicator import BY_KIND, INDICATORS, Kind, names
from prober.domain.visit import Coverage

TODAY = date(2020, 4, 13)
WHOLE = Coverage(menu=True, footer=True, sitemap=True, slugs=True, search=True, candidates=3, opened=3)


def found(
    kind: str, category: str, level: int = 0, state: State = State.PRESENT, newest: str = "", url: str = "/a"
) -> Finding:
    return Finding(
        kind, category, url, state, level, 0.9, "lời", "", f"http://x.gov.vn{url}", "d", "1", {"newest": newest}
    )


@pytest.mark.parametrize("kind", names(INDICATORS))
def test_nothing_found_after_a_whole_look_is_absent(kind: str) -> None:
    assert {v.kind: v.state for v in verdicts([], WHOLE, TODAY)}[kind] == State.ABSENT


@pytest.mark.parametrize(
    ("findings", "state", "level"),
    [
        ([found(Kind.QA, "general", 2)], State.PRESENT, 2),
        ([found(Kind.QA, "faq", 2)], State.PRESENT, 2),
        ([found(Kind.QA, "general", 1)], State.ABSENT, 1),
        ([found(Kind.QA, "delegated", 4)], State.ABSENT, 0),
        ([found(Kind.QA, "chatbot", 3)], State.ABSENT, 0),
        ([found(Kind.QA, "general", 3), found(Kind.QA, "budget", 2, url="/b")], State.PRESENT, 4),
        ([found(Kind.QA, "general", 3), found(Kind.QA, "faq", 2, url="/b")], State.PRESENT, 3),
        ([found(Kind.QA, "general", 3), found(Kind.QA, "general", 2, newest="2020-03-01", url="/b")], State.PRESENT, 5),
        ([found(Kind.QA, "general", 4, newest="2018-03-01")], State.PRESENT, 4),
        ([found(Kind.QA, "general", 4), found(Kind.QA, "general", 2, newest="2019-12-01", url="/b")], State.PRESENT, 5),
        ([found(Kind.QA, "general", 4, state=State.UNKNOWN)], State.ABSENT, 0),
    ],
)
def test_qa(findings: list[Finding], state: State, level: int) -> None:
    verdict = verdicts(findings, WHOLE, TODAY)[0]
    assert (verdict.kind, verdict.state, verdict.level) == (Kind.QA, state, level)
    assert (verdict.proof is not None) is (state == State.PRESENT)


@pytest.mark.parametrize(
    ("finding", "state"),
    [
        (found(Kind.EMAIL, "agency_role"), State.PRESENT),
        (found(Kind.EMAIL, "freemail"), State.PRESENT),
        (found(Kind.EMAIL, "vendor"), State.ABSENT),
        (found(Kind.EMAIL, "person"), State.ABSENT),
        (found(Kind.EMAIL, "webmail_login"), State.ABSENT),
        (found(Kind.EMAIL, "image", state=State.UNKNOWN), State.UNKNOWN),
        (found(Kind.EMAIL, "hidden", state=State.UNKNOWN), State.UNKNOWN),
        (found(Kind.SOCIAL, "facebook"), State.PRESENT),
        (found(Kind.ACCESS, "section"), State.PRESENT),
        (found(Kind.ACCESS, "regulation"), State.ABSENT),
        (found(Kind.WEB_FORM, "contact"), State.PRESENT),
        (found(Kind.WEB_FORM, "search"), State.ABSENT),
    ],
)
def test_other_kinds(finding: Finding, state: State) -> None:
    assert {v.kind: v.state for v in verdicts([finding], WHOLE, TODAY)}[finding.kind] == state


def test_an_official_address_settles_its_kind_and_a_vendor_does_not() -> None:
    assert settled([found(Kind.EMAIL, "agency_role")], BY_KIND[Kind.EMAIL])
    assert not settled([found(Kind.EMAIL, "vendor")], BY_KIND[Kind.EMAIL])
    assert not settled([found(Kind.QA, "general", 3)], BY_KIND[Kind.QA])
    assert qa_level([]) == 0


def test_a_contact_mailbox_that_may_be_a_persons_leaves_it_open() -> None:
    person = found(Kind.EMAIL, "person", url="")
    for state, said in ((State.PRESENT, State.ABSENT), (State.UNKNOWN, State.UNKNOWN)):
        (told,) = verdicts([replace(person, state=state)], WHOLE, TODAY, [BY_KIND[Kind.EMAIL]])
        assert told.state == said
    assert told.reasons[0].code == "mailbox_of_a_name"
