"""What the standard library's parser is spared: it looks at each line, and at each once for every part around it.

A scanned letter of a megabyte takes it four times as long as everything else that is done with the message, and a
message of a million lines in hundreds of parts would take it minutes.
"""

import re
from email.errors import MessageDefect
from itertools import islice

LONG = 20_000  # bytes; a shorter body is parsed faster than it is set aside
MAX_LINES = 600_000  # a table of 25 MB as quoted-printable has 350,000; looked at in so many parts:
MAX_LOOKS = 3_000_000
_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
_BLANK = re.compile(rb"\n\r?\n")


def set_aside(data: bytes, name: str) -> tuple[bytes, dict[str, str]]:
    """`data` with one line in the place of each long base64 body, and line → body, its lines ending in LF.

    The lines begin with `name`, which must not be in `data`: its own hash, for example. What is set aside begins after
    a blank line, ends at a line end, and holds nothing that a parser could take for a blank line, a boundary or a
    header; so it makes no difference to the structure that it is one line.
    """
    kept: list[bytes] = []
    bodies: dict[str, str] = {}
    done = at = 0
    while (at := data.find(b"base64", at)) >= 0 and (blank := _BLANK.search(data, at)):
        start = blank.end()
        body = data[start : _end(data, start)].rstrip(b"\r\n")
        at = start + len(body)
        if len(body) >= LONG and _is_even(body):
            line = f"{name}{len(bodies)}"
            kept += [data[done:start], line.encode("ascii")]
            bodies[line] = body.replace(b"\r", b"").decode("ascii")
            done = at
    return b"".join([*kept, data[done:]]) if bodies else data, bodies


class CutShort(MessageDefect):
    """Lines beyond those that are read."""


def shortened(data: bytes) -> bytes:
    """`data`, or as many of its first lines as the parser reads in about a second."""
    lines = data.count(b"\n") + data.count(b"\r")
    if lines < MAX_LINES // 10:
        return data
    most = min(MAX_LINES, MAX_LOOKS // (1 + data.lower().count(b"boundary")))
    if lines <= most:
        return data
    return data[: next(islice(re.finditer(rb"[\r\n]", data), most, None)).end()]


def _end(data: bytes, start: int) -> int:
    """Where the lines from `start` on end that come before one with a hyphen, as every boundary has."""
    hyphen = data.find(b"-", start)
    return len(data) if hyphen < 0 else max(start, data.rfind(b"\n", start, hyphen))


def _is_even(body: bytes) -> bool:
    """Whether it is base64 in lines as long as the first one, the last apart: so programs write it.

    Comparing every n-th byte takes a hundredth of the time of looking for blank lines.
    """
    length = body.find(b"\n") + 1
    ends = body[length - 1 :: length] if length else b""
    line_end = b"\r\n" if body[length - 2 : length - 1] == b"\r" and length > 1 else b"\n"
    returns = body[length - 2 :: length][: len(ends)] if line_end == b"\r\n" else b""
    return (
        body.translate(None, _ALPHABET) == line_end * len(ends)
        and ends == b"\n" * len(ends)
        and returns == b"\r" * len(returns)
    )
