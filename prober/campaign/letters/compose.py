"""Compose one letter: merge fields → text → frozen bytes. Faulty fields are refused, never repaired.

What the law asks of the letter is judged here too: the rows are data, in the law.toml of the study.
"""

import dataclasses
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources

from jinja2 import DictLoader, StrictUndefined, Template, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from prober.campaign.letters import request_slip
from prober.campaign.letters.mime import Enclosure, LetterContent, address_fault, assemble, message_id, tagged_address
from prober.campaign.protocol import Document, Protocol
from prober.domain.agency import Agency
from prober.domain.correspondence import Letter, Step
from prober.errors import ProtocolError
from prober.studies.law import Judged
from prober.studies.study import Study
from prober.validation import text_fault

ADDRESSES = ("request_email", "[sender] address")
MOST_TEXT = 20_000  # characters; a template that writes more is faulty
_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_SAID = {"citizen": "I", "organisation": "we", "again": "Reminder: "}  # where no pack says it
ENVIRONMENT = ImmutableSandboxedEnvironment(
    loader=DictLoader({}), undefined=StrictUndefined, autoescape=False, keep_trailing_newline=True
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Requester:
    """The requester as shown in the letter. The fields are those of the [sender] section."""

    name: str
    address: str
    organisation: str = ""
    postal_address: str = ""
    phone: str = ""
    citizen: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Fields:
    """Every merge field that a template may use; a letter whose template has another name is refused."""

    agency: Agency
    requester: Requester
    token: str
    documents: tuple[Document, ...]
    purpose: str
    purpose_en: str
    law: str  # as the letter cites it
    law_en: str
    form: str  # request slip enclosed, or "none"
    law_cited: bool
    attachments: tuple[str, ...]  # the names of files that go with the request
    receipt: bool  # the office is asked to confirm that the letter arrived
    we: str  # "we" or "I" of the requester, inside and at the beginning of a sentence
    We: str
    we_en: str
    We_en: str


def compose(
    protocol: Protocol, campaign: str, code: str, agency: Agency, requester: Requester, step: Step, study: Study
) -> Letter:
    """Return the frozen letter of one step to one agency; the same arguments always give the same bytes.

    `code` is the secret token of the request.

    Raises ProtocolError that names the agency and the field: empty or not one address, a character that could end a
    header or hide text, a merge field of the template without a value, bytes that mail cannot carry.
    """
    for field, why in _faults(agency, requester, campaign):
        raise ProtocolError(f"{agency.id}: {field} {why}")
    first_id, own_id = (
        message_id(code, name, campaign, requester.address) for name in (Step.REQUEST, step)
    )  # the reminder follows the request in the same thread
    reply_to = tagged_address(requester.address, code)
    sheet = LetterContent(
        sender=(requester.name, requester.address),
        recipient=(agency.name_vi, agency.request_email),
        reply_to=(requester.name, reply_to),
        subject=subject(protocol, code, agency, requester, step, study),
        tag=f"[YC-{code}]",
        message_id=own_id,
        answers="" if step is Step.REQUEST else first_id,
        languages=protocol.languages,
        text=body(protocol, code, agency, requester, step, study),
        enclosures=(*_slips(protocol, agency, requester, code), *_attached(study)) if step is Step.REQUEST else (),
    )
    if why := text_fault(sheet.text, multiline=True):
        raise ProtocolError(f"{agency.id}, {step}: the text {why}")
    try:
        raw = assemble(sheet)
    except ValueError as error:
        raise ProtocolError(f"{agency.id}, {step}: {error}") from error
    return Letter(
        campaign=campaign, agency=agency.id, step=step, message_id=own_id, token=code, mail_from=reply_to,
        rcpt=agency.request_email, subject=f"{sheet.subject} {sheet.tag}", text=sheet.text, raw=raw,
    )  # fmt: skip


def body(protocol: Protocol, code: str, agency: Agency, requester: Requester, step: Step, study: Study) -> str:
    """Return the text of a letter in the languages of its protocol. Raises the errors of `render`."""
    texts = [render(protocol, code, agency, requester, step, language, study) for language in protocol.languages]
    return f"\n{study.translation}\n\n".join(texts)


def subject(protocol: Protocol, code: str, agency: Agency, requester: Requester, step: Step, study: Study) -> str:
    """Return the subject of a letter, one line without the tag. Raises the errors of `render`."""
    if protocol.letter:
        return (again(protocol.languages[0]) if step is Step.REMINDER else "") + protocol.letter.subject
    letter = study.letter(step.value, protocol.languages[0], protocol.template)
    if letter is None:
        raise ProtocolError(
            f"{source_name(protocol, step, protocol.languages[0], study)}: the study has no such letter"
        )
    found = _merged(letter.file, letter.subject, fields_of(protocol, code, agency, requester, study))
    if why := "is empty" if not found.strip() else text_fault(found):
        raise ProtocolError(f"{letter.file}, {agency.id}: the subject {why}")
    return found


def render(
    protocol: Protocol, code: str, agency: Agency, requester: Requester, step: Step, language: str, study: Study
) -> str:
    """Return the text of a letter in one language; "" where there is none in that language.

    Raises ProtocolError for a merge field of the template without a value, or a text beyond MOST_TEXT.
    """
    text = source(protocol, step, language, study)
    return _merged(
        source_name(protocol, step, language, study), text, fields_of(protocol, code, agency, requester, study)
    )


def _merged(name: str, text: str, fields: Fields) -> str:
    try:
        return merge(ENVIRONMENT.from_string(text), fields)
    except (TemplateError, OverflowError, RecursionError, ValueError) as error:
        raise ProtocolError(f"{name}, {fields.agency.id}: {error}") from error


def source_name(protocol: Protocol, step: Step, language: str, study: Study) -> str:
    """Return what a person calls the unfilled text of one step: a file of the study, or a key of the protocol."""
    if protocol.letter:
        return f"[letter] {step}" + ("" if language == protocol.languages[0] else f"_{language}")
    letter = study.letter(step.value, language, protocol.template)
    return letter.file if letter else f"letters/{step}.{language}.txt"


def source(protocol: Protocol, step: Step, language: str, study: Study) -> str:
    """Return the text of one step, merge fields unfilled; "" where there is none in that language."""
    if protocol.letter:
        return protocol.letter.text(step, language, protocol.languages[0])
    letter = study.letter(step.value, language, protocol.template)
    return letter.text if letter else ""


def fields_of(protocol: Protocol, code: str, agency: Agency, requester: Requester, study: Study) -> Fields:
    """Return the merge fields of the letters to `agency` whose token is `code`."""
    we, we_en = (pronoun(language, requester.citizen) for language in (protocol.languages[0], "en"))
    regime = study.law.regime(protocol.regime)
    law = regime.cited_as if regime else protocol.regime
    return Fields(
        agency=agency, requester=requester, token=code,
        documents=tuple(replace(d, name_en=d.name_en or d.name) for d in protocol.documents),
        purpose=protocol.purpose, purpose_en=protocol.purpose_en or protocol.purpose, law=law,
        law_en=(regime.cited_as_en if regime else "") or law,
        form=protocol.form, law_cited=protocol.law_cited, receipt=protocol.receipt,
        attachments=tuple(one.name for one in study.attachments),
        we=we, We=we[:1].upper() + we[1:], we_en=we_en, We_en=we_en[:1].upper() + we_en[1:],
    )  # fmt: skip


def pronoun(language: str, citizen: bool) -> str:
    """Return what the one who asks calls itself in `language`, by the pack's letters.toml: a citizen or a body.

    >>> pronoun("vi", False), pronoun("en", True)
    ('chúng tôi', 'I')
    """
    return _said(language, "citizen" if citizen else "organisation")


def again(language: str) -> str:
    """Return what stands before the subject of a reminder that has no subject of its own, by the pack's letters.toml.

    >>> again("vi"), again("cy")
    ('Nhắc lại: ', 'Reminder: ')
    """
    return _said(language, "again")


@cache
def _said(language: str, entry: str) -> str:
    pack = resources.files("prober.studies") / f"packs/{language}/letters.toml"
    table = tomllib.loads(pack.read_text(encoding="utf-8")) if pack.is_file() else _SAID
    return str(table.get(entry, _SAID[entry]))


def merge(template: Template, fields: Fields) -> str:
    """Return the text of `template`, one of ENVIRONMENT, with `fields`; a missing field is an error, never left out.

    Raises TemplateError for a field that is missing or an attribute that is not allowed, ValueError as soon as the text
    is longer than MOST_TEXT, OverflowError for a loop over too long a range, RecursionError for a macro that calls
    itself.
    """
    pieces, length = [], 0
    for piece in template.generate({field.name: getattr(fields, field.name) for field in dataclasses.fields(fields)}):
        length += len(piece)
        if length > MOST_TEXT:
            raise ValueError(f"the text is longer than {MOST_TEXT} characters")
        pieces.append(piece)
    return "".join(pieces)


def _attached(study: Study) -> Iterator[Enclosure]:
    """Yield the files that the study sends with every request."""
    for one in study.attachments:
        yield Enclosure(one.name, one.media_type, one.data)


def _slips(protocol: Protocol, agency: Agency, requester: Requester, code: str) -> tuple[Enclosure, ...]:
    """Return the request slip as PDF and DOCX. Raises ProtocolError if the form is not for this kind of requester."""
    if protocol.form == request_slip.NONE:
        return ()
    if requester.citizen != (protocol.form == request_slip.CITIZEN):
        owner, wanted = ("a citizen", "true") if protocol.form == request_slip.CITIZEN else ("an organisation", "false")
        raise ProtocolError(f"form {protocol.form} is the slip of {owner}: [sender] citizen must be {wanted} for it")
    from prober.campaign.letters.slip_docx import docx  # half a second to load, and few protocols enclose a form
    from prober.campaign.letters.slip_pdf import pdf

    organisation = requester.organisation or requester.name
    filled = request_slip.Filled(
        agency=agency.name_vi, organisation=organisation,
        name="" if requester.name == organisation and not requester.citizen else requester.name,  # no person named
        address=requester.postal_address, phone=requester.phone, email=requester.address, purpose=protocol.purpose,
        documents=tuple(document.name for document in protocol.documents), token=code, identity=protocol.identity,
    )  # fmt: skip
    form, stem = request_slip.fill(protocol.form, filled), request_slip.file_stem(protocol.form, code)
    try:
        return (
            Enclosure(f"{stem}.pdf", "application/pdf", pdf(form)),
            Enclosure(f"{stem}.docx", _DOCX, docx(form)),
        )
    except ValueError as error:
        raise ProtocolError(f"{agency.id}: {error}") from error


def _faults(agency: Agency, requester: Requester, campaign: str) -> Iterator[tuple[str, str]]:
    """Yield (field, fault) for every faulty merge field that reaches a header or the text."""
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
        elif why := text_fault(value) or (address_fault(value) if field in ADDRESSES else ""):
            yield field, f"{why}: {value!r}"


def requirements(protocol: Protocol, requester: Requester, study: Study) -> tuple[Judged, ...]:
    """Return every requirement of the protocol's regime, met or not by the letters of `requester`. Not legal advice."""
    facts = {  # prober.studies.law.FACTS tells what each of them is
        "citizen": requester.citizen,
        "slip": protocol.form != request_slip.NONE,
        "language": protocol.languages[0] == study.languages[0],
        "name": bool(requester.name),
        "address": bool(requester.postal_address),
        "identity": protocol.form == request_slip.CITIZEN and protocol.identity,
        "contact": bool(requester.phone or requester.address),
        "documents": bool(protocol.documents),
        "provision": True,  # every template names it
        "purpose": bool(protocol.purpose),
        "known": False,  # the only row of a law whose requirements are not in the file yet
    }
    return study.law.judged(protocol.regime, {field for field, met in facts.items() if not met})
