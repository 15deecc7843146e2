"""Short letters, a row each, in the words that offices use: every class, with and without accents.

What is enclosed is told by its name: a table of the budget, a form, a slip of receipt, rules, a picture of a text.
"""

import csv
from dataclasses import replace
from email.message import EmailMessage
from functools import cache
from pathlib import Path

import pytest

from mailroom.classification import rules
from mailroom.mime import parser
from prober.documents.readers import SCANNED
from prober.domain.correspondence import SUBSTANTIVE, Attachment, Event, Reply
from prober.text.vietnamese import fold
from tests.languages import VIETNAMESE

_PATH = Path(__file__).parents[2] / "fixtures" / "replies" / "wordings.csv"
ROWS = list(csv.DictReader(_PATH.read_text(encoding="utf-8").splitlines()))
TABLE = "Biểu số 46/CK-NSNN\nCÂN ĐỐI NGÂN SÁCH ĐỊA PHƯƠNG\nĐơn vị: Triệu đồng\n" + "\n".join(
    f"{n}\tMục {n}\t{12345 + 137 * n}\t{22345 + 177 * n}" for n in range(8)
)
TEXTS = {
    "mau": "Mẫu số 01a\nPHIẾU YÊU CẦU CUNG CẤP THÔNG TIN\nKính gửi: ……\nHọ tên: ……",
    "quy che": "QUY CHẾ\nCung cấp thông tin của Sở Tài chính\nĐiều 1. Phạm vi\nĐiều 2. Đối tượng",
    "phieu tiep": "PHIẾU TIẾP NHẬN\nSở Tài chính đã tiếp nhận yêu cầu cung cấp thông tin của ông.",
    "scan": "SỞ TÀI CHÍNH\nvăn bản",
}
# Where nothing is given, no file makes an answer of it, not even one that nobody can read.
NO_ANSWERS = [row for row in ROWS if not row["files"] and Event(row["event"]) not in SUBSTANTIVE | {Event.SPAM}]
SILENT_FILES = (
    Attachment("CV 712.pdf", "CV 712.pdf", "application/pdf", "", 9, "", SCANNED, scanned=True),
    Attachment("Mau 01a.docx", "Mau 01a.docx", "application/x", "", 9, "", TEXTS["mau"]),
    Attachment("du toan.zip", "du toan.zip", "application/zip", "", 9, "", "[prober: encrypted]"),
)


def enclosed(name: str) -> Attachment:
    text = next((text for word, text in TEXTS.items() if word in name.lower()), TABLE)
    return Attachment(name, name, "application/octet-stream", "application/octet-stream", 9, "", text)


@cache
def letter(text: str, stranger: bool) -> Reply:
    message = EmailMessage()
    message["From"] = "sale@hang.example" if stranger else "vanthu@stc.tinh.gov.test"
    message["To"] = "khao-sat@prober.test"
    message["Subject"] = "Thông báo" if stranger else "Re: [YC-4ykbga56] Yêu cầu cung cấp thông tin"
    if not stranger:
        message["References"] = "<a@prober.test>"
    message.set_content(text)
    return parser.parse(message.as_bytes())


def said(row: dict[str, str], text: str, *others: Attachment) -> Event:
    files = (*(enclosed(name) for name in row["files"].split(";") if name), *others)
    reply = replace(letter(text, row["event"] == Event.SPAM), attachments=files)
    return rules.classify(reply, [], rules.RuleContext(matched=True, vocabulary=VIETNAMESE)).event


def test_every_row_has_the_class_of_its_label() -> None:
    assert [(row["text"], event) for row in ROWS if (event := said(row, row["text"])) != row["event"]] == []


def test_without_accents_hardly_any_row_is_mistaken_and_none_for_an_answer() -> None:
    events = [(Event(row["event"]), said(row, fold(row["text"])), row["text"]) for row in ROWS]
    assert [text for wanted, event, text in events if event in SUBSTANTIVE and wanted not in SUBSTANTIVE] == []
    mistaken = [text for wanted, event, text in events if event != wanted]
    assert len(mistaken) <= len(ROWS) // 50, mistaken


@pytest.mark.parametrize("file", SILENT_FILES, ids=lambda file: file.name)
def test_no_file_that_shows_nothing_makes_an_answer(file: Attachment) -> None:
    answers = [row["text"] for row in NO_ANSWERS if said(row, row["text"], file) in SUBSTANTIVE]
    assert answers == []
