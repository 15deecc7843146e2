"""SharePoint, and the portal family built on it that dates its pages: /portal/Pages/<date>/<slug>.aspx."""

from spiders.platforms.base import Platform, marks

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
