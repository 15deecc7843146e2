"""Serve results.db with Datasette, on this machine only unless another host is given.

A database that is still being written is opened in the ordinary, mutable mode. Datasette's immutable mode ignores the
write-ahead log silently (measured: 92,666 of 172,000 rows shown), so it is kept for published snapshots. private.db is
not among the files that this server opens, and Datasette refuses ATTACH; nothing else hides it.
"""

import asyncio
import socket
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any

import uvicorn
from datasette.plugins import pm  # type: ignore[import-untyped]

from prober.errors import UsageError
from prober.reporting.archive.archived_page import Archive
from prober.reporting.datasette import plugin, sql_limits
from prober.reporting.datasette.kept_pages import drawn_ahead
from prober.reporting.datasette.served_site import ServedSite
from prober.reporting.datasette.static_site import Show, allowed
from prober.reporting.datasette.static_site import write as _write_site
from prober.reporting.datasette.tables import metadata, table_looks
from prober.store.reading.report_rows import number_of_agencies, own_columns, terms_of
from prober.studies.study import Study

__all__ = ["allowed", "application", "draw_pages", "serve", "write_site"]

SETTINGS: dict[str, Any] = {
    "sql_time_limit_ms": 3000,
    "facet_time_limit_ms": 1000,
    "max_returned_rows": sql_limits.MOST_ROWS,
    "max_csv_mb": 200,
    "suggest_facets": False,
    "truncate_cells_html": 300,
    "num_sql_threads": 4,
}
TEMPLATES = Path(__file__).parents[1] / "templates" / "datasette"
STATIC = Path(__file__).parents[1] / "static"


def application(
    path: Path,
    study: Study,
    world: str | None,
    immutable: bool,
    evidence: Path | None = None,
    provisional: bool = False,
    archive: Archive | None = None,
) -> ServedSite:
    """Return a Datasette that serves only `path`, the pictures below `evidence` that it names, and archived pages."""
    if not pm.is_registered(plugin):
        pm.register(plugin)
    # Where rich is installed, Datasette prints every refused query with all local variables, which takes 2 seconds of
    # processor time each. Faults of the server itself are still written to standard error.
    pm.get_plugin("datasette.handle_exception").rich = None
    long = number_of_agencies(path) > table_looks.MANY
    return ServedSite(
        [] if immutable else [str(path)],
        study=study,
        world=world,
        provisional=provisional,
        evidence=evidence,
        archive=archive,
        long=long,
        immutables=[str(path)] if immutable else [],
        metadata=metadata.build(world, path.stem, own_columns(path), terms_of(path), long),
        settings=SETTINGS | {"allow_download": immutable, "default_cache_ttl": 3600 if immutable else 0},
        template_dir=str(TEMPLATES),
        static_mounts=[(metadata.STATIC, str(STATIC))],
        cors=True,
    )


def write_site(
    snapshot: Path,
    out: Path,
    url: str,
    study: Study,
    world: str | None,
    provisional: bool,
    archive: Archive | None,
    show: Show,
) -> int:
    """Write the pages of a published snapshot as plain files in `out`; return their number (static_site)."""
    path = (snapshot / "results.db").absolute()
    site = application(path, study, world, immutable=True, provisional=provisional, archive=archive)
    return asyncio.run(_write_site(site, snapshot.absolute(), out, url, show))


def draw_pages(snapshot: Path, study: Study, world: str | None, provisional: bool, show: Show) -> None:
    """Draw the pages that readers of a published snapshot ask for first, and store them beside it, for `serve`.

    Nothing is done where that was done already. Raises ProberError where the disk refuses.
    """
    by = drawn_ahead.drawn_by(study.version, world, provisional)
    if not drawn_ahead.stored(snapshot, by):
        path = (snapshot / "results.db").absolute()
        site = application(path, study, world, immutable=True, provisional=provisional)
        drawn_ahead.store(snapshot, by, asyncio.run(drawn_ahead.all_pages(site, show)))


def serve(
    path: Path,
    *,
    study: Study,
    world: str | None,
    provisional: bool,
    immutable: bool,
    evidence: Path | None,
    archive: Archive,
    host: str,
    port: int,
    announce: Callable[[str], None],
) -> None:
    """Serve until Ctrl-C. `announce` gets the address once connections are accepted; port 0 picks a free one.

    Raises UsageError where the port is taken.
    """
    listening = listen(host, port)
    site = application(path, study, world, immutable, evidence, provisional, archive)
    server = _Server(uvicorn.Config(site.app(), log_level="warning", lifespan="on"))
    server.when_ready = lambda: announce(f"http://{host}:{listening.getsockname()[1]}/")
    _prepare(server, site, (path, study, world, immutable, None, provisional))  # archived pages are never kept
    with listening, suppress(KeyboardInterrupt):  # Ctrl-C is the normal end
        server.run(sockets=[listening])


def _prepare(server: "_Server", site: ServedSite, settings: tuple[Path, Study, str | None, bool, None, bool]) -> None:
    """Say what is done for the first readers of a site, which `settings` make, before it is served and meanwhile."""
    path, study, world, immutable, _, provisional = settings
    if not immutable:  # every page of it will soon be an old one
        server.meanwhile = lambda: drawn_ahead.first_pages(site)
        return
    drawn = drawn_ahead.stored(path.parent, drawn_ahead.drawn_by(study.version, world, provisional))
    for key, page in drawn:
        site.kept.put(key, page)
    if drawn:
        server.beforehand = lambda: drawn_ahead.compile_templates(site)
        server.meanwhile = lambda: drawn_ahead.prepare(site)
    else:
        server.meanwhile = lambda: drawn_ahead.keep(site, application, settings)


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens, and whose connections send each part of an answer at once.

    asyncio sees to that for sockets of its own making only. Without it a body waits up to 40 ms, until the reader's
    kernel has acknowledged the header. Raises UsageError where the port is taken.
    """
    try:
        listening = socket.create_server((host, port))
    except OSError as error:
        raise UsageError(f"cannot listen on {host}:{port}: {error.strerror}; choose another with --port") from error
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # accepted ones inherit it
    return listening


class _Server(uvicorn.Server):
    """A uvicorn server that says when it is ready, which is also when Ctrl-C is handled, and works from then on."""

    when_ready: Callable[[], None]
    beforehand: Callable[[], None] | None = None
    meanwhile: Callable[[], Coroutine[Any, Any, None]] | None = None
    _working: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.beforehand:
            self.beforehand()
        self.when_ready()
        if self.meanwhile:
            self._working = asyncio.create_task(self.meanwhile())

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self._working:
            self._working.cancel()
            with suppress(asyncio.CancelledError):
                await self._working
        await super().shutdown(sockets)
