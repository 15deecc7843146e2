"""Draw every page of `prober serve` in every language and write it as a file, with the snapshot beside the pages.

Pages are found as a reader finds them: from the start page along every link. So there is one list of pages, the routes
of the server, and a link that leads nowhere writes nothing. A site is whole or not at all: it is made beside the old
one and takes its place at the end.

A page in the first language stands where its address says, with .html; in another language below a folder of that name.
What Datasette answers from the database has no file of its own: a link to it leads to the whole table or question, in
`data`, `rows` and `downloads.html`. A form leads to a page of names, because no program reads what was typed.
"""

import json
import os
import posixpath
import shutil
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from html import escape, unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from prober.errors import ProberError, UsageError
from prober.reporting.datasette.canned_queries import QUERIES
from prober.reporting.datasette.served_site import ServedSite
from prober.reporting.html import page_frame
from prober.reporting.html.page_frame import PARAMETER
from prober.reporting.publish.table_files import write_csv
from prober.store import atomic_write
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


MARK = "site.json"  # says that a folder is a site of ours, which may be replaced
_NO_PAGE = Address("/404")  # of which the server knows nothing
_SQL = {query.name: query.sql for query in QUERIES}
Show = Callable[[str, int, int | None], None]


async def write(site: ServedSite, snapshot: Path, out: Path, url: str, show: Show) -> int:
    """Write the site of the published folder `snapshot`, which `site` serves, as `out`; return the number of pages.

    `url` is the address at which it will stand, for what must name it: sitemap, feeds, citation; "" if none is known.
    Raises UsageError where `out` holds something else, ProberError where the disk refuses or a link leads nowhere.
    """
    out, url = out.absolute(), url.rstrip("/")
    allowed(out, url)
    partial = atomic_write.partial_folder(out.parent)
    try:
        partial.mkdir(parents=True)
        files = _files(site, snapshot, url)
        number = await _pages(site, files, partial, show)
        _data(files, snapshot, partial)
        (partial / MARK).write_text(json.dumps({"snapshot": snapshot.name, "url": url, "pages": number}) + "\n")
        _settle(partial, out)
    except OSError as error:
        raise ProberError(f"{out}: cannot be written: {error}. Check the disk space and the permissions.") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return number


def allowed(out: Path, url: str = "") -> None:
    """Raise UsageError if `out` holds anything but a site of ours, or `url` is no address of one.

    What a killed run had put aside is put back.
    """
    if url and (urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname):
        raise UsageError(f"--url {url}: not a web address; write it as https://survey.example.vn")
    aside = _aside(out)
    if aside.is_dir() and not out.exists():
        aside.rename(out)
    if out.exists() and not (out.is_dir() and ((out / MARK).is_file() or not any(out.iterdir()))):
        raise UsageError(
            f"{out}: holds something that is no site of prober's. Name a new or empty folder; nothing done."
        )


def _aside(out: Path) -> Path:
    return out.with_name(f".{out.name}.before")


def _settle(partial: Path, out: Path) -> None:
    """Put the new site in the place of the old one, which stands aside for that moment."""
    aside = _aside(out)
    shutil.rmtree(aside, ignore_errors=True)
    if out.exists():
        out.rename(aside)
    partial.rename(out)
    shutil.rmtree(aside, ignore_errors=True)


def _files(site: ServedSite, snapshot: Path, url: str) -> Files:
    first = page_frame.chosen({}, {}, site.about.languages)
    languages = (first, *(language for language in page_frame.LANGUAGES if language != first))
    sheets = frozenset(path.stem for path in (snapshot / "csv").glob("*.csv"))
    return Files(languages, site.urls.database(site.get_database().name), sheets, url)


async def _pages(site: ServedSite, files: Files, folder: Path, show: Show) -> int:
    """Write every page that a link leads to, beginning with the start page; return their number."""
    for path in (HOME, NAMES, DOWNLOADS):
        files.asked.setdefault(Address(path))
    done: dict[Address, dict[str, str]] = {}
    written, total = set[str](), 0
    while todo := [address for address in files.asked if address not in done]:
        for address in todo:
            done[address] = {}
            for language in files.languages:
                file = files.file_of(address, language)
                if file in written:  # the same for readers of all languages
                    continue
                written.add(file)
                body, kind, policy = await _drawn(site, address, language)
                if kind == "text/html":
                    body = files.page(body.decode(), address, language, policy).encode()
                    done[address][language] = file
                    total += 1
                elif kind in ("application/json", "application/atom+xml"):
                    body = files.absolute(body.decode(), address, language).encode()
                _put(folder / file, body)
                show(file, len(written), None)
    body, _, policy = await _drawn(site, _NO_PAGE, files.languages[0], 404)
    lost = files.page(body.decode(), Address(HOME), files.languages[0], policy)
    _put(folder / "404.html", from_anywhere(lost, f"{urlsplit(files.url).path}/").encode())
    _put(folder / "favicon.ico", (await site.client.get("/favicon.ico")).content)  # which every browser asks for
    pages = {address: of for address, of in done.items() if of}
    _put(folder / "sitemap.xml", sitemap(pages, files.url).encode())
    _put(folder / "robots.txt", f"User-agent: *\nAllow: /\nSitemap: {files.url}/sitemap.xml\n".encode())
    return total


async def _drawn(site: ServedSite, address: Address, language: str, status: int = 200) -> tuple[bytes, str, str]:
    """Return what the server answers: body, media type and content security policy."""
    query = urlencode([*address.query, (page_frame.PARAMETER, language)])
    answer = await site.client.get(f"{address.path}?{query}", headers={"host": HOST})
    if answer.status_code != status:
        raise ProberError(f"{address.path}: a page of the site leads there, and it answers {answer.status_code}")
    kind = answer.headers["content-type"].partition(";")[0]
    return answer.content, kind, answer.headers.get("content-security-policy", "")


def _put(path: Path, body: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)


def _data(files: Files, snapshot: Path, folder: Path) -> None:
    """Put the snapshot beside the pages, and what else pages offer as CSV or JSON."""
    shutil.copytree(snapshot, folder / "data", copy_function=_linked)
    (folder / "rows").mkdir()
    with closing(sqlite3.connect(f"{(snapshot / 'results.db').as_uri()}?mode=ro", uri=True)) as db:
        for name, ending in files.rows:
            found = db.execute(*_statement(name, files.sheets))
            columns = [column[0] for column in found.description]
            with (folder / "rows" / f"{name}.{ending}").open("w", encoding="utf-8-sig" if ending == "csv" else "utf-8",
                                                            newline="") as file:  # fmt: skip
                if ending == "csv":
                    write_csv(file, columns, found)
                else:
                    _write_json(file, columns, found)


def _statement(name: str, sheets: frozenset[str]) -> tuple[str, dict[str, Any]]:
    """Return the SQL of all rows of a table, view or named query, with its parameters: none is a limit."""
    if name in sheets:
        return f"SELECT * FROM [{name}]", {}
    if name not in _SQL:
        raise ProberError(f"a page of the site offers the rows of {name}, which is no table or question")
    return _SQL[name], defaultdict(str)


def _write_json(file: Any, columns: Sequence[str], rows: sqlite3.Cursor) -> None:
    """Write rows as one array of objects, a row at a time: a table may be larger than the memory."""
    file.write("[")
    for number, row in enumerate(rows):
        file.write((",\n" if number else "\n") + json.dumps(dict(zip(columns, row, strict=True)), ensure_ascii=False))
    file.write("\n]\n")


def _linked(source: str, target: str) -> str:
    """Give a file of the snapshot, which never changes, a second name; a copy where the disk has no such names."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
    return target
