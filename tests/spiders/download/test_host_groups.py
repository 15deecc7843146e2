"""Whose host is whose, and where the crawler may not go."""

import asyncio

import pytest

from prober.domain.agency import Agency
from prober.domain.finding import Failure
from spiders.download.address_guard import is_public, public_addresses
from spiders.download.fetch_result import FetchFailed
from spiders.download.host_groups import (
    GroupIndex,
    group,
    may_be_fetched,
    politeness_groups,
    scope,
    shard_of,
    split,
)
from tests.pobi import agencies


def agency(slug: str, url: str, kind: str = "portal", frame: str = "2019", alt: tuple[str, ...] = ()) -> Agency:
    return Agency(slug, frame, kind, slug, slug, slug, slug, slug, url, alt)


PORTAL = agency("quang-ninh", "https://www.quangninh.gov.vn/")
FINANCE = agency("stc-quang-ninh", "https://www.quangninh.gov.vn/So/sotaichinh", "finance")
OTHER = agency("stc-ca-mau", "https://sotaichinh.camau.gov.vn/", "finance")
CA_MAU = agency("ca-mau", "https://www.camau.gov.vn/", alt=("http://camau.gov.vn/wps/portal",))
REGISTRY = [PORTAL, FINANCE, OTHER, CA_MAU, agency("ca-mau", "https://www.camau.gov.vn/", frame="2025")]


@pytest.mark.parametrize(
    ("who", "url", "own", "near"),
    [
        (CA_MAU, "http://camau.gov.vn/x", True, True),
        (CA_MAU, "https://hoidap.camau.gov.vn/", False, True),
        (CA_MAU, "https://sotaichinh.camau.gov.vn/hoi-dap", False, False),
        (CA_MAU, "https://camau.gov.vn.example.com/", False, False),
        (CA_MAU, "https://dongthap.gov.vn/", False, False),
        (CA_MAU, "http://[::1/", False, False),
        (OTHER, "https://www.camau.gov.vn/hoi-dap", False, False),
        (FINANCE, "https://www.quangninh.gov.vn/So/sotaichinh/Trang/lienhe.aspx", True, True),
        (FINANCE, "https://www.quangninh.gov.vn/Trang/hoidap.aspx", False, False),
    ],
)
def test_scope(who: Agency, url: str, own: bool, near: bool) -> None:
    found = scope(who, REGISTRY)
    assert (found.own(url), found.near(url)) == (own, near)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("stc.camau.gov.vn", "camau.gov.vn"),
        ("a.b.camau.gov.test", "camau.gov.test"),
        ("gov.vn", "gov.vn"),
        ("sctyenbai.gov.vn", "sctyenbai.gov.vn"),
        ("10.0.0.1", "10.0.0.1"),
    ],
)
def test_group(host: str, expected: str) -> None:
    assert group(host) == expected


@pytest.mark.parametrize(
    ("url", "live", "simulated"),
    [
        ("https://www.camau.gov.vn/", True, False),
        ("https://www.camau.gov.test/", False, True),
        ("http://127.0.0.1/", False, False),
        ("http://[::1]/", False, False),
        ("http://169.254.169.254/latest", False, False),
        ("http://2130706433/", False, False),
        ("http://localhost/", False, False),
        ("http://printer.local/", False, False),
        ("http://user:pass@camau.gov.vn/", False, False),
        ("ftp://camau.gov.vn/", False, False),
        ("file:///etc/passwd", False, False),
        ("javascript:alert(1)", False, False),
        ("http://camau.gov.vn:99999/", False, False),
        ("http://camau.gov.vn:80/", True, False),
        ("https://camau.gov.vn:443/", True, False),
        ("http://camau.gov.vn:443/", True, False),
        ("http://camau.gov.vn:22/", False, False),
        ("http://camau.gov.vn:8080/", False, False),
        ("http://camau.gov.test:25/", False, False),
        ("http://camau.gov.vn:0/", False, False),
    ],
)
def test_what_may_be_fetched(url: str, live: bool, simulated: bool) -> None:
    assert (may_be_fetched(url, False), may_be_fetched(url, True)) == (live, simulated)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1111", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("100.64.0.1", False),
        ("169.254.169.254", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::", False),
        ("fec0::1", False),
        ("::127.0.0.1", False),
        ("::8.8.8.8", False),
        ("::ffff:0:127.0.0.1", False),
        ("::ffff:8.8.8.8", True),
        ("64:ff9b::808:808", True),
        ("64:ff9b:1::808:808", False),
        ("5f00::1", False),
        ("3fff::1", False),
        ("2001:db8::1", False),
        ("2001::1", False),
        ("2001:20::1", False),
        ("2001:200::1", True),
        ("2002:808:808::1", False),
        ("100::1", False),
        ("ff02::1", False),
        ("192.88.99.1", False),
        ("192.0.0.8", False),
        ("192.0.0.9", False),
        ("198.19.255.255", False),
        ("203.0.113.9", False),
        ("240.0.0.1", False),
        ("14.225.0.1", True),
        ("2405:4800::1", True),
    ],
)
def test_public_addresses_only(address: str, expected: bool) -> None:
    assert is_public(address) is expected


def test_other_ports_only_where_configured() -> None:
    assert may_be_fetched("http://camau.gov.vn:8080/", False, (80, 8080))
    assert not may_be_fetched("https://camau.gov.vn:443/", False, (80, 8080))


def test_a_name_that_resolves_to_this_machine_is_refused() -> None:
    with pytest.raises(FetchFailed, match="not a public address") as caught:
        asyncio.run(public_addresses("localhost", 80))
    assert caught.value.failure is Failure.DNS


def test_the_scope_of_every_agency_is_the_same_as_from_the_whole_registry() -> None:
    """Same decisions: hosts that can be near are those of a shared domain, and only these are left out by `others`."""
    registry = agencies("2019") + agencies("2025")
    index = GroupIndex(registry)
    addresses = [url for agency in registry for url in (agency.url, *agency.alt_urls)]
    for agency in registry:
        whole, part = scope(agency, registry), scope(agency, index.of(agency))
        assert (part.hosts, part.group, part.prefix) == (whole.hosts, whole.group, whole.prefix)
        assert [part.near(url) for url in addresses] == [whole.near(url) for url in addresses], agency.id


def named(name: str, alt: tuple[str, ...] = ()) -> Agency:
    return agency(name, f"http://{name}.gov.vn/", alt=alt)


def test_agencies_with_a_common_host_group_are_in_one_shard_however_long_the_chain() -> None:
    first, second = named("a"), agency("stc-a", "https://so.a.gov.vn/", "finance")
    joined = named("b", ("http://cu.a.gov.vn/", "http://c.gov.vn/"))
    third, alone = named("c"), named("d")
    assert politeness_groups([first, third, alone, second, joined]) == [(first, second, third, joined), (alone,)]
    assert politeness_groups([]) == []
    for shards in (1, 2, 4):
        parts = split([first, third, alone, second, joined], shards)
        assert len(parts) == shards and sum(map(len, parts)) == 5
        assert [part for part in parts if first in part] == [part for part in parts if joined in part]


def test_the_shard_of_a_group_is_the_same_in_every_process() -> None:
    assert [shard_of([named(name)], 4) for name in ("a", "b", "c", "d")] == [1, 1, 3, 1]
    spread = [len(part) for part in split((named(f"tinh-{number}") for number in range(4000)), 4)]
    assert min(spread) > 900
