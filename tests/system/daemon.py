"""A server program of Debian's that a test starts in the foreground and ends, with a log of what it prints."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

START_SECONDS = 15.0
SEARCH = os.environ.get("PATH", "") + os.pathsep + "/usr/sbin"
# Runs a daemon until its standard input ends: by `stop`, or because this process died, however it died.
GUARD = '"$0" "$@" & child=$!; read _; kill $child; wait $child'
Address = tuple[str, int] | str  # host and port, or the path of a socket


class Daemon:
    """A program under a shell that ends it with this process. It prints to a file: a daemon keeps a captured pipe."""

    def __init__(self, command: Sequence[str], log: Path, address: Address, greets: bool = False) -> None:
        """Start it and return when it listens at `address`, and where it `greets`, has said something there.

        Raises RuntimeError with its log if it does not come up.
        """
        self.log = log
        with log.open("ab") as out:
            self.process = subprocess.Popen(
                ["sh", "-c", GUARD, *command], stdin=subprocess.PIPE, stdout=out, stderr=out, start_new_session=True
            )
        try:
            self._await(address, greets)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        try:
            self.process.wait(10)
        finally:  # what the daemon left behind: Dovecot's imap processes notice after ten seconds that it is gone
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def _await(self, address: Address, greets: bool) -> None:
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until and self.process.poll() is None:
            family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
            with socket.socket(family, socket.SOCK_STREAM) as line:
                line.settimeout(START_SECONDS)
                with suppress(ConnectionRefusedError, FileNotFoundError):
                    line.connect(address)
                    if not greets or line.recv(3):
                        return
            time.sleep(0.02)  # it is not listening yet; there is nothing else to wait on
        logs = [path for path in self.log.parent.glob(f"{self.log.stem}.*") if path.suffix in (".log", ".out")]
        raise RuntimeError(f"{self.log.stem}: " + "\n".join(path.read_text(errors="replace") for path in logs))


def program(name: str) -> str:
    """The path of a server program."""
    path = shutil.which(name, path=SEARCH)
    assert path, f"{name} is not installed"
    return path


def free_ports(host: str, *names: str) -> dict[str, int]:
    sockets = [socket.create_server((host, 0)) for _ in names]
    ports = {name: bound.getsockname()[1] for name, bound in zip(names, sockets, strict=True)}
    for bound in sockets:
        bound.close()
    return ports
