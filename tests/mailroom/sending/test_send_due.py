"""Sending against a server that misbehaves on order: after each fault, the state of the letter and the copies out."""

import asyncio
import sqlite3
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email import message_from_bytes
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from sqlite_utils import Database

from mailroom.sending.approval import freeze, sha256
from mailroom.sending.send_due import Counters, SendingRun, send_due
from prober.config.load import Sender, Smtp
from prober.domain.agency import Agency
from prober.domain.correspondence import LetterReason
from prober.domain.reason import Reason, from_json
from prober.domain.world import World
from prober.errors import ProberError, ServerUnreachable
from prober.store import open_private, send_journal
from prober.store.private import campaigns, outbox
from tests.pobi import HANOI, POBI, agencies, vietnam
from tests.prober.campaign.example import SECRET

START = datetime(2020, 4, 13, 8, 0, tzinfo=HANOI)
SENDER = Sender(name="Nhóm khảo sát (mô phỏng)", address="khao-sat@prober.test", phone="024 0000 0000")
AGENCY = "stc.ca-mau@agency.gov.test"
OWN = SENDER.address
PATIENCE, LATE = 0.4, 0.2  # seconds that the sender waits for the answer to a letter; an answer that is late, in time


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
    offers: tuple[str, ...] = ()  # extensions named at EHLO besides aiosmtpd's own
    octets: int = 33_554_432  # the largest letter, as said at EHLO (SIZE)
    heard: list[str] = field(default_factory=list)  # arguments of MAIL and RCPT, where extensions are offered
    connections: int = 0

    def next(self, command: str) -> str:
        if command not in self.misdeeds or self.obeyed >= self.times:
            return ""
        self.obeyed += 1
        return self.misdeeds[command]


class Peer(SMTP):
    """A real SMTP server (aiosmtpd) that obeys `Orders`."""

    orders: Orders

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.orders.connections += 1

    async def push(self, status: str) -> None:
        order = self.orders.next("GREETING") if status.startswith("220 mail.test") else ""
        if order == "drop":
            self.transport.abort()
        else:
            await super().push(order or status)

    def _plain(self, arg: str) -> str:
        """The argument as aiosmtpd understands it: without the options of extensions that it does not know."""
        if not self.orders.offers:
            return arg
        self.orders.heard.append(arg)
        return arg.partition("> ")[0] + ">"

    async def _refuse(self, command: str) -> bool:
        order = self.orders.next(command)
        if order == "drop":
            self.transport.abort()
        elif order == "mute":
            await asyncio.sleep(30)
        elif order == "late":
            await asyncio.sleep(LATE)
            return False
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
            await super().smtp_MAIL(self._plain(arg))

    async def smtp_RCPT(self, arg: str) -> None:
        address = arg.partition("<")[2].partition(">")[0]
        if not await self._refuse(f"RCPT {address}"):
            await super().smtp_RCPT(self._plain(arg))

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

    async def handle_EHLO(
        self, server: Peer, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [responses[0], *(f"250-{offer}" for offer in self.orders.offers), *responses[1:]]

    async def handle_DATA(self, server: Peer, session: Session, envelope: Envelope) -> str:
        order = self.orders.next("DOT")
        assert isinstance(envelope.content, bytes)
        if not order or order in ("drop", "mute", "late"):
            found = message_from_bytes(envelope.content)["Message-ID"]
            self.orders.copies.append((found, tuple(envelope.rcpt_tos), envelope.content))
        if order == "drop":
            server.transport.abort()
        if order == "mute":
            await asyncio.sleep(30)
        if order == "late":
            await asyncio.sleep(LATE)
        return order if order[:1].isdigit() else "250 2.0.0 queued as 4711"


@contextmanager
def peer(orders: Orders, tls: ssl.SSLContext | None = None, password: str = "") -> Iterator[int]:
    """The peer on a loopback port."""

    def authenticate(server: object, session: object, envelope: object, mechanism: str, data: object) -> AuthResult:
        return AuthResult(success=getattr(data, "password", b"") == password.encode(), handled=False)

    def factory() -> SMTP:
        server = Peer(
            Letters(orders), hostname="mail.test", tls_context=tls, require_starttls=bool(tls), enable_SMTPUTF8=False,
            authenticator=authenticate if password else None, auth_required=bool(password), loop=loop,
            data_size_limit=orders.octets,
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


def approved(
    path: Path, number: int = 1, reminder: int = 0, by: str = "nv", world: World = World.SANDBOX, domain: str = ""
) -> Database:
    """A private.db with an approved campaign "w" of `number` requests, to addresses at `domain` if it is given."""
    text = POBI.protocol
    text = text.replace("reminder_working_days = 10", f"reminder_working_days = {reminder}")
    db = open_private(path)
    campaigns.save_draft(db, "w", world, text, sha256(text), START, SECRET)
    offices = asked(number)
    if domain:
        offices = [replace(a, request_email=f"{a.slug}@{domain}") for a in offices]
    freeze(db, "w", offices, SENDER, POBI, by, START)
    return db


def send(db: Database, port: int, clock: SteppedClock, days: int = 3, **options: object) -> Counters:
    smtp = Smtp(host="127.0.0.1", port=port, tls="none", per_day=50, seconds_between=0)
    smtp = replace(smtp, **{k: v for k, v in options.items() if k in ("tls", "user", "host")})  # type: ignore[arg-type]
    rest = {k: v for k, v in options.items() if k in ("at", "tls_context")}
    if "tls_context" in rest:
        rest["tls"] = rest.pop("tls_context")
    run = SendingRun(
        db, "w", smtp, SENDER, clock, POBI, clock.now() + timedelta(days=days), str(options.get("password", "")),
        answer_seconds=PATIENCE, **rest,  # type: ignore[arg-type]
    )  # fmt: skip
    return send_due(run)


def state(db: Database) -> tuple[str, int]:
    return db.execute("SELECT state, attempts FROM outbox").fetchone()


# misdeeds → (state, stage of the last attempt, copies, the pass ends with an error of the set-up)
TABLE = {
    "behaves": ({}, "accepted", "done", 1, False),
    "greeting 4xx": ({"GREETING": "421 4.3.2 shutting down"}, "deferred", "connect", 0, False),
    "greeting 5xx": ({"GREETING": "554 5.7.1 no service"}, "deferred", "connect", 0, True),
    "greeting drops": ({"GREETING": "drop"}, "deferred", "connect", 0, False),
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
    "own copy drops": ({f"RCPT {OWN}": "drop"}, "deferred", "copy", 0, False),
    "two recipients are too many": ({f"RCPT {OWN}": "452 4.5.3 too many recipients"}, "deferred", "copy", 0, False),
    "may not relay": ({f"RCPT {AGENCY}": "554 5.7.1 Relay access denied"}, "deferred", "rcpt", 0, True),
    "RCPT answers late": ({f"RCPT {AGENCY}": "late"}, "accepted", "done", 1, False),
    "dot answers late": ({"DOT": "late"}, "accepted", "done", 1, False),
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


@pytest.mark.parametrize("case", ["RCPT 5xx", "DATA 5xx"])
def test_a_request_that_was_refused_takes_its_reminder_out_of_the_plan(case: str, tmp_path: Path) -> None:
    db, clock = approved(tmp_path / "p.db", reminder=10), SteppedClock()
    with peer(Orders(dict(TABLE[case][0]))) as port:
        send(db, port, clock, days=1)
    rows = db.execute("SELECT step, state, reason FROM outbox ORDER BY step DESC").fetchall()
    assert [row[:2] for row in rows] == [("request", "refused"), ("reminder", "cancelled")]
    assert from_json(rows[1][2]) == (Reason(LetterReason.REQUEST_REFUSED),)
    db.close()


def test_a_retry_carries_the_same_bytes_at_growing_distances(tmp_path: Path) -> None:
    """Greylisted twice, then taken: one copy, dated at the first attempt."""
    orders, db, clock = Orders({f"RCPT {AGENCY}": "451 4.7.1 greylisted"}, times=2), approved(tmp_path / "p.db"), None
    clock = SteppedClock()
    with peer(orders) as port:
        send(db, port, clock, days=0)
        assert state(db) == ("planned", 0)  # not before its moment
        summary = send(db, port, clock, days=1)
    starts = [datetime.fromisoformat(row["started_at"]) for row in db.query("SELECT started_at FROM send_attempt")]
    assert state(db) == ("accepted", 3)
    assert [b - a for a, b in zip(starts, starts[1:], strict=False)] == [timedelta(minutes=10), timedelta(minutes=20)]
    assert len(orders.copies) == 1
    assert f"{starts[0]:%H:%M:%S}".encode() in orders.copies[0][2].split(b"\r\n")[0]
    assert summary.results["deferred"] == 2
    db.close()


def test_a_letter_that_is_never_taken_is_given_up(tmp_path: Path) -> None:
    orders, db, clock = Orders({f"RCPT {AGENCY}": "451 later"}), approved(tmp_path / "p.db"), SteppedClock()
    with peer(orders) as port:
        send(db, port, clock, days=30)
    wanted, attempts = state(db)
    assert wanted == "refused"
    (reason,) = db.execute("SELECT reason FROM outbox").fetchone()
    why = (Reason("given_up", attempts=attempts), Reason("server_said", answer="451 later"))
    assert from_json(reason) == (Reason("at_stage", stage="rcpt", why=why),)
    last = db.execute("SELECT detail FROM outbox_event ORDER BY id DESC").fetchone()
    assert from_json(last[0]) == why
    assert clock.now() - START < timedelta(days=10)
    db.close()


def test_every_letter_waits_for_its_turn(tmp_path: Path) -> None:
    """Window, working days, cap and spacing hold for each of 30 letters, at 7 a day and 10 minutes apart."""
    orders, db, clock = Orders(), approved(tmp_path / "p.db", number=30), SteppedClock()
    with peer(orders) as port:
        smtp = Smtp(host="127.0.0.1", port=port, tls="none", per_day=7, seconds_between=600)
        send_due(SendingRun(db, "w", smtp, SENDER, clock, POBI, clock.now() + timedelta(days=20)))
    moments = sorted(datetime.fromisoformat(row["accepted_at"]) for row in db.query("SELECT accepted_at FROM outbox"))
    days = [moment.date() for moment in moments]
    assert len(moments) == len(orders.copies) == 30
    assert all(vietnam().is_working_day(day) for day in days)
    assert all("08:30" <= f"{moment:%H:%M}" < "10:00" for moment in moments)
    assert max(days.count(day) for day in days) == 7
    assert min(b - a for a, b in zip(moments, moments[1:], strict=False)) >= timedelta(seconds=600)
    db.close()


def test_a_pause_holds_from_the_next_letter_on(tmp_path: Path) -> None:
    """Paused by another connection while a letter is on the wire: that one is finished, no other begins."""
    path = tmp_path / "p.db"
    orders, db, other = Orders(), approved(path, number=5), open_private(path)

    dots = []

    def at(label: str) -> None:
        dots.extend([label] * (label == "dot"))
        if label == "dot" and len(dots) == 2:
            campaigns.set_status(other, "w", "paused", ("approved",))

    with peer(orders) as port:
        summary = send(db, port, SteppedClock(), at=at)
    assert (summary.results["accepted"], summary.stopped, len(orders.copies)) == (2, "paused", 2)
    assert summary.totals == {"accepted": 2, "planned": 3}
    other.close()
    db.close()


def test_a_reply_that_arrives_in_the_last_moment_stops_the_letter(tmp_path: Path) -> None:
    """The row is cancelled between the decision and the claim: no copy leaves."""
    path = tmp_path / "p.db"
    orders, db, other = Orders(), approved(path), open_private(path)

    def at(label: str) -> None:
        if label == "connected":
            outbox.cancel(other, 1, Reason(LetterReason.ANSWERED), START)

    with peer(orders) as port:
        summary = send(db, port, SteppedClock(), at=at)
    assert (summary.totals, orders.copies) == ({"cancelled": 1}, [])
    other.close()
    db.close()


def test_a_second_sender_is_turned_away(tmp_path: Path) -> None:
    path = tmp_path / "p.db"
    orders, db, other = Orders(), approved(path, number=2), open_private(path)
    refused = []

    def at(label: str) -> None:
        if label == "claimed":
            with pytest.raises(ProberError, match="another process is sending") as found:
                send(other, 1, SteppedClock())
            refused.append(str(found.value))

    with peer(orders) as port:
        send(db, port, SteppedClock(), at=at)
    assert len(refused) == 2
    assert len(orders.copies) == len({message_id for message_id, _, _ in orders.copies}) == 2
    other.close()
    db.close()


class StandingClock(SteppedClock):
    """Nobody moves it on: whoever waits, waits for ever, as in the hours before a window opens."""

    async def sleep_until(self, moment: datetime) -> None:
        await asyncio.sleep(60)


def test_a_pause_ends_a_wait_within_a_second(tmp_path: Path) -> None:
    """Nothing is due for hours; `prober campaign pause` in another process ends the one that waits."""
    path = tmp_path / "p.db"
    orders, db, other = Orders(), approved(path), open_private(path)
    told: list[float] = []

    def pause() -> None:
        campaigns.set_status(other, "w", "paused", ("approved",))
        told.append(time.monotonic())

    smtp = Smtp(host="127.0.0.1", port=1, tls="none", seconds_between=0)
    with peer(orders):
        until = START + timedelta(days=1)
        summary = send_due(
            SendingRun(db, "w", smtp, SENDER, StandingClock(), POBI, until, on_progress=lambda progress: pause())
        )
    assert time.monotonic() - told[0] < 1
    assert (summary.stopped, summary.totals, orders.copies) == ("paused", {"planned": 1}, [])
    other.close()
    db.close()


def test_a_letter_whose_address_is_gone_waits_and_the_others_leave(tmp_path: Path) -> None:
    orders, db, clock = Orders(), approved(tmp_path / "p.db", number=3), SteppedClock()
    (gone,) = db.execute("SELECT agency FROM outbox WHERE position = 2").fetchone()
    with peer(orders) as port:
        smtp = Smtp(host="127.0.0.1", port=port, tls="none", seconds_between=0)
        until = clock.now() + timedelta(days=1)
        summary = send_due(
            SendingRun(db, "w", smtp, SENDER, clock, POBI, until, blocked=lambda: {gone: "its address is gone"})
        )
        assert summary.totals == {"accepted": 2, "planned": 1}
        assert (summary.held, summary.failures) == (0, ["not sent: its address is gone"])
        assert send_due(SendingRun(db, "w", smtp, SENDER, clock, POBI, until)).totals == {"accepted": 3}
    assert len(orders.copies) == len({message_id for message_id, _, _ in orders.copies}) == 3
    db.close()


@pytest.mark.parametrize("then", ["blocked", "released"])
def test_what_a_crawl_finds_during_a_pass_counts_in_it(then: str, tmp_path: Path) -> None:
    """An address that vanishes while the pass waits holds its letter; one that is accepted again lets it go."""
    orders, db, clock = Orders(), approved(tmp_path / "p.db", number=3), SteppedClock()
    (last,) = db.execute("SELECT agency FROM outbox WHERE position = 3").fetchone()

    def blocked() -> dict[str, str]:
        begun = bool(orders.copies)
        return {last: "its address is gone"} if begun == (then == "blocked") else {}

    with peer(orders) as port:
        smtp = Smtp(host="127.0.0.1", port=port, tls="none", seconds_between=0)
        until = clock.now() + timedelta(days=1)
        summary = send_due(SendingRun(db, "w", smtp, SENDER, clock, POBI, until, blocked=blocked))
    if then == "blocked":
        assert (summary.totals, summary.failures) == (
            {"accepted": 2, "planned": 1}, ["not sent: its address is gone"],
        )  # fmt: skip
    else:
        assert (summary.totals, summary.failures) == ({"accepted": 3}, [])
    db.close()


def test_a_commit_that_fails_leaves_no_doubt_behind(tmp_path: Path) -> None:
    """The journal is written once `sending` is committed; where that commit fails, it knows of no attempt."""
    orders, db, clock = Orders(), approved(tmp_path / "p.db"), SteppedClock()
    db.execute("CREATE TABLE spoil (a TEXT REFERENCES campaign_file (id) DEFERRABLE INITIALLY DEFERRED)")
    db.execute("CREATE TRIGGER spoils AFTER INSERT ON send_attempt BEGIN INSERT INTO spoil VALUES ('nobody'); END")
    with peer(orders) as port:
        with pytest.raises(sqlite3.IntegrityError):
            send(db, port, clock)
        assert (state(db), orders.copies) == (("planned", 0), [])
        assert send_journal.entries(send_journal.beside(db)) == {}
        db.execute("DROP TRIGGER spoils")
        assert send(db, port, clock).totals == {"accepted": 1}
    assert (state(db), len(orders.copies)) == (("accepted", 1), 1)
    db.close()
