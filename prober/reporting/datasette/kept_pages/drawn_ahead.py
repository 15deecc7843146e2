"""Draw the pages of a published snapshot before anybody asks for them, those that are read most first.

That is done when it is published (`all_pages`). Where a server finds none that were drawn by its own program, they are
drawn beside it, in a child process that gives way to readers: drawing a page holds the interpreter for 20 ms to 100 ms,
in which the server could answer nobody. Pages stored beside a snapshot are taken only where snapshot, study and program
are those by which they were drawn.
"""

import asyncio
import gc
import hashlib
import io
import json
import os
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import quote

import prober
from prober.documents.child_process import ChildProcess
from prober.errors import ProberError
from prober.reporting.datasette import site_pages
from prober.reporting.datasette.kept_pages.drawn_pages import DrawnPage, Key
from prober.reporting.datasette.served_site import ServedSite, ask
from prober.reporting.datasette.tables import cells
from prober.reporting.figures.printed_figure import FrameRows
from prober.reporting.html import page_frame
from prober.reporting.html.render import templates
from prober.store import Database, atomic_write
from prober.store.reading.report_rows import surveys
from prober.store.schema.results_tables import RESULTS_TABLES
from prober.store.schema.views import VIEWS

MOST_BYTES = 32_000_000  # half of what is kept, so that what readers ask for besides drives none of it away
AT_ONCE = 8  # pages of one call
SECONDS, MEMORY = 600.0, 2_000_000_000  # that one call may take, on a machine that is busy with readers
GIVES_WAY = 10  # nice(2)

Address = tuple[str, str]  # path, language
Show = Callable[[str, int, int | None], None]


async def keep(
    site: ServedSite, make: Callable[..., ServedSite], settings: Sequence[Any], most: int = MOST_BYTES
) -> None:
    """Draw the pages of `site` as `make(*settings)` draws them, and keep at most `most` bytes of them in it.

    Where no child can be started, or it fails, every page is drawn when it is asked for.
    """
    child, begun = ChildProcess(MEMORY), 0
    preparing = asyncio.create_task(prepare(site))
    try:
        while site.kept.bytes < most:
            drawn, _ = await child.call(SECONDS, SECONDS, draw, make, settings, begun)
            if drawn is None:
                return
            for key, page in drawn:
                site.kept.put(key, page)
            begun += AT_ONCE
    except (OSError, MemoryError):  # TimeoutError and ChildProcessError are OSErrors
        return
    finally:
        await asyncio.to_thread(child.stop)
        await preparing


async def all_pages(site: ServedSite, show: Show) -> list[tuple[Key, DrawnPage]]:
    """Draw, in this process, all pages that are drawn ahead, about MOST_BYTES of them, and return them."""
    todo = await _addresses_of(site)
    for number, address in enumerate(todo):
        if site.kept.bytes >= MOST_BYTES:
            break
        await _draw_one(site, address)
        show(address[0], number + 1, len(todo))
    return site.kept.take()


async def first_pages(site: ServedSite) -> None:
    """Draw a page of each kind of a database that is written, so that no reader waits for what they have in common."""
    await make_ready(site)
    first: dict[str, str] = {}  # kind of page → address of its first
    for path, _ in await _addresses_of(site):
        folder = path[: path.rindex("/") + 1]
        first.setdefault(folder if folder.endswith((f"/{cells.PLACE}/", f"{_data(site)}/")) else path, path)
    for path in first.values():
        await _draw_one(site, (path, site.about.languages[0]))
    settle()


async def prepare(site: ServedSite) -> None:
    """Make what the pages of a snapshot that are not drawn ahead have in common: templates, figures of each frame."""

    def compute(db: Database) -> None:
        for survey in surveys(db):
            site.figure(FrameRows(db, survey, site.study), "")

    await make_ready(site)
    await ask(site, compute)


async def make_ready(site: ServedSite) -> None:
    """Make ready what the first readers of any page would wait for."""
    await site.invoke_startup()  # which the server has done already
    await asyncio.to_thread(compile_templates, site)
    await site.get_database().open_all()
    await asyncio.to_thread(site.archive.make_ready)
    settle()


def settle() -> None:
    """Have the collector of garbage pass by what is loaded: a full run takes 90 ms, in which nobody is answered."""
    gc.collect()
    gc.freeze()


def compile_templates(site: ServedSite) -> None:
    """Compile the templates of our pages and of Datasette's: the first page drawn of each would take 0.1 s longer."""
    for name in templates().list_templates(["html"]):
        if name.startswith(("site/", "_")):
            templates().get_template(name)
    for name in ("base", "database", "table", "row", "query", "_facet_results"):
        for whose in ("", "default:"):  # ours, and Datasette's that it adds to
            site.jinja_env.get_template(f"{whose}{name}.html")
    for name in ("_table", "_footer"):
        site.jinja_env.get_template(f"{name}.html")


def addresses(db: Database, site: ServedSite) -> Iterator[Address]:
    """Yield what is drawn ahead, in this order: start page, pages of provinces, tables, all figures."""
    known = surveys(db)
    at = {survey.frame: f"/survey/{quote(survey.frame)}" for survey in known}
    data = _data(site)
    paths = ["/", *(f"{at[survey.frame]}/{page.name}" for survey in known for page in site_pages.PAGES)]
    paths += (f"/{page}" for page in dict.fromkeys(cells.pages(db).values()))
    paths += ("/names", "/downloads", data, *(f"{data}/{sheet.name}" for sheet in (*VIEWS, *RESULTS_TABLES)))
    paths += (f"{at[survey.frame]}/figures" for survey in known)
    return ((path, language) for path in paths for language in page_frame.LANGUAGES)


def _data(site: ServedSite) -> str:
    return str(site.urls.database(site.get_database().name))


_made: list[tuple[ServedSite, list[Address]]] = []  # in the child


def draw(make: Callable[..., ServedSite], settings: Sequence[Any], begin: int) -> list[tuple[Key, DrawnPage]] | None:
    """Run in the child: return the next pages, with the keys of those that are kept; None where there are no more."""

    async def drawn(site: ServedSite, some: Sequence[Address]) -> None:
        for address in some:
            await _draw_one(site, address)

    if not _made:
        os.nice(GIVES_WAY)
        site = make(*settings)
        _made.append((site, asyncio.run(_addresses_of(site))))
    site, todo = _made[0]
    if begin >= len(todo):
        return None
    asyncio.run(drawn(site, todo[begin : begin + AT_ONCE]))
    return site.kept.take()


async def _addresses_of(site: ServedSite) -> list[Address]:
    await site.invoke_startup()
    return await ask(site, lambda db: list(addresses(db, site)))


async def _draw_one(site: ServedSite, address: Address) -> None:
    """Have `site` keep the page, if it is of a kind that is kept."""
    path, language = address
    await site.client.get(path, headers={"cookie": f"{page_frame.COOKIE}={language}"})


INDEX = "index.json"  # by what they were drawn, and of each page what stands beside its bytes
ENDING = ".pages.zip"  # after the name of the snapshot
_DRAWING = ("babel", "datasette", "jinja2", "markupsafe")  # packages whose other version may draw another page
# What the reading of a file raises in which any byte may be another.
_DAMAGE = (OSError, EOFError, RuntimeError, zlib.error, zipfile.BadZipFile, ValueError, LookupError, TypeError)


def file_of(snapshot: Path) -> Path:
    """Return the file of the pages of this snapshot."""
    return snapshot.with_name(f"{snapshot.name}{ENDING}")


def drawn_by(study_version: str, world: str | None, provisional: bool) -> str:
    """Return a hash of all that a page of a snapshot depends on besides its data: study, marks, program."""
    folder = Path(prober.__file__).parent
    known = hashlib.sha256(json.dumps([study_version, world, provisional, *map(version, _DRAWING)]).encode())
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix != ".pyc":
            known.update(f"\n{path.relative_to(folder)} {path.stat().st_size}\n".encode())
            known.update(path.read_bytes())
    return known.hexdigest()


def store(snapshot: Path, by: str, pages: Iterable[tuple[Key, DrawnPage]]) -> None:
    """Write the pages of the snapshot, drawn `by` a hash of `drawn_by`; those of other snapshots beside it go.

    Raises ProberError where the disk refuses.
    """
    listed, packed = [], io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as pack:
        for number, (key, drawn) in enumerate(pages):
            pack.writestr(str(number), drawn.body)
            headers = [[_text(part) for part in pair] for pair in drawn.headers]
            listed.append([[_text(part) for part in key[1:]], headers])
        pack.writestr(INDEX, json.dumps({"drawn_by": by, "pages": listed}))
    try:
        own = atomic_write.put(file_of(snapshot), packed.getvalue())
    except ProberError as error:
        raise ProberError(f"{snapshot} is published and whole; its pages are not drawn ahead: {error}") from error
    for path in snapshot.parent.glob(f"*{ENDING}"):
        if path != own:
            path.unlink(missing_ok=True)


def stored(snapshot: Path, by: str) -> list[tuple[Key, DrawnPage]]:
    """Return the pages of the snapshot that were drawn `by` the same; none where the file is missing or damaged."""
    try:
        with zipfile.ZipFile(file_of(snapshot)) as pack:
            index = json.loads(pack.read(INDEX))
            if index["drawn_by"] != by:
                return []
            return [
                (
                    ((), _bytes(path), _bytes(query), language),
                    DrawnPage.of(((_bytes(name), _bytes(value)) for name, value in headers), pack.read(str(number))),
                )
                for number, ((path, query, language), headers) in enumerate(index["pages"])
            ]
    except _DAMAGE:
        return []


def _text(part: object) -> str:
    return part.decode("latin-1") if isinstance(part, bytes) else str(part)


def _bytes(text: str) -> bytes:
    return text.encode("latin-1")
