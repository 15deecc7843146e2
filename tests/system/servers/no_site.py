"""Servers that show no site: default pages, closed, parked, moved, walls. Of what they hide nothing can be said."""

from tests.system.servers.department import NONE, Department, serve
from tests.system.servers.row import SHUT, Make, Row, every, front
from tests.system.servers.wire import Answer, Raw, Reply, Request, Site, framed, head


def page(title: str, body: str, more: str = "") -> str:
    return f"<!doctype html><html><head><title>{title}</title>{more}</head><body>{body}</body></html>"


def moved(target: str, status: int = 302) -> Make:
    return every(Reply("", status, {"Location": target}))


def to_login(office: Department) -> Site:
    login = page(
        "Đăng nhập",
        '<form method="post" action="/login"><label>Tên đăng nhập <input name="u"></label><label>Mật khẩu <input type="password" name="p"></label><button>Đăng nhập</button></form>',
    )

    def site(request: Request) -> Answer:
        return (
            Reply(login) if request.path == "/login" else Reply("", 302, {"Location": f"/login?return={request.path}"})
        )

    return site


def closed_with_menu(office: Department) -> Site:
    """The frame with its menu is there, and every page holds the notice."""
    notice = office.page(
        "Thông báo", "<h1>Thông báo</h1><p>Hệ thống đang nâng cấp, mời quý vị quay lại vào tuần sau.</p>"
    )
    pages = {path: notice for path in office.pages() if not path.endswith((".xml", ".txt", ".pdf"))}
    return serve(pages)


def counting_redirect(request: Request) -> Answer:
    return Reply("", 302, {"Location": f"/?lan={request.count}"})


def script_in_circles(request: Request) -> Answer:
    return Reply(page("", f"<script>location.href='/?v={request.count}'</script>"))


XAMPP = """<nav><ul><li><a href="/applications.html">Applications</a></li><li><a href="/dashboard/faq.html">FAQs</a></li>
<li><a href="/dashboard/howto.html">HOW-TO Guides</a></li><li><a href="/dashboard/phpinfo.php">PHPInfo</a></li></ul></nav>
<h1>XAMPP Apache + MariaDB + PHP + Perl</h1><h2>Welcome to XAMPP for Windows 8.2.4</h2><p>You have successfully installed
XAMPP on this system! Now you can start using Apache, MariaDB, PHP and other components. You can find more info in the
<a href="/dashboard/faq.html">FAQs</a> section or check the <a href="/dashboard/howto.html">HOW-TO Guides</a>.</p>"""
TOMCAT = """<div id="navigation"><span><a href="https://tomcat.apache.org/">Home</a></span><span><a href="/docs/">
Documentation</a></span><span><a href="/docs/config/">Configuration</a></span><span><a href="/examples/">Examples</a></span>
<span><a href="https://wiki.apache.org/tomcat/FrontPage">Wiki</a></span><span><a href="https://tomcat.apache.org/findhelp.html">
Find Help</a></span></div><h1>Apache Tomcat/9.0.71</h1><p>If you're seeing this, you've successfully installed Tomcat.
Congratulations!</p><a href="/manager/status">Server Status</a><a href="/manager/html">Manager App</a>
<a href="/host-manager/html">Host Manager</a>"""
DEBIAN = """<div class="page_header"><span class="floating_element">Apache2 Debian Default Page</span></div><div>It works!</div>
<p>This is the default welcome page used to test the correct operation of the Apache2 server after installation on Debian
systems. If you can read this page, it means that the Apache HTTP server installed at this site is working properly. You
should <b>replace this file</b> (located at <tt>/var/www/html/index.html</tt>) before continuing to operate your HTTP
server.</p><div>Configuration Overview</div><p>Debian's Apache2 default configuration is different from the upstream
default configuration, and split into several files optimized for interaction with Debian tools. The configuration system
is <b>fully documented in /usr/share/doc/apache2/README.Debian.gz</b>. Please use <a href="https://bugs.debian.org/">
reportbug</a> to report bugs.</p>"""
LISTING = """<h1>Index of /</h1><table><tr><th><a href="?C=N;O=D">Name</a></th><th><a href="?C=M;O=A">Last modified</a></th></tr>
<tr><td><a href="backup.zip">backup.zip</a></td><td>2019-11-02 10:11</td></tr><tr><td><a href="uploads/">uploads/</a></td>
<td>2019-04-12 08:30</td></tr><tr><td><a href="web.config.bak">web.config.bak</a></td><td>2018-01-05 14:02</td></tr></table>
<address>Apache/2.4.41 (Win64) Server Port 80</address>"""
PARKED = """<h1>camau-portal.example</h1><p>The domain is for sale. Buy this domain.</p><ul><li><a href="/search?q=loans">Loans</a>
</li><li><a href="/search?q=insurance">Insurance</a></li><li><a href="/search?q=hosting">Web hosting</a></li><li>
<a href="/search?q=travel">Cheap flights</a></li></ul><p>2020 Copyright. All Rights Reserved. <a href="/privacy">Privacy Policy</a></p>"""
D1N = """<script>function toNumbers(d){var e=[];d.replace(/(..)/g,function(d){e.push(parseInt(d,16))});return e}
document.cookie="D1N="+toNumbers("f655ba9d09a112d4968c63579db590b4").join("")+"; path=/";location.reload();</script>"""
JUST_A_MOMENT = page(
    "Just a moment...",
    '<div class="main-wrapper"><h1>Checking your browser before accessing</h1><noscript>Enable JavaScript and cookies to continue</noscript></div><script src="/cdn-cgi/challenge-platform/h/b/orchestrate/jsch/v1"></script>',
)
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 400

HOME_PAGES = {
    "blank": ("a blank page", ""),
    "white": ("an HTML page without a word", page("", "")),
    "spaces": ("a page of blanks", page("", "&nbsp;" * 400)),
    "apache": ("Apache's own page", "<html><body><h1>It works!</h1></body></html>"),
    "debian": ("Debian's default page, with much text", page("Apache2 Debian Default Page: It works", DEBIAN)),
    "nginx": ("nginx's own page", page("Welcome to nginx!", '<h1>Welcome to nginx!</h1><p>If you see this page, the nginx web server is successfully installed and working. Further configuration is required.</p><p>For online documentation and support please refer to <a href="http://nginx.org/">nginx.org</a>.</p>')),
    "iis": ("the IIS picture", page("IIS Windows Server", '<div id="container"><a href="http://go.microsoft.com/fwlink/?linkid=66138"><img src="iisstart.png" alt="IIS" width="960"></a></div>')),
    "tomcat": ("Tomcat's own page, with a menu", page("Apache Tomcat/9.0.71", TOMCAT)),
    "jetty": ("Jetty's page", page("Powered by Jetty", '<h1>Welcome to Jetty 9 on Debian</h1><p>Jetty is a 100% Java HTTP Server and Servlet Container.</p><ul><li><a href="http://www.eclipse.org/jetty/">Jetty website</a></li></ul>')),
    "xampp": ("XAMPP's dashboard, with a menu and FAQs", page("Welcome to XAMPP", XAMPP)),
    "caddy": ("Caddy's own page", page("Caddy works!", "<h1>Congratulations!</h1><p>Your web server is working. Now make it work for you.</p><p>Caddy is serving the static files in /usr/share/caddy.</p>")),
    "litespeed": ("LiteSpeed's own page", page("OpenLiteSpeed", "<h1>Congratulation</h1><p>You have successfully installed the OpenLiteSpeed Web Server!</p><a href='/docs/'>Documentation</a>")),
    "cpanel": ("cPanel's sorry", page("Default Web Site Page", "<h1>SORRY!</h1><p>If you are the owner of this website, please contact your hosting provider: webmaster@hosting.example</p><p>It is possible you have reached this page because: The IP address has changed. There has been a server misconfiguration. The site may have moved to a different server.</p>")),
    "plesk": ("Plesk's default page", page("Web Server's Default Page", "<h1>Web Server's Default Page</h1><p>This page is generated by Plesk, the leading hosting automation software. You see this page because there is no Web site at this address.</p><a href='https://www.plesk.com'>Learn more</a>")),
    "aapanel": ("a panel's page of a new site", page("Congratulations, site created", "<h2>Congratulations, the site is created successfully!</h2><p>This is the default index.html, this page is automatically generated by the system</p>")),
    "directadmin": ("a hosting panel's page", page("sotaichinh", "<p>sotaichinh.example đã được khởi tạo thành công. Vui lòng tải mã nguồn lên thư mục public_html.</p>")),
    "laravel": ("a framework's welcome page", page("Laravel", '<nav><a href="/login">Log in</a><a href="/register">Register</a></nav><h1>Laravel</h1><a href="https://laravel.com/docs">Docs</a><a href="https://laracasts.com">Laracasts</a><a href="https://laravel-news.com">News</a><a href="https://github.com/laravel/laravel">GitHub</a>')),
    "django": ("Django's rocket", page("The install worked successfully! Congratulations!", "<h1>The install worked successfully! Congratulations!</h1><p>You are seeing this page because DEBUG=True is in your settings file and you have not configured any URLs.</p><a href='https://docs.djangoproject.com/'>Django Documentation</a>")),
    "liferay": ("Liferay as it comes", page("Welcome - Liferay", '<nav><a href="/web/guest/home">Welcome</a></nav><h1>Hello World</h1><p>Welcome to Liferay Portal Community Edition 6.2 CE GA4 (Newton / Build 6203).</p><a href="/c/portal/login">Sign In</a>')),
    "installer": ("an installer that nobody ran", page("Cài đặt NukeViet", "<h1>Bước 1: Chọn ngôn ngữ</h1><form method='post'><select name='lang'><option>Tiếng Việt</option><option>English</option></select><button>Bước kế tiếp</button></form>")),
    "soon": ("coming soon", page("Coming soon", "<h1>Coming soon</h1><p>We are working on something great.</p>")),
    "building": ("under construction, in Vietnamese", page("Sở Tài chính", "<h1>Trang web đang được xây dựng</h1><p>Mời quý khách quay lại sau.</p>")),
    "holiday": ("closed in words of its own", page("Sở Tài chính tỉnh Cà Mau", "<h2>Chúng tôi tạm nghỉ ít hôm</h2><p>Máy chủ cần được chăm sóc. Hẹn gặp lại bà con vào đầu tháng tới.</p>")),
    "thanks": ("closed for good, in words of its own", page("Sở Tài chính tỉnh Cà Mau", "<p>Sau mười lăm năm đồng hành cùng bạn đọc, trang tin khép lại từ hôm nay. Trân trọng cảm ơn!</p>")),
    "poster": ("closed, on a picture", page("Sở Tài chính", '<img src="/bao-tri.jpg" width="1200" height="800">')),
    "clock": ("closed, with a clock that runs", page("Bảo trì", "<div id='dem'>00:00:00</div><script>setInterval(function(){document.getElementById('dem').textContent=new Date().toISOString()},1000)</script>")),
    "listing": ("a directory listing", page("Index of /", LISTING)),
    "phperror": ("a fatal error of PHP, status 200", "<br />\n<b>Fatal error</b>:  Uncaught Error: Call to undefined function mysql_connect() in C:\\inetpub\\wwwroot\\index.php:12\nStack trace:\n#0 {main}\n  thrown in <b>C:\\inetpub\\wwwroot\\index.php</b> on line <b>12</b><br />"),
    "aspnet": ("a yellow page of ASP.NET, status 200", page("Runtime Error", "<h1>Server Error in '/' Application.</h1><h2><i>Runtime Error</i></h2><b>Description:</b> An application error occurred on the server. The current custom error settings for this application prevent the details of the application error from being viewed remotely.")),
    "database": ("no database, status 200", page("Lỗi", "<p>Không thể kết nối tới cơ sở dữ liệu</p>")),
    "wpdb": ("WordPress without its database, status 200", page("Database Error", "<h1>Error establishing a database connection</h1>")),
    "oracle": ("a Java stack trace, status 200", "<pre>java.sql.SQLRecoverableException: IO Error: The Network Adapter could not establish the connection\n\tat oracle.jdbc.driver.T4CConnection.logon(T4CConnection.java:458)\n\tat vn.portal.Home.render(Home.java:77)</pre>"),
    "loginpage": ("a login page", page("Đăng nhập hệ thống", '<form method="post" action="/dang-nhap"><label>Tên đăng nhập <input name="u"></label><label>Mật khẩu <input type="password" name="p"></label><a href="/quen-mat-khau">Quên mật khẩu?</a><button>Đăng nhập</button></form>')),
    "newhome": ("moved to a new address, by a link", page("Thông báo", '<p>Cổng thông tin đã chuyển sang địa chỉ mới: <a href="http://diachimoi.test/">diachimoi.test</a></p>')),
    "newhome2": ("moved, in other words", page("Sở Tài chính", '<p>Kính mời quý vị truy cập trang của chúng tôi tại <a href="http://trangmoi.test/">đây</a>.</p>')),
    "metaforeign": ("a refresh to somebody else's site", page("", "", '<meta http-equiv="refresh" content="0;url=http://nhacungcap.test/">')),
    "jsforeign": ("a script that goes to somebody else's site", page("", "<script>window.location.replace('http://nhacungcap.test/')</script>")),
    "frameforeign": ("a frame of somebody else's site", page("", '<iframe src="http://nhacungcap.test/" width="100%" height="900"></iframe>')),
    "parked": ("parked, with links of advertising", page("camau-portal.example", PARKED)),
    "suspended": ("suspended by the host", page("Account Suspended", "<h1>This Account has been suspended.</h1><p>Contact your hosting provider for more information.</p>")),
    "unpaid": ("suspended, in Vietnamese", page("Thông báo", "<p>Tên miền này đã hết hạn thanh toán. Quý khách vui lòng liên hệ bộ phận chăm sóc khách hàng để gia hạn dịch vụ: hotro@hosting.example</p>")),
    "cookiescript": ("a script that sets a cookie and loads again", page("", D1N)),
    "moment": ("a challenge with status 200", JUST_A_MOMENT),
    "captcha": ("a CAPTCHA with status 200", page("Xác thực", '<p>Vui lòng nhập mã xác nhận để tiếp tục</p><form><img src="/captcha.png"><input name="captcha"><button>Tiếp tục</button></form>')),
    "wafnumber": ("a firewall's page with status 200", page("Request Rejected", "The requested URL was rejected. Please consult with your administrator.<br><br>Your support ID is: 8172635182736512<br><br><a href='javascript:history.back();'>[Go Back]</a>")),
    "emptyapp": ("an application whose script never comes", page("Sở Tài chính", '<div id="root"></div><script src="/static/js/main.js"></script>')),
    "loadingapp": ("an application that loads for ever", page("Sở Tài chính", '<div id="app"><p>Đang tải dữ liệu…</p></div><script src="/app.js"></script>')),
    "noscript": ("an application that wants JavaScript", page("Sở Tài chính", '<noscript>You need to enable JavaScript to run this app.</noscript><div id="root"></div><script src="/static/js/main.js"></script>')),
    "flash": ("nothing but Flash", page("Sở Tài chính", '<object width="900" height="600"><embed src="/index.swf" type="application/x-shockwave-flash"></object>')),
    "mourning": ("one sentence for a day", page("Sở Tài chính", "<p>Trang thông tin điện tử ngừng cập nhật trong thời gian Quốc tang.</p>")),
}  # fmt: skip

OTHER = (
    Row("json", "an interface instead of a site", front('{"status":"ok","version":"1.2.0"}', type="application/json"), SHUT, NONE),
    Row("xmlhome", "XML instead of a site", front('<?xml version="1.0"?><Error><Code>NoSuchKey</Code></Error>', type="application/xml"), SHUT, NONE),
    Row("ok", "a word for the load balancer", every(Reply("OK", type="text/plain")), SHUT, NONE),
    Row("picture", "a picture instead of a page", front(PNG, type="image/png"), SHUT, NONE),
    Row("download", "a file to keep instead of a page", front(b"PK\x03\x04" + b"\0" * 99, type="application/octet-stream", headers={"Content-Disposition": "attachment"}), SHUT, NONE),
    Row("nocontent", "204 everywhere", every(Reply("", 204)), SHUT, NONE),
    Row("notmodified", "304 to a first request", every(Reply("", 304)), SHUT, NONE),
    Row("soonevery", "the same notice at every address, status 200", every(Reply(page("Sắp ra mắt", "<h1>Sắp ra mắt</h1><p>Giao diện mới của trang sẽ được giới thiệu trong thời gian tới.</p>"))), SHUT, NONE),
    Row("closedmenu", "the menu is there, every page holds the same notice", closed_with_menu, SHUT, NONE),
    Row("loginwall", "every address leads to the login", to_login, SHUT, NONE),
    Row("sso", "every address leads to the login of another host", moved("http://sso.nhacungcap.test/login"), SHUT, NONE),
    Row("foreign", "301 to somebody else's site", moved("http://nhacungcap.test/", 301), SHUT, NONE),
    Row("circle", "a redirect to itself", moved("/"), SHUT, NONE),
    Row("endless", "redirects without end, each to a new address", lambda office: counting_redirect, SHUT, NONE),
    Row("scriptcircle", "scripts that lead on without end", lambda office: script_in_circles, SHUT, NONE),
    Row("noplace", "302 without Location", every(Reply("", 302)), SHUT, NONE),
    Row("badplace", "302 to an address that is none", every(Reply("", 302, {"Location": "http://[::1"})), SHUT, NONE),
    Row("jsplace", "302 to javascript:", every(Reply("", 302, {"Location": "javascript:alert(1)"})), SHUT, NONE),
    Row("fileplace", "302 to a file of the machine", every(Reply("", 302, {"Location": "file:///etc/passwd"})), SHUT, NONE),
    Row("loopplace", "302 to a port of this machine", every(Reply("", 302, {"Location": "http://127.0.0.1:25/"})), SHUT, NONE),
    Row("metadata", "302 to a cloud's own address", every(Reply("", 302, {"Location": "http://169.254.169.254/latest/"})), SHUT, NONE),
    Row("challenge403", "a challenge with status 403", every(Reply(JUST_A_MOMENT, 403, {"Server": "cloudflare", "cf-mitigated": "challenge"})), SHUT, NONE),
    Row("challenge503", "a challenge with status 503", every(Reply(JUST_A_MOMENT, 503, {"Server": "cloudflare"})), SHUT, NONE),
    *(
        Row(f"always{status}", f"{status} everywhere", every(Reply(page(str(status), f"<h1>{status}</h1>"), status, headers)), SHUT, NONE)
        for status, headers in {
            400: {}, 401: {"WWW-Authenticate": 'Basic realm="noi bo"'}, 402: {}, 403: {}, 404: {}, 405: {"Allow": "POST"}, 406: {}, 408: {},
            410: {}, 418: {}, 421: {}, 429: {}, 451: {}, 500: {}, 502: {}, 503: {"Retry-After": "3600"}, 504: {}, 520: {}, 999: {}, 600: {},
        }.items()
    ),
    Row("status0", "a status that is no number", every(Raw((head("OK", {"Content-Type": "text/html"}) + b"x",))), SHUT, NONE),
    Row("hundred", "100 Continue without end", every(Raw((b"HTTP/1.1 100 Continue\r\n\r\n",) * 50, 0.2)), SHUT, NONE),
    Row("silent", "takes the request and says nothing", every(Raw(end="hold")), SHUT, NONE),
    Row("hangup", "closes without a word", every(Raw()), SHUT, NONE),
    Row("reset", "resets every connection", every(Raw(end="reset")), SHUT, NONE),
    Row("binary", "bytes that are not HTTP", every(Raw((b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03" * 20,))), SHUT, NONE),
    Row("ssh", "another service at this port", every(Raw((b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n",), end="hold")), SHUT, NONE),
    Row("drip", "a byte a second, without end", every(Raw((head(200, {"Content-Type": "text/html"}), *(b"<",) * 200), 1.0)), SHUT, NONE),
    Row("drophead", "header lines without end", every(Raw((b"HTTP/1.1 200 OK\r\n", *(b"X-A: b\r\n" * 20_000,) * 20))), SHUT, NONE),
    Row("halfhead", "stops in the middle of the head", every(Raw((b"HTTP/1.1 200 OK\r\nContent-Ty",))), SHUT, NONE),
    Row("plainhttp09", "a page without any head", every(Raw((b"<html><body>Xin chao</body></html>",))), SHUT, NONE),
    Row("badgzip", "gzip by its label only", every(Reply("<html>chưa nén</html>", headers={"Content-Encoding": "gzip"})), SHUT, NONE),
    Row("unknowncoding", "a coding that nobody knows", every(Reply(b"\x00\x01\x02" * 99, headers={"Content-Encoding": "x-nen"})), SHUT, NONE),
    Row("partial", "206 to a request for the whole", every(Raw((framed(Reply("<html><head><title>Sở", 206, {"Content-Range": "bytes 0-21/90000"})),), end="keep")), SHUT, NONE),
)  # fmt: skip

ROWS = (*(Row(name, defect, front(body), SHUT, NONE) for name, (defect, body) in HOME_PAGES.items()), *OTHER)
