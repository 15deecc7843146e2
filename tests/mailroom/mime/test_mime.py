"""Parsing: never an exception, the same value for the same mail, and the parts of it that have rules of their own."""

import base64
import hashlib
import subprocess
import sys
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailroom.classification import rules
from mailroom.classification.bounces import delivery_reports
from mailroom.matching import scoring
from mailroom.mime import parser
from prober.domain.correspondence import Event
from tests.languages import VIETNAMESE

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
@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
def test_no_bytes_make_the_pipeline_raise(raw: bytes) -> None:
    reply = parser.parse(raw)
    report = delivery_reports.examine(reply)
    label = rules.classify(reply, report, rules.RuleContext(vocabulary=VIETNAMESE))
    assert label.event in Event
    assert scoring.chosen(scoring.match(reply, scoring.index((), VIETNAMESE))) == []
    assert parser.parse(raw) == reply
    "".join((reply.text, reply.full_text, reply.subject, reply.from_name)).encode()  # storable: no lone surrogate


@pytest.mark.parametrize("piece", ["b,", "@", "<", "(", '"', "a@b.test,", "=?utf-8?q?a?= "])
def test_an_endless_list_of_addresses_is_read(piece: str) -> None:
    """The library takes time by the square of some of them: a member of a group cost as much as all before it."""
    endless = "nhóm: " + piece * (60_000 // len(piece))
    started = time.process_time()
    to = parser.parse(f"From: {endless}\nTo: {endless}\nCc: {endless}\nBcc: khao-sat@prober.test\n\nx".encode()).to
    assert to[-1] == "khao-sat@prober.test"
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    ("plain", "linked"),
    [("Bạn bấm vào đây nhé", True), ("Bạn xem http://a.test/1 nhé", False), ("Sở xin trả lời: " * 30, False)],
)
def test_of_two_forms_of_the_same_words_the_one_with_the_links_is_read(plain: str, linked: bool) -> None:
    html = '<p>Bạn bấm vào <a href="http://stc.tinh.test/qt2018.pdf">đây</a> nhé</p>'
    forms = ((b"plain", plain), (b"html", html))
    parts = (b"--b\nContent-Type: text/%s; charset=utf-8\n\n%s\n" % (kind, text.encode()) for kind, text in forms)
    head = b"From: a@stc.test\nContent-Type: multipart/alternative; boundary=b\n\n"
    reply = parser.parse(head + b"".join(parts) + b"--b--\n")
    assert ("qt2018.pdf" in reply.text) is linked


def test_a_letter_of_ten_megabytes_is_read_and_hashed() -> None:
    data = bytes(range(256)) * 40_000
    raw = (
        b"Subject: x\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nGui kem.\n--b\nContent-Type: image/jpeg\n"
        b"Content-Transfer-Encoding: base64\n\n" + base64.encodebytes(data) + b"--b--\n"
    )
    started = time.process_time()
    (attached,) = parser.parse(raw).attachments
    assert (attached.size, attached.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    assert time.process_time() - started < 5


def test_what_reads_mail_can_send_none() -> None:
    """No answer to what comes in, ever: the module that sends is not even loaded."""
    loaded = "import sys, mailroom.intake.sync, mailroom.intake.watch; sys.exit('mailroom.sending.smtp' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", loaded], timeout=60).returncode == 0
