"""Render the HTML report: one file that needs no script, no network and no font of its own.

Texts from portals and mails are untrusted: Jinja2 escapes them, `clean` removes the characters that could turn the
reading direction, `link` allows only http and https, and a content security policy with the hash of the one style sheet
forbids everything else.
"""

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from prober.domain.working_days import Calendar
from prober.reporting.figures import figure_sentences
from prober.reporting.html import report_context
from prober.reporting.html.curves import SIZES, reply_curve
from prober.reporting.statistics.survival import median
from prober.reporting.tables import unread
from prober.reporting.tables.waits import HUMAN, SUBSTANTIVE, in_hours
from prober.reporting.words import labels, reasons, searches, translations, written_numbers
from prober.store import atomic_write
from prober.store.reading.queries import Row
from prober.store.reading.report_rows import ReportRows

# Characters that hide or turn text: controls, zero-width and bidirectional marks, line separators, lone surrogates.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff]"
)


def write(text: str, path: Path) -> Path:
    """Write a rendered page into `path`, replacing an older one only once the new one is whole.

    Raises ProberError where the file cannot be written.
    """
    return atomic_write.put(path, text.encode())


def render(study: ReportRows, calendar: Calendar, language: str = "both", annex: str = "") -> str:
    """Return the report as text. `annex` is the name of the file beside it that holds the annex, "" if none does.

    It opens in `language`, one of labels.LANGUAGES, and its reader may choose another. Working days are those of
    `calendar`. The same study gives the same bytes.
    """
    return _page("report.html", study, calendar, language, annex_file=annex)


def render_annex(study: ReportRows, calendar: Calendar, language: str = "both", report: str = "") -> str:
    """Return the annex as text: the cards, the tables behind the curves, the settings of the run.

    `report` is the name of the file beside it that holds the report, "" if none does.
    """
    return _page("annex.html", study, calendar, language, report_file=report, annex_file="")


def _page(template: str, study: ReportRows, calendar: Calendar, language: str, **files: str) -> str:
    values = report_context.context(study, calendar)
    style = f"{sheet('style.css', 'report.css')}\n{filter_rules(values)}"
    return (
        templates()
        .get_template(template)
        .render(
            style=Markup(style),
            style_hash=base64.b64encode(hashlib.sha256(f"\n{style}\n".encode()).digest()).decode(),
            language=language,
            mark=labels.mark(study.world),
            **values,
            **files,
            **reply_times(study.requests, study.replies),
        )
    )


def filter_rules(values: Mapping[str, Any]) -> str:
    """Return the rules by which a choice of _filters.html hides the other entries; paper and other media show all.

    What an address leads to (#province) is shown whatever was chosen.
    """
    chosen = [(f"#region-{number}", f"in-{number}") for number, _ in enumerate(values["filter_regions"], 1)]
    chosen += [(f"#group-{key}", f"did-{key}") for key, _, _ in values["groups"]]
    chosen += [(f".one-{number}", f"entry-{number}") for number, _ in enumerate(values["cards"], 1)]
    rules = (f".filters:has({of}:checked) ~ * .entry:not(.{kept}, :target) {{ display: none; }}" for of, kept in chosen)
    return "\n".join(["@media screen {", *rules, "}"])


def foot(study: ReportRows) -> str:
    """Return the foot line of every printed page."""
    title = f"Khảo sát mức độ phản hồi · Responsiveness survey · {study.as_of[:10]}"
    mark = labels.mark(study.world)
    return f"{mark.data.vi} · {mark.data.en} · {title}" if mark else title


def reply_times(requests: Sequence[Row], replies: Sequence[Row]) -> dict[str, Any]:
    """Return the curves of one campaign, in two widths, and the figures of the text around them.

    `requests` are rows of `reply_times`, `replies` rows of `reply`.
    """
    answers = in_hours(requests, replies, SUBSTANTIVE)
    humans = in_hours(requests, replies, HUMAN)
    return {
        "answers": answers,
        "median": median(answers.curve),
        "curves": [
            (name, drawn) for name, width, height in SIZES if (drawn := reply_curve(answers, humans, width, height))
        ],
    }


@cache
def sheet(*names: str) -> str:
    """Return style sheets as one, the tokens of colour and size included."""
    return "\n".join(templates().get_template(name).render() for name in names)


@cache
def templates() -> Environment:
    """Return the Jinja2 environment of every page.

    Texts of portals and mails are escaped, and a missing name is an error.
    """
    environment = Environment(
        loader=ChoiceLoader([PackageLoader("prober.reporting"), PackageLoader("prober.reporting", "static")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=clean,
    )
    environment.filters |= {
        "link": link, "share": share, "points": points, "number": number, "decimal": decimal, "hours": hours,
        "moment": moment, "date": day, "outcome": labels.outcome, "failure": labels.failure,
        "split_lines": str.splitlines,
    }  # fmt: skip
    environment.globals |= {
        "labels": labels,
        "doubts": unread,
        "words": translations,
        "reasons": reasons,
        "searches": searches,
        "sentences": figure_sentences,
        "written": written_numbers,
    }
    return environment


def clean(value: Any) -> Any:
    """Return a text without characters that hide or reorder others; None as ""; anything else unchanged.

    >>> clean("a\\u202ebc"), clean(None), clean(3)
    ('a\\ufffdbc', '', 3)
    """
    if value is None:
        return ""
    if isinstance(value, str) and not isinstance(value, Markup):
        return _UNSEEN.sub("\ufffd", value)
    return value


def link(url: str | None) -> str:
    """Return `url` if it is a plain web address, else "": a report must not carry javascript: or data: addresses."""
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return ""
    return (url or "") if parts.scheme in ("http", "https") and parts.hostname else ""


def share(value: float) -> str:
    """Return a share as per cent with one decimal.

    >>> share(8 / 63), share(1.0)
    ('12.7', '100.0')
    """
    return f"{100 * value:.1f}"


def points(value: float) -> str:
    """Return a difference of shares in percentage points, with its sign.

    >>> points(-0.0159), points(-0.0001), points(0.3)
    ('−1.6', '0.0', '+30.0')
    """
    text = f"{100 * value:+.1f}"
    return "0.0" if text in ("+0.0", "-0.0") else text.replace("-", "\N{MINUS SIGN}")


def decimal(value: float) -> str:
    """Return a number with one decimal, and none where it is whole.

    >>> decimal(1070.1611), decimal(30)
    ('1070.2', '30')
    """
    return f"{value:.1f}".removesuffix(".0")


def day(value: str) -> str:
    """Return an ISO date as a Vietnamese reader writes it.

    >>> day("2020-02-01")
    '01/02/2020'
    """
    return f"{date.fromisoformat(value):%d/%m/%Y}"


def number(value: float) -> str:
    """Return a count with thin spaces between thousands.

    >>> number(1234567)
    '1\\u202f234\\u202f567'
    """
    return f"{value:,.0f}".replace(",", "\u202f")


def hours(value: float | None, language: str = "") -> str:
    """Return hours with one decimal, a form of both languages; with a `language` in words, and also in days where many.

    >>> hours(26.54), hours(None), hours(26.54, "vi"), hours(606.75, "en")
    ('26.5 h', '', '26.5 giờ', '606.8 hours (25 days)')
    """
    if value is None:
        return ""
    if not language:
        return f"{value:.1f} h"
    hour, day = {"vi": ("giờ", "ngày"), "en": ("hours", "days")}[language]
    days = f" ({value / 24:.0f} {day})" if value >= 72 else ""
    return f"{value:.1f} {hour}{days}"


def moment(value: str | None) -> str:
    """Return an ISO time as date and minute; a text that is no time, unchanged.

    Times are stored in the time zone of the study, so they are shown as stored.

    >>> moment("2020-04-14T08:30:00+07:00")
    '2020-04-14 08:30'
    """
    try:
        return f"{datetime.fromisoformat(value or ''):%Y-%m-%d %H:%M}"
    except ValueError:
        return value or ""
