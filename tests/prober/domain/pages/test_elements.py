"""Where the elements of a page lead, where they stand, and what a reader opens by a control of the page."""

from datetime import datetime

import pytest
from selectolax.lexbor import LexborHTMLParser

from prober.domain.pages.elements import lies_in, opened_by_readers, place_named
from prober.domain.pages.page import Page
from tests.pobi import HANOI

NOW = datetime(2020, 4, 13, 8, tzinfo=HANOI)


def page(body: str, url: str = "https://www.camau.gov.test/tin/") -> Page:
    return Page(url, 200, body, NOW)


LINKS = [
    ("<a href='/hoi-dap'>Hỏi đáp</a>", "https://www.camau.gov.test/hoi-dap", "Hỏi đáp"),
    ("<a href='hoi-dap.aspx'>x</a>", "https://www.camau.gov.test/tin/hoi-dap.aspx", "x"),
    ("<a href='../a/./b'>x</a>", "https://www.camau.gov.test/a/b", "x"),
    ("<a href='//stc.camau.gov.test'>x</a>", "https://stc.camau.gov.test", "x"),
    ("<a href='&#47;hoi&#45;dap'>x</a>", "https://www.camau.gov.test/hoi-dap", "x"),
    ("<a href='?id=3'>x</a>", "https://www.camau.gov.test/tin/?id=3", "x"),
    ("<a href='#' onclick=\"location.href='/hoi-dap'\">x</a>", "https://www.camau.gov.test/hoi-dap", "x"),
    ("<a href=\"javascript:window.open('/lien-he')\">x</a>", "https://www.camau.gov.test/lien-he", "x"),
    ("<div onclick=\"window.location='/lien-he'\">Liên hệ</div>", "https://www.camau.gov.test/lien-he", "Liên hệ"),
    ("<a href='/a'><img alt='Hỏi đáp' src='x.png'></a>", "https://www.camau.gov.test/a", "Hỏi đáp"),
    ("<a href='/a' title='Liên hệ'></a>", "https://www.camau.gov.test/a", "Liên hệ"),
    (
        "<select><option value='https://stc.camau.gov.test/'>Sở Tài chính</option></select>",
        "https://stc.camau.gov.test/",
        "Sở Tài chính",
    ),
    ("<iframe src='/khung'></iframe>", "https://www.camau.gov.test/khung", ""),
    ("<object data='/khung'></object>", "https://www.camau.gov.test/khung", ""),
    ("<embed src='/khung'>", "https://www.camau.gov.test/khung", ""),
    ("<button onclick=\"mo('/muc/3')\">Hỏi đáp</button>", "https://www.camau.gov.test/muc/3", "Hỏi đáp"),
    ("<input type=button value='Hỏi đáp' onclick=\"mo('/a')\">", "https://www.camau.gov.test/a", "Hỏi đáp"),
    *(
        (f'<button onclick="{script}">Hỏi đáp</button>', "https://www.camau.gov.test/muc/3", "Hỏi đáp")
        for script in (
            "location.assign(base + '/muc/3')",
            "window.open(`/muc/3`)",
            "window.open(`${base}/muc/3`)",
            "location.href=location.origin+'/muc/3'",
            "location.href='/muc' + '/3'",
            r"location.assign('\/muc\/3')",
            "location = location.protocol + '//' + location.host + '/muc/3'",
            "if(a==1)location.replace('/muc/3')",
        )
    ),
    (
        "<a href=\"javascript:location.assign(c + '/3')\">x</a><script>var c = '/muc'</script>",
        "https://www.camau.gov.test/muc/3",
        "x",
    ),
    ("<span data-path='/muc/3'>Hỏi đáp</span>", "https://www.camau.gov.test/muc/3", "Hỏi đáp"),
    ("<router-link to='/muc/3'>Hỏi đáp</router-link>", "https://www.camau.gov.test/muc/3", "Hỏi đáp"),
    (
        "<select onchange='location=this.value'><option value='a'>A</option></select>",
        "https://www.camau.gov.test/tin/a",
        "A",
    ),
    ("<link rel=sitemap href='/ban-do.xml'>", "https://www.camau.gov.test/ban-do.xml", ""),
    ("<link rel=alternate type='application/rss+xml' href='/rss'>", "https://www.camau.gov.test/rss", ""),
]


NO_LINKS = (
    "<div data-href='https://fb.com/camau'></div>", "<option value='3'>Hỏi đáp</option>",
    "<select onchange=\"location='/xem?m='+this.value\"><option value='3'>Hỏi đáp</option></select>",
    "<button onclick='mo(3)'>Hỏi đáp</button>",
    *(
        f'<button onclick="{script}">Hỏi đáp</button>'
        for script in ("location='/muc?id=' + id", "location.href=url", "open(`/muc/${n}`)", "mo('/muc?id='+n)",
                       "location=a+'/b/'+c")
    ),
)  # fmt: skip


@pytest.mark.parametrize(("markup", "url", "text"), LINKS)
def test_link(markup: str, url: str, text: str) -> None:
    assert [(link.url, link.text) for link in page(markup).links] == [(url, text)]


@pytest.mark.parametrize("markup", NO_LINKS)
def test_what_says_no_address_is_no_link(markup: str) -> None:
    assert page(markup).links == ()


@pytest.mark.parametrize("href", ["", "#", "javascript:void(0)", "javascript: void(0);", "#!"])
def test_dead_links_are_kept_and_known(href: str) -> None:
    (link,) = page(f"<a href='{href}'>Hỏi đáp</a>").links
    assert link.dead


@pytest.mark.parametrize(
    ("markup", "href", "scripted"),
    [
        ("<a href='javascript:;' data-url='/hoi-dap'>Hỏi đáp</a>", "/hoi-dap", False),
        ("<a href='#' data-href='http://x.gov.test/a'>Hỏi đáp</a>", "http://x.gov.test/a", False),
        ("<button data-url='https://fb.com/camau'>Facebook</button>", "https://fb.com/camau", False),
        ("<a href='#' data-link='#hop'>Hỏi đáp</a>", "#", False),
        ("<a href='javascript:void(0)'>Hỏi đáp</a>", "javascript:void(0)", True),
        ("<li><a href='javascript:void(0)'>Hỏi đáp</a><ul><li><a href='/a'>A</a></ul>", "#", False),
        ("<a href='#/hoi-dap'>Hỏi đáp</a>", "#/hoi-dap", True),
        ("<a href='#!/hoi-dap'>Hỏi đáp</a>", "#!/hoi-dap", True),
        ("<a href='#noi-dung'>Nội dung</a>", "#noi-dung", False),
    ],
)
def test_where_a_link_leads_that_a_script_opens(markup: str, href: str, scripted: bool) -> None:
    link = page(markup).links[0]
    assert (link.href, link.scripted) == (href, scripted)


def test_an_address_that_is_longer_than_any_opens_nothing() -> None:
    """A script might: what it promises stays open, and no row of the results holds a megabyte."""
    long, mail = f"/hoi-dap?{'a' * 1_000_000}", f"mailto:stc@camau.gov.test?body={'b' * 3_000}"
    one, other = page(f"<a href='{long}'>Hỏi đáp</a><a href='{mail}'>Thư</a>").links
    assert one.dead and one.scripted and one.url == one.href == "javascript:"
    assert other.href == mail


@pytest.mark.parametrize(
    ("words", "place"),
    [
        ("header banner banner", "header"),
        ("div banner", "aside"),
        ("div elementor-widget-wrap", ""),
        ("div elementor-widget elementor-widget-nav-menu", "menu"),
        ("div elementor-element elementor-widget-wp-widget-pages", "aside"),
        ("header topMenu", "menu"),
        ("div journal-content-article", ""),
        ("div article-body", "main"),
        ("footer entry-footer", ""),
    ],
)
def test_place_named(words: str, place: str) -> None:
    assert place_named(words) == place


PANEL = "<div id='lh' style='display: none'><p>Thư: vanthu.stc@x.gov.test</p></div>"


@pytest.mark.parametrize(
    ("markup", "shown"),
    [
        (f"<a href='#lh'>Liên hệ</a>{PANEL}", True),
        (f"<button aria-controls='lh'>Liên hệ</button>{PANEL}", True),
        (f"<button data-bs-target='#lh'>Liên hệ</button>{PANEL}", True),
        (f"<a href='#gt'>Giới thiệu</a>{PANEL}", False),
        (f"<div hidden><a href='#lh'>Liên hệ</a></div>{PANEL}", False),
        (f"<a href='#lh'>Liên hệ</a><div hidden>{PANEL}</div>", False),
        (
            "<a href='#lh'>Liên hệ</a><div id='lh' hidden><p>Thư: <i style='display:none'>bay@x.test</i></p></div>",
            False,
        ),
        ("<a href='#lh'>Liên hệ</a><div id='lh'><p>Thư: vanthu.stc@x.gov.test</p></div>", False),  # covered by nothing
    ],
)
def test_a_part_that_a_shown_control_names_is_opened_by_readers(markup: str, shown: bool) -> None:
    tree = LexborHTMLParser(markup)
    line = tree.css_first("p")
    assert line is not None
    assert lies_in(line, opened_by_readers(tree)) is shown
