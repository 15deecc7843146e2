"""Be the program that prober.documents.isolation starts: one reader, one file in, JSON out.

The reader is bound by limits before it sees a byte of the file. It prints nothing but its answer.
"""

import importlib
import json
import os
import resource
import sys

OUT_OF_MEMORY = 71  # exit code of a reader to which memory was refused
MOST_PROCESSES = 128  # and threads: LibreOffice has 30, the others have few; readers of one process share them
_FIRST = 20  # numbers of processes of a new namespace
LACKING = 72  # … that misses a program or a library
# Reader → module and function; loaded when called, so that each program loads what it needs.
READERS = {
    "archive": ("prober.documents.archives", "unpacked"),
    "scan": ("prober.documents.scanned_pages", "read"),
    "libreoffice": ("prober.documents.libreoffice", "convert"),
    "echo": ("prober.documents.reader_program", "echo"),
}


class Lacks(Exception):
    """A program or library that a reader needs is not there."""


def main() -> None:
    """Read as the command line says: reader, processor seconds, bytes of memory, bytes of a file, words."""
    reader, seconds, memory, written, *words = sys.argv[1:]
    _limit(resource.RLIMIT_CPU, int(seconds))
    _limit(resource.RLIMIT_FSIZE, int(written))
    if os.getpid() < _FIRST:  # in a namespace of its own; elsewhere all that this user runs would count
        _limit(resource.RLIMIT_NPROC, MOST_PROCESSES)
    _limit(resource.RLIMIT_CORE, 0)
    code = 1
    try:
        module, function = READERS[reader]
        read = getattr(importlib.import_module(module), function)
        _limit(resource.RLIMIT_AS, int(memory))
        found = read(sys.stdin.buffer.read(), *words)
        json.dump([_used(), found], sys.stdout)
        sys.stdout.flush()
        code = 0
    except MemoryError:
        code = OUT_OF_MEMORY
    except Lacks:
        code = LACKING
    except Exception as error:
        print(repr(error), file=sys.stderr)
    os._exit(code)  # whatever a library would still like to do


def echo(data: bytes) -> str:
    """Return what was given: it shows that readers can be started."""
    return data.decode()


def _used() -> float:
    """Return the processor seconds of this program and of those that it started."""
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def _limit(kind: int, most: int) -> None:
    _, hard = resource.getrlimit(kind)
    if hard == resource.RLIM_INFINITY or most < hard:
        resource.setrlimit(kind, (most, most + (kind == resource.RLIMIT_CPU)))  # killed a second after its signal
