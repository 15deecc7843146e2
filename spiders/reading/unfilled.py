"""Read whether a page has places that a script is to fill, at once or when a reader opens them. Pure."""

import re

from selectolax.lexbor import LexborNode

from prober.domain.elements import (
    CONTENT,
    OPENERS,
    SAID,
    TARGET,
    TARGETS,
    TOOLS,
    Attributes,
    absolute,
    place_named,
    script_target,
)
from prober.domain.hostnames import host_of
from prober.domain.page import Page, heads_links
from prober.text.patterns import linear

_PLACES = "nav:empty, footer:empty, ul[id]:empty, ol[id]:empty, div[id]:empty, section[id]:empty, tbody[id]:empty"
_FRAME = ("menu", "header", "footer")
_LISTS = ("ul", "ol")
_WRITTEN = ("div", "td", "nav", "header", "footer", "ul", "center", "span", "p")  # what a script writes into
# What ornaments and aids put into an empty place of theirs: advertisements, maps, counters, results of a look-up.
_ORNAMENT = linear(
    r"fb-root|google|translat|toast|scroll|top|banner|slid|load|modal|popup|overlay|clear|chat|\bads?\b|qua?ng|map|chart|"
    r"openid|total|count|column|result|stamp|player|video|weather|thoi-?tiet|clock|date|captcha|message|error|alert",
    re.IGNORECASE,
)
_NAME = linear(TARGET)
_TOOLS = linear(TOOLS, re.IGNORECASE)


def waits_for_script(page: Page) -> bool:
    """Return True for a page with an empty place, which is no ornament, that a script of its site may fill."""
    empty = [(node.tag, node.attributes) for node in page.tree.css(_PLACES)]
    named = [its.get("id") or "" for tag, its in empty if tag in _LISTS or _may_hold_links(its)]
    if _opens(page, OPENERS) or _written(page) or (named and any(host == page.host for host in _script_hosts(page))):
        return True
    scripts = "".join(node.text() for node in page.tree.css("script:not([src])") if named)
    return any(name and name in scripts for name in named)


def folds_nothing(page: Page) -> bool:
    """Return True for a page that folds an empty part away, which a script is to fill."""
    return _opens(page, "summary")


def _opens(page: Page, controls: str) -> bool:
    return page.tree.css_first("script") is not None and any(map(_opens_emptiness, page.tree.css(controls)))


def _written(page: Page) -> bool:
    """Return True if a script of the site stands alone in an element, in which it may write at once."""
    return any(
        node.parent is not None
        and node.parent.tag in _WRITTEN
        and all(beside.tag == "script" for beside in node.parent.iter())
        and not node.parent.text(strip=True)
        and host_of(absolute(page.url, node.attributes["src"] or "")) == page.host
        for node in page.tree.css("script[src]:not([async]):not([defer]):not([type=module])")
    )


def _may_hold_links(its: Attributes) -> bool:
    words = f"{its.get('id')} {its.get('class')}"
    return place_named(words) in _FRAME or not _ORNAMENT.search(words)


def _script_hosts(page: Page) -> list[str]:
    return [host_of(absolute(page.url, node.attributes["src"] or "")) for node in page.tree.css("script[src]")]


def _opens_emptiness(node: LexborNode) -> bool:
    """Return True for a control whose menu or tab is not there, or is empty: a script brings it when it is opened.

    The same is asked in the browser, which opens it (spiders.browser.closed_parts).
    """
    its = node.attributes
    words = " ".join(its.get(name) or "" for name in SAID)
    if _TOOLS.search(words) or script_target("", its.get("onclick") or "") or _within_form(node):
        return False
    if node.css_first("a[href]") is not None:
        return False
    if targets := list(filter(None, map(its.get, TARGETS))):
        return all(opened is None or _is_empty(opened) for opened in (_opened(node, target) for target in targets))
    beside = _beside(node)
    if node.tag == "div":
        return bool(node.text(strip=True)) and not heads_links(node)
    if beside is None:
        return node.tag == "summary" or "aria-expanded" in its or "aria-haspopup" in its
    marked = f"{beside.attributes.get('id') or ''} {beside.attributes.get('class') or ''}".strip()
    return (bool(marked) or node.tag == "summary") and not _TOOLS.search(marked) and _is_empty(beside)


def _opened(node: LexborNode, target: str) -> LexborNode | None:
    """Return the element that a control names by its id, or by its class; a name of another form names the control."""
    if not _NAME.fullmatch(target):
        return node
    kind = "class~" if target[0] == "." else "id"
    found: LexborNode | None = node.parser.css_first(f'[{kind}="{target.lstrip("#.")}"]')
    return found


def _is_empty(node: LexborNode) -> bool:
    return not node.text(strip=True) and node.css_first(CONTENT) is None


def _beside(node: LexborNode) -> LexborNode | None:
    beside = node.next
    while beside is not None and ((beside.tag or "-")[0] in "-!" or beside.tag == "script"):
        beside = beside.next
    return beside


def _within_form(node: LexborNode) -> bool:
    above = node.parent
    while above is not None and above.tag != "form":
        above = above.parent
    return above is not None
