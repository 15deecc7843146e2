"""Read an office's own name as "our office": the packs count committees, councils and ministries as other bodies.

Where a commune is asked, "Ủy ban nhân dân xã đã nhận được thư" is written by the office itself; where a department of
finance is asked, the same words are about another body.
"""

import re
import unicodedata
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import ClassVar

from mailroom.classification.phrase_table import table
from prober.domain.correspondence import Reply
from prober.text.patterns import linear
from prober.text.phrases import find, normal
from prober.text.vietnamese import fold
from prober.text.words import Vocabulary

Names = tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class OfficeWords:
    """Hold how an office names itself, from the packs."""

    TABLE: ClassVar = "own_office"
    we: tuple[str, ...]


@lru_cache(maxsize=4096)
def taken_for_another(name: str, vocabulary: Vocabulary) -> Names:
    """Return how a letter may write the office `name`, in lower case, the longest first.

    () if no phrase of these languages takes it for another body. What tells an office from others of its kind, a number
    or a proper name at the end, may be left out; its first words may be initials.

    >>> from prober.text.words import Vocabulary
    >>> taken_for_another("Ủy ban nhân dân xã Hòa Bình", Vocabulary(("vi",)))
    ('ủy ban nhân dân xã hòa bình', 'ủy ban nhân dân xã', 'ubnd xã hòa bình', 'ubnd xã')
    >>> taken_for_another("Sở Tài chính tỉnh Cà Mau", Vocabulary(("vi",)))
    ()
    """
    bodies = table(vocabulary).of("other_body") + table(vocabulary).english("other_body")
    words = name.split()
    kind = words[:]
    while len(kind) > 1 and (kind[-1].isdecimal() or kind[-1][0].isupper()):
        kind.pop()
    short = (["".join(map(_initial, words[:n])), *words[n:]] for n in range(2, len(kind) + 1))
    initials = next((some for some in short if find(bodies, normal(some[0]))), None)
    written = [words, kind]
    if initials:
        written += [initials, initials[: len(initials) - (len(words) - len(kind))]]
    names = dict.fromkeys(normal(" ".join(some)) for some in written)
    return tuple(sorted((text for text in names if find(bodies, text)), key=len, reverse=True))


def as_ours(reply: Reply, names: Names, vocabulary: Vocabulary) -> Reply:
    """Return `reply` with "our office" for each of `names`, in its words and those of its files, then in lower case."""
    if not names:
        return reply
    we = table(vocabulary).words.table(OfficeWords).we[0]
    files = tuple(replace(file, text=_ours(file.text, names, we)) for file in reply.attachments)
    return replace(reply, text=_ours(reply.text, names, we), attachments=files)


def _ours(text: str, names: Names, we: str) -> str:
    read, count = _pattern(names).subn(lambda found: fold(we) if found[0].isascii() else we, normal(text))
    return read if count else text


def _initial(word: str) -> str:
    """Return the first letter of a word as initials have it: "u" for "Ủy", "đ" for "đồng"."""
    return unicodedata.normalize("NFD", word[0])[0]


@lru_cache(maxsize=256)
def _pattern(names: Names) -> re.Pattern[str]:
    either = dict.fromkeys((*names, *map(fold, names)))
    return linear(rf"\b(?:{'|'.join(map(re.escape, either))})\b")
