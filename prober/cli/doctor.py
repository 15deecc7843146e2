"""prober doctor: look at everything that a run needs, and say what to do about what is missing."""

import shutil
import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

import click

from prober import doctor as conclude
from prober.cli.session import Session, emit, listing
from prober.doctor import NOTE, OK, WRONG, Check
from prober.errors import ConfigError, ProberError
from prober.store import health

SECONDS = 15


@click.command()
@listing
@click.pass_obj
def doctor(session: Session, as_json: bool) -> None:
    """Check configuration, servers, browser, databases, disk and clock; say what to do for each problem.

    Nothing is sent, crawled or changed. In the simulated set-up the embedded world is started for the length of the
    check. Exit code 1 if something is wrong.
    """
    checks = [check for part in (_configuration, _machine, _databases, _servers) for check in _guarded(part, session)]
    emit([asdict(check) for check in checks], as_json, ("status", "name", "found", "remedy"))
    if any(check.status == WRONG for check in checks):
        raise click.exceptions.Exit(1)


def _guarded(part: Callable[[Session], Iterator[Check]], session: Session) -> list[Check]:
    """The checks of one part; an error that ends it becomes its last check, so that the others still run."""
    checks: list[Check] = []
    try:
        checks.extend(part(session))
    except ConfigError as error:
        if part is _configuration:  # the other parts cannot look without one, and need not repeat it
            checks.extend(Check("configuration", WRONG, line, "correct it") for line in str(error).splitlines())
    except ProberError as error:
        checks.append(Check(part.__name__.strip("_"), WRONG, str(error), "see the message"))
    return checks


def _configuration(session: Session) -> Iterator[Check]:
    config = session.config
    if config.simulated:
        yield Check("configuration", OK, "the embedded world: simulated portals and mail on loopback")
    else:
        yield Check("configuration", OK, f"live, in {config.root}")
    yield from conclude.sections(config)
    for section in (config.smtp, config.imap):
        if section and section.password_file and Path(section.password_file).exists():
            yield conclude.private_mode(section.password_file, Path(section.password_file).stat().st_mode & 0o777)


def _machine(session: Session) -> Iterator[Check]:
    paths = session.config.paths
    for folder in sorted({_existing(path) for path in (paths.results, paths.private, paths.evidence)}):
        yield conclude.disk(str(folder), shutil.disk_usage(folder).free)
    yield _browser(session.config.crawl.browser)


def _existing(path: Path) -> Path:
    """The nearest folder above `path` that exists."""
    return next(folder for folder in path.absolute().parents if folder.is_dir())


def _browser(wanted: str) -> Check:
    from spiders.rendering import find_browser  # loads Playwright: only when asked

    if wanted == "none":
        return Check("browser", NOTE, "switched off", "portals that need JavaScript stay unknown")
    path = find_browser(wanted)
    remedy = "install chromium (Debian: apt-get install chromium) or run `playwright install chromium`"
    if path is None:
        return Check("browser", WRONG, "no Chromium found: portals that need JavaScript stay unknown", remedy)
    try:
        done = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=SECONDS, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        return Check("browser", WRONG, f"{path} does not start: {error}", remedy)
    return Check("browser", OK, f"{done.stdout.strip()} at {path}")


def _databases(session: Session) -> Iterator[Check]:
    paths, now = session.config.paths, session.clock.now()
    stuck = []
    for path, examine in ((paths.results, health.results_health), (paths.private, health.private_health)):
        if not path.exists():
            yield Check("database", OK, f"{path}: not there yet; the first command makes it")
            continue
        try:
            stuck += examine(path, now)
            yield Check("database", OK, f"{path}: sound")
        except ProberError as error:
            yield Check("database", WRONG, str(error), "see the message")
    if paths.private.exists():
        yield conclude.private_mode(str(paths.private), paths.private.stat().st_mode & 0o777)
    yield conclude.clock(now, health.newest_moment(paths.results))
    yield from conclude.stuck(stuck)


def _servers(session: Session) -> Iterator[Check]:
    config = session.config
    if config.simulated:
        yield Check("embedded world", OK, f"answers at {session.endpoint.control}")
    if config.smtp or config.simulated:
        smtp = session.smtp
        yield _greeting("smtp", smtp.host, smtp.port, smtp.tls == "implicit")
    if config.imap or config.simulated:
        imap, _ = session.imap
        yield _greeting("imap", imap.host, imap.port, imap.tls == "implicit")


def _greeting(name: str, host: str, port: int, implicit_tls: bool) -> Check:
    """Connect and read the first line that the server says."""
    remedy = f"check [{name}] host, port and tls, and that this machine may reach it"
    try:
        with socket.create_connection((host, port), timeout=SECONDS) as plain:
            context = ssl.create_default_context()
            with context.wrap_socket(plain, server_hostname=host) if implicit_tls else plain as connection:
                line = connection.makefile("rb").readline(1000).decode("utf-8", "replace").strip()
    except OSError as error:
        return Check(name, WRONG, f"{host}:{port}: {error}", remedy)
    return Check(name, OK, f"{host}:{port} says {line}") if line else Check(name, WRONG, "says nothing", remedy)
