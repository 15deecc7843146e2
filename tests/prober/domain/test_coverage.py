"""The coverage rule as a table: what was found, what was looked at, what may be said; how old a site is."""

from dataclasses import replace
from datetime import date

import pytest
from prober.domain.coverage import Coverage, SiteAge, qa_level, settled, verdicts

from prober.detectors.page_state.freshness import page_dates
from prober.domain.finding import Finding, State
from prober.domain.indicator import BY_KIND, INDICATORS, Kind, names
from prober.domain.reason import Reason
from tests.prober.detectors.page_state.test_freshness import home

TODAY = date(2020, 4, 13)
WHOLE = Coverage(menu=True, footer=True, sitemap=True, slugs=True, search=True, candidates=3, opened=3)


def found(
    kind: str, category: str, level: int = 0, state: State = State.FOUND, newest: str = "", url: str = "/a"
) -> Finding:
    return Finding(
        kind, category, url, state, level, 0.9, "lời", "", f"http://x.gov.vn{url}", "d", "1", {"newest": newest}
    )


@pytest.mark.parametrize("kind", names(INDICATORS))
def test_nothing_found_after_a_whole_look_is_absent(kind: str) -> None:
    assert {v.kind: v.state for v in verdicts([], WHOLE, TODAY)}[kind] == State.NOT_FOUND


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
    verdict = verdicts(findings, WHOLE, TODAY)[0]
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
        (found(Kind.EMAIL, "image", state=State.NOT_SEEN), State.NOT_SEEN),
        (found(Kind.EMAIL, "hidden", state=State.NOT_SEEN), State.NOT_SEEN),
        (found(Kind.SOCIAL, "facebook"), State.FOUND),
        (found(Kind.ACCESS, "section"), State.FOUND),
        (found(Kind.ACCESS, "regulation"), State.NOT_FOUND),
        (found(Kind.WEB_FORM, "contact"), State.FOUND),
        (found(Kind.WEB_FORM, "search"), State.NOT_FOUND),
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
    for state, said in ((State.FOUND, State.NOT_FOUND), (State.NOT_SEEN, State.NOT_SEEN)):
        (told,) = verdicts([replace(person, state=state)], WHOLE, TODAY, [BY_KIND[Kind.EMAIL]])
        assert told.state == said
    assert told.reasons[0].code == "mailbox_of_a_name"


OLD = ("Tin 1 (02/05/2016)", "Tin 2 (01/05/2016)", "Tin 3 (28/04/2016)")
SITES = {
    "news of yesterday": (("12/04/2020", *OLD), "", date(2020, 4, 12)),
    "news of years ago": (OLD, "", date(2016, 5, 2)),
    "a clock": (("Thứ Hai, ngày 13/04/2020", *OLD), "", date(2016, 5, 2)),
    "a clock with time": (("Hôm nay: Thứ 2, 13/04/2020 08:30:12", *OLD), "", date(2016, 5, 2)),
    "a clock at the end of a bar": (("Sơ đồ cổng | RSS | Thứ Hai, ngày 13/04/2020", *OLD), "", date(2016, 5, 2)),
    "a date in a menu": (("<nav>13/04/2020</nav>", *OLD), "", date(2016, 5, 2)),
    "a clock that is a day behind": (("Chủ nhật, 12/04/2020", *OLD), "", date(2016, 5, 2)),
    "news stamped like a clock": (("Thứ Sáu, 10/04/2020, 08:30", *OLD), "", date(2020, 4, 10)),
    "an event to come": (("Lịch tiếp dân ngày 20/04/2020", *OLD), "", date(2016, 5, 2)),
    "a licence in the footer": (OLD, "Giấy phép số 9/GP-TTĐT ngày 01/02/2020", date(2016, 5, 2)),
    "a long text": ((f"{'Lời văn dài. ' * 40} ngày 01/02/2020", *OLD), "", date(2016, 5, 2)),
    "marked by time": (('<time datetime="2020-03-05">xem</time>', *OLD), "", date(2020, 3, 5)),
    "too few dates to tell": (OLD[:2], "", None),
    "no dates": (("Tin 1", "Tin 2", "Tin 3"), "", None),
}


@pytest.mark.parametrize("name", SITES)
def test_age_of_a_site(name: str) -> None:
    lines, footer, expected = SITES[name]
    seen = SiteAge()
    seen.note(page_dates(home(*lines, footer=footer)), TODAY, home=True)
    assert seen.newest == expected


def test_any_page_can_show_that_a_site_lives() -> None:
    seen = SiteAge()
    seen.note(page_dates(home(*OLD)), TODAY, home=True)
    assert seen.abandoned(TODAY) == (Reason("nothing_newer", day="2016-05-02"),)
    seen.note(page_dates(home("Trả lời ngày 20/03/2020")), TODAY, home=False)
    assert seen.newest == date(2020, 3, 20) and not seen.abandoned(TODAY)


def test_a_calendar_is_no_sign_of_life() -> None:
    seen = SiteAge()
    seen.note(page_dates(home(*OLD)), TODAY, home=True)
    seen.note(page_dates(home(*(f"{day}/04/2020" for day in range(1, 31)))), TODAY, home=False)
    assert seen.newest == date(2016, 5, 2)


def test_two_years_of_silence_and_a_day() -> None:
    seen = SiteAge()
    seen.note(page_dates(home(*["13/04/2018"] * 3)), TODAY, home=True)
    assert not seen.abandoned(date(2020, 4, 12)) and seen.abandoned(date(2020, 4, 13))
