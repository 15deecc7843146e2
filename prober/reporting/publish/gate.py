"""The value that a check of a snapshot yields."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Gate:
    """One check and its result; `detail` says what was found, and what is wrong where it failed.

    `compares` marks a check against the last snapshot: a person may say that the difference is right. `pending` marks
    what people have still to do: a snapshot without it is provisional, and may be published where it says so.
    """

    name: str
    passed: bool
    detail: str
    compares: bool = False
    pending: bool = False
