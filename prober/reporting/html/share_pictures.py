"""Draw pictures that people share: the card of a province and a printed figure, as PNG in the colours of the pages.

A picture travels without its page, so it says by itself what it is about, as of when, and whether the data are real.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from io import BytesIO

import font_source_serif_pro  # type: ignore[import-untyped]
from PIL import Image, ImageDraw, ImageFont

from prober.reporting.html.render import clean, sheet
from prober.reporting.words.labels import Mark, Text
from prober.text.patterns import linear

WIDTH, HEIGHT = 1200, 630  # what link previews show uncropped
LEFT, RIGHT = 64, WIDTH - 64
SMALLEST = 28  # px: still read where a preview is half as wide
_BAND = 58  # height of the notice on top
_PLAIN, _BOLD = "SourceSerifPro", "SourceSerifProBold"
_COLOUR = linear(r"--([a-z-]{1,40}): (#[0-9a-f]{6})")
_STROKES: dict[str, list[list[tuple[float, float]]]] = {  # of the marks of _marks.svg, on a grid of 16
    "found": [[(2.5, 8.5), (6.2, 12.5), (13.5, 4)]],
    "not_found": [[(3.5, 3.5), (12.5, 12.5)], [(12.5, 3.5), (3.5, 12.5)]],
    "silence": [[(3, 8), (13, 8)]],
}
_STROKES |= {"answered": _STROKES["found"], "refused": _STROKES["not_found"]}
_SIGNS = {"not_seen": "?", "undelivered": "!", "contact": "…", "automatic": "@", "late": "»", "unasked": "–"}
_OF_STATE = {"found": "answered", "not_found": "silence"}  # states that have the colour of a group


@dataclass(frozen=True, slots=True)
class Line:
    """One result on a card: `state` sets colour and mark as on the maps."""

    state: str
    words: Text


@dataclass(frozen=True, slots=True)
class Scale:
    """Where value and interval of a share stand between 0 and 1."""

    value: float
    low: float
    high: float


def card(over: Text, name: Text, lines: Sequence[Line], below: Text, mark: Mark | None) -> bytes:
    """Return the card of a province, in both languages: its name, one line for each result, and `below` them."""
    image, draw, top = _sheet(mark)
    _both(draw, top + 26, over, SMALLEST, "soft")
    _text(draw, LEFT, top + 68, name.vi, 74, "ink", bold=True)
    if name.en != name.vi:
        _text(draw, LEFT, top + 156, name.en, 34, "soft")
    y, step = top + 220, 92
    for line in lines[:3]:
        _chip(draw, LEFT, y + 4, line.state)
        _text(draw, LEFT + 78, y - 4, line.words.vi, 36, "ink", bold=True)
        _text(draw, LEFT + 78, y + 40, line.words.en, SMALLEST, "soft")
        y += step
    _both(draw, HEIGHT - 58, below, SMALLEST, "soft")
    return _png(image)


def figure(
    label: str, value: str, beside: str, scale: Scale | None, below: Sequence[str], mark: Mark | None, language: str
) -> bytes:
    """Return a printed figure: what it is, its value with what stands `beside` it, its interval, and lines `below`."""
    image, draw, top = _sheet(mark, language)
    y = top + 28
    for line in _wrapped(label, 40, RIGHT - LEFT)[:3]:
        y = _text(draw, LEFT, y, line, 40, "ink", bold=True) + 6
    size = 96 if _width(value, 96, bold=True) <= RIGHT - LEFT else 56
    _text(draw, LEFT, top + 170, value, size, "answered", bold=True)
    if beside and (x := LEFT + _width(value, size, bold=True) + 28) + _width(beside, 44) <= RIGHT:
        _text(draw, int(x), top + 170 + size - 46, beside, 44, "ink")
    if scale:
        _axis(draw, top + 345, scale)
    y = HEIGHT - 40 * len(below) - 24
    for line in below:
        y = _text(draw, LEFT, y, line, SMALLEST, "soft") + 6
    return _png(image)


def _sheet(mark: Mark | None, language: str = "") -> tuple[Image.Image, ImageDraw.ImageDraw, int]:
    """Return an empty picture, and where its content begins: below the notice that data are not about real agencies."""
    image = Image.new("RGB", (WIDTH, HEIGHT), _colours()["paper"])
    draw = ImageDraw.Draw(image)
    if mark is None:
        draw.rectangle((0, 0, WIDTH, 10), fill=_colours()["accent"])
        return image, draw, 24
    said = mark.data._asdict()[language] if language else f"{mark.data.vi} · {mark.data.en}"
    draw.rectangle((0, 0, WIDTH, _BAND), fill=_colours()["warn"])
    draw.line((0, _BAND, WIDTH, _BAND), fill=_colours()["warn-line"], width=2)
    _text(draw, round((WIDTH - _width(said, 30, bold=True)) / 2), 9, said, 30, "warn-ink", bold=True)
    return image, draw, _BAND


def _chip(draw: ImageDraw.ImageDraw, x: int, y: int, state: str) -> None:
    size, look = 58, _OF_STATE.get(state, state)
    ground = _colours().get(f"is-{look}", _colours()["hatch"])
    ink = _colours().get(f"on-{look}", _colours()["ink"])
    draw.rounded_rectangle((x, y, x + size, y + size), 8, fill=ground, outline=_colours()["hatch-line"], width=2)
    for stroke in _STROKES.get(state, ()):
        points = [(x + 9 + px * 2.5, y + 9 + py * 2.5) for px, py in stroke]
        draw.line(points, fill=ink, width=6, joint="curve")
    if sign := _SIGNS.get(state):
        draw.text((x + size / 2, y + size / 2), sign, font=_font(40, True), fill=ink, anchor="mm")


def _axis(draw: ImageDraw.ImageDraw, y: int, scale: Scale) -> None:
    def at(share: float) -> float:
        return LEFT + share * (RIGHT - LEFT)

    draw.line((at(0), y, at(1), y), fill=_colours()["field-line"], width=4)
    draw.line((at(scale.low), y, at(scale.high), y), fill=_colours()["is-late"], width=22)
    draw.rectangle((at(scale.value) - 5, y - 28, at(scale.value) + 5, y + 28), fill=_colours()["ink"])
    for share, anchor in ((0.0, "la"), (0.5, "ma"), (1.0, "ra")):
        text = f"{share:.0%}".replace("%", "\xa0%")
        draw.text((at(share), y + 34), text, font=_font(SMALLEST, False), fill=_colours()["soft"], anchor=anchor)


def _both(draw: ImageDraw.ImageDraw, y: int, text: Text, size: int, colour: str) -> None:
    """Write a line in both languages, the English one only where there is room for it."""
    both = f"{text.vi} · {text.en}"
    _text(draw, LEFT, y, both if text.vi != text.en and _width(both, size) <= RIGHT - LEFT else text.vi, size, colour)


def _text(draw: ImageDraw.ImageDraw, x: int, y: int, text: str, size: int, colour: str, bold: bool = False) -> int:
    """Write a line, smaller or shortened where it is too long; return the height at which the next may begin."""
    text = str(clean(text))
    while size > SMALLEST and _width(text, size, bold) > RIGHT - x:
        size -= 2
    while _width(text, size, bold) > RIGHT - x:
        text = text.removesuffix("…")[:-1].rstrip() + "…"
    draw.text((x, y), text, font=_font(size, bold), fill=_colours().get(colour) or _colours()[f"is-{colour}"])
    return y + round(size * 1.2)


def _wrapped(text: str, size: int, room: float) -> list[str]:
    return list(_lines(str(clean(text)).split(), size, room))


def _lines(words: Sequence[str], size: int, room: float) -> Iterator[str]:
    line = ""
    for word in words:
        longer = f"{line} {word}".strip()
        if line and _width(longer, size, bold=True) > room:
            yield line
            longer = word
        line = longer
    if line:
        yield line


def _width(text: str, size: int, bold: bool = False) -> float:
    return float(_font(size, bold).getlength(text))


@cache
def _font(size: int, bold: bool) -> ImageFont.FreeTypeFont:
    """Return a font that has all Vietnamese letters, of a package, so that every machine draws the same."""
    return ImageFont.truetype(font_source_serif_pro.font_files_ttf[_BOLD if bold else _PLAIN], size)


@cache
def _colours() -> dict[str, str]:
    """Return the colours of the light scheme, by their names in tokens.css."""
    light = sheet("tokens.css").partition("@media")[0]
    return dict(_COLOUR.findall(light))


def _png(image: Image.Image) -> bytes:
    """Return a picture as PNG; of few colours, so that it is small."""
    out = BytesIO()
    # A fifth of the time of Pillow's usual ways: a site of 63 provinces has some 1,400 of them.
    few = image.quantize(64, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    few.save(out, "PNG", compress_level=6)
    return out.getvalue()
