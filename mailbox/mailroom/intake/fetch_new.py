"""Fetch new raw mail into private.db: compare the server's list with what we hold, fetch the difference, commit.

The comparison is by UID and INTERNALDATE under the present UIDVALIDITY, so it finds new mail, mail that another client
moved in, a renumbered folder, and a UID given twice, whatever happened since the last pass.

The number of the sender's identity paper is removed before a message is stored. It comes back in the copy to ourselves,
and in a report that returns our whole letter. There the bytes of the letter surround the number, so it is found without
being known; one that an office writes in its own words is not recognised and stays. The hashes in signatures of the
letter (DKIM, ARC) are removed too: identity numbers are so few that one can be found by trying all against the hash.
Reports that return only headers contain these signatures without the text. What an office signed itself stays, where
no number was in it.
"""

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice

from mailroom.imap.accounts import Login
from mailroom.imap.connection import LARGEST, LOST, BadMessages
from mailroom.imap.mailbox import Mailbox
from mailroom.mime import parser
from prober.campaign.letters.identity_number import Seam, seam
from prober.campaign.protocol import parse
from prober.clock import Clock
from prober.config.load import Imap
from prober.errors import ConfigError, FolderRefused, ProtocolError, ServerMisbehaves, ServerUnreachable
from prober.store import Database
from prober.store.private import campaigns, messages, outbox
from prober.store.private.messages import Arrival
from prober.text.patterns import linear

TRIES = 4
FIRST_PAUSE = 0.5  # seconds; doubled at each further try
LESSONS = 50  # breaks at messages, which are then asked for one by one; these do not count as tries

Progress = Callable[[str, int, int], None]  # the activity, how many are done, of how many


@dataclass(slots=True)
class Intake:
    """Count what one pass over the mailbox brought."""

    fetched: int = 0  # messages taken over
    new: int = 0  # of these, bytes that were not held yet
    mailbox_has: int = 0
    we_hold: int = 0
    notes: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)  # folders that the server refuses to open, with its reason

    def add(self, other: "Intake", where: str) -> None:
        """Add the counts of another mailbox; `where` goes before its notes."""
        self.fetched += other.fetched
        self.new += other.new
        self.mailbox_has += other.mailbox_has
        self.we_hold += other.we_hold
        self.notes += [where + note for note in other.notes]
        self.refused += [where + reason for reason in other.refused]


def collect(private: Database, imap: Imap, login: Login, clock: Clock, on_progress: Progress) -> Intake:
    """Make one full pass over all folders. A lost connection is opened again; what was committed stays.

    Raises ServerUnreachable if the pass cannot be finished in TRIES tries, ConfigError for a refused login.
    """
    bad, lessons = BadMessages(), 0
    attempt, pause = 1, FIRST_PAUSE
    result = Intake()
    while True:
        result = Intake(result.fetched, result.new)  # messages that came before the connection was lost are stored
        try:
            with Mailbox(imap, login, bad) as mailbox:
                return collect_from(mailbox, private, imap, clock, on_progress, result)
        except (ConfigError, ServerMisbehaves):  # a refused login, which is locked after more; or a server to leave
            raise
        except (ServerUnreachable, *LOST) as error:
            if bad.broke() and lessons < LESSONS:
                lessons += 1
                time.sleep(FIRST_PAUSE)
                continue
            if attempt == TRIES:
                if isinstance(error, ServerUnreachable):
                    raise
                raise ServerUnreachable(
                    f"{imap.host}:{imap.port}: the mailbox broke off {TRIES} times ({type(error).__name__}: {error}). "
                    "What was fetched is stored; run the same command to go on."
                ) from error
            time.sleep(pause)
            attempt, pause = attempt + 1, pause * 2


def collect_from(
    mailbox: Mailbox, private: Database, imap: Imap, clock: Clock, on_progress: Progress,
    result: Intake | None = None,
) -> Intake:  # fmt: skip
    """Make one full pass on an open connection and add its counts to `result`.

    Raises FolderRefused if the server refuses the first folder, which most often is the inbox.
    """
    result = result or Intake()
    read = mailbox.folders()
    for folder in read:
        try:
            _collect_folder(mailbox, private, imap, folder, clock, on_progress, result)
        except FolderRefused as error:
            if folder == mailbox.watched:  # the inbox: without it the pass is worth nothing
                raise
            result.refused.append(f"{error}; the folder was not read")
    gone = messages.forget_folders(private, imap.account, read)
    result.notes += [
        f"{folder}: not on the server any more, or not read now; what came from it stays" for folder in gone
    ]
    result.notes += [f"a folder has a name that cannot be read: {line}" for line in mailbox.unreadable]
    result.notes += [f"[imap] folders names {name}, which the server does not have" for name in mailbox.absent]
    return result


def collect_latest(mailbox: Mailbox, private: Database, imap: Imap, clock: Clock, on_progress: Progress) -> Intake:
    """Fetch the latest mail of the selected folder at once: only UIDs above those held are asked for.

    A full pass has to follow, which finds the rest.
    """
    result = Intake()
    wanted = mailbox.after(messages.last_uid(private, imap.account, mailbox.folder, mailbox.uidvalidity))
    _take(mailbox, private, imap.account, wanted, clock, on_progress, result)
    return result


def _collect_folder(
    mailbox: Mailbox, private: Database, imap: Imap, folder: str, clock: Clock, on_progress: Progress, result: Intake
) -> None:
    uidvalidity = mailbox.select(folder)
    known = messages.known(private, imap.account, folder, uidvalidity)
    listing = mailbox.listing(known.uids)  # the date of a message that is fetched comes with it
    notes = []
    if known.uidvalidity not in (None, uidvalidity):
        notes.append(f"UIDVALIDITY changed from {known.uidvalidity} to {uidvalidity}; everything was read again")
    reused = [uid for uid, at in listing.items() if at and datetime.fromisoformat(known.uids[uid]) != at]
    if reused:
        notes.append(f"UID {', '.join(map(str, islice(reused, 5)))} now means another message; both are kept")
    wanted = sorted({uid for uid in listing if uid not in known.uids} | set(reused))
    undated, too_large = mailbox.undated, mailbox.too_large
    done = _take(mailbox, private, imap.account, wanted, clock, on_progress, result)
    if mailbox.undated > undated:
        notes.append(f"the server tells no time of {mailbox.undated - undated} messages; that of their headers counts")
    if mailbox.too_large > too_large:
        notes.append(f"{mailbox.too_large - too_large} messages have more than {LARGEST} bytes and were not fetched")
    if missing := len(wanted) - done - (mailbox.too_large - too_large):
        notes.append(f"{missing} messages were listed and not given; asked for again next time")
    if (unlisted := mailbox.exists - len(listing)) > 0:
        notes.append(f"{unlisted} messages were announced and not listed; asked for again next time")
    has, hold = messages.note_folder(
        private, imap.account, folder, uidvalidity, listing, clock.now(), "; ".join(notes), mailbox.exists,
        imap.authserv_id,
    )  # fmt: skip
    result.mailbox_has += has
    result.we_hold += hold
    result.notes += [f"{folder}: {note}" for note in notes]


def _take(
    mailbox: Mailbox, private: Database, account: str, wanted: Sequence[int], clock: Clock, on_progress: Progress,
    result: Intake,
) -> int:  # fmt: skip
    """Fetch and commit the `wanted` UIDs of the selected folder; return how many of them the server gave."""
    done = 0
    seams = identity_seams(private) if wanted else []
    for batch in mailbox.fetch(wanted):
        kept = without_identity(batch, seams)
        result.new += messages.keep(private, account, mailbox.folder, mailbox.uidvalidity, kept, clock.now())
        done += len(batch)
        result.fetched += len(batch)  # counted at once: the connection may break at the next batch
        on_progress(f"reading {mailbox.folder}", done, len(wanted))
    return done


# A signature header with its folded lines, in the message or in one that it returns; _HASHES finds its hash (bh=) and
# signature (b=).
_SIGNATURE = linear(
    rb"^(?:[\w-]*DKIM-Signature|ARC-Message-Signature|ARC-Seal):[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*",
    re.IGNORECASE | re.MULTILINE,
)
_HASHES = linear(rb"(?<![\w-])(bh?)[ \t]*=[A-Za-z0-9+/=\s]*")

_END_OF_HEAD = linear(rb"\r?\n\r?\n")

Tagged = tuple[bytes, Seam]  # token of the letter, and the place of its number


def identity_seams(private: Database) -> list[Tagged]:
    """Return the token and the place of the number of every letter that is sent with an identity number.

    There are none unless a protocol says `identity = true`.
    """
    return [
        (letter["token"].encode("ascii"), found)
        for file in campaigns.campaigns(private)
        if _writes_a_number(file)
        for letter in outbox.frozen(private, file.id)
        if (found := seam(letter["raw"]))
    ]


def _writes_a_number(file: campaigns.CampaignFile) -> bool:
    """Return True if the campaign's letters carry an identity number.

    Return False for a protocol that this version cannot read: it cannot send its letters either, and mail must still be
    fetched.
    """
    try:
        return parse(file.protocol, f"campaign {file.id}").identity
    except ProtocolError:
        return False


def without_identity(arrivals: Sequence[Arrival], letters: Sequence[Tagged]) -> list[Arrival]:
    """Return `arrivals` without the identity number and without the hashes in signatures; all else stays as it came.

    The place of the number is empty again, as in the approved letter.
    """
    found = ((arrival, _blanked(arrival.raw, letters)) for arrival in arrivals)
    return [arrival if raw is arrival.raw else replace(arrival, raw=raw) for arrival, raw in found]


def _blanked(raw: bytes, letters: Sequence[Tagged]) -> bytes:
    for token, found in letters:
        if token in raw:  # our letters have it in the subject and the reply address
            blank = found.blanked(raw)
            end = _END_OF_HEAD.search(raw) if blank == raw and token not in parser.message_id(raw).encode() else None
            theirs = end.end() if end else 0  # the head that an office signed, not our letter's
            raw = blank[:theirs] + _SIGNATURE.sub(lambda header: _HASHES.sub(rb"\1=", header[0]), blank[theirs:])
    return raw
