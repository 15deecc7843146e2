"""Make the patterns that meet text of strangers: each takes time in proportion to the text, whatever the text is.

A pattern that takes the square of it lets one page of 48 kB stop a whole crawl. The test of this module pumps long
strings against every pattern made here.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import AnyStr, Generic

made: "list[re.Pattern[str] | re.Pattern[bytes] | ShortPattern[str] | ShortPattern[bytes]]" = []  # for the test


def linear(source: AnyStr, flags: int | re.RegexFlag = 0) -> re.Pattern[AnyStr]:
    """Return a compiled pattern that must be linear by its own form: no two of its parts may share a run of text."""
    compiled = re.compile(source, flags)
    made.append(compiled)
    return compiled


def short_pattern(source: AnyStr, longest: int, flags: int | re.RegexFlag = 0) -> "ShortPattern[AnyStr]":
    """Return a pattern that sees at most the first `longest` characters of a text, because its form is not linear."""
    compiled = ShortPattern(re.compile(source, flags), longest)
    made.append(compiled)
    return compiled


@dataclass(frozen=True, slots=True)
class ShortPattern(Generic[AnyStr]):
    """A compiled pattern for the beginning of a text, with the methods of re.Pattern that are in use."""

    compiled: re.Pattern[AnyStr]
    longest: int

    def search(self, text: AnyStr) -> re.Match[AnyStr] | None:
        return self.compiled.search(text, 0, self.longest)

    def match(self, text: AnyStr) -> re.Match[AnyStr] | None:
        return self.compiled.match(text, 0, self.longest)

    def finditer(self, text: AnyStr) -> Iterator[re.Match[AnyStr]]:
        return self.compiled.finditer(text, 0, self.longest)
