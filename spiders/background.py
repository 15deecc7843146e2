"""Gather what results.db knows that decides how sites are visited: one value, so that a visit needs no database."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from itertools import chain

from prober.domain.agency import Agency
from prober.domain.hostnames import host_of
from prober.store import Database
from prober.store.results.registry import in_need, others, related_domains
from prober.store.results.scans import addresses_to_check, rendered_before
from prober.text.words import Vocabulary
from spiders.download.host_groups import group, groups


@dataclass(frozen=True, slots=True)
class Background:
    """What is known before a crawl, of the agencies that it visits. Plain values: it may travel as JSON (msgspec)."""

    # Every agency of the registry with an address in a host group of one that is visited, itself included.
    neighbours: tuple[Agency, ...] = ()
    in_need: frozenset[str] = frozenset()  # ids of those with a department whose address is in doubt
    # Results of rendering in earlier scans: agency → mark of a page → True if the browser showed more.
    rendered: Mapping[str, Mapping[str, bool]] = field(default_factory=dict)
    named: tuple[tuple[str, str], ...] = ()  # (agency that named it in a reply, address), to be checked
    # Agency → domains of its predecessors and of its portal, whose addresses are its own too.
    domains: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def of(self, agencies: Collection[Agency]) -> "Background":
        """Return the part that is of use for visits to `agencies`."""
        ids = {agency.id for agency in agencies}
        shared = set().union(*map(groups, agencies))
        return Background(
            tuple(agency for agency in self.neighbours if not shared.isdisjoint(groups(agency))),
            self.in_need & ids,
            {agency: marks for agency, marks in self.rendered.items() if agency in ids},
            tuple(row for row in self.named if group(host_of(row[1])) in shared),
            {agency: domains for agency, domains in self.domains.items() if agency in ids},
        )


def background(db: Database, agencies: Collection[Agency], vocabulary: Vocabulary) -> Background:
    """Return what results.db knows of `agencies`; of these themselves it believes what it is given."""
    ids = {agency.id for agency in agencies}
    return Background(
        tuple(chain(agencies, others(db, ids))), in_need(db, vocabulary.departments), rendered_before(db),
        tuple(addresses_to_check(db)), related_domains(db),
    ).of(agencies)  # fmt: skip
