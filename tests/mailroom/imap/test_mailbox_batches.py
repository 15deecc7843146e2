"""Bodies are fetched in batches: beginnings first, the rest of long messages as many at once as may be held."""

import re
from collections.abc import Callable

import pytest

from mailroom.imap.mailbox import Mailbox
from prober.config.load import Imap
from tests.mailroom.scripted import Answer, Scripted, mail, polite

FETCH = re.compile(r"UID FETCH ([\d,]+) \(BODY\.PEEK\[\](?:<0\.(\d+)>)?")
UIDS = [1, 2, 3, 4, 5]
LONG = {2, 5}  # longer than their beginning


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mailroom.imap.mailbox.BATCH", 2)
    monkeypatch.setattr("mailroom.imap.mailbox.BEGINNING", 300)


def raw(uid: int) -> bytes:
    return mail(uid) + (b"dai " * 200 if uid in LONG else b"")


def item(uid: int, most: str | None) -> bytes:
    body, name = (raw(uid)[: int(most)], "BODY[]<0>") if most else (raw(uid), "BODY[]")
    said = f'* {uid} FETCH (UID {uid} RFC822.SIZE {len(raw(uid))} INTERNALDATE "14-Apr-2020 09:00:00 +0700" {name} '
    return said.encode() + b"{%d}\r\n" % len(body) + body + b")\r\n"


def asked(command: str) -> tuple[list[int], str | None] | None:
    found = FETCH.match(command)
    return (list(map(int, found[1].split(","))), found[2]) if found else None


def in_order(_: int, tag: str, command: str) -> bytes:
    if not (question := asked(command)):
        return polite(tag, command)
    return b"".join(item(uid, question[1]) for uid in question[0]) + f"{tag} OK done\r\n".encode()


def fetched(peer: Scripted) -> list[tuple[int, bytes]]:
    with Mailbox(Imap(host="127.0.0.1", port=peer.port, user="x", tls="none"), "x") as mailbox:
        mailbox.select("INBOX")
        return [(arrival.uid, arrival.raw) for batch in mailbox.fetch(UIDS) for arrival in batch]


def test_every_message_comes_once_and_whole(scripted: Callable[[Answer], Scripted]) -> None:
    found = fetched(scripted(in_order))
    assert sorted(found) == [(uid, raw(uid)) for uid in UIDS]


def test_what_nobody_asked_for_is_not_kept(scripted: Callable[[Answer], Scripted]) -> None:
    def chatty(connection: int, tag: str, command: str) -> bytes:
        return item(99, None) + in_order(connection, tag, command) if asked(command) else polite(tag, command)

    peer = scripted(chatty)
    assert sorted(fetched(peer)) == [(uid, raw(uid)) for uid in UIDS]


@pytest.mark.parametrize("size", ["", "RFC822.SIZE NIL ", "RFC822.SIZE 0 "])
def test_of_long_messages_whose_size_is_not_told_one_is_held_at_once(
    size: str, scripted: Callable[[Answer], Scripted]
) -> None:
    """Any of them may be as large as a mail can be, and the list of them is long."""

    def silent(connection: int, tag: str, command: str) -> bytes:
        return re.sub(rb"RFC822.SIZE \d+ ", size.encode(), in_order(connection, tag, command))

    server = scripted(silent)
    with Mailbox(Imap(host="127.0.0.1", port=server.port, user="x", tls="none"), "x") as mailbox:
        mailbox.select("INBOX")
        found = [[arrival.raw for arrival in batch] for batch in mailbox.fetch([2, 5])]
    assert found == [[raw(2)], [raw(5)]]
