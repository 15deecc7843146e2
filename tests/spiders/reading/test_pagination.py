"""Which pages a list has, and which comes next."""

from datetime import UTC, datetime

import pytest

from prober.domain.pages.page import Page
from prober.text.words import Words
from spiders.reading.pagination import next_of_few, read_pagination
from tests.languages import EN, VI

AT = datetime(2020, 4, 13, 1, tzinfo=UTC)
HERE = "http://x.gov.test/hoi-dap"


def shown(html: str, url: str = HERE, words: Words = VI) -> Page:
    return Page(url, 200, f"<html><body><main>{html}</main></body></html>", AT, words=words)


# How pagers are written → (what page 7 is called, last page, entries in all)
PAGERS = [
    ("<a href='?page=2'>2</a> <a href='?page=3'>3</a> <a href='?page=9'>Trang cuối</a>", f"{HERE}?page=7", 9, 0),
    ("<a href='/hoi-dap?p=1'>2</a><a href='/hoi-dap?p=2'>3</a><a href='/hoi-dap?p=11'>»»</a>", f"{HERE}?p=6", 12, 0),
    ("<a href='?start=10'>2</a> <a href='?start=20'>3</a> <p>Trang 1/31</p>", f"{HERE}?start=60", 31, 0),
    ("<a href='/hoi-dap/trang-2'>2</a> <a href='/hoi-dap/trang-3'>3</a>", f"{HERE}/trang-7", 3, 0),
    ("<p>Tổng số: 1.296 câu hỏi</p><a href='?page=2'>Trang sau</a>", "", 0, 1296),
    ("<p>Có 48 câu hỏi</p><a href='?page=2'>2</a>", "", 2, 48),
    ("<nav class='pagination'><a href='?page=2'>[2]</a><a href='?page=3'>[3]</a></nav>", f"{HERE}?page=7", 3, 0),
    ("<a href=\"javascript:__doPostBack('pager','2')\">2</a>", "", 0, 0),
    ("<table><tr><td><a href='/lich?ngay=2'>2</a></td><td><a href='/lich?ngay=3'>3</a></td></tr></table>", "", 0, 0),
    ("<a href='/tin/2'>2</a> <a href='http://y.gov.test/hoi-dap?page=2'>2</a> <a href='#'>3</a>", "", 0, 0),
    ("<p>Tin ngày 10-12/2019, có 12 mục</p>", "", 0, 0),
    (f"<a href='?p={'2' * 5000}'>2</a>", "", 0, 0),
]  # fmt: skip


@pytest.mark.parametrize(("html", "seventh", "last", "total"), PAGERS)
def test_what_a_pager_says(html: str, seventh: str, last: int, total: int) -> None:
    read = read_pagination(shown(html))
    assert (read.address(7), read.last, read.total) == (seventh, last, total)


def test_a_list_on_the_home_page_is_numbered_behind_its_host() -> None:
    read = read_pagination(shown("<a href='?page=2'>2</a> <a href='?page=3'>3</a>", "http://x.gov.test"))
    assert (read.address(7), read.last) == ("http://x.gov.test/?page=7", 3)


@pytest.mark.parametrize(
    ("html", "following"),
    [
        ("<a href='?page=2'>Trang sau</a>", f"{HERE}?page=2"),
        ("<a href='?page=2'>Xem thêm</a>", f"{HERE}?page=2"),
        ("<a href='?page=2'>›</a>", f"{HERE}?page=2"),
        ("<a rel='next' href='?page=2'>cũ</a>", f"{HERE}?page=2"),
        ("<a href='/tin-tuc'>Xem thêm</a>", ""),
        ("<a href='/hoi-dap'>Tiếp</a>", ""),
    ],
)
def test_the_next_page(html: str, following: str) -> None:
    assert read_pagination(shown(html)).next == following


@pytest.mark.parametrize(
    ("html", "following", "last", "total"),
    [
        ("<a href='?page=2'>Next page</a><p>Page 1 of 12</p>", f"{HERE}?page=2", 12, 0),
        ("<a href='?page=2'>page 2</a> <a href='?page=3'>page 3</a> <a href='?page=9'>Last</a>", "", 9, 0),
        ("<p>Showing 1-20 of 1,296 results</p><a href='?page=2'>Show more</a>", f"{HERE}?page=2", 0, 1296),
        ("<p>Found 48 questions</p><a href='?page=2'>2</a>", "", 2, 48),
        ("<a href='?page=2'>Trang sau</a><p>Trang 1/12</p>", "", 0, 0),  # no word of this language
        ("<p>Open from 9 to 5 of every week</p>", "", 0, 0),
    ],
)
def test_a_pager_is_read_in_the_words_of_the_page(html: str, following: str, last: int, total: int) -> None:
    read = read_pagination(shown(html, words=EN))
    assert (read.next, read.last, read.total) == (following, last, total)


@pytest.mark.parametrize(
    ("html", "following"),
    [
        ("<a href='?page=2'>2</a> <a href='?page=3'>3</a>", f"{HERE}?page=2"),
        ("<a href='?page=2'>Trang sau</a>", f"{HERE}?page=2"),
        ("<a href='/hoi-dap/page/2' rel='next'>Cũ hơn</a>", f"{HERE}/page/2"),
        ("<a href='?page=2'>2</a> <a href='?page=3'>3</a> <a href='?page=4'>4</a>", ""),
        ("<a href='?page=2'>Trang sau</a> <p>Trang 1/31</p>", ""),
        ("<a href='/hoi-dap/7'>Xem thêm</a> <a href='/hoi-dap/9'>Xem thêm</a>", ""),
        ("<a href='/hoi-dap/nop-phi'>Xem thêm</a>", ""),
        ("<a href='/hoi-dap/nop-phi'>Hỏi về phí</a>", ""),
    ],
)
def test_the_next_page_of_a_list_of_few(html: str, following: str) -> None:
    assert next_of_few(shown(html)) == following
