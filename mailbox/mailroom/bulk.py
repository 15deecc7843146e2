"""Long base64 bodies kept away from the standard library's parser, which looks at each of their thousands of lines.

A scanned letter of a megabyte takes it four times as long as everything else that is done with the message.
"""

LONG = 20_000  # bytes; a shorter body is parsed faster than it is set aside
_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=\n"


def set_aside(data: bytes, name: str) -> tuple[bytes, dict[str, str]]:
    """`data` with one line in the place of each long base64 body, and line → body.

    The lines begin with `name`, which must not be in `data`: its own hash, for example. What is set aside begins after
    a blank line, ends before a blank line or a boundary, and holds nothing that a parser could take for either, or for
    a header; so it makes no difference to the structure that it is one line.
    """
    kept: list[bytes] = []
    bodies: dict[str, str] = {}
    done = at = 0
    while (at := data.find(b"base64", at)) >= 0 and (start := data.find(b"\n\n", at) + 2) > 1:
        at = _end(data, start)
        if at - start >= LONG and not data[start:at].translate(None, _ALPHABET):
            line = f"{name}{len(bodies)}"
            kept += [data[done:start], line.encode("ascii")]
            bodies[line] = data[start:at].decode("ascii")
            done = at
    return b"".join([*kept, data[done:]]) if bodies else data, bodies


def _end(data: bytes, start: int) -> int:
    """Where the lines from `start` on end that come before a blank line and before one with a hyphen (a boundary)."""
    hyphen = data.find(b"-", start)
    end = len(data) if hyphen < 0 else max(start, data.rfind(b"\n", start, hyphen))
    blank = data.find(b"\n\n", start, end)
    return end if blank < 0 else blank
