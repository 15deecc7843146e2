"""prober mailbox watch: stay connected to every mailbox; under a service manager, say how it goes."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager

import click

from mailroom.intake.sync import SyncSummary
from mailroom.intake.watch_all import watch_all
from prober.cli.output import messages
from prober.cli.supervisor import Supervisor
from prober.config.load import supervisor
from prober.services.context import Context
from prober.store import Database, open_private, open_results


@click.command()
@click.option("--hours", type=float, default=None, help="Stop after so many hours; default: never.")
@click.pass_context
def watch(ctx: click.Context, hours: float | None) -> None:
    """Stay connected and take in every message as it comes (IDLE). Ctrl-C stops at once; nothing is lost.

    Each mailbox is watched by itself. One that is lost is tried again; one that refuses its password is given up, and
    the others go on. Exit code 1 then, and 2 as soon as none is left.
    """
    context: Context = ctx.obj
    context.sync_registry()
    accounts, clock = context.mailboxes, context.clock
    _ = context.private  # the watchers open their own; this one is looked into when the command ends
    manager = Supervisor(supervisor())
    teller = Teller(manager, [account.imap.label for account in accounts])

    @contextmanager
    def databases() -> Iterator[tuple[Database, Database]]:
        """Of the thread that asks: a connection belongs to one."""
        paths = context.config.paths
        with closing(open_private(paths.private)) as private, closing(open_results(paths.results)) as results:
            yield private, results

    with context.run("mailbox watch") as row:
        passes, refused = watch_all(databases, accounts, clock, teller, hours)
        manager.stopping()
        row |= {"passes": passes, "failures": refused}
    ctx.exit(1 if refused else 0)


class Teller:
    """Says on standard error, and to the service manager, how it stands with each mailbox."""

    def __init__(self, manager: Supervisor, labels: Sequence[str]) -> None:
        self._manager = manager
        self._standing = dict.fromkeys(labels, "")  # mailbox → how it stood last
        self._read = False

    def passed(self, label: str, summary: SyncSummary) -> None:
        self._read = True
        self._tell(label, summary.sentence())
        for line in (*summary.notes, *summary.failures):
            messages.print(self._named(label, line), markup=False)

    def lost(self, label: str, reason: str) -> None:
        self._tell(label, reason)

    def alive(self) -> None:
        self._manager.alive()

    def _tell(self, label: str, words: str) -> None:
        """Ready is who has read one mailbox, and knows how it stands with each: one that is away is not waited for."""
        line = self._named(label, words)
        messages.print(line, markup=False)
        self._standing[label] = line
        status = "; ".join(filter(None, self._standing.values()))
        if self._read and all(self._standing.values()):
            self._manager.ready(status)
        else:
            self._manager.trouble(status)

    def _named(self, label: str, words: str) -> str:
        return f"{label}: {words}" if len(self._standing) > 1 else words
