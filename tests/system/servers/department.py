"""A department's honest site: what it offers is chosen, how its menu is made is chosen, and nothing is wrong with it."""

import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from tests.system.servers.wire import Answer, Reply, Request, Site

ALL = frozenset({"qa", "email", "web_form", "social", "access", "budget"})
NONE: frozenset[str] = frozenset()
Link = tuple[str, str]  # address, label
Pages = dict[str, Answer]

SECTIONS: dict[str, Link] = {
    "qa": ("/hoi-dap", "Hỏi đáp"),
    "access": ("/tiep-can-thong-tin", "Tiếp cận thông tin"),
    "budget": ("/cong-khai-ngan-sach", "Công khai ngân sách"),
}
PLAIN: tuple[Link, ...] = (("/", "Trang chủ"), ("/gioi-thieu", "Giới thiệu"), ("/tin-tuc", "Tin tức"))
CONTACT: Link = ("/lien-he", "Liên hệ")

TODAY = date.today()  # a site whose newest date is years old is judged by another rule


def day(ago: int) -> str:
    return f"{TODAY - timedelta(days=ago):%d/%m/%Y}"


NEWS = (
    ("Khánh thành tuyến đường liên huyện", "Sáng nay tuyến đường nối hai huyện được đưa vào khai thác sau hai năm thi công, rút ngắn thời gian đi lại của người dân."),
    ("Tập huấn phần mềm kế toán cho các đơn vị", "Lớp tập huấn có hơn một trăm kế toán viên của các đơn vị sự nghiệp tham dự trong ba ngày tại hội trường."),
    ("Hội nghị sơ kết sáu tháng đầu năm", "Hội nghị đánh giá kết quả thu, chi và bàn các giải pháp cho những tháng còn lại, với sự tham dự của lãnh đạo các phòng."),
    ("Trao tặng nhà tình nghĩa", "Công đoàn cơ sở đã vận động đóng góp để xây dựng hai căn nhà cho các gia đình có hoàn cảnh khó khăn ở xã miền núi."),
)  # fmt: skip
QUESTIONS = (
    ("Tôi muốn mua hồ sơ mời thầu thì liên hệ ở đâu?", "Đề nghị ông liên hệ Phòng Quản lý giá và công sản trong giờ hành chính."),
    ("Hộ kinh doanh có phải nộp báo cáo quý không?", "Hộ kinh doanh nộp thuế khoán không phải lập báo cáo tài chính hằng quý."),
    ("Khi nào có quyết định giao dự toán năm nay?", "Dự toán đã được giao trước ngày 31 tháng 12 theo nghị quyết của Hội đồng nhân dân tỉnh."),
    ("Mức thu phí trông giữ xe hiện nay là bao nhiêu?", "Mức thu thực hiện theo nghị quyết của Hội đồng nhân dân tỉnh, áp dụng từ đầu năm."),
    ("Thủ tục thanh lý tài sản của trường học gồm những gì?", "Nhà trường lập danh mục tài sản và gửi văn bản đề nghị đến phòng tài chính huyện."),
)  # fmt: skip
DOCUMENTS = (
    ("du-toan-2020.pdf", "Dự toán ngân sách địa phương năm 2020 đã được Hội đồng nhân dân tỉnh quyết định"),
    ("quy-1-2020.pdf", "Tình hình thực hiện dự toán ngân sách tỉnh quý I năm 2020"),
    ("quyet-toan-2018.pdf", "Quyết toán ngân sách địa phương năm 2018"),
)
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def listed(links: Sequence[Link]) -> str:
    """The usual menu: a list of links."""
    items = "".join(f'<li><a href="{html.escape(address)}">{label}</a></li>' for address, label in links)
    return f'<nav class="menu"><ul>{items}</ul></nav>'


@dataclass(frozen=True)
class Department:
    """What the site of a row offers, and where."""

    host: str
    there: frozenset[str] = ALL  # kinds that it offers
    hidden: frozenset[str] = NONE  # kinds whose section no menu names
    menu: Callable[[Sequence[Link]], str] = listed
    title: str = "Sở Tài chính tỉnh Cà Mau"
    asks: bool = True  # a form to ask stands on the Q&A page

    @property
    def email(self) -> str:
        return f"sotaichinh@{self.host}"

    @property
    def links(self) -> tuple[Link, ...]:
        shown = [link for kind, link in SECTIONS.items() if kind in self.there - self.hidden]
        return (*PLAIN, *shown, CONTACT)

    def page(self, title: str, content: str, head: str = "") -> Reply:
        return Reply(
            f'<!doctype html><html lang="vi"><head><meta charset="utf-8"><title>{title} - {self.title}</title>{head}'
            f"</head><body><header><p>{self.title}</p>{self.menu(self.links)}</header><main>{content}</main>"
            f"{self.footer()}</body></html>"
        )

    def footer(self) -> str:
        email = f"<p>Thư điện tử: {self.email}</p>" if "email" in self.there else ""
        name = self.host.split(".")[0].replace("-", "")
        social = f'<a href="https://www.facebook.com/sotaichinh.{name}">Facebook</a>' if "social" in self.there else ""
        return f"<footer><p>{self.title}</p><p>Địa chỉ: số 7 đường Hùng Vương. Điện thoại: 0290 3831 000</p>{email}{social}</footer>"

    def pages(self) -> Pages:
        """Every page of the site, by its path, with robots.txt and a sitemap that names them all."""
        found: Pages = {
            "/": self.home(),
            "/gioi-thieu": self.about(),
            CONTACT[0]: self.contact(),
            "/tin-tuc": self.news(),
        }
        for number, (title, text) in enumerate(NEWS, 1):
            found[f"/tin-tuc/{number}"] = self.page(title, f"<h1>{title}</h1><p>{day(number * 6)}</p><p>{text}</p>")
        if "qa" in self.there:
            found["/hoi-dap"] = self.questions()
        if "access" in self.there:
            found["/tiep-can-thong-tin"] = self.access()
        if "budget" in self.there:
            found["/cong-khai-ngan-sach"] = self.budget()
            found |= {f"/tai-lieu/{name}": Reply(PDF, type="application/pdf") for name, _ in DOCUMENTS}
        named = [path for path in found if not path.startswith("/tai-lieu")]
        found["/robots.txt"] = Reply("User-agent: *\nDisallow:\n", type="text/plain")
        found["/sitemap.xml"] = sitemap(self.host, named)
        return found

    def home(self) -> Reply:
        items = "".join(
            f'<li><a href="/tin-tuc/{number}">{title}</a> <span>({day(number * 6)})</span></li>'
            for number, (title, _) in enumerate(NEWS, 1)
        )
        return self.page("Trang chủ", f"<h2>Tin mới</h2><ul>{items}</ul><p>Chào mừng quý vị đến với trang thông tin điện tử của sở. Trang cung cấp tin tức và văn bản về tài chính của tỉnh.</p>")  # fmt: skip

    def about(self) -> Reply:
        return self.page("Giới thiệu", "<h1>Giới thiệu</h1><p>Sở tham mưu cho Ủy ban nhân dân tỉnh về tài chính, giá, và đầu tư tài chính. Sở có bảy phòng chuyên môn, làm việc từ thứ hai đến thứ sáu.</p>")  # fmt: skip

    def news(self) -> Reply:
        items = "".join(
            f'<li><a href="/tin-tuc/{n}">{title}</a><p>{text[:60]}…</p></li>' for n, (title, text) in enumerate(NEWS, 1)
        )
        return self.page("Tin tức", f"<h1>Tin tức</h1><ul>{items}</ul>")

    def contact(self) -> Reply:
        shown = f"<p>Email: {self.email}</p>" if "email" in self.there else ""
        form = (
            '<form method="post" action="/lien-he/gui"><label>Họ và tên <input name="ten"></label><label>Email '
            '<input name="email"></label><label>Nội dung <textarea name="noidung"></textarea></label>'
            "<button>Gửi liên hệ</button></form>"
        )
        return self.page("Liên hệ", f"<h1>Liên hệ</h1><p>Mọi thông tin xin gửi về văn phòng sở.</p>{shown}{form if 'web_form' in self.there else ''}")  # fmt: skip

    def questions(self) -> Reply:
        pairs = "".join(
            f'<div class="muc"><p><b>Câu hỏi:</b> {question}</p><p>Ngày hỏi: {day(n * 9 + 5)}</p>'
            f"<p><b>Trả lời:</b> {answer}</p><p>Ngày trả lời: {day(n * 9)}</p></div>"
            for n, (question, answer) in enumerate(QUESTIONS, 1)
        )
        form = (
            '<form method="post" action="/hoi-dap/gui"><label>Họ và tên <input name="ten"></label><label>Nội dung câu '
            'hỏi <textarea name="cauhoi"></textarea></label><button>Gửi câu hỏi</button></form>'
        )
        asks = self.asks and "web_form" in self.there
        return self.page("Hỏi đáp", f"<h1>Hỏi đáp</h1>{pairs}{form if asks else ''}")

    def access(self) -> Reply:
        return self.page("Tiếp cận thông tin", "<h1>Tiếp cận thông tin</h1><p><a href='/tai-lieu/quy-che.pdf'>Quyết định số 125/QĐ-STC ngày 10/05/2019 ban hành Quy chế nội bộ về cung cấp thông tin cho công dân theo Luật Tiếp cận thông tin</a></p><p>Đầu mối cung cấp thông tin: Văn phòng Sở, điện thoại 0290 3831 001.</p><p>Danh mục thông tin phải được công khai được đăng tại mục này.</p>")  # fmt: skip

    def budget(self) -> Reply:
        rows = "".join(
            f'<tr><td><a href="/tai-lieu/{name}">{title}</a></td><td>{day(60)}</td></tr>' for name, title in DOCUMENTS
        )
        return self.page("Công khai ngân sách", f"<h1>Công khai ngân sách nhà nước</h1><table>{rows}</table>")

    def without(self, *kinds: str) -> "Department":
        return replace(self, there=self.there - set(kinds))


def sitemap(host: str, paths: Sequence[str]) -> Reply:
    entries = "".join(f"<url><loc>http://{host}{path}</loc></url>" for path in paths)
    return Reply(
        f'<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</urlset>',
        type="application/xml",
    )


NOT_FOUND = Reply("<html><head><title>404</title></head><body><h1>Không tìm thấy trang</h1></body></html>", 404)


def serve(pages: Pages, other: Answer = NOT_FOUND) -> Site:
    """A site of fixed pages; `other` is what it answers elsewhere."""

    def site(request: Request) -> Answer:
        return pages.get(request.target) or pages.get(request.path) or other

    return site
