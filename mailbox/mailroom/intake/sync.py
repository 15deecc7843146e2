"""Run one pass: fetch raw mail, understand each message once (parse, match, classify), update results.db.

Order of effects: raw bytes on disk → analysis with its matches in one transaction → projection in one transaction. The
process may be killed at any moment: the next pass finds the messages that are only `stored` and goes on.

Messages are understood in batches in a child process with limits of time and memory, so that a message that crashes or
blocks a parser ends only that process. The beginning of each reading is written to private.db first: so a message that
ends the program itself is found out as well, whatever kills it.
"""

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import cycle
from typing import ParamSpec, TypeVar

from mailroom.imap.accounts import Account
from mailroom.intake import check_signatures, fetch_new
from mailroom.intake.check_signatures import Resolver
from mailroom.intake.fetch_new import Intake, Progress
from mailroom.intake.sent_letters import sent_letters
from mailroom.intake.understand import (
    SentLetters,
    Stored,
    poison,
    reader_version,
    understand,
    understand_all,
    warm,
)  # fmt: skip
from mailroom.mime import parser
from mailroom.mime.attachments import digest
from mailroom.outcomes import projection
from prober.clock import Clock
from prober.documents import conversion, ocr
from prober.documents.child_process import START_SECONDS, ChildProcess
from prober.documents.media_types import sniff
from prober.domain.correspondence import Understood
from prober.errors import ProberError
from prober.store import Database, flush
from prober.store.private import message_analysis, messages
from prober.studies.study import Study
from prober.text.words import Vocabulary

BATCH = 50  # messages that are understood and recorded at once; a kill may cost the work on two batches
BATCH_BYTES = 20_000_000
MANY = 4 * BATCH  # new messages of one fetch for which a second child process is started
ROUNDS = 5  # of one pass: what answers a message that now belongs to a request is read again
SECONDS = 120.0  # by the clock, for a batch, and for one message alone; its files have limits of their own
PROCESSOR_SECONDS = 10.0  # for one message without its files; most take a millisecond, one of 100 MB some seconds
BATCH_PROCESSOR_SECONDS = 20.0
MEMORY = 2 << 30  # bytes: a mail of 100 MB is held several times while it is parsed
SCAN_SECONDS = 120.0  # for the scans of one pass, so that a watcher is back at its mailbox soon

KILLED = (TimeoutError, ChildProcessError, MemoryError)  # what the child process raises where it was killed or ended
_P = ParamSpec("_P")
_T = TypeVar("_T")
Projection = Callable[[Database, Database, Study], bool]
_Result = Callable[[], tuple[list[Understood], float]]
_child = ChildProcess(MEMORY, "mailroom.intake.understand")
_second = ChildProcess(MEMORY, "mailroom.intake.understand")  # beside it, while many messages are fetched


@dataclass(slots=True)
class SyncSummary:
    """Count what one pass did."""

    fetched: int = 0
    new: int = 0
    mailbox_has: int = 0
    we_hold: int = 0
    processed: int = 0
    statuses: dict[str, int] = field(default_factory=dict)  # status → messages, over everything held
    notes: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)  # mailboxes and folders that could not be read, with the reason

    @property
    def failures(self) -> list[str]:
        """Return the reasons for exit code 1: mailboxes not read, and messages of a server that we do not hold."""
        missing, waiting = self.mailbox_has - self.we_hold, self.statuses.get("stored", 0)
        return [
            *self.unread,
            *([f"{missing} messages of the mailbox are not held"] if missing else []),
            *([f"{waiting} messages are stored and were not read: no process can be started"] if waiting else []),
        ]

    def sentence(self) -> str:
        """Return the summary as one line for people."""
        held = ", ".join(f"{number} {name}" for name, number in self.statuses.items()) or "none"
        return (
            f"mailbox has {self.mailbox_has}, we hold {self.we_hold}; {self.fetched} fetched, "
            f"{self.processed} understood; all messages: {held}"
        )


def quiet(_what: str, _done: int, _total: int) -> None:
    """Ignore the progress; the default for a Progress."""


def sync_all(
    private: Database, results: Database, accounts: Sequence[Account], clock: Clock, study: Study,
    on_progress: Progress = quiet, resolver: Resolver | None = None,
) -> SyncSummary:  # fmt: skip
    """Make one full pass over every mailbox. One that cannot be read is reported and does not stop the others.

    `resolver` gives the DNS that is asked for the keys of signatures; without it they stay unverified.
    If none of them can be read, raises ServerUnreachable or ConfigError (login); ProberError if an agency of a campaign
    is not in results.db.
    """
    message_analysis.understand_in_other_words(private, reader_version(study.vocabulary))
    brought = Intake()
    meanwhile = _Meanwhile(private, clock, study.vocabulary)
    errors: list[ProberError] = []
    unread: list[str] = []
    for account in accounts:
        where = f"{account.imap.label}: " if len(accounts) > 1 else ""
        try:
            one = fetch_new.collect(private, account.imap, account.login, clock, meanwhile.told(on_progress))
        except ProberError as error:
            errors.append(error)
            unread.append(f"{where}{error}")
            continue
        brought.add(one, where)
    meanwhile.end()
    # Also if all failed: some mail may have come.
    summary = finish(private, results, clock, study, on_progress, brought, resolver)
    summary.processed += meanwhile.done
    if len(errors) == len(accounts):
        raise type(errors[0])("\n".join(unread))
    summary.unread = [*unread, *summary.unread]
    return summary


def finish(
    private: Database, results: Database, clock: Clock, study: Study, on_progress: Progress,
    brought: Intake, resolver: Resolver | None = None, project: Projection = projection.project,
) -> SyncSummary:  # fmt: skip
    """Understand the stored messages and update results.db; then verify signatures and read scans.

    Return the summary of the pass. `project` may be `projection.project_changes` if this process has projected before.
    """
    processed = process(private, clock, on_progress, vocabulary=study.vocabulary)
    project(private, results, study)
    if resolver and check_signatures.check_signatures(private, resolver, clock, on_progress):
        projection.project_changes(private, results, study)
    read_scans(private, results, clock, study, on_progress)
    return SyncSummary(
        fetched=brought.fetched, new=brought.new, mailbox_has=brought.mailbox_has, we_hold=brought.we_hold,
        processed=processed, statuses=messages.counts(private), notes=brought.notes, unread=brought.refused,
    )  # fmt: skip


def show_new(
    private: Database, results: Database, clock: Clock, study: Study, on_progress: Progress, brought: Intake
) -> SyncSummary:  # fmt: skip
    """Understand the stored messages and show them in results.db, and nothing else: a full pass has to follow.

    Signatures and scans come after it, because the next letter may be there already.
    """
    processed = process(private, clock, on_progress, vocabulary=study.vocabulary)
    projection.project_changes(private, results, study, findings=False)
    return SyncSummary(brought.fetched, brought.new, processed=processed)


def process(
    private: Database, clock: Clock, on_progress: Progress = quiet, everything: bool = False,
    *, vocabulary: Vocabulary,
) -> int:  # fmt: skip
    """Understand every message that is only stored, or, with `everything`, every message; return their number.

    `vocabulary` is that of the study, by which letters are read.

    A message that is not recorded when the function ends, for whatever reason, is still `stored` for the next pass.
    One at which the child process, or this program, was killed twice becomes a poison row and is not read again by this
    version of the parser.
    """
    if everything:
        messages.read_again(private, reader_version(vocabulary))
    done = 0
    with suppress(NoReader):
        for _ in range(ROUNDS):
            waiting = messages.pending(private, everything)
            if not waiting:
                break
            # Read after the messages came, so that it has every letter sent before them.
            sent = sent_letters(private, vocabulary)
            total = done + len(waiting)
            for understood in _understood(private, _batches(private, waiting), sent):
                message_analysis.record(private, understood, clock.now())
                done += len(understood)
                on_progress("understanding", done, total)
            everything = False
    flush(private)  # what is shown must not be newer than what is held
    return done


class _Meanwhile:
    """Understand messages while others are fetched: what one fetch brought is read during the next.

    So at most two fetches are held. Where one brings many messages, two child processes take turns at its batches, and
    the results are recorded in order. What does not fill a batch is left to `process`, and so is everything from the
    first batch on that ends a child process: a mailbox must not wait for a message that is read for minutes.
    """

    def __init__(self, private: Database, clock: Clock, vocabulary: Vocabulary) -> None:
        self.done = 0  # messages
        self._private, self._clock, self._vocabulary = private, clock, vocabulary
        self._begun: list[_Result] = []
        self._over = False
        self._children: tuple[ChildProcess, ...] = (_child,)
        self._turns = cycle(self._children)

    def told(self, on_progress: Progress) -> Progress:
        """Return a Progress of a fetch, which also lets the child process read."""

        def told(what: str, done: int, total: int) -> None:
            on_progress(what, done, total)
            if not self._over and (begun := self._begin()):  # else the child processes would have nothing to read
                before, self._begun = self._begun, begun
                self._record(before)

        return told

    def end(self) -> None:
        """Wait for what was begun."""
        self._record(self._begun)
        self._begun, self._over = [], True
        for child in self._children[1:]:  # to end it takes a tenth of a second, for which nothing has to wait
            threading.Thread(target=child.stop).start()

    def _begin(self) -> list[_Result]:
        """Let the child process begin to read what is stored, in full batches of messages that are new."""
        _child.start()
        waiting = messages.pending(self._private)
        begun = messages.cut_off(self._private, waiting)  # those that are being read are among them
        fresh = [sha256 for sha256 in waiting if sha256 not in begun]
        if len(fresh) < BATCH:
            return []
        # Read after the messages came, so that it has every letter sent before them.
        sent = sent_letters(self._private, self._vocabulary)
        if len(fresh) >= MANY and len(self._children) == 1 and (os.cpu_count() or 1) > 1:
            self._children = (_child, _second)
            self._turns = cycle(self._children)
        for child in self._children:
            child.ahead(START_SECONDS, START_SECONDS, warm, self._vocabulary)
        number = len(fresh) // BATCH
        # The longest come first: each batch gets its share of them, so that both child processes have as much to do.
        alike = [sha256 for at in range(number) for sha256 in fresh[at : number * BATCH : number]]
        begin = (_begun(self._private, batch, sent, next(self._turns)) for batch in _batches(self._private, alike))
        return list(filter(None, begin))

    def _record(self, begun: Sequence[_Result]) -> None:
        for result in () if self._over else begun:
            try:
                understood = _answer(result)
            except (NoReader, *KILLED):
                self._over = True
                return
            message_analysis.record(self._private, understood, self._clock.now())
            self.done += len(understood)


class NoReader(Exception):
    """No child process can be started, for example because an upgrade has removed our Python. The mail has to wait."""


def _warm(vocabulary: Vocabulary) -> None:
    """Start the child process if it does not run, and let it load its modules and words. Raises NoReader.

    No message is to blame if the program is killed meanwhile.
    """
    try:
        _child.run(START_SECONDS, START_SECONDS, warm, vocabulary)
    except OSError as error:
        raise NoReader from error


def warm_up(private: Database, vocabulary: Vocabulary) -> None:
    """Start the child processes and index the letters, so that the first message need not wait for that.

    Messages that were read with other words of the study are marked for the first pass.
    """
    message_analysis.understand_in_other_words(private, reader_version(vocabulary))
    with suppress(NoReader):
        _warm(vocabulary)
    check_signatures.warm_up()
    sent_letters(private, vocabulary)


@dataclass(slots=True)
class _Waiting:
    """Hold a message that is to be read, and how often that was begun already (`message.cut_off`)."""

    sha256: str
    cut_off: int
    message: Stored


def _batches(private: Database, hashes: Sequence[str]) -> Iterator[list[_Waiting]]:
    """Yield the messages in lists of at most BATCH and about BATCH_BYTES; one that was begun before is alone."""
    batch: list[_Waiting] = []
    size = 0
    begun = messages.cut_off(private, hashes)
    for sha256 in hashes:
        raw, received_at = messages.raw(private, sha256)
        scans = message_analysis.scans_of(private, [sha256]).get(sha256, {})
        stored = Stored(raw, received_at, scans, messages.authserv_ids(private, sha256), sha256)
        one = _Waiting(sha256, begun.get(sha256, 0), stored)
        if one.cut_off:
            yield [one]
            continue
        batch.append(one)
        size += len(raw)
        if len(batch) == BATCH or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _understood(
    private: Database, batches: Iterator[Sequence[_Waiting]], sent: SentLetters
) -> Iterator[list[Understood]]:
    """Yield the child process's results for each batch. While the caller records one, the child reads the next."""
    read = None
    for batch in batches:
        if not read and len(batch) > 1:
            _warm(sent.vocabulary)
        following = (batch, _begun(private, batch, sent, _child))
        if read:
            yield from _results(private, *read, sent)
        read = following
    if read:
        yield from _results(private, *read, sent)


def _begun(
    private: Database, batch: Sequence[_Waiting], sent: SentLetters, child: ChildProcess
) -> _Result | None:  # fmt: skip
    """Let the child process begin to read a batch; a single message is read when its turn comes."""
    if len(batch) == 1:
        return None
    messages.begin(private, {one.sha256: 1 for one in batch})
    held = [one.message for one in batch]
    return child.ahead(SECONDS, BATCH_PROCESSOR_SECONDS, understand_all, held, sent)


def _results(
    private: Database, batch: Sequence[_Waiting], result: _Result | None, sent: SentLetters
) -> Iterator[list[Understood]]:
    """Yield the results of a batch; if the child process ended without an answer, of each message alone."""
    if result:
        with suppress(*KILLED):
            yield _answer(result)
            return
    for one in batch:
        yield [_alone(private, one, sent)]


def _alone(private: Database, one: _Waiting, sent: SentLetters) -> Understood:
    """Return the child process's result for one message; a poison row if it ended twice without one."""
    fault = "reading it was cut off twice"
    for begun in range(max(one.cut_off, 1) + 1, messages.TWICE_ALONE + 1):
        _warm(sent.vocabulary)
        messages.begin(private, {one.sha256: begun})
        try:
            return _read(PROCESSOR_SECONDS, understand, one.message, sent)
        except KILLED as error:
            fault = f"{type(error).__name__}: {error}"
    return poison(one.message, sent, fault)


def _read(processor_seconds: float, function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """Return the child process's result. Raises one of KILLED if it is killed or ends, NoReader if there is none."""
    return _answer(lambda: _child.run(SECONDS, processor_seconds, function, *args, **kwargs))


def _answer(result: Callable[[], tuple[_T, float]]) -> _T:
    try:
        return result()[0]
    except KILLED:
        raise
    except OSError as error:
        raise NoReader from error


def read_scans(
    private: Database,
    results: Database,
    clock: Clock,
    study: Study,
    on_progress: Progress = quiet,
    seconds: float = SCAN_SECONDS,
) -> int:
    """Recognise words in the waiting scanned files and understand their messages anew; return the number of messages.

    A page takes seconds and a message a millisecond, so no row waits for its scans. The recognised words are kept, so
    that every later analysis of the mail, here or elsewhere, gives the same values. No file is begun after `seconds`;
    the next pass goes on.
    """
    again = _recognise(private, clock, study.languages, on_progress, seconds)
    if again:
        message_analysis.understand_again(private, again)
        process(private, clock, on_progress, vocabulary=study.vocabulary)
        projection.project_changes(private, results, study)
    return len(again)


def _recognise(
    private: Database, clock: Clock, languages: Sequence[str], on_progress: Progress, seconds: float
) -> list[str]:
    """Recognise words in the waiting scans; return the messages to be understood again.

    If the programs are missing (`prober doctor`), only files that were read before are used: the same file may come
    more than once.
    """
    waiting = message_analysis.scans_waiting(private)
    able = {kind: _can_recognise(kind, languages) for kind in {kind for *_, kind in waiting}}
    until = time.monotonic() + seconds
    read: list[str] = []
    for number, (message, sha256, kind) in enumerate(waiting):
        if not message_analysis.has_scan(private, sha256):
            if not able[kind] or time.monotonic() >= until:
                continue
            on_progress("reading scans", number, len(waiting))
            message_analysis.save_scan(private, sha256, _scan(private, message, sha256, languages), clock.now())
        read.append(message)
    return list(dict.fromkeys(read))


def _can_recognise(media_type: str, languages: Sequence[str]) -> bool:
    return conversion.installed() if media_type in conversion.KINDS else not ocr.missing(languages)


def _scan(private: Database, message: str, sha256: str, languages: Sequence[str]) -> ocr.Recognised:
    raw, _ = messages.raw(private, message)
    try:
        parts = _read(PROCESSOR_SECONDS, parser.files, raw)
    except (NoReader, *KILLED) as error:
        return ocr.Recognised(fault=f"its message was not read: {type(error).__name__}")
    for part in parts:
        if digest(part) == sha256:
            kind = sniff(part.data, part.declared_type)
            if kind in conversion.KINDS:
                return conversion.converted(part.data, kind)
            return ocr.recognise(part.data, kind, languages)
    return ocr.Recognised(fault="not_found")
