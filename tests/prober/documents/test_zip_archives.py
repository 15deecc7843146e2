"""Archives, and archives in them: every member by its name, and what was not read."""

from prober.documents import readers
from prober.documents.media_types import ZIP
from prober.documents.readers import FLAGGED, UNREAD, faulty
from prober.sandbox.sites.sample_documents import docx
from tests.prober.documents.test_office import packed, stored


def test_an_archive_says_what_it_did_not_read() -> None:
    inner = packed(("c.zip", packed(("d.docx", docx(["x"])))), ("e.doc", stored("WordDocument")), ("f.txt", "x"))
    text = readers.text_of(packed(("a.zip", inner), ("b.docx", docx(["Dự toán"]))), ZIP)
    assert text.split("\n") == [
        "a.zip", "c.zip", FLAGGED.format(UNREAD.format("an archive in an archive in an archive")), "e.doc",
        FLAGGED.format(UNREAD.format("Word before 2007")), "f.txt", "b.docx", "Dự toán",
    ]  # fmt: skip
    assert not faulty(text)
