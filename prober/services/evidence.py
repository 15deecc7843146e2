"""Open the archived pages of a study for readers: where they are, who may see them, what was taken down."""

from pathlib import Path

from prober.domain.archive.takedown import Takedown, Takedowns, read_list
from prober.errors import ConfigError
from prober.reporting.archive.archived_page import Archive
from prober.services.context import Context

TAKEDOWNS = "takedowns.txt"  # in the folder of a study


def archive(context: Context) -> Archive:
    """Return the archived pages of the configured study.

    Raises ConfigError where the takedown list is missing or has an entry that cannot be read.
    """
    config = context.config
    files = [context.study.folder / TAKEDOWNS]
    if config.publish.takedowns:
        files.insert(0, config.root / config.publish.takedowns)
        if not files[0].is_file():
            raise ConfigError(f"[publish] takedowns: {files[0]} is no file; nothing is shown before it is there")
    listed = ListFiles(files)
    listed()
    return Archive(
        context.study.vocabulary, config.paths.evidence.absolute(), config.publish.archives or config.simulated, listed
    )


class ListFiles:
    """The takedown list in its files, read again when one of them has changed: a server need not be restarted."""

    def __init__(self, files: list[Path]) -> None:
        self._files = files
        self._state: list[tuple[int, int] | None] = []
        self._listed = Takedowns()

    def __call__(self) -> Takedowns:
        """Return the list as it is now. Raises ConfigError for an entry that cannot be read."""
        state = [_state(file) for file in self._files]
        if state != self._state:
            entries: list[Takedown] = []
            for file, is_there in zip(self._files, state, strict=True):
                if is_there:
                    entries += read_list(_lines(file), str(file)).entries
            self._listed, self._state = Takedowns(tuple(entries)), state
        return self._listed


def _state(file: Path) -> tuple[int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file}: the takedown list cannot be read: {error}") from error
