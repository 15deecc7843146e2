"""What stands between a reader and a page: told by status, headers and words."""

from datetime import datetime

import pytest

from prober.detectors.page_state.obstacles import needs_browser, obstacle, soft_404, writes_words
from prober.domain.finding import Failure
from prober.domain.pages.page import Page
from tests.languages import VI
from tests.pobi import HANOI

NOW = datetime(2020, 4, 13, 8, tzinfo=HANOI)

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
    ("<p>Tường lửa ứng dụng web đã chặn yêu cầu này.</p>", 200, {}, Failure.BLOCKED),
    ("<p>Nghiệm thu mạng nội bộ: hệ thống có tường lửa và tủ lưu trữ 40 TB.</p>", 200, {}, None),
    ("<h1>Welcome to nginx!</h1>", 200, {}, Failure.NO_SITE),
    ("<p>Website này đã ngừng hoạt động.</p>", 200, {}, Failure.CLOSED),
    ("<p>Website đã chuyển sang địa chỉ mới.</p>", 200, {}, Failure.MOVED),
    ("<p>Hỏi đáp</p>".encode("utf-16-le").decode("latin-1"), 200, {}, Failure.UNREADABLE),
    ("\0<p>Bản tin dài của địa phương.\0</p>" + "<p>Bản tin dài.</p>" * 90, 200, {}, None),
    ("<p>nothing</p>", 429, {}, Failure.BLOCKED),
    ("<p>nothing</p>", 500, {}, Failure.HTTP_5XX),
    ("<p>nothing</p>", 404, {}, Failure.HTTP_4XX),
    ("<form><textarea></textarea><div class='g-recaptcha'></div></form><p>Liên hệ</p>", 200, {}, None),
    ("<p>Tin: trang bị chặn hôm qua đã trở lại.</p>" + "<p>Bản tin dài của địa phương.</p>" * 60, 200, {}, None),
    ("<script src='/cdn-cgi/challenge-platform/jsd/main.js'></script>" + "<p>Bản tin dài.</p>" * 90, 200, {}, None),
]  # fmt: skip


@pytest.mark.parametrize(("html", "status", "headers", "failure"), OBSTACLES)
def test_obstacle(html: str, status: int, headers: dict[str, str], failure: Failure | None) -> None:
    assert obstacle(Page("https://x.gov.test/", status, html, NOW, words=VI), headers) == failure


BROWSER = [
    ("<body><div id='root'></div><script src='a.js'></script></body>", True),
    ("<body><div id='ember-app'></div><script src='a.js'></script></body>", True),
    ("<body><noscript>Please enable JavaScript</noscript><script src='a.js'></script></body>", True),
    ("<body><p>Danh sách</p><div>Đang tải dữ liệu...</div></body>", True),
    ("<body><li>{{item.a}}</li><li>{{item.b}}</li><li>{{item.c}}</li></body>", True),
    ("<body>" + "<a href=\"javascript:__doPostBack('m','1')\">Mục</a>" * 5 + "</body>", True),
    ("<body><div id='shell'></div><script>fetch('/manh' + k).then(r => r.text())</script></body>", True),
    ("<body><div id='shell'></div><script>console.log('trang')</script></body>", False),
    ("<html><frameset><frame src='a.htm'></frameset><script src='x.js'></script></html>", False),
    ("<body><script src='a.js'></script><p>" + "Nội dung. " * 60 + "</p></body>", False),
    ("<body><ul class='main-menu'></ul><script src='menu.js'></script><p>" + "Nội dung. " * 60 + "</p></body>", True),
    ("<body><nav><ul id='m'></ul><script>fetch('/muc').then(fill)</script></nav><p>" + "Chữ. " * 99, True),
    ("<body><nav>Sở Tài chính<script>fetch('/dem')</script></nav><p>" + "Nội dung. " * 60 + "</p>", False),
    ("<body><nav><a href='/'>Nhà</a></nav><ul class='menu'><li>Đang tải trình đơn...</ul><p>" + "Chữ. " * 99, True),
    ("<body><nav><a href='/'>Nhà</a></nav><ul class='menu'></ul><script src='a.js'></script><p>" + "Chữ. " * 99, False),
    ("<p>Chữ</p><script>document.write('Thứ hai, ngày ' + d.getDate())</script>", False),
    ("<p>Chữ</p><script>var mail = 'mailto:' + a; var menu = ['/gt', '/hd', '/lh']</script>", False),
    ("", False),
]  # fmt: skip


@pytest.mark.parametrize(("html", "needed"), BROWSER)
def test_needs_browser(html: str, needed: bool) -> None:
    assert bool(needs_browser(Page("https://x.gov.test/", 200, html, NOW, words=VI))) is needed
    assert needs_browser(Page("https://x.gov.test/", 200, html, NOW, rendered=True, words=VI)) == ""


def test_soft_404_is_not_an_empty_search() -> None:
    lost = "<title>404 - Không tìm thấy</title><h1>Trang bạn tìm không tồn tại</h1>"
    assert soft_404(Page("https://x.gov.test/a", 200, lost, NOW, words=VI))
    short = "<title>Không tìm thấy - Cổng thông tin điện tử tỉnh Cà Mau</title>" + "<p>Một tin trong ngày.</p>" * 90
    assert soft_404(Page("https://x.gov.test/cong-khai", 200, short, NOW, words=VI))
    echo = "<title>Hoi dap</title><p>Chuyên mục bạn chọn không tồn tại.</p>"
    assert soft_404(Page("https://x.gov.test/hoi-dap", 200, echo, NOW, words=VI))
    empty = "<title>Tìm kiếm</title><h1>Không tìm thấy kết quả nào</h1>"
    assert not soft_404(Page("https://x.gov.test/tim", 200, empty, NOW, words=VI))


@pytest.mark.parametrize("said", ["Trang web tạm ngừng để bảo trì đêm 5/11", "Nhiều lượt truy cập trái phép bị chặn"])
def test_the_words_of_a_home_page_that_leads_on_may_be_news(said: str) -> None:
    def met(html: str, path: str = "", status: int = 200) -> Failure | None:
        return obstacle(Page(f"https://x.gov.test/{path}", status, html, NOW, words=VI), {}, home=not path)

    menu = "".join(f"<a href='/{name}'>{name}</a>" for name in ("tin", "hoi-dap", "lien-he"))
    assert met(f"{menu}<p>{said}</p>") is None
    assert met(f"<a href='/'>Trang chủ</a><a href='/?'>Về đầu</a><p>{said}</p>") is not None
    assert met(f"{menu}<p>{said}</p>", "hoi-dap") is not None
    assert met(f"{menu}<p>{said}</p>", status=503) is not None
    assert met(f"{menu}<p>Your support ID is: 1</p>") is Failure.BLOCKED


@pytest.mark.parametrize(
    ("source", "writes"),
    [
        ("<p>Chữ</p><script>var u='vp',d='x.gov.test';document.write(u+'@'+d)</script>", False),
        ("<p>Chữ</p><script>m.innerHTML = '<a href=/gt>Tổ chức</a><a href=/hd>Hỏi đáp</a><a href=/vb>'</script>", True),
        ("<p>Chữ</p><script>var shown = 'vp@x.gov.test'</script>", False),
    ],
)
def test_words_that_a_script_writes(source: str, writes: bool) -> None:
    assert writes_words(Page("https://x.gov.test/", 200, source, NOW, words=VI)) is writes
    assert not writes_words(Page("https://x.gov.test/", 200, source, NOW, rendered=True, words=VI))
