"""IBM WebSphere Portal and its content management: /wps/portal/…, /wps/wcm/connect/…, wpsPortletBody."""

from prober.domain.indicator import Kind
from spiders.platforms.base import Platform, marks

WEBSPHERE = Platform(
    name="websphere",
    sure=marks(r"wpsPortlet", r"/wps/(?:my)?portal/", r"ibmPortalConfig"),
    marks=marks(r"/wps/wcm/connect/", r"/wps/contenthandler", r"wpthemeControl", r"wptheme"),
    paths={
        Kind.QA: ("/wps/portal/hoidap", "/wps/portal/trang-chu/hoi-dap"),
        Kind.EMAIL: ("/wps/portal/lienhe", "/wps/portal/trang-chu/lien-he"),
        Kind.ACCESS: ("/wps/portal/tiepcanthongtin",),
    },
)
