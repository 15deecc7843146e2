"""Pages of English-language councils, each with the facts of `tests/fixtures/english_pages`."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from prober.detectors.body import Body
from prober.detectors.detection import detect
from prober.detectors.page_state.obstacles import obstacle, soft_404
from prober.domain.finding import Finding
from prober.domain.indicator import OFFICIAL, Kind
from prober.domain.pages.page import Page
from tests.languages import EN, ENGLISH

FOLDER = Path(__file__).parents[2] / "fixtures/english_pages"
BODY = Body(
    "Northwold Borough Council", "Northwold", "Northwold", "council", ("northwold.gov.test",), vocabulary=ENGLISH
)


def of(findings: list[Finding], kind: str) -> list[Finding]:
    return [finding for finding in findings if finding.kind == kind]


@pytest.mark.parametrize("case", sorted(FOLDER.glob("*.html")), ids=lambda case: case.stem)
def test_an_english_page_says_what_is_written_beside_it(case: Path) -> None:
    facts = json.loads(case.with_suffix(".json").read_text())
    at = datetime(2025, 11, 20, tzinfo=UTC)
    page = Page(f"https://www.northwold.gov.test{facts['path']}", 200, case.read_text(), at, words=EN)
    found = detect(page, BODY)
    access = of(found, Kind.ACCESS)
    assert any(not finding.detail.get("candidate") for finding in access) is facts["access"]
    if "access_link" in facts:
        assert any(finding.detail.get("candidate") for finding in access) is facts["access_link"]
    assert {facts["category"]} <= {f.category for f in access} if "category" in facts else True
    assert "focal_point" in {f.category for f in access} or not facts.get("focal")
    own = [finding.level for finding in of(found, Kind.QA) if "href" not in finding.detail]
    assert max(own, default=None) == facts["qa"]
    official = sorted(f.value for f in of(found, Kind.EMAIL) if f.category in OFFICIAL and f.value)
    assert official == facts["email"]
    assert sorted({f.category for f in of(found, Kind.WEB_FORM)} - {"search"}) == facts["form"]
    if "social" in facts:
        assert sorted(f.category for f in of(found, Kind.SOCIAL)) == sorted(facts["social"])
    assert soft_404(page) is facts.get("soft404", False) and obstacle(page, {}) is None
