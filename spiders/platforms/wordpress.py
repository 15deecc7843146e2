"""WordPress: /wp-content/, /wp-json/, /wp-includes/."""

from prober.domain.indicator import Kind
from spiders.platforms.base import Platform, sure

WORDPRESS = Platform(
    name="wordpress",
    sure=sure(r"/wp-(?:content|includes)/|/wp-json/|name=[\"']generator[\"'][^>]{0,200}wordpress"),
    paths={Kind.QA: ("/hoi-dap/",), Kind.EMAIL: ("/lien-he/",), Kind.ACCESS: ("/tiep-can-thong-tin/",)},
)
