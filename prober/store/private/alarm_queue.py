"""Keep alarms to people in private.db, so that each is sent once, whatever ends the program."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from prober.store import Database, transaction


@dataclass(frozen=True, slots=True)
class Alarm:
    """One thing to tell, in both languages. `key` says what it is about: "night 7", "answers:CAMPAIGN"."""

    key: str
    vi: str
    en: str


def keep(db: Database, alarm: Alarm, now: datetime) -> bool:
    """Keep an alarm to be sent; return False, and keep nothing, if the last one of its key said the same."""
    with transaction(db):
        last = db.execute(
            "SELECT text_vi, text_en FROM alarm WHERE key = ? ORDER BY id DESC LIMIT 1", [alarm.key]
        ).fetchone()
        if last == (alarm.vi, alarm.en):
            return False
        row = {"key": alarm.key, "text_vi": alarm.vi, "text_en": alarm.en, "raised_at": now.isoformat()}
        db.table("alarm").insert(row)
        return True


def keep_newest(db: Database, alarm: Alarm, points: Collection[str], now: datetime) -> bool:
    """Keep an alarm in place of what still waits of its key; return False, and keep nothing, if it is no news.

    It is news if one of its `points`, words without a comma, was not sent for that key before. So what is over before
    it could be sent is not sent, and what lasts is sent once. Without points nothing is to be sent any more.
    """
    with transaction(db):
        about = [f"{alarm.key}:*"]
        db.execute("DELETE FROM alarm WHERE told_at IS NULL AND key GLOB ?", about)
        keys = [key for (key,) in db.execute("SELECT key FROM alarm WHERE key GLOB ?", about).fetchall()]
        news = set(points).difference(*(key.partition(":")[2].split(",") for key in keys))
        if news:
            key = f"{alarm.key}:{','.join(sorted(points))}"
            row = {"key": key, "text_vi": alarm.vi, "text_en": alarm.en, "raised_at": now.isoformat()}
            db.table("alarm").insert(row)
        return bool(news)


def waiting(db: Database) -> list[tuple[int, Alarm]]:
    """Return the alarms that were not sent, in their order, with their row numbers."""
    rows = db.execute("SELECT id, key, text_vi, text_en FROM alarm WHERE told_at IS NULL ORDER BY id").fetchall()
    return [(number, Alarm(*texts)) for number, *texts in rows]


def told(db: Database, numbers: Sequence[int], now: datetime) -> None:
    """Mark alarms as sent, all of them in one message."""
    with transaction(db):
        (last,) = db.execute("SELECT COALESCE(MAX(message), 0) FROM alarm").fetchone()
        rows = [(now.isoformat(), last + 1, number) for number in numbers]
        db.conn.executemany("UPDATE alarm SET told_at = ?, message = ? WHERE id = ?", rows)


def messages_since(db: Database, since: datetime) -> int:
    """Return how many messages were handed over since then."""
    rows = db.execute("SELECT message, MAX(told_at) FROM alarm WHERE told_at IS NOT NULL GROUP BY message").fetchall()
    return sum(datetime.fromisoformat(moment) >= since for _, moment in rows)
