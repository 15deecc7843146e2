"""Read what our own mail server found out about a sender: Authentication-Results (RFC 8601), DMARC alone.

Anybody can write such a header into a mail. Servers remove those that bear their own name, and put theirs on top: only
the topmost with that name, the authserv-id, is believed, and none where it is not configured.
The library authres (1.2.0) is not used: it raises errors on headers of Yahoo, a quoted authserv-id and nested comments.
"""

from collections.abc import Collection

from prober.domain.correspondence import Dmarc, Reply
from prober.text.patterns import linear

HEADER = "authentication-results"
_LONGEST = 10_000  # characters of a header that are read; servers write some hundred
_PIECE = linear(r'(?:[^";]|"(?:[^"\\]|\\.)*")+')
_VALUE = r'("(?:[^"\\]|\\.)*"|[^\s";]+)'
_SERVER = linear(rf"\s*{_VALUE}(?:\s+(\d+))?\s*")
_RESULT = linear(r"\s*dmarc\s*(?:/\s*1\s*)?=\s*([a-z]+)")
_FROM = linear(rf"\bheader\s*\.\s*from\s*=\s*{_VALUE}")


def dmarc(reply: Reply, authserv_ids: Collection[str]) -> Dmarc:
    """Return what the topmost header of one of our servers says of the domain in From.

    A pass counts only for the very domain that the message shows. Of several results the worst counts.
    """
    names = {name.casefold() for name in authserv_ids}
    for name, value in reply.headers if names else ():
        if name.lower() == HEADER:
            server, *results = _pieces(value)
            if _name(server) in names:
                return _worst(results, reply.from_address.rpartition("@")[2])
    return Dmarc.NONE


def topmost_server(reply: Reply) -> str:
    """Return the name of the server that wrote the topmost header; "" if there is none, or it bears no name."""
    value = next((value for name, value in reply.headers if name.lower() == HEADER), "")
    return _name(_pieces(value)[0])


def _pieces(value: str) -> list[str]:
    """Return the server and its results in lower case; [""] for what is longer than servers write, or not closed."""
    return (_PIECE.findall(_without_comments(value)) if len(value) <= _LONGEST else []) or [""]


def _without_comments(value: str) -> str:
    """Return `value` without comments, which may be nested (RFC 5322, 3.2.2); "" if a comment or quotation is open."""
    kept: list[str] = []
    depth, quoted, escaped = 0, False, False
    for character in value.lower():
        if escaped:
            escaped = False
        elif character == "\\":
            escaped = True
        elif character == '"' and not depth:
            quoted = not quoted
        elif character == "(" and not quoted:
            depth += 1
            kept.append(" ")
        elif character == ")" and depth:
            depth -= 1
            continue
        if not depth:
            kept.append(character)
    return "" if depth or quoted else "".join(kept)


def _name(server: str) -> str:
    """Return the authserv-id; "" where the version is not the one that is known."""
    found = None if "=" in server else _SERVER.fullmatch(server)
    return _unquoted(found[1]).casefold() if found and found[2] in (None, "1") else ""


def _worst(results: list[str], domain: str) -> Dmarc:
    found = [_state(result, said[1], domain) for result in results if (said := _RESULT.match(result))]
    return next((state for state in (Dmarc.FAIL, Dmarc.NONE, Dmarc.PASS) if state in found), Dmarc.NONE)


def _state(result: str, word: str, domain: str) -> Dmarc:
    if word != "pass":
        return Dmarc.FAIL if word == "fail" else Dmarc.NONE
    shown = _FROM.search(result)
    return Dmarc.PASS if shown and domain and _unquoted(shown[1]) == domain.lower() else Dmarc.NONE


def _unquoted(value: str) -> str:
    return value[1:-1].replace("\\", "") if value.startswith('"') else value
