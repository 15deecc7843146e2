"""Read a person's letter a second time, by a linear model that was trained on labelled letters and knows no rule.

It decides nothing: where it says another class than the rules, a person reads the letter first (docs/method.md, "A
second opinion"). The model adds up one weight for each word, run of words and run of letters; `opinion_training` makes
the weights. All of it is Python's own arithmetic on at most a few thousand marks, so a letter costs a few milliseconds.
"""

import json
import math
import zlib
from array import array
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice
from operator import itemgetter, mul
from pathlib import Path

from mailroom.classification import links_in_reply
from prober.documents.notes import rewritten
from prober.domain.correspondence import AUTOMATIC, Attachment, Event, Reply
from prober.text.patterns import linear
from prober.text.phrases import normal
from prober.text.vietnamese import fold

WEIGHTS = Path(__file__).with_name("second_opinion.weights")
BUCKETS = 2**14  # places for weights; marks share a place by their hash
BY_RULES_ALONE = AUTOMATIC | {Event.EMPTY}  # headers or nothing decide these: there is nothing to read
_LETTER, _SUBJECT, _FILE = 3_000, 300, 800  # characters that are read
_FILES, _LINKS = 8, 20
_RUNS = (1, 2, 3)  # words
_PIECES = (2, 3, 4, 5)  # letters of one word

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


@dataclass(frozen=True, slots=True)
class Model:
    """The weights of each class, one for each bucket, as whole numbers; `scale` makes margins of them."""

    classes: tuple[Event, ...]
    scale: float
    weights: "tuple[array[int], ...]"  # in the order of `classes`

    def read(self, reply: Reply) -> Opinion:
        found = marks(reply)
        at, strength = itemgetter(*found), tuple(found.values())
        sums = [sum(map(mul, strength, at(row))) * self.scale for row in self.weights]
        best = max(range(len(sums)), key=sums.__getitem__)
        return Opinion(self.classes[best], sums[best] - max(sums[:best] + sums[best + 1 :]))


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
    counts = Counter(zlib.crc32(mark.encode()) % BUCKETS for mark in _named(reply))
    strength = {bucket: 1 + math.log(count) for bucket, count in counts.items()}
    length = math.sqrt(sum(value * value for value in strength.values()))
    return {bucket: value / length for bucket, value in strength.items()}


def _named(reply: Reply) -> Iterator[str]:
    """Yield the marks of a letter: of its words, subject, files and links."""
    files = [a for a in reply.attachments if a.scanned or not a.media_type.startswith("image/")]
    text = normal(reply.text[:_LETTER])
    yield from _of_text("", text)
    yield from _of_text("subject ", _TOKEN.sub("", normal(reply.subject[:_SUBJECT])))
    for file in files[:_FILES]:
        yield from _of_file(file)
    for url in islice(links_in_reply.named(text, ()), _LINKS):
        yield f"link {links_in_reply.target(url)}"
        yield f"link may answer {links_in_reply.may_answer(url)}"
    yield f"files {min(len(files), 2)}"
    yield f"words {min(len(text.split()) // 8, 6)}"
    yield f"sums {min(len(_SUM.findall(text)), 3)}"


def _of_text(place: str, text: str) -> Iterator[str]:
    """Yield runs of words, with and without accents, and pieces of the words without accents."""
    text = _NUMBER.sub("0", _URL.sub(" zlinkz ", text))
    folded = _WORD.findall(fold(text))
    yield from _runs(f"{place}folded ", folded)
    if not text.isascii():
        yield from _runs(f"{place}accented ", _WORD.findall(text))
    for word in folded:
        closed = f" {word} "
        yield from (f"{place}piece {closed[n : n + size]}" for size in _PIECES for n in range(len(closed) - size + 1))


def _runs(place: str, words: list[str]) -> Iterator[str]:
    return (place + " ".join(words[n : n + size]) for size in _RUNS for n in range(len(words) - size + 1))


def _of_file(file: Attachment) -> Iterator[str]:
    """Yield the words of a file's name and of its beginning, in which each large number counts as one word.

    Our own notes of what could not be read are no words of it: they depend on the programs of the machine.
    """
    text = rewritten(file.text[:_FILE], lambda reason: "")
    yield from (f"name {word}" for word in _WORD.findall(_NUMBER.sub("0", fold(file.name[:_SUBJECT]))))
    words = _WORD.findall(_NUMBER.sub("0", _LARGE.sub(" zlargez ", fold(text))))
    yield from (f"file {' '.join(words[n : n + size])}" for size in (1, 2) for n in range(len(words) - size + 1))
