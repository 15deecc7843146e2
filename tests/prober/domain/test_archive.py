"""The takedown list: what an entry applies to, and what is no entry."""

from datetime import date
from pathlib import Path

import pytest

from prober.domain.archive import Takedown, TakedownFiles, Takedowns, read_list
from prober.errors import ConfigError

ON = date(2026, 11, 2)


@pytest.mark.parametrize(
    ("name", "url", "applies"),
    [
        ("https://x.vn/hoi-dap/12", "http://www.x.vn/hoi-dap/12/#tra-loi", True),
        ("https://x.vn/hoi-dap/12", "https://x.vn/hoi-dap/123", False),
        ("https://x.vn/Hoi-Dap", "https://x.vn/hoi-dap", False),  # a path tells capitals apart
        ("https://x.vn/xem?id=1", "https://x.vn/xem?id=1", True),
        ("https://x.vn/xem?id=1", "https://x.vn/xem?id=12", False),
        ("https://x.vn/can-bo/*", "https://x.vn/can-bo/a/b?c=1", True),
        ("https://x.vn/can-bo/*", "https://x.vn/can-bo", False),
        ("http://X.vn/", "https://x.vn", True),
    ],
)
def test_an_entry_applies_to_its_address_however_that_is_written(name: str, url: str, applies: bool) -> None:
    listed = read_list([f"{name} 2026-11-02 asked for"], "takedowns.txt")
    assert bool(listed.of(url)) == applies


def test_an_entry_applies_by_hash_and_the_first_is_told() -> None:
    listed = Takedowns((Takedown("f" * 64, ON, "first"), Takedown("x.vn/a", ON, "second")))
    found = listed.of("https://x.vn/a", "0" * 64, "f" * 64)
    assert found is not None and found.reason == "first"


@pytest.mark.parametrize(
    "line",
    [
        "https://x.vn/a", "https://x.vn/a 2026-11-02", "https://x.vn/a 2.11.2026 why", "x.vn/a 2026-11-02 why",
        "ffff 2026-11-02 why", "https://* 2026-11-02 why", "https:///a 2026-11-02 why", "ftp://x.vn/a 2026-11-02 why",
    ],
)  # fmt: skip
def test_what_is_no_entry_names_its_file_and_line(line: str) -> None:
    with pytest.raises(ConfigError, match="takedowns.txt, line 2: .* is no entry"):
        read_list(["# list", line], "takedowns.txt")


def test_the_files_are_read_again_when_they_change_and_a_fault_is_told(tmp_path: Path) -> None:
    first, second = tmp_path / "taken.txt", tmp_path / "takedowns.txt"
    first.write_text("https://x.vn/a 2026-11-02 why\n", encoding="utf-8")
    listed = TakedownFiles([first, second])
    assert listed().of("https://x.vn/a") is not None and listed().of("https://x.vn/b") is None
    second.write_text("https://x.vn/b 2026-11-02 why\n", encoding="utf-8")
    assert listed().of("https://x.vn/b") is not None
    second.unlink()
    assert listed().of("https://x.vn/b") is None
    first.write_text("nonsense\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="taken.txt, line 1"):
        listed()
