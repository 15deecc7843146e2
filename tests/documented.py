"""The blocks of a page of the documentation, by their titles: what is shown there is what a test runs."""

import re
from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs"


def block(page: str, title: str) -> str:
    """Return the block of docs/`page` with this title."""
    text = (DOCS / page).read_text(encoding="utf-8")
    (found,) = re.findall(rf'^```\w+ title="{re.escape(title)}"\n(.*?)^```$', text, re.M | re.S)
    return str(found)
