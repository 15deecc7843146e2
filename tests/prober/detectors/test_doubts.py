"""What a person would stop at and no detector decides is open; what is decided, or is nothing of the kind, is not."""

from datetime import UTC, datetime

import pytest

from prober.detectors.body import Body
from prober.detectors.detection import detect
from prober.domain.finding import UNDECIDED, State
from prober.domain.indicator import Kind
from prober.domain.page import Page
from tests.languages import VI, VIETNAMESE

PORTAL = Body("Cà Mau", "Cà Mau", "Ca Mau", "portal", ("camau.gov.test",), vocabulary=VIETNAMESE)
FINANCE = Body("Sở Tài chính tỉnh Cà Mau", "Cà Mau", "Ca Mau", "finance", ("camau.gov.test",), vocabulary=VIETNAMESE)
MENU = "<nav><a href='/'>Trang chủ</a><a href='/tin-tuc'>Tin tức</a><a href='{}'>{}</a></nav>"
QUESTIONS = "".join(
    f"<p>{text}</p>"
    for text in ("Hồ sơ nộp ở đâu?", "Bao lâu thì có kết quả?", "Lệ phí cấp lại là bao nhiêu?", "Ai được miễn?")
)
LETTERS = "".join(f"<p>Đề nghị sửa đường thôn {n} (Lê Thị Hoa, 0{n}/03/2026)</p>" for n in range(1, 5))
NEWS = "".join(f"<p>Khánh thành cầu số {n} (0{n}/03/2026)</p>" for n in range(1, 5))
NEWS_LINKS = "".join(f"<p><a href='/tin/{n}'>Khánh thành cầu số {n}</a></p>" for n in range(1, 5))
REGULATION = "<p>Quy chế cung cấp thông tin ban hành kèm theo Quyết định số 45/QĐ-UBND.</p>"
FOOT = "<footer>{}</footer>"
YOUTUBE = "<a href='https://www.youtube.com/@{}'>{}</a>"

INSERTED = "const f = document.createElement('iframe'); f.src = '/khung'; document.body.append(f)"
MAP = "document.write('<iframe src=https://www.google.com/maps/embed?pb=1></iframe>')"
SERVICE = "<script src='https://form.jotform.com/jsform/2212'></script>"
FILES = "".join(f"<p><a href='/{number}.pdf'>{title}</a></p>" for number, title in enumerate((
    "Nghị quyết {}", "Nghị quyết về dự toán ngân sách tỉnh năm 2026", "Quyết định về giá nước", "Quyết định về học phí",
    "Quyết định về lệ phí trước bạ",
)))  # fmt: skip

POSTS = """<ul><li><a href='/tin/1'>{} dự toán ngân sách năm 2026 của tỉnh Cà Mau</a></li>
<li><a href='/tin/2'>Báo cáo tình hình thực hiện dự toán ngân sách tỉnh Cà Mau quý I năm 2026</a></li>
<li><a href='/tin/3'>Khánh thành cầu số 3</a></li><li><a href='/tin/4'>Khánh thành cầu số 4</a></li></ul>"""

ARTICLE = """<title>{0}</title><article class='post'><h1 class='entry-title'>{0}</h1><time>12/03/2026</time>
<h4>Hộ kinh doanh chuyển thành công ty {1}</h4><p>Từ ngày 01/01/2026 lệ phí môn bài được bãi bỏ.</p>
<h4>Doanh nghiệp đổi địa chỉ {1}</h4><p>Không bắt buộc, doanh nghiệp tiếp tục dùng giấy đã cấp.</p></article>"""


def undecided(html: str, path: str, body: Body) -> set[str]:
    page = Page(f"http://camau.gov.test{path}", 200, html, datetime(2026, 4, 13, tzinfo=UTC), words=VI)
    found = [finding for finding in detect(page, body) if finding.category == UNDECIDED]
    assert all(finding.state == State.NOT_SEEN and not finding.value and finding.snippet for finding in found)
    return {finding.kind for finding in found}


def page(title: str, main: str) -> str:
    return f"<title>{title}</title>{MENU.format('/muc', 'Chuyên mục')}<main><h1>{title}</h1>{main}</main>"


@pytest.mark.parametrize(
    ("kind", "html", "open"),
    [
        (Kind.QA, page("Góc chia sẻ", QUESTIONS), True),
        (Kind.QA, page("Hộp thư bạn đọc", LETTERS), True),
        (Kind.QA, page("Tin trong tỉnh", NEWS), False),
        (Kind.QA, page("Góp ý dự thảo văn bản", LETTERS), False),
        (Kind.QA, page("Lịch tiếp công dân", LETTERS), False),
        (Kind.QA, page("Tiếp công dân", LETTERS), True),
        (Kind.QA, page("Giới thiệu", "<p>Vì sao chọn Cà Mau?</p>"), False),
        (Kind.WEB_FORM, page("Liên hệ", f"<p>{'Giờ làm việc. ' * 9}</p><script>{INSERTED}</script>"), True),
        (Kind.WEB_FORM, page("Bản đồ", f"<p>{'Giờ làm việc. ' * 9}</p><script>{INSERTED}</script>"), False),
        (Kind.WEB_FORM, page("Liên hệ", f"<p>{'Giờ làm việc. ' * 9}</p><script>{MAP}</script>"), False),
        (Kind.WEB_FORM, page("Liên hệ", f"<p>{'Giờ làm việc. ' * 9}</p>{SERVICE}"), True),
        (Kind.EMAIL, page("Liên hệ", "<p>Email: vanphong (a-còng nhỏ) camau chấm gov</p>"), True),
        (Kind.EMAIL, FOOT.format("<p>Hộp thư: vanphong@ camau</p>"), True),
        (Kind.EMAIL, page("Liên hệ", "<p>Email: đang cập nhật</p>"), False),
        (Kind.EMAIL, FOOT.format("<p>Điện thoại: 0290 3831 000 - Thư điện tử: </p>"), True),
        (Kind.EMAIL, page("Liên hệ", "<p>Hộp thư:</p><p>Giờ làm việc: 7 giờ</p>"), True),
        (Kind.EMAIL, page("Liên hệ", "<p>Hộp thư:</p><p>Đang cập nhật</p>"), False),
        (Kind.EMAIL, page("Liên hệ", "<p>Email:</p><p>hotro@saomaisoft.test</p>"), False),
        (Kind.EMAIL, page("Liên hệ", "<form><label>Email:</label><input><p>Email:</p></form>"), False),
        (Kind.EMAIL, page("Tin tức", "<p>Thư điện tử:</p>"), False),
        (Kind.EMAIL, page("Liên hệ", "<button>Hiện địa chỉ thư điện tử</button>"), True),
        (Kind.EMAIL, page("Liên hệ", "<button>Hiện bản đồ</button>"), False),
        (Kind.EMAIL, page("Tin tức", "<button>Hiện địa chỉ thư điện tử</button>"), False),
        (Kind.SOCIAL, f"<iframe src='https://www.youtube.com/embed/videoseries?list=UU{'a1' * 11}'></iframe>", True),
        (Kind.SOCIAL, "<iframe src='https://www.youtube.com/embed/videoseries?list=PLa1'></iframe>", False),
        (Kind.EMAIL, page("Tin tức", "<p>Email: vanphong (a-còng nhỏ) camau chấm gov</p>"), False),
        (Kind.SOCIAL, FOOT.format(YOUTUBE.format("duongsong", "YouTube")), True),
        (Kind.SOCIAL, FOOT.format("<p>Fanpage: Cà Mau quê tôi</p>"), True),
        (Kind.SOCIAL, FOOT.format(YOUTUBE.format("congancamau", "YouTube")), False),
        (Kind.SOCIAL, FOOT.format(YOUTUBE.format("saomaisoft", "Phần mềm Sao Mai")), False),
        (
            Kind.SOCIAL,
            FOOT.format("<p>Thiết kế: Sao Mai, <a href='https://fb.com/saomaisoft'>fb.com/saomaisoft</a></p>"),
            False,
        ),
        (Kind.SOCIAL, page("Bà con bán cá", YOUTUBE.format("duongsong", "YouTube")), False),
        (Kind.ACCESS, page("Văn bản", REGULATION), True),
        (Kind.ACCESS, page("Tài liệu", "<h3>Information disclosure</h3><p>Unit in charge.</p>"), True),
        (Kind.ACCESS, page("Văn bản", "<p>Quy chế phát ngôn và cung cấp thông tin cho báo chí</p>"), False),
        (Kind.WEB_FORM, page("Dịch vụ", "<textarea name='t' placeholder='Nội dung'></textarea>"), True),
        (Kind.WEB_FORM, page("Dịch vụ", "<div id='contact-form'></div>"), True),
        (Kind.WEB_FORM, page("Trang", "<textarea readonly>Mã nguồn</textarea>"), False),
        (Kind.QA, page("Hỏi đáp", "<iframe src='https://phanmem.test/hoi?don-vi=7'></iframe>"), True),
        (Kind.QA, page("Hỏi đáp", "<ul id='danh-sach'></ul><script src='/ds.js'></script>"), True),
        (Kind.QA, page("Hỏi đáp", "<p>Chưa có câu hỏi.</p><ul id='ds'></ul><script src='/ds.js'></script>"), False),
        (Kind.QA, page("Văn bản", "<ul id='danh-sach'></ul><script src='/ds.js'></script>"), False),
        (Kind.QA, page("Hỏi đáp", "<a href='/tep/tra-loi-12.pdf'>Công văn số 12</a>"), True),
        (Kind.QA, page("Hỏi đáp", "<img src='/hoi-dap.jpg'>"), True),
        (Kind.QA, page("Văn bản", "<a href='/tep/12.pdf'>Công văn số 12</a><img src='/a.jpg'>"), False),
        (Kind.EMAIL, page("Liên hệ", "<img src='/lien-he.jpg'>"), True),
        (Kind.EMAIL, page("Liên hệ", f"<p>{'Số 7 đường Hùng Vương, phường 5. ' * 4}</p><img src='/so-do.jpg'>"), False),
        (Kind.EMAIL, FOOT.format("<img src='/chan-trang.png'>"), True),
        (Kind.EMAIL, FOOT.format("<a href='#' onclick=\"location='mai'+'lto:'+hop\">Gửi thư</a>"), True),
        (Kind.SOCIAL, FOOT.format("<img src='/ma.png' alt='Mã QR Zalo của Sở'>"), True),
        (Kind.SOCIAL, FOOT.format("<img src='/ma.png' alt='Mã QR trang này'>"), False),
        (Kind.SOCIAL, FOOT.format("<a href='https://linktr.test/camau'>Mạng xã hội của tỉnh</a>"), True),
        (Kind.WEB_FORM, page("Góp ý", "<iframe src='https://bieumau.test/f/1'></iframe>"), True),
        (Kind.WEB_FORM, page("Hỏi đáp", "<iframe src='https://phanmem.test/hoi?don-vi=7'></iframe>"), True),
        (Kind.WEB_FORM, page("Liên hệ", "<iframe src='https://www.google.com/maps/embed?pb=1'></iframe>"), False),
        (Kind.WEB_FORM, page("Dịch vụ", "<form><input name='a'><input name='b' placeholder='Nội dung'></form>"), True),
        (Kind.QA, MENU.format("http://113.160.1.9:8080/hd", "Hỏi đáp"), True),
        (Kind.QA, MENU.format("/tep/hoi-dap.docx", "Hỏi đáp"), True),
        (Kind.QA, MENU.format("https://www.chinhphu.vn/hoi-dap", "Hỏi đáp"), False),
        (Kind.QA, MENU.format("https://www.facebook.com/camau", "Hỏi đáp"), False),
        (Kind.ACCESS, MENU.format("/tep/tiep-can.pdf", "Tiếp cận thông tin"), True),
        (Kind.EMAIL, FOOT.format("<p>Email: <svg><use href='#m'></use></svg></p>"), False),  # unreadable: decided
        (Kind.EMAIL, FOOT.format("<a href='#'><i class='fa fa-envelope'></i> Viết cho sở</a>"), True),
        (Kind.EMAIL, FOOT.format("<a href='/danh-thiep.vcf'>Danh thiếp</a>"), True),
        (Kind.EMAIL, page("Tin tức", "<a href='#' class='mail'>Gửi cho bạn bè</a>"), False),
        (Kind.WEB_FORM, page("Dịch vụ", "<button data-target='#m'>Gửi câu hỏi</button>"), True),
        (Kind.WEB_FORM, page("Dịch vụ", "<button>Đặt vé</button>"), False),
        (Kind.WEB_FORM, page("Liên hệ", "<a href='https://forms.gle/Xy12'>Viết cho chúng tôi</a>"), True),
        (Kind.WEB_FORM, page("Liên hệ", "<a href='https://forms.gle/Xy12'>Khảo sát sự hài lòng</a>"), False),
        (Kind.WEB_FORM, page("Tin tức", "<a href='https://forms.gle/Xy12'>Danh sách tham dự</a>"), False),
        (Kind.WEB_FORM, page("Dịch vụ", "<form><input name='q' placeholder='Tìm kiếm'></form>"), False),
        (Kind.QA, page("Hỏi đáp", "<p>Đã xảy ra lỗi, vui lòng thử lại sau.</p>"), True),
        (Kind.EMAIL, page("Liên hệ", "<p>Không thể hiển thị nội dung.</p>"), True),
        (Kind.EMAIL, page("Liên hệ", "<div id='bieu-mau'></div>"), True),
        (Kind.EMAIL, page("Liên hệ", "<p>Điện thoại: 0290 3831 000</p>"), False),
        (Kind.EMAIL, page("Tin tức", "<p>Không thể hiển thị nội dung.</p>"), False),
        (Kind.WEB_FORM, page("Góp ý", "<p>Không thể tải biểu mẫu.</p>"), True),
        (Kind.WEB_FORM, page("Góp ý", "<p>Ý kiến gửi về văn phòng.</p>"), False),
        (Kind.WEB_FORM, page("Hỏi đáp", f"<p>{'Chuyên mục tạm đóng để nâng cấp phần mềm. ' * 3}</p>"), True),
        (Kind.WEB_FORM, page("Hỏi đáp", "<p>Chưa có câu hỏi.</p>"), False),
        (Kind.WEB_FORM, page("Tin tức", "<p>Cầu Đông tạm đóng để sửa chữa.</p>"), False),
        (Kind.ACCESS, page("Tiếp cận thông tin", "<p>Phân hệ chưa cài đặt.</p>"), True),
        (Kind.ACCESS, page("Tiếp cận thông tin", NEWS_LINKS), True),
        (Kind.ACCESS, page("Tiếp cận thông tin", "<p>Đang cập nhật.</p>"), False),
        (Kind.WEB_FORM, page("Góp ý", "<p>Mời gửi.</p><template><textarea name='nd'></textarea></template>"), True),
        (Kind.SOCIAL, "<script>let m = ['https:\\/\\/www.facebook.com\\/tinhcamau']</script>", True),
        (Kind.SOCIAL, "<script>open('https://www.facebook.com/sharer/sharer.php?u=/tin/3')</script>", False),
        (Kind.SOCIAL, "<script type='application/ld+json'>{'sameAs': 'https://fb.com/saomaisoft'}</script>", False),
        (Kind.SOCIAL, FOOT.format("<a href='/di/3'>Facebook</a>"), True),
        (Kind.SOCIAL, FOOT.format("<a href='/di/3'>Tin trên Facebook và các mạng</a>"), False),
        (Kind.QA, page("Hỏi đáp", "<p>Chưa có dữ liệu.</p>"), False),
        (Kind.BUDGET, page("Công khai ngân sách", "<p>Chuyên mục tạm ngưng.</p>"), True),
        (Kind.BUDGET, page("Công khai ngân sách", "<img src='/bieu-46.jpg'>"), True),
        (Kind.BUDGET, page("Công khai ngân sách", "<p>Chưa có tài liệu.</p>"), False),
        (Kind.BUDGET, page("Tin tức", "<p>Cầu Đông tạm ngưng lưu thông.</p>"), False),
        (Kind.BUDGET, page("Văn bản", FILES.format("phê chuẩn quyết toán ngân sách địa phương năm 2024")), True),
        (Kind.BUDGET, page("Văn bản", FILES.format("về phí qua phà")), False),
        (Kind.BUDGET, page("Năm 2026", POSTS.format("Quyết định số 12/QĐ-UBND công bố")), True),
        (Kind.BUDGET, page("Năm 2026", POSTS.format("Sở Tài chính nói về")), False),
    ],
)
def test_a_page_leaves_open_what_it_may_be(kind: str, html: str, open: bool) -> None:
    assert (kind in undecided(html, "/muc", PORTAL)) is open


def test_a_department_that_shows_the_channel_of_its_province_leaves_nothing_open() -> None:
    shown = FOOT.format(YOUTUBE.format("camautv", "YouTube"))
    assert Kind.SOCIAL in undecided(shown, "/", PORTAL)
    assert Kind.SOCIAL not in undecided(shown, "/", FINANCE)


def test_what_a_detector_decided_is_not_open() -> None:
    own = "<footer><p>Email: vanphong@camau.gov.test</p><p>Hộp thư: vanphong@ camau</p></footer>"
    assert Kind.EMAIL not in undecided(own, "/", PORTAL)


@pytest.mark.parametrize(
    ("address", "open"),
    [
        ("http://hoidap.tinhkhac.gov.test/so-tai-chinh", True),
        ("http://hoidap.tinhkhac.gov.test/danh-muc?coquan=sotaichinh", True),
        ("http://hoidap.tinhkhac.gov.test/", False),
        ("http://hoidap.tinhkhac.gov.test/so-tu-phap", False),
    ],
)
def test_a_department_s_own_page_in_the_system_of_another_is_nobody_else_s(address: str, open: bool) -> None:
    html = f"<title>Sở Tài chính</title>{MENU.format(address, 'Hỏi đáp')}<main><h1>Trang chủ</h1></main>"
    assert (Kind.QA in undecided(html, "/", FINANCE)) is open
    assert Kind.QA not in undecided(html, "/", PORTAL)


@pytest.mark.parametrize(("words", "open"), [
    ("Hỏi đáp", True), ("Hỏi đáp Sở Tài chính", True), ("Hỏi đáp với UBND tỉnh", False), ("Hỏi đáp Cổng tỉnh", False),
])  # fmt: skip
def test_a_link_of_a_department_that_names_another_body_leads_to_what_is_that_body_s(words: str, open: bool) -> None:
    menu = MENU.format("http://tinhcamau.test/hoi-dap", words)
    assert (Kind.QA in undecided(f"<title>Sở Tài chính</title>{menu}", "/", FINANCE)) is open


@pytest.mark.parametrize(
    ("says", "open"), [("có phải nộp lại lệ phí không?", True), ("được hướng dẫn tại hội nghị", False)]
)
def test_a_post_of_questions_leaves_them_open_and_one_of_what_happened_does_not(says: str, open: bool) -> None:
    html = ARTICLE.format("Hỏi đáp về đăng ký kinh doanh", says)
    assert (Kind.QA in undecided(html, "/hoi-dap-ve-dang-ky-kinh-doanh/", FINANCE)) is open
