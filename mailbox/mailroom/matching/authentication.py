"""Judge how it is proved that a message belongs to a request, and which of its requests it may change by that.

The levels and what each may change are values of prober.domain.correspondence; docs/method.md explains them. One proof
is what our own mail server found out about the sender: Authentication-Results (RFC 8601), DMARC alone.

Anybody can write such a header into a mail. Servers remove those that bear their own name, and put theirs on top: only
the topmost with that name, the authserv-id, is believed, and none where it is not configured.
The library authres (1.2.0) is not used: it raises errors on headers of Yahoo, a quoted authserv-id and nested comments.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import replace

from mailroom.matching.scoring import PROOFS, THREAD, Candidate, RequestIndex, Sent
from mailroom.mime.headers import untagged
from prober.domain.correspondence import PASSED_ON, Change, Dmarc, Event, Proof, Reply, changed_by, may
from prober.domain.hostnames import governmental, mail_domain, registrable
from prober.text.patterns import linear

_SECRETS = PROOFS - {THREAD}
# A report of a mail system comes to our envelope address, or returns or names our Message-ID.
_ENVELOPE = frozenset(("token_address", "references", "embedded_message_id"))
_REPORTER = linear(
    r"^reporting-mta[ \t]*:[ \t]*(?:dns[ \t]*;[ \t]*)?([a-z0-9][\w.-]{0,254})", re.IGNORECASE | re.MULTILINE
)
HEADER = "authentication-results"
_LONGEST = 10_000  # characters of a header that are read; servers write some hundred
_PIECE = linear(r'(?:[^";]|"(?:[^"\\]|\\.)*")+')
_VALUE = r'("(?:[^"\\]|\\.)*"|[^\s";]+)'
_SERVER = linear(rf"\s*{_VALUE}(?:\s+(\d+))?\s*")
_RESULT = linear(r"\s*dmarc\s*(?:/\s*1\s*)?=\s*([a-z]+)")
_FROM = linear(rf"\bheader\s*\.\s*from\s*=\s*{_VALUE}")


def proved(
    candidates: Sequence[Candidate], reply: Reply, dmarc: Dmarc, table: RequestIndex, ours: Collection[str]
) -> list[Candidate]:
    """Return the candidates, each with the level of its proof. `ours` are our own addresses, without a token."""
    own = untagged(reply.from_address) in ours
    return [replace(found, proof=_proof(found, table.sent(found), reply, dmarc, own)) for found in candidates]


def _proof(candidate: Candidate, sent: Sent, reply: Reply, dmarc: Dmarc, own: bool) -> Proof:
    """Return the level of one candidate; `own` says that it is a letter of ours.

    A token that anybody can derive from the published seed, and a Message-ID made from it, count like words.
    """
    if sent.secret and not _SECRETS.isdisjoint(_signals(candidate)):
        return Proof.SECRET
    if dmarc is Dmarc.FAIL or not (own or of_agency(reply.from_address, sent.address)):
        return Proof.WORDS
    if THREAD in _signals(candidate):
        return Proof.THREAD
    return Proof.DOMAIN if dmarc is Dmarc.PASS and not own else Proof.WORDS


def of_agency(sender: str, asked: str) -> bool:
    """Return True if `sender` is the address that was asked, or has its mail domain and that is a public body's.

    Any other domain may be a provider's, at which everybody can have an address.

    >>> of_agency("vp@ubnd.camau.gov.vn", "stc@camau.gov.vn"), of_agency("an@gmail.com", "stc.camau@gmail.com")
    (True, False)
    """
    domain = mail_domain(asked)
    return sender.lower() == asked.lower() or (mail_domain(sender) == domain and governmental(domain))


def counted(
    belongs: Sequence[Candidate], event: Event, rule: str, reply: Reply, dmarc: Dmarc, table: RequestIndex,
    servers: Collection[str],
) -> list[Candidate]:  # fmt: skip
    """Return those of the requests to which `reply`, of that class, seems to belong that it may change by itself.

    What is left out waits for a person. An objection is about the one request that it answers, if that is sure. A
    report of a mail system must name what it was sent with, and come from one on the way of the letter (`servers` are
    domains of our mail servers), not from a person who passes it on.
    """
    change = changed_by(event, rule)
    if change is Change.OBJECTION and len(belongs) > 1:
        return []
    return [
        candidate
        for candidate in belongs
        if may(candidate.proof, change)
        and (change is not Change.DELIVERY or not _ENVELOPE.isdisjoint(_signals(candidate)))
        and (
            event is not Event.BOUNCE
            or dmarc is not Dmarc.FAIL
            and not rule.endswith(PASSED_ON)
            and _on_the_way(reply, table.sent(candidate), servers)
        )
    ]


def _on_the_way(reply: Reply, sent: Sent, servers: Collection[str]) -> bool:
    """Return True if the sender of a report is a mail system of the recipient, ours, or one that our letter has passed.

    A sender without an address names its host in the report.
    """
    domain = mail_domain(reply.from_address) if reply.from_address else _reporter(reply)
    passed = map(registrable, reply.embedded_hosts)
    return domain in {mail_domain(sent.address), mail_domain(sent.mail_from), *servers, *passed} - {""}


def _reporter(reply: Reply) -> str:
    found = next((said for _, text in reply.parts if (said := _REPORTER.search(text))), None)
    return registrable(found[1]) if found else ""


def _signals(candidate: Candidate) -> frozenset[str]:
    return frozenset(reason.code for reason in candidate.reasons)


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
