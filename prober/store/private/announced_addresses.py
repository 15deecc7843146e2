"""Addresses that offices announced in place of those that were written to, as private.db holds them."""

from typing import Any

from sqlite_utils import Database

_ANNOUNCED = """
SELECT c.agency, new.value AS address, MAX(m.received_at) AS at, substr(m.sha256, 1, 12) AS message
FROM message m
JOIN match_candidate c ON c.message = m.sha256 AND c.chosen = 1
JOIN json_each(m.detail, '$.new_addresses') new
WHERE NOT EXISTS (SELECT 1 FROM outbox o WHERE o.agency = c.agency AND lower(o.rcpt) = new.value)
GROUP BY c.agency, new.value ORDER BY at DESC, c.agency, new.value
"""


def announced(private: Database) -> list[dict[str, Any]]:
    """Agency, address, when and in which message it was last announced, the newest first; none that we wrote to.

    For a person, who may enter one in the registry. Nothing else reads it.
    """
    return list(private.query(_ANNOUNCED))
