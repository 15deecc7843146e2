"""Sending against a server that misbehaves on order: after each fault, the state of the letter and the copies out."""

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email import message_from_bytes
from importlib import resources
from pathlib import Path

import pytest
import trustme
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from mailroom.outbox import freeze, sha256
from mailroom.sending import send_due
from mailroom.tally import SendSummary
from sqlite_utils import Database

from prober.agency import Agency, agencies
from prober.config import Sender, Smtp
from prober.errors import NotApproved, ProberError, ServerUnreachable
from prober.store import campaigns, open_private, outbox
from prober.workdays import HANOI, vietnam

START = datetime(2020, 4, 13, 8, 0, tzinfo=HANOI)
SENDER = Sender(name="Nhóm khảo sát (mô phỏng)", address="khao-sat@prober.test", phone="024 0000 0000")
AGENCY = "stc.ca-mau@agency.gov.test"
OWN = SENDER.address


class SteppedClock:
    """Time that moves only when someone sleeps."""

    def __init__(self, now: datetime = START) -> None:
        self.moment = now

    def now(self) -> datetime:
        return self.moment

    async def sleep_until(self, moment: datetime) -> None:
        self.moment = max(self.moment, moment)


@dataclass
class Orders:
    """What the peer does instead of its duty. Key: command, or "RCPT address"; value: a reply line, or drop or mute.

    Each order is obeyed `times` times, then the peer behaves.
    """

    misdeeds: dict[str, str] = field(default_factory=dict)
    times: int = 1_000_000
    copies: list[tuple[str, tuple[str, ...], bytes]] = field(default_factory=list)  # message-id, recipients, bytes
    obeyed: int = 0

    def next(self, command: str) -> str:
        if command not in self.misdeeds or self.obeyed >= self.times:
            return ""
        self.obeyed += 1
        return self.misdeeds[command]


class Peer(SMTP):
    """A real SMTP server (aiosmtpd) that obeys `Orders`."""

    orders: Orders

    async def _refuse(self, command: str) -> bool:
        order = self.orders.next(command)
        if order == "drop":
            self.transport.abort()
        elif order == "mute":
            await asyncio.sleep(30)
        elif order:
            await self.push(order)
        return bool(order)

    async def smtp_EHLO(self, hostname: str) -> None:
        if not await self._refuse("EHLO"):
            await super().smtp_EHLO(hostname)

    async def smtp_HELO(self, hostname: str) -> None:
        if not await self._refuse("EHLO"):
            await super().smtp_HELO(hostname)

    async def smtp_MAIL(self, arg: str) -> None:
        if not await self._refuse("MAIL"):
            await super().smtp_MAIL(arg)

    async def smtp_RCPT(self, arg: str) -> None:
        address = arg.partition("<")[2].partition(">")[0]
        if not await self._refuse(f"RCPT {address}"):
            await super().smtp_RCPT(arg)

    async def smtp_DATA(self, arg: str) -> None:
        if await self._refuse("DATA"):
            return
        if self.orders.misdeeds.get("inside DATA"):
            await self.push("354 go on")
            await self._reader.readline()
            self.transport.abort()
            return
        await super().smtp_DATA(arg)

    async def smtp_QUIT(self, arg: str) -> None:
        if not await self._refuse("QUIT"):
            await super().smtp_QUIT(arg)


class Letters:
    """The handler: records each accepted DATA, then answers it, or does not."""

    def __init__(self, orders: Orders) -> None:
        self.orders = orders

    async def handle_DATA(self, server: Peer, session: Session, envelope: Envelope) -> str:
        order = self.orders.next("DOT")
        assert isinstance(envelope.content, bytes)
        if not order or order in ("drop", "mute"):
            found = message_from_bytes(envelope.content)["Message-ID"]
            self.orders.copies.append((found, tuple(envelope.rcpt_tos), envelope.content))
        if order == "drop":
            server.transport.abort()
        if order == "mute":
            await asyncio.sleep(30)
        return order if order[:1].isdigit() else "250 2.0.0 queued as 4711"


@contextmanager
def peer(orders: Orders, tls: ssl.SSLContext | None = None, password: str = "") -> Iterator[int]:
    """The peer on a loopback port."""

    def authenticate(server: object, session: object, envelope: object, mechanism: str, data: object) -> AuthResult:
        return AuthResult(success=getattr(data, "password", b"") == password.encode())

    def factory() -> SMTP:
        server = Peer(
            Letters(orders), hostname="mail.test", tls_context=tls, require_starttls=bool(tls), enable_SMTPUTF8=False,
            authenticator=authenticate if password else None, auth_required=bool(password), loop=loop,
        )  # fmt: skip
        server.orders = orders
        return server

    async def stop(listening: asyncio.Server) -> None:
        listening.close()
        running = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    listening = asyncio.run_coroutine_threadsafe(loop.create_server(factory, "127.0.0.1", 0), loop).result(10)
    try:
        yield listening.sockets[0].getsockname()[1]
    finally:
        asyncio.run_coroutine_threadsafe(stop(listening), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def asked(number: int) -> list[Agency]:
    """The first agencies of the registry with reviewed addresses under .test."""
    chosen = [a for a in agencies("2019", "finance") if a.slug != "stc-ca-mau"][: number - 1]
    first = next(a for a in agencies("2019", "finance") if a.slug == "stc-ca-mau")
    return [
        replace(a, request_email=f"{a.slug.replace('stc-', 'stc.')}@agency.gov.test", request_email_reviewed_by="nv")
        for a in (first, *chosen)
    ]


def approved(path: Path, number: int = 1, reminder: int = 0, by: str = "nv") -> Database:
    """A private.db with an approved campaign "w" of `number` requests."""
    text = (resources.files("prober.campaign") / "templates" / "pobi-2019.toml").read_text(encoding="utf-8")
    text = text.replace("reminder_working_days = 10", f"reminder_working_days = {reminder}")
    db = open_private(path)
    campaigns.save_draft(db, "w", "sandbox", text, sha256(text), START)
    freeze(db, "w", asked(number), SENDER, vietnam(), by, START)
    return db


def send(db: Database, port: int, clock: SteppedClock, days: int = 3, **options: object) -> SendSummary:
    smtp = Smtp(host="127.0.0.1", port=port, tls="none", per_day=50, seconds_between=0)
    smtp = replace(smtp, **{k: v for k, v in options.items() if k in ("tls", "user", "host")})  # type: ignore[arg-type]
    rest = {k: v for k, v in options.items() if k in ("at", "tls_context")}
    if "tls_context" in rest:
        rest["tls"] = rest.pop("tls_context")
    return send_due(
        db, smtp, str(options.get("password", "")), SENDER, clock, "w", clock.now() + timedelta(days=days),
        answer_seconds=0.3, **rest,  # type: ignore[arg-type]
    )  # fmt: skip


def state(db: Database) -> tuple[str, int]:
    return db.execute("SELECT state, attempts FROM outbox").fetchone()


# misdeeds → (state, stage of the last attempt, copies, the pass ends with an error of the set-up)
TABLE = {
    "behaves": ({}, "accepted", "done", 1, False),
    "EHLO 4xx": ({"EHLO": "421 busy"}, "deferred", "connect", 0, False),
    "EHLO 5xx": ({"EHLO": "550 go away"}, "deferred", "connect", 0, True),
    "EHLO drops": ({"EHLO": "drop"}, "deferred", "connect", 0, False),
    "MAIL 4xx": ({"MAIL": "452 too many"}, "deferred", "mail", 0, False),
    "MAIL 5xx": ({"MAIL": "553 not your address"}, "deferred", "mail", 0, True),
    "MAIL drops": ({"MAIL": "drop"}, "deferred", "mail", 0, False),
    "RCPT 4xx": ({f"RCPT {AGENCY}": "451 greylisted"}, "deferred", "rcpt", 0, False),
    "RCPT 5xx": ({f"RCPT {AGENCY}": "550 5.1.1 unknown"}, "refused", "rcpt", 0, False),
    "RCPT drops": ({f"RCPT {AGENCY}": "drop"}, "deferred", "rcpt", 0, False),
    "own copy 4xx": ({f"RCPT {OWN}": "452 one recipient only"}, "deferred", "copy", 0, False),
    "own copy 5xx": ({f"RCPT {OWN}": "550 no relay"}, "deferred", "copy", 0, True),
    "DATA 4xx": ({"DATA": "451 later"}, "deferred", "data", 0, False),
    "DATA 5xx": ({"DATA": "554 no"}, "refused", "data", 0, False),
    "drops at DATA": ({"DATA": "drop"}, "deferred", "data", 0, False),
    "drops inside DATA": ({"inside DATA": "yes"}, "uncertain", "dot", 0, False),
    "dot 4xx": ({"DOT": "452 disk full"}, "deferred", "dot", 0, False),
    "dot 5xx": ({"DOT": "554 5.7.1 looks like spam"}, "refused", "dot", 0, False),
    "dot nonsense": ({"DOT": "999 what"}, "uncertain", "dot", 0, False),
    "drops after dot": ({"DOT": "drop"}, "uncertain", "dot", 1, False),
    "never answers dot": ({"DOT": "mute"}, "uncertain", "dot", 1, False),
    "QUIT 5xx": ({"QUIT": "500 stay"}, "accepted", "done", 1, False),
    "QUIT drops": ({"QUIT": "drop"}, "accepted", "done", 1, False),
}


@pytest.mark.parametrize("case", TABLE)
def test_a_misbehaving_server(case: str, tmp_path: Path) -> None:
    misdeeds, wanted, stage, copies, faulty = TABLE[case]
    orders, db, clock = Orders(dict(misdeeds)), approved(tmp_path / "p.db"), SteppedClock()
    error = ""
    with peer(orders) as port:
        clock.moment = datetime(2020, 4, 13, 9, 59, tzinfo=HANOI)
        try:
            send(db, port, clock, days=0)
        except ServerUnreachable as found:
            error = str(found)
    assert state(db) == (wanted, 1)
    assert len(orders.copies) == copies
    assert bool(error) == faulty, error
    attempt = next(db.query("SELECT * FROM send_attempt"))
    assert (attempt["stage"], attempt["result"]) == (stage, wanted)
    assert [r["state"] for r in db.query("SELECT state FROM outbox_event")] == ["planned", "sending", wanted]
    db.close()
