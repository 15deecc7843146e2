"""List the labels by which portals name what we look for: words of links and headings, and steps of URL paths.

These are the tables of docs/reference/wording.md with their weights. A label is written as `vietnamese.key` gives it:
lower case, with accents, single blanks, no punctuation. A new label needs one more entry here and no code.
"""

from collections.abc import Mapping

from prober.domain.indicator import Kind

STRONG, MEDIUM, FORMLESS, WEAK, FAINT = 1.0, 0.6, 0.48, 0.3, 0.15


def _labels(weight: float, written: str) -> dict[str, float]:
    return {" ".join(label.split()): weight for label in written.split("·")}


# FORMLESS: interaction of some kind; only a form or published answers on the page can make it Q&A.
QA = (
    _labels(
        STRONG,
        """hỏi đáp · hỏi và đáp · hỏi đáp trực tuyến · giải đáp · trả lời công dân · trả lời bạn đọc ·
        trả lời người dân ·
        công dân hỏi · bạn hỏi · người dân hỏi · bạn đọc hỏi · nhân dân hỏi · dân hỏi · cử tri hỏi · hỏi&đáp ·
        đặt câu hỏi · gửi câu hỏi · câu hỏi và trả lời · câu hỏi câu trả lời ·
        hỏi trả lời · hỏi và trả lời · hộp thư hỏi đáp · trả lời câu hỏi · câu hỏi của bạn · danh sách câu hỏi ·
        danh mục câu hỏi · câu hỏi của công dân · câu hỏi của người dân · câu hỏi giải đáp · q&a · q a · qa · q&as ·
        questions and answers · question and answer · questions&answers · question&answer · question answer ·
        questions answers · ask and answer · ask&answer · ask a question · ask us · send a question · ask question ·
        citizen questions""",
    )
    | _labels(
        MEDIUM,
        """câu hỏi thường gặp · hỏi đáp thường gặp · các câu hỏi thường gặp · thắc mắc thường gặp · vấn đề thường gặp ·
        câu hỏi phổ biến · faq · faqs · f a q · frequently asked questions""",
    )
    | _labels(
        FORMLESS,
        """đối thoại · giao lưu trực tuyến · ý kiến công dân · ý kiến cử tri · ý kiến người dân · tiếp nhận ý kiến ·
        góp ý · phản ánh kiến nghị · phản ánh và kiến nghị · kiến nghị phản ánh · kiến nghị · pakn · tương tác ·
        kênh tiếp nhận · doanh nghiệp hỏi · câu hỏi · trả lời cử tri · trả lời kiến nghị · thắc mắc · công dân ·
        feedback · discussion · diễn đàn · tư vấn · trao đổi""",
    )
    | _labels(
        FAINT,
        "đường dây nóng · hotline · tiếp công dân · lịch tiếp dân · lấy ý kiến · dự thảo văn bản · tổng đài",
    )
)
CONTACT = (
    _labels(STRONG, "liên hệ · thông tin liên hệ · địa chỉ liên hệ · liên lạc · contact · contact us · contacts")
    | _labels(
        MEDIUM, "danh bạ · địa chỉ thư điện tử · đường dây nóng · hotline · directory · địa chỉ · đầu mối liên hệ"
    )
    | _labels(
        WEAK,
        """giới thiệu · sơ đồ tổ chức · cơ cấu tổ chức · bộ máy · tổ chức bộ máy · lãnh đạo · phòng ban · about ·
        about us · introduction · organization · chức năng nhiệm vụ · english · tiếng anh · ban biên tập ·
        thư điện tử""",
    )
)
ACCESS = (
    _labels(
        STRONG,
        """tiếp cận thông tin · quyền tiếp cận thông tin · cung cấp thông tin · yêu cầu cung cấp thông tin ·
        access to information · information access · freedom of information""",
    )
    | _labels(MEDIUM, "thông tin được công khai · danh mục thông tin · thông tin phải công khai · phiếu yêu cầu")
    | _labels(WEAK, "công khai thông tin · công khai minh bạch · công khai · công bố thông tin")
)
FORM = _labels(
    MEDIUM,
    """gửi câu hỏi · đặt câu hỏi · góp ý · liên hệ · hòm thư góp ý · hộp thư góp ý · gửi ý kiến · phản ánh kiến nghị ·
    contact · contact us · feedback""",
)
BUDGET = (
    _labels(
        STRONG,
        """công khai ngân sách · công khai ngân sách nhà nước · công khai ngân sách tỉnh · công khai dự toán ngân sách ·
        công khai quyết toán ngân sách · công khai số liệu ngân sách · công khai thông tin ngân sách · ckns ·
        công khai dự toán quyết toán ngân sách · budget disclosure · budget publication · budget transparency""",
    )
    | _labels(
        MEDIUM,
        """dự toán ngân sách · quyết toán ngân sách · công khai dự toán · công khai quyết toán · thực hiện ngân sách ·
        số liệu ngân sách · thông tin ngân sách · thực hiện dự toán ngân sách · báo cáo ngân sách""",
    )
    | _labels(WEAK, "công khai tài chính · công khai · công khai minh bạch · ngân sách · ngân sách nhà nước")
)
SOCIAL = _labels(WEAK, "fanpage · mạng xã hội · trang facebook · kênh youtube · zalo oa · theo dõi chúng tôi")
BY_KIND = {
    Kind.QA: QA,
    Kind.EMAIL: CONTACT,
    Kind.ACCESS: ACCESS,
    Kind.WEB_FORM: FORM,
    Kind.SOCIAL: SOCIAL,
    Kind.BUDGET: BUDGET,
}

DEPARTMENTS = tuple(
    _labels(
        STRONG,
        """sở ban ngành · các sở ban ngành · sở ngành · các sở ngành · các sở · đơn vị trực thuộc · cơ quan chuyên môn ·
        các cơ quan chuyên môn · các đơn vị · sở ban ngành huyện thị · hệ thống chính trị · liên kết website ·
        departments · cơ quan đơn vị · tổ chức bộ máy · cơ cấu tổ chức · sơ đồ tổ chức""",
    )
)

# Steps of URL paths that are not derived from a Vietnamese label by `vietnamese.slugs`.
SLUGS = {
    Kind.QA: _labels(
        STRONG,
        """hoi-dap · hoidap · qa · qna · question-answers · question-answer · questionanswers · portalhoidapportlet ·
        discussion-question · gui-cau-hoi · dat-cau-hoi · giai-dap · traodoi-hoidap""",
    )
    | _labels(MEDIUM, "faq · faqs · question · questions · cau-hoi · cauhoi")
    | _labels(WEAK, "gop-y · gopy · phan-anh-kien-nghi · pakn · traloi · doi-thoai"),
    Kind.EMAIL: _labels(STRONG, "lien-he · lienhe · contact · contactus")
    | _labels(MEDIUM, "danh-ba · danhba")
    | _labels(WEAK, "gioi-thieu · en"),
    Kind.ACCESS: _labels(STRONG, "tiep-can-thong-tin · tiepcanthongtin · cung-cap-thong-tin · cungcapthongtin")
    | _labels(WEAK, "tctt"),
    Kind.BUDGET: _labels(STRONG, "cong-khai-ngan-sach · congkhaingansach · ckns · cong-khai-ns")
    | _labels(WEAK, "ngan-sach · ngansach"),
    Kind.WEB_FORM: _labels(MEDIUM, "lien-he · lienhe · contact · gop-y · gopy · feedback"),
}
# Paths that Vietnamese portals use whatever runs them (docs/reference/registry.md#technologies).
PATHS: Mapping[str, tuple[str, ...]] = {
    Kind.QA: ("/hoi-dap", "/hoidap"),
    Kind.EMAIL: ("/lien-he", "/lienhe"),
    Kind.ACCESS: ("/tiep-can-thong-tin",),
    Kind.BUDGET: ("/cong-khai-ngan-sach",),
}
# What a site's own search is asked for; social channels and forms are not found by a word.
SEARCHES: Mapping[str, str] = {
    Kind.QA: "hỏi đáp",
    Kind.EMAIL: "thông tin liên hệ",
    Kind.ACCESS: "tiếp cận thông tin",
    Kind.BUDGET: "công khai ngân sách",
}
