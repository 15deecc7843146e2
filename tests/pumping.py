"""Make strings that keep a pattern busy if its form allows it: its pieces, repeated, with an end that does not fit.

Time can grow faster than a text only where a repetition without a limit runs over the text: a repeated piece with a
letter that no such repetition of the pattern may read ends each run after one piece. `endless` leaves those out, and
a pattern without such a repetition altogether, by a count of letters and not by a clock.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, partial
from re import _constants as kind  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

# What pages and mails are made of, repeated: a pattern may begin again at each and run on to the end.
GENERIC = (
    "a", "a-", "a.", "a ", "x-y.", "1", "1/", "A", " ", "\n", "\t\n", "-", "<a ", '="', "(", "a@", "a@b.", "%40", "a+",
    "/", "?", ": ", "_a", "\n> ", "\r\n",
)  # fmt: skip
LETTERS = "a0 -._,/@\n\tAx;"  # what a repeated set of letters may share with the part behind it
END = "\0!"  # what no pattern wants behind a repeated piece
REPEATS = (kind.MAX_REPEAT, kind.MIN_REPEAT, kind.POSSESSIVE_REPEAT)


@dataclass(frozen=True, order=True, slots=True)
class Pump:
    """A text to repeat, and what stands before it once."""

    piece: str
    before: str = ""

    def text(self, length: int, source: str | bytes) -> str | bytes:
        """Return the piece repeated to `length` characters, with an end that does not fit, as `source` is."""
        text = self.before + self.piece * (length // len(self.piece)) + END
        return text.encode("latin-1", "replace") if isinstance(source, bytes) else text


def pumps(source: str | bytes, flags: int) -> list[Pump]:
    """Return what to repeat: what the pattern is made of, the shortest first, and what texts are made of."""
    text = source.decode("latin-1") if isinstance(source, bytes) else source
    items = list(parser.parse(text, flags & ~re.UNICODE))
    own = sorted({piece for piece in _pieces(items) if piece}, key=lambda piece: (len(piece), piece))
    pieces = dict.fromkeys((*own, *GENERIC))
    return [*map(Pump, pieces), *sorted(set(_runs(items, "", flags)))]


def endless(source: str | bytes, flags: int) -> list[Pump]:
    """Return what can take the square of a text: pumps over which a repetition without a limit runs, again and again.

    Each is what leads to the repetition, or what all texts are made of.
    """
    text = source.decode("latin-1") if isinstance(source, bytes) else source
    found: dict[Pump, None] = {}
    for loop, leading in _loops(list(parser.parse(text, flags & ~re.UNICODE)), []):
        may_read = cache(partial(_may_read, [loop], flags))
        own = [piece + more for piece in ("", *_endings(leading)) for more in ("", _sample(loop)) if piece + more]
        before = "".join(map(_sample, leading))
        for pump in (*map(Pump, own), *map(Pump, GENERIC), *(Pump(letter, before) for letter in LETTERS if before)):
            if all(map(may_read, pump.piece)):
                found[pump] = None
    return list(found)


def _loops(items: list[Any], before: list[Any]) -> Iterator[tuple[Any, list[Any]]]:
    """Yield each repetition without a limit, and the items that lead to it."""
    for at, item in enumerate(items):
        leading = before + items[:at]
        if item[0] in REPEATS and item[1][1] is kind.MAXREPEAT:
            yield item, leading
        for nested in _nested(item):
            yield from _loops(list(nested), leading)


def _endings(items: list[Any]) -> Iterator[str]:
    """Yield a text for the last item, for the last two and so on, with each way to begin it."""
    after = ""
    for item in reversed(items):
        yield from (way + after for way in dict.fromkeys(_ways(item)) if way + after)
        after = _sample(item) + after


def _ways(item: Any) -> Iterator[str]:
    """Yield a text for each alternative of the item, or of what is nested in it."""
    name, value = item
    if name is kind.BRANCH:
        for branch in value[1]:
            yield from _each(list(branch))
    elif name is kind.SUBPATTERN:
        yield from _each(list(value[3]))
    else:
        yield _sample(item)


def _each(items: list[Any]) -> Iterator[str]:
    texts = [_sample(item) for item in items]
    yield "".join(texts)
    for at, item in enumerate(items):
        if item[0] in (kind.BRANCH, kind.SUBPATTERN):
            yield from ("".join((*texts[:at], way, *texts[at + 1 :])) for way in _ways(item))


def _may_read(items: list[Any], flags: int, letter: str) -> bool:
    """Return True if any set of letters in the items, or in what is nested in them, has the letter."""
    letters = {letter, letter.lower(), letter.upper()} if flags & re.IGNORECASE else {letter}
    return any(_has(item, each) for item in items for each in letters) or any(
        _may_read(list(nested), flags, letter) for item in items for nested in _nested(item)
    )


def _has(item: Any, letter: str) -> bool:
    name, value = item
    if name is kind.IN:
        return _only([item], letter)
    if name is kind.NOT_LITERAL:
        return bool(value != ord(letter))
    if name is kind.LITERAL:
        return bool(value == ord(letter))
    return name in (kind.ANY, kind.GROUPREF)


def _pieces(items: list[Any]) -> Iterator[str]:
    """Yield a text for each beginning, each end and each item of a sequence, and the same for what is nested in it."""
    texts = [_sample(item) for item in items]
    for first in range(len(items)):
        for last in range(first + 1, min(len(items), first + 12) + 1):
            if first == 0 or last - first <= 3:
                yield "".join(texts[first:last])
    for item in items:
        for nested in _nested(item):
            yield from _pieces(list(nested))


def _runs(items: list[Any], before: str, flags: int) -> Iterator[Pump]:
    """Yield each repetition without a limit with all that leads to it: what is tried from one place only needs that."""
    for item in items:
        name, value = item
        if name in REPEATS and value[1] is kind.MAXREPEAT:
            inner = list(value[2])
            for piece in {_sample(item), *(letter for letter in LETTERS if _only(inner, letter))}:
                if piece and before:
                    yield Pump(piece, before)
        for nested in _nested(item):
            yield from _runs(list(nested), before, flags)
        before += _sample(item)


def _only(items: list[Any], letter: str) -> bool:
    """Return True if the items are one set of letters, and the letter is in it."""
    if len(items) != 1 or items[0][0] is not kind.IN:
        return False
    members = items[0][1]
    return any(_in(member, letter) for member in members) != (members[0][0] is kind.NEGATE)


def _in(member: Any, letter: str) -> bool:
    name, what = member
    if name is kind.CATEGORY:
        return bool(re.match(_CLASSES[what], letter))
    if name is kind.RANGE:
        return bool(what[0] <= ord(letter) <= what[1])
    return bool(name is kind.LITERAL and what == ord(letter))


def _nested(item: Any) -> list[Any]:
    name, value = item
    if name in REPEATS:
        return [value[2]]
    if name is kind.SUBPATTERN:
        return [value[3]]
    if name is kind.BRANCH:
        return list(value[1])
    if name in (kind.ASSERT, kind.ASSERT_NOT):
        return [value[1]]
    return [value] if name is kind.ATOMIC_GROUP else []


def _sample(item: Any) -> str:
    """Return a text that the item matches, as short as one that is not empty can be."""
    name, value = item
    if name is kind.LITERAL:
        return chr(value)
    if name is kind.IN:
        return _member(value)
    if name in REPEATS:
        return "".join(map(_sample, value[2])) * max(1, min(value[0], 50))
    if name is kind.SUBPATTERN:
        return "".join(map(_sample, value[3]))
    if name is kind.BRANCH:
        return "".join(map(_sample, value[1][0]))
    if name is kind.ATOMIC_GROUP:
        return "".join(map(_sample, value))
    return {kind.ANY: "x", kind.NOT_LITERAL: "x" if value != ord("x") else "y"}.get(name, "")


_CLASSES = {
    kind.CATEGORY_DIGIT: r"\d", kind.CATEGORY_NOT_DIGIT: r"\D", kind.CATEGORY_SPACE: r"\s",
    kind.CATEGORY_NOT_SPACE: r"\S", kind.CATEGORY_WORD: r"\w", kind.CATEGORY_NOT_WORD: r"\W",
}  # fmt: skip


def _member(value: list[Any]) -> str:
    """Return a letter of a set."""
    name, what = value[0]
    if name is kind.LITERAL:
        return chr(what)
    return (
        chr(what[0])
        if name is kind.RANGE
        else next(letter for letter in "a0 x-yz.,;/\"'<>=&\t\nA_:()" if _only([(kind.IN, value)], letter))
    )
