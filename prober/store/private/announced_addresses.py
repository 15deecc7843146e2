"""Read the new addresses that agencies announced in their replies."""

from typing import Any

from sqlite_utils import Database

from prober.domain.correspondence import MessageDetail

_MATCHED = """
SELECT c.agency, m.received_at AS at, m.sha256, m.detail
FROM message m JOIN match_candidate c ON c.message = m.sha256 AND c.chosen = 1
ORDER BY m.received_at DESC, m.sha256
"""


def announced(private: Database) -> list[dict[str, Any]]:
    """Return agency, address, and the time and message of the last announcement, newest first.

    An address that was written to is left out. A person may enter one in the registry; nothing else uses them.
    """
    written_to = set(private.execute("SELECT agency, lower(rcpt) FROM outbox").fetchall())
    newest: dict[tuple[str, str], dict[str, Any]] = {}
    for agency, at, sha256, detail in private.execute(_MATCHED).fetchall():
        for address in MessageDetail.from_json(detail).new_addresses:
            row = {"agency": agency, "address": address, "at": at, "message": sha256[:12]}
            if (agency, address) not in written_to:
                newest.setdefault((agency, address), row)
    by_name = sorted(newest.values(), key=lambda row: (row["agency"], row["address"]))
    return sorted(by_name, key=lambda row: row["at"], reverse=True)
