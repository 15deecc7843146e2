"""A list of one's own, without portals: every table, page and gate speaks of its agencies and misses none."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from selectolax.lexbor import LexborHTMLParser

from prober.domain.agency import agencies
from prober.reporting.html.render import render
from prober.reporting.publish.gates import _every_unit
from prober.reporting.tables import indicators
from prober.store.reading.campaign_pairs import seen
from prober.store.reading.report_rows import report_rows
from tests.prober.conftest import Survey
from tests.serving import get, rows, serving

FRAME = "communes"
# All of them are said to lie in one province, as a user's file may say.
COMMUNES = [
    replace(
        agencies("2019")[0], frame=FRAME, slug=f"xa-{number}", kind="commune", name_vi=f"Xã {number}",
        name_en=f"Commune {number}", url=f"https://xa{number}.example.test", province="ca-mau", province_vi="Cà Mau",
        province_en="Ca Mau", grid_row=None, grid_col=None,
    )
    for number in range(1, 9)
]  # fmt: skip


@pytest.fixture
def communes(survey: Survey) -> Survey:
    """Eight communes: five with a section, six with an address; seven asked, two of them answered."""
    survey.registry(COMMUNES)
    with survey.db.atomic():
        scan = survey.scan(FRAME)
        for number, agency in enumerate(COMMUNES):
            survey.visit(scan, agency.id, final_url=agency.url)
            survey.verdict(scan, agency.id, "qa", "present" if number < 5 else "absent", level=4 if number < 5 else 0)
            survey.verdict(scan, agency.id, "email", "present" if number < 6 else "absent")
        survey.campaign("thu-tuc", frame=FRAME, kind="commune", title="Thủ tục hành chính")
        for number, agency in enumerate(COMMUNES[:7]):
            answered = number < 2
            request = survey.request(
                agency.id, "thu-tuc", position=number + 1, outcome="F1" if answered else "silence",
                replied=int(answered), delivered="yes",
            )  # fmt: skip
            if answered:
                survey.reply(request, "F1", 20.0, 2)
        survey.run()
    return survey


def test_every_agency_has_its_row_and_its_letter(communes: Survey) -> None:
    found = report_rows(communes.db)
    assert (found.frame, len(found.provinces)) == (FRAME, 8)
    assert [row["province"] for row in found.provinces] == [agency.slug for agency in COMMUNES]
    assert [row["asked"] for row in found.provinces] == [1] * 7 + [0]
    figures = {row["indicator"]: row for row in found.headline}
    assert (figures["qa_and_email"]["k"], figures["qa_and_email"]["n"]) == (5, 8)
    assert (figures["replied"]["k"], figures["replied"]["n"]) == (2, 7)
    assert figures["replied"]["label_en"] == "Agency answered the emailed request"
    assert all("ortal" not in row["label_en"] and "Finance" not in row["label_en"] for row in found.headline)
    assert all(row["pobi_2019"] is None for row in found.headline)


def test_shares_scans_and_gates_know_them(communes: Survey) -> None:
    found = report_rows(communes.db)
    table = [row for row in indicators.shares(found.provinces) if row["indicator"] == "email"]
    assert {(row["k"], row["n"]) for row in table} == {(6, 8)}
    assert len(seen(communes.db, 1, "qa")) == 8
    gate = _every_unit(communes.db)
    assert (gate.passed, gate.detail) == (True, "communes: 8 of 8")


def test_the_report_speaks_of_communes(communes: Survey) -> None:
    page = LexborHTMLParser(render(report_rows(communes.db)))
    text = " ".join(page.body.text().split())  # type: ignore[union-attr]
    assert "How do 8 communes respond to citizens?" in text
    assert "5 of 8 sites have both a Q&A section and a contact email." in text
    assert "2 of 7 agencies answered an emailed request" in text
    for word in ("Department of Finance", "Sở Tài chính", "Province", "province", "tỉnh, thành phố"):
        assert word not in text, text[text.index(word) - 80 : text.index(word) + 80]
    ids = [node.attributes["id"] for node in page.css("[id]")]
    assert len(ids) == len(set(ids))
    assert {agency.slug for agency in COMMUNES} <= set(ids)


@pytest.fixture
def base(communes: Survey) -> Iterator[str]:
    folder = communes.path.parent
    communes.db.close()
    with serving(folder) as (url, _):
        yield url


def test_the_site_speaks_of_communes_and_leads_to_each(base: str) -> None:
    for path in ("/", *(f"/survey/{FRAME}/{name}" for name in ("headline", "map", "replies", "coverage", "changes"))):
        status, text = get(base + path)
        assert status == 200
        assert "Departments of Finance" not in text and "Sở Tài chính" not in text, path
    for agency in COMMUNES:
        status, text = get(f"{base}/survey/{FRAME}/province/{agency.slug}")
        assert status == 200 and agency.name_vi in text
    for indicator, count in (("qa", 8), ("replied", 7)):
        proved = rows(base, f"/results/figure.json?_shape=array&indicator={indicator}&frame={FRAME}")
        assert len({row["name_vi"] for row in proved}) == count
