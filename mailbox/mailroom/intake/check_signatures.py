"""Verify the DKIM signatures of messages that came, and keep the public keys that the DNS gave.

This is done after all other mail is understood and shown: the DNS may take seconds, and nothing else waits for it.
Messages are read in a child process with limits; only this process asks the DNS, for names that the child returned.
Without a message that waits for it, nothing of the DNS is set up.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from mailroom.mime import signatures
from mailroom.mime.signatures import Keys
from mailroom.sending.dkim import key_record
from mailroom.sending.preflight.dns import Names
from prober.clock import Clock
from prober.documents.child_process import ChildProcess
from prober.domain.correspondence import Signature
from prober.store import Database
from prober.store.private import message_analysis, messages

CALL_SECONDS = 5.0  # for one message
MEMORY = 1 << 30  # bytes
PASS_SECONDS = 30.0  # for one pass, so that a watcher is back at its mailbox soon
AGAIN = timedelta(days=3)  # how long an unanswered key is asked for
UNANSWERED = 3  # questions without an answer after which a pass asks no more: each takes seconds

Progress = Callable[[str, int, int], None]
Resolver = Callable[[], Names | None]  # None where the system names no resolver
_T = TypeVar("_T")
_child = ChildProcess(MEMORY, "mailroom.mime.signatures")


def check_signatures(
    private: Database, resolver: Resolver, clock: Clock, on_progress: Progress, seconds: float = PASS_SECONDS
) -> int:
    """Verify the signatures of stored messages, the newest first; return the number of messages.

    Without a resolver they stay unverified. No message is begun after `seconds`; the next pass goes on. A key is asked
    for once in a pass, and never again once it was given for a message.
    """
    waiting = message_analysis.unverified(private, clock.now() - AGAIN)
    names = resolver() if waiting else None
    if names is None:
        return 0
    until, answers = time.monotonic() + seconds, dict[str, str | None]()
    done = 0
    for sha256 in waiting:
        if time.monotonic() >= until:
            break
        on_progress("verifying signatures", done, len(waiting))
        raw, received = messages.raw(private, sha256)
        try:
            found = _verified(private, sha256, raw, received, names, answers)
        except OSError:  # no process can be started; the next pass tries again
            break
        message_analysis.save_signatures(private, sha256, signatures.result_of(found), found, clock.now())
        done += 1
    return done


def warm_up() -> None:
    """Start the child process ahead of the first signed message; returns at once."""
    _child.start()


def check_again(raw: bytes, received: datetime, kept: list[tuple[str, str, str]]) -> list[Signature]:
    """Verify the signatures of a message once more, by the keys that were kept with it alone; [] if that fails."""
    keys = {f"{selector}._domainkey.{domain}".lower(): record for domain, selector, record in kept}
    try:
        return _call(signatures.signatures, raw, keys, received)
    except OSError:
        return []


def _verified(
    private: Database, sha256: str, raw: bytes, received: datetime, names: Names, answers: dict[str, str | None]
) -> list[Signature]:
    if not signatures.is_signed(raw):
        return []
    try:
        keys = _keys(private, sha256, _call(signatures.places, raw, received), names, answers)
        return _call(signatures.signatures, raw, keys, received)
    except (TimeoutError, ChildProcessError, MemoryError):
        return [Signature("", "", "", signatures.FAIL, "signature_costly")]


def _keys(private: Database, sha256: str, places: list[str], names: Names, answers: dict[str, str | None]) -> Keys:
    """Return the record for each place: the one kept with the message, else what the DNS answers."""
    kept = {
        f"{selector}._domainkey.{domain}".lower(): record
        for domain, selector, record in message_analysis.kept_keys(private, sha256)
    }
    for place in places:
        if place not in kept and place not in answers:
            silent = sum(record is None for record in answers.values()) >= UNANSWERED
            answers[place] = None if silent else key_record(names, place)
    return {place: kept.get(place, answers.get(place)) for place in places}


def _call(function: Callable[..., _T], *arguments: object) -> _T:
    return _child.run(CALL_SECONDS, CALL_SECONDS, function, *arguments)[0]
