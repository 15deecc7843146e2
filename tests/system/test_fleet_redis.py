"""Leases, state and messages on a real Redis, and the store on a real S3 server."""

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from prober.errors import UsageError
from prober.fleet.broker import Messages
from prober.fleet.lease import LeaseLost, Permit, Times
from prober.fleet.redis_state import Progress, RedisAway, RedisState, WorkerState, clients
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


def permit_of(state: RedisState, server: RedisServer) -> Permit:
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
        state.opened("s", "1", 1, agency)
    state.closed("s", "1", ["c"])
    assert state.deaths("s", "1") == {"a": [2], "b": [2]}
    assert state.deaths("s", "1") == {"a": [2], "b": [2]}  # nobody died since
    state.opened("s", "1", 2, "a")
    assert state.deaths("s", "1") == {"a": [2, 1], "b": [2]}


def test_what_a_fleet_knows_of_itself_is_read_back_and_forgotten_with_the_scan(
    state: RedisState, server: RedisServer
) -> None:
    worker = WorkerState("1", "here", 2, 5.0, True, {"s/1": {"a": 7.0}})
    state.tell_worker(worker)
    progress = Progress("s", 10, 3, 2, 1, 5.0, 0, 6.0)
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
