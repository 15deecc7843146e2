"""Liferay: friendly addresses /web/guest/…, /-/slug, portlets in p_p_id, Alloy UI classes."""

from spiders.platforms.base import Platform, marks

LIFERAY = Platform(
    name="liferay",
    sure=marks(
        r"Liferay\.(?:ThemeDisplay|Portlet|AUI)", r"/o/frontend-js-web/", r"name=[\"']generator[\"'][^>]{0,200}liferay"
    ),
    marks=marks(
        r"/web/guest\b", r"p_p_id=", r"\bportlet-(?:boundary|layout|column)", r"/documents/\d+/\d+/", r"\baui\b"
    ),
)
