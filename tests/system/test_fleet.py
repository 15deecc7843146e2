"""The same scan by one process and by a fleet: the same results.db and the same politeness, whatever is killed."""

import os
import signal
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.natural_keys import differences
from tests.system.fleet_machines import DELAY, LEASE, SITES, Machines, children_of, machines, until
from tests.system.redis_server import RedisServer, redis_server

pytestmark = pytest.mark.needs("redis-server")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with redis_server(tmp_path_factory.mktemp("redis")) as running:
        yield running


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory, server: RedisServer) -> Iterator[Path]:
    """results.db of the same scan by one process, without a fleet."""
    with machines(tmp_path_factory.mktemp("alone"), server) as one:
        assert one.start("crawl", *SITES).wait(120) == 0, one.log()
        yield one.results


def stored(fleet: Machines) -> int:
    if not fleet.results.exists():
        return 0
    with closing(sqlite3.connect(f"file:{fleet.results}?mode=ro", uri=True)) as db:
        try:
            return int(db.execute("SELECT COUNT(*) FROM visit").fetchone()[0])
        except sqlite3.OperationalError:  # not made yet
            return 0


def assert_same(fleet: Machines, alone: Path) -> None:
    assert differences(alone, fleet.results) == {}
    gaps = fleet.gaps()
    assert sum(map(len, gaps.values())) > 30
    assert min(gap for each in gaps.values() for gap in each) >= DELAY - 0.01
    assert not (fleet.folder / "store").exists() or not list((fleet.folder / "store").rglob("*.visit"))


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_any_number_of_workers_stores_what_one_process_stores(
    tmp_path: Path, server: RedisServer, alone: Path, workers: int
) -> None:
    with machines(tmp_path, server) as fleet:
        for number in range(workers):
            fleet.worker(f"{number}")
        assert fleet.crawl().wait(120) == 0, fleet.log()
        assert_same(fleet, alone)
        assert "of 6 sites seen" in (tmp_path / "crawl.log").read_text()


def test_killed_workers_children_and_crawl_commands_change_nothing(
    tmp_path: Path, server: RedisServer, alone: Path
) -> None:
    with machines(tmp_path, server) as fleet:
        workers = [fleet.worker(name) for name in ("1", "2")]
        leading = fleet.crawl()
        until(lambda: all(map(children_of, workers)))
        os.kill(children_of(workers[0])[0], signal.SIGKILL)
        orphans = children_of(workers[1])
        workers[1].kill()
        workers[1].wait()
        until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in orphans), 5)
        fleet.worker("2")
        until(lambda: stored(fleet) >= 1)
        leading.kill()
        leading.wait()
        assert fleet.crawl().wait(120) == 0, fleet.log()
        assert_same(fleet, alone)


def test_a_frozen_worker_and_a_redis_that_comes_back_empty_change_nothing(
    tmp_path: Path, server: RedisServer, alone: Path
) -> None:
    with machines(tmp_path, server) as fleet:
        frozen = fleet.worker("1")
        leading = fleet.crawl()
        until(lambda: children_of(frozen))
        os.kill(frozen.pid, signal.SIGSTOP)  # its child goes on, and must stop by itself
        fleet.worker("2")
        until(lambda: stored(fleet) >= 1)
        server.kill()
        server.start()
        os.kill(frozen.pid, signal.SIGCONT)
        assert leading.wait(150) == 0, fleet.log()
        assert_same(fleet, alone)


def test_ctrl_c_stops_the_scan_everywhere_within_seconds_and_it_goes_on_later(
    tmp_path: Path, server: RedisServer, alone: Path
) -> None:
    # At the pace of the others a busy machine is through with the scan before it has shown how the fleet stands.
    with machines(tmp_path, server, delay=5 * DELAY) as fleet:
        worker = fleet.worker("1")
        leading = fleet.crawl()
        until(lambda: stored(fleet) >= 1 and children_of(worker))
        shown = fleet.shown("fleet", "status", "--json")
        assert (shown["total"], len(shown["workers"])) == (len(SITES), 1) and shown["scan"] and shown["shards"] == 3
        assert shown["merged"] >= 1 and all(0 < lease["seconds_left"] <= LEASE for lease in shown["leases"])
        leading.send_signal(signal.SIGINT)
        until(lambda: not children_of(worker), 6)
        assert leading.wait(10) == 130
        asked, done = len(fleet.asked()), stored(fleet)
        assert 0 < done < len(SITES)
        assert subprocess.run(["sleep", "1"]).returncode == 0 and len(fleet.asked()) == asked
        assert fleet.crawl().wait(120) == 0, fleet.log()
        assert_same(fleet, alone)
        assert worker.poll() is None
        assert fleet.shown("fleet", "status", "--json")["scan"] == ""


def test_where_every_worker_has_other_settings_the_crawl_ends_and_names_them(
    tmp_path: Path, server: RedisServer, alone: Path
) -> None:
    with machines(tmp_path, server) as fleet:
        config = tmp_path / "prober.toml"
        ours = config.read_text()
        config.write_text(ours.replace("pages_per_agency = 6", "pages_per_agency = 5"))
        worker = fleet.worker("old")
        until(lambda: fleet.shown("fleet", "status", "--json")["workers"])
        config.write_text(ours)
        assert fleet.crawl().wait(60) == 2 and worker.wait(20) == 2
        said = (tmp_path / "crawl.log").read_text()
        assert "no worker but such as refuse this scan" in said and "-old)" in said, said
        assert stored(fleet) == 0
        fleet.worker("old")
        assert fleet.crawl().wait(120) == 0, fleet.log()
        assert_same(fleet, alone)
