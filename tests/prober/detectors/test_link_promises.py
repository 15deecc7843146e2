"""What the words of a link promise, and which links are not followed."""

from datetime import datetime

import pytest

from prober.clock import HANOI
from prober.detectors.link_promises import score_link
from prober.domain.indicator import Kind
from prober.domain.page import Link, Page

NOW = datetime(2020, 4, 13, 8, tzinfo=HANOI)
HOME = Page("https://www.camau.gov.test/", 200, "", NOW)


def score(text: str, url: str, place: str = "menu") -> dict[Kind, float]:
    return dict(score_link(Link(url, text, place, url), HOME.host))


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
    assert dict(score_link(Link(url, "Hỏi đáp", "menu", href), HOME.host)) == {}


def test_a_national_system_is_worth_a_row_and_no_visit() -> None:
    assert 0 < score("Hỏi đáp", "https://dichvucong.gov.vn/hoi-dap")[Kind.QA] <= 0.2
