"""A folder as store: whole files, seen at once, and a clear word where it cannot be used."""

from pathlib import Path

import pytest

from prober.errors import ConfigError
from prober.fleet.transport import SharedStore, StoreAway


def test_a_file_is_put_listed_read_and_removed(tmp_path: Path) -> None:
    store = SharedStore(str(tmp_path / "shared"))
    assert list(store.names("s/visits", ".visit")) == [] and store.get("s/visits/a.visit") is None
    store.put("s/visits/b.visit", b"two")
    store.put("s/visits/a.visit", b"one")
    store.put("s/visits/a.visit", b"one again")
    store.put("s/shards/1.json", b"{}")
    assert list(store.names("s/visits", ".visit")) == ["a.visit", "b.visit"]
    assert store.get("s/visits/a.visit") == b"one again"
    store.remove("s/visits/a.visit")
    store.remove("s/visits/a.visit")
    assert list(store.names("s/visits", ".visit")) == ["b.visit"]
    store.remove("s")
    assert store.get("s/shards/1.json") is None


def test_a_file_that_is_being_written_is_not_listed(tmp_path: Path) -> None:
    (tmp_path / "s/visits").mkdir(parents=True)
    (tmp_path / "s/visits/a.visit.77.tmp").write_bytes(b"half")
    assert list(SharedStore(f"file://{tmp_path}").names("s/visits", ".visit")) == []


def test_a_store_that_cannot_be_used_says_so(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(StoreAway, match=r"the store of the fleet cannot be used for s/a\.visit"):
        SharedStore(str(tmp_path / "taken")).put("s/a.visit", b"")
    with pytest.raises(ConfigError, match=r"\[fleet\] store 'nothing://x' cannot be used"):
        SharedStore("nothing://x")
