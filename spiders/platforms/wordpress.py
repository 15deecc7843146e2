"""WordPress: /wp-content/, /wp-json/, /wp-includes/."""

from prober.domain.indicator import Kind
from spiders.platforms.base import OTHER_SITEMAPS, Platform, marks

WORDPRESS = Platform(
    name="wordpress",
    sure=marks(r"/wp-(?:content|includes)/", r"/wp-json/", r"name=[\"']generator[\"'][^>]{0,200}wordpress"),
    paths={Kind.QA: ("/hoi-dap/",), Kind.EMAIL: ("/lien-he/",), Kind.ACCESS: ("/tiep-can-thong-tin/",)},
    sitemaps=("/wp-sitemap.xml", *OTHER_SITEMAPS),
)
