"""Prepare the embedded world for benchmarks: read its pages and its access log, and crawl it."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from prober.config.load import Config
from prober.config.simulated import embedded
from prober.domain.agency import Agency, from_row
from prober.domain.pages.page import Page
from prober.sandbox import client
from prober.sandbox.http.site_messages import Request, Response
from prober.sandbox.simulated_clock import START
from prober.sandbox.sites.portals import Portals
from prober.store import open_results
from prober.store.results.registry import sync
from prober.studies.packs import words
from spiders.job import Job
from tests.languages import VIETNAMESE

SEED = 2019


def agencies(endpoint: client.Endpoint, kind: str = "") -> tuple[Agency, ...]:
    """Return the world's registry, or the agencies of one kind."""
    return tuple(a for a in map(from_row, client.agencies(endpoint)) if not kind or a.kind == kind)


def job(folder: Path, chosen: Sequence[Agency], endpoint: client.Endpoint, **crawl: Any) -> Job:
    """Return a crawl of `chosen` with files in `folder`; `crawl` replaces settings of the section [crawl].

    The whole registry of the world is in results.db, as in real use: a portal must know the hosts of its neighbours.
    """
    config: Config = embedded(folder)
    folder.mkdir(parents=True, exist_ok=True)
    if endpoint.control:
        db = open_results(config.paths.results)
        sync(db, agencies(endpoint), (), config.world)
        db.close()
    return Job(
        tuple(chosen), replace(config, crawl=replace(config.crawl, **crawl)), endpoint, START, vocabulary=VIETNAMESE
    )


class AccessLog:
    """The requests that the world's proxy logged since the last look: the same measure for every crawler."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read = path.stat().st_size if path.exists() else 0

    def new(self) -> list[dict[str, Any]]:
        with self._path.open("rb") as file:
            file.seek(self._read)
            lines = file.read().splitlines()
            self._read = file.tell()
        return [json.loads(line) for line in lines]


def plain_portals() -> list[str]:
    """Return the portals of the world without any misbehaviour."""
    web = Portals(SEED, False, START)
    sites = [web.site(row["slug"]) for row in web.agencies() if row["kind"] == "portal"]
    return [site.role.slug for site in sites if not site.role.quirks and not site.role.hidden]


def walk(slug: str, most: int) -> list[Page]:
    """Return the first `most` pages of a portal in the order of its links, without a network."""
    web = Portals(SEED, False, START)
    origin = web.site(slug).origin
    waiting, seen, pages = [f"{origin}/"], {f"{origin}/"}, []
    while waiting and len(pages) < most:
        url = waiting.pop(0)
        scheme, _, rest = url.partition("://")
        host, _, path = rest.partition("/")
        answer = web.respond(Request("GET", scheme, host, f"/{path}", {}, START))
        if not isinstance(answer, Response) or answer.status != 200 or not _is_html(answer):
            continue
        page = Page(url, 200, answer.body.decode("utf-8", "replace"), START, words=words(VIETNAMESE))
        pages.append(page)
        for link in page.links:
            target = link.url.partition("#")[0]
            if target.startswith(f"{origin}/") and target not in seen:
                seen.add(target)
                waiting.append(target)
    return pages


def _is_html(answer: Response) -> bool:
    return any(name.lower() == "content-type" and value.startswith("text/html") for name, value in answer.headers)


def loopback(proxy: str) -> client.Endpoint:
    """Return an endpoint of which only the proxy is used."""
    return client.Endpoint(0, proxy, "", "", "127.0.0.1", 0, "127.0.0.1", 0, "", "", "prober.test")


def known_truth(folder: Path) -> dict[str, Any]:
    """Return the truth file of a world that runs on `folder`."""
    found: dict[str, Any] = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    return found
