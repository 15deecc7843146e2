"""Find text that moves or blinks: elements made for it, and styles of the page that animate an element with text.

Circular 32/2017/TT-BTTTT asks for none. Only what the page itself holds is seen: its elements, inline styles and style
elements; sheets in other files are not read.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from prober.detectors.body import Body
from prober.domain.finding import Finding, State
from prober.domain.pages.page import Page, css_path
from prober.text.patterns import linear

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

VERSION = "1"
_KIND = "moving_text"
_LONGEST_STYLE = 200_000  # characters of the style elements of a page that are read
_MOST_RULES = 2_000
_LEAST = 2  # letters of a text
# Names that programs and people give to a line that runs or blinks.
_CALLED = linear(
    r"(?:^|[\s_-])(?:marquee\w{0,8}|blink(?:ing)?|ticker|news-?ticker|chu-?chay|chay-?chu|running-?text|scrolling-?text|"
    r"nhap-?nhay|simple-?marquee|js-?marquee|vticker|webticker|scroll-?text|text-?scroll|blinker|liscroll|"
    r"breaking-?news-?ticker|conveyor\w{0,8}|ticker-?wrap\w{0,4}|chu-?nhay)(?=$|[\s_-])",
    re.IGNORECASE,
)
_BLINKS = linear(r"text-decoration(?:-line)?\s*:[^;:}]*\bblink\b", re.IGNORECASE)
_ANIMATED = linear(r"animation(?:-name)?\s*:\s*([^;}]+)", re.IGNORECASE)
_ENDLESS = linear(r"\binfinite\b|animation-iteration-count\s*:\s*infinite", re.IGNORECASE)
_KEYFRAMES = linear(r"@(?:-\w{1,10}-)?keyframes\s+([\w-]+)\s*\{", re.IGNORECASE)
_MOVES = linear(
    r"translate|\b(?:left|right|top|bottom|margin-left|margin-right|margin-top|text-indent|opacity|visibility|color|background-position)\s*:",
    re.IGNORECASE,
)
_RULE = linear(r"([^{}]{1,300})\{([^{}]*)\}")
# Programs that make a line run, and what a script changes again and again so that a text moves or blinks.
_RUNS = linear(
    r"""(?:jQuery|\$)\(\s*['"]([^'"]{1,80})['"]\s*\)\.(?:marquee|simplemarquee|limarquee|(?:news|easy|v|web)?ticker|"""
    r"""jconveyorticker|vticker|scrollbox|newsscroll|blink)\(""",
    re.IGNORECASE,
)
_REPEATS = linear(r"\bsetInterval\(|\brequestAnimationFrame\(|\bsetTimeout\(")
_CHANGES = linear(
    r"\.style\.(?:visibility|color|opacity|left|right|marginLeft|textIndent)\s*=|\.scroll(?:Left|Top)\s*(?:\+|-)?=|"
    r"\.fade(?:Toggle|Out|In)\(|\.animate\(|\.appendTo\(|\.slideUp\(|"
    r"\.(?:innerHTML|innerText|textContent|value)\s*=[^;]{0,200}\.(?:substring|substr|slice|charAt)\(|\.style\.transform\s*=[^;]{0,200}translate",
    re.IGNORECASE,
)
_TAKEN = linear(r"""getElementById\(\s*['"]([\w-]{1,60})['"]|(?:querySelector|\$|jQuery)\(\s*['"]([^'"]{1,80})['"]""")
_MOST_SCRIPTS, _LONGEST_SCRIPT = 100, 50_000
_COMMENT = linear(r"/\*[^*]*\*+(?:[^/*][^*]*\*+)*/")


def moving_text(page: Page, body: Body) -> list[Finding]:
    """Return the first text of a page that moves or blinks."""
    for node in _moving(page):
        text = " ".join(node.text(separator=" ").split())
        if sum(letter.isalpha() for letter in text) >= _LEAST:
            return [
                Finding(
                    _KIND, "page", page.url, State.FOUND, 0, 0.9, text[:300], css_path(node),
                    page.url, "moving_text", VERSION,
                )
            ]  # fmt: skip
    return []


def _moving(page: Page) -> Iterator["LexborNode"]:
    tree = page.tree
    yield from tree.css("marquee, blink")
    for node in tree.css("[style*=animation], [style*=blink]"):
        style = node.attributes.get("style") or ""
        if _BLINKS.search(style) or (_ANIMATED.search(style) and _ENDLESS.search(style)):
            yield node
    for node in tree.css("[class], [id]"):
        if _CALLED.search(f"{node.attributes.get('class') or ''} {node.attributes.get('id') or ''}"):
            yield node
    for selector in (*_animated(page), *_scripted(page)):
        try:
            found = tree.css(selector)[:20]
        except Exception:  # a selector of theirs that the parser does not know
            continue
        yield from (node for node in found if node.css_first("img") is None)


def _scripted(page: Page) -> Iterator[str]:
    """Yield the selectors of what inline scripts make run or blink."""
    for node in page.tree.css("script:not([src])")[:_MOST_SCRIPTS]:
        script = node.text()[:_LONGEST_SCRIPT]
        yield from _RUNS.findall(script)
        if _REPEATS.search(script) and _CHANGES.search(script):
            yield from (f"#{name}" if name else selector for name, selector in _TAKEN.findall(script))


def _animated(page: Page) -> Iterator[str]:
    """Yield the selectors of rules that move or blink what they select, without end."""
    styles = "\n".join(node.text() for node in page.tree.css("style"))[:_LONGEST_STYLE]
    if "animation" not in styles and "blink" not in styles:
        return
    styles = _COMMENT.sub("", styles)
    frames = {name[1]: _inside(styles, name.end()) for name in _KEYFRAMES.finditer(styles)}
    for number, rule in enumerate(_RULE.finditer(styles)):
        if number >= _MOST_RULES:
            return
        told = _ANIMATED.search(rule[2])
        names = told[1].replace(",", " ").split() if told else []
        moves = any(_MOVES.search(frames.get(name, "")) for name in names)
        if _BLINKS.search(rule[2]) or (moves and _ENDLESS.search(rule[2])):
            yield rule[1].rpartition("}")[2].strip()


def _inside(styles: str, start: int) -> str:
    """Return what stands in the braces that open before `start`."""
    depth = 1
    for place in range(start, min(len(styles), start + 5_000)):
        depth += {"{": 1, "}": -1}.get(styles[place], 0)
        if not depth:
            return styles[start:place]
    return ""
