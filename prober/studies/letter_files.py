"""Read the letters of a study, one file for each step and language, and the files that go with them."""

import difflib
import hashlib
import re
from collections.abc import Iterable, Mapping

from jinja2 import StrictUndefined, TemplateError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from prober.studies.folder_files import FolderFiles
from prober.studies.study import REQUEST, STEPS, EnclosedFile, LetterText

# The names that a letter may use, each with its meaning (docs/studies.md).
MERGE_FIELDS = {
    "agency": "the office: agency.name, agency.name_vi, agency.name_en, agency.request_email, …",
    "requester": "who asks: name, address, organisation, postal_address, phone, citizen",
    "token": "the code of the request, which an answer should keep in its subject",
    "documents": "the documents asked for: name and name_en of each",
    "purpose": "what the information is for",
    "purpose_en": "the same in English",
    "law": "the law, as the letter cites it",
    "law_en": "the same in English",
    "form": 'the request slip that is enclosed, or "none"',
    "law_cited": "true: the letter names the law",
    "receipt": "true: the office is asked to confirm that the letter arrived",
    "attachments": "the names of the files that go with the request",
    "we": '"we" or "I" of the requester, in the language of the letter',
    "We": "the same at the beginning of a sentence",
    "we_en": "the same in English",
    "We_en": "the same at the beginning of an English sentence",
}
MOST_LETTER = 20_000  # bytes
MOST_ATTACHMENTS = 5
MOST_ATTACHED = 2_000_000  # bytes of one: every letter of a campaign is stored with it
_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_MEDIA_TYPES = {
    ".pdf": "application/pdf",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".odt": "application/vnd.oasis.opendocument.text",
    ".ods": "application/vnd.oasis.opendocument.spreadsheet",
    ".txt": "text/plain",
    ".csv": "text/csv",
    ".png": "image/png",
    ".jpg": "image/jpeg",
}
_STEP = re.compile(rf"(?:{'|'.join(STEPS)})(?:\.[a-z0-9](?:[a-z0-9-]{{0,38}}[a-z0-9])?)?")  # and a template's name
_SUBJECT = "Subject: "
_ENVIRONMENT = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False, keep_trailing_newline=True)


def letters(files: FolderFiles, language: str) -> Mapping[tuple[str, str], LetterText]:
    """Return (step, language) → letter for every letters/STEP.LANGUAGE.txt. `language` must have a request;
    "": nobody knows which, because study.toml itself cannot be read.

    The letters of a template stand under STEP.TEMPLATE, as their files STEP.TEMPLATE.LANGUAGE.txt.
    """
    found = {}
    for name in files.names("letters", ".txt"):
        step, _, spoken = name.removeprefix("letters/").removesuffix(".txt").rpartition(".")
        if not (
            _STEP.fullmatch(step) and spoken.isascii() and spoken.isalpha() and spoken.islower() and len(spoken) < 4
        ):
            files.fault(
                name,
                f"must be named STEP.LANGUAGE.txt with a step of {', '.join(STEPS)}: request.en.txt; "
                "request.plain.en.txt is that of a template named plain",
            )
            continue
        text = files.text(name, MOST_LETTER)
        if text is not None and (letter := _letter(files, name, text)):
            found[step, spoken] = letter
    if language and (REQUEST, language) not in found and not files.exists(f"letters/{REQUEST}.{language}.txt"):
        files.fault(f"letters/{REQUEST}.{language}.txt", "is missing: the request in the first language of the study")
    for step, spoken in found:
        if (template := step.partition(".")[2]) and (f"{REQUEST}.{template}", spoken) not in found:
            files.fault(f"letters/{REQUEST}.{template}.{spoken}.txt", "is missing: a template has a request at least")
    return found


def _letter(files: FolderFiles, name: str, text: str) -> LetterText | None:
    first, _, rest = text.partition("\n")
    blank, _, body = rest.partition("\n")
    if not first.startswith(_SUBJECT) or blank.strip():
        files.fault(name, f"must begin with a line {_SUBJECT!r}… and an empty line")
        return None
    subject = first.removeprefix(_SUBJECT).strip()
    for what, value in (("subject", subject), ("text", body)):
        if not value.strip():
            files.fault(name, f"the {what} is empty")
        files.take(name, (f"{what}: {fault}" for fault in template_faults(value)))
    return LetterText(name, subject, body.strip() + "\n")


def template_faults(text: str) -> list[str]:
    """Return what is wrong with a template: its syntax, and names that are no merge fields.

    Nothing is evaluated here. jinja2.meta would compute constants, and `'x'|center(10 ** 10)` is one.
    """
    try:
        names = _unbound(_ENVIRONMENT.parse(text))
    except TemplateError as error:
        line = getattr(error, "lineno", None)
        return [f"line {line}: {error}" if line else str(error)]
    except (RecursionError, OverflowError, ValueError) as error:
        return [f"cannot be read: {type(error).__name__}"]
    return [f"unknown name {name!r}{_near(name)}" for name in sorted(names - MERGE_FIELDS.keys())]


def _unbound(template: nodes.Template) -> set[str]:
    """Return the names that a template uses and does not set itself."""
    used: set[str] = set()
    bound = {"loop", "caller", "varargs", "kwargs", "self", "super", *_ENVIRONMENT.globals}
    for name in template.find_all(nodes.Name):
        (used if name.ctx == "load" else bound).add(name.name)
    bound.update(macro.name for macro in template.find_all(nodes.Macro))
    return used - bound


def _near(name: str) -> str:
    near = difflib.get_close_matches(name, MERGE_FIELDS, n=1)
    return f"; did you mean {near[0]}?" if near else f"; a letter may use {', '.join(MERGE_FIELDS)}"


def attachments(files: FolderFiles, names: Iterable[str]) -> tuple[EnclosedFile, ...]:
    """Return the files that go with every request: regular files of the folder, of a known type."""
    found: list[EnclosedFile] = []
    names = tuple(names)
    if len(names) > MOST_ATTACHMENTS:
        files.fault("study.toml", f"attachments: {len(names)} are too many for a letter; at most {MOST_ATTACHMENTS}")
        names = names[:MOST_ATTACHMENTS]
    for name in names:
        suffix = name[name.rfind(".") :].lower() if "." in name else ""
        if suffix not in _MEDIA_TYPES or not _FILE_NAME.fullmatch(name.rpartition("/")[2]):
            known = ", ".join(_MEDIA_TYPES)
            files.fault(name, f"attachments: the name must be letters, digits, . _ - and end in one of {known}")
            continue
        data = files.bytes(name, MOST_ATTACHED)
        if data is not None:
            found.append(EnclosedFile(name, _MEDIA_TYPES[suffix], data, hashlib.sha256(data).hexdigest()))
    if len({one.name for one in found}) < len(found):
        files.fault("study.toml", "attachments: two have the same name")
    return tuple(found)
