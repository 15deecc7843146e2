"""Log every request with its time of arrival in access.jsonl, which proves the crawler's politeness."""

import json
import os
from pathlib import Path
from typing import Any


class AccessLog:
    """A log of one JSON object per line, written in one piece when the first byte of the answer goes out.

    `arrived` and `answered` are seconds of the machine's monotonic clock: comparable with each other, not with a date.
    `answered` is null where no byte was sent (reset, timeout, or the client left). Lines are in the order of answers;
    sort by `arrived` to measure gaps.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def write(self, row: dict[str, Any]) -> None:
        os.write(self._file, json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")

    def rows(self, since: int = 0) -> list[dict[str, Any]]:
        """Return the rows from number `since` (0 = the first that this folder ever saw)."""
        with self._path.open(encoding="utf-8") as lines:
            return [json.loads(line) for number, line in enumerate(lines) if number >= since]

    def close(self) -> None:
        os.close(self._file)
