"""The journal of sent letters tells damage from a line that a crash cut short."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from prober.errors import SchemaError
from prober.store import open_private, send_journal
from prober.store.send_journal import SendJournal, entries
from tests.pobi import HANOI

AT = datetime(2020, 4, 14, 8, 30, tzinfo=HANOI)


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """The journal of three letters; the second came back."""
    db = open_private(tmp_path / "private.db")
    with SendJournal(db) as written:
        for number in range(3):
            written.sending(f"<{number}@x.test>", 1, AT).result()
        written.returned("<1@x.test>", 1, AT.astimezone(UTC))
    db.close()
    return send_journal.of(tmp_path / "private.db")


def left(path: Path) -> dict[str, bool]:
    return {name: entry.left for name, entry in entries(path).items()}


def test_what_was_written_is_read(journal: Path) -> None:
    assert left(journal) == {"<0@x.test>": True, "<1@x.test>": False, "<2@x.test>": True}


def test_lines_of_an_older_prober_have_no_checksum(journal: Path) -> None:
    lines = [line.rpartition("\t")[0] for line in journal.read_text(encoding="utf-8").splitlines()]
    journal.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert left(journal) == {"<0@x.test>": True, "<1@x.test>": False, "<2@x.test>": True}


def test_a_line_cut_short_anywhere_is_passed_over_also_where_others_follow(journal: Path) -> None:
    whole = journal.read_bytes()
    (first, *_), line = whole.splitlines(), whole.splitlines()[-1]
    for length in range(len(line)):
        for rest in (b"", b"\n" + first + b"\n"):
            journal.write_bytes(whole + line[:length] + rest)
            assert set(left(journal)) == {"<0@x.test>", "<1@x.test>", "<2@x.test>"}, line[:length]


def test_every_changed_bit_is_found(journal: Path) -> None:
    """But one in the end of the last line, which then is one cut short, and its letter counts as before."""
    whole = journal.read_bytes()
    missed = []
    for place in range(len(whole)):
        for bit in range(8):
            damaged = bytearray(whole)
            damaged[place] ^= 1 << bit
            journal.write_bytes(damaged)
            try:
                if left(journal) != {"<0@x.test>": True, "<1@x.test>": False, "<2@x.test>": True}:
                    missed.append((place, bit))
            except SchemaError as error:
                assert f"{journal}: damaged (line " in str(error)
    assert missed == []


@pytest.mark.parametrize("content", [b"garbage " * 100, b"\0" * 4096, b"\xff\xfe" * 99], ids=["text", "zeros", "bytes"])
def test_another_file_in_its_place_is_no_empty_journal(journal: Path, content: bytes) -> None:
    journal.write_bytes(content)
    with pytest.raises(SchemaError, match=r"sent\.log: damaged \(line 1\).*prober restore"):
        entries(journal)
    journal.unlink()
    journal.mkdir()
    with pytest.raises(SchemaError, match=r"sent\.log: cannot be read"):
        entries(journal)
