"""Name the worlds in which a study can happen. Which one it is decides what is reached, written to and marked."""

import re
from collections.abc import Iterable
from enum import StrEnum

from prober.text.patterns import linear

_UNDER_TEST = linear(r"[a-z0-9._+=-]{1,64}@(?:[a-z0-9-]{1,63}\.)+test", re.IGNORECASE | re.ASCII)


class World(StrEnum):
    """Where a study happens. A database holds data of one world.

    `SANDBOX` is the embedded world: simulated sites and offices in a process of ours. `REHEARSAL` takes every step of
    a real study, with real servers, on test servers that the configuration lists. `LIVE` is the public internet.
    """

    SANDBOX = "sandbox"
    REHEARSAL = "rehearsal"
    LIVE = "live"

    def may_write_to(self, address: str) -> bool:
        """Return True if a letter of this world may name `address`: in a rehearsal only plain ones under `.test`.

        No mail server can deliver to such a domain outside a test network (RFC 6761, section 6.2). A mailbox name with
        `%`, `!` or quotes is refused too: a relay may read another domain in it.

        >>> [World.REHEARSAL.may_write_to(a) for a in ("stc@camau.gov.test", "stc@camau.gov.vn", "a%b.vn@camau.test")]
        [True, False, False]
        """
        return self is not World.REHEARSAL or bool(_UNDER_TEST.fullmatch(address))

    def fault(self, addresses: Iterable[str]) -> str:
        """Return why a letter that names `addresses`, in envelope or header, may not be written; "" if it may."""
        beyond = sorted({address for address in addresses if not self.may_write_to(address)})
        return f"a rehearsal writes to plain addresses under .test, not to {', '.join(beyond)}" if beyond else ""
