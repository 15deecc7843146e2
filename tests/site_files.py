"""A site of plain files, and where its links lead."""

import posixpath
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from selectolax.lexbor import LexborHTMLParser


def wrong_links(folder: Path, below: str = "") -> Iterator[str]:
    """Every link of a page to a file or a place that is not there, and every one that only a server answers.

    `below` is the path at which the site stands on its host.
    """
    pages = {path: LexborHTMLParser(path.read_text(encoding="utf-8")) for path in folder.rglob("*.html")}
    places = {path: {node.attributes["id"] for node in page.css("[id]")} for path, page in pages.items()}
    for path, page in pages.items():
        for node in page.css("[href], [src], [action]"):
            link = next(node.attributes[name] or "" for name in ("href", "src", "action") if name in node.attributes)
            parts = urlsplit(link)
            if parts.scheme in ("http", "https", "mailto"):
                continue
            root = folder if parts.path.startswith("/") else path.parent
            there = (
                Path(posixpath.normpath(root / unquote(parts.path).removeprefix(below).lstrip("/")))
                if parts.path
                else path
            )
            there = there / "index.html" if there.is_dir() else there
            missing = parts.fragment and there in places and parts.fragment not in places[there]
            if parts.query or missing or not there.is_file() or not there.is_relative_to(folder):
                yield f"{path.relative_to(folder)}: {link}"
