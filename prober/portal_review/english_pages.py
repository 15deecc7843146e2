"""Find English on a site in another language: a page in English of the body itself, or the switch that leads to one.

Decree 42/2022/NĐ-CP asks portals for structure, functions and contacts in English. News about English, a menu in
English over a text in Vietnamese and a link to the English pages of another body are no such thing; nor is `lang="en"`.
"""

import re
from collections.abc import Iterator

from prober.detectors.body import Body
from prober.domain.finding import Finding, State
from prober.domain.hostnames import host_of, registrable
from prober.domain.pages.elements import leads_nowhere, read_link
from prober.domain.pages.page import Page, css_path
from prober.portal_review.page_controls import controls, declared
from prober.text.patterns import linear
from prober.text.vietnamese import accented, key

VERSION = "1"
_KIND = "english_pages"
# Words that hold English sentences and lists together, and are no words of Vietnamese typed without accents.
_ENGLISH = frozenset(
    ("the", "of", "and", "for", "with", "is", "are", "by", "from", "its", "this", "our", "which", "has", "have",
     "under", "at", "was", "were", "their", "your", "you", "we")
)  # fmt: skip
_SHORTEST = 5  # words of a line whose language can be recognised
_LEAST, _SHARE = 12, 0.06  # words in English of a page, and the share of those that hold a line together
_BRACKETS = linear(r"\([^()]*\)")  # with the name in the other language
_ACCENTED = 0.45  # most words with accents of a line in English: names of people, places and offices
_SHORT = 3  # words of the name of a switch
_TO_ENGLISH = linear(
    r"[?&](?:lang|language|locale|culture|hl|ngonngu)=en\b|^(?:https?://[^/]{1,100})?/(?:en|eng|english|en-us)/?$", re.I
)
_WORD = linear(r"[^\W\d_]+")


def english_pages(page: Page, body: Body) -> list[Finding]:
    """Return the page if its own text is in English, or the switch to one."""
    own = [
        block.text for block in page.blocks
        if block.place in ("main", "aside") and not block.hidden and block.node.css_first("a") is None
    ]  # fmt: skip
    english = [text for text in own if is_english(text)]
    words = sum(map(_length, english))
    others = sum(_length(text) for text in own if _length(text) >= _SHORTEST and _foreign(text) > _ACCENTED)
    if words >= _LEAST and 2 * words > others:  # what stands beside and below is in Vietnamese often enough
        return [_finding(page, page.url, english[0], "")]
    return list(_switches(page, body))[:1]


def _switches(page: Page, body: Body) -> Iterator[Finding]:
    """Yield what leads to the same body in English, by its name alone: "English", "EN", "Tiếng Anh"."""
    names = frozenset(declared(body, _KIND).one_of)
    for node, name in controls(page, "option"):
        href = node.attributes.get("href") or (node.attributes.get("value") if node.tag == "option" else "") or ""
        told = key(name) in names or (name.count(" ") < _SHORT and _TO_ENGLISH.search(href))
        if not told or "disabled" in node.attributes:
            continue
        clicked = node.attributes.get("onclick") or ""
        target = read_link(page.base, href, name, "", clicked).url if href or clicked else ""
        alone = node.tag in ("button", "option") or bool(clicked)
        if (href and not leads_nowhere(href) and _own(target, page, body)) or (alone and not href):
            yield _finding(page, target or page.url, name, css_path(node))
    for node in page.tree.css("link[rel=alternate][hreflang^=en]"):
        target = read_link(page.base, node.attributes.get("href") or "", "", "").url
        if _own(target, page, body) and target != page.url:
            yield _finding(page, target, "hreflang=en", css_path(node))


def _own(target: str, page: Page, body: Body) -> bool:
    """Return True for an address of the body; an address that a script makes is on the page's own site."""
    host = host_of(target)
    return not target.startswith("http") or body.owns(host) or registrable(host) == registrable(page.host)


def is_english(text: str) -> bool:
    """Return True for a line in English, whatever names of Vietnamese people and places stand in it.

    >>> is_english("The Department of Finance is a body of the provincial People's Committee of Cà Mau.")
    True
    >>> is_english("So Tai chinh la co quan chuyen mon thuoc Uy ban nhan dan tinh, tham muu ve ngan sach nha nuoc")
    False
    """
    words = [word.lower() for word in _WORD.findall(text[:5_000])]
    if len(words) < _SHORTEST:
        return False
    holding = sum(word in _ENGLISH for word in words)
    return _foreign(text) <= _ACCENTED and holding >= max(1, _SHARE * len(words))


def _foreign(text: str) -> float:
    """Return the share of words with accents."""
    words = _WORD.findall(_BRACKETS.sub(" ", text[:5_000]).lower())
    return sum(map(accented, words)) / max(1, len(words))


def _length(text: str) -> int:
    return text.count(" ") + 1


def _finding(page: Page, value: str, snippet: str, selector: str) -> Finding:
    # What a link promises is taken back where the visit finds no page behind it.
    detail = {"candidate": True} if selector else {}
    return Finding(
        _KIND, "page", value, State.FOUND, 0, 0.7 if selector else 0.9, snippet[:300], selector, page.url,
        "english_pages", VERSION, detail,
    )  # fmt: skip
