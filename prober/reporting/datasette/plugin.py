"""Add our pages, pictures, links and words to Datasette, and forbid its connections to open other files."""

import re
import sqlite3
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from datasette import hookimpl  # type: ignore[import-untyped]
from datasette.app import Datasette  # type: ignore[import-untyped]
from datasette.utils import tilde_encode, urlsafe_components  # type: ignore[import-untyped]
from datasette.utils.asgi import AsgiFileDownload, NotFound, Request, Response  # type: ignore[import-untyped]

from prober.reporting.datasette import (
    atom,
    error_page,
    evidence_pages,
    figure_pages,
    province_page,
    search_page,
    security_headers,
    served_metrics,
    site_pages,
    sql_limits,
)
from prober.reporting.datasette.canned_queries import QUERIES
from prober.reporting.datasette.kept_pages import drawn_pages
from prober.reporting.datasette.security_headers import HEADERS
from prober.reporting.datasette.served_site import (
    ServedSite,
    about_of,
    ask,
    html,
    imprint,
    packed,
    render,
    survey_of,
)
from prober.reporting.datasette.tables import cells, interface_words, table_looks
from prober.reporting.figures.printed_figure import FrameRows
from prober.reporting.html import page_frame
from prober.reporting.html.render import sheet, templates
from prober.reporting.publish import croissant
from prober.reporting.publish.publication import EVERYTHING
from prober.reporting.words import labels
from prober.reporting.words.labels import Text
from prober.store import Database
from prober.store.reading.queries import first
from prober.store.reading.report_rows import Survey, surveys
from prober.studies.study import said


@hookimpl
def register_routes(datasette: Datasette) -> list[tuple[str, Callable[..., Any]]]:
    if not isinstance(datasette, ServedSite):
        return []
    frame = r"^/survey/(?P<frame>[^/]+)"
    return [
        (r"^/$", _start),
        (r"^/search$", _search),
        (r"^/names$", _names),
        (r"^/downloads$", _downloads),
        (r"^/robots\.txt$", _robots),
        (r"^/-/metrics$", served_metrics.metrics),
        (r"^/survey/style\.css$", _style),
        (rf"^/survey/{re.escape(EVERYTHING)}$", _everything),
        (r"^/survey/picture/(?P<sha256>[0-9a-f]{64})\.png$", _picture),
        *((rf"^/survey/{address}$", _evidence(values)) for address, values in evidence_pages.PAGES.items()),
        (frame + r"/changes\.atom$", _atom),
        (frame + r"/find$", _find),
        (frame + r"/figures$", _figures),
        (frame + r"/figures\.json$", _figures_json),
        *((rf"{frame}/figure/(?P<figure>[^/]+){ending}$", show) for ending, show in _FIGURE_AS.items()),
        (rf"{frame}/{cells.PLACE}/(?P<place>[^/]+)\.atom$", _place_atom),
        (rf"{frame}/{cells.PLACE}/(?P<place>[^/]+)\.png$", _place_card),
        (rf"{frame}/{cells.PLACE}/(?P<place>[^/]+)$", _shows(site_pages.PLACE)),
        (frame + r"/province/(?P<place>[^/]+)$", _moved),
        *((f"{frame}/{page.name}$", _shows(page)) for page in site_pages.PAGES),
    ]


@hookimpl
def asgi_wrapper(datasette: Datasette) -> Callable[[security_headers.App], security_headers.App]:
    if not isinstance(datasette, ServedSite):
        return lambda app: app
    database = datasette.get_database()

    def limited(app: security_headers.App) -> security_headers.App:
        return security_headers.safe(security_headers.read_only(sql_limits.paged(app)))

    if database.path is None:  # in memory: no file whose change would show that a kept page is old
        return limited
    path, changes = Path(database.path), database.is_mutable
    languages, kept = datasette.about.languages, datasette.kept
    return lambda app: drawn_pages.KeptPages(limited(app), path, changes, languages, kept)


@hookimpl(tryfirst=True)
def handle_exception(datasette: Datasette, request: Request, exception: Exception) -> Any:
    """Return a page of our own for what cannot be shown; programs that asked for JSON get Datasette's answer."""
    if not isinstance(datasette, ServedSite):
        return None
    as_json = request.path.endswith(".json")
    if as_json and not isinstance(exception, MemoryError):
        return None
    problem = error_page.problem(request, exception)

    async def page() -> Response:
        if as_json:
            shown = {"ok": False, "error": problem.detail, "status": problem.status, "title": problem.title.en}
            return Response.json(shown, problem.status)
        known = await ask(datasette, surveys)
        values = {"problem": problem, "frames": [survey.frame for survey in known]}
        return html(render(request, datasette, "error", problem.title, None, values, known), request, problem.status)

    return page()


@hookimpl
def prepare_connection(conn: sqlite3.Connection, datasette: Datasette) -> None:
    """Forbid every statement to open a second file, and limit what it can take."""
    if isinstance(datasette, ServedSite):
        sql_limits.apply(conn)


@hookimpl
def prepare_jinja2_environment(env: Any, datasette: Datasette) -> None:
    """Give every page of Datasette, also of errors, the banner, the way back, and names for the fields of its form."""
    if isinstance(datasette, ServedSite):
        env.filters |= {
            "accessible": interface_words.accessible,
            "worded": cells.worded_facets,
            "first_columns": partial(table_looks.shown, sought=[one.kind for one in datasette.study.sought]),
        }
        env.globals |= {"banner": datasette.banner, "survey_start": datasette.urls.path("/")}


@hookimpl
def render_cell(row: Any, value: Any, column: str, table: str | None, datasette: Datasette) -> Any:
    """Return a cell with a link or with words, None for one that stays as it is."""
    if not isinstance(datasette, ServedSite) or value is None or value == "":
        return None
    if column in cells.PROVING and (page := cells.evidence_page(dict(row), column, table)):
        return cells.linked(value, datasette.urls.path(page))
    if column in cells.REGIONS and (title := datasette.study.regions.get(value)):
        return cells.with_words(value, Text(said(title, "vi"), said(title, "en")))
    if column in cells.KINDS and (kind := datasette.study.kind(value)):
        return cells.with_words(value, Text(said(kind.one, "vi"), said(kind.one, "en")))
    if (table, column) == ("field", "about"):
        return cells.meaning(value)
    if isinstance(value, dict) and (other := cells.referred(table, column)):
        key = datasette.urls.row(datasette.get_database().name, other, tilde_encode(str(value["value"])))
        if key_cell := cells.key_cell(value, key):
            return key_cell
    about = cells.agency_of(dict(row), table) if column in cells.NAMED else None
    return datasette.linked(about, column, value) if about else cells.worded_cell(column, value)


@hookimpl
def extra_template_vars(view_name: str, database: str, table: str, request: Request, datasette: Datasette) -> Any:
    """Give Datasette's pages the reader's language, and that of one row the way to what it is about."""
    if not isinstance(datasette, ServedSite):
        return {}
    asked = {page_frame.PARAMETER: request.args.get(page_frame.PARAMETER)} if request else {}
    shared = {
        "lang": page_frame.chosen(asked, request.cookies if request else {}, datasette.about.languages),
        "languages": page_frame.LANGUAGES,
        "language_names": page_frame.NAMES,
        "switch": page_frame.switch(request.query_string) if request else {},
    }

    async def values() -> dict[str, Any]:
        shared["imprint"] = await imprint(request, datasette) if request else ""
        return shared | (await place() if view_name == "row" else {})

    async def place() -> dict[str, Any]:
        keys = urlsafe_components(request.url_vars["pks"])
        agency = await ask(datasette, lambda db: cells.agency_behind(db, table, keys))
        page = await datasette.page_of(str(agency["id"])) if agency else None
        proof = datasette.urls.path(f"survey/evidence/{keys[0]}") if table == "observation" else ""
        about = {"href": page, "vi": agency["name_vi"], "en": agency["name_en"]} if agency and page else None
        return {"place_page": about, "proof": proof}

    return values


async def _start(request: Request, datasette: ServedSite) -> Response:
    def page(db: Database) -> str:
        known = surveys(db)
        values = {
            "surveys": [site_pages.overview(db, survey) for survey in known],
            "bodies": site_pages.bodies(known),
            "queries": QUERIES,
            "described": croissant.script(known[0].world, known[0].as_of, datasette.about.publisher) if known else "",
        }
        return render(request, datasette, "start", datasette.about.title, None, values, known)

    return html(await ask(datasette, page), request)


async def _robots(datasette: ServedSite) -> Response:
    """Return what robots may read: our pages and the plain tables, none of the countless ways to filter them."""
    data = datasette.urls.database(datasette.get_database().name)
    closed = (f"{data}?*sql=", f"{data}/*?", f"{datasette.urls.path('/-/')}", f"{datasette.urls.path('/search')}")
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in closed), ""]
    return Response.text("\n".join(lines), headers=HEADERS)


async def _search(request: Request, datasette: ServedSite) -> Response:
    asked = {name: request.args[name] for name in request.args}

    def page(db: Database) -> str:
        title = Text("Tìm", "Search")
        return render(request, datasette, "search", title, None, search_page.values(db, asked), surveys(db))

    return html(await ask(datasette, page), request)


async def _names(request: Request, datasette: ServedSite) -> Response:
    def page(db: Database) -> str:
        asked = {name: request.args[name] for name in request.args}
        language = page_frame.chosen(asked, request.cookies, datasette.about.languages)
        values = search_page.by_letter(db, language, asked)
        if values is None:
            raise NotFound("The list of names has no such part.")
        return render(request, datasette, "names", _NAMES, None, values, surveys(db))

    return html(await ask(datasette, page), request)


async def _downloads(request: Request, datasette: ServedSite) -> Response:
    values = {"sheets": table_looks.titles(), "queries": QUERIES}

    def page(db: Database) -> str:
        return render(request, datasette, "downloads", _DOWNLOADS, None, values, surveys(db))

    return html(await ask(datasette, page), request)


def _shows(page: site_pages.SurveyPage) -> Callable[..., Any]:
    async def handler(request: Request, datasette: ServedSite) -> Response:
        asked = {name: request.args[name] for name in request.args}
        asked |= {name: unquote(value) for name, value in request.url_vars.items()}

        def shown(db: Database) -> str:
            survey = survey_of(db, unquote(request.url_vars["frame"]))
            values = page.values(db, survey, asked)
            if values is None:
                raise NotFound("There is nothing at this address.")
            return render(request, datasette, page.name, page.title, survey, values)

        return html(await ask(datasette, shown), request)

    return handler


async def _find(request: Request, datasette: ServedSite) -> Response:
    """Lead to the one province of a name, or show those that the name may mean."""
    asked = {name: request.args[name] for name in request.args}

    def found(db: Database) -> tuple[str, str]:
        survey = survey_of(db, unquote(request.url_vars["frame"]))
        values = site_pages.FIND.values(db, survey, asked) or {}
        if len(values["found"]) == 1:
            return "", datasette.urls.path(cells.page(survey.frame, values["found"][0]["province"]))
        return render(request, datasette, "find", site_pages.FIND.title, survey, values), ""

    text, href = await ask(datasette, found)
    return Response("", status=302, headers=HEADERS | {"Location": href}) if href else html(text, request)


async def _moved(request: Request, datasette: ServedSite) -> Response:
    """Lead on from where the page, feed and card of a place once were, so that links that people kept work."""
    page = datasette.urls.path(cells.page(*(unquote(request.url_vars[part]) for part in ("frame", "place"))))
    query = f"?{request.query_string}" if request.query_string else ""
    return Response("", status=301, headers=HEADERS | {"Location": page + query})


async def _atom(request: Request, datasette: ServedSite) -> Response:
    def feed(db: Database) -> bytes:
        survey = survey_of(db, unquote(request.url_vars["frame"]))
        return atom.feed(
            site_pages.newest_changes(db, survey), frame=survey.frame, world=survey.world, as_of=survey.as_of,
            page=datasette.absolute_url(request, request.path.removesuffix(".atom")),
            address=datasette.absolute_url(request, request.path),
        )  # fmt: skip

    return Response(await ask(datasette, feed), content_type=atom.TYPE, headers=HEADERS)


async def _place_atom(request: Request, datasette: ServedSite) -> Response:
    """Return the feed of one place: the changes on its sites, and the answers of its office."""

    def feed(db: Database) -> bytes:
        survey = survey_of(db, unquote(request.url_vars["frame"]))
        found = province_page.news(db, survey, unquote(request.url_vars["place"]))
        if found is None:
            raise NotFound("There is no such place.")
        place, changes, replies = found
        return atom.feed(
            changes, frame=survey.frame, world=survey.world, as_of=survey.as_of,
            page=datasette.absolute_url(request, request.path.removesuffix(".atom")),
            address=datasette.absolute_url(request, request.path), place=place, replies=replies,
        )  # fmt: skip

    return Response(await ask(datasette, feed), content_type=atom.TYPE, headers=HEADERS)


async def _place_card(request: Request, datasette: ServedSite) -> Response:
    """Return the picture by which other sites preview the page of a place."""

    def card(db: Database) -> bytes:
        survey = survey_of(db, unquote(request.url_vars["frame"]))
        over = about_of(datasette, survey).title
        frame = labels.frame(survey.frame, survey.terms)
        picture = province_page.card(
            db, survey, unquote(request.url_vars["place"]), over if over.vi else frame, datasette.mark
        )
        if picture is None:
            raise NotFound("There is no such place.")
        return picture

    return Response(await ask(datasette, card), content_type="image/png", headers=HEADERS | _ANYWHERE)


async def _figures(request: Request, datasette: ServedSite) -> Response:
    def page(db: Database) -> str:
        basis = _basis(datasette, db, request)
        return render(request, datasette, "figures", _FIGURES, basis.survey, {"groups": figure_pages.grouped(basis)})

    return html(await ask(datasette, page), request)


async def _figures_json(request: Request, datasette: ServedSite) -> Response:
    page = datasette.absolute_url(request, request.path.removesuffix("s.json"))
    found = await ask(datasette, lambda db: figure_pages.in_short(_basis(datasette, db, request), page))
    return Response.json(found, headers=HEADERS | _ANYWHERE)


async def _figure(request: Request, datasette: ServedSite) -> Response:
    values, survey = await ask(datasette, lambda db: _of_figure(datasette, db, request))
    values["address"] = datasette.absolute_url(request, request.path)
    return html(render(request, datasette, "figure", values["figure"].label, survey, values), request)


async def _figure_json(request: Request, datasette: ServedSite) -> Response:
    values, _ = await ask(datasette, lambda db: _of_figure(datasette, db, request))
    shown = figure_pages.as_json(values["figure"], datasette.mark, values["snapshot"])
    return Response.json(shown, headers=HEADERS | _ANYWHERE)


async def _figure_picture(request: Request, datasette: ServedSite) -> Response:
    values, _ = await ask(datasette, lambda db: _of_figure(datasette, db, request))
    language = "en" if request.args.get("language") == "en" else "vi"
    picture = templates().get_template("site/figure.svg").render(values, language=language, mark=datasette.mark)
    return Response(picture, content_type="image/svg+xml; charset=utf-8", headers=HEADERS | _ANYWHERE)


async def _figure_card(request: Request, datasette: ServedSite) -> Response:
    values, _ = await ask(datasette, lambda db: _of_figure(datasette, db, request))
    language = "en" if request.args.get("language") == "en" else "vi"
    picture = figure_pages.picture(values["figure"], datasette.mark, language)
    return Response(picture, content_type="image/png", headers=HEADERS | _ANYWHERE)


def _of_figure(datasette: ServedSite, db: Database, request: Request) -> tuple[dict[str, Any], Survey]:
    basis = _basis(datasette, db, request)
    figure = datasette.figure(basis, unquote(request.url_vars["figure"]))
    if figure is None:
        raise NotFound("There is no such figure.")
    return figure_pages.values(figure, datasette.mark, datasette.get_database().hash), basis.survey


def _basis(datasette: ServedSite, db: Database, request: Request) -> FrameRows:
    survey = survey_of(db, unquote(request.url_vars["frame"]))
    return FrameRows(db, survey, datasette.study)


_FIGURES = Text("Mọi con số", "All figures")
_NAMES = Text("Mọi tên theo chữ cái", "All names by letter")
_DOWNLOADS = Text("Tải dữ liệu", "Downloads")
_FIGURE_AS = {r"\.json": _figure_json, r"\.svg": _figure_picture, r"\.png": _figure_card, "": _figure}
_ANYWHERE = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}  # may be embedded


async def _picture(request: Request, datasette: ServedSite) -> Response:
    """Return a screenshot that the evidence table names.

    The address holds its hash, so that no path comes from outside.
    """
    shot = await ask(datasette, lambda db: first(db, "screenshots", sha256=request.url_vars["sha256"]))
    folder = datasette.evidence
    if datasette.archive.listed().of("", request.url_vars["sha256"]):
        raise NotFound("This picture was taken down.")
    path = folder / shot["path"] if folder and shot else None
    if not (path and folder and path.is_file() and path.resolve().is_relative_to(folder.resolve())):
        raise NotFound("There is no such picture here.")
    return Response(path.read_bytes(), content_type="image/png", headers=HEADERS)


async def _everything(datasette: ServedSite) -> AsgiFileDownload:
    path = packed(datasette)
    if path is None:
        raise NotFound("Only a published snapshot can be fetched as one file.")
    return AsgiFileDownload(str(path), EVERYTHING, "application/zip", dict(HEADERS))


def _evidence(values_of: evidence_pages.Values) -> Callable[..., Any]:
    async def handler(request: Request, datasette: ServedSite) -> Response:
        asked = {name: request.args[name] for name in request.args}
        language = page_frame.chosen(asked, request.cookies, datasette.about.languages)

        def shown(db: Database) -> str:
            found = values_of(db, datasette.archive, dict(request.url_vars), language)
            if found is None:
                raise NotFound("There is no such evidence.")
            survey = survey_of(db, str(found["agency"]["frame"]))
            return render(request, datasette, found["template"], found["title"], survey, found)

        return html(await ask(datasette, shown), request, policy=evidence_pages.POLICY)

    return handler


async def _style() -> Response:
    return Response(sheet("style.css", "site/site.css"), content_type="text/css; charset=utf-8", headers=HEADERS)
