"""Servers that give a number twice, answer in another order, interrupt themselves, or let IDLE sleep."""

import re
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from mailroom.imap.accounts import Account
from mailroom.imap.mailbox import Mailbox
from mailroom.intake import watch
from prober.clock import SystemClock
from prober.config.load import Imap
from prober.store import Database
from tests.mailroom.scripted import Answer, Scripted, mail, polite
from tests.one_mailbox import read_mailbox
from tests.pobi import HANOI, POBI
from tests.watching import Watching

Start = Callable[[Answer], Scripted]
Databases = tuple[Database, Database]


def box(server: Scripted) -> Imap:
    return Imap(host="127.0.0.1", port=server.port, user="x", tls="none", folders=("INBOX",))


def test_a_number_given_to_another_message_keeps_both(scripted: Start, databases: Databases) -> None:
    """RFC 3501 forbids it, and restored servers do it: the same UID under the same UIDVALIDITY, at another time."""

    def answer(connection: int, tag: str, command: str) -> bytes:
        found = polite(tag, command, body=mail(connection))
        return found if connection == 1 else found.replace(b"14-Apr-2020", b"15-Apr-2020")

    server = scripted(answer)
    for _ in range(2):
        summary = read_mailbox(*databases, box(server), "x", SystemClock(HANOI), POBI)
    assert (summary.fetched, summary.new, summary.mailbox_has, summary.we_hold) == (1, 1, 1, 1)
    assert summary.notes == ["INBOX: UID 1 now means another message; both are kept"]
    private = databases[0]
    held = private.execute(
        "SELECT raw FROM message JOIN message_raw ON message = sha256 ORDER BY received_at"
    ).fetchall()
    assert held == [(mail(1),), (mail(2),)]
    newest = private.execute(
        "SELECT r.raw FROM message_location l JOIN message_raw r ON r.message = l.message"
    ).fetchall()
    assert newest == [(mail(2),)]


def fetched(uid: int, what: str) -> bytes:
    """One line of an answer to FETCH."""
    body, date = mail(uid), '"14-Apr-2020 09:00:00 +0700"'
    if "BODY" in what:
        return f"* {uid} FETCH (UID {uid} INTERNALDATE {date} BODY[] {{{len(body)}}}\r\n".encode() + body + b")\r\n"
    item = f"RFC822.SIZE {len(body)}" if "SIZE" in what else f"INTERNALDATE {date}"
    return f"* {uid} FETCH (UID {uid} {item})\r\n".encode()


def many(order: Sequence[int], between: bytes = b"") -> Answer:
    """A server of several messages that answers in this order, with something unasked before each line."""

    def answer(_: int, tag: str, command: str) -> bytes:
        done = f"{tag} OK done\r\n".encode()
        if command.startswith("EXAMINE"):
            return f"* {len(order)} EXISTS\r\n* OK [UIDVALIDITY 7]\r\n".encode() + done
        if command.startswith("UID SEARCH"):
            return f"* SEARCH {' '.join(map(str, order))}\r\n".encode() + done
        if command.startswith("UID FETCH"):
            return b"".join(between + fetched(uid, command) for uid in order) + between + done
        return polite(tag, command)

    return answer


UNASKED = {
    "in order": ((1, 2, 3, 4), b""),
    "backwards": ((4, 3, 2, 1), b""),
    "shuffled": ((3, 1, 4, 2), b""),
    "flags of another message": ((2, 4, 1, 3), b"* 3 FETCH (FLAGS (\\Seen))\r\n"),
    "flags with a UID": ((1, 2, 3, 4), b"* 9 FETCH (UID 2 FLAGS (\\Seen \\Answered))\r\n"),
    "new mail": ((1, 2, 3, 4), b"* 5 EXISTS\r\n* 1 RECENT\r\n"),
    "still here": ((1, 2, 3, 4), b"* OK Still here\r\n"),
}


@pytest.mark.parametrize("case", UNASKED)
def test_whatever_the_order_and_whatever_comes_between(case: str, scripted: Start, databases: Databases) -> None:
    order, between = UNASKED[case]
    summary = read_mailbox(*databases, box(scripted(many(order, between))), "x", SystemClock(HANOI), POBI)
    assert (summary.mailbox_has, summary.we_hold, summary.failures) == (4, 4, [])
    rows = databases[0].execute(
        "SELECT l.uid, r.raw FROM message_location l JOIN message_raw r ON r.message = l.message ORDER BY l.uid"
    )
    assert rows.fetchall() == [(uid, mail(uid)) for uid in range(1, 5)]


def idling(tag: str, command: str, begun: list[str], first: bytes = b"", last: bytes = b"") -> bytes:
    """A server that takes IDLE, and says nothing but what comes `first`, before its go-ahead, and `last`, with DONE."""
    if command.startswith("CAPABILITY"):
        return f"* CAPABILITY IMAP4rev1 IDLE\r\n{tag} OK done\r\n".encode()
    if command == "IDLE":
        begun.append(tag)
        return first + b"+ idling\r\n"
    return last + f"{begun[-1]} OK done\r\n".encode() if tag == "DONE" else polite(tag, command)


def test_idle_is_renewed_and_everything_compared_again_from_time_to_time(
    scripted: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A silent line costs nothing but time: IDLE ends before the server ends it, and an hour ends with a full pass."""
    assert watch.RENEW_SECONDS < 9 * 60 and watch.RECONCILE_SECONDS == 3600
    monkeypatch.setattr(watch, "GLANCE_SECONDS", 0.05)
    monkeypatch.setattr(watch, "RENEW_SECONDS", 0.1)
    monkeypatch.setattr(watch, "RECONCILE_SECONDS", 1.0)
    begun: list[str] = []
    server = scripted(lambda _, tag, command: idling(tag, command, begun))
    with Watching(tmp_path, [Account(box(server), "x")]) as watching:
        watching.until(lambda heard: server.commands.count("UID SEARCH ALL") == 3)
    searches = [at for at, command in enumerate(server.commands) if command == "UID SEARCH ALL"]
    between = [server.commands[a:b].count("IDLE") for a, b in zip(searches, searches[1:], strict=False)]
    assert min(between) >= 2, between
    assert server.connections == 1


def test_a_server_without_idle_is_asked_from_time_to_time(
    scripted: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "POLL_SECONDS", 0.05)
    server = scripted(lambda _, tag, command: polite(tag, command))
    begun = time.monotonic()
    with Watching(tmp_path, [Account(box(server), "x")]) as watching:
        watching.until(lambda heard: server.commands.count("UID SEARCH ALL") >= 4)
    assert time.monotonic() - begun < 20
    assert (server.connections, "IDLE" in server.commands) == (1, False)


SPEAKS = {
    # what a server says at the beginning and at the end of each IDLE → whether that is news
    "nothing": (b"", b"", False),
    "how many there are": (b"* 1 EXISTS\r\n* 0 RECENT\r\n", b"", False),
    "how many there are, at the end": (b"", b"* 1 EXISTS\r\n* OK Still here\r\n", False),
    "greetings and noise": (b"* OK [ALERT] it's (late\r\n", b"* BYE) \xff\r\n", False),
    "one more": (b"* 2 EXISTS\r\n", b"", True),
    "one more at the end": (b"", b"* 2 EXISTS\r\n", True),
    "one is gone": (b"", b"* 1 EXPUNGE\r\n", True),
}


@pytest.mark.parametrize("case", SPEAKS)
def test_what_comes_with_the_beginning_and_the_end_of_idle(case: str, scripted: Start) -> None:
    """Many servers tell first, or each time, how many messages there are: that is no reason to begin again."""
    first, last, heard = SPEAKS[case]
    begun: list[str] = []
    server = scripted(lambda _, tag, command: idling(tag, command, begun, first, last))
    with Mailbox(box(server), "x") as mailbox:
        mailbox.select("INBOX")
        with mailbox.idling() as idle:
            assert not idle.wait(0.05)
        assert idle.noticed is heard
    assert server.commands.count("") == 1  # DONE


@pytest.mark.parametrize(
    "told", [b"* 1 EXISTS\r\n", b"* 1 EXISTS\r\n* 0 RECENT\r\n", b"* 1 FETCH (FLAGS (\\Seen))\r\n"]
)
def test_what_is_no_news_while_the_server_idles_ends_no_idle(told: bytes, scripted: Start) -> None:
    """Some servers say after their go-ahead how many messages there are, or say it again from time to time, and a
    person who reads mail makes marks: a full pass for each would have no end.
    """
    begun: list[str] = []
    server = scripted(lambda _, tag, command: idling(tag, command, begun))
    with Mailbox(box(server), "x") as mailbox:
        mailbox.select("INBOX")
        with mailbox.idling() as idle:
            server.say(told)
            assert not idle.wait(0.2)
            server.say(b"* 2 EXISTS\r\n")
            assert idle.wait(5)


ENDS = {
    "hangs up": lambda tag: None,
    "says no": lambda tag: f"{tag} NO not now\r\n".encode(),
    "knows no such command": lambda tag: f"{tag} BAD what\r\n".encode(),
    "says nothing": lambda tag: b"",
}  # fmt: skip


@pytest.mark.parametrize("case", ENDS)
def test_a_server_that_ends_idle_is_not_logged_in_to_every_second(
    case: str, scripted: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each pass goes well, and each IDLE ends the connection: the pauses grow all the same."""
    failures: list[int] = []
    monkeypatch.setattr(watch, "pause", lambda number, draw: failures.append(number) or 0.01)
    monkeypatch.setattr("mailroom.imap.connection.SECONDS", 0.1)

    def answer(_: int, tag: str, command: str) -> bytes | None:
        return ENDS[case](tag) if command == "IDLE" else idling(tag, command, [tag])

    server = scripted(answer)
    with Watching(tmp_path, [Account(box(server), "x")]) as watching:
        watching.until(lambda heard: len(failures) == 4)
    assert failures[:4] == [1, 2, 3, 4]
    assert len(watching.heard.moments) >= 4


def test_a_line_that_held_for_long_is_made_again_at_once(
    scripted: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures: list[int] = []
    monkeypatch.setattr(watch, "pause", lambda number, draw: failures.append(number) or 0.01)
    monkeypatch.setattr(watch, "LONGEST_PAUSE", 0.0)  # any line has held for longer
    server = scripted(lambda _, tag, command: None if command == "IDLE" else idling(tag, command, [tag]))
    with Watching(tmp_path, [Account(box(server), "x")]) as watching:
        watching.until(lambda heard: len(failures) == 3)
    assert failures[:3] == [1, 1, 1]


OTHERS = b'* LIST () "/" INBOX\r\n* LIST () "/" Answers\r\n'


@pytest.mark.parametrize("folders", [("Answers",), ("Nowhere",)])
def test_an_inbox_that_is_not_configured_is_neither_read_nor_watched(
    folders: tuple[str, ...], scripted: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody's own mailbox, of which one folder is for the campaign: all else in it is private."""
    for name in ("GLANCE_SECONDS", "RENEW_SECONDS", "POLL_SECONDS"):
        monkeypatch.setattr(watch, name, 0.1)
    monkeypatch.setattr(watch, "RECONCILE_SECONDS", 0.5)
    begun: list[str] = []

    def answer(_: int, tag: str, command: str) -> bytes:
        return (OTHERS if command.startswith("LIST") else b"") + idling(tag, command, begun)

    server = scripted(answer)
    with Watching(tmp_path, [Account(replace(box(server), folders=folders), "x")]) as watching:
        watching.until(lambda heard: len(heard.moments) > 2)
    examined = {command for command in server.commands if command.startswith("EXAMINE")}
    assert examined == ({'EXAMINE "Answers"'} if folders == ("Answers",) else set())
    assert watching.heard.passes == {"x": len(examined)}
    assert len(begun) >= 4 if examined else not begun  # between one pass and the next


def growing(seen: list[str], more: Callable[[], bool]) -> Answer:
    """A server that has two messages when there are `more`, else one; `seen` is how many it told, and each IDLE."""
    begun: list[str] = []

    def answer(connection: int, tag: str, command: str) -> bytes | None:
        if command.startswith("EXAMINE"):
            seen.append("2" if more() else "1")
        if command.startswith(("EXAMINE", "UID SEARCH ALL")):
            return many((1, 2) if seen[-1] == "2" else (1,))(connection, tag, command)
        if asked := re.match(r"UID (FETCH|SEARCH UID) (\d+)", command):
            found = f"* SEARCH {asked[2]}\r\n".encode() if "S" in asked[1] else fetched(int(asked[2]), command)
            return found + f"{tag} OK done\r\n".encode()
        if command == "IDLE":
            seen.append("IDLE")
        return idling(tag, command, begun)

    return answer


def test_what_came_between_a_pass_and_idle_is_asked_for_before_idle(scripted: Start, tmp_path: Path) -> None:
    """The folder has more messages when it is selected to idle than when it was listed: nobody will give a notice."""
    seen: list[str] = []
    server = scripted(growing(seen, lambda: bool(seen)))
    with Watching(tmp_path, [Account(box(server), "x")]) as watching:
        watching.holds(2)
    assert seen[:3] == ["1", "2", "2"]
    assert "UID SEARCH UID 2:*" in server.commands


def test_a_notice_while_the_server_idles_is_followed_at_once(
    scripted: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the long IDLE, that is: without it the letter would come with the next renewal."""
    monkeypatch.setattr(watch, "GLANCE_SECONDS", 0.05)
    seen: list[str] = []
    came = threading.Event()
    server = scripted(growing(seen, came.is_set))
    with Watching(tmp_path, [Account(box(server), "x")]) as watching:
        watching.holds(1)
        while seen.count("IDLE") < 2:
            assert not watching.heard.reasons
            time.sleep(0.01)
        came.set()
        server.say(b"* 2 EXISTS\r\n")
        told = time.monotonic()
        assert watching.holds(2) - told < 5
