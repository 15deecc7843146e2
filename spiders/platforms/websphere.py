"""IBM WebSphere Portal and its content management: /wps/portal/…, /wps/wcm/connect/…, wpsPortletBody."""

from spiders.platforms.base import Platform, marks

WEBSPHERE = Platform(
    name="websphere",
    sure=marks(r"wpsPortlet", r"/wps/(?:my)?portal/", r"ibmPortalConfig"),
    marks=marks(r"/wps/wcm/connect/", r"/wps/contenthandler", r"wpthemeControl", r"wptheme"),
)
