"""Pictures that are shared: their size, their marks, and words of any length."""

from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from prober.reporting.html import share_pictures
from prober.reporting.html.render import templates
from prober.reporting.html.share_pictures import Line, Scale
from prober.reporting.words import labels
from prober.reporting.words.labels import Text

SIMULATED = labels.mark("sandbox")
LONG = Text("Bà Rịa - Vũng Tàu " * 12, "Ba Ria - Vung Tau " * 12)


def opened(data: bytes) -> Image.Image:
    return Image.open(BytesIO(data)).convert("RGB")


def rgb(name: str) -> Any:
    """Return a colour of the pages; a picture of few colours may be one step beside it, which nobody sees."""
    value = share_pictures._colours()[name]
    return pytest.approx(tuple(int(value[at : at + 2], 16) for at in (1, 3, 5)), abs=1)


@pytest.mark.parametrize(
    "name", [Text("Cà Mau", "Ca Mau"), LONG, Text("a\u202eb", "")], ids=["short", "long", "hostile"]
)
def test_a_card_has_the_size_of_previews_and_is_small(name: Text) -> None:
    lines = [Line(state, name) for state in ("found", "not_seen", "silence")]
    data = share_pictures.card(name, name, lines, name, SIMULATED)
    assert opened(data).size == (1200, 630) and len(data) < 100_000
    assert data == share_pictures.card(name, name, lines, name, SIMULATED)  # the same card gives the same bytes


def test_only_what_is_not_about_real_agencies_carries_the_notice() -> None:
    name = Text("Cà Mau", "Ca Mau")
    marked, real = (opened(share_pictures.card(name, name, [], name, mark)) for mark in (SIMULATED, None))
    assert (marked.getpixel((20, 20)), real.getpixel((20, 20))) == (rgb("warn"), rgb("paper"))
    shown = [opened(share_pictures.figure("a", "b", "", None, [], mark, "vi")) for mark in (SIMULATED, None)]
    assert [picture.getpixel((20, 20)) for picture in shown] == [rgb("warn"), rgb("paper")]


@pytest.mark.parametrize("state", [*labels.STATES, *labels.GROUPS])
def test_every_state_has_a_mark_of_its_own_beside_its_colour(state: str) -> None:
    """What has one colour is told apart by its sign; the marks are those of the maps."""
    assert (state in share_pictures._STROKES) != (state in share_pictures._SIGNS)
    assert f'id="m-{state}"' in templates().get_template("_marks.svg").render()
    picture = opened(share_pictures.card(LONG, LONG, [Line(state, LONG)], LONG, None))
    colours = {picture.getpixel((x, y)) for x in range(66, 120) for y in range(252, 300)}
    assert len(colours) > 1


def test_the_interval_stands_where_it_is() -> None:
    picture = opened(share_pictures.figure("a", "50 %", "4/8", Scale(0.5, 0.25, 0.75), ["c"], None, "en"))
    at = {share: picture.getpixel((round(64 + share * 1072), 369 - 8)) for share in (0.2, 0.3, 0.5, 0.7, 0.8)}
    assert at == {
        0.2: rgb("paper"), 0.3: rgb("is-late"), 0.5: rgb("ink"), 0.7: rgb("is-late"), 0.8: rgb("paper"),
    }  # fmt: skip
