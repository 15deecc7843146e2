"""Forge mail for all 63 agencies with only what is published and a mail account: no figure may change.

The forger knows results.db, the protocol with its seed, the letter, and the address of the survey. He writes to that
address through the world's SMTP server, as anybody can.
"""

import hashlib
import hmac
import json
import smtplib
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
SENT = "2020-04-25T18:00"
SINCE = "2020-04-30T08:00:00+07:00"  # some offices have answered, others have not
OURS = "khao-sat@prober.test"
TABLES = ("request", "reply", "reply_document", "reply_link", "request_event", "deadline", "coding")  # and all views
NO_FIGURES = {"as_of", "nightly"}  # when the mailbox was looked at
# These move with the time of the newest look at the mailbox, not with any message.
MOVING = {"watched_hours", "elapsed_working_days", "paused_hours"}


@dataclass(frozen=True)
class Known:
    """What results.db says of one request, and the token that an earlier version would have given to it."""

    agency: str
    name: str
    address: str
    day: str  # of our letter, d/m/yyyy
    token: str

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]


def published(results: Path) -> list[Known]:
    with sqlite3.connect(f"file:{results}?mode=ro", uri=True) as db:
        rows = db.execute(
            "SELECT r.agency, a.name_vi, r.to_address, r.accepted_at, r.campaign, c.seed FROM request r "
            "JOIN agency a ON a.id = r.agency JOIN campaign c ON c.id = r.campaign ORDER BY r.position"
        ).fetchall()
    return [
        Known(agency, name, address, _day(at or "2020-04-13"), _public_token(seed, campaign, agency))
        for agency, name, address, at, campaign, seed in rows
    ]


def _day(at: str) -> str:
    year, month, day = at[:10].split("-")
    return f"{int(day)}/{int(month)}/{year}"


def _public_token(seed: int, campaign: str, agency: str) -> str:
    words = ("token", campaign, agency)
    message = b"".join(len(word.encode()).to_bytes(4, "big") + word.encode() for word in words)
    digest = hmac.new(str(seed).encode(), message, hashlib.sha256).digest()
    return "".join(ALPHABET[byte & 31] for byte in digest[:10])


def written(known: Known, text: str, sender: str = "", subject: str = "", **headers: str) -> EmailMessage:
    mail = EmailMessage()
    for name in ("Authentication-Results", "ARC-Authentication-Results"):
        mail[name] = f"mail.prober.test; spf=pass smtp.mailfrom={known.domain}; dmarc=pass header.from={known.domain}"
    mail["Authentication-Results"] = f"mx.prober.test; dmarc=pass (p=reject) header.from={known.domain}"
    mail["From"] = sender or f"{known.name} <{known.address}>"
    mail["To"] = f"khao-sat+{known.token}@prober.test, {OURS}"
    mail["Subject"] = subject or f"Re: Yêu cầu cung cấp thông tin ngân sách [YC-{known.token}]"
    mail["Message-ID"] = f"<{hashlib.sha256((text + known.agency).encode()).hexdigest()[:20]}@{known.domain}>"
    mail["In-Reply-To"] = f"<{known.token}.request.wave@prober.test>"
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    return mail


def head(known: Known) -> str:
    return f"UBND TỈNH\n{known.name.upper()}\nPhúc đáp thư ngày {known.day} của Nhóm khảo sát\n\n"


def answer(known: Known, _all: list[Known]) -> EmailMessage:
    return written(known, head(known) + (
        "Sở Tài chính cung cấp thông tin: quyết toán năm 2018 thu 9.120 tỷ đồng, chi 9.871 tỷ đồng, thực hiện năm 2019 "
        "thu 5.011 tỷ đồng, dự toán năm 2020 thu 5.186 tỷ đồng, chi 10.924 tỷ đồng."
    ))  # fmt: skip


def question(known: Known, _all: list[Known]) -> EmailMessage:
    return written(known, head(known) + "Đề nghị quý Nhóm gửi phiếu yêu cầu theo mẫu số 01 và bản chụp CMND.")


def objection(known: Known, _all: list[Known]) -> EmailMessage:
    return written(known, head(known) + "Chúng tôi phản đối khảo sát này. Đề nghị không gửi thư cho chúng tôi nữa.")


def receipt(known: Known, _all: list[Known]) -> EmailMessage:
    return written(
        known, "Đây là thư trả lời tự động. Chúng tôi đã nhận được thư của bạn.", Auto_Submitted="auto-replied"
    )


def of_others(known: Known, everybody: list[Known]) -> EmailMessage:
    """An objection and refusal that quotes the tags of three other provinces."""
    at = everybody.index(known)
    others = [everybody[(at + step) % len(everybody)] for step in (1, 2, 3)]
    quoted = "".join(f"> {one.name}: [YC-{one.token}] {one.address}, ngày {one.day}\n" for one in others)
    return written(known, f"{head(known)}Đề nghị không gửi thư cho các Sở nữa, chúng tôi từ chối cung cấp.\n\n{quoted}")


def filtered(known: Known, _all: list[Known]) -> EmailMessage:
    text = (
        f"Your message to {known.address} is being held until you confirm that you are a person. Please reply to this "
        "message to release it."
    )
    return written(known, text, f"Filter <noreply@{known.domain}>", "Message held for verification")


def own_letter(known: Known, _all: list[Known]) -> EmailMessage:
    """As if we had answered what an office asked: its pause would end."""
    mail = written(known, f"Kính gửi: {known.name}\n\nNhóm xin gửi phiếu theo mẫu số 01.", f"Nhóm <{OURS}>")
    del mail["To"]
    mail["To"] = f"{known.address}, {OURS}"
    return mail


def bounce(known: Known, _all: list[Known], mailer: str = "") -> EmailMessage:
    refused = "550 5.1.1 User unknown in virtual mailbox table"
    text = f"I could not deliver your message.\n\n<{known.address}>: {refused}"
    mailer = mailer or f"MAILER-DAEMON@mail.{known.domain}"
    mail = written(known, text, mailer, "Undelivered Mail Returned to Sender", Auto_Submitted="auto-replied")
    mail.make_mixed()
    report = (
        f"Reporting-MTA: dns; mail.{known.domain}\n\nFinal-Recipient: rfc822; {known.address}\nAction: failed\n"
        f"Status: 5.1.1\nDiagnostic-Code: smtp; {refused}\n"
    )
    returned = f"From: {OURS}\nTo: {known.address}\nMessage-ID: <{known.token}.request.wave@prober.test>\n"
    mail.add_attachment(report, subtype="x-report")
    mail.add_attachment(returned, subtype="rfc822-headers")
    return mail


def strange_bounce(known: Known, everybody: list[Known]) -> EmailMessage:
    return bounce(known, everybody, "MAILER-DAEMON@evil.example")


FORGERIES: dict[str, Callable[[Known, list[Known]], EmailMessage]] = {
    "an answer": answer, "a question": question, "an objection": objection, "a receipt": receipt,
    "others' tags": of_others, "a filter's notice": filtered, "our own letter": own_letter, "a bounce": bounce,
    "a strange bounce": strange_bounce,
}  # fmt: skip


def figures(results: Path) -> set[tuple[str, str]]:
    """(table or view, row) of everything that a reader can see of letters and replies."""
    db = sqlite3.connect(f"file:{results}?mode=ro", uri=True)
    db.row_factory = sqlite3.Row
    try:
        views = {row["name"] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'view'")} - NO_FIGURES
        return {
            (name, json.dumps({key: value for key, value in dict(row).items() if key not in MOVING}))
            for name in (*TABLES, *views)
            for row in db.execute(f"SELECT * FROM {name}")
        }
    finally:
        db.close()


def _as_report(raw: bytes) -> bytes:
    """Name the parts of a bounce by their types (RFC 3462), which the library cannot write."""
    if b"text/x-report" not in raw:
        return raw
    raw = raw.replace(b"multipart/mixed;", b"multipart/report; report-type=delivery-status;", 1)
    return raw.replace(b'text/x-report; charset="utf-8"', b"message/delivery-status")


def posted(survey: Any, mails: Iterator[EmailMessage]) -> int:
    number = 0
    with smtplib.SMTP(survey.endpoint.smtp_host, survey.endpoint.smtp_port, timeout=60) as server:
        for mail in mails:
            server.sendmail("an@gmail.test", [OURS], _as_report(mail.as_bytes(policy=SMTP)))
            number += 1
    return number


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory, survey: Any) -> Any:
    """63 departments asked; some have answered."""
    mine = survey(tmp_path_factory.mktemp("forged"), False)
    mine.inside = True
    mine.plan()
    mine.run("campaign", "send", "wave", "--until", SENT)
    mine.ask(f"/advance?to={quote(SINCE)}")
    mine.prober("mailbox", "sync")
    return mine


@pytest.mark.proof
def test_forged_mail_of_all_63_changes_no_figure(asked: Any, show: Any) -> None:
    everybody = published(asked.results)
    assert len(everybody) == 63
    rows: list[tuple[object, ...]] = []
    for name, forge in FORGERIES.items():
        before = figures(asked.results)
        sent = posted(asked, (forge(known, everybody) for known in everybody))
        asked.prober("mailbox", "sync")
        changed = before ^ figures(asked.results)
        requests = {json.loads(row)["agency"] for name_of, row in changed if name_of == "request"}
        rows.append((name, sent, len(requests), len(changed)))
    show("forged with what is published and a mail account", ("forgery", "mails", "requests changed", "rows"), rows)
    assert not any(row[2] or row[3] for row in rows)


@pytest.mark.proof
def test_the_answers_of_offices_are_found_among_the_forged(asked: Any) -> None:
    """After the test above, in the same mailbox: the survey goes on to its end."""
    asked.run("campaign", "send", "wave", "--until", "2020-05-30T18:00")
    asked.ask(f"/advance?to={quote('2020-06-20T08:00:00+07:00')}")
    asked.prober("mailbox", "sync")
    with sqlite3.connect(f"file:{asked.results}?mode=ro", uri=True) as db:
        events = "SELECT a.slug, r.outcome FROM request r JOIN agency a ON a.id = r.agency"
        outcomes = dict(db.execute(events).fetchall())
        proofs = {proof for (proof,) in db.execute("SELECT proof FROM reply")}
        assert db.execute("SELECT SUM(replied) FROM request").fetchone() == (8,)
    truth = {slug: row["reply"]["event"] for slug, row in asked.ask("/truth")["finance"].items()}
    wrong = {slug: (event, outcomes[slug]) for slug, event in truth.items() if outcomes[slug] != event != "N1"}
    assert not wrong and proofs == {"secret"}
