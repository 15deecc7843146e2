"""Store the checks of addresses that replies named: those still to be visited, and the result of each visit."""

from collections.abc import Iterable, Mapping

from sqlite_utils import Database

from prober.domain.visit import LinkCheck

TRIES = 3  # visits that try an unreadable address

_WAITING = f"""
SELECT DISTINCT agency, url FROM answer_links
WHERE site != 'elsewhere' AND found IN ('not checked', 'unknown') AND checks < {TRIES} ORDER BY agency, url
"""


def waiting(db: Database) -> list[tuple[str, str]]:
    """Return (agency that named it, address) for every address that was not read yet."""
    return list(db.execute(_WAITING).fetchall())


def save(db: Database, scan: int, checks: Iterable[LinkCheck], pages: Mapping[str, int]) -> None:
    """Store what a visit saw, in the caller's transaction. `pages`: address of a page → its row."""
    db.conn.executemany(
        "INSERT INTO link_check (scan, url, page, media_type) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        [(scan, check.url, pages[check.page_url], check.media_type) for check in checks],
    )
