"""Serve the sites of the councils: pages made from one file of texts, in three looks."""

import tomllib
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, PackageLoader
from markupsafe import Markup, escape

from prober.sandbox.councils import plot
from prober.sandbox.councils.plot import COUNCILS, Council
from prober.sandbox.http.encodings import data, html, redirect, text
from prober.sandbox.http.site_messages import Fault, Request, Response
from prober.sandbox.mail.replies import council_files

_ENVIRONMENT = Environment(
    loader=PackageLoader("prober.sandbox.councils", "templates"), autoescape=True, trim_blocks=True
)
_FOI = {"menu": "Freedom of Information", "footer": "Freedom of Information (FOI)", "tile": "Make an FOI request"}
_QUESTIONS = {"ask": ("/ask-a-question", "Ask a question"), "faq": ("/faqs", "Frequently asked questions")}
_FOI_PATH = "/freedom-of-information"


@cache
def _texts() -> Mapping[str, Any]:
    return tomllib.loads((files("prober.sandbox.councils") / "pages.toml").read_text(encoding="utf-8"))


class Councils:
    """The sites of all councils, as a Web. Every answer follows from the request."""

    def __init__(self, seed: int, now: datetime) -> None:
        self._seed, self._now = seed, now
        self._names = {row["slug"]: row["name_en"] for row in plot.agencies(now)}
        self._by_host = {f"www.{council.domain}": council for council in COUNCILS}
        self._by_host |= {council.domain: council for council in COUNCILS}

    def respond(self, request: Request) -> Response | Fault:
        """Return the answer to one request; a fault where no host has this name."""
        host = request.host.lower().partition(":")[0]
        council = self._by_host.get(host)
        if council is None:
            return Fault.DNS
        if request.scheme == "http" or host != f"www.{council.domain}":
            return redirect(f"{council.origin}{request.target}")
        return self._site(council, request)

    def certificate(self, host: str) -> str | Fault:
        return "good" if host in self._by_host else Fault.DNS

    def agencies(self) -> list[dict[str, Any]]:
        return plot.agencies(self._now)

    def truth(self) -> dict[str, Any]:
        return plot.truth(self._seed)

    def _site(self, council: Council, request: Request) -> Response:
        path = request.target.partition("?")[0].rstrip("/") or "/"
        if path == "/robots.txt":
            return text(f"User-agent: *\nDisallow: /admin/\nSitemap: {council.origin}/sitemap.xml\n", "text/plain")
        pages = self._pages(council)
        if path == "/sitemap.xml":
            rows = "".join(
                f"<url><loc>{council.origin}{quote(page)}</loc></url>" for page in pages if page != "/search"
            )
            return text(
                f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{rows}</urlset>', "application/xml"
            )
        if path.startswith("/documents/") and council.role != "receipt":
            name = path.rpartition("/")[2]
            if name in (plot.ACCOUNTS, plot.PAYMENTS):
                kind = "application/pdf" if name.endswith(".pdf") else "text/csv"
                return data(council_files.file(name, self._names[council.slug]), kind)
        if path not in pages:
            missing = "<p>The page that you asked for is not here. It may have moved.</p>"
            return self._page(council, path, "Page not found", Markup(missing), 404)
        title, main = pages[path]
        if request.method == "POST":
            main = Markup("<p>Thank you. We have received your message.</p>")
        return self._page(council, path, title, main)

    def _page(self, council: Council, path: str, title: str, main: Markup, status: int = 200) -> Response:
        name = self._names[council.slug]
        values = {
            "name": name, "place": name.partition(" ")[0], "look": council.look, "menu": _menu(council),
            "footer": _footer(council), "channels": council.channels, "number": 100 + len(council.slug) * 7,
        }  # fmt: skip
        page = _ENVIRONMENT.get_template("council.html").render(s=values, title=title, main=main, path=path)
        return html(page.encode(), frozenset(), status)

    def _pages(self, council: Council) -> dict[str, tuple[str, Markup]]:
        """Return path → title and content of every page of a site."""
        name = self._names[council.slug]
        words = {"name": name, "place": name.partition(" ")[0]}
        paragraphs = {page["path"]: (page["title"], _paragraphs(page["text"], words)) for page in _texts()["page"]}
        news = {f"/news/{item['slug']}": (item["title"], _paragraphs(item["text"], words)) for item in _texts()["news"]}
        headlines = Markup("").join(
            Markup('<li><a href="{}">{}</a></li>').format(path, title) for path, (title, _) in news.items()
        )
        pages = {
            "/": (f"Welcome to {name}", Markup("<h2>Latest news</h2><ul>{}</ul>").format(headlines)),
            "/news": ("News", Markup("<ul>{}</ul>").format(headlines)),
            "/search": ("Search", Markup("<p>Nothing was found. Try other words.</p>")),
            "/contact-us": ("Contact us", _contact(council, name)),
            **paragraphs, **news,
        }  # fmt: skip
        if council.foi:
            pages[_FOI_PATH] = ("Freedom of Information", _foi(council, name))
        if council.questions:
            path, label = _QUESTIONS[council.questions]
            pages[path] = (label, _questions(council, words))
        return pages


def _menu(council: Council) -> list[dict[str, str]]:
    entries = [
        {"label": page["label"], "href": page["path"], "about": f"{page['title']} for residents and businesses"}
        for page in _texts()["page"]
        if page["label"]
    ]  # fmt: skip
    entries.append({"label": "News", "href": "/news", "about": "What is going on"})
    if council.foi in ("menu", "tile"):
        entries.append({"label": _FOI[council.foi], "href": _FOI_PATH, "about": "Ask for recorded information"})
    if council.questions:
        path, label = _QUESTIONS[council.questions]
        entries.append({"label": label, "href": path, "about": "What people want to know"})
    return [*entries, {"label": "Contact us", "href": "/contact-us", "about": "Write, telephone or visit"}]


def _footer(council: Council) -> list[dict[str, str]]:
    entries = [{"label": "Jobs", "href": "/jobs"}, {"label": "Privacy", "href": "/privacy"}]
    if council.foi == "footer":
        entries.append({"label": _FOI["footer"], "href": _FOI_PATH})
    return [*entries, {"label": "Contact", "href": "/contact-us"}]


def _paragraphs(lines: list[str], words: Mapping[str, str]) -> Markup:
    return Markup("").join(Markup("<p>{}</p>").format(line.format(**words)) for line in lines)


def _address(council: Council) -> Markup:
    """Return the address in the form of this site; "" where it shows none."""
    if council.shows == "mailto":
        return Markup('<p>Email: <a href="mailto:{0}">{0}</a></p>').format(council.address)
    if council.shows == "at":
        return Markup("<p>Email: {}</p>").format(council.address.replace("@", " [at] ").replace(".", " [dot] "))
    return Markup("<p>Email: {}</p>").format(council.address) if council.shows else Markup("")


def _contact(council: Council, name: str) -> Markup:
    where = Markup("<p>{}, Town Hall, High Street. Open Monday to Friday, 9am to 5pm.</p>").format(escape(name))
    return where + _address(council) + (_FORM if council.form else Markup(""))


_FORM = Markup(
    '<h2>Send us a message</h2><form method="post" action="/contact-us"><label>Your name <input name="name"></label>'
    '<label>Your email <input type="email" name="email"></label><label>Subject <input name="subject"></label>'
    '<label>Message <textarea name="message"></textarea></label><button>Send</button></form>'
)
_ASK = Markup(
    '<h2>Ask your question</h2><form method="post" action="/ask-a-question">'
    '<label>Your name <input name="name"></label>'
    '<label>Your email <input type="email" name="email"></label>'
    '<label>Your question <textarea name="question"></textarea></label><button>Send question</button></form>'
)


def _foi(council: Council, name: str) -> Markup:
    words = Markup(
        "<p>The Freedom of Information Act 2000 gives everybody the right to ask for information that {0} holds. A "
        "request must be in writing, with your name and an address for the reply. We answer within 20 working days.</p>"
        "<h2>How to make a request</h2><p>Look at our publication scheme first: accounts, contracts and minutes are "
        "published already.</p>"
    ).format(name)
    return words + _address(council)


def _questions(council: Council, words: Mapping[str, str]) -> Markup:
    """Return questions with their answers; those of people carry a date, those of an FAQ do not."""
    rows = []
    for number, question in enumerate(_texts()["question"], 1):
        asked, answer = question["asked"], question["answer"].format(**words)
        if council.questions == "ask":
            rows.append(
                Markup(
                    "<article><h3>{}</h3><p>Asked on {} March 2020 by a resident</p><p>Answer: {}</p></article>"
                ).format(asked, 3 * number, answer)
            )
        else:
            rows.append(Markup("<h3>{}</h3><p>{}</p>").format(asked, answer))
    return Markup("").join(rows) + (_ASK if council.questions == "ask" else Markup(""))
