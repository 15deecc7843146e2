"""Three agencies asked, their answers, and both databases."""

import hashlib
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from mailroom.intake import sync
from prober.domain.agency import Agency
from prober.store import Database, open_private, open_results
from prober.store.private import messages
from prober.store.private.messages import Arrival
from prober.store.results import mail_projection as tables
from prober.store.results import registry as registry_store
from tests.languages import VIETNAMESE
from tests.pobi import HANOI, POBI

START = datetime(2020, 4, 13, 9, 0, tzinfo=HANOI)
SLUGS = ("ca-mau", "dong-thap", "ha-giang")
TOKENS = dict(zip(SLUGS, ("abcdefghij", "kmnpqrstuv", "wxyz234567"), strict=True))


class Standing:
    """A clock that stands still: the moment of recording must not matter."""

    def now(self) -> datetime:
        return START + timedelta(days=90)

    async def sleep_until(self, moment: datetime) -> None:
        raise AssertionError(moment)


def agency(slug: str) -> Agency:
    return Agency(
        f"stc-{slug}", "2019", "finance", f"Sở Tài chính {slug}", "Department of Finance", slug, slug, slug,
        f"https://stc.{slug}.gov.test/",
    )  # fmt: skip


def outbox_row(slug: str, step: str, position: int) -> dict[str, object]:
    token = TOKENS[slug]
    raw = f"Subject: x\n\nKính gửi: Sở Tài chính {slug}\nMã [YC-{token}]\n".encode()
    accepted = (START + timedelta(minutes=position)).isoformat()
    return {
        "campaign": "pobi-2019", "agency": f"2019-stc-{slug}", "step": step, "position": position,
        "token": token, "state": "accepted" if step == "request" else "planned",
        "message_id": f"<{token}.{step}.pobi-2019@prober.test>",
        "mail_from": f"khao-sat+{token}@prober.test", "rcpt": f"stc@{slug.replace('-', '')}.gov.test", "subject": "x",
        "raw": raw, "sha256": hashlib.sha256(raw).hexdigest(), "not_before": accepted, "planned_at": accepted,
        "updated_at": accepted, "accepted_at": accepted if step == "request" else None, "legally_valid": 0,
    }  # fmt: skip


@pytest.fixture
def private(empty_databases: Path, tmp_path: Path) -> Iterator[Database]:
    text = POBI.protocol
    shutil.copy(empty_databases / "private.db", tmp_path)
    db = open_private(tmp_path / "private.db")
    now = START.isoformat()
    db["campaign_file"].insert(  # type: ignore[union-attr]
        {"id": "pobi-2019", "world": "sandbox", "protocol": text, "protocol_sha256": "0",
         "status": "approved", "created_at": now, "secret": "00" * 32}
    )  # fmt: skip
    db["outbox"].insert_all(  # type: ignore[union-attr]
        outbox_row(slug, step, position) for position, slug in enumerate(SLUGS, 1) for step in ("request", "reminder")
    )
    yield db
    db.close()


@pytest.fixture
def results(empty_databases: Path, tmp_path: Path) -> Iterator[Database]:
    shutil.copy(empty_databases / "results.db", tmp_path)
    db = open_results(tmp_path / "results.db")
    registry_store.sync(db, [agency(slug) for slug in SLUGS], (), "sandbox")
    yield db
    db.close()


def mail(slug: str, text: str, name: str = "m", headers: str = "") -> bytes:
    return (
        f"From: stc@{slug.replace('-', '')}.gov.test\nTo: khao-sat+{TOKENS[slug]}@prober.test\nSubject: thu\n"
        f"Message-ID: <{name}@x.test>\n{headers}MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n"
        f"Content-Transfer-Encoding: 8bit\n\n{text}\n"
    ).encode()


FULL = (
    "Sở Tài chính cung cấp thông tin như sau: quyết toán năm 2018 thu 4.912 tỷ đồng, chi 9.871 tỷ đồng; "
    "thực hiện năm 2019 thu 5.011 tỷ đồng; dự toán năm 2020 thu 5.186 tỷ đồng, chi 10.924 tỷ đồng."
)
RECEIPT = "Sở Tài chính đã nhận được thư và sẽ trả lời."
BOUNCE = "Người nhận không tồn tại"
MAILS = (
    (timedelta(hours=24), mail("ca-mau", RECEIPT, "a")),
    (timedelta(days=4, hours=1), mail("ca-mau", FULL, "b")),
    (timedelta(days=80), mail("dong-thap", FULL, "late")),
    (timedelta(hours=2), mail("ha-giang", RECEIPT, "c", "Auto-Submitted: auto-replied\n")),
)


def take_in(db: Database, mails: tuple[tuple[timedelta, bytes], ...], folder: str = "INBOX") -> None:
    arrivals = [Arrival(uid, START + after, raw) for uid, (after, raw) in enumerate(mails, 1)]
    messages.keep(db, "me", folder, 7, arrivals, START + timedelta(days=90))
    messages.note_folder(db, "me", folder, 7, [a.uid for a in arrivals], START + timedelta(days=90), "")
    sync.process(db, Standing(), vocabulary=VIETNAMESE)


def everything(db: Database) -> dict[str, list[tuple[object, ...]]]:
    return {name: db.execute(f"SELECT * FROM [{name}] ORDER BY id").fetchall() for name in tables.TABLES}


def request(db: Database, slug: str) -> dict[str, object]:
    return next(db.query("SELECT * FROM request WHERE agency = ?", [f"2019-stc-{slug}"]))
