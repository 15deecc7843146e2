"""DotNetNuke: /Portals/0/, /tabid/N/, ids that begin with dnn_."""

from spiders.platforms.base import Platform, marks

DOTNETNUKE = Platform(
    name="dotnetnuke",
    sure=marks(r"name=[\"']generator[\"'][^>]{0,200}dotnetnuke", r"/tabid/\d+/", r"\bdnn_ctr\d+"),
    marks=marks(r"/Portals/\d+/", r"\bid=[\"']dnn_", r"/DesktopModules/", r"dnncore"),
)
