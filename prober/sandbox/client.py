"""Find or start the embedded world, and read its addresses and its clock.

The world (prober.sandbox) is one process of its own, reached through sockets like any other part of the internet. It
leaves `endpoint.json` in its state folder while it runs. Its memory (accepted mail, mailboxes, time) is kept in that
folder, so that a world that is started again is the same world.
"""

import asyncio
import json
import os
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import quote
from urllib.request import ProxyHandler, build_opener

from prober import owner_only
from prober.clock import Clock, SystemClock
from prober.documents import child_process
from prober.domain.agency import Agency, from_row
from prober.domain.hostnames import host_of
from prober.domain.world import World
from prober.errors import ServerUnreachable, UsageError
from prober.studies.study import Study
from prober.studies.study_file import COUNCILS, PROVINCES

# Ignore the proxy settings of the machine: they must not apply to loopback.
_open = build_opener(ProxyHandler({})).open
START_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The addresses of a running world, all on loopback."""

    pid: int
    proxy: str  # http://127.0.0.1:PORT, an HTTP proxy that knows every *.gov.test name
    control: str  # http://127.0.0.1:PORT
    ca_file: str  # certificates of the authority of the world's https sites
    smtp_host: str
    smtp_port: int
    imap_host: str
    imap_port: int
    imap_user: str
    imap_password: str
    mail_domain: str  # addresses at this domain are delivered to the mailbox
    dns_port: int = 0  # DNS over UDP on 127.0.0.1; 0: none
    dkim_selector: str = ""
    dkim_key_file: str = ""  # the private key; DNS has its public key at the selector
    authserv_id: str = ""  # name under which the mailbox's server writes Authentication-Results
    nights: Sequence[int] = ()  # days after the world's first on which its sites are worth another crawl


class WorldClock:
    """The world's simulated time. It does not move except when a program sleeps: then it is moved on."""

    def __init__(self, endpoint: Endpoint, zone: tzinfo | None = None) -> None:
        """Read the clock in `zone`; without one in that of the world's offices."""
        self._control, self._zone = endpoint.control, zone

    def now(self) -> datetime:
        now = datetime.fromisoformat(_get(f"{self._control}/clock")["now"])
        return now.astimezone(self._zone) if self._zone else now

    def advance(self, moment: datetime) -> None:
        """Advance the world to `moment`; every message due until then has been delivered on return."""
        _get(f"{self._control}/advance?to={quote(moment.isoformat())}")

    async def sleep_until(self, moment: datetime) -> None:
        if moment > self.now():
            await asyncio.to_thread(self.advance, moment)


def clock_of(endpoint: Endpoint | None, zone: tzinfo) -> Clock:
    """Return the clock of the running world, or the system's if there is none, in the time zone `zone`."""
    return WorldClock(endpoint, zone) if endpoint else SystemClock(zone)


def registry_of(endpoint: Endpoint | None, world: World, study: Study) -> list[Agency]:
    """Return the agencies in force: those of the running world, or those of the study.

    A rehearsal reaches only sites under `.test`: of the study's list it has those alone, and what a user imported.
    """
    if world is World.REHEARSAL:
        return [agency for agency in study.agencies if host_of(agency.url).endswith(".test")]
    if endpoint:
        own = [from_row(row) for row in agencies(endpoint)]
        return [*own, *_successors(own, study)]
    return list(study.agencies)


def _successors(own: Iterable[Agency], study: Study) -> Iterator[Agency]:
    """Yield the agencies that take over from those of the world, each at the site of the one whose seat it keeps."""
    before = {agency.id: agency for agency in own}
    seats = {row.successor: row.predecessor for row in study.successions if row.holds_seat}
    for agency in study.agencies:
        if held := before.get(seats.get(agency.id, "")):
            yield replace(agency, url=held.url, alt_urls=held.alt_urls, url_source=held.url_source)


_POPULATIONS = {PROVINCES: "pobi-2019", COUNCILS: "foi-en"}  # embedded world → the study whose agencies live in it


def populated_by(study: Study) -> str:
    """Return the study whose agencies live in the embedded world of `study`. Raises UsageError if it names none."""
    if study.sandbox not in _POPULATIONS:
        raise UsageError(
            f'the study {study.name} names no embedded world: study.toml needs sandbox = "{PROVINCES}" or "{COUNCILS}"'
        )
    return _POPULATIONS[study.sandbox]


def agencies(endpoint: Endpoint) -> list[dict[str, Any]]:
    """Return the world's registry: one map per agency, keys as the fields of Agency."""
    rows: list[dict[str, Any]] = _get(f"{endpoint.control}/agencies")
    return rows


def find(state: Path) -> Endpoint | None:
    """Return the world that runs on `state`, or None."""
    try:
        endpoint = Endpoint(**json.loads((state / "endpoint.json").read_text(encoding="utf-8")))
        _get(f"{endpoint.control}/clock")
    except (OSError, ValueError, TypeError, ServerUnreachable):
        return None
    return endpoint


@contextmanager
def running(
    state: Path, seed: int, small: bool = False, validators: bool = False, study: str = "pobi-2019"
) -> Iterator[Endpoint]:  # fmt: skip
    """Yield the world on `state`: the running one, or one started now for `study`, and stopped at the end.

    A world started here ends with this process, also when it is killed: it reads our end of a pipe. Raises
    ServerUnreachable with the last line of the world's log if it does not start.
    """
    found = find(state)
    if found:
        yield found
        return
    owner_only.folder(state)
    command = child_process.command("prober.sandbox", "--state", str(state), "--seed", str(seed), "--study", study)
    if small:
        command.append("--small")
    if validators:
        command.append("--validators")
    log = state / "world.log"
    with log.open("ab") as output:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=output,
            env={**os.environ, "PYTHONUNBUFFERED": "1"}, start_new_session=True,
        )  # fmt: skip
    assert process.stdin and process.stdout
    try:
        if not process.stdout.readline():  # one line, when every server listens
            process.wait(timeout=START_SECONDS)  # its standard output ended: the process has ended or is about to
            raise ServerUnreachable(f"the embedded world did not start: {_last_words(log)} (see {log})")
        endpoint = find(state)
        if endpoint is None:
            raise ServerUnreachable(f"the embedded world started but does not answer; see {log}")
        yield endpoint
    finally:
        process.stdin.close()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


def _last_words(log: Path) -> str:
    """Return the last line that the world logged before it ended."""
    lines = log.read_text(encoding="utf-8", errors="replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing")


def _get(url: str) -> Any:
    try:
        with _open(url, timeout=START_SECONDS) as response:
            return json.loads(response.read())
    except (URLError, OSError) as error:
        raise ServerUnreachable(f"the embedded world does not answer at {url}: {error}") from error
