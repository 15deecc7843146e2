"""Run all checks before letters are sent: recipients, days, mail server, sender's domain, a letter to oneself."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from mailroom.sending.dkim import Signer
from mailroom.sending.preflight.dns import Names
from mailroom.sending.preflight.recipients import recipient_checks
from mailroom.sending.preflight.sender_domain import SenderCheck, sender_checks
from mailroom.sending.preflight.test_letter import Servers, seed_checks
from mailroom.sending.smtp import probe
from prober.campaign.letters.request_slip import NONE, confidence, named_after
from prober.campaign.protocol import Protocol
from prober.campaign.schedule import over_breaks
from prober.campaign.wave import Planned
from prober.config.load import Sender
from prober.domain.agency import Agency
from prober.domain.correspondence import Step
from prober.domain.working_days import ONE_DAY, Calendar
from prober.store import Database
from prober.studies.law import Law
from prober.studies.study import Study

ADDED_OCTETS = 2_000  # for Date, signature, and the headers that servers add before they judge the size
SEED_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Hold the databases, servers and sender that the checks use."""

    private: Database
    results: Database
    names: Names
    sender: Sender
    servers: Servers
    now: datetime
    signer: Signer | None = field(default=None, repr=False)


def checks(
    protocol: Protocol,
    planned: Sequence[Planned],
    without: Sequence[Agency],
    around: Surroundings,
    study: Study,
    seconds: float = SEED_SECONDS,
) -> list[SenderCheck]:
    """Return every check, in the order in which a person should read them; skipped ones are listed too.

    One letter is sent, to the sender's own address, and waited for at most `seconds`.
    """
    requests = [item for item in planned if item.letter.step is Step.REQUEST]
    largest = max((len(item.letter.raw) for item in planned), default=0) + ADDED_OCTETS
    server = list(_server(around, largest))
    seeds = [SenderCheck("letter to oneself", "skipped", "the mail server does not take our letters")]
    if all(check.result != "fail" for check in server):
        seeds = seed_checks(around.servers, around.sender, around.signer, around.names, around.now, seconds)
    return [
        *recipient_checks(requests, without, around.private, around.results, around.names),
        *_calendar(protocol, requests, study.calendar),
        *_documents(protocol, study.law),
        *_slips(protocol),
        *server,
        *sender_checks(around.names, around.sender.address, around.servers.smtp.outgoing_ip, around.signer),
        *seeds,
    ]


def _calendar(protocol: Protocol, requests: Sequence[Planned], calendar: Calendar) -> Iterator[SenderCheck]:
    moments = [item.not_before for item in requests if item.not_before]
    first, last = min(moments), max(moments)
    end = protocol.waiting_ends(last, calendar)
    until = end - ONE_DAY  # the last day of waiting, as the pre-registration says it
    yield SenderCheck(
        "days", "ok", f"requests from {first:%d %b %Y} to {last:%d %b %Y}, waiting until {until:%d %b %Y}"
    )
    for sentence in over_breaks(protocol, first, last, calendar):
        yield SenderCheck("days off", "warn", sentence)
    for question in calendar.questions_between(calendar.date_of(first), calendar.date_of(end)):
        yield SenderCheck("calendar", "warn", question.note)


def _documents(protocol: Protocol, law: Law) -> Iterator[SenderCheck]:
    """Yield a warning if a request asks for more than an office must answer, by the law of the protocol."""
    regime, asked = law.regime(protocol.regime), len(protocol.documents)
    if regime and regime.most_documents and asked > regime.most_documents:
        yield SenderCheck(
            "documents", "warn",
            f"{asked} are asked for; under {regime.name} an office may refuse what is beyond its capacity, and up to "
            f"{regime.most_documents} are safe",
        )  # fmt: skip


def _slips(protocol: Protocol) -> Iterator[SenderCheck]:
    """Yield a check for each enclosed request slip: whether its wording was compared with the decree's."""
    for name in sorted({variant.form for variant in protocol.variants} - {NONE}):
        if confidence(name) == "H":
            yield SenderCheck("request slip", "ok", f"form {name}, as read in the annex of the decree")
        else:
            yield SenderCheck(
                "request slip", "warn",
                f"form {name}: its wording was not compared with the annex of {named_after()}, which was not at "
                "hand. Lay a filled one (`prober campaign preview NAME --save FOLDER`) beside the decree's.",
            )  # fmt: skip


def _server(around: Surroundings, largest: int) -> Iterator[SenderCheck]:
    """Yield checks that the server answers and that its limits (RFC 1870, RFC 9422) allow a letter and its copy."""
    smtp = around.servers.smtp
    where = f"{smtp.host}:{smtp.port}"
    found = asyncio.run(probe(smtp, around.servers.smtp_password, around.sender.address.rpartition("@")[2]))
    if isinstance(found, str):
        yield SenderCheck("mail server", "fail", f"{where}: {found}")
        return
    yield SenderCheck("mail server", "ok", f"{where}: answers, TLS and login as configured")
    if found.octets is not None and found.octets < largest:
        yield SenderCheck(
            "its limits", "fail", f"takes {found.octets:,} octets, and the largest letter has {largest:,}"
        )
    elif found.recipients is not None and found.recipients < 2:
        yield SenderCheck("its limits", "fail", "takes one recipient a letter, and the copy to oneself is the second")
    else:
        says = {"octets a letter": found.octets, "letters a connection": found.letters, "recipients": found.recipients}
        told = ", ".join(f"{number:,} {what}" for what, number in says.items() if number)
        yield SenderCheck("its limits", "ok", f"{told or 'none told'}; the largest letter has {largest:,} octets")
