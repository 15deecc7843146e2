"""Text of RTF, in the code page of each font."""

from prober.documents import readers
from prober.documents.media_types import RTF, sniff

RICH = (
    rb"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0\fcharset163 Times;}}{\*\generator x;}"
    rb"\f0\uc1 S\u7903? T\'e0i ch\'ednh\par \{x\}}"
)


def test_what_is_read_of_rtf() -> None:
    assert sniff(RICH, "application/octet-stream") == RTF
    assert readers.text_of(RICH, RTF) == "Sở Tài chính\n{x}"
