"""prober campaign new, at a terminal: ask for a protocol key by key, with the template's values as defaults."""

from collections.abc import Mapping, Sequence
from typing import Any

import click

from prober.campaign.design import power
from prober.campaign.protocol.drafting import filled, headed, questions, shown, typed, varied
from prober.campaign.protocol.model import Document, Protocol, parse
from prober.errors import ProtocolError
from prober.services.campaign.drafts import asked_agencies, units
from prober.services.context import Context
from prober.studies.study import Study
from prober.validation import faults_of_key

BACK = "<"


def interview(context: Context, template: str, name: str) -> str:
    """Ask for a protocol key by key and return its text; answers that contradict each other are asked for again.

    Ends with click.Abort on Ctrl-C or the end of the input; nothing is written here.
    """
    click.echo(f"Enter keeps what stands in brackets; {BACK} goes back. Nothing is written before the last answer.")
    protocol = parse(template, "template")
    answers: dict[str, Any] = {}
    documents: Sequence[Document] = protocol.documents
    while True:
        _answers(context, protocol, answers)
        documents = _documents(documents, context.study.in_english)
        text = filled(template, answers, () if documents == protocol.documents else documents, law=context.study.law)
        if (answers["frame"], answers["kind"]) != (protocol.frame, protocol.kind):
            text = headed(text, name)
        try:
            chosen = parse(text, "your answers", context.study)
            ready, _ = asked_agencies(context, chosen)
            if arms := _arms(chosen, units(ready), context.study):
                text = filled(text, {"blocks": ["region", "quality"]}, arms=arms)
                parse(text, "your answers", context.study)
        except ProtocolError as error:
            click.echo(f"{error}\nOnce more:")
        else:
            return text


def _answers(context: Context, protocol: Protocol, answers: dict[str, Any]) -> None:
    """Ask every question and keep the answers; an answer that the registry does not bear out is asked for again."""
    place, asked = 0, questions(context.study)
    while place < len(asked):
        key, question = asked[place]
        like = getattr(protocol, key)
        value = _asked(key, question, like, answers.get(key, like))
        if value == BACK:
            place = max(0, place - 1)
            continue
        answers[key] = value
        if key == "kind" and not context.agencies(answers["frame"], value):
            held = ", ".join(sorted({f"{agency.frame} {agency.kind}" for agency in context.agencies()}))
            click.echo(f"the registry has no agency of frame {answers['frame']!r} and kind {value!r}; it has: {held}")
            place -= 1
        else:
            place += 1


def _asked(key: str, question: str, like: Any, default: Any) -> Any:
    """Ask for the TOML value of one key, whose value in a protocol is of the kind of `like`; return BACK to go back."""
    while True:
        answer = click.prompt(question, default=shown(default))
        if answer.strip() == BACK:
            return BACK
        try:
            value = typed(answer, like)
        except ValueError as error:
            faults = [str(error)]
        else:
            faults = faults_of_key(Protocol, key, value)
        if not faults:
            return value
        click.echo("".join(f"{key}: {fault}\n" for fault in faults), nl=False)


def _documents(held: Sequence[Document], in_english: bool) -> Sequence[Document]:
    """Ask for the documents; `held` are those of the template, or of the answer before.

    Each is named in English too, unless the letters are in English.
    """
    for number, document in enumerate(held, start=1):
        click.echo(f"{number}. {document.name}")
    if click.confirm("Ask for these documents?", default=True):
        return held
    found: list[Document] = []
    while True:
        number = len(found) + 1
        name = click.prompt(
            f"Name of document {number}, in the language of the letter (empty: no more)", default="", show_default=False
        )
        if not name.strip() and found:
            return found
        if name.strip():
            english = "" if in_english else click.prompt(f"Name of document {number}, in English")
            found.append(Document(name.strip(), english))


def _arms(protocol: Protocol, drawn: int, study: Study) -> list[Mapping[str, Any]]:
    """Ask for two arms, after showing how large an effect they can find; return none for a campaign without arms."""
    if not click.confirm("Two arms, to compare two ways of asking?", default=False):
        return []
    click.echo(power.verdict(drawn, power.expected(protocol.expected_share, study.references, protocol.frame)))
    if not click.confirm("Two arms nevertheless?", default=False):
        return []
    key = click.prompt("What differs", type=click.Choice(varied(study)), default="law_cited")
    return [
        {
            "name": click.prompt(f"Name of the {which} arm"),
            "about": click.prompt("What it is, in words"),
            key: _asked(key, key, getattr(protocol, key), getattr(protocol, key)),
        }
        for which in ("first", "second")
    ]
