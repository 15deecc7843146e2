"""The slip as a file of a word processor: the slip and nothing else."""

import zipfile
from io import BytesIO

from prober.campaign.letters.request_slip import fill
from prober.campaign.letters.slip_docx import docx
from tests.prober.campaign.letters.test_request_slip import FILLED


def test_the_word_processors_file_holds_nothing_but_the_slip() -> None:
    with zipfile.ZipFile(BytesIO(docx(fill("01a", FILLED)))) as file:
        assert file.testzip() is None
        assert {item.date_time for item in file.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert sorted(item.filename for item in file.infolist()) == [
            "[Content_Types].xml", "_rels/.rels", "word/_rels/document.xml.rels", "word/document.xml",
            "word/settings.xml", "word/styles.xml",
        ]  # fmt: skip
