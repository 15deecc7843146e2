"""Show each printed figure with its receipt: a page, JSON and a picture to embed, and the list of all figures."""

from dataclasses import asdict
from typing import Any
from urllib.parse import quote, urlencode

from prober.reporting.figures import printed_figure as sentences
from prober.reporting.figures.all_figures import figures
from prober.reporting.figures.printed_figure import FrameRows, PrintedFigure, Unit
from prober.reporting.html import share_pictures
from prober.reporting.words import formats
from prober.reporting.words.labels import Mark, Text

_TITLES = {
    "outcome": Text("Kết cục của các yêu cầu", "What became of the requests"),
    "visits": Text("Trang xem được và chưa xem được", "Sites that could and could not be seen"),
    "human": Text("Thời gian tới thư đầu tiên do người viết", "Time to the first message by a person"),
    "answer": Text("Thời gian tới trả lời đầu tiên", "Time to the first answer"),
    "fate": Text("Kết cục theo ngày làm việc", "Outcomes by working day"),
    "questions": Text("Câu hỏi đã đăng", "Published questions"),
}
_INTERVAL = Text("Khoảng tin cậy 95 %", "95 % interval")
_NOT_SEEN = Text("chưa xem được", "not seen")
_UNREAD = Text("chưa có người đọc", "read by no person")
_AS_OF = Text("Tính đến", "As of")
SCALE = 560.0  # units of the picture from 0 to 100 %


def grouped(basis: FrameRows) -> list[tuple[Text, list[PrintedFigure]]]:
    """Return all figures of a frame in groups: those of one indicator or subject together."""
    groups: dict[str, list[PrintedFigure]] = {}
    for figure in figures(basis):
        parts = figure.id.removeprefix(f"{basis.frame}.").split(".")
        groups.setdefault("questions" if parts[0] == "questions" else parts[1], []).append(figure)
    return [(_TITLES.get(name) or _head(found[0]), found) for name, found in groups.items()]


def _head(figure: PrintedFigure) -> Text:
    """Return what a figure is about, without what is measured of it."""
    return Text(*(text.rpartition(": ")[0] or text for text in figure.label))


def values(figure: PrintedFigure, mark: Mark | None, snapshot: str | None) -> dict[str, Any]:
    """Return the values of the page of one figure. `snapshot` is the SHA-256 of the published file that is served."""
    return {
        "figure": figure, "shown": sentences.value(figure), "counts": sentences.counts(figure),
        "interval": sentences.interval(figure), "sentence": sentences.sentence(figure, mark), "drawn": drawn(figure),
        "snapshot": snapshot, "rows_at": f"{quote(figure.behind.name)}?{urlencode(figure.behind.where)}",
        "sql_at": urlencode({"sql": figure.sql}),
    }  # fmt: skip


def drawn(figure: PrintedFigure) -> dict[str, float] | None:
    """Return where value and interval of a share stand on a scale from 0 to 100 %; None for any other figure."""
    if figure.unit != Unit.SHARE or figure.value is None:
        return None
    low, high = (figure.value if end is None else end for end in (figure.low, figure.high))
    return {name: round(SCALE * end, 1) for name, end in (("value", figure.value), ("low", low), ("high", high))}


def picture(figure: PrintedFigure, mark: Mark | None, language: str) -> bytes:
    """Return a figure as PNG, in one language: value, interval, how many were not seen, day and id."""
    place = sentences.LANGUAGES.index(language)
    counted, around = sentences.counts(figure), sentences.interval(figure)
    total = f"/ {figure.n}" if figure.n is not None else ""
    beside = counted[place] if counted and figure.unit != Unit.COUNT else total
    told = [f"{_INTERVAL[place]}: {around[place]}"] if around else []
    told += [f"{_NOT_SEEN[place]}: {figure.not_seen}"] if figure.not_seen else []
    told += [f"{_UNREAD[place]}: {figure.unread}"] if figure.unread else []
    day = f"{_AS_OF[place]} {formats.day(figure.as_of, language)} · {figure.id}"
    scale = None
    if figure.unit == Unit.SHARE and figure.value is not None:
        low, high = (figure.value if end is None else end for end in (figure.low, figure.high))
        scale = share_pictures.Scale(figure.value, low, high)
    shown = sentences.value(figure)[place]
    below = [line for line in (" · ".join(told), day) if line]
    return share_pictures.figure(figure.label[place], shown, beside, scale, below, mark, language)


def as_json(figure: PrintedFigure, mark: Mark | None, snapshot: str | None) -> dict[str, Any]:
    """Return a figure with its receipt as JSON holds it."""
    said = {"label": figure.label, "shown": sentences.value(figure), "sentence": sentences.sentence(figure, mark)}
    return {
        **asdict(figure),
        **{name: text._asdict() for name, text in said.items()},
        "never": [text._asdict() for text in figure.never],
        "simulated": mark.data.en if mark else None,
        "snapshot_sha256": snapshot,
    }


def in_short(basis: FrameRows, page: str) -> list[dict[str, Any]]:
    """Return every figure of a frame as JSON holds the list; `page` is the address below which each has its page."""
    return [
        {
            "id": figure.id, "label": figure.label._asdict(), "unit": figure.unit, "value": figure.value,
            "k": figure.k, "n": figure.n, "url": f"{page}/{quote(figure.id)}.json",
        }
        for figure in figures(basis)
    ]  # fmt: skip
