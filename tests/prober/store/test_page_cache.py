"""The cache of pages: kept from crawl to crawl, bounded, and never in the way."""

from pathlib import Path

from prober.store.page_cache import BATCH, PageCache


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
