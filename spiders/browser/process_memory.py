"""Limit the memory of a browser: a thread kills the process that takes most as soon as all together take too much.

The driver, Playwright's own process, keeps what a page sends without end, and has a limit of its own.

The kernel limits each process (spiders.browser.confinement); this limits their sum. Processes are found by the mark in
the command line of the first, and by descent. Without /proc (a system other than Linux) there is no such limit.
"""

import logging
import os
import signal
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress

log = logging.getLogger(__name__)

LIMIT = 900_000_000  # bytes that all processes of a browser may have; a heavy page takes a third
SHARED_LIMIT = 450_000_000  # the least of it for one of several browsers that share a machine
DRIVER_LIMIT = 500_000_000  # bytes that the driver may have; it begins with 130 MB
INTERVAL = 0.05  # seconds between two looks, in which a page fills some 100 MB
LOOKS = 4  # looks after which new processes are searched for
PROC = "/proc"
_DRIVER = b"run-driver"  # in the command line of Playwright's driver
LONGEST = 100_000  # bytes that are read of what the system tells of a process


class MemoryLimit:
    """The limit on one browser, whose first process has `mark` in its command line.

    `exceeded` counts how often a process was killed for it, `drivers` how often the driver was.
    """

    def __init__(self, mark: str, limit: int = LIMIT) -> None:
        self.exceeded = 0
        self.drivers = 0
        self.mark = mark
        self.limit = limit
        self._over = threading.Event()
        self._pages = 0  # that are open; a browser without a page takes no more than it has
        self._opened = threading.Condition()
        self._thread = threading.Thread(target=self._watch, name="browser memory", daemon=True)

    def start(self) -> None:
        """Begin to watch; nothing happens if that was done before."""
        if self._thread.ident is None:
            self._thread.start()

    def stop(self) -> None:
        """End the thread. It cannot be started again."""
        with self._opened:
            self._over.set()
            self._opened.notify()
        if self._thread.ident is not None:
            self._thread.join()

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Watch while a page is open."""
        with self._opened:
            self._pages += 1
            self._opened.notify()
        try:
            yield
        finally:
            with self._opened:
                self._pages -= 1

    def _watch(self) -> None:
        looks, processes, drivers = 0, set[int](), list[int]()
        while not self._over.wait(INTERVAL):
            with self._opened:
                self._opened.wait_for(lambda: self._pages > 0 or self._over.is_set())
            if looks % LOOKS == 0:
                parents = _parents()
                processes = family(marked(self.mark), parents)
                drivers = [
                    each for each, its in parents.items() if its == os.getpid() and _DRIVER in _command_line(each)
                ]
            looks += 1
            if any(private_bytes(driver) > DRIVER_LIMIT for driver in drivers):
                log.warning("the driver of the browser takes more than %d MB and is killed", DRIVER_LIMIT // 1_000_000)
                self.drivers += 1
                kill([*drivers, *processes])
                drivers, processes = [], set()
            taken = {process: private_bytes(process) for process in processes}
            if sum(taken.values()) > self.limit:
                self.exceeded += 1
                self._end(max(taken, key=taken.__getitem__), taken)

    def _end(self, largest: int, taken: dict[int, int]) -> None:
        """Kill the largest process if it shows pages, so that only they are lost; otherwise the whole browser."""
        log.warning("the browser takes %d MB; the largest of its processes is killed", sum(taken.values()) // 1_000_000)
        shows_pages = b"--type=renderer" in _command_line(largest)
        kill([largest] if shows_pages else taken)


def marked(mark: str) -> list[int]:
    """Return the ids of processes whose command line has `mark`; none on a system without /proc."""
    return [process for process in _processes() if mark.encode() in _command_line(process)]


def family(roots: Iterable[int], parents: Mapping[int, int] | None = None) -> set[int]:
    """Return `roots` and all processes that descend from them; `parents` is process → parent, if it is known."""
    children: dict[int, list[int]] = {}
    for process, parent in (_parents() if parents is None else parents).items():
        children.setdefault(parent, []).append(process)
    found: set[int] = set()
    waiting = list(roots)
    while waiting:
        process = waiting.pop()
        if process not in found:
            found.add(process)
            waiting += children.get(process, ())
    return found


def _parents() -> dict[int, int]:
    """Return process → parent, of all processes."""
    found: dict[int, int] = {}
    for process in _processes():
        with suppress(ValueError, IndexError):
            # After the name, which may hold anything, come the state and the parent.
            found[process] = int(_told(process, "stat").rpartition(b")")[2].split(None, 2)[1])
    return found


def private_bytes(process: int) -> int:
    """Return the memory that a process has for itself or shares in memory; files are not counted. 0 if it has ended."""
    total = 0
    with suppress(ValueError, IndexError):
        for line in _told(process, "status").splitlines():
            if line.startswith((b"RssAnon:", b"RssShmem:")):
                total += int(line.split()[1]) * 1024
    return total


def kill(processes: Iterable[int]) -> None:
    for process in processes:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(process, signal.SIGKILL)


def _processes() -> list[int]:
    with suppress(OSError):
        return [int(each.name) for each in os.scandir(PROC) if each.name.isdecimal()]
    return []


def _command_line(process: int) -> bytes:
    return _told(process, "cmdline")


def _told(process: int, name: str) -> bytes:
    """Return what the system tells of a process; b"" if it has ended.

    Hundreds of processes are looked at many times a second: a Path and a buffered file take four times as long.
    """
    try:
        opened = os.open(f"{PROC}/{process}/{name}", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        return os.read(opened, LONGEST)
    except OSError:
        return b""
    finally:
        os.close(opened)
