"""The parent's side of text extraction: one child process, asked file by file, killed when it takes too long."""

import atexit
import os
import select
import struct
import subprocess
import threading
import time

from prober.documents import child_process
from prober.documents.readers import ANSWER, FLAGGED, MAX_BYTES, MAX_TEXT, READABLE, REQUEST, TOO_LARGE, TOO_LONG

SECONDS = 8.0  # for one file, by the clock: other programs may want the processor
PROCESSOR_SECONDS = 2.0  # for one file, of the processor


class _Child:
    """The process and its pipes. Started when first needed, again after it was killed; never shared by a fork."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0

    def ask(self, data: bytes, media_type: str, seconds: float, most: int) -> tuple[str, float]:
        with self._lock:
            try:
                return self._exchange(data, media_type, seconds, most)
            except (OSError, TimeoutError, struct.error) as error:
                self.stop()
                return TOO_LONG if isinstance(error, TimeoutError) else FLAGGED.format("broke its reader"), seconds

    def stop(self) -> None:
        process, self._process = self._process, None
        if process is None or self._owner != os.getpid():
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe:
                pipe.close()

    def _exchange(self, data: bytes, media_type: str, seconds: float, most: int) -> tuple[str, float]:
        deadline = time.monotonic() + SECONDS
        process = self._running()
        assert process.stdin and process.stdout
        kind = media_type.encode("ascii", "replace")[:255]
        # The child reads all of a request before it answers, so writing cannot deadlock; a hung one is caught below.
        process.stdin.write(REQUEST.pack(len(data), round(seconds * 1000), most, len(kind)) + kind)
        process.stdin.write(data)
        process.stdin.flush()
        length, used = ANSWER.unpack(self._read(process, ANSWER.size, deadline))
        return self._read(process, length, deadline).decode("utf-8", "replace"), used / 1000

    def _read(self, process: subprocess.Popen[bytes], size: int, deadline: float) -> bytes:
        assert process.stdout
        descriptor = process.stdout.fileno()
        out = b""
        while len(out) < size:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([descriptor], [], [], left)[0]:
                raise TimeoutError
            chunk = os.read(descriptor, size - len(out))
            if not chunk:
                raise ConnectionError("the reader ended")
            out += chunk
        return out

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._owner != os.getpid() or self._process.poll() is not None:
            self._process = subprocess.Popen(
                child_process.command("prober.documents.readers"), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
            self._owner = os.getpid()
        return self._process


_child = _Child()
atexit.register(_child.stop)


def text_of(data: bytes, media_type: str) -> str:
    """Text of a PDF, an office file or a ZIP; "" of other kinds; a flag in brackets if it is large, slow or broken."""
    return read(data, media_type, PROCESSOR_SECONDS, MAX_TEXT)[0]


def read(data: bytes, media_type: str, seconds: float, most: int) -> tuple[str, float]:
    """The same, of at most `most` characters in at most `seconds` of the processor; and how many of them it took."""
    if media_type not in READABLE:
        return "", 0.0
    if len(data) > MAX_BYTES:
        return FLAGGED.format(TOO_LARGE), 0.0
    return _child.ask(data, media_type, seconds, most)


def stop() -> None:
    """End the child process; the next file starts another."""
    _child.stop()
