"""Run the world as a process: every server on a free port of 127.0.0.1, one event loop, state in one folder."""

import asyncio
import json
import os
import secrets
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import AsyncExitStack, ExitStack
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from twisted.internet import asyncioreactor

from prober.errors import UsageError
from prober.sandbox import control
from prober.sandbox.http import proxy
from prober.sandbox.http.access_log import AccessLog
from prober.sandbox.http.certificates import Certificates
from prober.sandbox.http.site_messages import Web
from prober.sandbox.mail import dns_server, smtp_server
from prober.sandbox.mail.dns_zone import SELECTOR, Zone, signing_key, zone
from prober.sandbox.mail.final_delivery import AUTHSERV_ID
from prober.sandbox.mail.mail_system import MailSystem
from prober.sandbox.mail.mailstore import Mail, Mailstore
from prober.sandbox.mail.office_behaviour import Office, offices, strangers
from prober.sandbox.plot.address_book import FREEMAIL, MAIL_DOMAIN, address_book
from prober.sandbox.plot.office_roles import Admission
from prober.sandbox.simulated_clock import START

LOOPBACK = "127.0.0.1"
USER = f"khao-sat@{MAIL_DOMAIN}"


PROVINCES = "pobi-2019"


@dataclass(frozen=True, slots=True)
class Options:
    state: Path
    study: str = PROVINCES  # whose agencies live in it
    seed: int = 2019
    small: bool = False
    stay: bool = False
    validators: bool = False


Agencies = list[dict[str, Any]]  # rows of the registry


@dataclass(frozen=True, slots=True)
class Design:
    """Parts of a world: its web, made from seed, size and first moment; its offices; mail of strangers."""

    web: Callable[[int, bool, datetime], Web]
    offices: Callable[[int, bool, Agencies, dict[str, Any]], dict[str, Office]] = offices
    asked: str = "finance"  # the group of the truth that these offices belong to
    strangers: Callable[[int, str], list[Mail]] = strangers
    start: datetime = START
    nights: tuple[int, ...] = ()  # days after the first on which the demo crawls again, to see what has changed


@dataclass(frozen=True, slots=True)
class Addresses:
    """The content of endpoint.json. prober.sandbox.client reads it with the same names and meaning."""

    pid: int
    proxy: str
    control: str
    ca_file: str
    smtp_host: str
    smtp_port: int
    imap_host: str
    imap_port: int
    imap_user: str
    imap_password: str
    mail_domain: str
    dns_port: int  # of a DNS server, UDP on 127.0.0.1
    dkim_selector: str
    dkim_key_file: str
    authserv_id: str
    nights: tuple[int, ...]


def run(options: Options, design: Design) -> int:
    """Run until standard input ends (unless `stay`) or a signal comes. Returns the exit code; 2 = refused."""
    os.umask(0o077)  # the state folder holds letters, a password and a key
    try:
        with ExitStack() as stack:
            state = _opened(options, stack)
            world = _World(options, design, *state)
            world.run()
    except UsageError as error:
        print(f"prober.sandbox: {error}", file=sys.stderr)
        return error.exit_code
    return 0


def _opened(options: Options, stack: ExitStack) -> tuple[Mailstore, AccessLog]:
    """Open the state folder for this process. Raises UsageError if another world is stored in it or runs on it."""
    options.state.mkdir(parents=True, exist_ok=True)
    try:
        stack.enter_context(FileLock(options.state / "lock", timeout=0))
    except Timeout as error:
        raise UsageError(f"a world is running on {options.state} already") from error
    (options.state / "endpoint.json").unlink(missing_ok=True)  # left behind by a world that was killed
    store = Mailstore(options.state / "world.db")
    stack.callback(store.close)
    wanted = {"study": options.study, "seed": str(options.seed), "small": str(options.small)}
    found = {key: store.meta(key) for key in wanted} | {"study": store.meta("study") or PROVINCES}
    if found["seed"] is not None and found != wanted:
        raise UsageError(
            f"{options.state} holds the world of {found['study']}, seed {found['seed']}, small {found['small']}; asked "
            f"for {options.study}, seed {options.seed}, small {options.small}. Name another folder. Nothing was "
            "changed."
        )
    log = AccessLog(options.state / "access.jsonl")
    stack.callback(log.close)
    return store, log


class _World:
    """The servers and what they share."""

    def __init__(self, options: Options, design: Design, store: Mailstore, log: AccessLog) -> None:
        self._options = options
        self._design = design
        self._web = web = design.web(options.seed, options.small, design.start)
        self._log = log
        self._store = store
        self._agencies = web.agencies()
        self._truth = web.truth()
        self._offices = design.offices(options.seed, options.small, self._agencies, self._truth)
        for slug, office in self._offices.items():
            self._truth[design.asked][slug]["reply"] = office.expectation(options.seed)
        self._mail_system = self._open_mail_system()
        self._stop = asyncio.Event()

    def run(self) -> None:
        """Run until a signal or the end of input. Twisted and asyncio share one loop."""
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        asyncioreactor.install(loop)
        from twisted.internet import reactor  # not importable before install()

        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        if not self._options.stay:
            threading.Thread(target=_wait_for_end, args=(loop, self._stop), daemon=True).start()
        task = loop.create_task(self._live(reactor))
        twisted: Any = reactor
        task.add_done_callback(lambda _: twisted.stop())
        twisted.run(installSignalHandlers=False)
        task.result()

    def _open_mail_system(self) -> MailSystem:
        """Return the mail system; in a new folder, store the first simulated time and the mail of strangers."""
        if self._store.meta("seed") is None:
            with self._store.transaction():
                self._store.set_meta("study", self._options.study)
                self._store.set_meta("seed", str(self._options.seed))
                self._store.set_meta("small", str(self._options.small))
                self._store.set_meta("uidvalidity", str(int(self._design.start.timestamp())))
                self._store.set_meta("imap_password", secrets.token_urlsafe(18))
                self._store.set_now(self._design.start)
                self._store.schedule(self._design.strangers(self._options.seed, USER))
        sent = self._options.state / "sent.jsonl"
        return MailSystem(self._store, address_book(self._truth), self._offices, self._options.seed, sent)

    def _zone(self, public_key: str) -> Zone:
        """Return the DNS zone. If an office refuses every letter, its domain takes no mail, unless it is shared."""
        book = address_book(self._truth)
        refusing = {slug for slug, office in self._offices.items() if office.role.admission is Admission.REFUSES}
        at = [address.rpartition("@")[2] for address, slug in book.owners.items() if slug in refusing]
        return zone(book.domains, {domain for domain in at if domain != FREEMAIL}, public_key, self._options.seed)

    async def _live(self, reactor: Any) -> None:
        # Imported here: it loads Twisted's reactor, which must be the one installed in run().
        from prober.sandbox.mail.imap_server import ImapFactory

        password = self._store.meta("imap_password") or ""
        certificates = Certificates(self._options.state)
        async with AsyncExitStack() as stack:
            web_port = await _listen(
                stack,
                proxy.start(
                    proxy.Proxy(self._web, certificates, self._log, self._mail_system.now, self._options.validators)
                ),
            )
            controls = control.Control(self._mail_system, self._log, self._truth, self._agencies)
            control_port = await _listen(stack, control.start(controls))
            smtp_port = await _listen(stack, smtp_server.start(self._mail_system))
            imap = reactor.listenTCP(0, ImapFactory(self._store, self._mail_system, USER, password), interface=LOOPBACK)
            key_file, public_key = signing_key(self._options.state)
            names, dns_port = await dns_server.start(self._zone(public_key))
            stack.callback(names.close)
            self._announce(
                Addresses(
                    os.getpid(), f"http://{LOOPBACK}:{web_port}", f"http://{LOOPBACK}:{control_port}",
                    str(certificates.ca_file.absolute()), LOOPBACK, smtp_port, LOOPBACK, imap.getHost().port,
                    USER, password, MAIL_DOMAIN, dns_port, SELECTOR, str(key_file.absolute()),
                    AUTHSERV_ID, self._design.nights,
                )
            )  # fmt: skip
            await self._stop.wait()
            (self._options.state / "endpoint.json").unlink(missing_ok=True)

    def _announce(self, addresses: Addresses) -> None:
        """Write truth.json and endpoint.json, then print one line: the starting process waits for it."""
        _write(self._options.state / "truth.json", self._truth)
        _write(self._options.state / "endpoint.json", asdict(addresses))
        print(f"the embedded world is up: proxy {addresses.proxy}, clock {addresses.control}/clock", flush=True)


async def _listen(stack: AsyncExitStack, starting: Any) -> int:
    """Start one asyncio server, close it with the stack, and return its port."""
    server = await starting
    stack.callback(server.close)
    port: int = server.sockets[0].getsockname()[1]
    return port


def _wait_for_end(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    """Wait for the end of standard input, which comes when the parent process ends, in whatever way."""
    while os.read(sys.stdin.fileno(), 4096):
        pass
    loop.call_soon_threadsafe(stop.set)


def _write(path: Path, value: Any) -> None:
    """Write the whole file or none of it."""
    scratch = path.with_suffix(".new")
    scratch.write_text(json.dumps(value, ensure_ascii=False, indent=1), encoding="utf-8")
    scratch.replace(path)
