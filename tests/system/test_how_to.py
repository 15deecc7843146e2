"""Every how-to is followed to the letter: its files are written, its commands run, in one new folder."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HOW_TO = Path(__file__).parents[2] / "docs/how-to"
# Pages that are followed one after the other in one folder, as they say at their head.
CHAINS = (("first-campaign", "correct-an-address", "second-wave"),)
_BLOCK = re.compile(r"^```(\w+)(?: title=\"([\w./-]+)\")?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SECONDS = 300  # for one block; the longest is a polite crawl of the small world


def steps(page: str) -> Iterator[tuple[str, str]]:
    """Yield the blocks of a page that count, as (file name or "", content): files to write, and commands."""
    for kind, title, content in _BLOCK.findall((HOW_TO / f"{page}.md").read_text(encoding="utf-8")):
        if title:
            yield title, content
        elif kind == "sh":
            yield "", content


def test_every_page_is_followed() -> None:
    assert {path.stem for path in HOW_TO.glob("*.md")} == {page for chain in CHAINS for page in chain}


@pytest.mark.parametrize("chain", CHAINS, ids=lambda chain: chain[0])
def test_what_a_how_to_says_works(chain: tuple[str, ...], tmp_path: Path) -> None:
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    for page in chain:
        for name, content in steps(page):
            if name:
                (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
                (tmp_path / name).write_text(content, encoding="utf-8")
                continue
            done = subprocess.run(
                ["sh", "-e", "-c", content], cwd=tmp_path, env=environment, stdin=subprocess.DEVNULL,
                capture_output=True, text=True, timeout=SECONDS,
            )  # fmt: skip
            assert done.returncode == 0, f"{page}.md:\n{content}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    assert (tmp_path / "report.html").stat().st_size > 10_000
    assert list((tmp_path / "publish").iterdir())
