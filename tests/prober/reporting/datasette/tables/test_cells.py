"""In every table and named query who a row is about leads to its page; an empty parameter is no limit or asked for."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser

from prober.domain.reason import Reason, to_json
from prober.reporting.datasette.canned_queries import QUERIES, CannedQuery
from prober.reporting.datasette.tables import cells
from prober.store import Database, open_results
from prober.store.reading.report_rows import view_columns
from prober.store.schema.results_tables import RESULTS_TABLES
from tests.serving import get, rows

TABLES = {table.name: [column.name for column in table.columns] for table in RESULTS_TABLES} | view_columns()
ABOUT = sorted(name for name, columns in TABLES.items() if {"agency", "portal"} & {*columns} or name == "agency")
# What may be given for each parameter, as rows of the data have it.
GIVEN = {
    "province": ("ca-mau",), "frame": ("2019",), "month": ("2020-05",), "since_run": ("1",), "campaign": ("pobi-2019",),
    "indicator": ("qa", "email", "qa_and_email", "regulation", "replied", "human", "social", "budget"),
    "scan": ("1", "2"), "kind": ("portal",), "agency": ("2019-ca-mau", "2019-stc-ca-mau"),
    "words": ("dap", "ca mau", "onerror"),
}  # fmt: skip


@pytest.fixture(scope="module")
def db(folder: Path) -> Iterator[Database]:
    db = open_results(folder / "results.db")
    db.conn.create_function("escape_fts", 1, lambda text: " ".join(f'"{word}"' for word in text.split()))
    yield db
    db.close()


def parameters(query: CannedQuery) -> list[str]:
    return sorted({*re.findall(r":(\w+)", query.sql)} & {*GIVEN})


@pytest.mark.parametrize("query", [query for query in QUERIES if not query.needs], ids=lambda query: query.name)
def test_an_empty_parameter_is_no_limit(db: Database, query: CannedQuery) -> None:
    """Left empty, a query holds every row that it has for any value of any parameter."""
    asked = parameters(query)
    assert asked and not re.findall(r":(?!" + "|".join(asked) + r"\b)[a-z_]+", query.sql)
    everything = {tuple(row.values()) for row in db.query(query.sql, dict.fromkeys(asked, ""))}
    for name in asked:
        for value in GIVEN[name]:
            some = {tuple(row.values()) for row in db.query(query.sql, dict.fromkeys(asked, "") | {name: value})}
            assert some <= everything, (name, value)


@pytest.mark.parametrize("query", [query for query in QUERIES if query.needs], ids=lambda query: query.name)
def test_a_parameter_that_is_needed_is_asked_for(base: str, query: CannedQuery) -> None:
    asked = {"vi": f"Hãy điền ô <b>{query.needs}</b> ở trên.", "en": f"Fill in the field <b>{query.needs}</b> above."}
    for language, sentence in asked.items():
        status, page = get(f"{base}/results/{query.name}?lang={language}")
        assert status == 200 and sentence in page and f'name="{query.needs}"' in page
        assert ("Custom SQL" in page) == (language == "en")
        assert re.search(r"Truy vấn mất [\d,]+ ms" if language == "vi" else r"Queries took [\d.]+ms", page)
        assert "<h3>" not in page  # below the h1, without a level between
        assert sentence not in get(f"{base}/results/{query.name}?lang={language}&{query.needs}=nosuchword")[1]
    assert rows(base, f"/results/{query.name}.json?_shape=array") == []


@pytest.mark.parametrize("name", ABOUT)
def test_every_row_about_an_agency_of_a_frame_with_results_leads_to_its_page(base: str, name: str) -> None:
    frame = "&frame=2019" if "frame" in TABLES[name] else ""
    found = rows(base, f"/results/{name}.json?_shape=array&_size=20{frame}")
    links, shown = leading(base, f"/results/{name}?_size=20{frame}")
    assert shown == len(found) == links


@pytest.mark.parametrize("query", [query for query in QUERIES if "agency" in query.sql], ids=lambda query: query.name)
def test_every_row_of_a_named_query_leads_to_a_page(base: str, query: CannedQuery) -> None:
    empty = "&".join(f"{name}={'cong dan' if name == 'words' else ''}" for name in parameters(query))
    if query.name.endswith("_by_region"):
        return  # a region is no place with a page
    links, shown = leading(base, f"/results/{query.name}?{empty.replace(' ', '+')}")
    assert links == shown


def leading(base: str, path: str) -> tuple[int, int]:
    """How many rows of a table have a link to a page of a province, and how many rows there are."""
    status, text = get(base + path)
    assert status == 200
    shown = LexborHTMLParser(text).css("table.rows-and-columns tbody tr")
    return sum(bool(row.css("a[href^='/survey/2019/place/']")) for row in shown), len(shown)


def test_an_agency_of_a_frame_without_results_is_no_dead_link(base: str) -> None:
    assert leading(base, "/results/agency?frame=2025") == (0, 68)


def test_a_made_up_agency_is_looked_for_once(base: str) -> None:
    many = (
        "with recursive n(i) as (select 1 union all select i + 1 from n where i < 900) select 'x' || i as agency from n"
    )
    assert leading(base, f"/results?sql={many.replace(' ', '+').replace('+ 1', '%2B+1').replace('+1', '%2B1')}")[0] == 0


def test_what_happened_to_a_request_is_said_in_words() -> None:
    detail = to_json([Reason("message_came", message="69aacd6d2c87", event="Q1")])
    shown = cells.worded_cell("detail", detail)
    assert shown and "đã có thư đến: Yêu cầu phiếu mẫu" in shown and "69aacd6d2c87" not in shown
    assert cells.worded_cell("detail", '{"newest":"2020-04-01"}') is None


def test_only_flags_and_codes_have_words() -> None:
    assert cells.worded_cell("name_vi", "F1") is None and cells.worded_cell("event", "nothing such") is None


def test_pages_are_those_of_the_frames_with_results(db: Database) -> None:
    found: dict[str, Any] = cells.pages(db)
    assert len(found) == 126 and found["2019-stc-ca-mau"] == "survey/2019/place/ca-mau"


def test_a_region_of_pobi_has_its_name_in_vietnamese(base: str) -> None:
    page = get(f"{base}/results/participation?province=ninh-thuan&_columns=all")[1]
    assert 'South Central Coast <span class="words"><span lang="vi">Duyên hải Nam Trung Bộ </span></span>' in page
