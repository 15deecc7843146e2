"""Sound sites that lead to their sections in unusual ways, and small or bare ones whose absence is right."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from urllib.parse import quote

from tests.system.servers.department import (
    ALL,
    NONE,
    NOT_FOUND,
    SECTIONS,
    Department,
    Link,
    Pages,
    listed,
    serve,
)  # fmt: skip
from tests.system.servers.refusals import HIDDEN
from tests.system.servers.row import PARTLY, PROVED, READ, UNKNOWN, Make, Row, changed, rewritten
from tests.system.servers.wire import Answer, Reply, Site

QA_PATH = SECTIONS["qa"][0]


def menu(made: Callable[[Sequence[Link]], str], mapped: bool = False) -> Make:
    """The menu of every page is made by `made`; a sitemap helps only where `mapped`."""

    def make(office: Department) -> Site:
        office = replace(office, menu=made)
        return serve(office.pages() | ({} if mapped else {"/sitemap.xml": NOT_FOUND}))

    return make


def out_of_menu(pages: Callable[[Department], Pages]) -> Make:
    """No menu and no sitemap names the sections: some page of the site does."""

    def make(office: Department) -> Site:
        office = replace(office, hidden=HIDDEN)
        return serve(office.pages() | {"/sitemap.xml": NOT_FOUND} | pages(office))

    return make


def moved_to(names: dict[str, str]) -> Callable[[Department], Pages]:
    """The sections at other addresses; the menu says so."""

    def pages(office: Department) -> Pages:
        changed_menu = replace(
            office, menu=lambda links: listed([(names.get(path, path), label) for path, label in links])
        )
        found = changed_menu.pages()
        for old, new in names.items():
            found[quote(new, safe="/%")] = found.pop(old)
            found[old] = NOT_FOUND
        found["/sitemap.xml"] = NOT_FOUND
        return found

    return pages


def links_to(paths: Sequence[Link]) -> str:
    return "".join(f'<p>Xem <a href="{path}">{label}</a></p>' for path, label in paths)


def home_is(answer: Callable[[Department], Answer], first: str = "/trang-chu") -> Make:
    """The home page is something else that leads to the real one."""

    def make(office: Department) -> Site:
        office = replace(
            office, menu=lambda links: listed([(first if path == "/" else path, label) for path, label in links])
        )
        pages = office.pages()
        return serve(pages | {first: pages["/"], "/": answer(office)})

    return make


def behind_a_door(office: Department, budget: Reply) -> Site:
    """The home page leads to the real one alone; `budget` stands in the place of that section."""
    pages = home_is(lambda office: Reply(f"<title>{office.title}</title><p><a href='/trang-chu'>Mời vào</a></p>"))
    shown = serve({"/cong-khai-ngan-sach": budget}, None)
    site = pages(office)
    return lambda request: shown(request) or (NOT_FOUND if request.path == "/sitemap.xml" else site(request))


def budget_in_news(office: Department) -> Site:
    pages = replace(office, hidden=frozenset({"budget"})).pages()
    pages["/tin-tuc/chu-de"] = pages.pop("/cong-khai-ngan-sach")
    news = str(office.without("budget").news().body)
    topic = '<p><a href="/tin-tuc/chu-de">Công khai ngân sách</a></p></main>'
    return serve(pages | {"/tin-tuc": Reply(news.replace("</main>", topic)), "/sitemap.xml": NOT_FOUND})


def by_script(links: Sequence[Link]) -> str:
    items = "".join(f"document.write('<li><a href=\"{path}\">{label}</a></li>');" for path, label in links)
    return f"<ul><script>{items}</script></ul>"


def by_data(links: Sequence[Link]) -> str:
    return '<nav id="menu"></nav><script>fetch("/menu.json").then(r=>r.json()).then(d=>{document.getElementById("menu").innerHTML=d.map(m=>`<a href="${m[0]}">${m[1]}</a>`).join("")})</script>'


def data_menu(office: Department) -> Site:
    office = replace(office, menu=by_data)
    return serve(
        office.pages()
        | {"/menu.json": Reply(json.dumps(office.links), type="application/json"), "/sitemap.xml": NOT_FOUND}
    )


def by_file(links: Sequence[Link]) -> str:
    return '<ul class="main-menu"></ul><script src="/js/thanh-menu.js"></script>'


def by_press(links: Sequence[Link]) -> str:
    return '<button onclick="mo()">Danh mục</button><div class="main-menu"></div><script>function mo(){const s=document.createElement("script");s.src="/js/thanh-menu.js";document.body.append(s)}</script>'


def by_held(links: Sequence[Link]) -> str:
    return f"<iframe srcdoc='{listed(links)}'></iframe>"


def by_number(links: Sequence[Link]) -> str:
    """Links that a script opens, by a number that only the script can read."""
    items = "".join(
        f'<li><a href="javascript:void(0)" rel="{n}">{label}</a></li>' for n, (_, label) in enumerate(links)
    )
    return f'<ul class="menu">{items}</ul><script src="/js/mo-trang.js"></script>'


def by_form(links: Sequence[Link]) -> str:
    return "".join(f"<form action='{path}' method='get'><button>{label}</button></form>" for path, label in links)


def by_state(links: Sequence[Link]) -> str:
    state = json.dumps([{"ten": label, "dia_chi": path} for path, label in links])
    plain = [link for link in links if not link[0].startswith("/chuyen-muc")]
    return f'{listed(plain)}<script type="application/json">{state}</script><script src="/js/khong-co.js"></script>'


def by_call(links: Sequence[Link]) -> str:
    return "".join(f"<span onclick=\"moTrang('{path}')\">{label}</span> " for path, label in links)


def by_entry(links: Sequence[Link]) -> str:
    items = "".join(f'<div class="muc" data-id="{n}">{label}</div>' for n, (_, label) in enumerate(links))
    return f'<div class="main-menu">{items}</div><script src="/js/mo-trang.js"></script>'


def sent_to_a_notice(office: Department) -> Site:
    """Every unknown address leads to one page that says so, with status 200."""
    notice = office.page("Không tìm thấy trang", "<h1>Không tìm thấy trang</h1><p>Mời quý vị về trang chủ.</p>")
    pages = {path: page for path, page in office.pages().items() if page is not NOT_FOUND}
    return serve(pages | {"/thong-bao-loi": notice}, Reply("", 301, {"Location": "/thong-bao-loi"}))


def by_attribute(links: Sequence[Link]) -> str:
    items = "".join(f'<li><a href="javascript:;" data-url="{path}">{label}</a></li>' for path, label in links)
    return f'<ul class="menu">{items}</ul>'


def unguessed(
    made: Callable[[Sequence[Link]], str], script: Callable[[Sequence[Link]], Pages] = lambda links: {}
) -> Make:
    """Sections at addresses that nobody would guess, to which the menu alone leads; `script` are its files."""

    def make(office: Department) -> Site:
        moved = {path: f"/chuyen-muc/{number}" for number, (path, _) in enumerate(SECTIONS.values(), 31)}
        office = replace(office, menu=lambda links: made([(moved.get(path, path), label) for path, label in links]))
        pages = office.pages()
        links = [(moved.get(path, path), label) for path, label in office.links]
        found = {new: pages[old] for old, new in moved.items() if old in pages}
        gone: Pages = dict.fromkeys((*moved, "/sitemap.xml"), NOT_FOUND)
        return serve(pages | found | gone | script(links))

    return make


def menu_file(links: Sequence[Link]) -> Pages:
    items = json.dumps("".join(f"<li><a href='{path}'>{label}</a></li>" for path, label in links))
    script = f"document.querySelector('.main-menu').innerHTML={items}"
    return {"/js/thanh-menu.js": Reply(script, type="text/javascript; charset=utf-8")}


def routes(office: Department) -> Site:
    """An application whose views stand behind the number sign: no address of its own for any of them."""
    pages = {
        path: str(page.body).partition("</nav>")[2].partition("</body>")[0]
        for path, page in office.pages().items()
        if isinstance(page, Reply) and page.type.startswith("text/html")
    }
    links = "".join(f"<a href='#{path}'>{label}</a> " for path, label in office.links)
    script = f"const xem={json.dumps(pages)};const hien=()=>document.getElementById('app').innerHTML={json.dumps(links)}+(xem[location.hash.slice(1)||'/']);onhashchange=hien;hien()"
    shell = '<!doctype html><html><head><meta charset="utf-8"><title>Sở Tài chính</title></head><body><div id="app"></div><script src="/xem.js"></script></body></html>'
    return serve({"/": Reply(shell), "/xem.js": Reply(script, type="text/javascript; charset=utf-8")})


def shadow(links: Sequence[Link]) -> str:
    inner = "".join(f'<a href="{path}">{label}</a>' for path, label in links)
    return f"<thanh-menu></thanh-menu><script>customElements.define('thanh-menu',class extends HTMLElement{{connectedCallback(){{this.attachShadow({{mode:'open'}}).innerHTML=`{inner}`}}}})</script>"


def application(office: Department) -> Site:
    """One shell for all addresses; a script writes the page."""
    pages = {
        path: str(page.body).partition("<body>")[2].partition("</body>")[0]
        for path, page in office.pages().items()
        if isinstance(page, Reply) and page.type.startswith("text/html")
    }
    script = f"const trang={json.dumps(pages)};document.getElementById('root').innerHTML=trang[location.pathname]||'<h1>Không tìm thấy</h1>'"
    shell = Reply(
        '<!doctype html><html><head><meta charset="utf-8"><title>Sở Tài chính</title></head><body><div id="root"></div><script src="/app.js"></script></body></html>'
    )
    return serve(
        {
            "/app.js": Reply(script, type="text/javascript; charset=utf-8"),
            "/robots.txt": NOT_FOUND,
            "/sitemap.xml": NOT_FOUND,
        },
        shell,
    )


def shells(office: Department) -> Site:
    """One shell for all addresses, with a script that fetches the page; what is not there is told as such."""
    pages = office.pages()
    shell = Reply(
        '<!doctype html><html><head><meta charset="utf-8"><title>STC</title></head><body><div id="khung"></div><script>'
        'fetch("/manh?trang="+location.pathname).then(r=>r.text()).then(x=>{document.getElementById("khung").innerHTML=x})'
        "</script></body></html>"
    )
    found: Pages = dict.fromkeys((path for path in pages if path[-4:] not in (".txt", ".xml", ".pdf")), shell)
    return serve(found | {f"/manh?trang={path}": page for path, page in pages.items()})


def framed_site(office: Department) -> Site:
    pages = office.pages()
    frames = Reply(
        '<html><head><title>Sở Tài chính</title></head><frameset cols="20%,80%"><frame src="/menu.html"><frame src="/gioi-thieu"></frameset></html>'
    )
    return serve(
        pages
        | {
            "/": frames,
            "/menu.html": Reply(f"<html><body>{listed(office.links)}</body></html>"),
            "/sitemap.xml": NOT_FOUND,
        }
    )


def framed_board(office: Department) -> Pages:
    page = office.page("Hỏi đáp", '<h1>Hỏi đáp</h1><iframe src="/bang/cau-hoi.aspx" width="100%"></iframe>')
    return {QA_PATH: page, "/bang/cau-hoi.aspx": office.questions(), "/sitemap.xml": NOT_FOUND}


def searchable(office: Department) -> Pages:
    """A link shows how the site searches; the sections are found by that alone."""
    home = str(office.home().body).replace("</main>", '<a href="/tim-kiem?q=ngan%20sach">Tìm: ngân sách</a></main>')
    results = office.page(
        "Kết quả tìm kiếm",
        "<h1>Kết quả tìm kiếm</h1>"
        + links_to([("/muc/31", "Hỏi đáp"), ("/muc/32", "Công khai ngân sách"), ("/muc/33", "Tiếp cận thông tin")]),
    )
    sections = {"/muc/31": office.questions(), "/muc/32": office.budget(), "/muc/33": office.access()}
    return {
        "/": Reply(home),
        "/tim-kiem": results,
        **sections,
        **dict.fromkeys((path for path, _ in SECTIONS.values()), NOT_FOUND),
    }


def deep(office: Department) -> Pages:
    """Three clicks away, each page with a text of its own."""
    return {
        "/gioi-thieu": office.page("Giới thiệu", "<h1>Giới thiệu</h1><p>Sở có bảy phòng.</p>" + links_to([("/cong-dan", "Dành cho công dân")])),
        "/cong-dan": office.page("Công dân", "<h1>Dành cho công dân</h1><p>Các mục phục vụ người dân.</p>" + links_to([("/cong-dan/muc", "Các chuyên mục")])),
        "/cong-dan/muc": office.page("Chuyên mục", "<h1>Chuyên mục</h1><p>Danh sách chuyên mục.</p>" + links_to(list(SECTIONS.values()))),
    }  # fmt: skip


def footer_links(office: Department) -> Pages:
    footer = office.footer()
    links = "".join(f'<a href="{path}">{label}</a> ' for path, label in SECTIONS.values())
    return {
        path: Reply(str(page.body).replace(footer, footer.replace("</footer>", links + "</footer>")))
        for path, page in office.pages().items()
        if isinstance(page, Reply) and page.type.startswith("text/html")
    }


def gateway(office: Department) -> Answer:
    return Reply(
        '<html><head><title>Sở Tài chính</title></head><body><a href="/vi">Tiếng Việt</a> | <a href="/en">English</a></body></html>'
    )


def splash(office: Department) -> Answer:
    return Reply(
        '<html><head><title>Sở Tài chính</title></head><body><img src="/chao-mung.jpg"><p><a href="/trang-chu">Vào trang chủ</a></p></body></html>'
    )


def banner(office: Department) -> Answer:
    return Reply(
        '<html><head><title>Sở Tài chính</title></head><body><map name="m"><area shape="rect" coords="0,0,900,600" href="/trang-chu"></map><img src="/nen.jpg" usemap="#m"></body></html>'
    )


def bare(*pages: tuple[str, str, str]) -> Make:
    """A small site of a home page and a few others, each with a text of its own; nothing else is there."""

    def make(office: Department) -> Site:
        office = replace(
            office,
            there=NONE,
            menu=lambda links: listed([("/", "Trang chủ"), *((path, title) for path, title, _ in pages)]),
        )
        found: Pages = {path: office.page(title, f"<h1>{title}</h1><p>{text}</p>") for path, title, text in pages}
        return serve(
            found
            | {
                "/": office.page(
                    "Trang chủ", "<p>Trang thông tin của sở, nơi giới thiệu tổ chức và hoạt động với bạn đọc.</p>"
                )
            }
        )

    return make


ABOUT = ("/gioi-thieu", "Giới thiệu", "Sở được thành lập năm 1997, có bảy phòng và hai đơn vị trực thuộc.")
HISTORY = ("/lich-su", "Lịch sử", "Tiền thân của sở là Ty Tài chính, ra đời sau ngày tái lập tỉnh.")
STAFF = ("/to-chuc", "Tổ chức", "Lãnh đạo sở gồm giám đốc và ba phó giám đốc phụ trách các lĩnh vực.")
PLACES = ("/ban-do", "Bản đồ", "Trụ sở nằm giữa hai cây cầu, cách bến xe một cây số.")


def note(path: str, label: str, title: str, content: str) -> Make:
    """An honest site with one more page in its menu."""

    def pages(office: Department) -> Site:
        menu = office.menu
        office = replace(office, menu=lambda links: menu([*links, (path, label)]))
        return serve(office.pages() | {path: office.page(title, content)})

    return pages


def footed(content: str) -> Make:
    return rewritten(lambda text, office: text.replace("</footer>", f"{content}</footer>"))


PATHS = (
    Row("control", "nothing is wrong", changed(lambda office: {}), READ),
    Row("metahome", "a refresh to the home page proper", home_is(lambda office: Reply('<html><head><meta http-equiv="refresh" content="0; url=/trang-chu"></head></html>')), READ),
    Row("scripthome", "a script that goes to the home page proper", home_is(lambda office: Reply("<html><script>window.location.href = '/trang-chu';</script></html>")), READ),
    Row("redirecthome", "a redirect to the home page proper", home_is(lambda office: Reply("", 302, {"Location": "/trang-chu"})), READ),
    Row("redirectrelative", "a redirect without a leading slash", home_is(lambda office: Reply("", 301, {"Location": "trang-chu"})), READ),
    Row("redirectletters", "a redirect to Vietnamese letters", home_is(lambda office: Reply("", 302, {"Location": "/trang-chủ"}), "/trang-ch%E1%BB%A7"), READ),
    Row("redirectcapital", "a redirect in capitals", home_is(lambda office: Reply("", 302, {"LOCATION": f"HTTP://{office.host.upper()}/trang-chu"})), READ),
    Row("redirect308", "308 to the home page proper", home_is(lambda office: Reply("", 308, {"Location": "/trang-chu"})), READ),
    Row("redirectquery", "a redirect with a token that is new each time", lambda office: _token(office), READ),
    Row("gateway", "a choice of languages", home_is(gateway, "/vi"), READ),
    Row("splash", "a picture and one link", home_is(splash), READ),
    Row("banner", "a picture that is a map with one area", home_is(banner), READ),
    Row("frames", "a frameset", framed_site, READ),
    Row("board", "the questions in a frame", changed(framed_board), READ),
    Row("written", "a menu that a script writes", menu(by_script), READ),
    Row("fetched", "a menu that a script fetches", data_menu, READ),
    Row("filemenu", "a menu that a script's own file fills", unguessed(by_file, menu_file), PARTLY),
    Row("numbermenu", "a menu whose addresses a script alone knows", unguessed(by_number), PARTLY),
    Row("attributemenu", "a menu of links that keep their addresses for a script", unguessed(by_attribute), READ),
    Row("entrymenu", "a menu of entries that are no links, which a script opens", unguessed(by_entry), PARTLY),
    Row("routes", "an application with its views behind the number sign", routes, PARTLY),
    Row("shadow", "a menu in a shadow tree", menu(shadow), PARTLY),
    Row("application", "an application of scripts that works", application, PARTLY),
    Row("shells", "a shell at each address that a script of its own fills", shells, PARTLY),
    Row("paused", "a section of questions that is closed for a time", changed(lambda office: {"/hoi-dap": office.page("Hỏi đáp", "<h1>Hỏi đáp</h1><p>Chuyên mục tạm ngưng. Các câu trả lời cũ sẽ hiển thị trở lại sau khi nâng cấp.</p>")}), PARTLY, but={"qa": {UNKNOWN}}),
    Row("selectmenu", "a menu that is a select", menu(lambda links: "<select onchange='location=this.value'>" + "".join(f"<option value='{path}'>{label}</option>" for path, label in links) + "</select>"), READ),
    Row("imagemenu", "a menu of images with alternative texts", menu(lambda links: "".join(f"<a href='{path}'><img src='/m.gif' alt='{label}'></a>" for path, label in links)), READ),
    Row("nakedimages", "a menu of images without a word", menu(lambda links: "".join(f"<a href='{path}'><img src='/m.gif'></a>" for path, label in links)), PARTLY),
    Row("titlemenu", "a menu of icons with titles", menu(lambda links: "".join(f"<a href='{path}' title='{label}'><i class='icon'></i></a>" for path, label in links)), PARTLY),
    Row("ariamenu", "a menu of icons with labels for the blind", menu(lambda links: "".join(f"<a href='{path}' aria-label='{label}'><svg></svg></a>" for path, label in links)), PARTLY),
    Row("clickmenu", "a menu of onclick", menu(lambda links: "".join(f"<span onclick=\"location.href='{path}'\">{label}</span>" for path, label in links)), READ),
    Row("openmenu", "a menu of window.open", menu(lambda links: "".join(f"<li onclick=\"window.open('{path}','_self')\">{label}</li>" for path, label in links)), PARTLY),
    Row("datamenu", "a menu of data-href", menu(lambda links: "".join(f"<li data-href='{path}'>{label}</li>" for path, label in links) + "<script>document.querySelectorAll('[data-href]').forEach(e=>e.onclick=()=>location=e.dataset.href)</script>"), PARTLY),
    Row("formmenu", "a menu of forms", menu(lambda links: "".join(f"<form action='{path}' method='get'><button>{label}</button></form>" for path, label in links)), PARTLY),
    Row("formbuttons", "a menu of forms whose addresses nobody would guess", unguessed(by_form), PARTLY),
    Row("scriptentries", "entries of a menu in a script that never comes", unguessed(by_state), PARTLY),
    Row("heldmenu", "a menu in an attribute of a frame", unguessed(by_held), READ),
    Row("pressedmenu", "a menu that a script fetches when a button is pressed", unguessed(by_press, menu_file), PARTLY),
    Row("unread500", "a section of a vague name answers 500", changed(lambda office: {"/": Reply(str(office.home().body).replace("</ul></nav>", '<li><a href="/chuyen-muc">Chuyên mục</a></li></ul></nav>')), "/chuyen-muc": Reply("500", 500)}), PARTLY, NONE),
    Row("pathcalls", "a menu of functions that are given the addresses", unguessed(by_call), READ),
    Row("svgmenu", "a menu inside a drawing", menu(lambda links: "<svg>" + "".join(f"<a xlink:href='{path}'><text>{label}</text></a>" for path, label in links) + "</svg>"), PARTLY),
    Row("areamenu", "a menu that is a map of areas", menu(lambda links: "<map name='m'>" + "".join(f"<area href='{path}' alt='{label}'>" for path, label in links) + "</map><img src='/m.jpg' usemap='#m'>"), READ),
    Row("noscriptmenu", "a menu for those without scripts only", menu(lambda links: f"<noscript>{listed(links)}</noscript>"), PARTLY),
    Row("templatemenu", "a menu in a template that a script shows", menu(lambda links: f"<template id='t'>{listed(links)}</template><div id='m'></div><script>document.getElementById('m').append(document.getElementById('t').content)</script>"), PARTLY),
    Row("foldedmenu", "a menu folded away that a script should bring, and the script is gone", unguessed(lambda links: f"{listed(links[:3])}<details><summary>Mục</summary><div></div></details><script src='/mat.js'></script>"), PARTLY),
    Row("doorbare", "a door before the site, and a module that fails in the place of the budget", lambda office: behind_a_door(office, office.page("Thông báo", "<b>Thông báo</b><p>Phân hệ lỗi</p>")), PARTLY, but={"budget": {UNKNOWN}}),
    Row("newstopic", "the budget is a topic of the news, and no sitemap names it", budget_in_news, READ),
    Row("detailsmenu", "a menu folded away", menu(lambda links: f"<details><summary>Menu</summary>{listed(links)}</details>"), READ),
    Row("hiddenmenu", "a menu with display:none until a click", menu(lambda links: f"<div style='display:none'>{listed(links)}</div>"), READ),
    Row("base", "addresses that rest on a base", rewritten(lambda text, office: text.replace("<head>", '<head><base href="/goc/">').replace('href="/', 'href="../').replace('href="../goc/"', 'href="/goc/"')), READ),
    Row("relative", "addresses without a leading slash", rewritten(lambda text, office: text.replace('<li><a href="/', '<li><a href="./').replace('href="./"', 'href="/"')), PARTLY),
    Row("protocol", "addresses without a scheme", rewritten(lambda text, office: text.replace('<li><a href="/', f'<li><a href="//{office.host}/')), READ),
    Row("scheme", "addresses with the scheme in capitals", rewritten(lambda text, office: text.replace('<li><a href="/', f'<li><a href="HTTP://{office.host.upper()}/')), READ),
    Row("backslash", "backslashes in addresses", rewritten(lambda text, office: text.replace('<li><a href="/', '<li><a href="\\')), PARTLY),
    Row("blankhref", "blanks and line ends in addresses", rewritten(lambda text, office: text.replace('<li><a href="/', '<li><a href=" \n /')), READ),
    Row("www", "addresses with www", rewritten(lambda text, office: text.replace('<li><a href="/', f'<li><a href="http://www.{office.host}/')), PARTLY),
    Row("https", "addresses with https, which is not there", rewritten(lambda text, office: text.replace('<li><a href="/', f'<li><a href="https://{office.host}/')), PARTLY),
    Row("port", "addresses with the port of plain HTTP", rewritten(lambda text, office: text.replace('<li><a href="/', f'<li><a href="http://{office.host}:80/')), PARTLY),
    Row("letters", "Vietnamese letters in addresses", changed(moved_to({"/hoi-dap": "/hỏi-đáp", "/cong-khai-ngan-sach": "/công-khai-ngân-sách"})), PARTLY),
    Row("quoted", "the same, quoted", lambda office: serve(office.pages() | _quoted(office)), READ),
    Row("jsession", "a session's number behind a semicolon", rewritten(lambda text, office: text.replace('/hoi-dap"', '/hoi-dap;jsessionid=0A1B2C"')), PARTLY),
    Row("query", "all pages by a number in the query", lambda office: _by_query(office), READ),
    Row("numbers", "sections at numbers, without words", changed(moved_to({"/hoi-dap": "/m/71", "/cong-khai-ngan-sach": "/m/72", "/tiep-can-thong-tin": "/m/73"})), READ),
    Row("footerlinks", "sections in the footer only", out_of_menu(footer_links), READ),
    Row("deep", "sections three clicks away, in no menu", out_of_menu(deep), PARTLY),
    Row("finder", "sections that only the search finds", out_of_menu(searchable), PARTLY),
    Row("english", "a menu in English", rewritten(lambda text, office: text.replace(">Hỏi đáp</a>", ">Q&amp;A</a>").replace(">Công khai ngân sách</a>", ">Budget disclosure</a>").replace(">Tiếp cận thông tin</a>", ">Access to information</a>").replace(">Liên hệ</a>", ">Contact</a>")), PARTLY),
    Row("longlabels", "labels with much around them", rewritten(lambda text, office: text.replace(">Hỏi đáp</a>", ">Chuyên mục Hỏi đáp - Trả lời ý kiến của công dân và doanh nghiệp (mới)</a>").replace(">Công khai ngân sách</a>", ">Chuyên trang Công khai ngân sách nhà nước tỉnh Cà Mau</a>")), READ),
    Row("bare", "labels without accents", rewritten(lambda text, office: text.replace(">Hỏi đáp</a>", ">Hoi dap</a>").replace(">Công khai ngân sách</a>", ">Cong khai ngan sach</a>").replace(">Tiếp cận thông tin</a>", ">Tiep can thong tin</a>").replace(">Liên hệ</a>", ">Lien he</a>")), READ),
    Row("mailcloud", "addresses hidden by Cloudflare", rewritten(lambda text, office: text.replace(office.email, _cloudflare(office.email))), READ),
    Row("mailat", "addresses with [at]", rewritten(lambda text, office: text.replace("@", " [at] ")), READ),
    Row("mailimage", "the address is an image", rewritten(lambda text, office: text.replace(office.email, '<img src="/email.png" alt="">')), PARTLY),
    Row("mailscript", "a script writes the address", rewritten(lambda text, office: text.replace(office.email, f"<script>document.write('sotaichinh'+'@'+'{office.host}')</script>")), PARTLY),
)  # fmt: skip


def _token(office: Department) -> Site:
    site = serve(office.pages())
    return lambda request: (
        Reply("", 302, {"Location": f"/?t={request.count}"}) if request.target == "/" else site(request)
    )


def _quoted(office: Department) -> Pages:
    pairs = {"/hoi-dap": "/" + quote("hỏi-đáp"), "/cong-khai-ngan-sach": "/" + quote("công-khai-ngân-sách")}
    return moved_to(pairs)(office)


def _by_query(office: Department) -> Site:
    numbers = {
        path: f"/index.php?id={number}"
        for number, path in enumerate(("/gioi-thieu", "/tin-tuc", "/lien-he", *(p for p, _ in SECTIONS.values())), 1)
    }
    office = replace(office, menu=lambda links: listed([(numbers.get(path, path), label) for path, label in links]))
    pages = office.pages()
    moved = {target: pages[path] for path, target in numbers.items() if path in pages}
    kept = {path: page for path, page in pages.items() if path not in numbers and path != "/sitemap.xml"}
    site = serve(kept | moved)
    return lambda request: NOT_FOUND if request.path == "/index.php" and request.target not in moved else site(request)


def _cloudflare(address: str) -> str:
    key = 0x5B
    hidden = f"{key:02x}" + "".join(f"{ord(letter) ^ key:02x}" for letter in address)
    return (
        f'<a href="/cdn-cgi/l/email-protection" class="__cf_email__" data-cfemail="{hidden}">[email&#160;protected]</a>'
    )


DELEGATED = '<h1>Hỏi đáp</h1><p>Mời quý vị đặt câu hỏi tại <a href="http://dichvucong.test/hoi-dap">Cổng dịch vụ công quốc gia</a>.</p>'
HONEST = (
    Row("nothing", "a whole site that offers nothing of it", changed(lambda office: {}), PROVED, NONE),
    Row("noqa", "a whole site without questions", changed(lambda office: {}), PROVED, ALL - {"qa"}),
    Row("nobudget", "a whole site without a budget", changed(lambda office: {}), PROVED, ALL - {"budget"}),
    Row("noaccess", "a whole site without access to information", changed(lambda office: {}), PROVED, ALL - {"access"}),
    Row("noemail", "a whole site without an address of mail", changed(lambda office: {}), PROVED, ALL - {"email"}),
    Row("nosocial", "a whole site without a channel", changed(lambda office: {}), PROVED, ALL - {"social"}),
    Row("noform", "a whole site without a form", changed(lambda office: {}), PROVED, ALL - {"web_form"}),
    Row("small4", "a home page and four others", bare(ABOUT, HISTORY, STAFF, PLACES), PROVED, NONE),
    Row("small3", "a home page and three others", bare(ABOUT, HISTORY, STAFF), PROVED, NONE),
    Row("small2", "a home page and two others, which is all", bare(ABOUT, HISTORY), PARTLY, NONE),
    Row("small1", "a home page and one other", bare(ABOUT), PARTLY, NONE),
    Row("noticepage", "unknown addresses lead to one page that says so, with status 200", sent_to_a_notice, PROVED, NONE),
    Row("nomap", "a whole site without sitemap and robots.txt", changed(lambda office: {"/sitemap.xml": NOT_FOUND, "/robots.txt": NOT_FOUND}), PROVED, NONE),
    Row("delegated", "its section of questions is another body's", note("/hoi-dap", "Hỏi đáp", "Hỏi đáp", DELEGATED), PARTLY, ALL - {"qa"}),
    Row("shell", "its section of questions is empty", note("/hoi-dap", "Hỏi đáp", "Hỏi đáp", "<h1>Hỏi đáp</h1><p>Đang cập nhật</p>"), PARTLY, ALL - {"qa"}),
    Row("qanews", "a piece of news headed Hỏi đáp", note("/tin-tuc/90", "Hỏi đáp về Luật Đất đai năm 2024", "Hỏi đáp về Luật Đất đai năm 2024", "<h1>Hỏi đáp về Luật Đất đai năm 2024</h1><p>Hội thi diễn ra sáng nay với sự tham gia của mười hai đội.</p>"), PARTLY, ALL - {"qa"}),
    Row("contest", "a contest of questions", note("/cuoc-thi", "Cuộc thi trắc nghiệm", "Cuộc thi trắc nghiệm", "<h1>Cuộc thi trắc nghiệm tìm hiểu pháp luật</h1><p>Câu hỏi 1: Hiến pháp có hiệu lực khi nào?</p><p>A. 2013 B. 2014</p>"), PARTLY, ALL - {"qa"}),
    Row("ownbudget", "the budget of the office alone", note("/cong-khai-tai-chinh", "Công khai tài chính của đơn vị", "Công khai tài chính", "<h1>Công khai tài chính của đơn vị</h1><p><a href='/tai-lieu/dv.pdf'>Công khai dự toán thu, chi ngân sách năm 2020 của Văn phòng Sở Tài chính (Thông tư 61/2017/TT-BTC)</a></p>"), PARTLY, ALL - {"budget"}),
    Row("emptybudget", "a section of the budget without documents", note("/cong-khai-ngan-sach", "Công khai ngân sách", "Công khai ngân sách", "<h1>Công khai ngân sách</h1><p>Đang cập nhật</p>"), PARTLY, ALL - {"budget"}),
    Row("vendor", "the vendor's address and channel only", footed('<p>Thiết kế bởi VNPT: <a href="mailto:hotro@vnpt.example">hotro@vnpt.example</a> <a href="https://www.facebook.com/vnpt.vn">Facebook VNPT</a></p>'), PARTLY, NONE),
    Row("share", "buttons to share only", footed('<a href="https://www.facebook.com/sharer/sharer.php?u=x">Chia sẻ</a><a href="https://twitter.com/share?url=x">Tweet</a><a href="https://zalo.me/share?u=x">Zalo</a>'), PARTLY, ALL - {"social"}),
    Row("boxes", "a form to search and one to log in only", footed('<form action="/tim"><input name="q"><button>Tìm kiếm</button></form><form method="post"><input name="user"><input type="password" name="pw"><button>Đăng nhập</button></form>'), PARTLY, ALL - {"web_form"}),
    Row("ballot", "a poll and a newsletter only", footed('<form method="post"><p>Quý vị đánh giá trang này thế nào?</p><label><input type="radio" name="a">Tốt</label><button>Bình chọn</button></form><form method="post"><input name="email" placeholder="Email của bạn"><button>Đăng ký nhận tin</button></form>'), PARTLY, ALL - {"web_form"}),
    Row("remarks", "boxes for comments below the news only", changed(lambda office: {"/tin-tuc/1": office.page("Khánh thành tuyến đường", '<h1>Khánh thành tuyến đường</h1><p>Tuyến đường được khai thác.</p><form method="post"><label>Tên <input name="ten"></label><label>Bình luận <textarea name="bl"></textarea></label><button>Gửi bình luận</button></form>')}), PARTLY, ALL - {"web_form"}),
    Row("people", "addresses of persons only", note("/danh-ba", "Danh bạ", "Danh bạ", "<h1>Danh bạ cán bộ</h1><table>" + "".join(f"<tr><td>{n}</td><td>{who}</td><td>Chuyên viên</td><td>{mail}@camau.gov.test</td></tr>" for n, (who, mail) in enumerate((("Nguyễn Văn An", "nvan"), ("Trần Thị Bình", "ttbinh"), ("Lê Hoàng Cường", "lhcuong"), ("Phạm Thu Dung", "ptdung"), ("Võ Minh Đức", "vmduc"), ("Hồ Thị Giang", "htgiang"), ("Bùi Quốc Hải", "bqhai"), ("Đỗ Thanh Lan", "dtlan"), ("Ngô Văn Minh", "nvminh"), ("Dương Thị Nga", "dtnga"), ("Lý Quang Phú", "lqphu")), 1)) + "</table>"), PARTLY, ALL - {"email"}),
    Row("insource", "sections in comments of the source only", changed(lambda office: {"/": Reply(str(office.home().body).replace("</nav>", f"<!-- {listed(list(SECTIONS.values()))} --></nav>"))}), PARTLY, ALL - {"qa", "budget", "access"}),
    Row("deadlinks", "the menu names sections that are not there", changed(lambda office: {"/": Reply(str(office.home().body).replace("</ul></nav>", "".join(f'<li><a href="{path}">{label}</a></li>' for path, label in SECTIONS.values()) + "</ul></nav>"))}), PARTLY, ALL - {"qa", "budget", "access"}),
)  # fmt: skip

ROWS = (*PATHS, *HONEST)
