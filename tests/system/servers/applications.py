"""Sites that a script makes of data: views behind a number sign, addresses that only a script knows, forms in frames."""

import base64
import html
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from urllib.parse import quote

from tests.system.servers.department import NOT_FOUND, Department, Link, Pages, listed, serve
from tests.system.servers.row import PARTLY, READ, UNKNOWN, Make, Row
from tests.system.servers.wire import Answer, Reply, Request, Site

BARE = frozenset({"email", "social"})
JSON = "application/json; charset=utf-8"
SCRIPT = "text/javascript; charset=utf-8"
FORM = "https://docs.google.com/forms/d/e/1FAIpQLSe/viewform?embedded=true"

# An application of one page: what follows the number sign says which view is shown, its content comes as data.
HASH_ROUTES = """
const place = document.getElementById('app');
async function show() {
  const path = location.hash.replace(/^#!?/, '').replace(/[?].*$/, '') || '/';
  const answer = await fetch('/api/trang?p=' + encodeURIComponent(path));
  const page = answer.ok ? await answer.json()
    : {title: 'Không tìm thấy trang', body: '<main><h1>Không tìm thấy trang</h1></main>'};
  document.title = page.title;
  place.innerHTML = page.body;
}
addEventListener('hashchange', show);
show();
"""
# The same with addresses as of pages. A click on an entry changes the address; the server is not asked for it.
HISTORY_ROUTES = """
const place = document.getElementById('app');
async function show(path) {
  const answer = await fetch('/api/trang?p=' + encodeURIComponent(path));
  const page = answer.ok ? await answer.json()
    : {title: 'Không tìm thấy trang', body: '<main><h1>Không tìm thấy trang</h1></main>'};
  document.title = page.title;
  place.innerHTML = page.body;
}
document.addEventListener('click', event => {
  const entry = event.target.closest('[data-to], a[href^="/"]');
  if (!entry) return;
  event.preventDefault();
  const path = atob(entry.dataset.to || '') || entry.getAttribute('href');
  PUSH
  show(path);
});
addEventListener('popstate', () => show(location.pathname));
show(location.pathname);
"""
PUSHED = HISTORY_ROUTES.replace("PUSH", "history.pushState({}, '', path);")
SILENT = HISTORY_ROUTES.replace("PUSH", "").replace("show(location.pathname);\n", "show('/');\n")


def shell(title: str, script: str = "/app.js", body: str = '<div id="app"></div>') -> Reply:
    return Reply(
        f'<!doctype html><html lang="vi"><head><meta charset="utf-8"><title>{title}</title></head>'
        f'<body>{body}<script src="{script}"></script></body></html>'
    )


def data(page: Answer) -> Reply:
    """The title and the body of a page as an application gets them."""
    assert isinstance(page, Reply) and isinstance(page.body, str)
    title = re.search(r"<title>(.*?)</title>", page.body)
    body = re.search(r"<body>(.*)</body>", page.body, re.DOTALL)
    assert title and body
    return Reply(json.dumps({"title": title[1], "body": body[1]}, ensure_ascii=False), type=JSON)


def hash_links(prefix: str) -> Callable[[Sequence[Link]], str]:
    """A menu whose links lead to views."""
    return lambda links: listed([(f"{prefix}{path}", label) for path, label in links])


def views(pages: Pages, prefix: str) -> Pages:
    """The pages as data of an application, their links to each other led to views."""
    found: Pages = {}
    for path, page in pages.items():
        if isinstance(page, Reply) and page.type.startswith("text/html"):
            assert isinstance(page.body, str)
            body = re.sub(r"""(href=["'])(/(?!tai-lieu)[^"']*)""", rf"\g<1>{prefix}\2", page.body)
            found[f"/api/trang?p={quote(path, safe='')}"] = data(Reply(body))
        elif path.startswith("/tai-lieu"):
            found[path] = page
    return found


def application(
    prefix: str = "#", script: str = HASH_ROUTES, at: str = "/", change: Callable[[Pages], Pages] = lambda pages: pages,
    elsewhere: bool = False, robots: str = "User-agent: *\nDisallow:\n", wait: float = 0.0,
) -> Make:  # fmt: skip
    """An application at `at` whose views are the pages of an honest site; `elsewhere`: its shell is at any address."""

    def make(office: Department) -> Site:
        found = views(change(office.pages()), prefix)
        front = shell(office.title)
        found |= {at: front, "/app.js": Reply(script, type=SCRIPT), "/robots.txt": Reply(robots, type="text/plain")}
        site = serve(found, front if elsewhere else NOT_FOUND)

        def answers(request: Request) -> Answer:
            if request.path.startswith(("/api/", "/sitemap", "/favicon")):
                answer = found.get(request.target) or NOT_FOUND
                return replace(answer, wait=wait) if isinstance(answer, Reply) else answer
            return site(request)

        return answers

    return make


def in_part(office: Department) -> Site:
    """A home page of the old kind that leads to an application in a folder, which has all the rest."""
    pages = office.pages()
    found = views(pages, "#")
    home = replace(office, menu=hash_links("/cong/#")).pages()["/"]
    found |= {
        "/": home, "/cong/": shell(office.title), "/app.js": Reply(HASH_ROUTES, type=SCRIPT),
        "/robots.txt": pages["/robots.txt"],
    }  # fmt: skip
    return serve(found)


def beside_text(office: Department) -> Site:
    """A whole home page whose script shows other sections in the place of its text."""
    found = views(office.pages(), "#")
    home = replace(office, menu=hash_links("#")).pages()["/"]
    assert isinstance(home, Reply) and isinstance(home.body, str)
    script = HASH_ROUTES.replace("getElementById('app')", "body").replace("\nshow();", "\nif (location.hash) show();")
    body = home.body.replace("</body>", '<script src="/app.js" defer></script></body>')
    found |= {"/": Reply(body), "/app.js": Reply(script, type=SCRIPT), "/robots.txt": office.pages()["/robots.txt"]}
    return serve(found)


def anchors(office: Department) -> Site:
    """Views behind a number sign alone (`#hoi-dap`)."""
    found = views(office.pages(), "#")
    for key, page in found.items():
        if isinstance(page, Reply) and key.startswith("/api/"):
            assert isinstance(page.body, str)
            found[key] = replace(page, body=page.body.replace('href=\\"#/', 'href=\\"#'))
    script = HASH_ROUTES.replace("replace(/^#!?/, '')", "replace(/^#[/]?/, '/')")
    found |= {
        "/": shell(office.title), "/app.js": Reply(script, type=SCRIPT), "/robots.txt": office.pages()["/robots.txt"]
    }  # fmt: skip
    return serve(found)


def below_a_view(pages: Pages) -> Pages:
    """Only the view of a vague name leads to the sections."""
    sections = (("/hoi-dap", "Hỏi đáp"), ("/tiep-can-thong-tin", "Tiếp cận thông tin"))
    found: Pages = {}
    for path, page in pages.items():
        if isinstance(page, Reply) and isinstance(page.body, str) and page.type.startswith("text/html"):
            body = page.body
            for address, label in sections:
                body = body.replace(f'<li><a href="{address}">{label}</a></li>', "")
            body = body.replace("</ul></nav>", '<li><a href="/cong-dan">Công dân</a></li></ul></nav>')
            page = replace(page, body=body)
        found[path] = page
    about = found["/gioi-thieu"]
    assert isinstance(about, Reply) and isinstance(about.body, str)
    shown = "".join(f'<p>Xem mục <a href="{address}">{label}</a></p>' for address, label in sections)
    found["/cong-dan"] = Reply(
        re.sub("<main>.*</main>", f"<main><h1>Công dân</h1>{shown}</main>", about.body, flags=re.DOTALL)
    )
    return found


def closed(path: str, answer: Answer) -> Make:
    """An application whose data of one view do not come."""

    def make(office: Department) -> Site:
        site = application()(office)
        target = f"/api/trang?p={quote(path, safe='')}"
        return lambda request: answer if request.target == target else site(request)

    return make


def entries(element: str) -> Callable[[Sequence[Link]], str]:
    """A menu of elements without an address: the script keeps it."""

    def made(links: Sequence[Link]) -> str:
        shown = "".join(
            f'<{element} data-to="{base64.b64encode(path.encode()).decode()}">{html.escape(label)}</{element}>'
            for path, label in links
        )
        return f'<nav class="menu">{shown}</nav>'

    return made


def without_addresses(element: str, script: str) -> Make:
    return lambda office: application("", script)(replace(office, menu=entries(element)))


def contact(content: Callable[[Department], str], more: Callable[[Department], Pages] = lambda office: {}) -> Make:
    """An honest site whose contact page shows a form in another way."""

    def make(office: Department) -> Site:
        bare = replace(office, there=office.there - {"web_form"})
        page = bare.page("Liên hệ", f"<h1>Liên hệ</h1><p>Mọi thông tin xin gửi về văn phòng sở.</p>{content(office)}")
        return serve(bare.pages() | {"/lien-he": page} | more(office))

    return make


def inserted(address: str) -> Callable[[Department], str]:
    """A frame that a script puts into its place."""
    code = (
        "const khung = document.createElement('iframe'); khung.src = '{}'; khung.width = 640;"
        "document.getElementById('cho-trong').appendChild(khung);"
    )
    return lambda office: f'<div id="cho-trong"></div><script>{code.format(address.format(host=office.host))}</script>'


def framed(address: str) -> Callable[[Department], str]:
    return lambda office: f'<iframe src="{address.format(host=office.host)}" width="640" height="900"></iframe>'


def form_page(office: Department) -> Reply:
    """A page in a frame that is a form and nothing else."""
    return Reply(
        '<html><body><form method="post" action="/gui"><label>Họ và tên <input name="ten"></label><label>Email '
        '<input name="email"></label><label>Nội dung <textarea name="noidung"></textarea></label>'
        "<button>Gửi liên hệ</button></form></body></html>"
    )


def inner(address: str) -> Callable[[Department], Pages]:
    """A page of the site, made to stand in a frame, that has another frame."""
    return lambda office: {
        "/khung/lien-he": Reply(f'<html><body><iframe src="{address}" width="600" height="800"></iframe></body></html>')
    }


OPEN_FORM = {"web_form": {"found", UNKNOWN}}

ROWS = (
    Row("ung-dung-thang", "views of an application (#/hoi-dap)", application(), READ),
    Row("ung-dung-goc", "views with the address of the home page (/#/hoi-dap)", application("/#"), READ),
    Row("ung-dung-thu-muc", "views of an application in a folder (/cong/#/hoi-dap)", in_part, READ),
    Row("ung-dung-canh-bai", "views that a script shows in the place of a whole home page", beside_text, READ),
    Row("ung-dung-neo", "views behind a number sign alone (#hoi-dap)", anchors, READ),
    Row("ung-dung-rong", "an application that offers an address and a channel alone", application(), READ, BARE),
    Row("ung-dung-tang-hai", "views named in a view of a vague name", application(change=below_a_view), READ),
    Row("ung-dung-loi", "data of a view that fail", closed("/hoi-dap", Reply("", 500)), PARTLY),
    Row(
        "ung-dung-robots", "robots.txt closes the data", application(robots="User-agent: *\nDisallow: /api/\n"), PARTLY,
        never="^/api/",
    ),
    Row("lich-su-moi-noi", "addresses of an application that its server answers", application("", PUSHED, elsewhere=True), READ),
    Row("lich-su-404", "addresses that only the script of the home page knows", application("", PUSHED), PARTLY),
    Row("lich-su-404-rong", "the same without sections", application("", PUSHED), READ, BARE),
    Row("muc-khong-dia-chi", "entries without an address that change it", without_addresses("li", PUSHED), PARTLY),
    Row("nut-doi-trang", "buttons that show sections at one address", without_addresses("button", SILENT), PARTLY),
    Row("nut-doi-trang-rong", "the same without sections", without_addresses("button", SILENT), READ, BARE),
    Row("khung-script", "a script inserts the form of a form service", contact(inserted(FORM)), PARTLY, but=OPEN_FORM),
    Row("khung-script-minh", "a script inserts a frame with a form of the site", contact(inserted("/khung/lien-he"), lambda office: {"/khung/lien-he": form_page(office)}), PARTLY, but=OPEN_FORM),
    Row("khung-trong-khung", "a frame in a frame with the form of a form service", contact(framed("/khung/lien-he"), inner(FORM)), PARTLY, but=OPEN_FORM),
    Row("khung-trong-khung-minh", "a frame in a frame with a form of the site", contact(framed("/khung/lien-he"), lambda office: {**inner("/khung/bieu-mau")(office), "/khung/bieu-mau": form_page(office)}), READ),
    Row("khung-ten-mien", "a frame at a name of the body's domain", contact(framed("http://bieumau.{host}/")), READ),
    Row("khung-object", "an object with the form of a form service", contact(lambda office: f'<object data="{FORM}" type="text/html"></object>'), PARTLY, but=OPEN_FORM),
    Row("khung-object-minh", "an object with a form of the site", contact(lambda office: '<object data="/khung/bieu-mau" type="text/html"></object>', lambda office: {"/khung/bieu-mau": form_page(office)}), READ),
    Row("khung-cua-ai", "a frame at a name that is nobody's", contact(framed("http://bieumau.nhacungcap.test/lien-he")), PARTLY, but={"web_form": {UNKNOWN}}),
    Row("khung-script-cua-ai", "a script inserts a frame at a name that is nobody's", contact(inserted("http://bieumau.nhacungcap.test/lien-he")), PARTLY, but={"web_form": {UNKNOWN}}),
    Row("khung-noi-script", "the script of a form service inserts its frame", contact(lambda office: '<div id="lien-he-truc-tuyen"></div><script src="https://form.jotform.com/jsform/2212"></script>'), PARTLY, but=OPEN_FORM),
)  # fmt: skip

SERVED_IN_FRAMES = {"bieumau.khung-ten-mien.gov.test": serve({"/": form_page(Department(""))})}
