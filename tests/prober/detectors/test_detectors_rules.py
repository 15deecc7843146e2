"""Tables of the rules: links, obstacles, classes of addresses, channels, and the score itself."""

import json
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from prober.cli import cli
from prober.clock import HANOI
from prober.detectors import OFFICIAL, Body, detect
from prober.detectors.email.person_names import name_like
from prober.detectors.link_promises import score_link
from prober.detectors.page_state.obstacles import needs_browser, obstacle, soft_404
from prober.detectors.social import normalise
from prober.domain.finding import Failure
from prober.domain.indicator import Kind
from prober.domain.page import Link, Page
from prober.services.evaluation.scores import Score

NOW = datetime(2020, 4, 13, 8, tzinfo=HANOI)
HOME = Page("https://www.camau.gov.test/", 200, "", NOW)
PORTAL = Body("Cổng thông tin điện tử tỉnh Cà Mau", "Cà Mau", "Ca Mau", "portal", ("camau.gov.test",))
FINANCE = Body("Sở Tài chính tỉnh Cà Mau", "Cà Mau", "Ca Mau", "finance", ("camau.gov.test",))


def score(text: str, url: str, place: str = "menu") -> dict[Kind, float]:
    return dict(score_link(Link(url, text, place, url), HOME))


STRONG = [
    ("Hỏi – Đáp", "/x", Kind.QA), ("HOI DAP", "/x", Kind.QA), ("Công dân hỏi - Cơ quan trả lời", "/x", Kind.QA),
    ("Q & A", "/x", Kind.QA),
    ("", "/hoi-dap", Kind.QA), ("", "/Pages/HoiDap.aspx", Kind.QA), ("", "/web/guest/hoi-ap", Kind.QA),
    ("", "/?module=hoidap", Kind.QA),
    ("Liên hệ |", "/x", Kind.EMAIL), ("", "/lien-he.html", Kind.EMAIL), ("Contact us", "/x", Kind.EMAIL),
    ("Tiếp cận thông tin", "/x", Kind.ACCESS), ("", "/tiep-can-thong-tin", Kind.ACCESS),
]  # fmt: skip


@pytest.mark.parametrize(("text", "path", "kind"), STRONG)
def test_strong_promises(text: str, path: str, kind: Kind) -> None:
    assert score(text, f"https://www.camau.gov.test{path}")[kind] >= 0.7


WEAK = [
    "Phản ánh kiến nghị", "Tin tức", "Hội đáp", "Văn bản",
    "Hội thi hỏi đáp về an toàn giao thông của học sinh toàn tỉnh năm 2020",
    "Trợ lý ảo hỏi đáp", "Lấy ý kiến người dân",
]  # fmt: skip


@pytest.mark.parametrize("text", WEAK)
def test_what_promises_no_question_and_answer_section(text: str) -> None:
    assert score(text, "https://www.camau.gov.test/x").get(Kind.QA, 0) < 0.5


@pytest.mark.parametrize(
    "url",
    [
        "https://www.camau.gov.test/#",
        "mailto:x@y.vn",
        "https://example.com/hoi-dap",
        "https://www.camau.gov.test/hoi-dap.pdf",
    ],
)
def test_links_that_are_not_followed(url: str) -> None:
    href = "#" if url.endswith("#") else url
    assert dict(score_link(Link(url, "Hỏi đáp", "menu", href), HOME)) == {}


def test_a_national_system_is_worth_a_row_and_no_visit() -> None:
    assert 0 < score("Hỏi đáp", "https://dichvucong.gov.vn/hoi-dap")[Kind.QA] <= 0.2


OBSTACLES = [
    ("<title>Just a moment...</title><script>window._cf_chl_opt={}</script>", 503, {}, Failure.CHALLENGE),
    ("<html></html>", 403, {"CF-Mitigated": "challenge"}, Failure.CHALLENGE),
    ("<title>Attention Required! | Cloudflare</title><p>Sorry, you have been blocked</p>", 403, {}, Failure.BLOCKED),
    ("<script>document.cookie='D1N=1'; location.reload()</script>", 200, {}, Failure.CHALLENGE),
    ("<iframe src='/_Incapsula_Resource?x=1'></iframe>", 200, {}, Failure.CHALLENGE),
    ("The requested URL was rejected. Consult your administrator. Your support ID is: 1", 200, {}, Failure.BLOCKED),
    ("<b>Web Page Blocked!</b> Attack ID: 20000051", 200, {}, Failure.BLOCKED),
    ("<p>Your request is blocked (Code: 92cf)</p>", 200, {}, Failure.BLOCKED),
    ("<p>Vui lòng xác nhận bạn không phải là robot</p><div class='g-recaptcha'></div>", 200, {}, Failure.CAPTCHA),
    ("<h1>Hệ thống đang được bảo trì, vui lòng quay lại sau</h1>", 200, {}, Failure.HTTP_5XX),
    ("<h1>Welcome to nginx!</h1>", 200, {}, Failure.MOVED),
    ("<p>nothing</p>", 429, {}, Failure.BLOCKED),
    ("<p>nothing</p>", 500, {}, Failure.HTTP_5XX),
    ("<p>nothing</p>", 404, {}, Failure.HTTP_4XX),
    ("<form><textarea></textarea><div class='g-recaptcha'></div></form><p>Liên hệ</p>", 200, {}, None),
    ("<p>Tin: trang bị chặn hôm qua đã trở lại.</p>" + "<p>Bản tin dài của địa phương.</p>" * 60, 200, {}, None),
    ("<script src='/cdn-cgi/challenge-platform/jsd/main.js'></script>" + "<p>Bản tin dài.</p>" * 90, 200, {}, None),
]  # fmt: skip


@pytest.mark.parametrize(("html", "status", "headers", "failure"), OBSTACLES)
def test_obstacle(html: str, status: int, headers: dict[str, str], failure: Failure | None) -> None:
    assert obstacle(Page("https://x.gov.test/", status, html, NOW), headers) == failure


BROWSER = [
    ("<body><div id='root'></div><script src='a.js'></script></body>", True),
    ("<body><div id='ember-app'></div><script src='a.js'></script></body>", True),
    ("<body><noscript>Please enable JavaScript</noscript><script src='a.js'></script></body>", True),
    ("<body><p>Danh sách</p><div>Đang tải dữ liệu...</div></body>", True),
    ("<body><li>{{item.a}}</li><li>{{item.b}}</li><li>{{item.c}}</li></body>", True),
    ("<body>" + "<a href=\"javascript:__doPostBack('m','1')\">Mục</a>" * 5 + "</body>", True),
    ("<html><frameset><frame src='a.htm'></frameset><script src='x.js'></script></html>", False),
    ("<body><script src='a.js'></script><p>" + "Nội dung. " * 60 + "</p></body>", False),
    ("", False),
]  # fmt: skip


@pytest.mark.parametrize(("html", "needed"), BROWSER)
def test_needs_browser(html: str, needed: bool) -> None:
    assert bool(needs_browser(Page("https://x.gov.test/", 200, html, NOW))) is needed
    assert needs_browser(Page("https://x.gov.test/", 200, html, NOW, rendered=True)) == ""


def test_soft_404_is_not_an_empty_search() -> None:
    lost = "<title>404 - Không tìm thấy</title><h1>Trang bạn tìm không tồn tại</h1>"
    assert soft_404(Page("https://x.gov.test/a", 200, lost, NOW))
    short = "<title>Không tìm thấy - Cổng thông tin điện tử tỉnh Cà Mau</title>" + "<p>Một tin trong ngày.</p>" * 90
    assert soft_404(Page("https://x.gov.test/cong-khai", 200, short, NOW))
    empty = "<title>Tìm kiếm</title><h1>Không tìm thấy kết quả nào</h1>"
    assert not soft_404(Page("https://x.gov.test/tim", 200, empty, NOW))


# (address line, title of the page, place, body) → class
CLASSES = [
    ("Email: stc@camau.gov.test", "Liên hệ", "main", FINANCE, "agency_role"),
    ("Email: quanlyngansach.stc@camau.gov.test", "Liên hệ", "main", FINANCE, "agency_role unit_role"),
    ("Email: banbientap@camau.gov.test", "Trang chủ", "footer", PORTAL, "portal_editor"),
    ("Thư điện tử: stc.camau@gmail.com", "Liên hệ", "main", FINANCE, "freemail"),
    ("Email: ubnd@camau.gov.test", "Liên hệ", "main", FINANCE, "other_body"),
    ("Email: ubnd@camau.gov.test", "Liên hệ", "main", PORTAL, "agency_role"),
    ("Email: nvhung@camau.gov.test", "Liên hệ", "main", FINANCE, "person"),
    ("Bà Lê Thị Hoa, chuyên viên: hoalt@camau.gov.test", "Danh bạ", "main", FINANCE, "person"),
    ("Thiết kế bởi VNPT: hotro@vnpt.vn", "Trang chủ", "footer", PORTAL, "vendor"),
    ("Phát triển bởi Công ty A: lienhe@cong-ty-a.com.vn", "Trang chủ", "footer", PORTAL, "vendor"),
    ("Email: stc@baclieu.gov.test", "Tin tức", "main", FINANCE, "other_body"),
    ("Ví dụ: ten@congty.com", "Liên hệ", "main", PORTAL, "example"),
    ("Bạn đọc gửi về theo anh.le87@gmail.com", "Tin tức", "main", PORTAL, "citizen person"),
    ("Email: webmaster@camau.gov.test", "Trang chủ", "footer", PORTAL, "portal_editor"),
]  # fmt: skip


@pytest.mark.parametrize(("written", "title", "place", "body", "classes"), CLASSES)
def test_class_of_an_address(written: str, title: str, place: str, body: Body, classes: str) -> None:
    main = f"<main><h1>{title}</h1><p>Nội dung</p></main>"
    html = f"<title>{title}</title><body>{main}<{place}><p>{written}</p></{place}></body>"
    host = "stc.camau.gov.test" if body == FINANCE else "www.camau.gov.test"
    found = [f for f in detect(Page(f"https://{host}/x", 200, html, NOW), body) if f.kind == Kind.EMAIL]
    assert len(found) == 1 and found[0].category in classes.split()
    if found[0].category in ("person", "citizen"):
        address = written.split()[-1]
        assert (
            found[0].value == ""
            and address not in found[0].snippet
            and address not in json.dumps(dict(found[0].detail))
        )


def test_the_webmaster_is_not_the_contact_beside_another_address() -> None:
    html = "<footer><p>Email: webmaster@camau.gov.test</p><p>Email: vanthu@camau.gov.test</p></footer>"
    found = {f.value: f.category for f in detect(Page("https://camau.gov.test/", 200, html, NOW), PORTAL)}
    assert found["vanthu@camau.gov.test"] in OFFICIAL
    assert found["webmaster@camau.gov.test"] not in OFFICIAL


def test_contact_page_outranks_footer_outranks_article() -> None:
    def sure(html: str) -> float:
        return max(
            f.confidence
            for f in detect(Page("https://camau.gov.test/", 200, html, NOW), PORTAL)
            if f.kind == Kind.EMAIL
        )

    line = "<p>Email: vanthu@camau.gov.test</p>"
    contact, footer, other = f"<h1>Liên hệ</h1>{line}", f"<p>Tin</p><footer>{line}</footer>", line
    assert sure(contact) > sure(footer) > sure(other)


@pytest.mark.parametrize("local", ["hungnv", "nvhung", "nguyenvanhung", "hung.nguyen", "thanhlt.stc", "tranthuy68"])
def test_names(local: str) -> None:
    assert name_like(local)


OFFICES = ["stc", "sotaichinh", "vanthu", "vanphong.stc", "banbientap", "congthongtin", "phongqlns"]


@pytest.mark.parametrize("local", OFFICES)
def test_offices(local: str) -> None:
    assert not name_like(local)


CHANNELS = [
    ("https://m.facebook.com/cttdtcamau/?ref=x", "https://www.facebook.com/cttdtcamau"),
    ("https://www.facebook.com/plugins/page.php?href=https%3A%2F%2Ffacebook.com%2Fcamau", "https://www.facebook.com/camau"),
    ("https://www.facebook.com/profile.php?id=100064", "https://www.facebook.com/100064"),
    ("https://www.facebook.com/sharer/sharer.php?u=x", None),
    ("https://www.facebook.com/camau/posts/12", None),
    ("https://www.facebook.com/", None),
    ("https://www.youtube.com/embed/abc", None),
    ("https://www.youtube.com/watch?v=abc", None),
    ("https://www.youtube.com/channel/UCabc", "https://www.youtube.com/channel/UCabc"),
    ("https://zalo.me/0912345678", None),
    ("https://zalo.me/giaothongcamau", "https://zalo.me/giaothongcamau"),
    ("https://twitter.com/intent/tweet?x", None),
    ("https://www.tiktok.com/@camau", "https://www.tiktok.com/@camau"),
]  # fmt: skip


@pytest.mark.parametrize(("url", "channel"), CHANNELS)
def test_channel(url: str, channel: str | None) -> None:
    found = normalise(Link(url, "", "footer", url))
    assert (found[2] if found else None) == channel


def test_score_counts_and_names() -> None:
    assert Score("x", 3, ("a: b",), ()).recall == 0.75
    assert Score("x", 0, (), ()).precision is None


def test_prober_eval_names_every_miss(tmp_path: Path) -> None:
    (tmp_path / "001").mkdir()
    (tmp_path / "001" / "meta.json").write_text(json.dumps({"url": "https://camau.gov.test/"}), encoding="utf-8")
    (tmp_path / "001" / "page.html").write_text(
        "<title>x</title><footer>Email: vanthu@camau.gov.test</footer>", encoding="utf-8"
    )
    header = "id,has_qa_link,emails_official,emails_incidental,socials,has_contact_link,has_ati_link,has_form\n"
    (tmp_path / "labels.csv").write_text(
        header + "001,yes,vanthu@camau.gov.test; bbt@camau.gov.test,,,no,no,none\n", encoding="utf-8"
    )
    result = CliRunner().invoke(cli, ["eval", str(tmp_path)])
    assert result.exit_code == 0, result.output
    assert "official emails missed: 001: bbt@camau.gov.test" in result.output
    assert "qa missed: 001" in result.output
    rows = json.loads(CliRunner().invoke(cli, ["eval", str(tmp_path), "--json"]).output)
    assert next(row for row in rows if row["kind"] == "official emails")["recall"] == 0.5
