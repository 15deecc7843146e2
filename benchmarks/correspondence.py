"""Fill a mailbox with thousands of replies of the embedded world to a wave of letters."""

import asyncio
import json
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import quote
from urllib.request import ProxyHandler, Request, build_opener

from benchmarks.places import agencies
from benchmarks.sender import SENDER
from mailroom.sending.approval import freeze, sha256
from mailroom.sending.send_due import SendingRun, send_due
from prober.config.load import Imap, Smtp
from prober.domain.agency import Agency
from prober.sandbox import client
from prober.store import Database, open_private, open_results
from prober.store.private import campaigns
from prober.store.results.registry import sync as register
from tests.pobi import POBI, successions

SECRET = "5e" * 32  # of the tokens

CAMPAIGN = "bench"
_open = build_opener(ProxyHandler({})).open


def correspond(folder: Path, endpoint: client.Endpoint, truth: dict[str, dict[str, dict[str, str]]]) -> None:
    """Send one wave to the world's 63 departments and move the clock on by 60 days.

    Leaves private.db, results.db and a full mailbox.
    """
    clock = client.WorldClock(endpoint)
    asked = [_with_address(a, truth["finance"][a.slug]["request_email"]) for a in agencies(endpoint, "finance")]
    private, results = databases(folder)
    register(results, agencies(endpoint), successions(), "sandbox")
    text = POBI.protocol
    text = text.replace("reminder_working_days = 10", "reminder_working_days = 0")
    text = text.replace("first_day = 2020-04-13", f"first_day = {clock.now() + timedelta(days=1):%Y-%m-%d}")
    campaigns.save_draft(private, CAMPAIGN, "sandbox", text, sha256(text), clock.now(), SECRET)
    sender = replace(SENDER, address=f"khao-sat@{endpoint.mail_domain}")
    freeze(private, CAMPAIGN, asked, sender, POBI, "bench", clock.now())
    smtp = Smtp(host=endpoint.smtp_host, port=endpoint.smtp_port, tls="none", per_day=50, seconds_between=1)
    send_due(SendingRun(private, CAMPAIGN, smtp, sender, clock, POBI, clock.now() + timedelta(days=10)))
    asyncio.run(clock.sleep_until(clock.now() + timedelta(days=60)))
    for db in (private, results):
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.close()


def databases(folder: Path) -> tuple[Database, Database]:
    return open_private(folder / "private.db"), open_results(folder / "results.db")


def mailbox(endpoint: client.Endpoint) -> Imap:
    """Return the world's mailbox, its inbox only."""
    return Imap(
        host=endpoint.imap_host, port=endpoint.imap_port, user=endpoint.imap_user, tls="none", folders=("INBOX",)
    )


def deliver(endpoint: client.Endpoint, raw: bytes, at: datetime | None = None) -> None:
    """Put a mail into the inbox now. Returns when it is there and idle clients have been notified."""
    when = f"?at={quote(at.isoformat())}" if at else ""
    with _open(Request(f"{endpoint.control}/deliver{when}", data=raw, method="POST"), timeout=30) as answer:
        json.loads(answer.read())


def _with_address(agency: Agency, address: str) -> Agency:
    return replace(agency, request_email=address, request_email_reviewed_by="bench")
