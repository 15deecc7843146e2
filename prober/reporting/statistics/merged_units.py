"""Convert results of the units of an earlier frame to those of a later one, by one rule for each column.

A merged unit counts once, however many of its predecessors had a thing. Whether it has what one of them had can be read
in two ways: `any` (one predecessor is enough; the successor took over what there was) and `all` (every one of them had
it; what a citizen of any part of the unit could rely on). The true value in a comparison with a later wave lies between
the two, and where both agree it does not depend on the rule.
"""

from collections.abc import Iterable, Mapping, Sequence

RULES = ("any", "all")


def merged(states: Mapping[str, str], successors: Mapping[str, str], rule: str) -> dict[str, str]:
    """Return successor → present, absent or unknown, from predecessor → state. `successors`: predecessor → successor.

    Under `any` one present is enough, and absent needs all of them absent; under `all` the other way round. What the
    rest cannot decide is unknown. Raises ValueError for a predecessor without a successor or state, and for an unknown
    rule or state.

    >>> merged({"a": "found", "b": "not_seen", "c": "not_found"}, {"a": "x", "b": "x", "c": "y"}, "any")
    {'x': 'found', 'y': 'not_found'}
    >>> merged({"a": "found", "b": "not_seen", "c": "not_found"}, {"a": "x", "b": "x", "c": "y"}, "all")
    {'x': 'not_seen', 'y': 'not_found'}
    """
    if rule not in RULES:
        raise ValueError(f"a rule is one of {', '.join(RULES)}, not {rule!r}")
    if missing := sorted(set(states) ^ set(successors)):
        raise ValueError(f"predecessors without a successor or without a state: {', '.join(missing)}")
    parts: dict[str, list[str]] = {}
    for unit in sorted(states):
        parts.setdefault(successors[unit], []).append(states[unit])
    enough, other = ("found", "not_found") if rule == "any" else ("not_found", "found")
    return {unit: _joined(parts[unit], enough, other) for unit in sorted(parts)}


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


def _joined(states: Sequence[str], enough: str, other: str) -> str:
    if strange := sorted(set(states) - {"found", "not_found", "not_seen"}):
        raise ValueError(f"a state is present, absent or unknown, not {', '.join(strange)}")
    if enough in states:
        return enough
    return other if set(states) == {other} else "not_seen"
