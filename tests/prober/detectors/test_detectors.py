"""One parametrised test over tests/fixtures/pages: NAME.html beside NAME.json. A new case is two files and no code.

A missing NAME.json is written from what the detectors say, and the test fails until a person has read it.
"""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from prober.detectors.body import Body
from prober.detectors.detection import DETECTORS, detect
from prober.detectors.look_list import looks
from prober.detectors.page_state.obstacles import needs_browser, obstacle, soft_404
from prober.detectors.questions.threads import threads
from prober.domain.finding import Finding
from prober.domain.pages.page import Page
from prober.text.vietnamese import decode
from tests.languages import VI, VIETNAMESE
from tests.pobi import HANOI

FOLDER = Path(__file__).parents[2] / "fixtures" / "pages"
CASES = sorted(FOLDER.glob("*.html"))
FETCHED = datetime(2020, 4, 13, 8, tzinfo=HANOI)
BODY = Body(
    "Cổng thông tin điện tử tỉnh Cà Mau", "Cà Mau", "Ca Mau", "portal", ("camau.gov.test",), vocabulary=VIETNAMESE
)


def page_of(case: Path) -> Page:
    return Page(f"https://www.camau.gov.test/{case.stem}", 200, decode(case.read_bytes()), FETCHED, words=VI)


def said(finding: Finding) -> dict[str, Any]:
    row: dict[str, Any] = {
        "kind": str(finding.kind),
        "category": finding.category,
        "value": finding.value,
        "state": str(finding.state),
    }
    if finding.level:
        row["level"] = finding.level
    return row


def whole(page: Page) -> dict[str, Any]:
    return {
        "obstacle": str(obstacle(page, {}) or ""),
        "needs_browser": needs_browser(page),
        "soft_404": soft_404(page),
        "findings": sorted(map(said, detect(page, BODY)), key=lambda row: json.dumps(row, ensure_ascii=False)),
        "looks": [[look.mark, *look.kinds] for look in looks(page, BODY, detect(page, BODY))],
        "threads": [
            {
                "asked": str(t.asked_on or ""),
                "answered": str(t.answered_on or ""),
                "done": t.answered,
                "unit": t.unit,
                "topic": t.topic,
            }
            for t in threads(page, BODY)
        ],
    }


@pytest.mark.parametrize("case", CASES, ids=[case.stem for case in CASES])
def test_page_says_what_is_written_beside_it(case: Path) -> None:
    found = whole(page_of(case))
    expected = case.with_suffix(".json")
    if not expected.exists():
        expected.write_text(json.dumps(found, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        pytest.fail(f"{expected.name} did not exist and was written; read it, then run again")
    assert found == json.loads(expected.read_text(encoding="utf-8"))


def test_there_are_cases_and_no_orphans() -> None:
    assert len(CASES) >= 15
    assert {case.stem for case in CASES} == {path.stem for path in FOLDER.glob("*.json")}


@pytest.mark.parametrize("case", CASES, ids=[case.stem for case in CASES])
def test_every_finding_has_its_evidence(case: Path) -> None:
    page = page_of(case)
    for finding in detect(page, BODY):
        assert 0 <= finding.confidence <= 1
        assert len(finding.snippet) <= 300
        assert finding.page_url == page.url
        if finding.selector:
            assert page.tree.css_first(finding.selector) is not None


@pytest.mark.parametrize("case", CASES, ids=[case.stem for case in CASES])
def test_an_error_status_proves_nothing(case: Path) -> None:
    page = page_of(case)
    assert detect(Page(page.url, 404, page.html, FETCHED, words=VI), BODY) == []


def test_detectors_are_named_once() -> None:
    assert len({detector.__name__ for detector in DETECTORS.values()}) == len(DETECTORS) == 6
