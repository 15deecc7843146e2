"""Convert results of the units of an earlier frame to those of a later one.

A merged unit counts once, however many of its parts had a thing, and it has what one of them had: the successor took
over what there was.
"""

from collections.abc import Iterable, Mapping

STATES = ("found", "not_found", "not_seen")


def merged(states: Mapping[str, str], successors: Mapping[str, str]) -> dict[str, str]:
    """Return successor → its state, from predecessor → state. `successors`: predecessor → successor.

    Found where one part has it found, not found where all parts are not found, and else not seen. Raises ValueError for
    a predecessor without a successor or state, and for a state that is none of STATES.

    >>> merged({"a": "found", "b": "not_seen", "c": "not_found"}, {"a": "x", "b": "x", "c": "y"})
    {'x': 'found', 'y': 'not_found'}
    >>> merged({"a": "not_found", "b": "not_seen"}, {"a": "x", "b": "x"})
    {'x': 'not_seen'}
    """
    if missing := sorted(set(states) ^ set(successors)):
        raise ValueError(f"predecessors without a successor or without a state: {', '.join(missing)}")
    if strange := sorted(set(states.values()) - set(STATES)):
        raise ValueError(f"a state is one of {', '.join(STATES)}, not {', '.join(strange)}")
    parts: dict[str, set[str]] = {}
    for unit in sorted(states):
        parts.setdefault(successors[unit], set()).add(states[unit])
    return {
        unit: next(state for state in ("found", "not_seen", "not_found") if state in parts[unit])
        for unit in sorted(parts)
    }


def successor_of(links: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return predecessor → successor from such pairs.

    Raises ValueError for a unit that was divided: no rule here fits it.
    """
    found: dict[str, str] = {}
    for predecessor, successor in sorted(links):
        if found.setdefault(predecessor, successor) != successor:
            raise ValueError(
                f"{predecessor} was divided among {found[predecessor]} and {successor}; what each of them took over "
                "must be decided by a person"
            )
    return found
