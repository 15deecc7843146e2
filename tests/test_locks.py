"""deploy/locks and pyproject.toml say the same: what is required is pinned, in every environment that needs it."""

import importlib.util
import re
import tomllib
from pathlib import Path
from types import ModuleType

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
LOCKS = ROOT / "deploy/locks"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
REMEDY = "run `make lock`"


def lock() -> ModuleType:
    spec = importlib.util.spec_from_file_location("lock", ROOT / "deploy/lock.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


LOCK = lock()


def pinned(environment: str) -> dict[str, list[Requirement]]:
    """Name → its pins in this environment, those of `run` included."""
    text = (LOCKS / f"{environment}.txt").read_text(encoding="utf-8")
    found = {} if f"-r {LOCK.RUN}.txt" not in text else pinned(LOCK.RUN)
    for line in re.findall(r"^([\w.-]+==[^\\\n]*)", text, re.M):
        found.setdefault(canonicalize_name(Requirement(line).name), []).append(Requirement(line))
    return found


def required(extras: tuple[str, ...]) -> list[Requirement]:
    """What the project asks for with these extras, those that an extra names itself included."""
    asked = [Requirement(text) for text in PROJECT["dependencies"]]
    for extra in extras:
        for requirement in map(Requirement, PROJECT["optional-dependencies"][extra]):
            own = requirement.name == PROJECT["name"]
            asked += required(tuple(sorted(requirement.extras))) if own else [requirement]
    return asked


@pytest.mark.parametrize("environment", [*LOCK.EXTRAS, *LOCK.ALONE])
def test_what_is_required_is_pinned(environment: str) -> None:
    extras = LOCK.EXTRAS.get(environment)
    asked = [*map(Requirement, LOCK.ALONE[environment])] if extras is None else required(extras)
    pins = pinned(environment)
    assert len(asked) > 2
    for requirement in asked:
        held = pins.get(canonicalize_name(requirement.name), [])
        assert held, f"{environment}: {requirement} is not in the lock; {REMEDY}"
        for pin in held:
            (version,) = pin.specifier
            assert requirement.specifier.contains(version.version), f"{environment}: {pin}, {requirement}; {REMEDY}"


def test_every_extra_is_in_an_environment() -> None:
    named = {extra for extras in LOCK.EXTRAS.values() for extra in extras} | {"docs", "release"}
    assert named == set(PROJECT["optional-dependencies"])
    assert {path.stem for path in LOCKS.glob("*.txt")} == {*LOCK.EXTRAS, *LOCK.ALONE}


@pytest.mark.parametrize("path", sorted(LOCKS.glob("*.txt")), ids=lambda path: path.stem)
def test_a_lock_names_hashes_and_no_host(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "://" not in text and "--index" not in text
    pins = re.findall(r"^[\w.-]+==.*(?:\n +--hash=sha256:[0-9a-f]{64}(?: \\)?)*", text, re.M)
    assert len(pins) > 5 and all("--hash=sha256:" in pin for pin in pins)
    assert sum(pin.count("\n") + 1 for pin in pins) == len([line for line in text.splitlines() if line[:3] != "-r "])


@pytest.mark.parametrize("python", ["3.11.5", "3.12.0", "3.13.5"])
def test_one_version_of_each_package_for_each_python(python: str) -> None:
    here = {"python_full_version": python, "python_version": python.rpartition(".")[0], "sys_platform": "linux"}
    here |= {"platform_python_implementation": "CPython", "implementation_name": "cpython"}
    for environment, extras in LOCK.EXTRAS.items():
        direct = {canonicalize_name(requirement.name) for requirement in required(extras)}
        for name, pins in pinned(environment).items():
            chosen = [pin for pin in pins if Marker(str(pin.marker or "python_version > '3'")).evaluate(here)]
            assert len(chosen) <= 1, name
            assert len(chosen) == 1 or name not in direct, name


def test_pandas_stays_out_of_the_environment_of_the_tests() -> None:
    """sqlite-utils loads it wherever it is installed, which costs every command half a second."""
    assert "pandas" not in pinned("dev") and "pandas" in pinned("notebook")


def test_numpy_stays_out_of_the_environment_of_a_server() -> None:
    """sqlite-utils loads it too, which costs every command a tenth of a second and 12 MB."""
    assert not {"numpy", "scipy"} & set(pinned(LOCK.RUN)) and {"numpy", "scipy"} <= set(pinned("dev"))
