"""Every saved mail beside what is to be made of it. A new case is one .eml: its .json is written."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from mailroom.classification import kept_facts, rules
from mailroom.classification.bounces import delivery_reports
from mailroom.matching import authentication, scoring
from mailroom.mime import parser
from prober.documents import readers
from prober.domain.correspondence import Attachment
from prober.reporting.words.reasons import said
from tests.languages import VI, VIETNAMESE

FOLDER = Path(__file__).parents[2] / "fixtures" / "mail"
CASES = sorted(FOLDER.glob("*.eml"))


def letter(province: str, token: str) -> str:
    return f"""Kính gửi: Sở Tài chính tỉnh {province}

Chúng tôi là Nhóm khảo sát. Trên tinh thần Luật Tiếp cận thông tin, chúng tôi trân trọng đề nghị Quý cơ quan cung cấp
các tài liệu hiện có sau đây:

1. Dự toán ngân sách tỉnh năm 2020 đã được Hội đồng nhân dân quyết định.

Khi trả lời, xin giữ nguyên mã [YC-{token}] ở tiêu đề."""


def sent(slug: str, province: str, token: str) -> scoring.Sent:
    ids = tuple(f"<{token}.{step}.pobi-2019@prober.test>" for step in ("request", "reminder"))
    address = f"stc@{slug.replace('-', '')}.gov.test"
    subject = f"Yêu cầu cung cấp thông tin ngân sách [YC-{token}]"
    return scoring.Sent(
        "pobi-2019",
        f"2019-stc-{slug}",
        token,
        ids,
        address,
        subject,
        letter(province, token),
        office=f"Sở Tài chính tỉnh {province}",
    )


REQUESTS = (
    sent("ca-mau", "Cà Mau", "abcdefghij"),
    sent("dong-thap", "Đồng Tháp", "kmnpqrstuv"),
    sent("ha-giang", "Hà Giang", "wxyz234567"),
)
TABLE = scoring.index(REQUESTS, VIETNAMESE)
OWN = frozenset(message_id for request in REQUESTS for message_id in request.message_ids)


def made_of(raw: bytes) -> dict[str, Any]:
    """Everything that is decided about one mail, as JSON holds it."""
    reply = parser.parse(raw)
    report = delivery_reports.examine(reply)
    candidates = scoring.match(reply, TABLE, authentication.dmarc(reply, {"mx.prober.test"}))
    chosen = scoring.chosen(candidates)
    label = rules.classify(reply, report, rules.RuleContext(OWN, bool(chosen), vocabulary=VIETNAMESE))
    head = {name: value for name, value in asdict(kept_facts.read(reply, VI)).items() if value}
    sent = {a.name: [a.original_name, a.declared_type] for a in reply.attachments if differs(a)}
    return {
        "event": label.event.value,
        "rule": label.rule,
        "words": label.words,
        "belongs_to": {c.agency: [c.score, *(said((reason,)).en for reason in c.reasons)] for c in chosen},
        "from": [reply.from_address, reply.from_name],
        "to": list(reply.to),
        "subject": reply.subject,
        "message_id": reply.message_id,
        "date": reply.date.isoformat() if reply.date else None,
        "text": reply.text.split("\n"),
        "links": list(reply.links),
        "attachments": [[a.name, a.media_type, a.size, a.sha256[:16], a.text[:100]] for a in reply.attachments],
        "recipients": [[r.address, r.status, r.permanence] for r in report],
        "defects": list(reply.defects),
    } | {name: value for name, value in (("letterhead", head), ("files_as_sent", sent)) if value}


def differs(attached: Attachment) -> bool:
    """Whether a file is called otherwise, or is of another kind, than its sender said."""
    return (attached.name, attached.media_type) != (attached.original_name, attached.declared_type)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_a_saved_mail_is_understood_as_its_json_says(case: Path) -> None:
    got = made_of(case.read_bytes())
    expected = case.with_suffix(".json")
    if not expected.exists():
        expected.write_text(json.dumps(got, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        pytest.fail(f"{expected.name} did not exist and was written: read it, then run the test again")
    assert got == json.loads(expected.read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_line_ends_change_nothing(case: Path) -> None:
    raw = case.read_bytes()
    if b"\n" not in raw:
        raw = raw.replace(b"\r", b"\n")
    unix = raw.replace(b"\r\n", b"\n")
    assert made_of(unix.replace(b"\n", b"\r\n")) == made_of(unix)


def teardown_module() -> None:
    readers.stop()
