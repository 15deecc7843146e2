"""Gather one card per province: what its portal shows, with proof, and what its department of finance did, and when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from prober.domain.correspondence import NEVER_SENT
from prober.domain.indicator import INDICATORS, column_of
from prober.reporting.tables import unread
from prober.reporting.words import labels
from prober.reporting.words.archive_words import ShownStep, records
from prober.reporting.words.labels import Text
from prober.store.reading.queries import Row, grouped
from prober.store.reading.report_rows import ReportRows


@dataclass(frozen=True, slots=True)
class Fact:
    """One kind of thing on the portal: its verdict (a row of the view `proof`) and what else was found."""

    label: Text
    proof: Row
    extras: tuple[Row, ...] = ()
    decided: str = ""  # what a person says: a key of labels.DECIDED
    objections: str = ""  # of people who say that the finding is wrong


@dataclass(frozen=True, slots=True)
class Card:
    """Everything that the report says about one province. `request` is None where its department was not asked."""

    province: Row
    facts: tuple[Fact, ...]
    visit: Row | None
    group: str
    request: Row | None
    replies: tuple[Row, ...]
    deadlines: tuple[Row, ...]
    marks: tuple[Text, ...]  # warnings: stale, disputed or not believed
    steps: tuple[ShownStep, ...]  # how the portal was searched, where something was not found


def cards(study: ReportRows) -> list[Card]:
    """Return the cards of a study in the order of the view `participation`."""
    proofs = grouped(study.proofs, "agency")
    seen = grouped(study.observations, "agency")
    visits = {row["agency"]: row for row in study.visited}
    requests = {row["request"]: row for row in study.requests}
    replies = grouped(study.replies, "request")
    deadlines = grouped(study.deadlines, "request")
    disputes = grouped(study.disputes, "agency")
    searched = records(study.searches)
    return [
        Card(
            province=row,
            facts=facts(proofs[row["portal"]], seen[row["portal"]], disputes[row["portal"]], decided(row)),
            visit=visits.get(row["portal"]),
            group=request_group(row),
            request=requests.get(row["request"]),
            replies=tuple(replies[row["request"]]),
            deadlines=tuple(deadlines[row["request"]]),
            marks=unread.marks(
                row,
                visits.get(row["portal"]),
                disputes[row["portal"]],
                row["second_look_since"],
            ),
            steps=searched.get(row["portal"], ())
            if any(proof["state"] != "found" for proof in proofs[row["portal"]])
            else (),
        )
        for row in study.provinces
    ]


def request_group(row: Row) -> str:
    """Return the group of labels.GROUPS that a row of `participation` or `reply_times` belongs to."""
    outcome = "not asked" if row.get("state") in NEVER_SENT else row["outcome"]
    return labels.group(outcome, bool(row["replied"]), row["delivered"])


def _place(proof: Row) -> tuple[int, str]:
    """Return the place of an indicator on a card: POBI's first, in their order, then those of the study by name."""
    order, kind = list(labels.KINDS), proof["kind"]
    return order.index(kind) if kind in order else len(order), kind


def decided(row: Row) -> dict[str, str]:
    """Return indicator → what a person says of it, by a row of `participation`: a key of labels.DECIDED."""
    columns = {name: column_of(name) for name in row["confirmed"].split(", ") if name}
    columns |= {indicator.kind: indicator.column for indicator in INDICATORS if indicator.kind in columns}
    return {
        name: "present" if row[column] == "found" else "absent" for name, column in columns.items() if column in row
    }


def facts(
    proofs: Sequence[Row], seen: Sequence[Row], disputes: Sequence[Row], decided: Mapping[str, str]
) -> tuple[Fact, ...]:
    """Return what one site shows, in the order of the indicators, from its proofs, its observations and its disputes.

    `proofs` are rows of the view `proof`; `decided`: indicator → what a person says of it.
    """
    verdicts = {proof["kind"]: proof for proof in sorted(proofs, key=_place)}
    return tuple(
        Fact(
            label=labels.kind(proof),
            proof=proof,
            extras=tuple(o for o in seen if o["kind"] == kind and o["value"] != proof["value"]),
            decided=decided.get(kind, ""),
            objections=unread.objections(disputes, proof),
        )
        for kind, proof in verdicts.items()
    )
