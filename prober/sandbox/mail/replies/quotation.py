"""Quote our letter below an answer, in the manner of Vietnamese mail programs."""

from html import escape

from prober.sandbox.mail.received_letter import Received

_DAYS = ("Hai", "Ba", "Tư", "Năm", "Sáu", "Bảy")


def quoted(style: str, letter: Received) -> str:
    """Return the quoted block of `style` ("gmail", "outlook", or "" for none), beginning with a blank line."""
    if style == "gmail":
        lines = "\n".join(f"> {line}".rstrip() for line in letter.text.splitlines())
        weekday = f"Th {letter.at.weekday() + 2}" if letter.at.weekday() < 6 else "CN"
        when = f"{weekday}, {letter.at.day} thg {letter.at.month}, {letter.at.year} vào lúc {letter.at:%H:%M}"
        return f"\nVào {when} {letter.from_name} <{letter.from_address}> đã viết:\n\n{lines}\n"
    if style == "outlook":
        return f"\n________________________________\n{_block(letter)}\n\n{letter.text}\n"
    return ""


def outlook_html(letter: Received) -> str:
    """Return the same block in Outlook's HTML."""
    lines = "".join(f"<p class=MsoNormal>{escape(line) or '&nbsp;'}</p>\r\n" for line in letter.text.splitlines())
    head = "<br>".join(
        f"<b>{label}:</b> {escape(value)}"
        for label, _, value in (row.partition(": ") for row in _block(letter).split("\n"))
    )
    return (
        "<div style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm'>"
        f"<p class=MsoNormal>{head}</p></div>\r\n{lines}"
    )


def _block(letter: Received) -> str:
    weekday = f"Thứ {_DAYS[letter.at.weekday()]}" if letter.at.weekday() < 6 else "Chủ Nhật"
    return (
        f"Từ: {letter.from_name} <{letter.from_address}>\n"
        f"Đã gửi: {weekday}, ngày {letter.at.day} tháng {letter.at.month} năm {letter.at.year} {letter.at:%H:%M}\n"
        f"Đến: {letter.rcpt}\nChủ đề: {letter.subject}"
    )
