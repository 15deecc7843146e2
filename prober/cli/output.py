"""Print the output of commands: tables, data as JSON or CSV, progress bars and notices."""

import functools
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import click
from rich.cells import cell_len
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from prober import logs
from prober.domain.reason import Reasons
from prober.services.context import Context
from prober.services.progress import (
    DraftReplaced,
    LettersLate,
    NewerFailed,
    Notice,
    Observer,
    PrivateMissing,
    Redrawing,
    Rehearsing,
    ResultsLost,
    ScanSuspected,
    Show,
    silent,
)
from prober.text.patterns import without_controls

WHOLE = frozenset({"agency", "slug", "frame", "kind", "status", "level", "state", "campaign", "field"})

PIPED_WIDTH = 160
_LONG_WORD = 40  # characters; a longer word, such as a link, may be broken
_GAP = 2  # blanks beside a column
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d")
_FIGURE = re.compile(r"-?[\d,.]*%?")
_FORM = f"{__name__}.form"  # key in a click context for the format of a listing: None, "json" or "csv"
messages = Console(stderr=True, highlight=False)


class CommandGroup(click.Group):
    """A group whose help has the whole first sentence of each command, where click cuts it to one line."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        found = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl([(name, command.get_short_help_str(1_000)) for name, command in found if command])


class Terminal(Observer):
    """Show progress as bars and notices as lines, on standard error, so that standard output stays data."""

    def __init__(self) -> None:
        self._drawing = False

    @contextmanager
    def task(self, title: str) -> Iterator[Show]:
        """Draw a bar for a piece of work; a part of it draws none, because the bar of the whole stays."""
        if self._drawing:
            yield silent
            return
        self._drawing = True
        try:
            with _bar() as bar:
                task = bar.add_task(title, total=None, now="")
                yield lambda what, done, total: bar.update(task, completed=done, total=total, now=what)
        finally:
            self._drawing = False

    def notice(self, notice: Notice) -> None:
        """Print an event in one line."""
        match notice:
            case PrivateMissing(why):
                click.echo(f"Commands about mail are refused: {why}", err=True)
            case DraftReplaced(campaign):
                messages.print(f"{campaign}: the edited protocol is the draft now")
            case NewerFailed(path):
                click.echo(f"newer data failed a gate, see {path}; this is the last good", err=True)
            case Redrawing(times):
                messages.print(f"Comparing two arms by {times:,} other draws, which takes some seconds")
            case ResultsLost(why):
                click.echo(f"prober: {why}", err=True)
            case Rehearsing(folder):
                messages.print(f"Rehearsal: test servers only; everything is written to {folder}", markup=False)
            case ScanSuspected(sites, whole):
                _tell_suspicion(sites, whole)
            case LettersLate(campaign, number):
                messages.print(
                    f"{campaign}: {number} letters should have left by now; the mailbox is asked whether they have"
                )


def _tell_suspicion(sites: int, whole: Reasons) -> None:
    """Print which results of a scan are in doubt, and what is shown instead."""
    if sites:
        messages.print(f"{sites} sites stayed below what the registry expects of them: shown, not counted.")
    if whole:
        from prober.reporting.words import reasons  # loads the modules that write letters; the help does not need them

        messages.print(
            f"We suspect ourselves: {reasons.said(whole).en}. What was known before stays in use, and nothing is "
            "published, until a second scan sees the same.",
            markup=False,
        )


def _bar() -> Progress:
    """Return a progress bar, the same for every command."""
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        TextColumn("[dim]{task.fields[now]}"), console=messages,
    )  # fmt: skip


def write_log(context: Context) -> None:
    """Let the command at work write its log to standard error until it ends."""
    click.get_current_context().with_resource(logs.written(context.config.logs.format))


def output() -> Console:
    """Return standard output for tables: as wide as the terminal; in a file or pipe wide enough for whole rows."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = PIPED_WIDTH
    return console


def listing(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add --json and --csv to a listing command. `as_json` is True for both; `emit` knows which it was."""

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
    if not rows:
        click.echo(f"{title}: (none)" if title else "(none)")
        return
    shown = columns or list(rows[0])
    cells = [[as_text(row.get(column)) for column in shown] for row in rows]
    _draw([column.replace("_", " ") for column in shown], cells, title, whole=[column in WHOLE for column in shown])


def as_text(value: Any) -> str:
    """Return a value as a table shows it: a time to the minute, a figure to three decimals, or one from 10 on.

    Data (--json, --csv) have every digit.

    >>> as_text("2020-04-13T08:00:00+07:00"), as_text(0.968254), as_text(391.2219), as_text(20.0), as_text(None)
    ('2020-04-13 08:00', '0.968', '391.2', '20', '')
    """
    if isinstance(value, float):
        return f"{value:.{1 if abs(value) >= 10 else 3}f}".rstrip("0").rstrip(".")
    if isinstance(value, str) and _TIME.fullmatch(value):
        return value[:16].replace("T", " ")
    return "" if value is None else without_controls(str(value))


def _draw(names: Sequence[str], cells: Sequence[Sequence[str]], title: str, whole: Sequence[bool]) -> None:
    """Print a table; where its columns do not fit side by side, each row as a list of names and values."""
    console = output()
    columns = [(name, *column) for name, column in zip(names, zip(*cells, strict=True), strict=True)]
    widths = _widths(columns, whole, console.width - _GAP * len(names))
    if title:
        console.print(Text(title))
    if widths:
        table = Table(header_style="bold", box=None)
        for (name, *column), width in zip(columns, widths, strict=True):
            figures = all(map(_FIGURE.fullmatch, column))
            table.add_column(name, overflow="fold", width=width, justify="right" if figures else "left")
        for row in cells:
            # Text, not str: Rich would treat "[YC-…]" or "[smtp]" as markup and drop it.
            table.add_row(*map(Text, row))
        console.print(table)
    for row in () if widths else cells:
        block = Table(box=None, show_header=False)
        block.add_column(no_wrap=True, style="bold")
        block.add_column(overflow="fold")
        for name, cell in zip(names, row, strict=True):
            if cell:
                block.add_row(name, Text(cell))
        console.print(block)
        console.print()


def _widths(columns: Sequence[Sequence[str]], whole: Sequence[bool], room: int) -> list[int]:
    """Return the width of each column, so that no word is broken and no `whole` cell is; [] where `room` is too small.

    What is left goes to the columns that lack most. A word longer than _LONG_WORD may be broken.
    """
    wanted = [max(map(cell_len, column)) for column in columns]
    widths = [
        most if entire else max(min(cell_len(word), _LONG_WORD) for cell in column for word in cell.split() or [""])
        for most, column, entire in zip(wanted, columns, whole, strict=True)
    ]
    if sum(widths) > room:
        return []
    for _ in range(min(room, sum(wanted)) - sum(widths)):
        poorest = max(range(len(widths)), key=lambda n: wanted[n] - widths[n])
        widths[poorest] += 1
    return widths


def emit_parts(parts: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    """Print several lists as data: one JSON object, or one CSV table whose first column names the list."""
    if _wants_csv():
        _print_csv([{"part": name, **row} for name, rows in parts.items() for row in rows])
    else:
        click.echo(json.dumps(parts, ensure_ascii=False, indent=2, default=str))


def _wants_csv() -> bool:
    return click.get_current_context().meta.get(_FORM) == "csv"


def _print_csv(rows: Sequence[Mapping[str, Any]]) -> None:
    """Print rows as CSV, without the byte order mark that files for Excel have: the output goes into pipes."""
    from prober.reporting.publish import table_files  # half a second to load, needed for CSV only

    text = io.StringIO(newline="")
    table_files.write_maps(text, rows)
    click.echo(text.getvalue(), nl=False)


def warn_beyond_web(urls: Iterable[str]) -> None:
    """Say of each site of a list that no live crawl fetches it."""
    for url in urls:
        click.echo(
            f"{url}: no address on the public web, so no live crawl fetches it; servers of your own belong into a "
            "rehearsal (docs/rehearsal.md)",
            err=True,
        )
