"""A private Redis on loopback, with nothing on the disk: killed, it comes back empty, unless told to append."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from redis import Redis

from prober.fleet.lease import prompt
from tests.system.daemon import Daemon, free_ports, program


class RedisServer:
    """`redis-server` at a port of its own, which it keeps when it is started again."""

    def __init__(self, folder: Path, host: str = "127.0.0.1", appended: bool = False) -> None:
        self.host, self.port = host, free_ports(host, "redis")["redis"]
        self._folder, self._appended = folder, "yes" if appended else "no"
        folder.mkdir(parents=True, exist_ok=True)
        self.start()

    def start(self) -> None:
        command = [
            program("redis-server"), "--bind", self.host, "--port", str(self.port), "--dir", str(self._folder),
            "--save", "", "--appendonly", self._appended, "--daemonize", "no", "--maxmemory-policy", "noeviction",
            "--protected-mode", "no",
        ]  # fmt: skip
        self._daemon = Daemon(command, self._folder / "redis.log", (self.host, self.port))
        with self.client() as client:
            self.pid = int(client.info("server")["process_id"])

    @property
    def url(self) -> str:
        return f"redis://{self.host}:{self.port}/0"

    def client(self, number: int = 1) -> "Redis[bytes]":
        return prompt(self.url.replace("/0", f"/{number}"))

    def kill(self) -> None:
        """End it as the kernel would, without a word to anybody; what it held is gone where nothing was appended."""
        os.kill(self.pid, signal.SIGKILL)
        self._daemon.stop()

    def stop(self) -> None:
        self._daemon.stop()


@contextmanager
def redis_server(folder: Path) -> Iterator[RedisServer]:
    server = RedisServer(folder)
    try:
        yield server
    finally:
        server.stop()
