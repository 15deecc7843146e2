"""What is projected change by change is what is projected as a whole, whatever happens and whenever a process dies."""

import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailroom.intake.sent_letters import sent_letters
from mailroom.intake.understand import Stored, understand
from mailroom.outcomes import projection
from prober.domain.correspondence import Event, Signature
from prober.domain.reason import Reason
from prober.errors import ProberError
from prober.store import Database, open_private, open_results, transaction
from prober.store.private import campaigns, codings, message_analysis, messages, outbox
from prober.store.private.codings import Decision, HandEntry, KeptCoding, Subject
from prober.store.private.messages import Arrival
from prober.store.results import mail_projection
from prober.store.results import registry as registry_store
from tests.mailroom.outcomes.conftest import (
    FULL,
    MAILS,
    RECEIPT,
    SLUGS,
    START,
    TOKENS,
    agency,
    everything,
    mail,
    outbox_row,
    take_in,
)
from tests.pobi import POBI

ASKS = "Đề nghị ông/bà gửi phiếu yêu cầu cung cấp thông tin theo mẫu số 01 của Nghị định 13/2018/NĐ-CP."
REFUSES = "Rất tiếc, Sở Tài chính không thể cung cấp tài liệu này."
AUTO = "Auto-Submitted: auto-replied\n"
EVENTS = (Event.FULL, Event.REFUSAL, Event.ASKS_FORM, Event.BOUNCE, Event.HUMAN_ACK)


class Killed(BaseException):
    """The process ends here; in a test, because it was asked to."""


@dataclass
class Life:
    """Both databases of a study, the time, and the same life drawn from `chance` again and again."""

    private: Database
    results: Database
    anew: Database  # another results.db, which is always written as a whole
    chance: random.Random
    now: datetime = START + timedelta(hours=1)
    undo: list[Callable[[], None]] = field(default_factory=list)
    uid: int = 0

    def slug(self) -> str:
        return self.chance.choice(SLUGS)

    def message(self) -> str | None:
        held = [sha for (sha,) in self.private.execute("SELECT sha256 FROM message ORDER BY sha256").fetchall()]
        return self.chance.choice(held) if held else None

    def read(self, everything: bool = False) -> None:
        for sha256 in messages.pending(self.private, everything):
            raw, received = messages.raw(self.private, sha256)
            found = understand(Stored(raw, received), sent_letters(self.private, POBI.vocabulary))
            message_analysis.record(self.private, [found], self.now)

    def deliver(self, raw: bytes) -> None:
        self.uid += 1
        messages.keep(self.private, "me", "INBOX", 7, [Arrival(self.uid, self.now, raw)], self.now)
        self.read()

    # What may happen, each with the probability of one in all of them.

    def time_goes_on(self) -> None:
        self.now += timedelta(minutes=self.chance.choice((1, 40, 60 * 9, 60 * 24 * 6, 60 * 24 * 40)))
        messages.note_folder(self.private, "me", "INBOX", 7, range(1, self.uid + 1), self.now, "")

    def folder_goes(self) -> None:
        messages.forget_folders(self.private, "me", ())  # the time up to which replies are known goes back

    def reply(self) -> None:
        text, headers = self.chance.choice(((FULL, ""), (RECEIPT, ""), (ASKS, ""), (REFUSES, ""), (RECEIPT, AUTO)))
        self.deliver(mail(self.slug(), text, f"n{self.uid}", headers))

    def copy_of_a_reply(self) -> None:
        if sha256 := self.message():
            self.deliver(b"Received: from x by y\n" + messages.raw(self.private, sha256)[0])

    def bounce(self) -> None:
        slug = self.slug()
        self.deliver(
            f"From: MAILER-DAEMON@mx.test\nTo: khao-sat+{TOKENS[slug]}@prober.test\nReturn-Path: <>\n"
            f"Subject: Undelivered\nMessage-ID: <b{self.uid}@mx.test>\n\n<stc@{slug.replace('-', '')}.gov.test>: "
            f"550 5.1.1 user unknown\n\nMessage-ID: <{TOKENS[slug]}.request.pobi-2019@prober.test>\n".encode()
        )

    def seen_earlier_elsewhere(self) -> None:
        if sha256 := self.message():
            raw, received = messages.raw(self.private, sha256)
            arrival = Arrival(self.uid, received - timedelta(days=2), raw)
            messages.keep(self.private, "me", "Junk", 7, [arrival], self.now)
            self.read()

    def read_again(self) -> None:
        self.read(everything=True)

    def only_marked_for_reading(self) -> None:
        if sha256 := self.message():
            message_analysis.understand_again(self.private, [sha256])

    def signature(self) -> None:
        if sha256 := self.message():
            found = Signature("gov.test", "s", "rsa-sha256", "pass")
            message_analysis.save_signatures(self.private, sha256, "pass", [found], self.now)

    def assign(self) -> None:
        if sha256 := self.message():
            pair = ("pobi-2019", f"2019-stc-{self.slug()}")
            action = "remove" if pair in codings.chosen(self.private, sha256) else "assign"
            codings.decide(self.private, sha256, *pair, action, "nv", self.now)

    def set_aside(self) -> None:
        if sha256 := self.message():
            taken = codings.set_aside(self.private, sha256, "nv", self.now)
            self.undo.append(lambda: codings.bring_back(self.private, sha256, taken, "nv", self.now))

    def code(self) -> None:
        if sha256 := self.message():
            subject = Subject(sha256, "pobi-2019", f"2019-stc-{self.slug()}")
            role = self.chance.choice(("first", "second", "final"))
            items = {n: self.chance.randrange(5) for n in range(1, self.chance.choice((1, 3)))}
            said = Decision("nv", role, self.chance.choice(EVENTS), "", items)
            before: KeptCoding | None = codings.save(self.private, subject, said, self.now)
            self.undo.append(lambda: codings.take_back(self.private, subject, "nv", role, before))

    def take_back(self) -> None:
        if self.undo:
            self.undo.pop()()

    def entry(self) -> None:
        event = self.chance.choice((*EVENTS, Event.OWN_COPY))
        said = HandEntry("pobi-2019", f"2019-stc-{self.slug()}", event, self.now, f"call {self.uid}", "nv")
        with suppress(ProberError):
            sha256 = codings.enter(self.private, said, self.now)
            self.undo.append(lambda: self._withdraw(sha256))

    def _withdraw(self, sha256: str) -> None:
        with suppress(ProberError):
            codings.withdraw(self.private, sha256, "nv", self.now)

    def letter_moves(self) -> None:
        planned = self.private.execute("SELECT id FROM outbox WHERE state IN ('planned', 'deferred')").fetchall()
        if planned:
            claimed = outbox.claim(self.private, self.chance.choice(planned)[0], self.now)
            state = self.chance.choice(("accepted", "refused", "deferred", "uncertain"))
            if claimed:
                outbox.finish(self.private, claimed, state, self.now, stage="done", code=250, reply="ok")

    def doubt_is_settled(self) -> None:
        outbox.settle_by_evidence(self.private, self.now)
        for (row,) in self.private.execute("SELECT id FROM outbox WHERE state = 'uncertain'").fetchall():
            outbox.settle(self.private, row, "accepted", Reason("decided_by", by="An"), self.now)

    def campaign_pauses_or_goes_on(self) -> None:
        status = self.private.execute("SELECT status FROM campaign_file WHERE id = 'pobi-2019'").fetchone()[0]
        campaigns.set_status(self.private, "pobi-2019", "paused" if status == "approved" else "approved", (status,))

    def second_campaign(self) -> None:
        """Plan another campaign, or its letters anew: their numbers are those of the letters before."""
        with suppress(ProberError):
            campaigns.save_draft(self.private, "two", "sandbox", POBI.protocol, "0", self.now, "11" * 32)
            slugs = self.chance.sample(SLUGS, 2)
            rows = [outbox_row(slug, "request", n) | {"campaign": "two"} for n, slug in enumerate(slugs, 1)]
            fresh = {"state": "planned", "accepted_at": None, "legal_reasons": self.chance.choice(("", "[]"))}
            letters = [row | fresh | {"message_id": f"<2.{row['message_id'][1:]}"} for row in rows]  # type: ignore[index]
            campaigns.approve(self.private, "two", "0", "0", "nv", self.now, letters)

    def reading_list(self) -> None:
        codings.save_reading_list(
            self.private, "pobi-2019", 2, self.chance.random(), ["2019-stc-ca-mau"], "nv", self.now
        )

    def registry_changes(self) -> None:
        site = f"https://{self.chance.randrange(9)}.gov.test/"
        for db in (self.results, self.anew):
            with transaction(db):
                db.execute("UPDATE agency SET url = ? WHERE id = '2019-stc-ca-mau'", [site])

    def compare(self, patch: pytest.MonkeyPatch) -> None:
        """Project what has changed, perhaps after a try that is killed, and compare it with all that there is."""
        if kill := self.chance.choice((None, None, _before_the_rows, _after_the_rows)):
            with patch.context() as here, suppress(Killed):
                kill(here)
                projection.project_changes(self.private, self.results, POBI)
        projection.project_changes(self.private, self.results, POBI)
        assert not mail_projection.marks(self.private)
        key = mail_projection.key(self.private)
        projection.project(self.private, self.anew, POBI)
        with transaction(self.private):
            self.private.execute("UPDATE projected SET key = ?", [key])  # that of the file that changes are written to
        assert everything(self.results) == everything(self.anew)


HAPPENINGS = (
    Life.time_goes_on, Life.folder_goes, Life.reply, Life.reply, Life.reply, Life.copy_of_a_reply, Life.bounce,
    Life.seen_earlier_elsewhere, Life.read_again, Life.only_marked_for_reading, Life.signature, Life.assign,
    Life.set_aside, Life.code, Life.code, Life.take_back, Life.entry, Life.letter_moves, Life.doubt_is_settled,
    Life.campaign_pauses_or_goes_on, Life.second_campaign, Life.reading_list, Life.registry_changes,
)  # fmt: skip


def _before_the_rows(patch: pytest.MonkeyPatch) -> None:
    def killed(*_: object) -> None:
        raise Killed

    patch.setattr(mail_projection, "write", killed)


def _after_the_rows(patch: pytest.MonkeyPatch) -> None:
    def killed(*_: object) -> None:
        raise Killed

    patch.setattr(mail_projection, "written", killed)


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with both databases of a campaign whose letters have left, and with another results.db."""
    folder = tmp_path_factory.mktemp("begun")
    private = open_private(folder / "private.db")
    private.table("campaign_file").insert(
        {"id": "pobi-2019", "world": "sandbox", "protocol": POBI.protocol, "protocol_sha256": "0",
         "status": "approved", "created_at": START.isoformat(), "secret": "00" * 32}
    )  # fmt: skip
    private.table("outbox").insert_all(
        outbox_row(slug, step, position) for position, slug in enumerate(SLUGS, 1) for step in ("request", "reminder")
    )
    private.close()
    for name in ("results.db", "anew.db"):
        db = open_results(folder / name)
        registry_store.sync(db, [agency(slug) for slug in SLUGS], (), "sandbox")
        db.close()
    return folder


@pytest.fixture(scope="module")
def numbered() -> Iterator[int]:
    return iter(range(10**6))


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 2**32), steps=st.integers(8, 16))
def test_changes_give_the_rows_of_the_whole(
    seed: int, steps: int, begun: Path, numbered: Iterator[int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.getbasetemp() / f"life-{next(numbered)}"
    shutil.copytree(begun, folder)
    private = open_private(folder / "private.db")
    results, anew = open_results(folder / "results.db"), open_results(folder / "anew.db")
    for db in (private, results, anew):
        db.execute("PRAGMA synchronous = OFF")
    life = Life(private, results, anew, random.Random(seed))
    projection.project(private, results, POBI)
    with pytest.MonkeyPatch.context() as patch:
        for _ in range(steps):
            life.chance.choice(HAPPENINGS)(life)
            life.compare(patch)
    for db in (private, results, anew):
        db.close()
    shutil.rmtree(folder)


def test_only_the_request_that_changed_is_read_and_written(
    private: Database, results: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_in(private, MAILS[:3])
    projection.project(private, results, POBI)
    asked: list[tuple[str, str]] = []
    read = mail_projection.read

    def reading(db: Database, some: list[tuple[str, str]], *others: object) -> object:
        asked.extend(some)
        return read(db, some, *others)  # type: ignore[arg-type]

    monkeypatch.setattr(mail_projection, "read", reading)
    assert not projection.project_changes(private, results, POBI) and not asked
    take_in(private, (MAILS[3],), "Another")
    written = results.conn.total_changes
    assert projection.project_changes(private, results, POBI)
    assert asked == [("pobi-2019", "2019-stc-ha-giang")] and results.conn.total_changes > written
    assert not projection.project_changes(private, results, POBI) and len(asked) == 1


def test_a_change_made_while_rows_are_written_keeps_its_mark(private: Database) -> None:
    request = ("pobi-2019", "2019-stc-ca-mau")
    entry = HandEntry(*request, Event.FULL, START + timedelta(days=1), "call", "nv")
    sha256 = codings.enter(private, entry, START + timedelta(days=2))
    seen = mail_projection.marks(private)
    codings.withdraw(private, sha256, "nv", START + timedelta(days=3))
    mail_projection.written(private, seen, "key")
    assert set(mail_projection.marks(private)) == {request}
    mail_projection.written(private, mail_projection.marks(private), "key")
    assert not mail_projection.marks(private)


@pytest.mark.parametrize("changed", ["day", "study", "version", "site"])
def test_another_day_study_or_version_is_projected_as_a_whole(
    changed: str, private: Database, results: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_in(private, MAILS)
    projection.project(private, results, POBI)
    before = mail_projection.key(private)
    if changed == "day":
        messages.note_folder(private, "me", "INBOX", 7, (1,), START + timedelta(days=91), "")
    elif changed == "study":
        monkeypatch.setattr(projection, "_key", lambda *_: "of another study")
    elif changed == "version":
        monkeypatch.setattr(projection, "__version__", "another")
    else:
        results.execute("UPDATE agency SET url = 'https://new.gov.test/' WHERE id = '2019-stc-ca-mau'")
        results.conn.commit()
    private.execute("DELETE FROM unprojected")
    results.execute("DELETE FROM deadline")
    for db in (private, results):
        db.conn.commit()
    projection.project_changes(private, results, POBI)
    assert mail_projection.key(private) != before
    assert results.execute("SELECT COUNT(*) FROM deadline").fetchone()[0] > 0
