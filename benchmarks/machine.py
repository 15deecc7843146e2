"""Describe the machine and the versions that a figure was measured with."""

import os
import platform
import sqlite3
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

PACKAGES = (
    "scrapy", "twisted", "selectolax", "parsel", "lxml", "aiosmtplib", "aiosmtpd", "imapclient", "sqlite-utils",
    "playwright",
)  # fmt: skip


def description(folder: Path) -> str:
    """Return one paragraph: processor, memory, system, versions, and the time of an fsync on the disk of `folder`."""
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return (
        f"{_processor()}, {os.cpu_count()} cores, {pages / 1e9:.0f} GB; {_system()}; "
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {packages}; "
        f"fsync {fsync_ms(folder):.2f} ms."
    )


def stamp() -> str:
    """Return the time, the processor, and how busy the machine was at the end."""
    return f"Measured {datetime.now(UTC):%Y-%m-%d %H:%M} UTC on {_processor()}, load average {os.getloadavg()[0]:.1f}."


def fsync_ms(folder: Path, times: int = 50) -> float:
    """Return the median milliseconds of appending 4 KB and fsync."""
    taken = []
    with (folder / "fsync").open("ab") as file:
        for _ in range(times):
            begin = time.perf_counter()
            file.write(b"x" * 4096)
            file.flush()
            os.fsync(file.fileno())
            taken.append(time.perf_counter() - begin)
    return sorted(taken)[times // 2] * 1000


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _system() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:
        return platform.platform()
