"""How good each province's portal is at answering, as the newest crawl that is believed saw it."""

from sqlite_utils import Database


def qa_levels(db: Database, frame: str) -> dict[str, int | None]:
    """Slug of the province → level of its portal's Q&A section, 0 to 5; None where that is not known."""
    rows = db.execute("SELECT province, has_qa, qa_level FROM participation WHERE frame = ?", [frame]).fetchall()
    return {province: level or 0 if verdict in ("present", "absent") else None for province, verdict, level in rows}
