"""Portal technologies, most specific first. A portal is a registry row; what a technology looks like is here. Pure.

Recognition is per host, never per province: departments of one province run different systems
(docs/reference/registry.md#technologies).
"""

from prober.domain.page import Page
from spiders.platforms.base import Platform, looked_at
from spiders.platforms.dotnetnuke import DOTNETNUKE
from spiders.platforms.drupal import DRUPAL
from spiders.platforms.generic import GENERIC
from spiders.platforms.joomla import JOOMLA
from spiders.platforms.liferay import LIFERAY
from spiders.platforms.nukeviet import NUKEVIET
from spiders.platforms.sharepoint import SHAREPOINT, SHAREPOINT_PORTAL
from spiders.platforms.spa import SPA
from spiders.platforms.websphere import WEBSPHERE
from spiders.platforms.wordpress import WORDPRESS

# The portal family before SharePoint, whose marks it also shows; a single-page application last before generic, because
# other systems too carry an element with id "app" or "root".
PLATFORMS: tuple[Platform, ...] = (
    LIFERAY, WEBSPHERE, SHAREPOINT_PORTAL, SHAREPOINT, DOTNETNUKE, NUKEVIET, DRUPAL, JOOMLA, WORDPRESS, SPA,
)  # fmt: skip


def recognise(page: Page) -> Platform:
    """The technology of the host that served `page`; GENERIC where none shows its marks."""
    source, url = looked_at(page)
    return next((platform for platform in PLATFORMS if platform.recognises(source, url)), GENERIC)
