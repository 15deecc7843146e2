"""Say in Vietnamese and English what is shown of an archived page, why it is not shown, and how a site was searched.

The steps of a search (view search_evidence) are listed so that a reader can repeat them.
"""

from prober.domain.archive import ArchivedObservation, Restriction, Shown, Takedown
from prober.domain.protocol import Outcome
from prober.domain.protocol import ProtocolStep as SearchPart
from prober.reporting.words import formats, labels
from prober.reporting.words.labels import Text
from prober.store.reading.queries import Row

WHY_NOT = {
    Shown.NO_RECORD: Text(
        "Trang này không được lưu trữ: chỉ có lời trích, mã băm và thời điểm truy cập.",
        "This page was not archived: there are its words, its hash and the time of the fetch.",
    ),
    Shown.NOT_HERE: Text(
        "Tệp lưu trữ WARC không có trên máy chủ này. Ai giữ tệp đó có thể đối chiếu bằng tên tệp, vị trí và mã băm bên "
        "dưới.",
        "The WARC file is not on this server. Whoever has it can compare by the file, the offset and the hash below.",
    ),
    Shown.BROKEN: Text("Không đọc được bản lưu này.", "The archived copy cannot be read."),
    Shown.TOO_LARGE: Text(
        "Bản lưu quá lớn hoặc quá phức tạp nên không hiển thị ở đây; tệp WARC vẫn giữ nguyên văn.",
        "The archived copy is too large or too intricate to be shown here; the WARC file has it as it was.",
    ),
    Shown.NO_TEXT: Text(
        "Bản lưu là một tệp không đọc được chữ, nên không hiển thị.",
        "The archived copy is a file without text to show.",
    ),
}
RESTRICTED = {
    Restriction.THREADS: Text(
        "Trang có câu hỏi của công dân và nội dung trả lời, nên toàn trang không được hiển thị. Chỉ nêu lời trích làm "
        "bằng chứng.",
        "The page holds questions of citizens and what they were told, so the whole page is not shown. The words that "
        "prove the verdict are.",
    ),
    Restriction.PERSONAL: Text(
        "Trang có hộp thư hoặc số điện thoại di động của cá nhân, nên toàn trang không được hiển thị. Chỉ nêu lời "
        "trích làm bằng chứng.",
        "The page holds a person's own mailbox or mobile number, so the whole page is not shown. The words that prove "
        "the verdict are.",
    ),
}
MARKED = {
    ArchivedObservation.WORDS: Text(
        "Lời làm bằng chứng được tô trong bản sao.", "The words that prove the verdict are marked in the copy."
    ),
    ArchivedObservation.TITLE: Text(
        "Lời làm bằng chứng là tên của trang, tô ở dòng đầu bản sao.",
        "The words that prove the verdict are the title of the page, marked in the first line of the copy.",
    ),
    ArchivedObservation.PLACE: Text(
        "Lời làm bằng chứng không đứng nguyên văn trong bản lưu. Chỗ mà bộ nhận dạng đã đọc được đóng khung trong bản "
        "sao.",
        "The words do not stand in the archived page as they are quoted. The place from which they were read is framed "
        "in the copy.",
    ),
    ArchivedObservation.SOURCE: Text(
        "Lời làm bằng chứng không hiện trên trang; chúng chỉ có trong mã nguồn, trích bên dưới.",
        "The words do not show on the page; they stand in its source alone, quoted below.",
    ),
    ArchivedObservation.NOWHERE: Text(
        "Không tìm thấy lời làm bằng chứng trong bản lưu này.",
        "The words that prove the verdict were not found in this archived copy.",
    ),
}
RENDERED = Text(
    "Trang này do trình duyệt dựng bằng mã lệnh. Bản lưu giữ điều máy chủ đã gửi, chưa chạy mã lệnh; ảnh chụp cho thấy "
    "điều trình duyệt đã hiển thị.",
    "A browser drew this page by its scripts. The archived copy is what the server sent, before any script ran; the "
    "picture shows what the browser showed.",
)
DECODED = Text(
    "Địa chỉ {} không hiện nguyên văn trong lời trích: trang viết nó ở dạng khác để tránh máy thu thập, và bộ nhận "
    "dạng đã đọc được từ mã nguồn.",
    "The address {} does not stand in these words: the page writes it in another form, against robots, and the "
    "detector read it from the source.",
)
DOCUMENT = Text(
    "Đây là chữ đọc được từ tệp, mỗi dòng một đoạn; không phải chính tệp đó.",
    "This is the text that was read from the file, a paragraph a line; it is not the file itself.",
)
CUT = Text(
    "Bản sao chỉ gồm phần đầu của trang; tệp WARC có toàn bộ.",
    "The copy holds the beginning of the page only; the WARC file has all of it.",
)
FRAME_TITLE = Text(
    "Bản sao vô hại của trang đã lưu, không có mã lệnh, hình và liên kết",
    "Harmless copy of the archived page, without scripts, pictures and links",
)


def taken_down(takedown: Takedown) -> Text:
    """Return that a page was taken down, when and why.

    >>> from datetime import date
    >>> taken_down(Takedown("x.vn/a", date(2026, 11, 2), "the office asks for it")).en
    'Taken down on 2 November 2026: the office asks for it'
    """
    day = takedown.on.isoformat()
    return Text(
        f"Đã gỡ ngày {formats.day(day, 'vi')}: {takedown.reason}",
        f"Taken down on {formats.day(day, 'en')}: {takedown.reason}",
    )


def decoded(value: str, words: str) -> Text | None:
    """Return why the words of an observation do not show its mail address; None where they do, or it has none.

    >>> decoded("a@x.vn", "Email: [email protected]").en[:50]
    'The address a@x.vn does not stand in these words: '
    >>> decoded("a@x.vn", "Email: A@x.vn") is None, decoded("https://x.vn/@a", "Hỏi đáp") is None
    (True, True)
    """
    if "@" not in value or "://" in value or value.lower() in words.lower():
        return None
    return Text(*(text.format(value) for text in DECODED))


WHY_ABSENT = Text("Vì sao kết luận là không có", "Why we say it is not there")
WHERE_SOUGHT = Text("Đã tìm ở đâu, chưa xem được gì", "Where we looked, and what could not be seen")
PARTS = {
    SearchPart.HOME: Text("Trang chủ", "Home page"),
    SearchPart.LINKS: Text("Địa chỉ mà trang nêu", "Addresses that the site names"),
    SearchPart.SITEMAPS: Text("Sơ đồ trang", "Site maps"),
    SearchPart.USUAL_PATHS: Text("Đường dẫn quen dùng", "Usual paths"),
    SearchPart.SEARCH: Text("Tìm kiếm trên trang", "The site's own search"),
    SearchPart.SITE: Text("Trang", "Site"),
    SearchPart.SECTIONS: Text("Mục", "Vague sections"),
    SearchPart.LANGUAGE: Text("Ngôn ngữ", "Language"),
    SearchPart.BROWSER: Text("Trình duyệt", "Browser"),
    SearchPart.ONCE_MORE: Text("Lần nữa", "Once more"),
}
OUTCOMES = {
    Outcome.READ: Text("đã đọc", "read"),
    Outcome.MISSING: Text("không có trang này", "no such page"),
    Outcome.REDIRECTED: Text("chuyển sang địa chỉ khác", "leads to another address"),
    Outcome.FAILED: Text("không đọc được", "could not be read"),
    Outcome.UNOPENED: Text("chưa mở", "not opened"),
}
_COUNTED = {
    SearchPart.HOME: Text("{} liên kết", "{} links"),
    SearchPart.SITEMAPS: Text("{} địa chỉ", "{} addresses"),
    SearchPart.SEARCH: Text("{} liên kết mới", "{} new links"),
}
_FOUND = {
    "menu": Text("ở trình đơn", "in the menu"),
    "footer": Text("ở chân trang", "in the footer"),
    "sitemap": Text("trong sơ đồ trang", "in a site map"),
    "search": Text("trong kết quả tìm kiếm", "in results of the search"),
}


def heading(state: str) -> Text:
    """Return the heading above the steps of one verdict, which is absent or unknown."""
    return WHY_ABSENT if state == "not_found" else WHERE_SOUGHT


def met(step: Row) -> Text:
    """Return what was met at the address of one step.

    >>> row = dict(part="usual_path", outcome="missing", status=404, failure="http_4xx", count=None, found_by="")
    >>> met(row)
    Text(vi='không có trang này (404)', en='no such page (404)')
    >>> met(row | {"outcome": "failed", "status": 0, "failure": "robots"}).en
    'could not be read: closed to crawlers by robots.txt'
    >>> met(row | {"part": "sitemap", "outcome": "read", "status": 200, "failure": None, "count": 63}).vi
    'đã đọc, 63 địa chỉ'
    """
    outcome, part = Outcome(step["outcome"]), SearchPart(step["part"])
    status = f" ({step['status']})" if step["status"] not in (0, 200) else ""
    found = [Text(OUTCOMES[outcome].vi + status, OUTCOMES[outcome].en + status)]
    if outcome == Outcome.FAILED and step["failure"]:
        why = labels.failure(step["failure"])[0]
        found = [Text(f"{found[0].vi}: {why.vi}", f"{found[0].en}: {why.en}")]
    if step["count"] is not None and part in _COUNTED:
        counted = _COUNTED[part]
        found.append(Text(counted.vi.format(step["count"]), counted.en.format(step["count"])))
    if step["found_by"] in _FOUND:
        found.append(_FOUND[step["found_by"]])
    return Text(", ".join(text.vi for text in found), ", ".join(text.en for text in found))
