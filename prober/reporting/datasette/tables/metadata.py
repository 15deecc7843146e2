"""Build Datasette's metadata (titles, texts, facets, labels, named queries) from the schema and the views."""

from collections.abc import Sequence
from html import escape
from typing import Any

from prober.domain.agency import Term
from prober.reporting.datasette.canned_queries import QUERIES
from prober.reporting.datasette.tables import table_looks
from prober.reporting.words import labels, translations
from prober.store.reading.report_rows import view_columns
from prober.store.schema import full_text
from prober.store.schema.declare import Table
from prober.store.schema.results_tables import RESULTS_TABLES
from prober.store.schema.views import VIEWS, View

LICENSE = {"license": "CC BY 4.0", "license_url": "https://creativecommons.org/licenses/by/4.0/"}
_TITLE = "Cơ quan nhà nước trả lời người dân – Government responsiveness"
_ABOUT = (
    (
        "vi",
        "Máy đọc trang thông tin của các cơ quan, gửi cho mỗi cơ quan được hỏi một yêu cầu cung cấp thông tin giống "
        "nhau, và đo thời gian trả lời. Mỗi con số đều truy được về bằng chứng. Máy nói “tìm thấy”, “không tìm thấy” "
        "hoặc “chưa xem được”; chỉ người mới kết luận là không có.",
    ),
    (
        "en",
        "A crawler reads the sites of public bodies, each of those asked receives one identical request for "
        "information, and the answers are clocked. Every figure leads to its evidence; the machine says found, "
        "not found or not seen; only a person says that something is absent.",
    ),
)
STATIC = "prober"
_SORT = {"change": "id", "run": "id", "scan": "id", "reply": "received_at", "request_event": "at"}


def build(
    world: str | None, database: str = "results", own: Sequence[str] = (), terms: Sequence[Term] = (),
    long: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """Return the metadata of a Datasette 0.65 that serves `database`.

    Every title says so where the data of `world` are not about real agencies. `own` are the columns of
    `participation` of what its study looks for besides POBI's indicators, `terms` what it calls its lists and kinds.
    Where lists are `long`, those with several rows for each agency have no facets of their own.
    """
    words = labels.mark(world)
    mark = words.title if words else ""
    columns = view_columns()
    columns["participation"] += own
    tables = {table.name: _table(table, mark) for table in RESULTS_TABLES}
    tables |= {view.name: _view(view, columns[view.name], mark) for view in VIEWS}
    for name in table_looks.SEVERAL if long else ():
        tables[name].pop("facets", None)
    return {
        "title": mark + _TITLE,
        **LICENSE,
        "source": "prober",
        "extra_css_urls": [f"/{STATIC}/tokens.css", f"/{STATIC}/datasette.css"],
        "databases": {
            database: {
                "title": mark + _TITLE,
                "description_html": _warning(words) + _guide(database, terms),
                "tables": tables,
                "queries": {query.name: query.metadata(mark) for query in QUERIES},
            }
        },
    }


def _table(table: Table, mark: str) -> dict[str, Any]:
    metadata: dict[str, Any] = {
        "title": mark + table_looks.title(table.name),
        "description_html": _in_both(translations.of_schema()[table.about], table.about),
        "columns": {column.name: plain(column.about) for column in table.columns},
        "size": 100,
    }
    if table.label:
        metadata["label_column"] = table.label
    if table.facets:
        metadata["facets"] = list(table.facets)
    metadata |= _searched(table.name)
    if table.name in _SORT:
        metadata["sort_desc"] = _SORT[table.name]
    return metadata


def _view(view: View, columns: list[str], mark: str) -> dict[str, Any]:
    metadata: dict[str, Any] = {
        "title": mark + table_looks.title(view.name),
        "description_html": _in_both(view.about_vi, view.about),
        "columns": {name: plain(about) for name, about in view.texts(columns).items()},
        "size": 100,
    }
    if view.facets:
        metadata["facets"] = list(view.facets)
    return metadata | _searched(view.name)


def _in_both(vi: str, en: str) -> str:
    return f'<p lang="vi">{_marked(vi)}</p><p lang="en">{_marked(en)}</p>'


def _marked(text: str) -> str:
    """Return a text as HTML, with `names` in it as code.

    >>> _marked("of `reply` & more")
    'of <code>reply</code> &amp; more'
    """
    parts = escape(text).split("`")
    return "".join(f"<code>{part}</code>" if number % 2 else part for number, part in enumerate(parts))


def plain(text: str) -> str:
    """Return a text without the marks of its names."""
    return text.replace("`", "")


def _searched(name: str) -> dict[str, str]:
    """Return the search box for a table or view that has a full-text index."""
    index = full_text.SEARCHED.get(name)
    return {"fts_table": index.name, "fts_pk": index.key} if index else {}


def _warning(mark: labels.Mark | None) -> str:
    if not mark:
        return ""
    return f'<p lang="vi"><strong>{escape(mark.warning.vi)}</strong></p><p lang="en">{escape(mark.warning.en)}</p>'


def _guide(database: str, terms: Sequence[Term]) -> str:
    """Return a short description of the study and of each view; most readers want the views, not the tables."""
    paragraphs = "".join(f'<p lang="{lang}">{escape(text)}</p>' for lang, text in _ABOUT)
    links = "".join(
        f'<li><a href="/{escape(database)}/{view.name}">{escape(table_looks.title(view.name))}</a>: '
        f'<span lang="vi">{_marked(view.about_vi)}</span><span lang="en">{_marked(view.about)}</span></li>'
        for view in VIEWS
    )
    return f"{paragraphs}{_glossary(terms)}<ul>{links}</ul>"


def _glossary(terms: Sequence[Term]) -> str:
    """Return what the names in the columns `frame` and `kind` stand for, in the study's words."""
    entries = "".join(
        f"<dt><code>{escape(term.name)}</code></dt>"
        f'<dd><span lang="vi">{escape(term.one_vi)} </span><span lang="en">{escape(term.one_en)}</span></dd>'
        for term in terms
    )
    return f"<dl>{entries}</dl>" if entries else ""
