"""`python -m tests.pictures`, `make pictures`: docs/img, photographed from the results.db of `prober demo`.

The pages are those of the world with seed 2019, so two runs differ only where the code does.
"""

import io
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, NamedTuple

from PIL import Image

from prober.reporting.html import render
from prober.store import open_results
from prober.store.reading.report_rows import report_rows
from tests.browser import chromium
from tests.pobi import POBI
from tests.serving import serving

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs" / "img"
# Name → address, width and height of the window.
PICTURES: Mapping[str, tuple[str, int, int]] = {
    "start-en": ("/?lang=en", 1100, 640),  # of the first screen of README.md, and of README.vi.md
    "start-vi": ("/?lang=vi", 1100, 640),
    "datasette-start": ("/", 1100, 1420),
    "datasette-headline": ("/survey/2019/headline", 1100, 1000),
    "datasette-map": ("/survey/2019/map", 1100, 1880),
    "datasette-map-34": ("/survey/2019/map#units", 1100, 1290),
    "datasette-replies": ("/survey/2019/replies", 1100, 1340),
    "datasette-coverage": ("/survey/2019/coverage", 1100, 1160),
    "datasette-changes": ("/survey/2019/changes", 1100, 1300),
    "datasette-changed-province": ("/survey/2019/place/dong-thap#changed", 1100, 620),
    "datasette-province": ("/survey/2019/place/ca-mau", 1100, 1000),
    "datasette-letters": ("/survey/2019/place/ca-mau#letters", 1100, 840),
    "datasette-search": ("/search?q=ngan+sach", 1100, 900),
    "datasette-facets": ("/results/participation", 1100, 900),
    "datasette-narrow": ("/survey/2019/map", 360, 900),
}


class Shot(NamedTuple):
    """A part of the report as one reader sees it."""

    part: str
    width: int
    height: int
    language: str = "both"
    scheme: Literal["light", "dark"] = "light"


REPORT: Mapping[str, Shot] = {
    "report-top": Shot("", 1100, 1400),
    "report-map": Shot("map", 1100, 1360),
    "report-time": Shot("time", 1100, 1200, "en"),
    "report-fates": Shot("fates", 1100, 1100),
    "report-provinces": Shot("table", 1100, 900, "vi"),
    "report-compare": Shot("compare", 1100, 1300, "en"),
    "report-not-seen": Shot("gaps", 1100, 900, "vi"),
    "report-cards": Shot("cards", 1100, 1000, "vi"),
    "report-dark": Shot("", 1100, 1000, "vi", "dark"),
    "report-narrow": Shot("", 360, 1000, "en"),
}


ANNEX = ("cards",)  # parts that stand there


def take_report(folder: Path, images: Path) -> None:
    """Photograph the HTML report of the results.db in `folder`."""
    images.mkdir(parents=True, exist_ok=True)
    db = open_results(folder / "results.db")
    with tempfile.TemporaryDirectory() as place, chromium() as browser:
        rows = report_rows(db)
        page = render.write(render.render(rows, POBI), Path(place) / "report.html")
        annex = render.write(render.render_annex(rows, POBI), Path(place) / "report-annex.html")
        for name, shot in REPORT.items():
            view = browser.new_page(viewport={"width": shot.width, "height": shot.height}, color_scheme=shot.scheme)
            view.goto((annex if shot.part in ANNEX else page).as_uri())
            view.check(f"#in-{shot.language}")
            view.evaluate("part => part && document.getElementById(part).scrollIntoView()", shot.part)
            _save(view.screenshot(timeout=120_000), images / f"{name}.png")
            view.close()
    db.close()


def take(folder: Path, images: Path) -> None:
    """Photograph the pages of the results.db in `folder`."""
    images.mkdir(parents=True, exist_ok=True)
    with serving(folder) as (base, _), chromium() as browser:
        for name, (address, width, height) in PICTURES.items():
            view = browser.new_page(viewport={"width": width, "height": height})
            view.goto(base + address)
            _save(view.screenshot(), images / f"{name}.png")
            view.close()


def _save(picture: bytes, path: Path) -> None:
    """A page has few colours: a palette of 256 makes a third of the size, and no difference to the eye."""
    Image.open(io.BytesIO(picture)).convert("RGB").quantize(256, Image.Quantize.MAXCOVERAGE).save(path, optimize=True)


if __name__ == "__main__":
    if not (ROOT / "results.db").exists():
        sys.exit("there is no results.db to photograph: run `make demo` first")
    take(ROOT, IMAGES)
    take_report(ROOT, IMAGES)
