"""Collect everything that private.db holds of one message, except its bytes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from prober.documents.notes import reasons
from prober.domain.correspondence import MessageDetail
from prober.domain.reason import to_json

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class MessageRecord:
    """Hold the rows about one message, each in the order of time or of the message."""

    message: Row
    detail: MessageDetail
    places: list[Row]  # account, folder, uid, internaldate
    matches: list[Row]  # requests that it belongs to, and then those that it may belong to
    decisions: list[Row]  # of people, about its requests
    codings: list[Row]  # of people, about its class
    files: list[Row]  # with `notes`: the reasons why a file, or one in it, was not read
    signatures: list[Row]  # DKIM, from the top

    @property
    def sha256(self) -> str:
        return str(self.message["sha256"])

    def belongs_to(self) -> list[tuple[str, str]]:
        """Return the requests (campaign, agency) that the message answers."""
        return [(row["campaign"], row["agency"]) for row in self.matches if row["chosen"]]


def record(private: Database, sha256: str) -> MessageRecord:
    """Return the rows about the message with this hash, which exists."""

    def rows(sql: str) -> list[Row]:
        return list(private.query(sql, [sha256]))

    (message,) = rows("SELECT * FROM message WHERE sha256 = ?")
    return MessageRecord(
        {name: value for name, value in message.items() if name != "detail"},
        detail(private, sha256),
        rows("SELECT account, folder, uid, internaldate FROM message_location WHERE message = ? ORDER BY internaldate"),
        rows(
            "SELECT campaign, agency, score, reasons, chosen, chosen_by, chosen_at, proof FROM match_candidate "
            "WHERE message = ? AND (chosen = 1 OR score > 0) ORDER BY chosen DESC, score DESC, campaign, agency LIMIT 9"
        ),
        rows("SELECT action, campaign, agency, [by], at FROM match_decision WHERE message = ? ORDER BY id"),
        rows("SELECT campaign, agency, coder, role, event, coded_at FROM coding WHERE message = ? ORDER BY id"),
        [
            {**row, "notes": to_json(reasons(row["notes"]))}
            for row in rows(
                "SELECT position, name, original_name, media_type, bytes, sha256, scanned, confidence, text AS notes "
                "FROM message_part WHERE message = ? ORDER BY position"
            )
        ],
        rows(
            "SELECT position, domain, selector, algorithm, result, reason, key, checked_at FROM message_signature "
            "WHERE message = ? ORDER BY position"
        ),
    )


def attached(private: Database, message: str) -> list[dict[str, Any]]:
    """Return the files of a message: name, media_type, bytes, text, and the confidence of a text read in a scan."""
    sql = "SELECT name, media_type, bytes, text, confidence FROM message_part WHERE message = ? ORDER BY position"
    return list(private.query(sql, [message]))


def detail(private: Database, message: str) -> MessageDetail:
    """Return the further details of a message, such as its defects and its letterhead; of an unknown one nothing."""
    row = private.execute("SELECT detail FROM message WHERE sha256 = ?", [message]).fetchone()
    return MessageDetail.from_json(row[0]) if row else MessageDetail()


def signed_by(private: Database, message: str) -> tuple[str, tuple[str, ...]]:
    """Return the result of the DKIM signatures of a message, and the domains whose signatures hold."""
    row = private.execute("SELECT dkim FROM message WHERE sha256 = ?", [message]).fetchone()
    sql = "SELECT DISTINCT domain FROM message_signature WHERE message = ? AND result = 'pass' ORDER BY domain"
    return row[0] if row else "", tuple(domain for (domain,) in private.execute(sql, [message]).fetchall())
