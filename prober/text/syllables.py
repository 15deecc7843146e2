"""Recognise Vietnamese syllables, to distinguish right from wrong decodings of texts of a few words.

The script has some 170 rhymes, and those that end in a stop have only two of the six tones. Letters decoded with the
wrong table almost never form one; the share of Vietnamese letters in a text is a much weaker sign.
"""

import unicodedata
from functools import lru_cache

from prober.text.patterns import linear

_TONES = "\u0300\u0301\u0303\u0309\u0323"
_ACUTE_OR_DOT = "\u0301\u0323"
_ONSET = linear(r"(?:ngh|ng|nh|ch|gh|gi|kh|ph|qu|th|tr|[bcdđghklmnprstvx])?")
_ENDS = {  # by vowel; - for none
    "a": "- c ch i m n ng nh o p t u y",
    "e": "- c m n ng o p t",
    "i": "- ch m n nh p t u",
    "o": "- c i m n ng oc ong p t",
    "u": "- c i m n ng p t",
    "y": "- nh t",
    "â": "c m n ng p t u y",
    "ê": "- ch m n nh p t u",
    "ô": "- c i m n ng p t",
    "ă": "c m n ng p t",
    "ơ": "- i m n p t",
    "ư": "- c i m n ng t u",
    "ia": "-",
    "iê": "c m n ng p t u",
    "oa": "- c ch i m n ng nh o p t y",
    "oe": "- m n o t",
    "oă": "c m n ng t",
    "ua": "-",
    "uy": "- ch nh t u",
    "uâ": "n ng t y",
    "uê": "- ch nh",
    "uô": "c i m n ng t",
    "uơ": "-",
    "yê": "m n ng t u",
    "ưa": "-",
    "ươ": "c i m n ng p t u",
    "uya": "-",
    "uyê": "n t",
}  # fmt: skip
_RHYMES = frozenset(vowel + end.strip("-") for vowel, ends in _ENDS.items() for end in ends.split())
_WORD = linear(r"[^\W\d_]+")


@lru_cache(maxsize=4096)
def is_syllable(word: str) -> bool:
    """Return True if `word` is a possible Vietnamese syllable.

    >>> [is_syllable(word) for word in ("nghị", "QUYẾT", "giá", "nhËn", "tèt", "öber")]
    [True, True, True, False, False, False]
    """
    letters = unicodedata.normalize("NFD", word.lower())
    marks = [c for c in letters if c in _TONES]
    bare = unicodedata.normalize("NFC", "".join(c for c in letters if c not in _TONES))
    onset = _ONSET.match(bare)
    rhyme = bare[onset.end() :] if onset else bare
    if rhyme not in _RHYMES and not (bare.startswith("gi") and bare[1:] in _RHYMES):
        return False
    stopped = rhyme.endswith(("c", "ch", "p", "t"))
    return len(marks) <= 1 and (not stopped or (len(marks) == 1 and marks[0] in _ACUTE_OR_DOT))


def counted(text: str) -> tuple[int, int]:
    """Return (Vietnamese syllables, other words) among the words with a letter beyond ASCII."""
    words = [word for word in _WORD.findall(text) if not word.isascii()]
    right = sum(map(is_syllable, words))
    return right, len(words) - right


def better(candidate: str, text: str) -> bool:
    """Return True if `candidate` is clearly Vietnamese and `text`, another decoding of the same bytes, is not."""
    right, wrong = counted(candidate)
    if right < 2 or wrong * 5 > right:
        return False
    as_it_is = counted(text)
    return as_it_is[0] <= as_it_is[1] or right - wrong > 2 * (as_it_is[0] - as_it_is[1])
