"""Whose page it is: what a detector must know to tell this body's own channels from everyone else's."""

from dataclasses import dataclass
from functools import cached_property

from prober.text.vietnamese import fold


@dataclass(frozen=True)
class Body:
    """A public body. `own_domains` are registrable domains, such as ("camau.gov.vn",); empty where none is known."""

    name_vi: str
    province_vi: str = ""
    province_en: str = ""
    kind: str = "portal"
    own_domains: tuple[str, ...] = ()

    def owns(self, host: str) -> bool:
        """Whether `host`, or the domain of an address, lies within one of the body's own domains."""
        host = host.lower().rstrip(".")
        return any(host == domain or host.endswith(f".{domain}") for domain in self.own_domains)

    @cached_property
    def marks(self) -> tuple[str, ...]:
        """Folded names without blanks by which a channel can be known as this body's, longest first."""
        names = {fold(name).replace(" ", "") for name in (self.province_vi, self.province_en, self.name_vi)}
        names |= {domain.split(".")[0].replace("-", "") for domain in self.own_domains}
        return tuple(sorted((name for name in names if len(name) > 2), key=len, reverse=True))
