"""Read a person's letter a second time, by a linear model that was trained on labelled letters and knows no rule.

It decides nothing: where it says another class than the rules, a person reads the letter first (docs/method.md, "A
second opinion"). The model adds up one weight for each word, run of words and run of letters; `opinion_training` makes
the weights. All of it is Python's own arithmetic on at most a few thousand marks, so a letter costs less than a
millisecond.
"""

import json
import math
import sys
import zlib
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from itertools import islice, repeat
from pathlib import Path

from mailroom.classification import links_in_reply
from prober.documents.notes import rewritten
from prober.domain.correspondence import AUTOMATIC, Attachment, Event, Reply
from prober.studies.packs import words
from prober.text.patterns import linear
from prober.text.vietnamese import fold
from prober.text.words import Vocabulary, Words, normal

_LIFT = 128  # makes every weight, a signed byte, positive
_LIFTED = bytes((byte + _LIFT) % 256 for byte in range(256))
WEIGHTS = Path(__file__).with_name("second_opinion.weights")
LANGUAGES = frozenset({"vi"})  # of the letters on which the model was trained
BUCKETS = 2**14  # places for weights; marks share a place by their hash
BY_RULES_ALONE = AUTOMATIC | {Event.EMPTY}  # headers or nothing decide these: there is nothing to read
_LETTER, _SUBJECT, _FILE = 3_000, 300, 800  # characters that are read
_FILES, _LINKS = 8, 20
_LONGEST_RUN = 3  # words
_LONGEST_PIECE = 5  # letters of one word; the shortest has two
_SYLLABLE = 12  # letters; Vietnamese writes each syllable as a word, and the longest has seven

_WORD = linear(r"\w+|\?")
_NUMBER = linear(r"\d+")
_TOKEN = linear(r"\[[^\]\n]{0,40}\]")
_URL = linear(r"https?://\S+")
_LARGE = linear(r"\d[\d.,]{4,}")
_SUM = linear(r"\d{1,3}(?:[.,]\d{3})+|\d ?(?:tỷ|triệu|ty|trieu)")


@dataclass(frozen=True, slots=True)
class Opinion:
    """A class, and by how much it is ahead of the next one: 0 means that the model cannot tell them apart."""

    event: Event
    margin: float


@dataclass(frozen=True)
class Model:
    """The weights of each class, one for each bucket, as whole numbers; `scale` makes margins of them."""

    classes: tuple[Event, ...]
    scale: float
    weights: "tuple[array[int], ...]"  # in the order of `classes`

    def read(self, reply: Reply) -> Opinion:
        buckets: dict[int, list[int]] = {}  # by how often they are marked
        for bucket, count in counts(reply).items():
            buckets.setdefault(count, []).append(bucket)
        strength = {count: 1 + math.log(count) for count in buckets}
        length = math.sqrt(sum(len(held) * strength[count] ** 2 for count, held in buckets.items()))
        sums = [0.0] * len(self.classes)
        for count, held in buckets.items():
            factor = strength[count] / length * self.scale
            sums = [before + factor * weight for before, weight in zip(sums, self._added(held), strict=True)]
        best = max(range(len(sums)), key=sums.__getitem__)
        return Opinion(self.classes[best], sums[best] - max(sums[:best] + sums[best + 1 :]))

    def _added(self, buckets: list[int]) -> list[int]:
        """Return the sum of the weights in `buckets` for each class."""
        lanes = array("I", sum(map(self._columns.__getitem__, buckets)).to_bytes(4 * len(self.classes), sys.byteorder))
        return [lane - _LIFT * len(buckets) for lane in lanes]

    @cached_property
    def _columns(self) -> list[int]:
        """Return one number for each bucket with the weights of all classes side by side, in four bytes each.

        So one addition adds the weights of all classes. Lifted, none is below zero and none runs over into the next.
        """
        lifted = array("I", bytes(4 * len(self.classes) * BUCKETS))
        for place, row in enumerate(self.weights):
            lifted[place :: len(self.classes)] = array("I", list(row.tobytes().translate(_LIFTED)))
        packed, width = lifted.tobytes(), 4 * len(self.classes)
        return [int.from_bytes(packed[at : at + width], sys.byteorder) for at in range(0, len(packed), width)]


def opinion(reply: Reply, event: Event) -> Opinion | None:
    """Return what the model says of a letter that the rules call `event`; None where they alone know."""
    return None if event in BY_RULES_ALONE else _model().read(reply)


@cache
def _model() -> Model:
    return load(WEIGHTS)


def load(path: Path) -> Model:
    """Return the model that `save` wrote."""
    head, _, packed = path.read_bytes().partition(b"\n")
    told = json.loads(head)
    numbers = array("b", zlib.decompress(packed))
    rows = tuple(numbers[n * BUCKETS : (n + 1) * BUCKETS] for n in range(len(told["classes"])))
    return Model(tuple(map(Event, told["classes"])), told["scale"], rows)


def save(model: Model, path: Path) -> None:
    """Write a line that describes the model, and its weights of one byte, compressed."""
    head = json.dumps({"classes": model.classes, "scale": model.scale, "buckets": BUCKETS})
    path.write_bytes(head.encode() + b"\n" + zlib.compress(b"".join(row.tobytes() for row in model.weights), 9))


def marks(reply: Reply) -> dict[int, float]:
    """Return the bucket of each mark of a letter with its strength; the squares of all strengths add up to 1."""
    strength = {bucket: 1 + math.log(count) for bucket, count in counts(reply).items()}
    length = math.sqrt(sum(value * value for value in strength.values()))
    return {bucket: value / length for bucket, value in strength.items()}


def counts(reply: Reply) -> Counter[int]:
    """Return the bucket of each mark of a letter, and how often it is marked."""
    return Counter([found % BUCKETS for found in _hashed(reply)])


def _hash(mark: str) -> int:
    return zlib.crc32(mark.encode())


def _hashed(reply: Reply) -> list[int]:
    """Return the hashes of the marks of a letter: of its words, subject, files and links."""
    files = [a for a in reply.attachments if a.scanned or not a.media_type.startswith("image/")]
    text = normal(reply.text[:_LETTER])
    found = _of_text("", text)
    found += _of_text("subject ", _TOKEN.sub("", normal(reply.subject[:_SUBJECT])))
    for file in files[:_FILES]:
        found += _of_file(file)
    for url in islice(links_in_reply.named(text, ()), _LINKS):
        found.append(_hash(f"link {links_in_reply.target(url, _words())}"))
        found.append(_hash(f"link may answer {links_in_reply.may_answer(url, _words())}"))
    found.append(_hash(f"files {min(len(files), 2)}"))
    found.append(_hash(f"words {min(len(text.split()) // 8, 6)}"))
    found.append(_hash(f"sums {min(len(_SUM.findall(text)), 3)}"))
    return found


@cache
def _words() -> Words:
    """Return the words of the letters on which the model was trained."""
    return words(Vocabulary(tuple(sorted(LANGUAGES))))


def _of_text(place: str, text: str) -> list[int]:
    """Return runs of words, with and without accents, and pieces of the words without accents."""
    text = _NUMBER.sub("0", _URL.sub(" zlinkz ", text))
    folded = _WORD.findall(fold(text))
    found = _runs(f"{place}folded ", folded)
    if not text.isascii():
        found += _runs(f"{place}accented ", _WORD.findall(text))
    of_piece = f"{place}piece "
    for word in folded:
        found += (_pieces_of_syllable if len(word) <= _SYLLABLE else _pieces)(of_piece, word)
    return found


def _runs(place: str, words: Sequence[str], most: int = _LONGEST_RUN) -> list[int]:
    """Return the hashes of all runs of one to `most` words, blanks between; each goes on from a shorter one's."""
    spaced, start = [f" {word}".encode() for word in words], _hash(place)
    hashes = [zlib.crc32(word[1:], start) for word in spaced]
    found = list(hashes)
    for size in range(1, most):
        hashes = list(map(zlib.crc32, spaced[size:], hashes))
        found += hashes
    return found


def _pieces(place: str, word: str) -> "array[int]":
    """Return the hashes of all pieces of `word` with a blank before and behind it."""
    letters = [letter.encode() for letter in f" {word} "]
    hashes: Iterable[int] = repeat(_hash(place))
    found = array("I")
    for size in range(1, _LONGEST_PIECE + 1):
        hashes = list(map(zlib.crc32, letters[size - 1 :], hashes))
        if size > 1:
            found.extend(hashes)
    return found


_pieces_of_syllable = lru_cache(maxsize=4096)(_pieces)  # letters have the same few hundred


def _of_file(file: Attachment) -> list[int]:
    """Return the words of a file's name and of its beginning, in which each large number counts as one word.

    Our own notes of what could not be read are no words of it: they depend on the programs of the machine.
    """
    text = rewritten(file.text[:_FILE], lambda reason: "")
    names = _runs("name ", _WORD.findall(_NUMBER.sub("0", fold(file.name[:_SUBJECT]))), most=1)
    return names + _runs("file ", _WORD.findall(_NUMBER.sub("0", _LARGE.sub(" zlargez ", fold(text)))), most=2)
