"""Servers that refuse a folder or a message, tell odd times or list oddly: the rest is held, what is missing said."""

import imaplib
import re
import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from mailroom.imap import mailbox
from mailroom.imap.accounts import Account
from mailroom.imap.mailbox import REFUSALS, BadMessages, Mailbox
from mailroom.intake import fetch_new, watch
from mailroom.intake.sync import SyncSummary
from prober.clock import SystemClock
from prober.config.load import Imap
from prober.errors import ServerUnreachable
from prober.store import Database
from tests.mailroom.imap.test_imap_unruly_servers import box, fetched, many
from tests.mailroom.scripted import Answer, Scripted, mail, polite
from tests.one_mailbox import read_mailbox
from tests.pobi import HANOI, POBI
from tests.watching import Watching

Start = Callable[[Answer], Scripted]
Databases = tuple[Database, Database]
TRACE = b"Received: from a.test by mx.prober.test; Tue, 14 Apr 2020 09:00:05 +0700\r\n"


def read(databases: Databases, server: Scripted, **change: object) -> SyncSummary:
    return read_mailbox(*databases, replace(box(server), **change), "x", SystemClock(HANOI), POBI)  # type: ignore[arg-type]


def held(databases: Databases) -> list[int]:
    return [uid for (uid,) in databases[0].execute("SELECT uid FROM message_location ORDER BY uid").fetchall()]


def refusing(poison: set[int], status: str = "NO") -> Answer:
    """A server of eight messages that answers no FETCH in which one of `poison` is asked for."""
    polite_one = many(range(1, 9))

    def answer(connection: int, tag: str, command: str) -> bytes | None:
        asked = re.match(r"UID FETCH (\S+)", command)
        if not asked:
            return polite_one(connection, tag, command)
        uids = list(map(int, asked[1].split(",")))
        if poison.intersection(uids):
            return (
                b"".join(fetched(uid, command) for uid in uids[:1] if uid not in poison)
                + f"{tag} {status} [SERVERBUG] x\r\n".encode()
            )
        return b"".join(fetched(uid, command) for uid in uids) + f"{tag} OK done\r\n".encode()

    return answer


@pytest.mark.parametrize("status", ["NO", "BAD"])
@pytest.mark.parametrize("poison", [{1}, {8}, {3, 4, 7}])
def test_a_message_that_the_server_cannot_give_keeps_back_no_other(
    poison: set[int], status: str, scripted: Start, databases: Databases
) -> None:
    server = scripted(refusing(poison, status))
    for new in (8 - len(poison), 0):
        summary = read(databases, server)
        assert (summary.mailbox_has, summary.we_hold, summary.new) == (8, 8 - len(poison), new)
        assert summary.failures == [f"{len(poison)} messages of the mailbox are not held"]
        assert summary.notes == [f"INBOX: {len(poison)} messages were listed and not given; asked for again next time"]
    assert held(databases) == sorted(set(range(1, 9)) - poison)
    assert databases[0].execute("SELECT DISTINCT status FROM message").fetchall() == [("unmatched",)]
    assert server.connections == 2


def test_a_server_that_refuses_everything_is_not_asked_for_each_message(scripted: Start, databases: Databases) -> None:
    many_uids = range(1, 1001)

    def answer(connection: int, tag: str, command: str) -> bytes:
        if command.startswith("UID FETCH"):
            return f"{tag} NO [LIMIT] slow down\r\n".encode()
        return many(many_uids)(connection, tag, command) or b""

    server = scripted(answer)
    with pytest.raises(ServerUnreachable, match="slow down"):
        read(databases, server)
    asked = sum(command.startswith("UID FETCH") for command in server.commands)
    assert asked == server.connections * (REFUSALS + 1)


def listing(*lines: bytes, refused: str = "") -> Answer:
    def answer(_: int, tag: str, command: str) -> bytes:
        if command.startswith("LIST"):
            return b"".join(line + b"\r\n" for line in lines) + f"{tag} OK done\r\n".encode()
        if command == f'EXAMINE "{refused}"':
            return f"{tag} NO [NOPERM] Permission denied\r\n".encode()
        return polite(tag, command)

    return answer


INBOX, JUNK = b'* LIST () "/" INBOX', b'* LIST (\\Junk) "/" Spam'


def test_a_folder_that_is_refused_keeps_back_no_other(scripted: Start, databases: Databases) -> None:
    """A shared folder without the right to read it, or one that vanished after it was listed."""
    server = scripted(listing(INBOX, JUNK, b'* LIST (\\All) "/" Archive', refused="Spam"))
    summary = read(databases, server)
    assert (summary.mailbox_has, summary.we_hold, summary.processed) == (2, 2, 1)
    assert summary.failures == ["Spam: select failed: [NOPERM] Permission denied; the folder was not read"]
    assert server.connections == 1
    compared = databases[0].execute("SELECT folder FROM mailbox_state ORDER BY 1").fetchall()
    assert compared == [("Archive",), ("INBOX",)]


def test_a_folder_that_could_be_read_once_is_compared_no_more_and_not_forgotten(
    scripted: Start, databases: Databases
) -> None:
    """Its last comparison grows old, so that no reminder leaves while answers may lie in it."""
    refused = [""]
    server = scripted(lambda n, tag, command: listing(INBOX, JUNK, refused=refused[0])(n, tag, command))
    read(databases, server)
    state = "SELECT synced_at FROM mailbox_state WHERE folder = 'Spam'"
    before = databases[0].execute(state).fetchone()
    refused[0] = "Spam"
    summary = read(databases, server)
    assert len(summary.failures) == 1 and summary.notes == []
    assert databases[0].execute(state).fetchone() == before


def test_a_mailbox_whose_inbox_is_refused_is_not_read(scripted: Start, databases: Databases) -> None:
    server = scripted(listing(INBOX, JUNK, refused="INBOX"))
    with pytest.raises(ServerUnreachable, match="INBOX: select failed"):
        read(databases, server)
    assert server.connections == 4


def test_what_came_before_a_mailbox_broke_off_is_understood(scripted: Start, databases: Databases) -> None:
    """Answers must not wait until the server is mended."""

    def answer(connection: int, tag: str, command: str) -> bytes | None:
        return None if "Spam" in command else listing(INBOX, JUNK)(connection, tag, command)

    with pytest.raises(ServerUnreachable, match="broke off 4 times"):
        read(databases, scripted(answer))
    assert databases[0].execute("SELECT status FROM message").fetchall() == [("unmatched",)]


def test_a_name_that_cannot_be_read_hides_no_folder(scripted: Start, databases: Databases) -> None:
    summary = read(databases, scripted(listing(INBOX, b'* LIST () "/" "Tr&AAA"', JUNK)))
    assert (summary.we_hold, summary.failures) == (2, [])
    assert summary.notes == ["""a folder has a name that cannot be read: b'() "/" "Tr&AAA"'"""]


SEARCHES = {
    "in one line": b"* SEARCH 1 2 3 4\r\n",
    "in several": b"* SEARCH 4 3\r\n* SEARCH\r\n* SEARCH 1 2\r\n",
    "each in its own, with doubles": b"* SEARCH 1\r\n* SEARCH 2\r\n* SEARCH 1\r\n* SEARCH 3\r\n* SEARCH 4\r\n",
    "with a mark of changes": b"* SEARCH 1 2 3 4 (MODSEQ 917162500)\r\n",
    "with news in between": b"* SEARCH 1 2\r\n* 5 EXISTS\r\n* 2 FETCH (FLAGS ())\r\n* SEARCH 3 4\r\n",
}


@pytest.mark.parametrize("case", SEARCHES)
def test_the_numbers_of_a_search(case: str, scripted: Start, databases: Databases) -> None:
    def answer(connection: int, tag: str, command: str) -> bytes | None:
        if command.startswith("UID SEARCH"):
            return SEARCHES[case] + f"{tag} OK done\r\n".encode()
        return many(range(1, 5))(connection, tag, command)

    summary = read(databases, scripted(answer))
    assert (summary.mailbox_has, summary.we_hold, held(databases)) == (4, 4, [1, 2, 3, 4])


def test_a_literal_among_the_numbers_of_a_search_is_damage() -> None:
    with pytest.raises(ValueError, match="a literal among the numbers"):
        mailbox.uids([(b"1 {3}", b"2 3"), b""])


def test_a_large_folder_is_listed_in_pieces(
    scripted: Start, databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python's library takes no line of more than a million bytes, which 91,000 UIDs of ten digits are."""
    assert mailbox.LISTED * len(" 4294967295") < imaplib._MAXLINE - 1000  # type: ignore[attr-defined]
    monkeypatch.setattr(mailbox, "LISTED", 3)
    whole = many(range(1, 9))

    def answer(connection: int, tag: str, command: str) -> bytes | None:
        asked = re.fullmatch(r"UID SEARCH (\d+):(\d+|\*)", command)
        if not asked:
            return whole(connection, tag, command)
        last = 8 if asked[2] == "*" else int(asked[2])
        return f"* SEARCH {' '.join(map(str, range(int(asked[1]), last + 1)))}\r\n{tag} OK done\r\n".encode()

    server = scripted(answer)
    assert read(databases, server).we_hold == 8
    assert [c for c in server.commands if "SEARCH" in c] == [f"UID SEARCH {r}" for r in ("1:3", "4:6", "7:*")]


TIMES = {
    # INTERNALDATE as the server writes it → received_at
    '" 4-Apr-2020 09:00:00 +0700"': "2020-04-04T09:00:00+07:00",
    '"4-apr-2020 09:00:00 +0700"': "2020-04-04T09:00:00+07:00",
    '"14-Apr-2020 02:00:00 GMT"': "2020-04-14T09:00:00+07:00",
    '"14-Apr-2020 02:00:00 -0330"': "2020-04-14T12:30:00+07:00",
    "{26}\r\n14-Apr-2020 09:00:00 +0700": "2020-04-14T09:00:00+07:00",
    '"01-Jan-1970 00:00:00 +0000"': "",  # a file copied without its time
    '"01-Jan-0001 00:00:00 +1400"': "",
    '"31-Dec-9999 23:59:59 -0100"': "",
    '"00-Jan-0000 00:00:00 +0000"': "",
    '"14-Apr-2020 09:00:60 +0700"': "",
    '"14-Apr-2020 09:00:00 +2500"': "",
    '"14-Apr-2020 09:00:00"': "",
    '"14-Thg4-2020 09:00:00 +0700"': "",
    '""': "",
    "NIL": "",
}
RECEIVED = "2020-04-14T09:00:05+07:00"  # by TRACE


@pytest.mark.parametrize("told", TIMES)
def test_a_message_is_held_whatever_time_the_server_tells(told: str, scripted: Start, databases: Databases) -> None:
    def answer(_: int, tag: str, command: str) -> bytes:
        return polite(tag, command, body=TRACE + mail(1)).replace(b'"14-Apr-2020 09:00:00 +0700"', told.encode())

    server = scripted(answer)
    first, again = read(databases, server), read(databases, server)
    assert (first.we_hold, again.we_hold, again.fetched, again.notes) == (1, 1, 0, [])
    assert first.notes == (
        [] if TIMES[told] else ["INBOX: the server tells no time of 1 messages; that of their headers counts"]
    )
    rows = databases[0].execute("SELECT bytes, received_at FROM message").fetchall()
    assert rows == [(len(TRACE + mail(1)), TIMES[told] or RECEIVED)]


def test_a_body_behind_a_tilde_is_the_body(scripted: Start, databases: Databases) -> None:
    """A literal8 (RFC 3516), which has no business there: its mark is not the message."""
    for extra in (b"", b"FLAGS (\\Seen) "):  # in the usual form of an answer, and in another

        def answer(_: int, tag: str, command: str, extra: bytes = extra) -> bytes:
            found = polite(tag, command, uid=1 + len(extra), body=mail(1 + len(extra)))
            return found.replace(b"BODY[] {", extra + b"BODY[] ~{")

        read(databases, scripted(answer))
    rows = databases[0].execute("SELECT raw FROM message_raw ORDER BY length(raw)").fetchall()
    assert rows == [(mail(1),), (mail(15),)]


@pytest.mark.parametrize("wrong", [-40, -1, 1, 4, 5000])
def test_a_literal_of_the_wrong_length_is_no_message(wrong: int, scripted: Start, databases: Databases) -> None:
    """Too short or too long, the line is out of step: all is asked for again on a new one."""
    right = f"{{{len(mail(2))}}}".encode()

    def answer(connection: int, tag: str, command: str) -> bytes | None:
        found = many(range(1, 5))(connection, tag, command) or b""
        return found.replace(right, f"{{{len(mail(2)) + wrong}}}".encode(), 1) if connection == 1 else found

    server = scripted(answer)
    summary = read(databases, server)
    assert (summary.mailbox_has, summary.we_hold, server.connections) == (4, 4, 2)
    rows = databases[0].execute("SELECT raw FROM message_raw ORDER BY raw").fetchall()
    assert rows == [(mail(n),) for n in range(1, 5)]


def test_what_is_expunged_while_it_is_read_is_missing_and_then_forgotten(scripted: Start, databases: Databases) -> None:
    """Message 2 is gone before its body comes: nobody holds it, and the next comparison does not know of it."""
    gone = [False]

    def answer(connection: int, tag: str, command: str) -> bytes | None:
        order = [1, 3, 4] if gone[0] else [1, 2, 3, 4]
        if "BODY" not in command or gone[0]:
            return many(order)(connection, tag, command)
        gone[0] = True
        rest = b"".join(fetched(uid, command) for uid in (3, 4))
        return fetched(1, command) + b"* 2 EXPUNGE\r\n* 3 EXISTS\r\n" + rest + f"{tag} OK done\r\n".encode()

    server = scripted(answer)
    assert read(databases, server).failures == ["1 messages of the mailbox are not held"]
    summary = read(databases, server)
    assert (summary.mailbox_has, summary.we_hold, summary.failures, held(databases)) == (3, 3, [], [1, 3, 4])


def test_a_dead_line_is_asked_for_by_the_system(scripted: Start) -> None:
    """Beside the renewal of IDLE every nine minutes: a router that dropped the line says nothing."""
    server = scripted(lambda _, tag, command: polite(tag, command))
    with Mailbox(Imap(host="127.0.0.1", port=server.port, user="x", tls="none"), "x") as read_from:
        line = read_from._client.socket()
        assert line.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        options = (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT)
        idle, between, probes = (line.getsockopt(socket.IPPROTO_TCP, option) for option in options)
    assert idle + between * probes <= 120


def hanging_up(poison: set[int], always: bool = True) -> Answer:
    """A server that hangs up on whoever asks for one of `poison`, as Dovecot does; once for each unless `always`."""
    left = set(poison)

    def answer(connection: int, tag: str, command: str) -> bytes | None:
        asked = re.match(r"UID FETCH (\S+)", command)
        if not asked:
            return many(range(1, 9))(connection, tag, command)
        uids = list(map(int, asked[1].split(",")))
        if met := left.intersection(uids):
            left.difference_update(() if always else met)
            return None if connection % 2 else b"* BYE FETCH failed: Internal error occurred.\r\n"
        return b"".join(fetched(uid, command) for uid in uids) + f"{tag} OK done\r\n".encode()

    return answer


@pytest.mark.parametrize("poison", [{1}, {8}, {2, 3, 7}])
def test_a_server_that_hangs_up_on_a_message_gives_all_others(
    poison: set[int], scripted: Start, databases: Databases
) -> None:
    """It breaks the line once among others, and twice alone; then it is left, and said to be missing."""
    server = scripted(hanging_up(poison))
    summary = read(databases, server)
    assert (summary.mailbox_has, summary.we_hold, summary.processed) == (8, 8 - len(poison), 8 - len(poison))
    assert summary.fetched == summary.new == 8 - len(poison)
    assert summary.failures == [f"{len(poison)} messages of the mailbox are not held"]
    assert held(databases) == sorted(set(range(1, 9)) - poison)
    assert server.connections == 2 + 2 * len(poison)


def test_a_line_that_breaks_at_a_message_by_chance_costs_none(scripted: Start, databases: Databases) -> None:
    server = scripted(hanging_up({2, 5}, always=False))
    summary = read(databases, server)
    assert (summary.we_hold, summary.failures, server.connections) == (8, [], 2)


def test_a_server_that_hangs_up_on_every_message_is_an_error_in_the_end(
    scripted: Start, databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch_new, "LESSONS", 5)
    server = scripted(hanging_up(set(range(1, 9))))
    with pytest.raises(ServerUnreachable, match="broke off 4 times"):
        read(databases, server)
    assert server.connections == 5 + fetch_new.TRIES


def test_the_watcher_leaves_a_message_on_which_the_server_hangs_up(
    scripted: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "pause", lambda failures, draw: 0.01)
    server = scripted(hanging_up({4}))
    with Watching(tmp_path, [Account(box(server), "x")]) as watching:
        watching.until(lambda heard: heard.passes == {"x": 7})
    assert server.connections == 4


def test_only_what_broke_the_line_alone_is_left() -> None:
    """What comes after all is trusted again; folders and questions are told apart."""
    bad = BadMessages()

    def asked(*uids: int, breaks: int = 0, folder: str = "INBOX") -> list[list[int]]:
        parts = []
        for part in bad.parts(folder, "BODY", uids):
            parts.append(list(part))
            bad.asked(folder, "BODY", part)
            if breaks in part:
                bad.broke()
                break
            bad.answered()
        return parts

    assert asked(1, 2, 3, breaks=2) == [[1, 2, 3]]
    assert asked(1, 2, 3, folder="Junk") == [[1, 2, 3]]
    assert asked(1, 2, 3, 4, breaks=2) == [[4], [1], [2]]
    assert asked(1, 2, 3, 4, breaks=2) == [[1, 4], [2]]
    assert asked(1, 2, 3, 4) == [[1, 4], [3]]
    assert asked(1, 2, 3, 4) == [[1, 3, 4]]
    assert asked(2) == []
    assert not bad.broke()


def test_what_broke_the_connection_is_asked_for_alone_and_what_we_gave_up_is_not_to_blame() -> None:
    bad = BadMessages()
    bad.asked("INBOX", "BODY", [1, 2])
    bad.answered()
    bad.asked("INBOX", "BODY", [3])
    assert bad.broke()
    assert list(bad.parts("INBOX", "BODY", [1, 3, 4])) == [[1, 4], [3]]
    bad.asked("INBOX", "BODY", [4])
    bad.spare()
    assert not bad.broke()
    assert list(bad.parts("INBOX", "BODY", [4])) == [[4]]
