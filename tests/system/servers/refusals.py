"""Sites that refuse a part: rate limits, firewalls, bans, sessions, robots.txt. What is behind it is never absent."""

import gzip
from collections.abc import Callable
from dataclasses import replace
from email.utils import formatdate
from time import time

from tests.system.servers.department import ALL, NONE, Department, Pages, serve
from tests.system.servers.row import (
    PARTLY,
    PRESENT,
    PROVED,
    READ,
    SECTION_PATHS,
    SHUT,
    UNKNOWN,
    Make,
    Row,
    When,
    changed,
    elsewhere,
    refused,
    rewritten,
    to_sections,
)  # fmt: skip
from tests.system.servers.wire import Answer, Raw, Reply, Request, Site, head

DENIED = Reply(
    "<html><head><title>403 Forbidden</title></head><body><center><h1>403 Forbidden</h1></center></body></html>", 403
)
LIMITED = Reply("<html><head><title>429 Too Many Requests</title></head><body>429</body></html>", 429)
BUSY = Reply("<html><head><title>503 Service Temporarily Unavailable</title></head><body>503</body></html>", 503)
REJECTED = Reply(
    "<html><head><title>Request Rejected</title></head><body>The requested URL was rejected. Your support ID is: 1171</body></html>"
)
ASKED = ("qa", "budget", "access")
SECTIONS_OPEN = {kind: {PRESENT, UNKNOWN} for kind in ASKED}
SECTIONS_CLOSED = {
    "qa": {UNKNOWN},
    "budget": {UNKNOWN},
    "access": {PRESENT, UNKNOWN},
}  # a link in a menu is seen all the same
HIDDEN = frozenset(ASKED)


def after(number: int) -> When:
    return lambda request: request.count > number


def every_nth(number: int) -> When:
    return lambda request: request.count % number == 0


def first_time(*paths: str) -> When:
    return lambda request: request.path in paths and request.peers == 1


def unknown_paths(office: Department) -> When:
    known = office.pages().keys()
    return lambda request: request.path not in known and request.target not in known


def bucket(answer: Answer, per_second: float, burst: int) -> Make:
    """nginx's limit_req without delay, for one client."""

    def make(office: Department) -> Site:
        site, level = serve(office.pages()), [0.0, 0.0]

        def limited(request: Request) -> Answer:
            excess = max(0.0, level[0] - (request.at - level[1]) * per_second) + 1
            if excess > burst + 1:
                return answer
            level[:] = [excess, request.at]
            return site(request)

        return limited

    return make


def banned(number: int, answer: Answer, seconds: float = 1e9) -> Make:
    """Refuse a client for `seconds` after so many requests."""

    def make(office: Department) -> Site:
        site, since = serve(office.pages()), []

        def limited(request: Request) -> Answer:
            if request.count == number + 1:
                since.append(request.at)
            return answer if since and request.at < since[0] + seconds else site(request)

        return limited

    return make


def with_cookie(refusal: Callable[[Request], Answer], only: Callable[[str], bool] = lambda path: True) -> Make:
    """Pages are shown to those who send back the cookie of the home page's first answer."""

    def make(office: Department) -> Site:
        site = serve(office.pages())

        def guarded(request: Request) -> Answer:
            if "phien=7a1c" in request.headers.get("cookie", "") or not only(request.path):
                answer = site(request)
                assert isinstance(answer, Reply)
                return Reply(
                    answer.body, answer.status, {**answer.headers, "Set-Cookie": "phien=7a1c; Path=/"}, answer.type
                )
            return refusal(request)

        return guarded

    return make


def to_itself(request: Request) -> Answer:
    return Reply("", 302, {"Location": request.target, "Set-Cookie": "phien=7a1c; Path=/; HttpOnly"})


def for_all(office_to_site: Callable[[Department, Site], Site], hidden: frozenset[str] = NONE) -> Make:
    def make(office: Department) -> Site:
        office = replace(office, hidden=hidden)
        return office_to_site(office, serve(office.pages()))

    return make


def hidden_and(answer: Answer, when: Callable[[Department], When] | When) -> Make:
    """The sections stand in the sitemap only, and some requests are refused."""

    def site(office: Department, honest: Site) -> Site:
        refuses = when(office) if when is unknown_paths else when  # type: ignore[arg-type]
        return lambda request: answer if refuses(request) else honest(request)  # type: ignore[arg-type]

    return for_all(site, HIDDEN)


def waf(answer: Answer) -> Make:
    def make(office: Department) -> Site:
        site, refuses = serve(office.pages()), unknown_paths(office)
        return lambda request: answer if refuses(request) else site(request)

    return make


def own_answer(answer: Callable[[Request], Answer]) -> Make:
    """An answer of its own to every address that is not there."""

    def make(office: Department) -> Site:
        site, missing = serve(office.pages()), unknown_paths(office)
        return lambda request: answer(request) if missing(request) else site(request)

    return make


def robots(text: str | bytes | Answer) -> Make:
    reply = text if isinstance(text, Reply | Raw) else Reply(text, type="text/plain")
    return changed(lambda office: {"/robots.txt": reply})


def hidden_robots(text: str) -> Make:
    return for_all(
        lambda office, honest: lambda r: Reply(text, type="text/plain") if r.path == "/robots.txt" else honest(r),
        HIDDEN,
    )


BAN = "User-agent: *\nDisallow: /hoi-dap\nDisallow: /cong-khai\nDisallow: /tiep-can\n"
NO_SECTION = "^(/hoi-dap|/cong-khai|/tiep-can)"
NO_SECTION_OR_MAP = "^(/hoi-dap|/cong-khai|/tiep-can|/sitemap)"
RETRY_DATE = formatdate(time() + 1, usegmt=True)


def login_section(office: Department) -> Pages:
    page = office.page(
        "Đăng nhập",
        '<h1>Đăng nhập</h1><p>Quý vị cần đăng nhập để xem mục này.</p><form method="post"><label>Tên đăng nhập <input name="u"></label><label>Mật khẩu <input type="password" name="p"></label><button>Đăng nhập</button></form>',
    )
    return dict.fromkeys(SECTION_PATHS, page)


def spinner(office: Department) -> Pages:
    page = office.page("Mục", '<div id="noi-dung"></div><script src="/js/khong-den.js"></script>')
    return dict.fromkeys(SECTION_PATHS, page)


LIMITS = (
    Row("limit429", "limit_req with 429: two a second", bucket(LIMITED, 2, 2), PARTLY),
    Row("limit503", "limit_req with its own 503: two a second", bucket(BUSY, 2, 2), PARTLY),
    Row("tight429", "one request in four seconds, 429", bucket(LIMITED, 0.25, 2), PARTLY),
    Row("hiddenlimit", "limit_req, and the sections in the sitemap only", for_all(lambda office, honest: bucket(LIMITED, 2, 3)(office), HIDDEN), PARTLY),
    Row("insidename", "sections lead to what the server is called in its own network", refused(Reply("", 302, {"Location": "http://web01.noi-bo.test/"}), to_sections), PARTLY, but=SECTIONS_CLOSED),
    Row("retrysoon", "429 with Retry-After: 1 on the first try of a section", refused(Reply("429", 429, {"Retry-After": "1"}), first_time(*SECTION_PATHS)), READ),
    Row("retrydate", "429 with a date in Retry-After on the first try of a section", refused(Reply("429", 429, {"Retry-After": RETRY_DATE}), first_time(*SECTION_PATHS)), READ),
    Row("retryhome", "429 with Retry-After: 1 on the first try of the home page", refused(Reply("429", 429, {"Retry-After": "1"}), first_time("/")), READ),
    Row("retry503", "503 with Retry-After: 1 on the first try of a section", refused(Reply("503", 503, {"Retry-After": "1"}), first_time(*SECTION_PATHS)), READ),
    Row("retrybad", "429 with a Retry-After that is none", refused(Reply("429", 429, {"Retry-After": "soon"}), to_sections), PARTLY, but=SECTIONS_CLOSED),
    Row("retrynever", "429 with a Retry-After of ten years", refused(Reply("429", 429, {"Retry-After": "315360000"}), to_sections), PARTLY, but=SECTIONS_CLOSED),
    Row("retrynegative", "429 with a negative Retry-After", refused(Reply("429", 429, {"Retry-After": "-5"}), to_sections), PARTLY, but=SECTIONS_CLOSED),
    Row("third503", "503 to every third request", refused(BUSY, every_nth(3)), PARTLY),
    Row("after429", "429 for good after three requests", refused(LIMITED, after(3)), PARTLY),
    Row("after503", "503 for good after three requests", refused(BUSY, after(3)), PARTLY),
    Row("after500", "500 for good after four requests", refused(Reply("500", 500), after(4)), PARTLY),
    Row("afterreset", "resets after four requests", refused(Raw(end="reset"), after(4)), PARTLY),
    Row("aftersilent", "no answer after four requests", refused(Raw(end="hold"), after(4)), PARTLY),
    Row("ban403", "403 for good after five requests", banned(5, DENIED), PARTLY),
    Row("ban403small", "403 for good after five requests, and nothing is offered", banned(5, DENIED), PARTLY, NONE, but=dict.fromkeys(sorted(ALL), {UNKNOWN})),
    Row("banshort", "403 for two seconds after five requests", banned(5, DENIED, 2.0), PARTLY),
    Row("banpage", "a block page with status 200 after five requests", banned(5, REJECTED), PARTLY),
    Row("bancaptcha", "a CAPTCHA with status 200 after five requests", banned(5, Reply('<html><title>Xác minh</title><p>Vui lòng xác minh quý vị không phải là robot</p><form><img src="/captcha.png"><input name="captcha"></form>')), PARTLY),
    Row("banhome", "leads to the home page after five requests", banned(5, Reply("", 302, {"Location": "/"})), PARTLY),
    Row("banempty", "an empty page with status 200 after five requests", banned(5, Reply("")), PARTLY),
    Row("inner503", "only the home page answers, the others are 503", refused(BUSY, lambda request: request.path != "/"), PARTLY),
    Row("inner403", "only the home page answers, the others are 403", refused(DENIED, lambda request: request.path != "/"), PARTLY),
    Row("innerhome", "every other address leads to the home page", refused(Reply("", 302, {"Location": "/"}), lambda request: request.path != "/"), PARTLY),
    Row("innersame", "every address shows the home page", lambda office: lambda request: office.home(), PARTLY),
    *(
        Row(f"section{status}", f"the sections answer {status}", refused(Reply(f"<h1>{status}</h1>", status, headers), to_sections), PARTLY, but=SECTIONS_CLOSED)
        for status, headers in {401: {"WWW-Authenticate": "Basic"}, 403: {}, 405: {}, 406: {}, 408: {}, 429: {}, 451: {}, 500: {}, 502: {}, 503: {}, 504: {}}.items()
    ),
    Row("sectionlogin", "the sections ask for a login, status 200", changed(login_section), PARTLY, but=SECTIONS_OPEN),
    Row("sectionspinner", "the sections stay empty in a browser", changed(spinner), PARTLY, but=SECTIONS_CLOSED),
    Row("sectionblank", "the sections are blank", changed(lambda office: dict.fromkeys(SECTION_PATHS, Reply(""))), PARTLY, but=SECTIONS_CLOSED),
    Row("sectionwaf", "a firewall's page in place of the sections, status 200", refused(REJECTED, to_sections), PARTLY, but=SECTIONS_CLOSED),
    Row("sectionreset", "the sections reset the connection", refused(Raw(end="reset"), to_sections), PARTLY, but=SECTIONS_CLOSED),
    Row("sectionslow", "the sections do not come in time", refused(Raw(end="hold"), to_sections), PARTLY, but=SECTIONS_CLOSED),
    Row("sectioncut", "the sections break off before their first word", refused(Raw((head(200, {"Content-Type": "text/html", "Content-Length": "9000"}) + b"<html><head><title>",)), to_sections), PARTLY, but=SECTIONS_CLOSED),
    Row("sectionhome", "the sections lead to the home page", refused(Reply("", 302, {"Location": "/"}), to_sections), PARTLY, but=SECTIONS_OPEN),
    Row("sectionerror", "the sections say that the system has an error, status 200", changed(lambda office: dict.fromkeys(SECTION_PATHS, office.page("Lỗi", "<p>Hệ thống đang gặp sự cố, mời quý vị thử lại sau.</p>"))), PARTLY, but=SECTIONS_OPEN),
    Row("sectionsql", "the sections show an error of the database", changed(lambda office: dict.fromkeys(SECTION_PATHS, Reply("<br />\n<b>Warning</b>: mysqli_connect(): (HY000/2002): Connection refused in <b>/var/www/qa.php</b> on line <b>3</b>"))), PARTLY, but=SECTIONS_OPEN),
)  # fmt: skip

DOORS = (
    Row("waf403", "403 to every unknown address; nothing is offered", waf(DENIED), PARTLY, NONE),
    Row("waf403rich", "403 to every unknown address; all is offered", waf(DENIED), READ),
    Row("waf403qa", "403 to every address that says hoi-dap; it is in the menu", refused(DENIED, lambda request: "hoi" in request.path), PARTLY, but={"qa": {UNKNOWN}}),
    Row("waf403guess", "403 to hoi-dap, 404 to the unknown; it is in no menu", hidden_and(DENIED, lambda request: request.path in SECTION_PATHS), PARTLY, but=SECTIONS_CLOSED),
    Row("waf403hidden", "403 to every unknown address; the sections are in the sitemap only", hidden_and(DENIED, unknown_paths), PARTLY),
    Row("waf401", "401 to every unknown address; nothing is offered", waf(Reply("401", 401, {"WWW-Authenticate": "Basic"})), PARTLY, NONE),
    Row("waf500", "500 to every unknown address; nothing is offered", waf(Reply("500", 500)), PARTLY, NONE),
    Row("waf429", "429 to every unknown address; nothing is offered", waf(LIMITED), SHUT, NONE),
    Row("wafsilent", "no answer to unknown addresses; nothing is offered", waf(Raw(end="hold")), SHUT, NONE),
    Row("wafreset", "resets on unknown addresses; nothing is offered", waf(Raw(end="reset")), SHUT, NONE),
    Row("wafpage", "a firewall's page to unknown addresses, status 200; nothing is offered", waf(REJECTED), PARTLY, NONE),
    Row("wafban", "403 to unknown addresses, and to all after three of them", lambda office: _ban_after_guesses(office), PARTLY),
    Row("useragent", "403 to everyone who is no browser", refused(DENIED, lambda request: "Mozilla" not in request.headers.get("user-agent", "")), SHUT),
    Row("referer", "403 without Referer to all but the home page", refused(DENIED, lambda request: request.path != "/" and "referer" not in request.headers), READ),
    Row("referermenu", "home without the Referer of the site to all who ask for a section", refused(Reply("", 302, {"Location": "/"}), lambda request: to_sections(request) and f"//{request.host}/" not in request.headers.get("referer", "")), READ),
    Row("accept406", "406 to who does not ask for HTML", refused(Reply("406", 406), lambda request: "text/html" not in request.headers.get("accept", "")), READ),
    Row("language", "404 to who names no language", refused(Reply("404", 404), lambda request: "accept-language" not in request.headers), READ),
    Row("cookieself", "a cookie and a redirect to itself", with_cookie(to_itself), READ),
    Row("cookieinner", "inner pages only with the home page's cookie", with_cookie(lambda request: Reply("", 302, {"Location": "/"}), only=lambda path: path not in ("/", "/robots.txt", "/sitemap.xml")), PARTLY),
    Row("cookie403", "403 without the cookie of the home page", with_cookie(lambda request: DENIED, only=lambda path: path not in ("/", "/robots.txt", "/sitemap.xml")), PARTLY),
    Row("cookienever", "a redirect to itself, whatever cookie comes", lambda office: to_itself, SHUT),
    Row("consent", "a wall that asks for consent to cookies", lambda office: _consent(office), PARTLY),
    Row("session", "the session's number in every address", rewritten(lambda text, office: text.replace('href="/', 'href="/(S(4k2mz0qn))/')), PARTLY),
)  # fmt: skip


def _ban_after_guesses(office: Department) -> Site:
    site, missing, seen = serve(office.pages()), unknown_paths(office), [0]

    def guarded(request: Request) -> Answer:
        seen[0] += missing(request)
        return DENIED if seen[0] > 3 or missing(request) else site(request)

    return guarded


def _consent(office: Department) -> Site:
    site = serve(office.pages())
    wall = Reply(
        '<html><head><title>Sở Tài chính</title></head><body><p>Trang này dùng cookie.</p><form method="post" action="/dong-y"><button>Tôi đồng ý</button></form></body></html>'
    )
    return lambda request: site(request) if "dongy=1" in request.headers.get("cookie", "") else wall


ROBOTS = (
    Row("robotsall", "Disallow: /", robots("User-agent: *\nDisallow: /\n"), SHUT, never="^/(?!robots.txt)"),
    Row("robotsours", "Disallow: / for our name only", robots("User-agent: prober\nDisallow: /\n\nUser-agent: *\nDisallow:\n"), SHUT, never="^/(?!robots.txt)"),
    Row("robotsother", "Disallow: / for somebody else's name", robots("User-agent: BadBot\nDisallow: /\n"), READ),
    Row("robotsmenu", "closes the sections that the menu names", robots(BAN), PARTLY, but=SECTIONS_CLOSED, never=NO_SECTION),
    Row("robotshidden", "closes the sections and the sitemap that alone names them", hidden_robots(BAN + "Disallow: /sitemap.xml\n"), PARTLY, but=SECTIONS_CLOSED, never=NO_SECTION_OR_MAP),
    Row("robotssitemap", "closes the sitemap that alone names the sections", hidden_robots("User-agent: *\nDisallow: /sitemap.xml\n"), PARTLY, never="^/sitemap.xml"),
    Row("robotsguess", "closes addresses that are only guessed", hidden_robots("User-agent: *\nDisallow: /*hoi*\nDisallow: /*cong-khai*\nDisallow: /*tiep-can*\n"), PARTLY, but=SECTIONS_CLOSED, never=NO_SECTION),
    Row("robotsbom", "begins with a byte order mark", robots("\ufeff" + BAN.replace("\n", "\r\n")), PARTLY, but=SECTIONS_CLOSED, never=NO_SECTION),
    Row("robots16", "in UTF-16", robots(BAN.encode("utf-16")), PARTLY, but=SECTIONS_CLOSED, never=NO_SECTION),
    Row("robots16be", "in UTF-16, the other way round", robots(b"\xfe\xff" + BAN.encode("utf-16-be")), PARTLY, but=SECTIONS_CLOSED, never=NO_SECTION),
    Row("robotscr", "lines that end with CR alone", robots(BAN.replace("\n", "\r")), PARTLY, but=SECTIONS_CLOSED, never=NO_SECTION),
    Row("robotscase", "field names in capitals, blanks around colons", robots("USER-AGENT : *\nDISALLOW : /hoi-dap\nDISALLOW : /cong-khai\nDISALLOW : /tiep-can\n"), PARTLY, but=SECTIONS_CLOSED, never=NO_SECTION),
    Row("robotscomment", "comments behind rules, and Vietnamese in windows-1258", robots(b"# Ng\xf4n ng\xfe \xd0\xe0\n" + BAN.replace("\n", " # cam\n").encode()), PARTLY, but=SECTIONS_CLOSED, never=NO_SECTION),
    Row("robotsblank", "a blank line between agent and rules", robots(BAN.replace("*\n", "*\n\n")), PARTLY, but=SECTIONS_CLOSED, never=NO_SECTION),
    Row("robotsnul", "with NUL bytes in it", robots(b"\0\0" + BAN.encode()), PARTLY),
    Row("robotshuge", "two megabytes of rules, the last of them ours", robots("User-agent: *\n" + "".join(f"Disallow: /cu/{n}\n" for n in range(90_000)) + "Disallow: /hoi-dap\n"), PARTLY),
    Row("robotshtml", "an HTML page in its place", robots(Reply("<html><body><h1>Trang chủ</h1>Disallow: /</body></html>")), READ),
    Row("robotstype", "sent as a download", robots(Reply(BAN, headers={"Content-Disposition": "attachment"}, type="application/octet-stream")), PARTLY, but=SECTIONS_CLOSED, never=NO_SECTION),
    Row("robotsgzip", "compressed", robots(Reply(gzip.compress(BAN.encode()), headers={"Content-Encoding": "gzip"}, type="text/plain")), PARTLY, but=SECTIONS_CLOSED, never=NO_SECTION),
    Row("robotsmoved", "behind a redirect", lambda office: serve(office.pages() | {"/robots.txt": Reply("", 301, {"Location": "/quy-tac.txt"}), "/quy-tac.txt": Reply(BAN, type="text/plain")}), PARTLY, but=SECTIONS_CLOSED, never=NO_SECTION),
    Row("robotshome", "a redirect to the home page", robots(Reply("", 302, {"Location": "/"})), READ),
    Row("robotscircle", "redirects in a circle", robots(Reply("", 302, {"Location": "/robots.txt"})), PARTLY),
    *(Row(f"robots{status}", f"answers {status}", robots(Reply(str(status), status)), READ) for status in (401, 403, 404, 410)),
    *(Row(f"robots{status}", f"answers {status}", robots(Reply(str(status), status)), SHUT) for status in (429, 500, 503)),
    Row("robotssilent", "never answers", robots(Raw(end="hold")), PARTLY),
    Row("robotsreset", "resets the connection", robots(Raw(end="reset")), PARTLY),
    Row("robotscut", "breaks off", robots(Raw((head(200, {"Content-Type": "text/plain", "Content-Length": "900"}) + BAN.encode(),))), PARTLY),
    Row("robotsallow", "one address is allowed in a closed folder", robots("User-agent: *\nDisallow: /cong-khai-ngan-sach\nAllow: /hoi-dap\nAllow: /cong-khai-ngan-sach$\n"), PARTLY),
    Row("robotsdelay", "Crawl-delay: 0.5", robots("User-agent: *\nCrawl-delay: 0.5\n"), READ),
    Row("robotsbad", "Crawl-delay: a word", robots("User-agent: *\nCrawl-delay: lâu\nDisallow: /hoi-dap\n"), PARTLY, but={"qa": {UNKNOWN}}, never="^/hoi-dap"),
    Row("robotsmeta", "no index, no follow on every page, in its head", rewritten(lambda text, office: text.replace("<head>", '<head><meta name="robots" content="noindex,nofollow">')), READ),
    Row("robotsnofollow", "rel=nofollow on the whole menu", rewritten(lambda text, office: text.replace("<a href", '<a rel="nofollow" href')), READ),
)  # fmt: skip


MISSING = (
    Row("soft404", "the same page with status 200 at unknown addresses", elsewhere(lambda office: office.page("Không tìm thấy", "<p>Trang quý vị tìm không còn tồn tại.</p>")), READ),
    Row("softhome", "the home page with status 200 at unknown addresses", elsewhere(lambda office: office.home()), READ),
    Row("softredirect", "302 to the home page at unknown addresses", elsewhere(Reply("", 302, {"Location": "/"})), READ),
    Row("softchanging", "a page with another number each time at unknown addresses", own_answer(lambda request: Reply(f"<html><title>Thông báo</title><p>Không có trang này. Mã số {request.count * 7919}, lúc {request.at:.3f}</p></html>")), READ),
    Row("softsearch", "search results for the words of the address", own_answer(lambda request: Reply(f"<html><title>Kết quả tìm kiếm</title><h1>Kết quả tìm kiếm: {request.path.strip('/').replace('-', ' ')}</h1><p>Có 0 kết quả.</p></html>")), READ),
    Row("softecho", "the address itself as the page's heading", own_answer(lambda request: Reply(f"<html><title>{request.path}</title><h1>{request.path.strip('/').replace('-', ' ')}</h1><p>Đang cập nhật</p></html>")), READ),
    Row("soft404none", "the same page with status 200 at unknown addresses; nothing is offered", elsewhere(lambda office: office.page("Không tìm thấy", "<p>Trang quý vị tìm không còn tồn tại.</p>")), PARTLY, NONE),
    Row("softechonone", "the address itself as a heading; nothing is offered", own_answer(lambda request: Reply(f"<html><title>{request.path}</title><h1>{request.path.strip('/').replace('-', ' ')}</h1><p>Đang cập nhật</p></html>")), PARTLY, NONE),
    Row("softhomenone", "302 to the home page at unknown addresses; nothing is offered", elsewhere(Reply("", 302, {"Location": "/"})), PARTLY, NONE),
    Row("gone", "410 at unknown addresses; nothing is offered", elsewhere(Reply("410", 410)), PROVED, NONE),
    Row("full404", "404 with the whole frame and the news", elsewhere(lambda office: Reply(office.home().body, 404)), READ),
)  # fmt: skip

ROWS = (*LIMITS, *DOORS, *ROBOTS, *MISSING)
