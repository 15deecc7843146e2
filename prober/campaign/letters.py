"""One letter: merge fields → text → frozen bytes. Whatever is unclear is refused, never repaired."""

from collections.abc import Iterator
from dataclasses import dataclass

from jinja2 import PackageLoader, StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from prober.agency import Agency
from prober.campaign.law import citation
from prober.campaign.mime import Sheet, address_fault, assemble
from prober.campaign.protocol import Protocol
from prober.campaign.text import fault
from prober.campaign.tokens import message_id, tagged_address, token
from prober.correspondence import Letter, Step
from prober.errors import ProtocolError

SUBJECTS = {
    Step.REQUEST: "Yêu cầu cung cấp thông tin ngân sách",
    Step.REMINDER: "Nhắc lại: Yêu cầu cung cấp thông tin ngân sách",
}
ADDRESSES = ("request_email", "[sender] address")
_ENVIRONMENT = ImmutableSandboxedEnvironment(
    loader=PackageLoader("prober.campaign", "templates"), undefined=StrictUndefined, autoescape=False,
    keep_trailing_newline=True,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Requester:
    """Who asks, as the letter shows it. The fields are those of the [sender] section."""

    name: str
    address: str
    organisation: str = ""
    postal_address: str = ""
    phone: str = ""
    citizen: bool = False


def compose(protocol: Protocol, campaign: str, agency: Agency, requester: Requester, step: Step) -> Letter:
    """The frozen letter of one step to one agency; the same arguments always give the same bytes.

    Raises ProtocolError that names the agency and the field: empty or not one address, a character that could end a
    header or hide text, a merge field that the template wants and nobody gave, bytes that mail cannot carry.
    """
    for field, why in _faults(agency, requester, campaign):
        raise ProtocolError(f"{agency.id}: {field} {why}")
    code = token(protocol.seed, campaign, agency.id)
    first_id, own_id = (
        message_id(code, name, campaign, requester.address) for name in (Step.REQUEST, step)
    )  # the reminder follows the request in the same thread
    reply_to = tagged_address(requester.address, code)
    sheet = Sheet(
        sender=(requester.name, requester.address),
        recipient=(agency.name_vi, agency.request_email),
        reply_to=(requester.name, reply_to),
        subject=SUBJECTS[step],
        tag=f"[YC-{code}]",
        message_id=own_id,
        answers="" if step is Step.REQUEST else first_id,
        language=protocol.language,
        text=render(protocol, campaign, agency, requester, step),
    )
    if why := fault(sheet.text, multiline=True):
        raise ProtocolError(f"{agency.id}, {step}: the text {why}")
    try:
        raw = assemble(sheet)
    except ValueError as error:
        raise ProtocolError(f"{agency.id}, {step}: {error}") from error
    return Letter(
        campaign=campaign, agency=agency.id, step=step, message_id=own_id, token=code, mail_from=reply_to,
        rcpt=agency.request_email, subject=f"{sheet.subject} {sheet.tag}", text=sheet.text, raw=raw,
    )  # fmt: skip


def render(
    protocol: Protocol, campaign: str, agency: Agency, requester: Requester, step: Step, language: str = ""
) -> str:
    """The text of a letter; `language` "en" gives the rendering for the reader of the preview, which is never sent.

    Raises ProtocolError for a field that the template wants and nobody gave.
    """
    name = f"{protocol.template}.{step}.{language or protocol.language}.txt"
    we, we_en = ("tôi", "I") if requester.citizen else ("chúng tôi", "we")
    law, law_en = citation(protocol.regime)
    fields = {
        "agency": agency, "requester": requester, "token": token(protocol.seed, campaign, agency.id),
        "documents": protocol.documents, "purpose": protocol.purpose, "purpose_en": protocol.purpose_en,
        "law": law, "law_en": law_en,
        "we": we, "We": we.capitalize(), "we_en": we_en, "We_en": we_en.capitalize(),
    }  # fmt: skip
    try:
        return _ENVIRONMENT.get_template(name).render(fields)
    except TemplateError as error:
        raise ProtocolError(f"template {name}, {agency.id}: {error}") from error


def _faults(agency: Agency, requester: Requester, campaign: str) -> Iterator[tuple[str, str]]:
    """(field, what is wrong with it) of every merge field that reaches a header or the text."""
    needed = {
        "campaign name": campaign, "name_vi": agency.name_vi, "name_en": agency.name_en,
        "request_email": agency.request_email, "[sender] name": requester.name, "[sender] address": requester.address,
    }  # fmt: skip
    optional = {
        "[sender] organisation": requester.organisation, "[sender] postal_address": requester.postal_address,
        "[sender] phone": requester.phone,
    }  # fmt: skip
    for field, value in (needed | optional).items():
        if field in needed and not value.strip():
            yield field, "is empty"
        elif why := fault(value) or (address_fault(value) if field in ADDRESSES else ""):
            yield field, f"{why}: {value!r}"
