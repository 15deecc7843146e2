"""Write docs/schema.md from the declaration of the schema. Called by cog: `cog.outl(schema_doc.markdown())`."""

from collections.abc import Iterator

from prober.reporting.words import reasons
from prober.reporting.words.labels import FAILURES, Text
from prober.store.reading.report_rows import view_columns
from prober.store.schema.declare import Column, Table
from prober.store.schema.private_tables import PRIVATE_TABLES
from prober.store.schema.results_tables import RESULTS_TABLES
from prober.store.schema.views import VIEWS, View

_ABOUT_REASONS = """## Reasons

A column of reasons holds a JSON list with one object for each: its `code`, and its parameters beside it, for example
`[{"code":"candidates_unopened","unopened":2,"candidates":3}]`. It is empty where there is none.
The report, the pages and the commands say them in these words; a parameter stands in braces.

| code | English | Vietnamese |
|---|---|---|"""


def markdown() -> str:
    """Return every view, table and column as Markdown without a top heading."""
    columns = view_columns()
    parts = [
        "## results.db: views\n\nRead these first: they carry the labels, and they hold when the tables below change.",
        *(_view(view, columns[view.name]) for view in VIEWS),
        "## results.db: tables",
        *(_table(table) for table in RESULTS_TABLES),
        "## private.db: tables\n\nRaw mail, letters and approvals. Never published, never served.",
        *(_table(table) for table in PRIVATE_TABLES),
        _reasons(),
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
    if column.reasons:
        yield "reasons"
    if column.one_of:
        yield _cell(" / ".join(column.one_of))


def _reasons() -> str:
    """Return the codes of the columns that hold reasons, with their words."""
    shown = dict(reasons.WORDS)
    for failure, (label, _) in FAILURES.items():
        shown[failure.value] = Text(f"{label.vi}: {{detail}}", f"{label.en}: {{detail}}")
    for code, text in (
        ("lacks", "{requirement} of {regime}, in the words of its law"),
        ("text", "{text}"),
    ):
        shown[code] = Text(text, text)
    lines = [f"| `{code}` | {_cell(text.en)} | {_cell(text.vi)} |" for code, text in shown.items()]
    return "\n".join([_ABOUT_REASONS, *lines])


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
