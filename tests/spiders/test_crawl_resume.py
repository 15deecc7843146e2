"""kill -9, and Ctrl-C, at any moment of a crawl of the embedded world: what is done is kept, and is not asked again."""

import json
import os
import pickle
import random
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from subprocess import PIPE
from typing import Any, TypeAlias
from uuid import uuid4

import pytest
from warcio.archiveiterator import ArchiveIterator  # type: ignore[import-untyped]

from prober.config.load import Config, Crawl, Paths
from prober.documents import child_process
from prober.domain.agency import Agency, from_row
from prober.domain.hostnames import scope
from prober.domain.visit import digest
from prober.sandbox import client
from prober.store import Database, evidence, open_results
from spiders.crawl import CrawlSummary, crawl
from spiders.job import Job
from tests import forked
from tests.forked import MARK
from tests.languages import VIETNAMESE
from tests.spiders.web import NOW, Answer, Bench, Web, agency

ROOT = Path(__file__).parents[2]
CALL = "tests.spiders.crawling"
QUIET = 20  # looks, 0.02 s apart, that find none: the processes are gone
# What a scan concludes, without what only tells of the way: numbers of requests (robots.txt is asked for once in each
# process), seconds, and row numbers.
CONCLUSIONS = (
    "SELECT agency, outcome, failure, final_url, technology, pages FROM visit",
    "SELECT agency, kind, state, level, reason FROM verdict",
    "SELECT agency, url, status, failure, title, sha256, found_by, location FROM page",
    """SELECT f.agency, f.kind, f.category, f.value, o.state, o.level, o.confidence, o.snippet, o.selector, p.url
       FROM observation o JOIN finding f ON f.id = o.finding JOIN page p ON p.id = o.page""",
    "SELECT agency, key, asked_on, answered_on, answered, unit, topic FROM qa_thread",
    "SELECT sha256, kind, media_type, bytes, warc_offset IS NULL FROM evidence",
)

Crawling: TypeAlias = "subprocess.Popen[bytes] | forked.Command"


def new_mark() -> str:
    """Return what no other process has as its name, which may have 15 characters."""
    return uuid4().hex[:15]


@dataclass
class Place:
    """A folder with databases of its own, the world beside it, and a mark by which our processes are known."""

    folder: Path
    endpoint: client.Endpoint
    agencies: list[Agency]
    access: Path
    more: dict[str, Any] = field(default_factory=dict)  # settings of [crawl]
    mark: str = field(default_factory=new_mark)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True)

    @property
    def config(self) -> Config:
        paths = Paths(
            results=self.folder / "results.db", private=self.folder / "private.db",
            evidence=self.folder / "evidence", report=self.folder / "report.html", world=self.folder / "world",
        )  # fmt: skip
        walk = Crawl(delay=0.03, max_crawl_delay=0.03, timeout=6.0, browser="none", concurrency=3, pages_per_agency=20)
        return Config(paths=paths, crawl=replace(walk, **self.more), root=self.folder)

    @property
    def job(self) -> Job:
        return Job(tuple(self.agencies), self.config, self.endpoint, NOW, VIETNAMESE)

    def started(self) -> Crawling:
        """A process that crawls, and says after each visit how many there are."""
        call = self.folder / "call.pickle"
        call.write_bytes(pickle.dumps(self.job))
        environment = {**os.environ, MARK: self.mark}
        return forked.Command(child_process.command(CALL, str(call)), PIPE, PIPE, None, True, environment)

    def finished(self) -> CrawlSummary:
        return crawl(self.job)

    def asked(self) -> list[str]:
        """Hosts that were asked, one for each request that the world ever saw."""
        return [json.loads(line)["host"] for line in self.access.read_text(encoding="utf-8").splitlines()]

    def done(self) -> set[str]:
        return {row[0] for row in self.read("SELECT agency FROM visit")}

    def read(self, sql: str) -> list[tuple]:
        db = open_results(self.config.paths.results)
        try:
            return db.execute(sql).fetchall()
        finally:
            db.close()

    def hosts(self, done: set[str]) -> set[str]:
        """The hosts that belong to these agencies, and to nobody else."""
        own = {a.id: scope(a, self.agencies).hosts for a in self.agencies}
        mine = set().union(*(hosts for key, hosts in own.items() if key in done), set())
        mine -= set().union(*(hosts for key, hosts in own.items() if key not in done), set())
        return mine | {f"www.{host}" for host in mine}


def _marked(mark: str) -> list[int]:
    """Processes that carry the mark in their environment or as their name: ours and whatever they started, wherever it
    went."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            named = (entry / "comm").read_text().strip() == mark
            if named or f"{MARK}={mark}".encode() in (entry / "environ").read_bytes():
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def _browsers(mark: str) -> int:
    return sum(b"chrom" in Path(f"/proc/{pid}/cmdline").read_bytes() for pid in _marked(mark))


def _gone(mark: str) -> bool:
    """Whether every marked process ends by itself, soon. A fork that was on its way takes its name a moment later."""
    deadline, looks = time.monotonic() + 30, 0
    while looks < QUIET and time.monotonic() < deadline:
        looks = 0 if _marked(mark) else looks + 1
        time.sleep(0.02)
    return looks == QUIET


def _worker(process: Crawling, mark: str) -> int:
    """The process that crawls for the command: of forks, who are no children of it, the first with its own session."""
    if isinstance(process, subprocess.Popen):
        return int(Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()[0])
    return min(pid for pid in _marked(mark) if os.getsid(pid) == pid != process.pid)


def killed(process: Crawling, mark: str, whom: str, ready: Callable[[], bool], pause: float = 0.0) -> bool:
    """kill -9 the command or its worker once `ready`, a little later. False if it had ended before."""
    assert process.stdout
    while process.poll() is None and not ready():
        time.sleep(0.005)
    time.sleep(pause)
    alive = process.poll() is None
    if alive:
        victim = process.pid if whom == "command" else _worker(process, mark)
        os.kill(victim, signal.SIGKILL)
    process.wait(20)
    for pipe in filter(None, (process.stdin, process.stdout)):
        pipe.close()
    return alive


def _told(process: Crawling, visits: int) -> Callable[[], bool]:
    """Whether the process has said that `visits` visits are stored. Blocks until it says anything."""
    assert process.stdout
    lines = process.stdout

    def ready() -> bool:
        line = lines.readline().strip()
        return not line or int(line) >= visits

    return ready


def _heard(place: Place, requests: int) -> bool:
    return len(place.asked()) > requests


def concluded(place: Place) -> list[list[tuple]]:
    return [sorted(place.read(sql), key=str) for sql in CONCLUSIONS]


def hold(place: Place, conclusions: list[list[tuple]]) -> None:
    """What must be true of a finished scan, however often it was killed."""
    for expected, found in zip(conclusions, concluded(place), strict=True):
        assert set(found) ^ set(expected) == set() and len(found) == len(expected)
    root = place.config.paths.evidence
    rows = place.read("SELECT sha256, path, warc_offset FROM evidence WHERE kind = 'warc'")
    assert rows
    for sha256, path, offset in rows:
        body = evidence.read(root, path, offset).body
        assert digest(body) == sha256
    for path in {path for _, path, _ in rows}:
        with (root / path).open("rb") as file:
            responses = [r.content_stream().read() for r in ArchiveIterator(file) if r.rec_type == "response"]
        assert {digest(body) for body in responses} == {sha256 for sha256, _, _ in rows}
    assert place.read("PRAGMA integrity_check") == [("ok",)] and place.read("PRAGMA foreign_key_check") == []


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, client.Endpoint]]:
    """A world of this module, because its access log is read."""
    folder = tmp_path_factory.mktemp("resume") / "world"
    with client.running(folder, seed=2019, small=True) as endpoint:
        yield folder, endpoint


@pytest.fixture
def place(state: tuple[Path, client.Endpoint], tmp_path: Path) -> Callable[[str], Place]:
    folder, endpoint = state
    agencies = [from_row(row) for row in client.agencies(endpoint)]
    return lambda name: Place(tmp_path / name, endpoint, agencies, folder / "access.jsonl")


@pytest.fixture
def undisturbed(place: Callable[[str], Place]) -> list[list[tuple]]:
    calm = place("calm")
    found = calm.finished()
    assert found.complete and found.agencies == 12 and not found.resumed
    conclusions = concluded(calm)
    hold(calm, conclusions)
    return conclusions


def test_a_crawl_killed_five_times_ends_as_if_it_had_not_been(
    place: Callable[[str], Place], undisturbed: list[list[tuple]]
) -> None:
    here = place("killed")
    draw = random.Random(3)
    for whom, visits in (("command", 0), ("worker", 1), ("command", 3), ("worker", 6), ("command", 9)):
        before, already = here.done() if visits else set(), len(here.asked())
        process = here.started()
        # The first kill is before anything is stored: as soon as the world hears of the crawl.
        ready = _told(process, visits) if visits else partial(_heard, here, already + 3)
        assert killed(process, here.mark, whom, ready, draw.uniform(0, 0.05))
        assert _gone(here.mark)
        assert bool(here.hosts(before)) == bool(before)
        assert not {host for host in here.asked()[already:] if host in here.hosts(before)}
        assert here.done() >= before and len(here.done()) < 12
    before, already = here.done(), len(here.asked())
    found = here.finished()
    assert found.resumed and found.complete and found.scan == 1 and found.visited == 12
    assert not {host for host in here.asked()[already:] if host in here.hosts(before)}
    hold(here, undisturbed)


@pytest.mark.proof
def test_thirty_kills_at_random_moments(place: Callable[[str], Place], undisturbed: list[list[tuple]]) -> None:
    draw = random.Random(30)
    stored = []
    for number in range(30):
        here = place(f"kill-{number}")
        process = here.started()
        asked = len(here.asked()) + draw.randrange(130)  # about as many as the whole crawl asks
        ready = partial(_heard, here, asked)
        hit = killed(process, here.mark, draw.choice(("command", "worker")), ready, draw.uniform(0, 0.05))
        assert _gone(here.mark)
        before, already = here.done(), len(here.asked())
        stored.append(len(before))
        if not hit or here.read("SELECT 1 FROM scan WHERE status = 'complete'"):
            continue  # it was at its end
        found = here.finished()
        assert found.complete and found.visited == 12 and (found.resumed or not before)
        assert not {host for host in here.asked()[already:] if host in here.hosts(before)}
        hold(here, undisturbed)
    assert len({count for count in stored if 0 < count < 12}) > 3  # the moments were spread over the crawl


@pytest.mark.needs("chromium")
@pytest.mark.parametrize("whom", ["command", "worker"])
def test_no_browser_outlives_the_crawl(web: Web, bench: Bench, tmp_path: Path, whom: str) -> None:
    shell = "<html><body><div id='root'></div><script src='/app.js'></script></body></html>"
    web.sites["camau.gov.test"] = {"/": Answer(shell), "/app.js": Answer("", wait=30), "/robots.txt": Answer("", 404)}
    settings = {"timeout": 20.0, "browser": "auto"}
    here = Place(tmp_path / "here", bench.endpoint, [agency("ca-mau")], tmp_path, settings)
    process = here.started()
    # The page is in the browser, and its script is on the way.
    assert killed(
        process, here.mark, whom, lambda: "/app.js" in web.targets("camau.gov.test") and _browsers(here.mark) > 0
    )
    assert _gone(here.mark)


def test_an_interrupt_ends_the_command_at_once(
    state: tuple[Path, client.Endpoint], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "prober.toml").write_text(
        f'world = "sandbox"\n[paths]\nworld = "{state[0]}"\n[sandbox]\nsmall = true\n[crawl]\nbrowser = "none"\n'
    )
    mark = new_mark()
    monkeypatch.setenv(MARK, mark)
    access = state[0] / "access.jsonl"
    already = access.stat().st_size
    with tempfile.TemporaryFile("w+", encoding="utf-8") as errors, Path(os.devnull).open("wb") as nothing:
        process = forked.started(
            "prober", "--config", str(tmp_path / "prober.toml"), "crawl", folder=ROOT, output=nothing.fileno(),
            errors=errors.fileno(),
        )  # fmt: skip
        while process.is_alive() and access.stat().st_size == already:
            time.sleep(0.01)
        assert process.pid
        os.kill(process.pid, signal.SIGINT)
        began = time.monotonic()
        process.join(20)
        assert time.monotonic() - began < 2
        errors.seek(0)
        said = errors.read()
    assert process.exitcode == 130 and "Traceback" not in said
    assert _gone(mark)
    db: Database = open_results(tmp_path / "results.db")
    assert db.execute("SELECT status FROM scan").fetchall() == [("running",)]
    db.close()
