"""Say in Vietnamese and English what is shown of an archived page, why it is not shown, and how a site was searched.

The record of the search protocol (view search_evidence) is a numbered list, so that a reader can repeat it.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from prober.domain.archive import ArchivedObservation, Restriction, Shown, Takedown
from prober.domain.search_protocol import Carried, Outcome, ProtocolStep
from prober.reporting.words import formats, labels, reasons
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


HOW_SOUGHT = Text("Đã tìm thế nào", "How it was looked for")
_COUNTED = {
    ProtocolStep.HOME: Text("{} liên kết", "{} links"),
    ProtocolStep.SITEMAPS: Text("{} địa chỉ", "{} addresses"),
    ProtocolStep.SEARCH: Text("{} kết quả", "{} results"),
}


@dataclass(frozen=True, slots=True)
class ShownStep:
    """One step of the search protocol as it was carried out, with rows of `search_evidence` for what it opened."""

    name: Text
    outcome: Text
    opened: tuple[Row, ...]


def protocol(rows: Iterable[Row]) -> tuple[ShownStep, ...]:
    """Return the steps of a record in their order; `rows` are of the view `search_evidence`, of one site."""
    told: dict[str, tuple[Row | None, list[Row]]] = {}
    for row in rows:
        carried, opened = told.get(row["step"], (None, []))
        told[row["step"]] = (carried, [*opened, row]) if row["url"] else (row, opened)
    return tuple(
        ShownStep(labels.PROTOCOL[ProtocolStep(step)], _carried(carried), tuple(opened))
        for step, (carried, opened) in told.items()
    )


def records(rows: Iterable[Row]) -> dict[str, tuple[ShownStep, ...]]:
    """Return agency → the steps of its newest record; `rows` are of the query `searches`."""
    of_scan: dict[str, dict[int, list[Row]]] = {}
    for row in rows:
        of_scan.setdefault(row["agency"], {}).setdefault(row["scan"], []).append(row)
    return {agency: protocol(scans[max(scans)]) for agency, scans in of_scan.items()}


def _carried(row: Row | None) -> Text:
    if row is None:
        return Text("", "")
    done, why = labels.CARRIED[Carried(row["outcome"])], reasons.stored(row["reason"] or None)
    return Text(*(f"{said}: {because}" if because else said for said, because in zip(done, why, strict=True)))


def met(row: Row) -> Text:
    """Return what was met at an address that a step asked for.

    >>> row = dict(step="usual_paths", outcome="missing", status=404, failure="http_4xx", count=None)
    >>> met(row)
    Text(vi='không có trang này (404)', en='no such page (404)')
    >>> met(row | {"outcome": "failed", "status": 0, "failure": "robots"}).en
    'could not be read: closed to crawlers by robots.txt'
    >>> met(row | {"step": "sitemaps", "outcome": "read", "status": 200, "failure": None, "count": 63}).vi
    'đã đọc (200), 63 địa chỉ'
    """
    outcome, counted = Outcome(row["outcome"]), _COUNTED.get(ProtocolStep(row["step"]))
    why = labels.failure(row["failure"])[0] if outcome == Outcome.FAILED and row["failure"] else None
    said = []
    for place, words in enumerate(labels.OUTCOMES[outcome]):
        status = f" ({row['status']})" if row["status"] else ""
        because = f": {why[place]}" if why else ""
        count = f", {counted[place].format(row['count'])}" if counted and row["count"] is not None else ""
        said.append(f"{words}{status}{because}{count}")
    return Text(*said)
