"""Write our own notes in place of a text that could not be read: a code with its parameters.

A note is a line like `[prober: needs_program: Word before 97 | LibreOffice]`. It stands in `message_part.text`, where
rules look for its code; prober.reporting.words.reasons has the words for people.
"""

from collections.abc import Callable

from prober.domain.reason import Reason
from prober.text.patterns import linear

MAX_NAME = 300  # characters
MARK = "[prober: "  # begins every note
# Code → the names of its parameters.
CODES: dict[str, tuple[str, ...]] = {
    "archive_too_deep": (), "broken": ("error",), "broke_reader": (), "encrypted": (), "enough": (),
    "expands_too_far": (), "needs_program": ("kind", "program"), "no_reader": ("kind",), "not_recognised": ("fault",),
    "program": (), "scanned": (), "signed": ("by",), "table": ("rows", "columns"), "took_too_long": (), "too_large": (),
    "unknown_packing": (),
}  # fmt: skip
# What is no fault of the file: another program, more time or a person would read it, or it was read.
_NO_FAULT = frozenset(
    (
        "enough",
        "needs_program",
        "no_reader",
        "archive_too_deep",
        "not_recognised",
        "scanned",
        "signed",
        "table",
        "unknown_packing",
    )
)
_NOTE = linear(r"\[prober: ([a-z_]{3,30})(?:: ([^\]\n]{0,200}))?\]")
_BETWEEN = " | "
_FORBIDDEN = str.maketrans({"]": ")", "[": "(", "\n": " ", "|": "/"})


def note(code: str, *values: str) -> str:
    """Return the note of `code`, with the values of its parameters in their order.

    >>> note("needs_program", "Word before 97", "LibreOffice")
    '[prober: needs_program: Word before 97 | LibreOffice]'
    """
    detail = _BETWEEN.join(value.translate(_FORBIDDEN)[: 190 // len(values)] for value in values)
    return f"{MARK}{code}: {detail}]" if detail else f"{MARK}{code}]"


def reasons(text: str) -> tuple[Reason, ...]:
    """Return what the notes in `text` say, in their order.

    >>> reasons("a.doc\\n[prober: encrypted]\\nb.xls\\n[prober: no_reader: gzip]")
    (Reason('file_encrypted'), Reason('file_no_reader', kind='gzip'))
    """
    return tuple(reason for found in _NOTE.finditer(text) if (reason := _reason(found[1], found[2])))


def rewritten(text: str, words: Callable[[Reason], str]) -> str:
    """Return `text` with every note in words."""
    return _NOTE.sub(lambda found: f"[{words(reason)}]" if (reason := _reason(found[1], found[2])) else found[0], text)


def in_one_line(name: str) -> str:
    """Return the name of a file as one line: a line break in it could pass for the text of the file, or for a note.

    >>> in_one_line("a\\n[prober: encrypted].doc")
    'a (prober: encrypted].doc'
    """
    return "".join(char if char.isprintable() else " " for char in name[:MAX_NAME]).replace("[prober:", "(prober:")


def _reason(code: str, detail: str | None) -> Reason | None:
    if code not in CODES:
        return None
    names = CODES[code]
    values = (detail or "").split(_BETWEEN)
    return Reason(f"file_{code}", **dict(zip(names, [*values, *names][: len(names)], strict=True)))


def faulty(text: str) -> bool:
    """Return True if a note in `text` says that a file is at fault: encrypted, a bomb, broken.

    >>> faulty(note("encrypted")), faulty(note("scanned")), faulty(note("no_reader", "RAR")), faulty("Sở Tài chính")
    (True, False, False, False)
    """
    return any(found[1] in CODES and found[1] not in _NO_FAULT for found in _NOTE.finditer(text))
