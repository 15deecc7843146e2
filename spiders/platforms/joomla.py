"""Joomla: /index.php/…, option=com_…, cloaked addresses. Its slugs often lost their accented letters (hoi-ap)."""

from spiders.platforms.base import Platform, marks

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
