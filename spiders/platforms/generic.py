"""Any other system: only what all portals have in common is known."""

from prober.domain.indicator import Kind
from spiders.platforms.base import Platform

GENERIC = Platform(
    name="generic",
    sure=(),  # nothing shows it: this technology is the default
    paths={Kind.QA: ("/hoi-dap.html", "/hoi-dap"), Kind.EMAIL: ("/lien-he.html", "/lien-he")},
)
