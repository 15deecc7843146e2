"""Find whom to ask about personal data: a unit or person with an address of mail or a telephone number.

Decree 13/2023/NĐ-CP has whoever handles personal data say so. The contacts of the site itself, which stand on every
page, are no such contact: a text about personal data must give one, or a line must name it as one for that.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from prober.detectors.body import Body
from prober.detectors.email.deobfuscation import signs
from prober.domain.finding import Finding, State
from prober.domain.pages.page import Block, Page, css_path
from prober.portal_review.page_controls import Phrases, declared
from prober.text.patterns import linear
from prober.text.words import Words

VERSION = "1"
_KIND = "data_protection_contact"
_NEAR = 4  # lines below one that names the contact, in which it may be given
_MOST = 20_000  # lines of a page
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))


@dataclass(frozen=True, slots=True, eq=False)
class FootWords:
    """Hold the words of the lines that every page of a site ends with, from the packs."""

    TABLE: ClassVar = "site_foot"
    begins: re.Pattern[str]  # how such a line begins


def data_protection_contact(page: Page, body: Body) -> list[Finding]:
    """Return the line with the address or number of who answers for personal data."""
    words = declared(body, _KIND)
    about, asks, others = Phrases(words.headings), Phrases(words.one_of), Phrases(words.must_not)
    lines = [b for b in page.blocks[:_MOST] if b.place in ("main", "frame") and not b.hidden]
    titled = about.stand_in(page.title) or any(about.stand_in(b.text) for b in lines if b.tag in _HEADINGS)
    for number, block in enumerate(lines):
        near = lines[max(0, number - _NEAR) : number + 1]
        if (
            _reaches(block, body.words)
            and not others.stand_in(" ".join(line.text for line in near))
            and _is_for_data(near, about, asks, titled, body.words.table(FootWords))
        ):
            return [_finding(page, block)]
    return []


def _reached(words: Words) -> re.Pattern[str]:
    """Return the pattern of an address or a telephone number."""
    return linear(
        rf"[\w.+-]{{1,64}}(?:@|\s?[\[({{](?:{signs(words)})[\])}}]\s?)[\w-]{{1,63}}(?:\.[\w-]{{1,63}}){{1,4}}|"
        r"(?:\+\d|\(?\b0)(?:[ .()-]{0,2}\d){7,11}|\b1[89]00(?:[ .-]?\d){4,6}"
    )


def _reaches(block: Block, words: Words) -> bool:
    """Return True if a line has an address or a number, as text or behind one of its links."""
    if words.made(_reached).search(block.text):
        return True
    links = block.node.css("a[href^='mailto:'], a[href^='tel:']")[:20]
    return any(text in block.text for link in links if (text := " ".join(link.text().split())))


def _is_for_data(near: Sequence[Block], about: Phrases, asks: Phrases, titled: bool, foot: FootWords) -> bool:
    """Return True if the last of these lines gives the contact: the lines before it name it, or the page is about it.

    On a page about personal data it is enough that a line asks the reader to turn to somebody.
    """
    if foot.begins.match(near[-1].text.lstrip()):
        near, titled = near[-2:], False
    texts = [block.text for block in near]
    together = " ".join(texts)
    return asks.stand_in(together) and (titled or about.stand_in(together))


def _finding(page: Page, block: Block) -> Finding:
    return Finding(
        _KIND, "page", page.url, State.FOUND, 0, 0.9, block.text[:300], css_path(block.node),
        page.url, "data_protection", VERSION,
    )  # fmt: skip
