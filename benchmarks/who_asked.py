"""Serve a country with a log that says of every request which process sent it, by the owner of its connection.

`python -m benchmarks.who_asked FOLDER HOSTS`, as benchmarks.country. Only of processes of this machine.
"""

import asyncio
import sys
from contextlib import suppress
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from benchmarks.country import Country
from benchmarks.many_hosts import serve
from prober.sandbox.http.access_log import AccessLog
from prober.sandbox.http.proxy import Proxy

_process: ContextVar[int] = ContextVar("process", default=0)


class Owners:
    """The processes at the other end of connections; those seen before are looked at first."""

    def __init__(self) -> None:
        self._known: list[int] = []

    def of(self, port: int, server: int) -> int:
        """Return the process that has this local port of a connection to `server`, a port; 0 if it has ended."""
        inode = _inode(port, server)
        others = (int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit())
        for pid in (*self._known, *others):
            if inode and _has(pid, f"socket:[{inode}]"):
                self._known = [pid, *(known for known in self._known if known != pid)][:32]
                return pid
        return 0


def _inode(port: int, server: int) -> str:
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        _, local, remote, *rest = line.split()
        if (int(local.rpartition(":")[2], 16), int(remote.rpartition(":")[2], 16)) == (port, server):
            return rest[6]
    return ""


def _has(pid: int, socket: str) -> bool:
    with suppress(OSError):
        for entry in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                if str(entry.readlink()) == socket:
                    return True
    return False


class KnowingProxy(Proxy):
    """A proxy that looks for the process behind each connection before it serves it."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._owners = Owners()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        here, there = writer.get_extra_info("sockname"), writer.get_extra_info("peername")
        _process.set(self._owners.of(there[1], here[1]))
        await super().serve(reader, writer)


class KnowingLog(AccessLog):
    """The log of the world, with the column `process`."""

    def write(self, row: dict[str, Any]) -> None:
        super().write(row | {"process": _process.get()})


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), Country(int(sys.argv[2])), True, KnowingProxy, KnowingLog))
