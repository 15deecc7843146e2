"""Shards hold whole politeness groups, in the order of the agencies, and the same ones in every run."""

from hypothesis import given
from hypothesis import strategies as st

from prober.fleet.packing import packed

HOSTS = st.frozensets(st.sampled_from([f"h{n}.test" for n in range(30)]), min_size=1, max_size=3)
AGENCIES = st.dictionaries(st.integers(0, 200).map("a{}".format), HOSTS, min_size=1)


@given(AGENCIES, st.integers(1, 20))
def test_no_host_group_is_in_two_shards_and_no_agency_is_lost(groups: dict[str, frozenset[str]], most: int) -> None:
    shards = packed(groups, most)
    assert sorted(agency for shard in shards for agency in shard.agencies) == sorted(groups)
    hosts = [{name for agency in shard.agencies for name in groups[agency]} for shard in shards]
    assert sum(map(len, hosts)) == len(set().union(*hosts))
    assert packed(groups, most) == shards


def test_a_chain_of_shared_hosts_is_one_politeness_group() -> None:
    chain = {"a": {"1"}, "b": {"2"}, "c": {"3"}, "d": {"2", "3"}, "e": {"1", "2"}, "f": {"9"}, "g": {"3"}}
    assert [shard.agencies for shard in packed(chain, 1)] == [("a", "b", "c", "d", "e", "g"), ("f",)]


def test_a_shard_has_at_most_so_many_groups_and_a_small_scan_keeps_several_workers_busy() -> None:
    alone = {f"a{n}": {f"h{n}"} for n in range(1000)}
    assert [len(shard.agencies) for shard in packed(alone, 100)] == [100] * 10
    small = dict(list(alone.items())[:63])
    assert len(packed(small, 100)) == 9 and packed(small, 100)[0].agencies[0] == "a0"
