"""Serve the pages of a survey by Datasette: what a site is, and how a page of it is asked for and drawn."""

import json
import sqlite3
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from datasette.app import Datasette  # type: ignore[import-untyped]
from datasette.utils.asgi import NotFound, Request, Response  # type: ignore[import-untyped]
from markupsafe import Markup

from prober.reporting.archive.archived_page import Archive
from prober.reporting.datasette import site_pages, sql_limits
from prober.reporting.datasette.kept_pages.drawn_pages import DrawnPages
from prober.reporting.datasette.security_headers import HEADERS
from prober.reporting.datasette.tables import cells, table_looks
from prober.reporting.datasette.tables.known_schema import KnownSchema
from prober.reporting.figures.all_figures import figures, find
from prober.reporting.figures.printed_figure import FrameRows, PrintedFigure
from prober.reporting.html import page_frame
from prober.reporting.html.render import templates
from prober.reporting.publish.publication import EVERYTHING
from prober.reporting.tables import unread
from prober.reporting.words import labels
from prober.reporting.words.labels import Text
from prober.store import Database, one_state
from prober.store.reading.report_rows import Survey, surveys
from prober.studies.study import Study

T = TypeVar("T")
PAGES_KEPT = 60.0  # seconds after which an agency that is not known is looked for again


class ServedSite(Datasette):
    """A Datasette with the pages of the survey; `study` has its calendar.

    `evidence` is the folder of pictures and `archive` has the archived pages; None where none are shown.

    Every page says so where the data of `world` are not about real agencies, or a snapshot is `provisional`.
    The rows of `long` lists are not counted for a page that shows the first of them (table_looks.SEVERAL).
    """

    def __init__(
        self,
        files: list[str],
        *,
        study: Study,
        world: str | None,
        provisional: bool,
        evidence: Path | None,
        archive: Archive | None = None,
        long: bool = False,
        **settings: Any,
    ) -> None:
        self.study = study
        self.about = page_frame.about(study)
        self.mark = labels.mark(world)
        self.provisional = provisional
        self._uncounted = table_looks.SEVERAL if long else frozenset[str]()
        self.evidence = evidence
        self.archive = archive or Archive(study.vocabulary)
        self.kept = DrawnPages()
        self._pages: dict[str, tuple[str, str]] = {}  # agency → frame and slug of its page
        self._pages_at = -PAGES_KEPT
        self._figures: dict[str, dict[str, PrintedFigure]] = {}  # of a snapshot: frame → id → figure
        self._closed = '"allow"' in json.dumps(settings.get("metadata"))  # whether anything is closed to anybody
        super().__init__(files, **settings)

    def add_database(self, db: Any, name: str | None = None, route: str | None = None) -> Any:
        """Add a database; that of the survey as one whose schema is read once."""
        uncounted = self._uncounted if db.is_mutable else frozenset[str]()
        known = KnownSchema(self, db.path, uncounted=uncounted, is_mutable=db.is_mutable) if db.path else db
        return super().add_database(known, name, route)

    @property
    def max_returned_rows(self) -> int:
        """Return how many rows Datasette shows of a result: fewer on a page than in CSV and JSON."""
        return sql_limits.most_rows()

    @max_returned_rows.setter
    def max_returned_rows(self, most: int) -> None:
        """Leave the setting of the same name, which Datasette sets here, to its pages about settings."""

    @property
    def banner(self) -> Text | None:
        """Return the notice at the top of every page; None where there is none."""
        return self.mark.data if self.mark else unread.PROVISIONAL if self.provisional else None

    def _table_permission_allows(self, database: str, table: str) -> list[Any]:
        """Return the rules of `allow` for a table. Datasette copies all metadata for each table that it lists."""
        return list(super()._table_permission_allows(database, table)) if self._closed else []

    def _connected_databases(self) -> list[dict[str, Any]]:
        """Return what Datasette reports of the open databases; of a path only the name of the file."""
        known: list[dict[str, Any]] = super()._connected_databases()
        return [one | {"path": one["path"] and Path(one["path"]).name} for one in known]

    def _threads(self) -> dict[str, Any]:
        """Return what Datasette reports of its threads, without the tasks, which name files of programs."""
        return dict(super()._threads()) | {"tasks": []}

    async def expand_foreign_keys(
        self, database: str, table: str, column: str, values: Iterable[Any]
    ) -> dict[Any, Any]:
        """Return (column, key) → label. Datasette asks for all keys at once, which may be more than a statement has."""
        keys, most = list(set(values)), sql_limits.LIMITS[sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER]
        found: dict[Any, Any] = {}
        for begin in range(0, len(keys), most):
            found |= await super().expand_foreign_keys(database, table, column, keys[begin : begin + most])
        return found

    async def linked(self, agency: str, column: str, value: Any) -> Markup | None:
        """Return a cell as a link to the page of the agency that its row is about, if it has one."""
        page = await self.page_of(agency)
        return cells.linked(value, page) if page else cells.worded_cell(column, value)

    def figure(self, basis: FrameRows, name: str) -> PrintedFigure | None:
        """Return the figure of this id. Those of a snapshot, which never changes, are all computed once."""
        if self.get_database().is_mutable:
            return find(basis, name)
        if basis.frame not in self._figures:
            self._figures[basis.frame] = {figure.id: figure for figure in figures(basis)}
        return self._figures[basis.frame].get(name)

    async def page_of(self, agency: str) -> str | None:
        """Return the address of the page of an agency, None where its frame has no results."""
        if agency not in self._pages and time.monotonic() - self._pages_at > PAGES_KEPT:
            self._pages, self._pages_at = await ask(self, cells.places), time.monotonic()
        place = self._pages.get(agency)
        return self.urls.path(cells.page(*place)) if place else None


def survey_of(db: Database, frame: str) -> Survey:
    for survey in surveys(db):
        if survey.frame == frame:
            return survey
    raise NotFound("There are no results of this frame.")


async def ask(datasette: ServedSite, question: Callable[[Database], T]) -> T:
    """Return the result of `question`, run in a thread on one state of the database."""

    def inside(connection: sqlite3.Connection) -> T:
        # Setting the pragma for triggers, of which no page has need, would have SQLite prepare every statement anew.
        db = Database(connection, recursive_triggers=False)
        with sql_limits.unmeasured(connection), one_state(db):
            return question(db)

    answer: T = await datasette.get_database().execute_fn(inside)
    return answer


def render(
    request: Request,
    datasette: ServedSite,
    name: str,
    title: Text,
    study: Survey | None,
    values: site_pages.Values,
    known: Sequence[Survey] = (),
) -> str:
    """Return a page of one frame, or of all that are `known`, in the language of the request."""
    path, frame = datasette.urls.path, quote(study.frame) if study else ""
    shared = _foot(request, datasette, study or next(iter(known), None)) | {
        "languages": page_frame.LANGUAGES,
        "language_names": page_frame.NAMES,
        "switch": page_frame.switch(request.query_string),
        "terms": site_pages.TERMS,
        "here": name,
        "title": title,
        "study": study,
        "frame": labels.frame(study.frame, study.terms) if study else None,
        "unit": labels.units(study.kinds, study.terms) if study else labels.units(()),
        "banner": datasette.banner,
        "provisional": datasette.provisional,
        "pages": site_pages.PAGES,
        "root": path("/"),
        "at": path(f"/survey/{frame}"),
        "style": path("/survey/style.css"),
        "places_at": lambda named: path(cells.page(named)),
        "cards_at": path(cells.page(study.frame if study else "")),
        "card_at": datasette.absolute_url(request, f"{request.path}.png"),
        "proof_at": path("/survey/"),
    }
    if datasette.evidence:
        shared["pictures_at"] = path("/survey/picture/")
    return templates().get_template(f"site/{name}.html").render(shared | values)


async def imprint(request: Request, datasette: ServedSite) -> Markup:
    """Return the foot of a page that Datasette draws, in the language of the request."""
    known = await ask(datasette, surveys)
    values = _foot(request, datasette, next(iter(known), None)) | {"study": None}
    return Markup(templates().get_template("site/_imprint.html").render(values))


def _foot(request: Request, datasette: ServedSite, first: Survey | None) -> dict[str, Any]:
    """Return what the foot of every page says; `first` is the frame that it is about."""
    path, database = datasette.urls.path, datasette.get_database()
    asked = {name: request.args[name] for name in request.args}
    return {
        "about": about_of(datasette, first),
        "lang": page_frame.chosen(asked, request.cookies, datasette.about.languages),
        "permalink": datasette.absolute_url(request, request.path + page_frame.without(request.query_string)),
        "first_at": path(f"/survey/{quote(first.frame)}") if first else "",
        "as_of": first.as_of if first else "",
        "mark": datasette.mark,
        "data": datasette.urls.database(database.name),
        "everything": path(f"/survey/{EVERYTHING}") if (whole := packed(datasette)) else "",
        "everything_size": whole.stat().st_size if whole else 0,
        "download": path(f"/{database.name}.db") if not database.is_mutable else "",
    }


def html(text: str, request: Request, status: int = 200, policy: str = "") -> Response:
    asked = {name: request.args[name] for name in request.args}
    own = {"Content-Security-Policy": policy} if policy else {}
    headers = HEADERS | own | {"Vary": "Cookie"} | page_frame.remembered(asked)
    return Response(text, status, content_type="text/html; charset=utf-8", headers=headers)


def about_of(datasette: ServedSite, survey: Survey | None) -> page_frame.About:
    """Return what the study says of itself, where the data are of one of its frames."""
    return datasette.about if survey and survey.frame in datasette.about.frames else page_frame.NOBODY


def packed(datasette: ServedSite) -> Path | None:
    """Return the one download of everything; None where no snapshot is served, or one of an older version."""
    database = datasette.get_database()
    path = Path(database.path).with_name(EVERYTHING) if database.path and not database.is_mutable else None
    return path if path and path.is_file() else None
