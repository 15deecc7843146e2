"""Addresses that replies name: whose site, what kind of thing, and what of them may be published."""

import pytest

from mailroom.classification.links_in_reply import MOST, Target, may_answer, may_lead, publishes, rows, target
from tests.languages import EN, VI

ADDRESSES = ("stc@camau.gov.vn", "vanthu.stc.camau@gmail.com", "https://stc.ca-mau.gov.test/")

# address → (what is stored of it, target, site, file type); None: not kept
CASES = {
    "https://stc.camau.gov.vn/cong-khai/quyet-toan-2018.pdf": (
        "https://stc.camau.gov.vn/cong-khai/quyet-toan-2018.pdf", "document", "own", "pdf",
    ),
    "http://www.camau.gov.vn/tin-tuc#muc-3": ("http://www.camau.gov.vn/tin-tuc", "section", "own", ""),
    "https://stc.ca-mau.gov.test/": ("https://stc.ca-mau.gov.test/", "home", "own", ""),
    "https://ckns.mof.gov.vn/?id=123": ("https://ckns.mof.gov.vn/?id=123", "document", "government", ""),
    "https://ten:mat-khau@mof.gov.vn/a/b.XLSX": ("https://mof.gov.vn/a/b.XLSX", "document", "government", "xlsx"),
    "https://drive.google.com/file/d/1AbC-khoa/view?usp=sharing": (
        "https://drive.google.com/…", "document", "elsewhere", "",
    ),
    "https://stc.camau.gov.vn/?xem=qt2018": ("https://stc.camau.gov.vn/?xem=qt2018", "document", "own", ""),
    "https://stc.camau.gov.vn/?phien-ban=2018": ("https://stc.camau.gov.vn/?phien-ban=2018", "home", "own", ""),
    "https://bao.example/ngan-sach": ("https://bao.example/…", "section", "elsewhere", ""),
    "https://gmail.com/ngan-sach": ("https://gmail.com/…", "section", "elsewhere", ""),
    "https://www.facebook.com/sotaichinh": None,
    "https://mail.camau.gov.vn/owa": None,
    "http://[::1": None,
    "http://camau.gov.vn:99999/x": None,
}  # fmt: skip


@pytest.mark.parametrize("url", CASES)
def test_what_is_stored_of_an_address(url: str) -> None:
    found = [
        (row["url"], row["target"], row["site"], row["file_type"]) for row in rows(1, [url], ADDRESSES, max_of, VI)
    ]
    assert found == ([] if CASES[url] is None else [CASES[url]])


def test_a_reply_full_of_addresses_keeps_the_first() -> None:
    urls = [f"https://camau.gov.vn/tai-lieu-{n}.pdf" for n in range(50)]
    found = list(rows(7, urls, ADDRESSES, max_of, VI))
    assert [row["position"] for row in found] == list(range(1, MOST + 1))
    assert found[0]["url"] == urls[0]


def max_of(table: str, reply: int, position: int) -> int:
    """A stand-in for the hash that numbers rows: any function of them will do."""
    return reply * 100 + position + len(table)


@pytest.mark.parametrize(
    ("url", "what"),
    [
        ("https://stc.ca-mau.gov.test", Target.HOME),
        ("https://stc.ca-mau.gov.test/trang-chu", Target.HOME),
        ("https://stc.ca-mau.gov.test/?gd=27&tc=5511", Target.DOCUMENT),
        ("https://stc.ca-mau.gov.test/?cat=5511", Target.HOME),
        ("https://stc.ca-mau.gov.test/?gd=2019", Target.HOME),
        ("https://vp.ca-mau.test/share/f/9QmT2018", Target.DOCUMENT),
        ("https://vp.ca-mau.test/share/lien-he", Target.SECTION),
        ("https://stc-my.sharepoint.com.test/:x:/g/a/EdT20", Target.DOCUMENT),
        ("https://stc.ca-mau.gov.test/web/guest/home", Target.HOME),
        ("https://stc.ca-mau.gov.test/Default.aspx", Target.HOME),
        ("https://stc.ca-mau.gov.test/cong-khai-ngan-sach", Target.SECTION),
        ("https://stc.ca-mau.gov.test/cong-khai-ngan-sach/2020", Target.SECTION),
        ("https://stc.ca-mau.gov.test/cong-khai-ngan-sach?nam=2020", Target.DOCUMENT),
        ("https://stc.ca-mau.gov.test/lich-tiep-dan?nam=2020", Target.SECTION),
        ("https://stc.ca-mau.gov.test/qd-12.pdf", Target.DOCUMENT),
        ("https://stc.ca-mau.gov.test/Default.aspx?itemid=881", Target.DOCUMENT),
        ("https://stc.ca-mau.gov.test/tin/cong-bo-cong-khai-du-toan-ngan-sach-nam-2020", Target.DOCUMENT),
        ("https://www.facebook.com/tinhcamau/posts/12345", Target.ELSEWHERE),
        ("https://mail.camau.gov.test/owa/12345.pdf", Target.ELSEWHERE),
        ("http://[::1", Target.ELSEWHERE),
    ],
)
def test_where_a_link_leads(url: str, what: Target) -> None:
    assert target(url, VI) == what


@pytest.mark.parametrize(
    ("url", "in_vietnamese", "in_english"),
    [
        ("https://stc.ca-mau.gov.test/quyet-toan-2018.pdf", True, True),
        ("https://stc.ca-mau.gov.test/mau-01a.doc", False, True),  # a form, by words of Vietnamese alone
        ("https://stc.ca-mau.gov.test/bieu-mau-2018.xlsx", True, True),
        ("https://town.gov.test/cases/12345.pdf", False, False),
        ("https://town.gov.test/news/hospital-opens-a-ward-of-thirty-beds-4711", False, False),
        ("https://town.gov.test/tin-tuc/hoi-nghi-tong-ket-cong-tac-nam-4711", False, True),
        ("https://town.gov.test/news/budget-of-the-town-is-published-4711", True, True),
    ],
)
def test_what_may_answer_is_told_in_the_words_of_the_study(url: str, in_vietnamese: bool, in_english: bool) -> None:
    assert (may_answer(url, VI), may_answer(url, EN)) == (in_vietnamese, in_english)


def test_pages_that_may_lead_to_a_document_or_publish_budgets() -> None:
    found = [may_lead(url, VI) for url in ("https://bit.ly/qt18", "https://a.gov.test/ngan-sach", "https://a.gov.test")]
    assert found == [True, True, False]
    pages = ("https://a.gov.test/cong-khai-ngan-sach", "https://a.gov.test/tin-tuc")
    assert [publishes(url, VI) for url in pages] == [True, False]
    assert [publishes(url, EN) for url in pages] == [False, False]
