"""A report holds Vietnamese and English forms of its numbers and days; what it says where one of them was chosen."""

import re

_TWO = re.compile(r'<span class="vi">([^<]*\d[^<]*)</span><span class="en only" lang="en">([^<]*)</span>')


def in_english(report: str) -> str:
    """The report with the English form of each number."""
    return _TWO.sub(r"\2", report)


def in_vietnamese(report: str) -> str:
    return _TWO.sub(r"\1", report)
