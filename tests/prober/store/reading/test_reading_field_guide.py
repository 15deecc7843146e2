"""docs/how-to/read-results.md: every statement runs, and gives what the text says it gives."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.documented import DOCS

PAGES = ("read-results.md", "read-results.vi.md")
# What could not be seen, which is nothing on a good night; and how it was searched, which only a crawl fills.
MAY_BE_EMPTY = ("search_evidence",)


def answers(page: str, path: Path) -> dict[str, list[tuple[Any, ...]]]:
    text = (DOCS / "how-to" / page).read_text(encoding="utf-8")
    statements = re.findall(r"^```sql\n(.*?)^```$", text, re.M | re.S)
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as db:
        return {statement: db.execute(statement).fetchall() for statement in statements}


@pytest.mark.parametrize("page", PAGES)
def test_every_statement_of_the_guide_gives_rows(pobi_db: Path, page: str) -> None:
    found = answers(page, pobi_db)
    assert len(found) == 9
    empty = [statement for statement, rows in found.items() if not rows]
    assert [statement for statement in empty if not any(view in statement for view in MAY_BE_EMPTY)] == []
    assert found["SELECT DISTINCT world FROM agency;\n"] == [("sandbox",)]


def test_silence_is_counted_as_the_guide_says(pobi_db: Path) -> None:
    (fates,) = (rows for sql, rows in answers(PAGES[0], pobi_db).items() if "GROUP BY outcome" in sql)
    assert dict(fates)["silence"] > 0 and sum(dict(fates).values()) == 63
