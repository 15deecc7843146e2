"""What is read of a page is one small value: whole, equal for equal bytes, and fit to be handed over."""

import pickle
from datetime import UTC, date, datetime

from prober.detectors.body import Body
from prober.detectors.detection import detect
from prober.domain.finding import Failure
from prober.domain.indicator import Kind
from prober.domain.pages.page import Page
from spiders.reading.page_reader import LINKS, read_page
from spiders.reading.page_reading import PageReading, PageSource, Purpose
from spiders.visit.step import WORTH
from tests.languages import VI, VIETNAMESE
from tests.pobi import POBI

AT = datetime(2020, 4, 13, 8, tzinfo=UTC)
BODY = Body("Ủy ban nhân dân tỉnh Cà Mau", "Cà Mau", "Ca Mau", own_domains=("camau.gov.test",), vocabulary=VIETNAMESE)
HOST = "http://camau.gov.test"
ASKED = (
    "<div><p>Câu hỏi: Thủ tục cấp đất thực hiện ở đâu?</p><p>Ngày hỏi: 01/03/2020</p>"
    "<p>Trả lời: Tại bộ phận một cửa.</p><p>Ngày trả lời: 07/03/2020</p></div>"
)
SECTION = (
    "<html><title>Hỏi đáp</title><body><nav><a href='/'>Trang chủ</a><a href='/lien-he' rel='nofollow'>Liên hệ</a>"
    "<a href='/lien-he'>Liên hệ</a><a href='#'>Lên đầu</a><a href='mailto:vp@camau.gov.test'>Thư</a>"
    "<a href='http://stc.camau.gov.test/'>Sở Tài chính</a></nav>"
    f"<h1>Hỏi đáp</h1>{ASKED}<p>Thư điện tử: vp@camau.gov.test</p>"
    "<a href='/hoi-dap?page=2'>2</a> <a href='/hoi-dap?page=3'>3</a></body></html>"
)


def read(html: str, status: int = 200, purpose: Purpose = Purpose.PAGE) -> PageReading:
    return read_page(PageSource(html.encode(), f"{HOST}/hoi-dap", status, {}, AT, purpose=purpose), BODY)


def test_a_section_is_read_as_a_whole() -> None:
    seen = read(SECTION, purpose=Purpose.HOME)
    page = Page(seen.url, 200, SECTION, AT, words=VI)
    assert list(seen.findings) == detect(page, BODY)
    assert (seen.title, seen.text_length, seen.host) == ("Hỏi đáp", len(page.text), "camau.gov.test")
    assert [(link.url, link.place, link.rel) for link in seen.links] == [
        (f"{HOST}/", "menu", ""), (f"{HOST}/lien-he", "menu", "nofollow"), ("http://stc.camau.gov.test/", "menu", ""),
        (f"{HOST}/hoi-dap?page=2", "main", ""), (f"{HOST}/hoi-dap?page=3", "main", ""),
    ]  # fmt: skip
    assert dict(seen.links[1].promises)[Kind.EMAIL] > 0.5 and seen.links[1].labelled and not seen.links[0].labelled
    assert [row["answered_on"] for row in seen.questions] == ["2020-03-07"] and seen.in_section
    assert sorted(seen.pagination.numbered) == [2, 3]
    assert [day for line in seen.dates.lines for day in line.days] == [date(2020, 3, 1), date(2020, 3, 7)]
    assert [site.url for site in seen.sites] == ["http://stc.camau.gov.test/"] and seen.platform == "generic"


def test_the_same_bytes_give_the_same_value_which_can_be_handed_over() -> None:
    seen = read(SECTION)
    assert seen == read(SECTION) and seen != read(SECTION.replace("07/03", "08/03"))
    handed = pickle.dumps(seen)
    assert pickle.loads(handed) == seen and len(handed) < 6_000


def test_an_obstacle_says_nothing_of_what_a_site_offers() -> None:
    wall = read("<html><title>Just a moment...</title><body><a href='/hoi-dap'>Hỏi đáp</a></body></html>")
    assert (wall.obstacle, wall.links, wall.findings) == (Failure.CHALLENGE, (), ())
    gone = read(SECTION, status=404)
    assert gone.soft_404 and (gone.obstacle, gone.links, gone.findings) == (Failure.HTTP_4XX, (), ())


def test_the_home_page_of_another_department_says_nothing_of_the_body() -> None:
    name = "Sở Y tế tỉnh Cà Mau"
    html = f"<title>{name}</title><h1>{name}</h1><nav><a href='/hoi-dap'>Hỏi đáp</a></nav>{ASKED}"
    department = Body("Sở Tài chính tỉnh Cà Mau", "Cà Mau", kind="finance", vocabulary=POBI.vocabulary)
    home, inner = (
        read_page(PageSource(html.encode(), f"{HOST}/", 200, {}, AT, purpose=purpose), department)
        for purpose in (Purpose.HOME, Purpose.PAGE)
    )
    assert (home.obstacle, home.obstacle_detail, home.findings) == (Failure.MOVED, name, ())
    assert inner.obstacle is None and inner.findings


def test_pages_that_repeat_their_own_address_have_one_text() -> None:
    def echo(path: str, words: str) -> str:
        html = f"<html><title>{path}</title><h1>{words}</h1><p>Đang cập nhật</p></html>"
        return read_page(PageSource(html.encode(), f"{HOST}{path}", 200, {}, AT), BODY).text_mark

    assert echo("/hoi-dap.html", "hoi dap html") == echo("/khong-co-trang-1a2b", "khong co trang 1a2b")
    assert echo("/lien-he", "/lien-he") == echo("/tin-tuc", "tin-tuc") != echo("/lien-he", "Liên hệ")


def test_each_purpose_reads_no_more_than_it_needs() -> None:
    whole = read(SECTION)
    state, links, questions = (
        read(SECTION, purpose=each) for each in (Purpose.STATE, Purpose.LINKS, Purpose.QUESTIONS)
    )
    assert (state.text_mark, state.links, state.findings) == (whole.text_mark, (), ())
    assert links.links == whole.links and not links.findings
    assert questions.questions == whole.questions and {found.kind for found in questions.findings} == {Kind.QA}


def test_a_page_of_countless_links_stays_small() -> None:
    many = "".join(f"<a href='/tin/{n}'>Tin {n}</a>" for n in range(LINKS + 50))
    seen = read(f"<html><body>{many}<a href='/{'a' * 3000}'>dài</a></body></html>")
    assert len(seen.links) == LINKS


def test_a_page_that_only_forwards_says_where_to() -> None:
    forwards = "<meta http-equiv='refresh' content='0;url=/trang-chu'>"
    assert read(f"<html><head>{forwards}</head><body></body></html>").refresh == f"{HOST}/trang-chu"
    assert read(f"<html><head>{forwards}</head><body>{'<a href=/a>a</a>' * 6}</body></html>").refresh == ""


def linked(markup: str, header: str = "") -> list[tuple[str, str, bool]]:
    source = PageSource(markup.encode(), f"{HOST}/", 200, {"link": header} if header else {}, AT)
    return [(link.url.removeprefix(HOST), link.place, link.scripted) for link in read_page(source, BODY).links]


def test_the_head_of_an_answer_may_name_sections_and_the_sitemap() -> None:
    declared = '</muc/3>; rel="section", </so-do.xml>; type=text/xml; rel=sitemap, </a.css>; rel=preload; as=style'
    assert linked("<p>x</p>", declared) == [("/muc/3", "header", False), ("/so-do.xml", "sitemap", False)]


def test_a_section_at_an_address_that_is_no_page_s_can_only_be_named() -> None:
    for address in ("ftp://x.gov.test/hoi-dap", "http://10.1.2.3/hoi-dap", "http://may-chu/a", "/a?x=" + "y" * 2_000):
        assert linked(f"<nav><a href='{address}'>Hỏi đáp</a></nav>") == [("/", "menu", True)]
        assert linked(f"<nav><a href='{address}'>Bản đồ</a></nav>") == []


def test_a_long_name_in_a_list_of_sections_is_one_on_the_home_page_alone() -> None:
    name = "Hỏi đáp về chính sách, chế độ, thủ tục thuộc lĩnh vực tài chính trên địa bàn tỉnh"
    listed = f"<ul><li><a href='/a'>Văn bản</a></li><li><a href='/b'>{name}</a></li><li><a href='/c'>Ảnh</a></li></ul>"
    home, inner = (read(listed, purpose=purpose) for purpose in (Purpose.HOME, Purpose.PAGE))
    assert dict(home.links[1].promises)[Kind.QA] >= WORTH > dict(inner.links[1].promises)[Kind.QA]
