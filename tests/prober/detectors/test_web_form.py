"""What a form is for: to write to the body, or something else that takes text."""

from datetime import datetime

import pytest

from prober.detectors.web_form import forms
from prober.domain.pages.page import Page
from tests.languages import VI
from tests.pobi import HANOI

NOW = datetime(2020, 4, 13, 8, tzinfo=HANOI)
FIELDS = "<input name=a placeholder='Họ và tên'><input name=b placeholder='Email'>"
TEXT = "<p>Sáng nay lãnh đạo cơ quan đã chủ trì hội nghị giao ban, đánh giá kết quả tháng và bàn việc tháng tới.</p>"


ARTICLE = f"<article>{TEXT}</article>"
BARE = "<textarea></textarea>"
NEWS = "<p>Trang mạng xã hội: facebook.com/phuongtanan.camau</p>"


@pytest.mark.parametrize(
    ("before", "action", "written", "purpose"),
    [
        (f"<p>Gửi ý kiến</p>{NEWS}", "/comments", f"{BARE}<button>Gửi</button>", "comment"),
        (f"<p>Gửi câu hỏi</p>{NEWS}", "/comments", f"{BARE}<button>Gửi</button>", "ask"),
        (f"<h1>Hòm thư góp ý</h1>{NEWS}", "/comments", f"{BARE}<button>Gửi</button>", "contact"),
        (NEWS, "/comments", f"{BARE}<button>Gửi</button>", "comment"),
        ("<h1>Ứng tuyển</h1>", "", f"{BARE}<button>Gửi</button>", "subscribe"),
        ("<h1>Việc làm</h1>", "", f"{BARE}<button>Nộp hồ sơ</button>", "subscribe"),
        ("<h1>Khách sạn</h1>", "", f"{BARE}<input type=submit value='Đặt phòng'>", "subscribe"),
        ("<h1>Liên hệ</h1>", "", "<textarea placeholder='Đăng ký lịch'></textarea><button>Gửi</button>", "contact"),
        ("<p>Nhà nghỉ (đặt phòng)</p>", "", f"{BARE}<button>Gửi</button>", "subscribe"),
        ("<p>Nhà nghỉ (đặt phòng): nhanghi@x.test</p>", "", f"{BARE}<button>Gửi</button>", "contact"),
        (ARTICLE, "/webform/hom-thu-gop-y", f"{BARE}<button>Gửi đi</button>", "contact"),
        (ARTICLE, "/gui-y-kien", f"{BARE}<button>Gửi đi</button>", "comment"),
    ],
)  # fmt: skip
def test_purpose_of_a_form(before: str, action: str, written: str, purpose: str) -> None:
    form = f"<form action='{action}'>{FIELDS}{written}</form>"
    html = f"<title>Trang</title><body><main>{before}{form}</main></body>"
    assert [found.purpose for found in forms(Page("https://x.gov.test/node/4", 200, html, NOW, words=VI))] == [purpose]


NEWS_HEADS = {
    "Ý kiến bạn đọc": "comment", "Ý kiến bạn đọc (0)": "comment", "Gửi ý kiến": "comment",
    "Gửi ý kiến phản hồi": "comment", "Góp ý bài viết": "comment", "Thảo luận": "comment",
    "Gửi câu hỏi": "ask", "Liên hệ": "contact",
}  # fmt: skip


@pytest.mark.parametrize("path", ["/tin-tuc/giao-ban-thang-tu-tai-phuong-1234.html", "/tin-tuc/giao-ban-1234.html"])
@pytest.mark.parametrize("action", ["", "/binh-luan", "/gui"])
@pytest.mark.parametrize("level", ["h2", "h3", "p"])
@pytest.mark.parametrize(("head", "purpose"), NEWS_HEADS.items())
def test_a_box_below_news_takes_comments_unless_it_is_for_asking(
    head: str, purpose: str, level: str, action: str, path: str
) -> None:
    area = "<textarea placeholder='Nội dung'></textarea><button>Gửi</button>"
    box = f"<div><{level}>{head}</{level}><form action='{action}'>{FIELDS}{area}</form></div>"
    html = f"<title>Giao ban tháng tư</title><main><h1>Giao ban tháng tư</h1><i>13/04/2020 08:00</i>{TEXT}{box}</main>"
    assert [form.purpose for form in forms(Page(f"https://x.gov.test{path}", 200, html, NOW, words=VI))] == [purpose]


@pytest.mark.parametrize("name", ["Hòm thư góp ý", "Gửi ý kiến", "Liên hệ"])
@pytest.mark.parametrize("marked", ["", "<meta property='og:type' content='article'>"])
def test_a_page_that_its_first_heading_calls_a_mailbox_is_one_whatever_its_markup_says(name: str, marked: str) -> None:
    form = f"<form action='/gui'>{FIELDS}{BARE}<button>Gửi</button></form>"
    html = f"<title>{name}</title>{marked}<main>{TEXT}<h1>{name}</h1>{form}</main>"
    page = Page("https://x.gov.test/trang/thu", 200, html, NOW, words=VI)
    assert [form.purpose for form in forms(page)] == ["contact"]


@pytest.mark.parametrize(
    ("action", "button", "purpose"),
    [
        ("/comment", "Gửi bình luận", "comment"),
        ("/wp-comments-post.php", "Đăng bình luận", "comment"),
        ("/comment", "Gửi câu hỏi", "ask"),
        ("/hoi-dap/gui", "Gửi bình luận", "ask"),
    ],
)
def test_a_box_for_comments_below_an_answer_is_no_form_to_ask(action: str, button: str, purpose: str) -> None:
    form = f"<form action='{action}'>{FIELDS}{BARE}<input type=submit value='{button}'></form>"
    html = f"<title>Hỏi đáp</title><body><main><h1>Hỏi đáp</h1>{form}</main></body>"
    found = [form.purpose for form in forms(Page("https://x.gov.test/hoi-dap/7", 200, html, NOW, words=VI))]
    assert found == [purpose]


def test_a_box_for_comments_is_known_by_its_own_words() -> None:
    form = f"<form action='/api/post'><h4>Bình luận</h4>{FIELDS}{BARE}<button>Gửi bình luận</button></form>"
    html = f"<title>Hỏi đáp</title><body><main><h1>Hỏi đáp</h1>{form}</main></body>"
    assert [form.purpose for form in forms(Page("https://x.gov.test/hoi-dap/7", 200, html, NOW, words=VI))] == [
        "comment"
    ]


@pytest.mark.parametrize(
    ("title", "button", "purpose"),
    [
        ("Khảo sát mức độ hài lòng", "Gửi", "poll"),
        ("Trang", "Gửi đánh giá", "poll"),
        ("Hộp thư góp ý", "Gửi", "contact"),
    ],
)
def test_a_survey_with_room_for_words_is_no_form_to_write_to_the_body(title: str, button: str, purpose: str) -> None:
    written = "<input type=radio><textarea placeholder='Ý kiến khác'></textarea>"
    form = f"<form>{FIELDS}{written}<button>{button}</button></form>"
    html = f"<title>{title}</title><body><main><h1>{title}</h1>{form}</main></body>"
    assert [form.purpose for form in forms(Page("https://x.gov.test/trang/3", 200, html, NOW, words=VI))] == [purpose]


@pytest.mark.parametrize("links", [5, 40])
@pytest.mark.parametrize("button", ["<input type=submit value='Gửi đi'>", "<a href='javascript:send(1)'>Gửi đi</a>"])
def test_of_a_form_around_a_whole_page_only_the_box_of_its_text_is_read(links: int, button: str) -> None:
    menu = "".join(f"<li><a href='/muc-{number}'>Mục {number}</a></li>" for number in range(links))
    draft = "<a href='/du-thao'>Góp ý dự thảo văn bản</a>"
    box = f"<div class=frm>{FIELDS}{BARE}{button}</div>"
    html = (
        f"<title>Liên hệ</title><body><form method=post action='/'><ul>{menu}<li>{draft}</ul><main>{box}</main></form>"
    )
    found = [form.purpose for form in forms(Page("https://x.gov.test/lien-he", 200, html, NOW, words=VI))]
    assert found == ["contact" if links == 40 else "consultation"]
