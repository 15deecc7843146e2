"""Run functions in a child process within limits of time and memory, so that no file can block or fill this process.

pebble manages the child: it passes on the calls, kills a child whose time is up and starts another. This module adds
the limits on the processor and on memory, and makes sure that no process that the child starts (tesseract, pdftoppm)
outlives it, and that the child does not outlive its parent, in whatever way that ends.
"""

import asyncio
import ctypes
import gc
import importlib
import multiprocessing
import os
import resource
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from multiprocessing import connection
from pathlib import Path
from typing import Any, ParamSpec, TypeVar
from weakref import WeakSet

from pebble import ProcessExpired, ProcessFuture, ProcessPool

START_SECONDS = 60.0  # time for a child to load its modules on a busy machine

_NEW_NETWORK, _NEW_USER = 0x40000000, 0x10000000  # of unshare(2)

_P = ParamSpec("_P")
_T = TypeVar("_T")


def command(module: str, *words: str) -> list[str]:
    """Return the command `python -m module words…`, which may be started in any folder.

    Without -P a `calendar.py` or `random.py` in that folder would be taken for the standard library's.
    """
    return [sys.executable, "-P", "-m", module, *words]


class ChildProcess:
    """A process that runs functions for this one: started when first needed, and again after it was killed.

    `memory` is the bytes that a call may take, `preload` a module that the child loads before its first call, or
    "module:function", which it calls too, outside of all limits. A `sealed` child has no environment, writes no file
    and, where the system allows it, has no network. Threads take turns; after a fork each process has a child of its
    own.
    """

    def __init__(self, memory: int, preload: str = "", sealed: bool = False) -> None:
        self._memory = memory
        self._preload = preload
        self._sealed = sealed
        self._lock = threading.Lock()
        self._pool: ProcessPool | None = None
        self._owner = 0
        self._begun: WeakSet[ProcessFuture] = WeakSet()  # calls of `ahead`

    def run(
        self, seconds: float, processor_seconds: float, function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs
    ) -> tuple[_T, float]:
        """Return the result of `function` in the child, and the processor seconds that it took there.

        Function, arguments and result are pickled. Raises TimeoutError where it takes longer than `seconds` by the
        clock or `processor_seconds` of the processor; ChildProcessError where the child ended otherwise; other OSErrors
        where no child can be started; and any exception of the function, MemoryError among them.
        """
        with self._lock:
            try:
                return self._call(seconds, processor_seconds, function, *args, **kwargs)
            except BrokenProcessPool:  # an idle child was killed, or the first could not be started
                self._abandon()
            try:
                return self._call(seconds, processor_seconds, function, *args, **kwargs)
            except BrokenProcessPool as error:
                self._abandon()
                raise OSError("no child process can be started") from error

    def ahead(
        self, seconds: float, processor_seconds: float, function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs
    ) -> Callable[[], tuple[_T, float]]:
        """Begin a call after those begun before it, and return at once what gives its result, or raises, as `run` does.

        Results have to be taken in the order of their calls.
        """
        with self._lock:
            try:
                future = self._scheduled(seconds, processor_seconds, function, *args, **kwargs)
            except (BrokenProcessPool, OSError):
                return lambda: self.run(seconds, processor_seconds, function, *args, **kwargs)
            self._begun.add(future)

        def result() -> tuple[_T, float]:
            try:
                return self._awaited(future, seconds, processor_seconds)
            except (BrokenProcessPool, CancelledError):
                self._abandon()
            return self.run(seconds, processor_seconds, function, *args, **kwargs)

        return result

    async def call(
        self, seconds: float, processor_seconds: float, function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs
    ) -> tuple[_T, float]:
        """Do as `run` does, in an event loop, for one caller at a time; a call that is cancelled kills the child."""
        for last in (False, True):
            try:
                future = self._scheduled(seconds, processor_seconds, function, *args, **kwargs)
                with _in_words(processor_seconds):
                    async with asyncio.timeout(seconds + START_SECONDS) as limit:
                        return await asyncio.wrap_future(future)
            except BrokenProcessPool as error:
                self._abandon()
                if last:
                    raise OSError("no child process can be started") from error
            except TimeoutError as error:
                if not limit.expired():
                    raise
                self._abandon()
                raise OSError("the child process does not answer") from error
        raise AssertionError

    def start(self) -> None:
        """Start the child ahead of its first call; returns at once."""
        with self._lock, suppress(OSError, BrokenProcessPool):  # the first call raises it
            self._running()

    def stop(self) -> None:
        """End the child and everything that it started; the next call starts another."""
        with self._lock:
            pool, self._pool = self._pool, None
            if pool is not None and self._owner == os.getpid():
                _close(pool)
            for future in self._begun:  # pebble never answers those that waited in a pool that was stopped
                future.cancel()

    def _call(
        self, seconds: float, processor_seconds: float, function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs
    ) -> tuple[_T, float]:
        future = self._scheduled(seconds, processor_seconds, function, *args, **kwargs)
        return self._awaited(future, seconds, processor_seconds)

    def _awaited(self, future: ProcessFuture, seconds: float, processor_seconds: float) -> tuple[Any, float]:
        try:
            with _in_words(processor_seconds):
                return future.result(seconds + START_SECONDS)
        except TimeoutError as error:
            if not future.done():  # the child has not even reported the start
                raise BrokenProcessPool from error
            raise

    def _scheduled(
        self, seconds: float, processor_seconds: float, function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs
    ) -> ProcessFuture:
        try:
            return self._running().schedule(
                _measured, args=(processor_seconds, function, args, kwargs), timeout=seconds
            )
        except RuntimeError as error:  # raised by a pool that has given up
            raise BrokenProcessPool from error

    def _running(self) -> ProcessPool:
        if self._pool is None or self._owner != os.getpid():
            self._owner = os.getpid()
            self._pool = ProcessPool(
                1, initializer=_prepare, initargs=(self._memory, self._preload, self._sealed),
                context=multiprocessing.get_context("spawn"),
            )  # fmt: skip
            _pools.add(self._pool)
        if not self._pool.active:
            raise BrokenProcessPool
        return self._pool

    def _abandon(self) -> None:
        """Give up a pool that may never answer, without waiting for it."""
        pool, self._pool = self._pool, None
        if pool is not None:
            threading.Thread(target=_close, args=(pool,), daemon=True).start()


@contextmanager
def _in_words(processor_seconds: float) -> Iterator[None]:
    """Raise TimeoutError or ChildProcessError for a child that ended during a call."""
    try:
        yield
    except ProcessExpired as error:
        if error.exitcode == -signal.SIGPROF:
            raise TimeoutError(f"more than {processor_seconds} s of the processor") from error
        raise ChildProcessError(f"the child process ended with {error.exitcode}") from error


_pools: WeakSet[ProcessPool] = WeakSet()  # of this process


def _close(pool: ProcessPool) -> None:
    pool.stop()
    pool.join()


def _measured(
    processor_seconds: float, function: Callable[..., _T], args: tuple[object, ...], kwargs: dict[str, object]
) -> tuple[_T, float]:
    """Run in the child: return the result of `function`, and the processor seconds that it took.

    The system ends the process when the timer runs out, also where it hangs outside of Python.
    """
    before = time.process_time()
    signal.setitimer(signal.ITIMER_PROF, processor_seconds)
    try:
        return function(*args, **kwargs), time.process_time() - before
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _prepare(memory: int, preload: str, sealed: bool) -> None:
    """Run in the child, once: silence its output, bind it to its parent, load `preload`, and limit its memory."""
    if sealed:
        _seal()
    os.setsid()  # a process group with everything that it starts; Ctrl-C in a terminal does not reach it
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in range(3):  # parsers print warnings about every broken file
        os.dup2(nothing, descriptor)
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, _leave)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if preload:
        module, _, function = preload.partition(":")
        loaded = importlib.import_module(module)
        if function:
            getattr(loaded, function)()
        gc.freeze()  # what was loaded stays
        gc.set_threshold(20_000, 20, 50)  # a page makes thousands of values without cycles
    _limit_memory(memory)


def _seal() -> None:
    """Take away environment, network and files to write; before the process has a second thread."""
    os.environ.clear()
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    ctypes.CDLL(None).unshare(_NEW_NETWORK | (_NEW_USER if os.geteuid() else 0))  # refused here and there


def _leave(*_: object) -> None:
    """End in order: else Python would complain, at the end of the parent, of semaphores that nobody has removed."""
    for pool in list(_pools):
        _close(pool)
    _end_group()


def _end_group() -> None:
    os.killpg(os.getpgrp(), signal.SIGKILL)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        _end_group()


def _limit_memory(most: int) -> None:
    """Allow this process, and each that it starts, `most` bytes of address space more than it has now.

    A child of a child may have less: no process may raise the limit that it inherits. How much the other had when it
    was limited depends on what its threads had reserved by then.
    """
    held = Path("/proc/self/statm")
    used = int(held.read_text(encoding="ascii").split()[0]) * resource.getpagesize() if held.exists() else 0
    allowed, inherited = used + most, resource.getrlimit(resource.RLIMIT_AS)[1]
    if inherited != resource.RLIM_INFINITY:
        allowed = min(allowed, inherited)
    resource.setrlimit(resource.RLIMIT_AS, (allowed, allowed))
