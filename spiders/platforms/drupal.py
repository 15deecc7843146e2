"""Drupal: /sites/default/files/, /node/N, Drupal.settings."""

from spiders.platforms.base import Platform, marks

DRUPAL = Platform(
    name="drupal",
    sure=marks(
        r"name=[\"']generator[\"'][^>]{0,200}drupal", r"Drupal\.settings", r"data-drupal-", r"drupal-settings-json"
    ),
    marks=marks(r"/sites/(?:default|all)/", r"[\"'/]node/\d+", r"\bviews-row\b", r"\bregion-(?:content|sidebar)"),
)
