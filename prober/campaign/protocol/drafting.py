"""Make a protocol file from a template and answers: values are replaced, comments stay."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from prober.campaign.protocol.model import VARIED, Document, Window
from prober.studies.law import Law
from prober.studies.study import Study

# (key, question), in the order in which a person decides; every other key stays as the template has it.
QUESTIONS = (
    ("title", "Title"),
    ("frame", "Frame of the agencies"),
    ("kind", "Kind of the agencies"),
    ("sender", "Who asks (organisation or citizen)"),
    ("purpose", "Purpose, as it stands in the letter"),
    ("purpose_en", "Purpose, in English"),
    ("language", "Language (of the letters of the study; two joined by + put a translation below)"),
    ("form", "Request slip enclosed (none, 01a, 01b)"),
    ("receipt", "Ask the office to confirm that the letter arrived (yes or no)"),
    ("first_day", "First day of sending"),
    ("window", "Time of day of sending, in the study's time zone"),
    ("per_day", "Most letters a day"),
    ("waiting_working_days", "Working days of waiting"),
    ("reminder_working_days", "Working days after which the one reminder leaves (0 for none)"),
    ("outcome", "What counts as an answer"),
    ("stop_after_objections", "Stop all of it after so many objections (0 for no such rule)"),
    ("stopping", "When else it is stopped, and by whom"),
    ("seed", "Seed of the draw"),
    ("leave_out_without_address", "Leave out agencies without a reviewed address (yes or no)"),
)


def questions(study: Study) -> tuple[tuple[str, str], ...]:
    """Return the questions to ask for a protocol of `study`: none about a slip that its law does not know.

    Letters in English need no second wording in English.
    """
    needed = {"form": study.law.has_slip, "purpose_en": not study.in_english}
    return tuple((key, question) for key, question in QUESTIONS if needed.get(key, True))


def varied(study: Study) -> tuple[str, ...]:
    """Return the keys in which the arms of a campaign of `study` may differ."""
    return tuple(key for key in VARIED if key != "form" or study.law.has_slip)


def shown(value: Any) -> str:
    """Return a value of a protocol, or of its file, in the form that a person types; `typed` reads it back."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Window):
        return f"{value.start:%H:%M}-{value.end:%H:%M}"
    if isinstance(value, list):
        return "-".join(value)
    return str(value)


def typed(answer: str, like: Any) -> Any:
    """Return the TOML value of `answer`, for a key whose value has the type of `like`.

    >>> typed("08:30-10:00", Window(*map(__import__("datetime").time, (8, 9))))
    ['08:30', '10:00']

    Raises ValueError that says what was expected.
    """
    answer = answer.strip()
    if isinstance(like, bool):
        if answer.casefold() not in ("yes", "no", "y", "n"):
            raise ValueError(f"must be yes or no, not {answer!r}")
        return answer.casefold().startswith("y")
    if isinstance(like, int):
        if not re.fullmatch(r"[0-9]{1,12}", answer):
            raise ValueError(f"must be a whole number from 0 on, not {answer!r}")
        return int(answer)
    if isinstance(like, date):
        return date.fromisoformat(answer)
    if isinstance(like, Window):
        return [part.strip() for part in answer.split("-")]
    return answer


def filled(
    template: str,
    answers: Mapping[str, Any],
    documents: Sequence[Document] = (),
    arms: Sequence[Mapping[str, Any]] = (),
    law: Law | None = None,
) -> str:
    """Return the text of `template` with `answers`, key → TOML value, and what of `law` is in force on its first day.

    Without `documents` those of the template stay. `arms` are tables as the file has them.
    """
    values = dict(answers)
    if law and "first_day" in values:
        values["regime"] = law.regime_on(values["first_day"])
    for key, value in values.items():
        template = _with(template, key, value)
    if documents:
        template = template[: template.index("[[document]]")]
        template += "\n".join(_table("document", _named(document)) for document in documents)
    return template + "".join(f"\n{_table('arm', arm)}" for arm in arms)


def headed(text: str, name: str) -> str:
    """Return the protocol `text` with a head of its own in place of the template's, which tells of other agencies."""
    head = (
        "# Answers to the questions of `prober campaign new`. Change what you need, then run\n"
        f"# `prober campaign preview {name}`. Nothing is sent before `prober campaign approve {name}`.\n"
    )
    return re.sub(r"\A(?:#[^\n]*\n)+", lambda _: head, text)


def literal(value: Any) -> str:
    """Return a value in TOML. JSON's texts, numbers, lists and truth values are also TOML's."""
    return value.isoformat() if isinstance(value, date) else json.dumps(value, ensure_ascii=False)


def _with(template: str, key: str, value: Any) -> str:
    """Return `template` with one value: in the line of its key, even one commented out, else on top."""
    line = f"{key} = {literal(value)}"
    stands = rf"(?m)^(?:# )?{key}[ \t]*=[ \t]*(?:\"(?:[^\"\\]|\\.)*\"|\[[^]]*\]|[^\s#]+)"
    text, found = re.subn(stands, lambda _: line, template)
    return text if found else f"{line}\n{template}"


def _named(document: Document) -> Mapping[str, str]:
    return {"name": document.name} | ({"name_en": document.name_en} if document.name_en else {})


def _table(name: str, values: Mapping[str, Any]) -> str:
    return f"[[{name}]]\n" + "".join(f"{key} = {literal(value)}\n" for key, value in values.items())
