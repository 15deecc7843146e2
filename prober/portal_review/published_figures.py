"""Find figures that a body publishes: how files are handled, what land costs. A page that only speaks of them has none.

The names of things and of their outcomes are declared in words by the indicator itself (prober/studies/packs).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from prober.detectors.body import Body
from prober.domain.finding import Finding, State
from prober.domain.pages.elements import Link
from prober.domain.pages.page import Block, Page, css_path
from prober.portal_review.page_controls import Phrases, declared
from prober.text.patterns import linear

VERSION = "1"
FILES, LAND = "file_figures", "land_prices"
_MOST = 5_000  # lines of a page
_NEAR, _TABLE = 8, 8  # lines in which outcomes stand together, and below them their numbers
_DATE = linear(
    r"(?<![\d.,])\d{1,2}[/-]\d{1,2}(?:[/-]\d{2,4})?(?![\d.,/-])|(?<![\d.,])\d{1,2}\.\d{1,2}\.\d{4}|"
    r"(?<!\d)\d{1,2}[/-]\d{4}(?!\d)"
)
_NUMBER = linear(r"(?<![\w.,/-])(?!0\d{7}|1[89]00)\d[\d.,]{0,12}\s?%?(?![\w/-])")
_ALONE = linear(r"\d[\d.,\s]{0,12}%?")
_PERCENT = linear(r"\d\s?%")
_PRICE = linear(
    r"(?<![\w.,/-])\d{1,3}(?:[.,]\d{3})+(?![\w/-])|"
    r"(?<![\w.,/-])\d{1,6}(?:[.,]\d{1,3})?\s?[-–]\s?\d{1,6}(?:[.,]\d{1,3})?(?![\w/-])"
)
_KEPT_AT = linear(r"download|tai-?ve|attach|/files?/|upload|getfile|documents/", re.IGNORECASE)
_FILE = linear(r"\.(?:pdf|docx?|xlsx?|zip|rar|7z)(?:$|[?#])", re.IGNORECASE)
_LEAST_PRICES = 3
_NAME = 16  # most words of a line that names the table


@dataclass(frozen=True, slots=True, eq=False)
class FigureWords:
    """Hold the words that stand at figures, from the packs."""

    TABLE: ClassVar = "published_figures"
    period: re.Pattern[str]  # a month, quarter or year with its number, which is no figure
    per_area: re.Pattern[str]  # for each square metre
    money: re.Pattern[str]  # a currency, or what announces the unit of a table


def file_figures(page: Page, body: Body) -> list[Finding]:
    """Return the line with figures on files handled: two outcomes with their numbers, or a share in one line."""
    words, own = declared(body, FILES), body.words.table(FigureWords)
    things, outcomes, others = Phrases(words.headings), Phrases(words.one_of), Phrases(words.must_not)
    lines = _own(page)
    about = things.stand_in(page.title)
    # What is aimed at, what a procedure takes and whatever else is called a file: no figures on files handled.
    found = [frozenset() if others.stand_in(block.text) else outcomes.of(block.text) for block in lines]
    for number, block in enumerate(lines):
        if not found[number]:
            continue
        numbers = _numbers(block.text, own)
        here = things.stand_in(block.text)
        if here and numbers and (len(numbers) > 1 or _PERCENT.search(block.text)):
            return [_finding(page, FILES, block)]
        near = range(number, min(number + _NEAR, len(lines)))
        together = frozenset().union(*(found[n] for n in near))
        told = sum(len(_numbers(lines[n].text, own)) for n in near if found[n])
        told += sum(bool(_ALONE.fullmatch(line.text)) for line in lines[number : number + _NEAR + _TABLE])
        before = " ".join(line.text for line in lines[max(0, number - _NEAR) : number + _NEAR])
        if len(together) > 1 and told > 1 and (about or things.stand_in(before)):
            return [_finding(page, FILES, block)]
    return []


def land_prices(page: Page, body: Body) -> list[Finding]:
    """Return the line that names prices of land, where the prices or files with them stand below."""
    words, own = declared(body, LAND), body.words.table(FigureWords)
    names, kept, others = Phrases(words.headings), Phrases(words.one_of), Phrases(words.must_not)
    lines = _own(page)
    named = next((b for b in lines if b.text.count(" ") < _NAME and names.stand_in(b.text)), None)
    if named is None and names.stand_in(page.title) and lines:
        named = lines[0]
    if named is None:
        return []
    text = "\n".join(block.text for block in lines)
    prices = sum(len(_PRICE.findall(_undated(block.text, own))) for block in lines)
    titled = names.stand_in(page.title) and not others.stand_in(page.title)
    money = own.per_area.search(text) or (titled and own.money.search(text))
    if money and prices >= _LEAST_PRICES:
        return [_finding(page, LAND, named)]
    if others.stand_in(page.title) or others.stand_in(named.text):
        return []
    files = [link for link in page.links if link.place in ("main", "aside", "frame")]
    return [_finding(page, LAND, named)] if any(_has_table(link, kept) for link in files) else []


def _has_table(link: Link, kept: Phrases) -> bool:
    """Return True for a link to a file that is called so, or that shows its file in the page."""
    file = _FILE.search(link.url)
    if file and (link.place == "frame" or _FILE.search(link.text) or kept.stand_in(link.text)):
        return True
    return bool(_KEPT_AT.search(link.url)) and kept.stand_in(link.text)


def _own(page: Page) -> Sequence[Block]:
    return [b for b in page.blocks[:_MOST] if b.place not in ("menu", "header", "footer") and not b.hidden]


def _numbers(text: str, words: FigureWords) -> list[str]:
    """Return the numbers of a line that are no dates."""
    return _NUMBER.findall(_undated(text, words))


def _undated(text: str, words: FigureWords) -> str:
    return words.period.sub(" ", _DATE.sub(" ", text))


def _finding(page: Page, kind: str, block: Block) -> Finding:
    return Finding(
        kind, "page", page.url, State.FOUND, 0, 0.9, block.text[:300], css_path(block.node),
        page.url, "published_figures", VERSION,
    )  # fmt: skip
