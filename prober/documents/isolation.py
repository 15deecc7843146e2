"""Run a reader as a program of its own: the bytes of a stranger's file in, validated JSON out, and nothing else.

What parses files in C (libarchive, poppler, tesseract, Pillow, LibreOffice) may be taken over by a file. So each file
has a program of its own behind walls: in bubblewrap it sees the programs of the system and this package, read-only, no
network, no other process, an empty environment, and one folder in memory that is gone with it. When its time is up the
whole group is killed, and with the namespace everything that it started. Where bubblewrap is missing or may not run,
`unshare` still takes away network and other processes, and limits keep it from writing; `prober doctor` says so.

The programs themselves are in prober.documents.reader_program.
"""

import os
import selectors
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TypeVar

import msgspec

from prober.documents.archives import LIBRARY
from prober.documents.reader_program import LACKING, OUT_OF_MEMORY

MOST_OUT = 64_000_000  # bytes of one answer: the members of an archive, in base64
ROOM = 256 << 20  # bytes of the folder in memory
PROBE_SECONDS = 20.0
_WAITING = 4  # seconds by the clock that count as one of the processor, whatever the program says that it took
_FREE_USERS = range(65520, 65534)  # whom no service has, not even for a while (systemd.io/UIDS-GIDS)
PATH = "/usr/local/bin:/usr/bin:/bin"
_WITH_US = ("setpriv", "--pdeathsig", "KILL", "--")  # ends a program when we end, which bubblewrap does by itself
_ENVIRONMENT = {"PATH": PATH, "LC_ALL": "C.UTF-8", "HOME": "/tmp", "TMPDIR": "/tmp", "LIBARCHIVE": LIBRARY}
# What a program of the system needs besides /usr; nothing that says who we are.
_SYSTEM = ("/bin", "/lib", "/lib32", "/lib64", "/sbin", "/etc/alternatives", "/etc/fonts", "/etc/ld.so.cache",
           "/etc/libreoffice", "/etc/papersize", "/var/cache/fontconfig")  # fmt: skip

_T = TypeVar("_T")


class Walls(StrEnum):
    """Name what stands between a reader and the machine."""

    BUBBLEWRAP = "bubblewrap"
    NAMESPACES = "namespaces"  # no network, no other process; but files of this user can be read
    LIMITS = "limits"  # of time and memory only


class Lacking(OSError):
    """A program or library that the reader needs is not installed."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Say what one file may take: seconds by the clock and of the processor, bytes of memory and of a file written."""

    seconds: float
    processor_seconds: float
    memory: int
    written: int = 0


def run(reader: str, data: bytes, limits: Limits, answer: type[_T], *words: str) -> tuple[_T, float]:
    """Return the answer of a reader (reader_program.READERS) to `data` and `words`, and the processor seconds it took.

    Raises TimeoutError and MemoryError where it broke its limits, Lacking, ChildProcessError where it ended otherwise
    or answered anything but an `answer`, and other OSErrors where no program can be started.
    """
    began = time.monotonic()
    out = _answered([*_barriers()[1], *_program(reader, limits, words)], data, limits)
    try:
        used, found = msgspec.json.decode(out, type=tuple[float, answer])  # type: ignore[valid-type]
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ChildProcessError(f"the reader {reader} answered what is no answer") from error
    return found, max(used, (time.monotonic() - began) / _WAITING)


def attempt(reader: str, data: bytes, limits: Limits, answer: type[_T], *words: str) -> tuple[_T | None, str]:
    """Return the answer that `run` gives and ""; or None and the code of the fault."""
    try:
        return run(reader, data, limits, answer, *words)[0], ""
    except MemoryError:
        return None, "too_large"
    except TimeoutError:
        return None, "took_too_long"
    except Lacking:
        return None, "no_program"
    except OSError:
        return None, "broken"


def walls() -> Walls:
    """Return what stands around a reader on this machine; tried once."""
    return _barriers()[0]


def _program(reader: str, limits: Limits, words: tuple[str, ...]) -> list[str]:
    """Return the command of a reader: this Python, which looks for modules where we do and nowhere else."""
    code = f"import sys; sys.path += {_folders()!r}; from prober.documents.reader_program import main; main()"
    numbers = (int(limits.processor_seconds) + 1, limits.memory, limits.written)
    return [sys.executable, "-I", "-S", "-c", code, reader, *map(str, numbers), *words]


def has(program: str) -> bool:
    """Return True if a reader would find a program of the system."""
    return shutil.which(program, path=PATH) is not None


@cache
def _folders() -> list[str]:
    """Return where Python finds modules besides its own library: the folder of this package, and what is installed."""
    installed = (folder for folder in sys.path if Path(folder).name in ("site-packages", "dist-packages"))
    return list(dict.fromkeys([str(Path(__file__).parents[2]), *installed]))


@cache
def _barriers() -> tuple[Walls, tuple[str, ...]]:
    """Return the best walls that work here, and the command in front of a reader that builds them."""
    for kind, command in _possible(os.getpid()):
        if has(command[0]) and _works(command):
            return kind, command
    return Walls.LIMITS, _WITH_US if has(_WITH_US[0]) else ()


def _possible(process: int) -> list[tuple[Walls, tuple[str, ...]]]:
    """Return the kinds of walls for readers of a process of ours, the best first, and the command that builds each."""
    # Limits on processes count all of a user, so each of ours has another: a file that forks leaves the others theirs.
    user = _FREE_USERS[process % len(_FREE_USERS)]
    as_nobody = ("setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", "--bounding-set=-all",
                 "--inh-caps=-all")  # fmt: skip
    apart = ("--net", "--ipc", "--pid", "--fork", "--kill-child", "--")
    if os.geteuid():
        return [
            (Walls.BUBBLEWRAP, _bubble("--unshare-all", "--disable-userns")),
            (Walls.BUBBLEWRAP, _bubble("--unshare-all")),
            (Walls.NAMESPACES, (*_WITH_US, "unshare", "--user", "--map-current-user", *apart)),
        ]
    # Root gives up its rights inside, so that a limit on the number of processes holds and nothing is its own.
    namespaces = ("--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try")
    rights = ("--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID", "--cap-add", "CAP_SETPCAP")
    return [
        (Walls.BUBBLEWRAP, (*_bubble(*namespaces, *rights), *as_nobody)),
        (Walls.BUBBLEWRAP, _bubble("--unshare-all")),
        (Walls.NAMESPACES, (*_WITH_US, "unshare", *apart)),
    ]


def _bubble(*namespaces: str) -> tuple[str, ...]:
    package = str(Path(__file__).parents[1])
    ours = dict.fromkeys((sys.base_prefix, sys.prefix, package, *_folders()[1:]))
    seen = [path for path in (*_SYSTEM, *ours) if not path.startswith("/usr/")]
    above = dict.fromkeys(
        str(folder) for path in seen for folder in reversed(Path(path).parents) if folder != Path("/")
    )
    folders = (word for path in above for word in ("--perms", "0755", "--dir", path))
    binds = (word for path in seen for word in ("--ro-bind-try", path, path))
    environment = (word for item in _ENVIRONMENT.items() for word in ("--setenv", *item))
    return (
        "bwrap", *namespaces, "--die-with-parent", "--clearenv", *environment, "--proc", "/proc", "--dev", "/dev",
        "--perms", "1777", "--size", str(ROOM), "--tmpfs", "/tmp", "--ro-bind", "/usr", "/usr", *folders, *binds,
        "--remount-ro", "/", "--remount-ro", "/dev", "--chdir", "/tmp", "--",
    )  # fmt: skip


def _works(command: tuple[str, ...]) -> bool:
    limits = Limits(PROBE_SECONDS, PROBE_SECONDS, 1 << 30)
    try:
        return _answered([*command, *_program("echo", limits, ())], b"here", limits).endswith(b'"here"]')
    except OSError:
        return False


def _answered(command: list[str], data: bytes, limits: Limits) -> bytes:
    """Return what a program writes, given `data`; raise as `run` does. Nothing of it is left when this returns."""
    given = os.memfd_create("given") if hasattr(os, "memfd_create") else _unnamed()
    until = time.monotonic() + limits.seconds
    try:
        with os.fdopen(given, "r+b") as source:
            source.write(data)
            source.seek(0)
            process = subprocess.Popen(
                command, stdin=source, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=_ENVIRONMENT, cwd="/",
                start_new_session=True,
            )  # fmt: skip
        try:
            assert process.stdout
            out = _within(process.stdout.fileno(), until)
            code = process.wait(max(until - time.monotonic(), 0.05))
        finally:
            with suppress(OSError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            if process.stdout:
                process.stdout.close()
    except subprocess.TimeoutExpired as error:
        raise TimeoutError(f"more than {limits.seconds} s") from error
    if code == OUT_OF_MEMORY:
        raise MemoryError
    if code == LACKING:
        raise Lacking
    if code in (-signal.SIGXCPU, 128 + signal.SIGXCPU):
        raise TimeoutError(f"more than {limits.processor_seconds} s of the processor")
    if code:
        raise ChildProcessError(f"the reader ended with {code}")
    return out


def _unnamed() -> int:
    import tempfile

    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


def _within(descriptor: int, until: float) -> bytes:
    """Return all that comes from a pipe until it is closed: before `until`, at most MOST_OUT bytes."""
    pieces: list[bytes] = []
    left = MOST_OUT
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, selectors.EVENT_READ)
        while True:
            if not selector.select(max(until - time.monotonic(), 0)):
                raise TimeoutError("the reader did not answer in time")
            piece = os.read(descriptor, 1 << 20)
            if not piece:
                return b"".join(pieces)
            pieces.append(piece)
            left -= len(piece)
            if left < 0:
                raise ChildProcessError("the reader answered too much")
