"""Make, check and list studies."""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mailroom.sending.approval import rendered
from prober.campaign.letters.compose import Requester
from prober.campaign.protocol import Protocol, parse
from prober.domain.correspondence import Step
from prober.errors import ProtocolError, StudyError, UsageError
from prober.services.agencies import beyond_web
from prober.services.context import Context
from prober.store import atomic_write
from prober.studies.folder import BLANK, FILE, WORDS, named, packaged, packaged_names
from prober.studies.study import EnclosedFile, Study, said
from prober.studies.study_file import NAME

__all__ = ["CheckedStudy", "check", "listed", "new"]

_CODE = "abcdefghijkmnpqr"  # of a letter that nobody gets
_ASKS = Requester("A. Requester", "a.requester@prober.test", "An Institute", "1 Some Street", "0000")


@dataclass(frozen=True, slots=True)
class CheckedStudy:
    """A study without a fault, and one of its requests as it would read."""

    study: Study
    title: str  # in English, where it has one
    sample: str
    beyond: list[str]  # sites that no live crawl fetches

    @property
    def attachments(self) -> tuple[EnclosedFile, ...]:
        return self.study.attachments


def listed(context: Context) -> list[dict[str, Any]]:
    """Return one row for each study that comes with the prober, and for the one in use, also if it cannot be read."""
    used, root = context.config.study, context.config.root
    return [_row(name, root, name == used) for name in dict.fromkeys((*packaged_names(), used))]


def _row(name: str, root: Path, used: bool) -> dict[str, Any]:
    try:
        study = named(name, root)
    except StudyError:  # also one that comes with the prober, where the pack that it needs was taken out of this copy
        return {"name": name, "used": "yes" if used else "", "title": f"cannot be read: prober study check {name}"}
    return {
        "name": study.name, "used": "yes" if used else "", "title": said(study.title, "en"),
        "agencies": len(study.agencies), "frames": ", ".join(study.frame_names),
        "languages": ", ".join(study.languages), "folder": str(study.folder),
    }  # fmt: skip


def new(context: Context, name: str, base: str = "") -> Path:
    """Write the folder `name` beside prober.toml: a copy of the study `base`, or a blank one. Return its path.

    Raises UsageError where there is something of this name already, or no study `base`.
    """
    if not NAME.fullmatch(name):
        raise UsageError(f"study name {name!r}: use up to 40 lower-case letters, digits and hyphens")
    folder = context.config.root / name  # in a rehearsal too: a study is what is asked, not what was found
    if folder.exists():
        raise UsageError(f"{folder} is there already; choose another name. Nothing was changed.")
    source = packaged(base).folder if base else BLANK
    partial = atomic_write.partial_folder(folder.parent)
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        shutil.copytree(source, partial, ignore=shutil.ignore_patterns("__pycache__", "*.py"))
        text = (partial / FILE).read_text(encoding="utf-8")
        own = f'name = "{base or "blank"}"'
        (partial / FILE).write_text(text.replace(own, f'name = "{name}"', 1), encoding="utf-8")
        if not (partial / WORDS).exists():
            _example_of_words(partial / WORDS, packaged(base).languages[0])
        partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return folder


def _example_of_words(file: Path, language: str) -> None:
    """Write the blank study's examples of own words, which are comments, for another language."""
    file.write_text((BLANK / WORDS).read_text(encoding="utf-8").replace("# [en.", f"# [{language}."), encoding="utf-8")


def check(context: Context, name: str = "") -> CheckedStudy:
    """Return the study `name`, or the one in use, once nothing is wrong with it.

    Raises StudyError with every fault: of the files; and, where these can be read, of the protocol and of each letter
    when it is filled in.
    """
    study = named(name, context.config.root) if name else context.study
    faults = list(_faults(study))
    if faults:
        raise StudyError("\n".join(f"{study.folder / file}: {line}" for file, line in faults))
    protocol = parse(study.protocol, "protocol.toml", study)
    return CheckedStudy(
        study,
        said(study.title, "en"),
        _filled(study, protocol, Step.REQUEST, protocol.languages[0], citizen=False),
        beyond_web(context, study.agencies),
    )


def _faults(study: Study) -> Iterator[tuple[str, str]]:
    """Yield (file, fault) of what is known only once every file is read."""
    try:
        protocol = parse(study.protocol, "protocol.toml", study)
    except ProtocolError as error:
        yield from (("protocol.toml", line.removeprefix("protocol.toml: ")) for line in str(error).splitlines())
        return
    if protocol.frame not in study.frame_names:
        yield "protocol.toml", f"frame: {protocol.frame!r} is not one of {', '.join(study.frame_names)}"
    asked = [kind.name for kind in study.kinds if kind.asked]
    if protocol.kind not in asked:
        yield "protocol.toml", f"kind: {protocol.kind!r} is not asked; study.toml says so of {', '.join(asked)}"
    for (name, language), letter in study.letters.items():
        step, _, template = name.partition(".")
        for citizen in (False, True):
            try:
                _filled(study, replace(protocol, template=template), Step(step), language, citizen)
            except ProtocolError as error:
                yield letter.file, str(error)
                break


def _filled(study: Study, protocol: Protocol, step: Step, language: str, citizen: bool) -> str:
    """Return a letter filled in for the first agency of the list. Raises ProtocolError."""
    agencies: Sequence[Any] = [a for a in study.agencies if a.kind == protocol.kind] or study.agencies
    if not agencies:
        raise ProtocolError("there is no agency in agencies/*.csv to fill it in for")
    agency = replace(agencies[0], request_email=agencies[0].request_email or "office@agency.test")
    asks = replace(_ASKS, citizen=citizen)
    return rendered(replace(protocol, letter=None), _CODE, agency, asks, step, language, study)
