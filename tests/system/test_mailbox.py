"""The mailbox on Debian's Dovecot: push to row, other clients undisturbed, folders made anew, faults on the wire."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest
from imapclient import IMAPClient

from mailroom.imap.accounts import Account
from mailroom.imap.mailbox import Mailbox
from mailroom.intake import fetch_new, watch
from mailroom.intake.sync import SyncSummary
from prober.clock import SystemClock
from prober.config.load import Imap
from prober.errors import ConfigError, ServerUnreachable
from prober.store import Database, open_private, open_results
from tests.one_mailbox import read_mailbox
from tests.pobi import HANOI, POBI
from tests.system.faults import Faults, faulty
from tests.system.post import HOST, PASSWORD, Post
from tests.watching import Watching

pytestmark = [pytest.mark.needs("dovecot", "postfix", "root"), pytest.mark.usefixtures("trusted")]

Databases = tuple[Database, Database]
ARCHIVE = "Trả lời đã nhận"


def mail(n: int, body: str = "Kính gửi Quý vị") -> bytes:
    head = f"From: a{n}@b.test\r\nTo: khao-sat@prober.test\r\nSubject: thu {n}\r\nMessage-ID: <{n}@b.test>\r\n"
    return (
        f"{head}Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{body}\r\n".encode()
    )


def box(post: Post, own: str, **change: object) -> Imap:
    return Imap(**{"host": HOST, "port": post.ports["imaps"], "user": own} | change)  # type: ignore[arg-type]


def read(databases: Databases, imap: Imap, password: str = PASSWORD) -> SyncSummary:
    return read_mailbox(*databases, imap, password, SystemClock(HANOI), POBI)


def held(databases: Databases) -> list[bytes]:
    return [
        raw
        for (raw,) in databases[0]
        .execute("SELECT raw FROM message JOIN message_raw ON message = sha256 ORDER BY received_at, raw")
        .fetchall()
    ]


@contextmanager
def other_client(post: Post, own: str) -> Iterator[IMAPClient]:
    """A person's mail program on the same mailbox."""
    client = IMAPClient(HOST, post.ports["imap"], ssl=False, timeout=20)
    try:
        client.login(own, PASSWORD)
        yield client
    finally:
        client.logout()


BODIES = {
    "8 bits": mail(1, "Sở Tài chính đã nhận được yêu cầu của ông/bà: ngân sách năm 2019"),
    "not UTF-8": mail(1).replace("Kính gửi".encode(), bytes(range(0x80, 0x100))),
    "10 MB": mail(1, "\r\n".join(f"{n:07d} " + "đồng " * 10 for n in range(112_000))),
    "a long line": mail(1, "x" * 100_000),
    "no end of line": mail(1).rstrip(),
    "dots": mail(1, ".\r\n..\r\n...x"),
}


@pytest.mark.parametrize("case", BODIES)
def test_pushed_mail_is_held_byte_for_byte(case: str, post: Post, databases: Databases) -> None:
    """By LMTP, behind the trace headers of the server's own, and by APPEND, exactly and at its time."""
    own, raw, at = post.account(), BODIES[case], "2020-04-13T07:45:00+07:00"
    ways = {"10 MB": ("LMTP",), "no end of line": ("APPEND",)}.get(case, ("APPEND", "LMTP"))  # LMTP ends the last line
    if "LMTP" in ways:
        post.deliver(own, raw)
    if "APPEND" in ways:
        with other_client(post, own) as client:
            client.append("Junk", raw, msg_time=datetime.fromisoformat(at))
    summary = read(databases, box(post, own))
    assert (summary.mailbox_has, summary.we_hold) == (len(ways), len(ways))
    arrived = dict(
        databases[0].execute("SELECT received_at, raw FROM message JOIN message_raw ON message = sha256").fetchall()
    )
    assert arrived.pop(at, raw) == raw
    assert len(arrived) == ways.count("LMTP")
    assert all(pushed.endswith(raw) and pushed.startswith(b"Return-Path: ") for pushed in arrived.values())


def test_junk_and_a_vietnamese_folder_are_read_and_nothing_is_marked(post: Post, databases: Databases) -> None:
    """What another client sees is as before: nothing read, nothing answered, everything still recent."""
    own = post.account()
    post.deliver(own, mail(1))
    with other_client(post, own) as client:
        client.create_folder(ARCHIVE)
        client.append(ARCHIVE, mail(2))
        client.append("Junk", mail(3), flags=[b"\\Flagged"])
        summary = read(databases, box(post, own, folders=("INBOX", ARCHIVE, "Không có")))
        assert summary.notes == ["[imap] folders names Không có, which the server does not have"]
        assert (summary.mailbox_has, summary.we_hold, len(held(databases))) == (3, 3, 3)
        flags = {}
        for folder in ("INBOX", ARCHIVE, "Junk"):
            client.select_folder(folder, readonly=True)
            flags[folder] = [
                set(data[b"FLAGS"]) - {b"\\Recent"} for data in client.fetch(client.search(), ["FLAGS"]).values()
            ]
        recent = client.folder_status("INBOX", ["RECENT"])[b"RECENT"]
    assert flags == {"INBOX": [set()], ARCHIVE: [set()], "Junk": [{b"\\Flagged"}]}
    assert recent == 1
    places = databases[0].execute("SELECT folder FROM message_location ORDER BY folder").fetchall()
    assert places == [("INBOX",), ("Junk",), (ARCHIVE,)]


def test_a_folder_named_in_pieces_is_found(post: Post, databases: Databases) -> None:
    """The configuration says it in NFC, the server has it in NFD."""
    from unicodedata import normalize

    own = post.account()
    with other_client(post, own) as client:
        client.create_folder(normalize("NFD", ARCHIVE))
        client.append(normalize("NFD", ARCHIVE), mail(1))
    summary = read(databases, box(post, own, folders=(ARCHIVE,)))
    assert (summary.we_hold, summary.notes) == (1, [])


def test_a_folder_made_anew_is_read_again_and_nothing_doubles(post: Post, databases: Databases) -> None:
    own = post.account()
    imap = box(post, own, folders=("INBOX", "Hồ sơ"))
    at = datetime.fromisoformat("2020-04-13T07:45:00+07:00")
    with other_client(post, own) as client:
        client.create_folder("Hồ sơ")
        for n in range(3):
            client.append("Hồ sơ", mail(n), msg_time=at)
        read(databases, imap)
        client.delete_folder("Hồ sơ")
        client.create_folder("Hồ sơ")
        for n in (3, 2, 1):  # the same UIDs, other messages
            client.append("Hồ sơ", mail(n), msg_time=at)
    summary = read(databases, imap)
    assert (summary.fetched, summary.new, summary.mailbox_has, summary.we_hold) == (3, 1, 3, 3)
    assert "Hồ sơ: UIDVALIDITY changed" in summary.notes[0]
    assert held(databases) == [mail(n) for n in range(4)]


def test_what_others_delete_and_move_stays_held_once(post: Post, databases: Databases) -> None:
    """Another client expunges one letter and files another away; what we hold is still every letter that ever came."""
    own = post.account()
    imap = box(post, own, folders=("INBOX", ARCHIVE))
    with other_client(post, own) as client:
        client.create_folder(ARCHIVE)
        for n in range(4):
            client.append("INBOX", mail(n))
        read(databases, imap)
        client.select_folder("INBOX")
        client.move([2], ARCHIVE)
        client.delete_messages([1])
        client.expunge()
    post.deliver(own, mail(9))
    summary = read(databases, imap)
    assert (summary.mailbox_has, summary.we_hold, summary.failures) == (4, 4, [])
    assert len(held(databases)) == 5
    places = databases[0].execute("SELECT COUNT(*) FROM message_location GROUP BY message ORDER BY 1").fetchall()
    assert places == [(1,), (1,), (1,), (1,), (2,)]


TROUBLE: dict[str, tuple[dict[str, object], str, type[Exception], str]] = {
    "wrong password": ({}, "sai", ConfigError, "refuses the login"),
    "wrong password beyond ASCII": ({}, "mật khẩu", ConfigError, "refuses the login"),
    "nobody": ({"user": "khong-co@prober.test"}, PASSWORD, ConfigError, "refuses the login"),
}


@pytest.mark.parametrize("case", TROUBLE)
def test_a_refused_login(case: str, post: Post, databases: Databases) -> None:
    change, password, kind, message = TROUBLE[case]
    with pytest.raises(kind, match=message):
        read(databases, box(post, post.account(), **change), password)


def test_a_password_beyond_ascii_opens_the_mailbox(post: Post) -> None:
    """Vietnamese letters in a password: LOGIN cannot carry them, AUTHENTICATE PLAIN can."""
    own, password = post.letters_account
    with Mailbox(box(post, own), password) as mailbox:
        assert "INBOX" in mailbox.folders()


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
def test_tls_is_required_and_checked(
    tls: str, post: Post, databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Trusted: read. Not trusted, or STARTTLS taken out of the offer by someone on the wire: a clear error."""
    monkeypatch.setattr(fetch_new, "FIRST_PAUSE", 0.0)
    own = post.account()
    post.deliver(own, mail(1))
    imap = box(post, own, tls=tls, port=post.ports["imaps" if tls == "implicit" else "imap"])
    assert read(databases, imap).we_hold == 1
    if tls == "starttls":
        with (
            faulty(imap.port, Faults(replace=(b"STARTTLS", b"XXXXXXXX"))) as port,
            pytest.raises(ServerUnreachable, match="STARTTLS"),
        ):
            read(databases, box(post, own, tls=tls, port=port))
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(ServerUnreachable, match="cannot be reached .*certificate"):
        read(databases, imap)


def table(folder: Path) -> list[tuple[object, ...]]:
    with sqlite3.connect(folder / "private.db") as db:
        return db.execute(
            "SELECT m.sha256, r.raw, m.received_at, m.status, m.event, m.detail, l.folder, l.uid, l.internaldate "
            "FROM message m JOIN message_raw r ON r.message = m.sha256 "
            "JOIN message_location l ON l.message = m.sha256 ORDER BY 1, 7, 8"
        ).fetchall()  # fmt: skip


@pytest.fixture(scope="module")
def full(post: Post) -> str:
    """A mailbox of 30 messages in two folders, some twice."""
    own = post.account()
    with other_client(post, own) as client:
        for n in range(30):
            client.append("Junk" if n % 7 == 0 else "INBOX", mail(n % 27, "Kính gửi " * n))
    return own


FAULTS: dict[str, Callable[[int], Faults]] = {
    "none": lambda size: Faults(),
    "three bytes at a time": lambda size: Faults(split=3),
    "late": lambda size: Faults(delay=0.02),
    "cut early": lambda size: Faults(cuts=[10, 200, 700]),
    "cut everywhere": lambda size: Faults(cuts=[size * n // 12 for n in range(1, 12)]),
    "garbled": lambda size: Faults(garbled=[size // 3, size // 2, size * 2 // 3]),
}


@pytest.fixture(scope="module")
def undisturbed(
    full: str, post: Post, tmp_path_factory: pytest.TempPathFactory
) -> tuple[int, list[tuple[object, ...]]]:
    """Bytes that a pass takes over TLS, and the table that it leaves."""
    folder, faults = tmp_path_factory.mktemp("undisturbed"), Faults()
    with faulty(post.ports["imaps"], faults) as port, pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(post.authority))
        _one_pass(folder, box(post, full, port=port))
    return faults.passed, table(folder)


def _one_pass(folder: Path, imap: Imap) -> None:
    private, results = open_private(folder / "private.db"), open_results(folder / "results.db")
    try:
        read_mailbox(private, results, imap, PASSWORD, SystemClock(HANOI), POBI)
    finally:
        private.close()
        results.close()


@pytest.mark.parametrize("case", FAULTS)
def test_the_same_mailbox_gives_the_same_table_whatever_the_wire_does(
    case: str, full: str, post: Post, undisturbed: tuple[int, list[tuple[object, ...]]], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Three passes over a faulty wire; what fails says so, and what was stored before it stays."""
    monkeypatch.setattr(fetch_new, "FIRST_PAUSE", 0.0)
    monkeypatch.setattr("mailroom.imap.connection.SECONDS", 5.0)
    size, wanted = undisturbed
    faults = FAULTS[case](size)
    disturbances = len(faults.cuts) + len(faults.garbled)
    done = 0
    with faulty(post.ports["imaps"], faults) as port:
        while done < 3:
            try:
                _one_pass(tmp_path, box(post, full, port=port))
                done += 1
            except ServerUnreachable:
                assert faults.connections < disturbances + 4
    # What came before a cut has come: a late connection may need fewer bytes than its cut leaves it.
    assert faults.connections >= 3 + (disturbances if not FAULTS[case](size).cuts else disturbances // 2)
    assert len(wanted) == 30
    assert table(tmp_path) == wanted


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tries again after fractions of a second, so that the test does not wait for the watcher's patience."""
    monkeypatch.setattr(watch, "pause", lambda failures, draw: 0.1)


def test_a_push_becomes_a_row_within_a_second(post: Post, tmp_path: Path) -> None:
    """Dovecot holds a notice back for 500 ms; the rest is ours."""
    own = post.account()
    with Watching(tmp_path, [Account(box(post, own), PASSWORD)]) as watching:
        watching.holds(0)
        delays = []
        for n in range(1, 4):
            post.deliver(own, mail(n))
            delivered = time.monotonic()
            delays.append(watching.holds(n) - delivered)
    assert min(delays) < 1.5, delays
    assert max(delays) < 5.0, delays
    assert watching.heard.beats > 3
    with sqlite3.connect(tmp_path / "private.db") as db:
        assert db.execute("SELECT COUNT(*) FROM message WHERE status = 'unmatched'").fetchone() == (3,)


@pytest.mark.usefixtures("quick")
def test_a_server_that_restarts_is_found_again(post: Post, tmp_path: Path) -> None:
    own = post.account()
    with Watching(tmp_path, [Account(box(post, own), PASSWORD)]) as watching:
        watching.holds(0)
        post.deliver(own, mail(1))
        watching.holds(1)
        post.stop("dovecot")
        watching.until(lambda heard: bool(heard.reasons))
        post.start("dovecot")
        post.deliver(own, mail(2))
        watching.holds(2)
    assert "trying again in" in watching.heard.reasons[own]


def test_mail_that_comes_just_before_idle_is_announced(post: Post) -> None:
    """Between the look at the folder and IDLE lies a moment; its mail is a hint, on the wire or with DONE."""
    own = post.account()
    with Mailbox(box(post, own), PASSWORD) as mailbox:
        mailbox.select("INBOX")
        mailbox.listing()
        assert not mailbox.changed()
        post.deliver(own, mail(1))
        with mailbox.idling() as idle:
            idle.wait(2.0)
        assert idle.noticed
        mailbox.select("INBOX")
        with mailbox.idling() as idle:
            idle.wait(0.2)
        assert not idle.noticed


def test_a_connection_cut_during_login_is_no_refusal(
    post: Post, databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At every 40th byte of greeting, login and first commands: tried again, never "wrong password"."""
    monkeypatch.setattr(fetch_new, "FIRST_PAUSE", 0.0)
    own = post.account()
    post.deliver(own, mail(1))
    faults = Faults()
    with faulty(post.ports["imap"], faults) as port:
        for cut in range(0, 800, 40):
            faults.cuts = [cut]
            assert read(databases, box(post, own, tls="none", port=port)).we_hold == 1
    assert faults.connections == 40
