"""`prober demo` run side by side in folders of their own, from the tree at hand or from an installed copy of it."""

import shutil
import subprocess
import venv
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click

ROOT = Path(__file__).parents[2]
PACKAGES = ("prober", "spiders", "mailbox/mailroom")
SECONDS = 500  # for one demo on a busy machine
_COMPILED = shutil.ignore_patterns("__pycache__")


def installed_copy(folder: Path, without: Iterable[str]) -> Path:
    """Install a copy of the three packages into a new environment, and return its Python.

    `without` names folders of the tree that the copy does not have. The environment finds the libraries of this one,
    and not the tree at hand: a line of a .pth file adds a folder, not the .pth files in it.
    """
    venv.create(folder, symlinks=True)
    (packages,) = folder.glob("lib/python*/site-packages")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, packages / Path(package).name, ignore=_COMPILED)
    for name in without:
        shutil.rmtree(packages / name)
    libraries = Path(click.__file__).parents[1]
    (packages / "libraries.pth").write_text(f"{libraries}\n", encoding="utf-8")
    return folder / "bin/python"


def side_by_side(runs: Sequence[tuple[Path, Path, str]]) -> list[str]:
    """Run a demo for each (Python, folder, options), all at once: a crawl mostly waits. Return what each printed."""

    def run(python: Path, folder: Path, options: str) -> str:
        command = [python, "-P", "-m", "prober", "demo", *options.split()]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=SECONDS)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done.stdout.replace(str(folder), "")

    with ThreadPoolExecutor(len(runs)) as pool:
        return list(pool.map(lambda one: run(*one), runs))
