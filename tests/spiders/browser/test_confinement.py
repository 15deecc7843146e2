"""No datagram leaves the browser, and its own sandbox is on for every user but root.

Datagrams are counted by the kernel, in a network namespace of the test's own: it has loopback, an interface that leads
nowhere and a default route, so that whatever is sent has somewhere to go and is counted.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from spiders.browser import confinement
from spiders.browser.chromium import find_browser
from spiders.browser.process_memory import family

ROOT = Path(__file__).parents[3]
NOBODY = 65534
NETWORK = (
    "ip link set lo up", "ip link add leads type veth peer name nowhere", "ip link set nowhere up",
    "ip addr add 10.9.9.1/24 dev leads", "ip link set leads up", "ip route add default via 10.9.9.2",
    "ip neigh add 10.9.9.2 lladdr 02:00:00:00:00:01 dev leads",
)  # fmt: skip


def datagrams(way: str) -> dict[str, object]:
    """What tests.spiders.browser.datagrams tells of pages that try to send, with the confinement `way`."""
    inside = " && ".join([*NETWORK, f"exec '{sys.executable}' -m tests.spiders.browser.datagrams {way}"])
    done = subprocess.run(
        ["unshare", "--net", "sh", "-c", inside], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return told


@pytest.mark.needs("root", "ip", "unshare", "chromium")
def test_pages_that_try_every_way_send_no_datagram() -> None:
    plain = datagrams("none")
    assert int(str(plain["sent"])) > 10 and int(str(plain["arrived"])) > 0  # what is counted where nothing is closed
    for way in ("options", "whole"):
        told = datagrams(way)
        assert (told["sent"], told["arrived"]) == (0, 0), way
        # What scripts found, in the page, in frames and in a worker: only there one is left, which sends nothing.
        assert told["found"] in ([], ["WebTransport"])
        assert told["ran"] == told["pages"]


def test_the_sandbox_is_on_for_every_user_but_root(monkeypatch: pytest.MonkeyPatch) -> None:
    for allowed in (True, False):
        monkeypatch.setattr(confinement, "_succeeds", lambda *_, allowed=allowed: allowed)
        assert not confinement.sandbox(0)
        assert confinement.sandbox(1000) is allowed
        assert bool(confinement.namespace(0)) is bool(confinement.namespace(1000)) is allowed
    monkeypatch.setattr(confinement, "_succeeds", lambda *_: True)
    assert "--user" in confinement.namespace(1000) and "--user" not in confinement.namespace(0)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user may write to, as those of pytest are not."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o777)
        yield folder


@pytest.mark.needs("root", "unshare", "setpriv", "chromium")
def test_as_another_user_chromium_runs_in_its_sandbox_and_without_a_network(open_folder: Path) -> None:
    as_nobody = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--no-new-privs")
    prefix = confinement.namespace(NOBODY)
    allowed = subprocess.run([*as_nobody, *prefix, "true"], check=False).returncode == 0 if prefix else False
    if not allowed:
        pytest.skip("needs user namespaces for every user (sysctl user.max_user_namespaces)")
    home = open_folder
    page = "data:text/html,<script>setInterval(() => 0, 9)</script>"
    command = [*as_nobody, *prefix, find_browser("auto") or "", "--headless", *confinement.ARGUMENTS]
    running = subprocess.Popen(
        [*command, f"--user-data-dir={home}/profile", "--remote-debugging-port=0", page],
        env=os.environ | {"HOME": str(home)}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        renderer = _renderer(running)
        assert renderer, "no page is shown"
        status = (Path("/proc") / str(renderer) / "status").read_text()
        assert "\nSeccomp:\t2\n" in status and f"\nUid:\t{NOBODY}" in status
        own = Path("/proc/self/ns/net").readlink()
        assert Path(f"/proc/{running.pid}/ns/net").readlink() != own != Path(f"/proc/{renderer}/ns/net").readlink()
        assert Path(f"/proc/{renderer}/ns/user").readlink() != Path(f"/proc/{running.pid}/ns/user").readlink()
        assert b"--no-sandbox" not in (Path("/proc") / str(running.pid) / "cmdline").read_bytes()
    finally:
        running.kill()
        running.wait()


def _renderer(running: subprocess.Popen[bytes]) -> int:
    """The process that shows the page, once its sandbox is closed; 0 if there is none within ten seconds."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and running.poll() is None:
        for process in family([running.pid]):
            with suppress(OSError):
                folder = Path("/proc") / str(process)
                shows = b"--type=renderer" in (folder / "cmdline").read_bytes()
                if shows and "\nSeccomp:\t2\n" in (folder / "status").read_text():
                    return process
        time.sleep(0.05)
    return 0
