"""Parsing: never an exception, the same value for the same mail, and the parts of it that have rules of their own."""

import base64
import hashlib
import subprocess
import sys
import time

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from mailroom.classification import letterhead, rules
from mailroom.classification.bounces import delivery_reports
from mailroom.classification.bounces.permanence import judge
from mailroom.classification.links_in_reply import Target, target
from mailroom.matching import scoring
from mailroom.mime import attachments, body_text, parser
from mailroom.mime import body_text as html_text
from mailroom.mime.decoding import header_text, text_of
from mailroom.mime.headers import clean
from prober.domain.correspondence import Event

HEADERS = (
    b"From: ", b"To: ", b"Subject: ", b"Date: ", b"Content-Type: multipart/mixed; boundary=b\n",
    b"--b\n", b"--b--\n",
    b"Content-Type: text/html; charset=utf-8\n", b"Content-Type: message/rfc822\n",
    b"Content-Transfer-Encoding: base64\n",
    b"Content-Type: message/delivery-status\n", b"Final-Recipient: rfc822; a@b.test\n",
    b"=?utf-8?B?", b"?=", b"\n\n", b"\r\n",
    b"Content-Type: text/plain; format=flowed; delsp=yes\n", b"begin 644 x\n", b"end\n", b"> ",
    b"<blockquote>", b"\x00", b"\xff\xfe",
    b"Content-Disposition: attachment; filename*0*=utf-8''%\n", b"<", b"@", b"[YC-abcdefghij]", b"Return-Path: <>\n",
)  # fmt: skip
mails = st.lists(st.one_of(st.sampled_from(HEADERS), st.binary(max_size=40)), max_size=40).map(b"".join)


@given(mails)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_bytes_make_the_pipeline_raise(raw: bytes) -> None:
    reply = parser.parse(raw)
    report = delivery_reports.examine(reply)
    label = rules.classify(reply, report, rules.Context())
    assert label.event in Event
    assert scoring.chosen(scoring.match(reply, ())) == []
    assert parser.parse(raw) == reply
    "".join((reply.text, reply.full_text, reply.subject, reply.from_name)).encode()  # storable: no lone surrogate


@given(
    st.binary(max_size=300),
    st.sampled_from(["", "utf-8", "uft-8", "iso-2022-jp", "windows-1258", "hz-gb-2312", "\x00", "utf-16"]),
)
def test_any_bytes_are_some_text(data: bytes, charset: str) -> None:
    text, _ = text_of(data, charset)
    assert text.encode().decode() == text  # storable: no lone surrogate


@example("Á", "iso-2022-jp")
@example("ưô0Á", "")
@example("Á0aô", "")
@given(
    st.text("abđêôơưăÁắậỗợỸ 019.,?~", max_size=100),
    st.sampled_from(["", "utf-8", "uft-8", "us-ascii", "iso-8859-1", "iso-2022-jp", "\x00"]),
)
def test_vietnamese_in_utf_8_is_read_whatever_was_declared(written: str, charset: str) -> None:
    assert text_of(written.encode(), charset)[0] == written


@given(st.text(max_size=200))
def test_what_is_new_is_part_of_what_was_written(text: str) -> None:
    new = body_text.new_text(text)
    assert all(line.strip() in text for line in new.split("\n"))


@given(st.lists(st.text(max_size=300), max_size=8))
def test_attachment_names_are_safe_and_unique(names: list[str]) -> None:
    made = attachments.describe([attachments.Part(name, "text/csv", b"1;2") for name in names])
    shown = [a.name.lower() for a in made]
    assert len(set(shown)) == len(names)
    assert not any(c in name for name in shown for c in '/\\\0<>:"\r\n')
    assert all(0 < len(name) <= attachments.MAX_NAME + 4 for name in shown)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("'stc@camau.gov.test'", "stc@camau.gov.test"),
        ("prvs=12345abcde=stc@camau.gov.test", "stc@camau.gov.test"),
        ("btv1==0123456789==stc@camau.gov.test", "stc@camau.gov.test"),
        ("STC@CaMau.GOV.test.", "stc@camau.gov.test"),
    ],
)
def test_addresses_are_unwrapped(written: str, meant: str) -> None:
    assert clean(written) == meant


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        ("=?utf-8?Q?S=E1=BB=9F?= =?utf-8?Q?_T=C3=A0i?=", "Sở Tài"),
        ("=?UTF-8?B?U+G7?= =?UTF-8?B?n2E=?=", "Sởa"),
        ("plain\n  folded", "plain folded"),
        ("=?x-unknown?Q?abc?= d", "abc d"),
        ("=?utf-8*vi?Q?S=E1=BB=9F?=", "Sở"),
        ("=?utf-8?B?not base64 at all?=", "=?utf-8?B?not base64 at all?="),
    ],
)
def test_headers_are_decoded(raw: str, read: str) -> None:
    if "not base64" in raw:
        assert header_text(raw)  # whatever it is, it is text
    else:
        assert header_text(raw) == read


@pytest.mark.parametrize(
    ("mark", "kept"),
    [
        ("Vào 09:15, Th 2, 13 thg 4, 2020 Nhóm khảo sát <a@b.test> đã viết:\n> x", "Của tôi."),
        ("Vào Thứ Hai, 13 tháng 4, 2020 lúc 9:15, Nhóm\nkhảo sát <a@b.test> đã\nviết:\n\n> x", "Của tôi."),
        ("On Mon, Apr 13, 2020 at 9:15 AM A <a@b.test> wrote:\n> x", "Của tôi."),
        ("-----Thư gốc-----\nx", "Của tôi."),
        ("-------- Thư đã chuyển tiếp --------\nx", "Của tôi."),
        ("Từ: A <a@b.test>\nĐã gửi: Thứ Hai\nĐến: b@c.test\nChủ đề: x\n\nnội dung", "Của tôi."),
        ("*Từ:* A <a@b.test>\n*Gửi:* Thứ Hai\n*Tới:* b@c.test\n*Chủ đề:* x\n\nnội dung", "Của tôi."),
        ("________________________________\nFrom: A\nSent: B\nTo: C\nSubject: D\n\nx", "Của tôi."),
        (">>> A 04/13/20 9:15 AM >>>\nx", "Của tôi."),
        ("--\nVăn thư Sở", "Của tôi."),
        ("Đã gửi từ iPhone của tôi", "Của tôi."),
        ("Kính gửi: Nhóm\nSố: 12/STC\nNơi nhận: VT", "Của tôi.\n\nKính gửi: Nhóm\nSố: 12/STC\nNơi nhận: VT"),
        ("Từ: ngày 1/4 Sở chuyển trụ sở.", "Của tôi.\n\nTừ: ngày 1/4 Sở chuyển trụ sở."),
    ],
    ids=range(13),
)  # fmt: skip
def test_quotations_go_and_letterheads_stay(mark: str, kept: str) -> None:
    assert body_text.new_text(f"Của tôi.\n\n{mark}") == kept


@pytest.mark.parametrize(
    ("text", "filed_as"),
    [
        ("Mã số hồ sơ: 000.00.32.H12-200414-0007. Kết quả", "000.00.32.H12-200414-0007"),
        ("Số tiếp nhận 0512/STC-TCD", "0512/STC-TCD"),
        ("Ticket #55012 has been opened", "55012"),
        ("Xin giữ nguyên mã [YC-abcdefghij] và mã yêu cầu của quý vị.", ""),
        ("Mã số thuế: 0312345678", ""),
    ],
)
def test_the_number_that_an_office_gave_to_our_request_is_kept(text: str, filed_as: str) -> None:
    raw = f"Content-Type: text/plain; charset=utf-8\n\n{text}".encode()
    assert letterhead.read(parser.parse(raw)).filed_as == filed_as


@pytest.mark.parametrize(
    ("url", "what"),
    [
        ("https://stc.ca-mau.gov.test", Target.HOME),
        ("https://stc.ca-mau.gov.test/trang-chu", Target.HOME),
        ("https://stc.ca-mau.gov.test/web/guest/home", Target.HOME),
        ("https://stc.ca-mau.gov.test/Default.aspx", Target.HOME),
        ("https://stc.ca-mau.gov.test/cong-khai-ngan-sach", Target.SECTION),
        ("https://stc.ca-mau.gov.test/cong-khai-ngan-sach/2020", Target.SECTION),
        ("https://stc.ca-mau.gov.test/qd-12.pdf", Target.DOCUMENT),
        ("https://stc.ca-mau.gov.test/Default.aspx?itemid=881", Target.DOCUMENT),
        ("https://stc.ca-mau.gov.test/tin/cong-bo-cong-khai-du-toan-ngan-sach-nam-2020", Target.DOCUMENT),
        ("https://www.facebook.com/tinhcamau/posts/12345", Target.ELSEWHERE),
        ("https://mail.camau.gov.test/owa/12345.pdf", Target.ELSEWHERE),
        ("http://[::1", Target.ELSEWHERE),
    ],
)
def test_where_a_link_leads(url: str, what: Target) -> None:
    assert target(url) == what


@pytest.mark.parametrize(
    ("status", "diagnostic", "verdict"),
    [
        ("5.1.1", "550 5.1.1 User unknown", "dead"),
        ("5.1.10", "RESOLVER.ADR.RecipientNotFound", "dead"),
        ("5.2.2", "552 mailbox full", "temporary"),
        ("4.2.2", "over quota", "temporary"),
        ("5.7.1", "rejected by policy", "blocked"),
        ("5.1.1", "554 rejected: listed at zen.spamhaus.org", "blocked"),
        ("4.4.7", "expired", "temporary"),
        ("", "550 SPF check failed", "blocked"),
        ("5.4.4", "Host not found", "dead"),
        ("2.0.0", "", "delivered"),
        ("", "hộp thư đã đầy", "temporary"),
        ("", "địa chỉ không tồn tại", "dead"),
        ("", "", "temporary"),  # nothing is called dead without a reason
    ],
)
def test_permanence(status: str, diagnostic: str, verdict: str) -> None:
    assert judge(status, diagnostic) == verdict


def test_a_link_behind_words_is_readable_in_the_text() -> None:
    text, links = html_text.html_text(
        '<p>Xem <a href="https://a.gov.test/x.pdf">tại đây</a></p><blockquote>cũ</blockquote>'
    )
    assert text == "Xem tại đây <https://a.gov.test/x.pdf>\n\n> cũ"
    assert links == ("https://a.gov.test/x.pdf",)


@pytest.mark.parametrize("piece", ["b,", "@", "<", "(", '"', "a@b.test,", "=?utf-8?q?a?= "])
def test_an_endless_list_of_addresses_is_read(piece: str) -> None:
    """The library takes time by the square of some of them: a member of a group cost as much as all before it."""
    endless = "nhóm: " + piece * (60_000 // len(piece))
    started = time.monotonic()
    to = parser.parse(f"From: {endless}\nTo: {endless}\nCc: {endless}\nBcc: khao-sat@prober.test\n\nx".encode()).to
    assert to[-1] == "khao-sat@prober.test"
    assert time.monotonic() - started < 5


def test_an_endless_answer_of_a_server_is_judged() -> None:
    report = "Final-Recipient: rfc822; a@b.test\nAction: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; 550 user unknown"
    raw = (
        "From: MAILER-DAEMON@b.test\nContent-Type: message/delivery-status\n\n"
        f"Reporting-MTA: dns; b.test\n\n{report}{' address' * 8_000}\n"
    )
    started = time.monotonic()
    assert [entry.permanence for entry in delivery_reports.examine(parser.parse(raw.encode()))] == ["dead"]
    assert time.monotonic() - started < 5


def test_a_letter_of_ten_megabytes_is_read_and_hashed() -> None:
    data = bytes(range(256)) * 40_000
    raw = (
        b"Subject: x\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nGui kem.\n--b\nContent-Type: image/jpeg\n"
        b"Content-Transfer-Encoding: base64\n\n" + base64.encodebytes(data) + b"--b--\n"
    )
    started = time.monotonic()
    (attached,) = parser.parse(raw).attachments
    assert (attached.size, attached.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    assert time.monotonic() - started < 5


def test_what_reads_mail_can_send_none() -> None:
    """No answer to what comes in, ever: the module that sends is not even loaded."""
    loaded = "import sys, mailroom.intake.sync, mailroom.intake.watch; sys.exit('mailroom.sending.smtp' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", loaded], timeout=60).returncode == 0


def test_fifty_thousand_nested_tags_are_text() -> None:
    started = time.monotonic()
    text, _ = html_text.html_text("<div>" * 50_000 + "Sở" + "</div>" * 50_000)
    assert text == "Sở"
    assert time.monotonic() - started < 5
