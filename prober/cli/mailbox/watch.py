"""prober mailbox watch: stay connected to every mailbox, and report its state to a service manager."""

import socket
from collections.abc import Sequence
from contextlib import suppress

import click

from prober.cli.output import messages, write_log
from prober.config.load import supervisor
from prober.services.context import Context
from prober.services.mailbox import sync as service
from prober.services.mailbox.sync import SyncSummary


@click.command()
@click.option("--hours", type=float, default=None, help="Stop after so many hours; default: never.")
@click.pass_context
def watch(ctx: click.Context, hours: float | None) -> None:
    """Stay connected and take in every message as it comes (IDLE). Ctrl-C stops at once; nothing is lost.

    Each mailbox is watched by itself. One that is lost is tried again; one that refuses its password is given up, and
    the others go on. Exit code 1 then, and 2 as soon as none is left.
    """
    context: Context = ctx.obj
    write_log(context)
    manager = Supervisor(supervisor())
    context.paired()  # before the embedded world, which reading the mailboxes starts
    refused = service.watch(context, StatusReporter(manager, [imap.label for imap in context.imap]), hours)
    manager.stopping()
    ctx.exit(1 if refused else 0)


class Supervisor:
    """Notify a service manager as sd_notify(3) does: datagrams of KEY=VALUE lines to a Unix socket.

    Without an address nothing is sent. Errors of sending are ignored: they must not stop the work.
    """

    def __init__(self, address: str) -> None:
        self._address = "\0" + address[1:] if address.startswith("@") else address  # "@": Linux's abstract sockets

    def ready(self, what: str) -> None:
        """Report that the service works, with `what` as its status text. Later calls change the text only."""
        self._tell("READY=1", f"STATUS={what}")

    def alive(self) -> None:
        self._tell("WATCHDOG=1")

    def trouble(self, what: str) -> None:
        self._tell(f"STATUS={what}")

    def stopping(self) -> None:
        self._tell("STOPPING=1")

    def _tell(self, *lines: str) -> None:
        if not self._address:
            return
        text = "\n".join(line.replace("\n", " ") for line in lines)
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
            line.settimeout(1)
            line.sendto(text.encode(), self._address)


class StatusReporter:
    """Report the state of each mailbox on standard error and to the service manager."""

    def __init__(self, manager: Supervisor, labels: Sequence[str]) -> None:
        self._manager = manager
        self._standing = dict.fromkeys(labels, "")  # mailbox → its latest state in words
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
        """Report a change. The service is ready once one mailbox was read and the state of every mailbox is known."""
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
