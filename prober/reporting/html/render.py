"""Render the HTML report: one file that needs no script, no network and no font of its own.

Texts from portals and mails are untrusted: Jinja2 escapes them, `clean` removes the characters that could turn the
reading direction, `link` allows only http and https, and a content security policy with the hash of the one style sheet
forbids everything else.
"""

import base64
import hashlib
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from prober.reporting.figures import printed_figure
from prober.reporting.html import report_context
from prober.reporting.html.curves import SIZES, reply_curve
from prober.reporting.statistics.survival import median
from prober.reporting.tables import unread
from prober.reporting.tables.corrected_shares import site_estimate
from prober.reporting.tables.waits import HUMAN, SUBSTANTIVE, in_hours
from prober.reporting.words import archive_words, formats, labels, reasons, translations
from prober.store import atomic_write
from prober.store.reading.queries import Row
from prober.store.reading.report_rows import ReportRows
from prober.studies.study import Study
from prober.text.patterns import CONTROL_CHARACTERS, linear

BOTH = "both"  # the language of a page that holds Vietnamese and English; its reader chooses
_TWO_FORMS = Markup('<span class="vi">{}</span><span class="en only" lang="en">{}</span>')
FORMATS = ("share", "points", "number", "decimal", "hours", "day", "moment")
# Characters that hide or turn text: control characters, and zero-width ones.
_UNSEEN = linear(f"[{CONTROL_CHARACTERS}\u200b-\u200d\u2060-\u2065\ufeff]")


def write(text: str, path: Path) -> Path:
    """Write a rendered page into `path`, replacing an older one only once the new one is whole.

    Raises ProberError where the file cannot be written.
    """
    return atomic_write.put(path, text.encode())


def render(study: ReportRows, decided: Study, language: str = "", annex: str = "") -> str:
    """Return the report as text. `annex` is the name of the file beside it that holds the annex, "" if none does.

    It opens in `language`, one of labels.LANGUAGES, or else as the languages of `decided` let its readers expect; its
    reader may choose another. Working days and the limits of the law are those of `decided`. The same study gives the
    same bytes.
    """
    return _page("report.html", study, decided, language, annex_file=annex)


def render_annex(study: ReportRows, decided: Study, language: str = "", report: str = "") -> str:
    """Return the annex as text: the cards, the tables behind the curves, the settings of the run.

    `report` is the name of the file beside it that holds the report, "" if none does.
    """
    return _page("annex.html", study, decided, language, report_file=report, annex_file="")


def _page(template: str, study: ReportRows, decided: Study, language: str, **files: str) -> str:
    values = report_context.context(study, decided)
    style = f"{sheet('style.css', 'report.css')}\n{filter_rules(values)}"
    return (
        templates()
        .get_template(template)
        .render(
            style=Markup(style),
            style_hash=base64.b64encode(hashlib.sha256(f"\n{style}\n".encode()).digest()).decode(),
            language=language or opens_in(decided),
            mark=labels.mark(study.world),
            **values,
            **files,
            **reply_times(study.requests, study.replies),
        )
    )


def opens_in(decided: Study) -> str:
    """Return how the report of a study opens: in both languages, or in English where nothing of it is Vietnamese."""
    return BOTH if "vi" in decided.languages else "en"


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
        "link": link, "outcome": labels.outcome, "failure": labels.failure,
        **{name: _in_language(getattr(formats, name)) for name in FORMATS},
        "split_lines": str.splitlines,
    }  # fmt: skip
    environment.globals |= {
        "lang": BOTH,
        "labels": labels,
        "marks": unread,
        "words": translations,
        "reasons": reasons,
        "sentences": printed_figure,
        "written": formats,
        "archives": archive_words,
        "site_estimate": site_estimate,
    }
    return environment


def _in_language(write: Callable[..., str]) -> Callable[..., str]:
    """Return a filter that writes a value in the language of the page, `lang`, where no other is asked for.

    On a page in both languages the reader's choice shows one of two forms; without a choice it is the Vietnamese.
    """

    @pass_context
    def written(context: Context, value: Any, language: str = "", **options: Any) -> str:
        language = language or str(context.resolve("lang"))
        if language != BOTH:
            return write(value, language, **options)
        vi, en = (write(value, one, **options) for one in ("vi", "en"))
        return vi if vi == en else _TWO_FORMS.format(vi, en)

    return written


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
