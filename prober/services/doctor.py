"""Check everything that a run needs, and say what to do about what is missing."""

import asyncio
import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

from mailroom.imap.accounts import Account, opened_by
from mailroom.imap.mailbox import Mailbox
from mailroom.sending.dkim import signer
from mailroom.sending.preflight.sender_domain import sender_checks
from mailroom.sending.smtp import probe
from prober.config.load import Paths
from prober.config.rehearsal import place
from prober.documents import isolation, ocr, readers
from prober.domain.world import World
from prober.errors import ConfigError, ProberError
from prober.services import diagnosis
from prober.services.context import Context
from prober.services.diagnosis import NOTE, OK, WRONG, Check
from prober.store import integrity, send_journal
from prober.store.integrity import Unpaired
from prober.store.reading import health
from prober.store.schema.migrations import PRIVATE, RESULTS
from spiders.download import page_cache

SECONDS = 15


def doctor(context: Context) -> list[Check]:
    """Check configuration, servers, browser, databases, disk and clock; nothing is sent, crawled or changed.

    In the simulated set-up the embedded world is started. If the configuration is wrong, nothing else is checked.
    """
    checks = _guarded(_configuration, context)
    if any(check.status == WRONG and check.name == "configuration" for check in checks):
        return checks
    parts = (_machine, _world, _databases, _smtp, _sender_domain, _imap)
    return checks + [check for part in parts for check in _guarded(part, context)]


def _guarded(part: Callable[[Context], Iterator[Check]], context: Context) -> list[Check]:
    """Return the checks of one part; an error that ends it becomes its last check, so that the others still run."""
    checks: list[Check] = []
    try:
        checks.extend(part(context))
    except ProberError as error:
        name = part.__name__.strip("_")
        checks.extend(Check(name, WRONG, line, "the message says what is missing") for line in str(error).splitlines())
    return checks


def _configuration(context: Context) -> Iterator[Check]:
    config = context.config
    if config.simulated:
        yield Check("configuration", OK, "the embedded world: simulated portals and mail on loopback")
    else:
        yield Check("configuration", OK, f"{config.world}, in {config.root}")
    yield from diagnosis.sections(config)
    yield from diagnosis.contact(context.study)
    yield from diagnosis.sending(config)
    yield from diagnosis.exceptions(config)
    yield from diagnosis.sign_of_life(config, context.clock.now())
    for secret in diagnosis.secret_files(config):
        if Path(secret).exists():
            yield diagnosis.private_mode(secret, Path(secret).stat().st_mode & 0o777)


def _machine(context: Context) -> Iterator[Check]:
    paths = context.config.paths
    folders = (_existing(path) for path in (paths.results, paths.private, paths.evidence))
    disks = {folder.stat().st_dev: folder for folder in folders}
    for folder in disks.values():
        yield diagnosis.disk(str(folder), shutil.disk_usage(folder).free)
    yield _browser(context.config.crawl.browser)
    if context.config.crawl.browser != "none":
        yield _confinement(os.geteuid())
    yield diagnosis.readers(isolation.walls(), isolation.has(readers.LIBREOFFICE))
    yield diagnosis.scans(ocr.missing(context.study.languages))


def _existing(path: Path) -> Path:
    """Return the nearest folder above `path` that exists."""
    return next(folder for folder in path.absolute().parents if folder.is_dir())


def _browser(wanted: str) -> Check:
    from spiders.browser.chromium import find_browser

    if wanted == "none":
        return Check("browser", NOTE, "switched off", "portals that need JavaScript stay unknown")
    remedy = "install chromium (Debian: apt-get install chromium) or run `playwright install chromium`"
    try:
        path = find_browser(wanted)
    except ConfigError as error:
        return Check("browser", WRONG, str(error), remedy)
    if path is None:
        return Check("browser", WRONG, "no Chromium found: portals that need JavaScript stay unknown", remedy)
    try:
        done = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=SECONDS, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        return Check("browser", WRONG, f"{path} does not start: {error}", remedy)
    return Check("browser", OK, f"{done.stdout.strip()} at {path}")


def _confinement(user: int) -> Check:
    from spiders.browser import confinement

    lacking = [
        *([] if confinement.sandbox(user) else ["its own sandbox"]),
        *([] if confinement.namespace(user) else ["a network namespace of its own"]),
    ]
    if not lacking:
        return Check("browser confinement", OK, "in its own sandbox, in a network namespace without a network")
    remedy = "run the prober as a user of its own, not as root" if user == 0 else (
        "let users make namespaces: sysctl user.max_user_namespaces, kernel.unprivileged_userns_clone=1 (Debian) or "
        "kernel.apparmor_restrict_unprivileged_userns=0 (Ubuntu), with the program unshare (util-linux)"
    )  # fmt: skip
    return Check("browser confinement", NOTE, f"pages are shown without {' and without '.join(lacking)}", remedy)


def _databases(context: Context) -> Iterator[Check]:
    paths, now = context.config.paths, context.clock.now()
    stuck, newest = [], None
    examined = ((paths.results, RESULTS, health.results_health), (paths.private, PRIVATE, health.private_health))
    for path, store, examine in examined:
        if not path.exists():
            yield Check("database", OK, f"{path}: not there yet; the first command makes it")
            continue
        try:
            integrity.need_whole(path, store)
            stuck += examine(path, now, context.config.world)
            yield Check("database", OK, f"{path}: sound")
            if path == paths.results:
                newest = health.newest_moment(path)
                yield from diagnosis.second_looks(*health.second_looks(path))
        except ProberError as error:
            yield Check("database", WRONG, str(error), "see the message")
    try:
        if lost := integrity.lost(paths.results, paths.private):
            yield Check("results.db", WRONG, lost, "prober restore DIR")
        context.paired()
    except Unpaired as error:
        yield Check("private.db", WRONG, str(error), "prober restore DIR, or move results.db aside")
    except ProberError:
        pass  # a file that cannot be read was reported above
    yield from _beside(paths)
    yield diagnosis.clock(now, newest, context.config.simulated)
    yield from diagnosis.stuck(stuck)


def _beside(paths: Paths) -> Iterator[Check]:
    """Check the journal of sent letters and the cache of pages, and who may read what citizens wrote."""
    journal = send_journal.of(paths.private)
    try:
        known = send_journal.entries(journal)
        if paths.private.exists() and (gaps := health.unjournaled(paths.private, known)):
            found = f"{journal}: {gaps} letters that have left are not in it"
            yield Check("journal", NOTE, found, "in order if private.db is no older copy")
    except ProberError as error:
        yield Check("journal", WRONG, str(error), "prober restore DIR --aside old")
    if wrong := page_cache.fault(paths.page_cache):
        yield Check("page cache", WRONG, f"{paths.page_cache}: damaged ({wrong}); pages are read anew", "delete it")
    for path in (paths.evidence, paths.page_cache, journal, paths.private):
        if path.exists() and (path == paths.private or path.stat().st_mode & 0o077):
            yield diagnosis.private_mode(str(path), path.stat().st_mode & 0o777, path.is_dir())


def _world(context: Context) -> Iterator[Check]:
    if context.world:
        yield Check("embedded world", OK, f"answers at {context.world.control}")
    if context.config.world is World.REHEARSAL:
        for name, where in context.config.rehearsal.hosts.items():
            yield diagnosis.test_server(name, where, _answers(place(where)))


def _answers(where: tuple[str, int]) -> bool:
    try:
        socket.create_connection(where, timeout=SECONDS).close()
    except OSError:
        return False
    return True


def _smtp(context: Context) -> Iterator[Check]:
    """Connect, start TLS and log in as for a letter; no letter is sent."""
    if not context.effective.smtp:
        return
    smtp, sender = context.smtp, context.effective.sender
    domain = sender.address.rpartition("@")[2] if sender else ""
    found = asyncio.run(probe(smtp, context.smtp_password, domain or "localhost"))
    place = f"{smtp.host}:{smtp.port}"
    if isinstance(found, str):
        yield Check("smtp", WRONG, f"{place}: {found}", "check [smtp] host, port, tls, user and password")
    else:
        yield Check("smtp", OK, f"{place} takes mail{' from ' + smtp.user if smtp.user else ''}")


def _sender_domain(context: Context) -> Iterator[Check]:
    """Check the DNS records that receivers of our letters look up; those of the embedded world in its own DNS only."""
    if not (context.effective.sender and context.effective.smtp):
        return
    signing = signer(context.dkim)
    found = sender_checks(context.names, context.sender.address, context.smtp.outgoing_ip, signing)
    yield from diagnosis.sender_domain(found, asks_dns=context.config.world is not World.REHEARSAL)


def _imap(context: Context) -> Iterator[Check]:
    """Log in to each mailbox and look for its folders; nothing is read or changed."""
    several = len(context.imap) > 1
    for imap in context.imap:
        name = f"imap {imap.label}" if several else "imap"
        yield from diagnosis.unknown_servers(imap.label, imap.authserv_id)
        try:
            account = context.mailboxes[0] if context.world else opened_by(imap)
            yield _mailbox(name, account)
        except ProberError as error:
            yield Check(name, WRONG, str(error), "the message says what is missing")


def _mailbox(name: str, account: Account) -> Check:
    imap = account.imap
    with Mailbox(imap, account.login) as mailbox:
        folders = mailbox.folders()
    found = f"{imap.host}:{imap.port}, {imap.user}: {', '.join(folders)}"
    if mailbox.absent:
        remedy = "name the folder as the server does in [imap] folders; answers in junk are answers too"
        return Check(name, NOTE, f"{found}; no folder {', '.join(mailbox.absent)}", remedy)
    return Check(name, OK, found)
