"""Describe the public body of a page, so that a detector can tell its own channels from those of others."""

from dataclasses import dataclass, field, fields
from functools import cached_property, lru_cache
from typing import Any

from prober.domain.indicator import INDICATORS, Indicator
from prober.studies.packs import words
from prober.text.vietnamese import fold
from prober.text.words import Department, Vocabulary, Words

_JOINED = str.maketrans("", "", " -–")  # "Bà Rịa - Vũng Tàu" is "bariavungtau" or "baria-vungtau" in a domain


@lru_cache(maxsize=8)
def _words(vocabulary: Vocabulary, sought: tuple[Indicator, ...]) -> Words:
    """Return the words of a vocabulary, with those of the study's own indicators."""
    known = words(vocabulary)
    own = {one.kind: one.links for one in sought if one.links}
    return Words(known.languages, {**known.links, **own}, known.tables) if own else known


@dataclass(frozen=True)
class Body:
    """Describe a public body. `own_domains` are registrable domains, such as ("camau.gov.vn",); () if none is known."""

    name_vi: str
    province_vi: str = ""
    province_en: str = ""
    kind: str = "portal"  # as the study names it
    own_domains: tuple[str, ...] = ()
    vocabulary: Vocabulary = field(kw_only=True)  # of the study that asks
    sought: tuple[Indicator, ...] = INDICATORS  # what that study looks for

    def __hash__(self) -> int:
        """Return a hash of what distinguishes the bodies of a study; caches ask for it many times a page."""
        return hash((self.name_vi, self.kind, self.own_domains))

    def __getstate__(self) -> dict[str, Any]:
        """Return what is handed to the process that reads a page: nothing that it knows, or that follows from it."""
        state = {known.name: getattr(self, known.name) for known in fields(self)}
        if self.sought == INDICATORS:
            del state["sought"]  # the default
        return state

    @property
    def words(self) -> Words:
        """Return the words by which its pages are read."""
        return _words(self.vocabulary, self.sought)

    @cached_property
    def department(self) -> Department | None:
        """Return what it is called as a department of another body; None for any other body."""
        return next((one for one in self.vocabulary.departments if one.kind == self.kind), None)

    @cached_property
    def departments(self) -> tuple[Department, ...]:
        """Return the kinds of agency that are departments of this body."""
        return tuple(one for one in self.vocabulary.departments if one.part_of == self.kind)

    def owns(self, host: str) -> bool:
        """Return True if `host`, or the domain of an address, is within one of the body's own domains."""
        host = host.lower().rstrip(".")
        return any(host == domain or host.endswith(f".{domain}") for domain in self.own_domains)

    @cached_property
    def marks(self) -> tuple[str, ...]:
        """Return the folded names without blanks that identify a channel of this body, longest first."""
        names = {fold(name) for name in (self.province_vi, self.province_en, self.name_vi)}
        names |= {domain.split(".")[0] for domain in self.own_domains}
        names = {name.translate(_JOINED) for name in names}
        return tuple(sorted((name for name in names if len(name) > 2), key=len, reverse=True))
