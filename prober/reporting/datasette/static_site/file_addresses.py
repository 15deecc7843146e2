"""Give every address of `prober serve` its file in a site of plain files, and rewrite the links of a page.

A page in the first language stands where its address says, with .html; in another language below a folder of that name.
What Datasette answers from the database has no file of its own: a link to it leads to the whole table or question, in
`data`, `rows` and `downloads.html`. A form leads to a page of names, because no program reads what was typed.
"""

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape, unescape
from urllib.parse import parse_qsl, quote, urlsplit

from prober.reporting.html.page_frame import PARAMETER
from prober.text.patterns import linear

HOST = "site.invalid"  # stands for the place of the site in what is drawn
HOME, NAMES, DOWNLOADS = "/", "/names", "/downloads"
_ABSOLUTE = linear(rf"http://{HOST.replace('.', '[.]')}[^\s\"'<>&]*")
_TAG = linear(r"<[a-zA-Z][^<>]*>")
_LINK = linear(r'\b(href|src|action)="([^"]*)"')
_PLAIN = ("css", "json", "svg", "png", "atom", "xml", "txt", "wacz", "gz", "zip", "js")
_META = '<meta charset="utf-8">'


@dataclass(frozen=True, slots=True)
class Address:
    """A page or file of the server: path, query without the language, language ("" where none is said), fragment."""

    path: str
    query: tuple[tuple[str, str], ...] = ()
    language: str = ""
    fragment: str = ""

    @property
    def drawn(self) -> "Address":
        """The same without language and fragment: what is fetched."""
        return Address(self.path, self.query)


def read(link: str, page: Address) -> Address | None:
    """Return what a link of a page leads to; None where that is elsewhere, or a place on the page itself.

    >>> read("?lang=en", Address("/survey/2019/map"))
    Address(path='/survey/2019/map', query=(), language='en', fragment='')
    >>> read("https://example.test/", Address("/")), read("#main", Address("/"))
    (None, None)
    """
    parts = urlsplit(link.removeprefix(f"http://{HOST}") or "/")
    if parts.scheme or parts.netloc or not (parts.path or parts.query):
        return None
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    language = query.pop(PARAMETER, "")
    path = posixpath.join(posixpath.dirname(page.path), parts.path) if parts.path else page.path
    return Address(path, tuple(sorted(query.items())), language, parts.fragment)


@dataclass(slots=True)
class Files:
    """The files of a site. The first of `languages` stands at its root; `url` is where the site will stand, or "".

    `database` is the path of Datasette's pages, `sheets` are the tables and views that the snapshot has as files.
    `asked` grows with what the links of pages lead to: addresses to draw, and rows to write, each as (name, ending).
    """

    languages: tuple[str, ...]
    database: str
    sheets: frozenset[str]
    url: str = ""
    asked: dict[Address, None] = field(default_factory=dict)
    rows: dict[tuple[str, str], None] = field(default_factory=dict)

    def file_of(self, address: Address, language: str) -> str:
        """Return the file of an address, relative to the site, and note that it is asked for.

        >>> files = Files(("vi", "en"), "/results", frozenset({"proof"}))
        >>> files.file_of(Address("/survey/2019/changes", (("cause", "all"),)), "en")
        'en/survey/2019/changes~cause-all.html'
        >>> files.file_of(Address("/"), "vi"), files.file_of(Address("/results/proof.csv", (("agency", "x"),)), "vi")
        ('index.html', 'data/csv/proof.csv')
        """
        if address.path == f"{self.database}.db" or address.path.startswith((f"{self.database}/", f"{self.database}?")):
            return self._data(address, language)
        if address.path == self.database:
            return self.file_of(Address(DOWNLOADS), language)
        self.asked.setdefault(address.drawn)
        name = address.path.strip("/") or "index"
        suffix = "".join(f"~{key}-{value}" for key, value in address.query)
        ending = posixpath.splitext(name)[1].removeprefix(".")
        if ending in _PLAIN:
            return f"{name.removesuffix(f'.{ending}')}{suffix}.{ending}"
        folder = "" if language == self.languages[0] else f"{language}/"
        return f"{folder}{name}{suffix}.html"

    def _data(self, address: Address, language: str) -> str:
        if address.path == f"{self.database}.db":
            return "data/results.db"
        name, _, ending = address.path.removeprefix(f"{self.database}/").partition("/")[0].partition(".")
        if name in self.sheets and ending == "csv":
            return f"data/csv/{name}.csv"
        if ending in ("csv", "json"):
            self.rows.setdefault((name, ending))
            return f"rows/{name}.{ending}"
        return self.file_of(Address(DOWNLOADS), language) + f"#{name}"

    def page(self, text: str, address: Address, language: str, policy: str) -> str:
        """Return a drawn page with its links made those of files, and with its policy, which no server sends."""
        here = self.file_of(address, language)
        text = _TAG.sub(lambda tag: self._tag(tag[0], address, language, here), text)
        text = self.absolute(text, address, language)  # what is said, and what must be whole
        kept = "; ".join(part for part in policy.split("; ") if not part.startswith("frame-ancestors"))
        if not kept:
            return text
        said = f'<meta http-equiv="Content-Security-Policy" content="{escape(kept, quote=False)}">'
        return text.replace(_META, f'{_META}\n{said}\n<meta name="referrer" content="no-referrer">', 1)

    def absolute(self, text: str, address: Address, language: str) -> str:
        """Return a text in which every whole address of the server is that of the file at its place."""

        def placed(found: str) -> str:
            there = read(found, address)
            return f"{self.url}/{quote(self.file_of(there, there.language or language))}" if there else found

        return _ABSOLUTE.sub(lambda found: placed(found[0]), text)

    def _tag(self, tag: str, address: Address, language: str, here: str) -> str:
        def moved(attribute: str, value: str) -> str:
            there = None if 'rel="canonical"' in tag else read(unescape(value), address)
            if there is None:
                return f'{attribute}="{value}"'
            if attribute == "action" and there.path.endswith(("/search", self.database)):
                there = Address(NAMES)
            file, _, place = self.file_of(there, there.language or language).partition("#")
            place = there.fragment or place
            relative = quote(posixpath.relpath(file, posixpath.dirname(here) or "."))
            return f'{attribute}="{escape(relative + (f"#{place}" if place else ""))}"'

        return _LINK.sub(lambda found: moved(found[1], found[2]), tag)


def from_anywhere(text: str, root: str) -> str:
    """Return a page whose links begin at `root`: the page for what is not found stands at no place of its own."""

    def moved(attribute: str, value: str) -> str:
        is_own = not urlsplit(value).scheme and not value.startswith(("#", "/"))
        return f'{attribute}="{root}{value}"' if is_own else f'{attribute}="{value}"'

    return _TAG.sub(lambda tag: _LINK.sub(lambda found: moved(found[1], found[2]), tag[0]), text)


def sitemap(files: Mapping[Address, Mapping[str, str]], url: str) -> str:
    """Return the sitemap (sitemaps.org): every page in each language, with its others."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>']
    lines.append(
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml">'
    )
    for of in files.values():
        others = "".join(
            f'<xhtml:link rel="alternate" hreflang="{language}" href="{escape(f"{url}/{quote(file)}")}"/>'
            for language, file in of.items()
        )
        lines += [f"<url><loc>{escape(f'{url}/{quote(file)}')}</loc>{others}</url>" for file in of.values()]
    return "\n".join([*lines, "</urlset>", ""])
