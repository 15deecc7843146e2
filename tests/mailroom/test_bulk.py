"""Messages read with their long base64 bodies set aside: the same value as by the parser alone, whole or damaged."""

import base64
import random

import pytest

from mailroom.mime import headers, large_bodies, parser
from prober.domain.correspondence import Reply

DATA = random.Random(1).randbytes(25_000)
BODY = base64.encodebytes(DATA)
SCAN = b"Content-Type: image/jpeg; name=a.jpg\nContent-Transfer-Encoding: base64\n\n" + BODY
HEAD = b"From: stc@camau.gov.test\nSubject: So lieu\nMIME-Version: 1.0\n"
MIXED = (
    HEAD
    + b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nKinh gui\n--b\n"
    + SCAN
    + b"--b\n"
    + SCAN
    + b"\n--b--\n"
)
NESTED = (
    HEAD + b"Content-Type: multipart/mixed; boundary=c\n\n--c\nContent-Type: message/rfc822\n\n" + MIXED + b"--c--\n"
)

MESSAGES = {
    "alone": HEAD + SCAN,
    "two": MIXED,
    "two, lines with CR LF": MIXED.replace(b"\n", b"\r\n"),
    "in a message in the message": NESTED,
    "no boundary at the end": MIXED.partition(b"\n--b--")[0],
    "no line end at the end": (HEAD + SCAN).rstrip(),
    "cut in the body": MIXED[:-36_000],
    "blank line in the body": MIXED.replace(BODY[:30_800], BODY[:30_800] + b"\n"),
    "hyphens in the body": MIXED.replace(BODY[:30_800], BODY[:30_790] + b"--x: y"),
    "before the first boundary": HEAD
    + b"Content-Type: multipart/mixed; boundary=b\n\nbase64\n\n" + BODY + b"--b\n\nKinh gui\n--b--\n",
    "after the last boundary": MIXED + b"base64\n\n" + BODY,
    "where a header belongs": HEAD + b"Content-Type: message/rfc822\nX: base64\n\n" + BODY + b"\nKinh gui\n",
    "in 8-bit text": HEAD
    + "Content-Type: text/plain; charset=utf-8\n\nSố liệu base64\n\n".encode() + BODY + "Hết".encode(),
    "one long line": HEAD + SCAN.replace(BODY, BODY.replace(b"\n", b"")),
    "one long line, then hyphens": HEAD + SCAN.replace(BODY, BODY.replace(b"\n", b"") + b"-x: y\n"),
}  # fmt: skip


SET_ASIDE = {
    "alone": 1, "two": 2, "two, lines with CR LF": 2, "in a message in the message": 2, "no boundary at the end": 2,
    "no line end at the end": 1, "cut in the body": 1, "hyphens in the body": 2,
    "before the first boundary": 1,
    "after the last boundary": 3, "one long line": 1,
}  # fmt: skip


def by_the_parser_alone(raw: bytes, monkeypatch: pytest.MonkeyPatch) -> Reply:
    with monkeypatch.context() as patch:
        patch.setattr(large_bodies, "LONG", len(raw) + 1)
        patch.setattr(headers, "plain", lambda *_: None)
        return parser.parse(raw)


@pytest.mark.parametrize("name", MESSAGES)
def test_the_value_is_that_of_the_parser_alone(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = MESSAGES[name]
    assert parser.parse(raw) == by_the_parser_alone(raw, monkeypatch)


@pytest.mark.parametrize("name", MESSAGES)
def test_long_bodies_are_set_aside(name: str) -> None:
    for line_end in (b"\n", b"\r\n"):
        data = MESSAGES[name].replace(b"\r\n", b"\n").replace(b"\n", line_end)
        rest, aside = large_bodies.set_aside(data, "x" * 64)
        assert len(aside) == SET_ASIDE.get(name, 0)
        for line, body in aside.items():
            rest = rest.replace(line.encode(), body.encode())
        assert rest.replace(b"\r\n", b"\n") == data.replace(b"\r\n", b"\n")


def test_damaged_messages_have_the_value_of_the_parser_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    pieces = (b"\n", b"\n\n", b"--b\n", b"-", b"--c--\n", b"\r", b"\r\n", b"base64\n\n", b"=", b"\xff", b"X: y\n", b"")
    for seed in range(160):
        dice = random.Random(seed)
        raw = bytearray(dice.choice((NESTED, NESTED.replace(b"\n", b"\r\n"))))
        for _ in range(dice.randint(1, 4)):
            at = dice.randrange(len(raw))
            raw[at : at + dice.choice((0, 0, 1, 20_000))] = dice.choice(pieces)
        assert parser.parse(bytes(raw)) == by_the_parser_alone(bytes(raw), monkeypatch), seed
