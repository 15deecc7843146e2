"""Full-text search: asked with accents or without, it finds the same, and it follows its tables whoever writes."""

import sqlite3
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from datasette.utils import escape_fts  # type: ignore[import-untyped]

from prober.reporting.publish.publication import publish
from prober.store import Database, open_results
from prober.store.results.scans import finish_scan
from prober.store.schema import full_text
from tests.pobi import HANOI, agencies

NOW = datetime(2020, 4, 13, 20, 5, tzinfo=HANOI)
TITLES = {
    1: "Hỏi đáp trực tuyến",
    2: "HỎI \N{EN DASH} ĐÁP",
    3: "Ho\u0309i \u0111a\u0301p",  # the same, decomposed
    4: "Đồng Nai: đường dây nóng",
    5: "Hội đồng nhân dân",
}


@pytest.fixture
def db(survey: Any) -> Iterator[Database]:
    survey.registry([])
    survey.db.execute("PRAGMA foreign_keys=OFF")
    row = {"agency": "a", "scan": 1, "page": 1, "url": "", "answered": 1}
    survey.db.table("qa_thread").insert_all(
        row | {"id": number, "key": str(number), "unit": title} for number, title in TITLES.items()
    )
    survey.db.conn.commit()
    yield survey.db
    survey.db.close()


def found(db: Database, words: str, table: str = "qa_thread") -> list[int]:
    sql = f"SELECT rowid FROM [{table}_words] WHERE [{table}_words] MATCH ? ORDER BY rowid"
    return [row[0] for row in db.execute(sql, [escape_fts(words)]).fetchall()]


@pytest.mark.parametrize(
    ("words", "rows"),
    [
        ("dap", [1, 2, 3]),
        ("đáp", [1, 2, 3]),
        ("đap", [1, 2, 3]),
        ("ĐÁP", [1, 2, 3]),
        ("đa\u0301p", [1, 2, 3]),
        ("hoi dap", [1, 2, 3]),
        ("hỏi dap", [1, 2, 3]),
        ("hoi", [1, 2, 3, 5]),
        ("dong", [4, 5]),
        ("duong day nong", [4]),
        ("dong nai", [4]),
        ("dam", []),
        ("da", []),
        ("hỏi-đáp", [1, 2, 3]),
        ('"đáp', [1, 2, 3]),
        ("* OR đáp)", []),
    ],
)
def test_what_is_asked_finds(db: Database, words: str, rows: list[int]) -> None:
    assert found(db, words) == rows


def test_an_index_follows_its_table(db: Database) -> None:
    db.execute("BEGIN")
    db.execute("UPDATE qa_thread SET unit = 'Liên hệ' WHERE id = 1")
    db.execute("DELETE FROM qa_thread WHERE id = 2")
    db.execute("UPDATE qa_thread SET url = 'elsewhere' WHERE id = 3")
    assert (found(db, "dap"), found(db, "lien he")) == ([3], [1])
    db.execute("UPDATE qa_thread SET id = 30 WHERE id = 3")
    assert found(db, "dap") == [30]
    db.conn.rollback()
    assert found(db, "dap") == [1, 2, 3]


def test_a_file_without_the_indexes_gets_them_filled(db: Database, survey: Any) -> None:
    for index in full_text.INDEXES:
        for event in ("insert", "delete", "update"):
            db.execute(f"DROP TRIGGER IF EXISTS [{index.name}_{event}]")
        db.execute(f"DROP TABLE [{index.name}]")
    db.execute("UPDATE qa_thread SET unit = 'Đáp' WHERE id = 5")
    db.conn.commit()
    again = open_results(survey.path)
    assert found(again, "dap") == [1, 2, 3, 5]
    again.close()


def test_the_present_is_searched_as_the_last_finished_scan_left_it(survey: Any) -> None:
    """Of a thing that was seen in two nights the words of the second are found, and pages of the second night only."""
    (portal, *_) = (agency for agency in agencies("2019", "portal") if agency.slug == "ca-mau")
    survey.registry([portal])
    for night, words in ((1, "Hỏi đáp trực tuyến"), (2, "Đường dây nóng")):
        scan = survey.scan(status="running")
        survey.visit(scan, portal.id)
        survey.observe(scan, portal.id, "qa", "general", "https://x.test/", snippet=words, title=f"{words} {night}")
        survey.verdict(scan, portal.id, "qa", "found")
        finish_scan(survey.db, scan, NOW)
        assert len(found(survey.db, words, "latest_observation")) == len(found(survey.db, words, "latest_page")) == 1
    assert found(survey.db, "hoi dap", "latest_observation") == found(survey.db, "hoi dap", "latest_page") == []
    (row,) = survey.db.query("SELECT finding FROM latest_observation")
    assert found(survey.db, "duong day", "latest_observation") == [row["finding"]]


def test_a_snapshot_finds_rows_without_a_number_of_their_own_and_keeps_no_deleted_word(
    pobi_db: Path, tmp_path: Path
) -> None:
    path = tmp_path / "results.db"
    path.write_bytes(pobi_db.read_bytes())
    db = open_results(path)
    db.execute("UPDATE page SET title = 'Nguyễn Thị Bíbí' WHERE id = 1")
    db.conn.commit()
    db.execute("UPDATE page SET title = 'Hỏi đáp' WHERE id = 1")
    db.execute("PRAGMA foreign_keys=OFF")
    db.execute(
        "DELETE FROM agency WHERE rowid < 20 AND id NOT IN (SELECT agency FROM visit UNION SELECT agency FROM request)"
    )
    db.conn.commit()
    folder = publish(db, tmp_path / "publish").folder
    db.close()
    snapshot = sqlite3.connect(f"file:{folder / 'results.db'}?mode=ro", uri=True)
    sql = "SELECT id FROM agency WHERE rowid IN (SELECT rowid FROM agency_words WHERE agency_words MATCH ?)"
    assert sorted(row[0] for row in snapshot.execute(sql, [escape_fts("dong nai")])) == [
        "2019-dong-nai",
        "2019-stc-dong-nai",
        "2025-dong-nai",
        "2025-stc-dong-nai",
    ]
    snapshot.execute("CREATE VIRTUAL TABLE temp.words USING fts5vocab(main, latest_page_words, row)")
    words = {row[0] for row in snapshot.execute("SELECT term FROM temp.words")}
    assert "dap" in words and "bibi" not in words
    snapshot.close()
