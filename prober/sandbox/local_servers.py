"""Serve sites from folders, and mail for every address under `.test`, on this machine: servers for a rehearsal.

`python -m prober.sandbox.local_servers --sites DIR --mail DIR` runs until Ctrl-C, with the real time. Each folder in
`--sites` is one site on a port of its own. Every address has a mailbox that opens with the one password; what is sent
to `name+tag@…` lies in the mailbox of `name@…`. Nothing is relayed.
"""

import argparse
import asyncio
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from twisted.cred.error import UnauthorizedLogin
from twisted.internet import asyncioreactor

from prober.sandbox.mail import smtp_server
from prober.sandbox.mail.mail_system import Refused
from prober.sandbox.mail.mailstore import FOLDERS, Mail, Mailstore

PASSWORD = "rehearsal"
_MOST = 200  # mailboxes


@dataclass
class LocalMailbox:
    """The mail of one address, and the functions that are called when more comes."""

    store: Mailstore
    listeners: list[Callable[[str, int], None]] = field(default_factory=list)

    def subscribe(self, listener: Callable[[str, int], None]) -> None:
        self.listeners.append(listener)

    def now(self) -> datetime:
        return datetime.now(UTC)

    def append(self, mail: Mail, flags: Sequence[str] = ()) -> int:
        """Store a mail, on the disk when this returns; return its UID."""
        with self.store.transaction():
            uid = self.store.put(mail, flags).uid
        for listener in self.listeners:
            listener(mail.folder, uid)
        return uid


class LocalMailboxes:
    """One mailbox for each address under `.test` that was ever written to or opened, in files of `folder`."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._open: dict[str, LocalMailbox] = {}

    def of(self, address: str) -> LocalMailbox:
        """Return the mailbox of an address. Raises Refused for one that is not under `.test`."""
        local, _, domain = address.lower().rpartition("@")
        name = f"{local.partition('+')[0]}@{domain}"
        if not domain.endswith(".test") or not local or "/" in name or "\0" in name:
            raise Refused(550, "5.1.1 only addresses under .test have a mailbox here")
        if name not in self._open:
            if len(self._open) >= _MOST:
                raise Refused(452, f"4.3.1 there are {_MOST} mailboxes, and no room for more")
            store = Mailstore(self._folder / f"{name}.db")
            if store.meta("uidvalidity") is None:
                with store.transaction():
                    store.set_meta("uidvalidity", str(int(datetime.now(UTC).timestamp())))
            self._open[name] = LocalMailbox(store)
        return self._open[name]

    def admit(self, rcpt: str) -> None:
        self.of(rcpt)

    def accept(self, mail_from: str, rcpts: Sequence[str], raw: bytes) -> None:
        """Put a mail into the mailbox of each recipient."""
        for rcpt in rcpts:
            mailbox = self.of(rcpt)
            trace = f"Return-Path: <{mail_from}>\r\nDelivered-To: {rcpt}\r\n".encode()
            mailbox.append(Mail(mailbox.now(), "", "", FOLDERS[0], trace + raw))


def sites(folder: Path, host: str, first_port: int) -> dict[str, str]:
    """Serve every folder in `folder` as the site of its name, in threads; return name → address and port.

    The first has `first_port`, the others those that follow; 0 is a free one for each.
    """
    served = {}
    for number, site in enumerate(sorted(path for path in folder.iterdir() if path.is_dir())):
        server = ThreadingHTTPServer((host, first_port and first_port + number), partial(_Quiet, directory=str(site)))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        served[site.name] = f"{host}:{server.server_port}"
    return served


class _Quiet(SimpleHTTPRequestHandler):
    """Files of a folder; an address without a suffix is that of the page, as `/lien-he` of lien-he.html."""

    def translate_path(self, path: str) -> str:
        found = Path(super().translate_path(path))
        page = found.with_name(f"{found.name}.html")
        return str(page if page.exists() and not found.exists() else found)

    def log_message(self, *_: object) -> None:
        pass


def _imap(mailboxes: LocalMailboxes, password: str) -> Any:
    """Return a factory of IMAP sessions: the user is the address, the password the same for all."""
    # Imported here: it loads Twisted's reactor, which must be the one installed in `main`.
    from twisted.internet.protocol import ServerFactory
    from twisted.mail import imap4

    from prober.sandbox.mail.imap_server import Folder, ImapSession, SandboxAccount

    accounts: dict[int, SandboxAccount] = {}

    class AnyUser(ImapSession):
        def authenticateLogin(self, user: bytes, passwd: bytes) -> tuple[Any, SandboxAccount, Any]:
            try:
                mailbox = mailboxes.of(user.decode("ascii", "replace"))
            except Refused as refused:
                raise UnauthorizedLogin() from refused
            if passwd.decode("utf-8", "replace") != password:
                raise UnauthorizedLogin()
            if id(mailbox) not in accounts:
                folders = {name: Folder(name, mailbox.store, mailbox) for name in FOLDERS}
                mailbox.subscribe(lambda folder, uid: folders[folder].arrived(uid))
                accounts[id(mailbox)] = SandboxAccount(folders)
            return imap4.IAccount, accounts[id(mailbox)], lambda: None

    class Factory(ServerFactory):
        def buildProtocol(self, addr: object) -> ImapSession:
            session = AnyUser(SandboxAccount({}), "", "")
            session.factory = self
            return session

    return Factory()


def main(words: Sequence[str] | None = None) -> int:
    """Serve until Ctrl-C or SIGTERM; print the lines of `[rehearsal.hosts]` when every server listens."""
    parser = argparse.ArgumentParser(prog="python -m prober.sandbox.local_servers", description=__doc__)
    parser.add_argument("--sites", type=Path, required=True, help="folder with one folder for each host name")
    parser.add_argument("--mail", type=Path, required=True, help="folder of the mailboxes; made if missing")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on; default 127.0.0.1")
    parser.add_argument("--http", type=int, default=8101, help="port of the first site; default 8101")
    parser.add_argument("--smtp", type=int, default=2525, help="port for letters; default 2525")
    parser.add_argument("--imap", type=int, default=2143, help="port of the mailboxes; default 2143")
    options = parser.parse_args(words)
    os.umask(0o077)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    asyncioreactor.install(loop)
    from twisted.internet import reactor  # not importable before install()

    twisted: Any = reactor
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, twisted.stop)
    mailboxes = LocalMailboxes(options.mail)
    served = sites(options.sites, options.host, options.http)
    letters = loop.run_until_complete(smtp_server.start(mailboxes, options.host, options.smtp))
    twisted.listenTCP(options.imap, _imap(mailboxes, PASSWORD), interface=options.host)
    lines = [f'"{name}" = "{place}"' for name, place in served.items()]
    lines += [f'"smtp.test:25" = "{options.host}:{options.smtp}"', f'"imap.test:143" = "{options.host}:{options.imap}"']
    print("\n".join(["[rehearsal.hosts]", *lines, "# every server listens"]), flush=True)
    twisted.run(installSignalHandlers=False)
    letters.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
