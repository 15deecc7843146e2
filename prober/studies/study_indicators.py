"""Find what a study looks for by the names that it gives: indicators of POBI, of language packs, its own, plug-ins.

A plug-in is a package with an entry point of the group `prober.indicators`. It is a module or class with a function
`prober_indicators` marked `hookimpl`, which returns indicators. It runs code of a stranger, so it is loaded only if the
study names the package with the version that is installed.

Its own are in an indicators.toml, in words alone. A study may come from a stranger. So the file has words and no
patterns: each stands for itself, is compared without case and accents where the page has none, and there are at most
200 of 80 characters for one indicator.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import Distribution, EntryPoint, PackageNotFoundError, distribution
from pathlib import Path
from pkgutil import resolve_name
from typing import Annotated, Any
from urllib.parse import urlsplit

import pluggy

from prober.domain.indicator import BY_KIND, DECLARED, DECLARED_CATEGORIES, Indicator, PageWords, is_name
from prober.studies.folder_files import parsed
from prober.text.vietnamese import fold
from prober.text.vietnamese import key as plain
from prober.text.words import STRONG, LinkWords
from prober.validation import Truth, checked, key, must_be

GROUP = "prober.indicators"
FILE = "indicators.toml"
MOST_WORDS, LONGEST = 200, 80
MOST = 40  # indicators of one file
# What only a file of this program may have: functions, and the category of what they find that settles the verdict.
_FUNCTIONS = ("detector", "measured", "settled_by")
_LISTS = ("links", "addresses", "paths", "headings", "must", "one_of", "must_not")
ANY = ""  # instead of a language: what can be found on sites in any
hookimpl = pluggy.HookimplMarker("prober")
_hookspec = pluggy.HookspecMarker("prober")
_PACKS = Path(__file__).with_name("packs")

Found = tuple[tuple[Indicator, ...], list[str]]


class Hooks:
    """Hooks that a plug-in may implement."""

    @_hookspec
    def prober_indicators(self) -> Iterable[Indicator]:
        """Return the indicators of this package; each names its detector as "package.module:function"."""
        raise NotImplementedError


def indicators_of(
    names: Sequence[str], languages: Sequence[str], own: Sequence[Indicator] = (),
    plugins: Mapping[str, str] | None = None,
) -> Found:  # fmt: skip
    """Return (the indicators of these names, in this order, no faults), or ((), every fault as one line).

    `own` are those of the study's indicators.toml, `plugins` its packages with their versions.
    """
    loaded, faults = from_packages(plugins or {})
    known: dict[str, Indicator] = dict(BY_KIND)
    for one in (*(one for language in (ANY, *languages) for one in of_pack(language)), *loaded, *own):
        if one.kind in known:
            faults.append(f"two indicators are called {one.kind!r}: {known[one.kind].source} and {one.source}")
        known.setdefault(one.kind, one)
    faults += [f"no indicator is called {name!r}; there are {', '.join(known)}" for name in names if name not in known]
    return ((), faults) if faults else (tuple(_spoken(known[name], languages) for name in names), [])


def _spoken(one: Indicator, languages: Sequence[str]) -> Indicator:
    """Return the indicator without figures of other languages."""
    kept = tuple(figure for figure in one.figures if not figure.languages or set(figure.languages) & set(languages))
    return one if kept == one.figures else replace(one, figures=kept)


@cache
def of_pack(language: str) -> tuple[Indicator, ...]:
    """Return the indicators that a language pack has besides POBI's, or for ANY those of all; () if there are none."""
    path = _PACKS / language / FILE
    if not path.is_file():
        return ()
    found, faults = read(path.read_text(encoding="utf-8"), f"pack {language}".strip(), ours=True)
    assert not faults, faults  # a file of this program
    return found


def from_packages(wanted: Mapping[str, str]) -> Found:
    """Return (the indicators of installed packages, no faults), or ((), every fault). `wanted`: package → version.

    Nothing of a package is loaded that is not named, or is installed in another version.
    """
    manager, faults = pluggy.PluginManager("prober"), []
    manager.add_hookspecs(Hooks)
    found: list[Indicator] = []
    for package, version in wanted.items():
        try:
            held = distribution(package)
        except PackageNotFoundError:
            faults.append(f"plugins: the package {package} is not installed; pip install {package}=={version}")
            continue
        if held.version != version:
            faults.append(f"plugins: {package} {held.version} is installed, the study names {version}")
            continue
        made, wrong = _load(held, manager)
        found += made
        faults += wrong
    return ((), faults) if faults else (tuple(found), [])


def _load(held: Distribution, manager: pluggy.PluginManager) -> Found:
    points = [point for point in held.entry_points if point.group == GROUP]
    if not points:
        return (), [f"plugins: {held.name} has no entry point {GROUP}"]
    found: list[Indicator] = []
    for point in points:
        source = f"{held.name} {held.version}"
        try:
            found += [_checked(one, source) for one in _declared(point, manager)]
        except Exception as error:  # whatever a stranger's module does
            return (), [f"plugins: {source}, entry point {point.name}: {type(error).__name__}: {error}"]
    return tuple(found), []


def _declared(point: EntryPoint, manager: pluggy.PluginManager) -> Iterable[Indicator]:
    plugin = point.load()
    manager.register(plugin)
    try:
        (listed,) = manager.hook.prober_indicators()
        return tuple(listed)
    finally:
        manager.unregister(plugin)


def _checked(one: Indicator, source: str) -> Indicator:
    """Return an indicator of a package as it counts. Raises ValueError or AttributeError for one that cannot."""
    if not is_name(one.kind):
        raise ValueError(f"{one.kind!r} is no name for an indicator")
    if not one.links or not all(one.name):
        raise ValueError(f"{one.kind}: it must have `links` and a name in Vietnamese and English")
    if one.detector:
        resolve_name(one.detector)
    return replace(one, source=source, proof=DECLARED, figures=(), column="", of_departments=False, leveled=False)


def is_word(text: str) -> bool:
    """Return True for one line of up to LONGEST characters with a letter or digit."""
    return 0 < len(text) <= LONGEST and any(letter.isalnum() for letter in text) and text.isprintable()


def is_path(text: str) -> bool:
    """Return True for the path of an address of a site, without a query, that leads nowhere else."""
    parts = urlsplit(text)
    inside = text.startswith("/") and not text.startswith("//") and ".." not in text.split("/")
    return inside and parts.path == text and text.isprintable()


Word = Annotated[str, must_be(is_word, f"words of 1 to {LONGEST} characters with a letter or digit")]
UsualPath = Annotated[str, must_be(is_path, "a path such as /khieu-nai")]
Label = Annotated[str, must_be(lambda text: not text or is_word(text), f"a label of at most {LONGEST} characters")]


@dataclass(frozen=True, slots=True)
class IndicatorTable:
    """The keys of one table of indicators.toml."""

    links: tuple[Word, ...] = key("labels of links that lead there, and headings of the page")
    vi: Label = key("what it is called in Vietnamese", "")
    en: Label = key("what it is called in English", "")
    addresses: tuple[Word, ...] = key("steps of addresses, such as khieu-nai", ())
    paths: tuple[UsualPath, ...] = key("usual addresses, tried where no link leads there", ())
    search: Label = key("what a site's own search is asked for", "")
    headings: tuple[Word, ...] = key("headings of the page that no link has", ())
    must: tuple[Word, ...] = key("words that must all stand under the heading", ())
    one_of: tuple[Word, ...] = key("words of which one must stand there", ())
    must_not: tuple[Word, ...] = key("words none of which may stand there", ())
    form: Truth = key("a form to write into is enough instead of one_of", False)
    telephone: Truth = key("a telephone number is enough instead of one_of", False)
    file: Truth = key("a link to a file is enough instead of one_of", False)


def read(text: str, source: str = "indicators.toml", ours: bool = False) -> tuple[tuple[Indicator, ...], list[str]]:
    """Return (the indicators of a file, no faults), or ((), every fault as one line).

    `ours`: the file comes with the prober, so its tables may name a function of it: a `detector` of pages, or one by
    which the whole site is `measured`; then they need no links.
    """
    tables, wrong = parsed(text)
    if tables is None:
        return (), wrong
    if len(tables) > MOST:
        return (), [f"{len(tables)} indicators; at most {MOST} fit in one study"]
    found, faults = [], []
    mark = f"{source} {hashlib.sha256(text.encode()).hexdigest()[:12]}"
    for name, table in tables.items():
        functions = {part: table.pop(part) for part in _FUNCTIONS if part in table} if ours else {}
        if functions:
            table.setdefault("links", [])
        made, wrong = _indicator(name, table, mark, by_words=not functions)
        faults += [f"[{name}] {fault}" for fault in wrong]
        found += [replace(made, **_counts(functions)) if functions else made] if made else []
    return ((), faults) if faults else (tuple(found), [])


def _counts(functions: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the fields of an indicator that a function finds; one that names no `settled_by` counts whatever it finds.

    >>> _counts({"detector": "a:b", "settled_by": "page"})
    {'detector': 'a:b', 'counted': frozenset({'page'}), 'settled': (frozenset({'page'}),)}
    """
    told = {part: value for part, value in functions.items() if part != "settled_by"}
    if "settled_by" not in functions:
        return {**told, "counted": None, "settled": ()}
    part = frozenset({functions["settled_by"]})
    return {**told, "counted": part, "settled": (part,)}


def _indicator(name: str, table: Any, source: str, by_words: bool) -> tuple[Indicator | None, list[str]]:
    if not is_name(name):
        return None, ["is no name for an indicator: write 2 to 40 small letters, digits or _, none that POBI has"]
    if not isinstance(table, Mapping):
        return None, [f"must be a table: write [{name}] on a line of its own"]
    file, faults = checked(IndicatorTable, table)
    if file is None:
        return None, faults
    if faults := list(_contradictions(file, by_words)):
        return None, faults
    words = LinkWords(
        {plain(word): STRONG for word in file.links},
        {"-".join(plain(fold(word)).split()): STRONG for word in file.addresses},
        file.paths,
        file.search,
    )
    headings, must, one_of, must_not = (
        tuple(map(plain, listed)) for listed in (file.headings, file.must, file.one_of, file.must_not)
    )
    page = PageWords(headings, must, one_of, must_not, file.form, file.telephone, file.file)
    label = (file.vi or file.en, file.en or file.vi)
    part = frozenset({"page"})
    return Indicator(
        name, label, DECLARED, part, (part,), categories=DECLARED_CATEGORIES, source=source, links=words, page=page
    ), []


def _contradictions(file: IndicatorTable, by_words: bool) -> Iterator[str]:
    if not file.vi and not file.en:
        yield "vi, en: one of them must say what it is called"
    if by_words and not file.links:
        yield "links: without any nothing leads there; write at least one"
    if (count := sum(len(getattr(file, name)) for name in _LISTS)) > MOST_WORDS:
        yield f"{count} words; at most {MOST_WORDS} count"
    if both := {*file.must, *file.one_of} & {*file.must_not}:
        yield f"must_not: {', '.join(sorted(both))} must stand there too"
