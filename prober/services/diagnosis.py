"""Judge the measurements of `prober.services.doctor`: what is in order, what is wrong, what to do. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from mailroom.sending.preflight.sender_domain import SenderCheck as Looked
from prober.config.load import Config, Imap, Sender, Smtp
from prober.documents.isolation import Walls
from prober.domain.world import World
from prober.studies.folder import FILE
from prober.studies.study import Study
from prober.validation import declared

OK, NOTE, WRONG = "ok", "note", "wrong"
LONGEST_SILENCE = 36.0  # hours since the end of the last night: a day, and what a long night takes
LEAST_FREE = 1_000_000_000  # bytes; a scan of 126 sites with its WARC files needs a few hundred megabytes
EARLIEST = datetime(2026, 1, 1).astimezone()  # the prober is younger than this: an earlier clock was never set
SECTIONS: tuple[tuple[str, type, str], ...] = (
    ("sender", Sender, "campaigns cannot be planned: a letter names who asks"),
    ("smtp", Smtp, "nothing is ever sent"),
    ("imap", Imap, "answers are not read"),
)
_DOMAIN_REMEDY = "ask whoever keeps the DNS of the sender's domain; receivers look at it before they take a letter"


@dataclass(frozen=True, slots=True)
class Check:
    """The result of one check. `remedy` says what to do; it is empty if nothing needs to be done."""

    name: str
    status: str  # ok, note (works with a limitation) or wrong
    found: str
    remedy: str = ""


def sections(config: Config) -> list[Check]:
    """Return one check per section; for one that a live configuration leaves out, with every key it would need."""
    if config.simulated:
        return []
    checks = []
    for name, cls, consequence in SECTIONS:
        if not getattr(config, name):
            keys = "; ".join(f"{key}: {spec.description}" for key, spec in declared(cls).items() if spec.is_required())
            checks.append(Check(f"[{name}]", NOTE, f"not configured: {consequence}", f"add [{name}] with {keys}"))
        else:
            checks.append(Check(f"[{name}]", OK, "complete"))
    return checks


def contact(study: Study) -> list[Check]:
    """Return one check where a study names nobody whom readers and offices can write to."""
    if study.contact:
        return []
    found = f"{study.name} names no contact: the pages say that nobody is named to report a mistake to"
    return [Check("study", NOTE, found, f'contact = "ADDRESS" in {study.folder / FILE}')]


def sending(config: Config) -> list[Check]:
    """Return one check where a night would not send what a person approved."""
    if config.world is not World.LIVE or not config.smtp or config.campaigns.send:
        return []
    found = "letters of approved campaigns leave only with --live; a night without it fails while one is due"
    return [Check("[campaigns]", NOTE, found, "send = true under [campaigns], once nights may send")]


def sign_of_life(config: Config, now: datetime) -> list[Check]:
    """Judge the age of the file that every night touches, where [alarms] names one."""
    if config.world is not World.LIVE or not config.alarms.alive_file:
        return []
    path = config.root / config.alarms.alive_file
    remedy = "`prober status` says how the last night ended; is the timer enabled?"
    if not path.exists():
        return [Check("sign of life", WRONG, f"{path}: no night has ended yet", remedy)]
    hours = (now.timestamp() - path.stat().st_mtime) / 3600
    status = OK if hours <= LONGEST_SILENCE else WRONG
    return [Check("sign of life", status, f"the last night ended {hours:.0f} h ago", "" if status == OK else remedy)]


def unknown_servers(mailbox: str, authserv_id: str) -> list[Check]:
    """Return a note about a mailbox whose server cannot be believed about senders, because its name is not known."""
    if authserv_id:
        return []
    remedy = (
        "[imap] authserv_id: the name at the beginning of the topmost Authentication-Results of a message in the "
        "mailbox; `prober campaign preflight` shows it"
    )
    found = f"{mailbox}: not configured, so mail without a secret of ours waits for a person"
    return [Check("authserv_id", NOTE, found, remedy)]


def sender_domain(found: Iterable[Looked], asks_dns: bool) -> list[Check]:
    """Judge what receivers look up of the sender's domain; a world that `asks_dns` nothing has no remedy for it."""
    checks = []
    for looked in found:
        status = {"ok": OK, "fail": WRONG}.get(looked.result, NOTE)
        # What was skipped says itself which key of the configuration is missing.
        remedy = _DOMAIN_REMEDY if asks_dns and looked.result in ("fail", "warn") else ""
        checks.append(Check(looked.check, status, looked.detail, remedy))
    return checks


def second_looks(count: int, since: str) -> list[Check]:
    """Return one check where changes wait for a second look; `since` is the time of the first of them."""
    if not count:
        return []
    found = f"{count} wait for a second look, the first since {since[:10]}; the last good verdicts stand until then"
    return [Check("changes", NOTE, found, "`prober crawl`, six hours after the first look at the earliest")]


def secret_files(config: Config) -> list[str]:
    """Return the files with secrets that the configuration names: only their owner should be able to read them."""
    named = [
        config.smtp and config.smtp.password_file, config.dkim and config.dkim.key_file,
        *(path for imap in config.imap for path in (imap.password_file, imap.token_file)),
    ]  # fmt: skip
    return [path for path in named if path]


def exceptions(config: Config) -> list[Check]:
    """Return one check per host whose certificate is not verified."""
    return [
        Check(
            "[tls_exceptions]", NOTE, f"the certificate of {host} is not verified: {reason}",
            "take the line out once the site's certificate is good again",
        )
        for host, reason in config.tls_exceptions.items()
    ]  # fmt: skip


def test_server(name: str, where: str, answers: bool) -> Check:
    """Judge one line of [rehearsal.hosts]: whether `where` takes connections."""
    if answers:
        return Check("[rehearsal.hosts]", OK, f"{name}: {where} takes connections")
    return Check("[rehearsal.hosts]", WRONG, f"{name}: nothing listens at {where}", "start the test server")


def disk(path: str, free: int) -> Check:
    """Judge the `free` bytes on the disk that holds `path`."""
    found = f"{free / 1e9:.1f} GB free at {path}"
    if free >= LEAST_FREE:
        return Check("disk", OK, found)
    return Check("disk", WRONG, found, f"free at least {LEAST_FREE / 1e9:.0f} GB, or move [paths] to another disk")


def clock(now: datetime, newest: datetime | None, simulated: bool) -> Check:
    """Judge the clock: it may not be before `newest`, the latest time in results.db, in the embedded world either."""
    remedy = "set the clock (on Debian: timedatectl set-ntp true); reply times are measured with it"
    if not simulated and now < EARLIEST:
        return Check("clock", WRONG, f"it says {now.isoformat()}", remedy)
    if newest and now < newest - timedelta(minutes=5):
        return Check("clock", WRONG, f"it says {now.isoformat()}, but a run began at {newest.isoformat()}", remedy)
    return Check("clock", OK, now.isoformat())


def private_mode(path: str, mode: int, folder: bool = False) -> Check:
    """Judge `mode`, the permission bits of a file or folder that is its owner's only, such as private.db."""
    if mode & 0o077:
        remedy = f"chmod -R go= {path}" if folder else f"chmod 600 {path}"
        return Check("permissions", WRONG, f"{path} can be read by others ({mode:o})", remedy)
    return Check("permissions", OK, f"{path} is its owner's only")


def readers(walls: Walls, libreoffice: bool) -> Check:
    """Report what stands around the programs that read strangers' files, and whether the oldest are read."""
    oldest = "" if libreoffice else "; Word before 97 and Excel before 95 are not read (LibreOffice is missing)"
    if walls is Walls.BUBBLEWRAP:
        return Check("file readers", OK, f"each file in bubblewrap: no network, nothing to write{oldest}")
    remedy = "on Debian: apt-get install bubblewrap; user namespaces must be allowed (see `browser confinement`)"
    lacking = "without a network, but able to read what this user can" if walls is Walls.NAMESPACES else (
        "with limits of time and memory only"
    )  # fmt: skip
    return Check("file readers", NOTE, f"no bubblewrap, or it may not run: files are read {lacking}{oldest}", remedy)


def scans(missing: Sequence[str]) -> Check:
    """Report whether scanned letters are read; `missing` are the Debian packages needed for it."""
    if not missing:
        return Check("scans", OK, "the words in scanned letters are recognised (tesseract)")
    remedy = f"on Debian: apt-get install {' '.join(missing)}; the next `prober mailbox sync` reads those that wait"
    return Check("scans", NOTE, "scanned letters are stored and flagged, and nobody reads them", remedy)


def stuck(rows: Iterable[Mapping[str, Any]]) -> list[Check]:
    """Return one check per kind of row that waits for a person or a command, with their number and the oldest."""
    groups: dict[tuple[str, str, str], list[Mapping[str, Any]]] = {}
    for row in rows:
        groups.setdefault((row["table"], row["state"], row["remedy"]), []).append(row)
    if not groups:
        return [Check("stuck rows", OK, "none")]
    return [
        Check(
            "stuck rows",
            WRONG if state in ("sending", "uncertain", "deferred", "stored") or table in ("scan", "run") else NOTE,
            f"{len(group)} × {table} {state}, oldest since {min(row['since'] or '' for row in group)}",
            remedy,
        )
        for (table, state, remedy), group in groups.items()
    ]
