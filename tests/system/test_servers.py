"""A crawl of servers with one defect each: no verdict that its row does not allow, nothing that robots.txt closes."""

import re
from collections.abc import Iterator

import pytest

from tests.system.servers.crawled import KINDS, Crawled, crawled
from tests.system.servers.row import ABSENT, Row
from tests.system.servers.table import ROWS

pytestmark = pytest.mark.needs("chromium")


@pytest.fixture(scope="module")
def crawl(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crawled]:
    with crawled(ROWS, tmp_path_factory.mktemp("servers")) as done:
        yield done


@pytest.mark.parametrize("row", ROWS.values(), ids=lambda row: row.name)
def test_every_verdict_is_one_that_the_row_allows(crawl: Crawled, row: Row) -> None:
    assert crawl.wrong(row) == {}, (row.defect, crawl.failures.get(row.name), crawl.servers.targets(row.host))


def test_no_server_is_left_out_and_none_makes_the_prober_fail(crawl: Crawled) -> None:
    assert crawl.exit_code == 0, crawl.said
    assert crawl.failures.keys() == ROWS.keys()
    assert [name for name, failure in crawl.failures.items() if failure == "internal"] == []


@pytest.mark.parametrize("row", [row for row in ROWS.values() if row.never], ids=lambda row: row.name)
def test_nothing_that_robots_txt_closes_is_asked_for(crawl: Crawled, row: Row) -> None:
    asked = crawl.servers.targets(row.host)
    assert "/robots.txt" in asked
    assert [target for target in asked if re.search(row.never, target)] == []


def test_absence_is_still_said_where_nothing_is_hidden(crawl: Crawled) -> None:
    """At least 95 % of it: a crawl that always doubts would pass every other test here."""
    proved = {(row.name, kind) for row in ROWS.values() for kind in KINDS if row.allowed(kind) == {ABSENT}}
    missed = {(name, kind) for name, kind in proved if crawl.verdicts[name][kind] != ABSENT}
    assert len(proved) > 30
    assert len(missed) <= 0.05 * len(proved), missed
