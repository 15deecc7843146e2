"""Words beside the codes of outcomes and events, in Datasette's tables and facets; CSV and JSON keep the bare codes."""

from collections.abc import Iterable, Mapping
from typing import Any

from markupsafe import Markup

from prober.reporting.words import labels
from prober.reporting.words.labels import Text

COLUMNS = ("outcome", "event")


def cell(column: str, value: object) -> Markup | None:
    """A code with its words; None where the column has no codes, or the value is none of them.

    >>> cell("event", "F1")
    Markup('F1 <span class="words">Cung cấp đầy đủ thông tin <span lang="en">· Full information</span></span>')
    """
    if text := _words(column, value):
        return Markup('{} <span class="words">{} <span lang="en">· {}</span></span>').format(value, *text)
    return None


def facets(found: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Datasette's facets with words in the labels of codes."""
    return [{**facet, "results": [_labelled(facet["name"], result) for result in facet["results"]]} for facet in found]


def _labelled(column: str, result: Mapping[str, Any]) -> dict[str, Any]:
    text = _words(column, result["value"])
    return {**result, "label": f"{result['value']} {text.vi} · {text.en}"} if text else {**result}


def _words(column: str, value: object) -> Text | None:
    if column not in COLUMNS or not isinstance(value, str):
        return None
    text = labels.VISITS.get(value) or labels.outcome(value)
    return None if text.vi == value else text
