"""docs/schema.md, from the one declaration of the schema. Called by cog: `cog.outl(schema_doc.markdown())`."""

from collections.abc import Iterator

from prober.store.reading.study import view_columns
from prober.store.schema.declare import Column, Table
from prober.store.schema.private_tables import PRIVATE_TABLES
from prober.store.schema.results_tables import RESULTS_TABLES
from prober.store.schema.views import VIEWS, View


def markdown() -> str:
    """Every view, table and column, as Markdown without a top heading."""
    columns = view_columns()
    parts = [
        "## results.db: views\n\nRead these first: they carry the labels, and they hold when the tables below change.",
        *(_view(view, columns[view.name]) for view in VIEWS),
        "## results.db: tables",
        *(_table(table) for table in RESULTS_TABLES),
        "## private.db: tables\n\nRaw mail, letters and approvals. Never published, never served.",
        *(_table(table) for table in PRIVATE_TABLES),
    ]
    return "\n\n".join(parts)


def _view(view: View, columns: list[str]) -> str:
    lines = [f"| `{name}` | {_cell(about)} |" for name, about in view.texts(columns).items()]
    return "\n".join([f"### {view.name}\n\n{view.about}\n\n| column | meaning |", "|---|---|", *lines])


def _table(table: Table) -> str:
    lines = [f"| `{c.name}` | {c.type} | {', '.join(_marks(c))} | {_cell(c.about)} |" for c in table.columns]
    unique = "".join(f"\n\nUnique: {', '.join(f'`{name}`' for name in names)}." for names in table.unique)
    head = f"### {table.name}\n\n{table.about}{unique}\n\n| column | type | rule | meaning |"
    return "\n".join([head, "|---|---|---|---|", *lines])


def _marks(column: Column) -> Iterator[str]:
    if column.key:
        yield "key"
    if column.references:
        yield f"→ `{column.references}`"
    if column.optional:
        yield "may be empty"
    if column.one_of:
        yield _cell(" / ".join(column.one_of))


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
