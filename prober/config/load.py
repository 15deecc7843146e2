"""Read prober.toml and the environment once into one frozen value. No other module reads either.

Without a prober.toml the configuration describes the embedded world: simulated portals and mail on loopback.
"""

import dataclasses
import ipaddress
import os
import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from prober.config import rehearsal
from prober.config.sections import Config, Crawl, Dkim, Imap, Paths, Rehearsal, Sandbox, Sender, Smtp
from prober.config.simulated import embedded
from prober.domain.world import World
from prober.errors import ConfigError
from prober.validation import checked, numbered

__all__ = [
    "Config", "Crawl", "Dkim", "Imap", "Paths", "Rehearsal", "Sandbox", "Sender", "Smtp", "identity", "load", "parse",
    "secret", "secret_file", "supervisor",
]  # fmt: skip

_SECRETS = ("password_env", "password_file", "token_command", "token_file")


def load(path: Path | None = None) -> Config:
    """Return the configuration of `path`, else of ./prober.toml, else the defaults of the embedded world.

    Raises ConfigError that names the file and the key: not found, not TOML, unknown key, missing key, wrong type.
    """
    if path is None:
        path = Path("prober.toml")
        if not path.exists():
            return embedded(Path.cwd())
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: not valid TOML: {error}") from error
    config = parse(table, str(path))
    root = path.resolve().parent
    config = dataclasses.replace(
        config,
        root=root,
        paths=_anchored(config.paths, root),
        smtp=_with_file(config.smtp, "password_file", root),
        imap=tuple(_anchored_mailbox(imap, root) for imap in config.imap),
        dkim=_with_file(config.dkim, "key_file", root),
        rehearsal=_with_file(config.rehearsal, "ca_file", root),
    )
    if outside := [*_paths_outside(config)]:
        raise ConfigError("\n".join(f"{path}: {fault}" for fault in outside))
    return config


def parse(table: Mapping[str, Any], source: str) -> Config:
    """Return a Config from the parsed TOML `table`. Relative paths are left as they are.

    Raises ConfigError with every problem, one a line; each names `source`, the key and the remedy.
    """
    if table.get("world") == World.REHEARSAL:
        table = rehearsal.with_own_paths(table)
    config, faults = checked(Config, table)
    if config:
        faults = [*_mailbox_problems(config.imap), *_world_problems(config)]
    if config is None or faults:
        raise ConfigError("\n".join(f"{source}: {fault}" for fault in faults))
    return config


def secret(section: Smtp | Imap, environ: Mapping[str, str] = os.environ) -> str:
    """Return the password that a section names, "" if none.

    Raises ConfigError if the variable is unset, or the file unreadable or open to others.
    """
    if section.password_env:
        held = _named(section.password_env, environ)
        if held is None:
            raise ConfigError(
                f"environment variable {section.password_env} is not set; "
                f"it should hold the password of {section.user} at {section.host}"
            )
        return held
    if section.password_file:
        try:
            return secret_file("password_file", section.password_file).decode("utf-8").strip()
        except UnicodeDecodeError as error:
            raise ConfigError(f"password_file {section.password_file}: cannot be read: {error}") from error
    return ""


def secret_named(name: str) -> str:
    """Return the secret of this name. Raises ConfigError if there is none."""
    held = _named(name, os.environ)
    if held is None:
        raise ConfigError(f"environment variable {name} is not set")
    return held


def _named(name: str, environ: Mapping[str, str]) -> str | None:
    """Return the secret of this name: an environment variable, or a credential that the service manager passed on.

    Credentials of systemd are files, which no child process inherits as it does the environment (systemd.exec(5),
    LoadCredential=). An empty one is the unit's own default: None, as where there is neither.
    """
    if name in environ:
        return environ[name]
    folder = environ.get("CREDENTIALS_DIRECTORY", "")
    file = Path(folder, Path(name).name)
    try:
        return file.read_text(encoding="utf-8").strip() or None if folder else None
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"credential {file}: cannot be read: {error}") from error


def secret_file(name: str, path: str) -> bytes:
    """Return the content of a file with a secret, which the key `name` of the configuration names.

    Raises ConfigError if it cannot be read, or if others than its owner can read or change it.
    """
    try:
        with Path(path).open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode & 0o777
            content = file.read()
    except OSError as error:
        raise ConfigError(f"{name} {path}: cannot be read: {error}") from error
    if mode & 0o077:
        raise ConfigError(f"{name} {path}: others than its owner may use it ({mode:o}); run: chmod 600 {path}")
    return content


def identity(sender: Sender, environ: Mapping[str, str] = os.environ) -> str:
    """Return the number of the sender's identity paper; "" if [sender] names no variable.

    Raises ConfigError if the variable is unset.
    """
    held = _named(sender.identity_env, environ) if sender.identity_env else ""
    if held is None:
        raise ConfigError(
            f"environment variable {sender.identity_env} ([sender] identity_env) is not set; it should hold the number "
            "of the identity paper that is written on form 01a"
        )
    return held.strip()


def supervisor() -> str:
    """Return the address of the service manager's socket for notifications (sd_notify(3)); "" if there is none."""
    return os.environ.get("NOTIFY_SOCKET", "")


def journal(environ: Mapping[str, str] = os.environ) -> str:
    """Return "device:inode" of the stream that leads to the system's journal (systemd.exec(5)); "" if there is none."""
    return environ.get("JOURNAL_STREAM", "")


def _world_problems(config: Config) -> list[str]:
    if config.world is World.LIVE:
        return _live_problems(config)
    if config.world is World.REHEARSAL:
        return [*_rehearsal_problems(config), *_server_problems(config)]
    return []


def _rehearsal_problems(config: Config) -> Iterator[str]:
    """Yield what in a configuration would let a rehearsal leave the listed hosts, `.test`, or its own folder."""
    if not config.rehearsal.hosts:
        yield (
            "[rehearsal.hosts] is missing: a rehearsal reaches nothing else; one line a host and port, "
            '"camau.gov.test" = "127.0.0.1:8081"'
        )
    listed = set(rehearsal.places(config.rehearsal.hosts).values())
    servers: list[tuple[str, Smtp | Imap]] = [("smtp", config.smtp)] if config.smtp else []
    for name, server in (*servers, *(("imap", imap) for imap in config.imap)):
        if (server.host, server.port) not in listed:
            yield (
                f"[{name}] host and port: must be an address and port that [rehearsal.hosts] lists, not "
                f"{server.host}:{server.port}"
            )
    if config.sender and not World.REHEARSAL.may_write_to(config.sender.address):
        yield f"[sender] address: must be a plain address under .test in a rehearsal, not {config.sender.address!r}"
    if config.dkim and not World.REHEARSAL.may_write_to(f"x@{config.dkim.domain}"):
        yield f"[dkim] domain: must be under .test in a rehearsal, not {config.dkim.domain!r}"


def _live_problems(config: Config) -> list[str]:
    problems = []
    if config.crawl.user_agent == Crawl().user_agent:
        problems.append("[crawl] user_agent is missing: a live crawl must name a real contact URL or address")
    elif "://" not in config.crawl.user_agent and "@" not in config.crawl.user_agent:
        problems.append("[crawl] user_agent names no URL and no address at which a site owner can complain; add one")
    if config.crawl.delay < 1:
        problems.append(f"[crawl] delay: must be at least 1 second in a live crawl, not {config.crawl.delay:g}")
    return problems + _server_problems(config)


def _paths_outside(config: Config) -> Iterator[str]:
    """Yield each path of a rehearsal's configuration that is not in its folder."""
    if config.world is World.REHEARSAL:
        for name in ("results", "private", "evidence", "report", "world"):
            if not rehearsal.is_inside(path := getattr(config.paths, name), config.root):
                yield f"[paths] {name}: a rehearsal writes to {rehearsal.FOLDER} alone, not to {path}"


def _server_problems(config: Config) -> list[str]:
    problems = []
    if config.smtp and config.smtp.outgoing_ip and not _is_address(config.smtp.outgoing_ip):
        problems.append(f"[smtp] outgoing_ip: must be one IP address, not {config.smtp.outgoing_ip!r}")
    if config.sender and not re.fullmatch(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>]+", config.sender.address):
        problems.append(f"[sender] address: must be one plain mail address, not {config.sender.address!r}")
    servers: list[tuple[str, Smtp | Imap]] = [("smtp", config.smtp)] if config.smtp else []
    servers += [(numbered("imap", n, len(config.imap)), imap) for n, imap in enumerate(config.imap, 1)]
    for name, section in servers:
        if section.tls == "none" and not _is_loopback(section.host):
            problems.append(
                f'[{name}] tls = "none" is allowed for loopback addresses only; use "starttls" or "implicit"'
            )
    return problems


def _mailbox_problems(mailboxes: Sequence[Imap]) -> list[str]:
    """Return the problems of mailboxes that name several secrets, or cannot be distinguished."""
    problems = []
    for number, imap in enumerate(mailboxes, 1):
        name = numbered("imap", number, len(mailboxes))
        named = [key for key in _SECRETS if getattr(imap, key)]
        if len(named) > 1:
            problems.append(f"[{name}] names {' and '.join(named)}; name one of them")
    problems += [
        f"{number} [[imap]] tables read the mailbox of {account}; keep one, with all the folders"
        for account, number in Counter(imap.account for imap in mailboxes).items()
        if number > 1
    ]
    problems += [
        f'{number} [[imap]] tables are called "{label}"; give each a name of its own'
        for label, number in Counter(imap.label for imap in mailboxes).items()
        if number > 1 and not problems
    ]
    return problems


def _is_address(text: str) -> bool:
    try:
        return bool(ipaddress.ip_address(text))
    except ValueError:
        return False


def _is_loopback(host: str) -> bool:
    """Return True for a literal loopback address only: a name such as localhost can be made to point anywhere."""
    return _is_address(host) and ipaddress.ip_address(host).is_loopback


def _anchored(paths: Paths, root: Path) -> Paths:
    return Paths(**{f.name: root / getattr(paths, f.name) for f in dataclasses.fields(paths)})


def _anchored_mailbox(imap: Imap, root: Path) -> Imap:
    """Return `imap` with paths relative to `root`; a program named without a slash is searched in PATH."""
    program, *words = imap.token_command or ("",)
    if "/" in program:
        imap = dataclasses.replace(imap, token_command=(str(root / program), *words))
    return _with_file(_with_file(imap, "password_file", root), "token_file", root)


def _with_file(section: Any, name: str, root: Path) -> Any:
    if not (section and getattr(section, name)):
        return section
    return dataclasses.replace(section, **{name: str(root / getattr(section, name))})
