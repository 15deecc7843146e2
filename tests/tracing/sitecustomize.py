"""Record which files of the product execute a function, in this process and in every process that it starts.

Python imports a module of this name at each start, if its folder is on PYTHONPATH. Nothing happens unless TRACE_FILE is
set. Only calls of functions count: what a module does while it is imported does not.
"""

import inspect
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

ROOT = str(Path(__file__).parents[2]) + os.sep
PRODUCT = ("prober/", "spiders/", "mailbox/mailroom/")
WORLD = "prober/sandbox/"  # the simulated internet is no part of a walk


class Trace:
    """The files seen by this process; each is written to `path` when it is first seen, so that a kill loses none.

    `path` is a pipe where a process that may write no file is traced too.

    `aside` are functions ("folder/module.py:function") that count, while what they call does not: they are walks of
    their own. With `first` and `last`, names of functions, only what runs from the first call of the one to the next
    return of the other counts.
    """

    def __init__(self, path: str, aside: frozenset[str], first: str, last: str) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self._aside = aside
        self._first, self._last = first, last
        self._counting = not first
        self._seen: set[str] = set()
        self._known: dict[str, str] = {}

    def profiler(self) -> Callable[[FrameType, str, Any], None]:
        """Return a profile function for one thread."""
        hidden = 0  # how many calls deep we are in an import or in a function of `aside`

        def profile(frame: FrameType, event: str, _: Any) -> None:
            nonlocal hidden
            if event not in ("call", "return"):
                return
            code = frame.f_code
            name = self._known.get(code.co_filename)
            if name is None:
                name = self._known[code.co_filename] = _product_file(code.co_filename)
            importing = code.co_name == "<module>" and frame.f_globals.get("__name__") != "__main__"
            if not name and not importing:
                return
            put_aside = importing or f"{name}:{code.co_name}" in self._aside
            if event == "return":
                hidden = max(0, hidden - put_aside)  # what was called before the trace began returns in it
                if code.co_name == self._last:
                    self._counting = False
                return
            if not hidden and name and code.co_flags & inspect.CO_OPTIMIZED:  # neither a module nor a class body
                self._note(name, code.co_name)
            hidden += put_aside

        return profile

    def _note(self, name: str, function: str) -> None:
        if function == self._first:
            self._counting = True
        if self._counting and name not in self._seen:
            self._seen.add(name)
            os.write(self._file, f"{name}\n".encode())


def _product_file(path: str) -> str:
    """Return the path of a file of the product from the root of the repository, "" for any other file."""
    if not path.startswith(ROOT):
        return ""
    name = path[len(ROOT) :].replace(os.sep, "/")
    return name if name.endswith(".py") and name.startswith(PRODUCT) and not name.startswith(WORLD) else ""


def start(path: str, aside: str = "", first: str = "", last: str = "") -> None:
    """Trace this thread and every thread that it starts from now on."""
    trace = Trace(path, frozenset(aside.split()), first, last)

    def in_thread(frame: FrameType, event: str, argument: Any) -> None:
        """Each thread gets a profiler of its own, because each is in an import or in a function by itself."""
        profile = trace.profiler()
        sys.setprofile(profile)
        profile(frame, event, argument)

    threading.setprofile(in_thread)
    sys.setprofile(trace.profiler())


def stop() -> None:
    """End what `start` began."""
    sys.setprofile(None)
    threading.setprofile(None)  # type: ignore[arg-type]


if os.environ.get("TRACE_FILE"):
    start(*(os.environ.get(name, "") for name in ("TRACE_FILE", "TRACE_ASIDE", "TRACE_FIRST", "TRACE_LAST")))
