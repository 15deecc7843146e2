"""What is heard of work while it goes on: how far it is, and what is worth knowing before it ends."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from prober.domain.reason import Reasons

Show = Callable[[str, int, int | None], None]  # (what is being done, how many are done, of how many: None if unknown)


@dataclass(frozen=True, slots=True)
class DraftReplaced:
    """The protocol file of a campaign was edited, and is the draft from now on."""

    campaign: str


@dataclass(frozen=True, slots=True)
class LettersLate:
    """So many letters of a campaign should have left by now; the mailbox is asked whether they have."""

    campaign: str
    number: int


@dataclass(frozen=True, slots=True)
class NewerFailed:
    """Newer data than the snapshot that is served failed a gate; `path` says which."""

    path: Path


@dataclass(frozen=True, slots=True)
class Redrawing:
    """The draw of two arms is done again so many times, which takes some seconds."""

    times: int


@dataclass(frozen=True, slots=True)
class ScanSuspected:
    """What of a scan is not believed: so many sites, and why the whole of it, or ()."""

    sites: int
    whole: Reasons


Notice = DraftReplaced | LettersLate | NewerFailed | Redrawing | ScanSuspected


def silent(_what: str, _done: int, _total: int | None) -> None:
    """Show nothing."""


class Observer:
    """Hear how work goes. This one ignores it; the command line draws bars and prints lines."""

    def task(self, _title: str) -> AbstractContextManager[Show]:
        """Return a context in which a piece of work called `_title` shows how far it is."""
        return nullcontext(silent)

    def notice(self, _notice: Notice) -> None:
        """Hear what happened in the middle of the work."""
