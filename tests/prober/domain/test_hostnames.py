"""Names of hosts: which part of one can be registered, which host an address has, and whose host is whose."""

import pytest

from prober.domain.agency import Agency
from prober.domain.hostnames import (
    GroupIndex,
    group,
    host_of,
    politeness_groups,
    registrable,
    scope,
    shard_of,
    split,
)
from tests.pobi import agencies


def test_registrable_is_never_the_last_two_labels() -> None:
    assert registrable("mail.stc.camau.gov.vn") == "camau.gov.vn"
    assert registrable("a.b.camau.gov.test") == "camau.gov.test"
    assert registrable("127.0.0.1") == "127.0.0.1"


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://camau.gov.vn", "camau.gov.vn"),
        ("https://camau.gov.vn?trang=2", "camau.gov.vn"),
        ("https://camau.gov.vn./x", "camau.gov.vn"),
        ("http://a..b./x", "a..b"),
        ("http://nobody@camau.gov.vn/x", "camau.gov.vn"),
        ("http://camau.gov.vn:8080/x", "camau.gov.vn"),
        ("http://./x", ""),
        ("mailto:stc@camau.gov.vn", ""),
    ],
)
def test_the_host_of_an_address_in_whatever_form_it_is_written(url: str, host: str) -> None:
    assert host_of(url) == host


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
