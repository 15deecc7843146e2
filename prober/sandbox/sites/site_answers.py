"""Answer requests to one site: its pages, files and feeds, and its own misbehaviour."""

import dataclasses
import json
from functools import lru_cache
from time import monotonic
from typing import Any
from urllib.parse import parse_qs

from prober.sandbox.http.encodings import bomb, encoded, html, redirect, text
from prober.sandbox.http.site_messages import Fault, Request, Response
from prober.sandbox.sites.layout import ENVIRONMENT, Shell, shell, text_file, values
from prober.sandbox.sites.menus import COUNTER, counted_target, posted_target
from prober.sandbox.sites.obfuscations import CLOUDFLARE_DECODER
from prober.sandbox.sites.page_kinds import middle
from prober.sandbox.sites.site import Key, Site
from prober.sandbox.sites.static_files import has_sitemap, image, mailboxes, paper, robots, rss, sitemap_xml

_NOT_FOUND = "Không tìm thấy trang quý vị yêu cầu. Trang có thể đã được di chuyển hoặc không còn tồn tại."
_THANKS = "Cảm ơn quý vị. Nội dung đã được tiếp nhận và sẽ được chuyển đến cơ quan có thẩm quyền."
_PROTECTED = "Địa chỉ thư điện tử này được bảo vệ khỏi chương trình thu thập. Quý vị cần bật JavaScript để xem."
_FORBIDDEN = b"<title>403 Forbidden</title><h1>Forbidden</h1><p>Access to this resource is denied.</p>"
CACHED_PAGES = 64
_START = ("/", "/index.html", "/index.php", "/default.aspx", "/wps/portal", "/wps/portal/")
SLOW_SECONDS, DRIP_SECONDS = 0.8, 0.05
LIMIT_SECONDS = 0.6  # longer than the delay of a crawl of the embedded world, and than any Crawl-delay in it


class Answering:
    """The answers of one site. It holds only caches; an answer follows from site, seed and request."""

    def __init__(self, site: Site, seed: int) -> None:
        self.site = site
        self._seed = seed
        self._shell: Shell | None = None
        self._forbids = "forbids-unknown" in site.role.quirks
        self._last = 0.0  # when the last request came, real seconds
        self._page = lru_cache(CACHED_PAGES)(self._rendered)

    def respond(self, request: Request) -> Response | Fault:
        """Return the answer of the site itself, once name, scheme and certificate are settled."""
        path, _, query = request.target.partition("?")
        if "rate-limited" in self.site.role.quirks and self._too_fast():
            return Response(429, (("Content-Type", "text/plain"), ("Retry-After", "1")), b"Too Many Requests")
        special = self._special(path, query)
        if special is not None:
            return special
        key = self._found(path, request.target)
        if key is None:
            return self._missing()
        if request.method == "POST":
            return self._posted(request)
        return self._misbehaving(key) or self._paced(
            self._page(key, query if key.kind in ("search", "schedule") else "")
        )

    def _too_fast(self) -> bool:
        """Return True if this request follows the one before in less than LIMIT_SECONDS of real time."""
        before, self._last = self._last, monotonic()
        return self._last - before < LIMIT_SECONDS

    def _special(self, path: str, query: str) -> Response | None:
        """Return the answer to a request for anything but a page."""
        site = self.site
        if path == "/robots.txt":
            return robots(site)
        if path == "/sitemap.xml":
            return sitemap_xml(site) if has_sitemap(site) or not self._forbids else self._missing()
        if path == COUNTER and "click-counter" in site.role.quirks:
            return redirect(counted_target(site, query), 302)
        if path.startswith("/img/"):
            return image(path)
        if path == "/cdn-cgi/l/email-protection":
            return self._said("Email Protection", _PROTECTED)
        if path.endswith("email-decode.min.js"):
            return text(CLOUDFLARE_DECODER, "application/javascript")
        if path.endswith((".css", ".js")):
            return self._asset(path)
        if site.role.technology == "spa" and path == "/api/v1/page":
            return self._api((parse_qs(query).get("path") or ["/"])[0])
        return None

    def _asset(self, path: str) -> Response:
        if self.site.role.technology == "spa":
            return (
                text(text_file("spa.js"), "application/javascript")
                if path.endswith("js")
                else text(self._spa_css(), "text/css")
            )
        return text("/* gom vào trang */\n", "text/css" if path.endswith("css") else "application/javascript")

    def _spa_css(self) -> str:
        return str(values(self.site, self._seed)["css"]) + text_file("spa.css")

    def _found(self, path: str, target: str) -> Key | None:
        if path in _START and "?" not in target:
            return Key("home")
        return self.site.find(target)

    def _missing(self) -> Response:
        if self.site.role.technology == "spa":
            return self._bare("spa-shell.html")
        if self._forbids:
            return html(_FORBIDDEN, frozenset(), 403)
        return self._said("Không tìm thấy", _NOT_FOUND, 200 if "soft-404" in self.site.role.quirks else 404)

    def _said(self, title: str, sentence: str, status: int = 200) -> Response:
        """Return a page of one sentence inside the site's frame."""
        quirks = self.site.role.quirks
        return html(encoded(self._wrapped(title, f"<h1>{title}</h1><p>{sentence}</p>"), quirks), quirks, status)

    def _posted(self, request: Request) -> Response:
        """Answer a form: a menu that posts back with its target, any other form with thanks."""
        fields = parse_qs(request.body.decode("utf-8", "replace"))
        if "postback" in self.site.role.quirks and "TopMenu" in "".join(fields.get("__EVENTTARGET", [])):
            return redirect(posted_target(self.site, "".join(fields.get("__EVENTARGUMENT", []))), 302)
        return self._said("Đã tiếp nhận", _THANKS)

    def _misbehaving(self, key: Key) -> Response | Fault | None:
        """Return the misbehaviour of a single page of this site (site_roles.MISBEHAVIOUR), or None."""
        quirks = self.site.role.quirks
        if "reset-pages" in quirks and key.kind == "documents":
            return Fault.RESET
        if "malformed-header" in quirks and key.kind == "schedule":
            return Fault.MALFORMED
        if "http-500" in quirks and key.kind in ("documents", "statistics"):
            return html(b"<h1>Server Error in '/' Application.</h1><p>Timeout expired.</p>", quirks, 500)
        return None

    def _paced(self, response: Response) -> Response:
        if "slow" not in self.site.role.quirks:
            return response
        return dataclasses.replace(response, delay=SLOW_SECONDS, drip=DRIP_SECONDS)

    def _rendered(self, key: Key, query: str) -> Response:
        """Return one page as bytes. Cached: a crawl and its repetition request the same pages."""
        site, quirks = self.site, self.site.role.quirks
        if key.kind == "bomb":
            return bomb()
        if key.kind == "pdf":
            return paper(site, key.n)
        if key.kind == "mailboxes":
            return mailboxes(site)
        if key.kind == "rss":
            return rss(site)
        if key.kind == "home" and "meta-refresh" in quirks:
            return self._bare("refresh.html", target=self._address("start"))
        if key.kind == "home" and "frames" in quirks:
            return self._bare("frameset.html", menu=self._address("frame-menu"), main=self._address("frame-main"))
        if key.kind == "frame-menu":
            return self._bare("frame-menu.html", s=values(site, self._seed))
        if site.role.technology == "spa":
            return self._bare("spa-shell.html")
        if "two-pages" in quirks:
            pages = {kind: self._address(kind) for kind in ("home", "contact")}
            return self._bare("two-pages.html", s=site, here=key.kind, mail=site.role.official, **pages)
        title, main = middle(site, key, query)
        return html(encoded(self._wrapped(title, main), quirks), quirks)

    def _wrapped(self, title: str, main: str) -> str:
        if "two-pages" in self.site.role.quirks:
            return f"<html><head><title>{title}</title></head><body>{main}</body></html>"
        if self._shell is None:
            self._shell = shell(self.site, self._seed)
        return self._shell.page(title, title, main)

    def _bare(self, template: str, **fields: Any) -> Response:
        """Return a page without menu and columns."""
        page = ENVIRONMENT.get_template(template).render(name=self.site.name, **fields)
        return html(encoded(page, self.site.role.quirks), self.site.role.quirks)

    def _address(self, kind: str) -> str:
        return self.site.addresses[Key(kind)]

    def _api(self, target: str) -> Response:
        """Return the data behind a single-page application: title, and the HTML that its script inserts."""
        key = self._found(target.partition("?")[0], target)
        title, main = (
            middle(self.site, key, target.partition("?")[2]) if key else ("Không tìm thấy", f"<p>{_NOT_FOUND}</p>")
        )
        page = {"title": f"{title} - {self.site.name}", "html": self._wrapped(title, main)}
        return text(json.dumps(page, ensure_ascii=False), "application/json")
