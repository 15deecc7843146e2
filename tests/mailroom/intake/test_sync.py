"""The mailbox over a real IMAP server: intake, kills, two at once, IDLE, and a server that misbehaves step by step."""

import socket
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote
from urllib.request import ProxyHandler, Request, build_opener

import pytest

from mailroom.imap.accounts import Account
from mailroom.imap.mailbox import Mailbox
from mailroom.intake import fetch_new, sync, watch
from mailroom.outcomes import projection
from prober.clock import SystemClock
from prober.config.load import Imap
from prober.errors import ConfigError, ServerUnreachable
from prober.sandbox import client
from prober.store import Database, open_private, open_results
from prober.store.private import messages
from tests import forked
from tests.mailroom.scripted import BODY, Answer, Scripted, mail, polite
from tests.one_mailbox import read_mailbox
from tests.pobi import HANOI, POBI

_open = build_opener(ProxyHandler({})).open


def deliver(
    endpoint: client.Endpoint, raw: bytes, at: str = "2020-04-13T07:45:00+07:00", folder: str = "INBOX"
) -> None:
    url = f"{endpoint.control}/deliver?at={quote(at)}&folder={folder}"
    with _open(Request(url, data=raw, method="POST"), timeout=20) as answer:
        assert answer.status == 200


def box(endpoint: client.Endpoint) -> Imap:
    return Imap(host=endpoint.imap_host, port=endpoint.imap_port, user=endpoint.imap_user, tls="none")


def test_everything_is_held_byte_for_byte_and_a_second_pass_fetches_nothing(
    own_world: client.Endpoint, databases: tuple[Database, Database]
) -> None:
    for n in range(5):
        deliver(own_world, mail(n), folder="Junk" if n == 3 else "INBOX")
    deliver(own_world, mail(0), at="2020-04-13T07:15:00+07:00")
    private, results = databases
    first = read_mailbox(private, results, box(own_world), own_world.imap_password, SystemClock(HANOI), POBI)
    again = read_mailbox(private, results, box(own_world), own_world.imap_password, SystemClock(HANOI), POBI)
    assert (first.fetched, first.new, first.mailbox_has, first.we_hold) == (6, 5, 6, 6)
    assert (again.fetched, again.new, again.we_hold, again.failures) == (0, 0, 6, [])
    held = dict(private.execute("SELECT raw, received_at FROM message JOIN message_raw ON message = sha256").fetchall())
    assert set(held) == {mail(n) for n in range(5)}
    assert held[mail(0)] == "2020-04-13T07:15:00+07:00"


def test_a_wrong_password_is_not_tried_again(own_world: client.Endpoint, databases: tuple[Database, Database]) -> None:
    with pytest.raises(ConfigError, match="refuses the login") as caught:
        read_mailbox(*databases, box(own_world), "wrong", SystemClock(HANOI), POBI)
    assert "b'" not in str(caught.value)  # the server's words, and not what their bytes look like
    assert str(caught.value).endswith(". Check [imap] user and the password that it names")


def test_an_unreachable_server_is_one_clear_error(
    databases: tuple[Database, Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch_new, "FIRST_PAUSE", 0.0)
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    with pytest.raises(ServerUnreachable, match=f"127.0.0.1:{port}"):
        read_mailbox(*databases, Imap(host="127.0.0.1", port=port, user="x", tls="none"), "x", SystemClock(HANOI), POBI)


def one_pass(folder: Path, imap: Imap, password: str) -> None:
    private, results = open_private(folder / "private.db"), open_results(folder / "results.db")
    read_mailbox(private, results, imap, password, SystemClock(), POBI)


def started(endpoint: client.Endpoint, folder: Path) -> forked.Process:
    return forked.called(one_pass, folder, box(endpoint), endpoint.imap_password)


def rows(folder: Path) -> list[tuple[object, ...]]:
    with sqlite3.connect(folder / "private.db") as db:
        return db.execute(
            "SELECT m.sha256, r.raw, m.received_at, m.status, m.event, l.folder, l.uid FROM message m "
            "JOIN message_raw r ON r.message = m.sha256 "
            "JOIN message_location l ON l.message = m.sha256 ORDER BY 1, 6, 7"
        ).fetchall()  # fmt: skip


def test_kills_at_any_moment_and_two_at_once_lose_and_double_nothing(
    own_world: client.Endpoint, tmp_path: Path
) -> None:
    for n in range(40):
        deliver(own_world, mail(n))
    killed = tmp_path / "killed"
    for n in range(4):
        process = started(own_world, killed)
        process.join(0.1 + 0.1 * n)
        process.kill()
        process.join()
    for folder in (killed, tmp_path / "pair"):
        pair = [started(own_world, folder), started(own_world, folder)]
        for process in pair:
            process.join(180)
            assert process.exitcode == 0
    assert rows(killed) == rows(tmp_path / "pair")
    assert {row[1] for row in rows(killed)} == {mail(n) for n in range(40)}
    assert len(rows(killed)) == 40
    assert {row[3] for row in rows(killed)} == {"unmatched"}


def test_the_watcher_takes_in_what_arrives_and_stops_at_once(own_world: client.Endpoint, tmp_path: Path) -> None:
    seen: list[tuple[float, int]] = []
    arrived = threading.Event()
    stop = watch.Stop()

    def run() -> None:  # a connection of SQLite belongs to the thread that opened it
        private, results = open_private(tmp_path / "p.db"), open_results(tmp_path / "r.db")

        def on_pass(summary: sync.SyncSummary) -> None:
            seen.append((time.monotonic(), summary.we_hold))
            arrived.set()

        account = Account(box(own_world), own_world.imap_password)
        watched = watch.WatchedMailbox(private, results, account, SystemClock(HANOI), POBI, on_pass=on_pass)
        watch.watch(watched, stop=stop)
        private.close()
        results.close()

    thread = threading.Thread(target=run)
    thread.start()
    assert arrived.wait(20)
    arrived.clear()
    deliver(own_world, mail(1))
    sent = time.monotonic()
    assert arrived.wait(20)
    assert seen[-1][1] == 1
    assert seen[-1][0] - sent < 5
    asked = time.monotonic()
    stop.set()
    thread.join(10)
    assert not thread.is_alive()
    assert time.monotonic() - asked < 3
    stop.close()


def test_after_a_hint_only_what_came_last_is_asked_for(
    own_world: client.Endpoint, databases: tuple[Database, Database]
) -> None:
    private, _ = databases
    imap = box(own_world)
    fetch_new.collect(private, imap, own_world.imap_password, SystemClock(), sync.quiet)
    with Mailbox(imap, own_world.imap_password) as mailbox:
        mailbox.select("INBOX")
        assert fetch_new.collect_latest(mailbox, private, imap, SystemClock(), sync.quiet).fetched == 0  # empty
        for n in range(2):
            deliver(own_world, mail(n))
        fetched = [
            fetch_new.collect_latest(mailbox, private, imap, SystemClock(), sync.quiet).fetched for _ in range(2)
        ]
        assert fetched == [2, 0]
        mailbox.select("Junk")
        deliver(own_world, mail(2), folder="Junk")
        assert fetch_new.collect_latest(mailbox, private, imap, SystemClock(), sync.quiet).fetched == 1
    places = private.execute("SELECT folder, COUNT(*) FROM message_location GROUP BY 1 ORDER BY 1").fetchall()
    assert places == [("INBOX", 2), ("Junk", 1)]


def nil_body(_: int, tag: str, command: str) -> bytes:
    answer = polite(tag, command)
    if b"BODY[]" in answer:
        return f'* 1 FETCH (UID 1 INTERNALDATE "14-Apr-2020 09:00:00 +0700" BODY[] NIL)\r\n{tag} OK done\r\n'.encode()
    return answer


def bye_at(word: str) -> Answer:
    def answer(connection: int, tag: str, command: str) -> bytes | None:
        if connection == 1 and word in command.upper():
            return b"* BYE going down\r\n" if word == "LOGIN" else None
        return polite(tag, command)

    return answer


def cut_in_the_body(connection: int, tag: str, command: str) -> bytes | None:
    answer = polite(tag, command)
    return answer[: len(answer) // 2] if connection == 1 and b"BODY[]" in answer else answer


def renumbered(connection: int, tag: str, command: str) -> bytes:
    return polite(tag, command, uidvalidity=6 + connection, uid=connection)


@pytest.mark.parametrize(
    "answer",
    [bye_at("EXAMINE"), bye_at("UID SEARCH"), bye_at("INTERNALDATE)"), bye_at("RFC822.SIZE"), bye_at("BODY"),
     cut_in_the_body],
    ids=["examine", "search", "dates", "sizes", "bodies", "cut in the body"],
)  # fmt: skip
def test_a_connection_lost_anywhere_is_made_again(
    scripted: Callable[..., Scripted],
    databases: tuple[Database, Database],
    answer: Answer,
) -> None:
    server = scripted(answer)
    summary = read_mailbox(
        *databases,
        Imap(host="127.0.0.1", port=server.port, user="x", tls="none", folders=("INBOX",)),
        "x",
        SystemClock(HANOI),
        POBI,
    )
    assert (summary.mailbox_has, summary.we_hold, server.connections) == (1, 1, 2)
    assert databases[0].execute("SELECT raw FROM message_raw").fetchall() == [(BODY,)]


def test_a_nil_body_is_a_failure_that_is_shown_and_nothing_is_invented(
    scripted: Callable[..., Scripted], databases: tuple[Database, Database]
) -> None:
    server = scripted(nil_body)
    summary = read_mailbox(
        *databases, Imap(host="127.0.0.1", port=server.port, user="x", tls="none"), "x", SystemClock(HANOI), POBI
    )
    assert (summary.fetched, summary.failures) == (0, ["1 messages of the mailbox are not held"])
    assert databases[0].execute("SELECT COUNT(*) FROM message").fetchone() == (0,)


def unlisted(_: int, tag: str, command: str) -> bytes:
    return polite(tag, command).replace(b"* SEARCH 1", b"* SEARCH")


def test_what_a_server_announces_and_does_not_list_is_missing_and_is_said(
    scripted: Callable[[Answer], Scripted], databases: tuple[Database, Database]
) -> None:
    server = scripted(unlisted)
    summary = read_mailbox(
        *databases, Imap(host="127.0.0.1", port=server.port, user="x", tls="none"), "x", SystemClock(HANOI), POBI
    )
    assert summary.failures == ["1 messages of the mailbox are not held"]
    assert summary.notes[0] == "INBOX: 1 messages were announced and not listed; asked for again next time"


def test_a_new_uidvalidity_reads_everything_again_and_doubles_nothing(
    scripted: Callable[..., Scripted], databases: tuple[Database, Database]
) -> None:
    server = scripted(renumbered)
    imap = Imap(host="127.0.0.1", port=server.port, user="x", tls="none", folders=("INBOX",))
    read_mailbox(*databases, imap, "x", SystemClock(HANOI), POBI)
    summary = read_mailbox(*databases, imap, "x", SystemClock(HANOI), POBI)
    assert (summary.fetched, summary.new) == (1, 0)
    assert "UIDVALIDITY changed from 7 to 8" in summary.notes[0]
    assert databases[0].execute("SELECT COUNT(*) FROM message").fetchone() == (1,)


def test_the_same_number_and_moment_in_a_folder_made_anew_is_another_message(
    scripted: Callable[..., Scripted], databases: tuple[Database, Database]
) -> None:
    """Only UIDVALIDITY tells: to compare by number and INTERNALDATE alone would take the new letter for the old one."""
    server = scripted(lambda n, tag, command: polite(tag, command, uidvalidity=6 + n, body=mail(n)))
    imap = Imap(host="127.0.0.1", port=server.port, user="x", tls="none", folders=("INBOX",))
    for _ in range(2):
        summary = read_mailbox(*databases, imap, "x", SystemClock(HANOI), POBI)
    assert (summary.fetched, summary.new, summary.mailbox_has, summary.we_hold) == (1, 1, 1, 1)
    assert databases[0].execute("SELECT COUNT(*) FROM message").fetchone() == (2,)


def test_each_message_is_durable_before_anything_looks_at_it(
    own_world: client.Endpoint, databases: tuple[Database, Database]
) -> None:
    """Committed with a wait for the disk, and on another connection, before the next step hears of it."""
    private, _ = databases
    (path,) = (row[2] for row in private.execute("PRAGMA database_list").fetchall())
    said: list[str] = []
    seen: list[int] = []

    def looks(_what: str, done: int, _total: int) -> None:
        with sqlite3.connect(path) as other:
            held = {raw for (raw,) in other.execute("SELECT raw FROM message_raw").fetchall()}
        assert {mail(n) for n in range(3)} & held and len(held) == done
        seen.append(done)

    for n in range(3):
        deliver(own_world, mail(n))
    private.conn.set_trace_callback(said.append)
    fetch_new.collect(private, box(own_world), own_world.imap_password, SystemClock(), looks)
    private.conn.set_trace_callback(None)
    assert seen[-1] == 3
    assert "COMMIT" in said and not any("synchronous" in statement for statement in said)
    assert private.execute("PRAGMA synchronous").fetchone() == (2,)


def test_what_is_shown_was_on_the_disk_before(
    own_world: client.Endpoint, databases: tuple[Database, Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Analyses do not wait for the disk one by one; all of them are there before results.db shows any."""
    order: list[object] = []
    flush, projected = sync.flush, projection._projected

    def flushed(db: Database) -> None:
        flush(db)
        order.append(messages.counts(db))

    def shown(*words: Any, **named: Any) -> bool:
        order.append("shown")
        return projected(*words, **named)

    monkeypatch.setattr(sync, "flush", flushed)
    monkeypatch.setattr(projection, "_projected", shown)
    for n in range(3):
        deliver(own_world, mail(n))
    read_mailbox(*databases, box(own_world), own_world.imap_password, SystemClock(HANOI), POBI)
    assert order == [{"unmatched": 3}, "shown"]


def test_nothing_that_changes_a_mailbox_is_ever_said(
    scripted: Callable[..., Scripted], databases: tuple[Database, Database]
) -> None:
    server = scripted(lambda _, tag, command: polite(tag, command))
    read_mailbox(
        *databases, Imap(host="127.0.0.1", port=server.port, user="x", tls="none"), "x", SystemClock(HANOI), POBI
    )
    said = " ".join(server.commands).upper()
    assert "EXAMINE" in said and "BODY.PEEK[]" in said
    assert "BODY[" not in said and "RFC822 " not in said  # without PEEK they mark a message as read
    assert not any(word in said for word in ("SELECT", "STORE", "COPY", "MOVE", "EXPUNGE", "APPEND", "DELETE", "CLOSE"))


def test_a_notice_in_two_segments_wakes_the_wait() -> None:
    from mailroom.imap.connection import Idle

    ours, theirs = socket.socketpair()
    with ours, theirs:
        threading.Timer(0.05, lambda: theirs.sendall(b"* 2 EXI")).start()
        threading.Timer(0.15, lambda: theirs.sendall(b"STS\r\n")).start()
        assert Idle(ours, 1).wait(5)
        theirs.sendall(b"* OK Still here\r\n")
        assert not Idle(ours, 1).wait(0.2)
        theirs.sendall(b"* BYE\r\n")
        with pytest.raises(ConnectionError):
            Idle(ours, 1).wait(5)
        threading.Thread(target=theirs.sendall, args=(b"* OK " + b"x" * 100_000,)).start()
        with pytest.raises(ConnectionError, match="without end"):
            Idle(ours, 1).wait(5)


def test_times_of_the_server_are_stored_in_the_time_zone_of_the_study(
    own_world: client.Endpoint, databases: tuple[Database, Database]
) -> None:
    deliver(own_world, mail(1), at="2020-04-13T00:30:00+00:00")
    for _ in range(2):  # the second pass finds nothing changed
        found = read_mailbox(*databases, box(own_world), own_world.imap_password, SystemClock(HANOI), POBI)
    stored = list(databases[0].query("SELECT received_at FROM message"))
    assert [row["received_at"] for row in stored] == ["2020-04-13T07:30:00+07:00"]
    assert found.fetched == 0
