"""The HTML report: complete, honest about what is simulated, readable, and safe whatever portals and mails contain."""

import re
import resource
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from selectolax.lexbor import LexborHTMLParser, LexborNode

from prober.cli import cli
from prober.domain.indicator import Kind
from prober.domain.search_protocol import OpenedAddress, Outcome, ProtocolStep
from prober.domain.working_days import Country
from prober.errors import ProberError, UsageError
from prober.reporting.html import curves, render
from prober.reporting.html.curves import SIZES, Axes
from prober.reporting.tables import reply_tables, waits
from prober.reporting.tables.comparisons import compare
from prober.reporting.words.translations import FATES
from prober.store import open_results
from prober.store.reading.report_rows import ReportRows, report_rows
from tests.pobi import POBI, agencies, vietnam
from tests.prober.conftest import SCANNED, told
from tests.prober.reporting.html.hostile_study import hostile_study
from tests.prober.reporting.html.written_forms import in_english


@pytest.fixture(scope="module")
def pobi(pobi_db: Path) -> ReportRows:
    db = open_results(pobi_db)
    found = report_rows(db)
    db.close()
    return found


@pytest.fixture(scope="module")
def page(pobi: ReportRows) -> LexborHTMLParser:
    return LexborHTMLParser(in_english(render.render(pobi, POBI, annex="annex of mine.html")))


@pytest.fixture(scope="module")
def annex(pobi: ReportRows) -> LexborHTMLParser:
    return LexborHTMLParser(render.render_annex(pobi, POBI, report="report.html"))


@pytest.fixture
def hostile(survey: Any) -> ReportRows:
    return hostile_study(survey)


def test_the_two_figures_are_on_top(page: LexborHTMLParser) -> None:
    figures = [" ".join(node.text().split()) for node in page.css(".key .big")]
    assert figures == ["61 / 63", "8 / 63"]
    small = [" ".join(node.text().split()) for node in page.css(".key .small")]
    assert "89.1–99.1 %" in small[0] and "POBI 2019: 61/63" in small[0]
    assert "6.6–23.1 %" in small[1] and "POBI 2019: 8/63" in small[1]


def test_beside_each_figure_stands_how_much_of_it_no_person_has_read(
    page: LexborHTMLParser, annex: LexborHTMLParser
) -> None:
    """Of the 16 departments from which a person wrote, 8 answered; two automatic acknowledgements wait for nobody."""
    assert "unread: 14" in " ".join(page.css(".key .small")[1].text().split())
    cells = {row.css_first("th").text(): row.css("td")[8].text() for row in page.css("table.indicators tbody tr")}
    assert [value.strip() for value in cells.values()] == ["–"] * 8 + ["14", "14"]
    said = [node.text() for node in page.css("section .notice .en")]
    assert "No person has read the replies behind 8 of 8 answers" in " ".join(said)
    assert "Replies of 6 of the other 55 are unread too, and may be answers." in " ".join(said)
    assert "No person has read the replies behind 8 of 8 answers" in page.css_first("header .prose .en").text()
    card = " ".join(annex.css_first("article.card:has(.outcome.answered)").text().split())
    assert "read by no person" in card


def test_a_report_of_which_all_was_read_says_so_by_saying_nothing(pobi_db: Path, tmp_path: Path) -> None:
    shutil.copy(pobi_db, tmp_path / "results.db")
    db = open_results(tmp_path / "results.db")
    db.execute("UPDATE reply SET decided_by = 'person' WHERE human")
    page = LexborHTMLParser(render.render(report_rows(db), POBI))
    db.close()
    assert page.css("table.indicators tbody tr")[8].css("td")[8].text() == "0"
    assert not [node.text() for node in page.css(".notice, .flag, .prose") if "No person has read" in node.text()]
    assert "unread" not in page.css(".key .small")[1].text()


def test_every_province_has_its_card_its_row_and_its_tiles(page: LexborHTMLParser, annex: LexborHTMLParser) -> None:
    provinces = {agency.province for agency in agencies("2019")}
    assert {node.attributes["id"] for node in annex.css("article.card")} == provinces
    assert {node.attributes["id"] for node in page.css("table.provinces tbody tr")} == provinces
    links = {node.attributes["href"] for node in page.css("table.provinces tbody th a")}
    assert links == {f"annex%20of%20mine.html#{province}" for province in provinces}
    for name in ("portal", "finance"):
        tiles = page.css(f'figure[aria-labelledby="map-{name}"] a.tile')
        assert {(tile.attributes["href"] or "")[1:] for tile in tiles} == provinces


def test_what_both_languages_call_the_same_is_said_once(annex: LexborHTMLParser) -> None:
    card = annex.css_first("article#dong-thap")
    assert [node.text() for node in card.css(".value .reason") if "YouTube" in node.text()] == ["YouTube"]
    pairs = [(node.text().strip(), node.next.text().strip()) for node in annex.css("span.vi:has(+ .en:not(.only))")]  # type: ignore[union-attr]
    assert len(pairs) > 1000 and [pair for pair in pairs if pair[0] == pair[1]] == []


def test_the_map_and_the_table_count_the_same(page: LexborHTMLParser) -> None:
    legend = {
        re.sub(r"[^a-z]", "", (item.css_first("svg").attributes["class"] or "").removeprefix("tile ")): int(
            item.css_first("b").text()
        )
        for item in page.css('figure[aria-labelledby="map-finance"] .legend li')
    }
    assert legend == {"answered": 8, "refused": 1, "contact": 5, "automatic": 2, "silence": 45, "undelivered": 2}
    assert sum(legend.values()) == 63
    assert [int(node.text()) for node in page.css(".groups b")] == list(legend.values())


def test_a_present_verdict_shows_its_proof(annex: LexborHTMLParser) -> None:
    card = annex.css_first("article#ca-mau")
    assert "Công dân hỏi, cơ quan trả lời" in card.css_first("blockquote").text()
    assert [node for node in card.css("code") if re.fullmatch("[0-9a-f]{64}", node.text())]
    assert "https://camau.gov.test/hoi-dap" in {node.attributes.get("href") for node in card.css("a")}


def test_what_could_not_be_seen_has_its_reason_and_its_remedy(page: LexborHTMLParser) -> None:
    rows = [" ".join(node.text().split()) for node in page.css("table.unseen tbody tr")]
    assert len(rows) == 2
    assert any("Hòa Bình" in row and "a browser challenge" in row and "a person looks" in row for row in rows)
    assert any("Bạc Liêu" in row and "does not resolve" in row and "check the address" in row for row in rows)


@pytest.fixture
def doubtful(survey: Any) -> tuple[LexborHTMLParser, LexborHTMLParser]:
    """One portal with a three-day-old verdict, a suspected visit, a frozen site and a disputed finding; one without."""
    survey.registry([agency for agency in agencies("2019") if agency.province in ("ca-mau", "ha-noi")])
    first = survey.scan(at=SCANNED - timedelta(days=3))
    for agency in ("2019-ca-mau", "2019-ha-noi"):
        survey.visit(first, agency)
        seen = survey.observe(first, agency, "qa", "general", "https://x.gov.test/hoi-dap")
        survey.verdict(first, agency, "qa", "found", level=4, observation=seen)
    survey.decision("finding/1", "finding", "absent", "found", note="một trang tin", coder="AR")
    second = survey.scan()
    survey.db.table("scan").update(second, {"suspect": told("26 of 63 sites lost their Q&A")})
    survey.visit(second, "2019-ca-mau", suspect="0 emails, at least 1 expected", newest_on="2019-11-30")
    survey.visit(second, "2019-ha-noi", newest_on="2020-04-01")
    survey.verdict(second, "2019-ca-mau", "qa", "not_seen")
    survey.run()
    study = report_rows(survey.db)
    drawn = render.render(study, POBI), render.render_annex(study, POBI)
    return LexborHTMLParser(drawn[0]), LexborHTMLParser(drawn[1])


def test_doubt_is_marked_where_it_is_due_and_nowhere_else(doubtful: tuple[LexborHTMLParser, LexborHTMLParser]) -> None:
    report, annex = doubtful
    rows = [" ".join(row.text(separator=" ").split()) for row in report.css("table.provinces tbody tr")]
    marked = next(row for row in rows if "Cà Mau" in row)
    ages = "xem được lần cuối 3 đêm trước, ngày 10/4/2020", "last seen 3 nights ago, on 10 April 2020"
    assert all(words in marked for words in (*ages, "bị nghi ngờ suspect", "1 bị phản bác"))
    assert "không cập nhật từ 30/11/2019" in marked and "not updated since 30 November 2019" in marked
    assert not annex.css("#ha-noi .flag") and "last seen" not in next(row for row in rows if "Hà Nội" in row)
    card = " ".join(annex.css_first("article#ca-mau").text().split())
    assert "0 emails, at least 1 expected" in card and "một trang tin (AR)" in card and ages[0] in card
    assert "không cập nhật từ 30/11/2019" in card
    assert "26 of 63 sites lost their Q&A" in report.css_first("#table").parent.parent.text()  # type: ignore[union-attr]
    said = report.css_first(".explained").text()
    (kept,) = report.css(".kept li")
    assert " ".join(kept.text().split()).endswith(f": Hỏi đáp Q&A section {ages[0]} {ages[1]}")
    assert "phản bác" in said and "for at most 30 days" in said


def test_what_one_look_missed_still_counts_and_stands_apart(survey: Any) -> None:
    survey.registry([agency for agency in agencies("2019") if agency.province == "ca-mau"])
    first = survey.scan(at=SCANNED - timedelta(days=1))
    survey.visit(first, "2019-ca-mau")
    seen = survey.observe(first, "2019-ca-mau", "qa", "general", "https://x.gov.test/hoi-dap")
    survey.verdict(first, "2019-ca-mau", "qa", "found", level=4, observation=seen)
    second = survey.scan()
    survey.visit(second, "2019-ca-mau")
    survey.verdict(second, "2019-ca-mau", "qa", "not_found", second_look=1)
    survey.verdict(second, "2019-ca-mau", "email", "not_found")
    missing = OpenedAddress(
        ProtocolStep.USUAL_PATHS, "https://x.gov.test/lien-he", Outcome.MISSING, kinds=(Kind.EMAIL,), status=404
    )
    survey.search(second, "2019-ca-mau", missing)
    survey.db.table("change").insert({
        "agency": "2019-ca-mau", "kind": "qa", "from_scan": first, "to_scan": second, "what": "verdict",
        "cause": "second_look", "before": "found", "after": "not_found",
    })  # fmt: skip
    survey.run()
    study = report_rows(survey.db)
    report = LexborHTMLParser(render.render(study, POBI))
    shown = LexborHTMLParser(render.render_annex(study, POBI))
    card = " ".join(shown.css_first("article#ca-mau").text().split())
    assert "không thấy từ 13/4/2020, chờ xem lại" in card and "missing since 13 April 2020" in card
    (why,) = shown.css("article#ca-mau details.searched")
    assert "https://x.gov.test/lien-he" in why.text() and "no such page (404)" in why.text()
    changes = " ".join(report.css_first("section[aria-labelledby=changes]").text().split())
    assert "no site has changed" in changes and "Chờ xem lại Waiting for a second look" in changes


def test_the_method_names_the_calendar_of_the_study(pobi: ReportRows) -> None:
    scottish = replace(POBI.calendar, country=Country("GB", "SCT"))
    for calendar, named in ((POBI.calendar, "Vietnam"), (scottish, "United Kingdom (SCT)")):
        assert f"follow the calendar of {named}," in render.render(pobi, replace(POBI, calendar=calendar), "en")


def test_a_report_without_doubt_explains_none(page: LexborHTMLParser, annex: LexborHTMLParser) -> None:
    assert not page.css(".explained") and not page.css(".flag")
    assert {" ".join(node.text().split()) for node in annex.css(".flag")} == {"chưa ai đọc read by no person"}


def test_every_part_of_a_simulated_report_says_so(page: LexborHTMLParser, annex: LexborHTMLParser) -> None:
    for shown in (page, annex):
        title = shown.css_first("title").text()
        assert "Simulated" in title and re.search(r", \d{4}-\d\d-\d\d$", title)
        assert "Dữ liệu mô phỏng" in shown.css_first(".banner").text()
        for section in shown.css("main > section"):
            assert section.css_first(".section-head .tag"), section.css_first("h2").text()
        for drawing in shown.css("svg.tiles, svg.curve"):
            assert drawing.css_first(".watermark")
    assert len(annex.css("article.card .tag")) == 63


def test_a_live_report_says_nothing_of_simulation(survey: Any) -> None:
    survey.registry([agency for agency in agencies("2019") if agency.province == "ca-mau"])
    survey.scan()
    survey.db.execute("UPDATE scan SET world = 'live'")
    survey.run(world="live")
    page = LexborHTMLParser(render.render(report_rows(survey.db), POBI))
    text = page.css_first("title").text() + page.css_first("body").text()
    assert "mô phỏng" not in text.lower() and "simulated" not in text.lower()


def test_the_same_data_give_the_same_bytes(pobi: ReportRows) -> None:
    assert render.render(pobi, POBI) == render.render(pobi, POBI)


@pytest.mark.parametrize("shown", ["page", "annex"])
def test_nothing_is_fetched_and_nothing_runs(shown: str, request: pytest.FixtureRequest) -> None:
    page = request.getfixturevalue(shown)
    assert not page.css("script, link, iframe, img, object, embed, form, [style]")
    for node in page.css("*"):
        assert not [name for name in node.attributes if name.startswith("on")]
    policy = page.css_first('meta[http-equiv="Content-Security-Policy"]').attributes["content"] or ""
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "url(" not in page.css_first("style").text().replace("url(#hatch)", "")


@pytest.mark.parametrize("shown", ["page", "annex"])
def test_the_page_is_sound(shown: str, request: pytest.FixtureRequest) -> None:
    page = request.getfixturevalue(shown)
    ids = [node.attributes["id"] for node in page.css("[id]")]
    assert len(ids) == len(set(ids))
    for node in page.css('a[href^="#"], use'):
        assert (node.attributes["href"] or "")[1:] in ids
    for node in page.css("[aria-labelledby]"):
        assert node.attributes["aria-labelledby"] in ids
    levels = [int(node.tag[1]) for node in page.css("h1, h2, h3, h4")]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(later - earlier <= 1 for earlier, later in zip(levels, levels[1:], strict=False))
    assert all(node.attributes.get("scope") in ("row", "col") for node in page.css("th"))
    assert all(table.css_first("caption") for table in page.css("table"))
    assert page.css_first("main") and page.css_first("nav[aria-label]") and page.css_first("footer")


def test_hostile_words_stay_words(hostile: ReportRows) -> None:
    for text in (render.render(hostile, POBI), render.render_annex(hostile, POBI)):
        page = LexborHTMLParser(text)
        assert not page.css("script, img, iframe")
        assert "\u202e" not in text and "txt.exe" in text
        assert all(re.match(r"https?://|#", node.attributes.get("href") or "") for node in page.css("a"))
    assert "49" not in page.css_first("article blockquote").text()  # {{7*7}} is not evaluated


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://camau.gov.test/a?b=1", True),
        ("http://camau.gov.test", True),
        ("javascript:alert(1)", False),
        ("JaVaScRiPt:alert(1)", False),
        (" javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("//camau.gov.test", False),
        ("https://", False),
        ("http://[::1", False),
        ("", False),
        (None, False),
    ],
)
def test_only_web_addresses_become_links(url: str | None, kept: bool) -> None:
    assert render.link(url) == (url if kept else "")


PAIRS = [
    ("ink", "paper"), ("soft", "paper"), ("ink", "sheet"), ("soft", "sheet"), ("link", "paper"), ("link", "sheet"),
    ("accent", "sheet"), ("accent", "paper"), ("no", "sheet"), ("no", "paper"), ("warn-ink", "warn"),
    ("accent-ink", "accent"), ("amber-ink", "amber"), ("sky-ink", "sky"), ("ink", "hatch"), ("ink", "mute"),
    ("ink", "no-wash"), ("ink", "accent-wash"), ("soft", "mute"),
]  # fmt: skip


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), PAIRS)
def test_text_has_contrast(theme: int, ink: str, ground: str, page: LexborHTMLParser) -> None:
    """WCAG 2.2, success criterion 1.4.3: at least 4.5 to 1."""
    block = page.css_first("style").text().split(":root {")[1 + theme].split("}")[0]
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", block))
    light, dark = sorted((_luminance(colours[ink]), _luminance(colours[ground])), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_the_curve_ends_at_the_share_that_answered(pobi: ReportRows) -> None:
    answers = waits.in_hours(pobi.requests, pobi.replies, waits.SUBSTANTIVE)
    assert (len(answers.events), len(answers.silent), answers.left_out) == (8, 53, 2)
    drawn = curves.reply_curve(answers, waits.in_hours(pobi.requests, pobi.replies, waits.HUMAN), 760, 330)
    assert drawn is not None
    assert _shares(drawn.answers, drawn.axes)[-1] == pytest.approx(8 / 61, abs=0.002)
    assert [waited for _, day, waited in drawn.waited][0] == 61


def _shares(path: str, axes: Axes) -> list[float]:
    """The shares that a line takes one after the other, read off by the axis beside it."""
    y, per_cent = axes.y_ticks[-1]
    per_share = (axes.bottom - y) / (per_cent / 100)
    return [(axes.bottom - float(height)) / per_share for height in re.findall(r"V([\d.]+)", path)]


@pytest.mark.parametrize(("size", "width", "height"), SIZES)
def test_the_curves_of_fates_take_the_steps_of_the_analysis(
    pobi: ReportRows, size: str, width: int, height: int
) -> None:
    drawn = curves.fate_curves(compare(pobi, POBI).fate_waits, size, width, height)
    assert drawn is not None
    counted = [reply for reply in pobi.replies if reply["inside_window"] or reply["event"] == "N0"]
    steps = reply_tables.incidences(pobi.requests, counted, 30, vietnam())
    assert [line.fate for line in drawn.lines] == list(dict.fromkeys(row["fate"] for row in steps))
    for line in drawn.lines:
        rows = [row for row in steps if row["fate"] == line.fate]
        assert _shares(line.path, drawn.axes) == pytest.approx([row["share"] for row in rows], abs=0.002)
        days = [(float(x) - drawn.axes.x(0)) for x in re.findall(r"H([\d.]+)V", line.path)]
        per_day = drawn.axes.x(1) - drawn.axes.x(0)
        assert [x / per_day for x in days] == pytest.approx([row["working_days"] for row in rows], abs=0.01)
    assert drawn.waited[0][2] == 63 and drawn.waited[-1][2] == 63 - 14  # 14 met a fate


@pytest.mark.parametrize(
    ("waits_", "lines"),
    [
        ([], None),
        ([(30.0, "")], None),  # silence alone
        ([(0.0, "not delivered")], [("not delivered", 1.0)]),
        ([(2.0, "refused"), (2.0, "answered")], [("answered", 0.5), ("refused", 0.5)]),
        ([(2.0, "answered"), (1.0, ""), (3.0, "refused")], [("answered", 0.5), ("refused", 0.5)]),
    ],
)
def test_a_fate_that_nobody_met_has_no_line(waits_: Any, lines: Any) -> None:
    drawn = curves.fate_curves(waits_, "wide", 760, 370)
    assert (drawn and [(line.fate, line.share) for line in drawn.lines]) == lines
    heights = sorted(line.name_y for line in drawn.lines) if drawn else []
    assert all(later - earlier >= curves.APART for earlier, later in zip(heights, heights[1:], strict=False))


def test_the_curves_of_fates_are_told_apart_without_colour_and_in_words(page: LexborHTMLParser) -> None:
    figure = page.css_first("figure:has(#fates-text)")
    drawings = figure.css("svg.curve")
    assert len(drawings) == 2
    classes = [node.attributes["class"] for node in drawings[0].css("path.fate")]
    assert len(classes) == 5
    style = page.css_first("style").text()
    rules = [re.search(rf"\.{(name or '').replace(' ', '.')} {{([^}}]*)}}", style) for name in classes]
    assert len({re.sub("stroke: [^;]*;", "", rule[1]) for rule in rules if rule}) == 5
    assert not figure.css(".legend")  # names stand where the lines end
    fates = [(name or "").removeprefix("fate ").replace("-", " ") for name in classes]
    names = {text for fate in fates for text in FATES[fate]}
    for drawing in drawings:
        assert drawing.attributes["role"] == "img" and drawing.attributes["aria-labelledby"] == "fates-text"
        assert {*_joined(drawing, "vi"), *_joined(drawing, "en")} == names
    for language in ("vi", "en"):
        said = figure.css_first(f"figcaption .{language}").text().split("100")[0]
        shares = [float(share.replace(",", ".")) for share in re.findall(r"([\d.,]+)\s%", said)]
        assert sum(shares) == pytest.approx(100, abs=0.3) and ("12,7" in said) is (language == "vi")


def _joined(drawing: LexborNode, language: str) -> list[str]:
    """The names of the lines in one language, each of its lines joined again: lines of one name follow each other."""
    found = []
    for line in drawing.css("path.leader"):
        words, node = [], line.next
        while node is not None and "leader" not in (node.attributes.get("class") or ""):
            if language in (node.attributes.get("class") or "").split():
                words.append(node.text())
            node = node.next
        found.append(" ".join(words))
    return found


REQUEST = {"request": 1, "accepted_at": "2020-04-14T08:30:00+07:00", "delivered": "yes", "outcome": "silence",
           "watched_hours": 100.0}  # fmt: skip
REPLY = {"request": 1, "human": 1, "substantive": 1, "hours": 5.0, "working_days": 0, "inside_window": 1}


@pytest.mark.parametrize(
    ("request_", "reply", "expected"),
    [
        ({}, {}, ((5.0,), (), 0)),
        ({}, {"substantive": 0}, ((), (100.0,), 0)),
        ({}, {"inside_window": 0, "hours": 900.0}, ((), (100.0,), 0)),  # late: silence, as in `replied`
        ({}, {"hours": -0.001}, ((0.0,), (), 0)),  # the clocks of two servers disagree
        ({"watched_hours": -0.5}, {"request": 2}, ((), (0.0,), 0)),
        ({"delivered": "no"}, {}, ((), (), 1)),
        ({"outcome": "N0", "delivered": "not_seen"}, {}, ((), (), 1)),
        ({"accepted_at": None}, {}, ((), (), 1)),
    ],
)
def test_who_waited_how_long(request_: Any, reply: Any, expected: Any) -> None:
    found = waits.in_hours([REQUEST | request_], [REPLY | reply], waits.SUBSTANTIVE)
    assert (found.events, found.silent, found.left_out) == expected


def test_the_curve_of_the_report_and_the_table_of_times_are_the_same(pobi: ReportRows) -> None:
    """Answers after the waiting time and hours after its end change neither."""
    rows = reply_tables.times(pobi.requests, pobi.replies, 30, vietnam())
    for what in (waits.HUMAN, waits.SUBSTANTIVE):
        drawn = waits.in_hours(pobi.requests, pobi.replies, what)
        row = next(row for row in rows if (row["first_message"], row["clock"]) == (what, "hours"))
        assert (row["n"], row["events"], row["censored"]) == (drawn.curve.n, len(drawn.events), len(drawn.silent))
        assert row["horizon"] == min(drawn.silent) == max(drawn.silent) == 44 * 24 + 15.5


@pytest.mark.parametrize("requests", [0, 1])
def test_a_report_without_answers_or_without_requests(survey: Any, requests: int) -> None:
    survey.registry([agency for agency in agencies("2019") if agency.province == "ca-mau"])
    survey.scan()
    if requests:
        survey.campaign(closed_at=None, status="approved")
        survey.request("2019-stc-ca-mau")
    survey.run()
    page = LexborHTMLParser(render.render(report_rows(survey.db), POBI))
    assert bool(page.css("svg.curve")) == bool(requests) and not page.css("#fates-text")
    assert len(page.css("table.provinces tbody tr")) == 1
    assert ("There is no campaign yet" in page.css_first("header.top").text()) == (not requests)


WAITING = {  # what is known of the one request → whether its report says that silence may still be broken
    "waiting": ({}, None, True),
    "answered": ({"replied": 1, "outcome": "F1"}, None, False),
    "the waiting time is over": ({"waiting_ends_at": "2020-01-02T00:00:00+07:00"}, None, False),
    "closed": ({}, "2020-04-20T08:00:00+07:00", False),
}


@pytest.mark.parametrize(("request_values", "closed", "said"), WAITING.values(), ids=WAITING)
def test_a_report_says_that_the_waiting_time_is_not_over(
    survey: Any, request_values: dict[str, Any], closed: str | None, said: bool
) -> None:
    survey.registry([agency for agency in agencies("2019") if agency.province == "ca-mau"])
    survey.scan()
    survey.campaign(closed_at=closed, status="closed" if closed else "approved")
    survey.request("2019-stc-ca-mau", **request_values)
    page = LexborHTMLParser(render.render(report_rows(survey.db), POBI))
    assert ("The waiting time is not over" in page.css_first("header.top").text()) == said


def test_agencies_of_another_country_have_no_map_and_no_pobi(survey: Any) -> None:
    from dataclasses import replace

    agency = replace(agencies("2019", "portal")[0], frame="XX", grid_row=None, grid_col=None, region="")
    survey.registry([agency])
    survey.scan("XX")
    survey.run()
    page = LexborHTMLParser(render.render(report_rows(survey.db), POBI))
    assert not page.css("svg.tiles") and len(page.css("table.provinces tbody tr")) == 1
    assert "61/63" not in page.body.text()  # type: ignore[union-attr]


def test_study_names_the_frames_that_have_results(survey: Any) -> None:
    with pytest.raises(UsageError, match="no results yet"):
        report_rows(survey.db)
    survey.scan("2025")
    with pytest.raises(UsageError, match="'2019' was neither crawled nor asked; frames with results: 2025"):
        report_rows(survey.db, "2019")
    assert report_rows(survey.db).frame == "2025"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_command_without_results(folder: Path) -> None:
    result = CliRunner().invoke(cli, ["report"])
    assert result.exit_code == 2
    assert "results.db does not exist" in result.stderr
    assert list(folder.iterdir()) == []


def test_the_command_writes_the_report_and_starts_no_world(
    folder: Path, survey: Any, filled: Callable[[Any], None]
) -> None:
    filled(survey)
    result = CliRunner().invoke(cli, ["report"])
    assert result.exit_code == 0, result.output
    assert (folder / "report.html").stat().st_size > 100_000
    assert not (folder / "var").exists()


def test_a_full_disk_leaves_the_old_report(pobi: ReportRows, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text("old", encoding="utf-8")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, limits[1]))
    try:
        with pytest.raises(ProberError, match=r"report.html: cannot be written: .*disk space"):
            render.write(render.render(pobi, POBI), path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert path.read_text(encoding="utf-8") == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]
