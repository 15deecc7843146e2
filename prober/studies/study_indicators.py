"""Find what a study looks for by the names that it gives: indicators of POBI, of language packs, its own, plug-ins.

A plug-in is a package with an entry point of the group `prober.indicators`. It is a module or class with a function
`prober_indicators` marked `hookimpl`, which returns indicators. It runs code of a stranger, so it is loaded only if the
study names the package with the version that is installed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from importlib.metadata import Distribution, EntryPoint, PackageNotFoundError, distribution
from pathlib import Path
from pkgutil import resolve_name

import pluggy

from prober.domain.indicator import BY_KIND, DECLARED, Indicator, is_name
from prober.studies.indicator_file import read

GROUP = "prober.indicators"
FILE = "indicators.toml"
ANY = ""  # instead of a language: what can be told of sites in any
hookimpl = pluggy.HookimplMarker("prober")
_hookspec = pluggy.HookspecMarker("prober")
_PACKS = Path(__file__).with_name("packs")

Found = tuple[tuple[Indicator, ...], list[str]]


class Hooks:
    """What a plug-in may implement."""

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
