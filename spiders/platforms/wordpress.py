"""WordPress: /wp-content/, /wp-json/, /wp-includes/."""

from spiders.platforms.base import OTHER_SITEMAPS, Platform, marks

WORDPRESS = Platform(
    name="wordpress",
    sure=marks(r"/wp-(?:content|includes)/", r"/wp-json/", r"name=[\"']generator[\"'][^>]{0,200}wordpress"),
    sitemaps=("/wp-sitemap.xml", *OTHER_SITEMAPS),
)
