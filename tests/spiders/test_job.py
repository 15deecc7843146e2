"""The job of `scrapy crawl portal`, which no command of ours prepared, the order of visits, what is known before."""

import os
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import msgspec
from filelock import FileLock

from prober.config.load import Config
from prober.domain.hostnames import GroupIndex, scope
from prober.domain.indicator import INDICATORS
from prober.domain.world import World
from prober.store import open_results
from spiders.job import Background, Job, Shard
from tests.languages import VIETNAMESE
from tests.spiders.web import NOW, agency

CONFIG = 'world = "sandbox"\n\n[crawl]\ndelay = 0.0\nbrowser = "none"\n\n[sandbox]\nsmall = true\n'


def _scrapy_crawl(folder: Path) -> subprocess.CompletedProcess[str]:
    (folder / "prober.toml").write_text(CONFIG, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "SCRAPY_SETTINGS_MODULE": "spiders.settings"}
    command = [sys.executable, "-m", "scrapy", "crawl", "portal", "-a", "agency=ca-mau"]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_scrapy_crawl_has_world_registry_and_clock_of_the_command_line(tmp_path: Path) -> None:
    done = _scrapy_crawl(tmp_path)
    assert done.returncode == 0, done.stderr
    db = open_results(tmp_path / "results.db")
    try:
        assert db.execute("SELECT agency, outcome FROM visit").fetchall() == [("2019-ca-mau", "seen")]
        assert db.execute("SELECT COUNT(*) FROM agency WHERE frame = '2019'").fetchone() == (12,)
        [(world, began)] = db.execute("SELECT world, started_at FROM scan").fetchall()
        assert world == "sandbox" and began.startswith("2020-")  # the world's time, not this machine's
    finally:
        db.close()


def test_scrapy_crawl_waits_for_no_other_crawl_and_disturbs_none(tmp_path: Path) -> None:
    with FileLock(f"{tmp_path / 'results.db'}.crawl.lock"):
        done = _scrapy_crawl(tmp_path)
    assert "another crawl is writing" in done.stderr
    db = open_results(tmp_path / "results.db")
    try:
        assert db.execute("SELECT COUNT(*) FROM scan").fetchone() == (0,)
    finally:
        db.close()


def test_sites_that_needed_a_browser_are_visited_first_and_suspects_last(tmp_path: Path) -> None:
    sites = tuple(map(agency, ("a", "b", "c", "d", "e")))
    rendered = {"2019-c": {"shell": True}, "2019-d": {"menu": False}, "2019-e": {"shell": True, "menu": False}}
    shard = Shard(
        Job(sites, Config(), None, NOW, VIETNAMESE, INDICATORS, None), 1, Background(rendered=rendered), tmp_path,
        suspects={"2019-b": 2, "2019-e": 1},
    )  # fmt: skip
    visited = [[site.slug for site in batch] for batch, _ in shard.batches()]
    assert visited == [["c", "a", "d"], ["e"], ["b"]]


def test_the_clock_of_a_crawl_stands_still_in_the_embedded_world_alone() -> None:
    sites = (agency("a"),)
    real, simulated = (Job(sites, Config(world=world), None, NOW, VIETNAMESE) for world in (World.LIVE, World.SANDBOX))
    assert (real.after(61.9), simulated.after(61.9)) == (NOW + timedelta(seconds=61), NOW)


PORTAL, FINANCE = agency("ca-mau"), agency("stc-ca-mau", "finance", "sotaichinh.camau.gov.test")
OTHER = agency("ha-giang", alt=("http://hagiangcu.gov.test/",))
KNOWN = Background(
    (PORTAL, FINANCE, OTHER), {PORTAL.id: {"m": True}, OTHER.id: {"n": False}},
    ((OTHER.id, "http://camau.gov.test/tra-loi"), (PORTAL.id, "http://hagiangcu.gov.test/x")),
    {FINANCE.id: frozenset({"camau.gov.test"})},
)  # fmt: skip


def test_a_part_has_the_neighbours_and_what_was_named_on_its_sites() -> None:
    its = KNOWN.of([PORTAL])
    assert its.neighbours == (PORTAL, FINANCE)
    assert (its.rendered, its.domains) == ({PORTAL.id: {"m": True}}, {})
    assert its.named == ((OTHER.id, "http://camau.gov.test/tra-loi"),)  # whoever named it
    whole, part = (scope(PORTAL, GroupIndex(known.neighbours).of(PORTAL)) for known in (KNOWN, its))
    assert whole == part and whole.others == {"sotaichinh.camau.gov.test"}


def test_what_is_known_travels_as_json() -> None:
    assert msgspec.json.decode(msgspec.json.encode(KNOWN), type=Background) == KNOWN
    assert replace(KNOWN, neighbours=()) != KNOWN
