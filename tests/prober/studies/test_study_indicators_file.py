"""An indicator in words alone: the crawl looks where they say, and its verdict has a page or a search as proof."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from prober.detectors.declared_words import VERSION
from prober.domain.indicator import INDICATORS, Indicator, names
from prober.reporting.html.render import render, render_annex
from prober.reporting.tables import indicators as tables
from prober.store import open_results
from prober.store.reading.report_rows import report_rows
from prober.studies.study_indicators import read
from tests.documented import block
from tests.pobi import POBI
from tests.spiders.web import Answer, Bench, Site, Web, entry, page, plain_site, visited

FILE = block("indicators.md", "indicators.toml")
LABEL = entry("/muc-9", "Khiếu nại, tố cáo")
HEADING = "<h1>Khiếu nại, tố cáo</h1>"


def own() -> tuple[Indicator, ...]:
    found, faults = read(FILE)
    assert not faults
    return found


def site(menu: str = LABEL) -> Site:
    return plain_site() | {"/": page("Trang chủ", menu=menu + entry("/hoi-dap", "Hỏi đáp"), email="vp@camau.gov.test")}


def board() -> Site:
    return site() | {"/muc-9": page("Khiếu nại, tố cáo", f"{HEADING}<p>Công dân gửi đơn tại đây.</p>")}


def empty() -> Site:
    return site() | {"/muc-9": page("Khiếu nại, tố cáo", f"{HEADING}<p>Nội dung đang cập nhật.</p>")}


def unlinked() -> Site:
    return site("") | {"/khieu-nai": page("Khiếu nại", f"{HEADING}<p>Tải mẫu đơn khiếu nại.</p>")}


def broken() -> Site:
    return site() | {"/muc-9": Answer("<title>Lỗi</title>", 500)}


def news() -> Site:
    head = "<h1>Hội nghị tổng kết công tác giải quyết khiếu nại, tố cáo</h1>"
    return site(entry("/muc-9", "Hội nghị tổng kết giải quyết khiếu nại")) | {
        "/muc-9": page("Hội nghị tổng kết", f"{head}<p>Nhiều người gửi đơn.</p>")
    }


SITES = {
    "board": board,
    "empty": empty,
    "unlinked": unlinked,
    "broken": broken,
    "without": lambda: site(""),
    "news": news,
}
STATES = {
    "board": "found", "empty": "not_found", "unlinked": "found", "broken": "not_seen", "without": "not_found",
    "news": "not_found",
}  # fmt: skip


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Web, Bench]]:
    with visited(SITES, tmp_path_factory.mktemp("own"), sought=(*INDICATORS, *own())) as found:
        yield found


@pytest.mark.parametrize("name", SITES)
def test_its_verdict(crawled: tuple[Web, Bench], name: str) -> None:
    assert crawled[1].verdicts(name)["complaints"] == STATES[name]


def test_the_proof_is_the_page_with_its_words(crawled: tuple[Web, Bench]) -> None:
    (row,) = crawled[1].rows(
        "SELECT page_url, snippet, category, version, warc_path FROM proof "
        "WHERE agency = '2019-board' AND kind = 'complaints'"
    )
    assert row[:3] == ("http://board.gov.test/muc-9", "Công dân gửi đơn tại đây.", "page")
    assert row[3] == f"{VERSION} {own()[0].source}"  # the rule that saw it
    assert row[4]  # and the page as received


def test_the_record_names_where_was_looked(crawled: tuple[Web, Bench]) -> None:
    steps = crawled[1].rows(
        "SELECT step, url, outcome FROM search_evidence WHERE agency = '2019-without' AND url != ''"
    )
    assert ("usual_paths", "http://without.gov.test/khieu-nai", "missing") in steps
    (reason,) = crawled[1].rows("SELECT reason FROM proof WHERE agency = '2019-empty' AND kind = 'complaints'")[0]
    assert "not_enough" in reason


def test_every_reader_shows_it_in_both_languages(crawled: tuple[Web, Bench]) -> None:
    db = open_results(crawled[1].config.paths.results)
    found = report_rows(db, "2019")
    db.close()
    line = next(row for row in found.headline if row["indicator"] == "complaints")
    assert (line["k"], line["n"], line["not_found"], line["not_seen"]) == (2, 6, 3, 1)
    shares = [row for row in tables.shares(found.provinces, found.headline) if row["indicator"] == "complaints"]
    assert [(row["k"], row["n"]) for row in shares] == [(2, 5), (2, 6), (3, 6)]
    told = {row["indicator"] for row in tables.shares(found.provinces, found.headline)}
    assert told == {row["indicator"] for row in found.headline}  # and nothing that the study does not look for
    text = render(found, POBI) + render_annex(found, POBI)
    assert own()[0].name[0] in render(found, POBI)
    for words in (*own()[0].name, "Công dân gửi đơn tại đây.", "chỉ có tên gọi", "not_enough"):
        assert words in text


def test_without_it_the_crawl_asks_for_none_of_its_pages(tmp_path: Path) -> None:
    with visited({"board": board, "unlinked": unlinked}, tmp_path) as (web, bench):
        asked = [*web.targets("board.gov.test"), *web.targets("unlinked.gov.test")]
    assert "/hoi-dap" in asked and "/khieu-nai" not in asked
    assert bench.verdicts("board").keys() == set(names(INDICATORS))


FAULTS = {
    '[qa]\nen = "x"\nlinks = ["x"]': "[qa] is no name for an indicator",
    '[own]\nen = "x"': "missing key links",
    '[own]\nlinks = ["x"]': "one of them must say what it is called",
    '[own]\nen = "x"\nlinks = ["' + "x" * 81 + '"]': "words of 1 to 80 characters",
    '[own]\nen = "x"\nlinks = [' + '"x",' * 201 + "]": "201 words; at most 200",
    '[own]\nen = "x"\nlinks = ["x"]\npattern = "a+"': "pattern",
    '[own]\nen = "x"\nlinks = ["x"]\npaths = ["http://elsewhere.test/"]': "a path such as",
    '[own]\nen = "x"\nlinks = ["x"]\nmust = ["y"]\nmust_not = ["y"]': "must_not: y must stand there too",
    "own = 1": "[own] must be a table",
    "[own": "not valid TOML",
}


@pytest.mark.parametrize("text", FAULTS)
def test_a_faulty_file_is_refused_in_words(text: str) -> None:
    found, faults = read(text)
    assert not found and FAULTS[text] in "\n".join(faults)


def test_all_faults_of_all_tables_are_told_at_once() -> None:
    _, faults = read('[one]\nen = "x"\n[two]\nlinks = ["a"]\nfoo = 1\n')
    assert {fault.split()[0] for fault in faults} == {"[one]", "[two]"}


def test_words_are_no_patterns() -> None:
    (one,) = read('[own]\nen = "x"\nlinks = ["(a+)+$", "x.*"]\nmust = ["[a-z]"]')[0]
    assert one.page and one.page.must == ("a z",) and replace(one, source="other") != one
