"""The grounds of a refusal: what is cited, what is only put in words, and what is neither."""

from email.message import EmailMessage

import pytest

from mailroom.classification.kept_facts import refusal_grounds
from mailroom.mime import parser
from prober.domain.correspondence import Reply
from prober.reporting.words.reasons import said
from prober.studies.folder import packaged
from tests.languages import VI

CASES = {
    "Sở Tài chính không thể cung cấp thông tin theo điểm đ khoản 1 Điều 28 Luật Tiếp cận thông tin.": ("28.1đ",),
    "Từ chối cung cấp căn cứ Điều 28, khoản 1, điểm b và điểm c Luật Tiếp cận thông tin.": ("28.1b", "28.1c"),
    "Từ chối vì tài liệu thuộc danh mục bí mật nhà nước tại Điều 6 Luật Tiếp cận thông tin.": ("6",),
    "Từ chối theo Điều 7 Luật Tiếp cận thông tin năm 2016.": ("7",),
    "Không cung cấp do liên quan đến bí mật kinh doanh và đời sống riêng tư.": ("7",),
    "Đây là văn bản nội bộ của Sở, không cung cấp ra bên ngoài.": ("6",),
    "Thông tin đã được công khai trên Cổng, Sở không cung cấp bản riêng.": ("28.1b",),
    "Nội dung này không thuộc thẩm quyền của Sở Tài chính nên Sở từ chối.": ("28.1c",),
    "Số liệu không do Sở tạo ra, đề nghị từ chối.": ("28.1c",),
    "Sở đã cung cấp hai lần cho Quý Nhóm nên từ chối lần này.": ("28.1d",),
    "Yêu cầu vượt quá khả năng đáp ứng, ảnh hưởng đến hoạt động bình thường của Sở.": ("28.1đ",),
    "Người yêu cầu chưa thanh toán chi phí thực tế.": ("28.1e",),
    "So tai chinh tu choi vi tai lieu thuoc danh muc bi mat nha nuoc.": ("6",),
    "So tu choi theo khoan 2 Dieu 6 Luat Tiep can thong tin.": ("6",),
    "So tu choi theo diem d khoan 1 Dieu 28 Luat Tiep can thong tin.": (),  # d or đ
    "Từ chối theo Điều 28 Luật Ngân sách nhà nước, điểm a.": (),
    "Rất tiếc, Sở không thể cung cấp các tài liệu nêu trên.": (),
    "Theo điểm a mục 2 của công văn, Sở sẽ trả lời sau.": (),
    "": (),
}


@pytest.mark.parametrize("text", CASES)
def test_grounds_of_a_refusal(text: str) -> None:
    assert refusal_grounds(letter(text), VI) == CASES[text]


POINTS = tuple((point, point) for point in ("section 12", "section 14", "section 40", "section 41"))
CITED = {
    "Under section 12 of the Act the council is not obliged to comply. This is a notice under section 17.": (
        "section 12",
    ),
    "It is exempt under Section 40(2) and section 41 of the Freedom of Information Act 2000.": (
        "section 40",
        "section 41",
    ),
    "We rely on SECTION 14(1): the request is vexatious.": ("section 14",),
    "See section 120 of the Highways Act, subsection 12 and section 12A.": (),
    "The information is not held.": (),
    "": (),
}


@pytest.mark.parametrize("text", CITED)
def test_grounds_of_the_law_of_a_study(text: str) -> None:
    assert refusal_grounds(letter(text), VI, POINTS) == CITED[text]
    assert refusal_grounds(letter(text), VI) == ()


def test_each_ground_of_the_law_of_vietnam_has_its_name_and_is_found_as_it_is_cited() -> None:
    law = packaged("pobi-2019").law
    assert [row.point for row in law.grounds] == ["6", "7", "28.1a", "28.1b", "28.1c", "28.1d", "28.1đ", "28.1e"]
    for words, point in law.citations():
        assert refusal_grounds(letter(f"Từ chối theo {words}."), VI, law.citations()) == (point,)
    told = law.cited("ATI-2016", "28.1b")
    assert told.code == "ground_of_law" and law.cited("ATI-2026", "28.1b").code == "ground"
    assert said((told,)).vi.startswith("28.1b (thông tin đã được công khai theo Điều 17")
    assert said((told,)).en.startswith("28.1b (published already by article 17")


def letter(text: str) -> Reply:
    message = EmailMessage()
    message["From"] = "stc@camau.gov.test"
    message.set_content(text)
    return parser.parse(message.as_bytes())
