"""List the replies that a person has to read, with the context that a reader needs, and those that two have read."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from prober.domain.correspondence import AUTOMATIC, HELD
from prober.store.private.codings import Subject, hand_entry

Row = Mapping[str, Any]

_REPLIES = """
SELECT p.id, p.message_sha256 AS message, r.campaign, r.agency, p.event, p.proposed_event, p.rule, p.words,
  p.decided_by, r.reading, r.reading_place,
  p.received_at, p.hours, p.working_days, c.title, a.name_vi, a.name_en, a.slug, a.province, a.province_vi,
  a.province_en, r.to_address, p.second_opinion, p.opinion_margin, p.unsure
FROM reply p
JOIN request r ON r.id = p.request
JOIN campaign c ON c.id = r.campaign
JOIN agency a ON a.id = r.agency
ORDER BY p.unsure DESC, p.received_at, p.message_sha256, r.campaign, r.agency
"""


@dataclass(frozen=True, slots=True)
class Item:
    """One reply to be coded; `said` are its codings so far: (coder, role, event)."""

    row: Row
    said: tuple[tuple[str, str, str], ...]

    @property
    def subject(self) -> Subject:
        return Subject(self.row["message"], self.row["campaign"], self.row["agency"])

    def by(self, role: str) -> tuple[str, ...]:
        return tuple(coder for coder, held, _ in self.said if held == role)

    @property
    def differs(self) -> bool:
        """Return True if two coders chose different classes and no person has settled the difference."""
        return len({event for _, role, event in self.said if role != "final"}) > 1 and not self.by("final")


def items(results: Database, campaign: str = "", everything: bool = False) -> list[Item]:
    """Return every reply of `campaign`, or of all; without `everything` only those that need a person's decision."""
    said: dict[int, list[tuple[str, str, str]]] = {}
    for reply, coder, role, event in results.execute("SELECT reply, coder, role, event FROM coding ORDER BY id"):
        said.setdefault(reply, []).append((coder, role, event))
    return [
        Item(row, tuple(said.get(row["id"], ())))
        for row in results.query(_REPLIES)
        if campaign in ("", row["campaign"]) and (everything or _needs_a_person(row))
    ]


def _needs_a_person(row: Row) -> bool:
    """Return True if a person must decide.

    That is so if the reply counts as a person's, seems to be one by the text of a scan, or says that a filter holds us.
    """
    return row["rule"] == HELD or not {row["event"], row["proposed_event"]} <= AUTOMATIC


def queue(
    all_items: Sequence[Item], coder: str, role: str, again: bool = False, size: int = 0, seed: int = 0
) -> list[Item]:
    """Return the items that `coder` still has to decide in that role; with `again`, those this coder has decided.

    first: items without any coding. second: a random sample of `size`, without what this coder read as the first; the
    same seed gives the same sample, and items coded already are not shown again. final: items where two coders differ.
    """
    if again:
        return [item for item in all_items if coder in item.by(role)]
    if role == "final":
        return [item for item in all_items if item.differs]
    if role == "first":
        return [item for item in all_items if not item.by("first")]
    drawn = sorted((item for item in all_items if coder not in item.by("first")), key=lambda item: draw(item, seed))
    done = sum(coder in item.by("second") for item in drawn)
    return [item for item in drawn if coder not in item.by("second")][: max(0, size - done)]


def drawn(all_items: Sequence[Item]) -> list[Item]:
    """Return what nobody has decided yet of the agencies that were drawn for reading, in the order of the draw.

    Nothing is left out: what a rule takes for automatic may be what the rule is wrong about. Agencies whose replies had
    all been read at the draw come first, where something new came from them.
    """
    found = [
        item for item in all_items if item.row["reading"] in ("drawn", "before") and item.row["decided_by"] == "rule"
    ]
    return sorted(found, key=lambda item: (item.row["reading"] != "before", item.row["reading_place"]))


def draw(item: Item, seed: int) -> bytes:
    """Return the sort key of an item in the random order of `seed`.

    It depends on the item alone, so that new mail does not shuffle the rest.
    """
    subject = item.subject
    return hashlib.sha256(f"{seed}\0{subject.message}\0{subject.campaign}\0{subject.agency}".encode()).digest()


def letter(private: Database, subject: Subject) -> bytes:
    """Return the request as it was sent."""
    (raw,) = private.execute(
        "SELECT raw FROM outbox WHERE campaign = ? AND agency = ? AND step = 'request'",
        [subject.campaign, subject.agency],
    ).fetchone()
    return bytes(raw)


def named(results: Database, reply: int) -> list[dict[str, Any]]:
    """Return the addresses that a reply names, with the result of the crawler's check."""
    sql = "SELECT url, target, site, found, media_type, title FROM answer_links WHERE reply = ? ORDER BY position"
    return list(results.query(sql, [reply]))


def text_by_hand(private: Database, message: str) -> str | None:
    """Return the text of an entry made by hand; None for a message."""
    entry = hand_entry(private, message)
    return entry["text"] if entry else None


def coded_twice(results: Database) -> list[dict[str, Any]]:
    """Return one row per reply and coder, without settlements, to measure agreement; `items` is document → quality."""
    marks: dict[int, dict[int, int]] = {}
    for coding, item, quality in results.execute("SELECT coding, item, quality FROM coding_item ORDER BY item"):
        marks.setdefault(coding, {})[item] = quality
    rows = results.query("""
        SELECT k.id, k.reply, k.coder, k.role, k.event, p.message_sha256, r.campaign, r.agency
        FROM coding k JOIN reply p ON p.id = k.reply JOIN request r ON r.id = p.request
        WHERE k.role != 'final' ORDER BY p.received_at, p.id, k.role, k.coder""")
    return [row | {"items": marks.get(row["id"], {})} for row in rows]
