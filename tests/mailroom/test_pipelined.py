"""Bodies are asked for ahead: while a batch is stored, the server already answers the next question."""

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


class Mixing:
    """A server that says a part of what it is asked later first: it may, because no answer can be mistaken."""

    def __init__(self) -> None:
        self.held = b""

    def __call__(self, connection: int, tag: str, command: str) -> bytes:
        if not (question := asked(command)):
            return polite(tag, command)
        (first, *rest), most = question
        early, self.held = self.held, b""
        if most and first == UIDS[0]:  # its end waits until the next question is there
            self.held = b"".join(item(uid, most) for uid in rest) + f"{tag} OK done\r\n".encode()
            return item(first, most)
        return item(first, most) + early + b"".join(item(uid, most) for uid in rest) + f"{tag} OK done\r\n".encode()


def fetched(peer: Scripted) -> list[tuple[int, bytes]]:
    with Mailbox(Imap(host="127.0.0.1", port=peer.port, user="x", tls="none"), "x") as mailbox:
        mailbox.select("INBOX")
        return [(arrival.uid, arrival.raw) for batch in mailbox.fetch(UIDS) for arrival in batch]


def test_every_message_comes_once_and_whole(scripted: Callable[[Answer], Scripted]) -> None:
    found = fetched(scripted(in_order))
    assert sorted(found) == [(uid, raw(uid)) for uid in UIDS]


def test_the_next_question_is_on_the_wire_before_a_batch_is_given_away(
    scripted: Callable[[Answer], Scripted],
) -> None:
    peer = scripted(in_order)
    with Mailbox(Imap(host="127.0.0.1", port=peer.port, user="x", tls="none"), "x") as mailbox:
        mailbox.select("INBOX")
        seen = [({arrival.uid for arrival in batch}, len(mailbox._asked)) for batch in mailbox.fetch(UIDS)]
    assert seen == [({1}, 2), ({2}, 1), ({3, 4}, 1), ({5}, 0)]


def test_answers_that_come_mixed_are_told_apart(scripted: Callable[[Answer], Scripted]) -> None:
    peer = scripted(Mixing())
    with Mailbox(Imap(host="127.0.0.1", port=peer.port, user="x", tls="none"), "x") as mailbox:
        mailbox.select("INBOX")
        first = mailbox._ask([1, 3], "(BODY.PEEK[]<0.9000> RFC822.SIZE INTERNALDATE)")
        second = mailbox._ask([2, 4], "(BODY.PEEK[]<0.9000> RFC822.SIZE INTERNALDATE)")
        answers = [mailbox._answer(first), mailbox._answer(second)]
    assert [{uid: data[b"BODY[]"] for uid, data in answer.items()} for answer in answers] == [
        {1: raw(1), 3: raw(3)}, {2: raw(2), 4: raw(4)},
    ]  # fmt: skip


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
