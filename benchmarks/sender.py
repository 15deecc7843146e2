"""Send the approved letters of a private.db: `ours`, with the outbox, or `bare`, a loop of aiosmtplib. A program.

Reads {"how", "database", "port"} as JSON and prints {"sent", "seconds"}; seconds are those of sending alone.
"""

import asyncio
import json
import sys
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import aiosmtplib

from mailroom.sending.send_due import SendingRun, send_due
from prober.config.load import Sender, Smtp
from prober.domain.correspondence import SendState
from prober.store import open_private
from tests.pobi import HANOI, POBI

CAMPAIGN = "bench"
SENDER = Sender(name="Nhóm khảo sát (mô phỏng)", address="khao-sat@prober.test", phone="024 0000 0000")
DUE = datetime(2020, 4, 13, 9, 30, tzinfo=HANOI)  # every letter of the wave is due by then, and the window is open


class Noon:
    """A clock that stays at a time at which everything is due."""

    moment = DUE

    def now(self) -> datetime:
        return self.moment

    async def sleep_until(self, moment: datetime) -> None:
        self.moment = max(self.moment, moment)


def ours(database: Path, port: int) -> int:
    db = open_private(database)
    smtp = Smtp(host="127.0.0.1", port=port, tls="none", per_day=10**6, seconds_between=0)
    counters = send_due(SendingRun(db, CAMPAIGN, smtp, SENDER, Noon(), POBI, DUE + timedelta(hours=1)))
    db.close()
    return counters.results[SendState.ACCEPTED]


async def bare(letters: Sequence[tuple[str, str, bytes]], port: int) -> int:
    """Send letters simply: one connection, one after the other, the copy to oneself as second recipient."""
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False) as client:
        for mail_from, rcpt, raw in letters:
            await client.sendmail(mail_from, [rcpt, SENDER.address], raw)
    return len(letters)


def main() -> None:
    given = json.load(sys.stdin)
    database = Path(given["database"])
    if given["how"] == "ours":
        begin = time.perf_counter()
        sent = ours(database, given["port"])
    else:
        db = open_private(database)
        letters = db.execute("SELECT mail_from, rcpt, raw FROM outbox ORDER BY position").fetchall()
        db.close()
        begin = time.perf_counter()
        sent = asyncio.run(bare(letters, given["port"]))
    print(json.dumps({"sent": sent, "seconds": time.perf_counter() - begin}))


if __name__ == "__main__":
    main()
