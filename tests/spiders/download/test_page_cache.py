"""The cache of pages: kept from crawl to crawl, bounded, and never in the way."""

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from spiders.download import page_cache
from spiders.download.page_cache import BATCH, PageCache


def test_what_was_put_is_there_for_the_next_crawl(tmp_path: Path) -> None:
    first = PageCache(tmp_path / "var/pages.db", 1)
    first.put(b"a", b"1")
    assert (first.get(b"a"), first.get(b"b")) == (b"1", None)
    for number in range(BATCH):
        first.put(b"n%d" % number, b"")
    first.close()
    again = PageCache(tmp_path / "var/pages.db", 2)
    assert (again.get(b"a"), again.get(b"n7"), again.get(b"b")) == (b"1", b"", None)
    again.close()


def test_what_was_not_used_for_the_longest_time_goes_first(tmp_path: Path) -> None:
    path = tmp_path / "pages.db"
    for night, keys in enumerate((b"ab", b"c", b"de"), 1):
        cache = PageCache(path, night, most=40)
        assert night == 1 or cache.get(b"b")
        for key in keys:
            cache.put(bytes([key]), b"x" * 10)
        cache.close()
    last = PageCache(path, 4)
    assert [key for key in "abcde" if last.get(key.encode())] == ["b", "c", "d", "e"]
    last.close()


def test_a_file_that_is_no_cache_is_replaced_and_costs_no_crawl(tmp_path: Path) -> None:
    path = tmp_path / "pages.db"
    path.write_bytes(b"no database at all" * 200)
    cache = PageCache(path, 1)
    cache.put(b"a", b"1")
    assert cache.get(b"a") is None
    cache.close()
    cache = PageCache(path, 2)
    cache.put(b"a", b"1")
    assert cache.get(b"a") == b"1"
    cache.close()


def test_a_cache_waits_for_another_process_that_writes(tmp_path: Path) -> None:
    path = tmp_path / "pages.db"
    one, other = PageCache(path, 1), PageCache(path, 1)
    one.put(b"one", b"1")
    other.put(b"other", b"2")
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as third:
        third.execute("BEGIN IMMEDIATE")
        ends = threading.Timer(1.3, third.execute, ["COMMIT"])
        ends.start()
        one.close()
        ends.join()
    other.close()
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("SELECT COUNT(*) FROM page").fetchone() == (2,)


def test_a_cache_that_another_process_holds_is_not_taken_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "pages.db"
    kept = PageCache(path, 1)
    kept.put(b"key", b"value")
    kept.close()
    monkeypatch.setattr(page_cache, "WAIT", 0.0)
    with closing(sqlite3.connect(path, isolation_level=None)) as holder:
        holder.execute("PRAGMA journal_mode = DELETE")
        holder.execute("BEGIN EXCLUSIVE")
        assert PageCache(path, 2).get(b"key") is None
    assert PageCache(path, 3).get(b"key") == b"value"
