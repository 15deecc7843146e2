"""Open what services need, on first use: configuration, clock, databases, mail accounts.

Every command loads this module, even for its help: modules that load slowly are imported where they are used.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, NoReturn

from mailroom.imap.accounts import Account, accounts_of
from prober import __version__, logs
from prober.clock import Clock
from prober.config.load import Config, Dkim, Imap, Sender, Smtp, load, secret
from prober.config.rehearsal import FOLDER, is_inside
from prober.config.simulated import connected
from prober.domain.agency import Agency
from prober.domain.world import World
from prober.errors import ConfigError, UsageError
from prober.sandbox import client
from prober.services.progress import Observer, PrivateMissing, Rehearsing, ResultsLost
from prober.store import Database, busy, integrity, open_private, open_results
from prober.store.integrity import Unpaired
from prober.store.results import runs
from prober.store.schema.migrations import PRIVATE, RESULTS

__all__ = ["Context", "busy"]

if TYPE_CHECKING:
    from mailroom.sending.preflight.dns import Names
    from prober.domain.working_days import Calendar
    from prober.studies.study import Study


class Context(AbstractContextManager["Context"]):
    """Everything a service needs, opened on first use and closed at the end, the embedded world included."""

    def __init__(
        self, config_path: Path | None = None, config: Config | None = None, observer: Observer | None = None
    ) -> None:
        self._path = config_path
        self._given = config
        self._stack = ExitStack()
        self._registry_is_current = False
        self._running = 0  # nested `run` blocks that are open
        self.run_number = 0  # of the command at work, in the table `run`; 0 before it has a row
        self._is_paired = False
        self.observer = observer or Observer()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    @cached_property
    def config(self) -> Config:
        """The configuration as written. In the simulated set-up it has no servers, and reading it starts none."""
        found = self._given or load(self._path)
        if found.world is World.REHEARSAL:
            self.observer.notice(Rehearsing(found.root / FOLDER))
        return found

    def target(self, path: Path) -> Path:
        """Return `path`, a file or folder to write. Raises UsageError for one outside the folder of a rehearsal."""
        if self.config.world is World.REHEARSAL and not is_inside(path.absolute(), self.config.root):
            raise UsageError(
                f"{path}: a rehearsal writes to {self.config.root / FOLDER} alone, so that nobody takes it for a real "
                "study; nothing was written"
            )
        return path

    @cached_property
    def world(self) -> client.Endpoint | None:
        """The embedded world, started if it does not run; None in live mode."""
        if not self.config.simulated:
            return None
        sandbox = self.config.sandbox
        state, of = self.config.paths.world.absolute(), client.populated_by(self.study)
        manager = client.running(state, sandbox.seed, sandbox.small, validators=True, study=of)
        return self._stack.enter_context(manager)

    @cached_property
    def effective(self) -> Config:
        """The configuration with the servers of the running world; as written in live mode."""
        return connected(self.config, self.world, self.study.languages[0]) if self.world else self.config

    @cached_property
    def clock(self) -> Clock:
        return client.clock_of(self.world, self.study.zone)

    @cached_property
    def study(self) -> "Study":
        """The study that the configuration names. Raises StudyError with every fault of its folder."""
        from prober.studies.folder import named

        return named(self.config.study, self.config.root)

    @property
    def calendar(self) -> "Calendar":
        """The study's calendar of working days and holidays."""
        return self.study.calendar

    @cached_property
    def results(self) -> Database:
        """The database results.db. Raises UsageError if it holds data of another world: they are never mixed.

        Where its private.db is not there, it can be read, and crawled into; a notice says so.
        """
        if not self._is_paired:
            try:
                self.paired()
            except Unpaired as error:
                self.observer.notice(PrivateMissing(str(error)))
        return self._of_this_world(open_results(self.config.paths.results), "results")

    @cached_property
    def private(self) -> Database:
        """The database private.db. Raises UsageError if it holds a campaign of another world, or is not the one that
        results.db names.
        """
        self.paired()
        return self._of_this_world(open_private(self.config.paths.private), "private")

    def paired(self) -> None:
        """Raise Unpaired, changing nothing, if results.db comes from another private.db than the one that is there, and
        SchemaError if one of them is damaged.

        Every service that reads or writes correspondence asks this first.
        """
        if not self._is_paired:
            lost = integrity.look_through(self.config.paths.results, self.config.paths.private)
            self._is_paired = True
            if lost:
                self.observer.notice(ResultsLost(lost))

    def _of_this_world(self, db: Database, name: str) -> Database:
        integrity.need_world(self._opened(db), getattr(self.config.paths, name), name, self.config.world)
        return db

    @property
    def sender(self) -> Sender:
        """The sender of the letters. Raises ConfigError if the configuration has none."""
        return self.effective.sender or _missing("sender", "who asks")

    @property
    def smtp(self) -> Smtp:
        """The server that takes letters. Raises ConfigError if the configuration has none."""
        return self.effective.smtp or _missing("smtp", "the server that takes letters")

    @cached_property
    def smtp_password(self) -> str:
        return secret(self.smtp)

    @property
    def dkim(self) -> Dkim | None:
        """The DKIM signature of our letters; None if the mail server signs, or letters are not signed."""
        return self.effective.dkim

    @property
    def imap(self) -> tuple[Imap, ...]:
        """The mailboxes to read, possibly none; mail to the sender's address arrives in the first."""
        return self.effective.imap

    @cached_property
    def mailboxes(self) -> tuple[Account, ...]:
        """The mailboxes with password or token. Raises ConfigError if there is no mailbox, or one has neither."""
        imap = self.imap or _missing("imap", "the mailbox that receives answers")
        return (Account(imap[0], self.world.imap_password),) if self.world else accounts_of(imap)

    @cached_property
    def names(self) -> "Names":
        """The DNS of this world: the embedded world's server, the system's, or none in a rehearsal."""
        from mailroom.sending.preflight.dns import Names

        if self.config.world is World.REHEARSAL:
            return Names(asks=False)
        return Names(("127.0.0.1", self.world.dns_port) if self.world else None)

    def names_if_any(self) -> "Names | None":
        """Return the DNS of this world; None where the system names no resolver: only the preflight must have one."""
        try:
            return self.names
        except ConfigError:
            return None

    def agencies(self, frame: str | None = None, kind: str | None = None, slugs: Sequence[str] = ()) -> list[Agency]:
        """Return agencies of the registry in force. Raises UsageError for a slug that it does not have."""
        from prober.store.results import registry

        self.sync_registry()
        return registry.stored(self.results, frame, kind, slugs)

    def chosen(self, frame: str | None, kind: str | None = None, slugs: Sequence[str] = ()) -> list[Agency]:
        """Return agencies that a person named. Raises UsageError if there is none of that frame, kind or slug."""
        from prober.store.results import registry

        self.sync_registry()
        registry.require(self.results, frame, kind)
        return registry.stored(self.results, frame, kind, slugs)

    def sync_registry(self) -> None:
        """Update the registry in results.db: from the embedded world, or from the list of the study.

        Done once for each context, because neither changes while a process runs. It writes only differences, never
        changes a request address that a person accepted, and never changes agencies that a user imported.
        """
        from prober.store.results import registry

        if self._registry_is_current:
            return
        given = client.registry_of(self.world, self.config.world, self.study)
        registry.sync(
            self.results, given, self.study.successions, self.config.world, self.study.terms,
            self.study.other_surveys, self.study.references,
        )  # fmt: skip
        registry.look_for_at_first(self.results, self.study.sought)
        self._registry_is_current = True

    def project(self) -> bool:
        """Update the public tables about mail from private.db. Return True if anything changed."""
        from mailroom.outcomes import projection

        self.paired()
        self.sync_registry()
        return projection.project(self.private, self.results, self.study)

    @contextmanager
    def run(
        self, command: str, part: bool = True, project: bool = False, mail: bool = True
    ) -> Iterator[dict[str, Any]]:  # fmt: skip
        """Record one row in the table `run`. The yielded map becomes its summary; "failures" in it give exit code 1.

        A service called by another service has no row of its own, unless `part` is False. With `project` the public
        tables about mail are updated at the end, also after an error. A command without `mail` needs no private.db.
        """
        if mail:
            self.paired()
        summary: dict[str, Any] = {}
        with ExitStack() as ending:
            if not self._running or not part:
                ending.enter_context(self._row(command, summary))
            if project:
                ending.callback(self.project)
            self._running += 1
            try:
                yield summary
            finally:
                self._running -= 1

    @contextmanager
    def _row(self, command: str, summary: dict[str, Any]) -> Iterator[None]:
        """Record the row of one command in `run`; `summary` is read at the end."""
        row = {"command": command, "world": self.config.world, "version": __version__}
        with runs.recorded(self.results, self.config.paths.results, self.clock.now, row, summary) as number:
            outer, self.run_number = self.run_number, self.run_number or number
            try:
                with logs.bound(run=self.run_number):
                    yield
            finally:
                self.run_number = outer

    def needs_results(self) -> None:
        """Raise UsageError if there is no results.db yet; opening it would create it."""
        path = self.config.paths.results
        if lost := integrity.lost(path, self.config.paths.private):
            raise UsageError(lost)
        if not path.exists():
            raise UsageError(f"{path} does not exist: run `prober demo`, or `prober crawl` and a campaign, first")

    def unaccounted(self) -> list[str]:
        """Return one line for each campaign whose letters do not add up; none if private.db was not used."""
        if "private" not in self.__dict__:
            return []
        from prober.store.private.campaigns import unaccounted

        return unaccounted(self.private)

    def damaged(self) -> list[str]:
        """Return one line for each database that is damaged, in any value of it."""
        paths = self.config.paths
        found = (integrity.damaged(paths.results, RESULTS), integrity.damaged(paths.private, PRIVATE))
        return [line for line in found if line]

    def suspected(self) -> list[Path]:
        """Return the databases in use that cannot be written, or all in use: SQLite does not say which one failed."""
        paths = {"results": self.config.paths.results, "private": self.config.paths.private}
        used = [path for name, path in paths.items() if name in self.__dict__]
        return [path for path in used if not os.access(path, os.W_OK)] or used

    def _opened(self, db: Database) -> Database:
        self._stack.callback(db.close)
        return db


def _missing(name: str, about: str) -> NoReturn:
    raise ConfigError(f"prober.toml has no [{name}] section ({about}); see docs/configuration.md")
