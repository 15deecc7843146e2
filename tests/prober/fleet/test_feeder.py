"""What the feeder sends, and what it sends again."""

from prober.fleet.feeder import Feeder, Seen, forecast

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
    assert its.due(Seen(leased={"s0"}, queued=set(), slots=1), set(), 1) == [("s1", 2)]
    assert its.due(Seen(leased=set(), queued={"s1"}, slots=1), {"a0"}, 2) == []


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


def test_the_forecast_counts_what_this_run_did() -> None:
    assert forecast(total=100, merged=60, began_with=60, seconds=5) is None
    assert forecast(total=100, merged=70, began_with=60, seconds=5) == 15
