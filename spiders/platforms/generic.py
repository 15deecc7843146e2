"""Any other system: nothing is known but what all portals have in common."""

from prober.domain.finding import Kind
from spiders.platforms.base import Platform, sure

GENERIC = Platform(
    name="generic",
    sure=sure(r"(?!)"),  # recognises nothing: it is what remains
    paths={Kind.QA: ("/hoi-dap.html", "/hoi-dap"), Kind.EMAIL: ("/lien-he.html", "/lien-he")},
)
