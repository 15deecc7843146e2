"""Write deploy/locks: every package of each environment with version and hashes, for Python 3.11 to 3.13.

All environments are resolved together, so a package has one version in all of them. Versions of before are kept where
they still fit; `--upgrade` takes the newest. `make lock` runs this.
"""

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

ROOT = Path(__file__).parents[1]
LOCKS = ROOT / "deploy/locks"
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
# What builds the project, and packages without a wheel; editables: what hatchling installs a checkout with.
BUILD = (*PROJECT["build-system"]["requires"], "editables>=0.5", "setuptools>=80")
RELEASE: list[str] = PROJECT["project"]["optional-dependencies"]["release"]
# Of these there is no wheel; everything else comes as one, so that installing runs no code of strangers.
SOURCE_ONLY = ("dkimpy", "jsonpath-rw", "py3amf", "pyspf", "surt")
# Environment → extras of the project; `build` is installed before them, and each begins with what `run` has.
RUN = "run"
EXTRAS = {RUN: ("archive", "fleet", "publish", "sandbox"), "dev": ("dev",), "notebook": ("notebook",)}
# Environments of their own, without the project.
ALONE = {"build": BUILD, "release": RELEASE}
# What every line would say again: the environments of [tool.uv] in pyproject.toml.
EVERYWHERE = (
    " ; python_full_version < '3.14' and platform_python_implementation == 'CPython'"
    " and (sys_platform == 'darwin' or sys_platform == 'linux')"
)
PIN = re.compile(r"^([\w.-]+)==.*(?:\n +--hash=.*)*", re.M)


def pins(text: str) -> dict[str, str]:
    """Return name → the lines that pin it, one for each version where Pythons need different ones."""
    found: dict[str, list[str]] = {}
    for pin in PIN.finditer(text):
        found.setdefault(pin[1], []).append(pin[0])
    return {name: "\n".join(lines) for name, lines in found.items()}


def resolve(
    out: Path, extras: tuple[str, ...] | None, more: tuple[str, ...] | list[str] = (), *options: str
) -> dict[str, str]:
    """Return the pins of the project with these extras, or without it where `extras` is None, and of `more`."""
    command = [sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--universal", "--python-version", "3.11"]
    command += ["--no-header", "--no-annotate", "--generate-hashes", "--output-file", str(out), *options]
    command += ["--only-binary", ":all:", *(f"--no-binary={name}" for name in SOURCE_ONLY)]
    command += [f"--extra={extra}" for extra in extras or ()]
    sources = ["-"] if extras is None else ["pyproject.toml", "-"]
    subprocess.run([*command, *sources], cwd=ROOT, input="\n".join(more), text=True, check=True)
    return pins(out.read_text(encoding="utf-8"))


def main() -> None:
    """Resolve everything once, then write what each environment has of it."""
    with TemporaryDirectory() as folder:
        whole = Path(folder) / "all.txt"
        before = "\n".join(path.read_text(encoding="utf-8") for path in sorted(LOCKS.glob("*.txt")))
        whole.write_text("\n".join(pins(before).values()), encoding="utf-8")
        every = tuple(extra for extras in EXTRAS.values() for extra in extras)
        pinned = resolve(whole, every, [*BUILD, *RELEASE], *sys.argv[1:])
        same = ("--constraint", str(whole))
        held = {
            **{name: resolve(Path(folder) / name, None, more, *same) for name, more in ALONE.items()},
            **{name: resolve(Path(folder) / name, extras, (), *same) for name, extras in EXTRAS.items()},
        }
    for name, own in held.items():
        above = held[RUN] if name in EXTRAS and name != RUN else {}
        lines = [f"-r {RUN}.txt"] if above else []
        lines += [
            pin.replace(EVERYWHERE, "") for package, pin in pinned.items() if package in own and package not in above
        ]
        (LOCKS / f"{name}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
        print(f"deploy/locks/{name}.txt: {len(own)} packages")


if __name__ == "__main__":
    main()
