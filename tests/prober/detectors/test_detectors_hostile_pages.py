"""Pages made to break a reader: whole-page structure, malformed addresses, long runs. Nothing raises, nothing hangs."""

import time
from datetime import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from prober.detectors.body import Body
from prober.detectors.detection import detect
from prober.detectors.page_state.freshness import page_dates
from prober.detectors.page_state.obstacles import needs_browser, obstacle, soft_404
from prober.detectors.questions.threads import threads
from prober.domain.finding import Finding
from prober.domain.pages.page import Page
from prober.text.vietnamese import decode
from tests.hostile import SCAFFOLD, VALUES
from tests.languages import VI, VIETNAMESE
from tests.pobi import HANOI

NOW = datetime(2020, 4, 13, 8, tzinfo=HANOI)
BODY = Body("Ủy ban nhân dân tỉnh Cà Mau", "Cà Mau", "Ca Mau", "portal", ("camau.gov.test",), vocabulary=VIETNAMESE)

TAGS = (
    "html", "head", "title", "body", "div", "p", "a", "nav", "footer", "table", "tr", "td", "form", "input", "textarea",
    "label", "button", "iframe", "frame", "frameset", "base", "meta", "script", "style", "noscript", "template", "svg",
    "ul", "li", "h1", "h2", "dl", "dt", "select", "option", "span", "img", "b", "time", "object", "plaintext", "x-y",
)  # fmt: skip
ATTRIBUTES = (
    "href", "src", "action", "content", "http-equiv", "name", "class", "id", "style", "onclick", "title", "alt",
    "data-cfemail", "data-email", "data-user", "type", "value", "placeholder", "hidden", "charset", "for", "rel",
)  # fmt: skip
WORDS = (
    "Hỏi đáp", "Câu hỏi:", "Trả lời:", "Người gửi:", "Ngày hỏi: 31/02/2020", "Ngày trả lời 0/0/0000", "Đã trả lời",
    "Email: stc[a]camau.gov.test", "stc (at) camau (dot) gov (dot) test", "@", "@@", "a@b", "stc@camau.gov.test",
    "Thư điện tử", "Liên hệ", "Tiếp cận thông tin", "Quyết định số 12/QĐ-UBND ngày 5 tháng 3 năm 2020", "Đang cập nhật",
    "Công khai ngân sách năm 99999", "Biểu số 33/CK-NSNN", "Dự toán", "Quyết toán", "{{x}}", "Đang tải...", "404",
    "&#99999999;", "&#x0;", "&amp;", "&", "<", "<!--", "-->", "]]>", "<![CDATA[", "</", "<a", "\ufeff", "\u202e",
    "Điện thoại: 0290.3831.320", "2 giờ trước", "Trang 1/99999999999999999999", "Tổng số: 1.000.000.000 câu hỏi",
    "document.write('st'+'c@'+String.fromCharCode(99,97)+'.gov.test')", "eval(unescape('%u'))", "'@'+'['.split('')",
)  # fmt: skip


@st.composite
def element(draw: st.DrawFn) -> str:
    """One tag, opened, closed, both or neither well."""
    tag = draw(st.sampled_from(TAGS))
    pairs = draw(st.lists(st.tuples(st.sampled_from(ATTRIBUTES), st.sampled_from(VALUES)), max_size=4))
    quote = draw(st.sampled_from(['"', "'", ""]))
    attributes = "".join(f" {name}={quote}{value}{quote}" for name, value in pairs)
    return draw(st.sampled_from([f"<{tag}{attributes}>", f"</{tag}>", f"<{tag}{attributes}/>", f"<{tag}{attributes}"]))


PAGES = st.lists(st.one_of(element(), st.sampled_from(WORDS), st.text(max_size=30)), max_size=60).map("".join)
ADDRESSES = st.sampled_from(
    [
        "https://camau.gov.test/",
        "http://camau.gov.test/hoi-dap/%zz?x=[",
        "http://www.camau.gov.test:8080/a//b/../c;d?e#f",
    ]
)


def read(page: Page) -> list[Finding]:
    """Everything that is ever asked of a page."""
    found = detect(page, BODY)
    threads(page, BODY)
    page_dates(page)
    for headers in ({}, {"Server": "cloudflare", "cf-mitigated": "challenge"}):
        obstacle(page, headers)
    needs_browser(page)
    soft_404(page)
    return found


def well_formed(finding: Finding, page: Page) -> bool:
    return (
        len(finding.snippet) <= 300 and 0 <= finding.confidence <= 1
        and finding.page_url == page.url and bool(finding.detector and finding.version)
    )  # fmt: skip


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(PAGES, ADDRESSES)
def test_no_structure_makes_a_detector_raise(html: str, url: str) -> None:
    page = Page(url, 200, html, NOW, words=VI)
    assert all(well_formed(finding, page) for finding in read(page))


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.binary(max_size=3000), st.sampled_from(["", "text/html; charset=windows-1258", "text/html; charset=x", "utf-16"])
)
def test_no_bytes_make_a_detector_raise(body: bytes, content_type: str) -> None:
    page = Page("https://camau.gov.test/", 200, decode(body, content_type), NOW, words=VI)
    assert all(well_formed(finding, page) for finding in read(page))


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("with_base", [True, False])
def test_no_address_ends_a_visit(value: str, with_base: bool) -> None:
    html = SCAFFOLD.format(value) if with_base else SCAFFOLD.format(value).replace("<base", "<bas")
    for url in ("https://camau.gov.test/", "https://camau.gov.test/hoi-dap"):
        assert read(Page(url, 200, html, NOW, words=VI))


# (what is repeated, how often): 50 to 200 KB each.
LONG = {
    "blanks": (" ", 200_000),
    "words": ("hỏi đáp ", 25_000),
    "at signs": ("@", 200_000),
    "addresses": ("a@b.gov.test ", 15_000),
    "run together": ("stc@camau.gov.vn", 12_000),
    "dots": ("a.", 100_000),
    "hyphens": ("a-", 100_000),
    "spoken": ("stc a cong camau cham gov cham vn ", 6_000),
    "brackets": ("[a](a){a}", 22_000),
    "entities": ("&#64;", 40_000),
    "digits": ("0290.3831.320 ", 14_000),
    "dates": ("ngày 5 tháng 3 năm 2020 ", 7_000),
    "slashes": ("1/2/", 50_000),
    "questions": ("<p>Câu hỏi:</p><p>Trả lời:</p>", 6_000),
    "labels": ("Email: ", 28_000),
    "open tags": ("<div>", 15_000),
    "open quotes": ("<a href='", 20_000),
    "links": ("<a href=/hoi-dap>Hỏi đáp</a>", 7_000),
    "scripts": ("<script>document.write('a'+'@'+'b.vn')</script>", 1_500),
    "cookies": ("document.cookie=", 12_000),
    "sums": ("'@'+", 50_000),
    "comments": ("<!-- a@b.vn -->", 13_000),
    "braces": ("{{", 100_000),
    "tables": ("<table><tr><td>Câu hỏi<td>Đã trả lời", 1_500),
    "decisions": ("Quyết định số 12/QĐ-UBND ngày ", 6_000),
    "budget": ("Công khai dự toán ngân sách năm 2020 ", 5_000),
    "time": ("<time datetime=", 13_000),
}


@pytest.mark.parametrize("name", LONG)
def test_no_long_run_keeps_a_detector_busy(name: str) -> None:
    piece, times = LONG[name]
    html = f"<html><head><title>Hỏi đáp</title></head><body><p>Liên hệ: {piece * times}</p></body></html>"
    began = time.process_time()
    read(Page("https://camau.gov.test/hoi-dap", 200, html, NOW, words=VI))
    assert time.process_time() - began < 5  # a pattern that goes over it again for each place would need minutes
