"""List the mail addresses that exist in the world, with their owners."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

FREEMAIL = "gmail.test"
MAIL_DOMAIN = "prober.test"  # the product's own


@dataclass(frozen=True, slots=True)
class AddressBook:
    """The addresses of a world. `owners` maps those of finance departments to slugs; `others` are further ones."""

    owners: Mapping[str, str]
    others: frozenset[str]
    domains: frozenset[str]

    def agency(self, address: str) -> str:
        """Return the slug of the office that reads this address, or ""."""
        return self.owners.get(address.lower(), "")

    def exists(self, address: str) -> bool:
        return address.lower() in self.owners or address.lower() in self.others

    def is_ours(self, address: str) -> bool:
        return _domain(address) == MAIL_DOMAIN

    def refusal(self, address: str) -> tuple[int, str] | None:
        """Return code and text of a refusal at RCPT, or None.

        A government domain takes any local part and bounces later, as many gateways do; the freemail provider knows its
        users; an unknown domain is refused.
        """
        domain = _domain(address)
        if self.is_ours(address) or (domain in self.domains and domain != FREEMAIL) or self.exists(address):
            return None
        if domain == FREEMAIL:
            return 550, "5.1.1 The email account that you tried to reach does not exist"
        return 550, "5.1.2 Recipient address rejected: Domain not found"


def address_book(truth: Mapping[str, Any]) -> AddressBook:
    """Return the addresses of a world from its truth: each office's request address, and its other official ones."""
    owners: dict[str, str] = {}
    others: set[str] = set()
    for group in ("finance", "councils", "portals"):
        for slug, known in truth.get(group, {}).items():
            emails = {address.lower() for address in known.get("emails", ())}
            if asked := known.get("request_email"):
                owners |= {address: slug for address in (asked.lower(), *emails) if address not in owners}
            else:
                others |= emails
    others -= owners.keys()
    return AddressBook(owners, frozenset(others), frozenset(_domains([*owners, *others])))


def _domains(addresses: Iterable[str]) -> set[str]:
    return {_domain(address) for address in addresses} | {FREEMAIL}


def _domain(address: str) -> str:
    return address.lower().rpartition("@")[2]
