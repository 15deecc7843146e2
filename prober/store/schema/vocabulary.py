"""Derive the closed vocabularies of the tables from the values that define them."""

from prober.domain.correspondence import Proof, SendState
from prober.domain.finding import Failure, State
from prober.domain.question_history import QuestionState
from prober.domain.world import World
from prober.store.schema.declare import Column

STATES = tuple(state.value for state in State)
FAILURES = tuple(failure.value for failure in Failure)
QUESTION_STATES = tuple(state.value for state in QuestionState)
SEND_STATES = tuple(state.value for state in SendState)
WORLDS = tuple(world.value for world in World)
PROOFS = ("", *(proof.value for proof in Proof))
SIGNATURES = ("", "pass", "fail", "temperror", "none")  # results of DKIM; "" where nobody has looked
CODING_ROLES = ("first", "second", "final")
READING = ("", "before", "drawn", "rest")
STEP_STATES = ("running", "done", "failures", "skipped", "late", "stopped", "killed")
DECIDERS = ("rule", "person", "settled")
ANSWERS = ("present", "absent", "cannot_tell")  # of a person about a site
DECISION_ROLES = ("first", "second", "settled")
DRAWN_STATES = (State.FOUND.value, State.NOT_FOUND.value)


def world() -> Column:
    """Return the column that says in which world a row was made."""
    about = "sandbox: simulated, rehearsal: on test servers, live: real."
    return Column("world", "TEXT", about, one_of=WORLDS)


def row_number(about: str = "Row number.") -> Column:
    """Return the integer primary key of a table."""
    return Column("id", "INTEGER", about, key=True)
