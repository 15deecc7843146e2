"""Recognise the technology of a portal by its marks, and tell its usual sitemaps; its usual paths are words. Pure.

Recognition is per host, never per province: departments of one province use different systems
(docs/reference/registry.md#technologies).
"""

import re
from dataclasses import dataclass

from prober.domain.pages.page import Page
from prober.text.patterns import linear
from prober.text.words import LinkWords, Words

SITEMAP_PATHS = ("/sitemap.xml",)
OTHER_SITEMAPS = ("/sitemap_index.xml",)  # of a site without one there
_BOUNDED = linear(r"\\b([a-z][a-z_=-]*)")
_LOOKED_AT = 250_000  # characters; marks of a system are in the head and the first blocks


@dataclass(frozen=True, slots=True)
class Platform:
    """One technology. Two different `marks` in the source, or one of `sure`, identify it.

    Its paths (`platforms.toml` of a pack) are tried before the usual ones if no link led to a page, `sitemaps` if none
    is at the usual address. Reading a page does not depend on the technology.
    """

    name: str
    sure: tuple[re.Pattern[str], ...]
    marks: tuple[re.Pattern[str], ...] = ()
    sitemaps: tuple[str, ...] = OTHER_SITEMAPS

    def recognises(self, source: str, url: str) -> bool:
        """Return True if the page at `url` has this technology; both are in lower case."""
        if any(mark.search(source) or mark.search(url) for mark in self.sure):
            return True
        return sum(1 for mark in self.marks if mark.search(source) or mark.search(url)) >= 2

    def guesses(self, kind: str, words: Words) -> tuple[str, ...]:
        """Return paths at which this technology, then any portal, may have `kind`."""
        own = words.platforms.get(self.name, {}).get(kind, ())
        return tuple(dict.fromkeys((*own, *words.links.get(kind, LinkWords()).paths)))


def marks(*patterns: str) -> tuple[re.Pattern[str], ...]:
    r"""Compile marks for source in lower case, whatever their own case.

    A search for \bms- tests each letter of a page twice; one that begins with "ms-" jumps from match to match. So does
    each of two marks, where one pattern of both would not.
    """
    return tuple(linear(_BOUNDED.sub(r"\1(?<=\\b\1)", pattern.lower())) for pattern in patterns)


# Liferay: friendly addresses /web/guest/…, /-/slug, portlets in p_p_id, Alloy UI classes.
LIFERAY = Platform(
    name="liferay",
    sure=marks(
        r"Liferay\.(?:ThemeDisplay|Portlet|AUI)", r"/o/frontend-js-web/", r"name=[\"']generator[\"'][^>]{0,200}liferay"
    ),
    marks=marks(
        r"/web/guest\b", r"p_p_id=", r"\bportlet-(?:boundary|layout|column)", r"/documents/\d+/\d+/", r"\baui\b"
    ),
)
# IBM WebSphere Portal and its content management: /wps/portal/…, /wps/wcm/connect/…, wpsPortletBody.
WEBSPHERE = Platform(
    name="websphere",
    sure=marks(r"wpsPortlet", r"/wps/(?:my)?portal/", r"ibmPortalConfig"),
    marks=marks(r"/wps/wcm/connect/", r"/wps/contenthandler", r"wpthemeControl", r"wptheme"),
)
# SharePoint, and the portal family built on it that dates its pages: /portal/Pages/<date>/<slug>.aspx.
SHAREPOINT = Platform(
    name="sharepoint",
    sure=marks(
        r"/_layouts/(?:15/)?", r"_spPageContextInfo", r"name=[\"']generator[\"'][^>]{0,200}sharepoint", r"MSOWebPart"
    ),
    marks=marks(
        r"/Pages/[^\"'?]{1,150}\.aspx",
        r"/SitePages/",
        r"\bms-(?:core|rte|webpart)",
        r"/Lists/[^\"']{1,100}/",
        r"ctl00_",
    ),
)
SHAREPOINT_PORTAL = Platform(
    name="sharepoint-portal",
    sure=marks(r"/portal/Pages/\d{4}-\d{1,2}-\d{1,2}/"),
    marks=marks(r"/portal/Pages/[^\"']{1,150}\.aspx", r"/portal/(?:PublishingImages|SiteAssets|VanBan)/"),
)
# DotNetNuke: /Portals/0/, /tabid/N/, ids that begin with dnn_.
DOTNETNUKE = Platform(
    name="dotnetnuke",
    sure=marks(r"name=[\"']generator[\"'][^>]{0,200}dotnetnuke", r"/tabid/\d+/", r"\bdnn_ctr\d+"),
    marks=marks(r"/Portals/\d+/", r"\bid=[\"']dnn_", r"/DesktopModules/", r"dnncore"),
)
# NukeViet: /index.php?nv=…, nv_ functions in its scripts, /uploads/<module>/.
NUKEVIET = Platform(
    name="nukeviet",
    sure=marks(
        r"name=[\"']generator[\"'][^>]{0,200}nukeviet", r"\bnv_(?:base_siteurl|lang_data|name_variable|func_name)\b"
    ),
    marks=marks(
        r"/(?:vi/)?index\.php\?(?:language=vi&(?:amp;)?)?nv=",
        r"nv_download_file",
        r"/themes/[^\"']{1,100}/js/nv",
        r"nukeviet",
    ),
)
# Drupal: /sites/default/files/, /node/N, Drupal.settings.
DRUPAL = Platform(
    name="drupal",
    sure=marks(
        r"name=[\"']generator[\"'][^>]{0,200}drupal", r"Drupal\.settings", r"data-drupal-", r"drupal-settings-json"
    ),
    marks=marks(r"/sites/(?:default|all)/", r"[\"'/]node/\d+", r"\bviews-row\b", r"\bregion-(?:content|sidebar)"),
)
# Joomla: /index.php/…, option=com_…, cloaked addresses. Its slugs often lost their accented letters (hoi-ap).
JOOMLA = Platform(
    name="joomla",
    sure=marks(
        r"name=[\"']generator[\"'][^>]{0,200}joomla",
        r"option=com_\w+",
        r"/media/(?:jui|system)/js/",
        r"joomla-script-options",
    ),
    marks=marks(r"/index\.php/", r"/components/com_", r"/modules/mod_", r"\bcloak[0-9a-f]{8,}", r"\bmoduletable\b"),
)
# WordPress: /wp-content/, /wp-json/, /wp-includes/.
WORDPRESS = Platform(
    name="wordpress",
    sure=marks(r"/wp-(?:content|includes)/", r"/wp-json/", r"name=[\"']generator[\"'][^>]{0,200}wordpress"),
    sitemaps=("/wp-sitemap.xml", *OTHER_SITEMAPS),
)
# Single-page applications: the source has only an empty element that a script fills.
SPA = Platform(
    name="spa",
    sure=marks(r"<app-root[\s>]", r"\bng-version=", r"id=[\"']__(?:next|nuxt)[\"']", r"window\.__INITIAL_STATE__"),
    marks=marks(
        r"id=[\"'](?:app|root)[\"']\s*>",
        r"(?:runtime|polyfills|main|chunk-vendors|bundle)[.\-][\w.\-]{0,200}js",
    ),
)
# Any other system: only what all portals have in common is known.
GENERIC = Platform(
    name="generic",
    sure=(),  # nothing shows it: this technology is the default
)

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
    source, url = page.html[:_LOOKED_AT].lower(), page.url.lower()
    return next((platform for platform in PLATFORMS if platform.recognises(source, url)), GENERIC)
