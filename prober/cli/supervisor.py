"""What a service manager is told of a long-running command: ready, alive, what it is doing, stopping."""

import socket
from contextlib import suppress


class Supervisor:
    """Speaks the protocol of sd_notify(3): datagrams of KEY=VALUE lines to a Unix socket.

    Without an address it is silent. A manager that does not listen is no reason to stop the work.
    """

    def __init__(self, address: str) -> None:
        self._address = "\0" + address[1:] if address.startswith("@") else address  # "@": Linux's abstract sockets

    def ready(self, what: str) -> None:
        """Say that the service does its work, in the words of `what`. May be said again: then only the words count."""
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
