"""An office with a campaign already sent and answers already in, for tests of what people do with them."""

import hashlib
import sqlite3
from datetime import datetime, timedelta
from email.utils import formataddr
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from mailroom.intake import sync
from mailroom.outcomes import projection
from prober.cli import cli
from prober.clock import SystemClock
from prober.store import open_private, open_results
from prober.store.private import messages
from prober.store.private.messages import Arrival
from prober.store.results import registry as registry_store
from tests.languages import VIETNAMESE
from tests.pobi import HANOI, POBI
from tests.pobi import agencies as shipped

START = datetime(2020, 4, 13, 9, 0, tzinfo=HANOI)
# Live, so that no world is started; without [smtp] and [imap], so that nothing can be sent or read; no page is drawn
# when a test publishes.
LIVE = 'world = "live"\n[crawl]\nuser_agent = "prober-test (https://prober.test/)"\n[publish]\npages = false\n'
TOKENS = {"ca-mau": "abcdefghij", "dong-thap": "kmnpqrstuv", "ha-giang": "wxyz234567", "bac-ninh": "bcdfghjkmn"}
TEXTS = {
    "ca-mau": "Sở Tài chính tỉnh Cà Mau cung cấp thông tin: quyết toán năm 2018 chi 9.871 tỷ đồng, thực hiện năm 2019 "
    "thu 5.011 tỷ đồng, dự toán năm 2020 thu 5.186 tỷ đồng, chi 10.924 tỷ đồng.\x1b[2J",
    "dong-thap": "Sở Tài chính đã tiếp nhận yêu cầu và sẽ trả lời.",
    "ha-giang": "Rất tiếc, Sở Tài chính không thể cung cấp tài liệu.",
}


class Office:
    """A folder with prober.toml (live, without any server), results.db and private.db; `run` calls the command line."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.toml = folder / "prober.toml"

    def run(self, *words: str, typed: str = "", code: int = 0) -> str:
        result = CliRunner().invoke(cli, ["--config", str(self.toml), *words], input=typed)
        assert result.exit_code == code, (words, result.output, result.exc_info)
        return result.output

    def public(self, sql: str) -> list[tuple[Any, ...]]:
        return self._rows("results.db", sql)

    def private(self, sql: str) -> list[tuple[Any, ...]]:
        return self._rows("var/private.db", sql)

    def _rows(self, name: str, sql: str) -> list[tuple[Any, ...]]:
        connection = sqlite3.connect(self.folder / name)
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()


def letter(slug: str, step: str, position: int) -> dict[str, object]:
    token, accepted = TOKENS[slug], (START + timedelta(minutes=position)).isoformat()
    office = f"Sở Tài chính tỉnh {slug}"
    to = formataddr((office, f"stc@{slug.replace('-', '')}.gov.test"))
    text = f"Kính gửi: {office}\nXin gửi dự toán năm 2020. Mã [YC-{token}]\n"
    raw = f"To: {to}\nSubject: x\nContent-Type: text/plain; charset=utf-8\n\n{text}".encode()
    return {
        "campaign": "pobi-2019", "agency": f"2019-stc-{slug}", "step": step, "position": position, "token": token,
        "state": "accepted" if step == "request" else "planned", "message_id": f"<{token}.{step}@prober.test>",
        "mail_from": f"khao-sat+{token}@prober.test", "rcpt": f"stc@{slug.replace('-', '')}.gov.test", "subject": "x",
        "raw": raw, "sha256": hashlib.sha256(raw).hexdigest(), "not_before": accepted, "planned_at": accepted,
        "updated_at": accepted, "accepted_at": accepted if step == "request" else None, "legally_valid": 0,
    }  # fmt: skip


def mail(slug: str, text: str, headers: str = "") -> bytes:
    return (
        f"From: stc@{slug.replace('-', '')}.gov.test\nTo: khao-sat+{TOKENS[slug]}@prober.test\nSubject: thu\n"
        f"Message-ID: <{slug}@x.test>\n{headers}Content-Type: text/plain; charset=utf-8\n"
        f"Content-Transfer-Encoding: 8bit\n\n{text}\n"
    ).encode()


def four_departments(folder: Path) -> Office:
    """Return an office that asked four departments; three wrote, one is silent."""
    (folder / "prober.toml").write_text(LIVE, encoding="utf-8")
    private, results = open_private(folder / "var/private.db"), open_results(folder / "results.db")
    registry_store.sync(results, shipped("2019"), (), "live")
    text = POBI.protocol
    private.table("campaign_file").insert(
        {"id": "pobi-2019", "world": "live", "protocol": text, "protocol_sha256": "0", "status": "approved",
         "created_at": START.isoformat(), "secret": "00" * 32}
    )  # fmt: skip
    private.table("outbox").insert_all(
        letter(slug, step, position) for position, slug in enumerate(TOKENS, 1) for step in ("request", "reminder")
    )
    arrivals = [Arrival(n, START + timedelta(hours=24 * n), mail(*pair)) for n, pair in enumerate(TEXTS.items(), 1)]
    messages.keep(private, "me", "INBOX", 7, arrivals, START + timedelta(days=30))
    messages.note_folder(private, "me", "INBOX", 7, [a.uid for a in arrivals], START + timedelta(days=30), "")
    sync.process(private, SystemClock(), vocabulary=VIETNAMESE)
    projection.project(private, results, POBI)
    private.close()
    results.close()
    return Office(folder)
