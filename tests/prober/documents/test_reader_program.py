"""The program of a reader: what it lacks is named, what it may use is set before it sees a byte."""

import pytest

from prober.documents import isolation, readers
from prober.documents.isolation import Lacking, Limits
from prober.documents.media_types import ZIP
from prober.documents.notes import note
from tests.prober.documents.test_office import packed

LIMITS = Limits(20.0, 2.0, 400 << 20)


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(isolation._ENVIRONMENT, "LIBARCHIVE", "libnowhere.so.1")
    isolation._barriers.cache_clear()
    try:
        assert readers.text_of(packed(("a.docx", b"x")), ZIP) == note("needs_program", "ZIP", "libarchive")
        with pytest.raises(Lacking):
            isolation.run("archive", b"x", LIMITS, readers.Unpacked, "zip", "docx")
    finally:
        isolation._barriers.cache_clear()


def test_an_error_of_a_reader_is_no_answer() -> None:
    for reader, words in (("nowhere", ()), ("archive", ("zip",))):
        with pytest.raises(ChildProcessError):
            isolation.run(reader, b"x", LIMITS, readers.Unpacked, *words)
