"""A mail server that sends gigabytes, lists without end or lines without end: it is named in a sentence and left."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mailroom.imap import connection
from mailroom.imap.accounts import Account
from mailroom.imap.mailbox import Mailbox
from mailroom.intake import watch
from prober.clock import SystemClock
from prober.config.load import Imap
from prober.errors import ServerMisbehaves, ServerUnreachable
from prober.store import Database
from prober.store.private import messages
from tests.mailroom.scripted import BODY, Answer, Scripted, polite
from tests.one_mailbox import read_mailbox
from tests.pobi import HANOI, POBI
from tests.watching import Watching

Start = Callable[[Answer], Scripted]
Databases = tuple[Database, Database]
GIGABYTES = b"{9000000000}\r\n" + b"x" * 200_000
DEEP = b"(" * 100_000 + b"a" + b")" * 100_000


def lines() -> bytes:
    return b"* OK Still here\r\n" * 1_000_000


def line() -> bytes:
    return b"* OK " + b"x" * 20_000_000


def literals() -> bytes:
    return (b"* 1 FETCH (UID 1 BODY[] {60000000}\r\n" + b"x" * 60_000_000 + b")\r\n") * 3


# what the server does → (the command at which it does it, what it sends before the end of the answer)
HOSTILE: dict[str, tuple[str, bytes | Callable[[], bytes]]] = {
    "9 GB of a message": ("UID FETCH", b"* 1 FETCH (UID 1 BODY[]<0> " + GIGABYTES),
    "9 GB of a folder's name": ("LIST", b'* LIST () "/" ' + GIGABYTES),
    "9 GB of what nobody asked for": ("LOGIN", b"* X " + GIGABYTES),
    "many literals": ("UID FETCH", literals),
    "lists in a message": ("UID FETCH", b"* 1 FETCH (UID 1 X " + DEEP + b")\r\n"),
    "lists in a folder's name": ("LIST", b'* LIST () "/" ' + DEEP + b"\r\n"),
    "lists in the flags of a folder": ("EXAMINE", b"* FLAGS " + DEEP + b"\r\n"),
    "lines in an answer to FETCH": ("UID FETCH", lines),
    "lines in an answer to SEARCH": ("UID SEARCH", lambda: b"* SEARCH 1\r\n" * 1_500_000),
    "lines before the login": ("CAPABILITY", lines),
    "one line": ("EXAMINE", line),
    "more messages than there are": ("EXAMINE", b"* 99999999999999999999 EXISTS\r\n* OK [UIDVALIDITY 7]\r\n"),
    "a UIDVALIDITY that is none": ("EXAMINE", b"* 1 EXISTS\r\n* OK [UIDVALIDITY 99999999999999999999]\r\n"),
}  # fmt: skip
SAYS = ("bytes at once", "lines", "lists that are nested", "which cannot be")


def box(server: Scripted) -> Imap:
    return Imap(host="127.0.0.1", port=server.port, user="x", tls="none", folders=("INBOX",))


def hostile(at: str, what: bytes | Callable[[], bytes]) -> Answer:
    sent = what() if callable(what) else what

    def answer(_: int, tag: str, command: str) -> bytes:
        if command.startswith(at):
            return sent + f"{tag} OK done\r\n".encode()
        return polite(tag, command)

    return answer


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_server_is_named_and_left(case: str, scripted: Start, databases: Databases) -> None:
    good = scripted(lambda _, tag, command: polite(tag, command))
    read_mailbox(*databases, box(good), "x", SystemClock(HANOI), POBI)
    server, begun = scripted(hostile(*HOSTILE[case])), time.process_time()
    with pytest.raises(ServerMisbehaves) as caught:
        read_mailbox(*databases, box(server), "x", SystemClock(HANOI), POBI)
    said = str(caught.value)
    assert said.startswith(f"127.0.0.1:{server.port}: the server ") and "\n" not in said and len(said) < 300
    assert any(words in said for words in SAYS)
    assert (server.connections, caught.value.exit_code) == (1, ServerUnreachable.exit_code)
    assert time.process_time() - begun < 20
    assert messages.counts(databases[0]) == {"unmatched": 1}  # what came before is there


def test_a_number_that_no_message_can_have_is_a_damaged_answer(
    scripted: Start, databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mailroom.intake.fetch_new.FIRST_PAUSE", 0.0)
    server = scripted(hostile("UID SEARCH", b"* SEARCH 99999999999999999999\r\n"))
    with pytest.raises(ServerUnreachable, match="a number that no message can have"):
        read_mailbox(*databases, box(server), "x", SystemClock(HANOI), POBI)


@pytest.fixture
def greeting() -> Iterator[Callable[[bytes], Imap]]:
    """A server that sends something at once, before anything is asked, and waits."""
    listeners = []

    def start(words: bytes) -> Imap:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)

        def run() -> None:
            try:
                with listener.accept()[0] as line:
                    line.sendall(words)
                    line.recv(1)
            except OSError:  # the client has left
                pass

        threading.Thread(target=run, daemon=True).start()
        return Imap(host="127.0.0.1", port=listener.getsockname()[1], user="x", tls="none")

    yield start
    for listener in listeners:
        listener.close()


@pytest.mark.parametrize("words", [lambda: b"* OK " + GIGABYTES, line], ids=["9 GB", "one line"])
def test_a_greeting_is_an_answer_too(words: Callable[[], bytes], greeting: Callable[[bytes], Imap]) -> None:
    with pytest.raises(ServerMisbehaves, match="which no mail server does"):
        Mailbox(greeting(words()), "x")


def test_an_answer_that_drips_has_an_end(scripted: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each byte comes in time, and the line never ends."""
    monkeypatch.setattr(connection, "_ANSWER_SECONDS", 0.5)
    stopped = threading.Event()
    server = scripted(lambda _, tag, command: b"* LIST" if command.startswith("LIST") else polite(tag, command))

    def drip() -> None:
        while not stopped.wait(0.05) and server.commands[-1:] != ["LOGOUT"]:
            if any(command.startswith("LIST") for command in server.commands):
                try:
                    server.say(b" ")
                except OSError:
                    return

    with Mailbox(box(server), "x") as mailbox:
        dripping = threading.Thread(target=drip, daemon=True)
        dripping.start()
        begun = time.monotonic()
        with pytest.raises(ServerMisbehaves, match="does not end its answer"):
            mailbox.folders()
        assert 0.4 < time.monotonic() - begun < 20
        stopped.set()
        dripping.join()


def test_a_message_larger_than_any_server_takes_is_named_and_keeps_back_no_other(
    scripted: Start, databases: Databases
) -> None:
    def answer(_: int, tag: str, command: str) -> bytes:
        done = f"{tag} OK done\r\n".encode()
        if command.startswith("EXAMINE"):
            return b"* 2 EXISTS\r\n* OK [UIDVALIDITY 7]\r\n" + done
        if command.startswith("UID SEARCH"):
            return b"* SEARCH 1 2\r\n" + done
        if command.startswith("UID FETCH"):
            assert "BODY.PEEK[]<" in command  # the whole of it is never asked for
            return b"".join(
                b'* %d FETCH (UID %d RFC822.SIZE %d INTERNALDATE "14-Apr-2020 09:00:00 +0700" BODY[]<0> {%d}\r\n%b)\r\n'
                % (uid, uid, size, len(BODY), BODY) for uid, size in ((1, len(BODY)), (2, 200_000_000))
            ) + done  # fmt: skip
        return polite(tag, command)

    summary = read_mailbox(*databases, box(scripted(answer)), "x", SystemClock(HANOI), POBI)
    assert (summary.mailbox_has, summary.we_hold) == (2, 1)
    assert summary.notes == ["INBOX: 1 messages have more than 100000000 bytes and were not fetched"]


def test_a_server_that_does_not_stop_talking_in_idle_is_left(scripted: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "MOST_SAID", 100_000)
    server = scripted(lambda _, tag, command: b"+ idling\r\n" if command == "IDLE" else polite(tag, command))
    with Mailbox(box(server), "x") as mailbox:
        mailbox.select("INBOX")
        with pytest.raises(ConnectionError, match="does not stop talking"), mailbox.idling() as idle:
            server.say(b"* OK Still here\r\n" * 20_000)
            idle.wait(20)


def test_a_watcher_comes_back_to_a_hostile_server_after_longer_and_longer_pauses(
    scripted: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures: list[int] = []
    monkeypatch.setattr(watch, "pause", lambda number, draw: failures.append(number) or 0.01)

    def answer(connection: int, tag: str, command: str) -> bytes:
        return (
            polite(tag, command) if connection > 3 else hostile(*HOSTILE["lists in a folder's name"])(1, tag, command)
        )

    server = scripted(answer)
    with Watching(tmp_path, [Account(box(server), "x")]) as watching:
        watching.holds(1)
    assert failures[:3] == [1, 2, 3]
