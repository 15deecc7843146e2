"""Recognise a mailbox or the handle of a channel that is made of a body's name, as offices make them.

"phuongtranphu" is Ủy ban nhân dân phường Trần Phú, "tramkn" Trạm Khuyến nông, "hatkiemlammuonglat" Hạt Kiểm lâm huyện
Mường Lát: words of the name in their order, each whole or by its first letter, words of rank left out or not.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import ClassVar, NamedTuple

from prober.detectors.body import Body
from prober.domain.hostnames import registrable
from prober.domain.pages.page import Page
from prober.text.patterns import linear
from prober.text.vietnamese import fold
from prober.text.words import Words

_TITLE_PARTS = linear(r"\s[|–—»-]\s|[|»]")
_NAME_END = linear(r"\s[–—-]|[.,;:(|\d\n]|\be-?mail\b|\bdien thoai\b|\bdia chi\b")
_NO_LETTER = linear(r"[^a-z0-9]+")
LAST = linear(r"[._][a-z0-9]{2,8}$|\d{4}$")  # a piece after the name: ".official", a year, a platform's own number
_NUMBERING = " 0123456789.,-–*•)©"
_LONGEST_LINE = 200  # characters of a line of a banner or footer that begins with a name
_LONGEST_NAME = 12  # words of a name in it
LONGEST = 64  # characters of a mailbox or handle
WORDS = 20  # most words of a name


@dataclass(frozen=True, slots=True, eq=False)
class BodyWords:
    """Hold the words in names of bodies, from the packs."""

    TABLE: ClassVar = "body_names"
    begins: re.Pattern[str]  # the first words of a body's name in a title
    general: re.Pattern[str]  # first words that a short name leaves out: "ubnd", "trung tam"
    site: re.Pattern[str]  # what a site calls itself before the body's name: "cong thong tin dien tu"
    before: re.Pattern[str]  # letters before a name: the level of a school
    ranks: frozenset[str]  # words that stand between others and may be left out: "tinh", "huyen", "va"


@lru_cache(maxsize=4096)
def names(title: str, body: Body, words: Words) -> tuple[tuple[str, ...], ...]:
    """Return the names of the body, folded and in words: its own, and the parts of a title that name one."""
    marks = words.table(BodyWords)
    told = [fold(body.name_vi), *(part for part in _TITLE_PARTS.split(fold(title)) if marks.begins.match(part))]
    split = (tuple(filter(None, _NO_LETTER.split(name)))[:WORDS] for name in dict.fromkeys(told))
    return tuple(name for name in split if len(name) > 1)


@lru_cache(maxsize=4)  # for each address, channel and candidate of the same page
def names_of(page: Page, body: Body) -> tuple[tuple[str, ...], ...]:
    """Return the names of the body on a page: in its title, its banner and its footer."""
    return tuple(dict.fromkeys((*names(page.title, body, page.words), *_framed_names(page))))


def site_of(page: Page) -> str:
    """Return the first label of a host below its registrable domain, by which a site is called; "" without one."""
    host = page.host.removeprefix("www.")
    return "" if host == registrable(host) else host.partition(".")[0]


@lru_cache(maxsize=4)  # asked for by several detectors for the same page
def _framed_names(page: Page) -> tuple[tuple[str, ...], ...]:
    """Return the names of bodies around the content of a page after which its site is called.

    A frame names other bodies too; "sct" is the site of "Sở Công Thương" and of no other of them.
    """
    site, marks, found = site_of(page), page.words.table(BodyWords), {}
    if len(site) < 3:
        return ()
    for block, line in zip(page.blocks, page.folded_lines, strict=True):
        if block.place == "main" or len(line) > _LONGEST_LINE or not marks.begins.match(line) or block.hidden:
            continue
        told = marks.site.sub("", _NAME_END.split(line, maxsplit=1)[0].strip(), count=1)
        name = tuple(filter(None, _NO_LETTER.split(told)))
        if 1 < len(name) <= _LONGEST_NAME and marks.begins.match(told) and calls(site, name, page.words):
            found[name] = True
    return tuple(found)


@lru_cache(maxsize=4096)  # frames name the same bodies and mailboxes on each page of a site
def calls(site: str, name: tuple[str, ...], words: Words) -> bool:
    """Return True if a site is called by a name, in its words or their initials: "stc" is Sở Tài chính."""
    return site in "".join(name) or initials(name).startswith(site) or holds_words(site, (name,), words)


def name_at(line: str, called: tuple[tuple[str, ...], ...], words: Words) -> bool:
    """Return True if a line begins with one of the names and not with a longer one, words of rank left out or not."""
    ranks = words.table(BodyWords).ranks
    begun = _NAME_END.split(fold(line).lstrip(_NUMBERING), maxsplit=1)[0]
    written = tuple(filter(None, _NO_LETTER.split(begun)))[:WORDS]
    return bool(written) and any(
        _bare(spelled_out(written, name, ranks), ranks) == _bare(name, ranks) for name in called
    )


def spelled_out(written: tuple[str, ...], name: tuple[str, ...], ranks: frozenset[str]) -> tuple[str, ...]:
    """Return words in which initials are replaced by the words of a name: "bhxh", "kh&cn" of Sở Khoa học và Công nghệ.

    Words of rank stand among the initials or are left out.
    """
    meant = _shortened(name, ranks)
    return tuple(chain.from_iterable((word,) if word in name else meant.get(word, (word,)) for word in written))


@lru_cache(maxsize=256)  # for each line of a page
def _shortened(name: tuple[str, ...], ranks: frozenset[str]) -> dict[str, tuple[str, ...]]:
    """Return two or more words of a name that follow each other, by their initials; the first ones of the same."""
    every = (name[start:end] for start in range(len(name)) for end in range(start + 2, len(name) + 1))
    runs = [run for run in every if not ranks.intersection((run[0], run[-1]))][::-1]
    return {initials(_bare(run, ranks)): run for run in runs} | {initials(run): run for run in runs}


def initials(words: tuple[str, ...]) -> str:
    """Return the first letters of the words of a name."""
    return "".join(word[0] for word in words)


def _bare(name: tuple[str, ...], ranks: frozenset[str]) -> tuple[str, ...]:
    return tuple(word for word in name if word not in ranks)


@lru_cache(maxsize=4096)  # frames name the same bodies and mailboxes on each page of a site
def holds_words(written: str, called: tuple[tuple[str, ...], ...], words: Words) -> bool:
    """Return True if a mailbox is made of words of a name, wherever in it they begin: "phuongtranphu", "tramkn".

    Two words are whole; one is enough with which the name begins, and the initials that follow it.
    """
    marks, plain = words.table(BodyWords), _plain(written)
    level = marks.before.match(plain)
    for form in (plain, plain[level.end() :]) if level else (plain,):
        for name in called:
            for start in range(len(name)):
                for spelled in _spelled(form, name, start, marks.ranks):
                    if spelled.whole > 1 or (spelled.whole and spelled.initials and start == 0):
                        return True
    return False


@lru_cache(maxsize=4096)  # frames name the same bodies and mailboxes on each page of a site
def begins_name(written: str, called: tuple[tuple[str, ...], ...], words: Words) -> bool:
    """Return True if a handle is a name from its beginning on: "hatkiemlammuonglat", "bvdktinhgia", "hexleycouncil".

    It has three words of it; or two, one of them a word of rank, if these are the whole name.
    """
    marks = words.table(BodyWords)
    forms = {_plain(written), _plain(LAST.sub("", written.lower()))}
    for name in called:
        general = marks.general.match(" ".join(name))
        for start in {0, general[0].count(" ") if general else 0}:
            for form in forms:
                for spelled in _spelled(form, name, start, marks.ranks):
                    if spelled.whole and spelled.whole + spelled.initials > 2:
                        return True
                    if spelled.whole == 2 and spelled.ranks and marks.ranks.issuperset(name[spelled.word :]):
                        return True
    return False


class _Spelling(NamedTuple):
    """Say how far a text is spelled by words of a name."""

    at: int  # letters of the text that are spelled
    word: int  # words of the name that are used up
    whole: int = 0  # words that stand whole,
    ranks: int = 0  # of these words of rank
    initials: int = 0  # words of which the first letter stands


def _spelled(text: str, name: tuple[str, ...], start: int, ranks: frozenset[str]) -> Iterator[_Spelling]:
    """Yield each way to spell `text` by the words of a name from `start` on, whole or by their first letters."""
    waiting = [_Spelling(0, start)] if 3 < len(text) <= LONGEST else []
    seen = set(waiting)
    while waiting:
        done = waiting.pop()
        if done.at == len(text):
            yield done
            continue
        if done.word == len(name):
            continue
        said, further = name[done.word], []
        after, rank = done._replace(word=done.word + 1), said in ranks
        if text.startswith(said, done.at):
            whole = len(said) > 1
            further.append(
                after._replace(
                    at=done.at + len(said), whole=done.whole + whole, ranks=done.ranks + (whole and rank),
                    initials=done.initials + (not whole),
                )
            )  # fmt: skip
        if text[done.at] == said[0] and len(said) > 1:
            further.append(after._replace(at=done.at + 1, initials=done.initials + 1))
        if rank:
            further.append(after)
        fresh = [state for state in further if state not in seen]
        seen.update(fresh)
        waiting += fresh


def _plain(written: str) -> str:
    return _NO_LETTER.sub("", fold(written))
