"""The world's mail with real clients: letters in over SMTP, answers out over IMAP, on the world's own clock."""

import asyncio
import contextlib
import errno
import json
import select
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import quote
from urllib.request import ProxyHandler, Request, build_opener

import aiosmtplib
import pytest
from imapclient import IMAPClient

from prober.sandbox import client as world
from prober.sandbox.client import Endpoint
from prober.sandbox.mail import mail_system, smtp_server
from prober.sandbox.mail.mailstore import Mail, Mailstore
from prober.sandbox.simulated_clock import START
from tests import forked
from tests.pobi import HANOI

OURS = "khao-sat@prober.test"
SIX = ("ca-mau", "dong-thap", "bac-ninh", "tien-giang", "ninh-binh", "ha-noi")


@contextmanager
def running(state: Path) -> Iterator[tuple[Endpoint, forked.Command]]:
    started = forked.command("tests.prober.sandbox.tiny_world", "--state", str(state))
    try:
        assert started.stdout.readline()
        found = world.find(state)
        assert found is not None
        yield found, started
    finally:
        started.stdin.close()
        started.wait(timeout=10)
        started.stdout.close()


@pytest.fixture
def tiny(tmp_path: Path) -> Iterator[Endpoint]:
    with running(tmp_path) as (found, _):
        yield found


def get(url: str) -> Any:
    with build_opener(ProxyHandler({})).open(url, timeout=20) as response:
        return json.loads(response.read())


def deliver(to: Endpoint, raw: bytes, **query: str) -> Any:
    text = "&".join(f"{name}={quote(value)}" for name, value in query.items())
    request = Request(f"{to.control}/deliver?{text}", data=raw, method="POST")
    with build_opener(ProxyHandler({})).open(request, timeout=20) as response:
        return json.loads(response.read())


def letter(slug: str, message_id: str, references: str = "") -> bytes:
    message = EmailMessage()
    message["From"] = f"Nhóm khảo sát <{OURS}>"
    message["To"] = f"stc@{slug.replace('-', '')}.gov.test"
    message["Reply-To"] = f"khao-sat+{slug.replace('-', '')}7@prober.test"
    message["Subject"] = f"Đề nghị cung cấp thông tin ngân sách [YC-{slug}]"
    message["Date"] = "Mon, 13 Apr 2020 09:00:00 +0700"
    message["Message-ID"] = message_id
    if references:
        message["References"] = message["In-Reply-To"] = references
    message.set_content("Kính gửi Quý cơ quan,\n\nĐề nghị cung cấp dự toán ngân sách năm 2020.\n", cte="base64")
    return message.as_bytes(policy=policy.SMTP)


def send(at: Endpoint, raw: bytes, rcpts: Sequence[str], mail_from: str = OURS) -> dict[str, aiosmtplib.SMTPResponse]:
    """Refused recipients; all others were accepted."""

    async def conversation() -> dict[str, aiosmtplib.SMTPResponse]:
        async with aiosmtplib.SMTP(
            hostname=at.smtp_host, port=at.smtp_port, use_tls=False, start_tls=False, timeout=10
        ) as client:
            refused, _ = await client.sendmail(mail_from, list(rcpts), raw)
            return refused

    return asyncio.run(conversation())


def ask(at: Endpoint, slug: str, message_id: str = "", references: str = "") -> None:
    address = f"stc@{slug.replace('-', '')}.gov.test"
    assert send(at, letter(slug, message_id or f"<{slug}@prober.test>", references), [address, OURS]) == {}


@contextmanager
def mailbox(at: Endpoint, folder: str = "INBOX") -> Iterator[IMAPClient]:
    client = IMAPClient(at.imap_host, port=at.imap_port, ssl=False, timeout=20)
    try:
        client.login(at.imap_user, at.imap_password)
        client.select_folder(folder, readonly=True)
        client.normalise_times = False
        yield client
    finally:
        client.logout()


def all_mail(at: Endpoint, folder: str = "INBOX") -> list[tuple[int, bytes, datetime]]:
    with mailbox(at, folder) as client:
        fetched = client.fetch(client.search("ALL"), ["BODY.PEEK[]", "INTERNALDATE"])
    return [(uid, row[b"BODY[]"], row[b"INTERNALDATE"]) for uid, row in sorted(fetched.items())]


def part_of(at: Endpoint) -> dict[str, str]:
    """Part → slug of the office that plays it."""
    return {known["reply"]["part"]: slug for slug, known in get(f"{at.control}/truth")["finance"].items()}


# SMTP


def test_a_letter_to_an_office_and_our_copy_in_one_transaction(shared: Endpoint) -> None:
    raw = letter("ca-mau", "<one@prober.test>")
    assert send(shared, raw, ["stc@camau.gov.test", OURS]) == {}
    [received] = [row for row in get(f"{shared.control}/mail") if row["message_id"] == "<one@prober.test>"]
    assert (received["agency"], received["count"]) == ("stc-ca-mau", 1)
    assert received["at"] == world.WorldClock(shared).now().isoformat()
    _, copy, at = all_mail(shared)[-1]
    assert copy.endswith(raw)
    assert copy.startswith(f"Return-Path: <{OURS}>\r\nDelivered-To: {OURS}\r\nAuthentication-Results: ".encode())
    assert at == world.WorldClock(shared).now()


@pytest.mark.parametrize(
    ("rcpt", "code"),
    [
        ("stc@camau.gov.test", 0),
        ("khong-co-ai@camau.gov.test", 0),  # the gateway takes it, the bounce comes later
        ("anything+token@prober.test", 0),
        ("STC@CaMau.GOV.test", 0),
        ("nobody@gmail.test", 550),
        ("real.person@gmail.com", 550),
        ("stc@khong-co-tinh-nay.gov.test", 550),
        ("info@vendor.test", 550),
    ],
)
def test_who_may_be_written_to(shared: Endpoint, rcpt: str, code: int) -> None:
    async def answer() -> int:
        async with aiosmtplib.SMTP(
            hostname=shared.smtp_host, port=shared.smtp_port, use_tls=False, start_tls=False
        ) as client:
            await client.mail(OURS)
            try:
                response = await client.rcpt(rcpt)
            except aiosmtplib.SMTPRecipientRefused as refused:
                return refused.code
            return 0 if response.code == 250 else response.code

    assert asyncio.run(answer()) == code


def test_extensions_and_the_size_limit(shared: Endpoint) -> None:
    async def conversation() -> tuple[dict[str, str], int]:
        async with aiosmtplib.SMTP(
            hostname=shared.smtp_host, port=shared.smtp_port, use_tls=False, start_tls=False
        ) as client:
            await client.ehlo()
            try:
                await client.mail(OURS, options=["SIZE=99000000", "BODY=8BITMIME"])
            except aiosmtplib.SMTPSenderRefused as refused:
                return client.esmtp_extensions, refused.code
            return client.esmtp_extensions, 250

    extensions, code = asyncio.run(conversation())
    assert {"size", "8bitmime", "pipelining", "dsn"} <= extensions.keys()
    assert code == 552


class FullDisk(mail_system.MailSystem):
    """Takes every recipient, and can store nothing."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, ...]] = []

    def admit(self, rcpt: str) -> None: ...

    def accept(self, mail_from: str, rcpts: Sequence[str], raw: bytes) -> None:
        self.asked.append((mail_from, *rcpts))
        raise OSError(errno.ENOSPC, "no space left")


def test_a_letter_that_cannot_be_stored_is_refused_for_now_and_once_for_all_recipients() -> None:
    office = FullDisk()

    async def conversation() -> int:
        server = await smtp_server.start(office)
        port = server.sockets[0].getsockname()[1]
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port, use_tls=False, start_tls=False) as client:
            await client.mail(OURS, options=["RET=HDRS", "ENVID=x"])
            for rcpt in ("stc@camau.gov.test", OURS):
                await client.rcpt(rcpt, options=["NOTIFY=FAILURE,DELAY", f"ORCPT=rfc822;{rcpt}"])
            with pytest.raises(aiosmtplib.SMTPDataError) as refused:
                await client.data(b"Subject: x\r\n\r\nx\r\n")
        server.close()
        return refused.value.code

    assert asyncio.run(conversation()) == 451
    assert office.asked == [(OURS, "stc@camau.gov.test", OURS)]


def test_a_letter_broken_off_inside_data_was_never_sent(shared: Endpoint) -> None:
    before = len(get(f"{shared.control}/mail"))
    with socket.create_connection((shared.smtp_host, shared.smtp_port), timeout=10) as raw:
        for line in (b"EHLO x", b"MAIL FROM:<a@prober.test>", b"RCPT TO:<stc@camau.gov.test>", b"DATA"):
            raw.sendall(line + b"\r\n")
            assert raw.recv(4096)[:1] in b"23"
        raw.sendall(b"Subject: half\r\n\r\nNot fin")
    send(shared, letter("ca-mau", "<after@prober.test>"), [OURS])  # served after the broken one was given up
    assert len(get(f"{shared.control}/mail")) == before


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    """One world for the tests that leave no trace that others could trip over."""
    with running(tmp_path_factory.mktemp("shared")) as (found, _):
        yield found


# Answers


def test_a_bounce_comes_at_its_simulated_second_and_quotes_our_letter(tiny: Endpoint) -> None:
    clock = world.WorldClock(tiny)
    send(tiny, letter("ca-mau", "<lost@prober.test>"), ["khong-co-ai@camau.gov.test"], "khao-sat+tok@prober.test")
    clock.advance(clock.now() + timedelta(seconds=1))
    assert all_mail(tiny) == []
    clock.advance(clock.now() + timedelta(minutes=1))
    [(_, raw, at)] = all_mail(tiny)
    bounce = message_from_bytes(raw, policy=policy.default)
    assert (bounce["Return-Path"], bounce["Delivered-To"]) == ("<>", "khao-sat+tok@prober.test")
    report = [part for part in bounce.walk() if part.get_content_type() == "message/delivery-status"]
    assert b"Status: 5.1.1" in report[0].as_bytes()
    assert b"<lost@prober.test>" in raw
    assert timedelta(seconds=2) <= at - datetime(2020, 4, 13, 8, 0, tzinfo=HANOI) <= timedelta(seconds=10)


def test_six_weeks_pass_and_every_answer_is_where_and_when_the_world_says(tiny: Endpoint, tmp_path: Path) -> None:
    clock = world.WorldClock(tiny)
    for slug in SIX:
        ask(tiny, slug)
        ask(tiny, slug)  # a second copy is counted, not answered
    assert {(row["count"], row["versions"]) for row in get(f"{tiny.control}/mail")} == {(2, 1)}
    clock.advance(datetime(2020, 4, 27, 9, 0, tzinfo=HANOI))
    for slug in SIX:
        ask(tiny, slug, f"<reminder.{slug}@prober.test>", f"<{slug}@prober.test>")
    clock.advance(datetime(2020, 5, 27, 17, 0, tzinfo=HANOI))
    sent = [json.loads(line) for line in (tmp_path / "sent.jsonl").read_text(encoding="utf-8").splitlines()]
    assert sent == get(f"{tiny.control}/sent")
    by_key = {(row["folder"], row["uid"]): row for row in sent}
    for folder in ("INBOX", "Junk"):
        for uid, _, at in all_mail(tiny, folder):
            if (folder, uid) in by_key:  # the others are our own copies
                assert at.isoformat() == by_key[folder, uid]["due"]
    parts = part_of(tiny)
    events = [(row["agency"], row["event"]) for row in sent]
    assert events.count((parts["full-scanned"], "F1")) == 1
    assert events.count((parts["partial-reminded"], "P1")) == 1  # to the reminder only
    assert events.count((parts["auto-system"], "A1")) == 2  # a machine answers the reminder too
    assert events.count((parts["no-such-user"], "N0")) == 2
    assert (parts["silence"], "N1") not in events
    assert sum(not row["agency"] for row in sent) == 3  # strangers


def test_accepted_mail_survives_kill_9_with_everything_that_will_follow(tmp_path: Path) -> None:
    with running(tmp_path) as (at, process):
        for slug in SIX:
            ask(at, slug)
        world.WorldClock(at).advance(datetime(2020, 4, 14, 9, 0, tzinfo=HANOI))
        before = (get(f"{at.control}/mail"), get(f"{at.control}/sent"), all_mail(at))
        with mailbox(at) as client:
            validity = client.folder_status("INBOX", ["UIDVALIDITY", "UIDNEXT"])
        process.kill()
        process.wait(timeout=10)
    (tmp_path / "sent.jsonl").write_text("", encoding="utf-8")  # as if the crash had come before it was written
    with running(tmp_path) as (at, _):
        assert (get(f"{at.control}/mail"), get(f"{at.control}/sent"), all_mail(at)) == before
        with mailbox(at) as client:
            assert client.folder_status("INBOX", ["UIDVALIDITY", "UIDNEXT"]) == validity
        assert len((tmp_path / "sent.jsonl").read_text(encoding="utf-8").splitlines()) == len(before[1])
        world.WorldClock(at).advance(datetime(2020, 5, 30, 9, 0, tzinfo=HANOI))
        after = get(f"{at.control}/sent")
    assert after[: len(before[1])] == before[1]
    assert "F1" in {row["event"] for row in after}


def test_what_got_a_250_is_there_after_kill_9_at_any_moment(tmp_path: Path) -> None:
    """Letters go out as fast as they can, the world is killed under them, and every 250 was the truth."""
    promised: set[str] = set()
    for round_ in range(2):
        with running(tmp_path) as (at, process):
            killer = threading.Timer(0.15 * round_, process.kill)
            with contextlib.suppress(aiosmtplib.SMTPException, OSError):
                for number in range(10_000):
                    name = f"<{round_}.{number}@prober.test>"
                    send(at, letter("ca-mau", name), ["stc@camau.gov.test", OURS])
                    promised.add(name)
                    if number == 2:
                        killer.start()
            killer.join()
            process.wait(timeout=10)
    assert len(promised) > 3
    with running(tmp_path) as (at, _):
        received = {row["message_id"]: row["count"] for row in get(f"{at.control}/mail")}
        copies = [message_from_bytes(raw)["Message-ID"] for _, raw, _ in all_mail(at)]
    assert promised <= received.keys()
    assert set(received.values()) == {1}
    assert sorted(copies) == sorted(received)  # the office's copy and ours stand or fall together


# IMAP


def test_idle_is_told_of_a_delivery_at_once(shared: Endpoint) -> None:
    with mailbox(shared) as client:
        before = client.search("ALL")
        client.idle()
        deliver(shared, b"Subject: first\r\n\r\nx\r\n")
        readable, _, _ = select.select([client.socket()], [], [], 5)
        assert readable
        assert (len(before) + 1, b"EXISTS") in client.idle_check(timeout=1)
        client.idle_done()
        assert len(client.search("ALL")) == len(before) + 1


def test_bytes_come_back_as_they_were_stored(shared: Endpoint) -> None:
    odd = {
        "8-bit, tabs, folded header": b"Subject: th\xc6\xb0 \tx\r\n  y\r\nX-A:  two  spaces\r\n\r\nb\xe1\xba\xa3n\r\n",
        "bare line feeds": b"Subject: a\n\nbody\n",
        "no body": b"Subject: a\r\n",
        "nothing at all": b"",
        "no header": b"\r\nbody",
        "every octet": b"Subject: a\r\n\r\n" + bytes(range(256)),
        "a megabyte": b"Subject: big\r\n\r\n" + b"0123456789abcdef\r\n" * 60_000,
    }
    for raw in odd.values():
        deliver(shared, raw)
    got = [raw for _, raw, _ in all_mail(shared)[-len(odd) :]]
    assert [name for (name, raw), back in zip(odd.items(), got, strict=True) if raw != back] == []


def test_five_thousand_messages_in_batches(tmp_path: Path) -> None:
    raw = b"Subject: %d\r\nMessage-ID: <%d@x.test>\r\n\r\n" + b"Noi dung thu. " * 100 + b"\r\n"
    store = Mailstore(tmp_path / "world.db")
    with store.transaction():
        for number in range(5000):
            store.put(Mail(START + timedelta(seconds=number), "", "", "Junk", raw % (number, number)))
    store.close()
    with running(tmp_path) as (at, _), mailbox(at, "Junk") as client:
        uids = client.search("ALL")
        fetched: dict[int, Any] = {}
        for start in range(0, len(uids), 500):
            fetched |= client.fetch(uids[start : start + 500], ["BODY.PEEK[]", "INTERNALDATE", "RFC822.SIZE"])
    assert len(fetched) == 5000
    assert all(row[b"RFC822.SIZE"] == len(row[b"BODY[]"]) for row in fetched.values())
    assert fetched[uids[4321]][b"BODY[]"] == raw % (4321, 4321)
    assert fetched[uids[4321]][b"INTERNALDATE"] == START + timedelta(seconds=4321)


@pytest.mark.parametrize(
    ("criteria", "expected"),
    [
        (["ALL"], [1, 2, 3]),
        (["UID", "2:*"], [2, 3]),
        (["UID", "9:*"], [3]),  # * is the highest UID there is, and a range has no direction (RFC 3501, 6.4.8)
        (["HEADER", "Message-ID", "<b@x.test>"], [2]),
        (["SINCE", datetime(2020, 4, 14).date()], [2, 3]),
        (["BEFORE", datetime(2020, 4, 14).date()], [1]),
        (["NOT", ["HEADER", "Message-ID", "<b@x.test>"]], [1, 3]),
        (["OR", ["SUBJECT", "one"], ["SUBJECT", "three"]], [1, 3]),
        (["UNSEEN"], [1, 2, 3]),
        (["SEEN"], []),
    ],
)
def test_search(searched: Endpoint, criteria: list[Any], expected: list[int]) -> None:
    with mailbox(searched) as client:
        assert client.search(criteria) == expected


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    with running(tmp_path_factory.mktemp("searched")) as (found, _):
        for name, subject, day in (("a", "one", 13), ("b", "two", 14), ("c", "three", 15)):
            raw = f"Subject: {subject}\r\nMessage-ID: <{name}@x.test>\r\n\r\nx\r\n".encode()
            deliver(found, raw, at=f"2020-04-{day}T07:00:00+07:00")
        world.WorldClock(found).advance(datetime(2020, 4, 15, 9, 0, tzinfo=HANOI))
        yield found


def test_flags_append_and_expunge_keep_uids(shared: Endpoint) -> None:
    with mailbox(shared) as client:
        client.select_folder("Junk")
        moment = datetime(2020, 4, 1, 10, 0, tzinfo=HANOI)
        for number in range(3):
            client.append("Junk", b"Subject: %d\r\n\r\nx\r\n" % number, flags=[b"\\Seen"], msg_time=moment)
        assert client.fetch([2], ["INTERNALDATE", "FLAGS"])[2][b"INTERNALDATE"] == moment
        client.delete_messages([2])
        client.expunge()
        client.append("Junk", b"Subject: after\r\n\r\nx\r\n")
        assert client.search("ALL") == [1, 3, 4]
        assert client.get_flags([3]) == {3: (b"\\Seen",)}
        assert [folder[2] for folder in client.list_folders()] == ["INBOX", "Junk"]


def test_only_the_right_password_opens_the_mailbox(shared: Endpoint) -> None:
    client = IMAPClient(shared.imap_host, port=shared.imap_port, ssl=False, timeout=10)
    with pytest.raises(Exception, match="LOGIN failed"):
        client.login(shared.imap_user, "wrong")
    client.shutdown()
