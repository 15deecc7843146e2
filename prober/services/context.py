"""What a command works with: configuration, clock, databases, mail accounts; opened when first asked for."""

import dataclasses
import functools
import io
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from mailroom.imap.accounts import Account, accounts_of
from prober import __version__
from prober.clock import Clock, SystemClock
from prober.config.load import Config, Dkim, Imap, Sender, Smtp, load, secret
from prober.errors import ConfigError, UsageError
from prober.reporting.publish import csv_files
from prober.sandbox import client
from prober.store import Database, open_private, open_results

WHOLE = frozenset({"agency", "slug", "frame", "kind", "status", "level", "state", "campaign", "field"})

PIPED_WIDTH = 140
_FORM = f"{__name__}.form"  # place in a click context of what a listing prints: None, "json" or "csv"
messages = Console(stderr=True, highlight=False)

SIMULATED_SENDER = Sender(
    name="Nhóm khảo sát công khai ngân sách (mô phỏng)",
    address="",
    organisation="Nhóm khảo sát công khai ngân sách (mô phỏng)",
    postal_address="Số 1, phố Thử Nghiệm, Hà Nội (địa chỉ mô phỏng)",
    phone="024 0000 0000",
)


class Session(AbstractContextManager["Session"]):
    """Everything a command needs, opened on first use and closed at the end, the embedded world included."""

    def __init__(self, config_path: Path | None = None, config: Config | None = None) -> None:
        self._path = config_path
        self._given = config
        self._stack = ExitStack()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    @cached_property
    def config(self) -> Config:
        return self._given or load(self._path)

    @cached_property
    def endpoint(self) -> client.Endpoint:
        """The embedded world, started if it does not run. Raises UsageError in live mode."""
        if not self.config.simulated:
            raise UsageError("this configuration is live; there is no embedded world in it")
        sandbox = self.config.sandbox
        manager = client.running(self.config.paths.world.absolute(), sandbox.seed, sandbox.small)
        return self._stack.enter_context(manager)

    @cached_property
    def clock(self) -> Clock:
        return client.WorldClock(self.endpoint) if self.config.simulated else SystemClock()

    @cached_property
    def results(self) -> Database:
        """results.db. Raises UsageError if it holds data of the other world: they are never mixed."""
        db = self._opened(open_results(self.config.paths.results))
        other = db.execute("SELECT world FROM run WHERE world != ? LIMIT 1", [self.config.world]).fetchone()
        if other:
            raise UsageError(
                f"{self.config.paths.results} holds {other[0]} data and this configuration is {self.config.world}; "
                "name another file under [paths] results. Nothing was changed."
            )
        return db

    @cached_property
    def private(self) -> Database:
        return self._opened(open_private(self.config.paths.private))

    @cached_property
    def sender(self) -> Sender:
        if self.config.simulated:
            return dataclasses.replace(SIMULATED_SENDER, address=f"khao-sat@{self.endpoint.mail_domain}")
        return _needed(self.config.sender, "sender", "who asks")

    @cached_property
    def smtp(self) -> Smtp:
        if self.config.simulated:
            at = self.endpoint
            return Smtp(
                host=at.smtp_host,
                port=at.smtp_port,
                tls="none",
                per_day=25,
                seconds_between=60,
                outgoing_ip=at.smtp_host,
            )
        return _needed(self.config.smtp, "smtp", "the server that takes letters")

    @cached_property
    def smtp_password(self) -> str:
        return "" if self.config.simulated else secret(self.smtp)

    @cached_property
    def dkim(self) -> Dkim | None:
        """How letters are signed; None where the mail server signs, or nobody."""
        if self.config.simulated:
            at = self.endpoint
            return Dkim(domain=at.mail_domain, selector=at.dkim_selector, key_file=at.dkim_key_file)
        return self.config.dkim

    @cached_property
    def name_server(self) -> tuple[str, int] | None:
        """The embedded world's DNS server; None for the system's own. The world's names never reach a real one."""
        return ("127.0.0.1", self.endpoint.dns_port) if self.config.simulated else None

    @cached_property
    def imap(self) -> tuple[Imap, ...]:
        """The mailboxes that are read; the first is the one to which the sender's address leads. Empty: none is."""
        if self.config.simulated:
            at = self.endpoint
            return (Imap(host=at.imap_host, port=at.imap_port, user=at.imap_user, tls="none"),)
        return self.config.imap

    @cached_property
    def mailboxes(self) -> tuple[Account, ...]:
        """The same with what opens them. Raises ConfigError if there is none, or nothing opens one."""
        if self.config.simulated:
            return (Account(self.imap[0], self.endpoint.imap_password),)
        return accounts_of(_needed(self.imap or None, "imap", "the mailbox that receives answers"))

    @contextmanager
    def run(self, command: str) -> Iterator[dict[str, Any]]:
        """One row in `run`. The yielded map becomes its summary; put "failures" in it for exit code 1."""
        summary: dict[str, Any] = {}
        row = {
            "command": command, "world": self.config.world, "version": __version__, "status": "running",
            "started_at": self.clock.now().isoformat(), "summary": "{}",
        }  # fmt: skip
        run_id = self.results.table("run").insert(row).last_pk
        assert run_id is not None
        status = "stopped"
        try:
            yield summary
            status = "failures" if summary.get("failures") else "done"
        finally:
            end = {
                "status": status,
                "finished_at": self.clock.now().isoformat(),
                "summary": json.dumps(summary, ensure_ascii=False),
            }
            self.results.table("run").update(run_id, end)

    def unaccounted(self) -> list[str]:
        """Campaigns whose letters do not add up, if private.db was used at all; one line each (sending.accounting)."""
        if "private" not in self.__dict__:
            return []
        from mailroom.sending.accounting import unaccounted

        return unaccounted(self.private)

    def suspected(self) -> list[Path]:
        """The databases in use, or those of them that cannot be written: SQLite does not say which one failed."""
        paths = {"results": self.config.paths.results, "private": self.config.paths.private}
        used = [path for name, path in paths.items() if name in self.__dict__]
        return [path for path in used if not os.access(path, os.W_OK)] or used

    def _opened(self, db: Database) -> Database:
        self._stack.callback(db.close)
        return db


def _needed(section: Any, name: str, about: str) -> Any:
    if section is None:
        raise ConfigError(f"prober.toml has no [{name}] section ({about}); see docs/configuration.md")
    return section


def progress() -> Progress:
    """The one look of every progress bar; drawn on standard error, so that standard output stays data."""
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        TextColumn("[dim]{task.fields[now]}"), console=messages,
    )  # fmt: skip


@contextmanager
def steps(title: str) -> Iterator[Callable[[str, int, int], None]]:
    """The progress bar of work that says what is being done, how many are done, and of how many."""
    with progress() as bar:
        task = bar.add_task(title, total=None, now="")
        yield lambda what, done, total: bar.update(task, completed=done, total=total, now=what)


def output() -> Console:
    """Standard output for tables: as wide as the terminal; wide enough for whole rows where it is a file or a pipe."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = PIPED_WIDTH
    return console


def listing(function: Callable[..., Any]) -> Callable[..., Any]:
    """Decorator of a listing command: adds --json and --csv. `as_json` is True for both; `emit` knows which it was."""

    @click.option("--csv", "form", flag_value="csv", help="Print CSV.")
    @click.option("--json", "form", flag_value="json", help="Print JSON.")
    @functools.wraps(function)
    def command(*arguments: Any, form: str | None, **options: Any) -> Any:
        click.get_current_context().meta[_FORM] = form
        return function(*arguments, as_json=form is not None, **options)

    return command


def emit(rows: Iterable[Mapping[str, Any]], as_json: bool, columns: Sequence[str] = (), title: str = "") -> None:
    """Print rows as data or as a table. `columns` chooses and orders those of the table; data have them all."""
    rows = list(rows)
    if as_json and _wants_csv():
        _print_csv(rows)
        return
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2, default=str))
        return
    table = Table(title=Text(title) if title else None, title_justify="left", header_style="bold", box=None)
    shown = columns or (list(rows[0]) if rows else [])
    for column in shown:
        # A slug that is cut short or broken over two lines cannot be copied.
        table.add_column(column.replace("_", " "), overflow="fold", no_wrap=column in WHOLE)
    for row in rows:
        # Text, not str: Rich would take "[YC-…]" or "[smtp]" for markup and drop it.
        table.add_row(*(Text("" if row.get(column) is None else str(row[column])) for column in shown))
    if rows:
        output().print(table)
    else:
        click.echo("(none)")


def emit_parts(parts: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    """Print several lists as data: one JSON object, or one CSV table whose first column names the list."""
    if _wants_csv():
        _print_csv([{"part": name, **row} for name, rows in parts.items() for row in rows])
    else:
        click.echo(json.dumps(parts, ensure_ascii=False, indent=2, default=str))


def _wants_csv() -> bool:
    return click.get_current_context().meta.get(_FORM) == "csv"


def _print_csv(rows: Sequence[Mapping[str, Any]]) -> None:
    """Without the byte order mark that files for Excel get: this goes into pipes."""
    text = io.StringIO(newline="")
    csv_files.write_maps(text, rows)
    click.echo(text.getvalue(), nl=False)
