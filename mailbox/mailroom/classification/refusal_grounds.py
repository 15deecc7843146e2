"""On what grounds an agency refuses: the points of article 28.1 of law 104/2016/QH13, cited or put in words. Pure.

The points: a) articles 6 (secrets of the state, internal papers) and 7 (secrets of business, private life);
b) published already; c) not its duty; d) given twice already; đ) beyond its capacity; e) the actual cost was not paid.
"""

import re

from mailroom.classification.machine_mail import find, normal
from prober.domain.correspondence import REFUSALS, Event, Reply

KEPT = "grounds"  # in `message.detail`
# Classes of a message that a person may find to be a refusal; in others the search would cost more than it is worth.
MAY_REFUSE = REFUSALS | {Event.PARTIAL, Event.TRANSFER_AWAY, Event.OTHER, Event.UNCLEAR}

_CITED = re.compile(r"[^.;\n]{0,60}\bđiều 28\b(?! (?:của )?luật (?!tiếp cận))[^.;\n]{0,30}")
_POINT = re.compile(r"\bđiểm ([a-eđ])\b")
_ARTICLE = re.compile(r"\bđiều ([67])\b[^.;\n]{0,30}luật tiếp cận")
# Code → words that mean it in a refusal, whether or not an article is cited.
_WORDS = {
    "6": (
        r"bí mật nhà nước|danh mục (?:bí )?mật|(?:tài liệu|văn bản|thông tin) mật\b|độ mật",
        r"bí mật công tác|họp nội bộ|(?:tài liệu|văn bản|thông tin|lưu hành|dùng|sử dụng) nội bộ",
        r"đang (?:được )?soạn thảo|dự thảo",
    ),
    "7": (r"bí mật kinh doanh|(?:bí mật )?đời (?:sống riêng )?tư|bí mật (?:cá nhân|gia đình)",),
    "28.1b": (r"(?:đã|được) (?:được )?(?:công khai|công bố|đăng tải|niêm yết)",),
    "28.1c": (
        r"không (?:thuộc|nằm trong|phải)(?: \w+){0,3} (?:thẩm quyền|chức năng|nhiệm vụ|trách nhiệm|phạm vi)",
        r"không (?:phải )?do (?:sở|cơ quan|đơn vị|chúng tôi)[^.\n]{0,30}(?:tạo ra|quản lý|lưu giữ|nắm giữ)",
    ),
    "28.1d": (r"cung cấp (?:hai|2|02) lần|đã (?:được )?cung cấp[^.\n]{0,30}(?:trước đây|trước đó|nhiều lần)",),
    "28.1đ": (r"(?:vượt quá|quá|ngoài) khả năng|ảnh hưởng (?:đến|tới) (?:các )?hoạt động bình thường",),
    "28.1e": (r"(?:không|chưa) (?:thanh toán|nộp|trả)(?: \w+){0,3} (?:chi phí|phí)",),
}


def named(reply: Reply) -> tuple[str, ...]:
    """Codes of the grounds in the sender's words and files: "6" and "7" for these articles, "28.1b" to "28.1e".

    Only a refusal has grounds: the same words in another letter mean something else.
    """
    text = normal("\n".join((reply.text, *(a.text for a in reply.attachments))))
    found = {code for code, words in _WORDS.items() if find(words, text)}
    places = _CITED.findall(text) if "điều 28" in text else ()  # the pattern is tried at every letter
    found |= {f"28.1{point}" for cited in places for point in _POINT.findall(cited)}
    found |= set(_ARTICLE.findall(text))
    return tuple(sorted(found))
