"""Scopes from a registry arranged by host group are those from the whole registry."""

from prober.domain.agency import agencies
from spiders.download.host_groups import GroupIndex, scope


def test_the_scope_of_every_agency_is_the_same_as_from_the_whole_registry() -> None:
    """Same decisions: hosts that can be near are those of a shared domain, and only these are left out by `others`."""
    registry = agencies("2019") + agencies("2025")
    kin = GroupIndex(registry)
    addresses = [url for agency in registry for url in (agency.url, *agency.alt_urls)]
    for agency in registry:
        whole, part = scope(agency, registry), scope(agency, kin.of(agency))
        assert (part.hosts, part.group, part.prefix) == (whole.hosts, whole.group, whole.prefix)
        assert [part.near(url) for url in addresses] == [whole.near(url) for url in addresses], agency.id
