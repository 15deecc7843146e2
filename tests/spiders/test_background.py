"""What is known before a crawl is one value, and a shard gets the part that its visits look at."""

from dataclasses import replace

import msgspec

from spiders.background import Background
from spiders.download.host_groups import GroupIndex, scope
from tests.spiders.web import agency

PORTAL, FINANCE = agency("ca-mau"), agency("stc-ca-mau", "finance", "sotaichinh.camau.gov.test")
OTHER = agency("ha-giang", alt=("http://hagiangcu.gov.test/",))
KNOWN = Background(
    (PORTAL, FINANCE, OTHER), frozenset({PORTAL.id, OTHER.id}), {PORTAL.id: {"m": True}, OTHER.id: {"n": False}},
    ((OTHER.id, "http://camau.gov.test/tra-loi"), (PORTAL.id, "http://hagiangcu.gov.test/x")),
    {FINANCE.id: frozenset({"camau.gov.test"})},
)  # fmt: skip


def test_a_part_has_the_neighbours_and_what_was_named_on_its_sites() -> None:
    its = KNOWN.of([PORTAL])
    assert its.neighbours == (PORTAL, FINANCE)
    assert (its.in_need, its.rendered, its.domains) == ({PORTAL.id}, {PORTAL.id: {"m": True}}, {})
    assert its.named == ((OTHER.id, "http://camau.gov.test/tra-loi"),)  # whoever named it
    whole, part = (scope(PORTAL, GroupIndex(known.neighbours).of(PORTAL)) for known in (KNOWN, its))
    assert whole == part and whole.others == {"sotaichinh.camau.gov.test"}


def test_it_travels_as_json() -> None:
    assert msgspec.json.decode(msgspec.json.encode(KNOWN), type=Background) == KNOWN
    assert replace(KNOWN, neighbours=()) != KNOWN
