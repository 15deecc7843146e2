"""Define how services report progress and events while they work."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from prober.domain.reason import Reasons

Show = Callable[[str, int, int | None], None]  # (what is being done, how many are done, of how many: None if unknown)


@dataclass(frozen=True, slots=True)
class PrivateMissing:
    """The private.db of results.db is not there, as `why` says; what is asked for needs none."""

    why: str


@dataclass(frozen=True, slots=True)
class DraftReplaced:
    """The protocol file of a campaign was edited, and became its draft."""

    campaign: str


@dataclass(frozen=True, slots=True)
class LettersLate:
    """The number of letters of a campaign that are late; the mailbox is read to see whether they were sent."""

    campaign: str
    number: int


@dataclass(frozen=True, slots=True)
class NewerFailed:
    """Data newer than the served snapshot failed a check before publication; the file `path` says which."""

    path: Path


@dataclass(frozen=True, slots=True)
class Redrawing:
    """The draw of two arms is repeated `times` times, which takes some seconds."""

    times: int


@dataclass(frozen=True, slots=True)
class Rehearsing:
    """The configuration is that of a rehearsal: test servers only, and everything is written below `folder`."""

    folder: Path


@dataclass(frozen=True, slots=True)
class ResultsLost:
    """There is a study and no results.db, as `why` says; a new one is begun where the command writes to it."""

    why: str


@dataclass(frozen=True, slots=True)
class ScanSuspected:
    """Doubtful results of a scan: the number of doubtful sites, and reasons to doubt the whole scan, or ()."""

    sites: int
    whole: Reasons


Notice = (
    DraftReplaced | LettersLate | NewerFailed | PrivateMissing | Redrawing | Rehearsing | ResultsLost | ScanSuspected
)  # fmt: skip


def silent(_what: str, _done: int, _total: int | None) -> None:
    """Show nothing."""


class Observer:
    """Receive progress and notices. This class ignores them; the command line draws bars and prints lines."""

    def task(self, _title: str) -> AbstractContextManager[Show]:
        """Return a context that gives the work called `_title` a function to show its progress."""
        return nullcontext(silent)

    def notice(self, _notice: Notice) -> None:
        """Receive an event that happened during the work."""
