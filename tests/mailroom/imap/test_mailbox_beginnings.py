"""Most messages come in one answer, as their beginnings; those that may be longer are asked for again, and whole."""

import re
from collections.abc import Callable

import pytest

from mailroom.imap.mailbox import Mailbox
from prober.config.load import Imap
from tests.mailroom.scripted import Answer, Scripted, mail, polite

RAW = mail(1)
PART = re.compile(r"BODY\.PEEK\[\]<0\.(\d+)>")


def server(size: Callable[[int], str] = str, cuts: bool = True, named: str = "<0>") -> Answer:
    """A server that says `size` of a message, and may ignore that only a part was asked for."""

    def answer(_: int, tag: str, command: str) -> bytes:
        part = PART.search(command)
        if not part:
            return polite(tag, command, body=RAW)
        body = RAW[: int(part[1])] if cuts else RAW
        head = (
            f'* 1 FETCH (INTERNALDATE "14-Apr-2020 09:00:00 +0700"{size(len(RAW))} UID 1 BODY[]{named} {{{len(body)}}}'
        )
        return f"{head}\r\n".encode() + body + f")\r\n{tag} OK done\r\n".encode()

    return answer


def says(change: int) -> Callable[[int], str]:
    return lambda size: f" RFC822.SIZE {size + change}"


CASES = {
    # name: (server, bytes asked for, requests)
    "shorter than asked for": (server(says(0)), len(RAW) + 1, 1),
    "longer": (server(says(0)), 20, 2),
    "exactly as long": (server(says(0)), len(RAW), 2),
    "longer, and the size is guessed too low": (server(says(-len(RAW))), 20, 2),
    "shorter, and the size is guessed too high": (server(says(7)), len(RAW) + 1, 2),
    "no size": (server(lambda size: ""), len(RAW) + 1, 2),
    "the whole is given, whatever was asked for": (server(says(0), cuts=False, named="<0.20>"), 20, 1),
    "the whole is given under its own name": (server(says(0), cuts=False, named=""), 20, 1),
}


@pytest.mark.parametrize("name", CASES)
def test_every_byte_comes(name: str, scripted: Callable[[Answer], Scripted], monkeypatch: pytest.MonkeyPatch) -> None:
    answer, beginning, requests = CASES[name]
    monkeypatch.setattr("mailroom.imap.mailbox.BEGINNING", beginning)
    peer = scripted(answer)
    with Mailbox(Imap(host="127.0.0.1", port=peer.port, user="x", tls="none"), "x") as mailbox:
        mailbox.select("INBOX")
        (batch,) = mailbox.fetch([1])
    assert [(arrival.uid, arrival.raw) for arrival in batch] == [(1, RAW)]
    assert sum("BODY" in command for command in peer.commands) == requests


def test_what_was_not_asked_for_is_not_fetched(scripted: Callable[[Answer], Scripted]) -> None:
    def answer(connection: int, tag: str, command: str) -> bytes:
        news = b"* 5 FETCH (FLAGS (\\Seen))\r\n" if "BODY" in command else b""
        return news + server(says(0))(connection, tag, command)

    peer = scripted(answer)
    with Mailbox(Imap(host="127.0.0.1", port=peer.port, user="x", tls="none"), "x") as mailbox:
        mailbox.select("INBOX")
        (batch,) = mailbox.fetch([1])
    assert [arrival.raw for arrival in batch] == [RAW]
    assert sum("BODY" in command for command in peer.commands) == 1
