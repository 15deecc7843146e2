"""Any other system: only what all portals have in common is known."""

from spiders.platforms.base import Platform

GENERIC = Platform(
    name="generic",
    sure=(),  # nothing shows it: this technology is the default
)
