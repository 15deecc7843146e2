"""How Datasette's pages show tables: titles, first columns, words for codes, one row, robots, and on a phone."""

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl
from urllib.robotparser import RobotFileParser

import pytest
from selectolax.lexbor import LexborHTMLParser

from prober.domain.indicator import BY_KIND
from prober.reporting.datasette.tables import cells, table_looks
from prober.store import open_results
from prober.store.reading.report_rows import view_columns
from prober.store.schema.results_tables import RESULTS_TABLES
from prober.store.schema.views import VIEWS
from tests.browser import serious
from tests.serving import get, rows

if TYPE_CHECKING:
    from playwright.sync_api import Browser

COLUMNS = {table.name: [column.name for column in table.columns] for table in RESULTS_TABLES} | view_columns()


def test_every_table_and_view_has_a_title_and_at_most_twelve_first_columns() -> None:
    assert set(table_looks.LOOKS) == {table.name for table in RESULTS_TABLES} | {view.name for view in VIEWS}
    for name, look in table_looks.LOOKS.items():
        assert look.title.vi != look.title.en and len(set(look.first)) == len(look.first) <= table_looks.FIRST
        assert set(look.first) <= set(COLUMNS[name]), name
        assert len(table_looks.shown(name, COLUMNS[name], False, BY_KIND)) <= table_looks.FIRST, name


def heads(base: str, path: str) -> list[str]:
    status, text = get(base + path)
    assert status == 200
    return [str(head.attributes["data-column"]) for head in LexborHTMLParser(text).css("thead th")]


def test_the_first_columns_come_first_and_all_are_one_link_away(base: str) -> None:
    assert heads(base, "/results/participation") == list(table_looks.LOOKS["participation"].first)
    link = LexborHTMLParser(
        get(base + "/results/participation?region=Tây+Nguyên".replace("â", "%C3%A2").replace("ê", "%C3%AA"))[1]
    ).css_first(".more-columns a")
    assert heads(base, str(link.attributes["href"])) == COLUMNS["participation"]
    assert len(rows(base, "/results/participation.json?_shape=array&_size=max")[0]) == len(COLUMNS["participation"])
    assert heads(base, "/results/participation?_col=lat&_col=lon") == ["lat", "lon"]


def test_each_cell_stands_below_its_own_head(base: str) -> None:
    page = LexborHTMLParser(get(base + "/results/participation?_size=3")[1])
    for row in page.css("tbody tr"):
        assert [str(cell.attributes["class"]).split()[0] for cell in row.css("td")] == [
            f"col-{name}" for name in table_looks.LOOKS["participation"].first
        ]


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("has_qa", "found", "có"), ("human", 1, "có"), ("human", 0, "không"),
        ("sender_class", "freemail", "hộp thư miễn phí"),
        ("cause", "site", "trang đã thay đổi"), ("outcome", "seen", "xem được đầy đủ"),
        ("on_time", "open", "chưa tới hạn"),
        ("agency_kind", "portal", "Cổng thông tin điện tử"),
        ("kind", "qa", "Hỏi đáp"), ("kind", "regulation", "quy chế"),
        ("step", "reminder", "Thư nhắc"), ("what", "accepted", "máy chủ thư đã nhận"), ("what", "N0", "không đến"),
    ],
)  # fmt: skip
def test_codes_have_words(column: str, value: object, words: str) -> None:
    shown = cells.worded_cell(column, value)
    assert shown is not None and shown.startswith(str(value)) and words in shown


def test_a_kind_of_agency_has_the_words_of_the_study(base: str) -> None:
    page = LexborHTMLParser(get(base + "/results/not_seen?kind=finance&_size=1&lang=vi")[1])
    (cell,) = page.css("td.col-kind")
    assert "Sở Tài chính" in cell.text()


def test_a_code_that_is_its_own_word_stands_once() -> None:
    assert (
        cells.worded_cell("has_qa", "not_found") == 'absent <span class="words"><span lang="vi">không có </span></span>'
    )
    found = [{"name": "has_qa", "results": [{"value": "found", "label": "found"}]}]
    labels = {language: cells.worded_facets(found, language)[0]["results"][0]["label"] for language in ("vi", "en")}
    assert labels == {"vi": "present có", "en": "found"}
    asked = [{"name": "asked", "results": [{"value": 1, "label": 1}]}]
    assert cells.worded_facets(asked, "en")[0]["results"][0]["label"] == "1 yes"


@pytest.mark.parametrize(
    "path",
    [
        "/results", "/results/participation?region=x&_sort=province", "/results/agency/2019-stc-ca-mau",
        "/results/province?province=ca-mau", "/results?sql=select+1",
    ],
)  # fmt: skip
def test_a_switch_leads_to_the_same_page_in_the_other_language(base: str, path: str) -> None:
    for language, other, name in (("vi", "en", "English"), ("en", "vi", "Tiếng Việt")):
        page = LexborHTMLParser(get(base + path, f"lang={language}")[1])
        (link,) = page.css("header .switch a")
        assert (link.text(), link.attributes["lang"]) == (name, other)
        assert page.css_first("header .switch strong").attributes["lang"] == language
        led = str(link.attributes["href"])
        assert set(parse_qsl(path.partition("?")[2])) <= set(parse_qsl(led[1:]))
        status, text = get(base + path.partition("?")[0] + led, f"lang={language}")
        assert status == 200 and f'<html lang="{other}">' in text


@pytest.mark.parametrize(
    "path",
    ["/results", "/results/participation", "/results/agency/2019-ca-mau", "/results/lost_qa?month=", "/nowhere"],
)
def test_every_page_ends_with_who_publishes_how_it_is_measured_and_the_data(base: str, path: str) -> None:
    for language, names in (
        ("vi", {"Đơn vị công bố", "Báo sai sót", "Phương pháp", "Giấy phép dữ liệu", "Tải về"}),
        ("en", {"Publisher", "Report a mistake", "Method", "Data licence", "Download"}),
    ):
        foot = LexborHTMLParser(get(base + path, f"lang={language}")[1]).css_first("footer .imprint")
        assert names <= {head.text() for head in foot.css("dt")}
        links = [str(link.attributes["href"]) for link in foot.css("a")]
        assert {"/survey/2019/method", "/results"} <= set(links)
        assert ("Trích dẫn" in foot.text() or "How to cite" in foot.text()) == (path != "/nowhere")


def test_numbers_and_days_are_written_as_the_language_does_and_data_stay_as_they_are(base: str) -> None:
    path = "?sql=select+1234.5+as+n,+'2020-04-05T08:30:00%2B07:00'+as+at,+'2020-04-05'+as+day"
    for language, shown in (("vi", ["1.234,5", "5/4/2020 08:30:00", "5/4/2020"]), ("en", ["1,234.5", "5 April 2020"])):
        cells_of = LexborHTMLParser(get(f"{base}/results{path}", f"lang={language}")[1]).css("tbody td")
        told = [node.text() for cell in cells_of for node in cell.css(f"[lang={language}]")]
        assert told[: len(shown)] == shown[:1] + [f"{shown[1]}{'' if language == 'vi' else ' 08:30:00'}", *shown[2:]]
    (row,) = rows(base, f"/results.json{path}&_shape=array")
    assert row == {"n": 1234.5, "at": "2020-04-05T08:30:00+07:00", "day": "2020-04-05"}


def test_what_is_said_of_tables_is_marked_with_its_language(base: str) -> None:
    """The style sheet shows one of both: what is not marked would stand on pages of the other language too."""
    about = LexborHTMLParser(get(f"{base}/results", "lang=en")[1]).css("main .metadata-description li")
    assert len(about) == len(VIEWS)
    for line in about:
        assert [node.attributes["lang"] for node in line.css("span")] == ["vi", "en"]
        assert line.text(deep=False).strip(": \n") == ""
    field = LexborHTMLParser(get(f"{base}/results/field", "lang=vi")[1]).css("td.col-about")
    assert field and all(cell.css_first("[lang=vi]") for cell in field)


@pytest.mark.parametrize(
    "name", ["reply", "request_event", "observation", "finding", "page", "visit", "deadline", "agency"]
)
def test_a_row_is_a_list_with_the_way_to_its_province(base: str, folder: Path, name: str) -> None:
    db = open_results(folder / "results.db")
    key = "rowid" if name == "agency" else "id"
    row = next(db.query(f"SELECT * FROM [{name}] ORDER BY {key} DESC LIMIT 1"))
    behind = cells.agency_behind(db, name, [str(row["id"])])
    place = cells.pages(db).get(str(behind["id"])) if behind else None
    db.close()
    page = LexborHTMLParser(get(f"{base}/results/{name}/{row['id']}")[1])
    assert [head.text() for head in page.css(".one-row th")] == COLUMNS[name]
    proof = [f"/survey/evidence/{row['id']}"] if name == "observation" else []
    ways = [link.attributes["href"] for link in page.css(".place a")]
    assert behind and ways == [*([f"/{place}"] if place else []), *proof]


def test_a_row_about_no_agency_has_no_such_way(folder: Path) -> None:
    db = open_results(folder / "results.db")
    assert cells.agency_behind(db, "run", ["1"]) is None and cells.agency_behind(db, "page", ["x"]) is None
    assert cells.agency_behind(db, "no such table", ["1"]) is None
    db.close()


def test_robots_read_pages_and_no_filters(base: str) -> None:
    robots = RobotFileParser()
    robots.parse(get(base + "/robots.txt")[1].splitlines())
    assert robots.can_fetch("x", "/survey/2019/map") and robots.can_fetch("x", "/results/participation")
    assert not robots.can_fetch("x", "/search?q=x") and not robots.can_fetch("x", "/-/databases.json")
    assert "Disallow: /results/*?" in get(base + "/robots.txt")[1]


@pytest.mark.needs("chromium")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_a_table_is_short_and_in_the_colours_of_the_survey(
    base: str, browser: "Browser", scheme: str
) -> None:
    view = browser.new_page(viewport={"width": 390, "height": 800}, color_scheme=scheme)  # type: ignore[arg-type]
    view.goto(f"{base}/results/participation")
    assert view.evaluate("document.documentElement.scrollWidth") == 390
    assert view.evaluate("document.documentElement.scrollHeight") < 20_000
    paper = view.evaluate("getComputedStyle(document.body).backgroundColor")
    assert view.evaluate("document.querySelector('tbody').getBoundingClientRect().top") < 1_600
    assert serious(view) == []
    view.goto(f"{base}/survey/2019/map")
    assert view.evaluate("getComputedStyle(document.body).backgroundColor") == paper
    view.close()
