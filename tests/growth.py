"""Time every pattern that meets strangers' text on long texts, and say which takes more than in proportion to them.

Each is given strings made of its own pieces and of what pages are made of, repeated, with what leads to them before it.
All are tried at two short lengths. Those whose time grows faster than the text, or is long, are repeated to three long
ones: each doubling may take 2.3 times as long, where four times would be the square.
"""

import ast
import importlib
import re
import signal
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from functools import cache
from pathlib import Path
from types import ModuleType

from mailroom.classification.machine_mail import MACHINES
from mailroom.matching import scoring
from prober.detectors.email import other_bodies, staff_entries
from prober.detectors.email.deobfuscation import AddressReader
from prober.portal_review import data_protection
from prober.studies import packs
from prober.text import patterns
from prober.text.patterns import ShortPattern
from prober.text.vietnamese import fold
from prober.text.words import Vocabulary, Words
from tests.pumping import Pump

ROOT = Path(__file__).parents[1]
# The rooms that read, or show, what strangers wrote: pages, documents, mails.
ROOMS = (
    "prober/detectors", "prober/documents", "prober/text", "prober/domain", "spiders", "mailbox/mailroom",
    "prober/cli/review", "prober/reporting",
)  # fmt: skip
DOUBLING = 2.3  # times as long for twice the text
EARLY = (2_000, 8_000)  # characters at which what takes the square already takes 16 times as long
QUADRUPLING = 8.0  # times as long for four times the text, at these lengths
EARLY_NOISE = 5e-3  # seconds below which a time at these lengths says nothing
SCREENED = 500  # characters of the first look; the second has four times as many
UNSEEN = 12e-6  # seconds of the first look below which nothing can take the square
NOISE = 5e-8  # seconds per character below which a time says nothing
SLOW = 1e-5  # seconds per character from which a pattern is looked at in full
SLOWEST = 2e-5  # seconds per character: more is no linear pattern, and is stopped
SUSPECTS = 2  # repeated texts of a pattern that are looked at in full
REPEATS = 4  # measurements before a pattern counts as too slow: another process may have had the cache
AT_ONCE = {"match", "fullmatch"}

_READS = re.compile(r"[*+}?]")  # a pattern without any of these takes no time
# What puts words of the packs together to patterns.
MAKERS: tuple[Callable[[Words], object], ...] = (
    AddressReader, data_protection._reached, other_bodies._sign, other_bodies._other_address, scoring._marked,
    staff_entries._sign,
)  # fmt: skip

Pattern = re.Pattern[str] | re.Pattern[bytes]
Use = Callable[[str | bytes], object]


def sources() -> Iterator[Path]:
    for room in ROOMS:
        yield from sorted((ROOT / room).rglob("*.py"))


def _module(path: Path) -> ModuleType:
    parts = path.relative_to(ROOT).with_suffix("").parts
    parts = parts[1:] if parts[0] == "mailbox" else parts
    return importlib.import_module(".".join(part for part in parts if part != "__init__"))


@cache
def _uses() -> dict[str, set[str]]:
    """The methods that are called on each name: on a private one in its own module, on another anywhere."""
    uses: dict[str, set[str]] = {}
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute):
                of = node.value.id if isinstance(node.value, ast.Name) else getattr(node.value, "attr", "")
                uses.setdefault(f"{path if of.startswith('_') else ''}:{of}", set()).add(node.attr)
    return uses


def forms() -> list[type]:
    """Return the dataclasses that say what the tables of a pack are for."""
    known = (value for path in sources() for value in vars(_module(path)).values())
    return sorted(
        {one for one in known if isinstance(one, type) and hasattr(one, "TABLE")}, key=lambda form: form.__name__
    )


def _of_packs() -> Iterator[tuple[str, Pattern]]:
    """Yield the patterns that the rooms ask of the packs, of each language and of all together."""
    for chosen in (*((language,) for language in packs.languages()), packs.languages()):
        words = packs.words(Vocabulary(chosen))
        for maker in MAKERS:
            if isinstance(whole := words.made(maker), re.Pattern):
                yield f"{'+'.join(chosen)}:{maker.__module__}.{maker.__name__}", whole
        for form in forms():
            table = words.table(form)
            for entry in fields(form):
                if isinstance(value := getattr(table, entry.name), re.Pattern):
                    yield f"{'+'.join(chosen)}:{form.__name__}.{entry.name}", value


def _phrases() -> Iterator[tuple[str, str]]:
    """Yield the patterns in lists and tables of phrases, which prober.text.words compiles when a mail is read."""
    for path in sources():
        if "classification" in path.parts:
            for name, value in vars(_module(path)).items():
                for text in _texts(value):
                    yield f"{path.relative_to(ROOT)}:{name}", text
    tables = [MACHINES, *(packs.phrases(Vocabulary((language,))) for language in packs.languages())]
    for meaning, lists in (named for table in tables for named in table.meanings.items()):
        yield from ((meaning, text) for phrases in lists.values() for text in phrases if _READS.search(text))
    for of_language in (packs.words(Vocabulary((language,))).tables for language in packs.languages()):
        entries = ((name, *entry) for name in ("grounds", "notice") for entry in of_language.get(name, {}).items())
        yield from ((f"{name} {entry}", text) for name, entry, texts in entries for text in texts)


def _texts(value: object) -> Iterator[str]:
    """Yield the patterns in a tuple, or in a table of tuples."""
    if isinstance(value, tuple) and value and all(isinstance(each, str) for each in value):
        yield from (each for each in value if isinstance(each, str) and _READS.search(each))
    elif isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)


@cache
def all_patterns() -> dict[str, tuple[Pattern, Use]]:
    """Every pattern made by the rooms, by name or source, and how it is used: from one place of a text, or all over."""
    names: dict[int, str] = {}
    for path in sources():
        if path.name != "__main__.py":
            for name, value in vars(_module(path)).items():
                names.setdefault(id(value), f"{path.relative_to(ROOT)}:{name}")
    names |= {id(value): name for name, value in _of_packs()}
    found: dict[str, tuple[Pattern, Use]] = {}
    for each in patterns.made:
        compiled = each.compiled if isinstance(each, ShortPattern) else each
        name = names.get(id(each), f"{compiled.pattern!r:.60} #{len(found)}")
        place, _, variable = name.rpartition(":")
        methods = _uses().get(f"{ROOT / place if variable.startswith('_') else ''}:{variable}", set())
        found[name] = compiled, use_of(each, methods)
    for name, source in _phrases():
        for text in dict.fromkeys((source, fold(source))):
            compiled = re.compile(text)
            found[f"{name} {text!r:.60}"] = compiled, use_of(compiled, set())
    return found


def use_of(each: object, methods: set[str]) -> Use:
    """Return how a pattern is tried: from the beginning of a text if nothing else is in use, or all over it."""
    if methods and methods <= AT_ONCE:
        calls = [getattr(each, method) for method in methods]
        return lambda text: [call(text) for call in calls]
    return lambda text: sum(1 for _ in each.finditer(text))  # type: ignore[attr-defined]


class TooLongError(Exception):
    """Raised in the middle of a search that takes too long."""


def _stop(*_: object) -> None:
    raise TooLongError


@contextmanager
def no_endless_search() -> Iterator[None]:
    """Stop each search that takes longer than any linear pattern may."""
    before = signal.signal(signal.SIGVTALRM, _stop)
    yield
    signal.signal(signal.SIGVTALRM, before)


def _seconds(use: Use, text: str | bytes) -> float:
    """Return the time of a search; one that takes longer than any linear pattern may is stopped.

    It is the time of the thread: that of the process is told in steps while a timer runs, often as none.
    """
    most = SLOWEST * max(len(text), SCREENED)
    signal.setitimer(signal.ITIMER_VIRTUAL, most)
    began = time.thread_time()
    try:
        try:
            use(text)
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    except TooLongError:
        return most
    return time.thread_time() - began


def _least(use: Use, text: str | bytes) -> float:
    """Return the least of three times: another process may have had the core, or the pattern is new to it."""
    return min(_seconds(use, text) for _ in range(3))


def _suspects(compiled: Pattern, use: Use, pumps: Iterable[Pump]) -> Iterator[Pump]:
    """Yield the pumps whose time grows faster than the text or is long: each is looked at on short texts only."""
    took = {}
    for pump in pumps:
        text = pump.text(SCREENED, compiled.pattern)
        if (first := _seconds(use, text)) < UNSEEN:
            continue
        short = min(first, _seconds(use, text))
        long = _seconds(use, pump.text(4 * SCREENED, compiled.pattern))
        if long > 6 * short or long > SLOW * 4 * SCREENED:
            took[pump] = long
        if long > SLOWEST * 2 * SCREENED:
            break
    yield from sorted(took, key=took.__getitem__, reverse=True)[:SUSPECTS]


def grows(compiled: Pattern, use: Use, pumps: Iterable[Pump], lengths: Sequence[int]) -> str:
    """Return what is repeated where the time grows beyond what is allowed, with the times; "" for a linear pattern."""
    for pump in _suspects(compiled, use, pumps):
        few, more = (pump.text(length, compiled.pattern) for length in EARLY)
        fast, slow = _least(use, few), _seconds(use, more)
        most = max(QUADRUPLING * fast, EARLY_NOISE)
        for _ in range(REPEATS):
            if most < slow < SLOWEST * EARLY[1]:
                slow = min(slow, _seconds(use, more))
        if slow > most:
            return f"{pump}: {EARLY[1]:,} characters in {slow:.3f} s, {EARLY[0]:,} in {fast:.3f} s"
        if doubles := _doubles(pump, compiled, use, lengths):
            return doubles
    return ""


def _doubles(pump: Pump, compiled: Pattern, use: Use, lengths: Sequence[int]) -> str:
    """Return how the time grows where twice a long text takes more than is allowed, each time, or ""."""
    before, half = "", 0.0
    for length in lengths:
        text = pump.text(length, compiled.pattern)
        took = _seconds(use, text)
        for _ in range(REPEATS):  # one right after the other: the machine is as busy for both
            if before and max(NOISE * length, half * DOUBLING) < took < SLOWEST * length:
                half, took = _seconds(use, before), _seconds(use, text)
        if took >= SLOWEST * length or (before and took > max(NOISE * length, half * DOUBLING)):
            return f"{pump}: {length:,} characters in {took:.3f} s, half of them in {half:.3f} s"
        if took < NOISE * length:
            break
        before, half = text, took
    return ""
