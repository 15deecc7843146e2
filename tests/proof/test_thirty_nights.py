"""Thirty nights of eight sites without a person: what happens is drawn first, and then what must be said of it.

The sites change, and things go wrong: sites limit, close and vanish for a night, a section is away for one, the mail
servers are away, the disk is full, `prober nightly` is killed, the clock goes back an hour, a proxy answers for all.
Each night has the two passes of the timer, four hours apart. Truth and oracle know no code of the product.
"""

import email
import email.policy
import json
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote
from urllib.request import Request

import pytest
from filelock import FileLock

from prober.domain.world import World
from prober.store import open_results
from prober.store.results.registry import sync
from tests.proof.conftest import Survey, _open
from tests.proof.test_disk_and_backup import disk as disk
from tests.proof.test_disk_and_backup import fill
from tests.spiders.web import NOW, Answer, Fault, Site, Web, agency, entry, page, plain_site, qa_page

NIGHTS = 30
SLUGS = [f"tinh-{number:02}" for number in range(8)]
CALM = (0, 1, NIGHTS - 2, NIGHTS - 1)  # the first looks, and the last second looks
SECTION = ("qa", "web_form")  # the section has a form
ADDRESSES = ("vanphong", "thuongtruc")


@dataclass(frozen=True)
class Shown:
    """What a site shows."""

    section: bool
    answers: bool
    office: str


@dataclass(frozen=True)
class Turn:
    """A change that stays: what a site shows from a night on."""

    slug: str
    name: str
    night: int
    was: Shown  # before
    shown: Shown


@dataclass
class Mishap:
    """What goes wrong in a night; `first` says: only in its first pass."""

    name: str
    first: bool
    slug: str = ""
    leave: int = 0  # bytes left on the disk
    share: float = 0.0  # of the time of a pass, until it is killed


@dataclass
class Plot:
    """The truth of one seed: what each site shows first, what changes, and what goes wrong in which night."""

    first: dict[str, Shown]
    turns: list[Turn]
    mishaps: dict[int, list[Mishap]]
    letters: list[int]  # nights before which a letter of a stranger arrives

    def shown(self, slug: str, night: int) -> Shown:
        turned = [turn.shown for turn in self.turns if turn.slug == slug and turn.night <= night]
        found = turned[-1] if turned else self.first[slug]
        away = any(one.name == "section away" and one.slug == slug for one in self.mishaps[night])
        return replace(found, section=False) if away else found

    def of(self, night: int, name: str) -> Mishap | None:
        return next((one for one in self.mishaps[night] if one.name == name), None)

    def seen(self, slug: str, night: int) -> str:
        """Whether the night saw the whole site: yes, no, or maybe where a killed run may have come so far."""
        mishaps = self.mishaps[night]
        if self.of(night, "wall") or any(m.slug == slug and m.name in UNSEEN and not m.first for m in mishaps):
            return "no"
        if any(one.name in ("killed", "disk") and not one.first for one in mishaps):
            return "maybe"
        return "yes"


UNSEEN = ("limits", "closed", "unavailable", "lost")
BACK = {"gone": "opened", "opened": "gone", "address": "address", "answered": "unanswered", "unanswered": "answered"}
# Name → how often in thirty nights. Those of the second line take a night for themselves.
OF_SITES = {"limits": 4, "closed": 4, "unavailable": 3, "lost": 4, "section away": 4}
OF_NIGHTS = {"disk": 4, "killed": 7, "clock": 3, "wall": 2}


def _turn(slug: str, name: str, night: int, was: Shown) -> Turn:
    fields: dict[str, dict[str, Any]] = {
        "gone": {"section": False}, "opened": {"section": True, "answers": True}, "answered": {"answers": True},
        "unanswered": {"answers": False}, "address": {"office": ADDRESSES[1 - ADDRESSES.index(was.office)]},
    }  # fmt: skip
    return Turn(slug, name, night, was, replace(was, **fields[name]))


def drawn(seed: int, nights: int = NIGHTS) -> Plot:
    draw = random.Random(f"nights:{seed}")
    first = {slug: Shown(n < 6, n < 4, draw.choice(ADDRESSES)) for n, slug in enumerate(SLUGS)}
    names = ("gone", "gone", "address", "unanswered", "answered", "address", "opened", "opened")
    turns = []
    for slug, name in zip(SLUGS, names, strict=True):
        one = _turn(slug, name, draw.randrange(2, nights // 2 - 2), first[slug])
        back = draw.randrange(nights // 2 + 2, nights - 3)
        turns += [one, _turn(slug, BACK[name], back, one.shown)] if draw.random() < 0.6 else [one]
    letters = sorted(draw.sample(range(2, nights - 2), max(1, nights // 6)))
    plot = Plot(first, sorted(turns, key=lambda turn: turn.night), {night: [] for night in range(nights)}, letters)
    free = [night for night in range(nights) if night not in CALM and night < nights - 2]
    for name in [name for name, count in OF_SITES.items() for _ in range(count * nights // NIGHTS)]:
        night, slug = draw.choice([(night, slug) for night in free for slug in _may_befall(plot, name, night)])
        plot.mishaps[night].append(Mishap(name, name != "section away" and draw.random() < 0.4, slug))
    alone = draw.sample(free, len(free))
    for name in [name for name, count in OF_NIGHTS.items() for _ in range(count * nights // NIGHTS)]:
        once = name in ("disk", "killed") and draw.random() < 0.5
        mishap = Mishap(name, once, "", draw.choice((0, 60_000, 200_000)), draw.uniform(0.02, 1.0))
        plot.mishaps[alone.pop()].append(mishap)
    for night in draw.sample(free, 5 * nights // NIGHTS):
        plot.mishaps[night].append(Mishap("mail", draw.random() < 0.4))
    return plot


def _may_befall(plot: Plot, name: str, night: int) -> Iterator[str]:
    """The sites of which a mishap leaves the truth plain: one has no other near it, and nothing away can turn."""
    near = range(night - 2, night + 3)
    taken = {one.slug for other in near for one in plot.mishaps.get(other, ())}
    turning = {turn.slug for turn in plot.turns if abs(turn.night - night) < 4}
    for slug in SLUGS:
        if slug not in taken and (name != "section away" or (slug not in turning and plot.shown(slug, night).section)):
            yield slug


@dataclass(frozen=True)
class Said:
    """One row that must be told as a change of a site: what, and in which nights it may be dated and confirmed."""

    slug: str
    kind: str
    what: str
    text: str  # before → after
    dated: range
    confirmed: range | None = None


def must_say(plot: Plot) -> list[Said]:
    """The oracle: each change that stays is told once, dated by the first look, and what is gone by a second one."""
    found = []
    for turn in plot.turns:
        first = looks(plot, turn.slug, turn.night)
        second = range(first.start + 1, looks(plot, turn.slug, first.stop).stop)
        was, office = turn.was, turn.shown.office
        rows: dict[str, list[tuple[str, str, str, range | None]]] = {
            "gone": [(kind, "verdict", "found → not_found", second) for kind in SECTION],
            "opened": [(kind, "verdict", "not_found → found", None) for kind in SECTION],
            "address": [("email", "vanished", f"{mail(turn.slug, was.office)} → ", second),
                        ("email", "appeared", f" → {mail(turn.slug, office)}", None)],
            "answered": [("qa", "level", "up", None)],
            "unanswered": [("qa", "level", "down", second)],
        }  # fmt: skip
        found += [Said(turn.slug, kind, what, text, first, again) for kind, what, text, again in rows[turn.name]]
    return found


def looks(plot: Plot, slug: str, night: int) -> range:
    """The nights from `night` on up to the first that saw the whole site for certain."""
    sure = next(n for n in range(night, len(plot.mishaps)) if plot.seen(slug, n) == "yes")
    return range(night, sure + 1)


def must_tell(plot: Plot) -> tuple[set[tuple[int, str]], set[tuple[int, str]]]:
    """What a person must be told of which night, and what besides may be told: it was so after the first pass."""
    must: set[tuple[int, str]] = set()
    may: set[tuple[int, str]] = set()
    for night, mishaps in plot.mishaps.items():
        for one in mishaps:
            kind = {"mail": "mailbox", "disk": "disk"}.get(one.name)
            if kind and one.first:
                may |= {(night, kind)} if kind != "mailbox" else set()  # told after the servers are back: read by then
            elif kind:
                killed = plot.of(night, "killed") if kind == "mailbox" else None
                full = plot.of(night, "disk") if kind == "mailbox" else None
                (may if killed or full else must).add((night, kind))
            elif one.name == "killed" and not one.first:
                may.add((night, "killed"))
    return must, may


def mail(slug: str, office: str) -> str:
    return f"{office}@{slug.replace('-', '')}.gov.test"


def site(slug: str, shown: Shown) -> Site:
    found = plain_site(mail(slug, shown.office))
    found["/"].body += f"<!-- {slug} -->"  # type: ignore[union-attr, operator]
    if not shown.section:
        menu = entry("/lien-he", "Liên hệ")
        address = mail(slug, shown.office)
        del found["/hoi-dap"]
        found["/"] = page(f"Trang chủ {slug}", menu=menu, email=address)
        found["/gioi-thieu"] = page("Giới thiệu", menu=menu)
        found["/lien-he"] = page("Liên hệ", f"<h1>Liên hệ</h1><p>Thư điện tử: {address}</p>", menu)
    elif not shown.answers:
        section = qa_page(entry("/hoi-dap", "Hỏi đáp") + entry("/lien-he", "Liên hệ"))
        assert isinstance(section.body, str)
        found["/hoi-dap"] = Answer(re.sub(r"<div class='cau-hoi'>.*?</div>", "", section.body))
    return found


CLOSED = "<html><head><title>Thông báo</title></head><body><p>Trang thông tin điện tử đang bảo trì, nâng cấp. Mời quý vị quay lại sau.</p></body></html>"  # noqa: E501
REFUSED: Mapping[str, Callable[[], Answer | Fault]] = {
    "limits": lambda: Answer("", 429, {"Retry-After": "0"}),
    "closed": lambda: Answer(CLOSED),
    "unavailable": lambda: Answer(CLOSED, 503),
    "lost": lambda: Fault("reset"),
    "wall": lambda: Answer("<html><head><title>Blocked</title></head><body><p>blocked</p></body></html>"),
}


@dataclass
class Score:
    """What was said and told beside what should have been."""

    false: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    untold: list[str] = field(default_factory=list)
    needless: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    other: list[str] = field(default_factory=list)


class Nights:
    """The sites, the mail servers, the disk and the runner of one seed."""

    def __init__(self, plot: Plot, folder: Path, disk: Path, survey: Survey, web: Web, runner: Any) -> None:
        self.plot, self.folder, self.disk, self.survey, self.web = plot, folder, disk, survey, web
        self._runner = runner
        self.results, self.private = disk / "results.db", disk / "private.db"
        self.began: dict[str, int] = {}  # minute at which a pass began → night
        self.alive: set[int] = set()
        self.longest = 4.0
        self.killed = 0

    def sites(self, night: int, later: bool) -> None:
        self.web.log.clear()
        for slug in SLUGS:
            found = site(slug, self.plot.shown(slug, night))
            for one in self.plot.mishaps[night]:
                if one.name in REFUSED and one.slug in (slug, "") and not (later and one.first):
                    found = {"*": REFUSED[one.name]()}
            self.web.sites[f"{slug.replace('-', '')}.gov.test"] = found

    def run(self, night: int, moment: datetime, later: bool) -> str:
        """One pass of a night; how it ended."""
        holds = {one.name: one for one in self.plot.mishaps[night] if not (later and one.first)}
        self.sites(night, later)
        self.survey.ask(f"/advance?to={quote(moment.isoformat())}")
        world = replace(self.survey.endpoint, proxy=self.web.url)
        if "mail" in holds:
            world = replace(world, smtp_port=9, imap_port=9)
        filler = fill(self.disk, holds["disk"].leave) if "disk" in holds else None
        self.began.setdefault(f"{moment:%Y-%m-%d %H:%M}", night)
        begun = time.monotonic()
        self._runner.stdin.write(json.dumps({"at": moment.isoformat(), "world": asdict(world)}) + "\n")
        self._runner.stdin.flush()
        process = int(self._runner.stdout.readline())
        if "killed" in holds:
            time.sleep(self.longest * holds["killed"].share * (0.5 if later else 1))
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        status = int(self._runner.stdout.readline())
        if filler:
            filler.unlink()
        if "killed" in holds:
            self.killed += os.WIFSIGNALED(status)
            FileLock(f"{self.results.absolute()}.crawl.lock").acquire(timeout=60).lock.release()
        elif not later and not holds:
            self.longest = time.monotonic() - begun
        if (self.folder / "alive").exists():
            self.alive.add(night)
            (self.folder / "alive").unlink()
        return "killed" if os.WIFSIGNALED(status) else str(os.waitstatus_to_exitcode(status))

    def whole(self, told: Callable[[str], None]) -> None:
        for night in self.plot.mishaps:
            begun, first = time.monotonic(), NOW + timedelta(hours=14.5, days=night)
            if night in self.plot.letters:
                letter(self.survey, night)
            second = first + timedelta(hours=-1 if self.plot.of(night, "clock") else 4)
            ends = [self.run(night, first, False)]
            if self.plot.mishaps[night]:  # else the second pass finds nothing to do
                ends.append(self.run(night, second, True))
            what = [f"{m.name} {m.slug}{' (first pass)' if m.first else ''}" for m in self.plot.mishaps[night]]
            so_far = Score()
            self._changes(so_far)
            self._alarms(so_far)
            what += [f"{turn.name} {turn.slug}" for turn in self.plot.turns if turn.night == night]
            told(
                f"{datetime.now():%H:%M:%S} night {night}: {' '.join(ends)}, {time.monotonic() - begun:.1f} s, "
                f"false {so_far.false}, needless {so_far.needless}, twice {so_far.twice}; {'; '.join(what)}"
            )

    def score(self) -> Score:
        found = Score()
        self._changes(found)
        self._alarms(found)
        self._end(found)
        return found

    def _changes(self, found: Score) -> None:
        with closing(sqlite3.connect(self.results)) as db:
            rows = db.execute(_CHANGES).fetchall()
        expected = must_say(self.plot)
        for slug, kind, what, before, after, seen, second in rows:
            text = f"{before} → {after}"
            if what == "level":
                text = "up" if int(after) > int(before) else "down"
            night, again = self._night(seen), self._night(second) if second else None
            fits = [
                one for one in expected
                if (one.slug, one.kind, one.what, one.text) == (slug, kind, what, text) and night in one.dated
                and (one.confirmed is None or again in one.confirmed)
            ]  # fmt: skip
            if fits:
                expected.remove(fits[0])
            else:
                found.false.append(f"{slug} {kind} {what} {text}: night {night}, second look {again}")
        found.missed += [
            f"{o.slug} {o.kind} {o.what} {o.text}: night {o.dated}, second {o.confirmed}" for o in expected
        ]

    def _night(self, at: str) -> int:
        """The night of a visit: a scan that was cut short is gone on with by a later one."""
        moment = f"{datetime.fromisoformat(at):%Y-%m-%d %H:%M}"
        return self.began[max(minute for minute in self.began if minute <= moment)]

    def _alarms(self, found: Score) -> None:
        must, may = must_tell(self.plot)
        told: Counter[tuple[int, str]] = Counter()
        for when, text in self._mails():
            for night, kind in self._needs(text, when):
                told[night, kind] += 1
                last = NOW + timedelta(hours=14.5 + 4, days=next(
                    n for n in range(night, len(self.plot.mishaps))
                    if not any(self.plot.of(n, name) for name in ("mail", "killed", "disk"))
                ))  # fmt: skip
                if when > last + timedelta(hours=1):
                    found.untold.append(f"{kind} of night {night} only at {when}")
        found.untold += [f"{kind} of night {night}" for night, kind in sorted(must - told.keys())]
        found.needless += [f"{kind} of night {night}" for night, kind in sorted(told.keys() - must - may)]
        found.twice += [f"{kind} of night {night}: {n} times" for (night, kind), n in sorted(told.items()) if n > 1]

    def _mails(self) -> Iterator[tuple[datetime, str]]:
        """Each message that the person got, once for each copy; the same Message-ID is one."""
        with closing(sqlite3.connect(self.survey.folder / "var/world/world.db")) as db:
            rows = db.execute("SELECT at, message_id, raw FROM accepted ORDER BY id").fetchall()
        seen = set()
        for at, key, raw in rows:
            if key not in seen:
                text = email.message_from_bytes(raw, policy=email.policy.default).get_content()
                yield datetime.fromisoformat(at), text
            seen.add(key)

    def _needs(self, text: str, when: datetime) -> Iterator[tuple[int, str]]:
        """What a message says of which night: one need, however many lines it takes.

        One that was cut short names its day alone, on which the second pass of the night before may have begun too.
        """
        for part in re.split(r"\n(?=Đêm \d)", text):
            if re.match(r"Đêm \d{4}-\d\d-\d\d: dừng giữa chừng", part):
                begun = max(minute for minute in self.began if minute <= f"{when:%Y-%m-%d %H:%M}")
                yield self.began[begun], "disk"
                continue
            head = re.match(r"Đêm (\d{4}-\d\d-\d\d \d\d:\d\d): (.*)", part)
            if not head:
                yield -1, part[:100]
                continue
            night = self.began[head[1]]
            left = re.search(r"chưa xong: ([^;.]*)", head[2])
            kinds = set()
            for step in left[1].split(", ") if left else ():
                step = re.sub(r" 2019$", "", step)
                if self.plot.of(night, "disk"):
                    kinds.add("disk")
                elif self.plot.of(night, "killed") and step != "đọc hộp thư":
                    kinds.add("killed")
                else:
                    kinds.add({"đọc hộp thư": "mailbox", "kiểm tra lại kết quả quét": "doubt"}.get(step, step))
            if "chưa tin kết quả quét" in head[2]:
                kinds.add("doubt")
            for kind in kinds or {"nothing"}:
                yield night, kind

    def _end(self, found: Score) -> None:
        """What is shown at the end, what is held of the mail, and the dead-man's signal of each night."""
        with closing(sqlite3.connect(self.results)) as db:
            shown = dict(db.execute("SELECT agency, state FROM latest_verdict WHERE kind = 'qa'").fetchall())
            running = db.execute("SELECT COUNT(*) FROM run WHERE status = 'running'").fetchone()[0]
            wide = db.execute("PRAGMA integrity_check").fetchone()[0]
        truth = {
            f"2019-{s}": "found" if self.plot.shown(s, max(self.plot.mishaps)).section else "not_found" for s in SLUGS
        }
        found.other += [
            f"{key}: shown {shown.get(key)}, is {truth[key]}" for key in truth if shown.get(key) != truth[key]
        ]
        found.other += [f"{running} runs still say that they run"] * bool(running)
        found.other += [f"results.db: {wide}"] * (wide != "ok")
        with closing(sqlite3.connect(self.private)) as db:
            held = db.execute("SELECT COUNT(*), COUNT(DISTINCT sha256) FROM message").fetchone()
        with closing(sqlite3.connect(self.survey.folder / "var/world/world.db")) as db:
            there = db.execute("SELECT COUNT(*), COUNT(DISTINCT sha256) FROM message").fetchone()
        if held != there or held[0] < len(self.plot.letters):  # the world has senders of advertisements besides
            found.other.append(f"{held} messages held of {there}, among them {len(self.plot.letters)} of strangers")
        for night, mishaps in self.plot.mishaps.items():
            ends = not any(m.name in ("killed", "disk") and not m.first for m in mishaps)
            if ends and night not in self.alive:
                found.other.append(f"night {night} gave no sign of life")


_CHANGES = """
SELECT a.slug, c.kind, c.what, c.before, c.after, v.started_at, w.started_at
FROM change c JOIN agency a ON a.id = c.agency
JOIN visit v ON v.scan = c.to_scan AND v.agency = c.agency
LEFT JOIN visit w ON w.scan = c.second_scan AND w.agency = c.agency
WHERE c.cause = 'site' ORDER BY c.id
"""


def letter(survey: Survey, night: int) -> None:
    """A stranger writes to the survey's mailbox."""
    raw = f"From: nguoi-la-{night}@gmail.test\r\nTo: khao-sat@prober.test\r\nSubject: Hỏi {night}\r\n"
    raw += f"Message-ID: <la-{night}@gmail.test>\r\n\r\nThư số {night}.\r\n"
    url = f"{survey.endpoint.control}/deliver?folder=INBOX"
    with _open(Request(url, data=raw.encode(), method="POST"), timeout=60) as answer:
        assert answer.status == 200


CONFIG = """world = "sandbox"
[crawl]
browser = "none"
delay = 0.01
max_crawl_delay = 0.2
timeout = 2.0
[alarms]
to = ["{person}"]
digest = false
alive_file = "alive"
most = 24
[paths]
results = "{disk}/results.db"
private = "{disk}/private.db"
evidence = "{disk}/evidence"
"""


@contextmanager
def begun(plot: Plot, folder: Path, disk: Path, survey: Survey) -> Iterator[Nights]:
    owned = {row.get("request_email") for row in survey.ask("/truth")["finance"].values()}
    others = {one for row in survey.ask("/truth")["portals"].values() for one in row["emails"]} - owned
    text = CONFIG.format(person=min(others), disk=disk)
    (folder / "prober.toml").write_text(text, encoding="utf-8")
    with closing(open_results(disk / "results.db")) as db:
        sync(db, [agency(slug) for slug in SLUGS], (), World.SANDBOX)
    command = [sys.executable, "-m", "tests.proof.night_runner", str(folder)]
    root = Path(__file__).parents[2]
    web = Web()
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root) as runner:
        try:
            yield Nights(plot, folder, disk, survey, web, runner)
        finally:
            assert runner.stdin
            runner.stdin.close()
            runner.wait(60)
            web.close()


@pytest.mark.proof
@pytest.mark.needs("root")
@pytest.mark.parametrize("seed", range(1, 6))
def test_thirty_nights(seed: int, tmp_path: Path, disk: Path, survey: Any) -> None:
    plot = drawn(seed)
    world = survey(tmp_path / "world", True)
    (tmp_path / "survey").mkdir()
    subprocess.run(["mount", "-o", "remount,size=256m", str(disk)], check=True)
    with begun(plot, tmp_path / "survey", disk, world) as found:
        found.whole(lambda line: print(line, file=sys.stderr, flush=True))
        score = found.score()
    for kind, lines in asdict(score).items():
        print(f"{kind}: {len(lines)}", *lines, sep="\n  ", file=sys.stderr)
    print(f"{found.killed} kills", file=sys.stderr)
    assert asdict(score) == asdict(Score())
