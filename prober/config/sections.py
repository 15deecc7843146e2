"""Declare the sections of prober.toml and their keys: meaning, default and allowed values of each."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from prober import __version__
from prober.config.rehearsal import FOLDER, is_name, is_place
from prober.domain.search_protocol import MOST_PAGES
from prober.domain.world import World
from prober.validation import NOT_A_KEY, Number, Truth, Whole, key, must_be, one_of

_HOST = re.compile(r"(?!-)[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})+")


def _one_or_more(value: Any) -> Any:
    """Return a list of tables; a single [imap] table becomes a list of one."""
    return [value] if isinstance(value, Mapping) else value


def _joined(value: Any, above: str = "") -> Any:
    """Return one flat table of names and values. TOML reads dots in an unquoted name as nested tables."""
    if not isinstance(value, Mapping):
        return value
    found: dict[str, Any] = {}
    for name, inner in value.items():
        found |= _joined(inner, f"{above}{name}.") if isinstance(inner, Mapping) else {f"{above}{name}": inner}
    return found


Tls = Annotated[str, one_of("starttls", "implicit", "none")]
Port = Annotated[int, Field(strict=True, ge=1, le=65535)]
Host = Annotated[
    str,
    must_be(
        _HOST.fullmatch,
        "the name of one host as it stands in an address, in lower case, without https://, port or path: "
        '"stc.example.org" = "reason, date"',
    ),
]
Reason = Annotated[str, must_be(str.strip, "the reason why it is not verified, and since when")]
Name = Annotated[
    str, must_be(is_name, 'a host name under .test in lower case, with a port unless it is 80: "camau.gov.test:443"')
]
Place = Annotated[
    str, must_be(is_place, 'a loopback or private address, not link-local, with a port: "127.0.0.1:8081"')
]
Exceptions = Annotated[Mapping[Host, Reason], BeforeValidator(_joined)]


STUDY = "pobi-2019"  # where prober.toml names no other


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
        """The folder for published snapshots, beside results.db."""
        return self.results.parent / "publish"

    @property
    def page_cache(self) -> Path:
        """The cache of what was read of pages, beside the evidence; it may be deleted at any time."""
        return self.evidence.parent / "pages.db"

    @property
    def visits(self) -> Path:
        """The folder of visits that are finished and not stored yet, beside the evidence; empty after a crawl."""
        return self.evidence.parent / "visits"


@dataclass(frozen=True, slots=True, kw_only=True)
class Crawl:
    """How the crawler behaves. docs/conduct.md gives the reasons."""

    user_agent: str = key(
        "How the crawler names itself; must hold a URL or address at which a site owner can complain.",
        f"prober/{__version__} (government responsiveness survey; simulated, contact: research@prober.test)",
    )
    delay: Number = key("Seconds between two requests to one host group; a longer Crawl-delay wins.", 2.0, ge=0)
    max_crawl_delay: Number = key(
        "Longest Crawl-delay obeyed, seconds, and longest delay after refusals; a site that asks for more gets fewer "
        "pages.",
        30.0,
        ge=0,
    )
    max_retry_after: Number = key(
        "Longest wait that a server's Retry-After is granted at once, seconds; who asks for more is asked again later "
        "in the night.",
        120.0,
        ge=0,
    )
    pages_per_agency: Whole = key("Page budget of one agency in one scan.", MOST_PAGES, ge=1, le=MOST_PAGES)
    seconds_per_agency: Whole = key(
        "Time budget of one agency in one scan, seconds: of its own answers, the delays between them and the time in "
        "which a browser shows its pages.",
        900,
        ge=1,
    )
    seconds_per_page: Number = key(
        "Processor time for reading one page, seconds; a page that takes more is unreadable. "
        "All pages of one agency together may take four times as much.",
        10.0,
        ge=0.01,
    )
    page_cache_mb: Whole = key(
        "What earlier nights read is kept up to this size, MB. A site takes about 0.5; where it is too small for "
        "the list, an unchanged night costs nearly as much as the first.",
        2_000,
        ge=0,
    )
    timeout: Number = key("Seconds after which a request is given up.", 20.0, ge=1)
    max_bytes: Whole = key("Largest body read, after decompression, bytes.", 5_000_000, ge=1)
    concurrency: Whole = key("Requests at once, over all hosts.", 100, ge=1)
    processes: Whole = key(
        "Processes that crawl at once, each its own part of the sites, beside one that stores what they found. They "
        "share concurrency, browser_pages and the memory of browsers.",
        1,
        ge=1,
        le=64,
    )
    ports: tuple[Port, ...] = key("Ports at which a server may be asked; links to others are not followed.", (80, 443))
    browser: str = key('Chromium: a path, "auto" (look for one), or "none".', "auto")
    browser_pages: Whole = key("Pages rendered at once.", 2, ge=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who asks. The sender is who it says it is (docs/conduct.md)."""

    name: str = key("Name of the person or body that asks.")
    address: str = key("Mail address; requests carry a token in it: name+TOKEN@domain.")
    organisation: str = key("Organisation, as in the signature.", "")
    postal_address: str = key("Postal address, as in the signature.", "")
    phone: str = key("Telephone, as in the signature.", "")
    citizen: Truth = key(
        "True if a citizen with the fields of article 24 asks; False for an organisation alone.", False
    )
    identity_env: str = key(
        "Environment variable that holds the number of your identity paper, for a campaign that writes it on form 01a; "
        "empty: it is asked for. It is stored nowhere.",
        "",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Smtp:
    """The server that takes our letters. Without this section nothing is ever sent."""

    host: str = key("Host name.")
    port: Whole = key("Port.", 587, ge=1, le=65535)
    user: str = key("User name; empty for none.", "")
    password_env: str = key("Environment variable, or systemd credential, that holds the password.", "")
    password_file: str = key("File that holds the password, readable by its owner only.", "")
    tls: Tls = key('"starttls" (required), "implicit", or "none" (loopback only).', "starttls")
    per_day: Whole = key("Most letters a day.", 40, ge=1)
    seconds_between: Whole = key("Seconds between two letters to one mail host.", 60, ge=0)
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
    """The mailbox that receives the answers. Several are several `[[imap]]` tables; the first is the sender's own."""

    name: str = key("What the account is called in messages; empty: its user name.", "")
    host: str = key("Host name.")
    port: Whole = key("Port.", 993, ge=1, le=65535)
    user: str = key("User name.")
    password_env: str = key("Environment variable, or systemd credential, that holds the password.", "")
    password_file: str = key("File that holds the password, readable by its owner only.", "")
    token_command: tuple[str, ...] = key(
        "OAuth2 (XOAUTH2) instead of a password: program and arguments that print an access token. No shell runs it.",
        (),
    )
    token_file: str = key("The same, where another program keeps a valid access token in a file.", "")
    tls: Tls = key('"implicit", "starttls", or "none" (loopback only).', "implicit")
    folders: tuple[str, ...] = key(
        "Folders to read. Junk and all-mail folders are read anyway, where the server marks them or names them so.",
        ("INBOX", "Junk"),
    )
    authserv_id: str = key(
        "Name under which your mail server writes Authentication-Results on top of what arrives, as any received "
        "message shows; without it no such header is believed.",
        "",
    )

    @property
    def label(self) -> str:
        """The name of the account in messages."""
        return self.name or self.user

    @property
    def account(self) -> str:
        """The key under which its messages are stored; a change of `name` does not make messages be read again."""
        return f"{self.user}@{self.host}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sandbox:
    """The embedded world of `prober demo`. Ignored in other worlds."""

    seed: Whole = key("Seed of the simulated portals and agencies.", 2019)
    small: Truth = key("Six provinces instead of 63.", False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaigns:
    """Permission for a night to send letters of campaigns that a person approved."""

    send: Truth = key(
        "True: letters of approved campaigns leave for real addresses, in a night too. False: only `prober campaign "
        "send --live` and `prober nightly --live` let them leave.",
        False,
    )


_DEADLINE = re.compile(r"(?:\d{1,2}|\d{1,2}\.\d)h|([01]\d|2[0-3]):[0-5]\d")


@dataclass(frozen=True, slots=True, kw_only=True)
class Nights:
    """Time that a night may take. Times of day are those of the study's clock."""

    crawl_deadline: Annotated[str, must_be(_DEADLINE.fullmatch, 'hours such as "8h", or a time such as "06:30"')] = key(
        "How long a crawl of a night may take, or the time of day at which it ends; the next pass goes on with it.",
        "10h",
    )


_QUIET = re.compile(r"|([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d")


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarms:
    """Receivers of messages about what needs a person, in a live world.
    No message holds private data or goes to an agency.
    """

    to: tuple[str, ...] = key("Mail addresses; the mails leave through [smtp], from the sender's address.", ())
    webhooks_env: str = key(
        "Environment variable, or systemd credential, with addresses of services as apprise writes them "
        "(`json://…`, `slack://…`), separated by blanks; they often hold a secret.",
        "",
    )
    digest: Truth = key("True: one message after every night. False: only where something is wrong.", True)
    answers: Truth = key("Tell of new answers as soon as `prober mailbox watch` has them.", True)
    quiet: Annotated[str, must_be(_QUIET.fullmatch, 'hours of the study\'s clock, such as "22:00-06:00", or empty')] = (
        key("Hours in which nothing is told; it is told afterwards, in one message.", "")
    )
    most: Whole = key("Messages a day; what comes after that is told the next day.", 6, ge=1, le=100)
    alive_file: str = key(
        "File that is touched after every night; `prober doctor`, or a monitor of yours, judges its age.", ""
    )
    alive_url: str = key(
        "Address that is asked after every night: a service that gives alarm where it stays silent.", ""
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Logs:
    """How unattended commands, and the crawl's crawl.log, say what they do (docs/logs.md)."""

    format: Annotated[str, one_of("auto", "text", "json")] = key(
        '"text": key=value. "json": one JSON object a line. "auto": text at a terminal and in the system\'s journal, '
        "JSON in files and for other programs.",
        "auto",
    )


_REDIS = re.compile(r"|rediss?://[^\s@]+")
_BROWSER = re.compile(r"|none|wss?://\S+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """Many machines that crawl one scan (docs/fleet.md). Without `redis` nothing of it is used."""

    redis: Annotated[str, must_be(_REDIS.fullmatch, "redis://HOST:PORT/NUMBER, without a password, or empty")] = key(
        "The Redis server: `redis://10.0.0.5:6379/0`. Messages are in the database of this number, leases in the next.",
        "",
    )
    password_env: str = key("Environment variable, or systemd credential, that holds Redis' password.", "")
    store: str = key(
        "Where shards go out and finished visits come in: a folder that all machines mount, or `s3://BUCKET/FOLDER`.",
        "",
    )
    store_endpoint: str = key(
        "Address of the S3-compatible server, as of MinIO. Its keys are those of the environment or ~/.aws.", ""
    )
    crawl: Truth = key(
        "True: every crawl is done by the fleet, that of a night too. False: only `prober crawl --fleet`.", False
    )
    threads: Whole = key("Shards that one worker process crawls at once, each in a child process.", 2, ge=1, le=32)
    groups: Whole = key("Most politeness groups in a shard.", 100, ge=1, le=200)
    lease: Number = key(
        "Seconds for which a worker holds a shard without being heard.",
        60.0,
        ge=2,
    )
    browser: Annotated[
        str, must_be(_BROWSER.fullmatch, '"none", or ws://HOST:PORT/ of a Playwright server, or empty')
    ] = key("The browser of this machine's workers: empty for that of [crawl], a Playwright server, or none.", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """Evidence and published snapshots that are kept; `prober prune` removes the rest, and nothing else does."""

    evidence_days: Whole = key(
        "Days since a visit saw it last, after which an archived page or picture that nothing rests on may be removed; "
        "0 keeps everything.",
        365,
    )
    snapshots: Whole = key(
        "Newest published snapshots that are kept whole; of an older one the manifest stays. 0 keeps all of them.", 0
    )
    kept_snapshots: tuple[str, ...] = key(
        "Names of older snapshots that are kept whole too: those that a paper, a release or a figure refers to.", ()
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Publish:
    """Archived pages behind the evidence that readers see (docs/conduct.md), and how soon they see any page."""

    archives: Truth = key(
        "True: archived pages with citizens' questions or persons' data are shown and published too. The embedded "
        "world shows all of its pages, since nobody is real there.",
        False,
    )
    takedowns: str = key(
        "File of archived pages that are not shown: one line an address or a SHA-256, its date, the reason. "
        "`takedowns.txt` in the folder of the study counts too.",
        "",
    )
    pages: Truth = key(
        "False: `prober publish` draws no pages ahead, which takes some ten seconds of processor time for 63 "
        "provinces; then the first readers of `prober serve --published` wait for theirs. A rehearsal and a small "
        "embedded world never do.",
        True,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """The test servers of `world = "rehearsal"` (docs/rehearsal.md). Ignored in other worlds."""

    ca_file: str = key("Certificates (PEM) of the authority of your test servers; empty: the system's.", "")
    hosts: Annotated[Mapping[Name, Place], BeforeValidator(_joined)] = key(
        "All that is reached, in fetches, redirects, the browser and mail: one line a host and port, the name under "
        ".test and the loopback or private address that answers for it.",
        dict,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The whole configuration. Relative paths start at the folder `root`."""

    world: Annotated[World, BeforeValidator(one_of(*World).func)] = key(
        '"sandbox" (default: the embedded world), "rehearsal" (your own test servers) or "live".', World.SANDBOX
    )
    study: str = key("A study that comes with the prober, or the path of a study folder (docs/studies.md).", STUDY)
    paths: Paths = field(default_factory=Paths)
    crawl: Crawl = field(default_factory=Crawl)
    sender: Sender | None = None
    smtp: Smtp | None = None
    dkim: Dkim | None = None
    imap: Annotated[tuple[Imap, ...], BeforeValidator(_one_or_more)] = ()
    campaigns: Campaigns = field(default_factory=Campaigns)
    nights: Nights = field(default_factory=Nights)
    alarms: Alarms = field(default_factory=Alarms)
    logs: Logs = field(default_factory=Logs)
    publish: Publish = field(default_factory=Publish)
    retention: Retention = field(default_factory=Retention)
    sandbox: Sandbox = field(default_factory=Sandbox)
    rehearsal: Rehearsal = field(default_factory=Rehearsal)
    fleet: Fleet = field(default_factory=Fleet)
    tls_exceptions: Exceptions = key(
        "Sites whose certificate is not verified: one line a host, its name and the reason, with the date since when. "
        "It applies to exactly this host, and every visit says what was used. Servers that only leave out an "
        "intermediate certificate need no exception.",
        dict,
    )
    root: Annotated[Path, NOT_A_KEY] = field(default_factory=Path.cwd)

    @property
    def protocols(self) -> Path:
        """The folder of the protocol files."""
        return self.root / (FOLDER if self.world is World.REHEARSAL else "") / "campaigns"

    @property
    def simulated(self) -> bool:
        return self.world is World.SANDBOX

    @property
    def draws_pages(self) -> bool:
        """Whether pages are drawn when a snapshot is published: where more than those who try it will read them."""
        tried = self.world is World.REHEARSAL or (self.simulated and self.sandbox.small)
        return self.publish.pages and not tried
