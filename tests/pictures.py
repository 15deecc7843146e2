"""`python -m tests.pictures`, `make pictures`: docs/img, photographed from the results.db of `prober demo`.

The pages are those of the world with seed 2019, so two runs differ only where the code does.
"""

import io
import sys
from collections.abc import Mapping
from pathlib import Path

from PIL import Image

from tests.browser import chromium
from tests.serving import serving

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs" / "img"
# Name → address, width and height of the window.
PICTURES: Mapping[str, tuple[str, int, int]] = {
    "datasette-start": ("/", 1100, 1420),
    "datasette-headline": ("/survey/2019/headline", 1100, 1000),
    "datasette-map": ("/survey/2019/map", 1100, 1880),
    "datasette-map-34": ("/survey/2019/map#units", 1100, 1290),
    "datasette-replies": ("/survey/2019/replies", 1100, 1340),
    "datasette-coverage": ("/survey/2019/coverage", 1100, 1160),
    "datasette-province": ("/survey/2019/province/ca-mau", 1100, 1000),
    "datasette-letters": ("/survey/2019/province/ca-mau#letters", 1100, 840),
    "datasette-search": ("/results/find_words?words=dap", 1100, 760),
    "datasette-facets": ("/results/participation", 1100, 900),
    "datasette-narrow": ("/survey/2019/map", 360, 900),
}


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
