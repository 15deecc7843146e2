"""prober campaign new, at a terminal: ask for a protocol key by key, with the template's values as defaults."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import click

from prober.errors import ProtocolError
from prober.services.campaign import drafts
from prober.services.campaign.drafts import Completed, Document, Protocol, questions, shown, typed, varied
from prober.services.context import Context

BACK = "<"
Ask = Callable[[], Any]


class _Back(Exception):
    """The answer was BACK: the question before is asked again."""


def interview(context: Context, template: str, name: str) -> str:
    """Ask for a protocol key by key and return its text; answers that contradict each other are asked for again.

    Ends with click.Abort on Ctrl-C or the end of the input; nothing is written here.
    """
    click.echo(f"Enter keeps what stands in brackets; {BACK} goes back. Nothing is written before the last answer.")
    protocol = drafts.template_protocol(template)
    answers: dict[str, Any] = {}
    documents: Sequence[Document] = protocol.documents
    place, last = 0, len(questions(context.study)) - 1
    while True:
        _answers(context, protocol, answers, place)
        place = 0
        try:
            documents = _documents(documents, context.study.in_english)
        except _Back:
            place = last
            continue
        try:
            found = drafts.completed(context, template, answers, documents, name)
            arms = _arms(context, found)
            text = drafts.with_arms(context, found.text, arms) if arms else found.text
        except ProtocolError as error:
            click.echo(f"{error}\nOnce more:")
        except _Back:
            place = last + 1
        else:
            return text


def _answers(context: Context, protocol: Protocol, answers: dict[str, Any], place: int) -> None:
    """Ask every question from number `place` on and keep the answers.

    An answer that the registry does not bear out is asked for again.
    """
    asked = questions(context.study)
    while place < len(asked):
        key, question = asked[place]
        like = getattr(protocol, key)
        try:
            answers[key] = value = _asked(context, key, question, protocol, answers.get(key, like))
        except _Back:
            place = max(0, place - 1)
            continue
        if key == "kind" and not context.agencies(answers["frame"], value):
            held = ", ".join(sorted({f"{agency.frame} {agency.kind}" for agency in context.agencies()}))
            click.echo(f"the registry has no agency of frame {answers['frame']!r} and kind {value!r}; it has: {held}")
            place -= 1
        else:
            place += 1


def _asked(context: Context, key: str, question: str, protocol: Protocol, default: Any) -> Any:
    """Ask for the TOML value of one key, until it is one that the key may have in `protocol` and the study."""
    while True:
        answer = _said(question, default=shown(default))
        try:
            value = typed(answer, getattr(protocol, key))
        except ValueError as error:
            faults = [str(error)]
        else:
            faults = drafts.faults_of_answer(context, protocol, key, value)
        if not faults:
            return value
        click.echo("".join(f"{key}: {fault}\n" for fault in faults), nl=False)


def _said(question: str, default: str | None = None, kind: click.ParamType = click.STRING, **how: Any) -> str:
    """Return the answer to one question. Raises _Back."""

    def read(answer: str) -> Any:
        if answer.strip() == BACK:
            raise _Back
        return kind.convert(answer, None, None)

    return str(click.prompt(question, default=default, type=kind, value_proc=read, **how))


def _agreed(question: str, default: bool) -> bool:
    """Return the answer to a question of yes or no. Raises _Back."""
    while True:
        answer = _said(f"{question} [{'Y/n' if default else 'y/N'}]", default="", show_default=False)
        try:
            return bool(typed(answer, default)) if answer.strip() else default
        except ValueError as error:
            click.echo(str(error))


def _in_turn(following: Callable[[list[Any]], Ask | None]) -> list[Any]:
    """Ask what is `following` after the answers so far, until nothing is, and return the answers.

    Raises _Back where the first question is answered so.
    """
    answers: list[Any] = []
    while ask := following(answers):
        try:
            answers.append(ask())
        except _Back:
            if not answers:
                raise
            answers.pop()
    return answers


def _documents(held: Sequence[Document], in_english: bool) -> Sequence[Document]:
    """Ask for the documents; `held` are those of the template, or of the answer before. Raises _Back.

    Each is named in English too, unless the letters are in English.
    """
    for number, document in enumerate(held, start=1):
        click.echo(f"{number}. {document.name}")

    def following(answers: list[Any]) -> Ask | None:
        if not answers:
            return partial(_agreed, "Ask for these documents?", True)
        if answers[0] or answers[-1] is None:
            return None
        return partial(_document, len(answers), in_english)

    kept, *found = _in_turn(following)
    return held if kept else found[:-1]


def _document(number: int, in_english: bool) -> Document | None:
    """Ask for one document; return None for no more. Raises _Back."""
    question = f"Name of document {number}, in the language of the letter (empty: no more)"
    while True:
        name = _said(question, default="", show_default=False).strip()
        if not name and number > 1:
            return None
        try:
            if name:
                return Document(name, "" if in_english else _said(f"Name of document {number}, in English"))
        except _Back:
            continue


def _arms(context: Context, found: Completed) -> list[Mapping[str, Any]]:
    """Ask for two arms, after showing how large an effect they can find; return none for a campaign without arms.

    Raises _Back.
    """
    protocol = found.protocol

    def nevertheless() -> bool:
        click.echo(drafts.power_verdict(context, protocol, found.units))
        return _agreed("Two arms nevertheless?", False)

    def following(answers: list[Any]) -> Ask | None:
        if False in answers[:2]:
            return None
        key = answers[2] if len(answers) > 2 else ""
        asks: list[Ask] = [
            partial(_agreed, "Two arms, to compare two ways of asking?", False), nevertheless,
            partial(_said, "What differs", "law_cited", click.Choice(varied(context.study))),
        ]  # fmt: skip
        for which in ("first", "second"):
            asks += [partial(_said, f"Name of the {which} arm"), partial(_said, "What it is, in words")]
            asks.append(lambda: _asked(context, key, key, protocol, getattr(protocol, key)))
        return asks[len(answers)] if len(answers) < len(asks) else None

    agreed, *rest = _in_turn(following)
    if not agreed or not rest[0]:
        return []
    _, key, *arms = rest
    return [dict(zip(("name", "about", key), arm, strict=True)) for arm in (arms[:3], arms[3:])]
