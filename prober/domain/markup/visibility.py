"""Tell which parts of a page are hidden, and which of these a reader opens by a control of the page. Pure."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from prober.domain.markup.controls import TARGETS
from prober.domain.markup.links import Attributes
from prober.text.patterns import linear

if TYPE_CHECKING:  # as in prober.domain.page
    from selectolax.lexbor import LexborHTMLParser, LexborNode

_HIDDEN_STYLE = linear(r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d])")
_MAY_HIDE = "[hidden], [style]"
_CONTROLS = ", ".join(('a[href^="#"]', *(f"[{name}]" for name in TARGETS)))


def hides(attributes: Attributes) -> bool:
    """Return True if an element with these attributes is not shown: display:none and the like."""
    if "hidden" in attributes:
        return True
    return "style" in attributes and _HIDDEN_STYLE.search(attributes["style"] or "") is not None


def opened_by_readers(tree: "LexborHTMLParser") -> frozenset[str]:
    """Return the ids of the parts of a page that a control which is shown names, as that of a tab names its panel."""
    return frozenset(
        name.removeprefix("#")
        for control in tree.css(_CONTROLS)
        for name in (*map(control.attributes.get, TARGETS), _anchor(control))
        if name and not any(hides(node.attributes) for node in _upwards(control))
    )


def lies_in(node: "LexborNode", parts: frozenset[str]) -> bool:
    """Return True if all that hides an element are `parts` with these ids, and nothing in it is hidden."""
    hiding = [above.attributes.get("id") for above in _upwards(node) if hides(above.attributes)]
    if not hiding or not parts.issuperset(name or "" for name in hiding):
        return False
    return not any(hides(inner.attributes) for inner in node.css(_MAY_HIDE) if inner.mem_id != node.mem_id)


def _anchor(control: "LexborNode") -> str:
    href = control.attributes.get("href") or ""
    return href if href[:1] == "#" else ""


def _upwards(node: "LexborNode") -> Iterator["LexborNode"]:
    above: LexborNode | None = node
    while above is not None:
        yield above
        above = above.parent
