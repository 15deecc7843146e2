"""Shards hold whole politeness groups in the same order in every run; what the feeder sends, and sends again."""

from hypothesis import given
from hypothesis import strategies as st

from prober.fleet.feeder import Feeder, Seen, forecast, packed

LEASE = 60.0


def feeder(number: int = 10, resumed: bool = False) -> Feeder:
    return Feeder({f"s{n}": frozenset({f"a{n}"}) for n in range(number)}, LEASE, resumed=resumed)


def test_twice_as_many_shards_are_in_flight_as_there_are_slots() -> None:
    its = feeder()
    assert its.due(Seen(slots=2), set(), 0) == [("s0", 1), ("s1", 1), ("s2", 1), ("s3", 1)]
    waiting = Seen(queued={"s2", "s3"}, leased={"s0", "s1"}, slots=2)
    assert its.due(waiting, set(), 1) == []
    # One is merged: the next one follows. Nobody is there: two are sent all the same, for the one who comes.
    assert its.due(Seen(queued={"s2", "s3"}, leased={"s1"}, slots=2), {"a0"}, 2) == [("s4", 1)]
    assert feeder().due(Seen(slots=0), set(), 0) == [("s0", 1), ("s1", 1)]


def test_what_nobody_holds_and_is_not_merged_is_sent_again_at_once_while_redis_remembers() -> None:
    its = feeder(2)
    its.due(Seen(slots=1), set(), 0)
    assert its.due(Seen(leased={"s0"}, queued=set(), slots=1), set(), LEASE / 3 - 1) == []
    assert its.due(Seen(leased={"s0"}, queued=set(), slots=1), set(), LEASE / 3) == [("s1", 2)]
    assert its.due(Seen(leased=set(), queued={"s1"}, slots=1), {"a0"}, LEASE) == []


def test_after_a_loss_of_redis_every_lease_may_end_before_a_shard_is_sent_again() -> None:
    its = feeder(4)
    its.due(Seen(slots=1), set(), 0)
    assert its.due(Seen(slots=1, intact=False), set(), 100) == []
    assert its.due(Seen(slots=1), set(), 100 + 2 * LEASE - 1) == []
    assert its.due(Seen(slots=1), set(), 100 + 2 * LEASE) == [("s0", 2), ("s1", 2)]


def test_a_run_that_goes_on_begins_with_the_second_attempt_and_leaves_alone_what_is_still_crawled() -> None:
    its = feeder(3, resumed=True)
    assert its.due(Seen(slots=1, leased={"s0"}), {"a1"}, 0) == [("s2", 2)]
    assert its.due(Seen(slots=1, leased=set(), queued={"s2"}), {"a0", "a1"}, 1) == []


def test_a_run_that_goes_on_where_redis_has_forgotten_the_scan_sends_nothing_before_every_lease_is_over() -> None:
    """A worker that does not reach Redis may still crawl what the run before has sent."""
    its = feeder(3, resumed=True)
    assert its.due(Seen(slots=1, intact=False), {"a1"}, 100) == []
    assert its.due(Seen(slots=1), {"a1"}, 100 + 2 * LEASE - 1) == []
    assert its.due(Seen(slots=1), {"a1"}, 100 + 2 * LEASE) == [("s0", 2), ("s2", 2)]


def test_the_forecast_counts_what_this_run_did() -> None:
    assert forecast(total=100, merged=60, began_with=60, seconds=5) is None
    assert forecast(total=100, merged=70, began_with=60, seconds=5) == 15


@given(st.lists(st.integers(1, 4), max_size=300), st.integers(1, 200))
def test_no_politeness_group_is_divided_and_no_agency_is_lost(sizes: list[int], most: int) -> None:
    groups = [[f"a{group}-{number}" for number in range(size)] for group, size in enumerate(sizes)]
    shards = packed(groups, most)
    assert [agency for shard in shards for agency in shard.agencies] == [agency for one in groups for agency in one]
    shard_of = {agency: shard.name for shard in shards for agency in shard.agencies}
    assert all(len({shard_of[agency] for agency in one}) == 1 for one in groups)
    assert packed(groups, most) == shards and sorted(shard.name for shard in shards) == [s.name for s in shards]


def test_a_shard_has_at_most_so_many_groups_and_a_small_scan_keeps_several_workers_busy() -> None:
    alone = [[f"a{number}"] for number in range(1000)]
    assert [len(shard.agencies) for shard in packed(alone, 100)] == [100] * 10
    small = packed(alone[:63], 100)
    assert len(small) == 9 and small[0].agencies[0] == "a0"
