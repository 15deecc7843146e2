"""What the report prints of `prober analysis`: the same figures, in the places where they belong, in both languages."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser

from prober.campaign.wave import DrawFacts
from prober.reporting.html import render
from prober.reporting.tables.comparisons import compare
from prober.reporting.tables.league import league
from prober.reporting.words.labels import Text
from prober.store import open_results
from prober.store.reading.report_rows import ReportRows, report_rows
from tests.pobi import POBI, agencies
from tests.prober.conftest import CAMPAIGN
from tests.prober.reporting.html.written_forms import in_english
from tests.prober.reporting.two_arms import QUALITY, TWO, drawn


@pytest.fixture(scope="module")
def study(pobi_db: Path) -> ReportRows:
    db = open_results(pobi_db)
    found = report_rows(db, listed=POBI.successions)
    db.close()
    return found


@pytest.fixture(scope="module")
def page(study: ReportRows) -> LexborHTMLParser:
    return LexborHTMLParser(in_english(render.render(study, POBI) + render.render_annex(study, POBI)))


def rows(page: LexborHTMLParser, table: str) -> list[str]:
    """The lines of a table's body, each as words."""
    return [" ".join(row.text(separator=" ").split()) for row in page.css(f"table.{table} tbody tr")]


def row(page: LexborHTMLParser, table: str, about: str) -> str:
    (found,) = (line for line in rows(page, table) if about in line)
    return found


def test_a_share_is_read_three_ways(page: LexborHTMLParser) -> None:
    line = row(page, "readings", "answered the emailed request")
    assert re.findall(r"\d+/\d+ = [\d.]+", line) == ["8/61 = 13.1", "8/63 = 12.7", "10/63 = 15.9"]
    assert "(5.6–23.5 %)" in line  # exact: the published interval of 8 of 63


def test_pobi_stands_where_its_number_is_known_and_nowhere_else(page: LexborHTMLParser) -> None:
    assert len(rows(page, "reference")) == 2
    assert "For the other 8 indicators POBI 2019 published no figure." in page.body.text()  # type: ignore[union-attr]
    assert "8/63 = 12.7 % 8/63 = 12.7 % (6.6–23.1 %) 0.0" in row(page, "reference", "answered the emailed request")


def test_answers_stand_beside_those_that_other_surveys_counted(page: LexborHTMLParser) -> None:
    """The numbers are those of the study's folder; what was counted of e-mails is not called a share of offices."""
    shown = rows(page, "others")
    assert len(shown) == 3 and "8/63 = 12.7 %" in shown[0] and "Departments of Finance" in shown[0]
    assert shown[1].startswith("POBI 2019") and "8/63" in shown[1]
    assert shown[2].startswith("IPS/UNDP 2022") and "e-mails sent" in shown[2] and "9/130 = 6.9 %" in shown[2]


def test_times_and_fates_are_those_of_the_command(page: LexborHTMLParser) -> None:
    hours = next(line for line in rows(page, "times") if "with information" in line and "hours" in line)
    assert "8/61 –" in hours and hours.endswith("1,071.5")  # 44 days and 15.5 hours
    assert re.findall(r"(\d+)/63", row(page, "fates", "answered")) == ["3", "6", "8", "8"]
    assert re.findall(r"(\d+)/63", row(page, "fates", "not delivered")) == ["2", "2", "2", "2"]


def test_regions_that_cannot_be_told_apart_are_not_ranked(page: LexborHTMLParser) -> None:
    board = page.css("table.league")[0]
    heads = " ".join(board.css_first("thead").text().split())
    assert "places" not in heads and "p against the rest" not in heads  # columns of which each row says the same
    names = [node.text() for node in board.css("tbody th .vi")]
    assert names == [
        "Bắc Trung Bộ và Duyên hải miền Trung", "Đồng bằng sông Cửu Long", "Đồng bằng sông Hồng", "Đông Nam Bộ",
        "Tây Nguyên", "Trung du và miền núi phía Bắc",
    ]  # fmt: skip
    said = [" ".join(node.text().split()) for node in page.css(".notice") if "no ranking" in node.text()]
    alike = "No two of these 6 can be told apart: each may hold any place, 1–6"
    assert len([words for words in said if alike in words]) == 2  # in the report, and in the annex


def test_a_league_ranks_what_tests_tell_apart() -> None:
    units = [("Yên", 30, 30), ("Bé", 1, 2), ("Đá", 0, 30), ("An", 29, 30), ("Không", 0, 0)]
    board = league((Text(name, name), k, n, {}) for name, k, n in units)
    found = [(s.name.vi, s.first, s.last) for s in board.standings]
    assert found == [("An", 1, 3), ("Yên", 1, 3), ("Bé", 1, 4), ("Đá", 3, 4)]
    assert board.apart


def test_63_provinces_are_counted_as_34_units_too(page: LexborHTMLParser) -> None:
    assert "34/34" in row(page, "merged", "Q&A section and a contact email") and len(rows(page, "merged")) == 10
    assert all(re.search(r"\d+/34 = ", line) for line in rows(page, "merged"))


def test_how_active_a_section_is_stands_in_the_league_and_on_the_card(survey: Any) -> None:
    survey.registry([agency for agency in agencies("2019") if agency.province in ("ca-mau", "ha-noi")])
    scan = survey.scan()
    for agency, asked, answered in (("2019-ca-mau", 20, 20), ("2019-ha-noi", 20, 2)):
        survey.visit(scan, agency, archive_pages=2, archive_total=40)
        seen = survey.observe(scan, agency, "qa", "general", f"https://{agency}.test/hoi-dap")
        survey.verdict(scan, agency, "qa", "found", level=4, observation=seen)
        for number in range(asked):
            done = number < answered
            survey.db.table("qa_thread").insert({
                "agency": agency, "scan": scan, "page": 1, "url": "https://x.test", "key": f"{agency}-{number}",
                "asked_on": "2020-01-01", "answered_on": "2020-01-08" if done else None, "answered": int(done),
            })  # fmt: skip
    survey.run()
    page = LexborHTMLParser(in_english(render.render_annex(report_rows(survey.db), POBI)))
    board = page.css("table.league")[-1]
    lines = [" ".join(line.text(separator=" ").split()) for line in board.css("tbody tr")]
    assert "20/20 100.0 % 83.9–100.0 % 1–1 7 8 January 2020 20/40" in lines[0] and "Cà Mau" in lines[0]
    assert "2/20 10.0 % 2.8–30.1 % 2–2 7 8 January 2020 20/40" in lines[1]
    card = " ".join(page.css_first("article#ha-noi").text(separator=" ").split())
    assert "2 trong 20 câu hỏi đã đọc có trả lời, trung vị của các câu đó 7 ngày; câu trả lời mới nhất 8/1/2020" in card
    assert "2 of 20 questions read were answered, median of these 7 days; newest answer 8 January 2020" in card


@pytest.fixture
def second_wave(survey: Any, filled: Any) -> Any:
    """The survey once more as a second wave, with two arms, in which five silent offices answer."""
    filled(survey)
    later = {"created_at": "2020-06-01T08:00:00+07:00", "closed_at": "2020-07-15T17:00:00+07:00"}
    survey.campaign("again", title="Đợt hai", pairs_with=CAMPAIGN, arms='{"law": "x", "plain": "y"}', **later)
    silent = 0
    for asked in list(survey.db.query("SELECT * FROM request ORDER BY agency")):
        turned = asked["outcome"] == "silence" and silent < 5
        silent += turned
        survey.request(
            asked["agency"], "again", position=asked["position"], outcome="F1" if turned else asked["outcome"],
            replied=1 if turned else asked["replied"], delivered=asked["delivered"], arm="law", block="x",
        )  # fmt: skip
    return survey


def test_two_waves_are_compared_by_mcnemar(second_wave: Any) -> None:
    page = LexborHTMLParser(in_english(render.render(report_rows(second_wave.db), POBI)))
    lines = rows(page, "waves")
    assert len(lines) == 2
    assert lines[0].startswith("bỏ ra ngoài left out 8/61 13/61 5 0 +8.2 (")
    assert lines[1].startswith("coi như đều không tìm thấy all not found 8/63 13/63 5 0 +7.9 (")
    assert all(line.endswith(" 0.0625") for line in lines)


def test_arms_that_cannot_be_compared_say_why(second_wave: Any) -> None:
    page = LexborHTMLParser(render.render(report_rows(second_wave.db), POBI))
    said = page.css_first("#compare").parent.parent.text()  # type: ignore[union-attr]
    assert "Not compared:" in said and "the seed does not give the recorded arm" in said


@pytest.mark.proof
def test_arms_stand_beside_what_they_could_have_shown(survey: Any, filled: Any) -> None:
    """4,999 redraws: of two arms in which only one brings answers, and of what 63 provinces could show at all."""
    filled(survey)
    arms, places = drawn(TWO, DrawFacts(QUALITY))
    survey.db.execute("UPDATE campaign SET seed = ?, arms = ?", [TWO.seed, '{"law": "x", "plain": "y"}'])
    for place in places:
        arm = arms[f"2019-stc-{place['province']}"]
        answers = int(arm == "law" and QUALITY[place["province"]] == "high")
        survey.db.execute(
            "UPDATE request SET arm = ?, block = ?, replied = ? WHERE agency = ?",
            [arm, place["block"], answers, f"2019-stc-{place['province']}"],
        )
    found = report_rows(survey.db)
    expected = compare(found, POBI).arms
    assert expected is not None and expected["p_redraws"] == 0.0002
    page = LexborHTMLParser(render.render(found, POBI))
    said = " ".join(page.css_first("#compare").parent.parent.text(separator=" ").split())  # type: ignore[union-attr]
    assert f"law {expected['first_k']}/{expected['first_n']} plain 0/{expected['second_n']}" in said
    assert "0.0002 (4999)" in said and f"Fisher's p {expected['p_fisher']}" in said
    assert "32 điểm phần trăm, bốn lần trong năm percentage points, four times of five" in said
    assert "identical letter" not in page.css_first("#method").parent.parent.text()  # type: ignore[union-attr]


def test_what_changed_is_told_in_words_of_both_languages(survey: Any) -> None:
    survey.registry([agency for agency in agencies("2019") if agency.province == "ca-mau"])
    first, second = survey.scan(), survey.scan()
    survey.visit(second, "2019-ca-mau")
    survey.db.table("change").insert(
        {"agency": "2019-ca-mau", "kind": "qa", "from_scan": first, "to_scan": second, "what": "verdict",
         "cause": "site", "before": "found", "after": "not_found"}
    )  # fmt: skip
    survey.run()
    (line,) = rows(LexborHTMLParser(render.render(report_rows(survey.db), POBI)), "changes")
    for said in (
        "Cổng thông tin điện tử tỉnh Cà Mau",
        "Ca Mau portal",
        "Hỏi đáp Q&A section",
        "tìm thấy found",
        "không tìm thấy not found",
    ):
        assert said in line


def test_regions_of_which_nobody_was_asked_are_not_compared(study: ReportRows) -> None:
    """As where the letters of a campaign went to offices of none of the units that are counted."""
    unasked = replace(study, provinces=[row | {"asked": 0} for row in study.provinces], activity=[])
    text = render.render(unasked, POBI) + render.render_annex(unasked, POBI)
    assert "by technology" in text and "by region" not in text
