"""Start Chromium confined: without a network, in its own sandbox, each of its processes with a limit of memory.

The network is closed twice. Where the kernel allows it, Chromium runs in a network namespace in which no interface is
up, and is spoken to through a pipe alone. Everywhere its options and `WITHOUT_NETWORK` close every way to send a
datagram: no name is resolved, all TCP goes to a proxy that is not there, QUIC is off, WebRTC may use no UDP that does
not go through the proxy, and pages do not find the interfaces of WebRTC and WebTransport at all.
"""

import os
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypedDict

ARGUMENTS = (
    "--disable-dev-shm-usage", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--no-first-run", "--disable-sync", "--mute-audio", "--no-pings", "--dns-prefetch-disable",
    "--disable-domain-reliability", "--host-resolver-rules=MAP * ~NOTFOUND", "--disable-quic",
    "--proxy-server=http://127.0.0.1:9", "--proxy-bypass-list=<-loopback>",  # no proxy listens there
    "--webrtc-ip-handling-policy=disable_non_proxied_udp", "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
)  # fmt: skip
# Run in every frame before its own scripts. Workers have no WebRTC, and no WebTransport through a proxy.
WITHOUT_NETWORK = """for (const name of Object.getOwnPropertyNames(globalThis))
  if (/^(webkit)?RTC|^WebTransport|^(TCP|TCPServer|UDP)Socket$|^WebSocketStream$/.test(name)) delete globalThis[name]"""
# Kilobytes of data that the kernel gives one process of Chromium, what is reserved and not used included. Only the last
# wall: spiders.browser.process_memory counts what is used, and ends a page earlier.
PROCESS_MEMORY = 1_500_000
PROBE_SECONDS = 10.0
# Parts of a window that nobody looks at, two pages of Chromium's own in each, and a process kept ready for a next page.
UNSEEN = "WebUIOmniboxPopup,WebUIOmniboxAimPopup,WebUIOmniboxFullPopup,SpareRendererForSitePerProcess"
# Of several such options Chromium takes the last, and Playwright has one: ours is added to it. Temporary files go into
# the profile, which Playwright removes also after a browser that was killed; below a longer name than 60 characters a
# socket would have no room for its own (unix(7)).
_PROGRAM = """#!/bin/sh
ulimit -d {memory} 2>/dev/null
for option; do
  shift
  case $option in
    --disable-features=*) option="$option,{unseen}" ;;
    --user-data-dir=*) profile=${{option#*=}}; [ ${{#profile}} -gt 60 ] || export TMPDIR="$profile" ;;
  esac
  set -- "$@" "$option"
done
exec {command} "$@"
"""


class Launch(TypedDict):
    """The arguments of Playwright's `chromium.launch` that confine the browser."""

    executable_path: str
    chromium_sandbox: bool
    args: list[str]
    timeout: float


@contextmanager
def confined(browser: str, *more: str) -> Iterator[Launch]:
    """Give Playwright's arguments that start the Chromium at `browser` confined.

    `more` are further options of Chromium. Leave the context only after Chromium has started.
    """
    with program(*namespace(os.geteuid()), browser) as path:
        yield {
            "executable_path": path, "chromium_sandbox": sandbox(os.geteuid()), "args": [*ARGUMENTS, *more],
            "timeout": 30_000,
        }  # fmt: skip


@contextmanager
def program(*command: str) -> Iterator[str]:
    """Make a program that starts Chromium by `command`, with a limit of memory and without what nobody looks at."""
    with TemporaryDirectory(prefix="prober-browser-") as folder:
        made = Path(folder) / "chromium"
        made.write_text(_PROGRAM.format(memory=PROCESS_MEMORY, unseen=UNSEEN, command=shlex.join(command)))
        made.chmod(0o700)
        yield str(made)


def sandbox(user: int) -> bool:
    """Return True if Chromium's own sandbox is on: for every user but root (0), where the kernel has what it needs.

    Chromium refuses to start as root with a sandbox.
    """
    return user != 0 and _succeeds("unshare", "--user", "--map-current-user", "true")


def namespace(user: int) -> tuple[str, ...]:
    """Return the command that runs a program without a network, as the user with the id `user`; () if none may."""
    own = () if user == 0 else ("--user", "--map-current-user")
    command = ("unshare", *own, "--net", "--")
    return command if _succeeds(*command, "true") else ()


@cache
def _succeeds(*command: str) -> bool:
    if not shutil.which(command[0]):
        return False
    try:
        return subprocess.run(command, capture_output=True, timeout=PROBE_SECONDS, check=False).returncode == 0
    except (OSError, subprocess.SubprocessError):
        return False
