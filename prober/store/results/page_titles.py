"""Drop the titles of pages that show one citizen's question: they are the citizen's words and often hold a name.

The questions themselves tell which pages these are: a page that lists questions is the address of several, a question's
own page that of one. The title of a list with one question is dropped too, which costs little.
"""

from prober.store import Database

_ALONE = "SELECT agency, url FROM qa_thread GROUP BY agency, url HAVING COUNT(*) = 1"
_TITLED = f"title != '' AND (agency, url) IN ({_ALONE})"


def forget_titles(db: Database, scan: int, agency: str) -> None:
    """Drop such titles of one visit whose questions are stored. Call inside its transaction."""
    alone = "SELECT url FROM qa_thread WHERE agency = ? GROUP BY url HAVING COUNT(*) = 1"
    db.execute(f"UPDATE page SET title = '' WHERE scan = ? AND agency = ? AND url IN ({alone})", [scan, agency, agency])


def forget_all_titles(db: Database) -> None:
    """Drop such titles of every visit, also of those before a page was known to be a question's own."""
    db.execute(f"UPDATE page SET title = '' WHERE {_TITLED}")


def titles(db: Database) -> int:
    """Return how many pages have such a title."""
    count: int = db.execute(f"SELECT COUNT(*) FROM page WHERE {_TITLED}").fetchone()[0]
    return count
