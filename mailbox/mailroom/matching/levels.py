"""Judge how it is proved that a message belongs to a request, and which of its requests it may change by that.

The levels and what each may change are values of prober.domain.correspondence; docs/method.md explains them.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import replace

from mailroom.matching.scoring import PROOFS, THREAD, Candidate, Index, Sent
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


def proved(
    candidates: Sequence[Candidate], reply: Reply, dmarc: Dmarc, table: Index, ours: Collection[str]
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
    belongs: Sequence[Candidate], event: Event, rule: str, reply: Reply, dmarc: Dmarc, table: Index,
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
