"""Measure precision and recall of the mail rules on labelled mails: machine mail, or replies by event class.

A folder of replies holds `labels.csv` (id, event, and if wanted documents: what the reply says of each document, in the
words of the table `reply_document`, separated by ";") and `<id>.eml`. One of machine mail holds `labels.csv` (id, kind,
status, reason, permanence; several recipients separated by ";") and `bounces/<id>.eml`, or `<id>.eml` in the same
folder as the table. Kinds: bounce, auto_reply, abuse, and anything else for ordinary mail, which must be classified as
none of the three. "hard" is a dead address, "soft" a temporary or blocked one.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mailroom.classification import rules, second_opinion
from mailroom.classification.bounces import delivery_reports, permanence
from mailroom.mime import body_text, parser
from mailroom.mime.headers import untagged
from prober.domain.correspondence import SUBSTANTIVE, Event
from prober.domain.requested_documents import RequestedDocument, requested
from prober.errors import UsageError
from prober.services.evaluation import scores
from prober.services.evaluation.scores import LABELS, labels
from prober.studies.packs import words
from prober.studies.study import Study
from prober.text.patterns import linear
from prober.text.words import Vocabulary

VERSIONS = {"replies": parser.PARSER}  # of the rules for replies; recorded with their scores
_ITEM = linear(r"^[ \t]*+\d[.)] (.{20,400}?)[;.]?$", re.MULTILINE)  # a document in the list of a letter
_KINDS = ("bounce", "auto_reply", "abuse")
_HARDNESS = {permanence.DEAD: "hard", permanence.TEMPORARY: "soft", permanence.BLOCKED: "soft"}


@dataclass
class Counts:
    """Counts of one measure, and the misses by name."""

    hits: int = 0
    labelled: int = 0
    claimed: int = 0
    misses: list[str] = field(default_factory=list)

    def row(self, measure: str) -> dict[str, Any]:
        return {
            "measure": measure,
            "right": self.hits,
            "labelled": self.labelled,
            "claimed": self.claimed,
            "recall": round(self.hits / self.labelled, 4) if self.labelled else None,
            "precision": round(self.hits / self.claimed, 4) if self.claimed else None,
            "misses": self.misses,
        }


def evaluate_mails(folder: Path, vocabulary: Vocabulary) -> list[dict[str, Any]]:
    """Return one row per measure: bounce, auto_reply, abuse, and permanence per labelled recipient.

    Raises UsageError if there is no labels.csv, or a mail that it names is missing.
    """
    scores = {kind: Counts() for kind in (*_KINDS, "permanence")}
    for label, raw in _labelled(folder):
        reply = parser.parse(raw)
        report = delivery_reports.examine(reply)
        event = rules.classify(reply, report, rules.RuleContext(vocabulary=vocabulary)).event
        said = kind_of(event, bool(report))
        for kind in _KINDS:
            _count(scores[kind], label["id"], label["kind"] == kind, said == kind, f"is {label['kind']}, said {said}")
        if label["kind"] == "bounce" and label["permanence"]:
            _count_permanence(scores["permanence"], label, [entry.permanence for entry in report])
    return [score.row(measure) for measure, score in scores.items()]


def evaluate_replies(folder: Path, study: Study) -> tuple[int, list[scores.Score]]:
    """Return the number of replies and scores: of "answer" (F1, P1, L1; `replied` counts these), then of each class.

    Where documents are labelled, the score of their states comes after "answer". Every reply counts as matched to a
    request, with unknown delay. Raises UsageError, with the row, if a label is no event class, or a mail is missing.
    """
    cases = []
    documents = []
    vocabulary, asked, ours = study.vocabulary, _asked(folder, study), _ours(folder)
    for label, raw in _labelled(folder):
        try:
            wanted = Event(label["event"])
        except ValueError:
            raise UsageError(
                f"{folder / LABELS} row of {label['id']}: {label['event']!r} is no event class of docs/method.md"
            ) from None
        reply = parser.parse(raw)
        context = rules.RuleContext(matched=True, asked=asked, own_addresses=ours, vocabulary=vocabulary)
        signals = rules.signals_of(reply, vocabulary)
        said = rules.classify(reply, delivery_reports.examine(reply), context, signals).event
        cases.append((label["id"], wanted, said))
        if states := label.get("documents"):
            found = (state.said for state in rules.documents(said, asked, signals))
            documents.append((label["id"], _numbered(states.split(";")), _numbered(found)))
    classes = [event for event in Event if any(event in (wanted, said) for _, wanted, said in cases)]
    answers = [(name, _answer(wanted), _answer(said)) for name, wanted, said in cases]
    return len(cases), [
        scores.score("answer", "replies", answers),
        *([scores.score("document", "replies", documents)] if documents else []),
        *(
            scores.score(
                event.value, "replies", [(name, {wanted} & {event}, {said} & {event}) for name, wanted, said in cases]
            )
            for event in classes
        ),
    ]


def evaluate_opinion(folder: Path, study: Study) -> list[scores.Score]:
    """Return how often the rules are right where the second opinion agrees and where it differs, then how often it is.

    Every reply counts as matched to a request. Letters of which there is no second opinion are left out; of a study in
    another language than its own there is none.
    """
    if not second_opinion.LANGUAGES & set(study.languages):
        return []
    agreed, differed, otherwise = [], [], []
    asked = _asked(folder, study)
    for label, raw in _labelled(folder):
        reply = parser.parse(raw)
        said = rules.classify(
            reply,
            delivery_reports.examine(reply),
            rules.RuleContext(matched=True, asked=asked, vocabulary=study.vocabulary),
        ).event
        opinion = second_opinion.opinion(reply, said)
        if opinion and opinion.event == said:
            agreed.append((label["id"], {label["event"]}, {said.value}))
        elif opinion:
            differed.append((label["id"], {label["event"]}, {said.value}))
            otherwise.append((label["id"], {label["event"]}, {opinion.event.value}))
    return [
        scores.score("both agree", "replies", agreed),
        scores.score("they differ", "replies", differed),
        scores.score("they differ", "second opinion", otherwise),
    ]


def _asked(folder: Path, study: Study) -> tuple[RequestedDocument, ...]:
    """Return the documents that the replies of `folder` were asked for: those of the first letter that one quotes.

    Where none quotes it and documents are labelled, they are those of the study.
    """
    said = words(study.vocabulary)
    for _, raw in _labelled(folder):
        reply = parser.parse(raw)
        listed = _ITEM.findall(body_text.quoted(reply.full_text, reply.text))
        found = tuple(document for title in listed if (document := requested(title, said)).year and document.first_form)
        if len(found) > 1:
            return found
    labelled = "documents" in labels(folder)[0]
    return tuple(requested(document.name, said) for document in study.documents) if labelled else ()


def _ours(folder: Path) -> frozenset[str]:
    """Return the address of the study, to which most replies of `folder` are, without the secret of a request."""
    to = Counter(untagged(address) for _, raw in _labelled(folder) for address in parser.parse(raw).to)
    return frozenset(address for address, _ in to.most_common(1))


def _numbered(states: Iterable[str]) -> set[str]:
    return {f"{number} {state.strip()}" for number, state in enumerate(states, 1)}


def _answer(event: Event) -> set[str]:
    return {"answer"} if event in SUBSTANTIVE else set()


def kind_of(event: Event, report: bool) -> str:
    """Return the kind, as labels name it, for an event class; a positive delivery notice is a report too."""
    if report and event in (Event.BOUNCE, Event.READ_RECEIPT):
        return "bounce"
    return {Event.BOUNCE: "bounce", Event.AUTO_ACK: "auto_reply", Event.ABUSE: "abuse"}.get(event, "ordinary")


def _labelled(folder: Path) -> Iterator[tuple[dict[str, str], bytes]]:
    for label in labels(folder):
        places = (folder / "bounces" / f"{label['id']}.eml", folder / f"{label['id']}.eml")
        found = next((place for place in places if place.exists()), None)
        if found is None:
            raise UsageError(f"{folder / LABELS}: there is no mail {label['id']}.eml beside it")
        yield label, found.read_bytes()


def _count(score: Counts, name: str, labelled: bool, claimed: bool, how: str) -> None:
    score.labelled += labelled
    score.claimed += claimed
    score.hits += labelled and claimed
    if labelled != claimed:
        score.misses.append(f"{name} ({how})")


def _count_permanence(score: Counts, label: dict[str, str], said: list[str]) -> None:
    """Count recipients, compared without order: a label has the order of the report, which is not always ours."""
    wanted = Counter(label["permanence"].split(";"))
    given = Counter(_HARDNESS.get(word, word) for word in said)
    score.labelled += sum(wanted.values())
    score.claimed += sum(given.values())
    score.hits += sum((wanted & given).values())
    if wanted - given:
        wrong = "; ".join(said) or "nothing"
        score.misses.append(f"{label['id']} ({label['reason']}: {label['permanence']}, said {wrong})")
