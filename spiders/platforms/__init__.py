"""Recognise the technology of a portal. Pure.

Recognition is per host, never per province: departments of one province use different systems
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

# Most specific first: the portal family before SharePoint, whose marks it also has; single-page applications just
# before generic, because other systems too have an element with id "app" or "root".
PLATFORMS: tuple[Platform, ...] = (
    LIFERAY, WEBSPHERE, SHAREPOINT_PORTAL, SHAREPOINT, DOTNETNUKE, NUKEVIET, DRUPAL, JOOMLA, WORDPRESS, SPA,
)  # fmt: skip


_BY_NAME = {platform.name: platform for platform in PLATFORMS}


def named(name: str) -> Platform:
    """Return the technology with this name; GENERIC for any other name."""
    return _BY_NAME.get(name, GENERIC)


def recognise(page: Page) -> Platform:
    """Return the technology of the host that served `page`; GENERIC if it has the marks of none."""
    source, url = looked_at(page)
    return next((platform for platform in PLATFORMS if platform.recognises(source, url)), GENERIC)
