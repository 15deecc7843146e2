"""What rows of evidence name, by which a file that no row names is known."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from prober.store import Database, open_results, transaction
from prober.store.reading import unneeded_evidence


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    with closing(open_results(tmp_path / "results.db")) as opened:
        yield opened


def test_every_path_is_named_once_and_what_is_forgotten_no_more(db: Database) -> None:
    assert unneeded_evidence.named(db) == set()
    with transaction(db):
        for number, path in enumerate(("warc/scan-1.warc.gz", "warc/scan-1.warc.gz", "png/ab/ab.png")):
            db.table("evidence").insert(
                {"sha256": f"{number:064x}", "kind": "warc", "path": path, "warc_offset": number,
                 "media_type": "text/html", "bytes": 1, "created_at": "2020-04-13T02:00:00+07:00"}
            )  # fmt: skip
    assert unneeded_evidence.named(db) == {"warc/scan-1.warc.gz", "png/ab/ab.png"}
    with transaction(db):
        unneeded_evidence.forget(db, [f"{2:064x}"])
    assert unneeded_evidence.named(db) == {"warc/scan-1.warc.gz", ""}
