"""NukeViet: /index.php?nv=…, nv_ functions in its scripts, /uploads/<module>/."""

from spiders.platforms.base import Platform, marks

NUKEVIET = Platform(
    name="nukeviet",
    sure=marks(
        r"name=[\"']generator[\"'][^>]{0,200}nukeviet", r"\bnv_(?:base_siteurl|lang_data|name_variable|func_name)\b"
    ),
    marks=marks(
        r"/(?:vi/)?index\.php\?(?:language=vi&(?:amp;)?)?nv=",
        r"nv_download_file",
        r"/themes/[^\"']{1,100}/js/nv",
        r"nukeviet",
    ),
)
