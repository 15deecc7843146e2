"""Store what people say of the machine's proposals in private.db, and the random samples that they read.

A subject is a site, a finding or a letter as an answer to one request; a question is what was asked of it. Nothing is
removed: what a person takes back is marked, and a later word of the same person stands above the earlier one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from prober.errors import UsageError
from prober.store import transaction
from prober.store.schema.vocabulary import ANSWERS, DECISION_ROLES

FINDING = "finding"  # the question about a finding: is it what the machine takes it for?


def of_agency(agency: str) -> str:
    """Return the subject of questions about an agency's site."""
    return f"agency/{agency}"


def of_finding(row: Mapping[str, Any]) -> str:
    """Return the subject of a finding, by what it is: its number in results.db may change."""
    return "/".join((FINDING, row["agency"], row["kind"], row["category"], row["value"]))


@dataclass(frozen=True, slots=True)
class Decision:
    """What one person says of one proposal. `draw` is the random sample for which it was read, if any."""

    subject: str
    question: str
    answer: str
    coder: str
    role: str  # one of DECISION_ROLES
    proposed: str  # what the machine said
    note: str = ""
    blind: bool = False
    draw: int | None = None


def save(db: Database, decision: Decision, now: datetime) -> int:
    """Store a decision in one transaction and return its number. Raises UsageError for an unknown role or answer."""
    if decision.role not in DECISION_ROLES or decision.answer not in ANSWERS:
        raise UsageError(f"no such role or answer: {decision.role}, {decision.answer}")
    with transaction(db):
        (number,) = db.execute(
            "INSERT INTO decision (subject, question, answer, coder, role, proposed, note, blind, draw, decided_at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
            [
                decision.subject, decision.question, decision.answer, decision.coder, decision.role, decision.proposed,
                decision.note, int(decision.blind), decision.draw, now.isoformat(),
            ],
        ).fetchone()  # fmt: skip
    return int(number)


def take_back(db: Database, number: int, now: datetime) -> None:
    """Mark a decision as taken back; what the same person said before stands again."""
    with transaction(db):
        db.execute("UPDATE decision SET undone_at = ? WHERE id = ? AND undone_at IS NULL", [now.isoformat(), number])


def standing(db: Database, of: str) -> list[dict[str, Any]]:
    """Return the decisions that were not taken back about subjects that begin with `of`, in their order."""
    sql = "SELECT * FROM decision WHERE undone_at IS NULL AND subject GLOB ? || '/*' ORDER BY id"
    return list(db.query(sql, [of]))


def save_draw(db: Database, drawn: Mapping[str, Any], agencies: Iterable[str], now: datetime) -> int:
    """Store a random sample with its rows, in one transaction, and return its number.

    `drawn` has frame, indicator, stratum, seed, size, population and probability.
    """
    with transaction(db):
        (number,) = db.execute(
            "INSERT INTO draw (frame, indicator, stratum, seed, size, population, probability, drawn_at) VALUES "
            "(:frame, :indicator, :stratum, :seed, :size, :population, :probability, :drawn_at) RETURNING id",
            {**drawn, "drawn_at": now.isoformat()},
        ).fetchone()
        db.conn.executemany(
            "INSERT INTO drawn (draw, agency, question) VALUES (?, ?, ?)",
            [(number, agency, drawn["indicator"]) for agency in agencies],
        )
    return int(number)
