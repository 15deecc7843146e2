"""Compare what a reader types with names: without accents, written together, shortened to initials, or only begun.

Names of Vietnamese places are written in many ways: "Hồ Chí Minh", "Ho Chi Minh", "hochiminh", "HCM", "TP.HCM".
"""

from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher

from prober.text.patterns import linear
from prober.text.vietnamese import fold, key

Words = tuple[str, ...]
_WORD = linear(r"[^\W_]+")
_ETH = {0xD0: "Đ", 0xF0: "đ"}  # Ð and ð of Iceland, which look like it and are on many keyboards
_INITIALS = 2  # letters of which a word can be the initials of a name
_ALIKE = 0.8  # share of letters in common from which a name may be meant


def words(text: str) -> Words:
    """Return the words of `text` as FTS5 sees them, folded.

    >>> words("Bà Rịa - Vũng Tàu"), words("ubnd@dongthap.gov.test")
    (('ba', 'ria', 'vung', 'tau'), ('ubnd', 'dongthap', 'gov', 'test'))
    """
    return tuple(_WORD.findall(fold(text.translate(_ETH))))


def _heard(word: str) -> str:
    """Return a word with one letter for those that sound alike and change from map to map: Đắc Lắc, Bắc Cạn."""
    return word.replace("k", "c").replace("y", "i")


def fit(asked: Sequence[str], name: Sequence[str], start: int, begun: bool = False) -> int | None:
    """Return where `asked` ends in `name` if it stands there from `start` on, each word whole or several as initials.

    With `begun` the last word may be the beginning of one.

    >>> name = words("thành phố Hồ Chí Minh")
    >>> fit(("tp", "hcm"), name, 0), fit(("chi", "m"), name, 3), fit(("chi", "m"), name, 3, begun=True)
    (5, None, 5)
    """
    at = start
    for number, word in enumerate(asked):
        if at >= len(name):
            return None
        if word == name[at]:
            at += 1
        elif len(word) >= _INITIALS and [*word] == [part[0] for part in name[at : at + len(word)]]:
            at += len(word)
        elif begun and number == len(asked) - 1 and name[at].startswith(word):
            at += 1
        else:
            return None
    return at


def inside(asked: Sequence[str], name: Sequence[str], begun: bool = False) -> bool:
    """Return True if `asked` stands somewhere in `name`."""
    return bool(asked) and any(fit(asked, name, start, begun) for start in range(len(name)))


WHOLE = 2  # the worst rank of a text that names the whole


def rank(text: str, name: str) -> int | None:
    """Return how well `text` names what is called `name`, None where it does not.

    0 letter for letter, 1 but for accents, blanks and letters of one sound, 2 by initials, 3 its beginning, 4 a part.

    >>> [rank(text, "Cà Mau") for text in ("cà mau", "CaMau", "cm", "cà m", "Mau", "Cà Na")]
    [0, 1, 2, 3, 4, None]
    """
    if key(text) == key(name):
        return 0
    asked, called = words(text), words(name)
    if not asked or not called:
        return None
    if _heard("".join(asked)) == _heard("".join(called)):
        return 1
    if fit(asked, called, 0) == len(called):
        return 2
    if fit(asked, called, 0, begun=True):
        return 3
    return 4 if inside(asked, called) else None


def found_in(asked: Sequence[str], name: str) -> tuple[int, int] | None:
    """Return where a whole name stands in `asked`: the place of its first word and of the one after; None if nowhere.

    >>> found_in(words("email ở Cà Mau"), "Cà Mau"), found_in(words("thư TP.HCM"), "Hồ Chí Minh")
    ((2, 4), (2, 3))
    """
    called = words(name)
    together, initials = "".join(called), "".join(word[0] for word in called)
    for start, word in enumerate(asked):
        if called and _heard(" ".join(asked[start : start + len(called)])) == _heard(" ".join(called)):
            return start, start + len(called)
        if word == together or (word == initials and len(initials) > _INITIALS):
            return start, start + 1
    return None


def alike(text: str, names: Iterable[str], most: int = 3) -> list[str]:
    """Return the names that may be meant by a text with a slip in it, the likeliest first.

    >>> alike("Ca Maau", ["Cà Mau", "Hà Nội"])
    ['Cà Mau']
    """
    typed = "".join(words(text[:60]))
    shares = {name: SequenceMatcher(None, typed, "".join(words(name))).ratio() for name in names}
    return sorted((name for name in shares if shares[name] >= _ALIKE), key=lambda name: -shares[name])[:most]
