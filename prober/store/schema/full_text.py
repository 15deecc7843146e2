"""Search without accents, so that "dap" finds "đáp": FTS5 indexes of names, titles, addresses, words on pages, units.

SQLite's unicode61 drops tones and accents but keeps đ, so every text is indexed twice: as it is, and with d for đ. A
query may then have all accents, some or none, and Datasette's own search box needs no help.

The indexes hold words only ("contentless"), so no text is stored a second time. The index of a table is kept up to date
by triggers. The index of a view of the present is filled anew at the end of a scan: its rows are few, while the words
of all nights would take an eighth of the file (measured), and a common one would be found in every night again. Like
the views they are derived: they follow the code without a version of their own.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlite_utils import Database


@dataclass(frozen=True, slots=True)
class SearchIndex:
    """An index over some columns of a table, or of a view of the present. Its rowid is `key` there."""

    table: str
    columns: tuple[str, ...]
    key: str = "id"  # "rowid" where the table's own key is a text
    of_view: bool = False

    @property
    def name(self) -> str:
        return f"{self.table}_words"

    def create(self) -> Iterator[str]:
        """Yield the statements for the index, and the triggers of a table, in the form in which SQLite keeps them."""
        tokens = 'tokenize="unicode61 remove_diacritics 2"'
        yield f"CREATE VIRTUAL TABLE [{self.name}] USING fts5({self._names}, content='', {tokens})"
        if not self.of_view:
            yield from self._triggers()

    def _triggers(self) -> Iterator[str]:
        remove = (
            f"INSERT INTO [{self.name}] ([{self.name}], rowid, {self._names}) VALUES ('delete', {self._row('old')});"
        )
        add = f"INSERT INTO [{self.name}] (rowid, {self._names}) VALUES ({self._row('new')});"
        changed = " OR ".join(f"old.[{column}] IS NOT new.[{column}]" for column in (self.key, *self.columns))
        for event, when, body in (
            ("INSERT", "", add),
            ("DELETE", "", remove),
            ("UPDATE", f" WHEN {changed}", f"{remove} {add}"),
        ):
            name = f"{self.name}_{event.lower()}"
            yield f"CREATE TRIGGER [{name}] AFTER {event} ON [{self.table}]{when} BEGIN {body} END"

    def fill(self) -> Iterator[str]:
        """Rebuild the index from its rows, as few segments; nothing of a deleted text is left in it."""
        yield f"INSERT INTO [{self.name}] ([{self.name}]) VALUES ('delete-all')"
        row = self._row(f"[{self.table}]")
        yield f"INSERT INTO [{self.name}] (rowid, {self._names}) SELECT {row} FROM [{self.table}]"
        yield f"INSERT INTO [{self.name}] ([{self.name}]) VALUES ('optimize')"

    @property
    def _names(self) -> str:
        return ", ".join(f"[{column}], [{column}_d]" for column in self.columns)

    def _row(self, of: str) -> str:
        texts = (f"{of}.[{column}]" for column in self.columns)
        return ", ".join(
            [f"{of}.[{self.key}]", *(f"{text}, replace(replace({text}, 'đ', 'd'), 'Đ', 'D')" for text in texts)]
        )


INDEXES = (
    SearchIndex("agency", ("name_vi", "name_en", "province_vi", "province_en"), key="rowid"),
    SearchIndex("qa_thread", ("unit",)),
    SearchIndex("reply_document", ("title",)),
    SearchIndex("reply_link", ("url",)),
    SearchIndex("latest_page", ("title", "url"), of_view=True),
    SearchIndex("latest_observation", ("snippet", "value"), key="finding", of_view=True),
)
SEARCHED = {index.table: index for index in INDEXES}
# Leaves out triggers and indexes that a user added to the same file.
_OURS = "(type = 'trigger' AND name GLOB '*_words_*') OR (sql LIKE 'CREATE VIRTUAL TABLE%' AND name GLOB '*_words')"


def current(db: Database) -> bool:
    """Return True if the indexes and triggers in the file are those of this code."""
    stored = {row[0] for row in db.execute(f"SELECT sql FROM sqlite_master WHERE {_OURS}").fetchall()}
    return stored == {statement for index in INDEXES for statement in index.create()}


def create(db: Database) -> None:
    """Create the indexes and triggers of this code, filled from the rows of the tables. Call inside a transaction."""
    for name, kind in db.execute(f"SELECT name, type FROM sqlite_master WHERE {_OURS} ORDER BY type DESC").fetchall():
        db.execute(f"DROP {'TRIGGER' if kind == 'trigger' else 'TABLE'} [{name}]")
    for index in INDEXES:
        for statement in (*index.create(), *index.fill()):
            db.execute(statement)


def refresh(db: Database) -> None:
    """Fill the indexes of the present anew, after a scan. Call inside a transaction."""
    for index in INDEXES:
        for statement in index.fill() if index.of_view else ():
            db.execute(statement)


def rebuild(db: Database) -> None:
    """Fill the indexes anew, after VACUUM, which may renumber rows that have no number of their own."""
    for index in INDEXES:
        for statement in index.fill():
            db.execute(statement)
