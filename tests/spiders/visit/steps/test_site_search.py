"""What a site shows for nothing, and its own search: asked once each, where something is missing."""

from collections.abc import Iterator

import pytest

from spiders.visit.steps.site_search import pattern
from tests.spiders.web import Bench, Site, Web, agency, entry, page, qa_page, visited

PATTERNS = [
    ("http://x.gov.test/tim-kiem?q=ngan+sach", ("http://x.gov.test/tim-kiem?q=", "")),
    ("http://x.gov.test/tim-kiem?loai=tin&keyword=du%20toan&trang=1",
     ("http://x.gov.test/tim-kiem?loai=tin&keyword=", "&trang=1")),
    ("http://x.gov.test/?s=dat-dai", ("http://x.gov.test/?s=", "")),
    ("http://x.gov.test/search?text=thu+tuc", ("http://x.gov.test/search?text=", "")),
    ("http://x.gov.test/tim-kiem?tukhoa=h%E1%BB%8Dc+ph%C3%AD", ("http://x.gov.test/tim-kiem?tukhoa=", "")),
    ("http://x.gov.test/tin?text=thu+tuc", None),
    ("http://x.gov.test/tin?q=thu+tuc", None),
    ("http://x.gov.test/banners/click/?id=1&s=0cc175b9c0f1b6a831c399e269772661", None),
    ("http://x.gov.test/?s=0cc175b9c0f1b6a831c399e269772661", None),
    ("http://x.gov.test/tin-moi.rss?q=dat-dai", None),
    ("http://x.gov.test/index.php?nv=seek&q=dat+dai", ("http://x.gov.test/index.php?nv=seek&q=", "")),
    ("http://x.gov.test/tin?q=12", None),
    ("http://x.gov.test/tim-kiem", None),
    ("http://x.gov.test/tim-kiem?q=", None),
    ("http://[x/?q=a", None),
]  # fmt: skip


@pytest.mark.parametrize(("url", "expected"), PATTERNS)
def test_which_links_show_how_a_site_searches(url: str, expected: tuple[str, str] | None) -> None:
    assert pattern(url) == expected


def without_qa(more: str = "") -> Site:
    menu = entry("/lien-he", "Liên hệ")
    return {
        "/": page("Trang chủ", more, menu, email="vanphong@camau.gov.test"),
        "/gioi-thieu": page("Giới thiệu", menu=menu),
        "/lien-he": page("Liên hệ", "<h1>Liên hệ</h1>", menu),
    }


def searched_site() -> Site:
    """The Q&A section is reached by no menu, but the site's search knows it, and a tag shows how to search."""
    found = page("Kết quả tìm kiếm", "<ul><li><a href='/muc-17'>Hỏi đáp</a></li></ul>")
    nothing = page("Kết quả tìm kiếm", "<p>Không có kết quả nào.</p>")
    tag = "<p>Từ khóa: <a href='/tim-kiem?q=giao+thong'>giao thông</a></p>"
    words = {"/tim-kiem?q=h%E1%BB%8Fi+%C4%91%C3%A1p": found}
    others = {f"/tim-kiem?q={word}": nothing for word in ("ti%E1%BA%BFp+c%E1%BA%ADn+th%C3%B4ng+tin",
              "c%C3%B4ng+khai+ng%C3%A2n+s%C3%A1ch", "giao+thong")}  # fmt: skip
    return without_qa(tag) | words | others | {"/muc-17": qa_page()}


def silent_search() -> Site:
    """Its search is down: what it might have found is not known."""
    tag = "<p>Từ khóa: <a href='/tim-kiem?q=giao+thong'>giao thông</a></p>"
    return without_qa(tag)


def polite_404() -> Site:
    """Whatever is asked for, a form for questions is shown, with status 200."""
    form = "<form method='post'><textarea name='cauhoi'></textarea><button>Gửi câu hỏi</button></form>"
    return without_qa() | {"*": page("Mời quý vị", f"<p>Mời quý vị đặt câu hỏi.</p>{form}")}


SITES = {"searched": searched_site, "silent": silent_search, "polite": polite_404, "plain": without_qa}


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Web, Bench]]:
    with visited(SITES, tmp_path_factory.mktemp("search")) as found:
        yield found


def test_what_no_menu_names_is_found_by_the_site_s_own_search(crawled: tuple[Web, Bench]) -> None:
    web, bench = crawled
    assert bench.verdicts("searched")["qa"] == "found"
    asked = [target for target in web.targets("searched.gov.test") if "q=" in target]
    assert len(asked) == len(set(asked)) <= 4
    assert not bench.rows("SELECT 1 FROM finding WHERE value LIKE '%tim-kiem%' OR value LIKE '%q=%'")


def test_a_search_that_does_not_answer_leaves_open_what_it_was_asked_for(crawled: tuple[Web, Bench]) -> None:
    _, bench = crawled
    assert bench.verdicts("plain")["qa"] == "not_found"


def test_a_page_shown_for_anything_is_not_taken_for_a_section(crawled: tuple[Web, Bench]) -> None:
    web, bench = crawled
    assert bench.verdicts("polite")["qa"] == "not_found"
    assert sum("khong-co-trang" in target for target in web.targets("polite.gov.test")) == 1


def test_guessed_pages_that_exist_are_read_once_the_made_up_one_does_not(web: Web, bench: Bench) -> None:
    web.sites["camau.gov.test"] = without_qa() | {"/hoi-dap": qa_page()}
    bench.run(agency("ca-mau"))
    assert bench.verdicts("ca-mau")["qa"] == "found"
    targets = web.targets("camau.gov.test")
    assert sum("khong-co-trang" in target for target in targets) == 1 and targets.count("/hoi-dap") == 1
