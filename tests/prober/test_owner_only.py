"""Files that hold what citizens wrote are their owner's only, whatever the umask allows."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from prober import owner_only
from prober.store import evidence


@pytest.fixture(autouse=True)
def open_to_all() -> Iterator[None]:
    """The most open umask."""
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_every_new_folder_is_closed_and_none_that_is_there_is_touched(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir(mode=0o755)
    made = owner_only.folder(tmp_path / "shared/a/b")
    assert [mode(path) for path in (made, made.parent, made.parent.parent)] == [0o700, 0o700, 0o755]
    assert owner_only.folder(made) == made


def test_a_file_is_closed_before_anything_is_in_it(tmp_path: Path) -> None:
    owner_only.write(tmp_path / "letter.eml", b"x")
    assert mode(tmp_path / "letter.eml") == 0o600 and (tmp_path / "letter.eml").read_bytes() == b"x"


def test_evidence_is_closed(tmp_path: Path) -> None:
    root = tmp_path / "var/evidence"
    evidence.put(root, b"picture", ".png")
    warc = evidence.WarcFile(root, "scan-1.warc.gz", "prober")
    warc.close()
    found = {path: mode(path) for path in (tmp_path / "var").rglob("*")} | {tmp_path / "var": mode(tmp_path / "var")}
    assert {path.is_dir(): bits for path, bits in found.items()} == {True: 0o700, False: 0o600}
    assert len(found) == 6 and len(set(found.values())) == 2
