"""Is every letter that was approved accounted for? Asked at the end of every command that had private.db at hand."""

from collections.abc import Mapping

from mailroom.sending.approval import sole_sender
from mailroom.sending.summary import imbalance
from prober.domain.correspondence import SendState
from prober.errors import ProberError
from prober.store import Database
from prober.store.private import outbox


def unaccounted(private: Database) -> list[str]:
    """One line per campaign whose letters do not add up: its name, the numbers, and what to do.

    What another process is sending at this moment counts as waiting. A campaign that was approved before its letters
    were counted is held against the letters that it has.
    """
    found = outbox.totals(private)
    at_work = False
    if any(states.get(SendState.SENDING) for _, states in found.values()):
        try:
            with sole_sender(private):
                found = outbox.totals(private)  # once more: who was sending may have ended in between
        except ProberError:
            at_work = True
    lines = (_line(name, approved, states, at_work) for name, (approved, states) in found.items())
    return [line for line in lines if line]


def _line(name: str, approved: int | None, states: Mapping[str, int], at_work: bool) -> str:
    """What is wrong with one campaign and the remedy, or "". `at_work`: what is being sent is in good hands."""
    there = sum(states.values())
    planned = there if approved is None else approved
    if at_work:
        states = {SendState.PLANNED: there}
    why = imbalance(planned, states)
    if not why:
        return ""
    remedies = []
    if states.get(SendState.SENDING):
        remedies.append(f"run `prober campaign settle {name}`, which looks for evidence of what a crash left")
    if there != planned:
        remedies.append("private.db was changed from outside: send nothing, and restore a copy of it")
    return f"campaign {name}: {why}; {'; '.join(remedies)}"
