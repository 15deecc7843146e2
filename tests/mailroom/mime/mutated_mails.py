"""Read mutated and hostile mails: seeds and names in, what each cost out; see test_mime_mutated_mails.py."""

import os
import random
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from hostile_mails import HOSTILE

from mailroom.intake.understand import SentLetters, Stored, understand
from mailroom.matching import scoring
from mailroom.mime import attachments
from prober.documents import readers
from tests.languages import VIETNAMESE
from tests.pobi import HANOI

FIXTURES = Path(__file__).parents[2] / "fixtures"
_PATHS = sorted(FIXTURES.glob("mail/*.eml")) + sorted(FIXTURES.glob("replies/*/*.eml"))
MAILS = [path.read_bytes() for path in _PATHS if path.stat().st_size]
REQUEST = scoring.Sent(
    "pobi-2019", "2019-stc-ca-mau", "abcdefghij", ("<abcdefghij.request.pobi-2019@prober.test>",),
    "stc@camau.gov.test", "Yêu cầu cung cấp thông tin ngân sách [YC-abcdefghij]",
    "Chúng tôi trân trọng đề nghị Quý cơ quan cung cấp các tài liệu hiện có sau đây.",
)  # fmt: skip
AT = datetime(2020, 4, 14, 9, tzinfo=HANOI)
SENT = SentLetters(
    scoring.index((REQUEST,), VIETNAMESE),
    frozenset(REQUEST.message_ids),
    frozenset(),
    {("pobi-2019", "x"): (AT,)},
    vocabulary=VIETNAMESE,
)
# What breaks parsers: unknown and multi-byte charsets, headers without end, parts without end, codes of other formats.
TOKENS = (
    b"\n", b"\r", b"\r\n\r\n", b"\x00", b"\xff\xfe", b"\xe2\x80\x8b", b"\x1b$B", b"=?utf-8?b?//8=?=",
    b"=?hz-gb-2312?q?~{<:?=",
    b"Content-Type: multipart/mixed; boundary=ranh-gioi\n\n", b"Content-Type: message/rfc822\n\n", b"--ranh-gioi\n",
    b"--ranh-gioi--\n", b"Content-Transfer-Encoding: base64\n", b"Content-Transfer-Encoding: quoted-printable\n",
    b"Content-Type: text/html; charset=unicode-1-1-utf-7\n", b"Content-Type: multipart/report\n", b"<div><table><td>",
    b"> ",
    b"Final-Recipient: rfc822; @\nStatus: 5.\n", b"begin 644 a\n", b"=E1=BB", b"From: <", b"Date: 99 Foo 0000\n",
    b"Subject: =?utf-8?q?", b"To: a:b;,<>\n", b"filename*0*=''%", b"PK\x03\x04", b"%PDF-1.7\n", b"x\x9f\x3e\x22",
)  # fmt: skip


def flip(raw: bytearray, dice: random.Random) -> None:
    for _ in range(dice.randint(1, 20)):
        raw[dice.randrange(len(raw))] = dice.randrange(256)


def cut(raw: bytearray, dice: random.Random) -> None:
    at = dice.randrange(len(raw))
    del raw[at : at + dice.randint(1, max(1, len(raw) // 3))]


def insert(raw: bytearray, dice: random.Random) -> None:
    at = dice.randrange(len(raw) + 1)
    raw[at:at] = dice.choice(TOKENS) * dice.choice((1, 1, 2, 50))


def repeat(raw: bytearray, dice: random.Random) -> None:
    """Up to 200 kB of the same: what takes time by the square of the length shows here."""
    at = dice.randrange(len(raw))
    piece = bytes(raw[at : at + dice.choice((1, 2, 7, 40, 300))])
    raw[at:at] = piece * dice.randint(1, 200_000 // len(piece))


def splice(raw: bytearray, dice: random.Random) -> None:
    other = dice.choice(MAILS)
    raw[dice.randrange(len(raw)) :] = other[dice.randrange(len(other)) :]


def shuffle(raw: bytearray, dice: random.Random) -> None:
    lines = raw.split(b"\n")
    dice.shuffle(lines)
    raw[:] = b"\n".join(lines)


MUTATIONS: tuple[Callable[[bytearray, random.Random], None], ...] = (flip, cut, insert, insert, repeat, splice, shuffle)


def mutated(seed: int) -> bytes:
    dice = random.Random(seed)
    raw = bytearray(dice.choice(MAILS))
    for _ in range(dice.randint(1, 4)):
        if raw:
            dice.choice(MUTATIONS)(raw, dice)
    return bytes(raw)


def read(raw: bytes) -> None:
    """Everything that intake decides about one message; it would make an exception a row for a person."""
    assert (fault := understand(Stored(raw, AT), SENT).error) == "", fault


def processes() -> list[str]:
    """This process, and the one that reads its documents."""
    started = (task / "children" for task in Path("/proc/self/task").iterdir())
    return ["self", *sorted(child for file in started for child in file.read_text(encoding="ascii").split())]


def memory(process: str, name: str) -> int:
    """A line of /proc/PID/status, in kilobytes."""
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith(f"{name}:"))


def processor_seconds(process: str) -> float:
    fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def costs(raw: bytes) -> tuple[float, int]:
    """Processor seconds and megabytes that reading one message takes, documents included.

    What else runs on the machine does not count; the peak of memory is that since the reset.
    """
    readers.text_of(b"%PDF-1.7", "application/pdf")  # it runs before anything is measured
    measured = processes()
    for process in measured:
        Path(f"/proc/{process}/clear_refs").write_text("5", encoding="ascii")
    before, started = sum(memory(process, "VmRSS") for process in measured), sum(map(processor_seconds, measured))
    read(raw)
    if processes() != measured:  # the reader of documents was killed, at the limit that all files of a message have
        return attachments.SECONDS, 0
    seconds = sum(map(processor_seconds, measured)) - started
    return seconds, (sum(memory(process, "VmHWM") for process in measured) - before) // 1024


def main() -> None:
    for line in sys.stdin:
        name = line.rstrip("\n")
        print(*costs(HOSTILE[name]() if name in HOSTILE else mutated(int(name))), flush=True)
    readers.stop()


if __name__ == "__main__":
    main()
