"""Leases, state and messages on a real Redis, and the store on a real S3 server."""

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from moto.server import ThreadedMotoServer

from prober.config.load import Config, Crawl, Paths
from prober.config.sections import Fleet
from prober.errors import UsageError
from prober.fleet import shard_file
from prober.fleet.broker import Messages
from prober.fleet.coordinator import Coordinator, lead, refuse_beside
from prober.fleet.feeder import Feeder
from prober.fleet.lease import LeaseLost, LeasePermit, Times
from prober.fleet.redis_state import STOPPED, RedisAway, RedisState, ScanProgress, WorkerState, clients
from prober.fleet.shard_run import Deliveries, OtherSettings, ShardRun, WorkerPlace
from prober.fleet.shared_services import FleetConnection, connected
from prober.fleet.transport import SharedStore
from prober.services import crawl
from prober.studies.folder import named
from spiders import visit_file
from spiders.crawl_process import ENDED_ALONE
from spiders.job import Background, Job, Shard
from tests.pobi import HANOI
from tests.system.redis_server import RedisServer, redis_server

pytestmark = pytest.mark.needs("redis-server")
TIMES = Times(lease=2.0, delay=0.1)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with redis_server(tmp_path_factory.mktemp("redis")) as running:
        yield running


@pytest.fixture
def state(server: RedisServer) -> Iterator[RedisState]:
    with closing(server.client()) as client:
        client.flushall()
        yield RedisState(client, "prober:test", TIMES)


def test_a_shard_is_held_by_one_and_the_generation_counts_the_claims(state: RedisState) -> None:
    first, second = state.lease("s", "1"), state.lease("s", "1")
    assert first.claim() and first.generation == 1
    assert not second.claim() and state.leased().keys() == {("s", "1")}
    first.release()
    assert second.claim() and second.generation == 2
    first.release()  # what it no longer holds is not taken from the other
    assert state.leased().keys() == {("s", "1")}


def test_a_lease_that_is_not_renewed_ends_by_itself_and_its_holder_hears_of_it(state: RedisState) -> None:
    frozen, other = state.lease("s", "1"), state.lease("s", "1")
    assert frozen.claim()
    frozen.renew()
    until = time.monotonic() + 5
    while not other.claim():
        assert time.monotonic() < until
        time.sleep(0.05)
    with pytest.raises(LeaseLost, match="held by another"):
        frozen.renew()
    assert frozen.send_until < time.monotonic() and other.send_until > time.monotonic()


def permit_of(state: RedisState, server: RedisServer) -> LeasePermit:
    lease = state.lease("s", "1")
    assert lease.claim()
    return lease.permit(server.url.replace("/0", "/1"), "")


def test_a_child_stops_a_margin_before_the_end_of_the_lease(state: RedisState, server: RedisServer) -> None:
    permit = permit_of(state, server)
    assert permit.may_send()
    with closing(server.client()) as client:
        client.pexpire(
            "prober:test:lease:s:1", 400
        )  # less than the margin of 0.5 s: it stands, and yet no more is sent
        permit.look(client)
        assert client.exists("prober:test:lease:s:1") and not permit.may_send()
        client.set("prober:test:lease:s:1", "another", px=60_000)
        permit.look(client)
        assert not permit.may_send()


def test_a_child_without_redis_goes_on_for_as_long_as_it_knew_and_no_longer(
    state: RedisState, server: RedisServer, tmp_path: Path
) -> None:
    permit = permit_of(state, server)
    assert permit.may_send()
    with redis_server(tmp_path) as other, closing(other.client()) as away:
        other.kill()
        permit.look(away)
    assert permit.may_send()
    time.sleep(TIMES.lease - TIMES.margin)
    assert not permit.may_send()


def test_deaths_are_counted_for_what_was_open_and_not_for_what_was_closed(state: RedisState) -> None:
    for agency in ("a", "b", "c"):
        state.opened("s", "1", "first", agency)
    state.closed("s", "1", "first", ["c"])
    assert state.deaths("s", "1") == {"a": [2], "b": [2]}
    assert state.deaths("s", "1") == {"a": [2], "b": [2]}  # nobody died since
    state.opened("s", "1", "second", "a")
    assert state.deaths("s", "1") == {"a": [2, 1], "b": [2]}


def test_a_site_is_not_alone_where_its_worker_had_others_open_in_another_shard(state: RedisState) -> None:
    def begun() -> None:
        state.opened("s", "1", "w", "a")
        state.opened("s", "2", "w", "b")

    begun()
    assert state.deaths("s", "1") == {"a": [2]} and state.deaths("s", "2") == {"b": [2]}  # the worker died
    state.forget("s")
    begun()
    assert state.deaths("s", "1", of_child=True) == {"a": [1]}  # a child of it did, and the worker lives
    assert state.deaths("s", "2") == {"b": [1]}  # until now


def test_what_a_fleet_knows_of_itself_is_read_back_and_forgotten_with_the_scan(
    state: RedisState, server: RedisServer
) -> None:
    worker = WorkerState("1", "here", 2, 5.0, True, {"s/1": {"a": 7.0}})
    state.tell_worker(worker)
    progress = ScanProgress("s", 10, 3, 2, 1, 5.0, 0, 6.0)
    state.tell_progress(progress)
    state.add_done("s", "1", ["a", "b"])
    state.set_current("s")
    assert (state.workers(), state.progress(), state.done("s", "1")) == ([worker], progress, {"a", "b"})
    assert state.hold_crawl("x") and state.hold_crawl("x") and not state.hold_crawl("y")
    state.leave_crawl()
    assert state.hold_crawl("y") and state.current() == "s"
    state.forget("s")
    assert state.done("s", "1") == set() and state.progress() == progress


def test_a_worker_takes_as_many_messages_as_it_has_threads_and_a_dead_ones_come_back(server: RedisServer) -> None:
    with closing(server.client(0)) as client:
        client.flushall()
        dead = Messages(client, "prober:test", lease=1.0)
        for number in range(4):
            dead.send("s", str(number), 1)
        # As a worker that was killed: it fetched two, and is not heard again.
        consumer = dead.broker.consume("crawl", prefetch=2, timeout=100)
        taken = [next(consumer), next(consumer)]
        assert all(taken) and {shard for _, shard in dead.waiting()} == {"0", "1", "2", "3"}
        got: list[str] = []
        alive = Messages(client, "prober:test", 1.0, lambda scan, shard, attempt: got.append(shard))
        worker = alive.worker(2)
        worker.start()
        until = time.monotonic() + 15
        while len(got) < 4 and time.monotonic() < until:
            time.sleep(0.05)
        worker.stop()
        assert sorted(got) == ["0", "1", "2", "3"] and got[:2] == ["2", "3"]
        assert worker.consumers == {} or all(one.prefetch == 2 for one in list(worker.consumers.values())[:1])
        assert list(alive.waiting()) == []


def test_a_redis_that_is_away_is_named_with_what_to_do(tmp_path: Path) -> None:
    gone = RedisServer(tmp_path / "gone")
    gone.stop()
    with pytest.raises(UsageError, match=rf"\[fleet\] redis redis://127.0.0.1:{gone.port}/0 cannot be used"):
        clients(gone.url, "")
    with closing(gone.client()) as client, pytest.raises(RedisAway):
        RedisState(client, "p", TIMES).current()


def test_files_travel_through_an_s3_store_as_through_a_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (
        ("AWS_ACCESS_KEY_ID", "a"),
        ("AWS_SECRET_ACCESS_KEY", "b"),
        ("AWS_DEFAULT_REGION", "us-east-1"),
    ):
        monkeypatch.setenv(name, value)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        store = SharedStore("s3://crawl/prober", f"http://{host}:{port}")
        store._files.mkdir("crawl")
        writer = SharedStore("s3://crawl/prober", f"http://{host}:{port}")
        assert list(writer.names("s/visits", ".visit")) == [] and store.get("s/visits/a.visit") is None
        store.put("s/visits/a.visit", b"one")
        assert list(writer.names("s/visits", ".visit")) == ["a.visit"]  # seen at once by the other
        store.put("s/visits/a.visit", b"one again")
        assert writer.get("s/visits/a.visit") == b"one again"
        writer.remove("s/visits/a.visit")
        writer.remove("s/visits/a.visit")
        assert list(store.names("s/visits", ".visit")) == []
    finally:
        server.stop()


NOW = datetime(2020, 4, 13, 8, 0, tzinfo=HANOI)


def run_of(folder: Path, state: RedisState, server: RedisServer, config: Config) -> tuple[ShardRun, Shard]:
    """A shard of two agencies in the store, written under the settings of `config`, and a worker's run of it."""
    study = named("pobi-2019", folder)
    its = Config(root=folder)
    job = Job(study.agencies[:2], config, None, NOW, study.vocabulary, study.sought)
    shard = Shard(job, 7, Background(job.agencies), folder / "visits")
    store = SharedStore(str(folder / "store"))
    store.put("scan-7/shards/00001.json", shard_file.written(shard))
    spool = folder / "spool"
    place = WorkerPlace(
        its,
        study,
        state,
        store,
        Deliveries(spool, store, state),
        server.url,
        "",
        spool,
        "run",
        folder / "log",
        lambda: NOW,
    )
    state.set_current("scan-7")
    return ShardRun(place, "scan-7", "00001", 1), shard


def test_a_site_that_killed_three_workers_alone_is_given_up_with_a_visit_that_says_so(
    tmp_path: Path, state: RedisState, server: RedisServer
) -> None:
    run, shard = run_of(tmp_path, state, server, Config(root=tmp_path))
    for agency in shard.job.agencies:
        for generation in range(ENDED_ALONE):
            state.opened("scan-7", "00001", f"{agency.id}-{generation}", agency.id)
            state.deaths("scan-7", "00001")
    run.run()
    brought = {name: (tmp_path / "store/scan-7/visits" / name) for name in run.place.store.names("scan-7/visits", "")}
    assert set(brought) == {f"{agency.id}.visit" for agency in shard.job.agencies}
    for path in brought.values():
        visit, _ = visit_file.read(path, 7)
        assert visit.outcome == "unreachable" and "failed_worker: 3 workers ended" in str(visit.failure_detail)
    assert state.leased() == {} and state.done("scan-7", "00001") == {agency.id for agency in shard.job.agencies}
    assert not list((tmp_path / "spool").rglob("*.visit")) and not run.place.log.exists()  # no child was started


@pytest.mark.parametrize("change", [{"delay": 3.5}, {"pages_per_agency": 41}, {"browser": "none"}])
def test_a_worker_with_other_settings_visits_nothing(
    tmp_path: Path, state: RedisState, server: RedisServer, change: Mapping[str, object]
) -> None:
    other = replace(Config(root=tmp_path), crawl=Crawl(**change))  # type: ignore[arg-type]
    with pytest.raises(OtherSettings):
        run_of(tmp_path, state, server, other)[0].run()
    assert state.leased() == {}


def test_a_message_of_a_scan_that_was_stopped_and_a_shard_that_another_holds_are_dropped(
    tmp_path: Path, state: RedisState, server: RedisServer
) -> None:
    run, _ = run_of(tmp_path, state, server, Config(root=tmp_path))
    holder = state.lease("scan-7", "00001")
    assert holder.claim()
    run.run()
    holder.release()
    state.set_current("stopped")
    run.run()
    again = state.lease("scan-7", "00001")
    assert again.claim() and again.generation == 2 and not run.place.log.exists()


def test_what_the_store_could_not_take_stays_and_is_brought_later(tmp_path: Path, state: RedisState) -> None:
    spool = tmp_path / "spool"
    (spool / "scan-7/00001").mkdir(parents=True)
    (spool / "scan-7/00001/2019-ca-mau.visit").write_bytes(b"visit")
    (tmp_path / "store").write_text("in the way")
    deliveries = Deliveries(spool, SharedStore(str(tmp_path / "store")), state)
    assert not deliveries.deliver() and list(spool.rglob("*.visit"))
    (tmp_path / "store").unlink()
    assert deliveries.deliver() and not list(spool.rglob("*.visit"))
    assert (tmp_path / "store/scan-7/visits/2019-ca-mau.visit").read_bytes() == b"visit"
    assert state.done("scan-7", "00001") == {"2019-ca-mau"}


def test_a_second_crawl_command_of_another_study_is_refused_and_does_not_stop_the_first(
    tmp_path: Path, state: RedisState, server: RedisServer
) -> None:
    config = Config(
        root=tmp_path, paths=Paths(results=tmp_path / "results.db", evidence=tmp_path / "var/evidence"),
        fleet=Fleet(redis=server.url, store=str(tmp_path / "store")),
    )  # fmt: skip
    study = named("pobi-2019", tmp_path)
    job = Job(study.agencies[:2], config, None, NOW, study.vocabulary, study.sought)
    theirs = connected(config).state
    assert theirs.hold_crawl("theirs")
    theirs.set_current("theirs")
    with pytest.raises(UsageError, match="another crawl command feeds this fleet"):
        lead(job, lambda done, total, what: None)
    assert theirs.current() == "theirs" and not theirs.hold_crawl("ours") and not (tmp_path / "store").exists()


def leading(fleet: FleetConnection, resumed: bool) -> Coordinator:
    """A crawl command at its begin, with nothing to visit."""
    writer: Any = SimpleNamespace(missing=lambda: (), job=SimpleNamespace(agencies=()))
    feeder = Feeder({}, TIMES.lease, resumed=resumed)
    return Coordinator(writer, fleet, fleet.messages(), "scan-7", feeder, lambda done, total, what: None)


def test_a_crawl_command_that_begins_while_redis_goes_away_waits_for_it(tmp_path: Path, server: RedisServer) -> None:
    fleet = connected(Config(root=tmp_path, fleet=Fleet(redis=server.url, store=str(tmp_path / "store"))))
    with closing(server.client()) as client:
        client.flushall()
    server.kill()
    back = threading.Timer(0.5, server.start)
    back.start()
    try:
        leading(fleet, resumed=False)._begin()
    finally:
        back.join()
    assert fleet.state.current() == "scan-7"


@pytest.mark.parametrize(("resumed", "forgotten"), [(True, True), (True, False), (False, True)])
def test_a_run_that_goes_on_finds_whether_redis_has_forgotten_its_scan(
    tmp_path: Path, server: RedisServer, resumed: bool, forgotten: bool
) -> None:
    fleet = connected(Config(root=tmp_path, fleet=Fleet(redis=server.url, store=str(tmp_path / "store"))))
    with closing(server.client()) as client:
        client.flushall()
    if not forgotten:
        fleet.state.set_current(STOPPED)  # by Ctrl-C
    its = leading(fleet, resumed)
    its._begin()
    first, second = its._look(), its._look()
    assert first and second and (first.intact, second.intact) == (not (resumed and forgotten), True)
    assert fleet.state.current() == "scan-7"


def test_a_crawl_by_one_machine_is_refused_while_machines_of_the_fleet_hold_a_shard(
    tmp_path: Path, server: RedisServer
) -> None:
    config = Config(root=tmp_path, fleet=Fleet(redis=server.url, store=str(tmp_path / "store")))
    with closing(server.client()) as client:
        client.flushall()
    refuse_beside(config)
    lease = connected(config).state.lease("scan-00007", "00001")
    assert lease.claim()
    context = SimpleNamespace(config=config)
    with pytest.raises(UsageError, match=r"still crawl scan-00007.*crawl --fleet"):
        crawl._here(context, named("pobi-2019", tmp_path).agencies[:1], lambda done, total, what: None)  # type: ignore[arg-type]
    lease.release()
    refuse_beside(config)


def test_a_crawl_by_one_machine_needs_no_redis(tmp_path: Path) -> None:
    gone = RedisServer(tmp_path / "gone")
    gone.stop()
    refuse_beside(Config(root=tmp_path, fleet=Fleet(redis=gone.url, store=str(tmp_path / "store"))))
