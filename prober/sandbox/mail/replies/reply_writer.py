"""Write one mail as bytes, as the office's mail program would make it. Same arguments, same bytes."""

import hashlib
import random
import unicodedata
from base64 import encodebytes
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.utils import formataddr
from functools import cache
from html import escape
from importlib import resources
from typing import Any

import jinja2

from prober.sandbox.mail import office_signatures
from prober.sandbox.mail.final_delivery import traced
from prober.sandbox.mail.received_letter import Received
from prober.sandbox.mail.replies import council_files, machine_notices, scan
from prober.sandbox.plot.office_roles import RoleMail
from prober.sandbox.simulated_clock import header_date

_DAYS = ("Hai", "Ba", "Tư", "Năm", "Sáu", "Bảy")
_BASE64 = "Content-Transfer-Encoding: base64\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Correspondent:
    """An office as its letters name it. `territory` is "tỉnh Cà Mau", `place` "Cà Mau"; documents are (title, URL)."""

    name: str
    territory: str
    place: str
    address: str
    domain: str
    home: str
    documents: tuple[tuple[str, str], ...]


def mail(
    office: Correspondent,
    step: RoleMail,
    letter: Received,
    due: datetime,
    seed: int,
    partner: Correspondent | None = None,
    partner_letter: Received | None = None,
) -> bytes:
    """Return the mail of `step`, in answer to `letter`, as stored in the mailbox at `due`, trace headers included."""
    draw = random.Random(f"{seed} {office.address} {step.text} {step.form} {letter.message_id}")
    if step.sender == "daemon":
        notice = machine_notices.bounce(step.form, letter, due, draw)
        host = f"mail.{office.domain}"
        return traced("", letter.mail_from, host, due, notice, (host, "none"))
    words = _words(office, letter, due, draw, partner, partner_letter)
    subject, text = _rendered(step.text, words)
    name, sender = _sender(office, step.sender)
    to = letter.reply_to if step.to_token else letter.from_address
    recipients = [to, partner_letter.reply_to] if partner_letter else [to]
    headers = [
        ("From", formataddr((name, sender))),
        ("To", ", ".join(recipients)),
        ("Subject", _encoded(subject, step.form)),
        ("Date", header_date(due)),
        ("Message-ID", _message_id(draw, sender)),
        *([("In-Reply-To", letter.message_id), ("References", letter.message_id)] if step.threaded else []),
        *step.headers,
        ("X-Simulated", "prober.sandbox"),
    ]
    body = _body(step, letter, text, words, draw)
    head = "".join(f"{name}: {value}\r\n" for name, value in headers).encode("ascii")
    domain = sender.rpartition("@")[2]
    sent = office_signatures.sent(head + body, domain, due, seed)
    return traced(sender, to, f"mail.{domain}", due, sent, (domain, "pass"))


def unsolicited(text: str, sender: str, mailbox: str, due: datetime, seed: int) -> bytes:
    """Return a mail from a stranger."""
    draw = random.Random(f"{seed} {text}")
    subject, body = _rendered(text, {})
    head = (
        f"From: {sender}\r\nTo: {mailbox}\r\nSubject: {_encoded(subject, 'plain')}\r\nDate: {header_date(due)}\r\n"
        f"Message-ID: {_message_id(draw, sender)}\r\nX-Simulated: prober.sandbox\r\n"
    )
    if text == "newsletter":
        head += "List-Unsubscribe: <http://bantin.dulieu.test/huy>\r\nPrecedence: bulk\r\n"
    domain = sender.rpartition("@")[2]
    raw = head.encode("ascii") + _plain(body, "utf-8")
    return traced(sender, mailbox, f"mail.{domain}", due, raw, (domain, "none"))


def _body(step: RoleMail, letter: Received, text: str, words: Mapping[str, Any], draw: random.Random) -> bytes:
    """Return content headers, blank line and content."""
    if step.form == "read":
        return machine_notices.disposition(text, letter, draw)
    if step.form == "empty":
        return b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    if step.form == "html":
        return _html(text, letter)
    quoted = _quoted(step.quote, letter)
    if step.form == "windows-1258":
        return _plain(text + quoted, "windows-1258")
    if step.attach:
        title = f"Cong van {words['so_hieu']}-STC-QLNS.pdf"
        return _with_files(_plain(text + quoted, "utf-8"), [(title, scan.official_letter(words))], draw)
    if step.files:
        files = [(name, council_files.file(name, words["office"])) for name in step.files]
        return _with_files(_plain(text + quoted, "utf-8"), files, draw)
    return _plain(text + quoted, "utf-8")


def _plain(text: str, charset: str) -> bytes:
    data = _legacy(text) if charset == "windows-1258" else text.encode()
    head = (
        f"MIME-Version: 1.0\r\nContent-Type: text/plain; charset={charset}\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    )
    return head.encode() + encodebytes(data.replace(b"\n", b"\r\n")).replace(b"\n", b"\r\n")


def _html(text: str, letter: Received) -> bytes:
    """Return a body in HTML only, in Outlook's form, with the quoted letter below a rule."""
    paragraphs = "".join(
        f"<p class=MsoNormal>{escape(line) or '&nbsp;'}<o:p></o:p></p>\r\n" for line in text.split("\n")
    )
    page = (
        '<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><meta http-equiv=Content-Type '
        'content="text/html; charset=utf-8"></head><body lang=VI><div class=WordSection1>\r\n'
        f"{paragraphs}{_outlook_html(letter)}</div></body></html>\r\n"
    )
    head = b"MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    return head + encodebytes(page.encode()).replace(b"\n", b"\r\n")


def _with_files(text: bytes, files: Sequence[tuple[str, bytes]], draw: random.Random) -> bytes:
    boundary = f"----=_Part_{draw.getrandbits(64):016x}"
    inner = text.removeprefix(b"MIME-Version: 1.0\r\n")
    opening = f'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="{boundary}"\r\n\r\n--{boundary}\r\n'
    parts = [opening.encode(), inner]
    for name, file in files:
        kind = "application/pdf" if name.endswith(".pdf") else "text/csv"
        head = (
            f'--{boundary}\r\nContent-Type: {kind}; name="{name}"\r\nContent-Transfer-Encoding: base64\r\n'
            f'Content-Disposition: attachment; filename="{name}"\r\n\r\n'
        )
        parts += [head.encode(), encodebytes(file).replace(b"\n", b"\r\n")]
    return b"".join([*parts, f"--{boundary}--\r\n".encode()])


def _words(
    office: Correspondent,
    letter: Received,
    due: datetime,
    draw: random.Random,
    partner: Correspondent | None,
    partner_letter: Received | None,
) -> dict[str, Any]:
    """Return the values that the texts may name. The sums of money are random: no province has these budgets."""
    total = draw.randrange(6_000, 19_000)
    title_and_link = office.documents[0] if office.documents else ("", office.home)
    return {
        "so": office.name, "tinh": office.territory, "noi": office.place, "dia_chi": office.address,
        "trang_chu": office.home, "lien_ket": title_and_link[1], "tai_lieu": title_and_link[0],
        "so_hieu": draw.randrange(700, 2400), "ngay": f"{due.day:02} tháng {due.month} năm {due.year}",
        "ngay_thu": f"{letter.at:%d/%m/%Y}", "chu_de": letter.subject, "nguoi_gui": letter.from_name or "Quý Nhóm",
        "doi_tac": partner.name if partner else "", "chu_de_doi_tac": partner_letter.subject if partner_letter else "",
        "thu_2018": _number(total), "chi_2018": _number(total - 120), "thu_2019": _number(total + 640),
        "chi_2019": _number(total // 3), "thu_2020": _number(total + 900), "chi_2020": _number(total + 900),
        "ty_le": f"{draw.randrange(1010, 1190) / 10:.1f}".replace(".", ","),
        "office": office.name, "links": office.documents, "sent_on": f"{letter.at.day} {letter.at:%B %Y}",
        "reference": f"FOI-{due:%Y}-{draw.randrange(1000, 9999)}", "requester": letter.from_name,
        "letter_subject": letter.subject,
    }  # fmt: skip


def _number(value: int) -> str:
    return f"{value:,}".replace(",", ".")


@cache
def _template(name: str) -> jinja2.Template:
    text = resources.files(__package__).joinpath(f"texts/{name}.txt").read_text(encoding="utf-8")
    return jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=False).from_string(text)


def _rendered(name: str, words: Mapping[str, Any]) -> tuple[str, str]:
    """Return subject and text of a template, whose first line is the subject and second line blank."""
    first, _, rest = _template(name).render(words).partition("\n")
    return first.removeprefix("Subject: "), rest.removeprefix("\n").rstrip("\n") + "\n"


def _sender(office: Correspondent, sender: str) -> tuple[str, str]:
    """Return display name and address. Persons are named by their unit; a private address has initials only."""
    return {
        "office": (office.name, office.address),
        "clerk": (f"Văn thư {office.name}", f"vanthu.stc@{office.domain}"),
        "records": (f"Information Governance, {office.name}", f"information.governance@{office.domain}"),
        "unit": (f"Phòng Quản lý ngân sách - {office.name}", f"quanlyngansach.stc@{office.domain}"),
        "committee": (f"Văn phòng UBND {office.territory}", f"vanphong.ubnd@{office.domain}"),
        "specialist": ("Phòng Quản lý ngân sách", f"qlns.t.{office.domain.partition('.')[0]}@gmail.test"),
    }[sender]


def _encoded(subject: str, form: str) -> str:
    """Return a Subject header value in encoded words; the legacy program writes its own charset there too."""
    if form == "windows-1258":
        return Header(_legacy(subject), "windows-1258", maxlinelen=70).encode(linesep="\r\n")
    return Header(subject, "utf-8", maxlinelen=70).encode(linesep="\r\n")


def _legacy(text: str) -> bytes:
    """Return windows-1258 bytes. The charset has no letter such as ế: tone marks follow their vowel."""
    out = bytearray()
    for letter in unicodedata.normalize("NFC", text):
        try:
            out += letter.encode("cp1258")
        except UnicodeEncodeError:
            marks = unicodedata.normalize("NFD", letter)
            tones = [mark for mark in marks if mark in "\u0300\u0301\u0303\u0309\u0323"]
            base = unicodedata.normalize("NFC", "".join(mark for mark in marks if mark not in tones))
            out += (base + "".join(tones)).encode("cp1258")
    return bytes(out)


def _message_id(draw: random.Random, sender: str) -> str:
    digest = hashlib.sha256(f"{draw.getrandbits(128)}".encode()).hexdigest()[:24]
    return f"<{digest}@mail.{sender.rpartition('@')[2]}>"


def _quoted(style: str, letter: Received) -> str:
    """Quote our letter as Vietnamese mail programs do: return the block of `style` ("gmail", "outlook", or "").

    The block begins with a blank line.
    """
    if style == "gmail":
        lines = "\n".join(f"> {line}".rstrip() for line in letter.text.splitlines())
        weekday = f"Th {letter.at.weekday() + 2}" if letter.at.weekday() < 6 else "CN"
        when = f"{weekday}, {letter.at.day} thg {letter.at.month}, {letter.at.year} vào lúc {letter.at:%H:%M}"
        return f"\nVào {when} {letter.from_name} <{letter.from_address}> đã viết:\n\n{lines}\n"
    if style == "gmail-en":
        lines = "\n".join(f"> {line}".rstrip() for line in letter.text.splitlines())
        return f"\nOn {letter.at:%a, %d %b %Y at %H:%M}, {letter.from_name} <{letter.from_address}> wrote:\n\n{lines}\n"
    if style == "outlook-en":
        head = (
            f"From: {letter.from_name} <{letter.from_address}>\nSent: {letter.at:%d %B %Y %H:%M}\nTo: {letter.rcpt}\n"
            f"Subject: {letter.subject}"
        )
        return f"\n________________________________\n{head}\n\n{letter.text}\n"
    if style == "outlook":
        return f"\n________________________________\n{_outlook_head(letter)}\n\n{letter.text}\n"
    return ""


def _outlook_html(letter: Received) -> str:
    """Return the same block in Outlook's HTML."""
    lines = "".join(f"<p class=MsoNormal>{escape(line) or '&nbsp;'}</p>\r\n" for line in letter.text.splitlines())
    head = "<br>".join(
        f"<b>{label}:</b> {escape(value)}"
        for label, _, value in (row.partition(": ") for row in _outlook_head(letter).split("\n"))
    )
    return (
        "<div style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm'>"
        f"<p class=MsoNormal>{head}</p></div>\r\n{lines}"
    )


def _outlook_head(letter: Received) -> str:
    weekday = f"Thứ {_DAYS[letter.at.weekday()]}" if letter.at.weekday() < 6 else "Chủ Nhật"
    return (
        f"Từ: {letter.from_name} <{letter.from_address}>\n"
        f"Đã gửi: {weekday}, ngày {letter.at.day} tháng {letter.at.month} năm {letter.at.year} {letter.at:%H:%M}\n"
        f"Đến: {letter.rcpt}\nChủ đề: {letter.subject}"
    )
