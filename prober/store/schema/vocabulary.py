"""Derive the closed vocabularies of the tables from the values that define them."""

from prober.domain.correspondence import SendState
from prober.domain.finding import Failure, State
from prober.domain.indicator import Kind
from prober.store.schema.declare import Column

KINDS = tuple(kind.value for kind in Kind)
STATES = tuple(state.value for state in State)
FAILURES = tuple(failure.value for failure in Failure)
SEND_STATES = tuple(state.value for state in SendState)
WORLDS = ("sandbox", "live")
CODING_ROLES = ("first", "second", "final")
DECIDERS = ("rule", "person", "settled")
REVIEW_DECISIONS = ("accepted", "disputed")


def row_number(about: str = "Row number.") -> Column:
    """Return the integer primary key of a table."""
    return Column("id", "INTEGER", about, key=True)
