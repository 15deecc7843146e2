"""Liferay: friendly addresses /web/guest/…, /-/slug, portlets in p_p_id, Alloy UI classes."""

from prober.domain.indicator import Kind
from spiders.platforms.base import Platform, marks

LIFERAY = Platform(
    name="liferay",
    sure=marks(
        r"Liferay\.(?:ThemeDisplay|Portlet|AUI)", r"/o/frontend-js-web/", r"name=[\"']generator[\"'][^>]{0,200}liferay"
    ),
    marks=marks(
        r"/web/guest\b", r"p_p_id=", r"\bportlet-(?:boundary|layout|column)", r"/documents/\d+/\d+/", r"\baui\b"
    ),
    paths={
        Kind.QA: ("/web/guest/hoi-dap", "/hoi-dap", "/hoi-ap"),
        Kind.EMAIL: ("/web/guest/lien-he", "/lien-he"),
        Kind.ACCESS: ("/web/guest/tiep-can-thong-tin",),
    },
)
