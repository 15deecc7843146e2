"""prober.toml and the environment, read once into one frozen value. No other module reads either.

Without a prober.toml the configuration describes the embedded world: simulated portals and mail on loopback.
"""

import dataclasses
import ipaddress
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from prober.errors import ConfigError
from prober.keys import build, key, names

_PORT = (1, 65535)
_FROM_ONE = (1, float("inf"))
_FROM_ZERO = (0, float("inf"))
_HOST = re.compile(r"(?!-)[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})+")
_TLS = ("starttls", "implicit", "none")


@dataclass(frozen=True, slots=True, kw_only=True)
class Paths:
    """Where files are written. Relative paths are relative to the folder of prober.toml."""

    results: Path = key("The public database.", Path("results.db"))
    private: Path = key("Raw mail, letters and approvals. Never publish it.", Path("var/private.db"))
    evidence: Path = key("WARC files and screenshots.", Path("var/evidence"))
    report: Path = key("The HTML report.", Path("report.html"))
    world: Path = key("State of the embedded world.", Path("var/world"))

    @property
    def snapshots(self) -> Path:
        """Where snapshots are published: beside results.db."""
        return self.results.parent / "publish"


@dataclass(frozen=True, slots=True, kw_only=True)
class Crawl:
    """How the crawler behaves. docs/conduct.md gives the reasons."""

    user_agent: str = key(
        "How the crawler names itself; must hold a URL or address at which a site owner can complain.",
        "prober/0.1 (government responsiveness survey; simulated, contact: research@prober.test)",
    )
    delay: float = key(
        "Seconds between two requests to one host group; a longer Crawl-delay wins.", 2.0, span=_FROM_ZERO
    )
    max_crawl_delay: float = key(
        "Longest Crawl-delay obeyed, seconds; a site that asks for more gets fewer pages.", 30.0, span=_FROM_ZERO
    )
    pages_per_agency: int = key("Page budget of one agency in one scan.", 40, span=_FROM_ONE)
    seconds_per_agency: int = key("Time budget of one agency in one scan, seconds.", 900, span=_FROM_ONE)
    timeout: float = key("Seconds after which a request is given up.", 20.0, span=_FROM_ONE)
    max_bytes: int = key("Largest body read, after decompression, bytes.", 5_000_000, span=_FROM_ONE)
    concurrency: int = key("Requests at once, over all hosts.", 100, span=_FROM_ONE)
    browser: str = key('Chromium: a path, "auto" (look for one), or "none".', "auto")
    browser_pages: int = key("Pages rendered at once.", 2, span=_FROM_ONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who asks. The sender is who it says it is (docs/conduct.md)."""

    name: str = key("Name of the person or body that asks.")
    address: str = key("Mail address; requests carry a token in it: name+TOKEN@domain.")
    organisation: str = key("Organisation, as in the signature.", "")
    postal_address: str = key("Postal address, as in the signature.", "")
    phone: str = key("Telephone, as in the signature.", "")
    citizen: bool = key("True if a citizen with the fields of article 24 asks; False for an organisation alone.", False)
    identity_env: str = key(
        "Environment variable that holds the number of your identity paper, for a campaign that writes it on form 01a; "
        "empty: it is asked for. It is stored nowhere.",
        "",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Smtp:
    """The server that takes our letters. Without this section nothing is ever sent."""

    host: str = key("Host name.")
    port: int = key("Port.", 587, span=_PORT)
    user: str = key("User name; empty for none.", "")
    password_env: str = key("Environment variable that holds the password.", "")
    password_file: str = key("File that holds the password, readable by its owner only.", "")
    tls: str = key('"starttls" (required), "implicit", or "none" (loopback only).', "starttls", one_of=_TLS)
    per_day: int = key("Most letters a day.", 40, span=_FROM_ONE)
    seconds_between: int = key("Seconds between two letters to one mail host.", 60, span=_FROM_ZERO)
    outgoing_ip: str = key(
        "Address from which this server sends on, if you know it; SPF and the name behind it are judged for it.", ""
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Dkim:
    """Letters are signed here. Leave it out where the mail server signs; preflight shows whether it does."""

    domain: str = key("Domain that signs: that of [sender] address, or one above it.")
    selector: str = key("Selector under which the public key is published: SELECTOR._domainkey.DOMAIN.")
    key_file: str = key("RSA key in PEM, readable by its owner only.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Imap:
    """The mailbox that receives the answers."""

    host: str = key("Host name.")
    port: int = key("Port.", 993, span=_PORT)
    user: str = key("User name.")
    password_env: str = key("Environment variable that holds the password.", "")
    password_file: str = key("File that holds the password, readable by its owner only.", "")
    tls: str = key('"implicit", "starttls", or "none" (loopback only).', "implicit", one_of=_TLS)
    folders: tuple[str, ...] = key("Folders to read; junk folders belong here too.", ("INBOX", "Junk"))


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The embedded world of `prober demo`. Ignored in live mode."""

    seed: int = key("Seed of the simulated portals and agencies.", 2019)
    small: bool = key("Six provinces instead of 63.", False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The whole configuration. `root` is the folder that relative paths start from."""

    world: str = key('"sandbox" (default: the embedded world) or "live".', "sandbox", one_of=("sandbox", "live"))
    paths: Paths = field(default_factory=Paths)
    crawl: Crawl = field(default_factory=Crawl)
    sender: Sender | None = None
    smtp: Smtp | None = None
    dkim: Dkim | None = None
    imap: Imap | None = None
    sandbox: World = field(default_factory=World)
    tls_exceptions: Mapping[str, str] = names(
        "Sites whose certificate is not verified: one line a host, its name and the reason, with the date since when. "
        "It applies to exactly this host, and every visit says what was used. Servers that only leave out an "
        "intermediate certificate need no exception."
    )
    root: Path = field(default_factory=Path.cwd)

    @property
    def simulated(self) -> bool:
        return self.world == "sandbox"


def load(path: Path | None = None) -> Config:
    """Read `path`, else ./prober.toml, else the defaults of the embedded world.

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
    return dataclasses.replace(
        config,
        root=root,
        paths=_anchored(config.paths, root),
        smtp=_with_file(config.smtp, "password_file", root),
        imap=_with_file(config.imap, "password_file", root),
        dkim=_with_file(config.dkim, "key_file", root),
    )


def embedded(root: Path, sandbox: World | None = None) -> Config:
    """The configuration of the embedded world, with its files under `root`.

    Simulated sites get less time between two requests, and less patience where they never answer, than real ones do, so
    that a demonstration takes minutes. The delay is kept all the same, and proved by the world's log.
    """
    crawl = Crawl(delay=0.5, timeout=6.0)
    return Config(root=root, paths=_anchored(Paths(), root), crawl=crawl, sandbox=sandbox or World())


def parse(table: Mapping[str, Any], source: str) -> Config:
    """A Config from the parsed TOML `table`. Relative paths are left as they are.

    Raises ConfigError with every problem, one a line; each names `source`, the key and the remedy.
    """
    problems: list[str] = []
    config: Config | None = build(Config, table, "", problems)
    if config and config.tls_exceptions:
        problems += _exception_problems(config.tls_exceptions)
    if config and not problems and config.world == "live":
        problems = _live_problems(config)
    if config is None or problems:
        raise ConfigError("\n".join(f"{source}: {problem}" for problem in problems))
    return config


def secret(section: Smtp | Imap, environ: Mapping[str, str] = os.environ) -> str:
    """The password that a section names. Raises ConfigError if the variable is unset or the file unreadable."""
    if section.password_env:
        if section.password_env not in environ:
            raise ConfigError(
                f"environment variable {section.password_env} is not set; "
                f"it should hold the password of {section.user} at {section.host}"
            )
        return environ[section.password_env]
    if section.password_file:
        try:
            return Path(section.password_file).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ConfigError(f"password_file {section.password_file}: cannot be read: {error}") from error
    return ""


def identity(sender: Sender, environ: Mapping[str, str] = os.environ) -> str:
    """The number of the sender's identity paper; "" if [sender] names no variable. ConfigError if it is unset."""
    if sender.identity_env and sender.identity_env not in environ:
        raise ConfigError(
            f"environment variable {sender.identity_env} ([sender] identity_env) is not set; it should hold the number "
            "of the identity paper that is written on form 01a"
        )
    return environ[sender.identity_env].strip() if sender.identity_env else ""


def supervisor(environ: Mapping[str, str] = os.environ) -> str:
    """Address of the socket on which a service manager waits for word (sd_notify(3)); "" where there is none."""
    return environ.get("NOTIFY_SOCKET", "")


def _live_problems(config: Config) -> list[str]:
    problems = []
    if config.crawl.user_agent == Crawl().user_agent:
        problems.append("[crawl] user_agent is missing: a live crawl must name a real contact URL or address")
    elif "://" not in config.crawl.user_agent and "@" not in config.crawl.user_agent:
        problems.append("[crawl] user_agent names no URL and no address at which a site owner can complain; add one")
    if config.crawl.delay < 1:
        problems.append(f"[crawl] delay must be at least 1 second in a live crawl, not {config.crawl.delay:g}")
    if config.smtp and config.smtp.outgoing_ip and not _is_address(config.smtp.outgoing_ip):
        problems.append(f"[smtp] outgoing_ip must be one IP address, not {config.smtp.outgoing_ip!r}")
    if config.sender and not re.fullmatch(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>]+", config.sender.address):
        problems.append(f"[sender] address must be one plain mail address, not {config.sender.address!r}")
    for name in ("smtp", "imap"):
        section = getattr(config, name)
        if section and section.tls == "none" and not _is_loopback(section.host):
            problems.append(
                f'[{name}] tls = "none" is allowed for loopback addresses only; use "starttls" or "implicit"'
            )
    return problems


def _exception_problems(exceptions: Mapping[str, str]) -> list[str]:
    """Exceptions that name no single host, or no reason."""
    problems = []
    for host, reason in exceptions.items():
        if not _HOST.fullmatch(host):
            problems.append(
                f'[tls_exceptions] "{host}" is not the name of one host; write it as in an address, in lower case, '
                'without https://, port or path: "stc.example.org" = "reason, date"'
            )
        if not reason.strip():
            problems.append(f'[tls_exceptions] "{host}" gives no reason; say why it is not verified, and since when')
    return problems


def _is_address(text: str) -> bool:
    try:
        return bool(ipaddress.ip_address(text))
    except ValueError:
        return False


def _is_loopback(host: str) -> bool:
    """True for a literal address only: a name such as localhost may be made to point anywhere."""
    return _is_address(host) and ipaddress.ip_address(host).is_loopback


def _anchored(paths: Paths, root: Path) -> Paths:
    return Paths(**{f.name: root / getattr(paths, f.name) for f in dataclasses.fields(paths)})


def _with_file(section: Any, name: str, root: Path) -> Any:
    if not (section and getattr(section, name)):
        return section
    return dataclasses.replace(section, **{name: str(root / getattr(section, name))})
